"""Frameworks for the tests of scoring: the built-in ladder's, small ones by hand, random ones."""

import itertools
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.values import Answer, ScoringExpectation, ScoringLadder, ScoringPolicy
from ladder.rubric import Rubric
from tests.factories import shipped_ladder

IC, MANAGER = "individual-contributor", "manager"

POLICY = ScoringPolicy(meets_at=Fraction(85, 100), close_at=Fraction(70, 100), close_max_blockers=2, close_max_short=1)


def expectation(cell: str) -> ScoringExpectation:
    """Read one cell of a table: n expected (weight 2), n* a must-have (3), (n) supports (1), – not expected (0)."""
    if cell == "–":
        return ScoringExpectation(step=0, weight=0)
    (step,) = re.findall(r"\d", cell)
    return ScoringExpectation(int(step), {"*": 3, ")": 1}.get(cell[-1], 2))


def expectations_from(table: str) -> dict[str, dict[str, ScoringExpectation]]:
    """Read a table with a head line of levels into level -> competency -> expectation."""
    head, *rows = ([cell.strip() for cell in line.split("|")] for line in table.strip().splitlines())
    return {
        level: {row[0]: expectation(row[column]) for row in rows} for column, level in enumerate(head) if column > 0
    }


def pm_framework() -> ScoringLadder:
    """The built-in ladder as scoring reads it; test_content.py holds its table to the first one published."""
    return scoring_ladder(Rubric(shipped_ladder(), 1))


def table_framework(
    table: str,
    policy: ScoringPolicy = POLICY,
    specialisations: Mapping[str, Any] | None = None,
    steps: int = 5,
    described: Mapping[str, tuple[int, ...]] | None = None,
) -> ScoringLadder:
    """Return a ladder without a fork from a table: every level on the individual contributor's track, no trunk.

    What `described` leaves out has a sentence for each step.
    """
    expectations = expectations_from(table)
    levels = tuple(expectations)
    competencies = tuple(expectations[levels[0]])
    return ScoringLadder(
        slug="small",
        version=None,
        steps=steps,
        described=dict.fromkeys(competencies, tuple(range(1, steps + 1))) | dict(described or {}),
        competencies=competencies,
        levels=levels,
        track_of=dict.fromkeys(levels, IC),
        bands={level: band for band, level in enumerate(levels, 1)},
        paths={IC: levels},
        next_levels={lower: (upper,) for lower, upper in itertools.pairwise(levels)},
        crossings={},
        expectations=expectations,
        policy=policy,
        specialisations=specialisations or {},
        trunk=frozenset(),
    )


def exactly(ladder_version: ScoringLadder, level: str, bonus: Mapping[str, int] | None = None) -> dict[str, Answer]:
    """Return the profile that is exactly what a level asks; 0 where it asks for nothing."""
    bonus = bonus or {}
    return {
        competency: min(5, asked.step + bonus.get(competency, 0)) if asked.weight else 0
        for competency, asked in ladder_version.expectations[level].items()
    }


# Random ladders: one trunk level, a fork, and few enough competencies to try every way on by brute force.

_LOW, _LEFT, _LEFT_TOP, _RIGHT = "low", "left", "left-top", "right"
_SHARES = st.fractions(min_value=0, max_value=1, max_denominator=20)


@st.composite
def policies(draw: st.DrawFn) -> ScoringPolicy:
    """Draw any policy, the usual one most often."""
    if draw(st.booleans()):
        return POLICY
    close_at, meets_at = sorted((draw(_SHARES), draw(_SHARES)))
    return ScoringPolicy(meets_at, close_at, draw(st.integers(0, 2)), draw(st.integers(0, 2)))


@st.composite
def ladder_versions(draw: st.DrawFn, most: int = 5, top: int = 9) -> ScoringLadder:
    """Draw a ladder of 1 to `most` competencies and 2 to `top` steps whose expected steps never fall along a path.

    Some steps have no sentence; none of them is expected.
    """
    steps = draw(st.one_of(st.just(min(5, top)), st.integers(2, top)))
    competencies = tuple("abcdefgh"[: draw(st.integers(1, most))])
    expectations: dict[str, dict[str, ScoringExpectation]] = {level: {} for level in (_LOW, _LEFT, _LEFT_TOP, _RIGHT)}
    described = {}
    for competency in competencies:
        low = draw(st.integers(0, steps - 1))
        left, right = draw(st.integers(low, steps)), draw(st.integers(low, steps))
        asked = {_LOW: low, _LEFT: left, _LEFT_TOP: draw(st.integers(left, steps)), _RIGHT: right}
        for level, step in asked.items():
            expectations[level][competency] = ScoringExpectation(step, draw(st.integers(1, 3)) if step else 0)
        missing = draw(st.one_of(st.just(frozenset[int]()), st.frozensets(st.integers(1, steps))))
        described[competency] = tuple(
            step for step in range(1, steps + 1) if step not in missing or step in asked.values()
        )
    return ScoringLadder(
        slug="random",
        version=3,
        steps=steps,
        described=described,
        competencies=competencies,
        levels=(_LOW, _LEFT, _LEFT_TOP, _RIGHT),
        track_of={_LOW: "trunk", _LEFT: IC, _LEFT_TOP: IC, _RIGHT: MANAGER},
        bands={_LOW: 1, _LEFT: 2, _LEFT_TOP: 3, _RIGHT: draw(st.integers(2, 3))},
        paths={IC: (_LOW, _LEFT, _LEFT_TOP), MANAGER: (_LOW, _RIGHT)},
        next_levels={_LOW: (_LEFT, _RIGHT), _LEFT: (_LEFT_TOP,)},
        crossings={_LEFT: (_RIGHT,), _RIGHT: (_LEFT, _LEFT_TOP)},
        expectations=expectations,
        policy=draw(policies()),
        specialisations={"special": {draw(st.sampled_from(competencies)): draw(st.integers(1, 2))}},
        trunk=frozenset({_LOW}),
    )


def answers_to(ladder_version: ScoringLadder, *, complete: bool = False) -> st.SearchStrategy[dict[str, Answer]]:
    """Draw answers to a ladder, of described steps; unless complete, some are open or without a chance."""
    steps: dict[str, st.SearchStrategy[Answer]] = {
        name: st.sampled_from((0, *described)) for name, described in ladder_version.described.items()
    }
    if complete:
        return st.fixed_dictionaries(steps)
    answers = {name: st.one_of(step, step, st.just("no_chance")) for name, step in steps.items()}
    return st.fixed_dictionaries({}, optional=answers)
