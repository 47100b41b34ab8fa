"""Invitations after they were made: used, ended, refused by a mail server, and outliving whoever made them."""

import datetime
import smtplib
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from ladder.rubric import Rubric
from people.erasure.erase import erase_person
from people.mail.outbox import LONGEST, MINUTES, send_mail
from people.models import AuditEvent, Invitation, Membership, Organisation, OutboxMail, Team, TeamMembership, User
from people.organisations.invitations import Guest, invite_by_mail, make_link
from people.policy import TABLE, Action
from tests.factories import client_of, confirmed, join, join_team, make_organisation, make_team, make_user
from tests.pages import page_of
from tests.people.organisations import guests

pytestmark = pytest.mark.django_db
INVITE = "/organisations/lantern/invite/"
PLAIN = {"plain": {}}
LEADING = {"admin": {"role": "admin"}, "manager": {"team_role": "manager"}}


@dataclass
class Lantern:
    """An organisation with an owner, Maya, who has invited people and made a link; Paul is another owner."""

    organisation: Organisation
    team: Team
    maya: User
    paul: User
    ways: dict[str, str] = field(default_factory=dict)
    """The path by which each guest comes in; “link” lets in anybody."""

    def come(self, name: str) -> Any:
        """What somebody gets who accepts; a guest whose name is no way in has the link."""
        user = User.objects.filter(email=f"{name}@example.com").first()
        return confirmed(user or make_user(f"{name}@example.com")).post(self.ways.get(name, self.ways["link"]))

    def roles(self, name: str) -> tuple[str, ...]:
        of = {"user__email": f"{name}@example.com", "left_at": None}
        found = [model.objects.filter(**of).values_list("role", flat=True) for model in (Membership, TeamMembership)]
        return tuple(role for roles in found for role in roles)


@pytest.fixture
def lantern(rubric: Rubric) -> Lantern:
    organisation = make_organisation()
    made = Lantern(organisation, make_team(organisation), make_user("maya@example.com"), make_user("paul@example.com"))
    for owner in (made.maya, made.paul):
        join(owner, organisation, Membership.Role.OWNER)
    for name, roles in (PLAIN | LEADING).items():
        invite_by_mail(organisation, made.maya, [Guest(f"{name}@example.com", team=made.team, **roles)])
        body = str(mail.outbox[-1].body)
        made.ways[name] = body[body.index("/invitations/") :].split(maxsplit=1)[0]
    made.ways["link"] = make_link(organisation, made.maya, None, days=7, uses=9).partition("8000")[2]
    mail.outbox.clear()
    return made


def text_of(answer: Any) -> str:
    return page_of(answer).text


# Over

OVER = {
    "used": "You came in to Lantern by it before",
    "expired": "It was to Lantern, and ended on",
    "revoked": "It was to Lantern, and has been taken back",
    "team closed": "It was to a team of Lantern that is closed",
}


def end(how: str, now: datetime.datetime) -> None:
    rows = Invitation.objects.all()
    match how:
        case "used":
            rows.filter(kind="mail").update(uses=1)
            rows.filter(kind="link").update(max_uses=1, uses=1)
        case "expired":
            rows.update(expires_at=now)
        case "revoked":
            rows.update(revoked_at=now)
        case "team closed":
            Team.objects.update(closed_at=now)
            rows.filter(kind="link").update(team=Team.objects.get())


@pytest.mark.parametrize("how", OVER)
def test_what_is_over_says_so_and_what_to_do(lantern: Lantern, how: str) -> None:
    end(how, timezone.now())
    guest, stranger = make_user("plain@example.com"), make_user("stranger@example.com")
    for name in ("plain", "link"):
        for visitor in (Client(), client_of(stranger)):
            for answer in (visitor.get(lantern.ways[name]), visitor.post(lantern.ways[name])):
                said = text_of(answer)
                assert (answer.status_code, "It has been used or has ended. Ask whoever invited you" in said) == (
                    410,
                    True,
                )
                assert not [word for word in ("Lantern", "Maya", "maya@", "Checkout", "plain@") if word in said]
    for answer in (client_of(guest).get(lantern.ways["plain"]), client_of(guest).post(lantern.ways["plain"])):
        assert answer.status_code == 410
        assert OVER[how] in text_of(answer)
        assert "Ask whoever invited you for a new one" in text_of(answer)
    assert not lantern.roles("plain") + lantern.roles("stranger")


