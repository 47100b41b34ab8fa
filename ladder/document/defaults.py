"""What a ladder's files may leave out, worked out from the rest of them. Pure.

A published document holds all of it, so that a later change of a default changes no version that people were rated
by. What does not have the shape of a ladder is left as it is: the validation names it.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from people.texts import fold

type Data = dict[str, Any]

FEWEST_STEPS = 2
# More than the format allows: the list that is too long is named, and a huge number fills no memory.
_STEPS_READ = 99
# The texts that a competency has for each of its steps.
BY_STEP = ("short", "full", "examples", "small_company")


def completed(given: Data) -> Data:
    """The ladder with its slugs, bands, steps, links and expectations, wherever the files leave them out."""
    data = {**given}
    for name in ("levels", "competencies"):
        if isinstance(data.get(name), list):
            data[name] = [{**item} if isinstance(item, dict) else item for item in data[name]]
    _names(data)
    _alone(data, "tracks", "levels", "track")
    _alone(data, "areas", "competencies", "area")
    _bands(data)
    _steps(data)
    data.setdefault("links", list(_links(data)))
    _expectations(data)
    return data


def _names(data: Data) -> None:
    for item in _items(data, "levels"):
        _slug(item, "title")
        item.setdefault("short_title", item.get("title"))
    for item in _items(data, "competencies"):
        _slug(item, "name")


def _alone(data: Data, groups: str, members: str, field: str) -> None:
    """Where there is one track, or one area, everything is in it; without any there is one that pages don't name."""
    data.setdefault(groups, [{"slug": field}])
    if len(found := _items(data, groups)) == 1:
        for item in _items(data, members):
            item.setdefault(field, found[0].get("slug"))


def _items(data: Data, name: str) -> list[Data]:
    found = data.get(name)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []


def _slug(item: Data, name: str) -> None:
    if "slug" not in item and isinstance(item.get(name), str):
        item["slug"] = "-".join(re.findall(r"[a-z0-9]+", fold(item[name])))[:60].strip("-")


def _trunk(data: Data) -> set[Any]:
    return {_key(track.get("slug")) for track in _items(data, "tracks") if track.get("trunk") is True}


def _key(value: Any) -> Any:
    """A value that can stand in a set: a list where a slug belongs is named by the validation."""
    return value if isinstance(value, str) else None


def _bands(data: Data) -> None:
    """A level's band is its position on its path: the trunk's levels first, then those of its track."""
    trunk, seen = _trunk(data), Counter[Any]()
    first = sum(_key(level.get("track")) in trunk for level in _items(data, "levels"))
    for level in _items(data, "levels"):
        track = _key(level.get("track"))
        seen[track] += 1
        level.setdefault("band", seen[track] + (0 if track in trunk else first))


def _steps(data: Data) -> None:
    steps = data.setdefault("steps", _most_steps(data))
    if not isinstance(steps, int) or steps > _STEPS_READ:
        return
    names = ["Not yet", *(f"Step {step}" for step in range(1, steps + 1))]
    data.setdefault("scale", [{"step": step, "name": name} for step, name in enumerate(names)])
    for item in _items(data, "competencies"):
        for name in BY_STEP:
            item[name] = _by_step(item.get(name), steps)


def _most_steps(data: Data) -> int:
    """The most steps that any competency describes."""
    found = [FEWEST_STEPS]
    for item in _items(data, "competencies"):
        for value in (item.get("short"), item.get("full")):
            if isinstance(value, list):
                found.append(len(value))
            elif isinstance(value, dict):
                found += [step for key in value if (step := _step(key)) is not None]
    return max(found)


def _step(key: Any) -> int | None:
    text = str(key)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else None


def _by_step(value: Any, steps: int) -> Any:
    """A list with step 1 first and None where there is no text, whether a list or a map of steps was written."""
    if value is None:
        return [None] * steps
    if isinstance(value, dict):
        numbered = {_step(key): item for key, item in value.items()}
        if len(numbered) < len(value) or not numbered.keys() <= set(range(1, steps + 1)):
            return value
        return [numbered.get(step) for step in range(1, steps + 1)]
    return [*value, *[None] * (steps - len(value))] if isinstance(value, list) else value


def _links(data: Data) -> Iterator[Data]:
    """Promotions in order: to the next of its track, and from the trunk's last to the first of each track."""
    trunk, levels = _trunk(data), _items(data, "levels")
    if not all(isinstance(level.get("band"), int) and _key(level.get("slug")) for level in levels):
        return
    rising = sorted(levels, key=lambda level: level["band"])
    shared = [level["slug"] for level in rising if _key(level.get("track")) in trunk]
    ways = list(pairwise(shared))
    for track in dict.fromkeys(_key(item.get("slug")) for item in _items(data, "tracks")):
        own = [level["slug"] for level in rising if _key(level.get("track")) == track]
        if track not in trunk:
            ways += pairwise([*shared[-1:], *own])
    yield from ({"from": source, "to": target, "kind": "promotion"} for source, target in ways)


def _expectations(data: Data) -> None:
    """Without a table, a level asks the step of its column: the highest described one at or below its position."""
    levels, competencies = _items(data, "levels"), _items(data, "competencies")
    if "expectations" not in data:
        bands = sorted({level["band"] for level in levels if isinstance(level.get("band"), int)})
        data["expectations"] = {
            level["slug"]: {
                item["slug"]: _cell(item, level, bands.index(level["band"]) + 1)
                for item in competencies
                if _key(item.get("slug"))
            }
            for level in levels
            if _key(level.get("slug")) and isinstance(level.get("band"), int)
        }
        return
    given = data["expectations"]
    if not isinstance(given, dict):
        return
    # What a track does not ask needs no cell.
    data["expectations"] = rows = {slug: {**row} if isinstance(row, dict) else row for slug, row in given.items()}
    for level in levels:
        row = rows.get(_key(level.get("slug")))
        for item in competencies:
            if isinstance(row, dict) and _key(item.get("slug")) and _is_elsewhere(item, level):
                row.setdefault(item["slug"], "–")


def _cell(item: Data, level: Data, position: int) -> Data:
    described = {n for name in ("short", "full") for n, text in enumerate(_texts(item, name), 1) if text is not None}
    step = max((n for n in described if n <= position), default=0)
    if _is_elsewhere(item, level):
        step = 0
    return {"step": step, "weight": 2 if step else 0}


def _texts(item: Data, name: str) -> list[Any]:
    found = item.get(name)
    return found if isinstance(found, list) else []


def _is_elsewhere(item: Data, level: Data) -> bool:
    """Whether a competency is asked on other tracks than the level's."""
    tracks = item.get("tracks")
    return isinstance(tracks, list | tuple) and bool(tracks) and level.get("track") not in tracks
