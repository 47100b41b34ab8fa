"""The evidence log, and the milestones that its entries prove."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator, URLValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.database.columns import LineColumn, TextColumn
from people.database.tenancy import OwnKey, Tenant
from people.ids import uuid7
from people.models import Organisation

TEXT_MAX = 2000
SHORT_MAX = 200
_SHORT = [ProhibitNullCharactersValidator()]
_LONG: list[Callable[[Any], None]] = [MaxLengthValidator(TEXT_MAX), ProhibitNullCharactersValidator()]


class EvidenceEntry(Tenant):
    """One dated entry. `competencies` is a list of slugs; one that the ladder no longer has stays in it."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="evidence")
    happened_on = models.DateField(_("When"))
    problem = TextColumn(_("What was the problem?"), blank=True, validators=_LONG)
    approach = TextColumn(_("What did you do?"), validators=_LONG)
    outcome = TextColumn(_("What changed?"), blank=True, validators=_LONG)
    # The result in figures, as text: "weekly active teams" from "120" to "180".
    measure = LineColumn(_("Measured by"), max_length=SHORT_MAX, blank=True, validators=_SHORT)
    before = LineColumn(_("From"), max_length=60, blank=True, validators=_SHORT)
    after = LineColumn(_("To"), max_length=60, blank=True, validators=_SHORT)
    competencies = models.JSONField(default=list, blank=True)
    link = models.URLField(_("Link"), max_length=500, blank=True, validators=[URLValidator(["http", "https"])])
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-happened_on", "-id"]
        indexes: ClassVar = [models.Index(fields=["organisation", "owner", "-happened_on"], name="evidence_by_owner")]

    def __str__(self) -> str:
        return str(self.approach[:80])

    @property
    def figures(self) -> str:
        """ "paid baskets in 100: 51 → 64", or the parts of it that were filled in."""
        change = " → ".join(text for text in (self.before, self.after) if text)
        return ": ".join(text for text in (self.measure, change) if text)

    @property
    def as_line(self) -> str:
        """The entry in one line, as evidence for an answer: what was done, what changed, by how much."""
        said = " – ".join(" ".join(text.split()) for text in (self.approach, self.outcome) if text.strip())
        return f"{said} ({self.figures})" if self.figures else said


class MilestoneProof(Tenant):
    """An entry attached to a milestone of the ladder as its proof."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    milestone = models.SlugField(max_length=60)
    entry = OwnKey(EvidenceEntry, on_delete=models.CASCADE, related_name="proofs")
    attached_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["milestone", "attached_at", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "owner", "milestone", "entry", name="milestone_proof_once"),
        ]

    def __str__(self) -> str:
        return f"{self.milestone}: {self.entry_id}"
