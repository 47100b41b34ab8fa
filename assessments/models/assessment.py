"""What was said, by whom, and what follows from it."""

import datetime
import uuid
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any, ClassVar, cast

from django.conf import settings
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.scoring.ladders import fallback_level, scoring_ladder
from assessments.scoring.rule import asked_first, score
from assessments.scoring.values import NO_CHANCE, RULE, Answer, Place, Result
from ladder.document.kinds import STEPS_MAX
from ladder.models import Competency, LadderVersion, Level, rubric_of
from ladder.rubric import Rubric
from people.database.columns import LineColumn, TextColumn
from people.database.tenancy import OwnKey, OwnOneToOne, Tenant
from people.database.transactions import transactional
from people.ids import uuid7
from people.models import VISITORS_ID, Organisation, Team, User

EVIDENCE_MAX = 2000
LONGEST_PAUSE = datetime.timedelta(minutes=2)
"""Longer without a save, and somebody is at something else: no more of it counts as time for the quiz."""
# Where a session keeps the ids of what its visitor answered.
SESSION_KEY = "assessments"


class FrozenError(Exception):
    """The assessment is submitted; what it says does not change any more."""


def rated_by(rater: uuid.UUID, home: uuid.UUID) -> Q:
    """A filter on Assessment: what a person said, in their own space."""
    return Q(rater=rater, organisation=home)


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, request: HttpRequest) -> "AssessmentQuerySet":
        """What this person may know of at all: their own, or what this very session answered as a visitor."""
        held = own_session_ids(request)
        # A session knows the first of a chain. Each side names all of it, so that each is looked up by its own index.
        own: dict[str, Any] = {"organisation": VISITORS_ID, "rater__isnull": True, "kind": Assessment.Kind.SELF}
        as_visitor = Q(pk__in=held, **own) | Q(chain__in=held, **own)
        if not request.user.is_authenticated:
            return self.filter(as_visitor)
        mine = rated_by(request.user.pk, request.user.home_id)
        return self.filter(mine | as_visitor if held else mine)

    def uncorrected(self) -> "AssessmentQuerySet":
        """Of each report what it says now: without what a submitted row corrects."""
        later = Assessment.objects.filter(
            organisation=models.OuterRef("organisation"),
            corrects=models.OuterRef("pk"),
            status=Assessment.Status.SUBMITTED,
        )
        return self.filter(~models.Exists(later.order_by()))

    def chain_of(self, report: "Assessment") -> "AssessmentQuerySet":
        """Every row of its chain."""
        own, first = {"organisation": report.organisation_id}, report.report_id
        return self.filter(Q(pk=first, **own) | Q(chain=first, **own))

    def newest_of(self, pk: uuid.UUID) -> "Assessment | None":
        """What a report says now, whichever row of its chain is asked for. One statement; two for a corrected one."""
        chain = Assessment.objects.filter(
            organisation=models.OuterRef("organisation"),
            chain=Coalesce(models.OuterRef("chain"), models.OuterRef("pk")),
            status=Assessment.Status.SUBMITTED,
        )
        newest = models.Subquery(chain.order_by("-started_at").values("pk")[:1], output_field=models.UUIDField())
        found = next(iter(self.filter(pk=pk).annotate(newest=newest).order_by()), None)
        key = getattr(found, "newest", None)
        return found if key in {None, pk} else next(iter(self.filter(pk=key).order_by()), found)

    def own_list(self, request: HttpRequest) -> "AssessmentQuerySet":
        """Drafts, then reports, newest first, each with its outcome: for the list of reports."""
        return (
            self.visible_to(request)
            .filter(kind=Assessment.Kind.SELF)
            .uncorrected()
            .select_related("outcome")
            # "draft" comes before "submitted", and has no date: nowhere are dates and nulls sorted together.
            .order_by("status", "-submitted_at", "-started_at", "-pk")
        )

    def reports_of(self, person: User) -> "AssessmentQuerySet":
        """A person's own submitted self-assessments, each as it was corrected last."""
        own = rated_by(person.pk, person.home_id)
        return self.filter(own, kind=Assessment.Kind.SELF, status=Assessment.Status.SUBMITTED).uncorrected()

    def drafts_of(self, person: User) -> "AssessmentQuerySet":
        """A person's own quizzes in progress, newest first, each with how many questions are `answered`."""
        given = Rating.objects.filter(
            models.Q(step__isnull=False) | models.Q(no_chance=True),
            organisation=models.OuterRef("organisation"),
            assessment=models.OuterRef("pk"),
        )
        count = given.order_by().values("assessment").annotate(number=models.Count("pk")).values("number")
        own = self.filter(rated_by(person.pk, person.home_id), kind=Assessment.Kind.SELF)
        return own.filter(status=Assessment.Status.DRAFT).annotate(answered=Coalesce(models.Subquery(count), 0))

    def abandoned(self, before: datetime.datetime) -> "AssessmentQuerySet":
        """What visitors left unclaimed and untouched since `before`: the first of each chain."""
        answered_since = Rating.objects.filter(
            organisation=models.OuterRef("organisation"), assessment=models.OuterRef("pk"), updated_at__gte=before
        )
        corrected_since = Assessment.objects.filter(
            organisation=models.OuterRef("organisation"), chain=models.OuterRef("pk"), started_at__gte=before
        )
        return (
            self.filter(organisation=VISITORS_ID, rater__isnull=True, kind=Assessment.Kind.SELF, started_at__lt=before)
            .filter(corrects__isnull=True)
            .exclude(submitted_at__gte=before)
            .filter(~models.Exists(answered_since), ~models.Exists(corrected_since))
        )


