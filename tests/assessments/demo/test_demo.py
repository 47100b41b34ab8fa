"""The demo company: what is in it, and that loading it twice touches nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime
from io import StringIO
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import call_command
from django.db import connection, transaction
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext

from assessments.demo.company import PASSWORD
from assessments.models import Agenda, Assessment, Outcome, Rating, Review, Round, Share
from people.models import Membership, User
from tests.pages import page_of

MODELS = (User, Membership, Assessment, Rating, Share, Review, Round)
SLUGS = ["apm", "pm", "pm2", "senior", "senior2", "staff", "manager", "other-manager", "owner", "stranger"]


@pytest.fixture(scope="module")
def said(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    """The demo company, loaded once for all tests of this file that look at it; what the command printed."""
    with django_db_blocker.unblock(), transaction.atomic(), override_settings(LOCAL=True):
        yield load()
        transaction.set_rollback(True)


pytestmark = pytest.mark.usefixtures("said", "db")


def load() -> str:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def newest(slug: str) -> Assessment:
    own = Assessment.objects.filter(rater__email=f"{slug}@demo.example", kind="self", status="submitted")
    return own.order_by("-submitted_at")[0]


def test_one_line_for_each_account(said: str) -> None:
    lines = said.splitlines()
    assert [line.split("@")[0] for line in lines] == SLUGS
    for slug, line in zip(SLUGS, lines, strict=True):
        address, password, about = line.split(maxsplit=2)
        assert (address, password) == (f"{slug}@demo.example", "ladder-demo-2026")
        assert User.objects.get(email=address).name in about


def test_everybody_can_log_in_and_is_whole() -> None:
    for slug in SLUGS:
        client = Client()
        client.post("/account/login/", {"login": f"{slug}@demo.example", "password": PASSWORD})
        assert client.session["_auth_user_id"] == str(User.objects.get(email=f"{slug}@demo.example").pk)
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == len(SLUGS)
    for user in User.objects.all():
        user.full_clean()
        assert (user.is_staff, user.is_superuser) == (False, False)


VERDICTS = """
apm apm meets, apm pm close, pm pm meets, pm senior-pm not_yet, pm2 pm meets, pm2 senior-pm close,
senior senior-pm meets, senior staff-pm close, senior2 senior-pm meets, staff staff-pm meets, manager group-pm meets
"""


def test_answers_fit_the_level_are_of_every_kind_and_several_people_have_grown() -> None:
    """Settled, whatever was left open."""
    for slug, level, verdict in (row.split() for row in VERDICTS.split(",")):
        found = newest(slug).outcome.result["levels"][level]["verdict"]
        assert found == {"low": verdict, "high": verdict}, f"{slug} at {level}"
    assert newest("senior").outcome.result["levels"]["staff-pm"]["must_haves"]["short"] == ["strategy", "influence"]
    assert Rating.objects.filter(no_chance=True).exists()
    assert Rating.objects.exclude(evidence="").count() >= 10
    assert {item.length for item in Assessment.objects.all()} == {"quick", "full"}
    draft = Assessment.objects.get(status=Assessment.Status.DRAFT, rater__email="senior2@demo.example")
    assert len(draft.answers()) == 11
    trends = 0
    for slug in SLUGS:
        own = Assessment.objects.filter(rater__email=f"{slug}@demo.example", kind="self", status="submitted")
        reached = [item.outcome.target_readiness_low for item in own.order_by("submitted_at")]
        assert reached == sorted(reached)
        trends += len(reached) > 1
    assert trends >= 5


def test_everything_lies_in_the_past_and_in_its_persons_space() -> None:
    now = datetime.now(UTC)
    for item in Assessment.objects.select_related("rater", "team").prefetch_related("ratings"):
        assert item.rater
        assert item.rater.date_joined < item.started_at < now
        assert item.organisation_id == (item.team.organisation_id if item.team else item.rater.home_id)
        assert item.submitted_at is None or item.started_at < item.submitted_at < now
        for rating in item.ratings.all():
            assert rating.organisation_id == item.organisation_id
            assert item.started_at < rating.updated_at <= (item.submitted_at or now)
    assert all(outcome.organisation_id == outcome.assessment.organisation_id for outcome in Outcome.objects.all())


def test_the_manager_meets_every_state(settings: Any) -> None:
    settings.LOCAL = False  # the pages of the local profile are not there
    client = Client()
    client.force_login(User.objects.get(email="manager@demo.example"))
    page = page_of(client.get("/organisations/lantern-goods/teams/checkout/"))
    said = [row.one("th", scope="row").all("small")[1].text for row in page.one("tbody").all("tr")]
    read, waiting = "shared, read by you", "shared, waiting for you"
    assert said == ["not shared", read, read, read, waiting, "open to both of you"]
    assert "AI fluency" in page.one("h1").text
    strengths = page_of(client.get("/organisations/lantern-goods/teams/checkout/strengths/")).text
    assert "Tomasz Zieliński could help Inês Duarte." in strengths
    assert "Spring round" in strengths
    assert "Autumn round" in strengths


def test_two_reviews_are_signed_and_one_is_still_open() -> None:
    reviews = Review.objects.exclude(assessment=None).order_by("opened_at")
    assert [review.is_signed_off for review in reviews] == [True, True, False]
    assert all(review.is_blind and review.revealed_at and review.round_id for review in reviews)
    assert Agenda.objects.exclude(text="").count() == 3
    assert Round.objects.filter(closed_at=None).count() == 1


def test_second_time_touches_nothing(said: str) -> None:
    before = [list(model.objects.order_by("pk").values()) for model in MODELS]
    with CaptureQueriesContext(connection) as queries:
        assert load() == said
    assert len(queries) == 1
    assert [list(model.objects.order_by("pk").values()) for model in MODELS] == before
    # And what was deleted stays deleted.
    Membership.objects.filter(user__email="pm@demo.example").delete()
    load()
    assert not Membership.objects.filter(user__email="pm@demo.example").exists()
