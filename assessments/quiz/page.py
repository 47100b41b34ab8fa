"""A quiz as its pages show it: the order of the questions, what is answered, and the addresses it leads to."""

import secrets
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.db import connection
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import EVIDENCE_MAX, Assessment, Review
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.rule import is_settled, question_order
from assessments.scoring.values import NO_CHANCE, Answer
from ladder.document.format import Area, Competency

SECONDS_PER_QUESTION = 19
"""Twenty-five questions take about eight minutes."""


@dataclass(frozen=True)
class Routes:
    """The addresses of a quiz, by names of views that take `key`. `about` names the person rated, empty for oneself.

    Each is worked out when asked for: a save needs one at most, and all of them would cost it a tenth of a millisecond.
    """

    key: uuid.UUID
    show_name: str
    save_name: str
    check_name: str
    submit_name: str
    done_name: str
    start: str
    section: str
    about: str = ""

    @classmethod
    def own(cls, assessment: Assessment) -> "Routes":
        return cls(
            key=assessment.pk,
            show_name="show_quiz",
            save_name="save_rating",
            check_name="check_answers",
            submit_name="submit_assessment",
            done_name="show_report",
            start=reverse("start_quiz"),
            section="quiz",
        )

    @classmethod
    def review(cls, review: Review) -> "Routes":
        """The same questions about somebody else."""
        return cls(
            key=review.pk,
            show_name="show_review",
            save_name="save_review_rating",
            check_name="check_review",
            submit_name="submit_review",
            done_name="show_review",
            start=reverse("list_reviews"),
            section="reviews",
            about=review.subject_name,
        )

    @property
    def show(self) -> str:
        return reverse(self.show_name, args=[self.key])

    @property
    def check(self) -> str:
        return reverse(self.check_name, args=[self.key])

    @property
    def submit(self) -> str:
        return reverse(self.submit_name, args=[self.key])

    @property
    def done(self) -> str:
        return reverse(self.done_name, args=[self.key])

    def save(self, competency: str) -> str:
        return reverse(self.save_name, args=[self.key, competency])


@dataclass(frozen=True)
class ListedQuestion:
    """One question in the list of all of them."""

    competency: Competency
    answer: Answer | None
    evidence: str

    @property
    def said(self) -> str:
        """The sentence that was chosen, as it was offered, or "no chance", or "not yet"; empty while it is open."""
        if self.answer is None:
            return ""
        if self.answer == NO_CHANCE:
            return _("No chance so far")
        return self.competency.short_of(self.answer) if self.answer else _("Not yet")


class FullStep(NamedTuple):
    """A step at full length, as the ladder words it beside its short sentence."""

    step: int
    text: str | None
    examples: tuple[str, ...]
    small_company: str


class Given(NamedTuple):
    """The columns of a stored answer that the quiz shows."""

    competency: int
    step: int | None
    no_chance: bool
    evidence: str
    revision: int

    @property
    def answer(self) -> Answer | None:
        return NO_CHANCE if self.no_chance else self.step


# Django would take ten times as long to write this statement as the database takes to answer it, at each save.
_GIVEN = """
SELECT competency_id, step, no_chance, evidence, revision
FROM assessments_rating WHERE organisation_id = %s AND assessment_id = %s
"""


