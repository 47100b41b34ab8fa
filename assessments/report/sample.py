"""A made-up person, for everybody who wants to see a report before they answer anything."""

from collections.abc import Mapping
from typing import Final

from assessments.report.parts import NO_RUNGS
from assessments.report.report import Inputs, Report, build_report
from assessments.scoring.values import Answer
from ladder.rubric import Rubric

NAME: Final = "Robin"
HELD: Final = "senior-pm"
ANSWERS: Final[dict[str, Answer]] = {
    "customer-insight": 4,
    "discovery": 4,
    "product-sense": 3,
    "prioritisation": 4,
    "delivery": 4,
    "market-insight": 3,
    "business-acumen": 3,
    "go-to-market": 2,
    "strategy": 4,
    "portfolio": 2,
    "technical-fluency": 3,
    "data": 4,
    "ai-fluency": 2,
    "ways-of-working": 3,
    "communication": 4,
    "storytelling": 3,
    "stakeholders": 4,
    "influence": 3,
    "ambiguity": 4,
    "mentoring": 3,
    "team-building": "no_chance",
    "org-design": "no_chance",
    "culture": 2,
    "outcomes": 4,
    "initiative": 4,
}


def sample_report(rubric: Rubric, against: str | None = None, rungs: Mapping[str, str] = NO_RUNGS) -> Report:
    """Robin's report, really scored. Answers that the rubric does not ask for are left out."""
    answers = {slug: answer for slug, answer in ANSWERS.items() if slug in rubric.competencies}
    held = HELD if HELD in rubric.levels else rubric.ladder.levels[0].slug
    inputs = Inputs(rubric=rubric, answers=answers, held=held, targets=tuple(rubric.next_levels[held]))
    return build_report(inputs, against, rungs)
