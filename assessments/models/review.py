"""A manager's review of a member, blind until both have given theirs; the conversation after it; rounds of reviews."""

import datetime
from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import Assessment
from assessments.models.sharing import Share
from ladder.models import LadderVersion
from people.database.columns import LineColumn, NameColumn, TextColumn
from people.database.tenancy import OwnKey, OwnOneToOne, Tenant
from people.days import today_in
from people.ids import uuid7
from people.models import Organisation, Team, validate_time_zone
from people.policy import State

AGENDA_MAX = 20_000
COMMITMENTS_MAX = 3


class Round(Tenant):
    """A named period in which an organisation's people rate themselves and are reviewed. It shows progress only."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="rounds")
    name = NameColumn(_("Name"), max_length=120, validators=[ProhibitNullCharactersValidator()])
    starts_on = models.DateField(_("Starts on"))
    due_on = models.DateField(_("Due on"))
    # In which its days are counted: the organisation's when it was opened. A later change would move what counted.
    zone = models.CharField(
        _("Time zone"), max_length=60, default="UTC", db_default="UTC", validators=[validate_time_zone], editable=False
    )
    requires_blind = models.BooleanField(_("Managers rate before they read"), default=False)
    closed_at = models.DateTimeField(null=True)
    # When its figures were made, or found to be over too few people: never a second time (rounds/figures.py).
    figures_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-starts_on", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="round_ends_after_it_starts",
                condition=Q(due_on__gte=F("starts_on")),
                violation_error_message=_("The due date lies before the start."),
            )
        ]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def is_open(self) -> bool:
        return self.closed_at is None

    @property
    def today(self) -> datetime.date:
        return today_in(self.zone)

    @property
    def has_begun(self) -> bool:
        """Whether something that is submitted now counts for it (rounds.period)."""
        return self.starts_on <= self.today

    @property
    def state(self) -> State:
        return State.ACTIVE if self.is_open else State.CLOSED


class RoundStart(Tenant):
    """That somebody began a self-assessment by this round's own button, and handed it in.

    The button's page says that owners and admins see both. It is all that a round knows of anybody's own space.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    round = OwnKey(Round, on_delete=models.CASCADE, related_name="starts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # In the person's own space; only its submit and its deletion ever look from there to here.
    source = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="round_starts")
    begun_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["round", "begun_at", "id"]
        constraints: ClassVar = [models.UniqueConstraint("organisation", "round", "source", name="round_start_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} began {self.round_id}"


class GroupFigure(Tenant):
    """What a round's people can do, on one version of the ladder, as it was when the round was first closed.

    `figures` is competency → [how many were asked, fewest and most who have it]: what the page shows and no more, since
    the exact count of a small group tells about single people.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    round = OwnKey(Round, on_delete=models.CASCADE, related_name="figures")
    version = models.ForeignKey(LadderVersion, on_delete=models.PROTECT, related_name="+")
    people = models.PositiveIntegerField()
    figures = models.JSONField()

    class Meta:
        ordering: ClassVar = ["round", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "round", "version", name="group_figure_unique")
        ]

    def __str__(self) -> str:
        return f"figures of {self.round_id} over {self.people}"


class RoundReminder(Tenant):
    """The mark that somebody was reminded of a round, so that nobody gets the mail twice."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    round = OwnKey(Round, on_delete=models.CASCADE, related_name="reminders")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["round", "sent_at", "id"]
        constraints: ClassVar = [models.UniqueConstraint("organisation", "round", "user", name="round_reminder_unique")]

    def __str__(self) -> str:
        return f"{self.user_id} reminded of {self.round_id}"


class Review(Tenant):
    """One manager's view of one member in one team, and its meeting with what the member shared.

    `choice` is what the manager did when the member had shared first. `is_blind` is fixed when the manager submits:
    false when they had read the member's copy before. `revealed_at` is set once, when both sides are there.
    `source` then points at the member's own snapshot, so that they read both sides after taking their copy back.
    """

    class Choice(models.TextChoices):
        NONE = "none", _("not chosen yet")
        RATE_FIRST = "rate_first", _("rate first, then compare")
        READ_NOW = "read_now", _("read now")

    class LevelFrom(models.TextChoices):
        RECORD = "record", _("on record")
        SAID = "said", _("said by the manager")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="reviews")
    team = OwnKey(Team, on_delete=models.CASCADE, related_name="reviews")
    round = OwnKey(Round, on_delete=models.SET_NULL, null=True, related_name="reviews")
    # Null once that person is erased; then the other side keeps it, and it no longer changes (assessments/erasing.py).
    subject = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="reviews_about"
    )
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="reviews_by"
    )
    choice = models.CharField(max_length=10, choices=Choice, default=Choice.NONE)
    # The level that the manager rates against, and who said so; never what a copy says that they have not read.
    level = models.CharField(max_length=60, blank=True, default="", db_default="")
    level_from = models.CharField(max_length=10, choices=LevelFrom, blank=True, default="", db_default="")
    # The manager's answers; null until they start to rate.
    assessment = OwnOneToOne(Assessment, on_delete=models.CASCADE, null=True, related_name="review")
    # The member's copy that it meets; gone when the member withdraws it.
    share = OwnKey(Share, on_delete=models.SET_NULL, null=True, related_name="reviews")
    # What was met, in the member's own space; only the member ever follows it.
    source = models.ForeignKey(Assessment, on_delete=models.SET_NULL, null=True, related_name="+")
    withdrawn_at = models.DateTimeField(null=True)
    is_blind = models.BooleanField(null=True)
    opened_at = models.DateTimeField(default=timezone.now)
    revealed_at = models.DateTimeField(null=True)
    signed_by_subject_at = models.DateTimeField(null=True)
    signed_by_manager_at = models.DateTimeField(null=True)
    # Set while a person is taken out of it: what both have signed may change then, and only then.
    is_erasing = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta:
        ordering: ClassVar = ["-opened_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["organisation", "team", "manager"], name="review_by_manager")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="review_not_of_oneself",
                condition=~Q(subject=F("manager")),
                violation_error_message=_("Nobody reviews themselves; that is what the quiz is for."),
            ),
        ]

    def __str__(self) -> str:
        return f"review {self.pk}"

    @property
    def subject_name(self) -> str:
        return self.subject.display_name if self.subject else gettext("Former member")

    @property
    def manager_name(self) -> str:
        return self.manager.display_name if self.manager else gettext("Former manager")

    @property
    def is_one_sided(self) -> bool:
        """Whether one of the two has deleted their account."""
        return self.subject_id is None or self.manager_id is None

    @property
    def state(self) -> State:
        # With one side gone there is nobody left to agree with.
        if self.is_signed_off or self.is_one_sided:
            return State.SIGNED
        return State.REVEALED if self.revealed_at else State.BLIND

    @property
    def is_signed_off(self) -> bool:
        """Whether both have signed: agenda and commitments no longer change then."""
        return self.signed_by_subject_at is not None and self.signed_by_manager_at is not None


