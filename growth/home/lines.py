"""What waits for somebody, line by line: each source asks the room that owns it, and says what it finds in one sentence
with one verb. What waits for others has no button.

Add a source to SOURCES, or put another in its place; the page takes what they give.
"""

import datetime
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.access import copies_unread_by, questions_to
from assessments.models import Assessment, Review, Round
from assessments.report import words
from assessments.reviews.review import copy_lacks
from assessments.rounds.rounds import OwnRound, Progress, ToRate, progress_of, to_rate
from growth.models import PlanItem
from growth.plan.plan import State
from people.models import User
from people.organisations.open_invitations import invitations_to
from people.organisations.organisations import led_by
from people.standing import Offices
from people.texts import isolated

SHOWN = 4
"""Lines of one source that stand on the page. The rest is behind a link."""
SOON = datetime.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Line:
    """Something that waits. `person` is whom it keeps waiting, for the count in the headline."""

    title: str
    note: str = ""
    verb: str = ""
    url: str = ""
    person: uuid.UUID | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What one source found: to do, and left to others. All of it is at `rest`."""

    todo: list[Line] = field(default_factory=list)
    others: list[Line] = field(default_factory=list)
    rest: str = ""
    # For somebody who is responsible for others: the headline, and what stands below it.
    leads: str = ""
    lede: str = ""
    # Its first line leads to somebody's first report.
    asks_for_report: bool = False

    @property
    def todo_shown(self) -> list[Line]:
        return self.todo[:SHOWN]

    @property
    def todo_hidden(self) -> int:
        return max(0, len(self.todo) - SHOWN)

    @property
    def others_shown(self) -> list[Line]:
        return self.others[:SHOWN]

    @property
    def others_hidden(self) -> int:
        return max(0, len(self.others) - SHOWN)

    def without_first(self) -> "Waiting":
        return replace(self, todo=self.todo[1:])


@dataclass(frozen=True, slots=True)
class HomeFacts:
    """Who asks, and what several sources look at."""

    user: User
    today: datetime.date
    newest: Assessment | None
    """The newest report, with its outcome."""
    drafts: list[Any]
    """Each with how many questions are `answered`."""
    plan: list[PlanItem]
    """Open items, in their order."""
    offices: Offices
    rounds: list[OwnRound]
    reviews: list[Any]
    """Those of `reviews_under_way`."""
    copies: list[Any]
    """Those of `copies_to_rate`."""


def date_words(day: datetime.date, today: datetime.date) -> str:
    """ "today", "tomorrow", "4 December", or with its year when that is another."""
    if day == today:
        return _("today")
    if day == today + datetime.timedelta(days=1):
        return _("tomorrow")
    return date_format(day, "j F" if day.year == today.year else "j F Y")


def due_words(day: datetime.date, today: datetime.date) -> str:
    said = _("was due on %(day)s") if day < today else _("due %(day)s")
    return said % {"day": date_words(day, today)}


def _joined(*parts: str) -> str:
    """Parts that belong to one line, with a dot between them."""
    return " · ".join(part for part in parts if part)


def _counted(one_or_many: str, count: int, **said: str) -> str:
    return words.capital(one_or_many % {"count": words.number(count), **said})


# Being asked, and being invited


def invitations(facts: HomeFacts) -> Waiting:
    lines = [
        Line(
            _("%(organisation)s invites you") % {"organisation": isolated(item.organisation.name)},
            _("Open until %(day)s") % {"day": date_words(timezone.localdate(item.expires_at), facts.today)},
            _("Accept"),
            reverse("show_own_invitation", args=[item.pk]),
        )
        for item in invitations_to(facts.user).select_related("organisation")
    ]
    return Waiting(lines, rest=reverse("list_organisations"))


def questions(facts: HomeFacts) -> Waiting:
    """Managers who ask to read a copy that does not name them."""
    if not facts.offices.is_in:
        return Waiting()
    page = f"{reverse('list_reports')}#asked"
    lines = [
        Line(
            _("%(name)s asks to read your report") % {"name": isolated(item.asker.display_name)},
            isolated(item.copy.team.name) if item.copy.team else "",
            _("Answer"),
            page,
        )
        for item in questions_to(facts.user)
    ]
    return Waiting(lines, rest=page)


# The round, and one's own answers


def own_rounds(facts: HomeFacts) -> Waiting:
    """The round's one next step for a member: rate yourself, go on, or share what is in."""
    todo, others = [], []
    for item in facts.rounds:
        if item.takes_part and item.given:
            others.append(Line(item.round.name, _("You have shared your report"), url=reverse("list_reports")))
        elif item.takes_part:
            due = due_words(item.round.due_on, item.round.today)
            note = words.capital(_joined(due, isolated(item.round.organisation.name)))
            todo.append(Line(item.round.name, note, *_way_of(item, facts)))
    return Waiting(todo, others, reverse("list_organisations"), asks_for_report=True)