@dataclass
class Quiz:
    """A draft with its ratings, in the order of its questions. Only `of` asks the database."""

    assessment: Assessment
    ratings: dict[str, Given]
    current: str | None = None
    routes: Routes | None = None

    @classmethod
    def of(cls, assessment: Assessment, current: str | None = None, routes: Routes | None = None) -> "Quiz":
        """Load the ratings (one statement) and stand at `current`, else at the first open question."""
        slugs = assessment.rubric.competency_slugs
        with connection.cursor() as cursor:
            cursor.execute(_GIVEN, [assessment.organisation_id, assessment.pk])
            ratings = {slugs[row[0]]: Given(*row) for row in cursor.fetchall()}
        quiz = cls(assessment, ratings, routes=routes)
        quiz.current = current or quiz.first_open or quiz.order[0]
        return quiz

    @cached_property
    def urls(self) -> Routes:
        return self.routes or Routes.own(self.assessment)

    @cached_property
    def save_url(self) -> str:
        return self.urls.save(self.competency.slug)

    @property
    def small_company(self) -> bool:
        """Whether the reading for small companies comes first."""
        return self.assessment.small_company

    @property
    def about(self) -> str:
        """The name of the person rated; empty for oneself."""
        return self.urls.about

    @cached_property
    def answers(self) -> dict[str, Answer]:
        return {
            slug: answer
            for slug in self.assessment.rubric.competencies
            if (rating := self.ratings.get(slug)) is not None and (answer := rating.answer) is not None
        }

    @cached_property
    def order(self) -> tuple[str, ...]:
        assessment = self.assessment
        ladder_version = scoring_ladder(assessment.rubric)
        return question_order(ladder_version, assessment.held, assessment.targets, assessment.specialisation or None)

    @property
    def first_open(self) -> str | None:
        return next((slug for slug in self.order if slug not in self.answers), None)

    @cached_property
    def position(self) -> int:
        """The number of the current question, from 1."""
        return self.order.index(self.current or self.order[0]) + 1

    @cached_property
    def competency(self) -> Competency:
        return self.assessment.rubric.competencies[self.order[self.position - 1]]

    @property
    def steps(self) -> list[tuple[str, str]]:
        """Each step that can be chosen, as the form sends it, and its sentence in short."""
        return [(str(step), self.competency.short_of(step)) for step in self.competency.described]

    @property
    def asks(self) -> str:
        """The question to oneself; about somebody else it is the name, as “you” would be somebody else."""
        return self.competency.name if self.about else self.competency.question or self.competency.name

    @cached_property
    def in_full(self) -> list[FullStep]:
        """What is longer than the choices, for those who want to read it."""
        competency = self.competency
        rows = zip(competency.full, competency.examples, competency.small_company, strict=True)
        found = [
            FullStep(step, full if full != competency.short_of(step) else "", examples or (), small or "")
            for step, (full, examples, small) in enumerate(rows, 1)
            if step in competency.described
        ]
        return [item for item in found if item.text or item.examples or item.small_company]

    @property
    def area(self) -> Area:
        return self.assessment.rubric.areas[self.competency.area]

    @property
    def rating(self) -> Given | None:
        return self.ratings.get(self.competency.slug)

    @property
    def next(self) -> Competency | None:
        return self.assessment.rubric.competencies[self.order[self.position]] if self.position < self.total else None

    @property
    def previous(self) -> Competency | None:
        return self.assessment.rubric.competencies[self.order[self.position - 2]] if self.position > 1 else None

    @property
    def total(self) -> int:
        return len(self.order)

    @property
    def answered(self) -> int:
        return len(self.answers)

    @property
    def open(self) -> int:
        return self.total - self.answered

    @property
    def time_left(self) -> str:
        minutes = round(self.open * SECONDS_PER_QUESTION / 60)
        if not self.open:
            return _("all answered")
        if minutes < 1:
            return _("less than a minute left")
        return ngettext("about %(count)d minute left", "about %(count)d minutes left", minutes) % {"count": minutes}

    @cached_property
    def settled(self) -> bool:
        """Whether no further answer can change the verdicts."""
        assessment = self.assessment
        return bool(self.answers) and is_settled(
            scoring_ladder(assessment.rubric),
            self.answers,
            assessment.held,
            assessment.targets,
            assessment.specialisation or None,
        )

    @property
    def offers_finish(self) -> bool:
        return self.settled and self.assessment.length == Assessment.Length.QUICK

    @cached_property
    def by_area(self) -> list[tuple[Area, list[ListedQuestion]]]:
        return [
            (area, [self.listed(competency) for competency in competencies])
            for area, competencies in self.assessment.rubric.by_area
        ]

    @property
    def in_order(self) -> list[tuple[Competency, str, bool]]:
        """Each question, a word for its answer, and whether it is the one on the page."""
        competencies, given = self.assessment.rubric.competencies, self.answers
        words: dict[Answer | None, str] = {None: _("open"), NO_CHANCE: _("no chance so far")}
        answered = _("answered")
        return [(competencies[slug], words.get(given.get(slug), answered), slug == self.current) for slug in self.order]

    def listed(self, competency: Competency) -> ListedQuestion:
        rating = self.ratings.get(competency.slug)
        return ListedQuestion(competency, rating.answer if rating else None, rating.evidence if rating else "")


def question_context(quiz: Quiz, **more: Any) -> dict[str, Any]:
    """What the page of the current question shows; `more` replaces what is stored, as with what was just typed."""
    rating = quiz.rating
    return {
        "quiz": quiz,
        "section": quiz.urls.section,
        "chosen": "" if rating is None or rating.answer is None else str(rating.answer),
        "evidence": rating.evidence if rating else "",
        "revision": rating.revision if rating else 0,
        "page_name": secrets.token_hex(8),
        "evidence_max": EVIDENCE_MAX,
        "save_state": "saved" if rating else "idle",
        **more,
    }
