"""Two reports of one person side by side: what moved, and what did not. Both by today's rule, each on its version."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from assessments.models import Assessment
from assessments.report import words
from assessments.report.one_job import read_by
from assessments.report.what_if import BeforeAfter, answer_words
from assessments.scoring.values import Answer, LevelResult, Result
from ladder.rubric import Rubric


@dataclass(frozen=True)
class OneReport:
    """One of the two. The outcome must be there."""

    assessment: Assessment

    @property
    def rubric(self) -> Rubric:
        return self.assessment.rubric

    @property
    def answers(self) -> Mapping[str, Answer]:
        return self.assessment.outcome.answers  # type: ignore[no-any-return]

    @cached_property
    def _read(self) -> tuple[Rubric, Result]:
        return read_by(self.assessment, self.assessment.score(dict(self.answers)))

    @property
    def ladder(self) -> Rubric:
        """The ladder as its person reads it: in a small company two levels may be one."""
        return self._read[0]

    @property
    def result(self) -> Result:
        return self._read[1]


@dataclass(frozen=True)
class Compared:
    """`was` is the older one."""

    was: OneReport
    now: OneReport

    @classmethod
    def of(cls, one: Assessment, other: Assessment) -> "Compared":
        older, newer = sorted((one, other), key=lambda item: (item.submitted_at, item.started_at))
        return cls(OneReport(older), OneReport(newer))

    @property
    def is_other_ladder(self) -> bool:
        return self.was.rubric.slug != self.now.rubric.slug

    @property
    def is_other_version(self) -> bool:
        return not self.is_other_ladder and self.was.rubric.key != self.now.rubric.key

    @property
    def counts_otherwise(self) -> bool:
        """Whether steps are counted differently, so that no answer to one says anything for the other."""
        return self.was.rubric.steps != self.now.rubric.steps

    @cached_property
    def rows(self) -> list[BeforeAfter]:
        """The place, then how the levels that the newer report is about are met."""
        places = [words.place_words(side.ladder, side.result.place) for side in (self.was, self.now)]
        names = {} if self.is_other_ladder else self.now.rubric.names_in(self.was.rubric).levels
        rows = [BeforeAfter(_("Place"), *places)]
        for slug in dict.fromkeys((*self.now.result.aims, *self.now.result.wishes)):
            title = words.short_title(self.now.ladder, slug)
            levels = [self.was.result.levels.get(names.get(slug, "")), self.now.result.levels.get(slug)]
            if any(level and _must_haves(level) for level in levels):
                said = [_must_haves(level) if level else "–" for level in levels]
                rows.append(BeforeAfter(_("Must-haves of %(level)s") % {"level": title}, *said))
            said = [words.readiness(level.readiness) if level else "–" for level in levels]
            rows.append(BeforeAfter(_("Readiness for %(level)s") % {"level": title}, *said))
        return rows

    @property
    def moved_rows(self) -> list[BeforeAfter]:
        return [row for row in self.rows if row.is_changed]

    @property
    def still_rows(self) -> list[BeforeAfter]:
        return [row for row in self.rows if not row.is_changed]

    @cached_property
    def _in_both(self) -> list[BeforeAfter]:
        both = () if self.is_other_ladder else self.now.rubric.shared_with(self.was.rubric)
        return [
            BeforeAfter(
                self.now.rubric.competencies[slug].name,
                answer_words(self.was.answers.get(slug)),
                answer_words(self.now.answers.get(slug)),
            )
            for slug in both
        ]

    @property
    def moved(self) -> list[BeforeAfter]:
        return [row for row in self._in_both if row.is_changed]

    @property
    def still(self) -> list[BeforeAfter]:
        return [row for row in self._in_both if not row.is_changed]

    @cached_property
    def alone(self) -> list[BeforeAfter]:
        """What can't be compared: asked in one of the two only, or on other steps. "–" where it was not asked."""
        both = {} if self.is_other_ladder else self.now.rubric.shared_with(self.was.rubric)
        here = [slug for slug in self.now.rubric.competencies if slug not in both]
        there = [slug for slug in self.was.rubric.competencies if slug not in both.values()]
        return [
            BeforeAfter(self._name(slug), _said(self.was, slug), _said(self.now, slug))
            for slug in dict.fromkeys((*here, *there))
        ]

    def _name(self, slug: str) -> str:
        known = self.now.rubric.competencies.get(slug) or self.was.rubric.competencies[slug]
        return known.name


def _must_haves(level: LevelResult) -> str:
    found = level.must_haves
    total = len(found.met) + len(found.short) + len(found.not_rated)
    return _("%(met)d of %(total)d met") % {"met": len(found.met), "total": total} if total else ""


def _said(side: OneReport, slug: str) -> str:
    if slug not in side.rubric.competencies:
        return "–"
    answer = side.answers.get(slug)
    if isinstance(answer, int):
        return _("%(step)d of %(steps)d") % {"step": answer, "steps": side.rubric.steps}
    return answer_words(answer)
