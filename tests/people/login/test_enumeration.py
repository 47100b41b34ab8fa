"""From outside, an address with an account and one without look alike: by page, by cookie and by the work done."""

import re
from smtplib import SMTPServerDisconnected
from typing import Any, ClassVar
from unittest.mock import Mock

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client

from people.mail import post as people_mail
from people.models import OutboxMail, User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

UNKNOWN = "unknown@example.com"
type Step = tuple[str, dict[str, str] | None]


class CountingHasher(MD5PasswordHasher):
    """Counts how often a password was hashed: with the real hasher, that is where the time goes."""

    hashed: ClassVar[list[str]] = []

    def encode(self, password: str, salt: str) -> str:
        self.hashed.append(password)
        return super().encode(password, salt)


@pytest.fixture
def hashed(settings: Any) -> list[str]:
    settings.PASSWORD_HASHERS = [f"{__name__}.CountingHasher"]
    CountingHasher.hashed.clear()
    return CountingHasher.hashed


@pytest.fixture
def known(hashed: list[str], member: User) -> str:
    hashed.clear()
    return member.email


def seen(response: Any, address: str) -> tuple[Any, ...]:
    """What an answer shows, apart from the address itself and the tokens and numbers that differ on every page."""
    text = response.content.decode().replace(address, "ADDRESS").replace(response.headers["X-Request-ID"], "")
    text = re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", text)
    return response.status_code, response.headers.get("Location"), sorted(response.cookies), text


ADDRESS = "their address"
CONFIRM, BY_CODE, CODE_PAGE = "/account/confirm-email/", "/account/login/code/", "/account/login/code/confirm/"
# Pages that are read, and what is sent to some; a word of it stands for the address.
SIGN_UP: list[Step] = [("/account/signup/", {"email": ADDRESS, "password1": PASSWORD})]
STEPS: dict[str, list[Step]] = {
    "sign up": [
        *SIGN_UP,
        (CONFIRM, None),
        (CONFIRM, {"action": "resend"}),
        *((CONFIRM, {"code": code}) for code in ("BBBB-BBBB", "", "CCCC-CCCC")),
        ("/account/login/", None),
    ],
    "sign up twice": SIGN_UP * 2,
    "wrong password": [("/account/login/", {"login": ADDRESS, "password": "not-the-password"})] * 6,
    "code by mail": [
        (BY_CODE, {"email": ADDRESS}),
        (CODE_PAGE, None),
        (CODE_PAGE, {"action": "resend"}),
        (CODE_PAGE, None),
        *[(CODE_PAGE, {"code": "BBBB-BBBB"})] * 3,
        (BY_CODE, None),
    ],
    "new password": [("/account/password/reset/", {"email": ADDRESS}), ("/account/password/reset/done/", None)],
}


def take(step: Step, client: Client, address: str) -> Any:
    path, data = step
    if data is None:
        return client.get(path)
    return client.post(path, {name: address if value is ADDRESS else value for name, value in data.items()})


@pytest.mark.parametrize("what", STEPS)
def test_addresses_look_alike(what: str, known: str, hashed: list[str]) -> None:
    there, nobody = Client(), Client()
    for number, step in enumerate(STEPS[what]):
        answer = seen(take(step, there, known), known)
        work = len(hashed)
        hashed.clear()
        assert seen(take(step, nobody, UNKNOWN), UNKNOWN) == answer, f"step {number}"
        assert len(hashed) == work, f"step {number}: {work} hashes for a known address, {len(hashed)} for another"
        hashed.clear()


def test_signing_up_with_a_known_address_changes_nothing(client: Client, known: str) -> None:
    before = User.objects.get(email=known).password
    take(SIGN_UP[0], client, known)
    assert User.objects.get(email=known).password == before
    assert mail.outbox[-1].to == [known]
    assert "You have an account with this address already" in mail.outbox[-1].body


def test_nobody_is_mailed_who_has_no_account(client: Client, known: str) -> None:
    for name in ("new password", "code by mail"):
        take(STEPS[name][0], client, UNKNOWN)
    assert mail.outbox == []


def test_nobody_waits_for_the_mail_server(settings: Any, django_capture_on_commit_callbacks: Any) -> None:
    """A slow server would make a known address the slow one: the worker sends."""
    settings.MAIL_IN_BACKGROUND = True
    with django_capture_on_commit_callbacks(execute=True):
        people_mail.post(EmailMessage("Hello", "…", to=["nora@example.com"]))
    assert mail.outbox == []
    assert OutboxMail.objects.get().message["to"] == ["nora@example.com"]


@pytest.mark.parametrize("error", [SMTPServerDisconnected("gone"), ConnectionRefusedError("no server")])
def test_mail_server_that_is_away_costs_no_page(
    client: Client, known: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: OSError
) -> None:
    monkeypatch.setattr(EmailMessage, "send", Mock(side_effect=error))
    reset = STEPS["new password"][0]
    assert seen(take(reset, client, known), known) == seen(take(reset, Client(), UNKNOWN), UNKNOWN)
    assert "a mail could not be sent" in caplog.text
    assert "Choose a new password" not in "".join(record.getMessage() for record in caplog.records)
