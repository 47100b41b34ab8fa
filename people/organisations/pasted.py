"""Finds the addresses in a pasted line, with the names that stand before them.

An address is used only if it stands there whole. The line is cut where no address can go on, at white space, commas,
semicolons and angle brackets, and taken off the ends are marks that none begins or ends with. What is left has to be an
address, letter by letter: taking the fitting part of it would invite brien@ where o'brien@ is meant.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple
from urllib.parse import unquote

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.addresses import ADDRESS_MAX, canonical
from people.fields import NAME_MAX, check_mailable
from people.tables import REPLACED
from people.texts import clean_line, fold, has_letter


class UnfitError(Exception):
    """Nobody can be invited by this; the message says why."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a line. It holds an address, or `why` says what is wrong, or neither: words alone."""

    text: str
    address: str = ""
    name: str = ""
    why: str = ""
    # Words in one piece with an address.
    beside: bool = False


class _Token(NamedTuple):
    kind: str
    text: str
    # Whether it touches the token before it.
    touches: bool


type _Words = list[_Token]
"""What stands between two commas, without the blanks."""

# Each character is looked at once or twice: nothing here may take time by the square of a line's length.
_TOKENS = re.compile(
    r"""
      (?P<quoted>"(?:[^"\\]|\\.)*+"(?=[)\]}.:!?]*(?:[\s,;<>，；、]|$)))
    | (?P<bracket><[^<>]*+>)
    | (?P<hard>[;；\t]+)
    | (?P<comma>[,，、]+)
    | (?P<blank>[^\S\t]+)
    | (?P<run>[^\s,;<>，；、]++)
    | (?P<stray>[<>])
    """,
    re.VERBOSE,
)
_AT = re.compile("[@\uff20\ufe6b]")
_ANSWERED = re.compile(r"^(?:\s*>)+\s")
# A link in Markdown.
_LINK = re.compile(r"(?<![^\s,;])\[([^\[\]()]*+)\]\(mailto:([^()\s]*+)\)(?=[.:!?]*(?:[\s,;]|$))")
_LABEL = re.compile(r"(mailto|smtp|e-?mail|mail|from|to|cc|bcc|an):", re.IGNORECASE)
# No address begins or ends with these.
_AROUND = '()[]"“”„«»‹›‘’‚…。、•·▪◦‣–—'
_AFTER = ".:!?"
_PAIRED = {"'": "'", "`": "`", "*": "*", "_": "_", "{": "}"}
# An address may begin with these or hold them, but in a list they are nearly always marks beside it.
_MARKS = "'`*-=/~|!#$%&?^{}"
_JOINTS = re.compile(r'[=|"]')
_QUOTED = ('""', "''", "“”", "„“", "«»", "‹›", "‘’")
# What stands after a comma and is no first name.
_SUFFIXES = frozenset(["jr", "sr", "ii", "iii", "iv", "phd", "md", "mba", "esq", "inc", "ltd", "llc", "gmbh", "ag"])
RUN_MAX = 4 * ADDRESS_MAX
_NOT_ALONE = gettext_lazy("This can’t be read as one address. Write it with nothing beside it.")
_check_email = EmailValidator()


def found_in(line: str) -> Iterator[Piece]:
    """The pieces of a line in their order."""
    line = _LINK.sub(r" \1 <mailto:\2> ", _ANSWERED.sub("", line))
    segment: list[_Token] = []
    for token in _tokens(line):
        if token.kind == "hard":
            yield from _in_segment(segment)
            segment = []
        else:
            segment.append(token)
    yield from _in_segment(segment)


def address_in(run: str) -> str:
    """The address that a run of characters is, in its one form. Raises UnfitError if it isn't one, whole."""
    if len(run) > RUN_MAX:
        raise UnfitError(_("This address is too long."))
    bare = _unwrapped(run.strip())
    if label := _LABEL.match(bare):
        bare = bare[label.end() :]
        if label[1].lower() == "mailto":
            bare = unquote(bare.partition("?")[0])
        bare = _unwrapped(bare)
    if REPLACED in bare:
        raise UnfitError(_("A letter of this address can’t be read: the file doesn’t say which it is."))
    if any(unicodedata.category(char) == "Cc" for char in bare) or _JOINTS.search(bare):
        raise UnfitError(_NOT_ALONE)
    if bare and bare[0] in _MARKS and _AT.search(bare, 1):
        said = _("“%(mark)s” may be a part of this address or a mark before it. Write it without the mark.")
        raise UnfitError(said % {"mark": bare[0]})
    one = canonical(bare)
    try:
        _check_email(one)
        check_mailable(one)
    except ValidationError:
        raise UnfitError(_("This is not an e-mail address.")) from None
    if len(one) > ADDRESS_MAX:
        raise UnfitError(_("This address is too long."))
    return one


def called(text: str) -> str:
    """What somebody is called, the first name first; "" for what is no name. Raises UnfitError for one too long."""
    name = clean_line(text)
    if label := _LABEL.match(name):
        name = name[label.end() :]
    name = name.strip()
    if len(name) > 1 and name[0] + name[-1] in _QUOTED:
        name = name[1:-1].strip()
    if _AT.search(name) or not has_letter(name):
        return ""
    last, _comma, first = (part.strip() for part in name.partition(","))
    is_turned = last and first and not re.search(r",.*,|[(\[\d]", name) and fold(first).strip(".") not in _SUFFIXES
    name = f"{first} {last}" if is_turned else name
    if len(name) > NAME_MAX:
        raise UnfitError(_("This name is too long: up to %(count)d characters fit.") % {"count": NAME_MAX})
    return name


