"""Finds organisations and teams for the person who asks. To somebody who is not in one, it doesn't exist."""

import uuid
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest

from people.audit.log import Kind, note_refusal
from people.models import Organisation, Team, User
from people.policy import Action
from people.standing import Standing, standing_of


def signed_in(request: HttpRequest) -> User:
    """The person who asks. For views that require a log-in: LoginRequiredMiddleware has seen to it."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def the_one[Row](rows: QuerySet[Any, Row]) -> Row | None:
    """The row of a look-up by key, or None. `first` would sort, which takes a third of such a look-up's time."""
    return next(iter(rows.order_by()), None)


def refuse(
    request: HttpRequest,
    organisation_id: uuid.UUID,
    action: Action,
    thing: object,
    kind: Kind,
    *,
    knows: bool = False,
    person: uuid.UUID | None = None,
) -> Exception:
    """Note in the audit log that something was refused, and return what to raise: 403 for people who may know that it
    exists, else 404. Only for things that do exist."""
    note_refusal(request, organisation_id, action, thing, kind=kind, person=person)
    return PermissionDenied() if knows else Http404()


def find_organisation(request: HttpRequest, slug: str, action: Action) -> tuple[Organisation, Standing]:
    """An organisation that the person is in, and their standing there. Three statements.

    Raises Http404 for strangers, PermissionDenied for members who may not do this.
    """
    organisation = the_one(Organisation.objects.filter(kind=Organisation.Kind.COMPANY, slug=slug))
    if organisation is None:
        raise Http404
    standing = standing_of(signed_in(request), organisation.pk)
    if not standing.may(action):
        raise refuse(request, organisation.pk, action, organisation, Kind.ORGANISATION, knows=standing.is_in)
    return organisation, standing


def find_team(request: HttpRequest, slug: str, team_slug: str, action: Action) -> tuple[Team, Standing]:
    """A team of an organisation that the person is in, and their standing there. Raises as `find_organisation`."""
    team = the_one(Team.objects.select_related("organisation").filter(organisation__slug=slug, slug=team_slug))
    if team is None:
        raise Http404
    standing = standing_of(signed_in(request), team.organisation_id)
    knows = standing.may_in(team, Action.SEE_TEAM)
    if not (knows and standing.may_in(team, action)):
        raise refuse(request, team.organisation_id, action, team, Kind.TEAM, knows=knows)
    return team, standing
