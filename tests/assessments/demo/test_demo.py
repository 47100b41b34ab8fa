"""The demo company: what is in it, that it is loaded once, and that it stays out of production."""

import os
import subprocess
import sys
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from assessments.demo.company import PASSWORD, DemoError, check_against, read_demo
from assessments.models import Agenda, Assessment, Outcome, Rating, Review, Round, Share
from assessments.scoring.values import NO_CHANCE
from ladder.rubric import Rubric
from people.models import Membership, Organisation, TeamMembership, User
from tests.pages import page_of

ROOT = Path(django_settings.BASE_DIR)
MODELS = (User, Membership, Assessment, Rating, Share, Review, Round)
FILES = ROOT / "fixtures" / "demo"
SLUGS = ["apm", "pm", "pm2", "senior", "senior2", "staff", "manager", "other-manager", "owner", "stranger"]


@pytest.fixture
def said(rubric: Rubric, settings: Any) -> str:
    """The demo company, loaded; what the command printed."""
    settings.LOCAL = True
    return load()


def load() -> str:
    out = StringIO()
    call_command("load_demo", stdout=out)
    return out.getvalue()


def newest(slug: str) -> Assessment:
    own = Assessment.objects.filter(rater__email=f"{slug}@demo.example", kind="self", status="submitted")
    return own.order_by("-submitted_at")[0]


# Who is there


@pytest.mark.django_db
def test_one_line_for_each_account(said: str) -> None:
    lines = said.splitlines()
    assert [line.split("@")[0] for line in lines] == SLUGS
    for slug, line in zip(SLUGS, lines, strict=True):
        address, password, about = line.split(maxsplit=2)
        assert (address, password) == (f"{slug}@demo.example", "ladder-demo-2026")
        assert User.objects.get(email=address).name in about


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_everybody_can_log_in() -> None:
    for slug in SLUGS:
        client = Client()
        client.post("/account/login/", {"login": f"{slug}@demo.example", "password": PASSWORD})
        assert client.session["_auth_user_id"] == str(User.objects.get(email=f"{slug}@demo.example").pk)
    assert EmailAddress.objects.filter(verified=True, primary=True).count() == len(SLUGS)


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_accounts_are_whole() -> None:
    for user in User.objects.all():
        user.full_clean()
        assert not user.is_staff
        assert not user.is_superuser


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_who_works_with_whom() -> None:
    def team(slug: str, role: str) -> set[str]:
        found = TeamMembership.objects.filter(team__slug=slug, role=role, organisation__slug="lantern-goods")
        return {address.split("@")[0] for address in found.values_list("user__email", flat=True)}

    assert team("checkout", "member") == {"apm", "pm", "pm2", "senior", "senior2", "staff"}
    assert team("checkout", "manager") == {"manager"}
    assert team("search", "manager") == {"other-manager"}
    owners = Membership.objects.filter(role="owner").values_list("organisation__slug", "user__email")
    assert set(owners) == {("lantern-goods", "owner@demo.example"), ("paper-boat", "stranger@demo.example")}
    # Who is in a team is in its organisation, and the stranger is in no other than theirs.
    assert Membership.objects.filter(organisation__slug="lantern-goods").count() == 9
    assert Membership.objects.get(user__email="stranger@demo.example").organisation.slug == "paper-boat"


# What they said


