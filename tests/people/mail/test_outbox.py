"""Mail by way of the outbox: one worker at a time, once, again when it failed, and nothing of it left behind."""

import datetime
import smtplib
from typing import Any
from unittest.mock import Mock

import pytest
from allauth.account.adapter import get_adapter
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
from tests.commands import ran

pytestmark = pytest.mark.django_db
SECRET = "code QX71"


@pytest.fixture(autouse=True)
def background(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MAIL_IN_BACKGROUND = True
    # The worker would close PostgreSQL's connection, and with it the test's transaction.
    monkeypatch.setattr("django_tasks_db.management.commands.db_worker.close_old_connections", lambda: None)


def letter(**fields: Any) -> EmailMessage:
    return EmailMessage("Your code", SECRET, to=["nora@example.com"], **fields)


def send(row: OutboxMail) -> str:
    said: str = send_mail.call(str(row.pk))
    row.refresh_from_db()
    return said


def fails(monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    monkeypatch.setattr(EmailMessage, "send", Mock(side_effect=error))


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
    # Once, and nothing of it is left.
    call_command("run_worker", batch=True)
    assert [send(row), len(mail.outbox)] == ["not now", 1]
    rows = [*OutboxMail.objects.values(), *DBTaskResult.objects.values()]
    assert len(rows) == 2
    assert not [text for text in (SECRET, "nora@") if text in str(rows)]


def test_what_is_rolled_back_mails_nothing(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        post(letter())
        transaction.set_rollback(True)
    assert not OutboxMail.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_one_worker_has_it_until_the_lease_ends_and_html_goes_along() -> None:
    message = EmailMultiAlternatives("Hello", "plain", to=["nora@example.com"])
    message.attach_alternative("<p>rich</p>", "text/html")
    row = put(message)
    OutboxMail.objects.update(lease_until=timezone.now() + datetime.timedelta(seconds=60))
    assert send(row) == "not now"
    OutboxMail.objects.update(lease_until=timezone.now())
    assert send(row) == "sent"
    sent = mail.outbox[0]
    assert isinstance(sent, EmailMultiAlternatives)
    assert [(item.content, item.mimetype) for item in sent.alternatives] == [("<p>rich</p>", "text/html")]


def test_a_repeat_has_the_same_message_id() -> None:
    row = put(letter())
    send(row)
    OutboxMail.objects.update(sent_at=None, message=put(letter()).message)
    send(row)
    assert len({message.extra_headers["Message-ID"] for message in mail.outbox}) == 1


def test_a_failure_waits_longer_each_time_and_then_gives_up(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    fails(monkeypatch, smtplib.SMTPDataError(451, f"try {SECRET} for nora@example.com later".encode()))
    row = put(letter())
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
    assert row.error == "SMTPDataError"
    assert "given up" in caplog.text
    assert SECRET not in caplog.text
    assert "nora@" not in caplog.text


@pytest.mark.parametrize(("code", "said"), [(550, "given up"), (450, "later")])
def test_an_address_that_is_refused_for_good_is_not_tried_again(
    monkeypatch: pytest.MonkeyPatch, code: int, said: str
) -> None:
    fails(monkeypatch, smtplib.SMTPRecipientsRefused({"nora@example.com": (code, b"no")}))
    assert send(put(letter())) == said


def test_what_breaks_the_mail_itself_is_heard_where_it_is_made() -> None:
    with pytest.raises(ValueError, match=r"(?i)header"):
        put(EmailMessage("A\nBcc: everybody@example.com", "…", to=["nora@example.com"]))
    with pytest.raises(ValueError, match="holds mails with"):
        put(letter(bcc=["other@example.com"]))
    assert not OutboxMail.objects.exists()


# The reaper


def reaped(capture: Any) -> dict[str, int]:
    with capture(execute=True):
        return reap()


def test_a_mail_of_a_dead_worker_is_queued_again_once(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        post(letter())
    assert reaped(django_capture_on_commit_callbacks)["queued again"] == 0, "it is on its way"
    long_ago = timezone.now() - datetime.timedelta(minutes=3)
    DBTaskResult.objects.update(status="RUNNING", started_at=long_ago)
    OutboxMail.objects.update(lease_until=long_ago)
    for number in (1, 0):
        said = reaped(django_capture_on_commit_callbacks)
        assert (said["queued again"], said["left by dead workers"]) == (number, number)
    call_command("run_worker", batch=True)
    assert len(mail.outbox) == 1


def test_what_was_never_queued_and_what_has_waited_is_queued(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    row = put(letter())
    # The process died between the commit and the queue.
    OutboxMail.objects.update(queued_at=timezone.now() - outbox.FORGOTTEN)
    assert reaped(django_capture_on_commit_callbacks)["queued again"] == 1
    assert DBTaskResult.objects.ready().count() == 1
    fails(monkeypatch, ConnectionRefusedError("no server"))
    send(row)
    assert reaped(django_capture_on_commit_callbacks)["queued again"] == 0
    OutboxMail.objects.update(queued_at=timezone.now() - datetime.timedelta(seconds=70), next_at=timezone.now())
    assert reaped(django_capture_on_commit_callbacks)["queued again"] == 1


def test_what_is_over_is_deleted(django_capture_on_commit_callbacks: Any, capsys: Any) -> None:
    long_ago = timezone.now() - outbox.KEPT
    for times in ({"sent_at": long_ago}, {"given_up_at": long_ago}, {"sent_at": timezone.now()}):
        OutboxMail.objects.create(**times)
    call_command("reap_jobs")
    said = "0 queued again, 0 left by dead workers, 2 old mails deleted, 0 old counts deleted"
    assert capsys.readouterr().out == f"{said}, 0 old keys of forms deleted.\n"
    assert OutboxMail.objects.count() == 1


@pytest.mark.parametrize(
    "error", [ConnectionRefusedError(), TimeoutError(), smtplib.SMTPAuthenticationError(535, b"no")]
)
@pytest.mark.parametrize("minutes", [2, 63, 300])
def test_after_an_outage_all_go_out_within_two_minutes(
    monkeypatch: pytest.MonkeyPatch, minutes: int, error: OSError
) -> None:
    """However long it lasted, and though only one mail a minute asked for the server meanwhile."""
    clock = [timezone.now()]
    monkeypatch.setattr(outbox.timezone, "now", lambda: clock[0])
    tried = Mock(side_effect=error)
    monkeypatch.setattr(EmailMessage, "send", tried)
    rows = [put(letter()) for _ in range(5)]
    later = put(letter(), clock[0] + datetime.timedelta(days=2))

    def minute() -> None:
        clock[0] += datetime.timedelta(minutes=1)
        reap()
        for row in OutboxMail.objects.filter(sent_at=None, next_at__lte=clock[0]):
            send_mail.call(str(row.pk))

    for _ in range(minutes):
        minute()
    assert {row.error for row in OutboxMail.objects.exclude(pk=later.pk)} == {f"away: {type(error).__name__}"}
    assert tried.call_count <= minutes + 5 * len(MINUTES)
    tried.side_effect = None
    minute()
    minute()
    assert not OutboxMail.objects.filter(pk__in=[row.pk for row in rows], sent_at=None).exists()
    later.refresh_from_db()
    assert (later.attempts, later.sent_at) == (0, None)


def test_a_mail_that_the_server_hangs_up_on_keeps_no_other_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is the oldest, and each try of it looks as if the server were away."""
    clock = [timezone.now()]
    monkeypatch.setattr(outbox.timezone, "now", lambda: clock[0])
    rows = [put(letter()) for _ in range(4)]
    OutboxMail.objects.filter(pk__in=[row.pk for row in rows]).update(
        error=f"{outbox.AWAY}TimeoutError", attempts=5, next_at=clock[0] + datetime.timedelta(hours=8)
    )
    first = f"<{rows[0].pk}@"

    def hang_up(message: EmailMessage, *_: Any) -> int:
        if message.extra_headers["Message-ID"].startswith(first):
            raise smtplib.SMTPServerDisconnected
        return 1

    monkeypatch.setattr(EmailMessage, "send", hang_up)
    for _ in range(4):
        clock[0] += datetime.timedelta(minutes=1)
        reap()
        for row in OutboxMail.objects.filter(sent_at=None, next_at__lte=clock[0]):
            send_mail.call(str(row.pk))
    assert [row.pk for row in OutboxMail.objects.filter(sent_at=None)] == [rows[0].pk]


def test_a_server_that_stays_away_ends_in_giving_up(monkeypatch: pytest.MonkeyPatch) -> None:
    fails(monkeypatch, ConnectionRefusedError())
    row = put(letter())
    OutboxMail.objects.update(attempts=100)
    assert send(row) == "later"
    OutboxMail.objects.update(created_at=timezone.now() - outbox.LONGEST, next_at=timezone.now())
    assert send(row) == "given up"


def test_a_code_that_has_run_out_is_not_sent(settings: Any) -> None:
    get_adapter().send_mail("account/email/confirm_code", "nora@example.com", {"code": "123456"})
    get_adapter().send_mail("account/email/password_changed", "nora@example.com", {})
    code, notice = OutboxMail.objects.order_by("pk")
    assert (code.valid_until is None, notice.valid_until) == (False, None)
    assert code.valid_until - code.created_at == datetime.timedelta(seconds=settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT)
    OutboxMail.objects.filter(pk=code.pk).update(valid_until=timezone.now() - datetime.timedelta(seconds=1))
    assert [send(code), send(notice)] == ["out of time", "sent"]
    assert (code.message, code.error, len(mail.outbox)) == ({}, outbox.OUT_OF_TIME, 1)


def test_an_operator_has_them_tried_now(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        fails(patch, ConnectionRefusedError())
        row = put(letter())
        send(row)
    put(letter(), timezone.now() + datetime.timedelta(days=1))
    assert send(row) == "not now"
    assert ran("send_mail_now").startswith("1 will be tried again.")
    assert send(row) == "sent"
    assert ran("send_mail_now").startswith("0 will be tried again.")
