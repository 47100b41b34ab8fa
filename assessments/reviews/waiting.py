"""What of the reviews is somebody's to do now, or the other's: rows for the page on which they come home."""

from django.db.models import Case, Count, Exists, IntegerField, OuterRef, Q, QuerySet, Subquery, When

from assessments.access import reviews_of
from assessments.models import CopyReader, Rating, Review, Share
from people.models import Membership, TeamMembership, User
from people.standing import manages


def reviews_under_way(user: User) -> QuerySet[Review]:
    """The person's reviews that can still move, newest first: both people are there, and until they have met the
    member is in the team. `rated` counts the answers of a review that they write, and is null for one about them.
    """
    answers = Rating.objects.filter(organisation=OuterRef("organisation"), assessment=OuterRef("assessment"))
    count = answers.filter(Q(step__isnull=False) | Q(no_chance=True)).order_by().values("assessment")
    rated = Subquery(count.annotate(number=Count("pk")).values("number"))
    return (
        reviews_of(user)
        .filter(subject__isnull=False, manager__isnull=False)
        .filter(Q(signed_by_subject_at__isnull=True) | Q(signed_by_manager_at__isnull=True))
        .filter(Q(revealed_at__isnull=False) | Exists(_in_team("subject")), Exists(_in_organisation("subject")))
        # Never for the member: how far the other side has come is not theirs to know.
        .annotate(rated=Case(When(manager=user, then=rated), output_field=IntegerField()))
        .select_related("assessment", "round", "share", "subject", "manager", "team__organisation")
    )


def copies_to_rate(user: User) -> list[Share]:
    """Copies that wait for a manager who has begun no review of their author: of each member of a team the newest. One
    statement."""
    pair = {"organisation": OuterRef("organisation"), "subject": OuterRef("copy__author"), "manager": user}
    mine = Review.objects.filter(manages(user, since="opened_at"), team=OuterRef("copy__team"), **pair)
    is_open = Q(signed_by_subject_at__isnull=True) | Q(signed_by_manager_at__isnull=True)
    waiting = (
        CopyReader.objects.standing()
        .filter(reader=user, open_since__isnull=True, copy__team__isnull=False)
        .filter(Exists(_in_team("copy__author", "copy__team")), Exists(_in_organisation("copy__author")))
        .filter(Exists(Membership.objects.of(OuterRef("organisation")).filter(user=user)))
        .exclude(Exists(mine.filter(is_open | Q(share=OuterRef("copy")))))
        .select_related("copy__author", "copy__team__organisation")
        .order_by("-given_at", "-pk")
    )
    newest: dict[tuple[object, object], Share] = {}
    for reading in waiting:
        newest.setdefault((reading.copy.team_id, reading.copy.author_id), reading.copy)
    return list(newest.values())


def _in_team(who: str, team: str = "team") -> QuerySet[TeamMembership]:
    here = TeamMembership.objects.current().filter(organisation=OuterRef("organisation"), team__closed_at__isnull=True)
    return here.filter(team=OuterRef(team), user=OuterRef(who))


def _in_organisation(who: str) -> QuerySet[Membership]:
    return Membership.objects.of(OuterRef("organisation")).filter(user=OuterRef(who))
