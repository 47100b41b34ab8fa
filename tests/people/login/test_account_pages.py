"""Every account page: our look, one heading, labels, nothing inline, and errors that belong to their field."""

import re
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
from tests.pages import Node, page_of
from tests.people.login.keys import credential

pytestmark = pytest.mark.django_db

TO_VISITORS = [
    *("/account/login/", "/account/signup/", "/account/login/code/", "/account/password/reset/", "/account/inactive/"),
    *(f"/account/password/reset/{end}/" for end in ("done", "key/abc-def", "key/done")),
]
TO_MEMBERS = [f"/account/{end}/" for end in ("profile", "email", "password/change", "logout", "reauthenticate", "2fa")]
TO_MEMBERS += [f"/account/2fa/{end}/" for end in ("totp/activate", "webauthn", "webauthn/add")]
WITH_TWO_STEPS = ["/account/2fa/"] + [
    f"/account/2fa/{end}/"
    for end in ("totp/deactivate", "recovery-codes", "recovery-codes/generate", "reauthenticate", "webauthn")
]
CONTROLS = {"input", "select", "textarea"}


def check(response: HttpResponse) -> list[Node]:
    """Our look, and nothing that a strict policy refuses; returns the controls."""
    page = page_of(response)
    assert len(page.all("h1")) == 1
    assert re.fullmatch(r"\S.* – Rungwise", page.one("title").text)
    inline = [node for node in page.all("script") if not node.attrs.get("src") and "json" not in node.attrs["type"]]
    inline += [node for node in page if node.tag == "style" or "style" in node.attrs]
    inline += [node for node in page for name in node.attrs if name.startswith("on")]
    assert inline == []
    assert [node for node in page.all("img") if not node.attrs["src"].startswith("/static/")] == []
    ids = [node.attrs["id"] for node in page if node.attrs.get("id")]
    assert len(ids) == len(set(ids)), f"an id comes twice: {ids}"
    labelled = {node.attrs.get("for") for node in page.all("label")}
    controls = [node for node in page if node.tag in CONTROLS and node.attrs.get("type") != "hidden"]
    for control in controls:
        kind = control.attrs.get("type")
        # A radio button stands inside its label.
        assert control.attrs.get("id") in labelled or kind == "radio", control
        assert set(control.attrs.get("aria-describedby", "").split()) <= set(ids), control
        assert control.attrs.get("autocomplete") or kind not in {"password", "email"}, control
        assert "placeholder" not in control.attrs
    return controls


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


def test_pages(client: Client, member: User) -> None:
    check_all(client, TO_VISITORS)
    sure(client, member)
    check_all(client, TO_MEMBERS)
    # The picture of the app's key is one that the policy allows.
    text = client.get("/account/2fa/totp/activate/").content.decode()
    assert "<svg" in text
    assert "data:" not in text
    assert client.get("/account/").headers["Location"] == "/account/profile/"


def test_pages_for_members_with_two_steps(two_steps: Client) -> None:
    check_all(two_steps, WITH_TWO_STEPS)
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
        wrong = [node.attrs for node in check(client.post(address, data)) if node.attrs.get("aria-invalid") == "true"]
        assert wrong, address
        assert all(attrs.get("aria-describedby", "").endswith("_error") for attrs in wrong), address


NO_PASSKEY = ["", "x", "[]", "1", '"x"', "null", "{}", '{"response": 1}', '{"id": "AA", "rawId": "AA", "response": {}}']


def test_passkey_that_is_none_is_refused_in_words(client: Client, rubric: Any) -> None:
    """A form sent without the browser's part, or with a made-up one."""
    for sent in NO_PASSKEY:
        response = client.post("/account/2fa/webauthn/login/", {"credential": sent}, follow=True)
        assert response.redirect_chain[-1][0] == "/account/login/", sent
        assert response.status_code == 200, sent


def test_shortest_password_is_what_the_pages_say(client: Client, rubric: Any) -> None:
    least = next(item["OPTIONS"]["min_length"] for item in settings.AUTH_PASSWORD_VALIDATORS if "OPTIONS" in item)
    assert f"At least {least} characters" in client.get("/account/signup/").content.decode()
