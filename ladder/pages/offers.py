"""What a reference page offers to do next, in the same words on each: the quiz, the report, a comparison, the plan.

The pages that they lead to lie in rooms above this one and are named by their URL names. What somebody has there, they
decide themselves, so that no page of the ladder needs a statement for it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from ladder.document.format import Competency, LadderDocument, Level, Specialisation, WayIn
from ladder.levels import NOT_YET, not_yet
from ladder.pages.places import OwnPlace
from ladder.rubric import Rubric
from ladder.titles.titles import TitleAnswer


@dataclass(frozen=True, slots=True)
class Offer:
    """A link, and the few words that may stand before it."""

    label: str
    address: str
    before: str = ""


def where_you_stand(own: OwnPlace | None) -> Offer:
    """What fits every page: the report of who has one, else the quiz."""
    if own:
        return Offer(_("Read your report"), _report(own))
    return Offer(_("See where you stand"), _quiz())


def how_far(rubric: Rubric, own: OwnPlace | None, slug: str, **said: str) -> Offer:
    """From the person's report or, without one that knows the level, from a quiz that begins with what is `said`."""
    names = {"level": rubric.levels[slug].short_title}
    if own and slug in own.levels:
        label = _("See your report beside %(level)s") if slug in own.reached else _("How far am I from %(level)s?")
        return Offer(label % names, f"{_report(own)}?{urlencode({'target': own.levels[slug]})}#against")
    return Offer(_("How far am I from %(level)s?") % names, _quiz(**said, target=slug))


def of_level(rubric: Rubric, own: OwnPlace | None, slug: str, following: Sequence[Level]) -> list[Offer]:
    """`following` are the levels that a promotion leads to, and that are not compared on the page already."""
    here = reverse("show_level", args=[slug])
    compared = [
        Offer(
            _("Compare with %(level)s") % {"level": level.short_title},
            f"{here}?{urlencode({'with': level.slug})}#compare",
        )
        for level in following
    ]
    return [how_far(rubric, own, slug), *compared]


def of_competency(own: OwnPlace | None, competency: Competency, *, signed_in: bool, has_actions: bool) -> list[Offer]:
    first = where_you_stand(own) if own else Offer(_("Rate yourself in the quiz"), _quiz())
    if not signed_in:
        return [first]
    address = "#actions" if has_actions else planned(competency.slug)
    return [first, Offer(_("Add a step to my plan"), address)]


def planned(competency: str, step: int | None = None, number: int = 0) -> str:
    """The form of the plan, for a competency or for one of the actions that lead to a step of it, counted from 0."""
    action = {} if step is None else {"action": f"{step}.{number}"}
    return f"{reverse('create_plan_item')}?{urlencode({'competency': competency, **action})}"


def of_specialisation(item: Specialisation) -> Offer:
    return Offer(_("Take the quiz as %(title)s") % {"title": item.title}, _quiz(specialisation=item.slug))


def of_way_in(rubric: Rubric, own: OwnPlace | None, way: WayIn) -> Offer:
    """The distance to the level where this way leads first."""
    if way.levels:
        return how_far(rubric, own, way.levels[0], level=NOT_YET)
    return _as_not_yet(rubric.ladder)


def of_title(rubric: Rubric, answer: TitleAnswer) -> list[Offer]:
    """The quiz with the title that was looked up, as far as it is one of this craft; nothing for an empty question."""
    if answer.status == "other_profession":
        return [*ways_in(rubric.ladder), _as_not_yet(rubric.ladder, title=answer.query)]
    if answer.status == "unknown":
        return (
            [Offer(_("All levels, each in one sentence"), f"{reverse('show_ladder')}#levels")] if answer.query else []
        )
    special = {"specialisation": answer.specialisation} if answer.specialisation else {}
    return [Offer(_("Take the quiz with this title"), _quiz(title=answer.query, **special))]


def of_questions(own: OwnPlace | None, ladder: LadderDocument) -> list[Offer]:
    search = Offer(_("Search the ladder"), reverse("search_ladder"), before=_("Not your question?"))
    return [where_you_stand(own), *([search] if ladder.questions else [])]


def of_nothing_found(query: str) -> list[Offer]:
    return [Offer(_("Look it up as a title"), f"{reverse('find_title')}?{urlencode({'q': query})}")]


def ways_in(ladder: LadderDocument) -> list[Offer]:
    """The line for whoever is not in this job yet; none where the ladder has no way in."""
    if not ladder.ways_in:
        return []
    before = _("%(not_yet)s?") % {"not_yet": not_yet(ladder)}
    return [Offer(_("Find your way in"), f"{reverse('list_paths')}#ways-in", before=before)]


def _as_not_yet(ladder: LadderDocument, **said: str) -> Offer:
    label = _("Start the quiz as “%(not_yet)s”") % {"not_yet": not_yet(ladder)}
    return Offer(label, _quiz(**said, level=NOT_YET))


def _quiz(**said: str) -> str:
    """The start of the quiz; what is said in the address is chosen there, and can be changed."""
    return f"{reverse('start_quiz')}?{urlencode(said)}" if said else reverse("start_quiz")


def _report(own: OwnPlace) -> str:
    return reverse("show_report", args=[own.report])
