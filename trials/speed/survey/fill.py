"""A survey of as many questions, answered by as many people: run by run.py, in the peer's environment."""

import json
import os
import sys
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "trials.speed.survey.settings")
django.setup()

from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import transaction
from django.test import Client
from survey.models import Answer, Question, Response, Survey

TOKEN, PASSWORD = "t" * 32, "correct horse battery"
STEPS = ["Not yet", "Knows", "Does", "Leads", "Teaches", "Sets"]
AT = 3


def fill(people: int, skills: int) -> dict[str, list[dict[str, object]]]:
    survey = Survey.objects.create(
        name="Benchmark", description="", need_logged_user=True, display_method=Survey.BY_QUESTION
    )
    asked = [
        Question.objects.create(
            text=f"Question {n}", order=n, required=False, survey=survey, type=Question.RADIO, choices=",".join(STEPS)
        )
        for n in range(skills)
    ]
    password = make_password(PASSWORD)
    actions: dict[str, list[dict[str, object]]] = {
        name: [] for name in ("save", "quiz page", "log-in to first saved rating")
    }
    for n in range(people):
        user = User.objects.create(username=f"member-{n}", password=password)
        if n >= 32:
            response = Response.objects.create(survey=survey, user=user, interview_uuid=f"{n:032x}")
            Answer.objects.bulk_create(
                Answer(question=question, response=response, body=STEPS[(n + i) % 6])
                for i, question in enumerate(asked)
            )
            continue
        client = Client()
        client.force_login(user)
        cookie = f"sessionid={client.cookies['sessionid'].value}"
        path = f"/{survey.pk}-{AT}/"
        turns = {f"question_{asked[AT].pk}": [step.lower().replace(" ", "-") for step in STEPS]}
        # It leads on to the next question.
        save = {"method": "POST", "path": path, "turns": turns, "status": 302}
        headers = {"Cookie": f"{cookie}; csrftoken={TOKEN}"}
        actions["save"].append({**save, "form": {"csrfmiddlewaretoken": TOKEN}, "headers": headers})
        actions["quiz page"].append({"path": path, "headers": {"Cookie": cookie}})
        log_in: dict[str, object] = {"path": f"/login/?next={path}", "headers": {}}
        who = {"csrfmiddlewaretoken": "{token}", "username": user.username, "password": PASSWORD, "next": path}
        journey = [
            log_in,
            {**log_in, "method": "POST", "form": who, "status": 302},
            {"path": path, "headers": {}},
            {**save, "form": {"csrfmiddlewaretoken": "{token}"}, "headers": {}},
        ]
        actions["log-in to first saved rating"].append({"journey": journey})
    return actions


def main() -> None:
    folder, people, skills = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    call_command("migrate", verbosity=0)
    with transaction.atomic():
        actions = fill(people, skills)
    (folder / "survey.json").write_text(json.dumps(actions))


main()
