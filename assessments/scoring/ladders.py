"""A rubric reduced to the numbers that scoring needs, once per version."""

from fractions import Fraction
from functools import lru_cache

from assessments.scoring.values import ScoringExpectation, ScoringLadder, ScoringPolicy
from ladder.rubric import Rubric

# Assumed for somebody who starts the quiz without naming a level; most people who come here hold it.
FALLBACK_LEVEL = "pm"


def fallback_level(rubric: Rubric) -> str:
    return FALLBACK_LEVEL if FALLBACK_LEVEL in rubric.levels else rubric.ladder.levels[0].slug


# Rubrics are compared by identity, so the cache never hashes a whole document.
@lru_cache(maxsize=64)
def scoring_ladder(rubric: Rubric) -> ScoringLadder:
    """What scoring needs of a rubric, made once for each version in a process."""
    ladder = rubric.ladder
    return ScoringLadder(
        slug=ladder.slug,
        version=rubric.version,
        steps=rubric.steps,
        described={slug: item.described for slug, item in rubric.competencies.items()},
        competencies=tuple(rubric.competencies),
        levels=tuple(rubric.levels),
        track_of={level.slug: level.track for level in ladder.levels},
        bands={level.slug: level.band for level in ladder.levels},
        paths={track: tuple(level.slug for level in path) for track, path in rubric.paths.items()},
        next_levels=rubric.next_levels,
        crossings=rubric.crossings,
        expectations={
            level: {slug: ScoringExpectation(cell.step, cell.weight) for slug, cell in row.items()}
            for level, row in ladder.expectations.items()
        },
        policy=ScoringPolicy(
            meets_at=rubric.meets_at,
            close_at=Fraction(ladder.policy.close_at, 100),
            close_max_blockers=ladder.policy.close_max_blockers,
            close_max_short=ladder.policy.close_max_short,
        ),
        specialisations={item.slug: dict(item.adds) for item in ladder.specialisations},
        trunk=frozenset(level.slug for level in rubric.trunk),
    )
