"""Two views of the same work side by side. Never averaged: a mean would be nobody's view."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Assessment, Commitment, CopyReader, Review, Share
from assessments.report import words
from assessments.report.find import report_of, report_of_copy
from assessments.report.parts import TrackSide
from assessments.report.report import Report
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.raters import Agreement, compare_raters
from assessments.scoring.values import NO_CHANCE, Answer
from ladder.document.format import Area, Competency
from ladder.document.kinds import MUST_HAVE
from ladder.pages.picture import Picture
from ladder.rubric import Rubric
from people.texts import isolated


@dataclass(frozen=True, slots=True)
class View:
    """What one of the two said, against which version, with the report that follows from it."""

    # "member" or "manager". Part of the ids of the picture, of which the page shows two.
    side: str
    name: str
    report: Report

    @property
    def rubric(self) -> Rubric:
        return self.report.rubric

    @property
    def sides(self) -> list[TrackSide]:
        return self.report.sides

    @property
    def picture(self) -> Picture:
        """The report's picture of the ladder, named after whose view it is; the key keeps ids of the two apart."""
        title = _("The place on the ladder as %(name)s sees it") % {"name": isolated(self.name)}
        places = "; ".join(f"{side.track.title}: {side.place}" for side in self.sides)
        return replace(self.report.picture, key=f"view-{self.side}", title=title, description=places, about_other=True)


@dataclass(frozen=True, slots=True)
class SideAnswer:
    """One answer of one side: the step, the sentence that stands for it, the note."""

    answer: Answer | None
    sentence: str
    note: str

    @property
    def step(self) -> str:
        if self.answer is None:
            return _("open")
        return _("no chance") if self.answer == NO_CHANCE else str(self.answer)


@dataclass(frozen=True, slots=True)
class ComparedCompetency:
    """One competency from both sides; `own` is None when the member's view is not there."""

    competency: Competency
    own: SideAnswer | None
    other: SideAnswer | None
    must_have: bool
    words: str
    state: str


