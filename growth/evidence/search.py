"""Searches a person's evidence log in memory: words, their beginnings and near spellings."""

from collections.abc import Iterable, Mapping

from growth.models import EvidenceEntry
from ladder.search.search import AS_WRITTEN, SAME_STEM
from ladder.search.words import query_words, slips_allowed, stem, words
from ladder.titles.words import distance

# How sure a match is by the beginning of a word, or by a near spelling.
BEGINNING, NEAR = 0.6, 0.4

# Limits on the time a search takes: characters read and pairs of words compared. Real logs stay far below both. Entries
# beyond the first are searched for exactly what was typed; beyond the second, slips are no longer forgiven.
READ_MAX, COMPARED_MAX = 2_000_000, 50_000


class _Spelling:
    """Whether two words are nearly the same. Compares each pair once, and at most COMPARED_MAX pairs in a search."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, str], bool] = {}

    def is_near(self, word: str, other: str) -> bool:
        slips = slips_allowed(word)
        if not slips or abs(len(other) - len(word)) > slips:
            return False
        pair = (word, other)
        if pair not in self.known:
            if len(self.known) >= COMPARED_MAX:
                return False
            self.known[pair] = distance(word, other) <= slips
        return self.known[pair]


def search(entries: Iterable[EvidenceEntry], query: str, names: Mapping[str, str]) -> list[EvidenceEntry]:
    """The entries that contain every word of the query, best match first, ties in the order given.

    `names` are the competencies' names by slug: an entry is found by the names of its competencies, too. A query
    without a word finds everything.
    """
    asked, spelling = query_words(query), _Spelling()
    found, left = [], READ_MAX
    for entry in entries:
        text = _text_of(entry, names)
        left -= len(text)
        points = _score(text, asked, spelling) if left >= 0 else _score_as_written(text, asked)
        if points or not asked:
            found.append((points, entry))
    return [entry for _, entry in sorted(found, key=lambda pair: -pair[0])]


def _text_of(entry: EvidenceEntry, names: Mapping[str, str]) -> str:
    texts = (entry.problem, entry.approach, entry.outcome, entry.measure, entry.before, entry.after, entry.link)
    return " ".join([*texts, *(names.get(slug, slug) for slug in entry.competencies)])


def _score(text: str, asked: list[str], spelling: _Spelling) -> float:
    """The sum of the points for each word asked for; 0.0 if one of them is missing."""
    there = set(words(text))
    stems = {stem(word) for word in there}
    total = 0.0
    for word in asked:
        points = _best(word, there, stems, spelling)
        if not points:
            return 0.0
        total += points
    return total


def _score_as_written(text: str, asked: list[str]) -> float:
    lower = text.casefold()
    return AS_WRITTEN * len(asked) if all(word in lower for word in asked) else 0.0


def _best(word: str, there: set[str], stems: set[str], spelling: _Spelling) -> float:
    if word in there:
        return AS_WRITTEN
    if stem(word) in stems:
        return SAME_STEM
    if len(word) >= 2 and any(other.startswith(word) for other in there):
        return BEGINNING
    return NEAR if any(spelling.is_near(word, other) for other in there) else 0.0
