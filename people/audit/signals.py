"""Records log-ins, log-outs and changes of passwords, addresses and keys in the log of the person's own space."""

from typing import Any

from allauth.account.signals import email_changed, password_changed, password_reset, password_set
from allauth.mfa.signals import authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.utils import timezone

from people.audit.log import SAME_REFUSAL, Entry, Verb, record, record_all
from people.models import AuditEvent, User


def _connect(signal: Any, verb: Verb) -> None:
    def note(sender: Any, user: User | None = None, **_: Any) -> None:  # noqa: ARG001
        if user is not None:
            record(user.home_id, verb, actor=user)

    signal.connect(note, weak=False, dispatch_uid=f"audit-{verb}-{id(signal)}")


for _signal, _verb in (
    (user_logged_in, Verb.LOGGED_IN),
    (user_logged_out, Verb.LOGGED_OUT),
    (password_changed, Verb.PASSWORD_CHANGED),
    (password_set, Verb.PASSWORD_CHANGED),
    (password_reset, Verb.PASSWORD_CHANGED),
    (email_changed, Verb.ADDRESS_CHANGED),
    (authenticator_added, Verb.KEY_ADDED),
    (authenticator_removed, Verb.KEY_REMOVED),
):
    _connect(_signal, _verb)


@receiver(user_login_failed, dispatch_uid="audit-log-in-failed")
def on_log_in_failed(sender: Any, credentials: dict[str, Any], **_: Any) -> None:  # noqa: ARG001
    """Record a failed log-in, once in ten minutes for each account: an attack would flood the log."""
    address = str(credentials.get("email") or credentials.get("username") or "")
    user = User.objects.filter(email=User.objects.spelled(address)).first() if address else None
    if user is None:
        return
    since = timezone.now() - SAME_REFUSAL
    again = AuditEvent.objects.filter(organisation=user.home_id, verb=Verb.LOG_IN_FAILED, at__gt=since)
    if not again.exists():
        record_all(user.home_id, [Entry(Verb.LOG_IN_FAILED, denied=True)])
