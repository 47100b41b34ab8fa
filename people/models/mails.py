"""Mails on their way, and who wants none of them."""

import datetime
from typing import Any, ClassVar, Self, cast

from django.db import models
from django.db.models import Q
from django.utils import timezone

from people.ids import uuid7


class OutboxMailQuerySet(models.QuerySet["OutboxMail"]):
    def unsent(self) -> Self:
        """Those that were neither sent nor given up."""
        return self.filter(sent_at__isnull=True, given_up_at__isnull=True)

    def due_by(self, now: datetime.datetime) -> Self:
        """Unsent ones whose day has come (people/mail/budgets.py); they may have been tried in vain."""
        return self.unsent().filter(created_at__lte=now)

    def given_up(self) -> Self:
        return self.filter(given_up_at__isnull=False)

    def give_up(self, now: datetime.datetime, why: str) -> int:
        """Give these up, with the kind of the last error. Returns how many. Their invitations say it."""
        return self.update(given_up_at=now, lease_until=None, message={}, refused_by="", error=why[:60])


class OutboxMail(models.Model):
    """A mail that waits, was sent or was given up (people/mail/outbox.py). After that `message` is emptied."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    message = models.JSONField(default=dict)
    created_at = models.DateTimeField(default=timezone.now)
    # When a task for it was last queued.
    queued_at = models.DateTimeField(default=timezone.now)
    # Not to be sent before.
    next_at = models.DateTimeField(default=timezone.now)
    # Until then it belongs to one worker.
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    # The type of the last attempt's error. Its message may quote the address or the text, and is not kept.
    error = models.CharField(max_length=60, blank=True)
    sent_at = models.DateTimeField(null=True)
    given_up_at = models.DateTimeField(null=True)
    # What is looked at before it is sent: the id of an invitation that may have ended, and the hash under which its
    # address may have refused (people/organisations/refusals.py). The id stays when the mail is given up, to say so.
    invitation = models.UUIDField(null=True)
    refused_by = models.CharField(max_length=64, blank=True, default="", db_default="")
    # After that it is worth nothing, as it holds a code, and is not sent any more.
    valid_until = models.DateTimeField(null=True)

    objects: ClassVar[OutboxMailQuerySet] = cast("Any", OutboxMailQuerySet.as_manager())

    class Meta:
        ordering: ClassVar = ["created_at", "id"]
        indexes: ClassVar = [
            models.Index(
                fields=["next_at"], name="outbox_waiting", condition=Q(sent_at__isnull=True, given_up_at__isnull=True)
            ),
            models.Index(
                fields=["invitation"],
                name="outbox_given_up",
                condition=Q(invitation__isnull=False, given_up_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"mail {self.pk}"


class MailRefusal(models.Model):
    """An address that wants no invitations from here. It is known by a hash alone, and stays when an account goes:
    else the next invitation would reach somebody who has said no."""

    to_hash = models.CharField(max_length=64, primary_key=True)
    created_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"refused on {self.created_at:%Y-%m-%d}"


class SiteKey(models.Model):
    """A random key of the site that must outlive SECRET_KEY, under which it is sealed (people/login/sealing.py)."""

    name = models.CharField(max_length=40, primary_key=True)
    sealed = models.CharField(max_length=400)

    def __str__(self) -> str:
        return self.name
