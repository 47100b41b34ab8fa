"""Checks that the parts of a ladder fit together: each slug once, each reference to something that is there. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from ladder.format import Ladder

type Found = tuple[tuple[str | int, ...], str]


def reference_problems(ladder: Ladder) -> Iterator[Found]:
    """Yield (place, message) for each thing that does not fit. Empty for a sound ladder."""
    levels = {level.slug for level in ladder.levels}
    competencies = {competency.slug for competency in ladder.competencies}
    tracks = {track.slug for track in ladder.tracks}

    yield from _doubles(ladder)
    if sum(track.trunk for track in ladder.tracks) > 1:
        yield ("tracks",), "expected at most one trunk"
    if all(track.trunk for track in ladder.tracks):
        yield ("tracks",), "expected at least one track besides the trunk"
    if [item.step for item in ladder.scale] != [0, 1, 2, 3, 4, 5]:
        yield ("scale",), "expected the steps 0 to 5 in order"
    if ladder.policy.close_at > ladder.policy.meets_at:
        yield ("policy", "close_at"), "expected at most meets_at"

    def known(where: tuple[str | int, ...], slugs: Iterable[str], there: set[str], kind: str) -> Iterator[Found]:
        for slug in slugs:
            if slug not in there:
                yield where, f"expected the slug of a {kind}, got '{slug}'"

    areas = {area.slug for area in ladder.areas}
    for n, level in enumerate(ladder.levels):
        yield from known(("levels", n, "track"), [level.track], tracks, "track")
        yield from known(("levels", n, "leads_on"), level.leads_on, competencies, "competency")
    for n, competency in enumerate(ladder.competencies):
        yield from known(("competencies", n, "area"), [competency.area], areas, "area")
    for n, link in enumerate(ladder.links):
        yield from known(("links", n), [link.source, link.target], levels, "level")
    for n, scheme in enumerate(ladder.schemes):
        for m, rung in enumerate(scheme.rungs):
            yield from known(("schemes", n, "rungs", m), [*rung.levels, *rung.partly], levels, "level")
    for n, action in enumerate(ladder.actions):
        yield from known(("actions", n, "competency"), [action.competency], competencies, "competency")
    for n, specialisation in enumerate(ladder.specialisations):
        yield from known(("specialisations", n, "adds"), specialisation.adds, competencies, "competency")
    for n, milestone in enumerate(ladder.milestones):
        yield from known(("milestones", n, "levels"), milestone.levels, levels, "level")
    for n, title in enumerate(ladder.ambiguous_titles):
        yield from known(("ambiguous_titles", n), [c.level for c in title.candidates], levels, "level")
    for n, way in enumerate(ladder.ways_in):
        yield from known(("ways_in", n, "carries"), [c.competency for c in way.carries], competencies, "competency")
    for n, across in enumerate(ladder.ways_across):
        yield from known(("ways_across", n, "carries"), across.carries, competencies, "competency")
    for n, aspect in enumerate(ladder.track_aspects):
        yield from known(("track_aspects", n, "by_track"), aspect.by_track, tracks, "track")
    for n, reflection in enumerate(ladder.reflections):
        yield from known(("reflections", n, "yes"), [reflection.yes], tracks, "track")
    yield from _table(ladder, levels, competencies)


def _doubles(ladder: Ladder) -> Iterator[Found]:
    lists: dict[str, Iterable[Any]] = {
        name: getattr(ladder, name)
        for name in (
            *("tracks", "levels", "areas", "competencies", "schemes", "specialisations", "milestones"),
            *("ways_in", "ways_across", "beyond", "questions", "reflections", "track_aspects", "sources"),
        )
    }
    for name, items in lists.items():
        seen: Counter[str] = Counter()
        for n, item in enumerate(items):
            seen[item.slug] += 1
            if seen[item.slug] > 1:
                yield (name, n, "slug"), f"'{item.slug}' stands in this list already"


def _table(ladder: Ladder, levels: set[str], competencies: set[str]) -> Iterator[Found]:
    """Every level names an expectation for every competency: a forgotten cell must not read as "not expected"."""
    for level in ladder.levels:
        row = ladder.expectations.get(level.slug)
        if row is None:
            yield ("expectations",), f"has no row for the level '{level.slug}'"
            continue
        for competency in ladder.competencies:
            if competency.slug not in row:
                yield ("expectations", level.slug), f"has no cell for '{competency.slug}' (– means not expected)"
        for slug in row:
            if slug not in competencies:
                yield ("expectations", level.slug, slug), "is not the slug of a competency"
    for slug in ladder.expectations:
        if slug not in levels:
            yield ("expectations", slug), "is not the slug of a level"
