"""Reads lists of people to invite: addresses with anything between them, or CSV with a header."""

import csv
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _

from people.fields import NAME_MAX
from people.login.forms import ADDRESS_MAX
from people.models import Membership, Organisation, Team, TeamMembership
from people.organisations.invitations import Guest, open_ones

GUESTS_MAX = 500
TEXT_MAX = 200_000
# No row of such a table is longer, and the csv module would refuse a very long one with an error.
LINE_MAX = 2000

# A name and an address in angle brackets. The look-behind keeps it from starting at every letter of a long line, which
# would take time by the square of its length.
_WITH_NAME = re.compile(r"(?<![^,;|<>\t])[^,;|<>\t]*+<([^<>]*+)>")
_BETWEEN = re.compile(r"[\s,;|<>()\[\]\"'“”„]+")
_check_email = EmailValidator()


class UnfitError(Exception):
    """Nobody can be invited by this line; the message says why."""


@dataclass(frozen=True, slots=True)
class UnfitLine:
    """What could not be read: the number of its line, its text, and what is wrong."""

    line: int
    text: str
    why: str


@dataclass(slots=True)
class GuestList:
    """People who can be invited, and what was left out. `rest` are the lines to correct, as they were typed."""

    guests: list[Guest] = field(default_factory=list)
    problems: list[UnfitLine] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Rights:
    """What the person who invites may give: these teams, and perhaps roles above member."""

    organisation: Organisation
    teams: list[Team]
    default_team: Team | None
    may_name_roles: bool


def read(text: str, rights: Rights) -> GuestList:
    """Read a list. A wrong line doesn't stop the others; a list that is too long is refused whole."""
    found = GuestList()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").split("\n")
    first = next((line for line in lines if line.strip()), "")
    between = max(",;\t", key=first.count)
    columns = [name.strip().strip('"').lower() for name in first.split(between)]
    entries: list[tuple[int, str, Guest]] = []
    rows = (
        _table(lines, between, found, rights)
        if "email" in columns and "@" not in first
        else _plain(lines, found, rights)
    )
    for entry in rows:
        entries.append(entry)
        if len(entries) > GUESTS_MAX:
            why = _("That is more than %(count)d addresses. Send them in parts.") % {"count": GUESTS_MAX}
            return GuestList(problems=[UnfitLine(entry[0], "", why)], rest=lines)
    _sort_out(entries, found, rights)
    found.problems.sort(key=lambda problem: problem.line)
    return found


def _plain(lines: list[str], found: GuestList, rights: Rights) -> Iterator[tuple[int, str, Guest]]:
    base = Guest("", team=rights.default_team)
    for number, line in enumerate(lines, start=1):
        addresses = _WITH_NAME.findall(line)
        addresses += _BETWEEN.split(_WITH_NAME.sub(" ", line))
        for raw in addresses:
            address = raw.strip().removeprefix("mailto:").rstrip(".:")
            if not address:
                continue
            why = _wrong_address(address)
            if why:
                found.problems.append(UnfitLine(number, raw[:80], why))
                found.rest.append(raw)
            else:
                yield number, address, replace(base, email=address.lower())


def _table(lines: list[str], between: str, found: GuestList, rights: Rights) -> Iterator[tuple[int, str, Guest]]:
    reader = csv.reader((line[:LINE_MAX] for line in lines), delimiter=between)
    columns: list[str] = []
    begins = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            why = _("From this line on it can’t be read as a table. Perhaps a quotation mark is not closed.")
            found.problems.append(UnfitLine(begins + 1, lines[begins][:80], why))
            found.rest += lines[begins:]
            return
        begins = reader.line_num
        stripped = [cell.strip() for cell in cells]
        if not any(stripped):
            continue
        line = between.join(cells)
        if not columns:
            columns = [cell.lower() for cell in stripped]
            found.rest.append(line)
            continue
        row = dict(zip(columns, stripped, strict=False))
        try:
            guest = _guest_of(row, rights)
        except UnfitError as error:
            found.problems.append(UnfitLine(reader.line_num, line[:80], str(error)))
            found.rest.append(line)
        else:
            yield reader.line_num, line, guest


