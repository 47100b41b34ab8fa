"""Organisations and teams: who may do what in them, the last owner, and leaving."""

import datetime
import re
import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Share
from assessments.sharing.copies import share_with_team
from ladder.models import OrganisationLadder
from ladder.rubric import Rubric
from people.errors import PeopleError
from people.models import Membership, Organisation, Proof, Team, TeamMembership, User
from people.organisations import teams
from people.organisations.organisations import change_role, leave
from people.organisations.teams import (
    DEEPEST,
    add_to_team,
    change_team,
    close_team,
    move_to_team,
    remove_from_team,
    tree,
)
from tests.factories import (
    client_of,
    confirmed,
    exact_profile,
    join,
    join_team,
    make_assessment,
    make_ladder_version,
    make_organisation,
    make_team,
    make_user,
)
from tests.pages import page_of

pytestmark = pytest.mark.django_db

OWNER, ADMIN, MEMBER = Membership.Role.OWNER, Membership.Role.ADMIN, Membership.Role.MEMBER


@pytest.fixture
def lantern(rubric: Rubric) -> Organisation:
    return make_organisation()


@pytest.fixture
def checkout(lantern: Organisation) -> Team:
    return make_team(lantern)


def somebody(organisation: Organisation, role: str = MEMBER, email: str = "") -> User:
    user = make_user(email or f"{uuid.uuid4().hex[:12]}@example.com")
    join(user, organisation, role)
    return user


def role_of(user: User, organisation: Organisation) -> str | None:
    return (
        Membership.objects.filter(user=user, organisation=organisation, left_at=None)
        .values_list("role", flat=True)
        .first()
    )


def in_team(user: User, team: Team) -> str | None:
    return TeamMembership.objects.filter(user=user, team=team, left_at=None).values_list("role", flat=True).first()


def said(client: Client, address: str) -> str:
    return page_of(client.get(address)).text


# Making


def test_whoever_founds_it_owns_it(member_client: Client, member: User) -> None:
    response = member_client.post("/organisations/", {"name": "  Lantern \n Goods "})
    organisation = Organisation.objects.get(kind="company")
    assert response.headers["Location"] == f"/organisations/{organisation.slug}/"
    assert (organisation.name, organisation.kind) == ("Lantern Goods", "company")
    assert role_of(member, organisation) == OWNER
    assert "Lantern Goods" in said(member_client, "/organisations/")


def test_an_organisation_has_the_clock_that_its_owner_says(member_client: Client, member: User) -> None:
    assert member_client.post("/organisations/", {"name": "Lantern", "zone": "Mars/Olympus"}).status_code == 422
    slug = member_client.post("/organisations/", {"name": "Lantern", "zone": "asia/tokyo"}).headers["Location"]
    zones = Organisation.objects.filter(kind="company").values_list("zone", flat=True)
    assert list(zones) == ["Asia/Tokyo"]
    page = page_of(member_client.get(f"{slug}settings/"))
    assert page.one("input", name="zone").attrs["value"] == "Asia/Tokyo"
    member_client.post(f"{slug}settings/", {"name": "Lantern", "zone": "Europe/Paris"})
    assert list(zones.all()) == ["Europe/Paris"]


@pytest.mark.parametrize(("name", "base"), [("Lantern", "lantern"), ("灯", "organisation"), ("x" * 120, "x" * 55)])
def test_no_address_tells_which_names_other_organisations_have(member_client: Client, name: str, base: str) -> None:
    """Theirs end in random characters, whether the name is taken or not; those of teams are of one organisation."""
    slugs = []
    for _ in range(2):
        slugs.append(member_client.post("/organisations/", {"name": name}).headers["Location"].split("/")[2])
        made = [
            member_client.post(reverse("create_team", args=[slugs[-1]]), {"name": team}).headers["Location"]
            for team in ("Checkout", "checkout", "New", "灯", "灯", "y" * 120)
        ]
        names = ["checkout", "checkout-2", "new-2", "team", "team-2", "y" * 72]
        assert made == [reverse("list_team_people", args=[slugs[-1], team]) for team in names]
    assert all(re.fullmatch(rf"{base}-[a-z0-9]{{4}}", slug) for slug in slugs)
    assert len({*slugs}) == 2


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("?sort=gaps&q=a%26b%20c", "?sort=gaps&q=a%26b%20c"),
        ("matrix.csv?view=mine", "matrix.csv?view=mine"),
        ("people/%E7%81%AF/?q=%E7%81%AF", "people/%E7%81%AF/?q=%E7%81%AF"),
        ("/evil.example/", "/evil.example/"),
    ],
)
def test_old_addresses_of_teams_lead_on(lantern: Organisation, checkout: Team, old: str, new: str) -> None:
    Team.objects.update(old_slug="till")
    client = client_of(somebody(lantern, OWNER))
    here = f"/organisations/lantern/teams/checkout/{new}"
    for method, status in ((client.get, 301), (client.head, 301), (client.post, 308)):
        response = method(f"/teams/till/{old}")
        assert (response.status_code, response.headers["Location"]) == (status, here)
    # The session of somebody ended who sends a form again that was shown with its errors.
    sent = Client().post("/teams/till/invite/link/", headers={"Referer": "http://testserver/teams/till/invite/link/"})
    back = parse_qs(urlsplit(sent.headers["Location"]).query)["next"][0]
    assert client.get(back, follow=True).status_code == 200
    assert client.get("/teams/checkout/").status_code == 404, "no new team gets such an address"


