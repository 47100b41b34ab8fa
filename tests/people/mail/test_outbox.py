"""Mail by way of the outbox: one worker at a time, once, again when it failed, and nothing of it left behind."""

import datetime
import smtplib
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage, EmailMultiAlternatives
from django.core.management import call_command
from django.db import transaction
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from people.mail import outbox
from people.mail.outbox import MINUTES, put, reap, send_mail
from people.mail.post import post
from people.models import OutboxMail

pytestmark = pytest.mark.django_db
SECRET = "code QX71"


@pytest.fixture(autouse=True)
def background(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MAIL_IN_BACKGROUND = True
    # The worker would close PostgreSQL's connection, and with it the test's transaction.
    monkeypatch.setattr("django_tasks_db.management.commands.db_worker.close_old_connections", lambda: None)


def letter(**fields: Any) -> EmailMessage:
    return EmailMessage("Your code", SECRET, to=["nora@example.com"], **fields)


def waiting() -> OutboxMail:
    return put(letter())


def send(row: OutboxMail) -> str:
    said: str = send_mail.call(str(row.pk))
    row.refresh_from_db()
    return said


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def refuse(message: EmailMessage, *args: Any, **kwargs: Any) -> int:
        raise error

    monkeypatch.setattr(EmailMessage, "send", refuse)


def test_the_worker_sends_what_was_posted(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        post(letter(headers={"List-Unsubscribe": "<https://x.example/>"}))
    assert mail.outbox == []
    call_command("run_worker", batch=True)
    (message,) = mail.outbox
    row = OutboxMail.objects.get()
    assert (message.subject, message.body, message.to) == ("Your code", SECRET, ["nora@example.com"])
    assert message.extra_headers["List-Unsubscribe"] == "<https://x.example/>"
    assert message.extra_headers["Message-ID"].startswith(f"<{row.pk}@")
    assert row.sent_at is not None
    call_command("run_worker", batch=True)
    assert len(mail.outbox) == 1


def test_html_goes_along(django_capture_on_commit_callbacks: Any) -> None:
    message = EmailMultiAlternatives("Hello", "plain", to=["nora@example.com"])
    message.attach_alternative("<p>rich</p>", "text/html")
    assert send(put(message)) == "sent"
    sent = mail.outbox[0]
    assert isinstance(sent, EmailMultiAlternatives)
    assert [(item.content, item.mimetype) for item in sent.alternatives] == [("<p>rich</p>", "text/html")]


def test_what_is_rolled_back_mails_nothing(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        post(letter())
        transaction.set_rollback(True)
    assert not OutboxMail.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_nothing_of_a_mail_is_left_when_it_is_gone(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        post(letter())
    call_command("run_worker", batch=True)
    rows = [*OutboxMail.objects.values(), *DBTaskResult.objects.values()]
    assert len(rows) == 2
    assert SECRET not in str(rows)
    assert "nora@" not in str(rows)


def test_it_is_sent_once_whoever_asks() -> None:
    row = waiting()
    assert [send(row), send(row)] == ["sent", "not now"]
    assert len(mail.outbox) == 1


def test_one_worker_has_it_until_the_lease_ends() -> None:
    row = waiting()
    OutboxMail.objects.update(lease_until=timezone.now() + datetime.timedelta(seconds=60))
    assert send(row) == "not now"
    OutboxMail.objects.update(lease_until=timezone.now())
    assert send(row) == "sent"


def test_a_repeat_has_the_same_message_id() -> None:
    row = waiting()
    send(row)
    OutboxMail.objects.update(sent_at=None, message=put(letter()).message)
    send(row)
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 1


def test_a_failure_waits_longer_each_time_and_then_gives_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fails(monkeypatch, smtplib.SMTPServerDisconnected(f"lost {SECRET} for nora@example.com"))
    row = waiting()
    for minutes in MINUTES:
        before = timezone.now()
        assert send(row) == "later"
        assert row.lease_until is None
        assert abs(row.next_at - before - datetime.timedelta(minutes=minutes)) < datetime.timedelta(seconds=30)
        assert send(row) == "not now"
        OutboxMail.objects.update(next_at=timezone.now())
    assert send(row) == "given up"
    assert row.given_up_at is not None
    assert row.message == {}
    assert send(row) == "not now"
    assert row.error == "SMTPServerDisconnected"
    assert "given up" in caplog.text
    assert SECRET not in caplog.text
    assert "nora@" not in caplog.text


@pytest.mark.parametrize(("code", "said"), [(550, "given up"), (450, "later")])
def test_an_address_that_is_refused_for_good_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    fails(monkeypatch, smtplib.SMTPRecipientsRefused({"nora@example.com": (code, b"no")}))
    assert send(waiting()) == said


def test_what_breaks_the_mail_itself_is_heard_where_it_is_made() -> None:
    with pytest.raises(ValueError, match=r"(?i)header"):
        put(EmailMessage("A\nBcc: everybody@example.com", "…", to=["nora@example.com"]))
    with pytest.raises(ValueError, match="holds mails with"):
        put(letter(bcc=["other@example.com"]))
    assert not OutboxMail.objects.exists()


# The reaper


def tasks() -> int:
    return DBTaskResult.objects.ready().count()


def reaped(capture: Any) -> dict[str, int]:
    with capture(execute=True):
        return reap()


def test_what_is_on_its_way_is_left_alone(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        post(letter())
    assert reaped(django_capture_on_commit_callbacks)["queued again"] == 0
    assert tasks() == 1


def test_a_mail_of_a_dead_worker_is_queued_again_once(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        post(letter())
    long_ago = timezone.now() - datetime.timedelta(minutes=3)
    DBTaskResult.objects.update(status="RUNNING", started_at=long_ago)
    OutboxMail.objects.update(lease_until=long_ago)
    first, second = (reaped(django_capture_on_commit_callbacks) for _ in range(2))
    assert (first["queued again"], first["left by dead workers"]) == (1, 1)
    assert (second["queued again"], second["left by dead workers"]) == (0, 0)
    call_command("run_worker", batch=True)
    assert len(mail.outbox) == 1


def test_a_task_that_was_never_made_is_made(django_capture_on_commit_callbacks: Any) -> None:
    """The process died between the commit and the queue."""
    waiting()
    OutboxMail.objects.update(queued_at=timezone.now() - outbox.FORGOTTEN)
    assert reaped(django_capture_on_commit_callbacks)["queued again"] == 1
    assert tasks() == 1


def test_a_mail_whose_time_has_come_is_queued(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    fails(monkeypatch, ConnectionRefusedError("no server"))
    row = waiting()
    send(row)
    assert reaped(django_capture_on_commit_callbacks)["queued again"] == 0
    OutboxMail.objects.update(queued_at=timezone.now() - datetime.timedelta(seconds=70), next_at=timezone.now())
    assert reaped(django_capture_on_commit_callbacks)["queued again"] == 1


def test_what_is_over_is_deleted(django_capture_on_commit_callbacks: Any, capsys: Any) -> None:
    long_ago = timezone.now() - outbox.KEPT
    OutboxMail.objects.create(sent_at=long_ago)
    OutboxMail.objects.create(given_up_at=long_ago)
    OutboxMail.objects.create(sent_at=timezone.now())
    call_command("reap_jobs")
    assert (
        capsys.readouterr().out
        == "0 queued again, 0 left by dead workers, 2 old mails deleted, 0 old counts deleted.\n"
    )
    assert OutboxMail.objects.count() == 1
