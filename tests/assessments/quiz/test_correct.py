"""One answer of a finished report put right: a new row, nothing of the old one changed, and the way back."""

import datetime
from typing import Any

import pytest
from django.conf import settings
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, MilestoneMark, Opening, Outcome, Rating, ReportLink
from assessments.quiz import correct as corrections
from assessments.quiz.correct import CorrectionError, OvertakenError, correct, undo, why_kept
from assessments.scoring.values import NO_CHANCE, RULE
from assessments.sharing.links import make_link
from people.ids import uuid7
from people.models import User
from tests.assessments.quiz.quiz_steps import start, submit
from tests.factories import exact_profile, give, make_assessment, submit_by_rule_one
from tests.pages import page_of

pytestmark = pytest.mark.django_db
SEPTEMBER = datetime.datetime(2026, 9, 29, 12, tzinfo=datetime.UTC)


@pytest.fixture
def report(member: User) -> Assessment:
    draft = make_assessment(member, answers=exact_profile("senior-pm"), evidence={"data": "Cut churn"})
    draft.submit(at=SEPTEMBER)
    return draft


def rows(model: Any, **where: Any) -> list[dict[str, Any]]:
    return list(model.objects.filter(**where).order_by("pk").values())


def page_for(report: Assessment, competency: str = "strategy") -> str:
    return reverse("correct_answer", args=[report.report_id, competency])


def choose(client: Client, report: Assessment, competency: str = "strategy", **said: Any) -> Any:
    """Press an answer on the page that shows this row of the report."""
    return client.post(page_for(report, competency), {"step": "5", "evidence": "", "seen": str(report.pk)} | said)


def test_a_press_writes_a_new_row_and_leaves_the_old_one(report: Assessment, member_client: Client) -> None:
    before = rows(Assessment), rows(Rating), rows(Outcome)
    response = choose(member_client, report)
    assert response.status_code == 302
    assert response.url == f"/reports/{report.pk}/"
    new = Assessment.objects.get(corrects=report)
    assert (rows(Assessment, pk=report.pk), rows(Rating, assessment=report), rows(Outcome, assessment=report)) == before
    assert new.answers() == report.answers() | {"strategy": 5}
    assert new.ratings.get(competency=new.rubric.competency_keys["data"]).evidence == "Cut churn"
    assert (new.chain, new.submitted_at, new.status) == (report.pk, SEPTEMBER, "submitted")
    assert new.outcome.result == new.score(new.answers()).as_json()
    own = {"id", "chain", "corrects_id", "started_at"}
    same = {field.attname for field in Assessment._meta.concrete_fields} - own
    old = Assessment.objects.get(pk=report.pk)
    assert {name: getattr(new, name) for name in same} == {name: getattr(old, name) for name in same}


def test_the_old_address_shows_it_with_what_it_changed(report: Assessment, member_client: Client) -> None:
    choose(member_client, report)
    new = Assessment.objects.get(corrects=report)
    for address in (report.pk, new.pk):
        page = page_of(member_client.get(f"/reports/{address}/"))
        assert "Report of 29 September 2026" in page.text
        assert f"corrected on {timezone.localdate():%-d %B %Y}" in page.text
        said = page.one("section", **{"aria-label": "Your last correction"}).text
        assert "Vision and strategy is now 5, not 3." in said
    for name in ("show_arithmetic", "export_report_json", "export_report_csv", "show_what_if"):
        assert member_client.get(reverse(name, args=[report.pk])).status_code == 200
    told = member_client.get(reverse("export_report_json", args=[report.pk])).json()
    assert (told["answers"]["strategy"], told["submitted_at"][:10]) == (5, "2026-09-29")
    assert told["corrected_at"]


def test_lists_and_progress_know_one_report(report: Assessment, member: User, member_client: Client) -> None:
    """Never a twin of the same date, and a correction keeps the place in time of what it corrects."""
    later = make_assessment(member, answers=exact_profile("pm"), submitted=True)
    new = correct(correct(report, "strategy", 5, ""), "data", 1, "Cut churn")
    listed = [row["assessment"] for row in member_client.get("/reports/").context["reports"]]
    assert listed == [later, new]
    assert list(Assessment.objects.reports_of(member).order_by("submitted_at")) == [new, later]
    assert member_client.get("/quiz/start/").context["last"] == later
    trend = member_client.get("/trend/").context["rows"]
    assert [row["event"].assessment for row in trend] == [new, later]
    undo(new)
    assert [row["assessment"].corrects_id for row in member_client.get("/reports/").context["reports"]] == [
        None,
        report.pk,
    ]


