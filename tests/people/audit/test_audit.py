"""The audit log: who did what to what and who was refused; one chain for each organisation, which nobody changes."""

import csv
import datetime
import io
import uuid
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from assessments.rounds.rounds import open_round
from assessments.sharing.copies import share_with_team, withdraw
from people.audit.log import Entry, Kind, Verb, record, record_all, verify
from people.models import AuditEvent, AuditHead, Membership, Organisation, Team, User
from people.organisations.organisations import change_role, found_organisation, leave
from people.organisations.teams import add_to_team, close_team
from tests.assessments.quiz.quiz_steps import answer, start
from tests.commands import ran, refusal
from tests.factories import (
    PASSWORD,
    client_of,
    exact_profile,
    join,
    make_assessment,
    make_organisation,
    make_team,
    say_who,
)
from tests.people.database.tables import unguarded

pytestmark = pytest.mark.django_db


@pytest.fixture
def lantern(member: User, team_mate: User) -> Organisation:
    organisation = make_organisation()
    join(member, organisation, Membership.Role.OWNER)
    join(team_mate, organisation)
    return organisation


@pytest.fixture
def checkout(lantern: Organisation) -> Team:
    return make_team(lantern)


def said(organisation: Organisation) -> list[tuple[str, str]]:
    """What and how, the oldest first."""
    return list(AuditEvent.objects.filter(organisation=organisation).order_by("number").values_list("verb", "outcome"))


def newest(organisation: Organisation) -> AuditEvent:
    event = AuditEvent.objects.filter(organisation=organisation).first()
    assert event
    return event


def test_who_did_what_to_whom(lantern: Organisation, member_client: Client, member: User, team_mate: User) -> None:
    say_who(member_client, member)
    member_client.post(f"/organisations/lantern/people/{team_mate.pk}/role/", {"role": "admin"})
    event = newest(lantern)
    assert (event.verb, event.detail, event.outcome) == ("role_changed", "admin", "done")
    assert (event.actor, event.role, event.person, event.kind) == (member.pk, "owner", team_mate.pk, "person")
    assert event.number == 1
    assert timezone.now() - event.at < datetime.timedelta(minutes=1)


def test_each_thing_that_is_done_has_its_verb(
    lantern: Organisation, checkout: Team, member: User, member_client: Client, team_mate: User
) -> None:
    change_role(lantern, team_mate.pk, "admin", by_owner=True)
    assert (newest(lantern).actor, newest(lantern).role) == (None, "operator"), "nobody asked, it was on the server"
    add_to_team(checkout, [member.pk], "member")
    open_round(lantern, name="Spring", starts_on=timezone.localdate(), due_on=timezone.localdate())
    report = make_assessment(member, answers=exact_profile("pm"), submitted=True)
    withdraw(share_with_team(report, checkout, with_notes=False))
    close_team(checkout)
    leave(lantern, team_mate.pk)
    verbs = ["role_changed", "team_joined", "round_opened", "copy_given", "copy_withdrawn", "team_closed", "removed"]
    assert [verb for verb, _ in said(lantern)] == verbs
    # Who has left has no name in it, and an answer is not worth a line.
    page = member_client.get("/organisations/lantern/audit/").content.decode()
    assert "A former member" in page
    assert "Tom" not in page
    draft = start(member_client)
    before = AuditEvent.objects.count()
    assert answer(member_client, draft, "data", htmx=True, step="3").status_code == 200
    assert AuditEvent.objects.count() == before


def test_nothing_is_recorded_of_what_is_rolled_back(lantern: Organisation, member: User) -> None:
    with transaction.atomic():
        found_organisation("Quarry", member)
        transaction.set_rollback(True)
    assert not AuditEvent.objects.filter(verb="organisation_founded").exists()


def test_logging_in_and_out_stand_in_ones_own_log(member: User) -> None:
    client = Client()
    login = {"login": member.email, "password": PASSWORD}
    for _ in range(3):
        client.post("/account/login/", login | {"password": "not this one"})
    client.post("/account/login/", login)
    client.post("/account/logout/")
    assert said(member.home) == [("log_in_failed", "denied"), ("logged_in", "done"), ("logged_out", "done")]


def test_an_event_takes_four_statements_and_a_hundred_too(
    lantern: Organisation, django_assert_num_queries: Any, member: User
) -> None:
    record(lantern.pk, Verb.JOINED, actor=member)
    for count in (1, 100):
        with transaction.atomic(), django_assert_num_queries(4):
            record_all(lantern.pk, [Entry(Verb.JOINED)] * count, actor=member)


def test_a_refusal_is_recorded_and_the_same_one_once(
    lantern: Organisation, checkout: Team, team_mate: User, stranger_client: Client
) -> None:
    client = client_of(team_mate)
    for _ in range(3):
        assert client.get("/organisations/lantern/people/").status_code == 403
    assert client.get("/organisations/lantern/audit/").status_code == 403
    assert said(lantern) == [("refused", "denied")] * 2
    event = newest(lantern)
    assert (event.actor, event.role, event.detail) == (team_mate.pk, "organisation member", "read_log")
    # A stranger's 404 is one, too.
    for address in ("/organisations/lantern/", "/organisations/lantern/teams/checkout/", "/organisations/no-such/"):
        assert stranger_client.get(address).status_code == 404
    assert [event.role for event in AuditEvent.objects.filter(organisation=lantern)[:2]] == ["outside", "outside"]


