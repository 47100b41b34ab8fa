"""Tables to download say what was typed, and no program runs or refuses them."""

import csv
import io

import openpyxl
from hypothesis import given
from hypothesis import strategies as st

from people.files import csv_file, safe_cell, xlsx_file

FORMULAS = [
    *("=1+1", "+1", "-1+2", "@SUM(A1:A9)", "\t=1+1", "\r=1+1", "\n=1+1", " =1+1", "   @x"),
    *("＝1+1", "＋1", "－1", "＠x"),
    '=HYPERLINK("https://elsewhere.example","x")',
    "=cmd|' /C calc'!A0",
]
PLAIN = ["Shipped = done", "1+1", "a@b", "'=quoted", "", "–1", "2026-11-29", "1e5", "TRUE", "#N/A", "- one\n- two"]


def cells_of(body: bytes) -> list[tuple[object, ...]]:
    sheet = openpyxl.load_workbook(io.BytesIO(body)).active
    assert sheet is not None
    assert not [cell for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    return list(sheet.iter_rows(values_only=True))


def test_a_csv_cell_never_runs_and_other_text_is_left_alone() -> None:
    assert [safe_cell(text) for text in FORMULAS] == [f"'{text}" for text in FORMULAS]
    plain = [text for text in PLAIN if not text.startswith("-")]
    assert [safe_cell(value) for value in (*plain, 3)] == [*plain, 3]


def test_a_workbook_keeps_texts_as_they_were_typed() -> None:
    """No apostrophe before a bullet, no formula, no error value; numbers stay numbers."""
    texts = [text for text in (*FORMULAS, *PLAIN) if text and "\r" not in text]
    assert cells_of(xlsx_file("Report", ["=head", "number"], [[text, 3] for text in texts])) == [
        ("=head", "number"),
        *((text, 3) for text in texts),
    ]


@given(st.text(st.characters(codec=None), max_size=20))
def test_any_text_makes_a_file(text: str) -> None:
    """A vertical tab or half a surrogate in an old row was an error 500."""
    (_, (cell, last)) = cells_of(xlsx_file("Report", ["text", "end"], [[text, "end"]]))
    assert last == "end"
    assert isinstance(cell, str | None)
    rows = list(csv.reader(io.StringIO(csv_file(["text"], [[text]]).decode("utf-8-sig"))))
    assert rows[0] == ["text"]
