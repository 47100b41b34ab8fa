"""Invitations: lists and links, and the one way in they open."""

import datetime
import logging
import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ladder.rubric import Rubric
from people.erasure.erase import erase_person
from people.models import Invitation, Membership, Organisation, Session, Team, TeamMembership, User
from people.organisations.invitations import Guest, hash_of, invite_by_mail, make_link
from tests.factories import PASSWORD, client_of, confirmed, join, join_team, make_organisation, make_team, make_user
from tests.pages import Node, page_of
from tests.people.mail import mailbox
from tests.people.organisations import guests

pytestmark = pytest.mark.django_db


@pytest.fixture
def lantern(rubric: Rubric) -> Organisation:
    return make_organisation()


@pytest.fixture
def checkout(lantern: Organisation) -> Team:
    return make_team(lantern)


@pytest.fixture
def owner(lantern: Organisation) -> User:
    user = make_user("owner@example.com", name="Olga Owner")
    join(user, lantern, Membership.Role.OWNER)
    return user


@pytest.fixture
def client(owner: User) -> Client:
    return confirmed(owner)


def invite(client: Client, text: str, slug: str = "lantern", **more: Any) -> Any:
    return guests.invite(client, f"/organisations/{slug}/invite/", text, **more)


def look(client: Client, text: str, slug: str = "lantern", **more: Any) -> Any:
    """The first press: what was understood."""
    return client.post(f"/organisations/{slug}/invite/", {"text": text, "team": "", **more})


def rows_of(page: Node, what: str) -> list[list[str]]:
    """Line, text and reason of each entry below a heading of the page."""
    (section,) = [part for part in page.all("section") if part.attrs.get("aria-labelledby") == what]
    rows = [[part.text for part in item.all("span") + item.all("bdi")] for item in section.all("li")]
    return [[line.strip("Line :"), text, why] for line, why, text in rows]


def invited() -> list[str]:
    return sorted(Invitation.objects.filter(kind="mail").values_list("email", flat=True))


def way_in() -> str:
    """The path of the newest invitation mail."""
    return mailbox.path_with("invitations/")


def link_in(response: Any) -> str:
    """The path of the link on the page that made it."""
    return re.sub(r"^https?://[^/]+", "", page_of(response).one(class_="link").text)


def is_in(user: User, organisation: Organisation) -> bool:
    return Membership.objects.filter(user=user, organisation=organisation, left_at=None).exists()


# Lists


def test_fifty_addresses_with_bad_lines(client: Client, lantern: Organisation) -> None:
    join(make_user("there@example.com"), lantern)
    good = [f"person{n}@example.com" for n in range(50)]
    lines = [", ".join(good[:20]), "\t".join(good[20:30]), "; ".join(good[30:40]), *good[40:]]
    lines.insert(1, "not-an-address")
    lines.insert(3, "Ada Lovelace <ada@example.com>, two@@example.com")
    lines += ["PERSON3@example.com", "there@example.com"]
    left_out = rows_of(page_of(look(client, "\r\n".join(lines))), "left-out")
    assert [row[:2] for row in left_out] == [["16", "PERSON3@example.com"], ["17", "there@example.com"]]
    assert "twice" in left_out[0][2]
    assert "in already" in left_out[1][2]
    assert mail.outbox == []
    page = page_of(invite(client, "\r\n".join(lines)))
    assert invited() == sorted([*good, "ada@example.com"])
    assert len(mail.outbox) == 51
    assert [row[:2] for row in rows_of(page, "problems")] == [["2", "not-an-address"], ["4", "two@@example.com"]]
    assert page.one("textarea").text.split() == ["not-an-address", "two@@example.com"]


def test_all_good_redirects_and_again_tells_that_they_are_invited(client: Client, lantern: Organisation) -> None:
    assert invite(client, "a@example.com b@example.com").headers["Location"] == "/organisations/lantern/invite/"
    assert "open invitation" in page_of(look(client, "A@example.com c@example.com")).text
    assert invited() == ["a@example.com", "b@example.com"], "looking sends nothing"
    invite(client, "A@example.com c@example.com")
    assert invited() == ["a@example.com", "b@example.com", "c@example.com"]


