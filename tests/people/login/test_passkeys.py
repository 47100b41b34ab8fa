"""A passkey logs in alone when it was unlocked for it; a key that was only touched is a second step, nothing more."""

from typing import Any

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.internal.auth import WebAuthn
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from django.urls import reverse

from people.models import User
from tests.factories import PASSWORD
from tests.pages import page_of
from tests.people.login.keys import assertion, credential, new_key

pytestmark = pytest.mark.django_db
ALONE, SECOND = reverse("mfa_login_webauthn"), reverse("mfa_authenticate")


def key_of(user: User, **about: Any) -> ec.EllipticCurvePrivateKey:
    key = new_key()
    WebAuthn.add(user, "Laptop", credential(key=key, **about))
    return key


def challenge_of_the_log_in(client: Client) -> str:
    asked = client.get(ALONE, headers={"X-Requested-With": "XMLHttpRequest"}).json()
    assert asked["request_options"]["publicKey"]["userVerification"] == "required"
    return str(asked["request_options"]["publicKey"]["challenge"])


def challenge_of_a_second_step(client: Client, user: User) -> str:
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    client.get(SECOND)
    return str(client.session["mfa.webauthn.state"]["challenge"])


def is_in(client: Client, user: User) -> bool:
    return bool(client.session.get("_auth_user_id") == str(user.pk))


@pytest.mark.parametrize("passkey", [True, None])
def test_a_passkey_logs_in_alone(client: Client, member: User, passkey: bool | None) -> None:
    """Also where the browser did not say that it is one, as it was unlocked when it was set up."""
    key = key_of(member, passkey=passkey)
    client.post(ALONE, {"credential": assertion(key, challenge_of_the_log_in(client), of=member)})
    assert is_in(client, member)


def test_touching_it_is_not_enough(client: Client, member: User) -> None:
    key = key_of(member)
    client.post(ALONE, {"credential": assertion(key, challenge_of_the_log_in(client), of=member, unlocked=False)})
    assert not is_in(client, member)


@pytest.mark.parametrize("unlocked", [True, False])
@pytest.mark.parametrize("passkey", [True, False])
def test_the_challenge_of_a_second_step_does_not_log_in(
    client: Client, member: User, stranger: User, passkey: bool, unlocked: bool
) -> None:
    """Whoever found a key would begin with an account of their own, whose second step asks for a touch only."""
    key = key_of(member, passkey=passkey)
    TOTP.activate(stranger, generate_totp_secret())
    challenge = challenge_of_a_second_step(client, stranger)
    # The log-in that began ends by itself after a while; what is posted then is looked at.
    session = client.session
    del session["account_login"]
    session.save()
    answer = client.post(ALONE, {"credential": assertion(key, challenge, of=member, unlocked=unlocked)}, follow=True)
    assert not is_in(client, member)
    assert "Unlock your key" in page_of(answer).text


@pytest.mark.parametrize("about", [{"passkey": False}, {"passkey": None, "unlocked": False}])
def test_a_key_for_the_second_step_does_not_log_in_alone(client: Client, member: User, about: Any) -> None:
    key = key_of(member, **about)
    challenge = challenge_of_the_log_in(client)
    answer = client.post(ALONE, {"credential": assertion(key, challenge, of=member)}, follow=True)
    assert not is_in(client, member)
    assert "your second step" in page_of(answer).text


@pytest.mark.parametrize("passkey", [True, False])
def test_a_touch_is_a_second_step(client: Client, member: User, passkey: bool) -> None:
    key = key_of(member, passkey=passkey)
    RecoveryCodes.activate(member)
    challenge = challenge_of_a_second_step(client, member)
    client.post(SECOND, {"credential": assertion(key, challenge, unlocked=False)})
    assert is_in(client, member)
