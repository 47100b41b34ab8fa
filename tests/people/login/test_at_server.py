"""What the operator does at the server for somebody who can't get in: done, logged, mailed."""

from typing import Any

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail
from django.test import Client
from django.utils import timezone

from people.audit.log import Verb, verify
from people.login import at_server
from people.login.sessions import stored_as
from people.models import AuditEvent, Session, User
from tests.assessments.quiz.quiz_steps import start
from tests.commands import ran, refusal
from tests.factories import PASSWORD, client_of, make_user
from tests.pages import page_of

pytestmark = pytest.mark.django_db


def logged(user: User) -> list[tuple[str, str, str, Any]]:
    events = AuditEvent.objects.filter(organisation=user.home_id, role="operator").order_by("number")
    return list(events.values_list("verb", "detail", "role", "actor"))


def is_in(client: Client) -> bool:
    return client.get("/account/sessions/").status_code == 200


def log_in(email: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.post("/account/login/", {"login": email, "password": password})
    return client


def test_second_steps_go_with_a_reason_and_everything_is_logged_out() -> None:
    user, other = make_user("mira@example.com", name="Mira"), make_user("other@example.com")
    client, of_other = client_of(user), client_of(other)
    for one in (user, other):
        Authenticator.objects.create(user=one, type="totp", data={"secret": "x"})
    Authenticator.objects.create(user=user, type="recovery_codes", data={"seed": "x"})
    assert refusal("reset_second_steps", "no@example.com", reason="lost") == "nobody logs in with this address"
    assert "--yes" in refusal("reset_second_steps", " MIRA@example.com", reason="lost")
    assert is_in(client)
    assert ran("reset_second_steps", "Mira@Example.com ", reason="lost", yes=True).startswith("Removed 2.")
    assert [one.user for one in Authenticator.objects.all()] == [other]
    assert (is_in(client), is_in(of_other)) == (False, True)
    assert is_in(log_in(user.email))
    assert logged(user) == [(Verb.KEY_REMOVED, "lost", "operator", None)]
    (sent,) = mail.outbox
    assert (sent.to, sent.subject) == ([user.email], "Rungwise: your second steps were removed")
    assert "Set up a new second step" in sent.body


def test_the_log_on_the_page_says_why_as_its_file_does() -> None:
    user = make_user()
    for reason in at_server.REASONS:
        at_server.reset_second_steps(user, reason)
    page = page_of(client_of(user).get("/account/log/")).one("main")
    said = [row.all("td")[2].text.partition(": ")[2] for row in page.one("tbody").all("tr")]
    assert said[-4:] == ["asked for", "broken", "stolen", "lost"]


def test_an_address_changes_and_both_are_told() -> None:
    user = make_user("mira@old.example")
    client = client_of(user)
    make_user("taken@new.example")
    for wrong, said in (("no address", "no e-mail address"), ("TAKEN@new.example", "belongs to another account")):
        assert said in refusal("change_address", user.email, wrong, yes=True)
    assert "--yes" in refusal("change_address", user.email, "mira@new.example")
    assert ran("change_address", user.email, "Mira@New.example", yes=True).splitlines() == [
        "mira@old.example → mira@new.example",
        "Changed: 1.",
    ]
    user.refresh_from_db()
    assert (user.email, user.email_canonical) == ("mira@new.example", "mira@new.example")
    assert [*EmailAddress.objects.filter(user=user).values_list("email", "verified", "primary")] == [
        ("mira@new.example", True, True)
    ]
    assert is_in(client)
    assert is_in(log_in("mira@new.example"))
    assert not is_in(log_in("mira@old.example"))
    assert logged(user) == [(Verb.ADDRESS_CHANGED, "", "operator", None)]
    assert [sent.to for sent in mail.outbox] == [["mira@old.example"], ["mira@new.example"]]
    assert all("from mira@old.example to mira@new.example" in " ".join(sent.body.split()) for sent in mail.outbox)


def test_a_domain_changes_whole_or_not_at_all() -> None:
    for name in ("a@old.example", "b@old.example", "c@notold.example", "d@sub.old.example"):
        make_user(name)
    stranger = make_user("b@new.example")
    assert "'b@new.example' belongs to another account" in refusal(
        "change_address", "@old.example", "@new.example", yes=True
    )
    assert User.objects.filter(email__endswith="@old.example").count() == 2
    stranger.delete()
    assert ran("change_address", "@OLD.example", "@New.example", yes=True).splitlines()[-1] == "Changed: 2."
    assert set(User.objects.values_list("email", flat=True)) == {
        "a@new.example",
        "b@new.example",
        "c@notold.example",
        "d@sub.old.example",
    }
    assert "nobody" in refusal("change_address", "@old.example", "@new.example")


def test_sessions_are_listed_and_ended() -> None:
    user, other = make_user("mira@example.com"), make_user("other@example.com")
    clients = [client_of(user), client_of(user)]
    of_other = client_of(other)
    Session.objects.filter(user=user).update(browser="Firefox on Windows")
    over = client_of(user)
    Session.objects.filter(session_key=stored_as(over.session.session_key)).update(expire_date=timezone.now())
    lines = ran("end_sessions", user.email).splitlines()
    assert len(lines) == 3
    assert all(line.startswith("Firefox on Windows, since 20") for line in lines[:2])
    assert all(map(is_in, clients))
    assert ran("end_sessions", user.email, yes=True).splitlines()[-1] == "Ended: 3."
    assert not any(map(is_in, clients))
    assert is_in(of_other)
    assert logged(user) == [(Verb.LOGGED_OUT, "", "operator", None)]
    assert ran("end_sessions", user.email).splitlines() == ["Logged in nowhere.", "Add --yes to end them."]


def test_more_sessions_than_anybody_has_are_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user("mira@example.com")
    for _ in range(3):
        client_of(user)
    monkeypatch.setattr("people.management.commands.end_sessions.LISTED", 2)
    assert ran("end_sessions", user.email).splitlines()[2:] == ["… and 1 more", "Add --yes to end them."]
    assert ran("end_sessions", user.email, yes=True, reason="stolen").endswith("Ended: 3.\n")
    assert logged(user) == [(Verb.LOGGED_OUT, "stolen", "operator", None)]


@pytest.mark.parametrize(
    ("count", "people"), [(0, "0 people, logged in 0 times."), (1, "1 person, logged in 2 times."), (3, "3 people, ")]
)
def test_everybody_is_logged_out_but_visitors(count: int, people: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_server, "AT_ONCE", 2)
    users = [make_user(f"u{number}@example.com") for number in range(count)]
    clients = [client_of(user) for user in users for _ in range(2)]
    away = make_user("away@example.com")
    visitor = Client()
    start(visitor)
    listed = ran("end_sessions", everybody=True)
    assert listed.startswith(people)
    assert listed.endswith("Add --reason and --yes to log all of them out.\n")
    assert "--reason, one of lost" in refusal("end_sessions", everybody=True, yes=True)
    assert all(map(is_in, clients))
    said = ran("end_sessions", "--everybody", "--reason", "stolen", "--yes")
    assert said == f"Ended: {2 * count}, of {count} {'person' if count == 1 else 'people'}.\n"
    assert not any(map(is_in, clients))
    assert [logged(user) for user in users] == [[(Verb.LOGGED_OUT, "stolen", "operator", None)]] * count
    assert logged(away) == []
    assert all(verify(user.home_id).wrong == "" for user in users)
    assert visitor.get("/reports/").text.count("/quiz/") > 1, "their answers are still theirs"
    assert ran("end_sessions", "--everybody", "--reason", "stolen", "--yes") == "Ended: 0, of 0 people.\n"


def test_logging_everybody_out_goes_on_where_it_was_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is logged out has it in their log, and who has it not is still logged in."""
    users = [make_user(f"u{number}@example.com") for number in range(3)]
    clients = [client_of(user) for user in users]
    record, count = at_server.record, iter(range(9))

    def interrupted(*args: Any, **said: Any) -> None:
        if next(count) == 1:
            raise KeyboardInterrupt
        record(*args, **said)

    monkeypatch.setattr(at_server, "record", interrupted)
    monkeypatch.setattr(at_server, "AT_ONCE", 1)
    with pytest.raises(KeyboardInterrupt):
        at_server.end_all_sessions("stolen")
    assert [is_in(client) for client in clients] == [not logged(user) for user in users] == [False, True, True]
    assert at_server.end_all_sessions("stolen") == (2, 2)
    assert all(len(logged(user)) == 1 for user in users)


@pytest.mark.parametrize(("words", "everybody"), [([], False), ([""], False), (["mira@example.com"], True)])
def test_one_or_everybody_is_named(words: list[str], everybody: bool) -> None:
    assert refusal("end_sessions", *words, everybody=everybody) == "name one address, or --everybody"
