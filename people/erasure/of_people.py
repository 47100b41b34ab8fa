"""What happens to the tables of the people app and of libraries when somebody deletes their account."""

from collections.abc import Iterable

from django.db.models import Q
from django.utils.translation import gettext as _

from people.addresses import canonical
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
from people.login.sessions import hash_of_address
from people.models import Invitation, Organisation, OutboxMail, Session, Team, User

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
    Rule("people.Team", INTERNAL, KEPT, "the organisation's", plain=("name", "folded", "slug", "old_slug")),
    Rule(
        "people.Invitation",
        PERSONAL,
        PSEUDONYMISED,
        "those to one of their addresses are deleted; those that they made are the organisation's, and name nobody",
        apart={"token_hash": SECRET},
        cleared=("created_by",),
        plain=("email", "email_canonical", "name", "kind", "role", "team_role", "token_hash"),
    ),
    Rule(
        "people.OutboxMail",
        PRIVATE,
        EXPIRES,
        "mails to them are deleted; in mails to others that wait their name is taken out; emptied once sent",
        apart={"message": SECRET},
        scrubbed=("message",),
        plain=("error", "invitation", "refused_by"),
    ),
    Rule(
        "people.MailRefusal",
        INTERNAL,
        KEPT,
        "that an address takes no invitations, under a hash with a key of the site; without it, the next one would "
        "reach somebody who has said no",
        plain=("to_hash",),
    ),
    Rule("people.SiteKey", SECRET, KEPT, "the site's own keys, sealed", plain=("name", "sealed")),
    Rule(
        "people.Session",
        SECRET,
        EXPIRES,
        "theirs are deleted, and those in which one of their addresses waits for a code; all go after 30 days",
        owners=("user",),
        plain=("session_key", "session_data", "browser", "waits_for"),
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
        "counts for the rate limits under hashed keys; goes within a day, those of mails within 16",
        plain=("key",),
    ),
    Rule(
        "people.OnceKey",
        INTERNAL,
        EXPIRES,
        "that a form was sent, under a hashed key, and the address it led to; goes within a day",
        plain=("key", "location"),
    ),
    Rule("people.MailHold", INTERNAL, KEPT, "since when a restored copy mails nobody"),
    Rule("people.Announcement", INTERNAL, KEPT, "what the operator tells everybody for some hours", plain=("text",)),
    Rule(
        "people.Proof",
        INTERNAL,
        KEPT,
        "when a backup was made and the like, and how it went",
        plain=("step", "said"),
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
    # Those in an older spelling, whose one form is another account's, lead to that one.
    in_one_form = [address for address in leaving.addresses if address == canonical(address)]
    Invitation.objects.filter(email_canonical__in=in_one_form).delete()
    _erase_mails(leaving)
    waiting = [hash_of_address(address) for address in leaving.addresses]
    Session.objects.filter(Q(user=leaving.user) | Q(waits_for__in=waiting)).delete()


def _erase_mails(leaving: Leaving) -> None:
    theirs = [
        row.pk
        for row in OutboxMail.objects.exclude(message={})
        if leaving.addresses & {User.objects.spelled(address) for address in _bare(row.message.get("to", []))}
    ]
    OutboxMail.objects.filter(pk__in=theirs).delete()
    leaving.scrub(OutboxMail.objects.exclude(message={}), _("[somebody who has left]"))


def _bare(recipients: Iterable[str]) -> Iterable[str]:
    """The address of each "Name <address>"."""
    from email.utils import getaddresses  # noqa: PLC0415

    return (address for _name, address in getaddresses(list(recipients)))


def empty(organisation: Organisation) -> None:
    """Take teams out of each other: a parent can't be deleted before its children."""
    Team.objects.filter(organisation=organisation).update(parent=None)


register(RULES, person_step=erase, organisation_step=empty)
