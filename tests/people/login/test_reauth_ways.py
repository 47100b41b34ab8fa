"""Whatever somebody holds (a password, an app, a passkey, only their mailbox), dangerous actions ask for it."""

import time
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from allauth.mfa.webauthn.internal.auth import WebAuthn
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from people.login import mailed_codes
from people.models import Membership, Organisation, User
from tests.factories import PASSWORD, join, make_organisation
from tests.pages import page_of
from tests.people.login.keys import assertion, code_for, credential, new_key, stop_half_minute
from tests.people.mail import mailbox

pytestmark = pytest.mark.django_db
SURE = {"sure": "on"}
BY_PASSWORD, BY_CODE = reverse("account_reauthenticate"), reverse("mfa_reauthenticate")
BY_KEY, BY_MAIL = reverse("mfa_reauthenticate_webauthn"), reverse("reauthenticate_by_mail")

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

    def answer(client: Client, way: str) -> Any:
        counter = next(iter(yield_hotp_counters_from_time()))
        return client.post(way, {"code": format_hotp_value(hotp_value(secret, counter))})

    return answer


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


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize(("hold", "way"), WAYS, ids=lambda each: getattr(each, "__name__", ""))
def test_deleting_the_account_asks_for_what_one_has(member: User, hold: Callable[[User], Answer], way: str) -> None:
    answer = hold(member)
    client = logged_in(member)
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
    client = logged_in(member)
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
    client = logged_in(member)
    asked = client.get(reverse("admin:index"))
    assert asked.headers["Location"].startswith(f"{way}?next=")
    assert answer(client, asked.headers["Location"]).headers["Location"] == reverse("admin:index")
    assert client.get(reverse("admin:index")).status_code == 200


# Who has a second step


@pytest.fixture
def committing(monkeypatch: pytest.MonkeyPatch) -> None:
    """allauth says what was set up when it is committed, which is within the request; a test's transaction never is."""
    monkeypatch.setattr("allauth.mfa.totp.internal.flows.transaction.on_commit", lambda do: do())


@pytest.fixture
def secret(member: User, monkeypatch: pytest.MonkeyPatch) -> str:
    stop_half_minute(monkeypatch)
    return str(generate_totp_secret())


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
    client = logged_in(member)
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


def test_where_it_was_set_up_its_codes_come_next(member: User, secret: str, committing: None) -> None:
    """Nobody is asked for what they showed a moment ago; but only in this session, and for its minutes."""
    client, elsewhere = logged_in(member), logged_in(member)
    for each in (client, elsewhere):
        each.post(BY_PASSWORD, {"password": PASSWORD})
        assert not asks_still(each)
    client.get(reverse("mfa_activate_totp"))
    shown = code_for(client.session["mfa.totp.secret"])
    page = client.post(reverse("mfa_activate_totp"), {"code": shown}, follow=True)
    assert page.request["PATH_INFO"] == reverse("mfa_view_recovery_codes")
    assert RecoveryCodes(member.authenticator_set.get(type="recovery_codes")).get_unused_codes()[0] in page.text  # type: ignore[attr-defined]
    assert elsewhere.get(reverse("mfa_view_recovery_codes")).headers["Location"].startswith(BY_CODE)
    session = client.session
    for record in session[AUTHENTICATION_METHODS_SESSION_KEY]:
        record["at"] -= settings.ACCOUNT_REAUTHENTICATION_TIMEOUT
    session.save()
    assert client.get(reverse("mfa_view_recovery_codes")).headers["Location"].startswith(BY_CODE)


def test_another_second_step_is_not_the_one_that_was_set_up_here(member: User, secret: str, committing: None) -> None:
    client = logged_in(member)
    client.post(BY_PASSWORD, {"password": PASSWORD})
    client.get(reverse("mfa_activate_totp"))
    client.post(reverse("mfa_activate_totp"), {"code": code_for(client.session["mfa.totp.secret"])})
    assert not asks_still(client)
    member.authenticator_set.all().delete()  # type: ignore[attr-defined]
    TOTP.activate(member, secret)
    assert asks_still(client)


