"""Reads lists of people to invite: addresses with anything between them, or a table whose heads are known.

No column is guessed: a table with an unknown head is not read, and the page names that head.
"""

import csv
import hashlib
import json
import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import NamedTuple

from django.utils.translation import gettext as _

from people.addresses import canonical
from people.database.columns import folded
from people.models import Membership, Organisation, Team, TeamMembership
from people.organisations.heads import OWNER, ROLES, Column, column_of, columns_of, key
from people.organisations.invitations import TAKES_NO_MAIL, Guest, members_by_address
from people.organisations.open_invitations import open_ones
from people.organisations.pasted import Piece, UnfitError, called, found_in
from people.organisations.refusals import refusing

GUESTS_MAX = 500
TEXT_MAX = 200_000
# No row of such a table is longer. A cell that was cut would be read as something else.
LINE_MAX = 2000
TEXT_SHOWN = 80
# Lines of a text in which heads are looked for; above them a sheet may have a title.
HEADS_WITHIN = 20
DELIMITERS = "\t;,|"
_ANNOUNCED = re.compile(r'"?sep=(.)"?\1*', re.IGNORECASE)
_NAMES = (Column.FIRST, Column.MIDDLE, Column.LAST)


@dataclass(frozen=True, slots=True)
class UnfitLine:
    """What invites nobody: the number of its line, its text, and why."""

    line: int
    text: str
    why: str


@dataclass(slots=True)
class GuestList:
    """What was understood of a list. `rest` are the lines to correct, as they were typed.

    problems   what can be corrected
    left_out   what is right and invites nobody, such as people who are in already
    refused    why nothing of the list was read; then there is nobody in it
    unknown    heads of columns that are not known
    choices    heads of columns that all hold addresses, of which one can be meant
    """

    guests: list[Guest] = field(default_factory=list)
    problems: list[UnfitLine] = field(default_factory=list)
    left_out: list[UnfitLine] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)
    refused: str = ""
    unknown: list[str] = field(default_factory=list)
    choices: list[str] = field(default_factory=list)

    @property
    def seal(self) -> str:
        """Changes with whom the list invites, and as what: so it acts only as it was shown."""
        said = [
            [one.email, one.name, one.team.slug if one.team else "", str(one.role), str(one.team_role)]
            for one in self.guests
        ]
        return hashlib.sha256(json.dumps(said).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Rights:
    """What the person who invites may give: these teams, and perhaps roles above member."""

    organisation: Organisation
    teams: list[Team]
    default_team: Team | None
    may_name_roles: bool


@dataclass(frozen=True, slots=True)
class _Heads:
    """The first line of a table, counted from 0, and how it is divided."""

    at: int
    between: str
    names: list[str]


@dataclass(frozen=True, slots=True)
class _Row:
    """A row of a table, which may go over several lines. `why` says why it can't be read."""

    line: int
    text: str
    cells: list[str]
    why: str = ""
    is_last: bool = False


type _Entry = tuple[int, str, Guest]


class _RefusedError(Exception):
    """Nothing of the list can be read; the message says why."""


def read(text: str, rights: Rights, without: frozenset[str] = frozenset()) -> GuestList:
    """Read a list. A wrong line doesn't stop the others; a list that is too long is refused whole.

    `without` are heads of columns to leave out.
    """
    found = GuestList()
    lines = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff").split("\n")
    skipped = frozenset(map(key, without))
    try:
        entries = _at_most(GUESTS_MAX, _entries(lines, found, rights, skipped))
    except _RefusedError as error:
        return GuestList(refused=str(error), rest=lines, unknown=found.unknown, choices=found.choices)
    _sort_out(entries, found, rights)
    if not (found.guests or found.problems or found.left_out):
        found.refused = _("There is no address in it.")
    for unfit in (found.problems, found.left_out):
        unfit.sort(key=lambda item: item.line)
    return found


def _at_most(count: int, entries: Iterator[_Entry]) -> list[_Entry]:
    taken = list(islice(entries, count + 1))
    if len(taken) > count:
        raise _RefusedError(_("That is more than %(count)d addresses. Send them in parts.") % {"count": count})
    return taken


def _entries(lines: list[str], found: GuestList, rights: Rights, skipped: frozenset[str]) -> Iterator[_Entry]:
    begins, announced = _announced(lines)
    heads = _heads(lines, begins, announced)
    if heads is None:
        yield from _plain(lines, begins, found, rights)
        return
    for number, line in enumerate(lines[begins : heads.at], begins + 1):
        if line.strip():
            found.left_out.append(_unfit(number, line, _("This stands above the heads of the table.")))
    if len(heads.names) == 1 and column_of(heads.names[0]) == Column.EMAIL:
        # A head above a list of addresses.
        yield from _plain(lines, heads.at + 1, found, rights)
        return
    yield from _table(lines, heads, found, rights, skipped)


def _announced(lines: list[str]) -> tuple[int, str]:
    """Where the text begins after a line such as “sep=;”, which Excel reads first, and the delimiter it names."""
    for number, line in enumerate(lines):
        if line.strip():
            said = _ANNOUNCED.fullmatch(line.strip())
            return (number + 1, said[1]) if said else (0, "")
    return 0, ""


def _unfit(line: int, text: str, why: str) -> UnfitLine:
    text = text.strip()
    return UnfitLine(line, text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN]}…", why)


