"""Reading lists of people to invite: what is used stands there whole, what is not is said, and nothing is guessed."""

import re
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.addresses import canonical
from people.models import Organisation, Team
from people.organisations import guest_lists
from people.organisations.guest_lists import LINE_MAX, TEXT_SHOWN, GuestList, Rights
from tests.people.organisations.odd_lists import LISTS

LANTERN = Organisation(name="Lantern")
TEAMS = [
    Team(organisation=LANTERN, name=name, slug=name.lower(), folded=name.lower()) for name in ("Checkout", "Search")
]
RIGHTS = Rights(LANTERN, TEAMS, None, may_name_roles=True)


@pytest.fixture(autouse=True, scope="module")
def nobody_is_there() -> Any:
    """Who is in already is asked of the database; here it is all about the text."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guest_lists, "_known", lambda *_: guest_lists._Known({}, set(), set(), set()))
        yield


def read(text: str, *without: str) -> GuestList:
    return guest_lists.read(text, RIGHTS, frozenset(without))


def said(text: str) -> list[str]:
    """Whom a list invites, as “address / name / role / team”; “!” what can't be used; “-” what is left out."""
    found = read(text)
    outcome = []
    for guest in found.guests:
        role = "" if guest.role_name == "Member" else str(guest.role_name)
        outcome.append(" / ".join(filter(None, [guest.email, guest.name, role, guest.team.name if guest.team else ""])))
    outcome += [f"!{unfit.line} {unfit.text}" for unfit in found.problems]
    outcome += [f"-{unfit.line} {unfit.text}" for unfit in found.left_out]
    if found.refused:
        what = ", ".join(found.unknown or found.choices) or found.refused.split(".")[0]
        outcome.append(f"refused: {what}")
    return outcome


def test_odd_lists() -> None:
    wrong = [f"{text!r}: {said(text)}, not {outcome}" for text, outcome in LISTS if said(text) != outcome]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("o’brien@x.example", "not an e-mail address"),
        ("-ada@x.example", "“-” may be a part of this address"),
        ("Ada|ada@x.example", "nothing beside it"),
        ("ada@y.example <ada@x.example>", "Several addresses stand together"),
        ("Ada <ada@x.example", "angle bracket"),
        ("ada@x.exam\ufffdle", "A letter of this address can’t be read"),
        (f"{'a' * 250}@x.example", "address is too long"),
        (f"{'a' * 1100}@x.example", "too long"),
        (f"{'Ada ' * 60}<ada@x.example>", "name is too long"),
        (f"email,name\nada@x.example,{'a' * LINE_MAX}", "too long for a row"),
        (f"email,name\n{'a' * LINE_MAX}ada@x.example,", "too long for a row"),
        ("email,name\nada@x.example,Lovelace, Ada", "more cells than there are heads"),
        ("email,name\nada@x.example ben@x.example,Both", "stands alone in its cell"),
        ("email,name\n,Ada", "no address in this line"),
        ("email,name\nada,Ada", "no address in this entry|not an e-mail address"),
    ],
)
def test_a_fault_is_told_with_its_line(text: str, why: str) -> None:
    found = read(text)
    assert not found.guests
    (problem,) = found.problems
    assert re.search(why, problem.why), problem.why
    assert problem.line == (2 if text.startswith("email,") else 1)
    assert len(problem.text) <= TEXT_SHOWN + 1
    assert (
        found.rest[-1].strip() == text.rsplit("\n", maxsplit=1)[-1].strip()
        or problem.text.rstrip("…") in found.rest[-1]
    )


def test_columns_are_left_out_only_when_somebody_says_so() -> None:
    text = "Email;Department;Manager email\nada@x.example;Sales;boss@x.example"
    assert read(text).unknown == ["Department", "Manager email"]
    assert read(text, "Department").unknown == ["Manager email"]
    assert [guest.email for guest in read(text, "department", "MANAGER E-MAIL").guests] == ["ada@x.example"]
    two = "E-Mail;Work email;\nada@x.example;ada@work.example;"
    assert read(two).choices == ["E-Mail", "Work email"]
    assert [guest.email for guest in read(two, "E-Mail").guests] == ["ada@work.example"]


def test_the_seal_is_of_whom_it_invites_as_what() -> None:
    seals = [
        read(text).seal
        for text in (
            *("email,role,team,name\na@x.example,,,", "email,role,team,name\nb@x.example,,,"),
            *("email,role,team,name\na@x.example,admin,,", "email,role,team,name\na@x.example,manager,search,"),
            *("email,role,team,name\na@x.example,,search,", "email,role,team,name\na@x.example,,,Ada"),
        )
    ]
    assert len(set(seals)) == len(seals)
    assert read("a@x.example").seal == read("A@X.example,").seal == seals[0]


