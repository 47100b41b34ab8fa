"""Sessions: when they begin anew, when they end, and the page that lists them."""

import datetime
import hashlib
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import SESSION_KEY as ANSWERED
from people.login.sessions import SessionStore, family, hash_plain_keys, stored_as
from people.models import Session, User
from tests.factories import PASSWORD, client_of, make_assessment, say_who
from tests.pages import page_of
from tests.people.login.keys import code_for, stop_half_minute
from tests.people.mail import mailbox

pytestmark = pytest.mark.django_db

PRIVATE = "/account/profile/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1 (KHTML, like Gecko) Safari/604.1"


def browser(user: User, agent: str = FIREFOX) -> Client:
    """A browser in which somebody logged in by hand."""
    client = Client(headers={"user-agent": agent})
    client.post("/account/login/", {"login": user.email, "password": PASSWORD, "remember": "on"})
    assert is_in(client)
    return client


def is_in(client: Client) -> bool:
    return client.get(PRIVATE).status_code == 200


def key_of(client: Client) -> str:
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def with_key(key: str) -> Client:
    """Somebody who holds a key of a session, however they came by it."""
    client = Client()
    client.cookies[settings.SESSION_COOKIE_NAME] = key
    return client


def later(monkeypatch: pytest.MonkeyPatch, **gone: float) -> None:
    now = timezone.now() + datetime.timedelta(**gone)
    monkeypatch.setattr(timezone, "now", lambda: now)


def test_the_key_changes_at_log_in(client: Client, member: User) -> None:
    """Whoever planted a key in somebody's browser holds nothing once they log in."""
    draft = make_assessment(None, answers={"data": 3})
    session = client.session
    session[ANSWERED] = [str(draft.pk)]
    session.save()
    planted = key_of(client)
    client.post("/account/login/", {"login": member.email, "password": PASSWORD})
    assert is_in(client)
    assert key_of(client) != planted
    # Nor is one that was made up.
    other = with_key("a" * 32)
    other.post("/account/login/", {"login": member.email, "password": PASSWORD})
    assert key_of(other) != "a" * 32
    assert not Session.objects.filter(session_key=stored_as(planted)).exists()
    assert not is_in(with_key(planted))
    draft.refresh_from_db()
    assert draft.rater == member


def test_the_key_changes_when_an_address_is_confirmed(client: Client, rubric: Any) -> None:
    client.post("/account/signup/", {"email": "nora@example.com", "password1": PASSWORD})
    before = key_of(client)
    client.post("/account/confirm-email/", {"code": mailbox.code()})
    assert is_in(client)
    assert key_of(client) != before
    assert not Session.objects.filter(session_key=stored_as(before)).exists()


# What the table holds


def test_whoever_reads_the_table_is_nobody(member: User) -> None:
    """Only a hash of the key is there, and sending the hash opens nothing; nor does any other form of it."""
    client = browser(member)
    (row,) = Session.objects.filter(user=member)
    assert row.session_key == hashlib.sha256(key_of(client).encode()).hexdigest()
    assert not any(
        is_in(with_key(stolen)) for stolen in (row.session_key, row.session_key[:32], row.session_key.upper())
    )


def test_keys_of_the_release_before_are_read_and_hashed(member: User, settings: Any) -> None:
    """Nobody is logged out by the upgrade; while an older release still runs, it finds what is new."""
    settings.HASH_SESSIONS = False
    client, other = browser(member), browser(member, SAFARI)
    assert {row.session_key for row in Session.objects.filter(user=member)} == {key_of(client), key_of(other)}
    settings.HASH_SESSIONS = True
    assert is_in(client)
    client.post(reverse("end_sessions"), {"which": "others"})
    assert [is_in(client), is_in(other)] == [True, False]
    assert hash_plain_keys() == 1
    assert hash_plain_keys() == 0
    (row,) = Session.objects.filter(user=member)
    assert (row.session_key, is_in(client)) == (stored_as(key_of(client)), True)
    client.post("/account/logout/")
    assert not Session.objects.filter(user=member).exists()