# Addresses with anything between them


def _plain(lines: list[str], begins: int, found: GuestList, rights: Rights) -> Iterator[_Entry]:
    base = Guest("", team=rights.default_team)
    words = ROLES.keys() | {word for team in rights.teams for word in (key(team.slug), key(team.name))}
    rows = alike = 0
    for number, line in enumerate(lines[begins:], begins + 1):
        pieces = list(islice(found_in(line), 2 * GUESTS_MAX))
        has_address = any(piece.address for piece in pieces)
        loose = [piece for piece in pieces if not piece.address and not piece.why and not piece.beside]
        if named := next((piece.text for piece in loose if key(piece.text) in words), ""):
            said = _("“%(word)s” in line %(line)d is a role or a team, and no head of a column says so.")
            raise _RefusedError(f"{said % {'word': named[:TEXT_SHOWN], 'line': number}} {_how()}")
        rows += has_address
        alike += has_address and len(loose) > 0 and len(pieces) == len(loose) + 1
        for piece in pieces:
            if piece.address:
                yield number, piece.text, replace(base, email=piece.address, name=piece.name)
            else:
                _note(number, piece, found)
    if rows == alike > 1:
        raise _RefusedError(f"{_('These lines look like a table without heads.')} {_how()}")


def _how() -> str:
    return _("Put a line above that names the columns, such as email;name;role;team, or leave the addresses alone.")


def _refuse_wrong_list(found: GuestList) -> None:
    """Each entry that can't be used is a line of the page."""
    if len(found.problems) + len(found.left_out) >= GUESTS_MAX:
        said = _("More than %(count)d entries can’t be used. Is it the right list?")
        raise _RefusedError(said % {"count": GUESTS_MAX})


def _note(number: int, piece: Piece, found: GuestList) -> None:
    _refuse_wrong_list(found)
    if piece.beside:
        why = _(
            "These words stand beside an address. A name is read before angle brackets: Ada <ada@lovelace.example>."
        )
        found.left_out.append(_unfit(number, piece.text, why))
        return
    found.problems.append(_unfit(number, piece.text, piece.why or _("There is no address in this entry.")))
    found.rest.append(piece.text)


# Tables


def _heads(lines: list[str], begins: int, announced: str) -> _Heads | None:
    """The heads of a table, or None for a text that is none."""
    filled = [number for number in range(begins, len(lines)) if lines[number].strip()][:HEADS_WITHIN]
    tries = [
        _Heads(number, between, cells)
        for number in filled
        if "@" not in lines[number]
        for between in announced or DELIMITERS
        if (cells := _cells(lines[number], between))
    ]
    known = [(sum(map(bool, map(column_of, heads.names))), heads) for heads in tries]
    best = max((count for count, heads in known if Column.EMAIL in map(column_of, heads.names)), default=0)
    for count, heads in known:
        if count == best > 0 and Column.EMAIL in map(column_of, heads.names):
            return heads
    # Without a known column of addresses: a line above the first of them, if what follows is divided like it.
    above = next((place for place, number in enumerate(filled) if "@" in lines[number]), len(filled))
    for count, heads in sorted(known, key=lambda item: -item[0]):
        place = filled.index(heads.at)
        below = [lines[number] for number in filled[place + 1 :]]
        if place < above and sum(map(bool, heads.names)) > 1 and (count or _is_alike(heads, below)):
            return heads
    return None


