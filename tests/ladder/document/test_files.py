"""LadderDocument files: what is wrong with them is said with file, line and field, whatever they hold."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from ladder.document import files
from ladder.document.documents import checksum_of
from ladder.document.files import LadderError, read_ladder, to_yaml
from ladder.document.format import Expectation, LadderDocument
from tests.factories import SHIPPED, shipped_ladder

type Edit = Callable[..., Path]


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The shipped ladder with its competencies in brief and without what may be left out, quick to read."""
    folder = tmp_path_factory.mktemp("ladders") / "pm"
    folder.mkdir()
    for name in ("ladder.yaml", "levels.yaml", "expectations.yaml", "milestones.yaml"):
        shutil.copy(SHIPPED / name, folder)
    competencies = [
        {"slug": item.slug, "name": item.name, "area": item.area, "summary": "Short.", "full": [*"abcde"]}
        for item in shipped_ladder().competencies
    ]
    (folder / "competencies").mkdir()
    (folder / "competencies" / "all.yaml").write_text(to_yaml({"competencies": competencies}), encoding="utf-8")
    read_ladder(folder)
    return folder


@pytest.fixture
def edited(small: Path, tmp_path: Path) -> Edit:
    """Copies that ladder and replaces one text in one of its files; an empty text appends."""
    shutil.copytree(small, tmp_path / "pm")

    def edit(file: str, old: str, new: str) -> Path:
        path = tmp_path / "pm" / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{file} does not hold {old}"
        path.write_text(text.replace(old, new, 1) if old else text + new, encoding="utf-8")
        return tmp_path / "pm"

    return edit


def problems(path: Path) -> list[str]:
    with pytest.raises(LadderError) as error:
        read_ladder(path)
    found = [str(problem) for problem in error.value.problems]
    assert str(error.value) == "\n".join(found)
    assert all("\n" not in line and len(line) < 500 for line in found)
    return found


