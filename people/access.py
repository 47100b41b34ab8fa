"""Finding an organisation or a team for somebody: where they are not in, there is nothing."""

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest

from people.models import Organisation, Team, User
from people.policy import Action
from people.standing import Standing, standing_of


def signed_in(request: HttpRequest) -> User:
    """The person who asks. LoginRequiredMiddleware saw to it that there is one."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def find_organisation(request: HttpRequest, slug: str, action: Action) -> tuple[Organisation, Standing]:
    """An organisation that the person is in, and what they are in it.

    404 for strangers; 403 for those who are in it and may not do this. Three statements.
    """
    organisation = Organisation.objects.filter(kind=Organisation.Kind.COMPANY, slug=slug).first()
    if organisation is None:
        raise Http404
    standing = standing_of(signed_in(request), organisation.pk)
    if not standing.is_in:
        raise Http404
    if not standing.may(action):
        raise PermissionDenied
    return organisation, standing


def find_team(request: HttpRequest, slug: str, action: Action) -> tuple[Team, Standing]:
    """A team of an organisation that the person is in, and what they are there. As `find_organisation`."""
    team = Team.objects.select_related("organisation").filter(slug=slug).first()
    if team is None:
        raise Http404
    standing = standing_of(signed_in(request), team.organisation_id)
    if not standing.may_in(team, Action.SEE_TEAM):
        raise Http404
    if not standing.may_in(team, action):
        raise PermissionDenied
    return team, standing
