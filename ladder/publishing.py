"""What keeps a ladder from being published, and what publishing asks about first. Pure.

Only what is new is held to it: a version that is stored still opens.
"""

from collections.abc import Iterator
from itertools import combinations

from ladder.rubric import Rubric

type Found = tuple[tuple[str | int, ...], str]


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