def test_a_key_opens_nothing_after_log_out(member: User) -> None:
    client = browser(member)
    key = key_of(client)
    response = client.post("/account/logout/")
    assert '"cache"' in response.headers["Clear-Site-Data"]
    assert not is_in(with_key(key))
    assert not Session.objects.filter(session_key=stored_as(key)).exists()


def test_a_new_password_ends_all_sessions(member: User) -> None:
    here, there = browser(member), browser(member, SAFARI)
    keys = [key_of(here), key_of(there)]
    new = "another-long-password"
    here.post("/account/password/change/", {"oldpassword": PASSWORD, "password1": new, "password2": new})
    assert [is_in(with_key(key)) for key in keys] == [False, False]
    assert not Session.objects.filter(user=member).exists()


def test_a_closed_account_ends_its_sessions(member: User) -> None:
    client = browser(member)
    User.objects.filter(pk=member.pk).update(is_active=False)
    assert not is_in(client)


def test_an_account_that_is_deleted_takes_its_sessions_along(member: User) -> None:
    client = browser(member)
    member.delete()
    assert not Session.objects.filter(session_key=stored_as(key_of(client))).exists()
    assert not is_in(client)


@pytest.mark.parametrize("idle", [14 * 24, 1])
def test_a_session_ends_after_a_time_without_use(
    member: User, monkeypatch: pytest.MonkeyPatch, settings: Any, idle: int
) -> None:
    settings.SESSION_IDLE_HOURS = idle
    client = browser(member)
    for _ in range(2):
        later(monkeypatch, hours=idle, minutes=-1)
        assert is_in(client)
    later(monkeypatch, hours=idle, minutes=1)
    assert not is_in(client)


