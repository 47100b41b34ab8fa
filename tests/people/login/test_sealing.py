"""Secrets of second steps are encrypted at rest; what was there in the clear still works, and keys can be changed."""

import io
import json
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from config import doctor
from people.login.sealing import head, is_readable, seal, unseal
from people.login.second_steps import not_under_the_key, reseal
from people.models import User
from tests.commands import ran, refusal
from tests.factories import PASSWORD, client_of, make_user, say_who
from tests.people.login.keys import code_for, credential, stop_half_minute

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("half_minute")]
KEYS = [f"key number {number} that is as long as a real one, or nearly so" for number in range(3)]


@pytest.fixture
def half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_half_minute(monkeypatch)


def stored(user: User, kind: str) -> str:
    return json.dumps(Authenticator.objects.get(user=user, type=kind).data)


def in_the_clear(user: User) -> tuple[str, list[str]]:
    """As it was stored before there was sealing. The app's secret, and the recovery codes."""
    secret, seed = generate_totp_secret(), RecoveryCodes.generate_seed()
    Authenticator.objects.create(user=user, type="totp", data={"secret": secret})
    codes = Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": seed, "used_mask": 0})
    return secret, codes.wrap().generate_codes()


def logs_in_with(user: User, code: str) -> bool:
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    response = client.post(reverse("mfa_authenticate"), {"code": code})
    assert response.status_code in {200, 302}
    assert response.status_code == 302 or "does not match" in response.content.decode()
    return response.status_code == 302


@given(st.text(min_size=8, max_size=200))
def test_what_is_sealed_opens_and_says_nothing(text: str) -> None:
    sealed = seal(text)
    assert sealed.startswith(head())
    assert text not in sealed
    assert sealed != seal(text)
    assert unseal(sealed) == text
    assert is_readable(sealed)


@pytest.mark.parametrize("place", range(0, 90, 7))
def test_a_changed_letter_opens_nothing(place: int) -> None:
    """It becomes a secret that nobody knows, and is no error: what can't be read fits no code."""
    secret = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
    sealed = seal(secret)
    start = len(head())
    at = start + place % (len(sealed) - start - 2)
    changed = sealed[:at] + ("A" if sealed[at] != "A" else "B") + sealed[at + 1 :]
    assert not is_readable(changed)
    assert unseal(changed) not in {secret, changed, ""}


@pytest.mark.parametrize(
    "text", ["sealed1:", "sealed1:::", "sealed1:12345678:", "sealed1:ümlaut:ÿ", None, "", "é", "A="]
)
def test_what_is_no_sealed_secret(text: str | None) -> None:
    given = text if text and text.startswith("sealed1:") else head() + (text or "")
    assert not is_readable(given)
    # allauth makes codes of it as of any other.
    assert len(format_hotp_value(hotp_value(unseal(given), 1))) == 6


