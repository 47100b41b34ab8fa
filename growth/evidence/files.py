"""The evidence log as CSV, Markdown and JSON, and reading CSV and Markdown back, line by line."""

import csv
import datetime
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from growth.evidence.dates import Order, order_in, readings
from growth.evidence.forms import EvidenceForm
from growth.models import EvidenceEntry
from ladder.rubric import Rubric
from people.files import csv_file, is_formula

# The columns of a file in their order, each with other heads that are read as the same.
COLUMNS: dict[str, tuple[str, ...]] = {
    "date": ("happened_on", "when", "day"),
    "problem": ("situation",),
    "approach": ("what i did", "action", "did", "entry", "text"),
    "outcome": ("result", "what changed", "impact"),
    "measure": ("measured by", "metric"),
    "before": ("from",),
    "after": ("to",),
    "competencies": ("competency", "skills", "skill"),
    "link": ("url",),
}
LABELS = {
    "problem": "Problem",
    "approach": "Approach",
    "outcome": "Result",
    "measure": "Measured by",
    "before": "From",
    "after": "To",
    "competencies": "Competencies",
    "link": "Link",
}
CHARACTERS_MAX, ROWS_MAX = 500_000, 1000
_FIELD = {name: "happened_on" if name == "date" else name for name in COLUMNS}
_HEADS = {alias: name for name, aliases in COLUMNS.items() for alias in (name, *aliases)}
_LABEL_OF = {label.lower(): name for name, label in LABELS.items()}
_DATE = r"(\d{4}-\d{2}-\d{2})"
_HEADING = re.compile(rf"^##\s+{_DATE}\s*$")
_BULLET = re.compile(rf"^[-*]\s+{_DATE}\s*[:–—-]?\s+(\S.*)$")
_LABEL = re.compile(rf"^\*\*({'|'.join(LABELS.values())}):\*\*[ \t]?(.*)$", re.IGNORECASE)
_GUARDED = ("#", "**", "\\", "- ", "* ")


@dataclass
class ImportedEntry:
    """An entry read from a file: the line it begins on (from 1), its fields as text, and what is wrong with it."""

    line: int
    said: dict[str, str]
    errors: list[str] = field(default_factory=list)
    # The cleaned data of EvidenceForm; empty if there are errors.
    entry: dict[str, Any] = field(default_factory=dict)
    is_there: bool = False
    # The two days of a date, where nobody said what comes first.
    may_mean: dict[Order, datetime.date] = field(default_factory=dict)

    @property
    def is_new(self) -> bool:
        return not self.errors and not self.is_there


# Writing


def _fields_of(entry: EvidenceEntry) -> dict[str, str]:
    said = {name: str(getattr(entry, _FIELD[name])) for name in COLUMNS if name not in {"date", "competencies"}}
    return {"date": entry.happened_on.isoformat(), **said, "competencies": "; ".join(entry.competencies)}


def as_csv(entries: Iterable[EvidenceEntry]) -> bytes:
    return csv_file(COLUMNS, ([_cell(said[name]) for name in COLUMNS] for said in map(_fields_of, entries)))


def _cell(text: str) -> str:
    """Reading removes one apostrophe, so that a text which begins with one gets a second."""
    return f"'{text}" if text.startswith("'") else text


def as_json(entries: Iterable[EvidenceEntry]) -> list[dict[str, object]]:
    return [{**_fields_of(entry), "competencies": entry.competencies} for entry in entries]


def as_markdown(entries: Iterable[EvidenceEntry]) -> str:
    parts = ["# Evidence log"]
    for entry in entries:
        said = _fields_of(entry)
        parts.append(f"## {said['date']}")
        parts += [f"**{label}:** {_guarded(said[name])}" for name, label in LABELS.items() if said[name]]
    return "\n\n".join(parts) + "\n"


def _guarded(text: str) -> str:
    """Put a backslash before lines that would read as a heading, label or bullet. The first line follows its label."""
    first, *others = text.split("\n")
    lines = [first, *("\\" + line if line.lstrip(" ").startswith(_GUARDED) else line for line in others)]
    return "\n".join(lines)


# Reading


def read(text: str, rubric: Rubric, order: Order = "") -> list[ImportedEntry]:
    """The entries of a file, each checked by EvidenceForm. With a dated heading or bullet it is Markdown, else CSV.

    `order` says what comes first in dates such as 04/05/2026, where the file's other dates leave it open.
    """
    lines = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    is_markdown = any(_HEADING.match(line) or _BULLET.match(line) for line in lines)
    rows = list(_markdown_rows(lines) if is_markdown else _csv_rows(lines))
    order = order_in(row.said.get("date", "") for row in rows) or order
    for row in rows:
        _check(row, rubric, order)
    return rows


