"""Removing an organisation at the server, for the operator. Nobody confirms it there as its owners do on their page, so
its owners are told by mail why, and each has it in the log of their own space: the organisation's goes with it.
"""

import uuid

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Q, QuerySet
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from people.audit.log import Kind, Verb, record
from people.database.columns import folded
from people.database.transactions import transactional
from people.erasure.erase import ErasureError, remove_organisation
from people.mail.post import post
from people.models import Membership, Organisation, User
from people.organisations.lock import lock_organisation
from people.texts import clean_line, is_blank, isolated

REASON_MAX = 200


def companies() -> QuerySet[Organisation]:
    """Everybody's own space is none of them: it goes with its account."""
    return Organisation.objects.filter(kind=Organisation.Kind.COMPANY)


def named(word: str) -> Organisation | None:
    """The organisation with this slug or this id."""
    try:
        key: uuid.UUID | None = uuid.UUID(word)
    except ValueError:
        key = None
    return companies().filter(Q(pk=key) if key else Q(slug=word.replace("\0", ""))).first()


def called(words: str) -> QuerySet[Organisation]:
    """Organisations whose name or slug has these words in it, or that somebody with this address owns."""
    if "@" in words:
        owned = Membership.objects.current().filter(role=Membership.Role.OWNER, user__email=User.objects.spelled(words))
        return companies().filter(pk__in=owned.values("organisation"))
    said = words.replace("\0", "")
    return companies().filter(Q(folded__contains=folded(said)) | Q(slug__contains=said))


def reason_of(text: str) -> str:
    """The reason as its owners read it. Raises ErasureError for one that says nothing, or too much."""
    reason = clean_line(text)
    if is_blank(reason):
        raise ErasureError("--reason says nothing: the owners read it in their mail")
    if len(reason) > REASON_MAX:
        raise ErasureError(f"--reason has {len(reason)} characters, and may have {REASON_MAX}")
    return reason


@transactional
def remove_at_server(organisation: Organisation, reason: str) -> int:
    """Remove an organisation as its owners can. Returns how many owners were told.

    Raises ErasureError, as `remove_organisation` does, and Organisation.DoesNotExist when somebody was quicker.
    """
    lock_organisation(organisation.pk)
    owned = Membership.objects.of(organisation).filter(role=Membership.Role.OWNER, user__is_active=True)
    owners = [row.user for row in owned.select_related("user").order_by("user__home")]
    remove_organisation(organisation)
    for owner in owners:
        record(owner.home_id, Verb.ORGANISATION_REMOVED, organisation, kind=Kind.ORGANISATION)
    for owner in owners:
        _tell(owner, organisation, reason)
    return len(owners)


def _tell(owner: User, organisation: Organisation, reason: str) -> None:
    name = isolated(organisation.name)
    context = {"organisation": name, "reason": isolated(reason)}
    context |= {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
    text = render_to_string("people/erasure/removed_by_operator.txt", context)
    subject = _("%(site)s: %(organisation)s was removed") % {"site": settings.SITE_NAME, "organisation": name}
    post(EmailMessage(subject, text, to=[owner.email]), by_others=True)
