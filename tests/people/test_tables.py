"""Files with lists of people: every encoding that spreadsheets write, workbooks, and what is no list."""

import io
import zipfile
from typing import Any

import pytest
from openpyxl import Workbook

from people.tables import UNPACKED_MAX, UnreadableError, read_file
from tests.people.organisations.test_guest_lists import nobody_is_there, said

__all__ = ["nobody_is_there"]
TABLE = "E-Mail;Vorname;Nachname;Équipe\r\nada@x.example;Zoë;Müller;Search\r\n"
READ = ["ada@x.example / Zoë Müller / Search"]


@pytest.mark.parametrize(
    ("raw", "guessed"),
    [
        (TABLE.encode(), ""),
        (TABLE.encode("utf-8-sig"), ""),
        (TABLE.replace(";", "\t").encode("utf-16"), ""),
        (b"\xfe\xff" + TABLE.encode("utf-16-be"), ""),
        (TABLE.encode("cp1252"), "Windows-1252"),
        (TABLE.replace(";", ",").encode("mac_roman"), "Mac Roman"),
        (f"sep=;\r\n{TABLE}".encode("cp1252"), "Windows-1252"),
        (f"{TABLE}\x1a".encode(), ""),
    ],
)
def test_every_encoding_that_excel_writes(raw: bytes, guessed: str) -> None:
    brought = read_file(raw)
    assert said(brought.text) == READ
    assert [guessed in note for note in brought.notes] == ([True] if guessed else [])


def test_no_address_is_used_with_guessed_letters() -> None:
    brought = read_file("email;name\nanna@münchen.example;Zoë\nben@x.example;Jörg\n".encode("cp1252"))
    assert said(brought.text) == ["ben@x.example / Jörg", "!2 anna@m\ufffdnchen.example;Zoë"]


def workbook(rows: list[list[Any]], change: Any = None) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _hide(book: Workbook) -> None:
    book.active.row_dimensions[3].hidden = True
    book.active.column_dimensions["C"].hidden = True


def _hide_without_end(book: Workbook) -> None:
    book.active.column_dimensions.group("C", "XFD", hidden=True)
    book.active.merge_cells("A5:B9")


def _more(book: Workbook) -> None:
    book.create_sheet("Old").append(["ben@x.example"])


def _more_hidden(book: Workbook) -> None:
    _more(book)
    book["Old"].sheet_state = "hidden"


@pytest.mark.parametrize(
    ("rows", "change", "outcome"),
    [
        ([["E-Mail", "Name"], ["ada@x.example", "Lovelace, Ada"]], None, ["ada@x.example / Ada Lovelace"]),
        # A line of the text is a row of the sheet, blank ones too.
        ([[], ["Email", "Name"], [], ["ada@x", "A\nda"]], None, ["!4 ada@x;A da"]),
        ([["Email"], ["ada@x.example"]], None, ["ada@x.example"]),
        ([["Email"], ["a@x.example; b@x.example"]], None, ["a@x.example", "b@x.example"]),
        ([["Email", "Team"], ["ada@x.example", 2.0]], None, ["!2 ada@x.example;2"]),
        ([["Email", "Name", "Pay"], ["a@x.example", "A", 1], ["b@x.example", "B", 2]], _hide, ["a@x.example / A"]),
        ([["ada@x.example"]], _more_hidden, ["ada@x.example"]),
        ([["Email", "Name", "Pay"], ["a@x.example", "A", 1]], _hide_without_end, ["a@x.example / A"]),
        ([["Email", "Manager email"], ["ada@x.example", "b@x.example"]], None, ["refused: Manager email"]),
    ],
)
def test_workbooks(rows: list[list[Any]], change: Any, outcome: list[str]) -> None:
    brought = read_file(workbook(rows, change))
    assert said(brought.text) == outcome
    assert bool(brought.notes) == (change in {_hide, _hide_without_end})


def _far(book: Workbook) -> None:
    book.active.cell(1_000_000, 1, "ben@x.example")


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (workbook([["ada@x.example"]], _more), "several sheets: “Sheet”, “Old”"),
        (workbook([["ada@x.example"]], _far), "in parts"),
        (workbook([["ada@x.example"]])[:-200], "can’t be read"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "locked, or of an old kind"),
        (b"\x89PNG\r\n\x1a\n\0\0", "not a text file"),
        (b"\xff\xfe\x00", "damaged"),
        (b"\xef\xbb\xbf\xff", "damaged"),
    ],
)
def test_files_that_are_no_list(raw: bytes, why: str) -> None:
    with pytest.raises(UnreadableError, match=why):
        read_file(raw)


def _repacked(raw: bytes, change: Any) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as box, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in box.namelist():
            new.writestr(name, change(name, box.read(name)))
    return out.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_workbook_that_unpacks_without_end_is_refused(encoding: str) -> None:
    good = workbook([["ada@x.example"]])
    bomb = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><x>&a;</x>'.encode(encoding)
    for change in (
        lambda name, raw: bomb if name.endswith("sheet1.xml") else raw,
        lambda name, raw: b" " * (UNPACKED_MAX + 1) if name.endswith("theme1.xml") else raw,
        *(
            lambda _name, raw, more=more: raw.replace(b"</sheetData>", b"</sheetData>" + more)
            for more in (
                b'<mergeCells><mergeCell ref="A1:XFD1048576"/></mergeCells>',
                b"<mergeCells><mergeCell ref='&#65;1:XFD1048576'/></mergeCells>",
                b'<hyperlinks><hyperlink ref="A1:XFD1048576" location="A1"/></hyperlinks>',
            )
        ),
    ):
        with pytest.raises(UnreadableError):
            read_file(_repacked(good, change))