def _is_alike(heads: _Heads, below: list[str]) -> bool:
    """Whether at least half of these lines have as many cells as the heads, one of them with an address."""
    alike = [line for line in below if "@" in line and len(_cells(line, heads.between)) == len(heads.names)]
    return 2 * len(alike) >= len(below) > 0


def _cells(line: str, between: str) -> list[str]:
    if len(line) > LINE_MAX:
        return []
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=between, skipinitialspace=True))]
    except csv.Error:
        return []


def _table(
    lines: list[str], heads: _Heads, found: GuestList, rights: Rights, skipped: frozenset[str]
) -> Iterator[_Entry]:
    rows = list(_rows(lines, heads))
    columns = _columns(heads, rows, found, skipped)
    found.rest.append(lines[heads.at])
    for row in rows:
        try:
            guest = _guest_of(row, columns, rights)
        except UnfitError as error:
            _refuse_wrong_list(found)
            found.problems.append(_unfit(row.line, row.text, str(error)))
            found.rest += lines[row.line - 1 :] if row.is_last else [row.text]
        else:
            yield row.line, row.text, guest


def _columns(heads: _Heads, rows: list[_Row], found: GuestList, skipped: frozenset[str]) -> list[Column | None]:
    """What each column holds; None for one that is left out. Raises _RefusedError unless all are known."""
    names = [name or _("column %(number)d") % {"number": at} for at, name in enumerate(heads.names, 1)]
    left_out = [key(name) in skipped for name in names]
    columns = columns_of(["" if out else name for name, out in zip(heads.names, left_out, strict=True)])
    filled = [any(len(row.cells) > at and row.cells[at] for row in rows) for at in range(len(names))]
    found.unknown = [
        name
        for at, name in enumerate(names)
        if columns[at] is None and not left_out[at] and (heads.names[at] or filled[at])
    ]
    addresses = [name for name, column in zip(names, columns, strict=True) if column == Column.EMAIL]
    if found.unknown:
        raise _RefusedError(_("Not all columns are known, so nothing of the list was read."))
    if len(addresses) > 1:
        # Of two with one head, neither can be left out by it.
        found.choices = addresses if len(set(map(key, addresses))) == len(addresses) else []
        raise _RefusedError(_("More than one column holds addresses, so nothing of the list was read."))
    if not addresses:
        raise _RefusedError(_("No column holds addresses. Its head is “email”, for example."))
    for column in (Column.NAME, Column.FIRST, Column.ROLE, Column.TEAM):
        if columns.count(column) > 1:
            said = _("Two columns hold the %(what)s, so nothing of the list was read.")
            raise _RefusedError(said % {"what": column.value})
    return columns


def _rows(lines: list[str], heads: _Heads) -> Iterator[_Row]:
    """The rows below the heads. A quotation mark that is never closed takes along all that follows."""
    begins = first = heads.at + 1
    reader = csv.reader(
        (f"{line}\n" for line in lines[first:]), delimiter=heads.between, strict=True, skipinitialspace=True
    )
    while True:
        why, cells = "", []
        try:
            cells = [cell.strip() for cell in next(reader)]
        except StopIteration:
            return
        except csv.Error:
            why = _("A quotation mark stands where none can be.")
        ends = first + reader.line_num
        is_last = bool(why) and ends - begins > 1
        if is_last:
            why = _("From this line on it can’t be read as a table. Perhaps a quotation mark is not closed.")
        elif any(len(line) > LINE_MAX for line in lines[begins:ends]):
            why = _("This line is too long for a row of a table.")
        elif any(cells[len(heads.names) :]):
            why = _("This line has more cells than there are heads.")
        text = "\n".join(lines[begins:ends])
        if why or any(char.isalnum() or char == "@" for cell in cells for char in cell):
            yield _Row(begins + 1, text, cells, why, is_last)
        if is_last:
            return
        begins = ends


def _said(row: _Row, columns: list[Column | None]) -> dict[Column, str]:
    said: dict[Column, str] = {}
    for column, cell in zip(columns, row.cells, strict=False):
        if column and cell:
            said[column] = f"{said[column]} {cell}" if column in said else cell
    return said


