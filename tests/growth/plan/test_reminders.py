"""The plan in a calendar, under a private address, and by mail once a week."""

import datetime
from typing import Any

import pytest
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from growth.models import CalendarFeed, PlanDigest, PlanItem
from growth.plan.calendars import calendar_of, make_feed
from growth.plan.digests import EVERY, due_people, send_digest
from growth.plan.plan import NewItem, add_items, plan_of
from people.models import User
from tests.factories import make_user
from tests.pages import page_of, without_its_number

pytestmark = pytest.mark.django_db
DAY = datetime.date(2026, 9, 1)
HOSTILE = 'Ask "Ann"; then, Bob\\\nBEGIN:VALARM\r\nEND:VCALENDAR — ' + "ü" * 90


@pytest.fixture(autouse=True)
def plan(member: User) -> None:
    cache.clear()
    add_items(
        member,
        [
            NewItem("Own the pricing bet", first_step="Ask finance", done_when="It is decided", due_on=DAY),
            NewItem("Without a date"),
            NewItem("Given up", due_on=DAY),
        ],
    )
    plan_of(member).filter(text="Given up").update(state="dropped")


def address_of(token: str) -> str:
    return reverse("fetch_calendar", args=[token])


def test_an_address_is_shown_once_and_gives_the_due_dates(member_client: Client, client: Client) -> None:
    page = page_of(member_client.post(reverse("show_calendar")))
    path = page.one("p", class_="link").text.removeprefix("http://testserver")
    assert not page_of(member_client.get(reverse("show_calendar"))).all("p", class_="link")
    response = client.get(path)
    assert response.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert response.headers["X-Robots-Tag"].startswith("noindex")
    assert "no-store" in response.headers["Cache-Control"]
    (event,) = Calendar.from_ical(response.content).walk("VEVENT")
    item = PlanItem.objects.get(due_on=DAY, state="planned")
    assert str(event["UID"]).startswith(str(item.pk))
    assert event.decoded("DTSTART") == DAY
    assert str(event["SUMMARY"]) == "Own the pricing bet"
    assert "First step: Ask finance" in str(event["DESCRIPTION"])
    assert str(event["TRANSP"]) == "TRANSPARENT"
    assert CalendarFeed.objects.get().fetched_at is not None
    assert "last fetched it" in page_of(member_client.get(reverse("show_calendar"))).text


def test_what_somebody_wrote_stays_one_entry(member: User) -> None:
    plan_of(member).filter(due_on=DAY).update(text=HOSTILE, first_step=HOSTILE)
    body = calendar_of(member)
    assert body == calendar_of(member)
    (event,) = Calendar.from_ical(body).walk("VEVENT")
    assert str(event["SUMMARY"]) == " ".join(HOSTILE.split())
    assert not event.subcomponents
    assert all(len(line) <= 75 for line in body.split(b"\r\n"))


def test_a_new_address_ends_the_old_and_revoking_ends_both(member_client: Client, member: User, client: Client) -> None:
    first, second = make_feed(member), make_feed(member)
    assert client.get(address_of(first)).status_code == 404
    assert client.get(address_of(second)).status_code == 200
    member_client.post(reverse("revoke_calendar"))
    gone = [client.get(address_of(token)) for token in (second, first, "guessed")]
    assert [answer.status_code for answer in gone] == [404] * 3
    assert len({without_its_number(answer) for answer in gone}) == 1


def test_a_closed_account_has_no_calendar_and_only_a_hash_of_the_token_is_stored(member: User, client: Client) -> None:
    token = make_feed(member)
    assert token not in str(CalendarFeed.objects.values_list())
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert client.get(address_of(token)).status_code == 404


def wanted(member: User, *, on: bool = True) -> None:
    User.objects.filter(pk=member.pk).update(wants_digest=on)


def test_nobody_gets_it_who_did_not_ask_and_the_page_asks(member_client: Client, member: User, capsys: Any) -> None:
    for value, expected in (("off", False), ("on", True), ("on", True)):
        member_client.post(reverse("set_digest"), {"value": value})
        member.refresh_from_db()
        assert member.wants_digest is expected
        call_command("send_plan_digests")
    assert capsys.readouterr().out.splitlines() == ["0 mails sent.", "1 mail sent.", "0 mails sent."]


