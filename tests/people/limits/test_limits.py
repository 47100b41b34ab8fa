"""How often is too often: each limit answers 429 with a time to come back, and holds over processes."""

import datetime
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from allauth.account import app_settings
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.cache import caches
from django.core.cache.backends.db import DatabaseCache
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from config.caller import caller
from people.limits.limits import within
from people.mail.outbox import reap
from people.models import Invitation, RateCount, User
from people.organisations.organisations import found_organisation
from tests.factories import PASSWORD, client_of, make_assessment, say_who
from tests.pages import page_of
from tests.people.mail import mailbox
from tests.people.organisations.guests import invite

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def few(settings: Any) -> Any:
    """Limits that are quickly reached."""
    settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "2/m/key")
    return settings


def refused(response: HttpResponse) -> bool:
    if response.status_code != 429:
        return False
    assert int(response.headers["Retry-After"]) > 0
    assert "no-store" in response.headers["Cache-Control"]
    page = page_of(response)
    assert "in a short time" in page.text or "Too many attempts" in page.text
    assert page.one("h1")
    return True


def test_wrong_passwords(client: Client, member: User) -> None:
    """The form says it and keeps the address."""
    wrong = {"login": member.email, "password": "guessed"}
    answers = [client.post("/account/login/", wrong) for _ in range(6)]
    assert [refused(answer) for answer in answers] == [False] * 5 + [True]
    assert page_of(answers[-1]).one("input", name="login").attrs["value"] == member.email
    # Wherever they come from: it is the account that is guessed at.
    elsewhere = Client(REMOTE_ADDR="192.0.2.7")
    assert refused(elsewhere.post("/account/login/", wrong | {"password": PASSWORD}))


def test_wrong_passwords_at_other_ports_are_counted_as_well(member: User) -> None:
    """Whoever asks writes what they like into Host, within the names that are allowed, and the address in any case."""
    address = [member.email, member.email.upper(), f" {member.email.title()} "]
    for number in range(5):
        guess = {"login": address[number % 3], "password": "guessed"}
        assert not refused(
            Client(REMOTE_ADDR=f"192.0.2.{number}").post("/account/login/", guess, HTTP_HOST=f"testserver:{number + 1}")
        )
    right, there = {"login": member.email, "password": PASSWORD}, Client(REMOTE_ADDR="192.0.2.7")
    for host in ("testserver", "testserver:6666", "TESTSERVER", "testserver."):
        assert refused(there.post("/account/login/", right, HTTP_HOST=host)), host
    # So is what is asked of who is logged in, and the same as it.
    inside = client_of(member)
    assert (
        "Too many attempts" in inside.post(reverse("account_reauthenticate"), {"password": PASSWORD}).content.decode()
    )


def test_a_new_password_ends_the_pause(client: Client, member: User) -> None:
    wrong = {"login": member.email, "password": "guessed"}
    assert refused([client.post("/account/login/", wrong, HTTP_HOST="testserver:6666") for _ in range(6)][-1])
    client.post("/account/password/reset/", {"email": member.email})
    form = client.get(mailbox.path_with("/reset/key/"), follow=True).redirect_chain[-1][0]
    new = "sunny-otter-plates-42"
    client.post(form, {"password1": new, "password2": new})
    assert client.post("/account/login/", {"login": member.email, "password": new}).status_code == 302


def test_log_ins_from_one_address(client: Client, rubric: Any) -> None:
    logins = [{"login": f"{number}@example.com", "password": "x"} for number in range(11)]
    assert [refused(client.post("/account/login/", login)) for login in logins] == [False] * 10 + [True]
    assert not refused(Client(REMOTE_ADDR="192.0.2.7").post("/account/login/", {"login": "a@b.example"}))
    data = {"email": "", "password1": PASSWORD}
    assert [refused(client.post("/account/signup/", data)) for _ in range(21)] == [False] * 20 + [True]