def test_an_address_that_is_none_is_still_nothing(lantern: Lantern) -> None:
    """So is that of a mail in whose place a newer one has come: only the newest token is stored."""
    Invitation.objects.update(sent_at=None)
    old = lantern.ways["plain"]
    again = reverse("resend_invitation", args=["lantern", Invitation.objects.get(email="plain@example.com").pk])
    confirmed(lantern.maya).post(again)
    guest = client_of(make_user("plain@example.com"))
    paths = [(visitor, path) for visitor in (Client(), guest) for path in (old, "/invitations/guessed/")]
    for visitor, path in [*paths, (guest, "/invitations/")]:
        answer = visitor.get(path)
        assert (answer.status_code, "There is no invitation at this address" in text_of(answer)) == (404, True)


@pytest.mark.parametrize("how", ["used", "expired", "revoked"])
def test_who_came_in_by_it_is_led_there(lantern: Lantern, how: str) -> None:
    for name, who in (("plain", "plain"), ("link", "somebody")):
        assert lantern.come(who).status_code == 302
        end(how, timezone.now())
        visitor = client_of(User.objects.get(email=f"{who}@example.com"))
        for answer in (visitor.get(lantern.ways[name]), visitor.post(lantern.ways[name])):
            assert answer.headers["Location"] == "/organisations/lantern/"
        Invitation.objects.update(revoked_at=None, expires_at=timezone.now() + datetime.timedelta(days=1), uses=0)
    # A member who holds somebody else's mail is a stranger to it.
    end(how, timezone.now())
    member = client_of(User.objects.get(email="somebody@example.com"))
    assert member.get(lantern.ways["admin"]).status_code == 410


# A mail that did not arrive