def test_table_with_names_teams_and_roles(client: Client, lantern: Organisation, checkout: Team) -> None:
    make_team(make_organisation("Paper Boat", "paper-boat"), "Folding", "folding")
    table = [
        "Email;Name;Team;Role",
        'ada@example.com;"Lovelace, Ada";checkout;manager',
        "bob@example.com;Bob;;admin",
        "cleo@example.com;Cleo;Checkout;",
        "dan@example.com;Dan;;manager",
        "eve@example.com;Eve;;owner",
        "fay@example.com;Fay;Folding;member",
        "gus@example.com;Gus;Checkout;king",
        ";;;",
        "hal;Hal;;",
    ]
    page = page_of(invite(client, "\n".join(table)))
    rows = Invitation.objects.order_by("email").values_list("email", "team__slug", "role", "team_role")
    assert list(rows) == [
        ("ada@example.com", "checkout", "member", "manager"),
        ("bob@example.com", None, "admin", "member"),
        ("cleo@example.com", "checkout", "member", "member"),
    ]
    assert [row[0] for row in rows_of(page, "problems")] == ["5", "6", "7", "8", "10"]
    assert "Hello Ada Lovelace," in str(mail.outbox[0].body)
    assert page.one("textarea").text.startswith("Email;Name;Team;Role")


def test_file(client: Client, lantern: Organisation) -> None:
    upload = SimpleUploadedFile("people.csv", "\ufeffemail,name\r\nada@example.com,Ada\r\n".encode())
    assert invite(client, "", file=upload).status_code == 302
    assert invited() == ["ada@example.com"]
    assert Invitation.objects.get().name == "Ada"
    for content in (b"\xff\xfe\x00", b"a\x00@example.com", b"x" * 300_000):
        assert invite(client, "", file=SimpleUploadedFile("people.csv", content)).status_code == 422


@pytest.mark.parametrize("text", ["", "  \n ", "no one here", "email,name\n", "a@example.com\0"])
def test_nothing_to_send(client: Client, lantern: Organisation, text: str) -> None:
    assert invite(client, text).status_code in {302, 422}
    assert mail.outbox == []


def test_too_many_at_once_sends_none(client: Client, lantern: Organisation) -> None:
    page = page_of(invite(client, "\n".join(f"p{n}@example.com" for n in range(501))))
    assert "more than 500" in page.text
    assert mail.outbox == []


# What a manager may give


def test_manager_invites_members_to_their_team_only(lantern: Organisation, checkout: Team, owner: User) -> None:
    manager = make_user("manager@example.com")
    join(manager, lantern)
    join_team(manager, checkout, TeamMembership.Role.MANAGER)
    search = make_team(lantern, "Search", "search")
    client = confirmed(manager)
    assert client.get("/organisations/lantern/invite/").status_code == 403
    address = "/organisations/lantern/teams/checkout/invite/"
    table = "email,team,role\na@example.com,search,\nb@example.com,,manager\nc@example.com,,admin\nd@example.com,,\n"
    assert client.post(address, {"text": table, "team": str(search.pk)}).status_code == 422
    assert not Invitation.objects.exists()
    guests.invite(client, address, table)
    row = Invitation.objects.get()
    assert (row.email, row.team, row.role, row.team_role) == ("d@example.com", checkout, "member", "member")
    link = client.post(
        "/organisations/lantern/teams/checkout/invite/link/", {"days": 7, "uses": 2, "link_team": str(search.pk)}
    )
    assert link.status_code == 422
    invite_by_mail(lantern, owner, [Guest("x@example.com")])
    foreign = Invitation.objects.get(email="x@example.com")
    assert client.post(reverse("revoke_invitation", args=["lantern", foreign.pk])).status_code == 403
    assert client.post(reverse("revoke_invitation", args=["lantern", row.pk])).status_code == 302
    row.refresh_from_db()
    assert row.revoked_at


def test_extra_fields_change_nothing(client: Client, lantern: Organisation) -> None:
    fields = {"role": "admin", "team_role": "manager", "max_uses": "99", "kind": "link", "organisation": "x"}
    invite(client, "nora@example.com", **fields)
    row = Invitation.objects.get()
    assert (row.role, row.team_role, row.max_uses, row.kind) == ("member", "member", 1, "mail")
    nora = make_user("nora@example.com")
    confirmed(nora).post(way_in(), fields)
    assert Membership.objects.get(user=nora).role == "member"


# Accepting


