"""What keeps a ladder from being published, and what publishing asks about first. Pure.

Only what is new is held to it: a version that is stored still opens.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from ladder.document.format import LadderDocument
from ladder.rubric import Rubric

type Found = tuple[tuple[str | int, ...], str]

# The lists whose items remember what they were called before.
RENAMABLE = ("levels", "competencies", "specialisations", "milestones")


def with_earlier_names(ladder: LadderDocument, before: LadderDocument) -> LadderDocument:
    """The ladder with the slugs that the version before it remembers: a rename is said once, and later files need not
    repeat it. Where the file itself says whose an old slug was, that counts."""
    changed = {}
    for name in RENAMABLE:
        parts = getattr(ladder, name)
        known = {part.slug: part.was for part in getattr(before, name)}
        said = {old for part in parts for old in part.was}
        changed[name] = tuple(part.model_copy(update={"was": (*part.was, *_more(part, known, said))}) for part in parts)
    return ladder.model_copy(update=changed)


def _more(part: Any, known: Mapping[str, tuple[str, ...]], said: set[str]) -> Iterator[str]:
    yield from dict.fromkeys(
        old for slug in (part.slug, *part.was) for old in known.get(slug, ()) if old != part.slug and old not in said
    )


def publishing_problems(rubric: Rubric) -> Iterator[Found]:
    """Yield (place, message): a level that asks nothing, a step nobody can choose, a level that is met by another's."""
    ladder = rubric.ladder
    if ladder.policy.close_at > rubric.meets_percent:
        yield ("policy", "close_at"), f"close_at is above meets_at, which is {rubric.meets_percent}"
    for track, path in rubric.paths.items():
        if not path:
            yield ("tracks",), f"the track {track} has no level"
    for level in ladder.levels:
        if not any(cell.weight for cell in ladder.expectations[level.slug].values()):
            yield ("expectations", level.slug), f"{level.title} asks nothing"
        for slug, cell in ladder.expectations[level.slug].items():
            if cell.weight and cell.step not in rubric.competencies[slug].described:
                name = rubric.competencies[slug].name
                yield (
                    ("expectations", level.slug, slug),
                    f"{level.title} asks step {cell.step} of {name}, which has no sentence",
                )
    yield from dict.fromkeys(_met_above(rubric))
    for name in RENAMABLE:
        yield from _old_slugs(name, getattr(ladder, name))


def _old_slugs(name: str, parts: tuple[Any, ...]) -> Iterator[Found]:
    """An old slug leads to one item of its list, and to none where another one has it today."""
    has, had = {part.slug for part in parts}, dict[str, str]()
    for n, part in enumerate(parts):
        for old in part.was:
            if old in has and old != part.slug:
                said = f"{part.slug} can’t have been called '{old}', which is another one's slug today"
                yield (name, n, "was"), f"{said}: give that one a slug of its own"
            elif had.setdefault(old, part.slug) != part.slug:
                said = f"'{old}' can’t have become both {had[old]} and {part.slug}"
                yield (name, n, "was"), f"{said}: name it at the one that goes on with its answers"


def _met_above(rubric: Rubric) -> Iterator[Found]:
    for path in rubric.paths.values():
        for lower, upper in combinations(path, 2):
            if rubric.exactly_meets(lower.slug, upper.slug) and not rubric.asks_the_same(lower.slug, upper.slug):
                said = f"who does exactly what {lower.title} asks meets {upper.title} as well"
                yield ("expectations", upper.slug), said


def asking_the_same(rubric: Rubric) -> Iterator[tuple[str, ...]]:
    """The titles of levels on one path that ask the same, so that no answers tell them apart: "PM I or PM II"."""
    told: set[str] = set()
    for path in rubric.paths.values():
        for at, level in enumerate(path):
            same = [other for other in path[at + 1 :] if rubric.asks_the_same(level.slug, other.slug)]
            if same and level.slug not in told:
                yield (level.title, *(other.title for other in same))
            told |= {other.slug for other in same}
