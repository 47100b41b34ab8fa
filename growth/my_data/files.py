"""A person's document as a ZIP: JSON for machines, CSV and Markdown for people, and a README."""

import io
import json
import zipfile
from typing import Any

from django.utils.text import slugify

from growth.cases.cases import as_markdown, sections_among
from growth.models import Case
from growth.my_data.document import document_of
from people.files import csv_file
from people.models import User

DATA = "data.json"
README = """Your data in Rungwise

data.json    everything, for machines; `manage.py import_person` reads it back. Its fields stand in docs/my-data.md.
*.csv        your answers, your evidence and your plan as tables, for a spreadsheet.
cases/       your cases for a promotion, as Markdown.

What others wrote is in it only as far as you can read it on the site today. Passwords, sessions and the secrets of
links are not in it. Keep the file where nobody else reads it.
"""
# Table → the columns of its CSV file.
_COLUMNS = {
    "ratings": ("assessment", "competency", "step", "no_chance", "evidence", "updated_at"),
    "evidence": ("happened_on", "problem", "approach", "outcome", "measure", "before", "after", "competencies", "link"),
    "plan": ("text", "competency", "state", "due_on", "done_on", "first_step", "done_when"),
}


def zip_of(user: User) -> bytes:
    """The ZIP with everything of a person, made in memory."""
    document = document_of(user)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr("README.txt", README)
        box.writestr(DATA, json.dumps(document, ensure_ascii=False, indent=1))
        for name, columns in _COLUMNS.items():
            box.writestr(f"{name}.csv", _csv(document["tables"][name], columns))
        for number, (title, text) in enumerate(_cases(user), 1):
            box.writestr(f"cases/{number}-{slugify(title)[:60] or 'case'}.md", text)
    return out.getvalue()


def _csv(rows: list[dict[str, Any]], columns: tuple[str, ...]) -> bytes:
    cells = ([row[name] for name in columns] for row in rows)
    return csv_file(columns, (["; ".join(cell) if isinstance(cell, list) else cell for cell in row] for row in cells))


def _cases(user: User) -> list[tuple[str, str]]:
    cases = Case.objects.filter(owner=user, organisation=user.home_id).prefetch_related("sections")
    return [
        (case.title, as_markdown(case, sections_among(case.sections.all())))
        for case in cases.order_by("created_at", "pk")
    ]
