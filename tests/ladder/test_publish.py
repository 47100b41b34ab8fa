"""Loading, exporting and checking a ladder: versions are added and never changed, an export reads back to the same."""

import json
import lzma
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError

from ladder.document.checks import warnings
from ladder.document.documents import checksum_of
from ladder.document.files import read_ladder, to_yaml
from ladder.document.format import LadderDocument
from ladder.models import Competency, LadderVersion, Level, Track, current_rubric, load, rubric_of
from ladder.rubric import Rubric
from tests.commands import ran, refusal
from tests.factories import SHIPPED, shipped_ladder

pytestmark = pytest.mark.django_db

FIRST = Path(__file__).resolve().parents[1] / "upgrade" / "kept" / "ladder.json.xz"


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


def test_loading_the_same_again_does_nothing() -> None:
    for _ in range(2):
        assert ran("load_ladder", str(SHIPPED)) == "Product management ladder: pm version 1 is unchanged.\n"
    models = (LadderVersion, Track, Level, Competency)
    assert [model._default_manager.count() for model in models] == [1, 3, 9, 25]


def test_a_changed_ladder_becomes_a_new_version_and_the_old_one_stays(tmp_path: Path) -> None:
    old = LadderVersion.objects.get()
    before = (old.document, old.checksum, old.published_at)
    file = written(changed(title="Another title"), tmp_path)
    assert ran("load_ladder", str(file)) == "Another title: pm version 2 is published.\n"
    assert ran("load_ladder", str(file)) == "Another title: pm version 2 is unchanged.\n"
    old.refresh_from_db()
    assert (old.document, old.checksum, old.published_at) == before
    assert (old.version, old.status, old.title) == (1, "published", "Product management ladder")
    assert [Level.objects.filter(ladder_version__version=version).count() for version in (1, 2)] == [9, 9]
    # New answers meet the new one, old answers keep theirs.
    assert current_rubric().version == 2
    assert rubric_of(old.pk).ladder == shipped_ladder()
    # Going back is a new version, too.
    back, made = load(shipped_ladder())
    assert (back.version, made, back.checksum) == (3, True, old.checksum)


def test_only_what_is_said_counts_and_not_how_it_is_written(tmp_path: Path) -> None:
    document = dict(reversed(shipped_ladder().document().items()))
    (tmp_path / "a.yaml").write_text(f"# A note.\n{to_yaml(document)}", encoding="utf-8")
    assert "is unchanged" in ran("load_ladder", str(tmp_path))
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


@pytest.mark.parametrize("format", ["yaml", "json"])
def test_an_export_reads_back_to_the_same(tmp_path: Path, format: str) -> None:  # noqa: A002
    """YAML holds JSON, so one reader reads both, and is what is printed when nothing is said."""
    said = ran("export_ladder", "pm", "--format", format)
    assert (ran("export_ladder", "pm") == said) is (format == "yaml")
    assert list(json.loads(said))[:4] == ["format", "slug", "version", "title"] if format == "json" else said[0] != "{"
    file = tmp_path / f"pm.{format}"
    file.write_text(said, encoding="utf-8")
    again, _ = read_ladder(file)
    assert again.version == 1
    assert again.model_copy(update={"version": None}) == shipped_ladder()
    assert "is unchanged" in ran("load_ladder", str(file))
    assert LadderVersion.objects.count() == 1


def test_an_older_version_can_be_exported() -> None:
    load(changed(title="Another title"))

    def exported(*arguments: str) -> tuple[str, int]:
        document = json.loads(ran("export_ladder", "pm", "--format", "json", *arguments))
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


def found(**fields: Any) -> list[str]:
    return [message for _, message in warnings(changed(**fields))]


def table(level: str, **cells: dict[str, int]) -> dict[str, Any]:
    """The expectations with some cells of one level changed."""
    expectations = shipped_ladder().document()["expectations"]
    return {**expectations, level: {**expectations[level], **{key.replace("_", "-"): v for key, v in cells.items()}}}


