"""The compiled ladder: everything a page or the scoring rule asks of it, in memory, frozen. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from itertools import combinations
from types import MappingProxyType
from typing import NamedTuple

from ladder.document.format import (
    Area,
    Competency,
    Expectation,
    LadderAction,
    LadderDocument,
    Level,
    Milestone,
    OneJob,
    Scheme,
    Specialisation,
    Track,
)
from ladder.document.kinds import MUST_HAVE, SPECIALIST_WEIGHT, raised

MEETS_AT = Fraction(85, 100)

type Renamable = Level | Competency | Specialisation | Milestone


class Slugs(NamedTuple):
    """Slug → what the same level, competency, specialisation or milestone is called elsewhere; without what is not."""

    levels: Mapping[str, str]
    competencies: Mapping[str, str]
    specialisations: Mapping[str, str]
    milestones: Mapping[str, str]


# Compared by identity, as its document has no hash: caches keep what follows from a rubric under it.
@dataclass(frozen=True, eq=False)
class Rubric:
    """One ladder version. `ladder` is its document; the properties are indexes into it.

    `pace` is how many seconds people take for a question of it, once that is measured.
    `key` is the primary key of the version, `found_meets_at` what publishing found where the document names no
    `meets_at`, `level_keys` and `competency_keys` are slug → primary key of its parts, so
    that code which has the rubric needs no join to find them.
    """

    ladder: LadderDocument
    version: int
    key: str = ""
    found_meets_at: Fraction | None = None
    level_keys: Mapping[str, int] = MappingProxyType({})
    competency_keys: Mapping[str, int] = MappingProxyType({})
    pace: int | None = None
    # The rubric of which this one is a reading with fewer levels: what it takes to meet one stays as it was computed.
    whole: "Rubric | None" = None

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

    @cached_property
    def milestones(self) -> Mapping[str, Milestone]:
        return MappingProxyType({milestone.slug: milestone for milestone in self.ladder.milestones})

    @cached_property
    def now(self) -> Slugs:
        """Every slug that this version has, or says that it had before → the one it has: for what names no version."""
        return Slugs(*(_now(parts) for parts in self._renamable))

    def competency(self, slug: str) -> Competency | None:
        """The competency that has this slug, or had it before."""
        return self.competencies.get(self.now.competencies.get(slug, ""))

    def names_in(self, other: "Rubric") -> Slugs:
        """Slug here → slug in another version, whichever of the two is the newer."""
        return _names_in(self, other)

    def shared_with(self, other: "Rubric") -> Mapping[str, str]:
        """The competencies of this version that another one has, too, so that answers to one count for the other: slug
        here → slug there, in the order of this one.

        None where they count steps differently: step 3 of 3 and step 3 of 5 do not say the same.
        """
        return self.names_in(other).competencies if self.steps == other.steps else {}

    @property
    def _renamable(self) -> tuple[Mapping[str, Renamable], ...]:
        return self.levels, self.competencies, self.specialisations, self.milestones

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
    def one_job(self) -> Mapping[str, OneJob]:
        """Level → the job of which it is a part in a small company; levels that are jobs by themselves are left out."""
        return MappingProxyType({slug: job for job in self.ladder.one_job for slug in job.levels})

    @cached_property
    def tells_small_companies(self) -> bool:
        """Whether it says anything else to somebody who works in a small company."""
        return bool(self.ladder.one_job) or any(any(item.small_company) for item in self.ladder.competencies)

    @cached_property
    def programmes(self) -> frozenset[str]:
        """The levels that end in the next one by themselves, for who is in a programme."""
        return frozenset(level.slug for level in self.ladder.levels if level.programme)

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
        return Expectation(
            step=raised(self.competencies[competency].described, cell.step, bonus),
            weight=max(cell.weight, SPECIALIST_WEIGHT),
        )

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
        if self.whole:
            return self.whole.meets_at
        if self.ladder.policy.meets_at is not None:
            return Fraction(self.ladder.policy.meets_at, 100)
        if self.found_meets_at is not None:
            return self.found_meets_at
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


def _now(parts: Mapping[str, Renamable]) -> Mapping[str, str]:
    """Every slug that one of the parts has or had → the one it has."""
    before = {was: slug for slug, part in parts.items() for was in part.was}
    return MappingProxyType(before | {slug: slug for slug in parts})


@lru_cache(maxsize=256)
def _names_in(here: Rubric, there: Rubric) -> Slugs:
    pairs = zip(here._renamable, there._renamable, strict=True)  # noqa: SLF001
    return Slugs(*(_alike(mine, theirs, newer=here.version >= there.version) for mine, theirs in pairs))


def _alike(here: Mapping[str, Renamable], there: Mapping[str, Renamable], *, newer: bool) -> Mapping[str, str]:
    """What both have, in the order of `here`; `newer` is whether that is the newer one, which knows more of the other.

    Each counts once: of two that became one, the one that `was` names first, or answers to two would fall on one.
    """
    found = {slug: slug for slug in here if slug in there}
    if newer:
        found |= _renamed(here, there, found)
        found |= _back(_renamed(there, here, _back(found)))
    else:
        found |= _back(_renamed(there, here, _back(found)))
        found |= _renamed(here, there, found)
    return MappingProxyType({slug: found[slug] for slug in here if slug in found})


def _renamed(new: Mapping[str, Renamable], old: Mapping[str, Renamable], found: Mapping[str, str]) -> dict[str, str]:
    """What the new ones say that they were, of the old ones that are not found yet."""
    said: dict[str, str] = {}
    for slug, part in new.items():
        taken = {*found.values(), *said.values()}
        if slug not in found and (was := next((each for each in part.was if each in old and each not in taken), None)):
            said[slug] = was
    return said


def _back(names: Mapping[str, str]) -> dict[str, str]:
    return {there: here for here, there in names.items()}
