"""Rounds: progress without content, reminders once and with a way out, closing."""

import datetime
import io
import re
from typing import Any

import pytest
from django.core import mail
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Review, Round, RoundReminder, Share
from assessments.reviews.review import open_review, round_now, start_rating, submit_review
from assessments.rounds.rounds import Progress, open_round, progress_of, remind_before_due, remind_by_hand
from assessments.sharing.copies import share_with_team
from ladder.rubric import Rubric
from people.models import Membership, Organisation, RateCount, Team, TeamMembership, User
from tests.factories import (
    client_of,
    exact_profile,
    give,
    join,
    join_team,
    make_assessment,
    make_organisation,
    make_team,
    make_user,
)
from tests.pages import page_of

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)
NOTE = "canary-note-of-a-member"


@pytest.fixture
def lantern(rubric: Rubric) -> Organisation:
    return make_organisation()


@pytest.fixture
def checkout(lantern: Organisation) -> Team:
    return make_team(lantern)


@pytest.fixture
def client(lantern: Organisation) -> Client:
    return client_of(colleague(lantern, "owner", Membership.Role.OWNER))


@pytest.fixture
def today() -> datetime.date:
    return timezone.now().date()


@pytest.fixture
def autumn(lantern: Organisation, today: datetime.date) -> Round:
    return Round.objects.create(organisation=lantern, name="Autumn", starts_on=today - 7 * DAY, due_on=today + 3 * DAY)


def colleague(organisation: Organisation, name: str, role: str = Membership.Role.MEMBER) -> User:
    user = make_user(f"{name}@example.com", name=name.title())
    join(user, organisation, role)
    return user


def team_member(team: Team, name: str, role: str = TeamMembership.Role.MEMBER) -> User:
    user = colleague(team.organisation, name)
    join_team(user, team, role)
    return user


def hand_in(user: User) -> Assessment:
    return make_assessment(user, answers=exact_profile("pm"), evidence={"strategy": NOTE}, submitted=True)


def told() -> list[str]:
    return sorted(message.to[0] for message in mail.outbox)


def test_owner_opens_a_round(client: Client, lantern: Organisation) -> None:
    fields = {"name": "Spring", "starts_on": "2027-03-01", "due_on": "2027-03-31", "requires_blind": "on"}
    response = client.post("/organisations/lantern/rounds/", fields)
    item = Round.objects.get()
    assert response.headers["Location"] == f"/rounds/{item.pk}/"
    assert (item.name, item.requires_blind, item.organisation) == ("Spring", True, lantern)
    assert mail.outbox == []
    assert "Spring" in page_of(client.get("/organisations/lantern/rounds/")).text


def test_dates_that_make_no_round(client: Client, lantern: Organisation) -> None:
    for start, due in (
        *(("2027-03-02", "2027-03-01"), ("", ""), ("soon", "later"), ("0001-01-01", "2027-01-01")),
        ("2027-01-01", "2029-01-01"),
    ):
        fields = {"name": "Spring", "starts_on": start, "due_on": due}
        assert client.post("/organisations/lantern/rounds/", fields).status_code == 422
    assert not Round.objects.exists()


def test_a_round_is_changed_while_it_is_open(client: Client, autumn: Round) -> None:
    address = reverse("edit_round", args=[autumn.pk])
    assert str(autumn.due_on) in {box.attrs.get("value") for box in page_of(client.get(address)).all("input")}
    fields = {"name": "Late autumn", "starts_on": "2027-03-01", "due_on": "2027-03-31", "requires_blind": "on"}
    assert client.post(address, fields | {"due_on": "2027-02-01"}).status_code == 422
    assert client.post(address, fields).status_code == 302
    autumn.refresh_from_db()
    assert (autumn.name, str(autumn.due_on), autumn.requires_blind) == ("Late autumn", "2027-03-31", True)
    client.post(reverse("close_round", args=[autumn.pk]))
    assert "closed" in page_of(client.post(address, fields | {"name": "Winter"}, follow=True)).text
    assert "closed" in page_of(client.get(address, follow=True)).text
    assert Round.objects.get(pk=autumn.pk).name == "Late autumn"
    assert mail.outbox == []


