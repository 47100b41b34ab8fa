"""Ladders and their versions as rows: the document has everything; answers point at rows of levels and competencies."""

from dataclasses import replace
from fractions import Fraction
from typing import Any, ClassVar, cast

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone

from ladder.document.documents import checksum_of
from ladder.document.format import LadderDocument
from ladder.document.format_1 import converted
from ladder.publishing import with_earlier_names
from ladder.rubric import Rubric
from people.database.fill_in import STEPS
from people.database.transactions import transactional
from people.ids import uuid7


class LadderVersionQuerySet(models.QuerySet["LadderVersion"]):
    def built_in(self) -> "LadderVersionQuerySet":
        return self.filter(organisation__isnull=True)

    def published(self) -> "LadderVersionQuerySet":
        return self.filter(status=LadderVersion.Status.PUBLISHED)

    def current(self) -> "LadderVersionQuerySet":
        """The published versions of the default ladder, newest first; visitors see the first."""
        return self.built_in().published().filter(slug=settings.DEFAULT_LADDER).order_by("-version")


class Ladder(models.Model):
    """A ladder, whatever its versions say: what is chosen, and on record, beyond one of them."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Null if it is built in and for everybody.
    organisation = models.ForeignKey(
        "people.Organisation", on_delete=models.CASCADE, null=True, blank=True, related_name="ladders"
    )
    slug = models.SlugField(max_length=60)
    # Of its newest version.
    title = models.CharField(max_length=200)

    class Meta:
        ordering: ClassVar = ["slug"]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "slug", name="ladder_slug_unique_in_organisation"),
            # As below: two nulls are two different values.
            models.UniqueConstraint("slug", name="ladder_slug_unique_built_in", condition=Q(organisation__isnull=True)),
        ]

    def __str__(self) -> str:
        return self.slug


class LadderVersion(models.Model):
    """One version of a ladder. A published version is immutable, here and by a trigger in the database."""

    class Status(models.TextChoices):
        DRAFT = "draft"
        PUBLISHED = "published"
        RETIRED = "retired"

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    # Null if it is built in and for everybody.
    organisation = models.ForeignKey(
        "people.Organisation", on_delete=models.CASCADE, null=True, blank=True, related_name="ladder_versions"
    )
    # Null where a process of the release before made it, until `fill_in` has seen it. Once set, it stays. RESTRICT: a
    # ladder is kept while it has a version, and goes together with them where its organisation goes.
    ladder = models.ForeignKey(Ladder, on_delete=models.RESTRICT, null=True, related_name="versions")
    slug = models.SlugField(max_length=60)
    version = models.PositiveIntegerField()
    title = models.CharField(max_length=200)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT)
    # Of the document. One of format 1 stays as it was stored, and is converted when it is read.
    format = models.PositiveSmallIntegerField(db_default=1)
    document = models.JSONField()
    checksum = models.CharField(max_length=64)
    created_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    # How many seconds people take for a question of its quiz (assessments/quiz/pace.py). Null: not measured yet.
    pace = models.PositiveSmallIntegerField(null=True)
    # The share from which a level is met, as a fraction, where it was found when this was published, so that another
    # way to find it changes no result. Empty: the document says it.
    meets_at = models.CharField(max_length=20, blank=True, db_default="")

    objects: ClassVar[LadderVersionQuerySet] = cast("Any", LadderVersionQuerySet.as_manager())

    class Meta:
        # The table and the keys to it keep the names that they are stored under.
        db_table = "ladder_framework"
        ordering: ClassVar = ["slug", "version"]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "slug", "version", name="framework_version_unique_in_organisation"),
            # A unique constraint takes two nulls for different values, so it would let a built-in version in twice.
            models.UniqueConstraint(
                "slug", "version", name="framework_version_unique_built_in", condition=Q(organisation__isnull=True)
            ),
            models.UniqueConstraint("ladder", "version", name="framework_version_unique_in_ladder"),
            models.CheckConstraint(
                name="framework_published_has_date", condition=Q(status="draft") | Q(published_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.slug} version {self.version}"

    def read(self) -> LadderDocument:
        return LadderDocument.model_validate(converted(self.document) if self.format == 1 else self.document)

    def publish(self) -> None:
        """Make the rows of tracks, levels and competencies and mark the version published, which freezes all of it."""
        ladder = self.read()
        with transaction.atomic():
            tracks = {
                track.slug: Track.objects.create(ladder_version=self, slug=track.slug, title=track.title, position=n)
                for n, track in enumerate(ladder.tracks)
            }
            for n, level in enumerate(ladder.levels):
                Level.objects.create(
                    ladder_version=self,
                    track=tracks[level.track],
                    slug=level.slug,
                    title=level.title,
                    band=level.band,
                    position=n,
                )
            for n, competency in enumerate(ladder.competencies):
                Competency.objects.create(
                    ladder_version=self, slug=competency.slug, name=competency.name, area=competency.area, position=n
                )
            self.status = self.Status.PUBLISHED
            self.published_at = timezone.now()
            self.meets_at = "" if ladder.policy.meets_at is not None else str(Rubric(ladder, self.version).meets_at)
            self.save(update_fields=["status", "published_at", "meets_at"])

    def compile(self) -> Rubric:
        """Build the rubric: two statements, for the keys of levels and competencies."""
        return Rubric(
            ladder=self.read(),
            version=self.version,
            key=str(self.pk),
            found_meets_at=Fraction(self.meets_at) if self.meets_at else None,
            level_keys=dict(self.levels.values_list("slug", "pk")),
            competency_keys=dict(self.competencies.values_list("slug", "pk")),
            pace=self.pace,
        )


class _Part(models.Model):
    """A small row made from a ladder's document, so that answers can point at it."""

    slug = models.SlugField(max_length=60)
    position = models.PositiveSmallIntegerField()

    class Meta:
        abstract = True
        ordering: ClassVar = ["ladder_version", "position"]
        constraints: ClassVar = [models.UniqueConstraint("ladder_version", "slug", name="%(class)s_slug_unique")]


