"""Who gets what: every address of the quiz and the report, for everybody, in every state. Strangers find nothing."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from assessments.models import SESSION_KEY, Assessment
from assessments.urls import urlpatterns
from people.models import User
from people.policy import TABLE, Action, Role, State, allowed
from tests.assessments.quiz.quiz_steps import start
from tests.factories import give, make_assessment, make_user
from tests.pages import without_its_number

pytestmark = pytest.mark.django_db
ANSWERS: dict[str, Any] = {"data": 3}
NEVER_WAS = "01900000-0000-7000-8000-00000000ffff"
METHODS = ("get", "head", "post", "put", "patch", "delete", "options")

# Address → what its owner gets for (GET of a draft, POST of a draft, GET of a report, POST of a report).
# Nobody else gets anything but 404. HEAD is GET without a body, and every other method is 405 for everybody.
OWNED: dict[str, tuple[int, int, int, int]] = {
    "show_quiz": (200, 405, 302, 405),
    "save_rating": (405, 302, 405, 409),
    "check_answers": (200, 405, 302, 405),
    "submit_assessment": (405, 302, 405, 302),
    "reopen_assessment": (405, 404, 405, 302),
    "show_report": (302, 405, 200, 405),
    "export_report_json": (404, 405, 200, 405),
    "export_report_csv": (404, 405, 200, 405),
    "show_arithmetic": (404, 405, 200, 405),
    "show_what_if": (404, 405, 200, 405),
    "show_parting": (404, 405, 200, 405),
    "mark_milestone": (405, 403, 405, 302),
    "delete_assessment": (200, 302, 200, 302),
}
# Address → what everybody gets for GET and POST: nothing in it belongs to anybody.
OPEN: dict[str, tuple[int, int]] = {
    "start_quiz": (200, 302),
    "list_reports": (200, 405),
    "show_sample_report": (200, 405),
}
# For who is signed in only; the walk of tests/access/ asks for it.
WALKED = {"show_trend"}


def path_of(name: str, assessment: Assessment) -> str:
    """An address with the assessment's id and good names for the rest."""
    milestone = assessment.rubric.ladder.milestones[0].slug
    more = {"save_rating": ["data"], "mark_milestone": [milestone]}.get(name, [])
    return reverse(name, args=[] if name in OPEN else [assessment.pk, *more])


def test_the_tables_know_every_address() -> None:
    # Teams, sharing and reviews have the permission walk of their own, tests/access/.
    names = [pattern.name for pattern in urlpatterns if isinstance(pattern, URLPattern)]
    assert sorted(str(name) for name in names) == sorted([*OWNED, *OPEN, *WALKED])


# The cast


def author() -> tuple[Client, User]:
    user = make_user("author@example.com")
    client = Client()
    client.force_login(user)
    return client, user


def visitor() -> tuple[Client, None]:
    client = Client()
    start(client)
    return client, None


def owned(make: Callable[[], tuple[Client, User | None]], *, submitted: bool) -> tuple[Client, Assessment]:
    """A browser and an assessment that is its person's."""
    client, user = make()
    assessment = make_assessment(user, answers=ANSWERS, submitted=submitted)
    if user is None:
        session = client.session
        session[SESSION_KEY] = [*session[SESSION_KEY], str(assessment.pk)]
        session.save()
    return client, assessment


def stranger(_: Assessment) -> Client:
    client = Client()
    client.force_login(make_user("other@elsewhere.example"))
    return client


def other_visitor(_: Assessment) -> Client:
    return visitor()[0]


def nobody(_: Assessment) -> Client:
    """Without any session."""
    return Client()


def signed_in_with_the_id(assessment: Assessment) -> Client:
    """Somebody whose session names an assessment that has an owner, as after a claim."""
    client = stranger(assessment)
    session = client.session
    session[SESSION_KEY] = [str(assessment.pk)]
    session.save()
    return client


OTHERS = [stranger, other_visitor, nobody]