def test_closing_keeps_the_first_date_and_a_closed_round_is_opened_again(
    client: Client, checkout: Team, autumn: Round
) -> None:
    close, address = reverse("close_round", args=[autumn.pk]), reverse("show_round", args=[autumn.pk])
    client.post(close)
    closed = Round.objects.get(pk=autumn.pk).closed_at
    client.post(close)
    assert Round.objects.get(pk=autumn.pk).closed_at == closed
    assert "closed" in page_of(client.post(reverse("send_reminders", args=[autumn.pk]), follow=True)).text
    share_with_team(hand_in(team_member(checkout, "ada")), checkout, with_notes=False)
    assert "Open it again" in page_of(client.get(address)).text
    for _ in range(2):
        assert client.post(reverse("reopen_round", args=[autumn.pk])).headers["Location"] == address
    autumn.refresh_from_db()
    assert autumn.is_open
    assert progress_of(autumn).submitted == 1
    assert "Close the round" in page_of(client.get(address)).text


def test_progress_says_who_and_never_what(client: Client, checkout: Team, autumn: Round) -> None:
    manager = team_member(checkout, "manager", TeamMembership.Role.MANAGER)
    absent, private, began, handed, open_one, done = (
        team_member(checkout, name) for name in ("absent", "private", "began", "handed", "open", "done")
    )
    make_assessment(private, answers={"strategy": 2})
    hand_in(private)
    begin_for(autumn, began)
    begin_for(autumn, handed).submit(at=timezone.now())
    for person in (open_one, done):
        share_with_team(hand_in(person), checkout, with_notes=True)
    review = open_review(checkout, done, manager)
    give(start_rating(review, "pm"), exact_profile("pm"))
    submit_review(review, at=timezone.now())
    assert progress_of(autumn) == Progress(people=6, started=4, submitted=3, shared=2, reviewed=1)
    page = page_of(client.get(reverse("show_round", args=[autumn.pk])))
    rows = {row.one("th").text: [cell.text for cell in row.all("td")] for row in page.one("tbody").all("tr")}
    assert rows == {
        "Absent": ["–", "–", "–", "–"],
        "Began": ["yes", "–", "–", "–"],
        "Done": ["yes", "yes", "yes", "yes"],
        "Handed": ["yes", "yes", "–", "–"],
        "Open": ["yes", "yes", "yes", "–"],
        "Private": ["–", "–", "–", "–"],
    }
    assert list(rows) == sorted(rows), "by name, not by progress"
    assert NOTE not in page.text
    assert absent.name in rows
    assert Review.objects.count() == 1


def begin_for(item: Round, user: User) -> Assessment:
    """By the round's own button."""
    answer = client_of(user).post(reverse("begin_round", args=[item.pk]), {"level": "pm"})
    draft = Assessment.objects.get(pk=answer.headers["Location"].split("/")[2])
    give(draft, exact_profile("pm"))
    return draft


def test_what_lies_outside_the_period_does_not_count(checkout: Team, autumn: Round) -> None:
    early, late = team_member(checkout, "early"), team_member(checkout, "late")
    TeamMembership.objects.update(joined_at=timezone.now() - 50 * DAY)
    copy = share_with_team(hand_in(early), checkout, with_notes=False)
    Share.objects.filter(pk=copy.pk).update(shared_at=timezone.now() - 39 * DAY)
    begun = begin_for(autumn, late)
    Round.objects.filter(pk=autumn.pk).update(closed_at=timezone.now())
    begun.submit(at=timezone.now())
    share_with_team(begun, checkout, with_notes=False)
    assert progress_of(Round.objects.get(pk=autumn.pk)) == Progress(2, started=1, submitted=0, shared=0, reviewed=0)