@pytest.fixture
def background(settings: Any) -> None:
    settings.MAIL_IN_BACKGROUND = True


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (smtplib.SMTPRecipientsRefused({"nobody@example.com": (550, b"no such user")}), "The mail was refused."),
        (smtplib.SMTPServerDisconnected("gone"), "The mail could not be sent, and we stopped trying."),
    ],
)
def test_a_mail_that_did_not_arrive_shows_beside_its_invitation(
    lantern: Lantern, background: None, monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    browser = confirmed(lantern.maya)
    guests.invite(browser, INVITE, "nobody@example.com, fine@example.com")
    row, fine = (Invitation.objects.get(email=f"{name}@example.com") for name in ("nobody", "fine"))
    OutboxMail.objects.filter(invitation=fine.pk).update(sent_at=timezone.now())
    assert said not in text_of(browser.get(INVITE))
    monkeypatch.setattr(EmailMessage, "send", Mock(side_effect=error))
    waiting = OutboxMail.objects.get(invitation=row.pk)
    Invitation.objects.update(sent_at=timezone.now() - 2 * LONGEST)
    for _ in range(len(MINUTES) + 1):
        OutboxMail.objects.update(next_at=timezone.now(), created_at=timezone.now() - LONGEST)
        send_mail.call(str(waiting.pk))
    people = [item.text for item in page_of(browser.get(INVITE)).all("li", class_="person") if said in item.text]
    assert [("nobody@" in text, "fine@" in text) for text in people] == [(True, False)]
    # The next mail is another one.
    Invitation.objects.update(sent_at=None)
    browser.post(reverse("resend_invitation", args=["lantern", row.pk]))
    assert said not in text_of(browser.get(INVITE))


# Who made it leaves


def hand_over(lantern: Lantern) -> None:
    confirmed(lantern.maya).post(reverse("change_person", args=["lantern", lantern.maya.pk]), {"role": "member"})


def leave(lantern: Lantern) -> None:
    confirmed(lantern.maya).post(reverse("leave_organisation", args=["lantern"]))


def be_demoted(lantern: Lantern) -> None:
    path = reverse("change_person", args=["lantern", lantern.maya.pk])
    assert "3 invitations" not in text_of(confirmed(lantern.paul).post(path, {"role": "admin"}, follow=True))
    assert "2 invitations they made, to lead here, wait" in text_of(
        confirmed(lantern.paul).post(path, {"role": "member"}, follow=True)
    )


def be_removed(lantern: Lantern) -> None:
    confirmed(lantern.paul).post(reverse("remove_person", args=["lantern", lantern.maya.pk]))


def be_closed(lantern: Lantern) -> None:
    User.objects.filter(pk=lantern.maya.pk).update(is_active=False)


def be_erased(lantern: Lantern) -> None:
    erase_person(lantern.maya)


WAYS_OUT = [hand_over, leave, be_demoted, be_removed, be_closed, be_erased]


@pytest.mark.parametrize("go", WAYS_OUT)
def test_invitations_outlive_whoever_made_them(lantern: Lantern, go: Any) -> None:
    """They belong to the organisation. But nobody comes in to lead whom nobody here would name."""
    go(lantern)
    assert lantern.come("plain").status_code == 302
    assert lantern.roles("plain") == ("member", "member")
    for name in LEADING:
        answer = lantern.come(name)
        assert (answer.status_code, "Ask an owner or admin there" in text_of(answer)) == (422, True)
        assert lantern.roles(name) == ()
    # A link that a removed person made may be in their hands.
    assert lantern.come("anybody").status_code == (410 if go is be_removed else 302)
    ended = AuditEvent.objects.filter(organisation=lantern.organisation, verb="invitation_revoked")
    assert ended.count() == (go is be_removed)


@pytest.mark.parametrize("name", LEADING)
def test_another_owner_sends_it_again_and_stands_behind_it(lantern: Lantern, name: str) -> None:
    hand_over(lantern)
    Invitation.objects.update(sent_at=None)
    row = Invitation.objects.get(email=f"{name}@example.com")
    assert text_of(confirmed(lantern.paul).get(INVITE)).count("It lets nobody in for now.") == 2
    again = reverse("resend_invitation", args=["lantern", row.pk])
    # The team's manager may send it, and could not name anybody.
    manager = make_user("lead@example.com")
    join(manager, lantern.organisation)
    join_team(manager, lantern.team, TeamMembership.Role.MANAGER)
    assert "no longer leads here" in text_of(confirmed(manager).post(again, follow=True))
    assert "reauthenticate" in client_of(lantern.paul).post(again).url
    assert Invitation.objects.get(pk=row.pk).created_by == lantern.maya
    confirmed(lantern.paul).post(again)
    body = str(mail.outbox[-1].body)
    lantern.ways[name] = body[body.index("/invitations/") :].split(maxsplit=1)[0]
    assert text_of(confirmed(lantern.paul).get(INVITE)).count("It lets nobody in for now.") == 1
    assert lantern.come(name).status_code == 302
    assert set(lantern.roles(name)) == {"member", name}


def test_nobody_stands_behind_their_own(lantern: Lantern) -> None:
    """Paul can't send an invitation again by which he would appoint himself."""
    lantern.paul.emailaddress_set.create(email="manager@example.com", verified=True)  # type: ignore[attr-defined]
    hand_over(lantern)
    lantern.organisation.memberships.create(user=make_user("third@example.com"), role="owner")
    Invitation.objects.update(sent_at=None)
    row = Invitation.objects.get(email="manager@example.com")
    answer = confirmed(lantern.paul).post(reverse("resend_invitation", args=["lantern", row.pk]), follow=True)
    assert "Nobody appoints themselves" in text_of(answer)
    assert Invitation.objects.get(pk=row.pk).created_by == lantern.maya


@pytest.mark.parametrize("action", [Action.INVITE, Action.MANAGE_PEOPLE])
def test_what_the_policy_forbids_no_invitation_gives(
    lantern: Lantern, monkeypatch: pytest.MonkeyPatch, action: Action
) -> None:
    monkeypatch.setattr("people.policy.TABLE", frozenset(row for row in TABLE if row[1] != action))
    lets_in = {name for name in lantern.ways if lantern.come(name).status_code == 302}
    assert lets_in == ({"admin", "manager"} if action == Action.INVITE else {"plain", "link"})


@pytest.mark.parametrize(
    ("links", "plain", "leading", "removing", "leaving"),
    [
        (0, 0, 0, [], []),
        (
            1,
            0,
            0,
            ["1 open link to invite by, which they made, ends"],
            ["1 open invitation you made stays: it belongs"],
        ),
        (
            0,
            1,
            1,
            ["1 open invitation they made stays", "1 open invitation that makes"],
            ["1 open invitation you made"],
        ),
        (
            2,
            3,
            2,
            ["2 open links", "3 open invitations they made stay"],
            ["5 open invitations you made stay", "2 open"],
        ),
    ],
)
def test_what_becomes_of_them_is_said_before(
    lantern: Lantern, links: int, plain: int, leading: int, removing: list[str], leaving: list[str]
) -> None:
    Invitation.objects.all().delete()
    for number in range(links):
        make_link(lantern.organisation, lantern.maya, None, days=7, uses=number + 1)
    people = [Guest(f"p{number}@example.com") for number in range(plain)]
    people += [Guest(f"a{number}@example.com", role="admin") for number in range(leading)]
    invite_by_mail(lantern.organisation, lantern.maya, people)
    for client, path, said in (
        (confirmed(lantern.paul), reverse("remove_person", args=["lantern", lantern.maya.pk]), removing),
        (confirmed(lantern.maya), reverse("leave_organisation", args=["lantern"]), leaving),
    ):
        text = text_of(client.get(path))
        assert [part for part in said if part not in text] == [], path
        assert ("open invitation" in text or "open link" in text) == bool(said), path


def test_an_open_invitation_to_somebody_who_leaves_ends(lantern: Lantern) -> None:
    plain = make_user("plain@example.com")
    join(plain, lantern.organisation)
    answer = client_of(plain).get(reverse("leave_organisation", args=["lantern"]))
    assert "Open invitations to you here end" in text_of(answer)
    client_of(plain).post(reverse("leave_organisation", args=["lantern"]))
    assert lantern.come("plain").status_code == 410
    assert AuditEvent.objects.filter(organisation=lantern.organisation, verb="invitation_revoked").count() == 1


@pytest.mark.parametrize("way", ["demoted", "left", "removed"])
def test_a_teams_invitations_outlive_its_manager(lantern: Lantern, way: str) -> None:
    lead = make_user("lead@example.com")
    join(lead, lantern.organisation)
    join_team(lead, lantern.team, TeamMembership.Role.MANAGER)
    path = reverse("invite_to_team", args=lantern.team.slugs)
    with TestCase.captureOnCommitCallbacks(execute=True):
        guests.invite(confirmed(lead), path, "new@example.com")
    body = str(mail.outbox[-1].body)
    lantern.ways["new"] = body[body.index("/invitations/") :].split(maxsplit=1)[0]
    owner = confirmed(lantern.paul)
    if way == "demoted":
        owner.post(reverse("change_team_person", args=[*lantern.team.slugs, lead.pk]), {"role": "member"})
    elif way == "left":
        confirmed(lead).post(reverse("leave_team", args=lantern.team.slugs))
    else:
        owner.post(reverse("remove_team_person", args=[*lantern.team.slugs, lead.pk]))
    lantern.come("new")
    assert lantern.roles("new") == ("member", "member")


def test_closing_a_team_ends_its_invitations_in_the_log(lantern: Lantern) -> None:
    address = reverse("close_team", args=lantern.team.slugs)
    assert "open invitations end" in text_of(confirmed(lantern.maya).get(address))
    confirmed(lantern.maya).post(address)
    assert AuditEvent.objects.filter(organisation=lantern.organisation, verb="invitation_revoked").count() == 3
    assert lantern.come("plain").status_code == 410
