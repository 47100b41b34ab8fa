"""The case for a promotion: a document written from a person's data and edited by them, and its secret links."""

from typing import ClassVar

from django.conf import settings
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from assessments.models import Assessment
from people.database.columns import NameColumn, TextColumn
from people.database.tenancy import OwnKey, Tenant
from people.ids import uuid7
from people.links.links import SecretLink
from people.models import Organisation

SECTION_MAX = 20_000


class Case(Tenant):
    """A person's case for one level. `report` is what it is based on, by the first of its chain; null once that report
    is deleted."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="cases")
    title = NameColumn(_("Title"), max_length=120, validators=[ProhibitNullCharactersValidator()])
    target = models.SlugField(_("Level"), max_length=60)
    report = OwnKey(Assessment, on_delete=models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["-created_at", "-id"]
        indexes: ClassVar = [models.Index(fields=["organisation", "owner", "-created_at"], name="case_by_owner")]

    def __str__(self) -> str:
        return str(self.title)


class CaseSection(Tenant):
    """One section in Markdown. A save names the revision it saw: without it, a second tab would overwrite the first."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="+")
    case = OwnKey(Case, on_delete=models.CASCADE, related_name="sections")
    slug = models.SlugField(max_length=60)
    text = TextColumn(blank=True, validators=[MaxLengthValidator(SECTION_MAX), ProhibitNullCharactersValidator()])
    revision = models.PositiveIntegerField(default=0)
    # The text rendered, and the revision that it is of: at another one it is stale. An older release, which runs beside
    # this one during an upgrade, writes neither.
    html = models.TextField(blank=True, db_default="", default="", editable=False)
    html_revision = models.IntegerField(db_default=-1, default=-1, editable=False)
    updated_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["case", "id"]
        constraints: ClassVar = [models.UniqueConstraint("organisation", "case", "slug", name="case_section_unique")]

    def __str__(self) -> str:
        return f"{self.slug} of {self.case_id}"


class CaseLink(SecretLink):
    """A secret link that opens one case."""

    case = OwnKey(Case, on_delete=models.CASCADE, related_name="links")

    class Meta(SecretLink.Meta):
        abstract = False
