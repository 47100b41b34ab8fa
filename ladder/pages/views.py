"""The start page, the career map, the levels and the tracks."""

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from ladder.document.format import Level, Track
from ladder.minutes import minutes
from ladder.models import current_rubric
from ladder.pages import offers, places, schemes, texts
from ladder.pages.comparing import compare, expected_by_area, must_haves_of, neighbours, ways_here
from ladder.pages.picture import picture
from ladder.pages.public import ladder_page, public_page, renamed
from ladder.pages.reflections import reflect
from ladder.rubric import Rubric


@public_page
def show_home(request: HttpRequest) -> HttpResponse:
    rubric = current_rubric()
    sample = places.sample(rubric)
    drawn = picture(rubric, title=_("The ladder at a glance"), description=texts.describe_ladder(rubric))
    return ladder_page(
        request,
        "ladder/pages/home.html",
        rubric,
        section="home",
        sample=sample,
        picture=sample.picture if sample else drawn,
        tracks=_levels_by_track(rubric),
        minutes=minutes(rubric),
        tracks_question=texts.tracks_question(rubric),
        ways_in=offers.ways_in(rubric.ladder),
    )


def _levels_by_track(rubric: Rubric) -> list[tuple[Track, tuple[Level, ...]]]:
    """The trunk and each track with its own levels, lowest first, in the order of the ladder's tracks."""
    return [(track, rubric.own_levels[track.slug]) for track in rubric.tracks.values()]


@public_page
def show_ladder(request: HttpRequest) -> HttpResponse:
    """The career map, with the person's own place if they are signed in or have answers in this session."""
    rubric, own = places.rubric_and_place(request)
    scheme = schemes.chosen(request, rubric)
    drawn = picture(
        rubric,
        places=own.ranges if own else None,
        targets=own.targets if own else (),
        captions=schemes.rung_titles(scheme),
        links=True,
        title=_("The career map"),
        description=texts.describe_ladder(rubric),
    )
    marks = {rung.level.slug: rung for rung in drawn.rungs}
    return ladder_page(
        request,
        "ladder/pages/map.html",
        rubric,
        here="map",
        picture=drawn,
        marks=marks,
        own=own,
        map_title=texts.map_title(rubric),
        offers=[offers.where_you_stand(own)],
        ways_in=[] if own else offers.ways_in(rubric.ladder),
        place_sentences=texts.place_sentences(rubric, own) if own else [],
        groups=schemes.rung_groups(rubric, scheme) if scheme else (),
        tracks=_levels_by_track(rubric),
        scheme_places={level.slug: schemes.places_of(rubric, level.slug) for level in rubric.ladder.levels},
        crossings=[link for link in rubric.ladder.links if link.kind == "crossing"],
    )


@public_page
def show_level(request: HttpRequest, slug: str) -> HttpResponse:
    """One level; `?with=<slug>` compares it with another. The page says so if there is no such other level."""
    rubric, own = places.rubric_and_place(request)
    if slug not in rubric.levels:
        return renamed(request, rubric.now.levels, slug)
    level = rubric.levels[slug]
    said = request.GET.get("with", "")
    beside = rubric.now.levels.get(said, "")
    compared = compare(rubric, slug, beside) if beside not in {"", slug} else None
    sides = (compared.one, compared.other) if compared else ()
    following = neighbours(rubric, slug, "promotion")
    across = {
        other.slug: other for other in (*neighbours(rubric, slug, "crossing"), *ways_here(rubric, slug, "crossing"))
    }
    return ladder_page(
        request,
        "ladder/pages/level.html",
        rubric,
        here="map",
        level=level,
        offers=offers.of_level(rubric, own, slug, [item for item in following if item not in sides]),
        one_job=texts.one_job_sentences(rubric, slug),
        programme=texts.programme_sentence(rubric, level),
        track=rubric.tracks[level.track],
        must_haves_finding=texts.must_haves_finding(rubric, must_haves_of(rubric, slug)),
        areas=expected_by_area(rubric, slug),
        leads_on=rubric.rising_must_haves[slug],
        scheme_places=schemes.places_of(rubric, slug),
        before=ways_here(rubric, slug, "promotion"),
        following=following,
        across=across.values(),
        milestones=[(other, signs) for other in following if (signs := rubric.milestones_for(other.slug))],
        others=[other for other in rubric.ladder.levels if other.slug != slug],
        compared=compared,
        sides=sides,
        offers_compared=[offers.how_far(rubric, own, compared.other.slug)] if compared else [],
        compared_rows=(compared.grows, compared.asks_less, compared.same) if compared else (),
        comparison_finding=texts.comparison_finding(compared) if compared else "",
        unknown_level=bool(said) and compared is None,
    )


@public_page
def compare_tracks(request: HttpRequest) -> HttpResponse:
    """The tracks side by side. The answers to the questions to reflect on come in the query and are not stored."""
    rubric, own = places.rubric_and_place(request)
    return ladder_page(
        request,
        "ladder/pages/tracks.html",
        rubric,
        here="tracks",
        own=own,
        tracks_question=texts.tracks_question(rubric),
        offers=[offers.where_you_stand(own)],
        place_sentences=texts.place_sentences(rubric, own) if own else [],
        tracks=[rubric.tracks[slug] for slug in rubric.paths],
        steps=[(rubric.tracks[slug], own.next_steps[slug]) for slug in rubric.paths if slug in own.next_steps]
        if own
        else [],
        pairs=_side_by_side(rubric),
        reflection=reflect(rubric.ladder, request.GET),
    )


def _side_by_side(rubric: Rubric) -> list[tuple[Level, Level]]:
    """Pairs of levels of one band on different tracks."""
    beside = [level for level in rubric.ladder.levels if not rubric.tracks[level.track].trunk]
    return [
        (one, other)
        for n, one in enumerate(beside)
        for other in beside[n + 1 :]
        if one.band == other.band and one.track != other.track
    ]
