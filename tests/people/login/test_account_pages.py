"""Every account page: our look, one heading, labels, nothing inline, and errors that belong to their field."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from people.models import User
from tests.factories import PASSWORD, say_who
from tests.people.login.keys import credential

pytestmark = pytest.mark.django_db

TO_VISITORS = [
    "/account/login/",
    "/account/signup/",
    "/account/login/code/",
    "/account/password/reset/",
    "/account/password/reset/done/",
    "/account/password/reset/key/abc-def/",
    "/account/password/reset/key/done/",
    "/account/inactive/",
]
TO_MEMBERS = [
    "/account/profile/",
    "/account/email/",
    "/account/password/change/",
    "/account/logout/",
    "/account/reauthenticate/",
    "/account/2fa/",
    "/account/2fa/totp/activate/",
    "/account/2fa/webauthn/",
    "/account/2fa/webauthn/add/",
]
WITH_TWO_STEPS = [
    "/account/2fa/",
    "/account/2fa/totp/deactivate/",
    "/account/2fa/recovery-codes/",
    "/account/2fa/recovery-codes/generate/",
    "/account/2fa/reauthenticate/",
    "/account/2fa/webauthn/",
]
CONTROLS = {"input", "select", "textarea"}


class Page(HTMLParser):
    """Counts headings, and collects ids, labels, controls and what a strict policy would refuse."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.headings = 0
        self.ids: list[str] = []
        self.labelled: set[str] = set()
        self.controls: list[dict[str, str | None]] = []
        self.inline: list[str] = []
        self.images: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.headings += tag == "h1"
        if given.get("id"):
            self.ids.append(given["id"] or "")
        if tag == "label":
            self.labelled.add(given.get("for") or "")
        if tag in CONTROLS and given.get("type") != "hidden":
            self.controls.append(given)
        if tag == "img":
            self.images.append(given.get("src") or "")
        inline_script = tag == "script" and not given.get("src") and given.get("type") != "application/json"
        if inline_script or tag == "style" or "style" in given or any(name.startswith("on") for name in given):
            self.inline.append(self.get_starttag_text() or tag)


def check(response: HttpResponse) -> Page:
    text = response.content.decode()
    page = Page(text)
    assert page.headings == 1
    assert page.inline == []
    assert [address for address in page.images if not address.startswith("/static/")] == []
    assert len(page.ids) == len(set(page.ids)), f"an id comes twice: {page.ids}"
    assert re.search(r"<title>\s*\S[^<]* – Rungwise</title>", text)
    for control in page.controls:
        # A radio button stands inside its label.
        assert control.get("id") in page.labelled or control.get("type") == "radio", control
        for described in (control.get("aria-describedby") or "").split():
            assert described in page.ids, f"{described} describes nothing"
        if control.get("type") in {"password", "email"}:
            assert control.get("autocomplete"), control
        assert "placeholder" not in control
    return page


def sure(client: Client, user: User) -> None:
    """Log in and prove it once more, which some pages ask for."""
    client.post("/account/login/", {"login": user.email, "password": PASSWORD})
    client.post("/account/reauthenticate/", {"password": PASSWORD})


@pytest.fixture
def two_steps(member: User) -> Client:
    """A member with an app, a key and recovery codes, freshly logged in through all of it."""
    client = Client()
    sure(client, member)
    TOTP.activate(member, generate_totp_secret())
    WebAuthn.add(member, "My laptop", credential())
    RecoveryCodes.activate(member)
    say_who(client, member)
    return client


def check_all(client: Client, addresses: list[str]) -> None:
    for address in addresses:
        response = client.get(address)
        assert response.status_code == 200, (address, response.headers.get("Location"))
        check(response)


def test_pages_for_visitors(client: Client, rubric: Any) -> None:
    check_all(client, TO_VISITORS)


def test_pages_for_members(client: Client, member: User) -> None:
    sure(client, member)
    check_all(client, TO_MEMBERS)


def test_pages_for_members_with_two_steps(two_steps: Client) -> None:
    check_all(two_steps, WITH_TWO_STEPS)


def test_pages_of_one_key(two_steps: Client) -> None:
    key = Authenticator.objects.get(type=Authenticator.Type.WEBAUTHN).pk
    for address in (f"/account/2fa/webauthn/keys/{key}/edit/", f"/account/2fa/webauthn/keys/{key}/remove/"):
        assert "My laptop" in two_steps.get(address).content.decode()
        check(two_steps.get(address))
    two_steps.post(f"/account/2fa/webauthn/keys/{key}/edit/", {"name": "Blue stick"})
    assert "Blue stick" in two_steps.get("/account/2fa/webauthn/").content.decode()


def test_second_step(two_steps: Client, member: User) -> None:
    client = Client()
    client.post("/account/login/", {"login": member.email, "password": PASSWORD})
    assert "_auth_user_id" not in client.session
    check(client.get("/account/2fa/authenticate/"))
    wrong = client.post("/account/2fa/authenticate/", {"code": "000000"})
    assert "does not match" in wrong.content.decode()
    codes = RecoveryCodes(Authenticator.objects.get(type=Authenticator.Type.RECOVERY_CODES)).get_unused_codes()
    client.post("/account/2fa/authenticate/", {"code": codes[0]})
    assert client.session["_auth_user_id"] == str(member.pk)


WRONG = {
    "/account/login/": {"login": "nora", "password": ""},
    "/account/signup/": {"email": "nora", "password1": "short"},
    "/account/password/reset/": {"email": "nora"},
    "/account/login/code/": {"email": ""},
}


def test_error_belongs_to_its_field(client: Client, rubric: Any) -> None:
    for address, data in WRONG.items():
        page = check(client.post(address, data))
        wrong = [control for control in page.controls if control.get("aria-invalid") == "true"]
        assert wrong, address
        assert all((control.get("aria-describedby") or "").endswith("_error") for control in wrong), address


def test_app_is_set_up_by_a_picture_that_the_policy_allows(client: Client, member: User) -> None:
    sure(client, member)
    text = client.get("/account/2fa/totp/activate/").content.decode()
    assert "<svg" in text
    assert "data:" not in text


NO_PASSKEY = ["", "x", "[]", "1", '"x"', "null", "{}", '{"response": 1}', '{"id": "AA", "rawId": "AA", "response": {}}']


def test_passkey_that_is_none_is_refused_in_words(client: Client, rubric: Any) -> None:
    """A form sent without the browser's part, or with a made-up one."""
    for sent in NO_PASSKEY:
        response = client.post("/account/2fa/webauthn/login/", {"credential": sent}, follow=True)
        assert response.redirect_chain[-1][0] == "/account/login/", sent
        assert response.status_code == 200, sent


def test_account_leads_to_the_profile(member_client: Client) -> None:
    assert member_client.get("/account/").headers["Location"] == "/account/profile/"


def test_shortest_password_is_what_the_pages_say(client: Client, rubric: Any) -> None:
    least = next(item["OPTIONS"]["min_length"] for item in settings.AUTH_PASSWORD_VALIDATORS if "OPTIONS" in item)
    assert f"At least {least} characters" in client.get("/account/signup/").content.decode()
