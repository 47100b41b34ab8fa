"""A member and their manager in one team, and the ways through sharing and reviewing as tests walk them."""

from dataclasses import dataclass
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Review, Share
from assessments.reviews import review as reviewing
from assessments.scoring.values import Answer
from assessments.sharing.copies import share_with_team
from people.models import Organisation, Team, TeamMembership, User
from tests.factories import (
    exact_profile,
    give,
    join,
    join_team,
    make_assessment,
    make_organisation,
    make_team,
    make_user,
)

OWN_NOTE = "canary-own-note-kestrel"
MANAGER_NOTE = "canary-manager-note-plover"
# As complete as the other answers here, and not one of them the same.
OTHERWISE = {slug: 5 if step < 5 else 4 for slug, step in exact_profile("pm").items()}  # type: ignore[operator]


@dataclass
class Pair:
    organisation: Organisation
    team: Team
    member: User
    manager: User

    @property
    def as_member(self) -> Client:
        return logged_in(self.member)

    @property
    def as_manager(self) -> Client:
        return logged_in(self.manager)

    @property
    def member_page(self) -> str:
        return reverse("show_member", args=[*self.team.slugs, self.member.pk])

    def own(self, answers: dict[str, Answer] | None = None, note: str = OWN_NOTE, **fields: Any) -> Assessment:
        """A submitted self-assessment of the member, with a note on strategy."""
        said = exact_profile("pm") if answers is None else answers
        return make_assessment(self.member, answers=said, evidence={"strategy": note}, submitted=True, **fields)

    def share(self, own: Assessment | None = None, *, with_notes: bool = True) -> Share:
        return share_with_team(own or self.own(), self.team, with_notes=with_notes)

    def review(self, manager: User | None = None) -> Review:
        return reviewing.open_review(self.team, self.member, manager or self.manager)

    def rate(
        self, review: Review | None = None, answers: dict[str, Answer] | None = None, *, submit: bool = True
    ) -> Review:
        """The manager's answers at PM, with a note on strategy."""
        review = review or self.review()
        draft = reviewing.start_rating(review, "pm")
        give(draft, exact_profile("senior-pm") if answers is None else answers, {"strategy": MANAGER_NOTE})
        if submit:
            reviewing.submit_review(review, at=timezone.now())
        review.refresh_from_db()
        return review

    def revealed(self) -> Review:
        self.share()
        return self.rate()

    def second_manager(self) -> User:
        other = make_user("second@example.com", name="Sol Second")
        join(other, self.organisation)
        join_team(other, self.team, TeamMembership.Role.MANAGER)
        return other


def make_pair() -> Pair:
    organisation = make_organisation()
    team = make_team(organisation)
    member = make_user("ada@example.com", name="Ada Lind", held_level="pm")
    manager = make_user("seun@example.com", name="Seun Bello")
    for user, role in ((member, TeamMembership.Role.MEMBER), (manager, TeamMembership.Role.MANAGER)):
        join(user, organisation)
        join_team(user, team, role)
    return Pair(organisation, team, member, manager)


@pytest.fixture
def pair(rubric: Any) -> Pair:
    """For the tests of this folder and of growth; nobody has asked too often yet."""
    cache.clear()
    return make_pair()


def logged_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client