def test_by_todays_rule_whatever_found_the_first(member: User, member_client: Client) -> None:
    draft = make_assessment(member, answers=exact_profile("senior-pm"))
    submit_by_rule_one(draft, low="pm", high="pm")
    choose(member_client, draft)
    assert (draft.outcome.rule, Assessment.objects.get(corrects=draft).outcome.rule) == (1, RULE)
    # The place that the rule of that time found is no change that the correction made.
    said = page_of(member_client.get(f"/reports/{draft.pk}/")).one("section", **{"aria-label": "Your last correction"})
    assert "Your place was" not in said.text


def test_an_answer_can_become_unknown_or_come_in(report: Assessment, member_client: Client) -> None:
    choose(member_client, report, step=NO_CHANCE)
    new = Assessment.objects.get(corrects=report)
    assert new.answers()["strategy"] == NO_CHANCE
    draft = make_assessment(report.rater, answers={"data": 3}, submitted=True)
    choose(member_client, draft, step="0", evidence="Never asked")
    assert Assessment.objects.get(corrects=draft).answers() == {"strategy": 0, "data": 3}
    assert "is now answered: 0." in page_of(member_client.get(f"/reports/{draft.pk}/")).text


def test_the_same_answer_makes_no_row(report: Assessment, member_client: Client) -> None:
    assert choose(member_client, report, "data", step="3", evidence="Cut churn").status_code == 302
    assert Assessment.objects.count() == 1
    choose(member_client, report, "data", step="3", evidence="Cut churn by a third")
    assert "Only a line of evidence was changed." in page_of(member_client.get(f"/reports/{report.pk}/")).text


def test_what_does_not_fit_is_said_and_kept(report: Assessment, member_client: Client) -> None:
    long = "x" * 2001
    for said in ({"step": "6"}, {"step": ""}, {"evidence": long}, {"evidence": "a\0b"}, {"seen": "nothing"}):
        response = choose(member_client, report, **said)
        assert response.status_code == 422, said
        assert page_of(response).one("div", role="alert").text
    assert long in choose(member_client, report, evidence=long).content.decode()
    assert Assessment.objects.count() == 1


def test_two_windows_one_wins_and_the_other_is_told(report: Assessment, member_client: Client) -> None:
    choose(member_client, report, "data", step="1", evidence="Cut churn")
    late = choose(member_client, report, "data", step="5", evidence="Mine, typed for minutes")
    assert late.status_code == 409
    page = page_of(late)
    assert "Nothing is lost" in page.one("div", role="alert").text
    assert page.one("textarea").text == "Mine, typed for minutes"
    new = Assessment.objects.get(corrects=report)
    assert page.one("input", name="seen").attrs["value"] == str(new.pk)
    assert Assessment.objects.count() == 2
    assert choose(member_client, new, "data", step="5").status_code == 302
    # Below the page: the row that was seen is not the newest.
    with pytest.raises(OvertakenError):
        correct(report, "strategy", 1, "")


