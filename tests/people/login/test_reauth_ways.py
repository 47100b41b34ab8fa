"""Whatever somebody holds (a password, an app, a passkey, only their mailbox), dangerous actions ask for it."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from people.login import mailed_codes
from people.models import Membership, Organisation, User
from tests.factories import PASSWORD, client_of, join, make_organisation
from tests.pages import page_of
from tests.people.login.keys import assertion, code_for, credential, new_key, stop_half_minute
from tests.people.mail import mailbox

pytestmark = pytest.mark.django_db
SURE = {"sure": "on"}
BY_PASSWORD, BY_CODE = reverse("account_reauthenticate"), reverse("mfa_reauthenticate")
BY_KEY, BY_MAIL = reverse("mfa_reauthenticate_webauthn"), reverse("reauthenticate_by_mail")


@pytest.fixture(autouse=True)
def half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    stop_half_minute(monkeypatch)


@pytest.fixture
def secret() -> str:
    return str(generate_totp_secret())


type Answer = Callable[[Client, str], Any]


def holding_a_password(user: User) -> Answer:
    return lambda client, way: client.post(way, {"password": PASSWORD})


def without_password(user: User) -> None:
    user.set_unusable_password()
    user.save()


def holding_an_app(user: User) -> Answer:
    without_password(user)
    secret = generate_totp_secret()
    TOTP.activate(user, secret)
    return lambda client, way: client.post(way, {"code": code_for(secret)})


def holding_recovery_codes(user: User) -> Answer:
    holding_an_app(user)
    codes = RecoveryCodes.activate(user).get_unused_codes()
    return lambda client, way: client.post(way, {"code": codes[0]})


def holding_a_passkey(user: User) -> Answer:
    without_password(user)
    key = new_key()
    WebAuthn.add(user, "My laptop", credential(key=key))

    def answer(client: Client, way: str) -> Any:
        challenge = client.get(way).context["js_data"]["request_options"]["publicKey"]["challenge"]
        return client.post(way, {"credential": assertion(key, challenge)})

    return answer


def holding_a_mailbox(user: User) -> Answer:
    without_password(user)

    def answer(client: Client, way: str) -> Any:
        back = client.post(way, {"action": "send"})
        assert back.headers["Location"] == way
        return client.post(way, {"code": mailbox.code().lower()})

    return answer


WAYS = [
    (holding_a_password, BY_PASSWORD),
    (holding_an_app, BY_CODE),
    (holding_recovery_codes, BY_CODE),
    (holding_a_passkey, BY_KEY),
    (holding_a_mailbox, BY_MAIL),
]


@pytest.mark.parametrize(("hold", "way"), WAYS, ids=lambda each: getattr(each, "__name__", ""))
def test_deleting_the_account_asks_for_what_one_has(member: User, hold: Callable[[User], Answer], way: str) -> None:
    answer = hold(member)
    client = client_of(member)
    asked = client.post(reverse("delete_account"), SURE)
    assert asked.status_code == 302
    assert asked.headers["Location"].startswith(f"{way}?next=")
    assert client.get(asked.headers["Location"]).status_code == 200
    assert User.objects.filter(pk=member.pk).exists()
    done = answer(client, asked.headers["Location"])
    assert done.headers["Location"] == reverse("account_deleted")
    assert not User.objects.filter(pk=member.pk).exists()


@pytest.mark.parametrize(("hold", "way"), WAYS, ids=lambda each: getattr(each, "__name__", ""))
def test_each_dangerous_action_asks(member: User, hold: Callable[[User], Answer], way: str) -> None:
    """Ours and those of allauth, by the same way."""
    organisation = make_organisation()
    colleague = join(User.objects.create_user("colleague@example.com"), organisation)
    join(member, organisation, Membership.Role.OWNER)
    hold(member)
    client = client_of(member)
    asking = [
        client.post(reverse("remove_organisation", args=[organisation.slug]), SURE),
        client.post(reverse("change_person", args=[organisation.slug, colleague.user_id]), {"role": "owner"}),
        client.post(reverse("account_email"), {"action_add": "", "email": "new@example.com"}),
        client.get(reverse("mfa_add_webauthn")),
        *([] if hold is holding_a_password else [client.post(reverse("account_set_password"))]),
    ]
    heard = [response.headers.get("Location", "") for response in asking]
    assert [each for each in heard if not each.startswith(f"{way}?next=")] == []
    link = next(
        link.attrs["href"]
        for link in page_of(client.get(reverse("show_my_data"))).one("main").all("a")
        if "next=" in link.attrs["href"]
    )
    assert link.startswith(way)
    assert Organisation.objects.filter(pk=organisation.pk).exists()
    member.refresh_from_db()
    assert member.has_usable_password() == (hold is holding_a_password)


@pytest.mark.parametrize(
    ("hold", "way"), [(holding_an_app, BY_CODE), (holding_a_passkey, BY_KEY)], ids=["app", "passkey"]
)
def test_staff_come_in_by_the_second_step_that_they_have(
    member: User, hold: Callable[[User], Answer], way: str
) -> None:
    member.is_staff = True
    answer = hold(member)
    # A password would not do here, so the way to it is not taken.
    member.set_password(PASSWORD)
    member.save()
    client = client_of(member)
    asked = client.get(reverse("admin:index"))
    assert asked.headers["Location"].startswith(f"{way}?next=")
    assert answer(client, asked.headers["Location"]).headers["Location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200


# Who has a second step


WITH_SECOND_STEP = [
    ("get", "mfa_view_recovery_codes"),
    ("get", "mfa_download_recovery_codes"),
    ("post", "mfa_generate_recovery_codes"),
    ("post", "mfa_deactivate_totp"),
    ("get", "mfa_add_webauthn"),
    ("post", "delete_account"),
    ("post", "account_email"),
]


@pytest.mark.parametrize("confirmed_before", [True, False])
@pytest.mark.parametrize(("method", "name"), WITH_SECOND_STEP)
def test_the_password_does_not_stand_in_for_a_second_step(
    member: User, secret: str, method: str, name: str, confirmed_before: bool
) -> None:
    """In a session from before: whoever knows the password would read the recovery codes, or take the step away."""
    client = client_of(member)
    if confirmed_before:
        client.post(BY_PASSWORD, {"password": PASSWORD})
        assert not asks_still(client)
    TOTP.activate(member, secret)
    RecoveryCodes.activate(member)
    said = client.post(BY_PASSWORD, {"password": PASSWORD})
    assert said.headers["Location"].startswith(BY_CODE)
    page = page_of(client.get(BY_PASSWORD, follow=True)).one("main")
    assert not page.all("input", name="password")
    assert not [link for link in page.all("a") if link.attrs.get("href", "").startswith(BY_PASSWORD)]
    address, data = reverse(name), {"action_add": "", "email": "new@example.com"} | SURE
    asked = getattr(client, method)(address, data)
    assert asked.headers["Location"].startswith(BY_CODE)
    assert member.authenticator_set.count() == 2  # type: ignore[attr-defined]
    client.post(BY_CODE, {"code": code_for(secret)})
    answer = getattr(client, method)(address, data)
    assert not answer.headers.get("Location", "").startswith(BY_CODE)


def test_where_it_was_set_up_its_codes_come_next(member: User, secret: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is asked for what they showed a moment ago; but only in this session, and for its minutes."""
    # allauth says what was set up when it is committed, which is within the request; a test's transaction never is.
    monkeypatch.setattr("allauth.mfa.totp.internal.flows.transaction.on_commit", lambda do: do())
    client, elsewhere = client_of(member), client_of(member)
    for each in (client, elsewhere):
        each.post(BY_PASSWORD, {"password": PASSWORD})
        assert not asks_still(each)
    client.get(reverse("mfa_activate_totp"))
    shown = code_for(client.session["mfa.totp.secret"])
    page = client.post(reverse("mfa_activate_totp"), {"code": shown}, follow=True)
    assert page.request["PATH_INFO"] == reverse("mfa_view_recovery_codes")
    assert RecoveryCodes(member.authenticator_set.get(type="recovery_codes")).get_unused_codes()[0] in page.text  # type: ignore[attr-defined]
    assert elsewhere.get(reverse("mfa_view_recovery_codes")).headers["Location"].startswith(BY_CODE)
    assert not asks_still(client)
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    session.save()
    assert client.get(reverse("mfa_view_recovery_codes")).headers["Location"].startswith(BY_CODE)
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] += settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    session.save()
    assert not asks_still(client)
    # Another second step is not the one that was set up here.
    member.authenticator_set.all().delete()  # type: ignore[attr-defined]
    TOTP.activate(member, secret)
    assert asks_still(client)