def _way_of(item: OwnRound, facts: HomeFacts) -> tuple[str, str]:
    """The verb of a round that waits for somebody's answers, and where it leads."""
    if facts.newest and (item.handed_in or item.counts(facts.newest)):
        return _("Share"), reverse("share_report", args=[facts.newest.report_id])
    if facts.drafts:
        return _("Go on"), reverse("show_quiz", args=[facts.drafts[0].pk])
    return _("Rate"), reverse("begin_round", args=[item.round.pk])


def drafts(facts: HomeFacts) -> Waiting:
    """Quizzes in progress, but the one that a round leads to."""
    told = {line.url for line in own_rounds(facts).todo}
    lines = [
        Line(
            _("A quiz in progress"),
            _("%(answered)d of %(total)d answered")
            % {"answered": draft.answered, "total": len(draft.rubric.competencies)},
            _("Go on"),
            reverse("show_quiz", args=[draft.pk]),
        )
        for draft in facts.drafts
    ]
    return Waiting([line for line in lines if line.url not in told], rest=reverse("list_reports"), asks_for_report=True)


# Reviews and copies


def reviews_of_me(facts: HomeFacts) -> Waiting:
    """What a review asks of the member that it is about."""
    found = [_about_me(review, facts) for review in facts.reviews if review.subject_id == facts.user.pk]
    return _parted([line for line in found if line], reverse("list_reviews"))


def reviews_by_me(facts: HomeFacts) -> Waiting:
    """What a manager's reviews ask of them, and members who have shared with them and whom they have not begun to
    rate. The page of the first one's team has everybody."""
    reviews = [review for review in facts.reviews if review.manager_id == facts.user.pk]
    lines, teams = [_of_mine(review) for review in reviews], [review.team for review in reviews]
    lines += [_to_begin(copy, facts) for copy in facts.copies]
    teams += [copy.team for copy in facts.copies]
    return _parted(lines, reverse("show_team", args=teams[0].slugs) if teams else "")


def _parted(lines: list[Line], rest: str) -> Waiting:
    return Waiting([line for line in lines if line.verb], [line for line in lines if not line.verb], rest)


def _about_me(review: Review, facts: HomeFacts) -> Line | None:
    """For the member. Nothing tells how far a manager has come before their view is in."""
    name = {"name": isolated(review.manager_name)}
    if review.revealed_at:
        return _revealed(review, review.signed_by_subject_at, review.signed_by_manager_at, name)
    if review.assessment is None or review.assessment.is_draft:
        return None
    title = _("%(name)s’s view of you is in") % name
    if not facts.newest:
        return Line(title, _("It opens to both of you when you share yours"), _("Begin"), reverse("start_quiz"))
    if review.share and copy_lacks(review):
        note = _("What you shared leaves out too much to open both")
        return Line(title, note, _("Answer"), reverse("list_reviews"))
    share = reverse("share_report", args=[facts.newest.report_id])
    return Line(title, _("It opens to both of you when you share yours"), _("Share"), share)