@pytest.mark.parametrize("name", ["", "   ", "x" * 121, "a\0b", "a\x07b"])
def test_bad_names_are_refused(member_client: Client, name: str) -> None:
    assert member_client.post("/organisations/", {"name": name}).status_code == 422
    assert not Organisation.objects.filter(kind="company").exists()


# Who may see what


def test_members_see_teams_and_no_people(lantern: Organisation, checkout: Team) -> None:
    hidden = somebody(lantern, email="hidden-person@example.com")
    join_team(hidden, checkout)
    text = said(client_of(somebody(lantern)), f"/organisations/{lantern.slug}/")
    assert "Checkout" in text
    assert "hidden-person" not in text
    assert "Who is in it" not in text


def test_pages_take_the_same_statements_with_many_people(
    lantern: Organisation, checkout: Team, django_assert_num_queries: Any
) -> None:
    owner = somebody(lantern, OWNER)
    client = client_of(owner)
    budgets = {"show_organisation": 9, "list_people": 8}
    for count in (2, 60):
        for _ in range(count):
            join_team(somebody(lantern), checkout)
        for name, budget in budgets.items():
            with django_assert_num_queries(budget):
                client.get(reverse(name, args=[lantern.slug]))
        with django_assert_num_queries(9):
            client.get(reverse("list_team_people", args=checkout.slugs))


# Roles and the last owner


def test_admins_change_roles_but_no_owners(lantern: Organisation) -> None:
    owner, admin, member = (somebody(lantern, role) for role in (OWNER, ADMIN, MEMBER))
    client = confirmed(admin)
    client.post(reverse("change_person", args=[lantern.slug, member.pk]), {"role": "admin"})
    assert role_of(member, lantern) == ADMIN
    assert client.post(reverse("change_person", args=[lantern.slug, member.pk]), {"role": "owner"}).status_code == 403
    client.post(reverse("change_person", args=[lantern.slug, owner.pk]), {"role": "member"})
    client.post(reverse("remove_person", args=[lantern.slug, owner.pk]))
    assert (role_of(member, lantern), role_of(owner, lantern)) == (ADMIN, OWNER)


def test_owner_names_another_owner_and_steps_down(lantern: Organisation) -> None:
    owner, member = somebody(lantern, OWNER), somebody(lantern)
    client = confirmed(owner)
    client.post(reverse("change_person", args=[lantern.slug, member.pk]), {"role": "owner"})
    response = client.post(reverse("change_person", args=[lantern.slug, owner.pk]), {"role": "member"})
    assert response.headers["Location"] == f"/organisations/{lantern.slug}/"
    assert (role_of(member, lantern), role_of(owner, lantern)) == (OWNER, MEMBER)


def test_last_owner_stays(lantern: Organisation) -> None:
    owner = somebody(lantern, OWNER)
    somebody(lantern, ADMIN)
    client = client_of(owner)
    for address, data in (
        (reverse("change_person", args=[lantern.slug, owner.pk]), {"role": "admin"}),
        (reverse("remove_person", args=[lantern.slug, owner.pk]), {}),
        (reverse("leave_organisation", args=[lantern.slug]), {}),
    ):
        page = client.post(address, data, follow=True)
        assert "This is the last owner" in page_of(page).text, address
        assert role_of(owner, lantern) == OWNER


