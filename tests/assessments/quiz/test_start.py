"""Starting a quiz: every field may stay empty, nothing is guessed, and the draft lands in the right space."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from assessments.models import SESSION_KEY, Assessment, Rating
from assessments.quiz.start import SESSION_MAX
from people.models import VISITORS_ID, User
from tests.assessments.quiz.quiz_steps import answer, start, submit
from tests.factories import exact_profile, make_assessment
from tests.pages import page_of, sends

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rubric")]
START = "/quiz/start/"


def refused(client: Client, **said: Any) -> Any:
    """Post a start that must not make anything; returns the page that says why."""
    response = client.post(START, said)
    assert response.status_code == 422
    assert not Assessment.objects.exists()
    return page_of(response)


def errors(page: Any) -> str:
    return " ".join(node.text for node in page.all(class_="errorlist"))


def test_pressing_start_at_once_begins_at_product_manager(client: Client) -> None:
    page = page_of(client.get(START))
    assert "Every field here may stay empty: press start, and we begin at Product Manager." in page.text
    for said in ({}, sends(page.one("form"))):
        draft = start(client, **said)
        assert (draft.held, draft.targets, draft.specialisation, draft.job_title) == ("pm", ["senior-pm"], "", "")
        assert (draft.kind, draft.status, draft.submitted_at) == ("self", "draft", None)
        assert not draft.ratings.exists()


def test_the_next_step_is_the_target_where_none_is_chosen(client: Client) -> None:
    """Both ways where the ladder parts, none after the last rung, the first rung for whoever is not on it yet."""
    chosen = start(client, level="pm", target="director", specialisation="growth")
    assert (chosen.held, chosen.targets) == ("pm", ["director"])
    assert chosen.specialisation == "growth"
    for said, held, targets in (
        ({"level": "senior-pm"}, "senior-pm", ["staff-pm", "group-pm"]),
        ({"level": "cpo"}, "cpo", []),
        ({"title": "Project manager", "level": "none"}, None, ["apm"]),
    ):
        draft = start(client, **said)
        assert (draft.held, draft.targets, draft.job_title) == (held, targets, said.get("title", ""))
        assert client.get(f"/quiz/{draft.pk}/").status_code == 200


def test_a_known_title_names_the_level_and_the_specialisation_unless_they_are_chosen(client: Client) -> None:
    draft = start(client, title="Senior PM")
    assert (draft.held, draft.job_title, draft.targets) == ("senior-pm", "Senior PM", ["staff-pm", "group-pm"])
    draft = start(client, title="Senior PM", level="pm")
    assert (draft.held, draft.job_title) == ("pm", "Senior PM")
    assert start(client, title="Technical Product Manager").specialisation == "technical"
    assert start(client, title="Technical Product Manager", specialisation="growth").specialisation == "growth"


def test_an_ambiguous_title_asks_back_with_its_candidates(client: Client, rubric: Any) -> None:
    page = refused(client, title="Head of Product")
    offered = [node.attrs["value"] for node in page.all("input", name="level")]
    assert set(offered) > {"director", "none"}
    assert len(offered) >= 3
    assert "This title means different levels in different companies." in errors(page)
    # Each candidate comes with its level's name and one line on when it is the one.
    for label in page.all("label", class_="choice"):
        slug = label.all("input")[0].attrs["value"]
        if slug in rubric.levels:
            name, _, why = label.text.partition(" – ")
            assert name == rubric.levels[slug].title
            assert len(why) > 20
    form = page.one("form")
    assert sends(form)["title"] == "Head of Product"
    draft = start(client, **sends(form), level="director")
    assert (draft.held, draft.job_title) == ("director", "Head of Product")


def test_another_profession_or_an_unknown_title_is_not_guessed(client: Client) -> None:
    page = refused(client, title="Project manager")
    assert "That is another profession." in errors(page)
    assert {"none", "pm"} <= {node.attrs["value"] for node in page.one("select", name="level").all("option")}
    assert sends(page.one("form"))["title"] == "Project manager"
    page = refused(client, title="Beekeeper")
    assert "We don’t know this title." in errors(page)
    assert page.one("select", name="level").attrs["aria-describedby"] == page.one("ul", id="level-error").attrs["id"]


def test_a_hostile_title_and_a_choice_that_is_none_get_a_sentence_and_make_nothing(client: Client) -> None:
    for title in ("\u202e\U0001f41d" * 60, "' OR 1=1; --", "<script>alert(1)</script>"):
        assert "We don’t know this title." in errors(refused(client, title=title))
    for title in ("P" * 10_000, "P" * 121):
        assert "That is long for a title. Shorten it to 120 characters." in errors(refused(client, title=title))
    assert "This holds a character that we can’t read." in errors(refused(client, title="Senior\0PM"))
    for field in ("level", "target", "specialisation"):
        for value in ("nonsense", "Senior-PM", "pm\0", "x" * 10_000):
            assert "is not one of the available choices" in errors(refused(client, **{field: value})), (field, value)


def test_an_address_can_choose_beforehand_and_its_nonsense_is_ignored(client: Client) -> None:
    for query, level, target in (
        ({"target": "director"}, "", "director"),
        ({"level": "staff-pm"}, "staff-pm", "next"),
        ({"target": "nonsense", "level": "pm\0"}, "", "next"),
    ):
        said = sends(page_of(client.get(START, query)).one("form"))
        assert (said["level"], said["target"]) == (level, target)


def test_the_last_run_and_the_profile_fill_the_form(member_client: Client, member: User) -> None:
    make_assessment(member, held="senior-pm", answers={"strategy": 3}, submitted=True, specialisation="growth")
    said = sends(page_of(member_client.get(START)).one("form"))
    assert (said["level"], said["specialisation"], said["target"]) == ("senior-pm", "growth", "next")
    assert "prefill" not in said
    User.objects.filter(pk=member.pk).update(held_level="staff-pm", job_title="Staff PM")
    said = sends(page_of(member_client.get(START)).one("form"))
    assert (said["level"], said["title"]) == ("staff-pm", "Staff PM")
    # Pressing start at once means the profile's level, too.
    assert start(member_client).held == "staff-pm"


def test_on_request_a_run_starts_from_the_last_answers(member_client: Client, member: User) -> None:
    answers = exact_profile("pm") | {"strategy": "no_chance"}
    last = make_assessment(member, answers=answers, evidence={"delivery": "Shipped in May"}, submitted=True)
    page = page_of(member_client.get(START))
    assert page.all("input", type="checkbox", name="prefill")
    draft = start(member_client, prefill="on")
    assert draft.pk != last.pk
    assert draft.answers() == last.answers()
    assert {rating.evidence for rating in draft.ratings.all()} == {"", "Shipped in May"}
    assert {rating.revision for rating in draft.ratings.all()} == {1}
    assert {rating.organisation_id for rating in draft.ratings.all()} == {member.home_id}
    # Changing the new run leaves the report as it is.
    answer(member_client, draft, "delivery", step="5", revision="1")
    assert draft.answers()["delivery"] == 5
    assert last.answers()["delivery"] == answers["delivery"]


def test_a_run_starts_empty_otherwise(client: Client, member_client: Client, member: User, stranger: User) -> None:
    make_assessment(member, answers=exact_profile("pm"), submitted=True)
    make_assessment(stranger, answers=exact_profile("cpo"), submitted=True)
    make_assessment(None, answers=exact_profile("cpo"), submitted=True)
    assert start(member_client).answers() == {}
    assert not page_of(client.get(START)).all("input", name="prefill")
    assert start(client, prefill="on").answers() == {}


def test_a_draft_lies_in_the_space_of_whose_it_is(client: Client, member_client: Client, member: User) -> None:
    draft = start(client)
    assert (draft.organisation_id, draft.rater_id, draft.subject_id) == (VISITORS_ID, None, None)
    assert client.session[SESSION_KEY] == [str(draft.pk)]
    draft = start(member_client)
    assert (draft.organisation_id, draft.rater, draft.subject) == (member.home_id, member, member)
    assert SESSION_KEY not in member_client.session


def test_a_quiz_is_offered_to_go_on_until_it_is_submitted(client: Client) -> None:
    draft = start(client)
    answer(client, draft, "strategy", step="2")
    page = page_of(client.get(START))
    assert page.one("a", href=reverse("show_quiz", args=[draft.pk])).text == "Go on where you left off"
    assert "1 of 25 answered" in page.text
    assert "You have a quiz in progress" not in page_of(Client().get(START)).text
    submit(client, draft)
    assert "You have a quiz in progress" not in page_of(client.get(START)).text


def test_a_session_names_twenty_and_forgets_none(client: Client) -> None:
    drafts = [start(client) for _ in range(SESSION_MAX)]
    assert client.post(START, {"level": "pm"}).status_code == 422
    assert client.session[SESSION_KEY] == [str(draft.pk) for draft in drafts]
    assert len(client.session[SESSION_KEY]) == 20
    assert client.get(f"/quiz/{drafts[0].pk}/").status_code == 200


def test_a_report_reopens_as_a_run_with_its_answers(member_client: Client, member: User) -> None:
    last = make_assessment(
        member,
        held="senior-pm",
        targets=["director"],
        answers=exact_profile("senior-pm"),
        submitted=True,
        specialisation="growth",
        job_title="Senior Growth PM",
    )
    response = member_client.post(f"/reports/{last.pk}/reopen/")
    draft = Assessment.objects.get(status="draft")
    assert response.url == f"/quiz/{draft.pk}/"
    assert (draft.held, draft.targets) == ("senior-pm", ["director"])
    assert (draft.specialisation, draft.job_title) == ("growth", "Senior Growth PM")
    assert draft.answers() == last.answers()
    assert Rating.objects.filter(assessment=last).count() == 25
