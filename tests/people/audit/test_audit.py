"""The audit log: who did what to what and who was refused; one chain for each organisation, which nobody changes."""

import csv
import datetime
import io
import uuid
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone

from assessments.rounds.rounds import open_round
from assessments.sharing.copies import share_with_team, withdraw
from people.audit.log import Entry, Kind, Verb, record, record_all, verify
from people.audit.page import _safe
from people.models import AuditEvent, AuditHead, Membership, Organisation, Team, User
from people.organisations.organisations import change_role, found_organisation, leave
from people.organisations.teams import add_to_team, close_team
from tests.assessments.quiz.quiz_steps import answer, start
from tests.factories import (
    PASSWORD,
    client_of,
    exact_profile,
    join,
    join_team,
    make_assessment,
    make_organisation,
    make_team,
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


# What is recorded


def test_who_did_what_to_whom(lantern: Organisation, member_client: Client, member: User, team_mate: User) -> None:
    member_client.post(f"/organisations/lantern/people/{team_mate.pk}/role/", {"role": "admin"})
    event = newest(lantern)
    assert (event.verb, event.detail, event.outcome) == ("role_changed", "admin", "done")
    assert (event.actor, event.role, event.person, event.kind) == (member.pk, "owner", team_mate.pk, "person")
    assert event.number == 1
    assert timezone.now() - event.at < datetime.timedelta(minutes=1)


def test_what_is_done_on_the_server_is_the_operators(lantern: Organisation, team_mate: User) -> None:
    change_role(lantern, team_mate.pk, "admin", by_owner=True)
    assert (newest(lantern).actor, newest(lantern).role) == (None, "operator")


def test_team_and_round_and_leaving(lantern: Organisation, checkout: Team, team_mate: User) -> None:
    add_to_team(checkout, [team_mate.pk], "member")
    open_round(lantern, name="Spring", starts_on=timezone.localdate(), due_on=timezone.localdate())
    close_team(checkout)
    leave(lantern, team_mate.pk)
    assert [verb for verb, _ in said(lantern)] == ["team_joined", "round_opened", "team_closed", "removed"]


def test_sharing_and_taking_back(lantern: Organisation, checkout: Team, member: User) -> None:
    join_team(member, checkout)
    share = share_with_team(
        make_assessment(member, answers=exact_profile("pm"), submitted=True), checkout, with_notes=False
    )
    withdraw(share)
    assert [verb for verb, _ in said(lantern)] == ["copy_given", "copy_withdrawn"]


def test_nothing_is_recorded_of_what_is_rolled_back(lantern: Organisation, member: User) -> None:
    def found_and_fail() -> None:
        with transaction.atomic():
            found_organisation("Quarry", member)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        found_and_fail()
    assert not AuditEvent.objects.filter(verb="organisation_founded").exists()


def test_logging_in_and_out_stand_in_ones_own_log(member: User) -> None:
    client = Client()
    login = {"login": member.email, "password": PASSWORD}
    for _ in range(3):
        client.post("/account/login/", login | {"password": "not this one"})
    client.post("/account/login/", login)
    client.post("/account/logout/")
    assert said(member.home) == [("log_in_failed", "denied"), ("logged_in", "done"), ("logged_out", "done")]


def test_an_answer_writes_nothing_into_the_log(member_client: Client) -> None:
    draft = start(member_client)
    before = AuditEvent.objects.count()
    for number in range(3):
        assert (
            answer(member_client, draft, "data", htmx=True, step=str(number), revision=str(number)).status_code == 200
        )
    assert AuditEvent.objects.count() == before


def test_an_event_takes_four_statements_and_a_hundred_too(
    lantern: Organisation, django_assert_num_queries: Any, member: User
) -> None:
    record(lantern.pk, Verb.JOINED, actor=member)
    for count in (1, 100):
        with transaction.atomic(), django_assert_num_queries(4):
            record_all(lantern.pk, [Entry(Verb.JOINED)] * count, actor=member)


# What was refused


def test_a_refusal_is_recorded_and_the_same_one_once(lantern: Organisation, team_mate: User) -> None:
    client = client_of(team_mate)
    for _ in range(3):
        assert client.get("/organisations/lantern/people/").status_code == 403
    assert client.get("/organisations/lantern/audit/").status_code == 403
    assert said(lantern) == [("refused", "denied")] * 2
    event = newest(lantern)
    assert (event.actor, event.role, event.detail) == (team_mate.pk, "organisation member", "read_log")


def test_a_strangers_404_is_one_too(lantern: Organisation, stranger_client: Client, checkout: Team) -> None:
    for address in ("/organisations/lantern/", "/teams/checkout/", "/organisations/no-such/"):
        assert stranger_client.get(address).status_code == 404
    assert [event.role for event in AuditEvent.objects.filter(organisation=lantern)] == ["outside", "outside"]


def test_somebody_elses_report_is_refused_in_the_log_of_whose_it_is(member: User, stranger_client: Client) -> None:
    report = make_assessment(member, answers=exact_profile("pm"), submitted=True)
    assert stranger_client.get(f"/reports/{report.pk}/").status_code == 404
    assert (newest(member.home).verb, newest(member.home).thing) == ("refused", report.pk)
    assert stranger_client.get(f"/reports/{uuid.uuid4()}/").status_code == 404
    page = client_of(member).get("/account/log/").content.decode()
    assert "was refused" in page
    assert "Somebody from outside" in page
    assert "Sasha" not in page


# The chain


def test_the_log_takes_no_change(lantern: Organisation, team_mate: User) -> None:
    change_role(lantern, team_mate.pk, "admin", by_owner=True)
    rows = AuditEvent.objects.filter(organisation=lantern)
    with pytest.raises(IntegrityError, match="does not change"), transaction.atomic():
        rows.update(verb="joined")
    with pytest.raises(IntegrityError, match="kept"), transaction.atomic():
        rows.delete()
    with pytest.raises(IntegrityError, match="kept"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM people_auditevent")
    assert len(said(lantern)) == 1


def _fill(lantern: Organisation) -> None:
    for _ in range(5):
        record(lantern.pk, Verb.SETTINGS_CHANGED, lantern, kind=Kind.ORGANISATION)


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
    _fill(lantern)
    assert verify(lantern.pk).wrong == ""
    out = io.StringIO()
    call_command("verify_audit", "lantern", stdout=out)
    assert out.getvalue() == "1 logs, 5 events, 0 broken.\n"
    assert "was changed outside" not in member_client.get("/organisations/lantern/audit/").content.decode()
    with unguarded(), connection.cursor() as cursor:
        cursor.execute(TAMPERED[how])
    assert verify(lantern.pk).wrong
    with pytest.raises(SystemExit) as ended:
        call_command("verify_audit", stdout=out)
    assert ended.value.code == 1
    assert "was changed outside" in member_client.get("/organisations/lantern/audit/").content.decode()


def test_the_newest_events_are_followed_on_their_own(lantern: Organisation) -> None:
    _fill(lantern)
    assert (verify(lantern.pk, newest=2).looked_at, verify(lantern.pk, newest=2).wrong) == (2, "")
    assert verify(lantern.pk, newest=50).looked_at == 5
    assert AuditHead.objects.get(pk=lantern.pk).number == 5


def test_an_unknown_slug_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(CommandError, match="no organisation has this slug") as ended:
        call_command("verify_audit", "no-such")
    assert ended.value.returncode == 2


# The page


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


def test_who_has_left_has_no_name_in_it(lantern: Organisation, member_client: Client, team_mate: User) -> None:
    leave(lantern, team_mate.pk)
    page = member_client.get("/organisations/lantern/audit/").content.decode()
    assert "A former member" in page
    assert "Tom" not in page


def test_the_file_has_no_formulas_and_says_the_same(lantern: Organisation, member: User, member_client: Client) -> None:
    User.objects.filter(pk=member.pk).update(name="=HYPERLINK(1)")
    record(lantern.pk, Verb.SETTINGS_CHANGED, lantern, kind=Kind.ORGANISATION, actor=member)
    answer = member_client.post("/organisations/lantern/audit.csv", {"verb": "settings_changed"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["actor"], row["action"], row["number"]) for row in rows] == [
        ("'=HYPERLINK(1)", "settings_changed", "1")
    ]
    assert rows[0]["hash"] == AuditEvent.objects.get(organisation=lantern, number=1).hash
    assert [_safe(text)[0] for text in ("=1", "+1", "-1", "@a", " =1", "\t=1")] == ["'"] * 6
    assert newest(lantern).verb == "log_exported"