@pytest.mark.parametrize("most", [30 * 24, 72])
def test_a_session_ends_in_any_case(member: User, monkeypatch: pytest.MonkeyPatch, settings: Any, most: int) -> None:
    """However much it is used, and whatever is written into it."""
    settings.SESSION_MAX_HOURS = most
    client = browser(member)
    for step in range(most // 24):
        if step:
            later(monkeypatch, days=1)
        assert is_in(client), step
        session = SessionStore(key_of(client))
        session["something"] = step
        session.save()
    later(monkeypatch, days=1, minutes=-1)
    assert is_in(client)
    later(monkeypatch, minutes=2)
    assert not is_in(client)


def test_a_visitor_keeps_what_they_answered_for_thirty_days(
    client: Client, rubric: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    client.post("/quiz/start/", {"level": "pm", "target": "next"})
    (row,) = Session.objects.all()
    assert row.user is None
    page = f"/quiz/{SessionStore(key_of(client))[ANSWERED][0]}/"
    later(monkeypatch, days=29, hours=23)
    assert client.get(page).status_code == 200
    later(monkeypatch, hours=2)
    assert client.get(page).status_code == 404


def test_use_is_noted_now_and_then_and_changes_nothing_else(
    member: User, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    client = browser(member)
    page = reverse("list_support_accesses")
    with django_assert_num_queries(3):
        client.get(page)
    before = Session.objects.get(user=member)
    later(monkeypatch, minutes=11)
    with django_assert_num_queries(4):
        client.get(page)
    after = Session.objects.get(user=member)
    assert after.seen_at - before.seen_at > datetime.timedelta(minutes=10)
    assert after.expire_date > before.expire_date
    assert (after.session_data, after.started_at) == (before.session_data, before.started_at)


def test_a_session_that_was_ended_meanwhile_does_not_come_back(member: User) -> None:
    client = browser(member)
    store = SessionStore(key_of(client))
    store["something"] = 1
    Session.objects.all().delete()
    with pytest.raises(UpdateError):
        store.save()
    store.note_use()
    assert not Session.objects.exists()


def test_the_page_lists_mine(member: User, stranger: User) -> None:
    here = browser(member)
    browser(member, SAFARI)
    browser(stranger)
    response = here.get(reverse("list_sessions"))
    rows = [item.text for item in page_of(response).one("main").one("ul").all("li")]
    assert len(rows) == 2
    assert "Firefox on Windows" in rows[0]
    assert "This one" in rows[0]
    assert "Log out there" not in rows[0]
    assert "Safari on iPhone" in rows[1]
    assert "Log out there" in rows[1]
    text = response.content.decode()
    assert not [session for session in Session.objects.all() if session.session_key in text]
    assert "192.0.2" not in text
    assert "14 days without use" in page_of(response).text


@pytest.mark.parametrize(
    ("which", "said", "left"),
    [("", "Logged out there.", [True, False, True]), ("others", "nowhere else", [True, False, False])],
)
def test_one_is_ended(member: User, stranger: User, which: str, said: str, left: list[bool]) -> None:
    here, there, elsewhere, theirs = browser(member), browser(member, SAFARI), browser(member), browser(stranger)
    handle = which or Session.objects.get(session_key=stored_as(key_of(there))).handle
    response = here.post(reverse("end_sessions"), {"which": handle}, follow=True)
    assert said in response.content.decode()
    assert [is_in(client) for client in (here, there, elsewhere, theirs)] == [*left, True]


@pytest.mark.parametrize("which", ["", "nonsense", "\0", "ü" * 40], ids=["empty", "nonsense", "nul", "umlauts"])
def test_what_is_not_mine_is_not_ended(member: User, stranger: User, which: str) -> None:
    here, theirs = browser(member), browser(stranger)
    for handle in (which, Session.objects.get(user=stranger).handle, Session.objects.get(user=member).handle):
        assert here.post(reverse("end_sessions"), {"which": handle}).status_code == 302
    assert is_in(here)
    assert is_in(theirs)


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox on Windows"),
        (SAFARI, "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36", "Chrome on Linux"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36", "Chrome on Android"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/18 Safari/605.1", "Safari on macOS"),
        ("Firefox/1", "Firefox"),
        ("curl/8.0", ""),
        ("", ""),
    ],
)
def test_browsers_are_called_what_people_call_them(agent: str, name: str) -> None:
    assert family(agent) == name


@pytest.mark.parametrize("what", ["added", "removed"])
@pytest.mark.parametrize(("which", "left"), [("others", 1), ("none", 2), ("nobody is elsewhere", 1)])
def test_a_changed_second_step_offers_to_end_the_other_sessions(
    member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch, what: str, which: str, left: int
) -> None:
    # allauth says so when it is committed, which is within the request; the tests' own transaction never is.
    monkeypatch.setattr("allauth.mfa.totp.internal.flows.transaction.on_commit", lambda do: do())
    stop_half_minute(monkeypatch)
    index = reverse("mfa_index")
    elsewhere = client_of(member) if left == 2 or which == "others" else Client()
    if what == "removed":
        TOTP.activate(member, generate_totp_secret())
    say_who(member_client, member)
    assert "logged in elsewhere too" not in page_of(member_client.get(index)).text
    if what == "removed":
        answer = member_client.post(reverse("mfa_deactivate_totp"))
    else:
        secret = member_client.get(reverse("mfa_activate_totp")).context["form"].secret
        answer = member_client.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert answer.status_code == 302
    page = page_of(member_client.get(index))
    assert ("logged in elsewhere too" in page.text) == (which in {"others", "none"})
    if which == "nobody is elsewhere":
        return
    assert {field.attrs["value"] for field in page.all("input", name="which")} == {"others", "none"}
    member_client.post(reverse("end_sessions"), {"which": which})
    assert Session.objects.filter(user=member).count() == left
    assert (elsewhere.get(reverse("edit_profile")).status_code == 200) == (which == "none")
    assert "logged in elsewhere too" not in page_of(member_client.get(index)).text