def _tokens(line: str) -> Iterator[_Token]:
    before = "blank"
    for found in _TOKENS.finditer(line):
        kind = found.lastgroup or ""
        yield _Token(kind, found[0], before in {"quoted", "bracket", "run", "stray"})
        before = kind


def _in_segment(tokens: list[_Token]) -> Iterator[Piece]:
    """What stands between two semicolons, tabs or line ends. Commas in it separate entries, or last and first name."""
    pieces: list[_Words] = [[]]
    is_after = False
    for token in tokens:
        if token.kind == "comma":
            pieces.append([])
        elif token.kind == "bracket":
            yield from _with_bracket(pieces, token)
            pieces, is_after = [[]], True
        elif token.kind != "blank":
            pieces[-1].append(token)
    for number, piece in enumerate(pieces):
        for found in _alone(piece):
            is_beside = is_after and number == 0 and not found.address and not found.why
            yield replace(found, beside=True) if is_beside else found


def _with_bracket(pieces: list[_Words], bracket: _Token) -> Iterator[Piece]:
    """The address in angle brackets, with the name before it; and before that perhaps others, after commas."""
    at = max((number for number, piece in enumerate(pieces[:-1], 1) if _AT.search(_text(piece))), default=0)
    for piece in pieces[:at]:
        yield from _alone(piece)
    names = [piece for piece in pieces[at:] if piece]
    said = ", ".join(_text(piece) for piece in names)
    text = f"{said} {bracket.text}".strip()
    try:
        address, name = _named(names, said, bracket)
    except UnfitError as error:
        yield Piece(text, why=str(error))
        return
    if len(names) > 2:
        yield Piece(said, beside=True)
    yield Piece(text, address, name)


def _named(names: list[_Words], said: str, bracket: _Token) -> tuple[str, str]:
    """The address in a bracket, and the name that these words before it are. Raises UnfitError."""
    address = address_in(bracket.text[1:-1])
    if any(token.kind == "stray" for piece in names for token in piece):
        raise UnfitError(_NOT_ALONE)
    if _AT.search(said):
        # The address itself stands where a name may stand; any other could be the one that is meant.
        if len(said.split()) > 1 or address_in(said) != address:
            raise UnfitError(_("Several addresses stand together here. Put a comma between them."))
        return address, ""
    words = ", ".join(_plain(piece[0]) if len(piece) == 1 else _text(piece) for piece in names)
    return address, called(words) if len(names) <= 2 else ""


def _alone(piece: _Words) -> Iterator[Piece]:
    """A piece without angle brackets: addresses with blanks between them, or words."""
    text = _text(piece)
    if any(token.kind == "stray" for token in piece):
        yield Piece(text, why=_("An angle bracket is open or closed alone here."))
        return
    quoted = [token for token in piece if token.kind == "quoted" and _AT.search(token.text)]
    runs = [token for token in piece if token.kind == "run" and _AT.search(token.text)]
    words = " ".join(_plain(token) for token in piece if token not in quoted and token not in runs)
    if not quoted and not runs:
        if any(char.isalnum() for char in words):
            yield Piece(words)
        return
    for token in quoted:
        yield from [Piece(token.text, why=str(_NOT_ALONE))] if "\\" in token.text else found_in(token.text[1:-1])
    # “Ada Lovelace (ada@lovelace.example)”
    in_parentheses = len(runs) == 1 and runs[0] is piece[-1] and re.fullmatch(r"\(.*\)\W?", runs[0].text)
    name = words if in_parentheses and not quoted else ""
    for token in runs:
        yield from _in_run(token, name)
    if not name and any(char.isalpha() for char in _LABEL.sub("", words)):
        yield Piece(words, beside=True)


def _in_run(token: _Token, name: str) -> Iterator[Piece]:
    # Between two whole addresses a bar can only be a mark.
    parts = [part for part in token.text.split("|") if part]
    for part in parts if all(map(_AT.search, parts)) else [token.text]:
        try:
            yield Piece(part, _untouched(token, part), called(name))
        except UnfitError as error:
            yield Piece(part, why=str(error))


def _untouched(token: _Token, part: str) -> str:
    if token.touches:
        raise UnfitError(_NOT_ALONE)
    return address_in(part)


def _unwrapped(run: str) -> str:
    """Without marks around it that belong to no address; some only count as such in pairs."""
    while True:
        bare = run.strip(_AROUND).rstrip(_AFTER)
        if len(bare) > 1 and _PAIRED.get(bare[0]) == bare[-1]:
            bare = bare[1:-1]
        if bare == run:
            return bare
        run = bare


def _text(tokens: Iterable[_Token]) -> str:
    return " ".join(token.text for token in tokens)


def _plain(token: _Token) -> str:
    """Its text, without quotation marks around it."""
    return re.sub(r"\\(.)", r"\1", token.text[1:-1]) if token.kind == "quoted" else token.text