def test_somebody_elses_report_is_refused_in_the_log_of_whose_it_is(member: User, stranger_client: Client) -> None:
    report = make_assessment(member, answers=exact_profile("pm"), submitted=True)
    assert stranger_client.get(f"/reports/{report.pk}/").status_code == 404
    assert (newest(member.home).verb, newest(member.home).thing) == ("refused", report.pk)
    assert stranger_client.get(f"/reports/{uuid.uuid4()}/").status_code == 404
    page = client_of(member).get("/account/log/").content.decode()
    assert "was refused" in page
    assert "Somebody from outside" in page
    assert "Sasha" not in page


def test_the_log_takes_no_change(lantern: Organisation, team_mate: User) -> None:
    change_role(lantern, team_mate.pk, "admin", by_owner=True)
    rows = AuditEvent.objects.filter(organisation=lantern)
    for match, act in (
        ("does not change", lambda: rows.update(verb="joined")),
        ("kept", rows.delete),
        ("kept", lambda: connection.cursor().execute("DELETE FROM people_auditevent")),
    ):
        with pytest.raises(IntegrityError, match=match), transaction.atomic():
            act()
    assert len(said(lantern)) == 1


TAMPERED = {
    "changed": "UPDATE people_auditevent SET detail = 'x' WHERE number = 3",
    "moved": "UPDATE people_auditevent SET actor = NULL, role = 'owner' WHERE number = 1",
    "missing": "DELETE FROM people_auditevent WHERE number = 2",
    "cut at the end": "DELETE FROM people_auditevent WHERE number = 5",
    "cut at the start": "DELETE FROM people_auditevent WHERE number = 1",
    "renumbered": "UPDATE people_auditevent SET number = 9 WHERE number = 5",
}


@pytest.mark.parametrize("how", TAMPERED)
def test_a_change_past_the_triggers_shows(how: str, lantern: Organisation, member_client: Client) -> None:
    for _ in range(5):
        record(lantern.pk, Verb.SETTINGS_CHANGED, lantern, kind=Kind.ORGANISATION)
    # The newest can be followed on their own.
    for newest_ones, looked_at in ((None, 5), (2, 2), (50, 5)):
        chain = verify(lantern.pk, newest=newest_ones)
        assert (chain.looked_at, chain.wrong) == (looked_at, "")
    assert AuditHead.objects.get(pk=lantern.pk).number == 5
    assert "no organisation has this slug" in refusal("verify_audit", "no-such")
    assert ran("verify_audit", "lantern") == "1 logs, 5 events, 0 broken.\n"
    assert "was changed outside" not in member_client.get("/organisations/lantern/audit/").content.decode()
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(TAMPERED[how])
    assert verify(lantern.pk).wrong
    with pytest.raises(SystemExit) as ended:
        ran("verify_audit")
    assert ended.value.code == 1
    assert "was changed outside" in member_client.get("/organisations/lantern/audit/").content.decode()


def test_owners_find_by_what_who_and_when(lantern: Organisation, member_client: Client, team_mate: User) -> None:
    change_role(lantern, team_mate.pk, "admin", by_owner=True)
    record(lantern.pk, Verb.SETTINGS_CHANGED, lantern, kind=Kind.ORGANISATION)
    today = timezone.localdate()

    def page(**asked: str) -> str:
        answer = member_client.get("/organisations/lantern/audit/", asked)
        assert answer.status_code == 200
        return answer.content.decode().split("<tbody>")[-1]

    assert "Tom Mate" in page()
    assert "changed the settings" not in page(verb="role_changed")
    assert "changed the settings" not in page(who="tom")
    assert "changed a role: admin" in page(who="tom", since=str(today), until=str(today))
    assert "Nothing of this kind" in page(until=str(today - datetime.timedelta(days=1)))
    assert "Nothing of this kind" in page(who="nobody")
    wrong = member_client.get("/organisations/lantern/audit/", {"since": "yesterday", "verb": "x", "who": "\0"})
    assert wrong.status_code == 422


def test_fifty_a_page_in_a_fixed_number_of_statements(
    lantern: Organisation, member_client: Client, member: User, django_assert_num_queries: Any
) -> None:
    record(lantern.pk, Verb.JOINED, actor=member)
    for _ in range(2):
        record_all(lantern.pk, [Entry(Verb.JOINED, person=member.pk)] * 60, actor=member)
        with django_assert_num_queries(11):
            page = member_client.get("/organisations/lantern/audit/")
        assert page.content.count(b"<time") == 50


def test_the_file_has_no_formulas_and_says_the_same(lantern: Organisation, member: User, member_client: Client) -> None:
    User.objects.filter(pk=member.pk).update(name="=HYPERLINK(1)", time_zone="Pacific/Kiritimati")
    record(lantern.pk, Verb.SETTINGS_CHANGED, lantern, kind=Kind.ORGANISATION, actor=member)
    answer = member_client.post("/organisations/lantern/audit.csv", {"verb": "settings_changed"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["actor"], row["action"], row["number"]) for row in rows] == [
        ("'=HYPERLINK(1)", "settings_changed", "1")
    ]
    assert rows[0]["time"].endswith("+14:00"), "the day that the page says"
    assert rows[0]["hash"] == AuditEvent.objects.get(organisation=lantern, number=1).hash
    assert newest(lantern).verb == "log_exported"
