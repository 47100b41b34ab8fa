"""The second door behind some first ones: rules that refuse by themselves, whatever a page let through."""

import datetime
import uuid

import pytest
from django.conf import settings
from django.test import RequestFactory
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Round
from assessments.report.place_on_map import newest_result
from assessments.reviews.review import ReviewError, open_review, round_now
from assessments.rounds.figures import copies_counted
from assessments.rounds.rounds import taking_part
from assessments.sharing.copies import SharingError, share_with_person, share_with_team, teams_of
from assessments.sharing.forms import PersonForm
from growth.models import PlanItem
from growth.plan.calendars import calendar_of
from growth.plan.plan import OPEN, NewItem, add_items
from ladder.models import LadderVersion
from people.models import Membership, Team, TeamMembership
from people.organisations.guest_lists import GuestList
from people.organisations.invitations import Guest
from people.organisations.organisations import leave
from people.organisations.teams import add_to_team
from tests.access.asking import Asker
from tests.access.world import World

pytestmark = pytest.mark.django_db


def test_a_colleague_is_somebody_who_is_here_now_as_one_is_oneself(world: World) -> None:
    for asker, about in (("member", "recipient"), ("member", "former"), ("former", "member"), ("member", "hewer")):
        form = PersonForm({"person": world.users[about].email}, user=world.users[asker])
        assert form.is_valid() is (about == "recipient"), (asker, about)
    lantern = world.things["lantern"]
    for name in ("former", "hewer", "member"):
        with pytest.raises(SharingError):
            share_with_person(world.things["private"], world.users[name], lantern.pk, with_notes=False)


def test_no_copy_for_a_team_that_one_is_not_in_and_no_review_of_who_is_not_in_it(world: World) -> None:
    for thing, team in (("movers", "checkout"), ("half_gones", "checkout"), ("private", "closed")):
        with pytest.raises(SharingError):
            share_with_team(world.things[thing], world.things[team], with_notes=False)
    outside = [("checkout", name, "second_manager") for name in ("mover", "recipient", "outsider")]
    for team, about, by in (*outside, ("closed", "member", "manager")):
        with pytest.raises(ReviewError):
            open_review(world.things[team], world.users[about], world.users[by])


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
    # Closed, it asks nothing any more.
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


@pytest.mark.parametrize("address", ["change_person", "remove_person"])
def test_an_admin_does_not_unmake_an_owner(address: str, world: World, asker: Asker) -> None:
    """Also where another owner would stay."""
    other, lantern = world.users["recipient"], world.things["lantern"]
    Membership.objects.filter(organisation=lantern, user=other).update(role=Membership.Role.OWNER)
    path = reverse(address, args=["lantern", other.pk])
    for persona, changed in (("admin", set()), ("owner", {"people_membership"})):
        answer = asker.ask(persona, "POST", path, {"role": "member"})
        assert answer.writes & {"people_membership"} == changed, persona


@pytest.mark.parametrize("gone", ["recipient", "member"])
def test_a_copy_ends_with_either_one_s_time_here(gone: str, world: World, asker: Asker) -> None:
    """Leaving takes copies back as well; this is the door behind it."""
    path = reverse("show_copy", args=[world.things["copy_named"].pk])
    assert asker.ask("recipient", "GET", path).status == "ok"
    Membership.objects.filter(organisation=world.things["lantern"], user=world.users[gone]).update(
        left_at=timezone.now()
    )
    assert asker.ask("recipient", "GET", path).status == "404"


def authors_counted(world: World) -> set[uuid.UUID]:
    """Everybody has been here for long enough."""
    Membership.objects.filter(left_at__isnull=True).update(joined_at=timezone.now() - datetime.timedelta(days=200))
    start = timezone.now() - datetime.timedelta(days=1000)
    return {copy["author_id"] for copy in copies_counted(world.things["round"], start)}


def test_group_figures_are_about_those_who_are_here_now(world: World) -> None:
    lantern, member = world.things["lantern"], world.users["member"]
    assert member.pk in authors_counted(world)
    Membership.objects.filter(organisation=lantern, user=member).update(left_at=timezone.now())
    assert member.pk not in authors_counted(world)


