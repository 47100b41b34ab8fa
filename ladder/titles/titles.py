"""Which level a job title means: one, several to choose from, another profession, or none that we know. Pure.

The ladder says which titles there are; `ladder/titles/words.py` knows how people spell them. A title has three parts:
its *core* (the words that make it a job of the craft, as senior + product + manager), a specialisation, and the rest,
which is the area or the team and changes nothing. If a title can mean several levels, all are offered: a guess could
put a person on the wrong level without their noticing.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

from ladder.document.format import LadderDocument, OtherProfession
from ladder.titles.core import Core, find_cores, reduced
from ladder.titles.words import (
    CRAFT,
    FILLERS,
    HEADS,
    JOBS,
    MODIFIERS,
    NOT_HELD,
    NOT_HELD_AFTER,
    RANKS,
    ROLES,
    TITLE_WORDS,
    Spelling,
    Word,
    is_readable,
    plain,
    read_words,
    shown,
)
from people.texts import fold

type Status = Literal["match", "ambiguous", "other_profession", "unknown"]
type Translate = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class TitleCandidate:
    """A level that the title may mean, and a sentence on why, or on when to choose it."""

    level: str
    why: str


@dataclass(frozen=True, slots=True)
class TitleAnswer:
    """`candidates` has one item for a match, else the likeliest first; `explanation` tells another profession apart.

    A title that may also be one of another profession ("TPM") is ambiguous and has an explanation, perhaps with a
    single candidate.
    """

    query: str
    status: Status
    candidates: tuple[TitleCandidate, ...] = ()
    specialisation: str | None = None
    explanation: str | None = None
    # Addresses below /ladder/ that lead on from another profession.
    see: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "status": self.status,
            "candidates": [{"level": item.level, "why": item.why} for item in self.candidates],
            "specialisation": self.specialisation,
        }


@dataclass(frozen=True, slots=True)
class Option:
    """A level, and when to choose it in the ladder's own words, if it has any."""

    level: str
    why: str | None = None


def look_up(ladder: LadderDocument, query: str, translate: Translate = str) -> TitleAnswer:
    """What a title means on this ladder. Any text is accepted; `translate` translates the sentences of the answer."""
    return index_of(ladder).look_up(query, translate)


def suggest(ladder: LadderDocument, query: str, limit: int = 10) -> tuple[str, ...]:
    """At most `limit` known titles that match what was typed so far; for an empty query, the first of the ladder."""
    return index_of(ladder).suggest(query, limit)


def gettext_noop(text: str) -> str:
    """Mark a sentence for translation without importing Django; `translate` is applied where it is used."""
    return text


IS_NAME = gettext_noop("{title} is the name of this level.")
IS_ALIAS = gettext_noop("“{alias}” is another name for {title}.")
READS_AS = gettext_noop("“{query}” reads as {title}.")
BY_SCOPE = gettext_noop("Choose {title} if this is your scope: {scope}.")
IF_SHORT_FOR = gettext_noop("Choose {title} if “{short}” stands for “{long}”.")

# Beside a title of one word, these make it another one: "Principal (Architect)", "Lead – former Designer".
_NO_AREA = TITLE_WORDS | JOBS | NOT_HELD | NOT_HELD_AFTER


