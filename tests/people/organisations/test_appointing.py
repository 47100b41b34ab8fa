"""Who is made a manager, admin or owner, or is one no longer: confirmed, logged, mailed; and never by themselves."""

import ast
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.core.management.base import CommandError
from django.urls import reverse

from people.errors import PeopleError
from people.models import AuditEvent, Invitation, Membership, Team, TeamMembership, User
from people.organisations.guest_lists import GuestList
from people.organisations.invitations import Guest, invite_by_mail
from people.organisations.organisations import change_role
from tests.factories import PASSWORD, client_of, confirmed, join, join_team, make_organisation, make_team, make_user
from tests.pages import page_of
from tests.people.organisations import guests

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).parents[3]


class Company:
    """Two owners, an admin; a team with a manager and a member; somebody in no team, and somebody outside."""

    def __init__(self) -> None:
        self.lantern = make_organisation()
        self.checkout, self.search = make_team(self.lantern), make_team(self.lantern, "Search", "search")
        self.people: dict[str, User] = {}
        for name, role in (("owner", "owner"), ("second", "owner"), ("admin", "admin")):
            join(self.person(name), self.lantern, role)
        for name in ("manager", "member", "plain"):
            join(self.person(name), self.lantern)
        join_team(self.people["manager"], self.checkout, TeamMembership.Role.MANAGER)
        join_team(self.people["member"], self.checkout)
        self.person("outside")

    def person(self, name: str) -> User:
        self.people[name] = make_user(f"{name}@example.com", name=name.title())
        return self.people[name]

    def rows(self) -> list[Any]:
        return [
            *Membership.objects.order_by("pk").values_list("user__name", "role", "left_at"),
            *TeamMembership.objects.order_by("pk").values_list("user__name", "team__name", "role", "left_at"),
            *Invitation.objects.order_by("pk").values_list("email", "uses"),
        ]


@pytest.fixture
def company(db: None) -> Company:
    return Company()


class Way(NamedTuple):
    """A form that gives or takes a role, who sends it, and who is told of it."""

    who: str
    address: str
    arguments: list[str]
    said: dict[str, str]
    told: set[str]

    def path(self, company: Company) -> str:
        return reverse(self.address, args=[self._meant(company, word) for word in self.arguments])

    def data(self, company: Company) -> dict[str, str]:
        return {name: str(self._meant(company, word)) for name, word in self.said.items()}

    def _meant(self, company: Company, word: str) -> Any:
        if word.startswith("#"):
            return Team.objects.get(slug=word[1:]).pk
        return company.people[word[1:]].pk if word.startswith("@") else word


def invites(email: str, role: str, team: str = "") -> dict[str, str]:
    """A list that was looked at and is confirmed."""
    roles = {"role": role} if role == "admin" else {"team_role": role}
    shown = GuestList([Guest(email, team=Team(slug=team) if team else None, **roles)])
    return {"text": f"email,role,team\n{email},{role},{team}", "confirm": shown.seal}


TEAM, ALL = ["lantern", "checkout"], ["lantern"]
GIVEN = {
    "added": Way(
        "owner", "add_team_people", TEAM, {"user": "@plain", "role": "manager"}, {"plain", "manager", "member"}
    ),
    "promoted": Way("admin", "change_team_person", [*TEAM, "@member"], {"role": "manager"}, {"member", "manager"}),
    "moved": Way("owner", "move_team_person", [*TEAM, "@manager"], {"team": "#search"}, {"manager"}),
    "admin": Way("admin", "change_person", [*ALL, "@plain"], {"role": "admin"}, {"plain", "owner", "second"}),
    "owner": Way("owner", "change_person", [*ALL, "@admin"], {"role": "owner"}, {"admin", "second"}),
    "invited": Way("owner", "invite_people", ALL, invites("new@example.com", "admin"), {"new"}),
}
TAKEN = {
    "demoted": Way("owner", "change_team_person", [*TEAM, "@manager"], {"role": "member"}, {"manager"}),
    "removed": Way("owner", "remove_team_person", [*TEAM, "@manager"], {}, {"manager"}),
    "off": Way("owner", "remove_person", [*ALL, "@manager"], {}, {"manager"}),
    "admin": Way("owner", "change_person", [*ALL, "@admin"], {"role": "member"}, {"admin", "second"}),
    "co-owner": Way("owner", "change_person", [*ALL, "@second"], {"role": "member"}, {"second"}),
    "co-owner off": Way("owner", "remove_person", [*ALL, "@second"], {}, {"second"}),
    "own": Way("owner", "leave_organisation", ALL, {}, {"second"}),
    "own team": Way("manager", "leave_team", TEAM, {}, set()),
}
WAYS = [
    pytest.param(way, id=f"{kind} {name}")
    for kind, ways in (("given", GIVEN), ("taken", TAKEN))
    for name, way in ways.items()
]