def test_nothing_that_somebody_does_for_themselves_shows(
    client: Client, checkout: Team, autumn: Round, today: datetime.date
) -> None:
    """Neither on a page nor by whom a mail goes to, whatever the dates: an owner could move them day by day."""
    ada = team_member(checkout, "ada")
    addresses = [
        reverse("show_round", args=[autumn.pk]),
        "/organisations/lantern/",
        "/organisations/lantern/teams/checkout/",
    ]

    def seen() -> list[str]:
        client.get("/organisations/lantern/")  # what the last request had to say
        said = []
        for start in (-40, -7, 0):
            client.post(
                reverse("edit_round", args=[autumn.pk]),
                {"name": "Autumn", "starts_on": str(today + start * DAY), "due_on": str(today + 3 * DAY)},
            )
            said += [page_of(client.get(address)).text for address in addresses]
            RoundReminder.objects.all().delete()
            a_new_day()
            client.post(reverse("send_reminders", args=[autumn.pk]))
            said += told()
        return said

    before = seen()
    mail.outbox.clear()
    make_assessment(ada, answers={"strategy": 2}, started_at=timezone.now() - 20 * DAY)
    hand_in(ada)
    client_of(ada).post("/quiz/start/", {"level": "pm"})
    assert seen() == before


def test_the_round_s_own_button_says_what_the_owner_sees(client: Client, checkout: Team, autumn: Round) -> None:
    ada = client_of(team_member(checkout, "ada"))
    address = reverse("begin_round", args=[autumn.pk])
    assert address in ada.get("/organisations/lantern/").content.decode()
    said = "see that you began and that you handed in, not what you say"
    assert said in page_of(ada.get(address)).text
    assert said not in page_of(ada.get("/quiz/start/")).text
    # What was begun for oneself counts when it is shared, and the page that offers to go on says so.
    ada.post("/quiz/start/", {"level": "pm"})
    assert "counts for Autumn from the moment you share it" in page_of(ada.get(address)).text
    ada.post(address, {"level": "pm"})
    assert "from the moment you share it" not in page_of(ada.get(address)).text
    assert progress_of(autumn).started == 1
    # Deleted, it is begun no more.
    Assessment.objects.all().delete()
    assert progress_of(autumn).started == 0
    for fields, text in (
        ({"closed_at": timezone.now()}, "What you begin here is for yourself"),
        ({"closed_at": None, "starts_on": autumn.due_on}, "has not begun yet"),
    ):
        Round.objects.filter(pk=autumn.pk).update(**fields)
        assert text in page_of(ada.post(address, {"level": "pm"}, follow=True)).text
    assert not Assessment.objects.exists()


def test_who_was_reviewed_by_an_earlier_copy_is_done(client: Client, checkout: Team, autumn: Round) -> None:
    manager = team_member(checkout, "manager", TeamMembership.Role.MANAGER)
    met, waiting = team_member(checkout, "met"), team_member(checkout, "waiting")
    copy = share_with_team(hand_in(met), checkout, with_notes=True)
    Share.objects.filter(pk=copy.pk).update(shared_at=timezone.now() - 39 * DAY)
    assert progress_of(autumn) == Progress(people=2, started=0, submitted=0, shared=0, reviewed=0)
    for person in (met, waiting):
        review = open_review(checkout, person, manager)
        give(start_rating(review, "pm"), exact_profile("pm"))
        submit_review(review, at=timezone.now())
    # A manager's view alone, which waits for the member's, says nothing about the member.
    assert progress_of(autumn) == Progress(people=2, started=1, submitted=1, shared=1, reviewed=2)
    assert "has done their part too" in page_of(client.get(reverse("show_round", args=[autumn.pk]))).text
    client.post(reverse("send_reminders", args=[autumn.pk]))
    assert told() == ["waiting@example.com"]


def test_who_left_or_manages_is_not_asked(lantern: Organisation, checkout: Team, autumn: Round) -> None:
    team_member(checkout, "manager", TeamMembership.Role.MANAGER)
    gone = team_member(checkout, "gone")
    closed = make_team(lantern, "Old", "old")
    team_member(closed, "closed")
    colleague(lantern, "teamless")
    TeamMembership.objects.filter(user=gone).update(left_at=timezone.now())
    Team.objects.filter(pk=closed.pk).update(closed_at=timezone.now())
    assert progress_of(autumn).people == 0