class TitleIndex:
    """All titles of one ladder, indexed for look-up."""

    def __init__(self, ladder: LadderDocument) -> None:
        self.ladder = ladder
        self._levels = {level.slug: level for level in ladder.levels}
        trunk = {track.slug for track in ladder.tracks if track.trunk}
        self._trunk = {level.slug for level in ladder.levels if level.track in trunk}
        promotions = [link for link in ladder.links if link.kind == "promotion"]
        self._next = {s: tuple(link.target for link in promotions if link.source == s) for s in self._levels}
        self._before = {s: tuple(link.source for link in promotions if link.target == s) for s in self._levels}
        names = [(name, lv.slug) for lv in ladder.levels for name in (lv.title, lv.short_title, *lv.aliases)]
        unclear = [(name, entry) for entry in ladder.ambiguous_titles for name in entry.titles]
        others = [(name, entry) for entry in ladder.other_professions for name in entry.titles]
        special = [(name, entry.slug) for entry in ladder.specialisations for name in entry.title_words]
        # A mistyped word is only corrected to words that the ladder uses.
        spelled = [name for name, _ in (*names, *unclear, *others, *special)]
        words = frozenset(word for name in spelled for word in plain(name).split())
        self._spelling = Spelling(words, ladder.title_words)
        # Short forms with more than one meaning, each spelled out.
        self._readings = {plain(short): readings for short, readings in ladder.title_words.readings.items()}

        self._special = sorted(((self._texts(name), slug) for name, slug in special), key=lambda found: -len(found[0]))
        self._others = [(self._texts(name), entry) for name, entry in others]
        self.known = tuple({plain(name): name for name in (*(n for n, _ in names), *(n for n, _ in unclear))}.values())
        self._spelled: dict[str, tuple[str, tuple[Option, ...]]] = {}
        self._options: dict[frozenset[str], tuple[Option, ...]] = {}
        for name, entry in unclear:
            options = tuple(Option(candidate.level, candidate.why) for candidate in entry.candidates)
            self._options[self._key(name)] = options
            self._spelled[plain(name)] = (name, options)
        settled = set(self._options)
        for name, slug in names:
            key = self._key(name)
            if not key - TITLE_WORDS:
                continue  # "Director" alone names no job of a craft
            held = self._options.get(key, ())
            if key not in settled and slug not in {option.level for option in held}:
                held = self._options[key] = (*held, Option(slug))
            self._spelled.setdefault(plain(name), (name, held if key in settled else (Option(slug),)))
        self._suggestions = [(name, self._typed_as(name)) for name in self.known]

    def look_up(self, query: str, translate: Translate = str) -> TitleAnswer:
        asked = shown(query)
        if not is_readable(query):
            return TitleAnswer(asked, "unknown")
        folded = fold(query)
        for short, readings in self._readings.items():
            if short in plain(folded).split():
                spelled = [re.sub(rf"\b{short}\b", reading, folded) for reading in readings]
                return self._of_readings(asked, short, spelled, translate)

        words = read_words(query, self._spelling)
        specialisation, marked = self._specialisation(words)
        name, options = self._spelled.get(plain(query), ("", ()))
        core: Core | None = None
        if not options:
            core, options = self._read(words, marked)
        other = self._other_profession(words, core)
        options = options or self._beside_an_area(words, marked, other)
        explanation, see = (other.explanation, other.see) if other else (None, ())
        # "PM (Project Manager)" spells out what PM stands for.
        if explanation and (not options or (core and core.short)):
            return TitleAnswer(asked, "other_profession", explanation=explanation, see=see)
        if not options:
            return TitleAnswer(asked, "unknown")
        if len(options) > 1:
            found = tuple(TitleCandidate(option.level, self._when(option, translate)) for option in options)
            return TitleAnswer(asked, "ambiguous", found, specialisation, explanation, see)
        why = self._why(options[0].level, name, asked, translate)
        return TitleAnswer(asked, "match", (TitleCandidate(options[0].level, why),), specialisation, explanation, see)

    def suggest(self, query: str, limit: int = 10) -> tuple[str, ...]:
        if limit <= 0 or not is_readable(query):
            return ()
        typed = plain(query).split()
        # The last word may not be typed to its end yet.
        whole = [word.text for word in read_words(" ".join(typed), self._spelling)]
        found = []
        for position, (name, words) in enumerate(self._suggestions):
            starts = all(any(word.startswith(part) for word in words) for part in typed)
            if starts or (whole and set(whole) <= words):
                found.append((not plain(name).startswith(tuple(typed[:1])), position, name))
        return tuple(name for _, _, name in sorted(found)[:limit])

    def _texts(self, name: str) -> tuple[str, ...]:
        return tuple(word.text for word in read_words(name, self._spelling))

    def _typed_as(self, name: str) -> set[str]:
        """What somebody may type of a name: its words, and those that its short forms stand for."""
        texts = self._texts(name)
        noun = plain(" ".join(self.ladder.title_words.craft[:1])).split() if CRAFT in texts else []
        return {*plain(name).split(), *texts, *noun}

    def _key(self, name: str) -> frozenset[str]:
        """What a name of the ladder is found by: the words of its core, or all of them where it has none."""
        words = read_words(name, self._spelling)
        cores = find_cores(words, frozenset(), self._spelling.other_jobs)
        return cores[0].words if cores else frozenset(word.text for word in words)

    def _specialisation(self, words: Sequence[Word]) -> tuple[str | None, frozenset[int]]:
        """The first specialisation in the title, and the positions of all words that name one."""
        texts = [word.text for word in words]
        marked: set[int] = set()
        first: tuple[int, str] | None = None
        for phrase, slug in self._special:
            for start in range(len(texts) - len(phrase) + 1):
                if tuple(texts[start : start + len(phrase)]) == phrase:
                    marked.update(range(start, start + len(phrase)))
                    first = min(first or (start, slug), (start, slug))
        return first[1] if first else None, frozenset(marked)

    def _read(self, words: Sequence[Word], marked: frozenset[int]) -> tuple[Core | None, tuple[Option, ...]]:
        """The first title of the craft in the words, and the options of all of them ("CPO / VP Product" holds two)."""
        first: Core | None = None
        found: list[Option] = []
        for core in find_cores(words, marked, self._spelling.other_jobs):
            if (first is None or core.tidy) and (options := self._graded(core)):
                first = first or core
                found.extend(options)
        if first:
            return first, _unique(found)
        # Titles of the ladder without "product" in them are found by all of their words.
        return None, self._options.get(frozenset(word.text for word in words), ())

    def _beside_an_area(
        self, words: Sequence[Word], marked: frozenset[int], other: OtherProfession | None
    ) -> tuple[Option, ...]:
        """What a title alone may mean that has only an area beside it: "Director, Checkout" asks back as Director does.

        Where the area is a profession of its own, as in "VP, Sales", that is what the title is about; Growth may be
        either.
        """
        segments = dict.fromkeys(word.segment for word in words)
        for own in segments if len(segments) > 1 else ():
            rest = [(n, word.text) for n, word in enumerate(words) if word.segment != own]
            options = self._options.get(frozenset(word.text for word in words if word.segment == own), ())
            has_another_job = any(text in _NO_AREA or text in self._spelling.other_jobs for _, text in rest)
            is_special = all(n in marked or text in FILLERS for n, text in rest)
            if len(options) > 1 and not has_another_job and (other is None or is_special):
                return options
        return ()

    def _graded(self, core: Core) -> tuple[Option, ...]:
        """The options for a core, with a grade such as II or L6 and doubtful ranks taken into account."""
        options = self._resolve(core.words)
        if core.doubtful and options:
            more = self._resolve(reduced(core.words | core.doubtful))
            options = _unique((*(Option(o.level) for o in options), *(Option(o.level) for o in more)))
        if len(options) != 1 or core.grade in {None, 2}:
            return options
        level = options[0].level
        ranked = bool(core.words & set(RANKS))
        if core.grade == 1:
            return options if ranked else _levels(level, *self._before[level])
        if core.grade == 0:  # a grade that means something else in each company
            return options if ranked else _levels(level, *self._next[level])
        if core.grade == 3:
            return _levels(*self._next[level], level) if self._in_trunk(level) else _levels(level, *self._next[level])
        above = self._next[level]
        return _levels(*above, *(further for slug in above for further in self._next[slug])) or options

    def _resolve(self, words: frozenset[str]) -> tuple[Option, ...]:  # noqa: PLR0911 – one rule after the other
        """The levels for the words of a core, likeliest first; empty when they make no title that we know.

        The ladder's own titles come first. Beyond them, "senior" and its like move a title by one level, an owner
        stands where the manager of that rank stands, and two ranks in one title are both offered.
        """
        if found := self._options.get(words):
            return found
        if "managers" in words:  # manages product managers, or is the manager of one product
            base = words - {"managers"}
            above = base - {"senior"}
            return self._resolve(base) if above & set(RANKS) else self._offer(above | {"group"}, base)
        for modifier in () if {"junior", "lead"} <= words else sorted(words & MODIFIERS, reverse=True):
            if base_options := self._resolve(words - {modifier}):
                return self._moved(base_options, up=modifier in {"senior", "executive"})
        if "owner" in words:
            rank = {"lead"} if "chief" in words else set()
            return self._resolve(words - {"owner", "chief"} | rank | {"manager"})
        ranks = [rank for rank in RANKS if rank in words]
        if len(ranks) > 1:
            return self._offer(*(words - set(ranks) | {rank} for rank in ranks))
        if "manager" in words and words & HEADS:
            return self._offer(words - {"manager"}, words - HEADS)
        if not words & (ROLES | HEADS) and words & {"junior", "senior", "principal", "group"}:
            return self._resolve(words | {"manager"})
        return ()

    def _offer(self, *readings: frozenset[str]) -> tuple[Option, ...]:
        return _unique(option for words in readings for option in self._resolve(words))

    def _moved(self, options: tuple[Option, ...], *, up: bool) -> tuple[Option, ...]:
        """What a title means with "senior" (or, downwards, "associate") before it that the ladder does not know."""
        if len(options) == 1:
            level = options[0].level
            if not up:
                return _levels(*self._before[level], level)
            return _levels(*self._next[level], level) if self._in_trunk(level) else _levels(level, *self._next[level])
        if not up:
            return options
        raised = [self._next[option.level][0] if self._in_trunk(option.level) else option.level for option in options]
        return _unique(o if o.level == to else Option(to) for o, to in zip(options, raised, strict=True))

    def _in_trunk(self, level: str) -> bool:
        """Whether the level has one next level in the trunk, so that a rank more can only mean that one."""
        return level in self._trunk and len(self._next[level]) == 1

    def _other_profession(self, words: Sequence[Word], core: Core | None) -> OtherProfession | None:
        """The profession if the title is, or begins with, one of another; else None."""
        plain_words = [(n, word) for n, word in enumerate(words) if word.text not in FILLERS]
        found: list[tuple[int, int, int]] = []
        for number, (phrase, _other) in enumerate(self._others):
            forms = {phrase}
            if len(phrase) == 2 and phrase[1] in {"manager", "management"}:
                heads = (*sorted(HEADS), "manager", "managers", "management", "coordinator", "officer")
                forms |= {pair for head in heads for pair in ((phrase[0], head), (head, phrase[0]))}
            for start in range(len(plain_words)):
                some = tuple(word.text for _, word in plain_words[start : start + len(phrase)])
                position = plain_words[start][0]
                if some in forms and (core is None or self._stands_alone(words, position, core)):
                    found.append((position, -len(phrase), number))
        return self._others[min(found)[2]][1] if found else None

    @staticmethod
    def _stands_alone(words: Sequence[Word], position: int, core: Core) -> bool:
        """Whether another profession counts beside a product title: if it comes first or has a segment to itself."""
        if position < core.start:
            return True
        segment = words[position].segment
        inside = [word.text for word in words if word.segment == segment]
        return segment != words[core.start].segment and len(inside) <= 2

    def _of_readings(self, asked: str, short: str, readings: list[str], translate: Translate) -> TitleAnswer:
        """A short form with several meanings: each that is a title of the craft is offered, the other explained."""
        answers = [self.look_up(reading, translate) for reading in readings]
        found: dict[str, TitleCandidate] = {}
        for answer, long in zip(answers, self._readings[short], strict=True):
            for candidate in answer.candidates:
                if len(answer.candidates) == 1:
                    title = self._levels[candidate.level].title
                    why = translate(IF_SHORT_FOR).format(title=title, short=short.upper(), long=long)
                    found.setdefault(candidate.level, TitleCandidate(candidate.level, why))
                else:
                    found.setdefault(candidate.level, candidate)
        explained = next((answer for answer in answers if answer.explanation), TitleAnswer(asked, "unknown"))
        explanation, see = explained.explanation, explained.see
        specialisation = next((answer.specialisation for answer in answers if answer.candidates), None)
        if not found:
            return TitleAnswer(
                asked, "other_profession" if explanation else "unknown", explanation=explanation, see=see
            )
        status: Status = "ambiguous" if explanation or len(found) > 1 else "match"
        return TitleAnswer(asked, status, tuple(found.values()), specialisation, explanation, see)

    def _when(self, option: Option, translate: Translate) -> str:
        level = self._levels[option.level]
        return option.why or translate(BY_SCOPE).format(title=level.title, scope=level.scope)

    def _why(self, slug: str, name: str, asked: str, translate: Translate) -> str:
        title = self._levels[slug].title
        if not name:
            return translate(READS_AS).format(query=asked, title=title)
        if plain(name) == plain(title):
            return translate(IS_NAME).format(title=title)
        return translate(IS_ALIAS).format(alias=name, title=title)


def _unique(options: Iterable[Option]) -> tuple[Option, ...]:
    """Each level once, in order of first appearance, with the ladder's own words if any option has them."""
    found: dict[str, Option] = {}
    for option in options:
        if found.setdefault(option.level, option).why is None:
            found[option.level] = option
    return tuple(found.values())


def _levels(*slugs: str) -> tuple[Option, ...]:
    return tuple(Option(slug) for slug in dict.fromkeys(slugs))


@dataclass(frozen=True, slots=True, eq=False)
class _ById:
    """A key of the cache that compares ladders by identity: a ladder holds maps and has no hash."""

    ladder: LadderDocument

    def __hash__(self) -> int:
        return id(self.ladder)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ById) and other.ladder is self.ladder


@lru_cache(maxsize=32)
def _cached(key: _ById) -> TitleIndex:
    return TitleIndex(key.ladder)


def index_of(ladder: LadderDocument) -> TitleIndex:
    """The index of a ladder, built once and cached."""
    return _cached(_ById(ladder))