def test_the_shipped_ladder_has_no_warnings() -> None:
    assert found() == []
    assert ran("check_ladder", str(SHIPPED), "--strict").endswith("0 warnings.\n")


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


BAD_SENTENCES = {
    "Writes stories.": "has 2 words, expected 10 to 30",
    "Usually writes single stories from a template and keeps all of the tickets current.": "says how often: usually",
    "Writes excellent single stories from a template and keeps all tickets current.": "judges quality: excellent",
    "Writes single stories as a Senior PM would and keeps all tickets current.": "names a title: Senior PM",
    "Writes single stories from a template and keeps all of my tickets current.": "in the first person: my",
    "Writes single stories from a template. Keeps all of the tickets up to date.": "is not one sentence",
    "Writes single stories from a template and falls behind with all of the tickets.": "compares people: behind",
    "Writes single stories from a template and leverages all of the tickets there are.": "is filler: leverages",
}


def worded(*sentences: str) -> list[str]:
    """What is told of the ladder with the first full sentences of its first competency changed."""
    competencies = shipped_ladder().document()["competencies"]
    first = competencies[0]
    competencies[0] = {**first, "full": [*sentences, *first["full"][len(sentences) :]]}
    return found(competencies=competencies)


def test_a_sentence_that_breaks_a_wording_rule_is_told() -> None:
    for sentence, problem in BAD_SENTENCES.items():
        (said,) = worded(sentence)
        assert said.startswith("the full sentence of step 1 ")
        assert problem in said
    one, two, three = (shipped_ladder().competencies[0].says(step) for step in (1, 2, 3))
    assert worded(one, two, three, three) == ["the full sentences of steps 3 and 4 say nearly the same"]


def test_a_step_without_two_actions_and_the_tone_of_every_text_are_told() -> None:
    actions = shipped_ladder().document()["actions"]
    kept = [item for item in actions if (item["competency"], item["to_step"]) != ("data", 3)]
    (said,) = found(actions=kept)
    assert said.startswith("has 0 actions towards step 3, expected ")
    sources = [{"slug": "a", "title": "A", "note": "For top performers."}]
    nowhere = [{"words": ["KPI"], "finds": ["competencies/data/", "levels/king/"]}]
    assert found(search=nowhere) == ["levels/king/ leads nowhere"]
    for field in ({"summary": "For people who are behind."}, {"title": "A holistic ladder"}, {"sources": sources}):
        assert len(found(**field)) == 1, field