VERDICTS = [
    ("apm", "apm", "meets"),
    ("apm", "pm", "close"),
    ("pm", "pm", "meets"),
    ("pm", "senior-pm", "not_yet"),
    ("pm2", "pm", "meets"),
    ("pm2", "senior-pm", "close"),
    ("senior", "senior-pm", "meets"),
    ("senior", "staff-pm", "close"),
    ("senior2", "senior-pm", "meets"),
    ("staff", "staff-pm", "meets"),
    ("manager", "group-pm", "meets"),
]


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_answers_fit_the_level() -> None:
    """Settled, whatever was left open."""
    for slug, level, verdict in VERDICTS:
        found = newest(slug).outcome.result["levels"][level]["verdict"]
        assert found == {"low": verdict, "high": verdict}, f"{slug} at {level}"


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_two_must_haves_stand_between_senior_and_staff() -> None:
    assert newest("senior").outcome.result["levels"]["staff-pm"]["blockers"] == ["strategy", "influence"]


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_several_people_have_grown() -> None:
    trends = 0
    for slug in SLUGS:
        own = Assessment.objects.filter(rater__email=f"{slug}@demo.example", kind="self", status="submitted")
        runs = own.order_by("submitted_at")
        reached = [item.outcome.target_readiness_low for item in runs.select_related("outcome")]
        assert reached == sorted(reached)
        trends += len(reached) > 1
    assert trends >= 5


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_somebody_is_in_the_middle_of_a_quiz() -> None:
    draft = Assessment.objects.get(status=Assessment.Status.DRAFT)
    assert draft.rater
    assert draft.rater.email == "senior2@demo.example"
    assert len(draft.answers()) == 11


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_answers_are_of_every_kind() -> None:
    assert Rating.objects.filter(no_chance=True).exists()
    assert Rating.objects.exclude(evidence="").count() >= 10
    assert any(len(item.answers()) < 25 for item in Assessment.objects.filter(status="submitted"))
    assert {item.length for item in Assessment.objects.all()} == {"quick", "full"}


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
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


# What they shared


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_the_manager_meets_every_state(settings: Any) -> None:
    settings.LOCAL = False  # the pages of the local profile are not there
    client = Client()
    client.force_login(User.objects.get(email="manager@demo.example"))
    page = page_of(client.get("/teams/checkout/"))
    said = [row.one("th", scope="row").all("small")[1].text for row in page.one("tbody").all("tr")]
    read, waiting = "shared, read by you", "shared, waiting for you"
    assert said == ["not shared", read, read, read, waiting, "open to both of you"]
    assert "AI fluency" in page.one("h1").text
    strengths = page_of(client.get("/teams/checkout/strengths/")).text
    assert "Tomasz Zieliński could help Inês Duarte." in strengths
    assert "Spring round" in strengths
    assert "Autumn round" in strengths


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_two_reviews_are_signed_and_one_is_still_open() -> None:
    reviews = Review.objects.exclude(assessment=None).order_by("opened_at")
    assert [review.is_signed_off for review in reviews] == [True, True, False]
    assert all(review.is_blind and review.revealed_at and review.round_id for review in reviews)
    assert Agenda.objects.exclude(text="").count() == 3
    assert Round.objects.filter(closed_at=None).count() == 1


# Once, and only here


@pytest.mark.django_db
def test_second_time_touches_nothing(said: str) -> None:
    before = [list(model.objects.order_by("pk").values()) for model in MODELS]
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert load() == said
    assert len(queries) == 1
    assert [list(model.objects.order_by("pk").values()) for model in MODELS] == before


@pytest.mark.django_db
@pytest.mark.usefixtures("said")
def test_what_was_deleted_stays_deleted() -> None:
    Membership.objects.filter(user__email="pm@demo.example").delete()
    load()
    assert not Membership.objects.filter(user__email="pm@demo.example").exists()


@pytest.mark.django_db
def test_name_that_is_taken(rubric: Rubric, settings: Any) -> None:
    settings.LOCAL = True
    Organisation.objects.create(kind=Organisation.Kind.COMPANY, slug="paper-boat", name="Somebody's own")
    with pytest.raises(CommandError, match="was not loaded") as caught:
        load()
    assert caught.value.returncode == 2
    assert not User.objects.exists()


@pytest.mark.django_db
def test_without_a_ladder(settings: Any) -> None:
    settings.LOCAL, settings.DEFAULT_LADDER = True, "none"
    with pytest.raises(CommandError, match="load_ladder") as caught:
        load()
    assert caught.value.returncode == 2
    assert not User.objects.exists()