class Assessment(Tenant):
    """One person's answers about one subject, against one ladder version."""

    class Kind(models.TextChoices):
        SELF = "self", _("Self-assessment")
        MANAGER = "manager", _("Manager’s review")

    class Status(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        # The only way out of a submitted one: the database lets its rows be deleted then, and nothing else.
        ERASING = "erasing", _("Being erased")

    class Length(models.TextChoices):
        QUICK = "quick", _("Quick")
        FULL = "full", _("Full")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="assessments")
    ladder_version = models.ForeignKey(
        LadderVersion, on_delete=models.PROTECT, db_column="framework_id", related_name="assessments"
    )
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.SELF)
    # Both null while a visitor has not signed up. In a manager's review one is null when that person is erased.
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="assessments_about"
    )
    rater = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="assessments_by"
    )
    # Null: not on the ladder yet.
    held_level = models.ForeignKey(Level, on_delete=models.PROTECT, null=True, related_name="+")
    job_title = LineColumn(max_length=120, blank=True)
    # Slugs of the levels that the report looks at first.
    targets = models.JSONField(default=list)
    specialisation = models.SlugField(max_length=60, blank=True)
    # Slugs of the must-haves that are asked first, fixed when it starts, so that "6 of 8" stays true.
    asked = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))
    # Said until release 0.1; a quiz is one and the same since, stopped after the must-haves or not.
    length = models.CharField(max_length=10, choices=Length, default=Length.QUICK)
    # Whether they work where one person does what several do elsewhere.
    small_company = models.BooleanField(default=False, db_default=False)
    # Whether the level held ends in the next one by itself; only where the ladder has it so.
    programme = models.BooleanField(default=False, db_default=False)
    # The team in which a manager reviews; a self-assessment has none.
    team = OwnKey(Team, on_delete=models.CASCADE, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    started_at = models.DateTimeField(default=timezone.now)
    # Of a correction it is the date of the report that it corrects, so that the report keeps its place in time, and
    # whatever sorts by date needs to know nothing of corrections. When it was corrected is `started_at`.
    submitted_at = models.DateTimeField(null=True)
    # A correction names the row that it takes the place of, and the first of them all; both are null for a first.
    corrects = OwnKey("self", on_delete=models.CASCADE, null=True, db_index=False, related_name="corrections")
    chain = models.UUIDField(null=True)

    objects: ClassVar[AssessmentQuerySet] = cast("Any", AssessmentQuerySet.as_manager())

    class Meta:
        ordering: ClassVar = ["-started_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "rater", "-started_at"], name="assessment_by_rater"),
            models.Index(fields=["started_at"], name="assessment_unclaimed", condition=Q(rater__isnull=True)),
            models.Index(
                fields=["organisation", "chain", "-started_at"],
                name="assessment_by_chain",
                condition=Q(chain__isnull=False),
            ),
            # What a database looks through when a row is deleted, to see that no other one names it.
            models.Index(fields=["corrects"], name="assessment_by_corrected", condition=Q(corrects__isnull=False)),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="assessment_draft_or_dated",
                condition=Q(status="draft", submitted_at__isnull=True)
                | (~Q(status="draft") & Q(submitted_at__isnull=False)),
                violation_error_message=_("A submitted assessment has a date, a draft has none."),
            ),
            models.CheckConstraint(
                name="assessment_self_is_by_subject",
                # Nulls are spelled out: a comparison with one is neither true nor false, and a check lets that pass.
                condition=~Q(kind="self")
                | Q(subject__isnull=True, rater__isnull=True)
                | Q(subject__isnull=False, rater__isnull=False, subject=models.F("rater")),
                violation_error_message=_("A self-assessment is by the person it is about."),
            ),
            # A chain, never a tree.
            models.UniqueConstraint(
                "organisation", "corrects", name="assessment_corrected_once", condition=Q(corrects__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def rubric(self) -> Rubric:
        return rubric_of(self.ladder_version_id)

    @property
    def is_draft(self) -> bool:
        return self.status == self.Status.DRAFT

    @property
    def report_id(self) -> uuid.UUID:
        """The first of its chain. A report's address, links, note and ticks are kept by it: it stays whatever is
        corrected, or taken back."""
        return self.chain or self.pk

    @property
    def corrected_at(self) -> datetime.datetime | None:
        """When it was corrected last; None for what was never."""
        return self.started_at if self.corrects_id else None

    @property
    def held(self) -> str | None:
        """The slug of the level held, from memory."""
        return self.rubric.level_slugs[self.held_level_id] if self.held_level_id else None

    @property
    def first_asked(self) -> tuple[str, ...]:
        """The must-haves that are asked first; of a draft from before they were stored, those of its level today."""
        return tuple(self.asked) or asked_first(scoring_ladder(self.rubric), self.held)

    @property
    def may_be_assumed(self) -> bool:
        """Whether the level held may be what the start form falls back on: no title, and that very level."""
        return not self.job_title and self.held == fallback_level(self.rubric)

    def answers(self) -> dict[str, Answer]:
        """Competency → step or `no_chance`, in ladder order. One statement, unless the ratings were prefetched."""
        slugs = self.rubric.competency_slugs
        given = {slugs[rating.competency_id]: rating.answer for rating in self.ratings.all()}
        return {slug: answer for slug in self.rubric.competencies if (answer := given.get(slug)) is not None}

    def score(self, answers: dict[str, Answer]) -> Result:
        """Score answers for this assessment's level, targets and specialisation. Pure."""
        return score(
            scoring_ladder(self.rubric),
            answers,
            held=self.held,
            targets=self.targets,
            specialisation=self.specialisation or None,
        )

    @transactional
    def submit(self, *, at: datetime.datetime) -> bool:
        """Freeze the answers and store what follows from them, in one transaction.

        Returns False when it was submitted before: doing it twice does it once. Without the row lock, a save that is
        under way could change an answer after it was scored.
        """
        locked = Assessment.objects.select_for_update().get(pk=self.pk, organisation=self.organisation_id)
        if not locked.is_draft:
            return False
        models.prefetch_related_objects([locked], "ratings")
        answers = locked.answers()
        outcome = Outcome.from_result(locked, answers, locked.score(answers))
        outcome.seconds = seconds_taken(locked.started_at, list(locked.ratings.all()), at)
        outcome.save(force_insert=True)
        locked.status = locked.Status.SUBMITTED
        locked.submitted_at = at
        locked.save(update_fields=["status", "submitted_at"])
        if locked.kind == self.Kind.SELF and locked.rater_id:
            # Where it was begun by a round's own button, the round hears that it is in, and nothing else.
            locked.round_starts.update(submitted_at=at)
        self.status, self.submitted_at = locked.status, locked.submitted_at
        return True

    @transactional
    def erase(self) -> None:
        """Delete it with its answers, outcome and links, submitted or not; with it goes whatever corrects it."""
        later = Q(chain=self.report_id, started_at__gt=self.started_at)
        Assessment.objects.filter(
            Q(pk=self.pk) | later, organisation=self.organisation_id, status=self.Status.SUBMITTED
        ).update(status=self.Status.ERASING)
        self.delete()


def after_corrected(rows: Iterable[Assessment]) -> list[list[Assessment]]:
    """The same rows in parts: what corrects a row of a part is in a later one. For writing chains anew."""
    parts: list[list[Assessment]] = []
    rest = list(rows)
    while rest:
        waiting = {item.pk for item in rest}
        part = [item for item in rest if item.corrects_id not in waiting]
        # Rows that correct each other in a circle: the database refuses them.
        parts.append(part or rest)
        rest = [item for item in rest if item.corrects_id in waiting] if part else []
    return parts


class Rating(Tenant):
    """One answer: a step that its ladder describes, or no chance so far, or nothing yet but a line of evidence."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    assessment = OwnKey(Assessment, on_delete=models.CASCADE, related_name="ratings")
    competency = models.ForeignKey(Competency, on_delete=models.PROTECT, related_name="+")
    step = models.PositiveSmallIntegerField(null=True)
    no_chance = models.BooleanField(default=False)
    evidence = TextColumn(blank=True, validators=[MaxLengthValidator(EVIDENCE_MAX), ProhibitNullCharactersValidator()])
    revision = models.PositiveIntegerField(default=1)
    # The open page that wrote last, and its count of saves at that time (assessments/quiz/save.py).
    page = models.CharField(max_length=32, blank=True)
    page_save = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["assessment", "competency"]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "assessment", "competency", name="rating_unique"),
            models.CheckConstraint(
                name="rating_step_in_range",
                condition=Q(step__isnull=True) | Q(step__gte=0, step__lte=STEPS_MAX),
                violation_error_message=_("A step is a whole number from 0 to 9."),
            ),
            models.CheckConstraint(
                name="rating_step_or_no_chance",
                condition=Q(no_chance=False) | Q(step__isnull=True),
                violation_error_message=_("An answer is a step or “no chance so far”, not both."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.competency_id}: {self.answer}"

    @property
    def answer(self) -> Answer | None:
        return NO_CHANCE if self.no_chance else self.step


class Outcome(Tenant):
    """The result of a submitted assessment: the whole of it as JSON, and the columns that lists and matrices need.

    Readiness is in ten-thousandths, rounded down, for sorting; the exact fraction stands in `result`.
    """

    assessment = OwnOneToOne(Assessment, on_delete=models.CASCADE, primary_key=True, related_name="outcome")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    # Competency → step or `no_chance`, in ladder order: what the ratings say, in one row.
    answers = models.JSONField()
    result = models.JSONField()
    # On the person's own track; empty is before the first level.
    track = models.SlugField(max_length=60)
    place_low = models.SlugField(max_length=60, blank=True)
    place_high = models.SlugField(max_length=60, blank=True)
    # The rule that found it. A result is kept as it was; pages over several compute all of them by today's.
    rule = models.PositiveSmallIntegerField(default=RULE, db_default=1)
    # False: from too few answers no place is found, and lists, matrix and trend show none.
    is_named = models.BooleanField(default=True, db_default=True)
    target = models.SlugField(max_length=60, blank=True)
    target_readiness_low = models.PositiveSmallIntegerField(null=True)
    target_readiness_high = models.PositiveSmallIntegerField(null=True)
    focus = models.JSONField(default=list)
    # How long it took, without long pauses (`seconds_taken`). Null: not measured.
    seconds = models.PositiveIntegerField(null=True)

    class Meta:
        ordering: ClassVar = ["assessment"]

    def __str__(self) -> str:
        return f"outcome of {self.assessment_id}"

    @property
    def place(self) -> Place:
        """On the person's own track, as far as the columns tell."""
        return Place(self.place_low or None, self.place_high or None, named=self.is_named)

    @property
    def is_earlier(self) -> bool:
        """Whether it was found by a rule before today's."""
        return self.rule < RULE

    @classmethod
    def from_result(cls, assessment: Assessment, answers: dict[str, Answer], result: Result) -> "Outcome":
        target = next(iter(assessment.targets), None)
        readiness = result.levels[target].readiness if target else None
        own = result.place
        return cls(
            assessment=assessment,
            organisation_id=assessment.organisation_id,
            answers=answers,
            result=result.as_json(),
            track=result.track,
            place_low=own.low or "",
            place_high=own.high or "",
            is_named=own.named and any(isinstance(answer, int) for answer in answers.values()),
            target=target or "",
            target_readiness_low=int(readiness.low * 10_000) if readiness else None,
            target_readiness_high=int(readiness.high * 10_000) if readiness else None,
            focus=list(result.targets[target].focus) if target else [],
        )


def seconds_taken(started: datetime.datetime, ratings: Sequence[Rating], submitted: datetime.datetime) -> int | None:
    """How long somebody was at it: the gaps between start, saves and submit, each with two minutes at most.

    None where an answer came from elsewhere than a page of this run: from an earlier run, or from a file.
    """
    if not ratings or not all(rating.page for rating in ratings):
        return None
    saves = {moment for rating in ratings for moment in (rating.created_at, rating.updated_at)}
    moments = sorted({started, *saves, submitted})
    gaps = (min(later - earlier, LONGEST_PAUSE) for earlier, later in pairwise(moments))
    return round(sum(gaps, datetime.timedelta()).total_seconds())


def own_session_ids(request: HttpRequest) -> list[uuid.UUID]:
    """The ids of what this session's visitor answered. Reads the session only where the browser has one."""
    if settings.SESSION_COOKIE_NAME not in request.COOKIES and not request.session.modified:
        return []
    return [uuid.UUID(value) for value in request.session.get(SESSION_KEY, [])]
