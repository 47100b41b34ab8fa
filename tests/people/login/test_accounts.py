"""Signing up, logging in, choosing a new password, logging out – as a browser would do it."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import mail
from django.test import Client
from django.urls import reverse

from assessments.models import SESSION_KEY
from ladder.rubric import Rubric
from people.models import Organisation, Session, User
from tests.factories import PASSWORD, client_of, make_assessment, say_who
from tests.people.mail import mailbox

pytestmark = pytest.mark.django_db

LOG_IN, SIGN_UP, CODE_PAGE = "/account/login/", "/account/signup/", "/account/confirm-email/"
NEW = "nora@example.com"


def log_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    return client.post(LOG_IN, {"login": email, "password": password, **more})


def sign_up(client: Client, email: str = NEW, **more: str) -> Any:
    return client.post(SIGN_UP, {"email": email, "password1": PASSWORD, **more})


def logged_in_as(client: Client) -> str | None:
    return client.session.get("_auth_user_id")


def test_sign_up_code_and_in(client: Client, rubric: Rubric) -> None:
    assert sign_up(client).headers["Location"] == CODE_PAGE
    assert logged_in_as(client) is None
    # Lower case, blanks and a missing hyphen are how people type.
    response = client.post(CODE_PAGE, {"code": f" {mailbox.code().lower().replace('-', ' ')} "})
    assert response.headers["Location"] == reverse("show_home")
    user = User.objects.get(email=NEW)
    assert logged_in_as(client) == str(user.pk)
    assert EmailAddress.objects.get(user=user).verified
    assert user.home.kind == Organisation.Kind.PERSONAL


@pytest.mark.parametrize(
    ("said", "zone"),
    [
        ("Asia/Tokyo", "Asia/Tokyo"),
        ("europe/berlin", "Europe/Berlin"),
        ("", "UTC"),
        ("Mars/Olympus", "UTC"),
        ("\0", ""),
    ],
)
def test_the_time_zone_of_the_browser(client: Client, rubric: Rubric, said: str, zone: str) -> None:
    """Without JavaScript, or from a browser that knows other zones, it is UTC."""
    sign_up(client, time_zone=said)
    assert [user.time_zone for user in User.objects.all()] == ([zone] if zone else [])


@pytest.mark.parametrize(("wanted", "to"), [("/ladder/", "/ladder/"), ("https://elsewhere.example/", "/")])
def test_sign_up_does_not_go_on_to_another_site(client: Client, rubric: Rubric, wanted: str, to: str) -> None:
    sign_up(client, next=wanted)
    assert client.post(CODE_PAGE, {"code": mailbox.code()}).headers["Location"] == to


def test_three_wrong_codes_end_it(client: Client, rubric: Rubric) -> None:
    sign_up(client)
    right = mailbox.code()
    for _attempt in range(2):
        assert "does not match" in client.post(CODE_PAGE, {"code": "BBBB-BBBB"}).content.decode()
    assert client.post(CODE_PAGE, {"code": "BBBB-BBBB"}).headers["Location"] == LOG_IN
    client.post(CODE_PAGE, {"code": right})
    assert logged_in_as(client) is None


def test_new_code_takes_the_place_of_the_old_one(client: Client, rubric: Rubric, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"confirm_email": "9/s/key"}
    sign_up(client)
    old = mailbox.code()
    page = client.post(CODE_PAGE, {"action": "resend"}, follow=True).content.decode()
    assert "A new code is on its way" in page
    assert mailbox.code() != old
    client.post(CODE_PAGE, {"code": old})
    assert logged_in_as(client) is None
    client.post(CODE_PAGE, {"code": mailbox.code()})
    assert logged_in_as(client)


@pytest.mark.parametrize(
    ("email", "password", "said"),
    [
        ("nora", PASSWORD, "valid email address"),
        (f"{'n' * 250}@example.com", PASSWORD, "at most 254"),
        ("nora\0@example.com", PASSWORD, "Null characters"),
        (NEW, "nine-char", "too short"),
        (NEW, "password1234", "too common"),
        (NEW, "nora@example", "too similar"),
    ],
)
def test_sign_up_says_what_does_not_fit(client: Client, rubric: Rubric, email: str, password: str, said: str) -> None:
    response = client.post(SIGN_UP, {"email": email, "password1": password})
    assert response.status_code == 200
    assert said in response.content.decode()
    assert not User.objects.exists()


def test_sign_up_page_says_that_a_visitors_report_is_kept(client: Client, rubric: Rubric) -> None:
    assert 'id="kept"' not in client.get(SIGN_UP).content.decode()
    report = make_assessment(held="pm", answers={"delivery": 2}, submitted=True)
    session = client.session
    session[SESSION_KEY] = [str(report.pk)]
    session.save()
    client.cookies[settings.SESSION_COOKIE_NAME] = session.session_key
    assert 'id="kept"' in client.get(SIGN_UP).content.decode()


def test_log_in(client: Client, member: User) -> None:
    wrong = log_in(client, member.email, "not-the-password")
    assert "don’t go together" in wrong.content.decode()
    assert logged_in_as(client) is None
    response = log_in(client, "Member@Example.com")
    assert response.headers["Location"] == reverse("show_home")
    assert logged_in_as(client) == str(member.pk)


@pytest.mark.parametrize(("remember", "ends"), [({}, True), ({"remember": "on"}, False)])
def test_log_in_lasts_as_asked(client: Client, member: User, remember: dict[str, str], ends: bool) -> None:
    log_in(client, member.email, **remember)
    assert client.session.get_expire_at_browser_close() is ends


def test_log_in_code_works_once(client: Client, member: User) -> None:
    page = "/account/login/code/confirm/"
    assert client.post("/account/login/code/", {"email": member.email}).headers["Location"].startswith(page)
    code = mailbox.code()
    assert client.post(page, {"code": code}).headers["Location"] == reverse("show_home")
    assert logged_in_as(client) == str(member.pk)
    other = Client()
    other.post("/account/login/code/", {"email": member.email})
    other.post(page, {"code": code})
    assert logged_in_as(other) is None


def test_closed_account_stays_closed(client: Client, member: User) -> None:
    User.objects.filter(pk=member.pk).update(is_active=False)
    page = client.post(LOG_IN, {"login": member.email, "password": PASSWORD}, follow=True).content.decode()
    assert "This account is closed" in page
    assert logged_in_as(client) is None


def test_new_password_by_mail(client: Client, member: User) -> None:
    """It ends all sessions, and the link works once."""
    elsewhere = client_of(member)
    client.post("/account/password/reset/", {"email": member.email})
    link = mailbox.path_with("reset/key")
    form = client.get(link, follow=True)
    new = "a-brand-new-password"
    page = client.post(form.request["PATH_INFO"], {"password1": new, "password2": new}, follow=True).content.decode()
    assert "Your new password is saved" in page
    assert elsewhere.get(reverse("edit_profile")).status_code == 302
    assert not Session.objects.filter(user=member).exists()
    assert "was changed, by a link" in mailbox.newest()
    assert "does not work any more" in Client().get(link, follow=True).content.decode()
    log_in(client, member.email, new)
    assert logged_in_as(client) == str(member.pk)


def test_changing_the_password_logs_out_and_tells_by_mail(member_client: Client, member: User) -> None:
    new = "a-brand-new-password"
    given = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert member_client.post("/account/password/change/", given).status_code == 302
    assert logged_in_as(member_client) is None
    assert "The password of your account was changed" in mailbox.newest()


def test_address_changes_once_the_code_is_typed_in(member_client: Client, member: User) -> None:
    say_who(member_client, member)
    member_client.post("/account/email/", {"action_add": "", "email": "Mira.New@Example.com"})
    assert mail.outbox[-1].to == ["mira.new@example.com"]
    member.refresh_from_db()
    assert member.email == "member@example.com"
    member_client.post(CODE_PAGE, {"code": mailbox.code()})
    member.refresh_from_db()
    assert member.email == "mira.new@example.com"
    # The old address hears of it, in case it was not its owner.
    assert mail.outbox[-1].to == ["member@example.com"]


def test_log_out_is_by_post(member_client: Client) -> None:
    assert "Log out" in member_client.get("/account/logout/").content.decode()
    assert logged_in_as(member_client)
    response = member_client.post("/account/logout/")
    assert response.headers["Location"] == reverse("show_home")
    assert logged_in_as(member_client) is None


def test_links_in_mails_lead_to_the_site_whatever_host_was_asked_for(
    client: Client, member: User, settings: Any
) -> None:
    """Whoever asks for somebody's mail may write any port into Host, and wait for them there."""
    settings.SITE_URL = "https://ladder.example.com"
    for path, data in (
        ("/account/password/reset/", {"email": member.email}),
        (SIGN_UP, {"email": member.email, "password1": PASSWORD}),
        ("/account/login/code/", {"email": member.email}),
    ):
        mail.outbox.clear()
        Client().post(path, data, HTTP_HOST="testserver:6666")
        text = mailbox.newest()
        assert "testserver" not in text, path
        assert "https://ladder.example.com" in text, path
    client.post("/account/password/reset/", {"email": member.email}, HTTP_HOST="testserver:6666")
    page = client.get(mailbox.path_with("/reset/key/"), follow=True)
    assert page.status_code == 200
    assert "password1" in page.content.decode()
