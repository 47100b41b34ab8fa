"""What people call themselves writes no link and no line into our mails: in every template, and by the ways in."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.mail import EmailMessage
from django.template import Context, Engine
from django.test import Client
from django.utils import timezone

from people.mail.post import post
from people.mail.unlinked import without_links
from people.models import Membership, Organisation, User
from people.texts import clean_line
from tests.factories import join, join_team, make_team, make_user
from tests.people.organisations.guests import invite

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
MAILS = sorted(
    path.relative_to(TEMPLATES).as_posix()
    for path in TEMPLATES.rglob("*.txt")
    if "messages" not in path.parts and not path.name.startswith("base_")
)
# Variables that hold what we write, or staff, in lines of their own.
OURS = {
    *("address", "stop", "way_out", "quiz", "plan", "reports", "site_url"),
    *("password_reset_url", "signup_url", "code", "reason"),
}
LINKS = [
    "https://evil.example/login",
    "HTTP://198.51.100.7/x",
    "evil.example",
    "www.evil.example/x?y=1",
    "sub.evil-name.co",
    "mailto:boss@evil.example",
    "boss@evil.example",
    "javascript://evil.example/%0a",
    "evil。example",
    "{site}.evil.example/x",
    "{site}@evil.example/x",
    "{site}/shared/cases/token/",
    "say:https://evil.example:(evil.example)",
]
MOMENTS = {"timestamp", "submitted_at", "ends_at", "due_on"}
NOW = timezone.now()
# What programs make links of: a scheme, a host and a domain of letters, an address.
FOLLOWED = re.compile(r"\w://|mailto:\S|[\w-][.。．｡][^\W\d_]|www\.", re.IGNORECASE)


class Said(str):
    """A name, in whatever way a template asks for it."""

    __slots__ = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name in {"resolve_expression", "as_widget"}:
            raise AttributeError(name)
        return NOW if name in MOMENTS else self


class Everything(dict[str, Any]):
    """A context in which each variable is what somebody typed, but for ours."""

    def __init__(self, typed: str) -> None:
        super().__init__(
            OURS_SAID
            | {"count": 1, "days": 14, "minutes": 3, "others": 0, "kind": "given", "first": []}
            | dict.fromkeys(MOMENTS, NOW)
        )
        self.typed = Said(typed)

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or name not in {"True", "False", "None", "block", "csrf_token"}

    def __missing__(self, name: str) -> Any:
        return self.typed


OURS_SAID = dict.fromkeys(OURS, f"{settings.SITE_URL}/ours/") | {"site_url": settings.SITE_URL, "site_name": "Rungwise"}


def posted(subject: str, body: str) -> EmailMessage:
    mail.outbox = []
    post(EmailMessage(subject, body, to=["nora@example.com"]), by_others=True)
    return mail.outbox[0]


def links_in(text: str) -> list[str]:
    ours = re.compile(rf"{re.escape(settings.SITE_URL)}(/(ours|account)/\S*)?")
    return [line for line in text.split("\n") if FOLLOWED.search(line) and not ours.fullmatch(line)]


@pytest.mark.parametrize("kind", ["given", "taken", "managers", "leads", "led"])
@pytest.mark.parametrize("name", MAILS)
def test_no_name_writes_a_link_or_a_line(name: str, kind: str) -> None:
    if kind != "given" and "appointed" not in name:
        return
    template = Engine.get_default().get_template(name)

    def rendered(typed: str) -> EmailMessage:
        said = Everything(clean_line(typed))
        said["kind"] = kind
        text = template.render(Context(said))
        return posted(text, "-") if name.endswith("subject.txt") else posted(typed, text)

    plain = rendered("Ann")
    assert links_in(str(plain.body)) == []
    for link in LINKS:
        typed = link.format(site=settings.SITE_URL)
        for around in (f"{typed}", f"Ann\n\r\u2028{typed}\n\nBerg", f"verify at {typed}, now"):
            message = rendered(around)
            assert links_in(str(message.subject)) == [], typed
            assert links_in(str(message.body)) == [], typed
            assert str(message.body).count("\n") == str(plain.body).count("\n"), typed
            assert "\n" not in str(message.subject)


def test_the_templates_of_mails_are_found() -> None:
    assert len(MAILS) > 30
    assert {"people/organisations/mail.txt", "assessments/rounds/mail.txt", "mfa/email/totp_activated_message.txt"} < {
        *MAILS
    }


@pytest.mark.django_db
@pytest.mark.parametrize("typed", [link.format(site=settings.SITE_URL) for link in LINKS])
def test_by_the_ways_in(typed: str, rubric: Any, member_client: Client, member: User) -> None:
    """A profile, an organisation, a team, a round, a list of guests: as an attacker would."""
    member_client.post("/account/profile/", {"name": f"Mira\n{typed}", "time_zone": "UTC", "wants_reminders": "on"})
    member_client.post("/organisations/", {"name": f"Payroll, verify at {typed}"})
    organisation = Organisation.objects.get(kind="company")
    team = make_team(organisation, f"Team {typed}", "team")
    other = make_user("other@example.com", name=f"Other\x0b{typed}")
    join(other, organisation, Membership.Role.ADMIN)
    join_team(other, team)
    path = f"/organisations/{organisation.slug}/"
    invite(member_client, f"{path}invite/", f'email,name\nnora@example.com,"Nora {typed}"')
    days = {"starts_on": "2020-01-01", "due_on": "2020-12-01"}
    round_path = member_client.post(f"{path}rounds/", {"name": f"Round {typed}", **days}).headers["Location"]
    member_client.post(f"{round_path}remind/")
    sent = [(str(message.subject), str(message.body)) for message in mail.outbox]
    # A line with two addresses invites nobody.
    assert len(sent) == 2 - ("@" in typed)
    assert not [part for said in sent for part in said if "evil" in part and links_outside_of_ours(part)]


def links_outside_of_ours(text: str) -> list[str]:
    ours = re.compile(rf"{re.escape(settings.SITE_URL)}(/(invitations|rounds)/\S*)?")
    return [line for line in text.split("\n") if FOLLOWED.search(line) and not ours.fullmatch(line)]


def test_what_is_no_link_stays_as_it_is() -> None:
    said = "Version 1.5 of St. Mary, e. g. 10.0.0.1 (Mozilla/5.0): at 10:30.\nhttps://ours.example/a.b"
    assert without_links(said, "https://ours.example", keeps_addresses=False) == said
    changed = "changed from a.b@c.example to d@e.example."
    assert without_links(changed, "https://ours.example", keeps_addresses=True) == changed
