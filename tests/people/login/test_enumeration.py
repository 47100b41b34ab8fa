"""From outside, an address with an account and one without look alike: by page, by cookie and by the work done."""

import re
from collections.abc import Callable
from smtplib import SMTPServerDisconnected
from typing import Any, ClassVar

import pytest
from django.contrib.auth.hashers import MD5PasswordHasher
from django.core import mail
from django.core.mail import EmailMessage
from django.http import HttpResponse
from django.test import Client

from people.mail import post as people_mail
from people.models import OutboxMail, User
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

UNKNOWN = "unknown@example.com"
type Step = Callable[[Client, str], HttpResponse]


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


SIGN_UP: list[Step] = [
    lambda client, address: client.post("/account/signup/", {"email": address, "password1": PASSWORD}),
    lambda client, _address: client.get("/account/confirm-email/"),
    lambda client, _address: client.post("/account/confirm-email/", {"action": "resend"}),
    lambda client, _address: client.post("/account/confirm-email/", {"code": "BBBB-BBBB"}),
    lambda client, _address: client.post("/account/confirm-email/", {"code": ""}),
    lambda client, _address: client.post("/account/confirm-email/", {"code": "CCCC-CCCC"}),
    lambda client, _address: client.get("/account/login/"),
]
WRONG_PASSWORD: list[Step] = [
    lambda client, address: client.post("/account/login/", {"login": address, "password": "not-the-password"})
] * 6
CODE: list[Step] = [
    lambda client, address: client.post("/account/login/code/", {"email": address}),
    lambda client, _address: client.get("/account/login/code/confirm/"),
    lambda client, _address: client.post("/account/login/code/confirm/", {"action": "resend"}),
    lambda client, _address: client.get("/account/login/code/confirm/"),
    lambda client, _address: client.post("/account/login/code/confirm/", {"code": "BBBB-BBBB"}),
    lambda client, _address: client.post("/account/login/code/confirm/", {"code": "BBBB-BBBB"}),
    lambda client, _address: client.post("/account/login/code/confirm/", {"code": "BBBB-BBBB"}),
    lambda client, _address: client.get("/account/login/code/"),
]
RESET: list[Step] = [
    lambda client, address: client.post("/account/password/reset/", {"email": address}),
    lambda client, _address: client.get("/account/password/reset/done/"),
]
SIGN_UP_TWICE: list[Step] = [SIGN_UP[0], SIGN_UP[0]]


@pytest.mark.parametrize(
    "steps",
    [SIGN_UP, SIGN_UP_TWICE, WRONG_PASSWORD, CODE, RESET],
    ids=["sign up", "sign up twice", "wrong password", "code by mail", "new password"],
)
def test_addresses_look_alike(steps: list[Step], known: str, hashed: list[str]) -> None:
    there, nobody = Client(), Client()
    for number, step in enumerate(steps):
        answer = seen(step(there, known), known)
        work = len(hashed)
        hashed.clear()
        assert seen(step(nobody, UNKNOWN), UNKNOWN) == answer, f"step {number}"
        assert len(hashed) == work, f"step {number}: {work} hashes for a known address, {len(hashed)} for another"
        hashed.clear()


def test_signing_up_with_a_known_address_changes_nothing(client: Client, known: str) -> None:
    before = User.objects.get(email=known).password
    SIGN_UP[0](client, known)
    assert User.objects.get(email=known).password == before
    assert mail.outbox[-1].to == [known]
    assert "You have an account with this address already" in mail.outbox[-1].body


def test_nobody_is_mailed_who_has_no_account(client: Client, known: str) -> None:
    RESET[0](client, UNKNOWN)
    CODE[0](client, UNKNOWN)
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
    def send(message: EmailMessage) -> int:
        raise error

    monkeypatch.setattr(EmailMessage, "send", send)
    answer = seen(RESET[0](client, known), known)
    assert answer == seen(RESET[0](Client(), UNKNOWN), UNKNOWN)
    assert "a mail could not be sent" in caplog.text
    assert "Choose a new password" not in "".join(record.getMessage() for record in caplog.records)