def snapshot() -> list[Any]:
    """All that an assessment says, to see that nothing of it changed."""
    return [
        (
            item.pk,
            item.status,
            item.submitted_at,
            item.rater_id,
            sorted((r.competency_id, r.step, r.evidence, r.revision) for r in item.ratings.all()),
            item.milestone_marks.count(),
        )
        for item in Assessment.objects.prefetch_related("ratings", "milestone_marks").order_by("pk")
    ]


# Owners


@pytest.mark.parametrize("make", [author, visitor])
@pytest.mark.parametrize("submitted", [False, True])
@pytest.mark.parametrize("name", [*OWNED, *OPEN])
def test_owners(rubric: Any, name: str, submitted: bool, make: Any) -> None:
    expected = OWNED[name][2 * submitted : 2 * submitted + 2] if name in OWNED else OPEN[name]
    client, assessment = owned(make, submitted=submitted)
    path = path_of(name, assessment)
    statuses = {method: getattr(client, method)(path).status_code for method in METHODS if method != "post"}
    statuses["post"] = client.post(path).status_code
    assert statuses == {
        **dict.fromkeys(METHODS, 405),
        "get": expected[0],
        "head": expected[0],
        "post": expected[1],
    }


# Everybody else


@pytest.mark.parametrize("make", [author, visitor])
@pytest.mark.parametrize("submitted", [False, True])
@pytest.mark.parametrize("who", OTHERS, ids=lambda who: who.__name__)
def test_others_find_nothing_and_change_nothing(rubric: Any, make: Any, submitted: bool, who: Any) -> None:
    _, assessment = owned(make, submitted=submitted)
    client = who(assessment)
    before = snapshot()
    for name, method in itertools.product(OWNED, METHODS):
        response = getattr(client, method)(path_of(name, assessment))
        # A method that an address has not is refused before anybody's assessment is looked for.
        owner_gets = OWNED[name][0] if method in {"get", "head"} else OWNED[name][1] if method == "post" else 405
        assert response.status_code == (405 if owner_gets == 405 else 404), f"{method} {name}"
        # The answer is the same as for an id that never was.
        path = path_of(name, assessment).replace(str(assessment.pk), NEVER_WAS)
        never_was = without_its_number(getattr(client, method)(path))
        assert without_its_number(response).replace(str(assessment.pk), NEVER_WAS) == never_was
    for name in OPEN:
        assert str(assessment.pk) not in client.get(path_of(name, assessment)).content.decode()
    assert snapshot() == before


@pytest.mark.parametrize("submitted", [False, True])
def test_the_id_of_a_claimed_one_opens_nothing_for_another_person(rubric: Any, submitted: bool) -> None:
    _, assessment = owned(author, submitted=submitted)
    client = signed_in_with_the_id(assessment)
    before = snapshot()
    for name in OWNED:
        for method in ("get", "post"):
            assert getattr(client, method)(path_of(name, assessment)).status_code in {404, 405}
    assert str(assessment.pk) not in client.get("/reports/").content.decode()
    assert snapshot() == before


def test_an_author_on_another_device_finds_their_own(rubric: Any) -> None:
    _, assessment = owned(author, submitted=True)
    client = Client()
    client.force_login(User.objects.get(email="author@example.com"))
    assert client.get(path_of("show_report", assessment)).status_code == 200


def test_an_author_who_logged_out_finds_nothing(rubric: Any) -> None:
    client, assessment = owned(author, submitted=True)
    client.logout()
    for name in OWNED:
        assert client.get(path_of(name, assessment)).status_code in {404, 405}


def test_a_visitor_who_logs_in_elsewhere_takes_nothing_of_others(rubric: Any) -> None:
    """Two visitors, two sessions; each finds only their own, with the same requests."""
    (one, mine), (two, theirs) = owned(visitor, submitted=True), owned(visitor, submitted=True)
    for client, own, other in ((one, mine, theirs), (two, theirs, mine)):
        assert client.get(path_of("show_report", own)).status_code == 200
        assert client.get(path_of("show_report", other)).status_code == 404


# Ids that are none


