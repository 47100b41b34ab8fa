"""The parts of a report: a bar, a card, the summary of a level, one track beside the other. Makes no statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.translation import gettext as _

from assessments.report import words
from assessments.scoring.values import NO_CHANCE, Answer, LevelResult, Verdict
from ladder.document.format import Competency, LadderAction, Level, Track
from ladder.document.kinds import MUST_HAVE
from ladder.rubric import Rubric

NO_RUNGS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Bar:
    """One competency against what a level asks. `cells` holds a class for each step."""

    competency: Competency
    answer: Answer | None
    expected: int
    weight: int
    cells: tuple[str, ...]
    state: str
    words: str

    @property
    def must_have(self) -> bool:
        return self.weight == MUST_HAVE


@dataclass(frozen=True, slots=True)
class FocusCard:
    """A gap to start with: the sentence that is true today, the next one, and what leads there."""

    competency: Competency
    step: int
    expected: int
    must_have: bool
    weight: int
    here: str
    there: str
    next_step: int
    actions: tuple[LadderAction, ...]


@dataclass(frozen=True, slots=True)
class Summary:
    """One level in a few figures."""

    level: Level
    readiness: str
    verdict: str
    met: bool
    must_haves: str
    """Their one count, "two must-haves short, one not rated"; "" for a level without any."""
    short: str
    not_rated: str
    rung: str = ""


@dataclass(frozen=True, slots=True)
class TrackSide:
    """One track beside the other: the place, and what comes next on it."""

    track: Track
    place: str
    next: Summary | None
    holes: tuple[str, ...]
    """Sentences on the levels below the place that are not met."""


def summary(rubric: Rubric, slug: str, level: LevelResult, rungs: Mapping[str, str] = NO_RUNGS) -> Summary:
    return Summary(
        level=rubric.levels[slug],
        readiness=words.readiness(level.readiness),
        verdict=words.verdict_words(level),
        met=level.verdict.low == Verdict.MEETS,
        must_haves=words.must_have_words(level.must_haves),
        short=words.names(rubric, level.must_haves.short),
        not_rated=words.names(rubric, level.must_haves.not_rated),
        rung=rungs.get(slug, ""),
    )


def bar(competency: Competency, answer: Answer | None, expected: int, weight: int, steps: int) -> Bar:
    """Draw one competency: steps reached, steps asked for and missing, steps beyond."""
    if answer is None or answer == NO_CHANCE:
        state = "unknown"
        said = _("no chance so far, %(expected)d asked") if answer == NO_CHANCE else _("open, %(expected)d asked")
        cells = tuple("open" if step <= expected else "" for step in range(1, steps + 1))
        return Bar(competency, answer, expected, weight, cells, state, said % {"expected": expected})
    state = (
        "above" if answer > expected else "at" if answer == expected else "short" if answer == expected - 1 else "far"
    )
    cells = tuple(
        ("on" if step <= expected else "over") if step <= answer else "want" if step <= expected else ""
        for step in range(1, steps + 1)
    )
    said = _("%(step)d of %(expected)d") % {"step": answer, "expected": expected}
    return Bar(competency, answer, expected, weight, cells, state, said)
