"""Checks that the parts of a ladder fit together: each slug is unique and each reference has its target. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from ladder.document.format import Competency, LadderDocument, Level

type Found = tuple[tuple[str | int, ...], str]


def reference_problems(ladder: LadderDocument) -> Iterator[Found]:
    """Yield (place, message) for each thing that does not fit; nothing for a valid ladder."""
    yield from _doubles(ladder)
    if sum(track.trunk for track in ladder.tracks) > 1:
        yield ("tracks",), "expected at most one trunk"
    if all(track.trunk for track in ladder.tracks):
        yield ("tracks",), "expected at least one track besides the trunk"
    if [item.step for item in ladder.scale] != list(range(ladder.steps + 1)):
        yield ("scale",), f"expected the steps 0 to {ladder.steps} in order"
    if ladder.policy.meets_at is not None and ladder.policy.close_at > ladder.policy.meets_at:
        yield ("policy", "close_at"), "expected at most meets_at"
    for name, shown in (("tracks", "title"), ("areas", "name")):
        unnamed = [n for n, item in enumerate(getattr(ladder, name)) if not getattr(item, shown)]
        if len(getattr(ladder, name)) > 1:
            yield from (((name, n, shown), "is missing: only a single one needs no name") for n in unnamed)
    yield from _steps(ladder)
    yield from _unknown(ladder)
    yield from _table(ladder)


# A list of the ladder, the field of its items that errors name (empty: the item), what it refers to, and the slugs.
_REFERENCES: tuple[tuple[str, str, str, Callable[[Any], Iterable[str]]], ...] = (
    ("levels", "track", "track", lambda level: [level.track]),
    ("levels", "growth", "competency", lambda level: [slug for skill in level.growth for slug in skill.competencies]),
    ("one_job", "levels", "level", lambda job: job.levels),
    ("competencies", "area", "area", lambda competency: [competency.area]),
    ("competencies", "tracks", "track", lambda competency: competency.tracks),
    ("links", "", "level", lambda link: [link.source, link.target]),
    ("schemes", "rungs", "level", lambda scheme: [s for rung in scheme.rungs for s in (*rung.levels, *rung.partly)]),
    ("actions", "competency", "competency", lambda action: [action.competency]),
    ("specialisations", "adds", "competency", lambda specialisation: specialisation.adds),
    ("milestones", "levels", "level", lambda milestone: milestone.levels),
    ("ambiguous_titles", "candidates", "level", lambda title: [item.level for item in title.candidates]),
    ("ways_in", "carries", "competency", lambda way: [item.competency for item in way.carries]),
    ("ways_in", "levels", "level", lambda way: way.levels),
    ("ways_across", "carries", "competency", lambda way: way.carries),
    ("track_aspects", "by_track", "track", lambda aspect: aspect.by_track),
    ("reflections", "yes", "track", lambda reflection: [reflection.yes]),
    ("stories", "ratings", "competency", lambda story: story.ratings),
    ("stories", "why", "competency", lambda story: story.why),
)
# The lists whose items have a slug of their own.
_LISTS = (
    *("tracks", "levels", "areas", "competencies", "schemes", "specialisations", "milestones"),
    *("ways_in", "ways_across", "beyond", "questions", "reflections", "track_aspects", "stories", "sources"),
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


def _steps(ladder: LadderDocument) -> Iterator[Found]:
    """Every competency describes a step, none beyond the ladder's, and what names a step names a described one."""
    described = {}
    for n, item in enumerate(ladder.competencies):
        for name in ("short", "full", "examples", "small_company"):
            if len(getattr(item, name)) > ladder.steps:
                count = len(getattr(item, name))
                yield ("competencies", n, name), f"has {count} entries, and the ladder has {ladder.steps} steps"
                return
        if not item.described:
            yield ("competencies", n), "has no sentence for any step"
        described[item.slug] = item.described
    for n, action in enumerate(ladder.actions):
        if action.to_step not in described.get(action.competency, (action.to_step,)):
            yield ("actions", n, "to_step"), f"expected a step that {action.competency} has a sentence for"
    for n, story in enumerate(ladder.stories):
        for slug, step in story.ratings.items():
            if step and step not in described.get(slug, (step,)):
                yield ("stories", n, "ratings", slug), f"expected 0 or a step that {slug} has a sentence for"


def _table(ladder: LadderDocument) -> Iterator[Found]:
    """Every level has a cell for every competency: a forgotten one would silently count as "not expected"."""
    competencies = {competency.slug: competency for competency in ladder.competencies}
    for level in ladder.levels:
        row = ladder.expectations.get(level.slug)
        if row is None:
            yield ("expectations",), f"has no row for the level '{level.slug}'"
            continue
        for slug in competencies:
            if slug not in row:
                yield ("expectations", level.slug), f"has no cell for '{slug}' (– means not expected)"
        yield from _cells(ladder, level, competencies)
    for slug in ladder.expectations:
        if slug not in {level.slug for level in ladder.levels}:
            yield ("expectations", slug), "is not the slug of a level"


def _cells(ladder: LadderDocument, level: Level, competencies: Mapping[str, Competency]) -> Iterator[Found]:
    for slug, cell in ladder.expectations[level.slug].items():
        where = ("expectations", level.slug, slug)
        if slug not in competencies:
            yield where, "is not the slug of a competency"
        elif cell.step > ladder.steps:
            yield where, f"expected a step from 0 to {ladder.steps}, got {cell.step}"
        elif cell.weight and _is_elsewhere(competencies[slug], level.track):
            yield where, "expected –: the competency is only on other tracks"


def _is_elsewhere(competency: Competency, track: str) -> bool:
    return bool(competency.tracks) and track not in competency.tracks