class Track(_Part):
    ladder_version = models.ForeignKey(
        LadderVersion, on_delete=models.CASCADE, db_column="framework_id", related_name="tracks"
    )
    title = models.CharField(max_length=200)

    def __str__(self) -> str:
        return self.title


class Level(_Part):
    ladder_version = models.ForeignKey(
        LadderVersion, on_delete=models.CASCADE, db_column="framework_id", related_name="levels"
    )
    track = models.ForeignKey(Track, on_delete=models.CASCADE, related_name="levels")
    title = models.CharField(max_length=200)
    band = models.PositiveSmallIntegerField()

    def __str__(self) -> str:
        return self.title


class Competency(_Part):
    ladder_version = models.ForeignKey(
        LadderVersion, on_delete=models.CASCADE, db_column="framework_id", related_name="competencies"
    )
    name = models.CharField(max_length=200)
    area = models.SlugField(max_length=60)

    def __str__(self) -> str:
        return self.name


class OrganisationLadder(models.Model):
    """The ladder version and the scheme that an organisation chose; without a row, the newest default ladder."""

    organisation = models.OneToOneField(
        "people.Organisation", on_delete=models.CASCADE, primary_key=True, related_name="ladder"
    )
    ladder_version = models.ForeignKey(
        LadderVersion, on_delete=models.PROTECT, db_column="framework_id", related_name="+"
    )
    scheme = models.SlugField(max_length=60, blank=True)

    class Meta:
        ordering: ClassVar = ["organisation"]

    def __str__(self) -> str:
        return f"{self.ladder_version_id} in {self.organisation_id}"


def compared(ladder: LadderDocument) -> tuple[LadderDocument, LadderVersion | None]:
    """The ladder with what its newest version knows of earlier slugs, and that version, if it says the same.

    What they say is compared, not how they are stored: a file of format 1 is the same as its version of format 1, and
    as what that was converted to.
    """
    newest = LadderVersion.objects.built_in().filter(slug=ladder.slug).order_by("-version").first()
    if newest is None or newest.status == LadderVersion.Status.DRAFT:
        return ladder, None
    before = newest.read()
    ladder = with_earlier_names(ladder, before)
    return ladder, newest if before.document() == ladder.document() else None


@transactional
def load(ladder: LadderDocument) -> tuple[LadderVersion, bool]:
    """Publish a ladder as a new built-in version, unless its newest version says the same.

    Returns the newest version and whether it was made just now.
    """
    # Its lock makes others wait who load the same ladder, the first time, too.
    row, _made = Ladder.objects.select_for_update().get_or_create(
        organisation=None, slug=ladder.slug, defaults={"title": ladder.title}
    )
    ladder, same = compared(ladder)
    if same:
        return same, False
    newest = LadderVersion.objects.built_in().filter(slug=ladder.slug).order_by("-version").first()
    document = ladder.document()
    ladder_version = LadderVersion.objects.create(
        ladder=row,
        slug=ladder.slug,
        version=newest.version + 1 if newest else 1,
        title=ladder.title,
        format=ladder.format,
        document=document,
        checksum=checksum_of(document),
    )
    ladder_version.publish()
    Ladder.objects.filter(pk=row.pk).update(title=ladder.title)
    return ladder_version, True


def give_ladders() -> int:
    """Make the ladder of versions that have none yet, and name it there."""
    return sum(_give_ladder(*each) for each in _without_ladder())


def _without_ladder() -> list[tuple[Any, str]]:
    bare = LadderVersion.objects.filter(ladder=None).order_by("slug", "organisation")
    return list(bare.values_list("organisation", "slug").distinct())


@transactional
def _give_ladder(organisation: Any, slug: str) -> int:
    versions = LadderVersion.objects.filter(organisation=organisation, slug=slug)
    title = versions.order_by("-version").values_list("title", flat=True).first() or slug
    ladder, _made = Ladder.objects.get_or_create(organisation_id=organisation, slug=slug, defaults={"title": title})
    return versions.filter(ladder=None).update(ladder=ladder)


STEPS["ladders of their versions"] = give_ladders


_compiled: dict[str, Rubric] = {}


def rubric_of(ladder_version_id: Any) -> Rubric:
    """The rubric of a ladder version. Compiled once in each process, with three statements; none afterwards."""
    key = str(ladder_version_id)
    if key not in _compiled:
        _compiled[key] = LadderVersion.objects.get(pk=ladder_version_id).compile()
    return _compiled[key]


class NoLadderError(Exception):
    """No version of the default ladder is published."""

    def __init__(self) -> None:
        super().__init__(
            f"no ladder '{settings.DEFAULT_LADDER}' is loaded: run manage.py load_ladder fixtures/ladders/pm"
        )


def current_rubric() -> Rubric:
    """The rubric that visitors see: the newest published version of the default ladder. One statement."""
    found = LadderVersion.objects.current().values_list("pk", "pace").first()
    if found is None:
        raise NoLadderError
    key, pace = found
    rubric = rubric_of(key)
    if rubric.pace != pace:
        # Measured anew since it was compiled.
        rubric = _compiled[str(key)] = replace(rubric, pace=pace)
    return rubric