@pytest.mark.parametrize(("own", "then"), [("", "Ada Lovelace"), ("Countess", "Countess")])
def test_a_guest_is_called_by_the_lists_name_until_they_say_another(
    client: Client, lantern: Organisation, own: str, then: str
) -> None:
    invite(client, "Lovelace, Ada <ada@example.com>; ben@example.com")
    assert "Ada Lovelace" in page_of(client.get("/organisations/lantern/invite/")).text
    Invitation.objects.filter(email="ada@example.com").update(sent_at=None)
    client.post(reverse("resend_invitation", args=["lantern", Invitation.objects.get(name="Ada Lovelace").pk]))
    assert "Hello Ada Lovelace," in mailbox.newest()
    ada = make_user("ada@example.com", name=own)
    visitor = confirmed(ada)
    assert ("You will be called Ada Lovelace" in page_of(visitor.get(way_in())).text) == (not own)
    visitor.post(way_in())
    ada.refresh_from_db()
    row = Membership.objects.get(user=ada)
    assert (ada.name, row.sort_name) == (then, then.lower())
    assert not Invitation.objects.exclude(name="").exists(), "nobody needs it any more"


def test_a_guests_name_goes_with_the_invitation(client: Client, lantern: Organisation) -> None:
    invite(client, "Ada <ada@example.com>; Ben <ben@example.com>")
    client.post(reverse("revoke_invitation", args=["lantern", Invitation.objects.get(name="Ben").pk]))
    erase_person(make_user("ada@example.com"))
    assert not Invitation.objects.exclude(name="").exists()


def test_accept_with_an_account_once(client: Client, lantern: Organisation, checkout: Team) -> None:
    invite(client, "email,team,role\nNora@Example.com,checkout,manager")
    nora = make_user("nora@example.com")
    visitor = confirmed(nora)
    path = way_in()
    text = page_of(visitor.get(path)).text
    assert all(part in text for part in ("Lantern", "Olga Owner", "manager of the team Checkout"))
    assert not is_in(nora, lantern), "looking accepts nothing"
    for _ in range(2):
        assert visitor.post(path).headers["Location"] == "/organisations/lantern/"
    assert Membership.objects.filter(user=nora).count() == 1
    assert TeamMembership.objects.get(user=nora).role == "manager"
    assert Invitation.objects.get().uses == 1
    other = confirmed(make_user("other@example.com"))
    assert other.get(path).status_code == other.post(path).status_code == 410


@pytest.mark.parametrize(
    ("own", "days", "then"), [("UTC", 0, "Asia/Tokyo"), ("Europe/Paris", 0, "Europe/Paris"), ("UTC", 2, "UTC")]
)
def test_whoever_has_just_signed_up_reads_the_organisations_clock(
    client: Client, lantern: Organisation, own: str, days: int, then: str
) -> None:
    """Unless their browser said where it is, or they may have chosen UTC since."""
    Organisation.objects.filter(pk=lantern.pk).update(zone="Asia/Tokyo")
    invite(client, "nora@example.com")
    signed_up = timezone.now() - datetime.timedelta(days=days)
    nora = make_user("nora@example.com", time_zone=own, date_joined=signed_up)
    client_of(nora).post(way_in())
    nora.refresh_from_db()
    assert nora.time_zone == then


def test_accept_without_an_account(client: Client, lantern: Organisation, checkout: Team) -> None:
    invite(client, "new@example.com", team=str(checkout.pk))
    path = way_in()
    visitor, before = Client(), Session.objects.count()
    page = page_of(visitor.get(path))
    assert "new@example.com" not in page.text
    assert Session.objects.count() == before, "looking stores nothing"
    response = visitor.post(path, {"way": "sign-up"})
    assert response.headers["Location"] == "/account/signup/?next=%2Finvitations%2F"
    visitor.post("/account/signup/", {"email": "new@example.com", "password1": PASSWORD, "next": "/invitations/"})
    assert visitor.post("/account/confirm-email/", {"code": mailbox.code()}).headers["Location"] == "/invitations/"
    assert "Checkout" in page_of(visitor.get("/invitations/")).text
    assert visitor.post("/invitations/").headers["Location"] == "/organisations/lantern/"
    user = User.objects.get(email="new@example.com")
    assert is_in(user, lantern)
    assert TeamMembership.objects.get(user=user).team == checkout


def test_log_in_leads_back(client: Client, lantern: Organisation) -> None:
    invite(client, "nora@example.com")
    path = way_in()
    nora = make_user("nora@example.com")
    visitor = Client()
    assert visitor.post(path, {"way": "log-in"}).headers["Location"] == "/account/login/?next=%2Finvitations%2F"
    response = visitor.post("/account/login/", {"login": nora.email, "password": PASSWORD, "next": "/invitations/"})
    assert response.headers["Location"] == "/invitations/"
    visitor.post("/invitations/")
    assert is_in(nora, lantern)


