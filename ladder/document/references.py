"""Checks that the parts of a ladder fit together: each slug is unique and each reference has its target. Pure."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ladder.document.format import LadderDocument

type Found = tuple[tuple[str | int, ...], str]


def reference_problems(ladder: LadderDocument) -> Iterator[Found]:
    """Yield (place, message) for each thing that does not fit; nothing for a valid ladder."""
    yield from _doubles(ladder)
    if sum(track.trunk for track in ladder.tracks) > 1:
        yield ("tracks",), "expected at most one trunk"
    if all(track.trunk for track in ladder.tracks):
        yield ("tracks",), "expected at least one track besides the trunk"
    if [item.step for item in ladder.scale] != [0, 1, 2, 3, 4, 5]:
        yield ("scale",), "expected the steps 0 to 5 in order"
    if ladder.policy.close_at > ladder.policy.meets_at:
        yield ("policy", "close_at"), "expected at most meets_at"
    yield from _unknown(ladder)
    yield from _table(ladder)


# A list of the ladder, the field of its items that errors name (empty: the item), what it refers to, and the slugs.
_REFERENCES: tuple[tuple[str, str, str, Callable[[Any], Iterable[str]]], ...] = (
    ("levels", "track", "track", lambda level: [level.track]),
    ("levels", "leads_on", "competency", lambda level: level.leads_on),
    ("competencies", "area", "area", lambda competency: [competency.area]),
    ("links", "", "level", lambda link: [link.source, link.target]),
    ("schemes", "rungs", "level", lambda scheme: [s for rung in scheme.rungs for s in (*rung.levels, *rung.partly)]),
    ("actions", "competency", "competency", lambda action: [action.competency]),
    ("specialisations", "adds", "competency", lambda specialisation: specialisation.adds),
    ("milestones", "levels", "level", lambda milestone: milestone.levels),
    ("ambiguous_titles", "candidates", "level", lambda title: [item.level for item in title.candidates]),
    ("ways_in", "carries", "competency", lambda way: [item.competency for item in way.carries]),
    ("ways_across", "carries", "competency", lambda way: way.carries),
    ("track_aspects", "by_track", "track", lambda aspect: aspect.by_track),
    ("reflections", "yes", "track", lambda reflection: [reflection.yes]),
)
# The lists whose items have a slug of their own.
_LISTS = (
    *("tracks", "levels", "areas", "competencies", "schemes", "specialisations", "milestones"),
    *("ways_in", "ways_across", "beyond", "questions", "reflections", "track_aspects", "sources"),
)


def _unknown(ladder: LadderDocument) -> Iterator[Found]:
    known = {
        "level": {level.slug for level in ladder.levels},
        "competency": {competency.slug for competency in ladder.competencies},
        "track": {track.slug for track in ladder.tracks},
        "area": {area.slug for area in ladder.areas},
    }
    for name, field, kind, slugs_of in _REFERENCES:
        for n, item in enumerate(getattr(ladder, name)):
            for slug in slugs_of(item):
                if slug not in known[kind]:
                    where = (name, n, field) if field else (name, n)
                    yield where, f"expected the slug of {'an' if kind == 'area' else 'a'} {kind}, got '{slug}'"


def _doubles(ladder: LadderDocument) -> Iterator[Found]:
    for name in _LISTS:
        seen: set[str] = set()
        for n, item in enumerate(getattr(ladder, name)):
            if item.slug in seen:
                yield (name, n, "slug"), f"'{item.slug}' stands in this list already"
            seen.add(item.slug)


def _table(ladder: LadderDocument) -> Iterator[Found]:
    """Every level has a cell for every competency: a forgotten one would silently count as "not expected"."""
    levels = [level.slug for level in ladder.levels]
    competencies = [competency.slug for competency in ladder.competencies]
    for level in levels:
        row = ladder.expectations.get(level)
        if row is None:
            yield ("expectations",), f"has no row for the level '{level}'"
            continue
        for slug in competencies:
            if slug not in row:
                yield ("expectations", level), f"has no cell for '{slug}' (– means not expected)"
        for slug in row:
            if slug not in competencies:
                yield ("expectations", level, slug), "is not the slug of a competency"
    for slug in ladder.expectations:
        if slug not in levels:
            yield ("expectations", slug), "is not the slug of a level"