def test_an_owner_who_left_does_not_count_as_another_one(lantern: Organisation) -> None:
    first, second = somebody(lantern, OWNER), somebody(lantern, OWNER)
    leave(lantern, first.pk)
    with pytest.raises(PeopleError, match="last owner"):
        leave(lantern, second.pk)
    with pytest.raises(PeopleError, match="last owner"):
        change_role(lantern, second.pk, MEMBER, by_owner=True)


def test_unknown_role_and_foreign_person(lantern: Organisation, stranger: User) -> None:
    client, member = client_of(somebody(lantern, OWNER)), somebody(lantern)
    client.post(reverse("change_person", args=[lantern.slug, member.pk]), {"role": "emperor"})
    assert role_of(member, lantern) == MEMBER
    assert client.post(reverse("change_person", args=[lantern.slug, stranger.pk]), {"role": "admin"}).status_code == 404
    for method in (client.get, client.post):
        assert method(reverse("remove_person", args=[lantern.slug, stranger.pk])).status_code == 404


# Leaving


def test_leaving_ends_access_with_the_next_request(lantern: Organisation, checkout: Team) -> None:
    owner, member = somebody(lantern, OWNER), somebody(lantern)
    join_team(member, checkout)
    client = client_of(member)
    assert client.get(f"/organisations/{lantern.slug}/").status_code == 200
    assert client.get(reverse("leave_organisation", args=[lantern.slug])).status_code == 200
    assert role_of(member, lantern) == MEMBER, "asking changes nothing"
    client.post(reverse("leave_organisation", args=[lantern.slug]))
    assert client.get(f"/organisations/{lantern.slug}/").status_code == 404
    assert client.get(reverse("show_team", args=checkout.slugs)).status_code == 404
    assert (role_of(member, lantern), in_team(member, checkout)) == (None, None)
    assert Membership.objects.get(user=member).left_at is not None, "dated, not deleted"
    assert role_of(owner, lantern) == OWNER


def shared(author: User, team: Team) -> Share:
    assessment = make_assessment(author, answers=exact_profile("pm"), submitted=True)
    return share_with_team(assessment, team, with_notes=False)


@pytest.mark.parametrize("way", ["leave", "leave team", "remove", "team", "move", "close"])
def test_copies_go_with_the_person(lantern: Organisation, checkout: Team, way: str) -> None:
    owner, member, mate = somebody(lantern, OWNER), somebody(lantern), somebody(lantern)
    other = make_team(lantern, "Search", "search")
    for user in (member, mate):
        join_team(user, checkout)
    own, kept = shared(member, checkout), shared(mate, checkout)
    lead = client_of(owner)
    match way:
        case "leave":
            client_of(member).post(reverse("leave_organisation", args=[lantern.slug]))
        case "leave team":
            client_of(member).post(reverse("leave_team", args=checkout.slugs))
        case "remove":
            lead.post(reverse("remove_person", args=[lantern.slug, member.pk]))
        case "team":
            lead.post(reverse("remove_team_person", args=[*checkout.slugs, member.pk]))
        case "move":
            lead.post(reverse("move_team_person", args=[*checkout.slugs, member.pk]), {"team": other.pk})
        case "close":
            lead.post(reverse("close_team", args=checkout.slugs))
    assert not Share.objects.filter(pk=own.pk).exists()
    assert Share.objects.filter(pk=kept.pk).exists() == (way != "close")
    assert member.assessments_by.count() == 1, "what is theirs stays theirs"


def test_leaving_one_team_keeps_the_others(lantern: Organisation, checkout: Team) -> None:
    member = somebody(lantern)
    other = make_team(lantern, "Search", "search")
    for team in (checkout, other):
        join_team(member, team)
    kept = shared(member, other)
    client = client_of(member)
    address = reverse("leave_team", args=checkout.slugs)
    assert "your other teams" in page_of(client.get(address)).text
    assert in_team(member, checkout) == "member", "the question changes nothing"
    assert "You have left" in page_of(client.post(address, follow=True)).text
    assert client.get(reverse("show_team", args=checkout.slugs)).status_code == 404
    assert client.get(reverse("show_team", args=[*other.slugs])).status_code == 200
    assert Share.objects.filter(pk=kept.pk).exists()
    assert client.post(address).status_code == 404


