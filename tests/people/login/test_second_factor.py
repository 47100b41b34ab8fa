"""Whom SECOND_FACTOR names sees nothing private without a second step; all others see what they saw before."""

import datetime
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver, reverse
from django.utils import timezone

from config import doctor
from people.login.second_factor import is_open
from people.models import Membership, TeamMembership, User
from tests.factories import (
    PASSWORD,
    client_of,
    join,
    join_team,
    make_assessment,
    make_organisation,
    make_team,
    make_user,
    say_who,
)
from tests.people.login.keys import code_for, credential, stop_half_minute

pytestmark = pytest.mark.django_db
INDEX = reverse("mfa_index")
# Who is who, and which settings name them.
PERSONAS = dict.fromkeys(("member", "loner", "former_owner", "former_manager"), frozenset({"everybody"}))
PERSONAS |= dict.fromkeys(("manager", "admin", "owner", "staff"), frozenset({"everybody", "managers"}))


@pytest.fixture
def people(rubric: Any) -> dict[str, User]:
    cast = {name: make_user(f"{name}@example.com", is_staff=name == "staff") for name in PERSONAS}
    organisation = make_organisation()
    team = make_team(organisation)
    for name in ("member", "manager", "admin", "owner", "former_owner", "former_manager"):
        role = name.removeprefix("former_")
        in_it = join(cast[name], organisation, role if role in {"admin", "owner"} else Membership.Role.MEMBER)
        in_team = join_team(cast[name], team, TeamMembership.Role.MANAGER if role == "manager" else "member")
        if role != name:
            Membership.objects.filter(pk=in_it.pk).update(left_at=timezone.now())
            TeamMembership.objects.filter(pk=in_team.pk).update(left_at=timezone.now())
    return cast


def show_second_step(client: Client, user: User) -> None:
    say_who(client, user, method="mfa", type="totp")


def led_to(response: Any) -> str:
    return str(response.headers["Location"]).partition("?")[0] if response.status_code == 302 else ""


@pytest.mark.parametrize("setting", ["staff", "managers", "everybody"])
def test_who_is_led_to_set_one_up(people: dict[str, User], settings: Any, setting: str) -> None:
    settings.SECOND_FACTOR = setting
    for persona, user in people.items():
        is_named = setting in PERSONAS[persona]
        report = make_assessment(user, answers={"data": 3}, submitted=True)
        client = client_of(user)
        private = [
            *(reverse(name) for name in ("list_reports", "edit_profile", "show_my_data", "list_evidence", "show_home")),
            *(reverse(name, args=[report.pk]) for name in ("show_report", "export_report_csv")),
        ]
        for address in private:
            response = client.get(address)
            assert led_to(response) == (INDEX if is_named else ""), (persona, address)
            assert is_named or response.status_code == 200, (persona, address)
        # Nor is anything changed.
        client.post(reverse("edit_profile"), {"name": "Changed", "time_zone": "UTC"})
        user.refresh_from_db()
        assert (user.name == "Changed") is not is_named, persona
        if is_named:
            page = client.get(reverse("list_reports"), follow=True).content.decode()
            assert "Set one up first" in page
            part = client.get(reverse("list_evidence"), headers={"HX-Request": "true"})
            assert (part.status_code, part.headers["HX-Redirect"]) == (401, INDEX)
        assert client.post(reverse("account_logout")).status_code == 302
        assert not client.session.get("_auth_user_id")


def names(patterns: Any, prefix: str = "") -> Iterator[str]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            space = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern.url_patterns, prefix + space)
        else:
            yield f"{prefix}{pattern.name}"


def test_nothing_else_is_open() -> None:
    everything = set(names(get_resolver().url_patterns))
    assert len(everything) > 150
    pages = ("index", "authenticate", "login_webauthn", "reauthenticate", "reauthenticate_webauthn")
    second_step = {f"mfa_{name}" for name in (*pages, "activate_totp", "deactivate_totp")}
    second_step |= {f"mfa_{name}_webauthn" for name in ("list", "add", "edit", "remove")}
    second_step |= {f"mfa_{name}_recovery_codes" for name in ("view", "generate", "download")}
    ways = {"account_logout", "account_reauthenticate", "reauthenticate_by_mail"}
    assert {name for name in everything if is_open(name)} == second_step | ways


@pytest.mark.parametrize("setting", ["managers", "everybody"])
def test_visitors_are_not_asked(client: Client, rubric: Any, settings: Any, setting: str) -> None:
    settings.SECOND_FACTOR = setting
    with CaptureQueriesContext(connection) as queries:
        assert client.get(reverse("show_ladder")).status_code == 200
    assert not any("mfa_" in query["sql"] for query in queries)
    quiz = client.post(reverse("start_quiz"), {"level": "pm"})
    assert client.get(quiz.headers["Location"]).status_code == 200
    assert client.get(reverse("list_reports")).status_code == 200
    assert led_to(client.get(reverse("list_evidence"))) == reverse("account_login")