def test_by_day_it_waits_until_its_person_is_awake(member: User, capsys: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted(member)
    User.objects.filter(pk=member.pk).update(time_zone="Asia/Tokyo")
    for hour in (3, 15):
        at = timezone.now().replace(hour=(hour - 9) % 24)
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        call_command("send_plan_digests", by_day=True)
    assert capsys.readouterr().out.splitlines() == ["0 mails sent.", "1 mail sent."]


def test_it_comes_once_a_week(member: User, stranger: User, django_capture_on_commit_callbacks: Any) -> None:
    wanted(member)
    add_items(stranger, [NewItem("Not yours", due_on=timezone.localdate())])
    now = timezone.now()
    with django_capture_on_commit_callbacks(execute=True):
        assert send_digest(member, now)
        assert not send_digest(member, now)
        assert not list(due_people(now + EVERY - datetime.timedelta(minutes=1)))
        assert list(due_people(now + EVERY + datetime.timedelta(minutes=1))) == [member]
    (message,) = mail.outbox
    assert message.to == [member.email]
    assert "Without a date" not in message.body
    assert not [text for text in ("Given up", "Not yours") if text in message.body]


def test_it_names_what_is_near_and_counts_the_rest(member: User, django_capture_on_commit_callbacks: Any) -> None:
    wanted(member)
    plan_of(member).filter(text="Without a date").update(state="doing")
    plan_of(member).filter(text="Own the pricing bet").update(due_on=timezone.localdate())
    add_items(member, [NewItem("Some day")])
    with django_capture_on_commit_callbacks(execute=True):
        send_digest(member, timezone.now())
    body = mail.outbox[0].body
    assert "- Own the pricing bet (until " in body
    assert "First step: Ask finance" in body
    assert "- Without a date" in body
    assert "Some day" not in body
    assert "1 more waits in your plan." in body
    assert "&" not in body
    # What is near is counted in days of the person's own: there it is the 5th.
    User.objects.filter(pk=member.pk).update(time_zone="Pacific/Kiritimati")
    member.refresh_from_db()
    PlanDigest.objects.all().delete()
    plan_of(member).update(state="dropped")
    add_items(member, [NewItem("On the fourteenth day", due_on=datetime.date(2026, 5, 19))])
    with django_capture_on_commit_callbacks(execute=True):
        send_digest(member, datetime.datetime(2026, 5, 4, 12, tzinfo=datetime.UTC))
    assert "- On the fourteenth day (until 19 May 2026)" in mail.outbox[1].body
    # A plan with nothing open makes no mail.
    plan_of(member).update(state="done")
    later = timezone.now() + 2 * EVERY
    assert not list(due_people(later))
    assert not send_digest(member, later)


def test_one_click_ends_it(member: User, django_capture_on_commit_callbacks: Any) -> None:
    wanted(member)
    with django_capture_on_commit_callbacks(execute=True):
        send_digest(member, timezone.now())
    headers = mail.outbox[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    path = headers["List-Unsubscribe"].strip("<>").partition("//")[2].partition("/")[2]
    browser = Client(enforce_csrf_checks=True)
    page = browser.get(f"/{path}")
    assert page.status_code == 200
    assert page.headers["Referrer-Policy"] == "no-referrer"
    member.refresh_from_db()
    assert member.wants_digest  # a mail scanner that follows links ends nothing
    # What a mail program sends, RFC 8058.
    answer = browser.post(f"/{path}", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    member.refresh_from_db()
    assert not member.wants_digest


def test_a_changed_token_ends_nothing(member: User, client: Client) -> None:
    wanted(member)
    other = make_user("other@example.com")
    for token in ("guessed", f"{member.pk}", f"{other.pk}:abc:def"):
        assert client.post(reverse("stop_digest", args=[token])).status_code == 404
    member.refresh_from_db()
    assert member.wants_digest
