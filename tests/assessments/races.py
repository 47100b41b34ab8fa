"""Many at once, on a database that really commits: run as a program by test_races.py, prints JSON by race.

A test's own database can't show this: it lives in one transaction. Each race gives a list of what went wrong.
"""

import json
import random
import re
from collections.abc import Callable, Sequence

import django
from django.conf import settings

django.setup()
# An action that meets another and is done again asks again: no N+1.
settings.ZEAL_RAISE = settings.DATABASES["default"].get("OPTIONS", {}).get("isolation_level") is None

from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from assessments.models import Assessment, Outcome, Rating  # noqa: E402
from assessments.quiz.claim import claim  # noqa: E402
from assessments.quiz.correct import OvertakenError, correct, undo  # noqa: E402
from tests.assessments.at_once import at_once  # noqa: E402
from tests.assessments.quiz.quiz_steps import answer, said, start, submit  # noqa: E402
from tests.factories import make_assessment, make_user  # noqa: E402

ROUNDS = 6
NAMES = ["strategy", "influence", "outcomes", "mentoring", "delivery"]


def visitor() -> tuple[Assessment, Callable[[], Client]]:
    """A draft, and a way to open further windows of its browser."""
    first = Client(headers={"host": "localhost"})
    draft = start(first)

    def window() -> Client:
        client = Client(headers={"host": "localhost"})
        client.cookies = first.cookies
        return client

    return draft, window


def save(client: Client, draft: Assessment, competency: str = "data", **fields: str) -> Callable[[], int]:
    return lambda: int(answer(client, draft, competency, htmx=True, **fields).status_code)


def windows_that_answer_first() -> Sequence[str]:
    """Six windows give the first answer: one is saved, the others are told."""
    for _ in range(ROUNDS):
        draft, window = visitor()
        statuses = at_once(
            *[
                save(window(), draft, step=str(n), evidence=f"{n}", revision="0", page=f"{n}" * 16, page_save="1")
                for n in range(6)
            ]
        )
        if sorted(map(str, statuses)) != ["200", *["409"] * 5]:
            yield f"answered {statuses}"
            continue
        winner = statuses.index(200)
        if said(draft) != {"data": (winner, f"{winner}", 1)}:
            yield f"{winner} was told that it is saved, and the database holds {said(draft)}"


def saves_that_overtake_each_other() -> Sequence[str]:
    """One window saves twelve times, and the network mixes them up: the last one counts, none is refused."""
    for _ in range(ROUNDS):
        draft, window = visitor()
        jobs = [
            save(window(), draft, step=str(n % 6), evidence=f"{n}", revision="0", page="a" * 16, page_save=str(n))
            for n in range(1, 13)
        ]
        random.shuffle(jobs)
        statuses = at_once(*jobs)
        if set(statuses) != {200}:
            yield f"answered {statuses}"
        if said(draft)["data"][:2] != (0, "12"):
            yield f"the last one was 12, and the database holds {said(draft)}"


def answers_that_meet_a_submit() -> Sequence[str]:
    """What was acknowledged is in the outcome, what was refused is nowhere."""
    for _ in range(ROUNDS):
        draft, window = visitor()
        answer(window(), draft, "data", step="3")
        client = window()
        statuses = at_once(
            lambda client=client, draft=draft: submit(client, draft).status_code,  # type: ignore[misc]
            *[save(window(), draft, name, step="4", revision="0", page="a" * 16, page_save="1") for name in NAMES],
        )
        if statuses[0] != 302 or not set(statuses[1:]) <= {200, 409}:
            yield f"answered {statuses}"
            continue
        expected = {"data": 3} | {name: 4 for name, status in zip(NAMES, statuses[1:], strict=True) if status == 200}
        done = Assessment.objects.get(pk=draft.pk)
        if done.answers() != expected:
            yield f"acknowledged {expected}, and the database holds {done.answers()}"
        if done.outcome.result != done.score(done.answers()).as_json():
            yield "the outcome is not that of the answers"


