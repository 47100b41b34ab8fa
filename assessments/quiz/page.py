"""A quiz as its pages show it: the order of the questions, what is answered, and the addresses it leads to."""

import secrets
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import EVIDENCE_MAX, Assessment, Review
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.rule import is_named, question_order
from assessments.scoring.values import NO_CHANCE, Answer
from ladder.document.format import Area, Competency
from ladder.minutes import minutes
from ladder.rubric import Rubric
from ladder.templatetags.ladder import inline

# In a session: who goes on with a button, and who wants no keys. Each is there or not.
BY_HAND, NO_KEYS = "quiz_by_hand", "quiz_no_keys"


@dataclass(frozen=True)
class Routes:
    """The addresses of a quiz, by names of views that take `key`. `about` names the person rated, empty for oneself.

    `moment_name` is of the page that says where one stands; empty for a review, which has none.

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
    moment_name: str = ""
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
            moment_name="show_moment",
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

    def moment(self, after: str) -> str:
        return f"{reverse(self.moment_name, args=[self.key])}?after={after}"

    @property
    def done(self) -> str:
        return reverse(self.done_name, args=[self.key])

    def at(self, competency: str) -> str:
        return f"{self.show}?at={competency}"

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
            return _("No chance at work so far")
        return self.competency.short_of(self.answer) if self.answer else _("Not yet")


class OfferedStep(NamedTuple):
    """A step that can be chosen: its sentence in short, and what else the ladder says of it, as HTML in a line."""

    step: str
    short: str
    full: str
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
    def asked(self) -> tuple[str, ...]:
        """The must-haves that come first."""
        return self.assessment.first_asked

    @cached_property
    def order(self) -> tuple[str, ...]:
        assessment = self.assessment
        ladder_version = scoring_ladder(assessment.rubric)
        order = question_order(ladder_version, assessment.held, assessment.targets, assessment.specialisation or None)
        return tuple(dict.fromkeys((*self.asked, *order)))

    @property
    def first_open(self) -> str | None:
        return next((slug for slug in self.order if slug not in self.answers), None)

    @property
    def asked_open(self) -> list[str]:
        """The must-haves of those that have no answer yet."""
        return [slug for slug in self.asked if slug not in self.answers]

    @property
    def is_must_have(self) -> bool:
        """Whether the current question is one of the must-haves that come first."""
        return self.position <= len(self.asked)

    @cached_property
    def position(self) -> int:
        """The number of the current question, from 1."""
        return self.order.index(self.current or self.order[0]) + 1

    @cached_property
    def competency(self) -> Competency:
        return self.assessment.rubric.competencies[self.order[self.position - 1]]

    @property
    def choices(self) -> tuple[OfferedStep, ...]:
        """The steps that can be chosen, the highest first, as the ladder stands."""
        return _offered(self.assessment.rubric, self.competency.slug)

    @property
    def asks(self) -> str:
        """The question to oneself; about somebody else it is the name, as “you” would be somebody else."""
        return self.competency.name if self.about else self.competency.question or self.competency.name

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
    def where(self) -> str:
        """Which question this is, of how many."""
        if self.is_must_have:
            count = len(self.asked)
            said = ngettext("%(position)d of %(count)d must-have", "%(position)d of %(count)d must-haves", count)
            return said % {"position": self.position, "count": count}
        return _("Question %(position)d of %(count)d") % {"position": self.position, "count": self.total}

    @property
    def meter(self) -> tuple[int, int]:
        """How many are answered, of how many: of the must-haves while they are asked, then of all."""
        if self.is_must_have:
            return len(self.asked) - len(self.asked_open), len(self.asked)
        return self.answered, self.total

    @property
    def minutes_left(self) -> int:
        """For the must-haves without an answer while they are asked, then for all without one; 0 when none is left."""
        left = self.asked_open if self.is_must_have else [slug for slug in self.order if slug not in self.answers]
        return minutes(self.assessment.rubric, left) if left else 0

    @property
    def time_left(self) -> str:
        count = self.minutes_left
        if not count:
            return _("all answered")
        return ngettext("%(count)d minute left", "%(count)d minutes left", count) % {"count": count}

    @cached_property
    def named(self) -> bool:
        """Whether the answers name a place."""
        assessment = self.assessment
        return is_named(
            scoring_ladder(assessment.rubric),
            self.answers,
            assessment.held,
            assessment.targets,
            assessment.specialisation or None,
        )

    @property
    def stands(self) -> str:
        """How far it is, for the page to know: `asked`, the must-haves are answered; `named`, the place is."""
        return "" if self.about else " ".join(self._reached(""))

    def _reached(self, knew: str) -> Iterator[str]:
        """How far it is beyond what a page knew."""
        if "asked" not in knew and self.asked and not self.asked_open:
            yield "asked"
        if "named" not in knew and self.named:
            yield "named"

    def onward(self, knew: str) -> str:
        """The address that comes after this question, on a page that `knew` how far it was (`stands`).

        The moment comes after the last must-have, where more was reached than the page knew, and at the end.
        """
        if not self.about:
            is_last = self.position in {len(self.asked), self.total}
            if is_last or any(self._reached(knew)):
                return self.urls.moment(self.competency.slug)
        return self.urls.at(self.next.slug) if self.next else self.urls.check

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
        words: dict[Answer | None, str] = {None: _("open"), NO_CHANCE: _("no chance at work so far")}
        answered = _("answered")
        return [(competencies[slug], words.get(given.get(slug), answered), slug == self.current) for slug in self.order]

    def listed(self, competency: Competency) -> ListedQuestion:
        rating = self.ratings.get(competency.slug)
        return ListedQuestion(competency, rating.answer if rating else None, rating.evidence if rating else "")


@lru_cache(maxsize=2048)
def _offered(rubric: Rubric, slug: str) -> tuple[OfferedStep, ...]:
    competency = rubric.competencies[slug]
    rows = zip(competency.full, competency.examples, competency.small_company, strict=True)
    found = []
    for step, (full, examples, small) in enumerate(rows, 1):
        if step in competency.described:
            short = competency.short_of(step)
            said = inline(full) if full and full != short else ""
            found.append(OfferedStep(str(step), short, said, examples or (), inline(small) if small else ""))
    return tuple(reversed(found))


def question_context(request: HttpRequest, quiz: Quiz, **more: Any) -> dict[str, Any]:
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
        "save_state": "saved" if rating and (rating.answer is not None or rating.evidence) else "idle",
        "by_hand": BY_HAND in request.session,
        "no_keys": not request.user.uses_keys if request.user.is_authenticated else NO_KEYS in request.session,
        **more,
    }
