"""The rule for one level: what it asks, what the answers earn, and the checks on what comes in."""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import Final, NamedTuple

from assessments.scoring.values import (
    LOWEST_STEP,
    NO_CHANCE,
    Answer,
    Answers,
    LevelResult,
    MustHaves,
    Range,
    ScoringError,
    ScoringLadder,
    ScoringPolicy,
    Term,
    Verdict,
)
from ladder.document.kinds import MUST_HAVE, SPECIALIST_WEIGHT, raised

_LONGEST_QUOTE: Final = 60


class Ask(NamedTuple):
    """One competency a level expects, the specialisation already added: weight 1..3, step 1..n."""

    competency: str
    weight: int
    step: int


type Asks = tuple[Ask, ...]
type Steps = Mapping[str, int]


# What comes in


def checked_answers(ladder: ScoringLadder, answers: Answers) -> dict[str, Answer]:
    """Return the answers given, in ladder order, without those left open."""
    for competency, answer in answers.items():
        if competency not in ladder.competencies:
            raise ScoringError(f"unknown competency {_quoted(competency)}")
        if answer is None or answer == NO_CHANCE:
            continue
        # JSON's true is an int to Python, but nobody who writes it means step 1.
        if isinstance(answer, bool) or not isinstance(answer, int) or not LOWEST_STEP <= answer <= ladder.steps:
            raise ScoringError(
                f"{competency}: {_quoted(answer)} is not an answer;"
                f' give a step, a whole number from {LOWEST_STEP} to {ladder.steps}, or "{NO_CHANCE}"'
            )
    # Ladder order from here on, so that the result can't depend on the order in which answers were given.
    return {name: answer for name in ladder.competencies if (answer := answers.get(name)) is not None}


def checked_levels(ladder: ScoringLadder, held: str | None, targets: Sequence[str] | None) -> tuple[str, ...]:
    """Return the wishes: the chosen targets, each once, else the levels that follow on the held one."""
    for level in (held, *(targets or ())):
        if level is not None and level not in ladder.levels:
            raise ScoringError(f"unknown level {_quoted(level)}")
    if targets:
        return tuple(dict.fromkeys(targets))
    return () if held is None else tuple(ladder.next_levels.get(held, ()))


def checked_bonus(ladder: ScoringLadder, specialisation: str | None) -> Mapping[str, int]:
    """Return the steps that the specialisation adds, by competency."""
    if specialisation is None:
        return {}
    if specialisation not in ladder.specialisations:
        raise ScoringError(f"unknown specialisation {_quoted(specialisation)}")
    return ladder.specialisations[specialisation]


def _quoted(value: object) -> str:
    """Return a refused value on one line, cut short: it may be anything, of any length."""
    try:
        text = repr(value)
    except ValueError:  # Python refuses to print a whole number of several thousand digits
        text = "a number of very many digits"
    return text if len(text) <= _LONGEST_QUOTE else f"{text[:_LONGEST_QUOTE]}…"


# One level


def asks_at(ladder: ScoringLadder, level: str, bonus: Mapping[str, int]) -> Asks:
    """Return what the level expects, in ladder order. A specialisation adds only to what is expected at all.

    It adds along the steps that have a sentence, at most to the highest: nobody can rate what is not described.
    """
    expectations = ladder.expectations[level]
    asks = []
    for competency in ladder.competencies:
        expectation = expectations.get(competency)
        if expectation is None or expectation.weight == 0:
            continue
        weight, step = expectation.weight, expectation.step
        if competency in bonus:
            weight = max(weight, SPECIALIST_WEIGHT)
            step = raised(ladder.described[competency], step, bonus[competency])
        asks.append(Ask(competency, weight, step))
    return tuple(asks)


@lru_cache(maxsize=256)
def asks_of(ladder: ScoringLadder, specialisation: str | None) -> Mapping[str, Asks]:
    """Return what each level expects, worked out once. Raises ScoringError for a specialisation the ladder lacks."""
    bonus = checked_bonus(ladder, specialisation)
    return MappingProxyType({level: asks_at(ladder, level, bonus) for level in ladder.levels})


def both_ends(ladder: ScoringLadder, given: Mapping[str, Answer]) -> tuple[dict[str, int], dict[str, int]]:
    """Return complete steps twice: with every unknown at 0, and with every unknown at the highest."""
    low = dict.fromkeys(ladder.competencies, LOWEST_STEP)
    high = dict.fromkeys(ladder.competencies, ladder.steps)
    for competency, answer in given.items():
        if isinstance(answer, int):
            low[competency] = high[competency] = answer
    return low, high


def points_earned(asks: Asks, steps: Steps) -> int:
    """Return sum(weight x min(step, expected)); the cap is what keeps surplus from hiding a hole."""
    return sum([weight * min(steps[competency], step) for competency, weight, step in asks])


def points_asked(asks: Asks) -> int:
    """Return sum(weight x expected), what full credit would be."""
    return sum([weight * step for _, weight, step in asks])


def reaches(points: int, asked: int, share: Fraction) -> bool:
    """Whether points / asked >= share, without dividing: a level that asks for nothing is reached."""
    return points * share.denominator >= share.numerator * asked


def verdict_of(asks: Asks, steps: Steps, policy: ScoringPolicy) -> Verdict:
    """Apply the rule to complete steps."""
    shortfalls = [step - steps[name] for name, weight, step in asks if weight == MUST_HAVE and steps[name] < step]
    points, asked = points_earned(asks, steps), points_asked(asks)
    if not shortfalls and reaches(points, asked, policy.meets_at):
        return Verdict.MEETS
    if (
        reaches(points, asked, policy.close_at)
        and len(shortfalls) <= policy.close_max_blockers
        and max(shortfalls, default=0) <= policy.close_max_short
    ):
        return Verdict.CLOSE
    return Verdict.NOT_YET


def level_result(
    asks: Asks, given: Mapping[str, Answer], low: Steps, high: Steps, policy: ScoringPolicy
) -> LevelResult:
    """Apply the rule at both ends, `low` and `high` being the complete steps there, and keep the sum for the screen."""
    asked = points_asked(asks)
    return LevelResult(
        readiness=Range(_share(points_earned(asks, low), asked), _share(points_earned(asks, high), asked)),
        verdict=Range(verdict_of(asks, low, policy), verdict_of(asks, high, policy)),
        must_haves=must_haves_of(asks, given),
        terms=tuple(
            Term(
                competency=name,
                weight=weight,
                expected=step,
                answer=given.get(name),
                credit=Range(weight * min(low[name], step), weight * min(high[name], step)),
                asked=weight * step,
            )
            for name, weight, step in asks
        ),
    )


def must_haves_of(asks: Asks, given: Mapping[str, Answer]) -> MustHaves:
    """Return the must-haves among what a level asks, parted by how the answers meet them."""
    met, short, not_rated = list[str](), list[str](), list[str]()
    for name, weight, step in asks:
        if weight == MUST_HAVE:
            answer = given.get(name)
            (not_rated if not isinstance(answer, int) else met if answer >= step else short).append(name)
    return MustHaves(tuple(met), tuple(short), tuple(not_rated))


def _share(points: int, asked: int) -> Fraction:
    return Fraction(points, asked) if asked else Fraction(1)