def _guest_of(row: dict[str, str], rights: Rights) -> Guest:
    """A row of the table as a guest. Raises UnfitError for what can't be invited so."""
    email = row.get("email", "").lower()
    if why := _wrong_address(email):
        raise UnfitError(why)
    team = _team_of(row.get("team", ""), rights)
    role, team_role = _roles_of(row.get("role", "").lower(), rights)
    if team_role == TeamMembership.Role.MANAGER and team is None:
        raise UnfitError(_("A manager needs a team to manage."))
    name = " ".join(row.get("name", "").split())[:NAME_MAX]
    return Guest(email, name, team, role, team_role)


def _team_of(named: str, rights: Rights) -> Team | None:
    if not named:
        return rights.default_team
    fitting = [team for team in rights.teams if named.lower() in {team.slug, team.name.lower()}]
    fitting = [team for team in fitting if team.slug == named.lower()] or fitting
    if not fitting:
        raise UnfitError(_("There is no such team that you can invite to."))
    if len(fitting) > 1:
        raise UnfitError(_("There are several teams of this name: write the one you mean as in its address."))
    return fitting[0]


def _roles_of(named: str, rights: Rights) -> tuple[str, str]:
    """The role in the organisation and the role in the team. Raises UnfitError."""
    if named in {"", "member"}:
        return Membership.Role.MEMBER, TeamMembership.Role.MEMBER
    if named == "owner":
        raise UnfitError(_("Owners are named by owners, not invited."))
    if named not in {"admin", "manager"}:
        raise UnfitError(_("A role is member, manager or admin."))
    if not rights.may_name_roles:
        raise UnfitError(_("You can invite members. Owners and admins name managers."))
    if named == "admin":
        return Membership.Role.ADMIN, TeamMembership.Role.MEMBER
    return Membership.Role.MEMBER, TeamMembership.Role.MANAGER


def _wrong_address(address: str) -> str:
    if not address:
        return _("There is no address in this line.")
    try:
        _check_email(address)
    except ValidationError:
        return _("This is not an e-mail address.")
    return _("This address is too long.") if len(address) > ADDRESS_MAX else ""


def _sort_out(entries: list[tuple[int, str, Guest]], found: GuestList, rights: Rights) -> None:
    """Leave out people who are in the list twice, are in already, or have an open invitation. Three statements."""
    if not entries:
        return
    members, in_teams, invited = _known(rights.organisation, [guest.email for _number, _line, guest in entries])
    seen: set[tuple[str, uuid.UUID | None]] = set()
    for number, line, guest in entries:
        key = (guest.email, guest.team.pk if guest.team else None)
        user = members.get(guest.email)
        if key in seen:
            why = _("This address is in the list twice; one invitation goes out.")
        elif key in invited:
            why = _("This address has an open invitation. You can send it again below.")
        elif user and (guest.team is None or (guest.team.pk, user) in in_teams):
            why = _("This person is in already.")
        else:
            seen.add(key)
            found.guests.append(guest)
            continue
        found.problems.append(UnfitLine(number, line[:80], why))


def _known(
    organisation: Organisation, emails: list[str]
) -> tuple[dict[str, uuid.UUID], set[tuple[uuid.UUID, uuid.UUID]], set[tuple[str, uuid.UUID | None]]]:
    """Members by address, (team, member) pairs, and (address, team) pairs with an open invitation."""
    current = Membership.objects.of(organisation)
    members = {
        email.lower(): user
        for email, user in EmailAddress.objects.filter(
            email__in=emails, verified=True, user__in=current.values("user")
        ).values_list("email", "user_id")
    }
    in_teams = TeamMembership.objects.current().filter(organisation=organisation, user__in=members.values())
    invited = open_ones(organisation.pk).filter(email__in=emails).values_list("email", "team_id")
    return members, set(in_teams.values_list("team_id", "user_id")), set(invited)
