"""The second door behind some first ones: rules that refuse by themselves, whatever a page let through."""

import datetime

import pytest
from django.utils import timezone

from assessments.models import Round
from assessments.review_forms import PersonForm
from assessments.reviewing import ReviewError, open_review, round_now
from assessments.rounds import taking_part
from assessments.sharing import SharingError, share_with_person, share_with_team, teams_of
from people.models import Membership, TeamMembership
from people.organisations import leave
from people.teams import add_to_team
from tests.access.world import World

pytestmark = pytest.mark.django_db


def form_says(world: World, asker: str, about: str) -> bool:
    return PersonForm({"person": world.users[about].email}, user=world.users[asker]).is_valid()


def test_a_colleague_is_somebody_who_is_here_now_as_one_is_oneself(world: World) -> None:
    assert form_says(world, "member", "recipient")
    assert not form_says(world, "member", "former")
    assert not form_says(world, "former", "member")
    assert not form_says(world, "member", "hewer")


@pytest.mark.parametrize("name", ["former", "hewer", "member"])
def test_no_copy_for_somebody_who_is_not_a_colleague(name: str, world: World) -> None:
    with pytest.raises(SharingError):
        share_with_person(world.things["private"], world.users[name], world.things["lantern"].pk, with_notes=False)


@pytest.mark.parametrize(("thing", "team"), [("movers", "checkout"), ("half_gones", "checkout"), ("private", "closed")])
def test_no_copy_for_a_team_that_one_is_not_in(thing: str, team: str, world: World) -> None:
    with pytest.raises(SharingError):
        share_with_team(world.things[thing], world.things[team], with_notes=False)


@pytest.mark.parametrize("name", ["mover", "recipient", "outsider"])
def test_no_review_of_somebody_who_is_not_in_the_team(name: str, world: World) -> None:
    with pytest.raises(ReviewError):
        open_review(world.things["checkout"], world.users[name], world.users["second_manager"])


def test_the_teams_one_shares_with_are_those_of_now(world: World) -> None:
    assert {item.team.slug for item in teams_of(world.users["member"])} == {"checkout", "product"}
    assert [teams_of(world.users[name]) for name in ("mover", "half_gone", "ex_member")] == [[], [], []]
    checkout = next(item for item in teams_of(world.users["fellow"]) if item.team.slug == "checkout")
    assert {user.pk for user in checkout.managers} == {world.users[name].pk for name in ("manager", "second_manager")}


def test_a_round_is_about_those_who_are_here_now(world: World) -> None:
    taking = {user.pk for user in taking_part(world.things["round"])}
    assert taking == {world.users[name].pk for name in ("member", "fellow", "newcomer", "recipient")}
    # Only the closed team names them.
    TeamMembership.objects.filter(user=world.users["recipient"]).update(team=world.things["closed"])
    assert world.users["recipient"].pk not in {user.pk for user in taking_part(world.things["round"])}


def test_a_closed_round_asks_nothing_any_more(world: World) -> None:
    lantern = world.things["lantern"]
    assert round_now(lantern.pk) == world.things["round"]
    Round.objects.filter(organisation=lantern).update(closed_at=timezone.now())
    assert round_now(lantern.pk) is None


def test_only_who_is_in_the_organisation_joins_a_team(world: World) -> None:
    people = [world.users[name].pk for name in ("former", "hewer", "other_manager", "mover", "fellow")]
    assert add_to_team(world.things["checkout"], people, "member") == 2


def test_leaving_ends_what_is_open_and_nothing_twice(world: World) -> None:
    fellow, lantern = world.users["fellow"], world.things["lantern"]
    ended = timezone.now() - datetime.timedelta(days=700)
    leave(lantern, fellow.pk, by_owner=False)
    assert not Membership.objects.filter(organisation=lantern, user=fellow, left_at__isnull=True).exists()
    assert TeamMembership.objects.filter(organisation=lantern, user=fellow, left_at__lt=ended).count() == 1
