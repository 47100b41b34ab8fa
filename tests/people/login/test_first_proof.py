"""Somebody signs up with another's address and never confirms it. The owner, who does, is alone in the account."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.urls import reverse

from people.login.sessions import SessionStore
from people.models import AuditEvent, RateCount, User
from tests.factories import PASSWORD, client_of, join, make_organisation, make_user, say_who
from tests.pages import page_of
from tests.people.mail import mailbox
from tests.people.organisations.guests import invite

pytestmark = pytest.mark.django_db
OWNER, OTHERS_PASSWORD = "owner@example.com", "sunny-otter-plates-42"
CODE_PAGE = reverse("account_email_verification_sent")


@pytest.fixture
def stranger_first(rubric: Any) -> Client:
    """The browser of whoever signed up with the owner's address."""
    client = sign_up(OTHERS_PASSWORD)
    assert client.post(reverse("account_login"), {"login": OWNER, "password": OTHERS_PASSWORD}).status_code == 302
    RateCount.objects.all().delete()
    return client


def sign_up(password: str) -> Client:
    client = Client()
    client.post(reverse("account_signup"), {"email": OWNER, "password1": password})
    return client


def log_in(password: str) -> Client:
    RateCount.objects.all().delete()
    client = Client()
    client.post(reverse("account_login"), {"login": OWNER, "password": password})
    return client


def log_in_by_code(email: str = OWNER) -> Any:
    RateCount.objects.all().delete()
    client = Client()
    client.post(reverse("account_request_login_code"), {"email": email})
    client.landed = client.post(  # type: ignore[attr-defined]
        reverse("account_confirm_login_code"), {"code": mailbox.code()}, follow=True
    )
    return client


def is_in(client: Client) -> bool:
    return client.get(reverse("list_evidence")).status_code == 200


def test_a_mailed_code_ends_the_password_of_whoever_signed_up(stranger_first: Client) -> None:
    """And their sessions. There can be none, as an address is confirmed before the first; should there be, they go."""
    user = User.objects.get(email=OWNER)
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session.save()
    owner = log_in_by_code()
    assert is_in(owner)
    assert list(user.sessions.values_list("pk", flat=True)) == [owner.session.stored_key]
    assert EmailAddress.objects.get(email=OWNER).verified
    user.refresh_from_db()
    assert not user.has_usable_password()
    assert not is_in(log_in(OTHERS_PASSWORD))
    assert AuditEvent.objects.filter(organisation=user.home_id, verb="password_changed").exists()
    # Told plainly, with the way to a password of one's own.
    assert "does not work any more" in page_of(owner.landed).text
    assert page_of(owner.get(reverse("account_set_password"), follow=True)).one("h1")


def test_the_stranger_s_browser_stays_outside(stranger_first: Client) -> None:
    code = mailbox.code()
    owner = log_in_by_code()
    for name in ("account_email_verification_sent", "account_login", "account_reauthenticate", "mfa_index"):
        stranger_first.get(reverse(name))
        assert not is_in(stranger_first), name
    stranger_first.post(CODE_PAGE, {"code": "BBBB-BBBB"})
    assert not is_in(stranger_first)
    assert code not in stranger_first.get(CODE_PAGE, follow=True).content.decode()
    assert is_in(owner)


def test_no_second_step_is_set_up_before(stranger_first: Client) -> None:
    """It would let the stranger's key in, and the owner out."""
    for name in ("mfa_activate_totp", "mfa_add_webauthn", "mfa_generate_recovery_codes"):
        for client in (stranger_first, log_in(OTHERS_PASSWORD)):
            assert client.get(reverse(name)).status_code == client.post(reverse(name), {}).status_code == 302
    # Nor by a session that got in somehow.
    user = User.objects.get(email=OWNER)
    inside = client_of(user)
    say_who(inside, user)
    for name in ("mfa_activate_totp", "mfa_add_webauthn"):
        assert inside.get(reverse(name)).headers["Location"] == reverse("mfa_index"), name
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("comes_back", [False, True])
def test_who_types_the_code_keeps_their_password(rubric: Any, comes_back: bool) -> None:
    client = sign_up(PASSWORD)
    client = log_in(PASSWORD) if comes_back else client
    client.post(CODE_PAGE, {"code": mailbox.code()})
    assert is_in(client)
    assert is_in(log_in(PASSWORD))


def test_a_code_ends_no_password_of_a_proven_address(member: User) -> None:
    client = log_in_by_code(member.email)
    assert is_in(client)
    assert "does not work any more" not in page_of(client.landed).text
    assert User.objects.get(pk=member.pk).check_password(PASSWORD)


# The other ways in which an address comes to be proven


def test_a_reset_takes_the_password_s_place(stranger_first: Client) -> None:
    Client().post(reverse("account_reset_password"), {"email": OWNER})
    owner = Client()
    form = owner.get(mailbox.path_with("/reset/key/"), follow=True).redirect_chain[-1][0]
    owner.post(form, {"password1": PASSWORD, "password2": PASSWORD})
    assert not EmailAddress.objects.get(email=OWNER).verified
    assert log_in(OTHERS_PASSWORD).session.get("account_login") is None
    client = log_in(PASSWORD)
    client.post(CODE_PAGE, {"code": mailbox.code()})
    assert is_in(client)
    assert User.objects.get(email=OWNER).check_password(PASSWORD)


def test_the_owner_s_own_sign_up_proves_nothing(stranger_first: Client) -> None:
    """Only that there is an account: which way to it is the mail's to say, and no code is sent."""
    mail.outbox.clear()
    owner = sign_up(PASSWORD)
    assert "You have an account with this address already" in mailbox.newest()
    owner.post(CODE_PAGE, {"code": "BBBB-BBBB"})
    assert not is_in(owner)
    assert not EmailAddress.objects.get(email=OWNER).verified


def test_an_invitation_proves_nothing(stranger_first: Client, member: User) -> None:
    organisation = make_organisation()
    join(member, organisation, "owner")
    invite(client_of(member), reverse("invite_people", args=[organisation.slug]), OWNER)
    link = mailbox.path_with("invitations/")
    log_in(OTHERS_PASSWORD).get(link, follow=True)
    Client().get(link, follow=True)
    assert not EmailAddress.objects.get(email=OWNER).verified
    assert not User.objects.get(email=OWNER).memberships.filter(organisation=organisation).exists()


def test_an_address_that_somebody_would_change_to_is_not_theirs_before_its_code(rubric: Any) -> None:
    """What is kept of it is in their session, so a code that the owner asks for leads to no account."""
    user = make_user("other@example.com")
    client = client_of(user)
    say_who(client, user)
    client.post(reverse("account_email"), {"action_add": "", "email": OWNER})
    assert not EmailAddress.objects.filter(email=OWNER).exists()
    RateCount.objects.all().delete()
    mail.outbox.clear()
    Client().post(reverse("account_request_login_code"), {"email": OWNER})
    assert not mail.outbox