# The code by mail


@pytest.fixture
def client(member: User) -> Client:
    without_password(member)
    return client_of(member)


def asks_still(client: Client) -> bool:
    return bool(client.get(reverse("mfa_add_webauthn")).status_code == 302)


def test_the_code_is_mailed_on_request_only_and_works_once(client: Client, member: User) -> None:
    page = page_of(client.get(BY_MAIL))
    assert not mail.outbox
    assert member.email in page.one("main").text
    client.post(BY_MAIL, {"action": "send"})
    assert mail.outbox[-1].to == [member.email]
    assert "within ten minutes" in mailbox.newest()
    code = mailbox.code()
    # In the session that asked for it.
    elsewhere = client_of(member)
    elsewhere.post(BY_MAIL, {"code": code})
    assert asks_still(elsewhere)
    assert page_of(client.get(BY_MAIL)).one("input", name="code")
    assert client.post(BY_MAIL, {"code": code}).status_code == 302
    assert not asks_still(client)
    assert page_of(client.post(BY_MAIL, {"code": code})).one("main").all(role="alert")


def test_a_new_code_ends_the_one_before_and_what_is_no_code_is_a_sentence(client: Client) -> None:
    assert [client.post(BY_MAIL, {"action": "send"}).status_code for _ in range(5)] == [302] * 5
    old, new = (re.findall("^[A-Z]{4}-[A-Z]{4}$", str(each.body), re.MULTILINE)[0] for each in mail.outbox[-2:])
    for number, code in enumerate((old, "", "\0" * 9)):
        response = client.post(BY_MAIL, {"code": code})
        assert asks_still(client), number
        assert "errorlist" in response.content.decode()
    client.post(BY_MAIL, {"code": new})
    assert not asks_still(client)
    # So many mails and no more.
    assert client.post(BY_MAIL, {"action": "send"}).status_code == 429
    assert len(mail.outbox) == 5