def test_earlier_keys_open_and_only_the_present_one_seals(settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEYS[0], []
    sealed = seal("a secret")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEYS[1], [KEYS[2], KEYS[0]]
    assert unseal(sealed) == "a secret"
    assert not sealed.startswith(head())
    settings.SECRET_KEY_FALLBACKS = [KEYS[2]]
    lost = unseal(sealed)
    assert "a secret" not in lost
    assert unseal(sealed) == lost
    # And it hangs on the key, so nobody who writes into the database can choose it.
    settings.SECRET_KEY = KEYS[2]
    assert unseal(sealed) != lost


# What allauth stores


def test_what_is_set_up_is_sealed_and_works(member: User) -> None:
    client = client_of(member)
    say_who(client, member)
    client.get(reverse("mfa_activate_totp"))
    secret = client.session["mfa.totp.secret"]
    client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert secret not in stored(member, "totp")
    assert head() in stored(member, "totp")
    assert f'"seed": "{head()}' in stored(member, "recovery_codes")
    codes = RecoveryCodes.activate(member).get_unused_codes()
    say_who(client, member)
    assert codes[0] in client.get(reverse("mfa_view_recovery_codes")).content.decode()
    assert logs_in_with(member, code_for(secret))
    assert not logs_in_with(member, code_for(generate_totp_secret()))
    assert logs_in_with(member, codes[0])
    assert not logs_in_with(member, codes[0])


def test_what_was_there_in_the_clear_works_and_is_sealed_by_the_command(member: User) -> None:
    secret, codes = in_the_clear(member)
    other = make_user("other@example.com")
    Authenticator.objects.create(user=other, type="webauthn", data={"name": "Key", "credential": credential()})
    Authenticator.objects.create(user=other, type="totp", data={"secret": seal("JBSWY3DPEHPK3PXP")})
    assert logs_in_with(member, codes[0])
    assert not_under_the_key().count() == 2
    assert ran("seal_second_steps") == "2 second steps were sealed under the present key.\n"
    assert secret not in stored(member, "totp")
    assert logs_in_with(member, code_for(secret))
    assert logs_in_with(member, codes[1])
    # What was used stays used.
    assert not logs_in_with(member, codes[0])
    assert reseal() == (0, 0)


def test_while_older_processes_run_nothing_is_sealed(member: User, settings: Any) -> None:
    settings.SEAL_SECOND_STEPS = False
    secret = generate_totp_secret()
    TOTP.activate(member, secret)
    # What the release before reads.
    assert Authenticator.objects.get().data == {"secret": secret}
    assert "SEAL_SECOND_STEPS is 0" in refusal("seal_second_steps")
    assert Authenticator.objects.get().data == {"secret": secret}
    # What others sealed already is read.
    assert unseal(seal("a secret")) == "a secret"


def test_a_change_of_keys(member: User, settings: Any) -> None:
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEYS[0], []
    secret = generate_totp_secret()
    TOTP.activate(member, secret)
    codes = RecoveryCodes.activate(member).generate_codes()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEYS[1], [KEYS[0]]
    assert logs_in_with(member, codes[0])
    assert reseal() == (2, 0)
    settings.SECRET_KEY_FALLBACKS = []
    assert logs_in_with(member, codes[1])
    assert logs_in_with(member, code_for(secret))


def test_a_key_that_is_gone_lets_nobody_in_and_breaks_no_page(
    member: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.SECRET_KEY = KEYS[0]
    secret = generate_totp_secret()
    TOTP.activate(member, secret)
    codes = RecoveryCodes.activate(member).generate_codes()
    settings.SECRET_KEY = KEYS[1]
    assert not logs_in_with(member, code_for(secret))
    assert not logs_in_with(member, codes[0])
    assert "SECRET_KEY changed without SECRET_KEY_FALLBACKS" in caplog.text
    client = client_of(member)
    say_who(client, member)
    page = client.get(reverse("mfa_view_recovery_codes"))
    assert page.status_code == 200
    assert codes[0] not in page.content.decode()
    # New codes are made, and work.
    client.post(reverse("mfa_generate_recovery_codes"))
    assert logs_in_with(member, RecoveryCodes.activate(member).generate_codes()[0])
    assert reseal() == (0, 1)
    with pytest.raises(CommandError, match="1 can’t be opened"):
        call_command("seal_second_steps", stdout=io.StringIO())


def test_the_doctor_says_how_they_are_kept(member: User, settings: Any) -> None:
    def finding() -> list[tuple[str, str]]:
        return [(found.state, found.said) for found in doctor._second_steps()]

    assert finding() == [("ok", "all are sealed under the present key")]
    in_the_clear(member)
    assert finding() == [("warn", "2 are in the clear or under an earlier key")]
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = KEYS[0], []
    reseal()
    settings.SECRET_KEY = KEYS[1]
    assert finding() == [("fail", "2 can’t be opened: their key is gone")]


@pytest.mark.parametrize("seals", [True, False])
def test_serving_after_migrating_seals(
    member: User, settings: Any, monkeypatch: pytest.MonkeyPatch, seals: bool
) -> None:
    from people.management.commands import serve

    for name in (
        "open_port",
        "refuse_taken",
        "refuse_without_database",
        "start_keeper",
        "become_server",
        "call_command",
    ):
        monkeypatch.setattr(serve, name, lambda *_, **__: None)
    settings.SERVE_MIGRATES, settings.SEAL_SECOND_STEPS = True, seals
    in_the_clear(member)
    call_command("serve")
    assert not_under_the_key().count() == (0 if seals else 2)