@pytest.mark.django_db
def test_refuses_outside_the_local_profile(rubric: Rubric) -> None:
    with pytest.raises(CommandError, match="PROFILE=local") as caught:
        load()
    assert caught.value.returncode == 2
    assert not User.objects.exists()


def test_refusal_is_one_line(tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "manage.py", "load_demo"],
        cwd=ROOT,
        env={
            **{name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}},
            "PROFILE": "production",
            "SECRET_KEY": "a-key-for-this-test-only-that-is-long-enough-0123456789",
            "ALLOWED_HOSTS": "ladder.example.com",
            "DATABASE_URL": f"sqlite:///{tmp_path}/empty.sqlite3",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stdout) == (2, "")
    assert len(run.stderr.splitlines()) == 1
    assert "PROFILE=local" in run.stderr


# The files


def write(folder: Path, text: str) -> Path:
    (folder / "company.yaml").write_text(text, encoding="utf-8")
    return folder


ACCOUNT = "accounts: [{slug: pm, name: Nora, job_title: PM, level: LEVEL, time_zone: UTC, about: here}]\n"
SAID = (
    "organisations: []\n"
    "assessments: [{account: WHO, months_ago: 1, held: HELD, targets: [], length: full, answers: {COMPETENCY: STEP}}]\n"
)


def told(**changes: str) -> str:
    """A small company with one thing changed."""
    text = ACCOUNT + SAID
    for name, value in {"LEVEL": "pm", "WHO": "pm", "HELD": "pm", "COMPETENCY": "data", "STEP": "2", **changes}.items():
        text = text.replace(name, value)
    return text


SHARES = "shares: [{account: pm, months_ago: MONTHS, team: TEAM, days_ago: 1, with_notes: false}]\n"


@pytest.mark.parametrize(
    ("months", "team", "complaint"),
    [("1", "sales", "no team is called sales"), ("2", "one", "no report of 2 months ago")],
)
def test_copies_speak_of_what_is_there(tmp_path: Path, months: str, team: str, complaint: str) -> None:
    organisation = "[{slug: a, name: A, owners: [pm], teams: [{slug: one, name: One, managers: [], members: [pm]}]}]"
    shares = SHARES.replace("MONTHS", months).replace("TEAM", team)
    text = told().replace("organisations: []", f"organisations: {organisation}") + shares
    with pytest.raises(DemoError, match=complaint):
        read_demo(write(tmp_path, text))


def test_small_company_is_read(tmp_path: Path) -> None:
    assert read_demo(write(tmp_path, told())).assessments[0].answers == {"data": 2}
    assert read_demo(write(tmp_path, told(STEP="no_chance"))).assessments[0].answers == {"data": NO_CHANCE}


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (told(STEP="6"), "a step from 0 to 5"),
        (told(STEP="true"), "a step from 0 to 5"),
        (told(STEP="perhaps"), "or no_chance"),
        (told(WHO="nobody"), "no account is called nobody"),
        ("accounts: [", "company.yaml can't be read"),
        ("- a list", "company.yaml can't be read"),
        ("", "company.yaml can't be read"),
        (told() + "more: 1\n", "more: Extra inputs"),
    ],
)
def test_files_that_are_wrong_are_one_line(tmp_path: Path, text: str, complaint: str) -> None:
    with pytest.raises(DemoError, match=complaint) as caught:
        read_demo(write(tmp_path, text))
    assert len(str(caught.value).splitlines()) == 1


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"COMPETENCY": "juggling"}, "no juggling"),
        ({"HELD": "boss"}, "no boss"),
        ({"LEVEL": "boss"}, "no level boss"),
    ],
)
@pytest.mark.django_db
def test_files_fit_the_ladder(tmp_path: Path, rubric: Rubric, changes: dict[str, str], complaint: str) -> None:
    with pytest.raises(DemoError, match=complaint):
        check_against(read_demo(write(tmp_path, told(**changes))), rubric)


def test_demo_addresses_belong_to_nobody() -> None:
    assert {account.address.split("@")[1] for account in read_demo(FILES).accounts} == {"demo.example"}
