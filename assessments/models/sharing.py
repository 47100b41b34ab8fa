"""Giving a copy: a submitted snapshot, frozen into the organisation of those it is given to.

A manager's pages touch only rows of their own organisation, so privacy holds by construction: what was not copied
there can't be read there. Withdrawing deletes the copy.
"""

import uuid
from typing import Any, ClassVar, cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import Assessment
from assessments.scoring.values import RULE
from ladder.models import LadderVersion, rubric_of
from ladder.rubric import Rubric
from people.database.tenancy import OwnKey, Tenant
from people.ids import uuid7
from people.links.links import SecretLink
from people.models import Organisation, Team, User
from people.standing import manages


class ShareQuerySet(models.QuerySet["Share"]):
    def of(self, team: Team) -> "ShareQuerySet":
        """What was given to the team's managers."""
        return self.filter(organisation=team.organisation_id, team=team)

    def of_report(self, report: Assessment) -> "ShareQuerySet":
        """Copies of a report, corrected or not."""
        return self.filter(source__in=Assessment.objects.chain_of(report).order_by().values("pk"))

    def from_before(self, corrected: Assessment) -> "ShareQuerySet":
        """Copies of a report from before its last correction, but for those that two people have met in."""
        older = self.of_report(corrected).exclude(source=corrected)
        return older.exclude(reviews__revealed_at__isnull=False)


class Share(Tenant):
    """One copy of one submitted self-assessment, for a team's managers or for one named person: its `readers`.

    `source` is the row that was copied; a later correction changes nothing here.

    `answers` is competency → step or `no_chance`, `notes` competency → evidence (empty unless the author ticked it),
    `result` what `Result.as_json` gives. Of a person's copies for one team, the team's pages show the newest.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="shares")
    # Given as a member of this team to its managers of that moment, or, without one, to this person.
    team = OwnKey(Team, on_delete=models.CASCADE, null=True, related_name="shares")
    recipient = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, null=True, related_name="shares_received"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="shares_given")
    # The snapshot in the author's own space; only the author ever follows it.
    source = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="shares")
    ladder_version = models.ForeignKey(
        LadderVersion, on_delete=models.PROTECT, db_column="framework_id", related_name="+"
    )
    held = models.SlugField(max_length=60, blank=True)
    targets = models.JSONField(default=list)
    specialisation = models.SlugField(max_length=60, blank=True)
    answers = models.JSONField()
    notes = models.JSONField(default=dict)
    result = models.JSONField()
    track = models.SlugField(max_length=60)
    place_low = models.SlugField(max_length=60, blank=True)
    place_high = models.SlugField(max_length=60, blank=True)
    # As in the outcome it was copied from.
    rule = models.PositiveSmallIntegerField(default=RULE, db_default=1)
    is_named = models.BooleanField(default=True, db_default=True)
    submitted_at = models.DateTimeField()
    # When the author corrected what was copied; null for a report as it was handed in.
    corrected_at = models.DateTimeField(null=True)
    shared_at = models.DateTimeField(default=timezone.now)

    objects: ClassVar[ShareQuerySet] = cast("Any", ShareQuerySet.as_manager())

    class Meta:
        ordering: ClassVar = ["-submitted_at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "team", "author", "-submitted_at"], name="share_by_team")
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                "organisation", "team", "author", "source", name="share_once_to_team", condition=Q(team__isnull=False)
            ),
            models.UniqueConstraint(
                "organisation", "recipient", "source", name="share_once_to_person", condition=Q(recipient__isnull=False)
            ),
            models.CheckConstraint(
                name="share_to_team_or_person",
                condition=Q(team__isnull=False, recipient__isnull=True) | Q(team__isnull=True, recipient__isnull=False),
                violation_error_message=_("A copy is for a team’s managers or for one person."),
            ),
        ]

    def __str__(self) -> str:
        return f"copy of {self.source_id}"

    @property
    def rubric(self) -> Rubric:
        return rubric_of(self.ladder_version_id)


class CopyReaderQuerySet(models.QuerySet["CopyReader"]):
    def standing(self) -> "CopyReaderQuerySet":
        """Those whom it still names: a person, and whoever has managed its team since it was given to them. Of these,
        `open()` are those who can read it now."""
        manager = manages(models.OuterRef("reader"), team="copy__team", since="given_at")
        return self.filter(Q(why=CopyReader.Why.NAMED) | manager)

    def of(
        self, copy: "Share | models.OuterRef", reader: User | uuid.UUID | models.OuterRef | None
    ) -> "CopyReaderQuerySet":
        """The row that names somebody in a copy; with an OuterRef for a subquery. None for somebody whom it doesn't."""
        organisation = copy.organisation_id if isinstance(copy, Share) else models.OuterRef("organisation")
        return self.standing().filter(organisation=organisation, copy=copy, reader=reader)

    def open(self) -> "CopyReaderQuerySet":
        return self.filter(open_since__isnull=False)


