"""The audit log, which is only ever added to, and the list of what was erased.

Rows must not hold names, addresses or anything that somebody wrote: they would outlive the account. They name people
and things by id, and people/audit/page.py looks the names up.
"""

import datetime
import json
import uuid
from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from people.ids import uuid7


class Verb(models.TextChoices):
    """What was done, with the words that people read. The values are stored and hashed: they must not change."""

    # An organisation and who is in it
    ORGANISATION_FOUNDED = "organisation_founded", _("founded the organisation")
    SETTINGS_CHANGED = "settings_changed", _("changed the settings")
    JOINED = "joined", _("joined the organisation")
    ROLE_CHANGED = "role_changed", _("changed a role")
    LEFT = "left", _("left the organisation")
    REMOVED = "removed", _("removed somebody from the organisation")
    ACCOUNT_ERASED = "account_erased", _("had their account deleted")
    # Invitations
    INVITED = "invited", _("sent an invitation")
    INVITATION_LINK_MADE = "invitation_link_made", _("made a link to invite by")
    INVITATION_SENT_AGAIN = "invitation_sent_again", _("sent an invitation again")
    INVITATION_REVOKED = "invitation_revoked", _("revoked an invitation")
    # Teams
    TEAM_MADE = "team_made", _("made a team")
    TEAM_CHANGED = "team_changed", _("renamed or moved a team")
    TEAM_CLOSED = "team_closed", _("closed a team")
    TEAM_REOPENED = "team_reopened", _("opened a team again")
    TEAM_JOINED = "team_joined", _("added somebody to a team")
    TEAM_ROLE_CHANGED = "team_role_changed", _("changed a role in a team")
    TEAM_LEFT = "team_left", _("ended somebody’s time in a team")
    # Copies and reviews
    COPY_GIVEN = "copy_given", _("shared a report")
    COPY_WITHDRAWN = "copy_withdrawn", _("took a shared report back")
    COPY_OPENED = "copy_opened", _("opened a shared report")
    READING_ASKED = "reading_asked", _("asked to read a shared report")
    READING_ANSWERED = "reading_answered", _("answered who asked to read a shared report")
    REVIEW_OPENED = "review_opened", _("began a review")
    REVIEW_SUBMITTED = "review_submitted", _("submitted a review")
    REVIEW_REVEALED = "review_revealed", _("had both views of a review opened to both")
    REVIEW_SIGNED = "review_signed", _("signed a review off")
    # Rounds
    ROUND_OPENED = "round_opened", _("opened a round")
    ROUND_CHANGED = "round_changed", _("changed a round")
    ROUND_REMINDED = "round_reminded", _("sent the reminders of a round")
    ROUND_CLOSED = "round_closed", _("closed a round")
    ROUND_REOPENED = "round_reopened", _("opened a round again")
    # Files
    MATRIX_EXPORTED = "matrix_exported", _("downloaded a team’s matrix")
    REVIEW_EXPORTED = "review_exported", _("downloaded a review")
    LOG_EXPORTED = "log_exported", _("downloaded this log")
    # A person's own space
    DATA_EXPORTED = "data_exported", _("downloaded all their data")
    SUPPORT_OPENED = "support_opened", _("opened a report for support")
    LINK_MADE = "link_made", _("made a secret link")
    LINK_REVOKED = "link_revoked", _("revoked a secret link")
    ORGANISATION_REMOVED = "organisation_removed", _("removed an organisation of theirs")
    LOGGED_IN = "logged_in", _("logged in")
    LOGGED_OUT = "logged_out", _("logged out")
    LOG_IN_FAILED = "log_in_failed", _("tried to log in")
    PASSWORD_CHANGED = "password_changed", _("changed the password")
    ADDRESS_CHANGED = "address_changed", _("changed the e-mail address")
    KEY_ADDED = "key_added", _("added a second step or a passkey")
    KEY_REMOVED = "key_removed", _("removed a second step or a passkey")
    # `detail` names the action that the policy refused
    REFUSED = "refused", _("was refused")


class Kind(models.TextChoices):
    """What it was done to."""

    ORGANISATION = "organisation", _("organisation")
    PERSON = "person", _("person")
    TEAM = "team", _("team")
    INVITATION = "invitation", _("invitation")
    COPY = "copy", _("shared report")
    REPORT = "report", _("report")
    REVIEW = "review", _("review")
    ROUND = "round", _("round")
    LINK = "link", _("link")


class AuditEvent(models.Model):
    """One thing that was done or refused. Triggers refuse every UPDATE, and DELETE unless the whole organisation goes.
    `hash` covers the row and the hash before it: it shows a change that was made around the triggers.
    """

    class Outcome(models.TextChoices):
        DONE = "done", _("done")
        DENIED = "denied", _("refused")

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    organisation = models.ForeignKey("people.Organisation", on_delete=models.CASCADE, related_name="+")
    # From 1, without gaps: a gap shows that an event was removed.
    number = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    # The person who did it; NULL for a visitor, or for a command of the operator's.
    actor = models.UUIDField(null=True)
    # Their role at that time: one of people/policy.py, or "operator" or "outside".
    role = models.CharField(max_length=30, blank=True)
    verb = models.CharField(max_length=30, choices=Verb)
    outcome = models.CharField(max_length=6, choices=Outcome, default=Outcome.DONE)
    kind = models.CharField(max_length=20, choices=Kind, blank=True)
    thing = models.UUIDField(null=True)
    # The person whom it is about, if any.
    person = models.UUIDField(null=True)
    # One of our own words: the new role, or the action that was refused.
    detail = models.CharField(max_length=40, blank=True)
    previous = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["organisation", "-number"]
        indexes: ClassVar = [models.Index(fields=["organisation", "at"], name="audit_by_time")]
        constraints: ClassVar = [
            models.UniqueConstraint("organisation", "number", name="audit_number_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.number}: {self.verb}"


class AuditHead(models.Model):
    """The end of an organisation's chain. To add an event, lock this row first, or the chain could fork."""

    organisation = models.OneToOneField(
        "people.Organisation", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    number = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering: ClassVar = ["organisation"]

    def __str__(self) -> str:
        return f"{self.organisation_id} {self.number}"


class ErasureRecord(models.Model):
    """The SHA-256 of the id of a person or organisation that was erased, and when.

    Without it, restoring an older backup would bring them back (manage.py replay_erasures).
    """

    class What(models.TextChoices):
        PERSON = "person"
        ORGANISATION = "organisation"

    id_hash = models.CharField(primary_key=True, max_length=64)
    what = models.CharField(max_length=12, choices=What)
    erased_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering: ClassVar = ["erased_at", "id_hash"]

    def __str__(self) -> str:
        return f"{self.what} {self.id_hash}"

    def as_line(self) -> str:
        """A line of the journal of erasures, which people/erasure/erase.py reads again."""
        return json.dumps({"what": self.what, "id_hash": self.id_hash, "erased_at": self.erased_at.isoformat()})


def as_hashed(event: AuditEvent) -> dict[str, object]:
    """The values that the hash covers. Changing anything here would break every chain."""

    def text(value: uuid.UUID | None) -> str | None:
        return str(value) if value else None

    return {
        "organisation": str(event.organisation_id),
        "number": event.number,
        "at": event.at.astimezone(datetime.UTC).isoformat(timespec="microseconds"),
        "actor": text(event.actor),
        "role": event.role,
        "verb": event.verb,
        "outcome": event.outcome,
        "kind": event.kind,
        "thing": text(event.thing),
        "person": text(event.person),
        "detail": event.detail,
        "previous": event.previous,
    }