def test_removing_from_a_team_is_asked_once(lantern: Organisation, checkout: Team) -> None:
    lead, member = client_of(somebody(lantern, OWNER)), somebody(lantern)
    join_team(member, checkout)
    address = reverse("remove_team_person", args=[*checkout.slugs, member.pk])
    assert address in {
        link.attrs.get("href")
        for link in page_of(lead.get(f"/organisations/lantern/teams/{checkout.slug}/people/")).all("a")
    }
    assert member.display_name in page_of(lead.get(address)).text
    assert in_team(member, checkout) == "member"
    lead.post(address)
    assert lead.get(address).status_code == 404


# Teams


def test_team_is_made_nested_and_managed(lantern: Organisation, checkout: Team) -> None:
    admin = somebody(lantern, ADMIN)
    client = confirmed(admin)
    address = reverse("create_team", args=[lantern.slug])
    client.post(address, {"name": "Checkout", "parent": checkout.pk, "manage": "on"})
    team = Team.objects.get(slug="checkout-2")
    assert (team.parent, in_team(admin, team)) == (checkout, "manager")
    foreign = make_team(make_organisation("Paper Boat", "paper-boat"), "Folding", "folding")
    assert client.post(address, {"name": "Spy", "parent": foreign.pk}).status_code == 422


def test_several_managers_and_members_in_several_teams(lantern: Organisation, checkout: Team, stranger: User) -> None:
    client = confirmed(somebody(lantern, OWNER))
    search = make_team(lantern, "Search", "search")
    first, second = somebody(lantern), somebody(lantern)
    for team in (checkout, search):
        chosen = {"user": [first.pk, second.pk, stranger.pk, "nonsense"], "role": "manager"}
        said = page_of(client.post(reverse("add_team_people", args=team.slugs), chosen, follow=True)).text
        assert "Added: 2. 2 were left out: in the team already, or no longer in the organisation." in said
        assert {in_team(user, team) for user in (first, second)} == {"manager"}
        assert in_team(stranger, team) is None
    client.post(reverse("change_team_person", args=[*search.slugs, first.pk]), {"role": "member"})
    assert (in_team(first, search), in_team(first, checkout)) == ("member", "manager")
    assert TeamMembership.objects.filter(user=first, team=search).count() == 2, "both times are dated"


def test_no_circles(lantern: Organisation) -> None:
    top = make_team(lantern, "Top", "top")
    middle = Team.objects.create(organisation=lantern, name="Middle", slug="middle", parent=top)
    low = Team.objects.create(organisation=lantern, name="Low", slug="low", parent=middle)
    for parent in (top, middle, low):
        with pytest.raises(PeopleError, match="inside itself"):
            change_team(top, "Top", parent)
    client = client_of(somebody(lantern, OWNER))
    address = reverse("edit_team", args=[lantern.slug, "top"])
    offered = [
        option.attrs["value"] for option in page_of(client.get(address)).one("select", name="parent").all("option")
    ]
    assert offered == [""]
    assert client.post(address, {"name": "Top", "parent": low.pk}).status_code == 422
    client.post(reverse("edit_team", args=[lantern.slug, "low"]), {"name": "Lower", "parent": top.pk})
    assert [(branch.team.name, branch.depth) for branch in tree(lantern)] == [("Top", 0), ("Lower", 1), ("Middle", 1)]


def test_teams_are_not_too_deep(lantern: Organisation) -> None:
    parent = None
    for number in range(DEEPEST):
        parent = teams.make_team(lantern, f"T{number}", parent)
    with pytest.raises(PeopleError, match="deep"):
        teams.make_team(lantern, "too deep", parent)


def test_closed_team_takes_nobody(lantern: Organisation, checkout: Team) -> None:
    member = somebody(lantern)
    close_team(checkout)
    closed = Team.objects.get(pk=checkout.pk).closed_at
    close_team(checkout)
    assert Team.objects.get(pk=checkout.pk).closed_at == closed
    with pytest.raises(PeopleError, match="closed"):
        add_to_team(checkout, [member.pk], "member")
    with pytest.raises(TeamMembership.DoesNotExist):
        remove_from_team(checkout, member.pk)
    assert "Closed teams" in said(client_of(somebody(lantern, OWNER)), f"/organisations/{lantern.slug}/")


