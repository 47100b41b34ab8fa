"""The picture on a competency's page: a dot for the step that each level asks for. Pure.

Levels are rows, the highest on top as on a ladder; steps are columns. Coordinates are whole user units.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ladder.document.format import Expectation, Level, ScaleStep
from ladder.document.kinds import MUST_HAVE
from ladder.rubric import Rubric

LABELS = 128  # room for the titles of levels
COLUMN = 46
ROW = 30
GROUP = 16  # more than that between two tracks
TOP = 34


@dataclass(frozen=True, slots=True)
class DotRow:
    """A level at height `y`; its dot is at `x`, or it has none where nothing is expected."""

    level: Level
    cell: Expectation
    x: int
    y: int

    @property
    def expected(self) -> bool:
        return self.cell.weight > 0

    @property
    def must_have(self) -> bool:
        return self.cell.weight == MUST_HAVE

    @property
    def diamond(self) -> str:
        """The path of a must-have's mark."""
        return f"M{self.x} {self.y - 9} L{self.x + 9} {self.y} L{self.x} {self.y + 9} L{self.x - 9} {self.y} Z"


@dataclass(frozen=True, slots=True)
class DotColumn:
    step: ScaleStep
    x: int


@dataclass(frozen=True, slots=True)
class DotPicture:
    """The whole picture; `lines` join the dots of one track."""

    width: int
    height: int
    rows: tuple[DotRow, ...]
    columns: tuple[DotColumn, ...]
    lines: tuple[str, ...]
    label_x: int
    bottom: int


def standing(rubric: Rubric, competency: str) -> DotPicture:
    """Lay out the picture: the tracks on top, the trunk at the foot."""
    tracks = [rubric.own_levels[track] for track in rubric.paths]
    groups = [group for group in (*reversed(tracks), rubric.trunk) if group]
    rows: list[DotRow] = []
    lines: list[str] = []
    y = TOP
    for group in groups:
        mine = []
        for level in reversed(group):
            cell = rubric.expectation(level.slug, competency)
            mine.append(DotRow(level, cell, LABELS + COLUMN * cell.step - COLUMN // 2, y))
            y += ROW
        rows += mine
        lines += _line([row for row in mine if row.expected])
        y += GROUP
    bottom = y - GROUP - ROW + 18
    steps = tuple(DotColumn(step, LABELS + COLUMN * step.step - COLUMN // 2) for step in rubric.ladder.scale[1:])
    return DotPicture(
        width=LABELS + COLUMN * rubric.steps,
        height=bottom + 4,
        rows=tuple(rows),
        columns=steps,
        lines=tuple(lines),
        label_x=LABELS - 14,
        bottom=bottom,
    )


def _line(rows: list[DotRow]) -> Iterator[str]:
    if len(rows) > 1:
        yield "M" + " L".join(f"{row.x} {row.y}" for row in rows)
