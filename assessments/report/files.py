"""A report as files: JSON with all inputs and outputs, CSV and XLSX for a spreadsheet."""

import csv
import io
from typing import Any

from tablib import Dataset

from assessments.models import Assessment
from assessments.report.report import Report
from assessments.scoring.values import NO_CHANCE

# A spreadsheet runs a cell that starts with one of these as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def as_json(assessment: Assessment, report: Report, milestones: list[str]) -> dict[str, Any]:
    """Everything needed to compute the result again: `manage.py score` takes this very file."""
    return {
        "framework": {"slug": report.rubric.slug, "version": report.rubric.version},
        "id": str(assessment.pk),
        "started_at": assessment.started_at.isoformat(),
        "submitted_at": assessment.submitted_at.isoformat() if assessment.submitted_at else None,
        "job_title": assessment.job_title,
        "held": report.held,
        "targets": list(report.targets),
        "specialisation": report.specialisation,
        "answers": dict(report.answers),
        "evidence": dict(report.evidence),
        "milestones": milestones,
        "result": report.result.as_json(),
    }


def table(report: Report) -> tuple[list[str], list[list[object]]]:
    """Heads, and one row for each competency: the answer, what the level held and each target ask, the evidence."""
    rubric = report.rubric
    levels = [*([report.held] if report.held else []), *(slug for slug in report.targets if slug != report.held)]
    asked = [f"{rubric.levels[slug].title}: {word}" for slug in levels for word in ("step asked", "weight", "gate")]
    rows = []
    for area, competencies in rubric.by_area:
        for competency in competencies:
            cells: list[object] = []
            for slug in levels:
                cell = rubric.specialised(slug, competency.slug, report.specialisation)
                cells += [cell.step, cell.weight, "yes" if cell.weight == 3 else ""]
            answer = report.answers.get(competency.slug)
            said = "" if answer is None else "no chance so far" if answer == NO_CHANCE else answer
            row = [area.name, competency.name, said, *cells, report.evidence.get(competency.slug, "")]
            rows.append([safe_cell(value) for value in row])
    return [str(safe_cell(head)) for head in ("area", "competency", "answer", *asked, "evidence")], rows


def as_csv(report: Report) -> str:
    heads, rows = table(report)
    out = io.StringIO()
    # Every cell is quoted: some programs guess dates and numbers from cells that are not.
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerow(heads)
    writer.writerows(rows)
    return out.getvalue()


def as_xlsx(report: Report) -> bytes:
    heads, rows = table(report)
    return bytes(Dataset(*rows, headers=heads, title="Report").export("xlsx", escape=True))


def safe_cell(value: object) -> object:
    """Keep a text from running as a formula where the file is opened: an apostrophe in front shows it as text."""
    if isinstance(value, str) and value.lstrip(" ").startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
