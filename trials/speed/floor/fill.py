"""Fills the floor's database with the same people and writes down what to ask: run by run.py."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trials.speed.floor.settings")
django.setup()

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.test import Client

from trials.speed.floor.models import Assessment, Member, Rating, Team
from trials.speed.floor.views import LEVELS

TOKEN, PASSWORD = "t" * 32, "correct horse battery"


def session(user: User) -> str:
    client = Client()
    client.force_login(user)
    return f"sessionid={client.cookies['sessionid'].value}"


def rate(assessment: Assessment, answers: dict[str, object]) -> None:
    Rating.objects.bulk_create(
        Rating(assessment=assessment, competency=slug, step=None if answer == "no_chance" else answer)
        for slug, answer in answers.items()
    )


def main() -> None:
    folder = Path(sys.argv[1])
    call_command("migrate", verbosity=0)
    # The floor's own tables have foreign keys to Django's, which must be there first.
    call_command("migrate", verbosity=0, run_syncdb=True)
    with transaction.atomic():
        actions = fill(json.loads((folder / "people.json").read_text()))
    (folder / "floor.json").write_text(json.dumps(actions))


def fill(people: list[dict[str, Any]]) -> dict[str, list[dict[str, object]]]:
    manager = User.objects.create(username="manager")
    team = Team.objects.create(slug="crowd", manager=manager)
    actions: dict[str, list[dict[str, object]]] = {
        name: []
        for name in (
            *("save", "quiz page", "report", "report, first time", "switch the target"),
            "log-in to first saved rating",
        )
    }
    password = make_password(PASSWORD)
    for n, person in enumerate(people):
        user = User.objects.create(username=f"member-{n}", first_name=person["name"], password=password)
        Member.objects.create(team=team, user=user)
        report = Assessment.objects.create(
            user=user, held=person["held"], target=person["target"], submitted_at=person["at"]
        )
        rate(report, person["answers"])
        cookie = session(user)
        for level in LEVELS:
            actions["report, first time"].append(
                {"path": f"/reports/{report.pk}/?target={level}", "headers": {"Cookie": cookie}}
            )
        if n >= 32:
            continue
        draft = Assessment.objects.create(user=user, held=person["held"], target=person["target"])
        rate(draft, person["answers"])
        quiz = f"/quiz/{draft.pk}/"
        form = {"csrfmiddlewaretoken": "{token}", "evidence": "Cut churn by a third"}
        headers = {"Cookie": f"{cookie}; csrftoken={TOKEN}", "HX-Request": "true"}
        save = {"method": "POST", "path": f"{quiz}answer/data/", "turns": {"step": list("012345")}}
        actions["save"].append({**save, "form": {**form, "csrfmiddlewaretoken": TOKEN}, "headers": headers})
        log_in = {"path": f"/login/?next={quiz}", "headers": {}}
        who = {"csrfmiddlewaretoken": "{token}", "username": user.username, "password": PASSWORD, "next": quiz}
        journey = [
            log_in,
            {**log_in, "method": "POST", "form": who, "status": 302},
            {"path": f"{quiz}?at=data", "headers": {}},
            {**save, "form": form, "headers": {"HX-Request": "true"}},
        ]
        actions["log-in to first saved rating"].append({"journey": journey})
        actions["quiz page"].append({"path": f"/quiz/{draft.pk}/?at=data", "headers": {"Cookie": cookie}})
        actions["report"].append({"path": f"/reports/{report.pk}/", "headers": {"Cookie": cookie}})
        part = {"Cookie": cookie, "HX-Request": "true", "HX-Target": "against"}
        actions["switch the target"].append({"path": f"/reports/{report.pk}/?target=cpo", "headers": part})
    actions["matrix of 200"] = [{"path": "/teams/crowd/", "headers": {"Cookie": session(manager)}}]
    return actions


main()
