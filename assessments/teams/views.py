"""A team's page: the matrix for its managers, who is in it for its members, what is done for owners and admins."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache, partial
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from assessments.models import Share
from assessments.sharing.copies import with_readers
from assessments.teams import words
from assessments.teams.files import table
from assessments.teams.group_figures import area_shares, coachings, common_gaps, moves, strengths
from assessments.teams.matrix import CellKind, Matrix, MatrixFilter, Row, levels_in
from assessments.teams.queries import (
    Record,
    RoundRows,
    Side,
    completion_of,
    display_name,
    members_of,
    team_for,
    view_of,
)
from ladder.rubric import Rubric
from people.access import signed_in
from people.audit.log import Kind, Verb, record
from people.came_from import posted_from
from people.files import CSV, XLSX, csv_file, file_response, xlsx_file
from people.limits.limits import limited
from people.models import Team, TeamMembership
from people.policy import Action
from people.requests import Request
from people.standing import Standing

PAGE_SIZE = 50
ROUNDS_SHOWN = 4
"""The newest rounds; more columns than these don't fit on a page."""


def _side(request: Request) -> Side:
    return Side.MINE if request.GET.get("view") == Side.MINE else Side.SHARED


def _wish(given: QueryDict, rubric: Rubric) -> tuple[MatrixFilter, bool]:
    """What the query asks for, without what the ladder does not have, and whether that was all of it."""
    known = {"sort": words.SORT_NAMES, "area": rubric.areas, "level": rubric.levels, "gap": rubric.competencies}
    asked = {name: value for name in known if (value := given.get(name, ""))}
    understood = {name: value for name, value in asked.items() if value in known[name]}
    return MatrixFilter(**understood), understood == asked


def _as_query(side: Side, wish: MatrixFilter) -> str:
    """The query of an address that asks for this again, without what is the default."""
    asked = QueryDict(mutable=True)
    if side == Side.MINE:
        asked["view"] = side
    for name in ("sort", "area", "level", "gap"):
        value = getattr(wish, name)
        if value and (name, value) != ("sort", "name"):
            asked[name] = value
    return asked.urlencode()


@require_safe
def show_team(request: Request, slug: str, team_slug: str) -> HttpResponse:
    """One address, three pages: the matrix, completion, or who is in the team, by what the viewer may see."""
    team, standing, rubric = team_for(request, slug, team_slug)
    if standing.may_in(team, Action.READ_MATRIX):
        return _show_matrix(request, team, standing, rubric)
    if standing.may(Action.READ_COMPLETION):
        return _show_completion(request, team, standing)
    return _show_members(request, team, standing)


def _show_matrix(request: Request, team: Team, standing: Standing, rubric: Rubric) -> HttpResponse:
    side = _side(request)
    view = view_of(team, rubric, signed_in(request), side)
    wish, is_known = _wish(request.GET, rubric)
    matrix = Matrix(rubric, view.rows, wish)
    page = Paginator(matrix.shown, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        **_frame(team, standing, "matrix"),
        "view": view,
        "managed_by": words.managed_by(view.managers),
        "side": side,
        "matrix": matrix,
        "wish": wish,
        "is_known": is_known,
        "page": page,
        "lines": list(_lines(matrix, page, side, team)),
        "query": _as_query(side, wish),
        "finding": words.finding(matrix, side),
        "shown": words.who_is_shown(matrix, side),
        "sorts": words.SORT_NAMES.items(),
        "areas": rubric.areas.values(),
        "levels": [rubric.levels[level] for level in levels_in(view.rows, rubric)],
        "legend": words.KINDS,
        "other_versions": sorted(
            {row.person.said.rubric.version for row in view.rows if row.person.said} - {rubric.version}
        ),
    }
    return render(request, "assessments/teams/team.html", context)


@lru_cache(maxsize=256)
def _cell_html(kind: CellKind, text: str) -> str:
    """A cell, rendered once for each step and colour: a page has a thousand, and rendering each would be slow."""
    return render_to_string("assessments/teams/cell.html", {"kind": kind, "text": text}).strip()


def _lines(matrix: Matrix, rows: Iterable[Row], side: Side, team: Team) -> Iterator[dict[str, Any]]:
    """What the template shows of each row. Addresses and words of a status are made once, not once a row."""
    nobody = uuid.UUID(int=0)
    member = reverse("show_member", args=[*team.slugs, nobody])
    together = reverse("show_together", args=[nobody])
    language = get_language()
    statuses = {status: str(said) for status, said in words.STATUS.items()}
    for row in rows:
        person = row.person
        instead, leads_on = ("", False) if row.cells else words.without_answers(row, side)
        cells = "".join([_cell_html(cell.kind, cell.text) for cell in matrix.cells(row)])
        yield {
            "name": person.name,
            "member": member.replace(str(nobody), str(person.id)),
            "together": together.replace(str(nobody), str(person.review)) if person.review else "",
            "level": row.level_title or "–",
            "status": statuses[person.status],
            "place": row.place or "–",
            "last": words.day(timezone.localdate(person.last), language) if person.last else "–",
            "cells": mark_safe(cells),  # noqa: S308  - a template wrote it, and escaped it
            "instead": instead,
            "leads_on": leads_on,
        }


