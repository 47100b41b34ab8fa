"""What scoring takes in and gives back: a ladder reduced to its numbers, answers, and a result with its JSON."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final, Literal

from ladder.document.kinds import MUST_HAVE, STEPS_MAX

RULE: Final = 2
"""The rule that this code applies. Stored results name theirs, and are never computed anew unasked."""
LOWEST_STEP: Final = 0
NO_CHANCE: Final = "no_chance"
BEFORE_FIRST: Final = "before-first"
"""How JSON names a place below the first level; in Python that place is None."""

type Answer = int | Literal["no_chance"]
"""A step 0..n (0 is a rating: "not yet"), or that there was no opportunity to do it at work."""
type Answers = Mapping[str, Answer | None]
"""Competency to answer. A missing key and None both mean: not answered."""


class ScoringError(ValueError):
    """Input that cannot be scored; the message is one line that a person can read."""


class Verdict(StrEnum):
    """How a profile compares with one level, ordered not_yet < close < meets; text would sort by the alphabet."""

    NOT_YET = "not_yet"
    CLOSE = "close"
    MEETS = "meets"

    @property
    def rank(self) -> int:
        """0 for not_yet, 1 for close, 2 for meets."""
        return _RANKS[self.value]

    def __lt__(self, other: str) -> bool:
        return self.rank < Verdict(other).rank

    def __le__(self, other: str) -> bool:
        return self.rank <= Verdict(other).rank

    def __gt__(self, other: str) -> bool:
        return self.rank > Verdict(other).rank

    def __ge__(self, other: str) -> bool:
        return self.rank >= Verdict(other).rank


_RANKS: Final = {verdict.value: rank for rank, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class ScoringExpectation:
    """What one level asks in one competency: step 0..n, weight 0..3 (3 is a must-have, 0 not expected, with step 0)."""

    step: int
    weight: int

    def __post_init__(self) -> None:
        # The laws of the rule (monotone, bounded, a shortest way that ends) hold within these bounds only.
        if not (LOWEST_STEP <= self.step <= STEPS_MAX and 0 <= self.weight <= MUST_HAVE):
            raise ValueError(
                f"expected step {self.step} with weight {self.weight} is outside steps 0..9 and weights 0..3"
            )
        if self.weight == 0 and self.step != 0:
            raise ValueError(f"expected step {self.step} has weight 0: what is not expected has step 0")


@dataclass(frozen=True, slots=True)
class ScoringPolicy:
    """The numbers a ladder decides on: two shares with 0 <= close_at <= meets_at <= 1, two counts from 0."""

    meets_at: Fraction
    close_at: Fraction
    close_max_blockers: int
    close_max_short: int

    def __post_init__(self) -> None:
        if not 0 <= self.close_at <= self.meets_at <= 1:
            raise ValueError(f"close_at {self.close_at} and meets_at {self.meets_at} must rise within 0..1")
        if self.close_max_blockers < 0 or self.close_max_short < 0:
            raise ValueError("close_max_blockers and close_max_short must not be negative")


# Compared by identity: what follows from a ladder alone is kept under it.
@dataclass(frozen=True, slots=True, eq=False)
class ScoringLadder:
    """One published version of a ladder, reduced to what scoring needs.

    steps            n, the highest step
    described        competency -> its steps that have a sentence, rising; only these are offered or moved to, and 0
    competencies     slugs in ladder order
    levels           slugs, lowest first; the order of the output
    track_of         level -> track; levels on the trunk may name the trunk or be left out
    bands            level -> how high it stands; levels of one band are neighbours on different tracks
    paths            track -> trunk + its levels, lowest first; without the trunk itself, in the order of the ladder
    next_levels      level -> the levels one promotion up; none for a top level
    crossings        level -> the levels that one can cross to from it; a level without any may be left out
    expectations     level -> competency -> expectation; a competency left out is not expected
    specialisations  slug -> competency -> steps added
    trunk            the levels that all paths share
    """

    slug: str
    version: int | None
    steps: int
    described: Mapping[str, tuple[int, ...]]
    competencies: tuple[str, ...]
    levels: tuple[str, ...]
    track_of: Mapping[str, str]
    bands: Mapping[str, int]
    paths: Mapping[str, tuple[str, ...]]
    next_levels: Mapping[str, tuple[str, ...]]
    crossings: Mapping[str, tuple[str, ...]]
    expectations: Mapping[str, Mapping[str, ScoringExpectation]]
    policy: ScoringPolicy
    specialisations: Mapping[str, Mapping[str, int]]
    trunk: frozenset[str]

    def __post_init__(self) -> None:
        if not self.paths:
            raise ValueError(f"ladder {self.slug!r} has no path to place anyone on")
        for level in self.levels:
            if level not in self.trunk and self.track_of.get(level) not in self.paths:
                raise ValueError(f"level {level!r} is neither on the trunk nor on a track that has a path")

    def track_for(self, level: str) -> str:
        """The track whose path a level is on; the first one for a level on the trunk."""
        return next(iter(self.paths)) if level in self.trunk else self.track_of[level]

    def above(self, competency: str, step: int) -> int | None:
        """The next step up that has a sentence; None above the highest."""
        return next((higher for higher in self.described[competency] if higher > step), None)

    def below(self, competency: str, step: int) -> int | None:
        """The next step down that has a sentence, or 0; None below 0."""
        if step <= LOWEST_STEP:
            return None
        return max((lower for lower in self.described[competency] if lower < step), default=LOWEST_STEP)


@dataclass(frozen=True, slots=True)
class Range[T]:
    """What a figure is with every unknown at step 0 (low) and with every unknown at the highest step (high)."""

    low: T
    high: T

    @property
    def settled(self) -> bool:
        """Whether both ends agree, so that no further answer can change the figure."""
        return self.low == self.high


@dataclass(frozen=True, slots=True)
class Term:
    """One line of a level's sum: credit = weight x min(step, expected), out of asked = weight x expected."""

    competency: str
    weight: int
    expected: int
    answer: Answer | None
    credit: Range[int]
    asked: int

    @property
    def must_have(self) -> bool:
        """Whether the level is out of reach without it, whatever the readiness."""
        return self.weight == MUST_HAVE

    def as_json(self) -> dict[str, Any]:
        """Return the term as JSON values; an unknown keeps its answer: "no_chance" or null."""
        return {
            "competency": self.competency,
            "weight": self.weight,
            "expected": self.expected,
            "answer": self.answer,
            "credit": {"low": self.credit.low, "high": self.credit.high},
            "asked": self.asked,
        }


