"""The skills to grow where somebody stands, each with the step to aim at and an action that leads there."""

from dataclasses import dataclass, replace

from assessments.report.inputs import Inputs
from ladder.document.format import Competency, Growth, LadderAction


@dataclass(frozen=True, slots=True)
class GrowthLine:
    """A skill to grow where somebody stands. `to_step` is the next one, None where there is none or nothing is rated.

    `aims_at` is the step that the next level asks; where that is there already (`is_there`), one more than now.
    """

    skill: Growth
    competency: Competency
    to_step: int | None
    aims_at: int | None
    is_there: bool
    action: LadderAction | None


def growth_of(said: Inputs, stands: str) -> list[GrowthLine]:
    """Those that the ladder names for the level `stands`, in its order."""
    found = [_line(said, stands, skill) for skill in said.rubric.levels[stands].growth]
    # Two skills may grow by the same action: it is named once.
    told = [line.action for line in found]
    return [line if line.action not in told[:n] else replace(line, action=None) for n, line in enumerate(found)]


def _line(said: Inputs, stands: str, skill: Growth) -> GrowthLine:
    rubric, slug = said.rubric, skill.competencies[0]
    competency, step = rubric.competencies[slug], said.answers.get(slug)
    following = competency.above(step) if isinstance(step, int) else None
    steps = (rubric.specialised(level, slug, said.specialisation).step for level in rubric.next_levels[stands])
    asked = max(steps, default=0)
    is_there = isinstance(step, int) and step >= asked
    return GrowthLine(
        skill=skill,
        competency=competency,
        # One step at a time: the action leads to the next one.
        to_step=following,
        aims_at=following if is_there else asked if isinstance(step, int) else None,
        is_there=is_there and bool(asked),
        action=next(iter(rubric.actions.get((slug, following or 0), ())), None),
    )
