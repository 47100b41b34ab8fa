"""Fills a database for the benchmark and writes down what to ask: run by run.py, with the product's settings."""

import json
import os
import sys
from io import StringIO
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from assessments.demo.company import PASSWORD
from assessments.models import Assessment
from assessments.quiz.start import prefill
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.rule import asked_first
from ladder.models import current_rubric
from people.models import User
from trials.scale.crowd import make_crowd

HOST = "crowd.example"
TOKEN = "t" * 32
SAVE: dict[str, Any] = {
    "method": "POST",
    "form": {
        "csrfmiddlewaretoken": TOKEN,
        "evidence": "Cut churn by a third",
        "revision": "",
        "page": "ab" * 8,
        "stands": "asked named",
    },
    "turns": {"step": list("012345")},
    "count": "page_save",
}


def fill(members: int, big: int) -> None:
    call_command("migrate", verbosity=0)
    call_command("load_ladder", settings.BASE_DIR / "fixtures/ladders/pm", stdout=StringIO())
    make_crowd(members=members, team_size=min(members, 200), submitted=100, shared=100, reviewed=100)
    if big:
        make_crowd(members=big, team_size=big, slug="big", submitted=0)


def session(email: str) -> str:
    client = Client()
    client.force_login(User.objects.get(email=email))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def requests(members: int, big: int) -> dict[str, list[dict[str, object]]]:
    """Action → what to ask; each client takes the next of the list."""
    rubric = current_rubric()
    people = [User.objects.get(email=f"member-{n}.crowd@{HOST}") for n in range(1, min(members, 200) + 1)]
    reports = {item.rater_id: item for item in Assessment.objects.filter(kind="self", submitted_at__isnull=False)}
    own = [(session(user.email), reports[user.pk]) for user in people]
    names = ("save", "quiz page", "report", "log-in to first saved rating")
    actions: dict[str, list[dict[str, object]]] = {name: [] for name in names}
    for user, (cookie, report) in zip(people[:32], own[:32], strict=True):
        draft = Assessment.objects.create(
            organisation_id=user.home_id,
            ladder_version_id=rubric.key,
            subject=user,
            rater=user,
            held_level_id=report.held_level_id,
            targets=report.targets,
            asked=list(asked_first(scoring_ladder(rubric), report.held)),
        )
        prefill(draft, report)
        path = f"/quiz/{draft.pk}/answer/data/"
        cookies = f"{cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}"
        actions["save"].append({**SAVE, "path": path, "headers": {"Cookie": cookies, "HX-Request": "true"}})
        actions["log-in to first saved rating"].append({"journey": journey(user.email, f"/quiz/{draft.pk}/", path)})
        actions["quiz page"].append({"path": f"/quiz/{draft.pk}/?at=data", "headers": {"Cookie": cookie}})
        actions["report"].append({"path": f"/reports/{report.pk}/", "headers": {"Cookie": cookie}})
    # No two of these pages show the same, so that no cache can answer one with another.
    seen = {}
    for cookie, report in own:
        for level in rubric.levels:
            key = (level, report.held_level_id, *sorted(report.outcome.answers.items()))
            seen.setdefault(key, {"path": f"/reports/{report.pk}/?target={level}", "headers": {"Cookie": cookie}})
    actions["report, first time"] = list(seen.values())
    part = {"HX-Request": "true", "HX-Target": "against"}
    actions["switch the target"] = [
        {"path": f"/reports/{report.pk}/?target=cpo", "headers": {"Cookie": cookie, **part}}
        for cookie, report in own[:32]
    ]
    manager = {"Cookie": session(f"manager-1.crowd@{HOST}")}
    actions["matrix of 200"] = [{"path": "/organisations/crowd/teams/crowd-1/", "headers": manager}]
    owner = {"Cookie": session(f"owner.crowd@{HOST}")}
    actions["page of 50"] = [{"path": "/organisations/crowd/people/?page=2", "headers": owner}]
    if big:
        owner = {"Cookie": session(f"owner.big@{HOST}")}
        actions["page of 50 of 10,000"] = [{"path": "/organisations/big/people/?page=100", "headers": owner}]
    actions["title look-up"] = [{"path": "/ladder/titles/?q=Sr.+Technical+Product+Mgr+II", "headers": {}}]
    actions["level page"] = [{"path": "/ladder/levels/senior-pm/", "headers": {}}]
    return actions


def journey(email: str, quiz: str, save: str) -> list[dict[str, object]]:
    """Log-in page, password, question, answer: each with the cookies and the token of what came before."""
    log_in: dict[str, object] = {"path": f"/account/login/?next={quiz}", "headers": {"X-Forwarded-For": "{address}"}}
    form = {"csrfmiddlewaretoken": "{token}", "login": email, "password": PASSWORD, "next": quiz}
    answer = {**SAVE["form"], "csrfmiddlewaretoken": "{token}"}
    return [
        log_in,
        {**log_in, "method": "POST", "form": form, "status": 302},
        {"path": f"{quiz}?at=data", "headers": {}},
        {**SAVE, "path": save, "form": answer, "headers": {"HX-Request": "true"}},
    ]


def ladder() -> dict[str, object]:
    """The ladder as the floor keeps it."""
    rubric = current_rubric()
    dump = rubric.ladder.model_dump(mode="json")
    dump["areas"] = [
        {"slug": area.slug, "name": area.name, "competencies": [item.slug for item in items]}
        for area, items in rubric.by_area
    ]
    dump["actions"] = {
        f"{slug} {step}": [item.text for item in found] for (slug, step), found in rubric.actions.items()
    }
    return dump


def people() -> list[dict[str, object]]:
    found = Assessment.objects.filter(kind="self", submitted_at__isnull=False).select_related("rater", "outcome")
    return [
        {
            "name": str(item.rater),
            "held": item.held,
            "target": item.targets[0] if item.targets else item.held,
            "at": item.submitted_at.isoformat() if item.submitted_at else None,
            "answers": item.outcome.answers,
        }
        for item in found.order_by("rater__name")
    ]


def takers(count: int) -> list[list[dict[str, object]]]:
    """A save and a question for each of so many visitors with drafts and sessions of their own."""
    rubric = current_rubric()
    pairs = []
    make_crowd(members=count, team_size=200, slug="takers", submitted=0)
    found = User.objects.filter(email__endswith=f".takers@{HOST}", email__startswith="member-").order_by("pk")
    for user in found[:count]:
        draft = Assessment.objects.create(
            organisation_id=user.home_id, ladder_version_id=rubric.key, subject=user, rater=user, targets=[]
        )
        cookie = session(user.email)
        headers = {"Cookie": f"{cookie}; {settings.CSRF_COOKIE_NAME}={TOKEN}", "HX-Request": "true"}
        save = {**SAVE, "path": f"/quiz/{draft.pk}/answer/data/", "headers": headers}
        pairs.append([save, {"path": f"/quiz/{draft.pk}/?at=data", "headers": {"Cookie": cookie}}])
    return pairs


def main() -> None:
    if sys.argv[1] == "takers":
        with transaction.atomic():
            asked = takers(int(sys.argv[3]))
        (Path(sys.argv[2]) / "takers.json").write_text(json.dumps(asked))
        return
    folder, members, big = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    fill(members, big)
    with transaction.atomic():
        asked = requests(members, big)
    (folder / "product.json").write_text(json.dumps(asked))
    (folder / "ladder.json").write_text(json.dumps(ladder()))
    (folder / "people.json").write_text(json.dumps(people()))


if __name__ == "__main__":
    main()