def line_of(path: Path, text: str) -> int:
    """The number of the first line that holds a text."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


# File, field, what it says, and the text there with what somebody wrote instead.
MISTAKES = r"""
ladder.yaml | colour | is not a field of the format | \ntitle: | \ncolour: red\n\ntitle:
ladder.yaml | policy.close_at | expected at most meets_at | close_at: 70 | close_at: 90
ladder.yaml | policy.meets_at | less than or equal to 100, got 101 | meets_at: 85 | meets_at: 101
levels.yaml | levels.1.band | expected a valid integer | band: 1 | band: one
levels.yaml | levels.1.track | the slug of a track, got 'trunkk' | track: trunk | track: trunkk
levels.yaml | levels.1.slug | expected text of the form ^[a-z0-9] | slug: apm | slug: A PM
levels.yaml | levels.1.short_title | at least 1 character | short_title: Associate PM | short_title: ""
levels.yaml | levels.1.short_title | NUL | short_title: Associate PM | short_title: "a\0b"
levels.yaml | | mapping values are not allowed | short_title: Associate PM | short_title: no: x
levels.yaml | | expected ',' or ']' | short_title: Associate PM | short_title: [x
levels.yaml | links.1.kind | expected 'promotion' or 'crossing' | kind: promotion | kind: sideways
milestones.yaml | milestones.1.levels | the slug of a level, got 'ceo' | levels: [pm] | levels: [ceo]
milestones.yaml | milestones.1.levels | at least 1 item | levels: [pm] | levels: []
expectations.yaml | expectations.apm.delivery | a step such as 2, 2* | delivery: "2*" | delivery: "2**"
expectations.yaml | expectations.apm.delivery | a step from 0 to 5, got 6 | delivery: "2*" | delivery: "6*"
expectations.yaml | expectations.apm.delivery | expected a valid dict | delivery: "2*" | delivery: [2]
expectations.yaml | expectations.apm.delivery | got True | delivery: "2*" | delivery: true
expectations.yaml | expectations.apm.delivery | 0 and a weight of 0 go | delivery: "2*" | delivery: {step: 3, weight: 0}
"""


def test_a_mistake_is_named_with_file_line_and_field(edited: Edit) -> None:
    for row in MISTAKES.strip().splitlines():
        file, field, expected, *texts = (part.strip() for part in row.split("|"))
        old, new = (text.replace("\\n", "\n") for text in texts)
        path = edited(file, old, new)
        (problem,) = problems(path)
        # The parser sees an unclosed bracket at the next line's first sign.
        first = line_of(path / file, new.strip().split("\n")[0])
        place, _, message = problem.partition(f": {field}: " if field else ": ")
        name, _, line = place.partition(":")
        assert name == file
        assert int(line) in ([first] if field else [first, first + 1]), row
        assert expected in message
        edited(file, new, old)


@pytest.mark.parametrize(
    ("file", "old", "new", "at", "said"),
    [
        (
            "levels.yaml",
            "    title: Associate",
            "    # title: ",
            "slug: apm",
            ["levels.yaml:LINE: levels.1.title: is missing"],
        ),
        # Of the whole file: there is no line to name.
        ("ladder.yaml", "\ntitle:", "\n# title:", "title:", ["/pm: title: is missing"]),
        (
            *("expectations.yaml", '    delivery: "2*"\n', "", "apm:"),
            ["expectations.apm: has no cell for 'delivery' (– means not expected)"],
        ),
        (
            *("expectations.yaml", "  apm:", "  apmx:", "apmx:"),
            [
                "expectations: has no row for the level 'apm'",
                "expectations.yaml:LINE: expectations.apmx: is not the slug of a level",
            ],
        ),
        # Twice.
        (*("levels.yaml", "band: 1", "band: 1\n    band: 9", "band: 9"), ["levels.yaml:LINE: found duplicate key"]),
        (
            *("levels.yaml", "", "\ntitle: Another\n", "title: Another"),
            ["levels.yaml:LINE: title: stands in another file already"],
        ),
        (
            *("levels.yaml", "", "\nexpectations:\n  apm: {}\n", "apm: {}"),
            ["expectations: stands in another file already"],
        ),
        (
            *("milestones.yaml", "slug: removed-problems", "slug: runs-a-small-area", "slug: runs-a-small-area"),
            ["milestones.2.slug: 'runs-a-small-area' stands in this list already"],
        ),
    ],
)
def test_what_is_missing_or_stands_twice_is_named(
    edited: Edit, file: str, old: str, new: str, at: str, said: list[str]
) -> None:
    path = edited(file, old, new)
    expected = [text.replace("LINE", str(line_of(path / file, at))) for text in said]
    assert all(text in problem for text, problem in zip(expected, problems(path), strict=True))


def test_steps_that_do_not_fit_the_ladder_are_named(edited: Edit, tmp_path: Path) -> None:
    file = tmp_path / "pm" / "competencies" / "all.yaml"
    for texts, said in (
        ([*"abcdef"], "has 6 entries, and the ladder has 5 steps"),
        ({6: "f"}, "expected a list with step 1 first, or a map such as {4: …} of steps that the ladder has"),
        ({"x": "f"}, "expected a list with step 1 first"),
        ([None] * 5, "has no sentence for any step"),
    ):
        document = YAML().load(file.read_text(encoding="utf-8"))
        document["competencies"][0]["full"] = texts
        (tmp_path / "pm" / "ladder.yaml").write_text("steps: 5\n" + (SHIPPED / "ladder.yaml").read_text())
        YAML().dump(document, file)
        (problem,) = problems(tmp_path / "pm")
        assert problem.startswith("competencies/all.yaml:")
        assert said in problem


def test_every_problem_is_said_at_once(edited: Edit) -> None:
    edited("levels.yaml", "band: 1", "band: one")
    edited("ladder.yaml", "meets_at: 85", "meets_at: lots")
    path = edited("expectations.yaml", 'delivery: "2*"', 'delivery: "2**"')
    assert {line.split(":")[0] for line in problems(path)} == {"levels.yaml", "ladder.yaml", "expectations.yaml"}
    assert len(problems(path)) == 3


def test_lists_of_several_files_are_joined_in_the_order_of_their_names() -> None:
    ladder, source = read_ladder(SHIPPED)
    held = [source.origins["competencies", n][0] for n in range(len(ladder.competencies))]
    assert held == sorted(held)
    assert len(set(held)) == len(ladder.areas)


# Anything at all


NO_LADDERS = [
    *("", "# only a note\n", "- a\n- b\n", "hello", "---\na: 1\n---\nb: 2\n", "1: x\n", "? [a, b]\n: x\n", "? \n: x\n"),
    *("a: b: c\n", '"', "{", "\t- x\n", "@", "%YAML 9.9\n---\nslug: no\n", "levels: !foo [1]\n"),
    *("levels: !foo\n  - a\n", "levels: &a [1]\nareas: *a\n", "policy: {<<: {meets_at: 85}}\n"),
    *("title: !foo bar\n", "policy: !foo {a: 1}\n", "levels: !!set {a, b}\n", "levels: !!omap [a: 1]\n"),
    *("title: 2024-01-01\n", "title: !!binary aGVsbG8=\n"),
    *("levels: &a [*a]\n", "policy: &a {x: *a}\n", "policy: {meets_at: .inf}\n", "policy: {meets_at: .nan}\n"),
    *("policy: {meets_at: " + "9" * 5_000 + "}\n", "title: " + "[" * 1_000),
    "".join(" " * n + "a:\n" for n in range(400)),
    *("levels: [{}, []]\n", 'title: "\0"\n', 'title: "\\ud800"\n', "title: *nothing\n"),
    'levels: !!python/object/apply:os.system ["exit 1"]\n',
]


def test_no_file_breaks_the_reader(tmp_path: Path) -> None:
    for text in NO_LADDERS:
        (tmp_path / "a.yaml").write_text(text, encoding="utf-8")
        assert problems(tmp_path), text


def test_aliases_of_aliases_end_before_the_memory_does(tmp_path: Path) -> None:
    steps = zip("abcdefg", "bcdefgh", strict=True)
    rows = [f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]" for before, name in steps]
    (tmp_path / "a.yaml").write_text("\n".join(["a: &a [x, x, x, x, x, x, x, x, x]", *rows]), encoding="utf-8")
    assert problems(tmp_path) == [f"a.yaml: holds more than {files.MAX_VALUES} values"]


def test_a_file_that_is_not_utf_8_is_named(tmp_path: Path) -> None:
    for content in ("slug: pm\n".encode("utf-16"), b"\xff\xfe\x00", b"title: \xe4\n"):
        (tmp_path / "a.yaml").write_bytes(content)
        assert problems(tmp_path) == ["a.yaml: is not UTF-8 text"]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 10)
    (tmp_path / "a.yaml").write_text("slug: pm-ladder\n", encoding="utf-8")
    assert problems(tmp_path) == ["a.yaml: is larger than 10 bytes"]


def test_a_place_without_a_ladder_is_named(tmp_path: Path) -> None:
    assert problems(tmp_path) == [f"{tmp_path}: holds no .yaml files"]
    assert problems(tmp_path / "missing.yaml") == ["missing.yaml: can't be read: No such file or directory"]


def test_a_cell_says_step_and_weight() -> None:
    cells: dict[Any, tuple[int, int]] = {2: (2, 2), "2": (2, 2), "4*": (4, 3), "(3)": (3, 1), " 5* ": (5, 3)}
    cells |= dict.fromkeys(("–", "-", ""), (0, 0))
    document = shipped_ladder().document()
    for cell, (step, weight) in cells.items():
        document["expectations"]["apm"]["delivery"] = cell
        ladder = LadderDocument.model_validate(document)
        assert ladder.expectations["apm"]["delivery"] == Expectation(step=step, weight=weight), cell


def test_what_is_written_reads_back_to_the_same(tmp_path: Path) -> None:
    document = shipped_ladder().document()
    file = tmp_path / "one.yaml"
    file.write_text(to_yaml(document), encoding="utf-8")
    again = read_ladder(file)[0]
    assert again == shipped_ladder()
    # A checksum is of what is said and not of how.
    assert checksum_of(again.document()) == checksum_of(document)
    assert checksum_of(dict(reversed(document.items()))) == checksum_of(document)
    assert checksum_of({**document, "title": "Another"}) != checksum_of(document)