class CopyReader(Tenant):
    """Somebody whom a copy names. Nobody else can read it, whatever they become later (decisions.md, 17).

    A manager reads from `open_since` on: when they chose to read at once, or when their own view is in.
    """

    class Why(models.TextChoices):
        NAMED = "named", _("The copy is for them")
        MANAGER = "manager", _("They managed the team when it was given")
        ASKED = "asked", _("They asked, and the author said yes")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    copy = OwnKey(Share, on_delete=models.CASCADE, related_name="readers")
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    why = models.CharField(max_length=7, choices=Why)
    given_at = models.DateTimeField(default=timezone.now)
    open_since = models.DateTimeField(null=True)

    objects: ClassVar[CopyReaderQuerySet] = cast("Any", CopyReaderQuerySet.as_manager())

    class Meta:
        ordering: ClassVar = ["given_at", "id"]
        indexes: ClassVar = [models.Index(fields=["organisation", "reader"], name="copyreader_by_reader")]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "copy", "reader", name="copyreader_once_for_copy")
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} reads {self.copy_id}"


class CopyQuestion(Tenant):
    """A manager whom a copy does not name asks its author to read it. Until the author says yes, it is a no."""

    class Answer(models.TextChoices):
        YES = "yes", _("Yes")
        NO = "no", _("No")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    copy = OwnKey(Share, on_delete=models.CASCADE, related_name="questions")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    # Who pressed the button: the asker. Null where an upgrade asks for them, as they could read until then.
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    asked_at = models.DateTimeField(default=timezone.now)
    answer = models.CharField(max_length=3, choices=Answer, blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["asked_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "author"], name="copyquestion_waiting", condition=Q(answer=""))
        ]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "copy", "asker", name="copyquestion_once_for_asker")
        ]

    def __str__(self) -> str:
        return f"{self.asker_id} asks for {self.copy_id}"


class Opening(Tenant):
    """The ledger that the author sees: who opened which copy of theirs, and when first and last.

    It outlives the copy; it says that something was read, never what.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="openings")
    # Null once the reader is erased: that it was read stays the author's to know.
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    source = models.ForeignKey(Assessment, on_delete=models.CASCADE, related_name="openings")
    first_at = models.DateTimeField(default=timezone.now)
    last_at = models.DateTimeField(default=timezone.now)
    times = models.PositiveIntegerField(default=1)

    class Meta:
        ordering: ClassVar = ["-last_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "source", "reader", name="opening_once_for_reader")
        ]

    def __str__(self) -> str:
        return f"{self.reader_id} opened {self.source_id}"

    @property
    def reader_name(self) -> str:
        return self.reader.display_name if self.reader else gettext("Somebody who has left")


class ReportLink(SecretLink):
    """Opens one submitted report, as it was corrected last, to whoever holds the address. It names the first row."""

    assessment = OwnKey(Assessment, on_delete=models.CASCADE, related_name="links")

    class Meta(SecretLink.Meta):
        abstract = False


def shared_with(assessment: Assessment, *, alone: bool = False) -> list[str]:
    """The names of teams and people with a copy of the report, or with `alone` of this very row of its chain, sorted.

    One statement; none for a visitor's, which can't be shared.
    """
    if assessment.rater_id is None:
        return []
    copies = Share.objects.filter(source=assessment) if alone else Share.objects.of_report(assessment)
    given = copies.filter(author=assessment.rater_id).order_by()
    rows = given.values_list("team__name", "recipient__name", "recipient__email")
    return sorted({team or name or email for team, name, email in rows})


def has_live_link(assessment: Assessment) -> bool:
    """Whether somebody who holds an address could read the report now."""
    links = ReportLink.objects.filter(organisation=assessment.organisation_id, assessment=assessment.report_id)
    return bool(links.filter(ReportLink.live()).exists())