def _markdown_rows(lines: list[str]) -> Iterator[ImportedEntry]:
    row: ImportedEntry | None = None
    at = "approach"
    for number, line in enumerate(lines, 1):
        heading, bullet, label = _HEADING.match(line), _BULLET.match(line), _LABEL.match(line)
        if heading or bullet:
            if row:
                yield _stripped(row)
            row, at = ImportedEntry(number, {"date": (heading or bullet)[1]}), "approach"  # type: ignore[index]
            if bullet:
                row.said["approach"] = bullet[2]
        elif row and label:
            at = _LABEL_OF[label[1].lower()]
            row.said[at] = label[2]
        elif row:
            is_guarded = line.startswith("\\") and line[1:].lstrip(" ").startswith(_GUARDED)
            text = line[1:] if is_guarded else line
            row.said[at] = f"{row.said[at]}\n{text}" if at in row.said else text
    if row:
        yield _stripped(row)


def _stripped(row: ImportedEntry) -> ImportedEntry:
    row.said = {name: text.strip() for name, text in row.said.items()}
    return row


def _csv_rows(lines: list[str]) -> Iterator[ImportedEntry]:
    head = next((line for line in lines if line.strip()), "")
    between = max(",;\t", key=head.count)
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=between)
    names: list[str] = []
    begins = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield ImportedEntry(begins, {}, [_("This line can’t be read as a table.")])
            begins = reader.line_num + 1
            continue
        line, begins = begins, reader.line_num + 1
        if not any(cell.strip() for cell in cells):
            continue
        if not names:
            names = [_HEADS.get(cell.strip().lower(), "") for cell in cells]
            if "approach" not in names or "date" not in names:
                yield ImportedEntry(
                    line, {}, [_("The first line names the columns; “date” and “approach” must be among them.")]
                )
                return
            continue
        said = {name: _plain(cell) for name, cell in zip(names, cells, strict=False) if name}
        yield ImportedEntry(line, said)


def _plain(cell: str) -> str:
    """The text of a cell without the apostrophe that writing put before it."""
    cell = cell.strip()
    is_ours = cell.startswith("''") or (cell.startswith("'") and is_formula(cell[1:]))
    return cell[1:] if is_ours else cell


def _check(row: ImportedEntry, rubric: Rubric, order: Order) -> None:
    if row.errors:
        return
    slugs, unknown = _competencies(row.said.get("competencies", ""), rubric)
    row.errors += [_("No competency is called “%(name)s”.") % {"name": name[:60]} for name in unknown]
    days = readings(row.said.get("date", ""))
    if len(days) > 1 and order not in days:
        row.may_mean = days
        row.errors.append(_("Does the day or the month come first?"))
    elif not days:
        row.errors.append(_("Write the date as 2026-05-04."))
    if row.may_mean or not days:
        return
    data: dict[str, Any] = {_FIELD[name]: text for name, text in row.said.items()}
    data |= {"competencies": slugs, "happened_on": days[order if order in days else ""]}
    form = EvidenceForm(data, rubric=rubric)
    if form.is_valid():
        row.entry = form.cleaned_data
    for name, errors in form.errors.items():
        label = form.fields[name].label if name in form.fields else ""
        row.errors += [f"{label} – {error}" for error in errors]


def _competencies(text: str, rubric: Rubric) -> tuple[list[str], list[str]]:
    """The slugs of competencies given by slug or name, and what was not found. Some names contain a comma, none a
    semicolon, so a comma separates only where the whole is no name."""
    known = {item.name.lower(): slug for slug, item in rubric.competencies.items()}
    known |= rubric.now.competencies
    named = [part.strip() for part in text.split(";") if part.strip()]
    found: list[str] = []
    unknown: list[str] = []
    for name in named:
        parts = [name] if name.lower() in known else [part.strip() for part in name.split(",") if part.strip()]
        for part in parts:
            slug = known.get(part.lower(), "")
            (found if slug else unknown).append(slug or part)
    return list(dict.fromkeys(found)), unknown


def mark_known(rows: list[ImportedEntry], entries: Iterable[EvidenceEntry]) -> None:
    """Mark rows that the log or an earlier row has with the same day and words: a second import would double them."""
    there: set[tuple[datetime.date, str]] = {(entry.happened_on, entry.approach) for entry in entries}
    for row in rows:
        if row.errors:
            continue
        key = (row.entry["happened_on"], row.entry["approach"])
        row.is_there = key in there
        there.add(key)