def _of_mine(review: Any) -> Line:
    """For the manager; the review is one of `reviews_under_way`."""
    name = {"name": isolated(review.subject_name)}
    team = isolated(review.team.name)
    if review.revealed_at:
        line = _revealed(review, review.signed_by_manager_at, review.signed_by_subject_at, name)
        return replace(line, person=review.subject_id) if line.verb else line
    if review.assessment and not review.assessment.is_draft:
        return Line(name["name"], _("Your view is in, theirs is not"), url=reverse("show_review", args=[review.pk]))
    if review.assessment:
        said = {"answered": review.rated or 0, "total": len(review.assessment.rubric.competencies)}
        note = _("Your view is begun, %(answered)d of %(total)d") % said
        return Line(name["name"], note, _("Go on"), reverse("show_review", args=[review.pk]), review.subject_id)
    page = reverse("show_member", args=[*review.team.slugs, review.subject_id])
    return Line(name["name"], _joined(_("Your view is not written"), team), _("Rate"), page, review.subject_id)


def _revealed(review: Review, mine: object, other: object, name: dict[str, str]) -> Line:
    """Both views are open, for either side: who has signed what was agreed."""
    page = reverse("show_together", args=[review.pk])
    if mine:
        return Line(_("You and %(name)s") % name, _("You have signed, they have not"), url=page)
    if other:
        return Line(_("You and %(name)s") % name, _("They have signed what you agreed on"), _("Sign"), f"{page}#signed")
    return Line(_("You and %(name)s") % name, _("Both views are open: read, talk, agree and sign"), _("Read"), page)


def _to_begin(copy: Any, facts: HomeFacts) -> Line:
    shared = _("Shared %(day)s; your view is not written")
    return Line(
        isolated(copy.author.display_name),
        shared % {"day": _on(timezone.localdate(copy.shared_at), facts.today)},
        _("Rate"),
        reverse("show_member", args=[*copy.team.slugs, copy.author_id]),
        copy.author_id,
    )


def copies_by_name(facts: HomeFacts) -> Waiting:
    """Reports that somebody gave to this person and that they have not opened."""
    if not facts.offices.is_in:
        return Waiting()
    lines = [
        Line(
            _("%(name)s has shared a report with you") % {"name": isolated(copy.author.display_name)},
            words.capital(_on(timezone.localdate(copy.shared_at), facts.today)),
            _("Read"),
            reverse("show_copy", args=[copy.pk]),
        )
        for copy in copies_unread_by(facts.user)
    ]
    return Waiting(lines, rest=reverse("list_organisations"))


def _on(day: datetime.date, today: datetime.date) -> str:
    return _("today") if day == today else _("on %(day)s") % {"day": date_words(day, today)}


# For managers and owners


def teams(facts: HomeFacts) -> Waiting:
    """The teams that somebody manages and in which a round waits for views. One of whose people each has a line
    already needs none."""
    if not facts.offices.manages or not facts.rounds:
        return Waiting()
    found = to_rate(facts.user, [item.round for item in facts.rounds])
    if not found:
        return Waiting()
    # Whoever has a line with something to do.
    told = {line.person for line in reviews_by_me(facts).todo if line.person}
    lines = [_of_team(team) for team in found if not told.issuperset(team.left)]
    left, people = sum(len(team.left) for team in found), sum(team.people for team in found)
    unrated = lines or [_of_team(team) for team in found if team.left]
    headline = f"{unrated[0].title}." if unrated else _("Everybody in your teams is rated.")
    rated = ngettext("rated so far: %(done)d of %(count)d person", "rated so far: %(done)d of %(count)d people", people)
    first = found[0].round
    due = due_words(first.due_on, first.today)
    lede = _joined(isolated(first.name), due, rated % {"done": people - left, "count": people})
    return Waiting(lines, rest=reverse("list_organisations"), leads=headline, lede=lede)


def _of_team(team: ToRate) -> Line:
    left = len(team.left)
    said = ngettext(
        "%(count)s person of %(team)s is not rated yet", "%(count)s people of %(team)s are not rated yet", left
    )
    title = _counted(said, left, team=isolated(team.team.name))
    due = words.capital(_joined(due_words(team.round.due_on, team.round.today), isolated(team.round.name)))
    return Line(title, due, _("Rate"), reverse("show_team", args=team.team.slugs))