def test_another_address_is_told_and_not_named(client: Client, lantern: Organisation) -> None:
    invite(client, "secret-address@example.com")
    nora = make_user("nora@example.com")
    EmailAddress.objects.create(user=nora, email="secret-address@example.com", verified=False, primary=False)
    visitor = confirmed(nora)
    for response in (visitor.get(way_in()), visitor.post(way_in())):
        assert "an address other than nora@example.com" in page_of(response).text
        assert "secret-address" not in response.content.decode()
    assert not is_in(nora, lantern)
    EmailAddress.objects.filter(user=nora, email="secret-address@example.com").update(verified=True)
    visitor.post(way_in())
    assert is_in(nora, lantern)


def test_resend_renews_and_ends_the_old_mail(client: Client, lantern: Organisation) -> None:
    invite(client, "nora@example.com")
    old, row = way_in(), Invitation.objects.get()
    address = reverse("resend_invitation", args=["lantern", row.pk])
    assert "a moment ago" in page_of(client.post(address, follow=True)).text
    assert len(mail.outbox) == 1
    Invitation.objects.update(sent_at=timezone.now() - datetime.timedelta(days=3), expires_at=timezone.now())
    client.post(address)
    assert len(mail.outbox) == 2
    nora = confirmed(make_user("nora@example.com"))
    assert nora.get(old).status_code == 404
    assert nora.get(way_in()).status_code == 200


def test_a_member_keeps_the_role_they_have(client: Client, lantern: Organisation, owner: User, checkout: Team) -> None:
    link = link_in(client.post("/organisations/lantern/teams/checkout/invite/link/", {"days": 1, "uses": 3}))
    client.post(link)
    assert Membership.objects.get(user=owner).role == "owner"
    assert TeamMembership.objects.get(user=owner).role == "member"


# Links


def test_link_is_shown_once_and_lets_in_as_many_as_said(client: Client, lantern: Organisation) -> None:
    response = client.post("/organisations/lantern/invite/link/", {"days": 30, "uses": 2, "role": "admin"})
    path = link_in(response)
    assert path not in client.get("/organisations/lantern/invite/").content.decode()
    people = [make_user(f"p{n}@example.com") for n in range(3)]
    for person in people[:2]:
        for _ in range(2):
            assert confirmed(person).post(path).headers["Location"] == "/organisations/lantern/"
    assert confirmed(people[2]).post(path).status_code == 410
    assert Invitation.objects.get().uses == 2
    assert set(Membership.objects.filter(user__in=people).values_list("role", flat=True)) == {"member"}


@pytest.mark.parametrize(("days", "uses"), [(0, 1), (31, 1), (1, 0), (1, 501), ("x", 1), ("", "")])
def test_link_has_limits(client: Client, lantern: Organisation, days: Any, uses: Any) -> None:
    assert client.post("/organisations/lantern/invite/link/", {"days": days, "uses": uses}).status_code == 422
    assert not Invitation.objects.exists()


def test_who_left_does_not_come_back_by_the_same_link(lantern: Organisation, owner: User) -> None:
    token = make_link(lantern, owner, None, days=5, uses=5).rstrip("/").rpartition("/")[2]
    nora = make_user("nora@example.com")
    visitor = confirmed(nora)
    visitor.post(f"/invitations/{token}/")
    visitor.post("/organisations/lantern/leave/")
    assert visitor.get(f"/invitations/{token}/").status_code == 410
    visitor.post(f"/invitations/{token}/")
    assert not is_in(nora, lantern)
    invite(confirmed(owner), nora.email)
    visitor.post(way_in())
    assert is_in(nora, lantern)


# The token


def test_token_is_nowhere_but_in_the_mail(
    client: Client, lantern: Organisation, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    invite(client, "new@example.com")
    path = way_in()
    token = path.rstrip("/").rpartition("/")[2]
    assert len(token) >= 43
    visitor = Client()
    visitor.get(path)
    visitor.post(path, {"way": "sign-up"})
    visitor.post("/account/signup/", {"email": "new@example.com", "password1": PASSWORD, "next": "/invitations/"})
    sessions = [str(session.get_decoded()) for session in Session.objects.all()]
    assert any(hash_of(token) in text for text in sessions)
    visitor.post("/account/confirm-email/", {"code": mailbox.code()})
    visitor.get(path)
    visitor.post(path)
    assert is_in(User.objects.get(email="new@example.com"), lantern)
    assert not any(token in text for text in sessions)
    assert token not in caplog.text
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            assert not any(token in str(row) for row in cursor.fetchall()), table
