"""A published ladder is immutable in the database: its document, and the rows made from it."""

from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import RestrictedError
from django.utils import timezone

from ladder.models import Competency, Ladder, LadderVersion, Level, Track, give_ladders, load
from people.erasure.erase import remove_organisation
from tests.factories import make_organisation, shipped_ladder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _published(rubric: Any) -> None:
    """The shipped ladder is there, published, and the only one."""
    assert LadderVersion.objects.count() == 1


def run(statement: str) -> int:
    """Run one statement past all models; returns how many rows it touched."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
        return int(cursor.rowcount)


def make_draft() -> LadderVersion:
    """Another framework, not yet published, with a row of each kind."""
    draft = LadderVersion.objects.create(slug="other", version=1, title="Other", document={}, checksum="0" * 64)
    track = Track.objects.create(ladder_version=draft, slug="trunk", title="Trunk", position=0)
    Level.objects.create(ladder_version=draft, track=track, slug="one", title="One", band=1, position=0)
    Competency.objects.create(ladder_version=draft, slug="data", name="Data", area="craft", position=0)
    return draft


CHANGES = ("document = '{}'", "title = 'Another'", "version = version + 1", "slug = 'another'", "checksum = '0'")
CHANGES += ("published_at = created_at", "status = 'draft'", "meets_at = '1'", "format = 1")
FRAMEWORK = [*(f"UPDATE ladder_framework SET {change}" for change in CHANGES), "DELETE FROM ladder_framework"]  # noqa: S608
ROWS = [
    f"{statement} {table}{what}"
    for table in ("ladder_track", "ladder_level", "ladder_competency")
    for statement, what in (("UPDATE", " SET position = position"), ("UPDATE", " SET slug = 'x'"), ("DELETE FROM", ""))
]


def test_nothing_of_a_published_ladder_changes() -> None:
    for statement in (*FRAMEWORK, *ROWS):
        with pytest.raises(IntegrityError, match=r"published framework|already exists|UNIQUE"):
            run(statement)
    ladder_version = LadderVersion.objects.get()
    assert ladder_version.document == shipped_ladder().document()
    assert (ladder_version.slug, ladder_version.version, ladder_version.status) == ("pm", 1, "published")


def test_nothing_is_added_to_a_published_ladder() -> None:
    ladder_version = LadderVersion.objects.get()
    fields: dict[str, Any] = {"ladder_version": ladder_version, "slug": "new", "position": 99}
    track, level = (
        Track(**fields, title="New"),
        Level(**fields, title="New", track=ladder_version.tracks.first(), band=9),
    )
    for row in (track, level, Competency(**fields, name="New", area="craft")):
        with (
            pytest.raises(IntegrityError, match="the rows of a published framework do not change"),
            transaction.atomic(),
        ):
            row.save(force_insert=True)


def test_nothing_is_moved_into_or_out_of_a_published_ladder() -> None:
    published, draft = LadderVersion.objects.get(), make_draft()
    for model in (Track, Level, Competency):
        for source, target in ((published, draft), (draft, published)):
            with pytest.raises(IntegrityError, match="of a published framework do not change"), transaction.atomic():
                # One row whose slug the other one lacks, so that nothing else can be the reason.
                model.objects.filter(pk=source_row(model, source)).update(ladder_version=target, slug="moved")


def source_row(model: Any, ladder_version: LadderVersion) -> Any:
    return model.objects.filter(ladder_version=ladder_version).values_list("pk", flat=True).first()


def test_a_draft_changes_and_goes() -> None:
    draft = make_draft()
    assert LadderVersion.objects.filter(pk=draft.pk).update(title="Renamed", document={"a": 1}) == 1
    assert Level.objects.filter(ladder_version=draft).update(title="Renamed") == 1
    assert draft.delete()[0] == 4
    assert LadderVersion.objects.count() == 1


def test_a_published_ladder_may_be_retired_and_stays_so() -> None:
    assert run("UPDATE ladder_framework SET status = 'retired'") == 1
    with pytest.raises(IntegrityError, match="a published framework does not change"):
        run("UPDATE ladder_framework SET status = 'published'")
    with pytest.raises(IntegrityError, match="a published framework does not change"):
        run("UPDATE ladder_framework SET title = 'Another'")
    with pytest.raises(IntegrityError, match="a published framework is kept"):
        run("DELETE FROM ladder_framework")


def test_a_version_exists_once_also_among_the_built_in_ones_and_has_a_date_when_it_is_published() -> None:
    fields: dict[str, Any] = {"slug": "pm", "version": 1, "title": "T", "document": {}, "checksum": "0"}
    own = fields | {"organisation": make_organisation()}
    # An organisation's own ladder may have the same name, once.
    LadderVersion.objects.create(**own)
    for refused in (fields, own, fields | {"slug": "other", "status": "published"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LadderVersion.objects.create(**refused)
    LadderVersion.objects.create(**fields | {"slug": "other"}, status="published", published_at=timezone.now())


def test_a_slug_stands_once_in_a_framework() -> None:
    draft = make_draft()
    for model in (Competency, Level, Track):
        row: Any = model._default_manager.get(ladder_version=draft)
        row.pk = None
        with pytest.raises(IntegrityError), transaction.atomic():
            row.save(force_insert=True)


def version_of(slug: str, version: int = 1, **fields: Any) -> LadderVersion:
    return LadderVersion.objects.create(
        slug=slug, version=version, title=f"{slug} {version}", document={}, checksum="0", **fields
    )


def test_a_slug_is_one_ladder_in_each_organisation_and_one_among_the_built_in() -> None:
    lantern = make_organisation()
    Ladder.objects.create(organisation=lantern, slug="pm", title="Own")
    for organisation in (None, lantern):
        with pytest.raises(IntegrityError), transaction.atomic():
            Ladder.objects.create(organisation=organisation, slug="pm", title="Another")


def test_a_version_names_its_own_ladder_once() -> None:
    pm, lantern = Ladder.objects.get(), make_organisation()
    own = Ladder.objects.create(organisation=lantern, slug="pm", title="Own")
    other = Ladder.objects.create(slug="other", title="Other")
    for foreign in (own, other):
        with pytest.raises(IntegrityError, match="of its own slug and organisation"), transaction.atomic():
            version_of("pm", 2, ladder=foreign)
    draft = version_of("pm", 2, ladder=pm)
    with pytest.raises(IntegrityError, match="of its own slug and organisation"), transaction.atomic():
        LadderVersion.objects.filter(pk=draft.pk).update(ladder=own)
    # What was published before there was such a row gets it, and keeps it.
    bare = version_of("pm", organisation=lantern, status="published", published_at=timezone.now())
    assert LadderVersion.objects.filter(pk=bare.pk).update(ladder=own) == 1
    for changed in ({"ladder": None}, {"ladder": pm}):
        with pytest.raises(IntegrityError), transaction.atomic():
            LadderVersion.objects.filter(pk=bare.pk).update(**changed)


def test_a_ladder_keeps_its_slug_and_stays_while_it_has_a_version() -> None:
    assert run("UPDATE ladder_ladder SET title = 'Another'") == 1
    for change in ("slug = 'other'", f"organisation_id = '{make_organisation().pk}'"):
        with pytest.raises(IntegrityError, match="keeps its slug"):
            run(f"UPDATE ladder_ladder SET {change}")  # noqa: S608
    with pytest.raises(RestrictedError):
        Ladder.objects.get().delete()
    with transaction.atomic():
        run("DELETE FROM ladder_ladder")
        with pytest.raises(IntegrityError):
            connection.check_constraints()
        transaction.set_rollback(True)
    assert Ladder.objects.create(slug="unused", title="Unused").delete()[0] == 1


def test_ladders_of_an_organisation_go_with_it() -> None:
    lantern = make_organisation()
    own = Ladder.objects.create(organisation=lantern, slug="own", title="Own")
    version_of("own", organisation=lantern, ladder=own, status="published", published_at=timezone.now())
    remove_organisation(lantern)
    assert [ladder.slug for ladder in Ladder.objects.all()] == ["pm"]


def test_versions_of_before_get_their_ladder_and_a_second_run_does_nothing() -> None:
    lantern = make_organisation()
    shown: dict[str, Any] = {"status": "published", "published_at": timezone.now()}
    made = [version_of("pm", 2, **shown), version_of("own", organisation=lantern, **shown)]
    made += [version_of("own", 2, organisation=lantern), version_of("own")]
    assert (give_ladders(), give_ladders()) == (4, 0)
    rows = LadderVersion.objects.filter(pk__in=[each.pk for each in made]).select_related("ladder")
    assert {(row.slug, row.organisation_id, row.ladder and row.ladder.title) for row in rows} == {
        ("pm", None, shipped_ladder().title),
        ("own", lantern.pk, "own 2"),
        ("own", None, "own 1"),
    }
    assert all(row.ladder and row.ladder.organisation_id == row.organisation_id for row in rows)


def test_loading_names_the_ladder_and_keeps_its_title_that_of_the_newest() -> None:
    version, made = load(shipped_ladder().model_copy(update={"title": "Another title"}))
    assert (made, version.ladder, Ladder.objects.get().title) == (True, Ladder.objects.get(), "Another title")
