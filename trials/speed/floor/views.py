"""Save an answer, a question, a report, a matrix; the ladder is in memory (RUBRIC names its file)."""

import json
import math
import os
from pathlib import Path

from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.db import connection
from django.http import Http404, HttpResponseBadRequest
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST

from trials.speed.floor.models import Assessment, Member, Rating, Team

RUBRIC = json.loads(Path(os.environ["RUBRIC"]).read_text())
COMPETENCIES = {item["slug"]: item for item in RUBRIC["competencies"]}
LEVELS = {item["slug"]: item for item in RUBRIC["levels"]}
UPSERT = """
INSERT INTO floor_rating (assessment_id, competency, step, evidence, revision) VALUES (%s, %s, %s, %s, 1)
ON CONFLICT (assessment_id, competency) DO UPDATE SET
    step = excluded.step, evidence = excluded.evidence, revision = floor_rating.revision + 1
RETURNING revision
"""


def draft_of(request, pk):
    found = Assessment.objects.filter(pk=pk, user=request.user, submitted_at__isnull=True).first()
    if found is None:
        raise Http404
    return found


@login_required
@require_POST
def save(request, pk, competency):
    draft = draft_of(request, pk)
    step, evidence = request.POST.get("step", ""), request.POST.get("evidence", "")
    if competency not in COMPETENCIES or step not in {"", "0", "1", "2", "3", "4", "5"} or len(evidence) > 2000:
        return HttpResponseBadRequest()
    with connection.cursor() as cursor:
        cursor.execute(UPSERT, [draft.pk, competency, int(step) if step else None, evidence])
        revision = cursor.fetchone()[0]
    answered = Rating.objects.filter(assessment=draft, step__isnull=False).count()
    slugs = list(COMPETENCIES)
    position = slugs.index(competency) + 1
    return render(
        request,
        "saved.html",
        {
            "draft": draft,
            "revision": revision,
            "answered": answered,
            "total": len(COMPETENCIES),
            "left": round((len(COMPETENCIES) - answered) * 19 / 60),
            "position": position,
            "next": COMPETENCIES[slugs[position]] if position < len(slugs) else None,
        },
    )


@login_required
def question(request, pk):
    draft = draft_of(request, pk)
    ratings = {row[0]: row for row in draft.rating_set.values_list("competency", "step", "evidence", "revision")}
    at = request.GET.get("at") or next((slug for slug in COMPETENCIES if slug not in ratings), next(iter(COMPETENCIES)))
    if at not in COMPETENCIES:
        raise Http404
    slugs, asked = list(COMPETENCIES), COMPETENCIES[at]
    place = slugs.index(at)
    _, step, evidence, revision = ratings.get(at, (at, None, "", 0))
    return render(
        request,
        "question.html",
        {
            "draft": draft,
            "competency": COMPETENCIES[at],
            "step": step,
            "evidence": evidence,
            "revision": revision,
            "position": place + 1,
            "total": len(slugs),
            "answered": len(ratings),
            "left": round((len(slugs) - len(ratings)) * 19 / 60),
            "next": COMPETENCIES[slugs[place + 1]] if place + 1 < len(slugs) else None,
            "previous": COMPETENCIES[slugs[place - 1]] if place else None,
            "choices": [
                {"step": number, "short": short, "full": full, "examples": examples or ()}
                for number, (short, full, examples) in enumerate(
                    zip(asked["short"], asked["full"], asked["examples"], strict=True), 1
                )
            ][::-1],
            "places": [(item, item["slug"] in ratings, item["slug"] == at) for item in COMPETENCIES.values()],
        },
    )


def standing(steps, level):
    """Readiness in per cent, and the gaps, must-haves first."""
    got = asked = 0
    gaps = []
    for slug, cell in RUBRIC["expectations"][level].items():
        if not cell["weight"]:
            continue
        step = steps.get(slug) or 0
        got += cell["weight"] * min(step, cell["step"])
        asked += cell["weight"] * cell["step"]
        if step < cell["step"]:
            gaps.append((cell["weight"] != 3, -cell["weight"] * (cell["step"] - step), slug, step, cell))
    gaps.sort(key=lambda gap: gap[:2])
    return 100 * got // asked, gaps


def radar(steps, level):
    axes = []
    for n, area in enumerate(RUBRIC["areas"]):
        cells = [(RUBRIC["expectations"][level][slug], steps.get(slug) or 0) for slug in area["competencies"]]
        asked = sum(cell["weight"] * cell["step"] for cell, _ in cells) or 1
        share = sum(cell["weight"] * min(step, cell["step"]) for cell, step in cells) / asked
        angle = 2 * math.pi * n / len(RUBRIC["areas"])
        axes.append(
            {
                "name": area["name"],
                "percent": int(share * 100),
                "points": f"{round(share * asked)} of {asked}",
                "x": round(220 + 108 * math.sin(angle)),
                "y": round(160 - 108 * math.cos(angle)),
                "at": f"{220 + 108 * share * math.sin(angle):.0f},{160 - 108 * share * math.cos(angle):.0f}",
            }
        )
    return axes


