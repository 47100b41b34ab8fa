"""The wording rules, on every anchor, action and text of the shipped ladder."""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

import pytest

from ladder.document.checks import warnings
from ladder.document.files import read_ladder
from ladder.document.format import LadderDocument
from ladder.document.wording import FIRST_PERSON, FREQUENCY, QUALITY, TITLES, likeness, too_alike, words

LADDER = Path(__file__).resolve().parents[3] / "fixtures" / "ladders" / "pm"


@pytest.fixture(scope="module")
def pm() -> LadderDocument:
    return read_ladder(LADDER)[0]


def anchors(ladder: LadderDocument) -> list[tuple[str, str]]:
    """(where, text) for each anchor; `where` reads like "strategy 4"."""
    return [(f"{c.slug} {step}", text) for c in ladder.competencies for step, text in enumerate(c.anchors, 1)]


def texts(value: object) -> Iterator[str]:
    """Every text of a document."""
    if isinstance(value, dict):
        for item in value.values():
            yield from texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


# The anchors


def test_there_are_125_anchors_and_no_two_are_the_same(pm: LadderDocument) -> None:
    assert len({text for _, text in anchors(pm)}) == 125


def test_an_anchor_has_10_to_30_words(pm: LadderDocument) -> None:
    assert [(where, len(words(text))) for where, text in anchors(pm) if not 10 <= len(words(text)) <= 30] == []


def test_an_anchor_is_one_sentence(pm: LadderDocument) -> None:
    # Nothing but commas inside: no second full stop, colon, semicolon, question, bracket or dash.
    assert [where for where, text in anchors(pm) if not re.fullmatch(r"[A-Z][^.!?:;()–]*\.", text)] == []


def test_an_anchor_begins_with_what_the_person_does(pm: LadderDocument) -> None:
    assert [where for where, text in anchors(pm) if not words(text)[0].endswith("s")] == []


def test_an_anchor_names_no_level_title(pm: LadderDocument) -> None:
    names = {name for level in pm.levels for name in (level.title, *level.aliases)} - {"PM"}
    titles = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names), re.IGNORECASE)
    assert [where for where, text in anchors(pm) if titles.search(text) or TITLES.search(text)] == []


def test_an_anchor_judges_no_quality(pm: LadderDocument) -> None:
    assert [(where, found) for where, text in anchors(pm) if (found := QUALITY & set(words(text)))] == []


def test_an_anchor_says_nothing_about_how_often(pm: LadderDocument) -> None:
    assert [(where, found) for where, text in anchors(pm) if (found := FREQUENCY & set(words(text)))] == []


def test_an_anchor_does_without_the_first_person(pm: LadderDocument) -> None:
    assert [where for where, text in anchors(pm) if FIRST_PERSON.search(text)] == []


def test_the_five_anchors_of_a_competency_can_be_told_apart(pm: LadderDocument) -> None:
    assert [(c.slug, pair) for c in pm.competencies for pair in too_alike(c.anchors)] == []


def test_anchors_of_different_competencies_can_be_told_apart(pm: LadderDocument) -> None:
    pairs = combinations(anchors(pm), 2)
    assert [(one[0], other[0]) for one, other in pairs if likeness(one[1], other[1]) > 0.55] == []


def test_the_upper_anchors_are_more_than_the_words_of_the_scale(pm: LadderDocument) -> None:
    assert sum("several teams" in competency.anchors[3] for competency in pm.competencies) <= 5
    assert sum("company" in competency.anchors[4] for competency in pm.competencies) <= 10


# Tone and typography of every text


def test_nobody_is_behind(pm: LadderDocument) -> None:
    assert [text for text in texts(pm.document()) if re.search(r"\bbehind\b", text, re.IGNORECASE)] == []


def test_texts_use_typographic_quotes_and_no_stray_spaces(pm: LadderDocument) -> None:
    wrong = re.compile(r"""['"`\n\t]|  |\s[,.;:!?](?!\d)|\w-\s|\d-\d""")
    printed = [re.sub(r"\bdoi:\S+ ", "", text) for text in texts(pm.document())]
    assert [text for text in printed if wrong.search(text)] == []


def test_the_checker_has_nothing_to_say(pm: LadderDocument) -> None:
    assert list(warnings(pm)) == []


# The actions


def test_each_step_of_each_competency_has_actions(pm: LadderDocument) -> None:
    counts = Counter((action.competency, action.to_step) for action in pm.actions)
    needed = {1: 1, 2: 2, 3: 2, 4: 2, 5: 2}
    short = [(c.slug, step) for c in pm.competencies for step, least in needed.items() if counts[c.slug, step] < least]
    assert short == []
    assert len(pm.actions) >= 200


def test_no_two_actions_say_nearly_the_same(pm: LadderDocument) -> None:
    pairs = combinations([action.text for action in pm.actions], 2)
    assert [pair for pair in pairs if likeness(*pair) > 0.5] == []


def test_an_action_is_one_to_three_whole_sentences(pm: LadderDocument) -> None:
    assert [a.text for a in pm.actions if not re.fullmatch(r"[A-Z][^.!?]+\.( [A-Z][^.!?]+\.){0,2}", a.text)] == []
