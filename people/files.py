"""Files to keep: tables as CSV and XLSX that no spreadsheet runs, and the response that hands a file over."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

from django.http import HttpResponse
from django.utils.http import content_disposition_header
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# A spreadsheet runs a cell that starts with one of these as a formula.
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What XML can't hold makes a workbook that no program opens; rows from before names were cleaned may have it.
_NOT_IN_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def csv_file(heads: Iterable[object], rows: Iterable[Iterable[object]]) -> bytes:
    """A table in UTF-8. Every cell is quoted, or programs would make dates and numbers of texts."""
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([safe_cell(cell) for cell in row] for row in (heads, *rows))
    # Without the byte order mark Excel takes UTF-8 for an older encoding and garbles names.
    return ("\ufeff" + out.getvalue()).encode()


def safe_cell(value: object) -> object:
    """A text with an apostrophe in front if a spreadsheet would run it: CSV has no other way to call it a text."""
    if not isinstance(value, str):
        return value
    text = _NOT_IN_XML.sub(" ", value)
    return f"'{text}" if is_formula(text) else text


def is_formula(text: str) -> bool:
    return text.lstrip(" ").startswith(FORMULA_STARTS)


def xlsx_file(title: str, heads: Sequence[object], rows: Iterable[Sequence[object]]) -> bytes:
    """A table as a workbook of one sheet, its head bold and in sight. Texts are stored as texts, whatever they say."""
    book = Workbook()
    sheet = book.active
    sheet.title, sheet.freeze_panes = title, "A2"
    for number, row in enumerate((heads, *rows), 1):
        for column, value in enumerate(row, 1):
            cell = sheet.cell(number, column)
            if not isinstance(value, str):
                cell.value = value
                continue
            text = _NOT_IN_XML.sub(" ", value)
            # openpyxl takes "=1+1" for a formula; the quote prefix keeps it a text when somebody edits the cell.
            cell.value, cell.data_type, cell.quotePrefix = text, "s", is_formula(text)
            cell.alignment = Alignment(wrap_text="\n" in text)
            cell.font = Font(bold=number == 1)
    for column, cells in enumerate(sheet.columns, 1):
        longest = max(len(line) for cell in cells for line in str(cell.value or "").split("\n"))
        sheet.column_dimensions[get_column_letter(column)].width = min(max(longest, 4), 60)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def file_response(body: str | bytes, name: str, content_type: str) -> HttpResponse:
    """A file to keep under a name; a text has the charset in its content type."""
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or ""}
    return HttpResponse(body, content_type=content_type, headers=headers)
