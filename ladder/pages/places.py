"""A person's own place on the ladder, for the pages that show it.

The ladder may not import assessments, where results are. So the assessments app registers, when the process starts,
database expressions that find the newest result of the person who asks. They become columns of the one statement that
finds the ladder version: a page costs no further statement for people who are signed in.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from django.db.models.expressions import Combinable
from django.http import HttpRequest

from ladder.models import LadderVersion, NoLadderError, rubric_of
from ladder.pages.picture import Picture
from ladder.rubric import Rubric

# Name → expression on a LadderVersion: `result` (its JSON), `report` (the key of its assessment) and the `targets` that
# the person chose in it.
type Provider = Callable[[HttpRequest], Mapping[str, Combinable]]
type SampleProvider = Callable[[Rubric], Sample | None]

# None until the app that knows results has called `provide`.
_provider: Provider | None = None
_sample_provider: SampleProvider | None = None


def provide(provider: Provider, sample: SampleProvider) -> None:
    """Called once, from AppConfig.ready of the app that knows results."""
    global _provider, _sample_provider
    _provider, _sample_provider = provider, sample


@dataclass(frozen=True, slots=True)
class Sample:
    """The report of a made-up person, for the start page; `view` is the URL name of its page."""

    name: str
    headline: str
    picture: Picture
    view: str


def sample(rubric: Rubric) -> Sample | None:
    return _sample_provider(rubric) if _sample_provider else None


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next level of a track: its readiness from `low` to `high` in whole per cent, rounded down, and the slugs of
    must-haves that are short or not rated."""

    level: str
    low: int
    high: int
    short: tuple[str, ...]
    not_rated: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnPlace:
    """What a person's newest report says.

    `ranges` is track → lowest and highest level; None is before the first. A track on which it is too early to name a
    place is left out. `levels` are those that the report can be looked at beside → what its own version calls them,
    `reached` the place and all below it, whatever open answers bring.
    """

    report: Any
    levels: Mapping[str, str]
    reached: frozenset[str]
    ranges: Mapping[str, tuple[str | None, str | None]]
    targets: tuple[str, ...]
    next_steps: Mapping[str, NextStep]


def rubric_and_place(request: HttpRequest) -> tuple[Rubric, OwnPlace | None]:
    """The ladder that visitors see, and the person's place on it, if they have a report. One statement."""
    wanted = _provider(request) if _provider else {}
    rows = LadderVersion.objects.current().annotate(**{f"own_{name}": wanted[name] for name in wanted})
    row = rows.values_list("pk", *(f"own_{name}" for name in wanted)).first()
    if row is None:
        raise NoLadderError
    rubric = rubric_of(row[0])
    own = dict(zip(wanted, row[1:], strict=True))
    return rubric, read_place(rubric, **own) if own.get("result") else None


def read_place(rubric: Rubric, *, report: Any, result: Mapping[str, Any], targets: Sequence[str]) -> OwnPlace:
    """The place that a result gives on the current ladder; what only an older version of it has is left out."""
    names = rubric.now.levels
    levels = {names[slug]: level for slug, level in result["levels"].items() if slug in names}
    ranges = {
        track: (names.get(place["low"]), names.get(place["high"]))
        for track, place in result["places"].items()
        if track in rubric.paths
    }
    ranges = {track: ends for track, ends in ranges.items() if _are_neighbours(rubric, track, *ends)}
    steps, reached = {}, set[str]()
    for track, (low, _) in ranges.items():
        path = [level.slug for level in rubric.paths[track]]
        reached |= {*path[: path.index(low) + 1]} if low else set()
        # For somebody on the trunk, the first level of the track: the next on the trunk would be the same for all.
        at = max(path.index(low) + 1 if low in path else 0, len(rubric.trunk))
        if at < len(path) and path[at] in levels:
            steps[track] = _next_step(rubric, path[at], levels[path[at]])
    return OwnPlace(
        report=report,
        levels={names[slug]: slug for slug in result["levels"] if slug in names},
        reached=frozenset(reached),
        ranges=ranges,
        targets=tuple(names[slug] for slug in targets if slug in names),
        next_steps=steps,
    )


def _are_neighbours(rubric: Rubric, track: str, low: str | None, high: str | None) -> bool:
    """Whether a place is told as found: results of rule 1 named any range, and from too few answers there is none."""
    path = [None, *(level.slug for level in rubric.paths[track])]
    return low in path and high in path and path.index(high) - path.index(low) <= 1


def _next_step(rubric: Rubric, level: str, score: Mapping[str, Any]) -> NextStep:
    low, high = (int(Fraction(score["readiness"][end]) * 100) for end in ("low", "high"))
    # Results of rule 1, which are kept as they were, have their own names for the two.
    must_haves = score.get("must_haves") or {"short": score["blockers"], "not_rated": score["open_gates"]}
    names = rubric.now.competencies
    short, not_rated = (
        tuple(names[slug] for slug in must_haves[state] if slug in names) for state in ("short", "not_rated")
    )
    return NextStep(level, low, high, short, not_rated)
