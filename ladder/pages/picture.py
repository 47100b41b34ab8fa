"""The ladder as a picture: computes the positions of rails, rungs and marks from the rubric. Pure.

`templates/components/ladder.svg.html` draws it. Coordinates are whole user units, y grows downwards. The
trunk stands in the middle, each track has a column above it, and levels of one band share a height.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ladder.document.format import Level
from ladder.rubric import Rubric

type Places = Mapping[str, tuple[str | None, str | None]]

COLUMN = 132  # between the two rails of a track
BETWEEN = 72  # between two columns
MARGIN = 12
ROW = 64  # from rung to rung
PART = 26  # more than that where the ladder parts
ABOVE_TOP = 24  # how far rails reach past the last rung
BELOW_FOOT = 28  # and below the first
NONE: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class RungMark:
    """One level: its rung from `left` to `right` at height `y`, and the texts beside it.

    `state` is met, maybe (met if the open answers turn out well) or open. `place` is here, least, most or empty.
    `title` is cut to fit; `level` has the whole of it.
    """

    level: Level
    title: str
    left: int
    right: int
    y: int
    state: str = "open"
    place: str = ""
    target: bool = False
    note: str = ""
    caption: str = ""

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def middle(self) -> int:
        return (self.left + self.right) // 2

    @property
    def label_y(self) -> int:
        """The baseline of the title: a mark on the rung pushes it up."""
        return self.y - (17 if self.place else 10)

    @property
    def note_y(self) -> int:
        return self.y + (25 if self.place else 17)

    @property
    def caption_y(self) -> int:
        return self.note_y + (14 if self.note or self.target else 0)

    @property
    def mark_width(self) -> int:
        return 48 if self.place == "here" else 76

    @property
    def mark_left(self) -> int:
        return self.middle - self.mark_width // 2


@dataclass(frozen=True, slots=True)
class Caption:
    """A text at a position: the name of a track, a link to another page, or a place below the first rung."""

    kind: str
    text: str
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """A line between two tracks, as an SVG path; `heads` are the paths of its arrow heads."""

    path: str
    heads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """The whole picture. `key` goes into the ids of title and description: two pictures on a page would share them."""

    key: str
    title: str
    description: str
    width: int
    height: int
    rails: tuple[str, ...]
    rungs: tuple[RungMark, ...]
    tracks: tuple[Caption, ...]
    crossings: tuple[Crossing, ...]
    doors: tuple[Caption, ...]
    foot: Caption | None
    links: bool
    # Others read it, too, so it must not say “you”.
    about_other: bool = False


def picture(
    rubric: Rubric,
    *,
    places: Places | None = None,
    targets: Sequence[str] = (),
    notes: Mapping[str, str] = NONE,
    captions: Mapping[str, str] = NONE,
    links: bool = False,
    title: str,
    description: str,
    key: str = "ladder",
) -> Picture:
    """Lay out the ladder.

    `places` gives for each track the lowest and the highest level that the answers allow (None: before the first);
    `notes` are a few words under a level's rung, `captions` quieter ones below them. With `links` every level is a
    link, and crossings and links to other pages are drawn; the page must then list the same links as text, for those
    who can't use the picture.
    """
    grid = _Grid(rubric, links=links)
    ranges = _ranges(rubric, places or {})
    marks = _marks(rubric, ranges)
    states = _states(rubric, ranges)
    rungs = {
        level.slug: RungMark(
            level=level,
            title=fitting(level.short_title, COLUMN - 8, 8),
            left=grid.left(level),
            right=grid.left(level) + COLUMN,
            y=grid.heights[level.slug],
            state=states.get(level.slug, "open"),
            place=marks.get(level.slug, ""),
            target=level.slug in targets,
            note=fitting(notes.get(level.slug, ""), COLUMN + BETWEEN, 7),
            caption=fitting(captions.get(level.slug, ""), COLUMN + BETWEEN, 6),
        )
        for level in rubric.ladder.levels
    }
    below = marks.get("", "")
    lower = 30 if below else 0
    return Picture(
        key=key,
        title=title,
        description=description,
        width=grid.width,
        height=grid.height + lower,
        rails=tuple(grid.rails(lower)),
        rungs=tuple(rungs.values()),
        tracks=tuple(grid.track_names()),
        crossings=tuple(_crossings(rubric, rungs)) if links else (),
        doors=tuple(grid.doors(lower)) if links else (),
        foot=Caption(below, "", grid.middle, grid.foot + 50) if below else None,
        links=links,
    )


def fitting(text: str, width: int, per_letter: int) -> str:
    """Cut a text to a width in user units, with letters about `per_letter` wide."""
    most = width // per_letter
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


class _Grid:
    """The row and column of each level, and what follows from them."""

    def __init__(self, rubric: Rubric, *, links: bool) -> None:
        self.rubric = rubric
        self.columns = [track.slug for track in rubric.ladder.tracks if not track.trunk]
        count = max(1, len(self.columns))
        self.width = 2 * MARGIN + count * COLUMN + (count - 1) * BETWEEN
        self.middle = self.width // 2
        rows = self._rows()
        last = max(rows.values(), default=0)
        trunk = [rows[level.slug] for level in rubric.trunk]
        self.parted = bool(trunk) and last > max(trunk)
        self.top = 62 + (34 if links else 0)
        self.foot = self.top + last * ROW + (PART if self.parted else 0)
        self.height = self.foot + 40 + (38 if links else 0)
        self.heights = {
            slug: self.foot - row * ROW - (PART if self.parted and trunk and row > max(trunk) else 0)
            for slug, row in rows.items()
        }
        self.trunk_top = self.foot - max(trunk) * ROW if trunk else self.foot

    def _rows(self) -> dict[str, int]:
        """Level → row, 0 at the foot: the trunk first, then the tracks; two levels of one track never share a row."""
        tracks = self.rubric.tracks
        seen: Counter[tuple[str, int]] = Counter()
        keys: dict[str, tuple[bool, int, int]] = {}
        for level in self.rubric.ladder.levels:
            keys[level.slug] = (not tracks[level.track].trunk, level.band, seen[level.track, level.band])
            seen[level.track, level.band] += 1
        order = {key: row for row, key in enumerate(sorted(set(keys.values())))}
        return {slug: order[key] for slug, key in keys.items()}

    def left(self, level: Level) -> int:
        if level.track not in self.columns:
            return self.middle - COLUMN // 2
        return MARGIN + self.columns.index(level.track) * (COLUMN + BETWEEN)

    def rails(self, lower: int) -> Iterator[str]:
        """Two rails for the trunk and two for each track, which branch off those of the trunk."""
        base, part = self.foot + BELOW_FOOT + lower, self.trunk_top - ABOVE_TOP + 4
        trunk = self.middle - COLUMN // 2
        if self.rubric.trunk:
            end = part if self.parted else self.trunk_top - ABOVE_TOP
            yield from (f"M{x} {base} V{end}" for x in (trunk, trunk + COLUMN))
        for slug in self.columns:
            levels = self.rubric.own_levels[slug]
            if not levels:
                continue
            left, top = self.left(levels[0]), self.heights[levels[-1].slug] - ABOVE_TOP
            if not self.parted:
                yield from (f"M{x} {base} V{top}" for x in (left, left + COLUMN))
                continue
            until = self.heights[levels[0].slug] + 18
            turn = (part + until) // 2
            for start, x in ((trunk, left), (trunk + COLUMN, left + COLUMN)):
                yield f"M{start} {part} C{start} {turn} {x} {turn} {x} {until} V{top}"

    def track_names(self) -> Iterator[Caption]:
        for slug in self.columns:
            if levels := self.rubric.own_levels[slug]:
                text = fitting(self.rubric.tracks[slug].title, COLUMN + BETWEEN, 7)
                yield Caption("track", text, self.left(levels[0]) + COLUMN // 2, self.heights[levels[-1].slug] - 42)

    def doors(self, lower: int) -> Iterator[Caption]:
        """Links to ways in (below the foot), across (beside the trunk) and beyond (above the highest level), as far as
        the ladder has some."""
        ladder = self.rubric.ladder
        if ladder.ways_in:
            yield Caption("in", "", self.middle, self.foot + BELOW_FOOT + 34 + lower)
        if ladder.ways_across:
            yield Caption("across", "", self.middle + COLUMN // 2 + 10, (self.foot + self.trunk_top) // 2 + 4)
        highest = min(ladder.levels, key=lambda level: self.heights[level.slug])
        if ladder.beyond:
            yield Caption("beyond", "", self.left(highest) + COLUMN // 2, self.heights[highest.slug] - 72)


def _ranges(rubric: Rubric, places: Places) -> dict[str, tuple[int, int]]:
    """Track → indexes of the lowest and highest place on its path; -1 is before the first level."""
    found = {}
    for track, (low, high) in places.items():
        path = [level.slug for level in rubric.paths.get(track, ())]
        if path:
            low_at, high_at = (path.index(slug) if slug in path else -1 for slug in (low, high))
            found[track] = (low_at, max(low_at, high_at))
    return found


def _states(rubric: Rubric, ranges: Mapping[str, tuple[int, int]]) -> dict[str, str]:
    states: dict[str, str] = {}
    for track, (low, high) in ranges.items():
        for at, level in enumerate(rubric.paths[track][: high + 1]):
            if at <= low:
                states[level.slug] = "met"
            else:
                states.setdefault(level.slug, "maybe")
    return states


def _marks(rubric: Rubric, ranges: Mapping[str, tuple[int, int]]) -> dict[str, str]:
    """Level (empty: below the first) → here, least or most.

    A mark on the trunk is left out if another track has one above the trunk: it would show the person twice.
    """
    split = len(rubric.trunk)
    marks: dict[str, str] = {}
    lows, highs = [low for low, _ in ranges.values()], [high for _, high in ranges.values()]
    for track, (low, high) in ranges.items():
        slugs = ["", *(level.slug for level in rubric.paths[track])]
        if high >= split or max(highs) < split:
            marks[slugs[high + 1]] = "here" if low == high else "most"
        if low != high and (low >= split or max(lows) < split):
            marks.setdefault(slugs[low + 1], "least")
    return marks


def _crossings(rubric: Rubric, rungs: Mapping[str, RungMark]) -> Iterator[Crossing]:
    """A dashed line for each crossing between two tracks, with an arrow head at each end that it leads to."""
    ways = {(link.source, link.target) for link in rubric.ladder.links if link.kind == "crossing"}
    for source, target in sorted(ways):
        if (target, source) in ways and source > target:
            continue  # drawn with the way back
        one, other = sorted((rungs[source], rungs[target]), key=lambda rung: rung.left)
        start, end = one.right + 9, other.left - 9
        heads = []
        if (one.level.slug, other.level.slug) in ways:
            heads.append(f"M{end - 6} {other.y - 4} L{end} {other.y} L{end - 6} {other.y + 4}")
        if (other.level.slug, one.level.slug) in ways:
            heads.append(f"M{start + 6} {one.y - 4} L{start} {one.y} L{start + 6} {one.y + 4}")
        yield Crossing(f"M{start} {one.y} L{end} {other.y}", tuple(heads))
