"""How my own reports moved over time, with the revealed views of managers beside them as lines of their own."""

import datetime
import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from assessments.access import reviews_of
from assessments.models import Assessment
from assessments.report import words
from assessments.report.one_job import place_as_one
from assessments.report.trend import (
    HEIGHT,
    WIDTH,
    AskedLevel,
    Stroke,
    TrendLine,
    as_share,
    beside,
    level_under,
    stroke,
    x_of,
)
from assessments.report.what_if import answer_words
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.rule import score
from assessments.scoring.values import Answer, LevelResult, Place, Range
from ladder.document.format import Competency
from ladder.rubric import Rubric
from people.access import signed_in
from people.models import User
from people.policy import Action, Role, allowed
from people.requests import Request

SHOWN_MAX = 24
"""More would run together in a small picture; the newest are shown."""


@dataclass(frozen=True)
class Event:
    """One submitted set of answers: mine (`rater` is empty) or a manager's that both of us have seen.

    `shown` is the version that the page shows: levels and competencies are asked for by its slugs.
    """

    at: datetime.datetime
    rater: str
    who: str
    assessment: Assessment
    answers: Mapping[str, Answer]
    shown: Rubric

    @property
    def rubric(self) -> Rubric:
        return self.assessment.rubric

    def asked(self, level: str, of: Rubric | None = None) -> AskedLevel:
        """A level with my specialisation, as another version names them, or else the one of the answers."""
        of = of or self.rubric
        special = self.rubric.names_in(of).specialisations.get(self.assessment.specialisation)
        return AskedLevel(scoring_ladder(of), self.shown.names_in(of).levels.get(level, ""), special)

    def level(self, slug: str) -> LevelResult | None:
        return level_under(self.asked(slug), self.answers)

    def place(self, target: str) -> tuple[str, Place] | None:
        ladder, level, special = self.asked(target)
        if not level:
            return None
        result = score(ladder, self.answers, targets=[level], specialisation=special)
        return result.track, result.place

    def answer(self, competency: str) -> Answer | None:
        return self.answers.get(self.shown.names_in(self.rubric).competencies.get(competency, ""))

    def place_words(self, track: str, place: Place) -> str:
        rubric = self.rubric
        if self.assessment.small_company:
            rubric, place = place_as_one(rubric, place, track)
        return words.place_words(rubric, place)


@require_safe
def show_trend(request: Request) -> HttpResponse:
    """Readiness, place and every competency over time; `?target=` looks at another level of the newest version."""
    user = signed_in(request)
    own = _own(user)
    if len(own) < 2:
        return render(request, "assessments/report/trend.html", {"few": True, "count": len(own), "section": "plan"})
    newest = own[-1]
    asked = request.GET.get("target", "")
    if asked and asked not in newest.rubric.levels:
        raise Http404
    target = asked or next(iter(newest.assessment.targets), None) or newest.assessment.held
    target = target or newest.rubric.ladder.levels[0].slug
    events = sorted([*own, *_reviews(user, newest.rubric)], key=lambda event: (event.at, event.rater))
    rows = _rows(events, target)
    context = {
        "level": newest.rubric.levels[target],
        "levels": newest.rubric.ladder.levels,
        "rows": rows,
        "pictures": _pictures(events, rows, newest.rubric, target),
        "areas": _areas(events, newest.rubric),
        "raters": _raters(events),
        "marks": [x_of(events.index(now), len(events)) for now in _marked(own)],
        "of_earlier_rule": sum(event.assessment.outcome.is_earlier for event in own),
        "versions": _versions(own, target),
        "shown_max": SHOWN_MAX if len(own) == SHOWN_MAX else 0,
        "width": WIDTH,
        "height": HEIGHT,
        "section": "plan",
    }
    return render(request, "assessments/report/trend.html", context)


def _own(user: User) -> list[Event]:
    newest = Assessment.objects.reports_of(user).select_related("outcome").order_by("-submitted_at", "-pk")
    found = list(newest[:SHOWN_MAX])
    return [
        Event(item.submitted_at, "", _("You"), item, item.outcome.answers, found[0].rubric)  # type: ignore[arg-type]
        for item in reversed(found)
    ]


def _reviews(user: User, shown: Rubric) -> list[Event]:
    """What managers said about this person, in reviews that are revealed: an earlier line would break the blindness."""
    found = (
        reviews_of(user)
        .filter(subject=user, revealed_at__isnull=False, assessment__status=Assessment.Status.SUBMITTED)
        .select_related("assessment__outcome")
        .order_by("-assessment__submitted_at")[:SHOWN_MAX]
    )
    return [
        Event(
            review.assessment.submitted_at,  # type: ignore[arg-type, union-attr]
            str(review.manager_id or review.pk),
            review.manager_name,
            review.assessment,  # type: ignore[arg-type]
            review.assessment.outcome.answers,  # type: ignore[union-attr]
            shown,
        )
        for review in found
        if allowed(Role.SUBJECT, Action.READ_TOGETHER, review.state)
    ]


def _raters(events: Sequence[Event]) -> dict[tuple[str, str], None]:
    """Each rater once, with who that is, in the order of their first words."""
    return dict.fromkeys((event.rater, event.who) for event in events)


def _rows(events: Sequence[Event], target: str) -> list[dict[str, Any]]:
    """The table beside the pictures: one row an event."""
    rows = []
    for event in events:
        level, place = event.level(target), event.place(target)
        rows.append(
            {
                "event": event,
                "readiness": words.readiness(level.readiness) if level else "–",
                "verdict": words.verdict_words(level) if level else "–",
                "place": event.place_words(*place) if place else "–",
            }
        )
    return rows


type Said = list[tuple[str, str, str]]
"""The rater's key, their name, and what they said over time, in words."""