def _guest_of(row: _Row, columns: list[Column | None], rights: Rights) -> Guest:
    """A row of the table as a guest. Raises UnfitError for what can't be invited so."""
    if row.why:
        raise UnfitError(row.why)
    said = _said(row, columns)
    one = _one_address(said.get(Column.EMAIL, ""))
    words = " ".join(said[part] for part in _NAMES if part in said) or said.get(Column.NAME, "")
    if "@" in words and canonical(words) != one.address:
        raise UnfitError(_("There is another address where the name stands."))
    name = called(words) or one.name
    team = _team_of(said.get(Column.TEAM, ""), rights)
    role, team_role = _roles_of(said.get(Column.ROLE, ""), rights)
    if team_role == TeamMembership.Role.MANAGER and team is None:
        raise UnfitError(_("A manager needs a team to manage."))
    return Guest(one.address, name, team, role, team_role)


def _one_address(cell: str) -> Piece:
    pieces = [piece for line in cell.split("\n") for piece in found_in(line)]
    if not pieces:
        raise UnfitError(_("There is no address in this line."))
    if len(pieces) > 1:
        raise UnfitError(_("One address stands alone in its cell; this cell holds more."))
    if not pieces[0].address:
        raise UnfitError(pieces[0].why or _("This is not an e-mail address."))
    return pieces[0]


def _team_of(named: str, rights: Rights) -> Team | None:
    if not named:
        return rights.default_team
    fitting = [team for team in rights.teams if named.lower() == team.slug or folded(named) == team.folded]
    fitting = [team for team in fitting if team.slug == named.lower()] or fitting
    if not fitting:
        raise UnfitError(_("There is no such team that you can invite to."))
    if len(fitting) > 1:
        raise UnfitError(_("There are several teams of this name: write the one you mean as in its address."))
    return fitting[0]


def _roles_of(named: str, rights: Rights) -> tuple[str, str]:
    """The role in the organisation and the role in the team. Raises UnfitError."""
    role = ROLES.get(key(named), "") if key(named) or named else Membership.Role.MEMBER
    if role == Membership.Role.MEMBER:
        return Membership.Role.MEMBER, TeamMembership.Role.MEMBER
    if role == OWNER:
        raise UnfitError(_("Owners are named by owners, not invited."))
    if not role:
        raise UnfitError(_("A role is member, manager or admin."))
    if not rights.may_name_roles:
        raise UnfitError(_("You can invite members. Owners and admins name managers."))
    if role == Membership.Role.ADMIN:
        return Membership.Role.ADMIN, TeamMembership.Role.MEMBER
    return Membership.Role.MEMBER, TeamMembership.Role.MANAGER


# Who is there already


def _sort_out(entries: list[_Entry], found: GuestList, rights: Rights) -> None:
    """Leave out people who are in the list twice, are in already, have an open invitation, or want no mail. Five
    statements."""
    if not entries:
        return
    known = _known(rights.organisation, [guest.email for _number, _line, guest in entries])
    seen: set[tuple[str, uuid.UUID | None]] = set()
    for number, line, guest in entries:
        key_of = (guest.email, guest.team.pk if guest.team else None)
        user = known.members.get(guest.email)
        if key_of in seen:
            why = _("This address is in the list twice; the first one counts.")
        elif key_of in known.invited:
            why = _("This address has an open invitation. It can be sent again from the list of open invitations.")
        elif user and (guest.team is None or (guest.team.pk, user) in known.in_teams):
            why = _("This person is in already.")
        elif guest.email in known.refused:
            why = str(TAKES_NO_MAIL)
        else:
            seen.add(key_of)
            found.guests.append(guest)
            continue
        found.left_out.append(_unfit(number, line, why))


class _Known(NamedTuple):
    """Who is there already, by address: members, (team, member) pairs, (address, team) pairs with an open invitation,
    and addresses that want no mail."""

    members: dict[str, uuid.UUID]
    in_teams: set[tuple[uuid.UUID, uuid.UUID]]
    invited: set[tuple[str, uuid.UUID | None]]
    refused: set[str]


def _known(organisation: Organisation, emails: list[str]) -> _Known:
    members = members_by_address(organisation.pk, emails)
    in_teams = TeamMembership.objects.current().filter(organisation=organisation, user__in=members.values())
    invited = open_ones(organisation.pk).filter(email_canonical__in=emails).values_list("email_canonical", "team_id")
    teams = set(in_teams.values_list("team_id", "user_id"))
    return _Known(members, teams, set(invited), refusing(set(emails)))