@pytest.mark.parametrize("way", WAYS)
def test_every_way_is_confirmed_logged_and_mailed(company: Company, mailoutbox: list[Any], way: Way) -> None:
    browser, before = client_of(company.people[way.who]), company.rows()
    response = browser.post(way.path(company), way.data(company))
    assert response.status_code == 302
    assert "reauthenticate" in response.url
    assert company.rows() == before
    assert not mailoutbox
    assert not AuditEvent.objects.filter(organisation=company.lantern).exists()
    # What was sent waits, and goes on.
    response = browser.post(response.url, {"password": PASSWORD})
    assert response.status_code in {200, 302}
    assert company.rows() != before
    assert {to.partition("@")[0] for message in mailoutbox for to in message.to} == way.told
    assert AuditEvent.objects.filter(organisation=company.lantern, actor=company.people[way.who].pk).exists()


@pytest.mark.parametrize("role", ["admin", "manager"])
def test_accepting_a_role_is_confirmed_too(company: Company, mailoutbox: list[Any], role: str) -> None:
    roles = {"role": role} if role == "admin" else {"team": company.checkout, "team_role": role}
    invite_by_mail(company.lantern, company.people["owner"], [Guest("outside@example.com", **roles)])
    path = next(line for line in mailoutbox.pop().body.splitlines() if "/invitations/" in line).removeprefix(
        "http://localhost:8000"
    )
    browser, before = client_of(company.people["outside"]), company.rows()
    path = path[path.index("/invitations/") :]
    response = browser.post(path)
    assert "reauthenticate" in response.url
    assert company.rows() == before
    browser.post(response.url, {"password": PASSWORD})
    assert company.rows() != before
    told = {to.partition("@")[0] for message in mailoutbox for to in message.to}
    assert told == {"outside"} | ({"second"} if role == "admin" else {"manager", "member"})


def test_members_come_and_go_without_being_asked(company: Company, mailoutbox: list[Any]) -> None:
    browser = client_of(company.people["owner"])
    assert (
        "reauthenticate"
        not in browser.post(
            reverse("add_team_people", args=TEAM), {"user": company.people["plain"].pk, "role": "member"}
        ).url
    )
    assert (
        "reauthenticate"
        not in browser.post(reverse("remove_team_person", args=[*TEAM, company.people["member"].pk])).url
    )
    assert not mailoutbox


OWN = [
    ("add_team_people", TEAM, {"user": "@me", "role": "manager"}),
    ("change_team_person", [*TEAM, "@me"], {"role": "manager"}),
    ("move_team_person", ["lantern", "search", "@me"], {"team": "#checkout"}),
    ("create_team", ALL, {"name": "New", "manage": "on"}),
    ("change_person", [*ALL, "@me"], {"role": "owner"}),
    ("invite_people", ALL, invites("mine@example.com", "manager", "checkout")),
]


@pytest.mark.parametrize("alone", [False, True])
@pytest.mark.parametrize(("address", "arguments", "said"), OWN)
def test_nobody_appoints_themselves_where_another_can(
    company: Company, alone: bool, address: str, arguments: list[str], said: dict[str, str]
) -> None:
    me = company.people["me"] = company.people["admin"]
    me.emailaddress_set.create(email="mine@example.com", verified=True)  # type: ignore[attr-defined]
    if address == "change_team_person":
        join_team(me, company.checkout)
    if address == "move_team_person":
        join_team(me, company.search, TeamMembership.Role.MANAGER)
    if alone:
        Membership.objects.filter(role="owner").update(role="member")
        Membership.objects.filter(user=me).update(role="owner")
    browser, before = confirmed(me), company.rows()
    way = Way("admin", address, arguments, said, set())
    response = browser.post(way.path(company), way.data(company), follow=True)
    if alone and address != "change_person":
        assert company.rows() != before
    elif not alone:
        assert company.rows() == before
        # Admins make no owners at all.
        says = "Nobody appoints themselves where somebody else can. Ask Owner"
        assert response.status_code == 403 if address == "change_person" else says in page_of(response).text


