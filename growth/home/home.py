"""A person's home, put together: where they stand, the one next step, and the lines of all that waits."""

import datetime
from dataclasses import dataclass
from functools import cached_property

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Assessment
from assessments.report import words
from assessments.report.find import report_of_outcome
from assessments.report.letter import Letter
from assessments.report.report import Report
from assessments.reviews.waiting import copies_to_rate, reviews_under_way
from assessments.rounds.rounds import rounds_of
from growth.home.lines import SOURCES, HomeFacts, Line, Waiting, date_words, next_item
from growth.models import PlanItem
from growth.plan.plan import OPEN, plan_of
from ladder.models import current_rubric
from ladder.pages.picture import Picture, picture
from ladder.pages.texts import describe_ladder
from people.models import User
from people.standing import offices_of


@dataclass(frozen=True, slots=True)
class OwnStep:
    """The one next step, with a filled button. `done` is what the button beside it says to be done, if any."""

    eyebrow: str
    title: str
    verb: str
    url: str
    note: str = ""
    done: PlanItem | None = None


@dataclass(frozen=True)
class Home:
    today: datetime.date
    report: Report | None
    newest: Assessment | None
    picture: Picture
    step: OwnStep | None
    parts: tuple[Waiting, ...]
    headline: str
    lede: str
    is_for_others: bool
    """Whether people wait for this one: then they come first, and the own next step stands beside them."""

    @cached_property
    def todo(self) -> list[Waiting]:
        return [part for part in self.parts if part.todo]

    @property
    def first(self) -> Line | None:
        """The line with the filled button, where people wait for this one; without it the next step has that."""
        return self.todo[0].todo[0] if self.todo and self.is_for_others else None

    @cached_property
    def under_way(self) -> list[Waiting]:
        return [part for part in self.parts if part.others]

    @cached_property
    def place(self) -> str:
        """The headline of the report, for a page whose own headline says something else."""
        return self.report.headline if self.report else ""


def home_of(user: User) -> Home:
    """Everything of the page, in a number of statements that depends on what somebody is, and never on how much there
    is. Raises NoLadderError."""
    newest = Assessment.objects.reports_of(user).select_related("outcome").order_by("-submitted_at", "-pk").first()
    facts = HomeFacts(
        user=user,
        today=timezone.localdate(),
        newest=newest,
        drafts=list(Assessment.objects.drafts_of(user)),
        plan=list(plan_of(user).filter(state__in=OPEN).select_related("commitment__review__manager")),
        offices=(offices := offices_of(user)),
        rounds=rounds_of(user) if offices.is_in else [],
        reviews=list(reviews_under_way(user)) if offices.is_in else [],
        copies=copies_to_rate(user) if offices.manages else [],
    )
    parts = [source(facts) for source in SOURCES]
    people = {line.person for part in parts for line in part.todo if line.person}
    # As the page says it that this leads to.
    report = report_of_outcome(newest, by_today=False) if newest else None
    headline, lede = _headline(len(people), parts, report)
    is_for_others = bool(people) or any(part.leads for part in parts)
    step, parts = _step(facts, report, parts, is_for_others=is_for_others)
    rubric = None if report else current_rubric()
    drawn = (
        picture(rubric, title=_("The ladder"), description=describe_ladder(rubric)) if rubric else report.picture  # type: ignore[union-attr]
    )
    return Home(facts.today, report, newest, drawn, step, tuple(parts), headline, lede, is_for_others)


def _headline(people: int, parts: list[Waiting], report: Report | None) -> tuple[str, str]:
    """What the page says first, and what stands below it in smaller letters."""
    led = next((part for part in parts if part.leads), None)
    if people:
        said = ngettext("%(count)s person is waiting for you.", "%(count)s people are waiting for you.", people)
        return words.capital(said % {"count": words.number(people)}), led.lede if led else ""
    if led:
        return led.leads, led.lede
    if report:
        return _place(report)
    return _("Where do you stand?"), _("Your first report says it, and what to do next.")


def _place(report: Report) -> tuple[str, str]:
    """Where its letter says that they stand, and what follows that."""
    letter = Letter(report)
    return letter.title, letter.lede


def _step(
    facts: HomeFacts, report: Report | None, parts: list[Waiting], *, is_for_others: bool
) -> tuple[OwnStep | None, list[Waiting]]:
    """The next step of one's own, and the lines without it."""
    if facts.plan:
        item = next_item(facts.plan)
        due = date_words(item.due_on, facts.today) if item.due_on else ""
        note = " ".join(text for text in (item.first_step, _("Until %(day)s.") % {"day": due} if due else "") if text)
        return OwnStep(_("Your next step"), item.text, _("Open my plan"), reverse("list_plan"), note, item), parts
    if report is None:
        return _first_report(parts, is_for_others=is_for_others)
    if (thing := Letter(report).next) and facts.newest:
        if thing.action:
            url = reverse("pick_plan_items", args=[facts.newest.report_id])
        else:
            url = f"{reverse('create_plan_item')}?competency={thing.competency.slug}"
        return OwnStep(_("Your next step"), thing.title, _("Add to my plan"), url, thing.because), parts
    return None, parts


def _first_report(parts: list[Waiting], *, is_for_others: bool) -> tuple[OwnStep, list[Waiting]]:
    """A quiz: the one that a round asks for, or that is in progress, else a new one. It is not said twice."""
    for n, part in enumerate(parts):
        if part.asks_for_report and part.todo:
            line = part.todo[0]
            rest = [*parts[:n], part.without_first(), *parts[n + 1 :]]
            return OwnStep(_("Your next step"), line.title, line.verb, line.url, line.note), rest
    title = _("Take the quiz for yourself") if is_for_others else _("Take the quiz")
    note = _("It says where you stand and what comes next. Only you see it until you share it.")
    return OwnStep(_("Your next step"), title, _("Start the quiz"), reverse("start_quiz"), note), parts
