"""Gives the addresses that were stored before it the one form of people/addresses.py.

Two accounts that meet in one form are never merged. Whoever is stored in it has it, else the older one; the other
keeps the old spelling, logs in with it as before, is told by mail and on the page of the address, and `doctor` says how
many there are. So does an account whose mails have gone to another mailbox than the one form names.
"""

from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.signals import user_logged_in
from django.core.mail import EmailMessage
from django.db.models import F
from django.dispatch import receiver
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.encoding import punycode
from django.utils.translation import gettext as _

from people.addresses import ADDRESS_MAX, canonical
from people.database.columns import folded
from people.database.fill_in import BATCH, STEPS, change_each
from people.database.transactions import transactional
from people.mail.post import post
from people.models import Invitation, Membership, Organisation, Team, User


def give_one_form() -> int:
    """The older accounts first. Each gets its one form or is flagged, so none is looked at twice."""
    done = 0
    waiting = User.objects.filter(email_canonical=None, email_clash=False).order_by("date_joined", "pk")
    while batch := list(waiting[:BATCH]):
        done += len(batch)
        _give_each(batch)
    return done


@transactional
def _give_each(batch: list[User]) -> None:
    are_in_it = {user.pk for user in batch if user.email == canonical(user.email)}
    User.objects.filter(pk__in=are_in_it).update(email_canonical=F("email"))
    for user in batch:
        if user.pk not in are_in_it:
            _give(user, canonical(user.email))
    for row in EmailAddress.objects.filter(user__in=batch, user__email_clash=False):
        _give_further(row, canonical(row.email))


def _give(user: User, one: str) -> None:
    of_others = User.objects.filter(email=one).exclude(pk=user.pk)
    further = EmailAddress.objects.filter(email=one, verified=True).exclude(user=user)
    if len(one) > ADDRESS_MAX or of_others.exists() or further.exists() or _mailbox(user.email) != one:
        User.objects.filter(pk=user.pk).update(email_clash=True)
        _tell(user)
    else:
        User.objects.filter(pk=user.pk).update(email=one, email_canonical=one)


def _give_further(row: EmailAddress, one: str) -> None:
    if row.email == one or len(one) > ADDRESS_MAX:
        return
    others = EmailAddress.objects.filter(email=one)
    if not (others.filter(user=row.user_id).exists() or (row.verified and others.filter(verified=True).exists())):
        EmailAddress.objects.filter(pk=row.pk).update(email=one)


def _mailbox(address: str) -> str:
    """Where mail to it has gone so far: by the older standard, in which ß is ss."""
    local, _at, domain = address.rpartition("@")
    try:
        return canonical(f"{local}@{punycode(domain)}")
    except UnicodeError:
        return canonical(address)


def _tell(user: User) -> None:
    if not user.email.rpartition("@")[0].isascii():
        # No mail program can send there. Their page says it.
        return
    context = {"user": user, "site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
    text = render_to_string("account/email/address_clash_message.txt", context)
    post(EmailMessage(_("Rungwise: choose another address"), text, to=[user.email]))


@receiver(user_logged_in, dispatch_uid="address-clash")
def _remind(request: HttpRequest | None, user: User, **_kwargs: Any) -> None:
    if request is not None and user.email_clash:
        said = _("Your address is another way to write one that is not your account’s. Please choose a new one.")
        messages.warning(request, said)


def _of_invitations() -> int:
    rows = Invitation.objects.filter(email_canonical="").exclude(email="")
    return change_each(rows, lambda row: {"email_canonical": canonical(row.email)[:ADDRESS_MAX]})


def _sort_names() -> int:
    rows = Membership.objects.filter(sort_name="").select_related("user")
    return change_each(rows, lambda row: {"sort_name": row.user.sort_name})


STEPS |= {
    "addresses of people": give_one_form,
    "addresses of invitations": _of_invitations,
    "names of members": _sort_names,
    "names of teams": lambda: change_each(Team.objects.filter(folded=""), lambda row: {"folded": folded(row.name)}),
    "names of organisations": lambda: change_each(
        Organisation.objects.filter(folded=""), lambda row: {"folded": folded(row.name)}
    ),
}