def test_a_closed_team_is_opened_again_with_those_who_are_still_there(lantern: Organisation, checkout: Team) -> None:
    member, gone = somebody(lantern), somebody(lantern)
    for person in (member, gone):
        join_team(person, checkout)
    close_team(checkout)
    leave(lantern, gone.pk)
    owner = client_of(somebody(lantern, OWNER))
    assert "Open it again" in said(owner, f"/organisations/lantern/teams/{checkout.slug}/people/")
    for _ in range(2):
        response = owner.post(reverse("reopen_team", args=checkout.slugs))
        assert response.headers["Location"] == reverse("list_team_people", args=checkout.slugs)
        checkout.refresh_from_db()
        assert checkout.closed_at is None
    here = TeamMembership.objects.filter(team=checkout, left_at=None)
    assert member.pk in here.values_list("user_id", flat=True)
    assert gone.pk not in here.values_list("user_id", flat=True)
    assert client_of(member).get(f"/organisations/lantern/teams/{checkout.slug}/").status_code == 200


# Settings


def test_settings_keep_ladder_and_scheme(lantern: Organisation) -> None:
    client = client_of(somebody(lantern, OWNER))
    address = reverse("edit_organisation", args=[lantern.slug])
    ladder_version = make_ladder_version()
    client.post(address, {"name": "Lantern Goods", "ladder_version": ladder_version.pk, "scheme": "four-tiers"})
    chosen = OrganisationLadder.objects.get(organisation=lantern)
    assert (chosen.ladder_version_id, chosen.scheme) == (ladder_version.pk, "four-tiers")
    assert Organisation.objects.get(pk=lantern.pk).name == "Lantern Goods"
    assert client.post(address, {"name": "L", "ladder_version": "", "scheme": "four-tiers"}).status_code == 422
    assert client.post(address, {"name": "L", "ladder_version": str(uuid.uuid4()), "scheme": ""}).status_code == 422
    client.post(address, {"name": "L", "ladder_version": "", "scheme": ""})
    assert not OrganisationLadder.objects.filter(organisation=lantern).exists()


@pytest.fixture
def backups(lantern: Organisation, settings: Any, django_assert_num_queries: Any) -> Callable[..., str]:
    """Lets steps have been done so long ago, and tells what the owner of an organisation reads of them."""
    settings.BACKUP_DIR = "/backups"
    owner = somebody(lantern, OWNER)
    User.objects.filter(pk=owner.pk).update(time_zone="Asia/Tokyo")
    client = client_of(owner)

    def read(**ages: datetime.timedelta | None) -> str:
        Proof.objects.all().delete()
        for step, age in ages.items():
            Proof.objects.create(step=step, at=timezone.now() - age if age else None, said="/var/secret/path")
        # Whose it is and their role, the ladder that was chosen and those that could be, the newest, and the steps.
        with django_assert_num_queries(9):
            page = page_of(client.get(reverse("edit_organisation", args=[lantern.slug])))
        text = page.one("section", **{"aria-labelledby": "backups"}).text
        assert "secret" not in text
        return text

    return read


def test_owners_read_when_all_of_it_was_last_backed_up(
    backups: Callable[..., str], settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    hour, late = datetime.timedelta(hours=1), "longer ago than it should be"
    for none in ({}, {"backup": None, "audit": hour}):
        assert "none was made yet" in backups(**none)
    assert "None was brought back yet" in backups(backup=hour)
    assert late not in backups(backup=hour)
    assert late in backups(backup=37 * hour)
    assert late in backups(backup=hour, proof=240 * hour)
    now = datetime.datetime(2026, 11, 29, 18, 12, tzinfo=datetime.UTC)
    with monkeypatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: now)
        text = backups(backup=hour, proof=26 * hour, audit=900 * hour)
    assert "Last backup: 30 November 2026, 02:12" in text
    assert "to see that it is whole: 29 November 2026, 01:12" in text
    assert late not in text
    settings.BACKUP_DIR = None
    assert "This site makes none by itself." in backups()
    assert "Last backup:" in backups(backup=hour), "the daily run of another machine makes them"


def test_a_team_of_another_organisation_takes_neither_a_team_nor_a_person(
    lantern: Organisation, checkout: Team
) -> None:
    paper_boat, member = make_organisation("Paper Boat", "paper-boat"), somebody(lantern)
    join_team(member, checkout)
    with pytest.raises(PeopleError):
        teams.make_team(paper_boat, "Spy", checkout)
    with pytest.raises(PeopleError):
        move_to_team(checkout, member.pk, make_team(paper_boat, "Folding", "folding"))
    assert in_team(member, checkout) == "member"
    assert teams.make_team(lantern, "Fine", checkout).parent == checkout
