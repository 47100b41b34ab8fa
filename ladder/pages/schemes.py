"""Levels in the words of another company's scheme: which scheme a person chose, and what it calls each level."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.http import HttpRequest

from ladder.document.format import Level, Rung, Scheme
from ladder.rubric import Rubric

COOKIE = "scheme"
COOKIE_SECONDS = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class SchemePlace:
    """The place of a level in one scheme: the rung that it belongs to, and rungs that it belongs to in part."""

    scheme: Scheme
    whole: Rung | None
    partly: tuple[Rung, ...]


@dataclass(frozen=True, slots=True)
class RungGroup:
    """A rung of a scheme with its levels; `partly` are levels that belong to it only in part."""

    rung: Rung
    levels: tuple[Level, ...]
    partly: tuple[Level, ...]


def chosen(request: HttpRequest, rubric: Rubric) -> Scheme | None:
    """The scheme in which this person reads levels; None for the ladder's own names.

    It comes from the profile when signed in, else from the cookie. A slug that the ladder lacks counts as none.
    """
    slug = request.user.scheme if request.user.is_authenticated else request.COOKIES.get(COOKIE, "")
    return rubric.schemes.get(slug)


def rung_titles(scheme: Scheme | None) -> Mapping[str, str]:
    """Slug of a level → what the scheme calls it; empty without a scheme."""
    return {level: rung.title for rung in scheme.rungs for level in rung.levels} if scheme else {}


def places_of(rubric: Rubric, level: str) -> tuple[SchemePlace, ...]:
    """The place of a level in each scheme of the ladder."""
    return tuple(
        SchemePlace(
            scheme=scheme,
            whole=next((rung for rung in scheme.rungs if level in rung.levels), None),
            partly=tuple(rung for rung in scheme.rungs if level in rung.partly),
        )
        for scheme in rubric.ladder.schemes
    )


def rung_groups(rubric: Rubric, scheme: Scheme) -> tuple[RungGroup, ...]:
    """The rungs of a scheme, each with its levels."""
    return tuple(
        RungGroup(
            rung=rung,
            levels=tuple(rubric.levels[slug] for slug in rung.levels),
            partly=tuple(rubric.levels[slug] for slug in rung.partly),
        )
        for rung in scheme.rungs
    )
