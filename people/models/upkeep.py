"""What the site knows of its own upkeep: whether mail is held, what is announced, and how each step last went."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from people.database.columns import LineColumn


class MailHold(models.Model):
    """There is one row while the database is a restored copy that nobody has declared live (people/mail/hold.py)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    # When it was restored. Mails from before were written by the site that was backed up.
    since = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(name="mail_hold_once", condition=Q(id=1))]

    def __str__(self) -> str:
        return f"held since {self.since:%Y-%m-%d %H:%M}"


class Announcement(models.Model):
    """There is one row, or none: what stands at the top of every page (people/upkeep/announcement.py)."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    text = LineColumn(max_length=300)
    # When what it is about begins, if that was said.
    starts_at = models.DateTimeField(null=True)
    # When that is over. From then on nobody sees it.
    ends_at = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(name="announcement_once", condition=Q(id=1)),
            models.CheckConstraint(
                name="announcement_begins_before_it_ends",
                condition=Q(starts_at__isnull=True) | Q(starts_at__lt=F("ends_at")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.text)


class Proof(models.Model):
    """When a step of the daily upkeep was last done well, and what its last try came to (people/upkeep/)."""

    step = models.CharField(max_length=40, primary_key=True)
    # When it last went well.
    at = models.DateTimeField(null=True)
    # When somebody last came to do it if it is due.
    seen_at = models.DateTimeField(null=True)
    # The last try: when, whether it went well, and its line.
    tried_at = models.DateTimeField(null=True)
    ok = models.BooleanField(default=False)
    said = models.CharField(max_length=300, blank=True)
    # Until then it belongs to one process.
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.step}: {self.said}"
