"""A radar over the areas: how much of what a level asks is there, area by area. Drawn by radar.svg.html."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.report import words
from assessments.scoring.values import LevelResult, Range
from ladder.document.format import Area
from ladder.rubric import Rubric

WIDTH, HEIGHT = 440, 320
RADIUS = 108


@dataclass(frozen=True, slots=True)
class Axis:
    """One area: its share of what is asked (0..1, a range while answers are open), and where its label stands."""

    area: Area
    share: Range[Fraction]
    credit: Range[int]
    asked: int
    rated: Fraction | None
    """The share of what rated answers could earn; None where nothing of it is rated."""
    x: int
    y: int
    label_x: int
    label_y: int
    anchor: str

    @property
    def percent(self) -> str:
        return words.readiness(self.share)

    @property
    def label(self) -> tuple[str, ...]:
        """The name in at most two lines."""
        parts = self.area.name.split()
        half = math.ceil(len(parts) / 2)
        return (self.area.name,) if len(self.area.name) <= 14 else (" ".join(parts[:half]), " ".join(parts[half:]))


@dataclass(frozen=True, slots=True)
class Radar:
    axes: tuple[Axis, ...]
    low: str
    high: str
    rings: tuple[str, ...]
    width: int = WIDTH
    height: int = HEIGHT
    centre_x: int = WIDTH // 2
    centre_y: int = HEIGHT // 2

    @property
    def is_range(self) -> bool:
        return self.low != self.high


def radar(rubric: Rubric, level: LevelResult) -> Radar | None:
    """Draw the areas of which the level asks something; None when they are too few for a shape."""
    shares = list(_shares(rubric, level))
    count = len(shares)
    if count < 3:
        return None
    directions = [(math.sin(2 * math.pi * n / count), -math.cos(2 * math.pi * n / count)) for n in range(count)]
    axes = tuple(
        Axis(area, share, credit, asked, rated, *_at(dx, dy, 1.0), *_label(dx, dy), _anchor(dx))
        for (area, share, credit, asked, rated), (dx, dy) in zip(shares, directions, strict=True)
    )
    return Radar(
        axes=axes,
        low=_polygon(directions, [float(axis.share.low) for axis in axes]),
        high=_polygon(directions, [float(axis.share.high) for axis in axes]),
        rings=tuple(_polygon(directions, [part] * count) for part in (0.25, 0.5, 0.75, 1.0)),
    )


type _Share = tuple[Area, Range[Fraction], Range[int], int, Fraction | None]


def _shares(rubric: Rubric, level: LevelResult) -> Iterator[_Share]:
    terms = {term.competency: term for term in level.terms}
    for area, competencies in rubric.by_area:
        own = [terms[item.slug] for item in competencies if item.slug in terms]
        asked = sum(term.asked for term in own)
        if asked:
            credit = Range(sum(term.credit.low for term in own), sum(term.credit.high for term in own))
            rated = [term for term in own if isinstance(term.answer, int)]
            earned, of = sum(term.credit.low for term in rated), sum(term.asked for term in rated)
            share = Range(Fraction(credit.low, asked), Fraction(credit.high, asked))
            yield area, share, credit, asked, Fraction(earned, of) if of else None


def _at(dx: float, dy: float, part: float) -> tuple[int, int]:
    return round(WIDTH / 2 + dx * RADIUS * part), round(HEIGHT / 2 + dy * RADIUS * part)


def _label(dx: float, dy: float) -> tuple[int, int]:
    x, y = round(WIDTH / 2 + dx * (RADIUS + 14)), round(HEIGHT / 2 + dy * (RADIUS + 20))
    return x, y + 4


def _anchor(dx: float) -> str:
    return "middle" if abs(dx) < 0.1 else "start" if dx > 0 else "end"


def _polygon(directions: list[tuple[float, float]], parts: list[float]) -> str:
    points = (_at(dx, dy, part) for (dx, dy), part in zip(directions, parts, strict=True))
    return " ".join(f"{x},{y}" for x, y in points)


def finding(drawn: Radar, level: str) -> str:
    """What it shows of the way to a level, in a sentence. What is not rated is compared with nothing."""
    rated = [(axis.area.name, axis.rated) for axis in drawn.axes if axis.rated is not None]
    if not rated:
        return _("No area is rated yet")
    lowest = min(share for _area, share in rated)
    if all(axis.share.low == 1 for axis in drawn.axes):
        return _("All that %(level)s asks is there, in every area") % {"level": level}
    if lowest == 1:
        return _("What is rated is all that %(level)s asks") % {"level": level}
    least = [area for area, share in rated if share == lowest]
    if len(least) == len(drawn.axes):
        return _("Every area has the same room towards %(level)s") % {"level": level}
    return ngettext(
        "%(area)s has most room towards %(level)s", "%(area)s have most room towards %(level)s", len(least)
    ) % {"area": words.joined(least), "level": level}