def test_page_takes_the_same_statements_with_many_people(
    client: Client, checkout: Team, autumn: Round, django_assert_num_queries: Any
) -> None:
    address = reverse("show_round", args=[autumn.pk])
    for count in (2, 60):
        for number in range(count):
            team_member(checkout, f"p{count}-{number}")
        with django_assert_num_queries(7):
            client.get(address)
    Round.objects.filter(pk=autumn.pk).update(closed_at=timezone.now())
    with django_assert_num_queries(8):
        client.get(address)
    Round.objects.filter(pk=autumn.pk).update(closed_at=None)
    assert len(page_of(client.get(address)).one("tbody").all("tr")) == 50
    with django_assert_num_queries(10):
        client.get("/organisations/lantern/")


def a_new_day() -> None:
    """In which everybody may be reminded again."""
    RateCount.objects.all().delete()


def test_button_reminds_once_a_day_and_respects_the_choice(client: Client, checkout: Team, autumn: Round) -> None:
    team_member(checkout, "missing")
    share_with_team(hand_in(team_member(checkout, "done")), checkout, with_notes=False)
    User.objects.filter(pk=team_member(checkout, "unwilling").pk).update(wants_reminders=False)
    User.objects.filter(pk=team_member(checkout, "inactive").pk).update(is_active=False)
    address = reverse("send_reminders", args=[autumn.pk])
    assert "1 person is reminded" in page_of(client.post(address, follow=True)).text
    assert told() == ["missing@example.com"]
    body = str(mail.outbox[0].body)
    assert "Autumn" in body
    assert "/rounds/reminders/stop/" in body
    assert "nobody to remind" in page_of(client.post(address, follow=True)).text
    assert told() == ["missing@example.com"]
    RoundReminder.objects.update(sent_at=timezone.now() - 2 * DAY)
    a_new_day()
    client.post(address)
    assert told() == ["missing@example.com"] * 2
    assert RoundReminder.objects.count() == 1


def test_nobody_is_reminded_before_the_start(
    client: Client, checkout: Team, autumn: Round, today: datetime.date
) -> None:
    team_member(checkout, "missing")
    Round.objects.filter(pk=autumn.pk).update(starts_on=today + DAY)
    page = page_of(client.get(reverse("show_round", args=[autumn.pk])))
    assert "Remind those" not in page.text
    assert "Once it has begun" in page.text
    address = reverse("send_reminders", args=[autumn.pk])
    assert "has not begun" in page_of(client.post(address, follow=True)).text
    autumn.refresh_from_db()
    assert remind_by_hand(autumn) == remind_before_due(autumn) == 0
    assert mail.outbox == []
    Round.objects.filter(pk=autumn.pk).update(starts_on=today)
    assert "Remind those" in page_of(client.get(reverse("show_round", args=[autumn.pk]))).text
    client.post(address)
    assert told() == ["missing@example.com"]


@pytest.mark.parametrize(
    ("zone", "first", "last"),
    [
        ("UTC", "2026-03-01T00:00", "2026-03-31T23:59"),
        ("Asia/Tokyo", "2026-02-28T15:00", "2026-03-31T14:59"),
        # Summer time begins on 29 March.
        ("Europe/Berlin", "2026-02-28T23:00", "2026-03-31T21:59"),
        ("Pacific/Kiritimati", "2026-02-28T10:00", "2026-03-31T09:59"),
        ("Pacific/Pago_Pago", "2026-03-01T11:00", "2026-04-01T10:59"),
    ],
)
def test_days_are_those_of_the_organisation(
    checkout: Team, monkeypatch: pytest.MonkeyPatch, zone: str, first: str, last: str
) -> None:
    """What is shared counts from its midnight, and so do reminders and who must rate blind."""
    lantern, minute = checkout.organisation, datetime.timedelta(minutes=1)
    lantern.zone = zone
    dates = {"starts_on": datetime.date(2026, 3, 1), "due_on": datetime.date(2026, 3, 31)}
    item = open_round(lantern, name="Spring", **dates)
    # A later change of the organisation's clock moves nothing.
    Organisation.objects.filter(pk=lantern.pk).update(zone="America/New_York")
    item = Round.objects.get(pk=item.pk)
    begins, ends = (datetime.datetime.fromisoformat(at).replace(tzinfo=datetime.UTC) for at in (first, last))
    people = [team_member(checkout, name) for name in ("early", "missing")]
    User.objects.update(time_zone="America/Los_Angeles")
    for at, counts in ((begins - minute, 0), (begins, 1)):
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        with timezone.override("America/Los_Angeles"):
            assert round_now(lantern.pk) == (item if counts else None)
            assert item.has_begun == bool(counts)
            share_with_team(hand_in(people[0]), checkout, with_notes=False)
            assert progress_of(item).submitted == counts
    for at, sent in ((ends, 1), (ends + minute, 0)):
        monkeypatch.setattr(timezone, "now", lambda at=at: at)
        RoundReminder.objects.all().delete()
        a_new_day()
        assert remind_before_due(Round.objects.get(pk=item.pk)) == sent
        mail.outbox.clear()
        RoundReminder.objects.all().delete()
        a_new_day()
        call_command("send_round_reminders", stdout=io.StringIO())
        assert told() == ["missing@example.com"] * sent


