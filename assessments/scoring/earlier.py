"""What a result of rule 1 said, read back from its JSON: it is shown as it was, and never computed again unasked."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from assessments.scoring.values import BEFORE_FIRST, Firmness, Move, Place, Raise, Result


def as_it_was(result: Result, stored: Mapping[str, Any]) -> Result:
    """The result of today's rule with what rule 1 found otherwise: places, track, firmness, advice for the wishes.

    Readiness and verdicts of levels are the same under both.
    """
    track = stored["firmness"]["track"]
    wishes = tuple(slug for slug in stored["targets"] if slug in result.targets)
    return replace(
        result,
        places={name: _place(place) for name, place in stored["places"].items()},
        track=track,
        wishes=wishes,
        aims=wishes,
        targets={
            slug: replace(
                result.targets[slug],
                shortest_way=tuple(
                    Raise(item["competency"], item["from"], item["to"])
                    for item in stored["targets"][slug]["shortest_way"]
                ),
                settles=tuple(stored["targets"][slug]["settles"]),
            )
            for slug in wishes
        },
        firmness=Firmness(
            track,
            tuple(
                Move(move["competency"], move["to"], None if move["place"] == BEFORE_FIRST else move["place"])
                for move in stored["firmness"]["moved_by"]
            ),
        ),
    )


def _place(stored: Mapping[str, Any]) -> Place:
    low, high = (None if stored[end] == BEFORE_FIRST else stored[end] for end in ("low", "high"))
    return Place(low, high)
