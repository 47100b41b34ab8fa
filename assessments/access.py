"""Finding an assessment for somebody: what is not theirs does not exist for them."""

import uuid
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest

from assessments.models import Assessment, Review, Share
from people.access import refuse, signed_in
from people.audit.log import Kind
from people.models import VISITORS_ID, Membership, TeamMembership, User
from people.policy import Action, Role, State, allowed


def find(request: HttpRequest, pk: uuid.UUID) -> Assessment:
    """An assessment that this person may know of, with its outcome. One statement; 404 for everything else."""
    found = visible(request, pk, with_outcome=True)
    if found is None:
        raise _hidden(request, pk)
    return found


def visible(request: HttpRequest, pk: uuid.UUID, *, with_outcome: bool = False) -> Assessment | None:
    """An assessment that this person may know of. One statement."""
    rows = Assessment.objects.visible_to(request).filter(pk=pk)
    return (rows.select_related("outcome") if with_outcome else rows).first()


def _hidden(request: HttpRequest, pk: uuid.UUID) -> Exception:
    """Somebody else's, which is noted in the log of whose it is; or nobody's. One more statement."""
    row = Assessment.objects.filter(pk=pk).values_list("organisation_id", "subject_id").first()
    if row is None or row[0] == VISITORS_ID:
        return Http404()
    return refuse(request, row[0], Action.READ_REPORT, pk, Kind.REPORT, person=row[1])


def may(action: Action, assessment: Assessment) -> bool:
    role = Role.VISITOR if assessment.rater_id is None else Role.AUTHOR
    return allowed(role, action, assessment.status)


@dataclass(frozen=True, slots=True)
class Seen[T]:
    """A copy or a review as one person meets it: what they are to it, and its state for them."""

    thing: T
    role: Role
    state: State

    def may(self, action: Action) -> bool:
        return allowed(self.role, action, self.state)


def find_copy(request: HttpRequest, pk: uuid.UUID) -> Seen[Share]:
    """A copy that this person gave, or that was given to them or to the managers of a team of theirs.

    Both must still be in the organisation, and the author in the team. 404 for everything else.
    """
    user = signed_in(request)
    author_in_team = TeamMembership.objects.current().filter(
        organisation=OuterRef("organisation"), team=OuterRef("team"), user=OuterRef("author")
    )
    share = (
        Share.objects.select_related("author", "team", "recipient", "organisation")
        .filter(_is_member(user), _is_member(OuterRef("author")), pk=pk)
        .filter(
            Q(author=user) | Q(recipient=user) | Q(Exists(author_in_team), _manages(user), team__closed_at__isnull=True)
        )
        .first()
    )
    if share is None:
        row = Share.objects.filter(pk=pk).values_list("organisation_id", "author_id").first()
        raise refuse(request, row[0], Action.READ_COPY, pk, Kind.COPY, person=row[1]) if row else Http404
    if share.author_id == user.pk:
        return Seen(share, Role.AUTHOR, State.OPEN)
    if share.recipient_id == user.pk:
        return Seen(share, Role.RECIPIENT, State.OPEN)
    return Seen(share, Role.TEAM_MANAGER, State.OPEN if share.is_open_to(user) else State.WAITING)


def reviews_of(user: User) -> QuerySet[Review]:
    """Reviews that this person may know of: about them, or by them while they manage the team.

    Only in organisations where they are now; a manager keeps theirs when the team is closed.
    """
    return (
        Review.objects.select_related("subject", "manager", "team")
        .filter(_is_member(user))
        .filter(Q(subject=user) | (Q(manager=user) & (Q(team__closed_at__isnull=False) | _manages(user))))
    )


def find_review(request: HttpRequest, pk: uuid.UUID, *actions: Action) -> Seen[Review]:
    """A review that this person may do one of these to: 404 for strangers, 403 for the two it is between.

    One statement.
    """
    user = signed_in(request)
    review = reviews_of(user).select_related("assessment", "round").filter(pk=pk).first()
    if review is None:
        row = Review.objects.filter(pk=pk).values_list("organisation_id", "subject_id").first()
        raise refuse(request, row[0], actions[0], pk, Kind.REVIEW, person=row[1]) if row else Http404
    role = Role.SUBJECT if review.subject_id == user.pk else Role.REVIEWER
    seen = Seen(review, role, review.state)
    if not any(seen.may(action) for action in actions):
        what = (review.organisation_id, actions[0], review, Kind.REVIEW)
        raise refuse(request, *what, knows=True, person=review.subject_id)
    return seen


def _is_member(who: OuterRef | User) -> Exists:
    return Exists(Membership.objects.of(OuterRef("organisation")).filter(user=who))


def _manages(user: User) -> Exists:
    return Exists(
        TeamMembership.objects.current().filter(
            organisation=OuterRef("organisation"), team=OuterRef("team"), user=user, role=TeamMembership.Role.MANAGER
        )
    )
