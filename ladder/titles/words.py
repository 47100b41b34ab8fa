"""Reads the words of job titles: how people spell, shorten and mistype them. Pure.

Which title belongs to which level, and the words of the craft, are for the ladder to say. Where its word is "product",
`read_words` turns "Sr. Prodcut Mgr, Payments" into the words senior, CRAFT, manager and payments, each with its
segment.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from ladder.document.format import TitleWords
from people.texts import fold

# Stands for the word of the craft; no title can hold it.
CRAFT = "*"

# Ranks say how senior a person is, roles what they do. Lead, head, director and vp are both.
RANKS = ("junior", "mid", "senior", "lead", "staff", "group", "principal", "head", "director", "vp", "chief")
HEADS = frozenset({"lead", "head", "director", "vp", "chief"})
MODIFIERS = frozenset({"senior", "executive", "junior", "deputy"})
ROLES = frozenset(
    {"manager", "managers", "management", "owner", "coordinator", "analyst", "specialist", "architect", "officer"}
)
TITLE_WORDS = ROLES | MODIFIERS | set(RANKS)
FILLERS = frozenset("of for the a and und et de du da do des del di la le in innen team department dept".split())  # noqa: SIM905
GRADES = {"i": 1, "ii": 2, "iii": 3, "iv": 4, "v": 5, "1": 1, "2": 2, "3": 3, "4": 4, "5": 5}

# Words that leave the level of a title as it is.
NEUTRAL = frozenset("global regional international interim acting fractional freelance founding co digital".split())  # noqa: SIM905
# Jobs by themselves: a rank before one of them does not belong to the craft's title.
JOBS = frozenset(
    """engineer engineers developer designer scientist researcher writer consultant trainer marketer strategist
    founder recruiter tester accountant programmer""".split()  # noqa: SIM905 – reads better as one text
)
# Read as written, but so close to a rank, in letters or in meaning, that both readings are offered.
DOUBTED = {
    **dict.fromkeys(("stuff", "stiff"), "staff"),
    **dict.fromkeys(("led", "leed", "leading"), "lead"),
    **dict.fromkeys(("expert", "experienced", "advisory"), "senior"),
    "managing": "group",
}
# Before a title, these say that the person does not hold it; the second set says so right after it.
NOT_HELD = frozenset(
    """aspiring former formerly ex future retired not to recruiting recruiter assistantto chiefofstaff""".split()  # noqa: SIM905
)
NOT_HELD_AFTER = frozenset("recruiter recruiters recruiting coach trainer student interview salary".split())  # noqa: SIM905

# Spelling → the words it stands for. Keys are folded (see `fold`).
SPELLINGS = {
    **dict.fromkeys(("sr", "snr", "sen"), "senior"),
    **dict.fromkeys(("jr", "jnr", "jun", "associate", "assoc", "assistant", "asst", "trainee", "graduate"), "junior"),
    **dict.fromkeys(("intern", "internship", "apprentice", "rotational", "werkstudent", "praktikant"), "junior"),
    **dict.fromkeys(("midlevel", "intermediate"), "mid"),
    "distinguished": "principal",
    **dict.fromkeys(("mgr", "mngr", "mgrs"), "manager"),
    **dict.fromkeys(("mgmt", "mgt", "mngmt"), "management"),
    **dict.fromkeys(("dir", "directors"), "director"),
    **dict.fromkeys(("exec",), "executive"),
    **dict.fromkeys(("princ", "prin"), "principal"),
    **dict.fromkeys(("leader", "teamlead"), "lead"),
    **dict.fromkeys(("owners",), "owner"),
    **dict.fromkeys(("coord",), "coordinator"),
    **dict.fromkeys(("projects", "proj"), "project"),
    **dict.fromkeys(("programs", "programme", "programmes"), "program"),
    "svp": "senior vp",
    "evp": "executive vp",
    "avp": "junior vp",
    "scrummaster": "scrum master",
    # Other languages, where the words mean the same job.
    **dict.fromkeys(("gerente", "jefe", "jefa", "gestor", "gestora", "menedzer"), "manager"),
    **dict.fromkeys(("directeur", "directrice", "directora", "direttore", "direttrice"), "director"),
    **dict.fromkeys(("diretor", "diretora"), "director"),
    **dict.fromkeys(("leiter", "leiterin", "leitung", "bereichsleiter", "bereichsleiterin", "hoofd"), "head"),
    **dict.fromkeys(("teamleiter", "teamleiterin", "leitender", "leitende"), "lead"),
    **dict.fromkeys(("projekt", "projet", "proyecto", "proyectos", "progetto", "projeto"), "project"),
    **dict.fromkeys(("projektmanager", "projektmanagerin", "projektleiter", "projektleiterin"), "project manager"),
}  # fmt: skip
# Words that mean something else together than alone. Matched before the table above is applied.
PHRASES = {
    "vice president": "vp",
    "v p": "vp",
    "mid level": "mid",
    "entry level": "junior",
    "co ordinator": "coordinator",
    "team lead": "lead",
    "team head": "head",
    "team leader": "lead",
    "scrum masters": "scrum master",
    "chef de projet": "project manager",
    "cheffe de projet": "project manager",
    "chief of staff": "chiefofstaff",
    "assistant to": "assistantto",
    "lead generation": "leadgeneration",
    "lead gen": "leadgeneration",
    "senior living": "seniorliving",
    "senior care": "seniorcare",
    "staff experience": "staffexperience",
    "group travel": "grouptravel",
    "group booking": "groupbookings",
    "group bookings": "groupbookings",
    "ai assistant": "ai assistants",
    "voice assistant": "voice assistants",
    "virtual assistant": "virtual assistants",
    "digital assistant": "digital assistants",
}
# Real words one slip away from a title word; correcting them would change what was meant.
AS_WRITTEN = frozenset(
    """stuff stiff staffs staffing sensor sensors seniors juniors groups grout chef thief office offices officers
    produce produced producer producers production protect projector manage managed manages managing doctor sector
    directory direction directorate rector resident president programmer programmers programming trainer interns
    internal interim intend tower power order owned analysis analysts assistants assistance associates associated
    leaders header heads leads specialists architects architecture""".split()  # noqa: SIM905
)

QUERY_LIMIT = 200
_LONGEST_TYPO = 18
_LONGEST_SHORT = 3
_MANAGES = re.compile(rf"{re.escape(CRAFT)} managers?$")


@dataclass(frozen=True, slots=True)
class Word:
    """A word of a title; `segment` counts the parts between commas, dashes, brackets and the like."""

    text: str
    segment: int
    short: bool = False  # written as PM, SPM or the like, which other professions use, too


def shown(query: str) -> str:
    """The query on one line of at most QUERY_LIMIT characters, without control characters and lone surrogates."""
    text = query[: QUERY_LIMIT * 2].encode("utf-8", "replace").decode()
    text = "".join(" " if unicodedata.category(c) in {"Cc", "Cf", "Cn", "Co"} else c for c in text)
    text = " ".join(text.split())
    return text if len(text) <= QUERY_LIMIT else text[: QUERY_LIMIT - 1] + "…"


def is_readable(query: str) -> bool:
    """Whether it can be a title: not too long, and without control characters and lone surrogates."""
    if len(query) > QUERY_LIMIT:
        return False
    return all(c in "\t\r\n" or unicodedata.category(c) not in {"Cc", "Cs"} for c in query)


# What follows, up to the next separator, is the name of a company and says nothing about the job.
_COMPANY = re.compile(r"(?:@|(?<=\w)\s+at\s)[^,;|()\[\]:•·–—]*?(?=\s-\s|[,;|()\[\]:•·–—]|$)")
_SEGMENT = re.compile(r"\s-+\s|\s-+$|[,;|/()\[\]{}:•·–—\n]")


def plain(text: str) -> str:
    """Folded words with single spaces: the same for spellings that differ only in case, accents and punctuation."""
    return " ".join(re.findall(r"[^\W_]+", fold(text)))


def distance(one: str, other: str) -> int:
    """Damerau–Levenshtein distance (optimal string alignment): letters added, dropped, changed or swapped."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        row = [i]
        for j, b in enumerate(other, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                best = min(best, before[j - 2] + 1)
            row.append(best)
        before, last = last, row
    return last[-1]


class Spelling:
    """Finds the known word that a mistyped one stands for; never turns one known word into another.

    `spellings` and `phrases` are how words of titles, and several of them together, are written otherwise.
    """

    def __init__(self, words: frozenset[str], craft: TitleWords) -> None:
        nouns = [plain(noun) for noun in craft.craft]
        own = {plain(key): plain(value) for key, value in (craft.spellings | craft.phrases).items()}
        for noun in nouns:
            own = {key: re.sub(rf"\b{noun}\b", CRAFT, value) for key, value in own.items()} | {noun: CRAFT}
        # Short for a manager's title, as PM: managers of something else are called so, too.
        self.initials = frozenset(
            key for key, value in own.items() if len(key) <= 4 and key.isascii() and _MANAGES.search(value)
        )
        self.other_jobs = frozenset(map(plain, craft.other_jobs))
        self.spellings = {fold(key): value for key, value in SPELLINGS.items()}
        self.spellings |= {key: value for key, value in own.items() if " " not in key}
        self.phrases = {tuple(key.split()): value for key, value in (PHRASES | own).items() if " " in key}
        self.longest_phrase = max(map(len, self.phrases))
        self._shortest = sorted(key for key in own if len(key) <= _LONGEST_SHORT and key.isascii())
        phrase_words = {word for phrase in self.phrases for word in phrase}
        known = {*words, *TITLE_WORDS, *FILLERS, *self.spellings, *phrase_words, *NEUTRAL, *self.other_jobs}
        self._exact = known | AS_WRITTEN | NOT_HELD | NOT_HELD_AFTER | DOUBTED.keys()
        # How many slips are forgiven: two in long words, none in short ones; one in our own table of spellings.
        self._slips = {spelling: 1 for spelling in self.spellings if len(spelling) >= 8}
        noun_words = {word for noun in nouns for word in noun.split()}
        titles = {*noun_words, "president", *TITLE_WORDS, *words}
        self._slips |= {word: 2 if len(word) >= 8 else 1 for word in titles if len(word) >= 5}
        # Indexed by what is left when letters are dropped: comparing with every known word would be too slow.
        self._without: dict[str, set[str]] = {}
        for word, slips in self._slips.items():
            for rest in _drop(word, slips):
                self._without.setdefault(rest, set()).add(word)

    def correct(self, word: str) -> str:
        """The known word that is meant; the word as it is if it is known, if none is near, or if two are as near."""
        if word in self._exact or not 4 <= len(word) <= _LONGEST_TYPO or not word.isalpha():
            return word
        found = {known for rest in _drop(word, 2) for known in self._without.get(rest, ())}
        near = sorted((distance(word, known), known) for known in found)
        near = [(d, known) for d, known in near if d <= self._slips[known] and len(word) >= d + 3]
        if not near:
            return word
        # Spellings of one word ("directeur", "director") are no rivals.
        nearest = {self.spellings.get(known, known) for d, known in near if d == near[0][0]}
        return near[0][1] if len(nearest) == 1 else word

    def graded(self, word: str) -> tuple[str, ...]:
        """A short form and the grade behind it, as in PM2; else the word."""
        short, grade = word[:-1], word[-1:]
        return (short, grade) if grade.isascii() and grade.isdigit() and short in self._shortest else (word,)


def _drop(word: str, letters: int) -> set[str]:
    """The word, and everything that is left of it when up to so many letters are dropped."""
    reached = fresh = {word}
    for _ in range(letters):
        fresh = {rest[:i] + rest[i + 1 :] for rest in fresh for i in range(len(rest))}
        reached = reached | fresh
    return reached


def read_words(text: str, spelling: Spelling) -> tuple[Word, ...]:
    """The words of a title in order, spelled out and corrected, without companies ("@ Acme")."""
    words: list[Word] = []
    segments = _SEGMENT.split(_COMPANY.sub(" ", re.sub(r"[&+]", " and ", fold(text))))
    for number, segment in enumerate(segments):
        parts: list[str] = []
        for raw in re.findall(r"[^\W_]+", segment):
            parts.extend(spelling.correct(part) for part in spelling.graded(raw))
        for part in _join_phrases(parts, spelling):
            spelled = spelling.spellings.get(part, part).split()
            words.extend(Word(word, number, part in spelling.initials) for word in spelled)
    return tuple(words)


def _join_phrases(words: list[str], spelling: Spelling) -> Iterable[str]:
    position = 0
    while position < len(words):
        for length in range(spelling.longest_phrase, 1, -1):
            joined = spelling.phrases.get(tuple(words[position : position + length]))
            if joined:
                yield from joined.split()
                position += length
                break
        else:
            yield words[position]
            position += 1
