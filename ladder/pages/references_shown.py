"""What reference pages show beside the ladder's texts: links in answers, and what a specialisation changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from django.urls import reverse
from django.utils.translation import gettext as _

from ladder.document.format import Competency, Expectation, Specialisation
from ladder.rubric import Rubric
from ladder.search.entries import IndexEntry, by_address


@dataclass(frozen=True, slots=True)
class Described:
    """A step of a competency: what it looks like, in short where that says something else, and what helps to see it."""

    says: str
    short: str
    examples: tuple[str, ...]
    small_company: str


def described(competency: Competency, step: int) -> Described:
    short, full = competency.short[step - 1], competency.full[step - 1]
    return Described(
        says=competency.says(step),
        short=short if short and full else "",
        examples=competency.examples[step - 1] or (),
        small_company=competency.small_company[step - 1] or "",
    )


@dataclass(frozen=True, slots=True)
class RaisedRow:
    """A competency that a specialisation raises. `cells` has for each level what is asked without and with it."""

    competency: Competency
    by: int
    cells: tuple[tuple[Expectation, Expectation], ...]


def specialised_rows(rubric: Rubric, item: Specialisation) -> tuple[RaisedRow, ...]:
    return tuple(
        RaisedRow(
            competency=rubric.competencies[slug],
            by=by,
            cells=tuple(
                (rubric.expectation(level.slug, slug), rubric.specialised(level.slug, slug, item.slug))
                for level in rubric.ladder.levels
            ),
        )
        for slug, by in item.adds.items()
    )


def links(rubric: Rubric, addresses: Iterable[str]) -> list[tuple[str, str]]:
    """The pages that a text refers to, as (address, name). Levels and the like that the ladder lacks are left out: a
    link to them would answer 404."""
    return [found for see in addresses if (found := _link(rubric, see))]


@lru_cache(maxsize=8)
def _places(rubric: Rubric) -> dict[str, IndexEntry]:
    """What the addresses below /ladder/ lead to; a rubric is compared by identity."""
    return by_address(rubric.ladder)


def _link(rubric: Rubric, see: str) -> tuple[str, str] | None:
    if "#" in see:
        entry = _places(rubric).get(see)
        return (f"{reverse(entry.view)}#{entry.fragment}", entry.title) if entry and not entry.slug else None
    kind, _slash, slug = see.strip("/").partition("/")
    if kind == "levels" and (level := rubric.levels.get(rubric.now.levels.get(slug, ""))):
        return reverse("show_level", args=[level.slug]), level.title
    if kind == "competencies" and (item := rubric.competency(slug)):
        return reverse("show_competency", args=[item.slug]), item.name
    pages = {
        "competencies": ("list_competencies", _("All competencies")),
        "tracks": ("compare_tracks", _("The tracks")),
        "titles": ("find_title", _("Titles")),
        "paths": ("list_paths", _("Ways in and out")),
        "specialisations": ("list_specialisations", _("Specialisations")),
        "questions": ("list_questions", _("Questions people ask")),
    }
    if slug or kind not in pages:
        return None
    view, name = pages[kind]
    return reverse(view), name
