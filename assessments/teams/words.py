"""The sentences of a team's pages: what there is, where the team is strong, what comes next. None ranks people."""

import datetime
from collections.abc import Iterable, Sequence
from functools import lru_cache

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from assessments.report.words import capital, joined, number
from assessments.teams.group_figures import Coaching, GroupStrength, common_gaps, strengths
from assessments.teams.matrix import CellKind, Matrix, Row, Status
from assessments.teams.queries import Side
from people.texts import isolated

# A sentence names so many people and counts the rest.
NAMES_SHOWN = 6

STATUS: dict[Status, Promise] = {
    Status.NOT_SHARED: gettext_lazy("not shared"),
    Status.EARLIER: gettext_lazy("shared before your time"),
    Status.WAITING: gettext_lazy("shared, waiting for you"),
    Status.READ: gettext_lazy("shared, read by you"),
    Status.RATING: gettext_lazy("you are rating"),
    Status.RATED: gettext_lazy("waiting for their copy"),
    Status.REVEALED: gettext_lazy("open to both of you"),
    Status.SIGNED: gettext_lazy("signed off"),
}

KINDS: list[tuple[CellKind, str, Promise]] = [
    (CellKind.ABOVE, "4+", gettext_lazy("above what their level asks")),
    (CellKind.AT, "3", gettext_lazy("at it")),
    (CellKind.ONE_SHORT, "2−", gettext_lazy("one step to go")),
    (CellKind.MORE_SHORT, "1−−", gettext_lazy("two or more to go")),
    (CellKind.NOT_ASKED, "1", gettext_lazy("not asked at their level")),
    (CellKind.NO_CHANCE, "n", gettext_lazy("no chance so far")),
    (CellKind.OPEN, "·", gettext_lazy("open")),
]

SORT_NAMES: dict[str, Promise] = {
    "name": gettext_lazy("Name"),
    "level": gettext_lazy("Level"),
    "date": gettext_lazy("Newest first"),
    "gaps": gettext_lazy("Most steps to talk about"),
}


def finding(matrix: Matrix, side: Side) -> str:
    """The title of the matrix: the most important thing that it shows."""
    rows = matrix.with_answers
    if not matrix.rows:
        return _("Nobody is in this team yet.")
    if not rows:
        return _nothing_yet(matrix.rows, side)
    found = strengths(rows, matrix.rubric)
    sole = [item.competency.name for item in found.values() if item.sole]
    gaps = [item for item in common_gaps(found) if item.short > 1]
    parts = []
    if gaps and sole == [gaps[0].competency.name]:
        return _("One person carries “%(name)s” alone: %(short)s of %(asked)s have a step to go there.") % {
            "name": sole[0],
            "short": number(gaps[0].short),
            "asked": number(gaps[0].asked),
        }
    if len(sole) == 1:
        parts.append(_("One person carries “%(name)s” alone.") % {"name": sole[0]})
    elif sole:
        parts.append(_("%(count)s competencies hang on one person each.") % {"count": capital(number(len(sole)))})
    if gaps:
        parts.append(
            _("The most common gap is “%(name)s”: %(short)s of %(asked)s have a step to go.")
            % {"name": gaps[0].competency.name, "short": number(gaps[0].short), "asked": number(gaps[0].asked)}
        )
    return " ".join(parts) or _("What each own level asks is there, as far as you may see.")


def _nothing_yet(rows: Sequence[Row], side: Side) -> str:
    if side == Side.MINE:
        return _("You have not rated anybody here yet.")
    waiting = sum(row.person.status == Status.WAITING for row in rows)
    if waiting:
        return ngettext("One person’s copy waits for you.", "The copies of %(count)s people wait for you.", waiting) % {
            "count": number(waiting)
        }
    return _("Nothing is open to you yet.")


def who_is_shown(matrix: Matrix, side: Side) -> str:
    """How many people of the team have cells; "" for a team of one, whose row says it."""
    count, everybody = len(matrix.with_answers), len(matrix.rows)
    if everybody < 2:
        return ""
    said = number(count) if count else _("none")
    if side == Side.MINE:
        return _("You have reviewed %(count)s of %(all)s.") % {"count": said, "all": number(everybody)}
    sentence = ngettext(
        "%(count)s of %(all)s has shared results that are open to you.",
        "%(count)s of %(all)s have shared results that are open to you.",
        count,
    )
    return sentence % {"count": capital(said), "all": number(everybody)}


def without_answers(row: Row, side: Side) -> tuple[str, bool]:
    """What a row without answers says in place of cells, and whether that is a link to the member's page."""
    status = row.person.status
    if side == Side.MINE:
        return _("you are rating") if status == Status.RATING else _("not reviewed by you yet"), True
    if status in {Status.REVEALED, Status.SIGNED}:
        return _("no copy here any more"), False
    if status in {Status.RATING, Status.RATED} and row.person.has_copy:
        return _("shared; it opens when your review is in"), True
    if status == Status.WAITING:
        return _("shared, waiting for you"), True
    if status == Status.EARLIER:
        return _("shared before you managed the team; you can ask"), True
    return _("not shared"), False


@lru_cache(maxsize=1024)
def day(date: datetime.date, language: str | None) -> str:  # noqa: ARG001  - date_format reads the active one; here it keeps languages apart in the cache
    """A date as tables show it; cached, because many rows of a table share one."""
    return date_format(date, "j M Y")


def names(people: Iterable[str]) -> str:
    """Names in a sentence; of many, the first few and a count of the rest."""
    found = [isolated(name) for name in people]
    if len(found) <= NAMES_SHOWN:
        return joined(found)
    return _("%(names)s and %(count)s more") % {
        "names": ", ".join(found[:NAMES_SHOWN]),
        "count": number(len(found) - NAMES_SHOWN),
    }


def managed_by(managers: Iterable[str]) -> str:
    said = names(managers)
    return _("Managed by %(names)s.") % {"names": said} if said else _("Nobody manages this team at the moment.")


def coaching(item: Coaching) -> str:
    return _("%(coach)s could help %(learners)s.") % {"coach": isolated(item.coach), "learners": names(item.learners)}


def gaps_title(gaps: Sequence[GroupStrength]) -> str:
    """The finding over the three most common gaps."""
    if not gaps:
        return _("Nobody has a step to go at their own level.")
    return _("The gaps most common here: %(names)s.") % {"names": joined(item.competency.name for item in gaps)}


def group_share(asked: int, low: int, high: int) -> str:
    """A figure over people who did not share with the viewer. Never "all" or "none", which would tell about each."""
    if low == high:
        return _("%(met)d of %(asked)d") % {"met": low, "asked": asked}
    if low == 0:
        return _("at most %(met)d of %(asked)d") % {"met": high, "asked": asked}
    return _("at least %(met)d of %(asked)d") % {"met": low, "asked": asked}


def moved(up: int, down: int) -> str:
    """How far people moved in an area between two rounds."""
    if not up and not down:
        return _("no change")
    parts = []
    if up:
        parts.append(ngettext("%(count)d step up", "%(count)d steps up", up) % {"count": up})
    if down:
        parts.append(ngettext("%(count)d step down", "%(count)d steps down", down) % {"count": down})
    return ", ".join(parts)


def percent(met: int, asked: int) -> str:
    """Whole percent, rounded down, so that 100 means all; a dash where nobody is asked."""
    return _("%(low)d %%") % {"low": met * 100 // asked} if asked else "–"