@pytest.mark.parametrize(
    ("path", "alone", "together"), [("/account/login/code/", 3, 12), ("/account/password/reset/", 5, 20)]
)
def test_nobody_alone_uses_up_the_mails_of_another(member: User, path: str, alone: int, together: int) -> None:
    """Whoever asks too often is refused; the person, who asks from elsewhere, is not. All together there is an end."""

    def ask(number: int) -> bool:
        return refused(Client(REMOTE_ADDR=f"192.0.2.{number}").post(path, {"email": member.email}))

    assert [ask(1) for _ in range(alone + 3)] == [False] * alone + [True] * 3
    assert not ask(2)
    several = [ask(number) for number in range(3, 3 + together)]
    assert several == [False] * (together - alone - 1) + [True] * (alone + 1)


def thrice(client: Client, address: str, data: dict[str, str] | None = None) -> list[bool]:
    return [refused(client.post(address, data) if data is not None else client.get(address)) for _ in range(3)]


TWICE = [False, False, True]


def test_files(
    few: Any, member_client: Client, member: User, stranger_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = make_assessment(member, answers={"data": 3}, submitted=True)
    monkeypatch.setattr("assessments.paper.pdf.write", lambda html, **_: html.encode())
    for name in ("export_report_csv", "export_report_pdf"):
        address = reverse(name, args=[report.pk])
        assert thrice(member_client, address) == TWICE
    # All files together, PDFs apart; one person's are not another's.
    assert refused(member_client.get(reverse("export_evidence_csv")))
    assert not refused(stranger_client.get(reverse("export_evidence_csv")))
    # What is read on the site is not counted.
    assert member_client.get(f"/reports/{report.pk}/").status_code == 200
    say_who(member_client, member)
    assert thrice(member_client, reverse("show_my_data"), {}) == TWICE
    answers = [member_client.post(reverse("account_reauthenticate"), {"password": "x"}) for _ in range(6)]
    assert refused(answers[-1])


def test_invitations(few: Any, member_client: Client, member: User) -> None:
    """The list that was typed stays, and nothing of it went out."""
    organisation = found_organisation("Lantern", member)
    address = reverse("invite_people", args=[organisation.slug])
    for number in range(3):
        answer = invite(member_client, address, f"guest{number}@example.com")
    assert refused(answer)
    assert "guest2@example.com" in page_of(answer).one("textarea").text
    assert Invitation.objects.count() == 2
    again = reverse("resend_invitation", args=[organisation.slug, Invitation.objects.latest("pk").pk])
    assert thrice(member_client, again, {}) == TWICE
    link = member_client.post(reverse("create_link", args=[organisation.slug]), {"days": "7", "uses": "3"})
    assert refused(link)


# Over processes


def test_no_limit_is_switched_off() -> None:
    ours = {"pdf", "file", "data", "invite", "resend", "mailed_code", "write", "shared", "begin", "found"}
    assert ours == set(settings.RATE_LIMITS)
    allauths = app_settings.RATE_LIMITS
    wanted = {"login", "login_failed", "signup", "request_login_code", "reset_password", "reauthenticate", "open_link"}
    assert wanted <= {name for name, rate in allauths.items() if rate}


def test_what_is_counted_is_not_pushed_out(rubric: Any) -> None:
    """A full cache throws away rows; Django's own 300 would let anybody reset the counters by visiting from many."""
    cache = caches["default"]
    assert isinstance(cache, DatabaseCache)
    assert cache._max_entries >= 100_000


COUNT = """
import django, json, sys
django.setup()
from django.contrib.auth.models import AnonymousUser
from django.test import Client, RequestFactory
from config.caller import caller
from people.limits.limits import within
request = RequestFactory().post("/")
request.user = AnonymousUser()
wrong = {"login": "somebody@example.com", "password": "guessed"}
client = Client()
client.get("/account/login/")
sys.stdin.readline()
data = [within(request, "data") for _ in range(8)]
print(json.dumps([data, [client.post("/account/login/", wrong).status_code for _ in range(6)]]))
"""


def test_two_processes_count_as_one(own_database: str) -> None:
    """At once, each tries eight times what ten may do, and six wrong passwords for an account that has five."""
    own = os.environ | {"DATABASE_URL": own_database, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    own |= {"PYTHONPATH": str(ROOT), "ALLOWED_HOSTS": "testserver"}
    command, pipe = [sys.executable, "-c", COUNT], subprocess.PIPE
    processes = [subprocess.Popen(command, cwd=ROOT, env=own, stdin=pipe, stdout=pipe, text=True) for _ in range(2)]
    for process in processes:
        assert process.stdin
        process.stdin.write("\n")
        process.stdin.flush()
    said = [json.loads(process.communicate(timeout=120)[0].splitlines()[-1]) for process in processes]
    assert sum(sum(data) for data, _ in said) == 10, said
    assert sorted(status for _, log_ins in said for status in log_ins) == [200] * 5 + [429] * 7, said


def test_a_limit_is_by_person_wherever_they_are(few: Any, member: User) -> None:
    answers = []
    for address in ("192.0.2.1", "192.0.2.2", "192.0.2.3"):
        request = RequestFactory(REMOTE_ADDR=address).get("/")
        request.user = member
        answers.append(within(request, "file"))
    assert answers == [True, True, False]


def test_a_network_of_ipv6_is_one_visitor_and_each_address_of_ipv4_another(few: Any) -> None:
    """Whoever has an address of IPv6 has its whole /64. A socket for both writes ::ffff: before those of IPv4."""

    def asks(address: str) -> bool:
        request = RequestFactory(REMOTE_ADDR=address).get("/")
        request.user = AnonymousUser()
        caller(lambda _: HttpResponse())(request)
        return within(request, "file")

    network = ("2001:db8:0:1::1", "2001:db8:0:1:a:b:c:d", "2001:db8:0:1:ffff::")
    assert [asks(address) for address in network] == [True, True, False]
    assert asks("2001:db8:0:2::1")
    assert [asks(f"::ffff:192.0.2.{number}") for number in range(4)] == [True] * 4
    assert [asks(address) for address in ("192.0.2.1", "::ffff:192.0.2.1")] == [True, False]


# What it costs, and how exact it is


def asked_by(user: User) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = user
    return request


@pytest.mark.parametrize(("action", "statements"), [("data", 1), ("pdf", 2)])
def test_a_limit_costs_a_statement_a_rate(member: User, action: str, statements: int) -> None:
    request = asked_by(member)
    for _ in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert within(request, action)
        assert len(queries) == statements


def test_a_span_begins_with_its_first_use(member: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.RATE_LIMITS = {"data": "0/m/key"}
    assert not within(asked_by(member), "data"), "a limit of none lets nobody through"
    RateCount.objects.all().delete()
    settings.RATE_LIMITS = {"data": "2/m/key,400/h/key"}
    began = timezone.now()
    said = []
    for seconds in (0, 59, 59, 60, 61, 62, 119, 120):
        at = began + datetime.timedelta(seconds=seconds)
        monkeypatch.setattr("people.limits.rates.timezone.now", lambda at=at: at)
        said.append(within(asked_by(member), "data"))
    assert said == [True, True, False, True, True, False, False, True]
    # What is refused is not held against anybody.
    assert sorted(RateCount.objects.values_list("used", flat=True)) == [1, 5]


def test_old_counts_go_and_lead_to_nobody(member: User, stranger: User, monkeypatch: pytest.MonkeyPatch) -> None:
    within(asked_by(member), "data")
    later = timezone.now() + datetime.timedelta(minutes=59)
    monkeypatch.setattr("people.limits.rates.timezone.now", lambda: later)
    within(asked_by(stranger), "data")
    assert RateCount.objects.count() == 2
    assert not any(str(member.pk) in row.key for row in RateCount.objects.all())
    later += datetime.timedelta(minutes=2)
    assert reap()["old counts deleted"] == 1
    assert RateCount.objects.count() == 1