def test_group_figures_leave_out_copies_for_closed_teams(world: World) -> None:
    assert authors_counted(world)
    Team.objects.filter(organisation=world.things["lantern"]).update(closed_at=timezone.now())
    assert not authors_counted(world)


@pytest.mark.parametrize("role", ["owner", "admin"])
def test_nobody_is_counted_who_reads_the_figures(role: str, world: World) -> None:
    member = world.users["member"]
    Membership.objects.filter(organisation=world.things["lantern"], user=member).update(role=role)
    assert member.pk not in authors_counted(world)


@pytest.mark.parametrize("role", ["admin", "manager"])
def test_a_manager_invites_members_only(role: str, world: World, asker: Asker) -> None:
    path = reverse("invite_to_team", args=["lantern", "checkout"])
    roles = {"role": role} if role == "admin" else {"team_role": role}
    seal = GuestList([Guest("new@lantern.example", team=world.things["checkout"], **roles)]).seal
    for persona, invited in (("manager", set()), ("owner", {"people_invitation"})):
        said = {"text": f"email,role\nnew@lantern.example,{role}", "team": "", "confirm": seal}
        answer = asker.ask(persona, "POST", path, said)
        assert answer.writes & {"people_invitation"} == invited, persona


@pytest.mark.parametrize(
    ("persona", "on_team", "in_rounds"), [("member", False, False), ("admin", True, True), ("owner", True, True)]
)
def test_how_far_people_have_come(persona: str, on_team: bool, in_rounds: bool, world: World, asker: Asker) -> None:
    """Who shared and was reviewed in a team, and the figures of a round, are for owners and admins."""
    team = asker.ask(persona, "GET", reverse("show_team", args=["lantern", "checkout"])).body
    organisation = asker.ask(persona, "GET", reverse("show_organisation", args=["lantern"])).body
    assert ('<th scope="col">Signed off</th>' in team) is on_team
    assert ("<dt>Reviewed by a manager</dt>" in organisation) is in_rounds
    assert world.things["round"].name in organisation


def test_a_calendar_holds_one_plan(world: World) -> None:
    fellow, member = world.users["fellow"], world.users["member"]
    PlanItem.objects.filter(owner=member).update(due_on=timezone.localdate(), state=PlanItem.State.PLANNED)
    said = PlanItem.objects.filter(owner=member).values_list("text", flat=True)
    for user, holds in ((member, True), (fellow, False)):
        calendar = calendar_of(user).decode().replace("\r\n ", "")
        assert {text in calendar for text in said} == {holds}, user.email


def test_what_others_planned_keeps_nobody_from_planning_the_same(world: World) -> None:
    text = PlanItem.objects.filter(owner=world.users["fellow"], state__in=OPEN).values_list("text", flat=True)[0]
    assert add_items(world.users["fellow"], [NewItem(text)]) == 0
    assert add_items(world.users["member"], [NewItem(text)]) == 1


def test_an_import_does_not_tell_what_others_wrote(world: World, asker: Asker) -> None:
    file = asker.ask("fellow", "GET", reverse("export_evidence_csv")).body
    path = reverse("import_evidence")
    for persona, written in (("fellow", set()), ("member", {"growth_evidenceentry"})):
        answer = asker.ask(persona, "POST", path, {"text": file, "confirm": "1"})
        assert answer.writes & {"growth_evidenceentry"} == written, persona


def test_the_place_on_the_ladder_is_one_s_own(world: World, rf: RequestFactory) -> None:
    def report(name: str) -> object:
        request = rf.get("/", headers={"cookie": f"{settings.SESSION_COOKIE_NAME}=any"})
        request.user, request.session = world.users[name], {}
        return LadderVersion.objects.filter(slug="pm").annotate(**newest_result(request)).values_list("report").first()

    own = Assessment.objects.filter(rater=world.users["member"], kind="self", status="submitted")
    assert report("member")[0] in set(own.values_list("pk", flat=True))
    assert not Assessment.objects.filter(rater=world.users["manager"], kind="self").exists()
    assert report("manager") == (None,)
