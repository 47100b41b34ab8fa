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
from ladder.document.wording import likeness, words

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


def test_the_checker_has_nothing_to_say(pm: LadderDocument) -> None:
    """Length, titles, quality, frequency, first person, tone, likeness, actions a step: test_publish.py says each."""
    assert list(warnings(pm)) == []


# What the checker leaves to us: the anchors


def test_there_are_125_anchors_and_no_two_are_the_same(pm: LadderDocument) -> None:
    assert len({text for _, text in anchors(pm)}) == 125


def test_an_anchor_is_one_sentence_that_begins_with_what_the_person_does(pm: LadderDocument) -> None:
    # Nothing but commas inside: no second full stop, colon, semicolon, question, bracket or dash.
    assert [where for where, text in anchors(pm) if not re.fullmatch(r"[A-Z][^.!?:;()–]*\.", text)] == []
    assert [where for where, text in anchors(pm) if not words(text)[0].endswith("s")] == []


def test_an_anchor_names_no_level_title(pm: LadderDocument) -> None:
    names = {name for level in pm.levels for name in (level.title, *level.aliases)} - {"PM"}
    titles = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names), re.IGNORECASE)
    assert [where for where, text in anchors(pm) if titles.search(text)] == []


def test_anchors_of_different_competencies_can_be_told_apart(pm: LadderDocument) -> None:
    assert nearly_alike([text for _, text in anchors(pm)], 0.55) == []


def test_the_upper_anchors_are_more_than_the_words_of_the_scale(pm: LadderDocument) -> None:
    assert sum("several teams" in competency.anchors[3] for competency in pm.competencies) <= 5
    assert sum("company" in competency.anchors[4] for competency in pm.competencies) <= 10


# Typography of every text, and the actions


def test_texts_use_typographic_quotes_and_no_stray_spaces(pm: LadderDocument) -> None:
    wrong = re.compile(r"""['"`\n\t]|  |\s[,.;:!?](?!\d)|\w-\s|\d-\d""")
    printed = [re.sub(r"\bdoi:\S+ ", "", text) for text in texts(pm.document())]
    assert [text for text in printed if wrong.search(text)] == []


def test_actions_are_many_different_and_one_to_three_whole_sentences(pm: LadderDocument) -> None:
    said = [action.text for action in pm.actions]
    assert len(said) >= 200
    assert {action.competency for action in pm.actions if action.to_step == 1} == {c.slug for c in pm.competencies}
    assert nearly_alike(said, 0.5) == []
    assert [text for text in said if not re.fullmatch(r"[A-Z][^.!?]+\.( [A-Z][^.!?]+\.){0,2}", text)] == []


def nearly_alike(said: list[str], most: float) -> list[tuple[str, str]]:
    """The pairs that share more than so much; two that have too few words in common are not compared in order."""
    counted = [(text, Counter(words(text))) for text in said]
    near = [
        (one, other)
        for (one, mine), (other, theirs) in combinations(counted, 2)
        if 2 * (mine & theirs).total() > most * (mine.total() + theirs.total())
    ]
    return [pair for pair in near if likeness(*pair) > most]
