"""docs/asvs.md and docs/trust.md: complete, and every test, file and command that they name exists."""

import ast
import re
from collections import Counter
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ASVS = (ROOT / "docs/asvs.md").read_text(encoding="utf-8")
TRUST = (ROOT / "docs/trust.md").read_text(encoding="utf-8")
ROWS = [
    [cell.strip() for cell in line.strip("| ").split(" | ")]
    for line in ASVS.splitlines()
    if re.match(r"\| \d+\.\d+\.\d+ \|", line)
]
# How many requirements of levels 1 and 2 each chapter of ASVS 5.0.0 has; 70 of all are of level 1.
CHAPTERS = {1: 27, 2: 11, 3: 19, 4: 10, 5: 9, 6: 35, 7: 18, 8: 7, 9: 7, 10: 29, 11: 14, 12: 9, 13: 13, 14: 9, 15: 13}
CHAPTERS |= {16: 16, 17: 7}


@cache
def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name.startswith("test_")}


def test_every_requirement_is_there_once_and_in_order() -> None:
    numbers = [tuple(map(int, row[0].split("."))) for row in ROWS]
    assert numbers == sorted(set(numbers))
    assert Counter(number[0] for number in numbers) == CHAPTERS
    assert Counter(row[1] for row in ROWS) == {"1": 70, "2": 183}


def test_the_head_counts_what_the_rows_say() -> None:
    states = Counter(row[3] for row in ROWS)
    assert set(states) == {"met", "n/a", "open"}
    head = f"{states['met']} are met, {states['n/a']} do not apply, {states['open']} are open."
    assert head in ASVS


def is_missing(name: str) -> bool:
    """Whether something that a row names between backticks is a file or a test, and is not there."""
    file, _, test = name.partition("::")
    if test:
        return not (ROOT / file).is_file() or test not in names_in(ROOT / file)
    return "/" in name and " " not in name and not name.startswith("/") and not (ROOT / name).exists()


def test_what_the_rows_name_exists() -> None:
    assert len(ROWS) > 200
    assert [row[0] for row in ROWS if len(row) != 5 or not row[4]] == []
    assert [(row[0], name) for row in ROWS for name in re.findall(r"`([^`]+)`", row[4]) if is_missing(name)] == []


def test_the_figures_name_what_made_them() -> None:
    lines = [line for line in TRUST.splitlines() if line.startswith("| ")]
    assert lines[0] == "| what | figure | command | date |"
    for line in lines[1:]:
        what, figure, command, date = [cell.strip() for cell in line.strip("| ").split(" | ")]
        assert what
        assert re.search(r"\d", figure)
        assert re.fullmatch(r"\d{4}-\d\d-\d\d", date)
        (said,) = re.findall(r"`([^`]+)`", command)
        named = re.findall(r"\b(?:tests|trials)/[\w/]+\.py", said)
        named += [f"{name.replace('.', '/')}.py" for name in re.findall(r"-m (trials[\w.]+)", said)]
        assert [path for path in named if not (ROOT / path).is_file()] == []
