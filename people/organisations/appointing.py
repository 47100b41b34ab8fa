"""Appointing managers, admins and owners, and ending it: whatever does so goes through `appoint`.

Whoever leads decides what others are asked to share, and may be given it. So nobody is made one unseen: the person who
does it confirms who they are, it stands in the log, and mails go to whom it concerns. Nobody appoints themselves where
somebody else could, and nothing but a person makes an owner.
"""

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import QuerySet
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from people.audit.log import Entry, asking, record_all, whoever_asks
from people.errors import PeopleError
from people.login.reauth import confirm
from people.mail.post import post_news
from people.models import Membership, Organisation, Team, TeamMembership, User
from people.texts import isolated

OWNER, ADMIN, MANAGER = Membership.Role.OWNER, Membership.Role.ADMIN, TeamMembership.Role.MANAGER


class SelfAppointedError(PeopleError):
    """Somebody would appoint themselves, and is not the only one who could."""


@dataclass(frozen=True, slots=True)
class Office:
    """A role in an organisation, or in one of its teams. Only managers, admins and owners lead."""

    person: User
    role: str
    team: Team | None = None

    @property
    def leads(self) -> bool:
        return self.role in {OWNER, ADMIN, MANAGER}


def appoint(
    organisation_id: uuid.UUID,
    entries: list[Entry],
    *,
    given: Iterable[Office] = (),
    taken: Iterable[Office] = (),
    by: User | None = None,
    actor: User | None = None,
    at_server: bool = False,
) -> None:
    """Confirm, mail and record a change of roles. Call it last in its transaction, which an error undoes.

    `by` is who decided it, unless it is the person who asks; `at_server` the operator by a command of their own.
    """
    given, taken = [office for office in given if office.leads], [office for office in taken if office.leads]
    by = by or whoever_asks()
    if given or taken:
        permit(organisation_id, given, by, at_server=at_server)
        _tell(Organisation.objects.get(pk=organisation_id), given, taken, by)
    record_all(organisation_id, entries, actor=actor)


def permit(organisation_id: uuid.UUID, given: Sequence[Office], by: User | None, *, at_server: bool = False) -> None:
    """Let go on who has confirmed it. Raises PeopleError, or ReauthenticationRequired, which leads to the question."""
    if by is None and not at_server and any(office.role == OWNER for office in given):
        raise PeopleError(_("Only a person makes an owner."))
    for office in given:
        if office.person == by and (other := _other_leads(organisation_id, office)):
            raise SelfAppointedError(
                _("Nobody appoints themselves where somebody else can. Ask %(name)s to do it.")
                % {"name": isolated(other.display_name)}
            )
    if request := asking():
        confirm(request)


def may_appoint_themselves(organisation_id: uuid.UUID, person: User) -> bool:
    """Whether they could make themselves a manager, as nobody else could."""
    return _other_leads(organisation_id, Office(person, MANAGER)) is None


def _other_leads(organisation_id: uuid.UUID, office: Office) -> User | None:
    """Somebody else who could give this office."""
    roles = [OWNER] if office.role == OWNER else [OWNER, ADMIN]
    others = _led_by(organisation_id, roles).exclude(pk=office.person.pk)
    return others.order_by("memberships__joined_at", "pk").first()


def _led_by(organisation_id: uuid.UUID, roles: list[Membership.Role]) -> QuerySet[User]:
    current = {"memberships__organisation": organisation_id, "memberships__left_at": None}
    return User.objects.filter(**current, memberships__role__in=roles, is_active=True)


# The mails


def _tell(organisation: Organisation, given: list[Office], taken: list[Office], by: User | None) -> None:
    for office in given:
        _mail([office.person], organisation, "given", [office], by)
    for office in taken:
        _mail([office.person], organisation, "taken", [office], by)
    for team in {office.team for office in given if office.team}:
        here = TeamMembership.objects.of(team).values("user")
        current = Membership.objects.of(organisation).filter(user__in=here).values("user")
        offices = [office for office in given if office.team == team]
        _mail(User.objects.filter(pk__in=current, is_active=True), organisation, "managers", offices, by)
    for kind, offices in (("leads", given), ("led", taken)):
        for office in offices:
            if not office.team:
                _mail(_led_by(organisation.pk, [OWNER]), organisation, kind, [office], by)


def _mail(
    people: Iterable[User], organisation: Organisation, kind: str, offices: list[Office], by: User | None
) -> None:
    """Not to who did it themselves; nor, of the mails to others, to those whom it is about."""
    about = {office.person for office in offices}
    office = offices[0]
    page = reverse("show_team", args=[organisation.slug, office.team.slug]) if office.team else ""
    page = page or reverse("show_organisation", args=[organisation.slug])
    for person in people:
        if person == by or (person in about and kind not in {"given", "taken"}):
            continue
        context = {
            "kind": kind,
            "person": person,
            "names": ", ".join(isolated(name) for name in sorted(one.display_name for one in about)),
            "count": len(about),
            "role": office.role,
            "team": isolated(office.team.name) if office.team else "",
            "organisation": isolated(organisation.name),
            "by": by,
            "address": settings.SITE_URL + page,
            "site_name": settings.SITE_NAME,
        }
        subject = _("%(site)s: who leads in %(organisation)s has changed")
        text = render_to_string("people/organisations/appointed.txt", context)
        said = {"site": settings.SITE_NAME, "organisation": isolated(organisation.name)}
        post_news(EmailMessage(subject % said, text, to=[person.email]))
