"""Every room of texts is easy enough to read, and the page says how easy."""

import re

import pytest

from tests.assessments.report.people import PAGE
from tests.reading import HIGHEST, grade, rooms


def test_no_room_is_hard_to_read() -> None:
    grades = {room: grade(texts) for room, texts in rooms().items() if texts}
    assert len(grades) == 20
    assert {room: round(found, 1) for room, found in grades.items() if found > HIGHEST} == {}


def test_the_page_says_how_easy_each_room_is() -> None:
    """To a fifth of a year: a word more or less is no reason to write the page again."""
    said = dict(re.findall(r"^\| ([^|*]+) \| [\d,]+ \| ([\d.]+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    found = {room: grade(texts) for room, texts in rooms().items() if texts}
    assert list(said) == list(found), "python -m tests.assessments.report.people"
    assert {room: float(text) for room, text in said.items()} == pytest.approx(found, abs=0.25)


def test_longer_words_and_sentences_are_harder() -> None:
    short = "We ask our users. They tell us what they need."
    assert grade([short]) < 3 < grade(["Organisations systematically operationalise interdisciplinary considerations."])
    assert grade([short, "Notes"]) < grade(
        ["We ask our users and they tell us what they need and we write it down for all."]
    )
