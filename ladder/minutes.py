"""How long a quiz takes: from the words on its screens, and later from how long people took. Pure."""

from collections.abc import Iterable
from math import ceil

from ladder.document.format import Competency
from ladder.rubric import Rubric

WORDS_A_MINUTE = 240
SECONDS_A_CHOICE = 5


def minutes(rubric: Rubric, competencies: Iterable[str] | None = None) -> int:
    """Whole minutes for these questions, or for all, rounded up; 1 at least.

    What is the same on each screen is read once and not counted.
    """
    asked = rubric.competencies if competencies is None else competencies
    return max(1, ceil(sum(_seconds(rubric, rubric.competencies[slug]) for slug in asked) / 60))


def _seconds(rubric: Rubric, competency: Competency) -> float:
    """For one question: what people took here, once enough have; else by the words of the question and its choices."""
    return rubric.pace or words_of(competency) * 60 / WORDS_A_MINUTE + SECONDS_A_CHOICE


def words_of(competency: Competency) -> int:
    """How many words the question and its choices have."""
    texts = (competency.question or competency.name, *map(competency.short_of, competency.described))
    return sum(len(text.split()) for text in texts)
