"""What a person keeps beside a report of theirs: the milestones that they ticked, a name and a note."""

from typing import ClassVar

from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone

from assessments.models.assessment import Assessment
from people.database.columns import NameColumn, TextColumn
from people.database.tenancy import OwnKey, OwnOneToOne, Tenant
from people.ids import uuid7
from people.models import Organisation

NOTE_NAME_MAX, NOTE_MAX = 120, 2000


class MilestoneMark(Tenant):
    """A milestone that the person ticked beside their report. It stays theirs to change after submitting."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    assessment = OwnKey(Assessment, on_delete=models.CASCADE, related_name="milestone_marks")
    milestone = models.SlugField(max_length=60)
    marked_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["assessment", "milestone"]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "assessment", "milestone", name="milestone_mark_unique")
        ]

    def __str__(self) -> str:
        return self.milestone


class ReportNote(Tenant):
    """What a person calls a report of theirs and writes beside it, for nobody else; and when they want to be asked to
    look again. It hangs on the first of a chain, so that corrections keep it."""

    assessment = OwnOneToOne(Assessment, on_delete=models.CASCADE, primary_key=True, related_name="note")
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    name = NameColumn(max_length=NOTE_NAME_MAX, blank=True)
    note = TextColumn(blank=True, validators=[MaxLengthValidator(NOTE_MAX), ProhibitNullCharactersValidator()])
    revision = models.PositiveIntegerField(default=1)
    look_again_on = models.DateField(null=True)

    class Meta:
        ordering: ClassVar = ["assessment"]
        indexes: ClassVar = [
            models.Index(fields=["look_again_on"], name="reportnote_due", condition=Q(look_again_on__isnull=False))
        ]

    def __str__(self) -> str:
        return f"note on {self.assessment_id}"
