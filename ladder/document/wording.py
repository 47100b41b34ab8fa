"""The wording rules for sentences and actions: two colleagues would read one that breaks them differently. Pure.

The full sentence of a step is one of 10 to 30 words about what the person does, without titles of levels, adjectives
of quality or words of frequency, and differs from the others of its competency by more than an adverb. The short one
keeps the same rules in 5 to 10 words, without a full stop.
"""

import re
from collections.abc import Iterator
from difflib import SequenceMatcher

FULL_WORDS, SHORT_WORDS = range(10, 31), range(5, 11)
ACTION_WORDS = range(6, 46)
TOO_ALIKE = 0.72

QUALITY = frozenset(
    """excellent excellently strong strongly great good better best outstanding superb exceptional exceptionally
    effective effectively efficient efficiently skilled skilful skilfully expert expertly masterful masterfully
    impressive world-class robust solid high-quality deep deeply thorough thoroughly advanced sophisticated
    brilliant proficient proficiently successful successfully well confident confidently clearly exemplary talented
    seasoned savvy adept competent poor bad weak""".split()  # noqa: SIM905
)
FREQUENCY = frozenset(
    """often usually always never sometimes frequently rarely regularly occasionally seldom consistently constantly
    generally normally typically mostly""".split()  # noqa: SIM905
)
TITLES = re.compile(
    r"\b(associate|junior|senior|staff|principal|group|lead)\s+(product|pm|pms)\b"
    r"|\b(apm|gpm|spm|cpo|vp|directors?|chief product|product managers?)\b",
    re.IGNORECASE,
)
FIRST_PERSON = re.compile(r"\b(I|my|me|we|our)\b")
BEHIND = re.compile(r"\b(behind|underperform\w*|below average|top performers?)\b", re.IGNORECASE)
FILLER = re.compile(
    r"\b(leverag\w*|synerg\w*|utili[sz]\w*|passionate\w*|best[- ]in[- ]class|cutting[- ]edge|seamless\w*"
    r"|holistic\w*)\b",
    re.IGNORECASE,
)


def words(text: str) -> list[str]:
    """The words of a text, lower case; a hyphenated word is one."""
    return re.findall(r"[^\W_]+(?:[-'’/&.][^\W_]+)*", text.lower())


def likeness(one: str, other: str) -> float:
    """How much two sentences share, word by word in order: 0 (nothing) to 1 (the same)."""
    return SequenceMatcher(None, words(one), words(other), autojunk=False).ratio()


def is_one_sentence(text: str) -> bool:
    return text.endswith(".") and not re.search(r"[.!?]\s+[A-Z“\"]", text[:-1]) and "\n" not in text


def full_problems(text: str) -> Iterator[str]:
    """Yield what breaks the rules in a full sentence, as the end of a sentence such as "has 7 words"."""
    yield from _sentence_problems(text, FULL_WORDS)
    if not is_one_sentence(text):
        yield "is not one sentence that ends in a full stop"


def short_problems(text: str) -> Iterator[str]:
    """The same for a short sentence."""
    yield from _sentence_problems(text, SHORT_WORDS)
    if text.endswith("."):
        yield "ends in a full stop"


def _sentence_problems(text: str, lengths: range) -> Iterator[str]:
    said = words(text)
    if len(said) not in lengths:
        yield f"has {len(said)} words, expected {lengths.start} to {lengths.stop - 1}"
    if found := sorted(QUALITY.intersection(said)):
        yield f"judges quality: {', '.join(found)}"
    if found := sorted(FREQUENCY.intersection(said)):
        yield f"says how often: {', '.join(found)}"
    if match := TITLES.search(text):
        yield f"names a title: {match[0]}"
    if match := FIRST_PERSON.search(text):
        yield f"speaks in the first person: {match[0]}"
    yield from tone_problems(text)


def action_problems(text: str) -> Iterator[str]:
    """Yield what breaks the rules in an action."""
    said = words(text)
    if len(said) not in ACTION_WORDS:
        yield f"has {len(said)} words, expected {ACTION_WORDS.start} to {ACTION_WORDS.stop - 1}"
    if not text.endswith("."):
        yield "does not end in a full stop"
    yield from tone_problems(text)


def tone_problems(text: str) -> Iterator[str]:
    """Yield what no text of the product may contain: comparisons of people, and filler."""
    if match := BEHIND.search(text):
        yield f"compares people: {match[0]}"
    if match := FILLER.search(text):
        yield f"is filler: {match[0]}"


def too_alike(sentences: tuple[str | None, ...]) -> Iterator[tuple[int, int]]:
    """Yield pairs of steps, from 1, whose sentences are more alike than TOO_ALIKE."""
    said = [(step, text) for step, text in enumerate(sentences, 1) if text]
    for at, (low, lower) in enumerate(said):
        for high, upper in said[at + 1 :]:
            if likeness(lower, upper) > TOO_ALIKE:
                yield low, high
