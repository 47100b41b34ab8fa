"""Reads files with lists as text: CSV in any encoding that a spreadsheet writes, and workbooks. Pure.

What had to be guessed or was left out is said beside the text, and an address is never taken from a guess.
"""

import codecs
import csv
import datetime
import io
import re
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from openpyxl import load_workbook
from openpyxl.utils import range_boundaries
from openpyxl.worksheet.worksheet import Worksheet

from people.texts import clean_line

# Unpacked: a small file may hold a very large one.
UNPACKED_MAX, PARTS_MAX = 5_000_000, 300
ROWS_MAX, COLUMNS_MAX = 2000, 100
# Of merged cells and links, of which openpyxl makes cells one by one: a range may name all cells that there can be.
SPANNED_MAX = 2 * ROWS_MAX * COLUMNS_MAX
REPLACED = "\ufffd"
_OLD_OR_LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# What spreadsheets wrote before UTF-8, and the letters by which they are told apart.
_OLDER = {"cp1252": "Windows-1252", "mac_roman": "Mac Roman"}
_LETTERS = "äöüßéèêëàâçîïôûùñáíóúøåæÄÖÜÉÈÇÑÁÅØ"
_BINARY = re.compile("[\x00-\x08\x0e-\x1a]")
# From one end to the other: starting at each letter of a long run would take time by the square of its length.
_RUN = re.compile(r'(?<![^\s,;|<>"])[^\s,;|<>"]++')
_NOT_ASCII = re.compile(r"[^\x00-\x7f]")


class UnreadableError(Exception):
    """Nothing could be read; the message is a sentence that says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file as text, a line for each row of a sheet, and sentences about what was guessed or left out."""

    text: str
    notes: list[str] = field(default_factory=list)


def read_file(raw: bytes) -> Brought:
    """The text of a file. Raises UnreadableError."""
    if raw.startswith(b"PK"):
        return _read_workbook(raw)
    if raw.startswith(_OLD_OR_LOCKED):
        raise UnreadableError(
            _("This workbook is locked, or of an old kind. Save it as XLSX without a password, or as CSV.")
        )
    text, guessed = _decoded(raw)
    text = text.rstrip("\x1a")  # the end of a text in DOS
    if _BINARY.search(text):
        raise UnreadableError(_("This is not a text file. Save it as CSV or XLSX."))
    if not guessed or text.isascii():
        return Brought(text)
    said = _(
        "The file doesn’t say which letters it was written in; it was read as %(encoding)s. "
        "Look whether all letters are right. If not, save it as “CSV UTF-8” and choose it again."
    )
    return Brought(_RUN.sub(_without_guesses, text), [said % {"encoding": guessed}])


def _decoded(raw: bytes) -> tuple[str, str]:
    """The text, and the name of its encoding if that is a guess."""
    try:
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            return raw.decode("utf-16"), ""
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF8)):
            raise UnreadableError(_("This file is damaged. Save it as “CSV UTF-8” and choose it again.")) from None
    # Windows first, which counts if both have as many letters that such lists hold.
    tries = [(raw.decode(name, "replace"), said) for name, said in _OLDER.items()]
    return max(tries, key=lambda item: sum(map(item[0].count, _LETTERS)))


def _without_guesses(run: re.Match[str]) -> str:
    """An address with another letter than was meant would be somebody else's."""
    return _NOT_ASCII.sub(REPLACED, run[0]) if "@" in run[0] else run[0]


# Workbooks


def _read_workbook(raw: bytes) -> Brought:
    try:
        _check_parts(raw)
        book = load_workbook(io.BytesIO(raw), data_only=True, keep_links=False)
        # What a program hides, nobody sees who looks the list over.
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible" and _is_filled(sheet)]
    except UnreadableError:
        raise
    except Exception as error:  # whatever the parsers below openpyxl raise for a damaged part
        raise UnreadableError(_("This workbook can’t be read. Save it as XLSX or CSV and choose it again.")) from error
    if len(sheets) > 1:
        names = ", ".join(f"“{clean_line(sheet.title)}”" for sheet in sheets)
        said = _("This workbook has several sheets: %(names)s. Keep the one with the list, or hide the others.")
        raise UnreadableError(said % {"names": names})
    return _text_of(sheets[0]) if sheets else Brought("")


def _check_parts(raw: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(raw)) as box:
        parts = box.infolist()
        if len(parts) > PARTS_MAX or sum(part.file_size for part in parts) > UNPACKED_MAX:
            raise UnreadableError(_("This workbook is too large. Save the list alone as CSV."))
        spanned = 0
        for part in parts:
            raw_part = box.read(part)
            # No spreadsheet writes one. An entity in it could grow without end.
            if b"<!DOCTYPE" in raw_part.replace(b"\0", b"").upper():
                raise UnreadableError(_("This workbook can’t be read. Save it as XLSX or CSV and choose it again."))
            spanned += _spanned(raw_part)
        if spanned > SPANNED_MAX:
            raise UnreadableError(_("This workbook is too large. Save the list alone as CSV."))


def _spanned(part: bytes) -> int:
    """The number of cells in ranges of a part that openpyxl makes cells of."""
    count = 0
    with suppress(ElementTree.ParseError):  # a picture, for one
        for _event, element in ElementTree.iterparse(io.BytesIO(part)):  # noqa: S314  - parts with entities are refused
            if element.tag.rpartition("}")[2] in {"mergeCell", "hyperlink"}:
                left, top, right, bottom = range_boundaries(element.get("ref", "A1"))
                count += (right - left + 1) * (bottom - top + 1)
            element.clear()
    return count


def _is_filled(sheet: Worksheet) -> bool:
    if sheet.max_row > ROWS_MAX or sheet.max_column > COLUMNS_MAX:
        said = _("A sheet may have %(rows)d rows and %(columns)d columns. Bring the list in parts.")
        raise UnreadableError(said % {"rows": ROWS_MAX, "columns": COLUMNS_MAX})
    return any(_words(value) for row in sheet.iter_rows(values_only=True) for value in row)


def _text_of(sheet: Worksheet) -> Brought:
    """The sheet as CSV with a line for each row, so that a line's number is the row's."""
    hidden_rows = {number for number, row in sheet.row_dimensions.items() if row.hidden}
    hidden_columns = {
        number
        for column in sheet.column_dimensions.values()
        if column.hidden
        for number in range(column.min or 0, min(column.max or 0, COLUMNS_MAX) + 1)
    }
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", lineterminator="\n")
    left_out = 0
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        cells = [_words(value) for column, value in enumerate(row, 1) if column not in hidden_columns]
        is_filled = any(cells)
        left_out += number in hidden_rows and is_filled
        if is_filled and number not in hidden_rows:
            writer.writerow(cells)
        else:
            out.write("\n")
    return Brought(out.getvalue(), _notes(left_out, len(hidden_columns)))


def _notes(rows: int, columns: int) -> list[str]:
    notes = []
    if rows:
        said = ngettext("%(count)d hidden row was left out.", "%(count)d hidden rows were left out.", rows)
        notes.append(said % {"count": rows})
    if columns:
        notes.append(_("Hidden columns were left out."))
    return notes


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, datetime.date | datetime.time):
        # A workbook has days as the midnight they begin with.
        return value.isoformat().removesuffix("T00:00:00")
    return clean_line(str(value))