# Laws

SEPARATING = r"[\s,;<>|，；、]+|\]\("
MARKS = "()[]{}\"“”„«»‹›‘’‚'`*_.:!?…。•·▪◦‣–—"
LABEL = r"(?:mailto|smtp|e-?mail|mail|from|to|cc|bcc|an):"
BEFORE = f"[{re.escape(MARKS)}]*(?:{LABEL})?[{re.escape(MARKS)}]*"
PLAIN = ("ada@x.example", "o'brien@x.example", "a.b+c@sub.x.example", "d'arcy-smith@x-y.example")
ODD = (
    *("o’brien@x.example", "'ada@x.example'", '"ada@x.example"', "mailto:o%27brien@x.example?subject=a@b", "ada@"),
    *("Ada <ada@x.example>", "Lovelace, Ada <ada@x.example>", '"Lovelace, Ada" <ada@x.example>', "<ada@x.example"),
    *("anna@münchen.example", "ada@x.exam\nple", "sep=;\n", "email;name\n", "E-Mail,Rolle\n", "Email\n", "| Email |\n"),
    *("admin", "Checkout", "ada@x.example|ben@x.example", "[a](mailto:a@x.example)", '""', "\t", "\u200b", "＠"),
)


def stands_whole(address: str, text: str) -> bool:
    """Whether the text holds the address as a run of its own, with nothing at its ends but marks that are no part."""
    for run in re.split(SEPARATING, text):
        begins = [at for at in range(len(run)) if re.fullmatch(BEFORE, run[:at], re.IGNORECASE)]
        ends = [at for at in range(1, len(run) + 1) if not run[at:].strip(MARKS)]
        forms = [run[begin:end] for begin in begins for end in ends]
        if address in {canonical(form) for said in forms for form in (said, unquote(said.partition("?")[0]))}:
            return True
    return False


@given(st.lists(st.sampled_from(PLAIN + ODD) | st.text("ao@'\"’.,;<>|()-\\: \n\té\u200bA", max_size=6), max_size=8))
def test_every_address_that_is_used_stands_there_whole(pieces: list[str]) -> None:
    text = "".join(pieces)
    assert [guest.email for guest in read(text).guests if not stands_whole(guest.email, text)] == []


@given(
    st.lists(st.tuples(st.sampled_from(PLAIN), st.sampled_from([", ", ";", "\n", " ", "\t", "; \n", ",\r\n"]))),
    st.sampled_from(["", "email\n", "sep=;\nE-Mail\n"]),
)
def test_plain_lists_come_back_whole(items: list[tuple[str, str]], head: str) -> None:
    found = read(head + "".join(f"{address}{between}" for address, between in items))
    assert [guest.email for guest in found.guests] == list(dict.fromkeys(address for address, _ in items))
    assert len(found.left_out) == len(items) - len(found.guests)
    assert not found.problems


# What is told in another spelling than it was written in.
RESPELLED = {"mailto:o%27brien@x.example?subject=a@b", "anna@münchen.example", "[a](mailto:a@x.example)", "＠"}


@given(st.lists(st.sampled_from(sorted({*PLAIN, *ODD} - RESPELLED)) | st.text("ao@'.,;<> \n", max_size=6), max_size=8))
def test_nothing_with_an_at_sign_is_lost(pieces: list[str]) -> None:
    """It is used, or told with its text; or nothing is read, which is told, too."""
    text = " ".join(pieces)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guest_lists, "TEXT_SHOWN", 10_000)
        found = read(text)
    if not found.refused:
        told = " ".join(item.text for item in (*found.problems, *found.left_out))
        told += " ".join(guest.email for guest in found.guests)
        runs = [run.strip(MARKS) for run in re.split(SEPARATING, text) if "@" in run]
        assert [run for run in runs if run not in told] == []


@pytest.mark.parametrize(
    ("head", "entry"), [("", "x@ "), ("", "x@\n"), ("", "a@b.c;"), ("email,team\n", "a,b\n"), ("email\n", "x,y@\n")]
)
def test_a_flood_of_what_can_not_be_used_is_refused_in_one_sentence(head: str, entry: str) -> None:
    """Each entry would be a line of the page."""
    found = read(head + entry * 20_000)
    assert found.refused == "More than 500 entries can’t be used. Is it the right list?"
    assert (found.guests, found.problems, found.left_out) == ([], [], [])
