"""A report as files: JSON from which anybody computes the result again, CSV that runs nothing where it is opened."""

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from assessments.models import Assessment
from assessments.report.files import table
from assessments.report.inputs import Inputs
from assessments.report.report import build_report
from assessments.scoring.values import NO_CHANCE
from ladder.models import load
from ladder.rubric import Rubric
from people.files import csv_file
from people.models import User
from tests.factories import exact_profile, make_assessment, shipped_ladder

pytestmark = pytest.mark.django_db
SENIOR = exact_profile("senior-pm")


def make_report(member: User, **fields: Any) -> Assessment:
    answers = SENIOR | {"strategy": 5, "team-building": NO_CHANCE}
    del answers["culture"]
    return make_assessment(member, **({"held": "senior-pm", "answers": answers, "submitted": True} | fields))


def json_of(client: Client, report: Assessment) -> dict[str, Any]:
    response = client.get(f"/reports/{report.pk}.json")
    assert response.status_code == 200
    return dict(json.loads(response.content))


def rows_of(client: Client, report: Assessment) -> list[list[str]]:
    response = client.get(f"/reports/{report.pk}.csv")
    assert response.status_code == 200
    assert response.content.startswith(b"\xef\xbb\xbf"), "not marked as UTF-8"
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"), newline="")))


def computed_again(document: dict[str, Any], folder: Path) -> Any:
    """What `manage.py score` prints from a report's own file."""
    file = folder / "report.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    out = io.StringIO()
    call_command("score", answers=str(file), stdout=out)
    return json.loads(out.getvalue())


def test_the_json_holds_all_that_went_in(member_client: Client, member: User) -> None:
    report = make_report(member, evidence={"data": "Löste ein Problem"}, specialisation="growth", job_title="Growth PM")
    milestone = report.rubric.ladder.milestones[0].slug
    member_client.post(f"/reports/{report.pk}/milestones/{milestone}/", {"value": "on"})
    document = json_of(member_client, report)
    assert document["framework"] == {"slug": "pm", "version": 1}
    assert document["answers"] == report.answers()
    assert (document["answers"]["team-building"], document["answers"]["strategy"]) == ("no_chance", 5)
    assert "culture" not in document["answers"]
    assert (document["held"], document["targets"]) == ("senior-pm", ["staff-pm", "group-pm"])
    assert (document["specialisation"], document["job_title"]) == ("growth", "Growth PM")
    assert document["evidence"] == {"data": "Löste ein Problem"}
    assert document["milestones"] == [milestone]
    assert document["id"] == str(report.pk)
    assert document["submitted_at"] == report.submitted_at.isoformat()


def test_the_command_line_computes_the_same_from_the_file(member_client: Client, member: User, tmp_path: Path) -> None:
    for fields in (
        {"specialisation": "technical"},
        {"held": "pm", "targets": ["director"]},
        {"held": "cpo", "targets": []},
        {"held": None, "targets": ["apm"]},
        {"held": None, "targets": []},
        {"answers": {"data": NO_CHANCE}},
    ):
        document = json_of(member_client, make_report(member, **fields))
        assert computed_again(document, tmp_path) == document["result"], fields


def test_a_report_is_computed_again_with_its_own_version(member_client: Client, member: User, tmp_path: Path) -> None:
    report = make_report(member)
    document = json_of(member_client, report)
    changed = shipped_ladder().document()
    changed["expectations"]["senior-pm"]["data"] = {"step": 5, "weight": 3}
    newer, made = load(type(shipped_ladder()).model_validate(changed))
    assert (made, newer.version) == (True, 2)
    assert computed_again(document, tmp_path) == document["result"] == json_of(member_client, report)["result"]
    document["ladder"]["version"] = 2
    assert computed_again(document, tmp_path)["levels"]["senior-pm"]["must_haves"]["short"] == ["data"]


def test_the_files_are_named_by_the_day(member_client: Client, member: User) -> None:
    report = make_report(member)
    day = f"{report.submitted_at:%Y-%m-%d}"
    for kind, content in (("json", "application/json"), ("csv", "text/csv; charset=utf-8")):
        response = member_client.get(f"/reports/{report.pk}.{kind}")
        assert response.headers["Content-Type"] == content
        assert response.headers["Content-Disposition"] == f'attachment; filename="rungwise-report-{day}.{kind}"'


def test_the_csv_has_a_row_for_each_competency(member_client: Client, member: User) -> None:
    report = make_report(member, evidence={"data": 'Said "yes",\nthen shipped'})
    head, *rows = rows_of(member_client, report)
    levels = ["Senior Product Manager", "Staff Product Manager", "Group Product Manager"]
    asked = [f"{level}: {word}" for level in levels for word in ("step asked", "weight", "must-have")]
    assert head == ["area", "competency", "answer", *asked, "evidence"]
    assert [row[:2] for row in rows] == [
        [area.name, item.name] for area, items in report.rubric.by_area for item in items
    ]
    by_name = {row[1]: row[2:] for row in rows}
    # The table of the ladder: strategy is a must-have at 3, then at 4, then 4 without being one.
    assert by_name["Vision and strategy"] == ["5", "3", "3", "yes", "4", "3", "yes", "4", "2", "", ""]
    assert by_name["Hiring and performance"][0] == "no chance so far"
    assert by_name[report.rubric.competencies["culture"].name][0] == ""
    assert by_name["Data and experimentation"][-1] == 'Said "yes",\nthen shipped'


def test_a_specialisation_shows_in_what_is_asked(member_client: Client, member: User) -> None:
    rows = {row[1]: row for row in rows_of(member_client, make_report(member, specialisation="growth"))}
    plain = {row[1]: row for row in rows_of(member_client, make_report(member))}
    adds = shipped_ladder().specialisations
    growth = next(item.adds for item in adds if item.slug == "growth")
    for competency in shipped_ladder().competencies:
        higher = int(rows[competency.name][3]) - int(plain[competency.name][3])
        assert higher == growth.get(competency.slug, 0)


def test_evidence_never_runs_as_a_formula(member_client: Client, member: User) -> None:
    """What each file makes of what people typed, test_exports.py asks; the JSON keeps it as it was said."""
    report = make_report(member, evidence={"data": "=1+1"})
    row = next(row for row in rows_of(member_client, report) if row[1] == "Data and experimentation")
    assert row[-1] == "'=1+1"
    assert json_of(member_client, report)["evidence"] == {"data": "=1+1"}


def test_no_cell_of_a_ladder_s_own_words_runs_either() -> None:
    """An organisation may write its own ladder; the head line holds its titles."""
    ladder = shipped_ladder()
    levels = tuple(level.model_copy(update={"title": f"={level.title}"}) for level in ladder.levels)
    rubric = Rubric(ladder=ladder.model_copy(update={"levels": levels}), version=1)
    text = csv_file(
        *table(build_report(Inputs(rubric=rubric, answers=SENIOR, held="pm", targets=("senior-pm",))))
    ).decode()
    assert not [cell for row in csv.reader(io.StringIO(text)) for cell in row if cell.startswith("=")]