def test_a_link_that_nobody_can_follow_is_told_when_a_ladder_is_published(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    good = "[One](https://example.org/a) or [write](mailto:a@example.org), and `[not](this)`."
    for summary, dead in (
        (good, []),
        (f"{good} See [the guide](docs/guide.md) or [below][b].\n\n[b]: #b", ["docs/guide.md", "#b"]),
    ):
        file.write_text(to_yaml(SMALL | {"summary": summary}), encoding="utf-8")
        for command in ("check_ladder", "load_ladder"):
            said = [line for line in ran(command, str(file)).splitlines() if "nowhere" in line]
            assert [line.split("summary: the link to ")[1].split()[0] for line in said] == dead, command
    # It was published all the same.
    assert "is unchanged" in ran("load_ladder", str(file))


def test_warnings_name_file_line_and_field_and_fail_only_when_strict(tmp_path: Path) -> None:
    ladder = changed(expectations=table("senior-pm", delivery={"step": 2, "weight": 2}))
    file = written(ladder, tmp_path)
    line = next(n for n, text in enumerate(file.read_text(encoding="utf-8").splitlines(), 1) if text == "links:") + 1
    out = ran("check_ladder", str(file)).splitlines()
    # The second link is the promotion from Product Manager to Senior; each takes three lines.
    place = f"ladder.yaml:{line + 3}: links.2"
    assert out[0] == f"warning: {place}: the expected step of delivery falls from 3 at pm to 2 at senior-pm"
    assert out[1].endswith(f"9 levels, 25 competencies, 125 sentences, {len(ladder.actions)} actions; 1 warning.")
    assert refusal("check_ladder", str(file), "--strict") == "there are warnings, and --strict was given"


def test_checking_loads_nothing_and_refuses_what_can_t_be_loaded(tmp_path: Path) -> None:
    ran("check_ladder", str(written(changed(title="Another title"), tmp_path)))
    assert LadderVersion.objects.count() == 1
    (tmp_path / "ladder.yaml").write_text("- a list\n", encoding="utf-8")
    assert refusal("check_ladder", str(tmp_path)).startswith("ladder.yaml:1: expected fields")


def of_format_1() -> dict[str, Any]:
    """The first ladder that was published, as the first version of the site exported it."""
    document: dict[str, Any] = json.loads(lzma.decompress(FIRST.read_bytes()))
    return document


def test_a_stored_version_of_format_1_stays_as_it_is_and_its_file_makes_no_new_one(tmp_path: Path) -> None:
    document = of_format_1()
    del document["version"]
    stored = LadderVersion.objects.create(
        slug="pm", version=2, title=document["title"], document=document, checksum=checksum_of(document)
    )
    assert LadderVersion.objects.get(pk=stored.pk).format == 1
    stored.publish()
    (tmp_path / "ladder.yaml").write_text(to_yaml(document), encoding="utf-8")
    assert ran("load_ladder", str(tmp_path)) == "Product management ladder: pm version 2 is unchanged.\n"
    # Nor does what it is exported as.
    (tmp_path / "ladder.yaml").write_text(ran("export_ladder", "pm"), encoding="utf-8")
    assert ran("load_ladder", str(tmp_path)) == "Product management ladder: pm version 2 is unchanged.\n"
    stored.refresh_from_db()
    assert (stored.document, stored.checksum) == (document, checksum_of(document))
    rubric = rubric_of(stored.pk)
    assert [list(item.full) for item in rubric.ladder.competencies] == [i["anchors"] for i in document["competencies"]]
    assert (rubric.steps, rubric.meets_at, rubric.ladder.format) == (5, Fraction(85, 100), 2)
    # What leads on from a level is worked out as it was written.
    for level in document["levels"]:
        if rubric.next_levels[level["slug"]]:
            assert {item.slug for item in rubric.rising_must_haves[level["slug"]]} == set(level["leads_on"])
    assert LadderVersion.objects.get(version=1).format == 2


SMALL = {
    "slug": "small",
    "title": "Small",
    "levels": [{"title": "One"}, {"title": "Two"}],
    "competencies": [{"name": "A", "full": ["a", "b"]}, {"name": "B", "short": ["a", "b"]}],
}
REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"policy": {"close_at": 90}}, "policy.close_at: close_at is above meets_at, which is 85"),
    (
        {
            "tracks": [{"slug": "x", "title": "X"}, {"slug": "y", "title": "Y"}],
            "levels": [{"title": "One", "track": "x"}, {"title": "Two", "track": "x"}],
        },
        "tracks: the track y has no level",
    ),
    ({"expectations": {"one": {"a": "–", "b": "-"}, "two": {"a": 1, "b": 2}}}, "expectations.one: One asks nothing"),
    (
        {"competencies": [{"name": "A", "full": ["a", None, "c"]}], "expectations": {"one": {"a": 1}, "two": {"a": 2}}},
        "expectations.two.a: Two asks step 2 of A, which has no sentence",
    ),
    (
        {"expectations": {"one": {"a": 2, "b": 1}, "two": {"a": 1, "b": 1}}},
        "expectations.two: who does exactly what One asks meets Two as well",
    ),
]