def test_who_invited_themselves_to_a_later_address_is_refused(company: Company, mailoutbox: list[Any]) -> None:
    owner = company.people["owner"]
    invite_by_mail(company.lantern, owner, [Guest("later@example.com", team=company.checkout, team_role="manager")])
    body = mailoutbox[0].body
    path = body[body.index("/invitations/") :].split()[0]
    owner.emailaddress_set.create(email="later@example.com", verified=True)  # type: ignore[attr-defined]
    browser = confirmed(owner)
    assert "Nobody appoints themselves" in page_of(browser.post(path)).text
    assert not TeamMembership.objects.filter(user=owner).exists()


def test_a_file_is_kept_while_its_sender_confirms(company: Company, mailoutbox: list[Any]) -> None:
    browser = client_of(company.people["owner"])
    file = SimpleUploadedFile("guests.csv", b"email,role\none@example.com,admin\ntwo@example.com,member\n")
    response = guests.invite(browser, reverse("invite_people", args=["lantern"]), "", file=file)
    assert not Invitation.objects.exists()
    browser.post(response.url, {"password": PASSWORD})
    assert set(Invitation.objects.values_list("email", "role")) == {
        ("one@example.com", "admin"),
        ("two@example.com", "member"),
    }


def test_no_machine_makes_an_owner(company: Company, mailoutbox: list[Any]) -> None:
    plain = company.people["plain"]
    with pytest.raises(PeopleError):
        change_role(company.lantern, plain.pk, "owner", by_owner=True)
    with pytest.raises(CommandError, match="--yes"):
        call_command("name_owner", "lantern", plain.email)
    assert not Membership.objects.filter(user=plain, role="owner").exists()
    call_command("name_owner", "lantern", plain.email, yes=True)
    assert Membership.objects.filter(user=plain, role="owner").exists()
    assert {message.to[0] for message in mailoutbox} == {f"{name}@example.com" for name in ("plain", "owner", "second")}


def test_a_mail_says_who_and_what_follows(company: Company, mailoutbox: list[Any]) -> None:
    browser = confirmed(company.people["owner"])
    people = [str(company.people[name].pk) for name in ("plain", "admin")]
    browser.post(reverse("add_team_people", args=TEAM), {"user": people, "role": "manager"})
    said = {message.to[0].partition("@")[0]: message.body for message in mailoutbox}
    assert "Admin, Plain are now managers of the team Checkout" in said["member"]
    assert "They can ask you for the copies you gave before" in said["member"]
    assert "Owner decided it." in said["member"]
    assert "you can ask them for it" in " ".join(said["plain"].split())


# Whatever writes a role, or ends one.
_BESIDE = {
    # Whoever founds an organisation is alone in it; the demo is loaded into an empty site of one's own.
    ("people/organisations/organisations.py", "found_organisation"),
    ("assessments/management/commands/load_demo.py", "_make_organisation"),
    ("assessments/management/commands/load_demo.py", "_make_question"),
    # Called by what goes through it.
    ("people/organisations/teams.py", "_end"),
    ("people/organisations/invitations.py", "_once"),
}


def test_nothing_else_changes_who_leads() -> None:
    """A write of a membership in the site's own code stands in a function that calls `appoint`."""
    found = set()
    for app in ("people", "assessments", "growth", "ladder", "config"):
        for file in (ROOT / app).rglob("*.py"):
            if "migrations" in file.parts:
                continue
            for function in ast.walk(ast.parse(file.read_text())):
                if isinstance(function, ast.FunctionDef) and _writes(function) and not _calls(function, "appoint"):
                    found.add((str(file.relative_to(ROOT)), function.name))
    assert found == _BESIDE


def _writes(function: ast.FunctionDef) -> bool:
    text = ast.unparse(function)
    changes = any(f".{word}(" in text for word in ("create", "bulk_create", "save", "update", "get_or_create"))
    gives = "Membership.objects.create" in text or "_once(" in text or "type[Membership" in text
    ends = "left_at" in text and ("Membership.objects" in text or "current.left_at" in text)
    return (changes and (gives or ends)) or "membership.role = " in text


def _calls(function: ast.FunctionDef, name: str) -> bool:
    return any(isinstance(node, ast.Call) and getattr(node.func, "id", "") == name for node in ast.walk(function))
