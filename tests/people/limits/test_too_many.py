"""How much there may be of what costs its maker nothing, and the sentence that says so where it is met."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import Assessment, Round
from assessments.quiz import start
from assessments.rounds import rounds
from people.models import Membership, Organisation, User
from people.organisations import organisations
from tests.factories import client_of, exact_profile, join, join_team, make_assessment, make_organisation, make_team
from tests.pages import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for module, names in (
        (start, ("SESSION_MAX", "DRAFTS_MAX")),
        (organisations, ("OWNED_MAX",)),
        (rounds, ("OPEN_MAX",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, 3)
    monkeypatch.setattr(rounds, "A_DAY_MAX", 4)


def begin(client: Client, path: str = "/quiz/start/") -> Any:
    return client.post(path, {"level": "pm", "title": "Product Manager"})


def test_drafts_of_a_visitor_in_one_browser(client: Client, rubric: Any) -> None:
    """Also of reports: the session would forget the oldest, and nobody could reach it any more."""
    drafts = [begin(client).headers["Location"].split("/")[2] for _ in range(3)]
    client.post(f"/quiz/{drafts[0]}/answer/data/", {"step": "2"})
    client.post(f"/quiz/{drafts[0]}/submit/")
    refused = begin(client)
    assert refused.status_code == 422
    assert "You have 3 quizzes and reports in this browser" in page_of(refused).text
    # What was typed stays; from a report one can't go on either.
    assert page_of(refused).one("input", name="title").attrs["value"] == "Product Manager"
    assert "3 quizzes and reports" in page_of(client.post(f"/reports/{drafts[0]}/reopen/", follow=True)).text
    assert Assessment.objects.count() == 3
    client.post(f"/reports/{drafts[1]}/delete/")
    assert begin(client).status_code == 302


def test_drafts_of_visitors_from_one_address(rubric: Any, settings: Any) -> None:
    """A new session each time; and not those of somebody elsewhere."""
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"begin": "4/h/key"}
    answers = [begin(Client()) for _ in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 4 + [429] * 2
    assert "Nothing was begun" in page_of(answers[-1]).text
    assert answers[-1].headers["Retry-After"]
    assert begin(Client(REMOTE_ADDR="192.0.2.7")).status_code == 302
    assert Assessment.objects.count() == 5


def test_drafts_of_a_person(member: User, member_client: Client) -> None:
    """Reports don't count: they are what drafts are for. Nor does it help to begin one for a round."""
    done = [make_assessment(member, answers=exact_profile("pm"), submitted=True) for _ in range(4)]
    team = make_team(make_organisation())
    join(member, team.organisation)
    join_team(member, team)
    today = timezone.localdate()
    item = Round.objects.create(organisation=team.organisation, name="Autumn", starts_on=today, due_on=today)
    ways = ["/quiz/start/", f"/reports/{done[0].pk}/reopen/", f"/rounds/{item.pk}/begin/"]
    assert [begin(member_client, way).status_code for way in ways] == [302] * 3
    for way in ways:
        page = page_of(member_client.post(way, {"level": "pm"}, follow=True))
        assert "You have 3 quizzes in progress" in page.text
    assert Assessment.objects.filter(status="draft").count() == 3
    Assessment.objects.filter(status="draft")[0].delete()
    assert begin(member_client).status_code == 302


def test_organisations_of_a_person(member: User, member_client: Client, settings: Any) -> None:
    """Those that somebody owns; being in others is up to those."""
    for number in range(4):
        join(member, make_organisation(f"Other {number}", f"other-{number}"))

    def found() -> Any:
        return member_client.post("/organisations/", {"name": "Lantern"})

    assert [found().status_code for _ in range(3)] == [302] * 3
    refused = found()
    assert refused.status_code == 422
    assert "You own 3 organisations" in page_of(refused).text
    assert page_of(refused).one("input", name="name").attrs["value"] == "Lantern"
    # Owning none any more is no way round: they are founded only so often.
    settings.RATE_LIMITS = settings.RATE_LIMITS | {"found": "2/h/key"}
    statuses = []
    for _ in range(3):
        Membership.objects.filter(user=member, role="owner").update(role="admin")
        statuses.append(found().status_code)
    assert statuses == [302, 302, 429]
    assert Organisation.objects.filter(name="Lantern").count() == 5


def test_rounds_of_an_organisation(member: User) -> None:
    lantern = make_organisation()
    join(member, lantern, Membership.Role.OWNER)
    client, today = client_of(member), timezone.localdate()
    said = {"name": "Autumn", "starts_on": str(today), "due_on": str(today)}

    def open_one() -> Any:
        return client.post("/organisations/lantern/rounds/", said)

    assert [open_one().status_code for _ in range(3)] == [302] * 3
    refused = open_one()
    assert refused.status_code == 422
    assert "3 rounds are open. Close one" in page_of(refused).text
    assert page_of(refused).one("input", name="name").attrs["value"] == "Autumn"
    first = Round.objects.order_by("created_at")[0]
    client.post(f"/rounds/{first.pk}/close/")
    assert open_one().status_code == 302
    assert "3 rounds are open" in page_of(client.post(f"/rounds/{first.pk}/reopen/", follow=True)).text
    # An open one stays as it is, without a word about others.
    last = Round.objects.order_by("created_at").last()
    assert last is not None
    assert "The round is open" in page_of(client.post(f"/rounds/{last.pk}/reopen/", follow=True)).text
    Round.objects.update(closed_at=timezone.now())
    assert "4 rounds were set up within a day" in page_of(open_one()).text
    Round.objects.update(created_at=timezone.now() - datetime.timedelta(days=1))
    assert open_one().status_code == 302
