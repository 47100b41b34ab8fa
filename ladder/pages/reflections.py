"""The questions about what a person enjoys, and which track their answers speak for. Never scored or stored. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from ladder.document.format import LadderDocument, Reflection, Track

YES, NO = "yes", "no"


@dataclass(frozen=True, slots=True)
class Reflected:
    """The questions with their answers (yes, no or empty); `tally` has (track, yeses, questions) for each track.

    A yes speaks for the track that the question names, a no for none: not enjoying one thing is not enjoying another.
    """

    questions: tuple[tuple[Reflection, str], ...]
    tally: tuple[tuple[Track, int, int], ...]
    answered: int

    @property
    def ahead(self) -> Track | None:
        """The track with most yeses; None if two are even or nothing was answered."""
        ranked = sorted(self.tally, key=lambda item: -item[1])
        if not ranked or not ranked[0][1] or (len(ranked) > 1 and ranked[0][1] == ranked[1][1]):
            return None
        return ranked[0][0]


def reflect(ladder: LadderDocument, given: Mapping[str, str]) -> Reflected:
    """Read answers, given by the slug of the question; anything but yes and no counts as no answer."""
    questions = tuple(
        (item, answer if (answer := given.get(item.slug, "")) in {YES, NO} else "") for item in ladder.reflections
    )
    tally = tuple(
        (
            track,
            sum(answer == YES and item.yes == track.slug for item, answer in questions),
            sum(item.yes == track.slug for item, _ in questions),
        )
        for track in ladder.tracks
        if not track.trunk
    )
    return Reflected(questions, tally, sum(bool(answer) for _, answer in questions))