def test_the_database_keeps_a_chain(report: Assessment, member: User, stranger: User) -> None:
    """One correction of each row, of what is submitted, by the same person, on the same ladder, in the same chain."""
    draft, theirs = make_assessment(member), make_assessment(stranger, submitted=True, answers={"data": 3})
    good = {"corrects": report, "chain": report.pk, "started_at": timezone.now()}

    def refused(**fields: Any) -> None:
        with pytest.raises(IntegrityError), transaction.atomic():
            make_assessment(member, **good | fields)

    refused(chain=None)
    refused(chain=uuid7())
    refused(corrects=None)
    refused(corrects=draft, chain=draft.pk)
    refused(corrects=theirs, chain=theirs.pk)
    refused(started_at=report.started_at)
    new = make_assessment(member, **good)
    refused()
    for change in ({"corrects": None, "chain": None}, {"chain": uuid7()}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Assessment.objects.filter(pk=correct(report_of(member), "data", 1, "").pk).update(**change)
    new.erase()
    make_assessment(member, **good)


def report_of(person: User) -> Assessment:
    return make_assessment(person, answers={"data": 3}, submitted=True)


def test_undo_takes_back_the_newest(report: Assessment, member_client: Client) -> None:
    second = correct(report, "strategy", 5, "")
    third = correct(second, "data", 1, "Cut churn")
    address = reverse("undo_correction", args=[report.pk])
    for row, left in ((second, third), (third, second), (third, second), (second, report), (report, report)):
        assert member_client.post(address, {"correction": str(row.pk)}).status_code == 302
        assert member_client.get(f"/reports/{report.pk}/").context["assessment"] == left, row
    assert list(Assessment.objects.all()) == [report]
    assert "Undo" not in page_of(member_client.get(f"/reports/{report.pk}/")).text


def test_ticks_and_links_outlive_an_undo(report: Assessment, member: User, member_client: Client) -> None:
    new = correct(report, "strategy", 5, "")
    milestone = report.rubric.milestones_for("staff-pm")[0].slug
    member_client.post(f"/reports/{new.pk}/milestones/{milestone}/", {"value": "on"})
    _link, token = make_link(new, member, days=7)
    shared = reverse("show_shared_report", args=[token])
    assert Client().get(shared).context["report"].answers["strategy"] == 5
    assert "corrected on" in page_of(Client().get(shared)).text
    assert why_kept(new) == ""
    undo(new)
    assert Client().get(shared).context["report"].answers["strategy"] == 3
    assert MilestoneMark.objects.get().assessment == ReportLink.objects.get().assessment == report


def test_what_somebody_has_read_stays(
    report: Assessment, member: User, stranger: User, stranger_client: Client
) -> None:
    """By a link, while logged in: the ledger names the row that they were shown."""
    new = correct(report, "strategy", 5, "")
    _link, token = make_link(new, member, days=7)
    stranger_client.get(reverse("show_shared_report", args=[token]))
    assert Opening.objects.get().source == new
    with pytest.raises(CorrectionError, match="could read the corrected report, so it stays"):
        undo(new)


def test_deleting_a_report_deletes_its_chain(report: Assessment, member_client: Client) -> None:
    correct(correct(report, "strategy", 5, ""), "data", 1, "")
    page = page_of(member_client.get(f"/reports/{report.pk}/delete/"))
    assert "29 September 2026" in page.text
    assert member_client.post(f"/reports/{report.pk}/delete/").status_code == 302
    assert not Assessment.objects.exists()


def test_a_chain_has_an_end(report: Assessment, member_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corrections, "CORRECTIONS_MAX", 1)
    new = correct(report, "strategy", 5, "")
    response = choose(member_client, new, step="1", evidence="Kept")
    assert response.status_code == 422
    assert "Start a new one instead" in page_of(response).one("div", role="alert").text
    assert page_of(response).one("textarea").text == "Kept"


def test_a_clock_that_was_set_back_breaks_no_chain(report: Assessment, monkeypatch: pytest.MonkeyPatch) -> None:

    second = correct(report, "strategy", 5, "")
    monkeypatch.setattr(timezone, "now", lambda: second.started_at - datetime.timedelta(hours=1))
    third = correct(second, "data", 1, "")
    assert Assessment.objects.newest_of(report.pk) == third


def test_too_often_is_said(report: Assessment, member_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(settings.RATE_LIMITS, "begin", "1/h/key")
    assert choose(member_client, report).status_code == 302
    response = choose(member_client, Assessment.objects.get(corrects=report), step="1", evidence="Kept")
    assert response.status_code == 429
    assert page_of(response).one("textarea").text == "Kept"


def test_a_visitor_corrects_their_own(client: Client, rubric: Any) -> None:
    draft = start(client)
    give(draft, exact_profile("pm"))
    submit(client, draft)
    draft.refresh_from_db()
    page = page_of(client.get(page_for(draft)))
    assert [button.attrs["value"] for button in page.all("button", name="step")] == [
        "5",
        "4",
        "3",
        "2",
        "1",
        "0",
        NO_CHANCE,
    ]
    assert choose(client, draft).status_code == 302
    assert client.get(f"/reports/{draft.pk}/").context["report"].answers["strategy"] == 5
    assert Client().get(f"/reports/{draft.pk}/").status_code == 404
    assert len(client.get("/reports/").context["reports"]) == 1


def test_a_longer_chain_costs_no_more(
    report: Assessment, member_client: Client, django_assert_num_queries: Any
) -> None:
    """Session, user, report, ticks, readers, links; and its newest row, its note, what it corrects, older copies."""
    newest = report
    for step in (1, 2, 3, 4):
        newest = correct(newest, "strategy", step, "")
    member_client.get(f"/reports/{report.pk}/")
    with django_assert_num_queries(10):
        assert member_client.get(f"/reports/{report.pk}/").context["assessment"] == newest
