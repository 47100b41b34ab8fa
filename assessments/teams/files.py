"""The matrix as a table for files, with the rows and cells of the page: a file must say nothing that the page hides."""

from django.utils import timezone
from django.utils.translation import gettext as _

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
            row.place,
            timezone.localdate(person.last).isoformat() if person.last else "",
        ]
        for cell in matrix.cells(row):
            answer: object = cell.answer if cell.step is not None else "n" if cell.answer else ""
            said += [answer, "" if cell.asked is None else cell.asked]
        if not row.cells:
            said += [""] * (2 * len(matrix.competencies))
        rows.append(said)
    return heads, rows