class Agenda(Tenant):
    """The one shared note of the one-to-one. Both edit it; a save names the revision it saw."""

    review = OwnOneToOne(Review, on_delete=models.CASCADE, primary_key=True, related_name="agenda")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    text = TextColumn(
        _("Agenda"), blank=True, validators=[MaxLengthValidator(AGENDA_MAX), ProhibitNullCharactersValidator()]
    )
    revision = models.PositiveIntegerField(default=0)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    saved_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["review"]

    def __str__(self) -> str:
        return f"agenda of {self.review_id}"

    @property
    def saved_by_name(self) -> str:
        return self.saved_by.display_name if self.saved_by else gettext("somebody who has left")


class Commitment(Tenant):
    """One of at most three things agreed in a review; a plan item of the member once both have signed."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    review = OwnKey(Review, on_delete=models.CASCADE, related_name="commitments")
    position = models.PositiveSmallIntegerField()
    text = LineColumn(_("Agreed"), max_length=400, validators=[ProhibitNullCharactersValidator()])
    competency = models.SlugField(_("Competency"), max_length=60, blank=True)
    due_on = models.DateField(_("Due on"), null=True, blank=True)

    class Meta:
        ordering: ClassVar = ["review", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "review", "position", name="commitment_position_unique"),
            models.CheckConstraint(
                name="commitment_at_most_three",
                condition=Q(position__gte=1, position__lte=COMMITMENTS_MAX),
                violation_error_message=_("Three commitments at most: more are rarely kept."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.text)