@pytest.mark.parametrize(
    "pk",
    [
        "00000000-0000-0000-0000-000000000000",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "0b5f6363-1a2b-4c3d-8e4f-5a6b7c8d9e0f",
    ],
)
def test_an_id_of_nothing_is_not_found(rubric: Any, pk: str) -> None:
    client, assessment = owned(author, submitted=True)
    for name in OWNED:
        path = path_of(name, assessment).replace(str(assessment.pk), pk)
        for method in ("get", "post"):
            assert getattr(client, method)(path).status_code in {404, 405}


@pytest.mark.parametrize("pk", ["1", "x", "../../etc/passwd", "%00", "0" * 5_000, "%F0%9F%90%9D"])
def test_an_id_that_is_no_id_is_not_found(rubric: Any, pk: str) -> None:
    client, assessment = owned(author, submitted=True)
    for name in OWNED:
        path = path_of(name, assessment).replace(str(assessment.pk), pk)
        for method in ("get", "post"):
            assert getattr(client, method)(path).status_code == 404


def test_a_session_that_names_what_is_gone_opens_nothing(rubric: Any) -> None:
    client, assessment = owned(visitor, submitted=True)
    path = path_of("show_report", assessment)
    assessment.erase()
    assert client.get(path).status_code == 404
    assert client.get("/reports/").status_code == 200
    assert client.get("/quiz/start/").status_code == 200


def test_a_member_of_the_same_company_is_a_stranger_too(rubric: Any) -> None:
    """Until something is shared, a report is its author's; companies and teams see nothing of it."""
    from tests.factories import join, join_team, make_organisation, make_team

    _, assessment = owned(author, submitted=True)
    company = make_organisation()
    team = make_team(company)
    for role, team_role in (("owner", "manager"), ("member", "member")):
        colleague = make_user(f"{role}@example.com")
        for user in (colleague, assessment.rater):
            if user and not user.memberships.exists():
                join(user, company, role)
                join_team(user, team, team_role)
        client = Client()
        client.force_login(colleague)
        assert client.get(path_of("show_report", assessment)).status_code == 404
        assert client.get(path_of("export_report_json", assessment)).status_code == 404


# The policy table


def test_the_policy_refuses_what_no_row_allows() -> None:
    for role, action, state in itertools.product(Role, Action, State):
        assert allowed(role, action, state) is ((role, action, state) in TABLE)
    assert not allowed(Role.AUTHOR, Action.READ_REPORT, "erasing")
    assert not allowed(Role.AUTHOR, Action.ANSWER, State.SUBMITTED)
    assert not allowed(Role.VISITOR, Action.SUBMIT, State.SUBMITTED)
    assert not allowed(Role.AUTHOR, Action.READ_REPORT, State.DRAFT)


@pytest.mark.parametrize("role", Role)
def test_the_pages_ask_the_policy(rubric: Any, role: Role, monkeypatch: pytest.MonkeyPatch) -> None:
    """With an empty table nobody may do anything, not even with their own."""
    make = author if role == Role.AUTHOR else visitor
    draft_client, draft = owned(make, submitted=False)
    monkeypatch.setattr("people.policy.TABLE", frozenset())
    assert draft_client.post(path_of("save_rating", draft), {"step": "5"}).status_code == 409
    draft_client.post(path_of("submit_assessment", draft))
    assert draft_client.post(path_of("delete_assessment", draft)).status_code == 403
    assert Assessment.objects.get(pk=draft.pk).is_draft
    assert draft.answers() == ANSWERS
    give(draft, {"strategy": 3})
    draft.submit(at=draft.started_at)
    for name in (
        "show_report",
        "export_report_json",
        "export_report_csv",
        "show_arithmetic",
        "show_what_if",
        "show_parting",
    ):
        assert draft_client.get(path_of(name, draft)).status_code == 404
    assert draft_client.post(path_of("reopen_assessment", draft)).status_code == 404
    assert draft_client.post(path_of("mark_milestone", draft), {"value": "on"}).status_code == 403