def test_three_wrong_ones_end_it(client: Client) -> None:
    client.post(BY_MAIL, {"action": "send"})
    code = mailbox.code()
    for _ in range(mailed_codes.TRIES):
        assert asks_still(client)
        client.post(BY_MAIL, {"code": "AAAA-AAAA"})
    page = page_of(client.post(BY_MAIL, {"code": code}))
    assert "can’t be used any more" in page.one("main").text
    assert asks_still(client)


@pytest.mark.parametrize("way", [BY_MAIL, reverse("account_request_login_code")])
def test_codes_by_mail_live_ten_minutes(member: User, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT == settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT == 10 * 60
    if way == BY_MAIL:
        without_password(member)
    began = time.time()
    for later, works in ((9 * 60, True), (10 * 60 + 5, False)):
        monkeypatch.setattr("time.time", lambda: began)
        client = client_of(member) if way == BY_MAIL else Client()
        client.post(way, {"action": "send", "email": member.email})
        monkeypatch.setattr("time.time", lambda later=later: began + later)
        client.post(BY_MAIL if way == BY_MAIL else reverse("account_confirm_login_code"), {"code": mailbox.code()})
        page = reverse("mfa_add_webauthn") if way == BY_MAIL else reverse("edit_profile")
        assert (client.get(page).status_code == 200) == works


def test_who_holds_more_can_t_take_the_mailbox_instead(member: User) -> None:
    for hold, way in WAYS[:-1]:
        hold(member)
        response = client_of(member).post(BY_MAIL, {"action": "send"})
        assert response.headers["Location"] == way
        member.authenticator_set.all().delete()  # type: ignore[attr-defined]
    assert not mail.outbox
