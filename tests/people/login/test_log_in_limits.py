"""allauth's limits are counted as ours are: what a log-in costs, what is given back, and what is apart."""

import datetime
from typing import Any

import pytest
from allauth.account.app_settings import RATE_LIMITS
from allauth.core.exceptions import RateLimited
from allauth.core.internal import ratelimit
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.db import connection
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from people.models import RateCount, User
from tests.factories import PASSWORD, client_of

pytestmark = pytest.mark.django_db
LOG_IN = reverse("account_login")
TRY = {"app": "tests", "action": "try", "key": "somebody"}


def asked() -> HttpRequest:
    return RequestFactory().post("/")


def tries(rate: str, **options: Any) -> Any:
    return ratelimit.consume(asked(), config={"try": rate}, **{**TRY, **options})


def log_in(user: User, password: str = PASSWORD, address: str = "192.0.2.1") -> int:
    return Client(REMOTE_ADDR=address).post(LOG_IN, {"login": user.email, "password": password}).status_code


def test_a_log_in_takes_so_many_statements(member: User) -> None:
    """20 with the marks of two transactions. It was 75, 55 of them to count in the cache."""
    assert log_in(member) == 302
    with CaptureQueriesContext(connection) as queries:
        assert log_in(member) == 302
    said = [query["sql"].split()[0] for query in queries]
    work = [query["sql"] for query, verb in zip(queries, said, strict=True) if verb not in {"SAVEPOINT", "RELEASE"}]
    counting = [sql for sql in work if "people_ratecount" in sql]
    # Three rates; the two for failures are given back.
    assert (len(work), len(counting)) == (16, 5)
    assert (len(queries), any('"cache"' in sql for sql in work)) == (20, False)


def test_what_succeeds_is_given_back_and_what_fails_is_not(member: User) -> None:
    for _ in range(4):
        assert log_in(member, "wrong") == 200
    for _ in range(5):
        assert log_in(member) == 302
    assert log_in(member, "wrong") == 200
    assert log_in(member) == 429


def test_a_log_in_in_between_does_not_hide_guesses(member: User, stranger: User) -> None:
    """By address: ten wrong ones a minute, whatever succeeds among them."""
    said = []
    for number in range(12):
        said.append(log_in(stranger if number % 2 else member, "wrong"))
        if number == 6:
            said.append(log_in(member))
    assert 429 in said
    assert said.count(200) == 10


def test_looking_counts_nothing() -> None:
    assert all(tries("2/m/key", dry_run=True) for _ in range(5))
    assert not RateCount.objects.exists()
    assert [bool(tries("2/m/key")) for _ in range(3)] == [True, True, False]
    assert not tries("2/m/key", dry_run=True)
    with pytest.raises(RateLimited):
        tries("2/m/key", raise_exception=True)
    assert not any(tries("0/m/key", dry_run=looking) for looking in (True, False))


def test_clearing_begins_anew_but_for_the_address_of_the_net() -> None:
    for rates, more in (("1/m/key,1/h/key", True), ("1/m/ip,1/d/key", False)):
        assert [bool(tries(rates)) for _ in range(2)] == [True, False]
        ratelimit.clear(asked(), config={"try": rates}, **TRY)
        assert bool(tries(rates)) is more
    assert tries("1/d/key")


def test_one_s_own_second_step_in_between_does_not_hide_guesses(member: User, stranger: User) -> None:
    """By address of the net: ten wrong ones a minute, although who guesses shows a second step of theirs meanwhile."""
    TOTP.activate(stranger, generate_totp_secret())
    codes = RecoveryCodes.activate(stranger).get_unused_codes()
    own = client_of(stranger)
    said = []
    for number in range(12):
        said.append(log_in(member, "wrong", "127.0.0.1") if number < 4 else guess(number))
        if number == 6:
            assert own.post(reverse("mfa_reauthenticate"), {"code": codes[0], "next": "/"}).status_code == 302
    assert said.count(200) <= 10
    assert said[-1] == 429
    # And their own count begins anew, as it should.
    assert ratelimit.consume(
        asked(), app="tests", action="try", key=f"mfa-auth-user-{stranger.pk}", config={"try": "1/m/key"}
    )


def guess(number: int) -> int:
    return Client().post(LOG_IN, {"login": f"somebody{number}@example.com", "password": "guessed"}).status_code


def test_what_is_given_back_late_is_not_taken_off_the_next_span(monkeypatch: pytest.MonkeyPatch) -> None:
    first = tries("2/m/key")
    later = timezone.now() + datetime.timedelta(seconds=61)
    monkeypatch.setattr("people.limits.rates.timezone.now", lambda: later)
    assert tries("2/m/key")
    first.rollback()
    assert RateCount.objects.get().used == 1
    second = tries("2/m/key")
    second.rollback()
    second.rollback()
    second.rollback()
    assert RateCount.objects.get().used == 0


def test_keys_people_addresses_and_actions_are_apart(member: User, stranger: User) -> None:
    assert tries("1/m/key")
    assert tries("1/m/key", key="another")
    assert ratelimit.consume(asked(), config={"other": "1/m/key"}, **{**TRY, "action": "other"})
    assert tries("1/m/user", user=member)
    assert tries("1/m/user", user=stranger)
    assert not tries("1/m/user", user=member)
    assert tries("1/m/ip")
    assert not tries("1/m/ip")
    # Nobody reads out of the table who they were.
    assert all(len(count.key) == 64 for count in RateCount.objects.all())


def test_every_limit_of_allauth_goes_through_here(member: User) -> None:
    """Should allauth come to count in another way, this is where it shows."""
    for action, rates in RATE_LIMITS.items():
        for rate in rates.split(",") if rates else []:
            before = RateCount.objects.count()
            options = {"app": "allauth.account", "key": f"for {action} {rate}", "user": member}
            assert ratelimit.consume(asked(), action=action, config={action: rate}, **options), action
            assert RateCount.objects.count() == before + 1, action
