"""The compiled ladder: everything a page or the scoring rule asks of it, in memory, frozen. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import combinations
from types import MappingProxyType

from ladder.document.format import (
    Area,
    Competency,
    Expectation,
    LadderAction,
    LadderDocument,
    Level,
    Milestone,
    Scheme,
    Specialisation,
    Track,
)

MUST_HAVE = 3
MEETS_AT = Fraction(85, 100)


# Compared by identity, as its document has no hash: caches keep what follows from a rubric under it.
@dataclass(frozen=True, eq=False)
class Rubric:
    """One ladder version. `ladder` is its document; the properties are indexes into it.

    `pace` is how many seconds people take for a question of it, once that is measured. `key` is the primary key of the
    version, `level_keys` and `competency_keys` are slug → primary key of its parts, so
    that code which has the rubric needs no join to find them.
    """

    ladder: LadderDocument
    version: int
    key: str = ""
    level_keys: Mapping[str, int] = MappingProxyType({})
    competency_keys: Mapping[str, int] = MappingProxyType({})
    pace: int | None = None

    @property
    def slug(self) -> str:
        return self.ladder.slug

    @property
    def steps(self) -> int:
        """How many steps there are besides "not yet", which is 0."""
        return self.ladder.steps

    @cached_property
    def levels(self) -> Mapping[str, Level]:
        return MappingProxyType({level.slug: level for level in self.ladder.levels})

    @cached_property
    def competencies(self) -> Mapping[str, Competency]:
        return MappingProxyType({competency.slug: competency for competency in self.ladder.competencies})

    def shared_with(self, other: "Rubric") -> tuple[str, ...]:
        """The competencies of this version that another one has, too, so that answers to one count for the other.

        None where they count steps differently: step 3 of 3 and step 3 of 5 do not say the same.
        """
        if self.steps != other.steps:
            return ()
        return tuple(slug for slug in self.competencies if slug in other.competencies)

    @cached_property
    def areas(self) -> Mapping[str, Area]:
        """The areas; a single one without a name is called like the ladder."""
        unnamed = {"name": self.ladder.title}
        named = (area if area.name else area.model_copy(update=unnamed) for area in self.ladder.areas)
        return MappingProxyType({area.slug: area for area in named})

    @cached_property
    def tracks(self) -> Mapping[str, Track]:
        """The tracks, in the same way."""
        unnamed = {"title": self.ladder.title}
        named = (track if track.title else track.model_copy(update=unnamed) for track in self.ladder.tracks)
        return MappingProxyType({track.slug: track for track in named})

    @cached_property
    def schemes(self) -> Mapping[str, Scheme]:
        return MappingProxyType({scheme.slug: scheme for scheme in self.ladder.schemes})

    @cached_property
    def specialisations(self) -> Mapping[str, Specialisation]:
        return MappingProxyType({item.slug: item for item in self.ladder.specialisations})

    @cached_property
    def by_area(self) -> tuple[tuple[Area, tuple[Competency, ...]], ...]:
        """Areas, each with its competencies, both in the order of the ladder."""
        return tuple(
            (area, tuple(item for item in self.ladder.competencies if item.area == area.slug))
            for area in self.areas.values()
        )

    @cached_property
    def own_levels(self) -> Mapping[str, tuple[Level, ...]]:
        """Track, the trunk among them → the levels that are in it alone, lowest first."""
        rising = sorted(self.ladder.levels, key=lambda level: level.band)
        return MappingProxyType({slug: tuple(level for level in rising if level.track == slug) for slug in self.tracks})

    @cached_property
    def trunk(self) -> tuple[Level, ...]:
        """The levels before the tracks part, lowest first."""
        return tuple(level for slug, track in self.tracks.items() if track.trunk for level in self.own_levels[slug])

    @cached_property
    def paths(self) -> Mapping[str, tuple[Level, ...]]:
        """Track → the trunk and its own levels, lowest first. The trunk itself is not among the tracks."""
        return MappingProxyType(
            {slug: (*self.trunk, *self.own_levels[slug]) for slug, track in self.tracks.items() if not track.trunk}
        )

    @cached_property
    def next_levels(self) -> Mapping[str, tuple[str, ...]]:
        """Level → the levels that a promotion from it leads to."""
        return self._linked("promotion")

    @cached_property
    def crossings(self) -> Mapping[str, tuple[str, ...]]:
        """Level → the levels on another track that one can cross to from it."""
        return self._linked("crossing")

    def _linked(self, kind: str) -> Mapping[str, tuple[str, ...]]:
        links = [link for link in self.ladder.links if link.kind == kind]
        return MappingProxyType(
            {slug: tuple(link.target for link in links if link.source == slug) for slug in self.levels}
        )

    @cached_property
    def actions(self) -> Mapping[tuple[str, int], tuple[LadderAction, ...]]:
        """(competency, step it leads to) → actions; a step without actions is not a key."""
        found: dict[tuple[str, int], list[LadderAction]] = {}
        for action in self.ladder.actions:
            found.setdefault((action.competency, action.to_step), []).append(action)
        return MappingProxyType({key: tuple(actions) for key, actions in found.items()})

    @cached_property
    def level_slugs(self) -> Mapping[int, str]:
        return MappingProxyType({key: slug for slug, key in self.level_keys.items()})

    @cached_property
    def competency_slugs(self) -> Mapping[int, str]:
        return MappingProxyType({key: slug for slug, key in self.competency_keys.items()})

    def expectation(self, level: str, competency: str) -> Expectation:
        return self.ladder.expectations[level][competency]

    @cached_property
    def asked(self) -> Mapping[tuple[str, str | None], Mapping[str, int | None]]:
        """(level, specialisation or None) → competency → the step asked for, None where it weighs nothing."""
        return MappingProxyType(
            {
                (level, extra): MappingProxyType(
                    {
                        slug: cell.step if (cell := self.specialised(level, slug, extra)).weight else None
                        for slug in self.competencies
                    }
                )
                for level in self.levels
                for extra in (None, *self.specialisations)
            }
        )

    def milestones_for(self, level: str) -> tuple[Milestone, ...]:
        return tuple(milestone for milestone in self.ladder.milestones if level in milestone.levels)

    def specialised(self, level: str, competency: str, specialisation: str | None) -> Expectation:
        """The expectation with what a specialisation adds to it."""
        cell = self.expectation(level, competency)
        bonus = self.specialisations[specialisation].adds.get(competency, 0) if specialisation else 0
        if not bonus or not cell.weight:
            return cell
        return Expectation(step=self.raised(competency, cell.step, bonus), weight=max(cell.weight, 2))

    def raised(self, competency: str, step: int, by: int) -> int:
        """The step so many described ones further up, at most the highest."""
        above = [found for found in self.competencies[competency].described if found > step]
        return above[min(by, len(above)) - 1] if above and by else step

    @cached_property
    def rising_must_haves(self) -> Mapping[str, tuple[Competency, ...]]:
        """Level → what the next levels must have at a higher step than this one asks, in the order of the ladder."""
        return MappingProxyType(
            {
                level: tuple(
                    item
                    for item in self.ladder.competencies
                    if any(
                        (cell := self.expectation(other, item.slug)).weight == MUST_HAVE
                        and cell.step > self.expectation(level, item.slug).step
                        for other in self.next_levels[level]
                    )
                )
                for level in self.levels
            }
        )

    @cached_property
    def has_must_haves(self) -> bool:
        """Whether any level has one; without them no page speaks of them."""
        return any(cell.weight == MUST_HAVE for row in self.ladder.expectations.values() for cell in row.values())

    @cached_property
    def meets_at(self) -> Fraction:
        """The share from which a level is met: the ladder’s, else what keeps an exact profile below the next level."""
        if self.ladder.policy.meets_at is not None:
            return Fraction(self.ladder.policy.meets_at, 100)
        nearest = (
            share
            for path in self.paths.values()
            for lower, upper in combinations(path, 2)
            if (share := self._share(lower.slug, upper.slug)) < 1
        )
        return max(MEETS_AT, (1 + max(nearest, default=Fraction(0))) / 2)

    @property
    def meets_percent(self) -> int:
        """The same in whole per cent, rounded down, to be shown."""
        return int(self.meets_at * 100)

    def exactly_meets(self, lower: str, upper: str) -> bool:
        """Whether a profile exactly as one level asks meets another."""
        asked = self.ladder.expectations[lower]
        blocked = any(c.weight == MUST_HAVE and asked[slug].step < c.step for slug, c in self._row(upper))
        return not blocked and self._share(lower, upper) >= self.meets_at

    def asks_the_same(self, one: str, other: str) -> bool:
        return self.ladder.expectations[one] == self.ladder.expectations[other]

    def _row(self, level: str) -> list[tuple[str, Expectation]]:
        return [(slug, cell) for slug, cell in self.ladder.expectations[level].items() if cell.weight]

    def _share(self, lower: str, upper: str) -> Fraction:
        """How much of what the upper level asks is there in a profile exactly as the lower one asks."""
        asked = self.ladder.expectations[lower]
        whole = sum(cell.weight * cell.step for _slug, cell in self._row(upper))
        credit = sum(cell.weight * min(cell.step, asked[slug].step) for slug, cell in self._row(upper))
        return Fraction(credit, whole) if whole else Fraction(1)