def test_what_no_answers_could_be_told_by_is_refused_by_name(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    for fields, said in REFUSED:
        file.write_text(to_yaml(SMALL | fields), encoding="utf-8")
        for command in ("check_ladder", "load_ladder"):
            assert refusal(command, str(file)).split(": ", 1)[1] == said
    assert not LadderVersion.objects.filter(slug="small").exists()


def test_levels_that_ask_the_same_are_named_together_and_published_when_one_says_so(tmp_path: Path) -> None:
    file = tmp_path / "small.yaml"
    rows = {"one": {"a": 1, "b": 1}, "two": {"a": 1, "b": 1}}
    file.write_text(to_yaml(SMALL | {"expectations": rows}), encoding="utf-8")
    said = "no answers tell these levels apart, as they ask the same: One and Two. Publish it all the same with --yes"
    assert refusal("load_ladder", str(file)) == said
    assert ran("load_ladder", str(file), "--yes") == "Small: small version 1 is published.\n"
    assert "is unchanged" in ran("load_ladder", str(file))


def test_little_is_needed_and_the_rest_follows() -> None:
    rubric = Rubric(LadderDocument.model_validate(SMALL), 1)
    assert [(level.slug, level.band, level.short_title) for level in rubric.ladder.levels] == [
        ("one", 1, "One"),
        ("two", 2, "Two"),
    ]
    assert (rubric.steps, rubric.next_levels["one"], rubric.has_must_haves) == (2, ("two",), False)
    assert {slug: cell.step for slug, cell in rubric.ladder.expectations["two"].items()} == {"a": 2, "b": 2}
    # What stands between the levels is found from the table: half of what Two asks is there at One.
    assert rubric.meets_at == Fraction(85, 100)
    # It stays what it was as this was published.
    assert Rubric(rubric.ladder, 1, found_meets_at=Fraction(9, 10)).meets_at == Fraction(9, 10)
    columns = {
        "levels": [{"title": f"L {n}"} for n in range(1, 9)],
        "competencies": [{"name": "A", "full": [*"abcdefgh"]}],
    }
    # Seven of eight: the midpoint to all of it.
    version = load(LadderDocument.model_validate(SMALL | columns))[0]
    assert (version.meets_at, rubric_of(version.pk).meets_at) == ("15/16", Fraction(15, 16))
    assert (LadderVersion.objects.get(slug="pm").meets_at, current_rubric().meets_at) == ("", Fraction(85, 100))
    whole = rubric.ladder.document()
    assert LadderDocument.model_validate(whole).document() == whole


def test_only_described_steps_are_asked_said_and_reached() -> None:
    competency = {"name": "A", "short": [None, "b in short", None, None], "full": {2: "b", 4: "**d** at length"}}
    extra = {"slug": "x", "title": "X", "summary": "x", "adds": {"a": 1}}
    rubric = Rubric(
        LadderDocument.model_validate(
            SMALL
            | {"competencies": [competency], "specialisations": [extra]}
            | {"levels": [{"title": f"L {n}"} for n in range(1, 6)]}
        ),
        1,
    )
    a = rubric.competencies["a"]
    assert a.described == (2, 4)
    assert [a.says(step) for step in range(6)] == ["", "", "b", "", "**d** at length", ""]
    assert [a.short_of(step) for step in range(6)] == ["", "", "b in short", "", "d at length", ""]
    assert [a.above(step) for step in (0, 2, 3, 4)] == [2, 4, 4, None]
    # A column asks the highest described step at or below it, and nothing before the first.
    assert [rubric.expectation(f"l-{n}", "a").step for n in range(1, 6)] == [0, 2, 2, 4, 4]
    assert [rubric.specialised(f"l-{n}", "a", "x").step for n in range(1, 6)] == [0, 4, 4, 4, 4]


def test_what_other_tracks_ask_is_not_expected() -> None:
    tracks = [{"slug": "trunk", "title": "T", "trunk": True}, {"slug": "ic", "title": "I"}, {"slug": "m", "title": "M"}]
    levels = [{"title": title, "track": track} for title, track in (("L", "trunk"), ("I", "ic"), ("M", "m"))]
    rubric = Rubric(
        LadderDocument.model_validate(
            SMALL
            | {"tracks": tracks, "levels": levels}
            | {"competencies": [{"name": "A", "full": ["a", "b"]}, {"name": "B", "full": ["a", "b"], "tracks": ["m"]}]}
        ),
        1,
    )
    assert [rubric.expectation(level, "b").weight for level in ("l", "i", "m")] == [0, 0, 2]
    assert rubric.next_levels["l"] == ("i", "m")
