"""Finds the core of a title: the words that make it a job of the craft, without its area, team and company. Pure.

"Senior Manager, Payments Product (EMEA)" has the core senior + manager + product; Payments and EMEA are its area.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ladder.titles.words import (
    CRAFT,
    DOUBTED,
    FILLERS,
    GRADES,
    HEADS,
    JOBS,
    MODIFIERS,
    NEUTRAL,
    NOT_HELD,
    NOT_HELD_AFTER,
    RANKS,
    ROLES,
    TITLE_WORDS,
    Word,
)

OWN_SCHEME = 0  # a grade such as L6, which means something else in each company
_COMPANY_GRADE = re.compile(r"^(l|ic|e|p|m)\d{1,2}$")
_HIGH_NUMBER = re.compile(r"^([6-9]|1[0-2])$")
_MANAGING = frozenset({"manager", "managers", "management"})
_RANKED = MODIFIERS | frozenset(RANKS)


@dataclass(frozen=True, slots=True)
class Core:
    """`words` are reduced to one spelling of the title; `doubtful` words may be ranks or belong to an area's name."""

    words: frozenset[str]
    start: int
    grade: int | None = None  # 1 to 5 as in PM II, OWN_SCHEME, or none
    doubtful: frozenset[str] = frozenset()
    short: bool = False  # the word of the craft was written as PM or the like
    tidy: bool = True  # its segment holds only title words


def reduced(words: frozenset[str]) -> frozenset[str]:
    """One spelling for titles that mean the same: "Director of Product Management" is a Director of Product.

    "managers" remains only where somebody may manage product managers. Empty where no title is left, as in
    "product management", which names a field and no rank.
    """
    left = words - {"management", "managers"}
    if "chief" in left and not left & ROLES:
        return left | {"officer"}
    if left == words:
        return words
    if left & (HEADS | ROLES - _MANAGING):
        return left
    if "manager" in left:
        return left | {"managers"}
    return left | {"manager"} if "managers" in words or left & TITLE_WORDS else frozenset()


def find_cores(words: Sequence[Word], marked: frozenset[int], other_jobs: frozenset[str]) -> list[Core]:
    """The craft’s titles in the words, in order. `marked` are the positions of words that name a specialisation."""
    return list(_Title(words, marked, other_jobs).cores())


