"""A rubric reduced to the numbers that scoring needs, once per version."""

from fractions import Fraction
from functools import lru_cache

from assessments.scoring.values import ScoringExpectation, ScoringLadder, ScoringPolicy
from ladder.rubric import Rubric

# What we start from when somebody presses start at once: the level most people who come here hold.
FALLBACK_LEVEL = "pm"


def fallback_level(rubric: Rubric) -> str:
    return FALLBACK_LEVEL if FALLBACK_LEVEL in rubric.levels else rubric.ladder.levels[0].slug


def scoring_ladder(rubric: Rubric) -> ScoringLadder:
    """The scoring framework of a rubric, made once for each version in a process."""
    return _framework(_ByIdentity(rubric))


class _ByIdentity:
    """Lets the cache tell rubrics apart without hashing their documents."""

    def __init__(self, rubric: Rubric) -> None:
        self.rubric = rubric

    def __hash__(self) -> int:
        return hash((self.rubric.slug, self.rubric.version, self.rubric.key))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _ByIdentity) and self.rubric is other.rubric


@lru_cache(maxsize=64)
def _framework(holder: _ByIdentity) -> ScoringLadder:
    rubric = holder.rubric
    ladder = rubric.ladder
    return ScoringLadder(
        slug=ladder.slug,
        version=rubric.version,
        competencies=tuple(rubric.competencies),
        levels=tuple(rubric.levels),
        track_of={level.slug: level.track for level in ladder.levels},
        paths={track: tuple(level.slug for level in path) for track, path in rubric.paths.items()},
        next_levels=rubric.next_levels,
        expectations={
            level: {slug: ScoringExpectation(cell.step, cell.weight) for slug, cell in row.items()}
            for level, row in ladder.expectations.items()
        },
        policy=ScoringPolicy(
            meets_at=Fraction(ladder.policy.meets_at, 100),
            close_at=Fraction(ladder.policy.close_at, 100),
            close_max_blockers=ladder.policy.close_max_blockers,
            close_max_short=ladder.policy.close_max_short,
        ),
        specialisations={item.slug: dict(item.adds) for item in ladder.specialisations},
        trunk=frozenset(level.slug for level in rubric.trunk),
    )
