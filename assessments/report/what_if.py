"""What a report would say with other steps: the same rule on changed answers. Nothing is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from assessments.report import words
from assessments.report.report import Report
from assessments.scoring.values import NO_CHANCE, Answer, Verdict
from ladder.document.format import Area, Competency
from ladder.document.kinds import MUST_HAVE
from ladder.rubric import Rubric

OPEN = "open"
PREFIX = "step-"


def changed_answers(
    rubric: Rubric, answers: Mapping[str, Answer], said: Mapping[str, str]
) -> tuple[dict[str, Answer], dict[str, str]]:
    """The answers with what `said` names put over them, and an error for each value that is no answer.

    What is not named, or is no answer, stays as the report has it.
    """
    changed, errors = dict(answers), {}
    for slug, competency in rubric.competencies.items():
        value, steps = said.get(PREFIX + slug, ""), _steps(competency)
        if value in steps:
            changed[slug] = steps[value]
        elif value == NO_CHANCE:
            changed[slug] = NO_CHANCE
        elif value == OPEN:
            changed.pop(slug, None)
        elif value:
            errors[slug] = _("Choose a step from 0 to %(steps)d. Until then the answer of your report counts.") % {
                "steps": rubric.steps
            }
    return {slug: changed[slug] for slug in rubric.competencies if slug in changed}, errors


def _steps(competency: Competency) -> dict[str, int]:
    """Each step that can be chosen, as a form sends it."""
    return {str(step): step for step in (0, *competency.described)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One competency of the form: what the report says, what is chosen, and what the level asks (0: nothing)."""

    competency: Competency
    answer: Answer | None
    chosen: Answer | None
    expected: int
    must_have: bool
    error: str

    @property
    def name(self) -> str:
        return PREFIX + self.competency.slug

    @property
    def options(self) -> list[tuple[str, str, bool]]:
        """Value, label, and whether it is the one chosen."""
        chosen = OPEN if self.chosen is None else str(self.chosen)
        labels = {OPEN: _("open"), NO_CHANCE: _("no chance so far"), "0": _("0, not yet")}
        return [
            (value, labels.get(value, value), value == chosen) for value in (*_steps(self.competency), NO_CHANCE, OPEN)
        ]

    @property
    def said(self) -> str:
        return answer_words(self.answer)


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """One figure before and after."""

    label: str
    before: str
    after: str

    @property
    def is_changed(self) -> bool:
        return self.before != self.after


@dataclass(frozen=True)
class WhatIf:
    """Two reports on the same level: as answered, and with the steps that somebody tries."""

    before: Report
    after: Report
    errors: Mapping[str, str]

    @property
    def rubric(self) -> Rubric:
        return self.before.rubric

    @cached_property
    def moved(self) -> list[BeforeAfter]:
        """The competencies whose answer was changed."""
        return [
            BeforeAfter(competency.name, answer_words(old), answer_words(new))
            for slug, competency in self.rubric.competencies.items()
            if (old := self.before.answers.get(slug)) != (new := self.after.answers.get(slug))
        ]

    @cached_property
    def headline(self) -> str:
        """What would follow, in one sentence."""
        if not self.moved:
            return _("Change a step, and see what would follow.")
        if not self.before.against:
            return _("With these steps: %(headline)s") % {"headline": self.after.headline}
        before, after = (report.result.levels[self.before.against] for report in (self.before, self.after))
        level = words.short_title(self.rubric, self.before.against)
        if after.verdict.low == Verdict.MEETS and before.verdict.low != Verdict.MEETS:
            return _("With these steps you would meet all that %(level)s asks.") % {"level": level}
        was, would = words.readiness(before.readiness), words.readiness(after.readiness)
        if was == would:
            return _("Readiness for %(level)s would stay at %(readiness)s.") % {"level": level, "readiness": was}
        said = {"level": level, "before": was, "after": would}
        return _("Readiness for %(level)s would go from %(before)s to %(after)s.") % said

    @cached_property
    def rows(self) -> list[BeforeAfter]:
        """Places on the tracks, then readiness and verdict of the levels that matter to this person."""
        pairs = zip(self.before.sides, self.after.sides, strict=True)
        rows = [
            BeforeAfter(_("Place: %(track)s") % {"track": was.track.title}, was.place, now.place) for was, now in pairs
        ]
        levels = dict.fromkeys(
            slug for slug in (self.before.against, *self.before.result.targets, self.before.held) if slug
        )
        for slug in levels:
            label = _("Readiness: %(level)s") % {"level": words.short_title(self.rubric, slug)}
            rows.append(BeforeAfter(label, self._level(self.before, slug), self._level(self.after, slug)))
        return rows

    def _level(self, report: Report, slug: str) -> str:
        level = report.result.levels[slug]
        return f"{words.readiness(level.readiness)}, {words.verdict_words(level)}"

    @cached_property
    def choices(self) -> list[tuple[Area, list[Choice]]]:
        return [(area, [self._choice(item) for item in items]) for area, items in self.rubric.by_area if items]

    def _choice(self, competency: Competency) -> Choice:
        slug, level = competency.slug, self.before.against
        cell = self.rubric.specialised(level, slug, self.before.specialisation) if level else None
        return Choice(
            competency=competency,
            answer=self.before.answers.get(slug),
            chosen=self.after.answers.get(slug),
            expected=cell.step if cell and cell.weight else 0,
            must_have=cell is not None and cell.weight == MUST_HAVE,
            error=self.errors.get(slug, ""),
        )

    @cached_property
    def shortest_query(self) -> str:
        """The query that tries the shortest way of the report; empty where nothing is short."""
        if not self.before.detail or not self.before.detail.shortest_way:
            return ""
        steps = {PREFIX + item.competency: item.to_step for item in self.before.detail.shortest_way}
        return urlencode({"target": self.before.against} | steps)


def answer_words(answer: Answer | None) -> str:
    if answer is None:
        return _("open")
    return _("no chance so far") if answer == NO_CHANCE else str(answer)