def test_the_clock_of_a_round_does_not_change(autumn: Round) -> None:
    with pytest.raises(DatabaseError, match="one time zone"), transaction.atomic():
        Round.objects.filter(pk=autumn.pk).update(zone="Asia/Tokyo")


def test_the_subject_says_due_in_the_last_week_only(
    client: Client, checkout: Team, autumn: Round, today: datetime.date
) -> None:
    team_member(checkout, "missing")
    for due_in, subject in ((8, "Autumn is under way"), (7, "Autumn is due"), (-1, "Autumn is due")):
        mail.outbox.clear()
        RoundReminder.objects.all().delete()
        a_new_day()
        Round.objects.filter(pk=autumn.pk).update(due_on=today + due_in * DAY)
        client.post(reverse("send_reminders", args=[autumn.pk]))
        assert [message.subject for message in mail.outbox] == [f"Rungwise: {subject}"]


def test_by_day_a_reminder_waits_until_it_is_day_in_the_organisation(
    checkout: Team, autumn: Round, monkeypatch: pytest.MonkeyPatch
) -> None:
    team_member(checkout, "missing")
    awake = "assessments.management.commands.send_round_reminders.is_daytime"
    for zones in (set(), {autumn.zone}):
        monkeypatch.setattr(awake, zones.__contains__)
        call_command("send_round_reminders", by_day=True, stdout=io.StringIO())
        assert told() == ["missing@example.com"] * len(zones)


def test_command_reminds_once_in_the_last_week(checkout: Team, autumn: Round, today: datetime.date) -> None:
    team_member(checkout, "missing")
    out = io.StringIO()
    for _ in range(2):
        call_command("send_round_reminders", stdout=out)
    assert out.getvalue().splitlines() == ["1 reminder sent.", "0 reminders sent."]
    assert told() == ["missing@example.com"]
    # One of before the last week does not replace it.
    RoundReminder.objects.update(sent_at=timezone.now() - 6 * DAY)
    a_new_day()
    assert [remind_before_due(autumn) for _ in range(2)] == [1, 0]
    for due_in, sent in ((8, 0), (7, 1), (0, 1), (-1, 0)):
        RoundReminder.objects.all().delete()
        a_new_day()
        Round.objects.filter(pk=autumn.pk).update(due_on=today + due_in * DAY, closed_at=None)
        assert remind_before_due(Round.objects.get(pk=autumn.pk)) == sent, due_in
        RoundReminder.objects.all().delete()
        a_new_day()
        Round.objects.filter(pk=autumn.pk).update(closed_at=timezone.now())
        assert remind_before_due(Round.objects.get(pk=autumn.pk)) == 0


def test_profile_switches_reminders_off_and_on(member_client: Client, member: User) -> None:
    address = reverse("edit_profile")
    page = member_client.get(address).content.decode()
    assert re.search(r'name="wants_reminders"\s+checked', page)
    fields = {"name": "", "job_title": "", "level": "", "scheme": "", "time_zone": "UTC"}
    member_client.post(address, fields)
    assert not User.objects.get(pk=member.pk).wants_reminders
    member_client.post(address, {**fields, "wants_reminders": "on"})
    assert User.objects.get(pk=member.pk).wants_reminders