def test_setting_one_up_and_showing_it_opens_everything(
    member: User, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop_half_minute(monkeypatch)
    settings.SECOND_FACTOR = "everybody"
    client = Client()
    client.post(reverse("account_login"), {"login": member.email, "password": PASSWORD})
    assert led_to(client.get(reverse("list_reports"))) == INDEX
    page = reverse("mfa_activate_totp")
    asked = client.get(page)
    assert led_to(asked) == reverse("account_reauthenticate")
    client.post(asked.headers["Location"], {"password": PASSWORD, "next": page})
    html = client.get(page).content
    assert b"<svg" in html
    assert b"<?xml" not in html
    secret = client.session["mfa.totp.secret"]
    done = client.post(page, {"code": code_for(secret)})
    assert led_to(done) == reverse("mfa_view_recovery_codes")
    # The session in which it was set up shows it once.
    asked = client.get(reverse("list_reports"))
    assert led_to(asked) == reverse("mfa_reauthenticate")
    back = client.post(asked.headers["Location"], {"code": code_for(secret), "next": reverse("list_reports")})
    assert led_to(back) == reverse("list_reports")
    assert client.get(reverse("list_reports")).status_code == 200


@pytest.mark.parametrize(("off", "lets_in"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
def test_a_code_of_the_half_minute_before_or_after_is_taken_once(
    member: User, monkeypatch: pytest.MonkeyPatch, off: int, lets_in: bool
) -> None:
    now = 1_800_000_000

    def clocks(at: int) -> None:
        """Those of the codes, and of the cache that remembers them."""
        monkeypatch.setattr(time, "time", lambda: at)
        moment = datetime.datetime.fromtimestamp(at, datetime.UTC)
        monkeypatch.setattr("django.core.cache.backends.db.tz_now", lambda: moment)

    clocks(now)
    secret = generate_totp_secret()
    TOTP.activate(member, secret)
    code = format_hotp_value(hotp_value(secret, now // 30 + off))

    def logs_in(typed: str) -> bool:
        client = Client()
        client.post(reverse("account_login"), {"login": member.email, "password": PASSWORD})
        client.post(reverse("mfa_authenticate"), {"code": typed})
        return "_auth_user_id" in client.session

    assert logs_in(code) == lets_in
    # As long as it would be right, and however it is written.
    for later in (0, 31, 59) if lets_in else ():
        clocks(now + later)
        assert not logs_in(f"{code[:3]} {code[3:]}")


def test_a_session_older_than_the_second_step_shows_it_first(people: dict[str, User], settings: Any) -> None:
    settings.SECOND_FACTOR = "managers"
    for name in ("manager", "member"):
        user = people[name]
        client = client_of(user)
        say_who(client, user)
        TOTP.activate(user, generate_totp_secret())
        is_named = name == "manager"
        assert led_to(client.get(reverse("list_reports"))) == (reverse("mfa_reauthenticate") if is_named else "")
        show_second_step(client, user)
        assert client.get(reverse("list_reports")).status_code == 200
        # Who takes it away again is led back; a passkey is two factors.
        user.authenticator_set.all().delete()  # type: ignore[attr-defined]
        assert led_to(client.get(reverse("list_reports"))) == (INDEX if is_named else "")
        user.authenticator_set.create(type="webauthn", data={"name": "Key", "credential": credential()})  # type: ignore[attr-defined]
        by_key = led_to(client_of(user).get(reverse("list_reports")))
        assert by_key == (reverse("mfa_reauthenticate_webauthn") if is_named else "")
        assert client.get(reverse("list_reports")).status_code == 200


def test_who_is_made_a_manager_is_asked_with_the_next_request(people: dict[str, User], settings: Any) -> None:
    settings.SECOND_FACTOR = "managers"
    client = client_of(people["member"])
    assert client.get(reverse("list_reports")).status_code == 200
    TeamMembership.objects.filter(user=people["member"]).update(role=TeamMembership.Role.MANAGER)
    assert led_to(client.get(reverse("list_reports"))) == INDEX


@pytest.mark.parametrize(("setting", "statements"), [("staff", 0), ("managers", 1), ("everybody", 1)])
def test_it_costs_a_statement_at_most(member: User, settings: Any, setting: str, statements: int) -> None:
    TOTP.activate(member, generate_totp_secret())
    client = client_of(member)
    show_second_step(client, member)
    settings.SECOND_FACTOR = "staff"
    with CaptureQueriesContext(connection) as before:
        client.get(reverse("list_reports"))
    settings.SECOND_FACTOR = setting
    with CaptureQueriesContext(connection) as after:
        client.get(reverse("list_reports"))
    assert len(after) - len(before) == statements


@pytest.mark.parametrize(("setting", "left"), [("staff", 0), ("managers", 3), ("everybody", 7)])
def test_the_doctor_says_how_many_have_none(people: dict[str, User], settings: Any, setting: str, left: int) -> None:
    settings.SECOND_FACTOR = setting
    TOTP.activate(people["staff"], generate_totp_secret())
    (found,) = doctor._second_factor()
    assert found.state == "ok"
    assert f"{left} " in found.said