@login_required
def report(request, pk):
    found = Assessment.objects.filter(pk=pk, user=request.user, submitted_at__isnull=False).first()
    if found is None:
        raise Http404
    target = request.GET.get("target") or found.target
    if target not in LEVELS:
        raise Http404
    steps = dict(found.rating_set.values_list("competency", "step"))
    readiness, gaps = standing(steps, target)
    levels = []
    for n, level in enumerate(LEVELS.values()):
        share, short = standing(steps, level["slug"])
        must_haves = [COMPETENCIES[gap[2]]["name"] for gap in short if not gap[0]]
        levels.append(
            {
                **level,
                "readiness": share,
                "must_haves": must_haves,
                "met": share >= 85 and not must_haves,
                "y": 560 - 60 * n,
            }
        )
    bars = []
    for area in RUBRIC["areas"]:
        rows = []
        for slug in area["competencies"]:
            cell, step = RUBRIC["expectations"][target][slug], steps.get(slug)
            if cell["weight"]:
                dots = [
                    ("on" if n <= cell["step"] else "over") if n <= (step or 0) else "want" if n <= cell["step"] else ""
                    for n in range(1, 6)
                ]
                rows.append((COMPETENCIES[slug], cell, step, dots))
        bars.append((area, rows))
    focus = [
        {
            "competency": COMPETENCIES[slug],
            "step": step,
            "expected": cell["step"],
            "must_have": cell["weight"] == 3,
            "here": COMPETENCIES[slug]["full"][step - 1] if step else "Not yet.",
            "there": COMPETENCIES[slug]["full"][step],
            "actions": RUBRIC["actions"].get(f"{slug} {step + 1}", []),
        }
        for _, _, slug, step, cell in gaps[:3]
    ]
    context = {
        "assessment": found,
        "target": LEVELS[target],
        "readiness": readiness,
        "levels": levels,
        "own": [level for level in levels if level["slug"] in {found.held, found.target}],
        "axes": radar(steps, target),
        "bars": bars,
        "focus": focus,
        "milestones": [item for item in RUBRIC["milestones"] if target in item["levels"]],
    }
    part = request.headers.get("HX-Target") == "against"
    return render(request, "against.html" if part else "report.html", context)


@login_required
def matrix(request, slug):
    team = Team.objects.filter(slug=slug, manager=request.user).first()
    if team is None:
        raise Http404
    people = list(
        Member.objects.filter(team=team, user__assessment__submitted_at__isnull=False)
        .order_by("user__first_name", "user_id")
        .values_list("user_id", "user__first_name", "user__assessment__held", "user__assessment__submitted_at")
    )
    steps = {}
    rows = Rating.objects.filter(assessment__user__member__team=team, assessment__submitted_at__isnull=False)
    for user, competency, step in rows.values_list("assessment__user_id", "competency", "step").iterator():
        steps.setdefault(user, {})[competency] = step
    short = dict.fromkeys(COMPETENCIES, 0)
    cells = {}
    for user, _, held, _ in people:
        asks, own = RUBRIC["expectations"][held], steps.get(user, {})
        line = cells[user] = []
        for competency in COMPETENCIES:
            step, cell = own.get(competency), asks[competency]
            kind, sign = kind_of(step, cell["step"] if cell["weight"] else None)
            short[competency] += kind in "cd"
            line.append(f'<td class="cell {kind}">{"·" if step is None else step}{sign}</td>')
    page = int(request.GET.get("page", "1"))
    shown = people[50 * (page - 1) : 50 * page]
    context = {
        "team": team,
        "areas": RUBRIC["areas"],
        "levels": RUBRIC["levels"],
        "competencies": COMPETENCIES.values(),
        "count": len(people),
        "gap": COMPETENCIES[max(short, key=short.get)],
        "lines": [(user, name, LEVELS[held]["title"], at, "".join(cells[user])) for user, name, held, at in shown],
        "more": len(people) > 50 * page,
        "next": page + 1,
    }
    return render(request, "matrix.html", context)


def kind_of(step, asked):
    if step is None:
        return "o", ""
    if asked is None:
        return "u", ""
    if step > asked:
        return "a", "+"
    return ("b", "") if step == asked else ("c", "−") if step == asked - 1 else ("d", "−−")


urlpatterns = [
    path("login/", LoginView.as_view(template_name="log_in.html")),
    path("quiz/<int:pk>/", question, name="question"),
    path("quiz/<int:pk>/answer/<slug:competency>/", save, name="save"),
    path("reports/<int:pk>/", report),
    path("teams/<slug:slug>/", matrix),
]
