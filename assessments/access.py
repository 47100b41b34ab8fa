"""Finding an assessment for somebody: what is not theirs does not exist for them."""

import uuid
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpRequest

from assessments.models import Assessment, CopyQuestion, CopyReader, Review, Share
from people.access import refuse, signed_in, the_one
from people.audit.log import Kind
from people.models import VISITORS_ID, Membership, TeamMembership, User
from people.policy import Action, Role, State, allowed
from people.standing import manages


def find(request: HttpRequest, pk: uuid.UUID, *joined: str, **annotated: Any) -> Assessment:
    """An assessment that this person may know of. One statement; 404 for everything else."""
    found = visible(request, pk, *joined, **annotated)
    if found is None:
        raise _hidden(request, pk)
    return found


def visible(request: HttpRequest, pk: uuid.UUID, *joined: str, **annotated: Any) -> Assessment | None:
    """An assessment that this person may know of. One statement."""
    rows = Assessment.objects.visible_to(request).filter(pk=pk).annotate(**annotated)
    return the_one(rows.select_related(*joined) if joined else rows)


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
    """A copy that this person gave or may read, or that was given for a team that they manage: they can ask for it.

    Both must still be in the organisation, and the author in the team. 404 for everything else.
    """
    user = signed_in(request)
    author_in_team = TeamMembership.objects.current().filter(
        organisation=OuterRef("organisation"), team=OuterRef("team"), user=OuterRef("author")
    )
    reading = CopyReader.objects.of(OuterRef("pk"), user)
    share: Any = the_one(
        Share.objects.select_related("author", "team", "recipient", "organisation")
        .annotate(names_them=Exists(reading), opens_to_them=Exists(reading.open()))
        .filter(_is_member(user), _is_member(OuterRef("author")), pk=pk)
        .filter(
            Q(author=user)
            | Q(recipient=user, names_them=True)
            | Q(Exists(author_in_team), manages(user), team__closed_at__isnull=True)
        )
    )
    if share is None:
        row = Share.objects.filter(pk=pk).values_list("organisation_id", "author_id").first()
        raise refuse(request, row[0], Action.READ_COPY, pk, Kind.COPY, person=row[1]) if row else Http404
    if share.author_id == user.pk:
        return Seen(share, Role.AUTHOR, State.OPEN)
    role = Role.RECIPIENT if share.names_them else Role.TEAM_MANAGER
    return Seen(share, role, State.OPEN if share.opens_to_them else State.WAITING)


def find_question(request: HttpRequest, pk: uuid.UUID) -> CopyQuestion:
    """A question about a copy that this person gave. Whoever asked gets 403, everybody else 404."""
    user = signed_in(request)
    question = CopyQuestion.objects.select_related("copy", "asker").filter(pk=pk).first()
    if question is None:
        raise Http404
    role = Role.AUTHOR if question.author_id == user.pk else Role.TEAM_MANAGER
    if not allowed(role, Action.ANSWER_QUESTION, State.WAITING):
        what = (question.organisation_id, Action.ANSWER_QUESTION, question.copy, Kind.COPY)
        raise refuse(request, *what, knows=question.asker_id == user.pk, person=question.author_id)
    return question


def questions_to(author: User) -> QuerySet[CopyQuestion]:
    """The questions that wait for this author, of people who manage the team still."""
    asking = manages(OuterRef("asker"), team="copy__team")
    waiting = CopyQuestion.objects.filter(asking, author=author, answer="")
    return waiting.select_related("asker", "organisation", "copy__team")


def reviews_of(user: User) -> QuerySet[Review]:
    """Reviews that this person may know of: about them, or by them while they manage the team, closed or not, as they
    have since the review began.

    Only in organisations where they are now. Managing the team at another time is not enough: what somebody lost with
    their office would come back with it, or with the team's end.
    """
    return (
        Review.objects.select_related("subject", "manager", "team__organisation")
        .filter(_is_member(user))
        .filter(Q(subject=user) | Q(manages(user, since="opened_at"), manager=user))
    )


def find_review(request: HttpRequest, pk: uuid.UUID, *actions: Action) -> Seen[Review]:
    """A review that this person may do one of these to: 404 for strangers, 403 for the two it is between.

    One statement.
    """
    user = signed_in(request)
    review = the_one(reviews_of(user).select_related("assessment__outcome", "round").filter(pk=pk))
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
