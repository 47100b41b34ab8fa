"""A restored copy that nobody has declared live: it says so wherever an operator looks, and mails nobody."""

import datetime
import logging
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.db import DatabaseError
from django.test import Client
from django.utils import timezone

from config.doctor_upkeep import restored_copy
from config.health import warnings
from people.mail import hold
from people.mail.outbox import put, reap, send_mail
from people.mail.post import post
from people.management.commands.run_worker import SAY_EVERY, Command
from people.models import MailHold, OutboxMail, User
from tests.commands import ran

pytestmark = pytest.mark.django_db


@pytest.fixture
def held() -> datetime.datetime:
    hold.hold()
    return MailHold.objects.get().since


def letter() -> EmailMessage:
    return EmailMessage("Your code", "1234", to=["nora@example.com"])


def test_nothing_leaves_and_nothing_is_lost(held: datetime.datetime) -> None:
    row = put(letter())
    OutboxMail.objects.update(queued_at=held - datetime.timedelta(hours=1))
    assert reap()["queued again"] == 0
    assert send_mail.call(str(row.pk)) == "held"
    row.refresh_from_db()
    assert (row.attempts, row.sent_at, row.message["body"], mail.outbox) == (0, None, "1234", [])


def test_nobody_is_reminded_and_nobody_marked_as_reminded(held: datetime.datetime) -> None:
    """Or whoever declares it live would find that all had been reminded."""
    for command, what in (
        ("send_round_reminders", "reminders"),
        ("send_plan_digests", "mails"),
        ("send_look_again", "mails"),
    ):
        assert ran(command).startswith(f"0 {what} sent: a restored copy since")
    hold.go_live(send_waiting=False)
    assert ran("send_round_reminders") == "0 reminders sent.\n"


def test_a_profile_without_a_worker_sends_nothing_to_a_mail_server(
    held: datetime.datetime, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.MAIL_IN_BACKGROUND = False
    post(letter())
    assert len(mail.outbox) == 1, "to a file or the like it may go"
    settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.smtp.EmailBackend"}}
    monkeypatch.setattr(EmailMessage, "send", send := Mock())
    post(letter())
    assert not send.called
    hold.go_live(send_waiting=False)
    post(letter())
    assert send.called


def test_what_waited_is_given_up_or_sent_as_the_operator_says(held: datetime.datetime) -> None:
    another_day = timezone.now() + datetime.timedelta(days=3)
    for at in (None, another_day):
        put(letter(), at)
    OutboxMail.objects.update(queued_at=held - datetime.timedelta(minutes=1))
    for at in (None, another_day):
        put(letter(), at)
    assert ran("go_live") == "Live: 2 mails to be sent; 2 mails of before the restore given up.\n"
    given_up = OutboxMail.objects.given_up()
    assert [(row.message, row.error) for row in given_up] == [({}, hold.BEFORE_THE_RESTORE)] * 2
    # What is for another day keeps it: the address has had its mails of today.
    days = OutboxMail.objects.unsent().values_list("next_at", flat=True)
    assert sorted(at == another_day for at in days) == [False, True]
    hold.hold()
    OutboxMail.objects.update(queued_at=held - datetime.timedelta(minutes=1))
    assert ran("go_live", send_waiting=True) == "Live: 2 mails to be sent.\n"
    hold.hold()
    OutboxMail.objects.all().delete()
    assert ran("go_live") == "Live: 0 mails to be sent.\n"


def test_operators_are_told_everywhere(
    held: datetime.datetime, member: User, member_client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    said = f"a restored copy since {held:%Y-%m-%d %H:%M} UTC: it mails nobody until manage.py go_live"
    assert said in warnings()
    assert [(finding.state, finding.do[:21]) for finding in restored_copy()] == [("warn", "Run manage.py go_live")]
    worker, at = Command(), 0.0
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            at = worker._say_held(at)
        worker._say_held(at - SAY_EVERY)
    assert [record.getMessage() for record in caplog.records] == [f"mail is held: {said}"] * 2
    assert "restored copy" not in member_client.get("/reports/").text
    User.objects.filter(pk=member.pk).update(is_staff=True)
    assert "restored copy" in member_client.get("/reports/").text
    hold.go_live(send_waiting=False)
    assert "restored copy" not in member_client.get("/reports/").text
    assert [finding.state for finding in restored_copy()] == ["ok"]


def test_a_page_comes_when_the_database_can_not_be_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    def away() -> None:
        raise DatabaseError

    monkeypatch.setattr(hold, "is_held", away)
    assert hold.is_held_as_far_as_we_see() is False
