"""Searches everything the ladder says, in memory: ranked, whole words and their forms. Pure.

What the ladder itself names for a query comes first (`search` in its files), then an entry with the whole query as a
name; others must contain every word. A hit in a name counts for more than one in the text, a word as written for more
than another form of it, and a rare word for more than a common one. A slip of the pen finds nothing by itself: then the
nearest competency is offered. No database takes part, so the answers are the same on each.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from ladder.document.format import LadderDocument
from ladder.search.entries import IndexEntry, by_address, entries_of
from ladder.search.words import QUERY_LIMIT, are_forms, phrase, query_words, stem, stemmed, words

LIMIT = 30
EXCERPT = 180
# How sure a match is: as written, or another form of the word.
AS_WRITTEN, SAME_STEM = 1.0, 0.85
IN_NAME, IN_TEXT = 10.0, 3.0
WHOLE_NAME, WHOLE_NAME_BY_STEM = 1000.0, 500.0
NAMED_BY_THE_LADDER = 100_000.0
# How much the words of a query must be like those of a competency for it to be offered.
LIKE_ENOUGH = 0.6


@dataclass(frozen=True, slots=True)
class Snippet:
    """A piece of a title or excerpt; `hit` marks what the query asked for."""

    text: str
    hit: bool


@dataclass(frozen=True, slots=True)
class Hit:
    entry: IndexEntry
    score: float
    title: tuple[Snippet, ...]
    excerpt: tuple[Snippet, ...]
    # The name it was found by, if the title does not show it.
    also: str = ""


@dataclass(frozen=True, slots=True)
class Found:
    """`complete` is False if no entry holds every word; the hits, if any, then hold at least half of them.

    `nearest` is offered where there are none.
    """

    query: str
    hits: tuple[Hit, ...]
    complete: bool = True
    nearest: IndexEntry | None = None


@dataclass(frozen=True, slots=True)
class _Indexed:
    entry: IndexEntry
    names: frozenset[str]
    names_stemmed: frozenset[str]
    name_words: frozenset[str]
    text_words: frozenset[str]


def search(ladder: LadderDocument, query: str, limit: int = LIMIT) -> Found:
    """The best hits for a query. Any text is accepted; only its first QUERY_LIMIT characters and ten words count."""
    return _index(ladder).search(query, limit)


def _index(ladder: LadderDocument) -> "Index":
    # A ladder holds maps and has no hash, so the cache goes by identity. The key keeps its ladder alive: the id of a
    # ladder that was freed could be given to another one.
    return _index_by_id(_ById(ladder))


class _ById:
    __slots__ = ("ladder",)

    def __init__(self, ladder: LadderDocument) -> None:
        self.ladder = ladder

    def __hash__(self) -> int:
        return id(self.ladder)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.ladder is self.ladder


@lru_cache(maxsize=8)
def _index_by_id(held: _ById) -> "Index":
    return Index(held.ladder)


class Index:
    def __init__(self, ladder: LadderDocument) -> None:
        self.indexed = [
            _Indexed(
                entry=entry,
                names=frozenset(map(phrase, entry.names)),
                names_stemmed=frozenset(map(stemmed, entry.names)),
                name_words=frozenset(word for name in entry.names for word in words(name)),
                text_words=frozenset(words(entry.text)),
            )
            for entry in entries_of(ladder)
        ]
        # Of a word that two of them have, the first counts.
        competencies = [item for item in self.indexed if item.entry.kind == "competency"]
        self.of_competencies: dict[str, IndexEntry] = {}
        for item in competencies:
            for word in item.name_words:
                self.of_competencies.setdefault(word, item.entry)
        places = by_address(ladder)
        self.first: dict[str, tuple[IndexEntry, ...]] = {}
        for row in ladder.search:
            found = tuple(places[address] for address in row.finds if address in places)
            self.first |= {stemmed(name): found for name in row.words} | {phrase(name): found for name in row.words}
        self.counts = Counter(word for item in self.indexed for word in item.name_words | item.text_words)
        self.by_stem: dict[str, list[str]] = {}
        for word in self.counts:
            self.by_stem.setdefault(stem(word), []).append(word)

    def search(self, query: str, limit: int) -> Found:
        query = query[:QUERY_LIMIT]
        asked = query_words(query)
        whole = phrase(query), stemmed(query)
        if not asked:
            return Found(query, ())
        matches = [self._matches(word) for word in asked]
        meant = {word for match in matches for word in match}
        first = self._named_first(query, asked, meant)
        scored = []
        for item in self.indexed:
            score, missing = self._score(item, asked, matches)
            if named := self._named(item, *whole):
                # The rank decides between two entries of the same name: a competency before a level.
                score, missing = score + named * (1 + item.entry.rank), 0
            if score:
                scored.append((missing, score + item.entry.rank / 100, item))
        fewest = min((missing for missing, _, _ in scored), default=0)
        # With less than half of the words, the hits would be about something else.
        if first:
            scored = [] if fewest else scored
        elif not scored or fewest * 2 > len(asked):
            return Found(query, (), complete=False, nearest=self._nearest(asked))
        best = sorted((s for s in scored if s[0] == fewest), key=lambda s: -s[1])
        ahead = {hit.entry.address for hit in first if not hit.entry.query}
        hits = [_hit(item.entry, score, meant) for _, score, item in best[:limit]]
        hits = [*first, *(hit for hit in hits if hit.entry.query or hit.entry.address not in ahead)][:limit]
        return Found(query, tuple(hits), complete=bool(first) or not fewest)

    def _named_first(self, query: str, asked: list[str], meant: set[str]) -> list[Hit]:
        """What the ladder names for these words, in its order."""
        spelled = (phrase(query), stemmed(query), " ".join(asked), stemmed(" ".join(asked)))
        found = next((self.first[text] for text in spelled if text in self.first), ())
        return [_hit(entry, NAMED_BY_THE_LADDER - n, meant) for n, entry in enumerate(found)]

    def _nearest(self, asked: list[str]) -> IndexEntry | None:
        """The competency with a name or another word for it that is most like what was asked."""
        best, found = LIKE_ENOUGH, None
        for word, entry in self.of_competencies.items():
            likeness = _likeness(asked, word, best)
            # One that is just like enough is offered, too; of two that are equally like it, the first.
            if likeness > best or (found is None and likeness == best):
                best, found = likeness, entry
        return found

    def _matches(self, asked: str) -> Mapping[str, float]:
        """Words of the ladder that the asked one may mean → how sure that is, from 0 to 1."""
        sure: dict[str, float] = {}
        if asked in self.counts:
            sure[asked] = AS_WRITTEN
        for word in self.by_stem.get(stem(asked), ()):
            if are_forms(asked, word):
                sure.setdefault(word, SAME_STEM)
        return sure

    def _score(self, item: _Indexed, asked: list[str], matches: list[Mapping[str, float]]) -> tuple[float, int]:
        """The score of an entry, and how many of the asked words it lacks."""
        total, missing = 0.0, 0
        for match in matches:
            best = max(
                (
                    sure * (IN_NAME if word in item.name_words else IN_TEXT) * self._rarity(word)
                    for word, sure in match.items()
                    if word in item.name_words or word in item.text_words
                ),
                default=0.0,
            )
            total += best
            missing += not best
        together = " ".join(stem(word) for word in asked)
        if len(asked) > 1 and any(f" {together} " in f" {name} " for name in item.names_stemmed):
            total *= 1.5
        return total, missing

    def _rarity(self, word: str) -> float:
        return 1 + math.log(len(self.indexed) / self.counts[word])

    @staticmethod
    def _named(item: _Indexed, whole: str, whole_stemmed: str) -> float:
        """The points of a query that is one of the names as a whole."""
        if whole in item.names:
            return WHOLE_NAME
        return WHOLE_NAME_BY_STEM if whole_stemmed in item.names_stemmed else 0.0


def _likeness(asked: list[str], word: str, least: float) -> float:
    """How like a word the most like of those asked is, 0 to 1; 0 if that is below `least`.

    The beginning of a word is much like it. To compare two words costs much, to see that they are unlike by their
    lengths and letters little.
    """
    best, compared = 0.0, SequenceMatcher(None, b=word, autojunk=False)
    for one in asked:
        if len(one) > 2 and word.startswith(one):
            best = max(best, LIKE_ENOUGH)
        if 2 * min(len(one), len(word)) < least * (len(one) + len(word)):
            continue
        compared.set_seq1(one)
        if compared.quick_ratio() >= least:
            best = max(best, compared.ratio())
    return best if best >= least else 0.0


def _hit(entry: IndexEntry, score: float, meant: set[str]) -> Hit:
    title_words = set(words(entry.title))
    also = ""
    if not meant & title_words:
        # The name with most of the asked words.
        also = max(entry.names, key=lambda name: len(meant.intersection(words(name))), default="")
        also = also if meant.intersection(words(also)) else ""
    return Hit(entry, score, _parts(entry.title, meant), _parts(_excerpt(entry.text, meant), meant), also)


def _excerpt(text: str, meant: set[str]) -> str:
    """About EXCERPT characters around the first word that was meant, cut between words."""
    if len(text) <= EXCERPT:
        return text
    at = next((m.start() for m in _pieces(text) if meant.intersection(words(m[0]))), 0)
    start = max(0, at - EXCERPT // 3)
    if start:
        start = text.find(" ", start) + 1
    end = start + EXCERPT
    cut = text[start:end]
    if end < len(text):
        cut = cut.rsplit(" ", 1)[0] + " …"
    return f"… {cut}" if start else cut


def _pieces(text: str) -> Iterable[re.Match[str]]:
    return re.finditer(r"[^\W_]+(?:[&/’'][^\W_]+)*", text)


def _parts(text: str, meant: set[str]) -> tuple[Snippet, ...]:
    parts: list[Snippet] = []
    done = 0
    for match in _pieces(text):
        if meant.intersection(words(match[0])):
            parts += [Snippet(text[done : match.start()], hit=False), Snippet(match[0], hit=True)]
            done = match.end()
    parts.append(Snippet(text[done:], hit=False))
    return tuple(part for part in parts if part.text)
