"""Search in a person's evidence log, in memory, forgiving as the ladder's search is. Pure."""

from collections.abc import Iterable, Mapping

from growth.models import EvidenceEntry
from ladder.search_words import query_words, slips_allowed, stem, words
from ladder.title_words import distance

# How sure a match is: as written, the same stem, its beginning, a near spelling.
AS_WRITTEN, SAME_STEM, BEGINNING, NEAR = 1.0, 0.85, 0.6, 0.4


def search(entries: Iterable[EvidenceEntry], query: str, names: Mapping[str, str]) -> list[EvidenceEntry]:
    """The entries that hold every word of the query, the surest first, else in the order given.

    `names` are the competencies' names by slug: an entry is found by what it shows, too. A query without a word in it
    finds everything.
    """
    asked = query_words(query)
    found = [(score(entry, asked, names), entry) for entry in entries]
    return [entry for points, entry in sorted(found, key=lambda pair: -pair[0]) if points or not asked]


def score(entry: EvidenceEntry, asked: list[str], names: Mapping[str, str]) -> float:
    """The sum over the words asked for; 0.0 when one of them is missing."""
    texts = (entry.problem, entry.approach, entry.outcome, entry.measure, entry.before, entry.after, entry.link)
    there = set(words(" ".join([*texts, *(names.get(slug, slug) for slug in entry.competencies)])))
    stems = {stem(word) for word in there}
    total = 0.0
    for word in asked:
        points = _best(word, there, stems)
        if not points:
            return 0.0
        total += points
    return total


def _best(word: str, there: set[str], stems: set[str]) -> float:
    if word in there:
        return AS_WRITTEN
    if stem(word) in stems:
        return SAME_STEM
    if len(word) >= 2 and any(other.startswith(word) for other in there):
        return BEGINNING
    slips = slips_allowed(word)
    near = slips and any(abs(len(other) - len(word)) <= slips and distance(word, other) <= slips for other in there)
    return NEAR if near else 0.0
