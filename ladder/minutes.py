"""How long a quiz takes: from the words on its screens, and later from how long people took. Pure."""

from collections.abc import Iterable
from functools import lru_cache
from math import ceil

from ladder.document.format import Competency
from ladder.rubric import Rubric

WORDS_A_MINUTE = 240
SECONDS_A_CHOICE = 5


def minutes(rubric: Rubric, competencies: Iterable[str] | None = None) -> int:
    """Whole minutes for these questions, or for all, rounded up; 1 at least.

    What is the same on each screen is read once and not counted.
    """
    seconds = _seconds(rubric)
    left = seconds.values() if competencies is None else map(seconds.__getitem__, competencies)
    return max(1, ceil(sum(left) / 60))


@lru_cache(maxsize=64)
def _seconds(rubric: Rubric) -> dict[str, float]:
    """Competency → seconds for its question: what people took here, once enough have; else by its words."""
    return {
        slug: rubric.pace or words_of(item) * 60 / WORDS_A_MINUTE + SECONDS_A_CHOICE
        for slug, item in rubric.competencies.items()
    }


def words_of(competency: Competency) -> int:
    """How many words the question and its choices have."""
    texts = (competency.question or competency.name, *map(competency.short_of, competency.described))
    return sum(len(text.split()) for text in texts)