@dataclass(frozen=True, slots=True)
class MustHaves:
    """The must-haves of one level, each in one of three states, in ladder order."""

    met: tuple[str, ...]
    short: tuple[str, ...]
    not_rated: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """Return the three lists as JSON values."""
        return {"met": list(self.met), "short": list(self.short), "not_rated": list(self.not_rated)}


@dataclass(frozen=True, slots=True)
class LevelResult:
    """How the answers compare with one level. Readiness is sum(credit) / sum(asked) over `terms`, 0..1."""

    readiness: Range[Fraction]
    verdict: Range[Verdict]
    must_haves: MustHaves
    terms: tuple[Term, ...]

    def as_json(self, *, with_terms: bool = False) -> dict[str, Any]:
        """Return the level as JSON values, with its sum only where asked for."""
        document: dict[str, Any] = {
            "readiness": {"low": str(self.readiness.low), "high": str(self.readiness.high)},
            "verdict": {"low": self.verdict.low.value, "high": self.verdict.high.value},
            "must_haves": self.must_haves.as_json(),
        }
        if with_terms:
            document["terms"] = [term.as_json() for term in self.terms]
        return document


@dataclass(frozen=True, slots=True)
class Place:
    """Where the answers stand on one track: the highest level met. None is below the track's first level.

    named      whether that can be said: high is at most one level above low
    so_far     where the answers stand if the rest is as the level held asks; BEFORE_FIRST below the first level; None
               where the place is named, nothing is rated, or a must-have of the level held has no answer yet
    holes      levels below the low place that no further answer can make met: they never lower the place
    unsettled  levels below the low place that only unknown answers keep from being met
    """

    low: str | None
    high: str | None
    named: bool = True
    so_far: str | None = None
    holes: tuple[str, ...] = ()
    unsettled: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Return the place as JSON values."""
        return {
            "low": self.low or BEFORE_FIRST,
            "high": self.high or BEFORE_FIRST,
            "named": self.named,
            "so_far": self.so_far,
            "holes": list(self.holes),
            "unsettled": list(self.unsettled),
        }


@dataclass(frozen=True, slots=True)
class Gap:
    """A rated competency short of what the target asks: gap = expected - step, from 1."""

    competency: str
    step: int
    expected: int
    weight: int

    @property
    def must_have(self) -> bool:
        """Whether this gap alone keeps the level from being met."""
        return self.weight == MUST_HAVE

    @property
    def gap(self) -> int:
        """How many steps are missing."""
        return self.expected - self.step

    def as_json(self) -> dict[str, Any]:
        """Return the gap as JSON values."""
        return {
            "competency": self.competency,
            "step": self.step,
            "expected": self.expected,
            "weight": self.weight,
            "must_have": self.must_have,
            "gap": self.gap,
        }


@dataclass(frozen=True, slots=True)
class Strength:
    """A rated competency above what the target asks: surplus = step - expected, from 1. It earns no credit."""

    competency: str
    step: int
    expected: int
    weight: int

    @property
    def surplus(self) -> int:
        """How many steps above what is asked."""
        return self.step - self.expected


@dataclass(frozen=True, slots=True)
class Raise:
    """One competency's part of the shortest way: from the step rated to the step that would do."""

    competency: str
    from_step: int
    to_step: int

    def as_json(self) -> dict[str, Any]:
        """Return the raise as JSON values."""
        return {"competency": self.competency, "from": self.from_step, "to": self.to_step}