class _Title:
    """The words of one title, and what its segments hold."""

    def __init__(self, words: Sequence[Word], marked: frozenset[int], other_jobs: frozenset[str]) -> None:
        self.words = words
        self.other_jobs = other_jobs
        self.marked = marked
        # The segments with nothing but title words in them, and those of them with a product of their own.
        self.tidy = {word.segment for word in words} - {
            word.segment for n, word in enumerate(words) if n not in marked and not _is_title_word(word.text)
        }
        self.with_product = {word.segment for word in words if word.text == CRAFT}

    def cores(self) -> Iterator[Core]:
        free = 0
        for at, word in enumerate(self.words):
            if word.text == CRAFT and at >= free:
                after, end = self._after(at)
                core, free = self._core(at, free, after, end)
                if core and core.words:
                    yield core

    def _core(self, at: int, free: int, after: list[str], end: int) -> tuple[Core | None, int]:
        """The core around the word of the craft at a position, and where the words behind it begin."""
        segment = self.words[at].segment
        following = [
            w.text for n, w in enumerate(self.words[end:], end) if w.segment == segment and n not in self.marked
        ]
        follows = following[0] if following else ""
        if follows in NOT_HELD_AFTER or (follows in self.other_jobs and not after):
            return None, end
        before = self._before(at, free, after)
        if before is None:
            return None, end
        grade, end = self._grade(at, free, end)
        # An unknown word follows: the name of an area, or the job itself, as in "Lead Product Wizard".
        loose = bool(follows) and grade is None and follows not in FILLERS | NEUTRAL
        if loose and not after and not {"head", "director", "vp"} & set(before):
            return None, end

        alone, beside = self._ranks_later(end)
        unsure = {*(_ranks_behind_role(after) if loose else ()), *beside}
        unsure |= {DOUBTED[word.text] for word in self.words[free:at] if word.text in DOUBTED}
        found = [*before, *(word for word in after if word not in unsure), *alone]
        if _may_manage_managers(found, before, after):
            found.append("managers")
        core = Core(
            words=reduced(frozenset({*found, CRAFT})),
            start=at - (0 if after else len(before)),
            grade=grade,
            doubtful=frozenset(unsure),
            short=self.words[at].short,
            tidy=segment in self.tidy,
        )
        return core, end

    def _after(self, at: int) -> tuple[list[str], int]:
        """The title words behind that word, and the position behind them."""
        found: list[str] = []
        end = at + 1
        start = at + 3 if self._is_shared(at) else at + 1
        for n, word in enumerate(self.words[start:], start):
            if word.segment != self.words[end - 1].segment and not self._is_only_title(word.segment):
                break
            if word.text in TITLE_WORDS:
                found.append(word.text)
                end = n + 1
            # Behind a role, "of" and "for" begin the area: Product Manager for Staff Tools.
            elif word.text not in FILLERS or set(found) & (ROLES | HEADS):
                break
        return found, end

    def _is_shared(self, at: int) -> bool:
        """Whether the role comes after a second function, as in Product and Technology Lead."""
        texts = [word.text for word in self.words[at + 1 : at + 4]]
        return len(texts) == 3 and texts[0] == "and" and texts[1] not in TITLE_WORDS and texts[2] in TITLE_WORDS

    def _before(self, at: int, free: int, after: list[str]) -> list[str] | None:
        """The title words before it, skipping those of an area; None if the person does not hold the job."""
        found: list[str] = []
        for n in range(at - 1, free - 1, -1):
            word = self.words[n]
            same = word.segment == self.words[at].segment
            if same and word.text in NOT_HELD:
                return None
            if not same and not self._is_only_title(word.segment):
                break
            if word.text in JOBS and after:
                break
            if word.text in TITLE_WORDS:
                if self._is_of_another_title(n, free, after):
                    break
                found.insert(0, word.text)
        return found

    def _is_of_another_title(self, n: int, free: int, after: list[str]) -> bool:
        """Whether a role or head belongs to the words before it: Marketing Director, Tech Lead, Account Manager."""
        text, following = self.words[n].text, self.words[n + 1]
        roles = set(after) & ROLES
        if text in ROLES and roles and not roles & {"management", "managers"}:
            return True
        if text not in ROLES | HEADS or n == free or self.words[n - 1].segment != self.words[n].segment:
            return False
        # "Payments Lead Product Manager" is a lead product manager of payments.
        if text == "lead" and after and following.text == CRAFT and following.segment == self.words[n].segment:
            return False
        previous = self.words[n - 1].text
        if previous in self.other_jobs:
            return True
        if text in {"head", "vp", "chief"} or _is_title_word(previous):
            return False
        return text != "director" or (n - 1 in self.marked and following.text not in FILLERS)

    def _ranks_later(self, end: int) -> tuple[list[str], list[str]]:
        """Ranks in later segments: alone as in "Product Manager, Payments (Senior)", or beside a specialisation."""
        special = {self.words[n].segment for n in self.marked}
        own = self.words[end - 1].segment
        ranks = [
            word
            for word in self.words[end:]
            if word.text in _RANKED and word.segment != own and self._is_only_title(word.segment)
        ]
        alone = [word.text for word in ranks if word.segment not in special]
        return alone, [word.text for word in ranks if word.segment in special]

    def _grade(self, at: int, free: int, end: int) -> tuple[int | None, int]:
        """A grade behind the title or alone in a later segment, and the position behind it; or one before the title."""
        own = self.words[end - 1].segment
        for n, word in enumerate(self.words[end:], end):
            inside = {other.text for other in self.words if other.segment == word.segment}
            if word.segment != own and not inside <= {"level", "grade", word.text}:
                break
            if word.text in GRADES:
                return GRADES[word.text], n + 1
            if _COMPANY_GRADE.match(word.text) or _HIGH_NUMBER.match(word.text):
                return OWN_SCHEME, n + 1
            if word.text not in {"level", "grade"}:
                break
        ahead = any(_COMPANY_GRADE.match(word.text) for word in self.words[free:at])
        return OWN_SCHEME if ahead else None, end

    def _is_only_title(self, segment: int) -> bool:
        return segment in self.tidy and segment not in self.with_product


def _ranks_behind_role(after: list[str]) -> list[str]:
    role = next((n for n, word in enumerate(after) if word in ROLES or word in HEADS), len(after))
    return [word for word in after[role + 1 :] if word in RANKS]


def _may_manage_managers(found: list[str], before: list[str], after: list[str]) -> bool:
    """Whether the title may be that of a manager of product managers: Senior Manager of Product, PM Manager."""
    return found.count("manager") > 1 or (not after and ("senior", "manager") in pairwise(before))


def _is_title_word(text: str) -> bool:
    return text == CRAFT or text in TITLE_WORDS or text in FILLERS or text in NEUTRAL or text in GRADES