@dataclass(frozen=True)
class Together:
    """`own` is the member's view, None for the manager once the member took the copy back; `other` the manager's."""

    review: Review
    own: View | None
    other: View

    @property
    def rubric(self) -> Rubric:
        return self.other.rubric

    @cached_property
    def common(self) -> Mapping[str, str]:
        """The competencies that both ladder versions have, in the order of the manager's: slug there → slug in the
        member's."""
        return self.rubric.shared_with((self.own or self.other).rubric)

    @property
    def versions_differ(self) -> bool:
        return self.own is not None and self.own.rubric.key != self.rubric.key

    @property
    def steps_differ(self) -> bool:
        """Whether the two versions count steps differently, so that no answers can be compared."""
        return self.own is not None and self.own.rubric.steps != self.rubric.steps

    @cached_property
    def only_one_has(self) -> list[str]:
        """Names of the competencies that only one of the two ladder versions has."""
        if self.steps_differ:
            return []
        both = {"manager": self.common.keys(), "member": {*self.common.values()}}
        return [
            item.name
            for view in self.views
            for slug, item in view.rubric.competencies.items()
            if slug not in both[view.side]
        ]

    @cached_property
    def agreement(self) -> Agreement | None:
        if self.own is None:
            return None
        own, report = self.own.report.answers, self.other.report
        return compare_raters(
            {slug: own[theirs] for slug, theirs in self.common.items() if theirs in own},
            {slug: answer for slug, answer in report.answers.items() if slug in self.common},
            scoring_ladder(self.rubric),
            report.held,
            report.result.wishes,
            report.specialisation,
        )

    @cached_property
    def first(self) -> list[ComparedCompetency]:
        """The competencies to begin the conversation with."""
        return [self._line(pair.competency) for pair in self.agreement.talk_first] if self.agreement else []

    @cached_property
    def by_area(self) -> list[tuple[Area, list[ComparedCompetency]]]:
        areas = (
            (area, [item.slug for item in items if item.slug in self.common]) for area, items in self.rubric.by_area
        )
        return [(area, [self._line(slug) for slug in slugs]) for area, slugs in areas if slugs]

    @cached_property
    def _must_haves(self) -> set[str]:
        report = self.other.report
        levels = {*report.result.wishes, *([report.held] if report.held else [])}
        return {
            slug
            for slug in self.rubric.competencies
            if any(self.rubric.specialised(level, slug, report.specialisation).weight == MUST_HAVE for level in levels)
        }

    def _line(self, slug: str) -> ComparedCompetency:
        own = _said(self.own, self.common[slug]) if self.own else None
        other = _said(self.other, slug)
        text, state = self._difference(own, other)
        return ComparedCompetency(self.rubric.competencies[slug], own, other, slug in self._must_haves, text, state)

    def _difference(self, own: SideAnswer | None, other: SideAnswer) -> tuple[str, str]:
        """How far apart the two are, in words that take no side, and the CSS class of the mark."""
        if own is None or not isinstance(own.answer, int) or not isinstance(other.answer, int):
            return "", "none"
        steps = own.answer - other.answer
        if not steps:
            return _("the same"), "same"
        name = self.review.subject_name if steps > 0 else self.review.manager_name
        text = ngettext("%(name)s sees it %(count)d step higher", "%(name)s sees it %(count)d steps higher", abs(steps))
        return text % {"name": isolated(name), "count": abs(steps)}, "near" if abs(steps) == 1 else "apart"

    @cached_property
    def agreed(self) -> list[tuple[Commitment, str]]:
        """The steps that were agreed on, each with the name of its competency."""
        known = self.rubric.competencies
        return [
            (item, known[item.competency].name if item.competency in known else item.competency)
            for item in self.review.commitments.all()
        ]

    @cached_property
    def strengths(self) -> list[Competency]:
        """Where both see more than the level held, else the one aimed at, asks for."""
        if self.own is None:
            return []
        both = {item.slug for item, _step, _asked in self.own.report.strengths}
        return [item for item, _step, _asked in self.other.report.strengths if self.common.get(item.slug) in both]

    @cached_property
    def exposure(self) -> list[tuple[Competency, str]]:
        """What the member had no chance to do, with the sentence that the level aimed at asks for; "" where none."""
        if self.own is None:
            return []
        report = self.own.report
        level = report.targets[0] if report.targets else report.held
        found = []
        for slug in self.common.values():
            if report.answers.get(slug) != NO_CHANCE:
                continue
            competency = report.rubric.competencies[slug]
            step = report.rubric.specialised(level, slug, report.specialisation).step if level else 0
            found.append((competency, competency.says(step)))
        return found

    @property
    def views(self) -> Iterator[View]:
        """The views that are there, the member's first."""
        if self.own:
            yield self.own
        yield self.other

    @property
    def rated(self) -> list[tuple[str, int, int]]:
        """Of each view whose it is, how many competencies have a step, and how many there are."""
        return [
            (
                view.name,
                sum(isinstance(said, int) for said in view.report.answers.values()),
                len(view.rubric.competencies),
            )
            for view in self.views
        ]

    @property
    def first_said(self) -> str:
        return words.number(len(self.first))

    @property
    def figures(self) -> dict[str, Any]:
        """Agreement in figures, formatted; empty where there is nothing to compare."""
        said = self.agreement
        if said is None or said.mean_difference is None or said.equal is None or said.within_one is None:
            return {}
        return {
            "pairs": len(said.pairs),
            "mean": figure(said.mean_difference, "+.1f"),
            "equal": words.percent(said.equal),
            "within_one": words.percent(said.within_one),
            "kappa": figure(said.kappa, ".2f") if said.kappa is not None else "",
        }


def figure(value: Fraction, form: str) -> str:
    """Formatted by `form`, with a real minus sign, and without one where the result reads zero."""
    text = f"{float(value):{form}}"
    return text.lstrip("+-") if not float(text) else text.replace("-", "−")


def put_together(review: Review, *, for_subject: bool) -> Together:
    """Both views of a revealed review. The member's comes from the copy.

    Once the copy is taken back, the member still sees their own snapshot, and the manager no longer does.
    """
    assert review.assessment is not None  # noqa: S101  - a revealed review has answers
    other = View("manager", review.manager_name, _report(review.assessment))
    said: Assessment | Share | None = review.share if for_subject else _open_copy(review)
    if said is None and for_subject and review.source_id:
        said = Assessment.objects.filter(pk=review.source_id, rater=review.subject_id).select_related("outcome").first()
    return Together(review, View("member", review.subject_name, _report(said)) if said else None, other)


def _open_copy(review: Review) -> Share | None:
    """The member's copy, if it is open to the manager. One statement."""
    reading = CopyReader.objects.of(OuterRef("pk"), review.manager_id).open()
    return Share.objects.filter(Exists(reading), organisation=review.organisation_id, pk__in=[review.share_id]).first()


def _report(given: Assessment | Share) -> Report:
    """The report compared with the level held, where there is one: strengths are what goes beyond it.

    By the rule of its time: what two people saw and signed does not read otherwise later.
    """
    held = given.held or None
    if isinstance(given, Share):
        return report_of_copy(given, held, by_today=False)
    return report_of(given, held, by_today=False, by_ladder=True)


def _said(view: View, slug: str) -> SideAnswer:
    answer = view.report.answers.get(slug)
    sentence = ""
    if isinstance(answer, int):
        sentence = view.rubric.competencies[slug].says(answer) if answer else _("Not yet.")
    return SideAnswer(answer, sentence, view.report.evidence.get(slug, ""))