def submits_at_the_same_moment() -> Sequence[str]:
    for _ in range(ROUNDS):
        draft, _window = visitor()
        Rating.objects.create(
            assessment=draft,
            organisation_id=draft.organisation_id,
            competency_id=draft.rubric.competency_keys["data"],
            step=3,
        )
        jobs = [lambda pk=draft.pk: Assessment.objects.get(pk=pk).submit(at=timezone.now()) for _ in range(4)]
        results = at_once(*jobs)
        if sorted(map(str, results)) != ["False", "False", "False", "True"]:
            yield f"answered {results}"
        if Outcome.objects.filter(assessment=draft).count() != 1:
            yield "there is not one outcome"


def claims_at_the_same_moment() -> Sequence[str]:
    people = [make_user(f"person{n}@example.com") for n in range(4)]
    for _ in range(ROUNDS):
        assessment = make_assessment(None, answers={"data": 3}, submitted=True)
        ids = [str(assessment.pk)]
        results = at_once(*[lambda user=user, ids=ids: claim(user, ids) for user in people])  # type: ignore[misc]
        if sorted(map(str, results)) != ["0", "0", "0", "1"]:
            yield f"claimed {results}"
            continue
        owner = people[results.index(1)]
        claimed = Assessment.objects.get(pk=assessment.pk)
        spaces = {claimed.organisation_id, claimed.outcome.organisation_id, claimed.ratings.get().organisation_id}
        if claimed.rater_id != owner.pk or spaces != {owner.home_id}:
            yield "it is not all the one's who got it"


def answers_that_meet_a_claim() -> Sequence[str]:
    """What was acknowledged goes along to the person's own space; nothing stays behind with the visitors."""
    for number in range(ROUNDS):
        person = make_user(f"claims{number}@example.com")
        draft, window = visitor()
        answer(window(), draft, "data", step="3")
        saves = [save(window(), draft, name, step="4", revision="0", page="a" * 16, page_save="1") for name in NAMES]
        results = at_once(lambda pk=draft.pk, who=person: claim(who, [str(pk)]), *saves)  # type: ignore[misc]
        # 404: the draft was somebody's already when the save came.
        if results[0] != 1 or not set(results[1:]) <= {200, 401, 404, 409}:
            yield f"answered {results}"
            continue
        expected = {"data": 3} | {name: 4 for name, status in zip(NAMES, results[1:], strict=True) if status == 200}
        if Assessment.objects.get(pk=draft.pk).answers() != expected:
            yield f"acknowledged {expected}, and the database holds {said(draft)}"
        spaces = set(Rating.objects.filter(assessment=draft.pk).values_list("organisation", flat=True))
        if spaces != {person.home_id}:
            yield "not all of it went along"


def corrections_at_the_same_moment() -> Sequence[str]:
    """Of four windows that correct one report one wins, and the others are told; also beside an undo."""
    person = make_user("corrects@example.com")
    for _ in range(ROUNDS):
        first = make_assessment(person, answers={"data": 3}, submitted=True)
        seen = corrected(first, "data", 2)()
        jobs = [corrected(seen, name, 4) for name in NAMES[:4]]
        results = at_once(*jobs, lambda seen=seen: undone(seen))  # type: ignore[misc]
        won = [result for result in results if isinstance(result, Assessment)]
        rows = list(Assessment.objects.filter(chain=first.pk).order_by("started_at"))
        # Either a correction came first, and the undo found that it is not the newest; or the undo did.
        if rows != ([seen, *won] if won else []) or len(won) > 1 or (results[-1] == "undone") == bool(won):
            yield f"answered {results}, and the database holds {rows}"


def corrected(seen: Assessment, competency: str, step: int) -> Callable[[], Assessment | str]:
    def job() -> Assessment | str:
        try:
            return correct(seen, competency, step, "")
        except OvertakenError:
            return "overtaken"

    return job


def undone(seen: Assessment) -> str:
    try:
        undo(seen)
    except OvertakenError:
        return "overtaken"
    return "undone"


def main() -> None:
    # Only a database of a test's own may hold what is made here.
    assert re.search("site.sqlite3|rungwise_scratch", str(settings.DATABASES["default"]["NAME"]))
    races = (windows_that_answer_first, saves_that_overtake_each_other, answers_that_meet_a_submit)
    races += (submits_at_the_same_moment, claims_at_the_same_moment, answers_that_meet_a_claim)
    races += (corrections_at_the_same_moment,)
    print(json.dumps({"vendor": connection.vendor} | {race.__name__: list(race()) for race in races}))  # noqa: T201


if __name__ == "__main__":
    main()
