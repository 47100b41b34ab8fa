"""The compiled ladder: everything a page or the scoring rule asks of it, in memory, frozen. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
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


# Compared by identity, as its document has no hash: caches keep what follows from a rubric under it.
@dataclass(frozen=True, eq=False)
class Rubric:
    """One ladder version. `ladder` is its document; the properties are indexes into it.

    `key` is the primary key of the version, `level_keys` and `competency_keys` are slug → primary key of its parts, so
    that code which has the rubric needs no join to find them.
    """

    ladder: LadderDocument
    version: int
    key: str = ""
    level_keys: Mapping[str, int] = MappingProxyType({})
    competency_keys: Mapping[str, int] = MappingProxyType({})

    @property
    def slug(self) -> str:
        return self.ladder.slug

    @cached_property
    def levels(self) -> Mapping[str, Level]:
        return MappingProxyType({level.slug: level for level in self.ladder.levels})

    @cached_property
    def competencies(self) -> Mapping[str, Competency]:
        return MappingProxyType({competency.slug: competency for competency in self.ladder.competencies})

    @cached_property
    def areas(self) -> Mapping[str, Area]:
        return MappingProxyType({area.slug: area for area in self.ladder.areas})

    @cached_property
    def tracks(self) -> Mapping[str, Track]:
        return MappingProxyType({track.slug: track for track in self.ladder.tracks})

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
            for area in self.ladder.areas
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
        promotions = [link for link in self.ladder.links if link.kind == "promotion"]
        return MappingProxyType(
            {slug: tuple(link.target for link in promotions if link.source == slug) for slug in self.levels}
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
        """The expectation with what a specialisation adds to it (scoring.md, Inputs)."""
        cell = self.expectation(level, competency)
        bonus = self.specialisations[specialisation].adds.get(competency, 0) if specialisation else 0
        if not bonus or not cell.weight:
            return cell
        return Expectation(step=min(5, cell.step + bonus), weight=max(cell.weight, 2))