@dataclass(frozen=True)
class Chart:
    """What moved, as its title tells; its lines, none where nothing was rated; and the same in words."""

    title: str
    strokes: list[Stroke]
    said: Said

    @property
    def is_drawn(self) -> bool:
        """Whether there is anything to see: an unknown is no point in a picture."""
        return any(line.dots for line in self.strokes)


def _finding(name: str, values: Sequence[str]) -> str:
    """The name with what became of it, from my own known values."""
    if not values:
        return name
    said = {"name": name, "first": values[0], "last": values[-1]}
    if values[0] != values[-1]:
        return _("%(name)s: from %(first)s to %(last)s") % said
    if len(values) > 1 and len(set(values)) == 1:
        return _("%(name)s: stays at %(last)s") % said
    return _("%(name)s: at %(last)s") % said


def _pictures(events: Sequence[Event], rows: Sequence[Any], rubric: Rubric, target: str) -> list[Chart]:
    """Readiness for the level, and the place on the way to it, as parts of that way; each with the same in words."""
    readiness = [level.readiness if (level := event.level(target)) else None for event in events]
    places = [_height(event, place) if (place := event.place(target)) else None for event in events]
    title = _("Readiness for %(level)s") % {"level": rubric.levels[target].short_title}
    share, named = [row["readiness"] for row in rows], [row["place"] for row in rows]
    # "From A to B" between places that are ranges themselves would read as one range.
    settled = [place is not None and place.settled for place in places]
    ends = [is_settled for event, is_settled in zip(events, settled, strict=True) if not event.rater]
    clear = _own_values(events, named) if ends[0] and ends[-1] else []
    return [
        Chart(_finding(title, _own_values(events, share)), _strokes(events, readiness), _said(events, share)),
        Chart(_finding(_("Place on the way there"), clear), _strokes(events, places), _said(events, named)),
    ]


def _own_values(events: Sequence[Event], values: Sequence[str]) -> list[str]:
    return [value for event, value in zip(events, values, strict=True) if not event.rater and value != "–"]


def _said(events: Sequence[Event], values: Sequence[str]) -> Said:
    pairs = list(zip(events, values, strict=True))
    return [
        (rater, who, " → ".join(value for event, value in pairs if event.rater == rater))
        for rater, who in _raters(events)
    ]


def _height(event: Event, place: tuple[str, Place]) -> Range[Fraction] | None:
    track, found = place
    path = ["", *(level.slug for level in event.shown.paths.get(track, ()))]
    names = event.rubric.names_in(event.shown).levels
    ends = [names.get(end) if end else "" for end in (found.low, found.high)]
    if not found.named or not {*ends} <= {*path}:
        return None
    low, high = (Fraction(path.index(end or ""), max(1, len(path) - 1)) for end in ends)
    return Range(low, high)


def _strokes(events: Sequence[Event], values: Sequence[Range[Fraction] | None]) -> list[Stroke]:
    """A line for each rater, which passes over what the others said."""
    drawn = []
    pairs = list(zip(events, values, strict=True))
    for rater in dict.fromkeys(event.rater for event in events):
        others = frozenset(number for number, event in enumerate(events) if event.rater != rater)
        own = tuple(value if event.rater == rater else None for event, value in pairs)
        drawn.append(stroke(TrendLine(rater, own), others))
    return drawn


def _areas(events: Sequence[Event], rubric: Rubric) -> list[tuple[str, list[Chart]]]:
    """Every competency of the newest version: its lines, and the same in words."""
    return [(area.name, [_of_competency(events, item) for item in items]) for area, items in rubric.by_area if items]


def _of_competency(events: Sequence[Event], competency: Competency) -> Chart:
    answers = [event.answer(competency.slug) for event in events]
    counts = [event.rubric.steps for event in events]
    # Where steps were counted differently, a step alone says nothing: "5 of 5", then "3 of 3".
    words_of = [
        _("%(step)d of %(steps)d") % {"step": answer, "steps": steps}
        if isinstance(answer, int) and len(set(counts)) > 1
        else answer_words(answer)
        for answer, steps in zip(answers, counts, strict=True)
    ]
    pairs = zip(events, answers, words_of, strict=True)
    rated = [said for event, answer, said in pairs if isinstance(answer, int) and not event.rater]
    title = _finding(competency.name, rated)
    strokes = _strokes(events, [as_share(answer, steps) for answer, steps in zip(answers, counts, strict=True)])
    chart = Chart(title, strokes, _said(events, words_of))
    if chart.is_drawn:
        return chart
    return replace(chart, title=_("%(name)s: not rated so far") % {"name": competency.name})


def _changes(own: Sequence[Event]) -> list[tuple[Event, Event]]:
    """Two reports of mine that follow each other and were given against different versions."""
    return [(was, now) for was, now in itertools.pairwise(own) if was.rubric.key != now.rubric.key]


def _marked(own: Sequence[Event]) -> list[Event]:
    """My reports that were made with another version or another rule than the one before. All are shown by today's."""
    return [
        now
        for was, now in itertools.pairwise(own)
        if was.rubric.key != now.rubric.key or was.assessment.outcome.rule != now.assessment.outcome.rule
    ]


def _versions(own: Sequence[Event], target: str) -> list[dict[str, Any]]:
    """For each change of version: the last answers before it, under both."""
    found = []
    for was, now in _changes(own):
        shared = now.rubric.shared_with(was.rubric)
        both = beside(was.asked(target), was.asked(target, now.rubric), shared, was.answers)
        found.append(
            {
                "was": was,
                "now": now,
                "both": both,
                "old": words.readiness(both.old.readiness) if both else "",
                "new": words.readiness(both.new.readiness) if both else "",
            }
        )
    return found