def _show_completion(request: Request, team: Team, standing: Standing) -> HttpResponse:
    context = {
        **_frame(team, standing, "team"),
        **_by_role(completion_of(team)),
        "changes_team": standing.may_in(team, Action.CHANGE_TEAM),
    }
    return render(request, "assessments/teams/completion.html", context)


def _show_members(request: Request, team: Team, standing: Standing) -> HttpResponse:
    user = signed_in(request)
    rows = members_of(team)
    people = _by_role(rows)
    context = {
        **_frame(team, standing, "team"),
        **people,
        "managed_by": words.managed_by(item["name"] for item in people["managers"]),
        "copies": with_readers(Share.objects.of(team).filter(author=user)),
        "may_leave": standing.may_in(team, Action.LEAVE_TEAM),
        "may_coach": standing.may_in(team, Action.OFFER_COACHING),
        "offers_coaching": any(item["user_id"] == user.pk and item["offers_coaching"] for item in rows),
    }
    return render(request, "assessments/teams/members.html", context)


def _by_role(rows: Iterable[Record]) -> dict[str, list[dict[str, Any]]]:
    people = [{**item, "name": display_name(item)} for item in rows]
    return {
        "managers": [item for item in people if item["role"] == TeamMembership.Role.MANAGER],
        "members": [item for item in people if item["role"] == TeamMembership.Role.MEMBER],
    }


def _frame(team: Team, standing: Standing, page: str) -> dict[str, Any]:
    return {"team": team, "standing": standing, "tab": page, "section": "teams"}


@require_safe
def show_team_strengths(request: Request, slug: str, team_slug: str) -> HttpResponse:
    """What the team can do, who could help whom, and how that changed from round to round."""
    team, standing, rubric = team_for(request, slug, team_slug, Action.READ_MATRIX)
    side = _side(request)
    view = view_of(team, rubric, signed_in(request), side, with_rounds=True)
    matrix = Matrix(rubric, view.rows)
    found = strengths(view.rows, rubric)
    gaps = common_gaps(found)
    seen = len(matrix.with_answers)
    context = {
        **_frame(team, standing, "strengths"),
        "side": side,
        "seen": seen,
        "shown": words.who_is_shown(matrix, side),
        "finding": words.gaps_title(gaps) if seen else words.finding(matrix, side),
        "gaps": gaps,
        "areas": [
            (area, [found[item.slug] for item in competencies if found[item.slug].asked])
            for area, competencies in rubric.by_area
        ],
        "sole": [item for item in found.values() if item.sole],
        "coachings": [
            (competency, [words.coaching(item) for item in pairs]) for competency, pairs in coachings(view.rows, rubric)
        ],
        "trend": _trend(view.rounds[-ROUNDS_SHOWN:], rubric),
    }
    return render(request, "assessments/teams/strengths.html", context)


def _trend(rounds: list[RoundRows], rubric: Rubric) -> dict[str, Any]:
    """By area: the percentage in each round, and how far the people moved who are in both of the last two."""
    shares = [area_shares(item.rows, rubric) for item in rounds]
    both, moved = moves(rounds[-2].rows, rounds[-1].rows, rubric) if len(rounds) > 1 else (0, [])
    return {
        "rounds": [(item.name, sum(bool(row.cells) for row in item.rows)) for item in rounds],
        "since": rounds[-2].name if both else "",
        "both": both,
        "rows": [
            (
                area,
                [words.percent(*of_round[number][1:]) for of_round in shares],
                words.moved(moved[number].up, moved[number].down) if both else "",
            )
            for number, (area, _) in enumerate(rubric.by_area)
        ],
    }


@require_safe
@limited("file")
def export_matrix_csv(request: Request, slug: str, team_slug: str) -> HttpResponse:
    return _exported(request, (slug, team_slug), csv_file, CSV, "csv")


@require_safe
@limited("file")
def export_matrix_xlsx(request: Request, slug: str, team_slug: str) -> HttpResponse:
    return _exported(request, (slug, team_slug), partial(xlsx_file, _("Team")), XLSX, "xlsx")


def _exported(
    request: Request, slugs: tuple[str, str], as_file: Callable[..., bytes], content_type: str, ending: str
) -> HttpResponse:
    """What the page with the same query shows, all pages of it, as a file."""
    team, _standing, rubric = team_for(request, *slugs, Action.READ_MATRIX)
    side = _side(request)
    view = view_of(team, rubric, signed_in(request), side)
    if request.method == "GET":
        record(team.organisation_id, Verb.MATRIX_EXPORTED, team, kind=Kind.TEAM)
    body = as_file(*table(Matrix(rubric, view.rows, _wish(request.GET, rubric)[0])))
    return file_response(body, f"rungwise-{team.slug}-{side}.{ending}", content_type)


@posted_from("show_team")
@require_POST
def set_coaching(request: Request, slug: str, team_slug: str) -> HttpResponse:
    """Offer to coach in this team, or take it back. `value` says which: a toggle sent twice would undo itself."""
    user = signed_in(request)
    team, _standing, _rubric = team_for(request, slug, team_slug, Action.OFFER_COACHING)
    offers = request.POST.get("value") == "on"
    TeamMembership.objects.of(team).filter(user=user).update(offers_coaching=offers)
    messages.success(
        request,
        _("Your managers here see where you could help others.") if offers else _("You no longer offer coaching."),
    )
    return redirect("show_team", *team.slugs)
