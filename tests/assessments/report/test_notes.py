"""A name and a note on a report, for its author alone; and the one mail that asks them to look again."""

import datetime
from io import StringIO
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, ReportNote
from assessments.quiz.correct import correct, undo
from assessments.report.notes import STOP, SaidOfReport, in_three_months, save_note
from assessments.sharing.links import make_link
from people.models import User
from tests.factories import exact_profile, make_assessment
from tests.pages import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def report(member: User) -> Assessment:
    return make_assessment(member, answers=exact_profile("pm"), submitted=True)


def write(client: Client, report: Assessment, **said: str) -> Any:
    address = reverse("edit_report_note", args=[report.report_id])
    return client.post(address, {"name": "After a year", "note": "Much moved.", "revision": "0"} | said)


def test_it_stands_in_the_list_and_the_report_and_nowhere_else(
    report: Assessment, member: User, member_client: Client
) -> None:
    assert write(member_client, report).status_code == 302
    for address in ("/reports/", f"/reports/{report.pk}/?fold=files"):
        text = page_of(member_client.get(address)).text
        assert "After a year" in text
        assert "Much moved." in text
    _link, token = make_link(report, member, days=7)
    for address in (reverse("show_shared_report", args=[token]), reverse("export_report_json", args=[report.pk])):
        assert b"After a year" not in member_client.get(address).content


def test_corrections_keep_it(report: Assessment, member_client: Client) -> None:
    write(member_client, report)
    new = correct(report, "strategy", 5, "")
    assert write(member_client, new, name="Renamed", revision="1").status_code == 302
    for step in (new, report):
        assert page_of(member_client.get(f"/reports/{report.pk}/")).text.count("Renamed") == 1
        assert page_of(member_client.get("/reports/")).text.count("Renamed") == 1
        if step == new:
            undo(new)
    assert ReportNote.objects.get().assessment == report


def test_two_windows_lose_nothing(report: Assessment, member_client: Client) -> None:
    write(member_client, report, note="From the first window")
    late = write(member_client, report, note="From the second one")
    assert late.status_code == 409
    page = page_of(late)
    assert "From the first window" in page.one("div", role="alert").text
    assert page.one("textarea", name="note").text == "From the second one"
    assert page.one("input", name="revision").attrs["value"] == "1"
    assert write(member_client, report, note="From the second one", revision="1").status_code == 302
    # Sent twice it is saved once.
    assert write(member_client, report, note="From the second one", revision="1").status_code == 302
    assert ReportNote.objects.get().revision == 2


def test_what_does_not_fit_is_said_and_kept(report: Assessment, member_client: Client) -> None:
    for said in ({"name": "x" * 121}, {"note": "x" * 2001}, {"note": "a\0b"}, {"revision": "-1"}, {"revision": "x"}):
        response = write(member_client, report, **said)
        assert response.status_code == 422, said
        assert page_of(response).all("ul", class_="errorlist"), said
    assert page_of(write(member_client, report, note="x" * 2001)).one("textarea", name="note").text == "x" * 2001
    assert not ReportNote.objects.exists()


def test_three_months_end_on_a_day_that_there_is() -> None:
    for day, then in (("2026-11-30", "2027-02-28"), ("2027-11-30", "2028-02-29"), ("2026-01-31", "2026-04-30")):
        assert str(in_three_months(datetime.date.fromisoformat(day))) == then


def sent() -> str:
    out = StringIO()
    call_command("send_look_again", stdout=out)
    return out.getvalue()


def test_one_mail_on_the_day_and_no_more(
    report: Assessment, member: User, member_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_assessment(member, answers=exact_profile("apm"), submitted=True)
    for item in (report, other):
        write(member_client, item, look_again="on", name="Private name")
    day = ReportNote.objects.values_list("look_again_on", flat=True).distinct().get()
    # Saving again does not put it off.
    monkeypatch.setattr(timezone, "now", lambda: datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=9))
    write(member_client, report, look_again="on", revision="1")
    assert ReportNote.objects.values_list("look_again_on", flat=True).distinct().get() == day
    assert sent() == "0 mails sent.\n"
    noon = datetime.datetime.combine(day, datetime.time(12), tzinfo=datetime.UTC)
    monkeypatch.setattr(timezone, "now", lambda: noon)
    assert sent() == "1 mail sent.\n"
    assert sent() == "0 mails sent.\n"
    (message,) = mail.outbox
    assert message.to == [member.email]
    assert "Private name" not in message.body + message.subject
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "/quiz/start/" in message.body


def test_one_click_in_the_mail_ends_all_that_are_to_come(
    report: Assessment, member: User, member_client: Client
) -> None:
    write(member_client, report, look_again="on")
    address = STOP.of(member).removeprefix("http://testserver").partition("/reports/")[2]
    assert Client().get(f"/reports/{address}").status_code == 200
    assert ReportNote.objects.filter(look_again_on__isnull=False).exists()  # a scanner that follows links ends nothing
    assert "No more reminders" in page_of(Client().post(f"/reports/{address}")).text
    note = ReportNote.objects.get()
    assert (note.look_again_on, note.name) == (None, "After a year")
    assert Client().post("/reports/look-again/stop/guessed/").status_code == 404


def test_saving_tells_whether_it_did(report: Assessment) -> None:
    first, other = (SaidOfReport(name, "", None, seen=0) for name in ("One", "Two"))
    assert [save_note(report, said) for said in (first, first, other)] == [True, True, False]
    assert ReportNote.objects.get().name == "One"
