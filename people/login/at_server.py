"""What the operator does for somebody who can't get in, at the server: no form asks for a password there, so each is
logged, as done by the operator, and mailed to the person.
"""

from collections.abc import Iterable
from itertools import batched

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage
from django.core.validators import validate_email
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from people.addresses import ADDRESS_MAX, canonical
from people.audit.log import Kind, Verb, record
from people.database.transactions import transactional
from people.errors import PeopleError
from people.login.sessions import alive, end_others
from people.mail.post import post
from people.models import User

REASONS = ("lost", "stolen", "broken", "asked")
AT_ONCE = 100
"""People who are logged out in one transaction: with one each, the disk would take most of the time."""


class UnfitAddressError(PeopleError):
    """The new address is none, or belongs to another account."""


def find(address: str) -> User | None:
    return User.objects.filter(email=User.objects.spelled(address)).first()


@transactional
def reset_second_steps(user: User, reason: str) -> int:
    """Take away all second steps and passkeys, and log the person out everywhere. Returns how many steps went.

    `reason` is one of REASONS: the log keeps it, and a sentence could say something about a person for ever.
    """
    gone: int = Authenticator.objects.filter(user=user).delete()[0]
    end_others(user, None)
    record(user.home_id, Verb.KEY_REMOVED, kind=Kind.PERSON, person=user.pk, detail=reason)
    _tell(user, _("your second steps were removed"), [user.email])
    return gone


@transactional
def change_address(user: User, address: str) -> None:
    """Give an account another address, which counts as confirmed. Both addresses are told. Raises UnfitAddressError."""
    one, before = canonical(address), user.email
    refuse_unfit(user, one)
    EmailAddress.objects.filter(user=user).delete()
    user.email = one
    user.save(update_fields=["email"])
    EmailAddress.objects.create(user=user, email=one, verified=True, primary=True)
    record(user.home_id, Verb.ADDRESS_CHANGED, kind=Kind.PERSON, person=user.pk)
    _tell(user, _("your address was changed"), [before, one], before=before)


def refuse_unfit(user: User, one: str) -> None:
    """Raise UnfitAddressError for what is no address, or another account's."""
    try:
        validate_email(one)
    except ValidationError as error:
        raise UnfitAddressError(f"{one[:80]!r} is no e-mail address") from error
    others = EmailAddress.objects.filter(email=one, verified=True).exclude(user=user)
    if len(one) > ADDRESS_MAX or others.exists() or User.objects.filter(email=one).exclude(pk=user.pk).exists():
        raise UnfitAddressError(f"{one[:80]!r} belongs to another account")


@transactional
def end_sessions(user: User, reason: str = "") -> int:
    """Log somebody out everywhere. Returns how many sessions ended. `reason`: as for `reset_second_steps`."""
    ended = end_others(user, None)
    record(user.home_id, Verb.LOGGED_OUT, kind=Kind.PERSON, person=user.pk, detail=reason)
    return ended


def logged_in() -> QuerySet[User]:
    """Everybody who is logged in somewhere."""
    return User.objects.filter(pk__in=alive().values("user"))


def end_all_sessions(reason: str) -> tuple[int, int]:
    """Log everybody out, visitors with their answers left alone. Returns how many sessions of how many people ended.

    Some people at a time, each with the line in their log: one that is interrupted goes on when it is called again.
    """
    everybody = list(logged_in().order_by("home"))
    return sum(_end_together(some, reason) for some in batched(everybody, AT_ONCE, strict=False)), len(everybody)


@transactional
def _end_together(users: Iterable[User], reason: str) -> int:
    return sum(end_sessions(user, reason) for user in users)


def _tell(user: User, subject: str, addresses: Iterable[str], **more: str) -> None:
    context = {"user": user, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL, **more}
    text = render_to_string("people/login/by_operator_message.txt", context)
    for address in addresses:
        post(EmailMessage(f"{settings.SITE_NAME}: {subject}", text, to=[address]))