@dataclass(frozen=True, slots=True)
class TargetResult:
    """What lies between the answers and one target level; every list keeps to what that level asks (weight > 0)."""

    gaps: tuple[Gap, ...]
    exposure: tuple[str, ...]
    unanswered: tuple[str, ...]
    strengths: tuple[Strength, ...]
    shortest_way: tuple[Raise, ...]
    settles: tuple[str, ...]

    @property
    def focus(self) -> tuple[str, ...]:
        """The competencies of the first three gaps."""
        return tuple(gap.competency for gap in self.gaps[:3])

    def as_json(self) -> dict[str, Any]:
        """Return the target as JSON values; strengths as slugs, like focus."""
        return {
            "gaps": [gap.as_json() for gap in self.gaps],
            "focus": list(self.focus),
            "exposure": list(self.exposure),
            "unanswered": list(self.unanswered),
            "strengths": [strength.competency for strength in self.strengths],
            "shortest_way": [step.as_json() for step in self.shortest_way],
            "settles": list(self.settles),
        }


@dataclass(frozen=True, slots=True)
class Move:
    """One rating moved by one step that changes the low place, and the place it leads to (None: before the first)."""

    competency: str
    to_step: int
    place: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the move as JSON values."""
        return {"competency": self.competency, "to": self.to_step, "place": self.place or BEFORE_FIRST}


@dataclass(frozen=True, slots=True)
class Firmness:
    """Whether the low place on the person's track withstands moving any one rating by one step, up or down."""

    track: str
    moved_by: tuple[Move, ...]

    @property
    def firm(self) -> bool:
        """False is what the report calls a close call."""
        return not self.moved_by

    def as_json(self) -> dict[str, Any]:
        """Return the firmness as JSON values."""
        return {"track": self.track, "firm": self.firm, "moved_by": [move.as_json() for move in self.moved_by]}


@dataclass(frozen=True, slots=True)
class Result:
    """All that follows from one person's answers: keyed by level, by track and by target level, in ladder order.

    held     the level said, or the one assumed where none was
    wishes   the levels the person looks at: the chosen ones, else those that follow on the level held
    track    the person's own, for headline, picture and firmness
    aims     the levels that advice is about, right after the place; `targets` holds them and then the wishes
    """

    ladder: str
    version: int | None
    levels: Mapping[str, LevelResult]
    places: Mapping[str, Place]
    held: str
    wishes: tuple[str, ...]
    track: str
    aims: tuple[str, ...]
    targets: Mapping[str, TargetResult]
    firmness: Firmness

    @property
    def place(self) -> Place:
        """On the person's own track."""
        return self.places[self.track]

    def as_json(self, *, with_terms: bool = False) -> dict[str, Any]:
        """Return plain JSON values, fractions as text like "17/20"; with_terms adds each level's sum line by line."""
        ladder = {"slug": self.ladder, "version": self.version}
        return {
            "rule": RULE,
            "ladder": ladder,
            # As results of rule 1 name it: who reads both need not tell them apart.
            "framework": ladder,
            "levels": {slug: level.as_json(with_terms=with_terms) for slug, level in self.levels.items()},
            "places": {track: place.as_json() for track, place in self.places.items()},
            "track": self.track,
            "aims": list(self.aims),
            "targets": {slug: target.as_json() for slug, target in self.targets.items()},
            "firmness": self.firmness.as_json(),
        }
