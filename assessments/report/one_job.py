"""Levels that are one job in a small company, spoken of as one. Pure: what was scored stays as it is.

Whoever says that they work in a small company and meets one of such levels reads its joint title, and nothing of the
others, neither as missing nor as next. So the report is put together from a ladder that has the one level only, and
from the result as that ladder would tell it; all sentences and pictures then speak of it like of any other.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from assessments.models import Assessment
from assessments.report import words
from assessments.report.inputs import Inputs
from assessments.scoring.values import BEFORE_FIRST, Firmness, Move, Place, Result, Verdict
from ladder.document.format import Growth, Level, Link
from ladder.rubric import Rubric


@dataclass(frozen=True)
class AsOne:
    """A rubric in which levels are joined. `instead` is each level of such a job → the one that it is read as."""

    rubric: Rubric
    instead: Mapping[str, str]

    def level(self, slug: str | None) -> str | None:
        """The level to speak of in the place of another."""
        return self.instead.get(slug, slug) if slug else None

    def others(self, slugs: tuple[str, ...]) -> tuple[str, ...]:
        """Those that are not part of such a job."""
        return tuple(slug for slug in slugs if slug not in self.instead)

    def inputs(self, inputs: Inputs) -> Inputs:
        return replace(inputs, rubric=self.rubric, held=self.level(inputs.held), targets=self.others(inputs.targets))

    def place(self, place: Place, track: str) -> Place:
        low, high = self.level(place.low), self.level(place.high)
        # A part of the job on another track is not on this one.
        is_here = any(level.slug == high for level in self.rubric.paths[track])
        return replace(
            place,
            low=low,
            high=high if is_here else low,
            so_far=place.so_far if place.so_far == BEFORE_FIRST else self.level(place.so_far),
            holes=self.others(place.holes),
            unsettled=self.others(place.unsettled),
        )

    def result(self, result: Result) -> Result:
        """The result in these words. Levels and their figures stay; from one part of a job to another nothing moves."""
        places = {track: self.place(place, track) for track, place in result.places.items()}
        here = places[result.track].low
        moves = (
            Move(move.competency, move.to_step, place)
            for move in result.firmness.moved_by
            if (place := self.level(move.place)) != here
        )
        wishes, aims = self.others(result.wishes), self.others(result.aims)
        if result.aims and not aims:
            aims = self._after(result, result.aims)
        return replace(
            result,
            places=places,
            held=self.instead.get(result.held, result.held),
            wishes=wishes,
            aims=aims,
            targets={slug: target for slug, target in result.targets.items() if slug not in self.instead},
            firmness=Firmness(result.firmness.track, tuple(moves)),
        )

    def _after(self, result: Result, aims: tuple[str, ...]) -> tuple[str, ...]:
        """What comes after the job of which these levels are parts, unless it is met."""
        jobs = dict.fromkeys(slug for aim in aims if (slug := self.level(aim)))
        following = dict.fromkeys(slug for job in jobs for slug in self.rubric.next_levels[job])
        return tuple(slug for slug in following if result.levels[slug].verdict.low != Verdict.MEETS)


def met_as_one(rubric: Rubric, result: Result) -> AsOne | None:
    """The ladder as somebody in a small company reads it, who meets a part of such a job; None where they meet none."""
    met = frozenset(slug for slug in rubric.one_job if result.levels[slug].verdict.low == Verdict.MEETS)
    return _as_one(rubric, met) if met else None


def place_as_one(rubric: Rubric, place: Place, track: str) -> tuple[Rubric, Place]:
    """A place alone, for lists, and the rubric that names it: its low end is met."""
    if place.low not in rubric.one_job:
        return rubric, place
    found = _as_one(rubric, frozenset({place.low}))
    return found.rubric, found.place(place, track)


def place_words_of(said: Assessment, place: Place, track: str) -> str:
    """A place in a few words, as the person of an assessment reads it."""
    rubric = said.rubric
    if said.small_company and track in rubric.paths:
        rubric, place = place_as_one(rubric, place, track)
    return words.place_words(rubric, place)


def read_by(said: Assessment, result: Result) -> tuple[Rubric, Result]:
    """The ladder and a result as the person of an assessment reads them."""
    found = met_as_one(said.rubric, result) if said.small_company else None
    return (found.rubric, found.result(result)) if found else (said.rubric, result)


# The reports of a page that lists many have few ladders, and their rubrics are remembered by identity elsewhere.
@lru_cache(maxsize=64)
def _as_one(rubric: Rubric, met: frozenset[str]) -> AsOne:
    """Of each job that has a level met, every track keeps the highest of these; the job's other levels go."""
    instead: dict[str, str] = {}
    joined: dict[str, Level] = {}
    for job in rubric.ladder.one_job:
        parts = sorted((rubric.levels[slug] for slug in job.levels), key=lambda level: level.band)
        kept = {level.track: level for level in parts if level.slug in met}
        for level in parts if kept else ():
            highest = kept.get(level.track) or max(kept.values(), key=lambda level: level.band)
            instead[level.slug] = highest.slug
            joined[highest.slug] = _joined(highest, parts, job.title)
    levels = (joined.get(level.slug, level) for level in rubric.ladder.levels)
    ladder = rubric.ladder.model_copy(
        update={
            "levels": tuple(level for level in levels if instead.get(level.slug, level.slug) == level.slug),
            "links": tuple(_links(rubric, instead)),
        }
    )
    return AsOne(replace(rubric, ladder=ladder, whole=rubric), instead)


def _joined(level: Level, parts: list[Level], title: str) -> Level:
    """The level under the title of the job, with all that its parts would grow next, each skill once."""
    growth: dict[str, Growth] = {}
    for part in (level, *parts):
        for skill in part.growth:
            growth.setdefault(skill.title, skill)
    return level.model_copy(update={"title": title, "short_title": title, "growth": tuple(growth.values())})


def _links(rubric: Rubric, instead: Mapping[str, str]) -> Iterator[Link]:
    """The ways between levels, each once, from and to what they are read as."""
    seen = set()
    for link in rubric.ladder.links:
        source, target = (instead.get(slug, slug) for slug in (link.source, link.target))
        if source != target and (source, target, link.kind) not in seen:
            seen.add((source, target, link.kind))
            yield link.model_copy(update={"source": source, "target": target})
