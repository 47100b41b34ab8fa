"""Removing an organisation: its owners are told by mail, by whom or why.

Nobody confirms it at the server as an owner does on their page. So each owner has what the operator did in the log of
their own space, too: the organisation's goes with it.
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
    owners = _owners(organisation)
    remove_organisation(organisation)
    for owner in owners:
        record(owner.home_id, Verb.ORGANISATION_REMOVED, organisation, kind=Kind.ORGANISATION)
    for owner in owners:
        _tell(owner, organisation, reason=reason)
    return len(owners)


@transactional
def remove_by_owner(organisation: Organisation, owner: User) -> None:
    """Remove an organisation, and tell its other owners who did. Raises as `remove_at_server`."""
    others = [other for other in _owners(organisation) if other != owner]
    remove_organisation(organisation)
    for other in others:
        _tell(other, organisation, by=owner.display_name)


def _owners(organisation: Organisation) -> list[User]:
    lock_organisation(organisation.pk)
    owned = Membership.objects.of(organisation).filter(role=Membership.Role.OWNER, user__is_active=True)
    return [row.user for row in owned.select_related("user").order_by("user__home")]


def _tell(owner: User, organisation: Organisation, **said: str) -> None:
    """Mail what happened; `said` is either who did it (`by`) or the operator's `reason`."""
    name = isolated(organisation.name)
    context = {"organisation": name, **{key: isolated(text) for key, text in said.items()}}
    context |= {"site_name": settings.SITE_NAME, "site_url": settings.SITE_URL}
    text = render_to_string("people/erasure/organisation_removed.txt", context)
    subject = _("%(site)s: %(organisation)s was removed") % {"site": settings.SITE_NAME, "organisation": name}
    post(EmailMessage(subject, text, to=[owner.email]), by_others=True)
