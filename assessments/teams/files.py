"""The matrix as CSV and XLSX, with the rows and cells of the page: a file must say nothing that the page hides."""

import csv
import io

from django.utils.translation import gettext as _
from tablib import Dataset

from assessments.report.files import safe_cell
from assessments.teams import words
from assessments.teams.matrix import Matrix


def table(matrix: Matrix) -> tuple[list[str], list[list[object]]]:
    """Column heads, and the rows of all pages; each step is followed by what the person's own level asks."""
    heads = [_("Name"), _("Level"), _("Status"), _("Place"), _("Date")]
    for competency in matrix.competencies:
        heads += [competency.name, _("%(name)s: asked") % {"name": competency.name}]
    rows = []
    for row in matrix.shown:
        person = row.person
        said: list[object] = [
            person.name,
            row.level_title,
            str(words.STATUS[person.status]),
            words.place(row),
            person.last.date().isoformat() if person.last else "",
        ]
        for cell in matrix.cells(row):
            answer: object = cell.answer if cell.step is not None else "n" if cell.answer else ""
            said += [answer, "" if cell.asked is None else cell.asked]
        if not row.cells:
            said += [""] * (2 * len(matrix.competencies))
        rows.append([safe_cell(value) for value in said])
    return [str(safe_cell(head)) for head in heads], rows


def as_csv(matrix: Matrix) -> bytes:
    heads, rows = table(matrix)
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(heads)
    writer.writerows(rows)
    # Without the byte order mark Excel takes UTF-8 for an older encoding and garbles names.
    return ("\ufeff" + out.getvalue()).encode()


def as_xlsx(matrix: Matrix) -> bytes:
    heads, rows = table(matrix)
    return bytes(Dataset(*rows, headers=heads, title=_("Team")).export("xlsx", escape=True))
