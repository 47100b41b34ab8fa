"""Loading, exporting and checking a ladder: versions are added and never changed, an export reads back to the same."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError

from ladder.document.checks import warnings
from ladder.document.documents import checksum_of
from ladder.document.files import read_ladder, to_yaml
from ladder.document.format import LadderDocument
from ladder.models import Competency, LadderVersion, Level, Track, current_rubric, load, rubric_of
from tests.factories import SHIPPED, shipped_ladder

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _published(rubric: Any) -> None:
    """The shipped ladder is there as version 1."""


def changed(**fields: Any) -> LadderDocument:
    """The shipped ladder, a little different."""
    return LadderDocument.model_validate({**shipped_ladder().document(), **fields})


def written(ladder: LadderDocument, folder: Path) -> Path:
    file = folder / "ladder.yaml"
    file.write_text(to_yaml(ladder.document()), encoding="utf-8")
    return file


def command(name: str, *arguments: str, **options: Any) -> str:
    out = io.StringIO()
    call_command(name, *arguments, stdout=out, **options)
    return out.getvalue()


def refusal(name: str, *arguments: str, **options: Any) -> str:
    with pytest.raises(CommandError) as error:
        command(name, *arguments, **options)
    assert error.value.returncode == 2
    return str(error.value)


# Loading


def test_loading_the_same_again_does_nothing() -> None:
    counts = [model._default_manager.count() for model in (LadderVersion, Track, Level, Competency)]
    for _ in range(2):
        assert command("load_ladder", str(SHIPPED)) == "Product management ladder: pm version 1 is unchanged.\n"
    assert (
        [model._default_manager.count() for model in (LadderVersion, Track, Level, Competency)]
        == counts
        == [1, 3, 9, 25]
    )


def test_a_changed_ladder_becomes_a_new_version_and_the_old_one_stays(tmp_path: Path) -> None:
    old = LadderVersion.objects.get()
    before = (old.document, old.checksum, old.published_at)
    file = written(changed(title="Another title"), tmp_path)
    assert command("load_ladder", str(file)) == "Another title: pm version 2 is published.\n"
    assert command("load_ladder", str(file)) == "Another title: pm version 2 is unchanged.\n"
    old.refresh_from_db()
    assert (old.document, old.checksum, old.published_at) == before
    assert (old.version, old.status, old.title) == (1, "published", "Product management ladder")
    assert (
        Level.objects.filter(ladder_version=old).count() == Level.objects.filter(ladder_version__version=2).count() == 9
    )
    # New answers meet the new one, old answers keep theirs.
    assert current_rubric().version == 2
    assert rubric_of(old.pk).ladder == shipped_ladder()


def test_going_back_is_a_new_version_too() -> None:
    load(changed(title="Another title"))
    back, made = load(shipped_ladder())
    assert (back.version, made) == (3, True)
    assert back.checksum == LadderVersion.objects.get(version=1).checksum


def test_only_what_is_said_counts_and_not_how_it_is_written(tmp_path: Path) -> None:
    document = dict(reversed(shipped_ladder().document().items()))
    (tmp_path / "a.yaml").write_text(f"# A note.\n{to_yaml(document)}", encoding="utf-8")
    assert "is unchanged" in command("load_ladder", str(tmp_path))
    # An export names the version it was made from; loading gives a version of its own.
    numbered = LadderDocument.model_validate({**document, "version": 7})
    assert load(numbered)[1] is False


def test_a_published_row_says_what_the_document_says() -> None:
    ladder_version, _ = load(changed(title="Another title"))
    assert ladder_version.document == changed(title="Another title").document()
    assert ladder_version.checksum == checksum_of(ladder_version.document)
    assert ladder_version.published_at
    ladder = shipped_ladder()
    assert list(ladder_version.levels.values_list("slug", "title", "band", "track__slug")) == [
        (level.slug, level.title, level.band, level.track) for level in ladder.levels
    ]
    assert list(ladder_version.competencies.values_list("slug", "name", "area")) == [
        (item.slug, item.name, item.area) for item in ladder.competencies
    ]
    assert list(ladder_version.tracks.values_list("slug", flat=True)) == [track.slug for track in ladder.tracks]


def test_a_ladder_is_published_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise IntegrityError("the last row does not fit")

    monkeypatch.setattr(Competency.objects, "create", fails)
    with pytest.raises(IntegrityError):
        load(changed(title="Another title"))
    assert LadderVersion.objects.count() == 1
    assert (Track.objects.count(), Level.objects.count()) == (3, 9)


def test_a_ladder_that_is_not_valid_is_not_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("slug: pm\ntitle: ''\n", encoding="utf-8")
    said = refusal("load_ladder", str(tmp_path)).splitlines()
    assert "a.yaml:2: title: string should have at least 1 character, got ''" in said
    assert refusal("load_ladder", str(tmp_path / "missing")) == "missing: can't be read: No such file or directory"
    assert LadderVersion.objects.count() == 1


# Exporting

KEYS = {
    *("slug", "version", "levels", "competencies", "expectations", "actions", "specialisations", "milestones"),
    *("schemes", "policy"),
}


def test_the_json_has_what_readers_look_for() -> None:
    document = json.loads(command("export_ladder", "pm", "--format", "json"))
    assert list(document)[:3] == ["slug", "version", "title"]
    assert set(document) >= KEYS
    assert (document["slug"], document["version"]) == ("pm", 1)
    assert len(document["levels"]) == 9
    assert all({"slug", "title", "track", "band", "aliases"} <= set(level) for level in document["levels"])
    assert len(document["competencies"]) == 25
    for competency in document["competencies"]:
        assert {"slug", "name", "area", "terms", "anchors"} <= set(competency)
        assert len(competency["anchors"]) == 5
    assert set(document["expectations"]) == {level["slug"] for level in document["levels"]}
    for row in document["expectations"].values():
        assert set(row) == {item["slug"] for item in document["competencies"]}
        assert all(set(cell) == {"step", "weight"} for cell in row.values())
    assert document["expectations"]["staff-pm"]["strategy"] == {"step": 4, "weight": 3}
    assert all({"competency", "to_step", "text"} <= set(action) for action in document["actions"])
    assert len(document["actions"]) >= 200


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_an_export_reads_back_to_the_same(tmp_path: Path, format: str) -> None:  # noqa: A002
    """YAML holds JSON, so one reader reads both."""
    file = tmp_path / f"pm.{format}"
    file.write_text(command("export_ladder", "pm", "--format", format), encoding="utf-8")
    again, _ = read_ladder(file)
    assert again.version == 1
    assert again.model_copy(update={"version": None}) == shipped_ladder()
    assert "is unchanged" in command("load_ladder", str(file))
    assert LadderVersion.objects.count() == 1


def test_the_yaml_is_what_is_printed_when_nothing_is_said() -> None:
    assert command("export_ladder", "pm") == command("export_ladder", "pm", "--format", "yaml")


def test_an_older_version_can_be_exported() -> None:
    load(changed(title="Another title"))

    def exported(*arguments: str) -> tuple[str, int]:
        document = json.loads(command("export_ladder", "pm", "--format", "json", *arguments))
        return document["title"], document["version"]

    assert exported() == ("Another title", 2)
    assert exported("--framework-version", "2") == ("Another title", 2)
    assert exported("--framework-version", "1") == ("Product management ladder", 1)
    # Retired: no longer the newest that one meets, still there to be read.
    LadderVersion.objects.filter(version=2).update(status="retired")
    assert exported() == ("Product management ladder", 1)
    assert exported("--framework-version", "2") == ("Another title", 2)


def test_what_is_not_there_is_said_in_one_line_and_a_draft_is_not_there() -> None:
    for slug in ("nonsense", "PM"):
        assert refusal("export_ladder", slug) == f"there is no published framework '{slug}'"
    for version in (9, 0, 10**30):
        said = refusal("export_ladder", "pm", "--framework-version", str(version))
        assert said == f"there is no published framework version {version} of 'pm'"
    LadderVersion.objects.create(slug="other", version=1, title="Other", document={}, checksum="0")
    assert "no published framework" in refusal("export_ladder", "other")
    assert "no published framework" in refusal("export_ladder", "other", "--framework-version", "1")


# Checking


def found(**fields: Any) -> list[str]:
    return [message for _, message in warnings(changed(**fields))]


def table(level: str, **cells: dict[str, int]) -> dict[str, Any]:
    """The expectations with some cells of one level changed."""
    expectations = shipped_ladder().document()["expectations"]
    return {**expectations, level: {**expectations[level], **{key.replace("_", "-"): v for key, v in cells.items()}}}


def test_the_shipped_ladder_has_no_warnings() -> None:
    assert found() == []
    assert command("check_ladder", str(SHIPPED), "--strict").endswith("0 warnings.\n")


def test_levels_that_answers_can_t_tell_apart_or_that_fall_are_told() -> None:
    falls = "the expected step of delivery falls from 3 at pm to 2 at senior-pm"
    assert found(expectations=table("senior-pm", delivery={"step": 2, "weight": 2})) == [falls]
    expectations = shipped_ladder().document()["expectations"]
    pm = expectations["pm"]
    lighter = {slug: cell | {"weight": 2} if cell["weight"] == 1 else cell for slug, cell in pm.items()}
    for row, said in (
        (pm, "senior-pm asks exactly what pm asks, so no answers tell them apart"),
        (lighter, "senior-pm asks for no higher step than pm"),
    ):
        assert said in found(expectations={**expectations, "senior-pm": row})
    without = {slug: cell | {"weight": min(cell["weight"], 2)} for slug, cell in expectations["apm"].items()}
    no_gate = "has no must-have: surplus elsewhere can't be told from readiness"
    assert found(expectations=table("apm", **without)) == [no_gate]


BAD_ANCHORS = {
    "Writes stories.": "has 2 words, expected 10 to 30",
    "Usually writes single stories from a template and keeps all of the tickets current.": "says how often: usually",
    "Writes excellent single stories from a template and keeps all tickets current.": "judges quality: excellent",
    "Writes single stories as a Senior PM would and keeps all tickets current.": "names a title: Senior PM",
    "Writes single stories from a template and keeps all of my tickets current.": "in the first person: my",
    "Writes single stories from a template. Keeps all of the tickets up to date.": "is not one sentence",
    "Writes single stories from a template and falls behind with all of the tickets.": "compares people: behind",
    "Writes single stories from a template and leverages all of the tickets there are.": "is filler: leverages",
}


def anchored(*anchors: str) -> list[str]:
    """What is told of the ladder with the first anchors of its first competency changed."""
    competencies = shipped_ladder().document()["competencies"]
    first = competencies[0]
    competencies[0] = {**first, "anchors": [*anchors, *first["anchors"][len(anchors) :]]}
    return found(competencies=competencies)


def test_an_anchor_that_breaks_a_wording_rule_is_told() -> None:
    for anchor, problem in BAD_ANCHORS.items():
        (said,) = anchored(anchor)
        assert said.startswith("the anchor of step 1 ")
        assert problem in said
    one, two, three = shipped_ladder().competencies[0].anchors[:3]
    assert anchored(one, two, three, three) == ["the anchors of steps 3 and 4 say nearly the same"]


def test_a_step_without_two_actions_is_told() -> None:
    actions = shipped_ladder().document()["actions"]
    kept = [item for item in actions if (item["competency"], item["to_step"]) != ("data", 3)]
    (said,) = found(actions=kept)
    assert said.startswith("has 0 actions towards step 3, expected ")


def test_the_tone_of_every_text_is_looked_at() -> None:
    sources = [{"slug": "a", "title": "A", "note": "For top performers."}]
    for field in ({"summary": "For people who are behind."}, {"title": "A holistic ladder"}, {"sources": sources}):
        assert len(found(**field)) == 1, field


def test_warnings_name_file_line_and_field_and_fail_only_when_strict(tmp_path: Path) -> None:
    ladder = changed(expectations=table("senior-pm", delivery={"step": 2, "weight": 2}))
    file = written(ladder, tmp_path)
    line = next(n for n, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if text == "links:") + 1
    out = command("check_ladder", str(file)).splitlines()
    # The second link is the promotion from Product Manager to Senior; each takes three lines.
    place = f"ladder.yaml:{line + 3}: links.2"
    assert out[0] == f"warning: {place}: the expected step of delivery falls from 3 at pm to 2 at senior-pm"
    assert out[1].endswith(f"9 levels, 25 competencies, 125 anchors, {len(ladder.actions)} actions; 1 warning.")
    assert refusal("check_ladder", str(file), "--strict") == "there are warnings, and --strict was given"


def test_checking_loads_nothing_and_refuses_what_can_t_be_loaded(tmp_path: Path) -> None:
    command("check_ladder", str(written(changed(title="Another title"), tmp_path)))
    assert LadderVersion.objects.count() == 1
    (tmp_path / "ladder.yaml").write_text("- a list\n", encoding="utf-8")
    assert refusal("check_ladder", str(tmp_path)).startswith("ladder.yaml:1: expected fields")
