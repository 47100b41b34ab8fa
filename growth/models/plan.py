"""A person's plan, and how it reaches them: by mail and in their calendar."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models import Commitment
from growth.models.evidence import EvidenceEntry
from ladder.document.kinds import STEPS_MAX
from people.database.columns import LineColumn
from people.database.tenancy import OwnKey, Tenant
from people.ids import uuid7
from people.models import Organisation

_NO_NUL = [ProhibitNullCharactersValidator()]


class PlanItem(Tenant):
    """One thing to do: agreed in a review, picked from a report's focus, or the person's own."""

    class State(models.TextChoices):
        PLANNED = "planned", _("planned")
        DOING = "doing", _("doing")
        DONE = "done", _("done")
        DROPPED = "dropped", _("dropped")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="plan_items")
    text = LineColumn(_("What"), max_length=400, validators=_NO_NUL)
    first_step = LineColumn(_("First step"), max_length=400, blank=True, validators=_NO_NUL)
    done_when = LineColumn(_("How will you know?"), max_length=400, blank=True, validators=_NO_NUL)
    competency = models.SlugField(_("Competency"), max_length=60, blank=True)
    # The steps it leads from and to, if it came from a report.
    from_step = models.PositiveSmallIntegerField(null=True, blank=True)
    to_step = models.PositiveSmallIntegerField(null=True, blank=True)
    due_on = models.DateField(_("Due on"), null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.PLANNED)
    # Lowest first; items of equal position are in the order in which they were made.
    position = models.PositiveIntegerField(default=0)
    done_on = models.DateField(null=True, blank=True)
    # The entry that was written when the item was done.
    evidence = OwnKey(EvidenceEntry, on_delete=models.SET_NULL, null=True, related_name="plan_items")
    # Set if it was agreed in a review; null once that review is deleted.
    commitment = models.OneToOneField(Commitment, on_delete=models.SET_NULL, null=True, related_name="plan_item")
    created_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["owner", "position", "created_at", "id"]
        indexes: ClassVar = [models.Index(fields=["organisation", "owner", "state"], name="plan_item_by_owner")]
        constraints: ClassVar = [
            models.CheckConstraint(
                name="plan_item_steps_in_range",
                condition=(Q(from_step__isnull=True) | Q(from_step__lte=STEPS_MAX))
                & (Q(to_step__isnull=True) | Q(to_step__gte=1, to_step__lte=STEPS_MAX)),
                violation_error_message=_("A step is a whole number from 0 to 9."),
            ),
        ]

    def __str__(self) -> str:
        return str(self.text)


class PlanDigest(Tenant):
    """When a person last got their plan by mail. Whether they want it is `User.wants_digest`."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="plan_digest"
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    sent_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["owner"]

    def __str__(self) -> str:
        return f"plan by mail of {self.owner_id}"


class CalendarFeed(Tenant):
    """The secret address at which a calendar program fetches the due dates. Only a hash of its token is stored."""

    owner = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="calendar_feed"
    )
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    fetched_at = models.DateTimeField(null=True)

    class Meta:
        ordering: ClassVar = ["owner"]

    def __str__(self) -> str:
        return f"calendar of {self.owner_id}"
