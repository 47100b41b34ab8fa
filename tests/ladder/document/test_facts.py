"""Each fact that the shipped ladder is to tell has a place where it stands: facts.tsv names it, and this looks.

A row is the number of the fact, the file and the part that tell it, and words of the sentence that does; or, without a
file, the page or the rule where the code tells it.
"""

import csv
import re
from functools import cache
from pathlib import Path

LADDER = Path("fixtures/ladders/pm")
TABLE = (Path(__file__).parent / "facts.tsv").read_text(encoding="utf-8").splitlines()
ROWS = list(csv.DictReader(TABLE, delimiter="\t", quoting=csv.QUOTE_NONE))


@cache
def text_of(name: str) -> str:
    """A file of the ladder as one line: where its lines break says nothing."""
    found = next(path for path in LADDER.rglob(name))
    return re.sub(r"\s+", " ", found.read_text(encoding="utf-8"))


def test_each_fact_is_told_where_the_table_says() -> None:
    told = [row for row in ROWS if row["file"]]
    assert len(told) > 550
    missing = [row["id"] for row in told if re.sub(r"\s+", " ", row["phrase"]) not in text_of(row["file"])]
    assert missing == []


def test_each_fact_has_a_place() -> None:
    assert [row["id"] for row in ROWS if not row["file"] and not row["place"]] == []
