"""What this is, for somebody who is not signed in."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from ladder.document.format import Level, Track
from ladder.minutes import minutes
from ladder.models import current_rubric
from ladder.pages import offers, places, texts
from ladder.pages.picture import picture
from ladder.pages.public import ladder_page
from ladder.rubric import Rubric


def start_page(request: HttpRequest, **more: Any) -> HttpResponse:
    """The page of the one who rates themselves, of a manager and of an owner. `more` is for the template."""
    rubric = current_rubric()
    sample = places.sample(rubric)
    drawn = picture(rubric, title=_("The ladder at a glance"), description=texts.describe_ladder(rubric))
    return ladder_page(
        request,
        "ladder/pages/start.html",
        rubric,
        section="home",
        sample=sample,
        picture=sample.picture if sample else drawn,
        tracks=levels_by_track(rubric),
        tracks_question=texts.tracks_question(rubric),
        ways_in=offers.ways_in(rubric.ladder),
        minutes=minutes(rubric),
        **more,
    )


def levels_by_track(rubric: Rubric) -> list[tuple[Track, tuple[Level, ...]]]:
    """The trunk and each track with its own levels, lowest first, in the order of the ladder's tracks."""
    return [(track, rubric.own_levels[track.slug]) for track in rubric.tracks.values()]
