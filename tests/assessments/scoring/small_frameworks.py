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
    """The built-in ladder as scoring reads it; test_content_facts.py holds its table as a literal."""
    return scoring_ladder(Rubric(shipped_ladder(), 1))


def table_framework(
    table: str, policy: ScoringPolicy = POLICY, specialisations: Mapping[str, Any] | None = None
) -> ScoringLadder:
    """Return a ladder without a fork from a table: every level on the individual contributor's track, no trunk."""
    expectations = expectations_from(table)
    levels = tuple(expectations)
    return ScoringLadder(
        slug="small",
        version=None,
        competencies=tuple(expectations[levels[0]]),
        levels=levels,
        track_of=dict.fromkeys(levels, IC),
        paths={IC: levels},
        next_levels={lower: (upper,) for lower, upper in itertools.pairwise(levels)},
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
def ladder_versions(draw: st.DrawFn, most: int = 5) -> ScoringLadder:
    """Draw a ladder of 1 to `most` competencies whose expected steps never fall along an edge."""
    competencies = tuple("abcdefgh"[: draw(st.integers(1, most))])
    expectations: dict[str, dict[str, ScoringExpectation]] = {level: {} for level in (_LOW, _LEFT, _LEFT_TOP, _RIGHT)}
    for competency in competencies:
        low = draw(st.integers(0, 4))
        left, right = draw(st.integers(low, 5)), draw(st.integers(low, 5))
        for level, step in ((_LOW, low), (_LEFT, left), (_LEFT_TOP, draw(st.integers(left, 5))), (_RIGHT, right)):
            expectations[level][competency] = ScoringExpectation(step, draw(st.integers(1, 3)) if step else 0)
    return ScoringLadder(
        slug="random",
        version=3,
        competencies=competencies,
        levels=(_LOW, _LEFT, _LEFT_TOP, _RIGHT),
        track_of={_LOW: "trunk", _LEFT: IC, _LEFT_TOP: IC, _RIGHT: MANAGER},
        paths={IC: (_LOW, _LEFT, _LEFT_TOP), MANAGER: (_LOW, _RIGHT)},
        next_levels={_LOW: (_LEFT, _RIGHT), _LEFT: (_LEFT_TOP,)},
        expectations=expectations,
        policy=draw(policies()),
        specialisations={"special": {draw(st.sampled_from(competencies)): draw(st.integers(1, 2))}},
        trunk=frozenset({_LOW}),
    )


def answers_to(ladder_version: ScoringLadder, *, complete: bool = False) -> st.SearchStrategy[dict[str, Answer]]:
    """Draw answers to a framework; unless complete, some competencies are open or without a chance."""
    steps: st.SearchStrategy[Answer] = st.integers(0, 5)
    if complete:
        return st.fixed_dictionaries(dict.fromkeys(ladder_version.competencies, steps))
    answers: st.SearchStrategy[Answer] = st.one_of(steps, steps, st.just("no_chance"))
    return st.fixed_dictionaries({}, optional=dict.fromkeys(ladder_version.competencies, answers))