# The code by mail


@pytest.fixture
def client(member: User) -> Client:
    without_password(member)
    return logged_in(member)


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
    assert page_of(client.get(BY_MAIL)).one("input", name="code")
    assert client.post(BY_MAIL, {"code": code}).status_code == 302
    assert not asks_still(client)
    assert page_of(client.post(BY_MAIL, {"code": code})).one("main").all(role="alert")


def test_three_wrong_ones_end_it(client: Client) -> None:
    client.post(BY_MAIL, {"action": "send"})
    code = mailbox.code()
    for _ in range(mailed_codes.TRIES):
        assert asks_still(client)
        client.post(BY_MAIL, {"code": "AAAA-AAAA"})
    page = page_of(client.post(BY_MAIL, {"code": code}))
    assert "can’t be used any more" in page.one("main").text
    assert asks_still(client)


def test_it_is_good_for_ten_minutes_in_the_session_that_asked(client: Client, member: User) -> None:
    client.post(BY_MAIL, {"action": "send"})
    code = mailbox.code()
    elsewhere = logged_in(member)
    elsewhere.post(BY_MAIL, {"code": code})
    assert asks_still(elsewhere)
    session = client.session
    session[mailed_codes.KEY] = session[mailed_codes.KEY] | {"at": time.time() - 10 * 60 - 1}
    session.save()
    client.post(BY_MAIL, {"code": code})
    assert asks_still(client)


@pytest.mark.parametrize("way", [BY_MAIL, reverse("account_request_login_code")])
def test_codes_by_mail_live_ten_minutes(member: User, way: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT == settings.ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT == 10 * 60
    if way == BY_MAIL:
        without_password(member)
    began = time.time()
    for later, works in ((9 * 60, True), (10 * 60 + 5, False)):
        monkeypatch.setattr("time.time", lambda: began)
        client = logged_in(member) if way == BY_MAIL else Client()
        client.post(way, {"action": "send", "email": member.email})
        monkeypatch.setattr("time.time", lambda later=later: began + later)
        client.post(BY_MAIL if way == BY_MAIL else reverse("account_confirm_login_code"), {"code": mailbox.code()})
        page = reverse("mfa_add_webauthn") if way == BY_MAIL else reverse("edit_profile")
        assert (client.get(page).status_code == 200) == works


def test_a_new_code_ends_the_one_before(client: Client) -> None:
    client.post(BY_MAIL, {"action": "send"})
    old = mailbox.code()
    client.post(BY_MAIL, {"action": "send"})
    client.post(BY_MAIL, {"code": old})
    assert asks_still(client)
    client.post(BY_MAIL, {"code": mailbox.code()})
    assert not asks_still(client)


def test_so_many_mails_and_no_more(client: Client) -> None:
    assert [client.post(BY_MAIL, {"action": "send"}).status_code for _ in range(6)] == [302] * 5 + [429]
    assert len(mail.outbox) == 5


@pytest.mark.parametrize("code", ["", "\0", "x" * 500, "ÄÖÜ-ßßßß"])
def test_what_is_no_code_is_a_sentence(client: Client, code: str) -> None:
    client.post(BY_MAIL, {"action": "send"})
    response = client.post(BY_MAIL, {"code": code})
    assert response.status_code == 200
    assert "errorlist" in response.content.decode()


def test_who_holds_more_can_t_take_the_mailbox_instead(member: User) -> None:
    for hold, way in WAYS[:-1]:
        hold(member)
        response = logged_in(member).post(BY_MAIL, {"action": "send"})
        assert response.headers["Location"] == way
        member.authenticator_set.all().delete()  # type: ignore[attr-defined]
    assert not mail.outbox
