"""Breaking the glass: when somebody of the operator's staff opened one report of one person, and why.

A row never changes and is never deleted (assessments/guards.py), whatever becomes of those it names: its keys carry no
constraint, and it holds neither names nor anything of the report.
"""

from typing import ClassVar

from django.conf import settings
from django.core.validators import ProhibitNullCharactersValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models.assessment import Assessment
from people.database.columns import ShortTextColumn
from people.ids import uuid7
from people.models import Organisation

REASON_MIN, REASON_MAX = 10, 500


class SupportAccess(models.Model):
    """`staff` may read `assessment` of `person` until `ends_at`; `organisation` is the person's own space."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, models.DO_NOTHING, related_name="+", db_constraint=False)
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", db_constraint=False)
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.DO_NOTHING, related_name="+", db_constraint=False)
    assessment = models.ForeignKey(Assessment, models.DO_NOTHING, related_name="+", db_constraint=False)
    reason = ShortTextColumn(_("Why"), max_length=REASON_MAX, validators=[ProhibitNullCharactersValidator()])
    opened_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()

    class Meta:
        verbose_name = _("breaking of the glass")
        verbose_name_plural = _("breakings of the glass")
        ordering: ClassVar = ["-opened_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["person", "-opened_at"], name="support_access_person")]

    def __str__(self) -> str:
        return f"support access {self.pk}"

    @property
    def is_open(self) -> bool:
        return self.ends_at > timezone.now()
