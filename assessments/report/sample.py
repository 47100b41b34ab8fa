"""A made-up person, for everybody who wants to see a report before they answer anything."""

from collections.abc import Mapping
from typing import Final

from assessments.report.inputs import Inputs
from assessments.report.parts import NO_RUNGS
from assessments.report.report import Report, build_report
from assessments.scoring.values import NO_CHANCE, Answer
from ladder.rubric import Rubric

NAME: Final = "Robin"
HELD: Final = "senior-pm"
_BY_ANSWER: Final[dict[Answer, str]] = {
    4: "customer-insight discovery prioritisation delivery strategy data communication stakeholders "
    "ambiguity outcomes initiative",
    3: "product-sense market-insight business-acumen technical-fluency ways-of-working storytelling "
    "influence mentoring",
    2: "go-to-market portfolio ai-fluency culture",
    NO_CHANCE: "team-building org-design",
}
ANSWERS: Final = {slug: answer for answer, slugs in _BY_ANSWER.items() for slug in slugs.split()}


def sample_report(rubric: Rubric, against: str | None = None, rungs: Mapping[str, str] = NO_RUNGS) -> Report:
    """Robin's report, really scored. Answers that the rubric does not ask for are left out."""
    answers = {slug: answer for slug, answer in ANSWERS.items() if slug in rubric.competencies}
    held = HELD if HELD in rubric.levels else rubric.ladder.levels[0].slug
    inputs = Inputs(rubric=rubric, answers=answers, held=held, targets=tuple(rubric.next_levels[held]))
    return build_report(inputs, against, rungs)
