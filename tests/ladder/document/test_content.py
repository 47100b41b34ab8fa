"""The shipped ladder: its facts are those first published, and each sentence, action and text keeps its rules."""

import base64
import hashlib
import json
import lzma
import re
from collections import Counter
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path

from ladder.document.checks import warnings
from ladder.document.format import LadderDocument
from ladder.document.wording import SHORT_WORDS, likeness, words
from tests.factories import shipped_ladder
from tests.reading import site_rooms

# Every run of eight words in the notes on published guides from which the ladder was written, as hashes of five bytes:
# the notes themselves are for those who write, and no text may have such a run.
RUNS = Path(__file__).parent / "runs.txt"
RUN = 8
FIRST = Path(__file__).resolve().parents[2] / "upgrade" / "kept" / "ladder.json.xz"
PM = shipped_ladder()
SENTENCES = [(f"{c.slug} {step}", c.says(step)) for c in PM.competencies for step in c.described]
"""(where, text) of each; `where` reads like "strategy 4"."""


def texts(value: object) -> Iterator[str]:
    """Every text of a document."""
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from texts(item)
    elif isinstance(value, str):
        yield value


# Facts


def test_what_answers_were_given_by_is_as_first_published() -> None:
    """Levels, competencies, steps and what is asked: what changes here on purpose is a line in this test."""
    first = LadderDocument.model_validate(json.loads(lzma.decompress(FIRST.read_bytes())))
    for part in ("levels", "competencies", "areas", "tracks", "specialisations", "schemes"):
        assert [item.slug for item in getattr(PM, part)] == [item.slug for item in getattr(first, part)], part
    assert [(item.name, item.area) for item in PM.competencies] == [
        (item.name, item.area) for item in first.competencies
    ]
    assert [(item.title, item.band, item.track) for item in PM.levels] == [
        (item.title, item.band, item.track) for item in first.levels
    ]
    assert [dict(item.adds) for item in PM.specialisations] == [dict(item.adds) for item in first.specialisations]
    assert (PM.policy, PM.links, PM.steps) == (first.policy, first.links, first.steps)
    changed = {
        f"{level} {slug}": (first.expectations[level][slug], cell)
        for level, row in PM.expectations.items()
        for slug, cell in row.items()
        if cell != first.expectations[level][slug]
    }
    assert {where: tuple((cell.step, cell.weight) for cell in cells) for where, cells in changed.items()} == {
        "apm communication": ((2, 3), (1, 3)),
        "pm communication": ((2, 2), (2, 3)),
        "pm storytelling": ((2, 1), (2, 2)),
        "senior-pm culture": ((2, 1), (2, 2)),
    }


def test_names_mean_one_thing_or_ask_back() -> None:
    counts = Counter(term.lower() for competency in PM.competencies for term in competency.terms)
    assert [term for term, count in counts.items() if count > 1] == []
    offered = {title: {c.level for c in entry.candidates} for entry in PM.ambiguous_titles for title in entry.titles}
    aliases = [(alias, level.slug) for level in PM.levels for alias in level.aliases]
    assert [alias for alias, level in aliases if level not in offered.get(alias, {level})] == []
    assert all("profession" in entry.explanation for entry in PM.other_professions)


def test_questions_to_reflect_on_are_questions() -> None:
    assert all(item.question.endswith("?") for item in PM.reflections)


# Wording


def test_the_checker_has_nothing_to_say() -> None:
    """Length, titles, quality, frequency, first person, tone, likeness, actions a step: test_publish.py says each."""
    assert list(warnings(PM)) == []


def test_a_sentence_is_one_of_its_own_that_begins_with_what_the_person_does() -> None:
    assert len({text for _, text in SENTENCES}) == 125
    # Nothing but commas inside: no second full stop, colon, semicolon, question, bracket or dash.
    assert [where for where, text in SENTENCES if not re.fullmatch(r"[A-Z][^.!?:;()–]*\.", text)] == []
    assert [where for where, text in SENTENCES if not words(text)[0].endswith("s")] == []
    names = {name for level in PM.levels for name in (level.title, *level.aliases)} - {"PM"}
    titles = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in names), re.IGNORECASE)
    assert [where for where, text in SENTENCES if titles.search(text)] == []
    assert nearly_alike([text for _, text in SENTENCES], 0.55) == []


def test_the_upper_sentences_are_more_than_the_words_of_the_scale() -> None:
    assert sum("several teams" in competency.says(4) for competency in PM.competencies) <= 5
    assert sum("company" in competency.says(5) for competency in PM.competencies) <= 10


def test_texts_use_typographic_quotes_and_no_stray_spaces_and_summaries_are_one_line() -> None:
    wrong = re.compile(r"""['"`\n\t]|  |\s[,.;:!?](?!\d)|\w-\s|\d-\d""")
    printed = [re.sub(r"\bdoi:\S+ ", "", text) for text in texts(PM.document())]
    assert [text for text in printed if wrong.search(text)] == []
    assert [c.slug for c in PM.competencies if len(words(c.summary)) > 32 or c.summary.count(".") != 1] == []


def test_actions_are_many_different_and_one_to_three_whole_sentences() -> None:
    said = [action.text for action in PM.actions]
    assert len(said) >= 200
    assert {action.competency for action in PM.actions if action.to_step == 1} == {c.slug for c in PM.competencies}
    assert nearly_alike(said, 0.5) == []
    assert [text for text in said if not re.fullmatch(r"[A-Z][^.!?]+\.( [A-Z][^.!?]+\.){0,2}", text)] == []


def test_the_quiz_is_short() -> None:
    """Its questions and choices are read in eight minutes; what each question offers besides is counted once."""
    said = [text for item in PM.competencies for text in (item.question, *map(item.short_of, item.described))]
    assert len(said) == 25 * 6
    assert sum(len(words(text)) for text in [*said, "Not yet", "No chance so far"]) <= 1400
    assert [
        text for text in said if len(words(text)) not in (range(4, 10) if text.endswith("?") else SHORT_WORDS)
    ] == []
    assert [action.text for action in PM.actions if not action.title] == []


def test_no_text_is_taken_over() -> None:
    kept = base64.b64decode(RUNS.read_text(encoding="ascii"))
    runs = {kept[at : at + 5] for at in range(0, len(kept), 5)}
    assert len(runs) > 5000
    assert taken_over("Step 1 is for the own team, step 2 for people outside it;", runs)
    said = [*texts(PM.document()), *(text for found in site_rooms().values() for text in found)]
    assert [run for text in said for run in taken_over(text, runs)] == []


def taken_over(text: str, runs: set[bytes]) -> list[str]:
    """The runs of eight words that a text has in common with the notes."""
    said = re.findall(r"[a-z0-9]+", re.sub("[’']", "", text.lower()))
    found = (" ".join(said[at : at + RUN]) for at in range(len(said) - RUN + 1))
    return [run for run in found if hashlib.blake2b(run.encode(), digest_size=5).digest() in runs]


def nearly_alike(said: list[str], most: float) -> list[tuple[str, str]]:
    """The pairs that share more than so much; two that have too few words in common are not compared in order."""
    counted = [(text, Counter(words(text))) for text in said]
    near = [
        (one, other)
        for (one, mine), (other, theirs) in combinations(counted, 2)
        if 2 * (mine & theirs).total() > most * (mine.total() + theirs.total())
    ]
    return [pair for pair in near if likeness(*pair) > most]
