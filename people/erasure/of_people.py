"""What happens to the tables of the people app and of libraries when somebody deletes their account."""

from collections.abc import Iterable

from django.contrib.auth import SESSION_KEY
from django.utils import timezone
from django.utils.translation import gettext as _

from people.erasure.rules import (
    DELETED,
    EXPIRES,
    INTERNAL,
    KEPT,
    PERSONAL,
    PRIVATE,
    PSEUDONYMISED,
    SECRET,
    Leaving,
    Rule,
    register,
)
from people.models import Invitation, Organisation, OutboxMail, Session, Team

RULES = (
    Rule("people.User", PERSONAL, DELETED, "the person themselves", apart={"password": SECRET}, owners=("pk",)),
    Rule(
        "people.Organisation",
        INTERNAL,
        DELETED,
        "the own space goes with everything in it; organisations that others are in stay",
        owners=("resident",),
    ),
    Rule("people.User_groups", PERSONAL, DELETED, "goes with the person", owners=("user",)),
    Rule("people.User_user_permissions", PERSONAL, DELETED, "goes with the person", owners=("user",)),
    Rule("people.Membership", PERSONAL, DELETED, "when they were where is theirs", owners=("user",)),
    Rule("people.TeamMembership", PERSONAL, DELETED, "when they were where is theirs", owners=("user",)),
    Rule("people.Team", INTERNAL, KEPT, "the organisation's", plain=("name", "slug")),
    Rule(
        "people.Invitation",
        PERSONAL,
        PSEUDONYMISED,
        "those to one of their addresses are deleted; those that they sent are revoked and name no sender",
        apart={"token_hash": SECRET},
        cleared=("created_by",),
        plain=("email", "kind", "role", "team_role", "token_hash"),
    ),
    Rule(
        "people.OutboxMail",
        PRIVATE,
        EXPIRES,
        "mails to them are deleted; in mails to others that wait their name is taken out; emptied once sent",
        apart={"message": SECRET},
        scrubbed=("message",),
        plain=("error",),
    ),
    Rule(
        "people.Session",
        SECRET,
        EXPIRES,
        "theirs are deleted, and those in which one of their addresses waits for a code; all go after 30 days",
        owners=("user",),
        plain=("session_key", "session_data", "browser"),
    ),
    Rule(
        "people.AuditEvent",
        PERSONAL,
        KEPT,
        "an organisation's log says who did what; it has ids only, which lead to nobody any more. "
        "The log of the own space goes with it",
        plain=("actor", "role", "verb", "outcome", "kind", "thing", "person", "detail", "previous", "hash"),
    ),
    Rule(
        "people.RateCount",
        INTERNAL,
        EXPIRES,
        "counts for the rate limits under hashed keys; goes within a day",
        plain=("key",),
    ),
    Rule("people.AuditHead", INTERNAL, KEPT, "a number and a hash", plain=("hash",)),
    Rule(
        "people.ErasureRecord",
        INTERNAL,
        KEPT,
        "the hash of an id that leads to nobody, so that a restored backup forgets them too",
        plain=("id_hash", "what"),
    ),
    # Of libraries
    Rule("account.EmailAddress", PERSONAL, DELETED, "their addresses", owners=("user",)),
    Rule(
        "account.EmailConfirmation",
        PERSONAL,
        DELETED,
        "their addresses",
        apart={"key": SECRET},
        owners=("email_address__user",),
    ),
    Rule("mfa.Authenticator", SECRET, DELETED, "their second steps and passkeys", owners=("user",)),
    Rule(
        "django_tasks_database.DBTaskResult",
        INTERNAL,
        EXPIRES,
        "names a row of the outbox; goes a day after it is done",
        plain=(
            *("status", "args_kwargs", "task_path", "queue_name", "backend_name", "exception_class_path"),
            *("traceback", "return_value", "worker_ids"),
        ),
    ),
    Rule(
        "admin.LogEntry",
        PERSONAL,
        DELETED,
        "what somebody of the staff changed; it names rows by their ids",
        owners=("user",),
    ),
    Rule(
        "sessions.Session",
        SECRET,
        EXPIRES,
        "Django's own table, empty since sessions are rows of people.Session",
        plain=("session_key", "session_data"),
    ),
    Rule("auth.Permission", INTERNAL, KEPT, "not personal", plain=("name", "codename")),
    Rule("auth.Group", INTERNAL, KEPT, "not personal", plain=("name",)),
    Rule("auth.Group_permissions", INTERNAL, KEPT, "not personal"),
    Rule("contenttypes.ContentType", INTERNAL, KEPT, "not personal", plain=("app_label", "model")),
    Rule("table:cache", INTERNAL, EXPIRES, "counts for allauth's rate limits under hashed keys; goes within a day"),
    Rule("table:django_migrations", INTERNAL, KEPT, "not personal"),
)


def erase(leaving: Leaving) -> None:
    """Erase what no key leads to: mails, invitations and sessions, which hold addresses and names in their texts."""
    for address in leaving.addresses:
        Invitation.objects.filter(email__iexact=address).delete()
    Invitation.objects.filter(created_by=leaving.user, revoked_at__isnull=True).update(revoked_at=timezone.now())
    _erase_mails(leaving)
    _erase_sessions(leaving)


def _erase_mails(leaving: Leaving) -> None:
    theirs = [
        row.pk
        for row in OutboxMail.objects.exclude(message={})
        if leaving.addresses & {address.lower() for address in _bare(row.message.get("to", []))}
    ]
    OutboxMail.objects.filter(pk__in=theirs).delete()
    leaving.scrub(OutboxMail.objects.exclude(message={}), _("[somebody who has left]"))


def _bare(recipients: Iterable[str]) -> Iterable[str]:
    """The address of each "Name <address>"."""
    from email.utils import getaddresses  # noqa: PLC0415

    return (address for _name, address in getaddresses(list(recipients)))


def _erase_sessions(leaving: Leaving) -> None:
    """Delete the person's sessions. They are read one by one: of a session in which an address waits for its code, no
    column says whose it is, and its data are encoded."""
    key = str(leaving.user.pk)
    gone = []
    for session in Session.objects.iterator(chunk_size=1000):
        data = session.get_decoded()
        if data.get(SESSION_KEY) == key or _names(data, leaving.addresses):
            gone.append(session.pk)
    for start in range(0, len(gone), 500):
        Session.objects.filter(pk__in=gone[start : start + 500]).delete()


def _names(value: object, addresses: frozenset[str]) -> bool:
    if isinstance(value, str):
        text = value.lower()
        return any(address in text for address in addresses)
    if isinstance(value, dict):
        return any(_names(item, addresses) for item in value.values())
    return isinstance(value, list | tuple) and any(_names(item, addresses) for item in value)


def empty(organisation: Organisation) -> None:
    """Take teams out of each other: a parent can't be deleted before its children."""
    Team.objects.filter(organisation=organisation).update(parent=None)


register(RULES, person_step=erase, organisation_step=empty)