def owned(facts: HomeFacts) -> Waiting:
    """Of the organisations whose people somebody manages: the round that is due first, in counts; people in no team."""
    if not facts.offices.leads:
        return Waiting()
    todo, others = [], []
    led: list[Any] = list(led_by(facts.user))
    item = next((item.round for item in facts.rounds if item.reads_progress), None)
    headline = lede = ""
    if item:
        progress = progress_of(item)
        headline = shared_words(item, progress)
        lede = words.capital(_joined(due_words(item.due_on, item.today), isolated(item.organisation.name)))
        others.append(Line(item.name, progress_words(progress), url=reverse("show_round", args=[item.pk])))
    for organisation in led:
        name = isolated(organisation.name)
        if organisation.people <= 1:
            invite = reverse("invite_people", args=[organisation.slug])
            todo.append(Line(_("You are alone in %(organisation)s") % {"organisation": name}, "", _("Invite"), invite))
        if organisation.without_team:
            said = ngettext(
                "%(count)s person is in no team", "%(count)s people are in no team", organisation.without_team
            )
            page = reverse("show_organisation", args=[organisation.slug])
            todo.append(Line(_counted(said, organisation.without_team), name, _("Assign"), page))
        if item is None or item.organisation_id != organisation.pk:
            rounds = reverse("list_rounds", args=[organisation.slug])
            others.append(Line(_("Rounds of %(organisation)s") % {"organisation": name}, url=rounds))
    return Waiting(todo, others, reverse("list_organisations"), leads=headline, lede=lede)


def shared_words(item: Round, progress: Progress) -> str:
    """How far a round has come, as a headline."""
    if not progress.people:
        return _("%(round)s: nobody takes part yet.") % {"round": isolated(item.name)}
    said = ngettext(
        "%(round)s: shared by %(done)d of %(count)d person.",
        "%(round)s: shared by %(done)d of %(count)d people.",
        progress.people,
    )
    return said % {"round": isolated(item.name), "done": progress.shared, "count": progress.people}


def progress_words(progress: Progress) -> str:
    said = _("%(started)d begun, %(submitted)d handed in, %(shared)d shared, %(reviewed)d rated, of %(people)d")
    return said % {name: getattr(progress, name) for name in ("started", "submitted", "shared", "reviewed", "people")}


# The plan


def plan(facts: HomeFacts) -> Waiting:
    """What is due within a week, but the item that is the next step; and how the plan goes."""
    if not facts.plan:
        return Waiting()
    step = next_item(facts.plan)
    dated = [(item.due_on, item) for item in facts.plan if item.due_on]
    lines = [
        Line(
            item.text, words.capital(due_words(day, facts.today)), _("Open"), reverse("edit_plan_item", args=[item.pk])
        )
        for day, item in dated
        if day <= facts.today + SOON and item is not step
    ]
    begun = sum(item.state == State.DOING for item in facts.plan)
    said = ngettext("%(begun)d of %(count)d started", "%(begun)d of %(count)d started", len(facts.plan))
    coming = min((day for day, _item in dated if day >= facts.today), default=None)
    dates = _("next date %(day)s") % {"day": date_words(coming, facts.today)} if coming else ""
    note = _joined(said % {"begun": begun, "count": len(facts.plan)}, dates)
    return Waiting(lines, [Line(_("Plan"), note, url=reverse("list_plan"))], reverse("list_plan"))


def next_item(plan: list[PlanItem]) -> PlanItem:
    """What is being done, else what comes first."""
    return next((item for item in plan if item.state == State.DOING), plan[0])


SOURCES: tuple[Callable[[HomeFacts], Waiting], ...] = (
    invitations,
    questions,
    own_rounds,
    reviews_of_me,
    reviews_by_me,
    teams,
    copies_by_name,
    drafts,
    plan,
    owned,
)
