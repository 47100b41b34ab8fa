"""A report as files: JSON with all inputs and outputs, and a table for spreadsheets."""

from typing import Any

from django.utils import timezone

from assessments.models import Assessment
from assessments.report.report import Report
from assessments.scoring.values import NO_CHANCE, RULE
from ladder.document.kinds import MUST_HAVE


def as_json(assessment: Assessment, report: Report, milestones: list[str]) -> dict[str, Any]:
    """Everything needed to compute the result again: `manage.py score` takes this very file.

    A result of an earlier rule is the stored one, unless the report was computed again.
    """
    ladder = {"slug": report.rubric.slug, "version": report.rubric.version}
    return {
        "rule": 1 if report.is_as_it_was else RULE,
        "ladder": ladder,
        "framework": ladder,
        "id": str(assessment.pk),
        "started_at": timezone.localtime(assessment.started_at).isoformat(),
        "submitted_at": timezone.localtime(assessment.submitted_at).isoformat() if assessment.submitted_at else None,
        "job_title": assessment.job_title,
        "held": report.held,
        "targets": list(report.targets),
        "specialisation": report.specialisation,
        "small_company": assessment.small_company,
        "programme": assessment.programme,
        "answers": dict(report.answers),
        "evidence": dict(report.evidence),
        "milestones": milestones,
        "result": report.earlier if report.is_as_it_was else report.result.as_json(),
    }


def table(report: Report) -> tuple[list[str], list[list[object]]]:
    """Heads, and one row for each competency: the answer, what the level held and each target ask, the evidence."""
    rubric = report.rubric
    levels = list(dict.fromkeys((*([report.held] if report.held else []), *report.result.wishes)))
    asked = [
        f"{rubric.levels[slug].title}: {word}" for slug in levels for word in ("step asked", "weight", "must-have")
    ]
    rows = []
    for area, competencies in rubric.by_area:
        for competency in competencies:
            cells: list[object] = []
            for slug in levels:
                cell = rubric.specialised(slug, competency.slug, report.specialisation)
                cells += [cell.step, cell.weight, "yes" if cell.weight == MUST_HAVE else ""]
            answer = report.answers.get(competency.slug)
            said = "" if answer is None else "no chance so far" if answer == NO_CHANCE else answer
            rows.append([area.name, competency.name, said, *cells, report.evidence.get(competency.slug, "")])
    return ["area", "competency", "answer", *asked, "evidence"], rows
