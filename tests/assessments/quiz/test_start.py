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


def test_what_a_title_implies_is_shown_once_and_can_be_changed(client: Client) -> None:
    """The form comes back with the fields set; what is sent from there counts, "None" too."""
    for title, level, special, sentence in (
        ("Senior PM", "senior-pm", "", "We read your title as Senior Product Manager."),
        (
            *("Technical Product Manager", "pm", "technical"),
            "We read your title as Product Manager, Technical PM. Change what does not fit, and start.",
        ),
    ):
        page = refused(client, title=title)
        said = sends(page.one("form"))
        assert (said["level"], said["specialisation"]) == (level, special)
        assert page.one("p", id="taken").text.startswith(sentence)
        assert not page.all(class_="errorlist")
        assert not page.all(id="form-error")
        draft = start(client, **said)
        assert (draft.held, draft.specialisation, draft.job_title) == (level, special, title)
        draft.delete()
    assert start(client, **said | {"specialisation": ""}).specialisation == ""
    assert start(client, **said | {"level": "staff-pm"}).held == "staff-pm"
    # "Take it from my title", chosen once more.
    assert start(client, **said | {"level": ""}).held == "pm"


def test_only_what_the_person_did_not_choose_is_set(client: Client) -> None:
    assert start(client, title="Senior PM", level="pm").held == "pm"
    chosen = {"title": "Technical Product Manager", "level": "pm", "specialisation": "growth"}
    assert start(client, **chosen).specialisation == "growth"
    Assessment.objects.all().delete()
    page = refused(client, title="Technical Product Manager", level="staff-pm")
    assert sends(page.one("form"))["level"] == "staff-pm"
    assert page.one("p", id="taken").text.startswith("Your title names Technical PM.")
    # A title that is corrected means the new one, and one that is unclear asks.
    said = sends(refused(client, title="Senior PM").one("form"))
    page = refused(client, **said | {"title": "Staff PM"})
    assert (sends(page.one("form"))["level"], page.one("input", name="asked").attrs["value"]) == (
        "staff-pm",
        "Staff PM",
    )
    page = refused(client, **said | {"title": "Head of Product"})
    assert {"director", "none"} < {node.attrs["value"] for node in page.all("input", name="level")}
    # What an earlier title has set goes with it, and that is said, too.
    page = refused(client, title="PM", asked="Technical PM", level="pm", specialisation="technical")
    assert (sends(page.one("form"))["specialisation"], page.one("p", id="taken").text[:36]) == (
        *("", "Your title names no specialisation. "),
    )
    page = refused(client, **said | {"title": "Beekeeper"})
    assert (sends(page.one("form"))["level"], errors(page)[:24]) == ("", "We don’t know this title")


def test_while_a_title_is_typed_its_fields_follow(client: Client) -> None:
    headers = {"HX-Request": "true", "HX-Target": "from-title"}

    def typed(title: str, **said: str) -> Any:
        return page_of(client.get(START, {"title": title, "level": "", "specialisation": "", **said}, headers=headers))

    page = typed("Technical PM")
    assert [node.attrs["id"] for node in page.all("select")] == ["id_level", "id_specialisation"]
    chosen = [node.attrs["value"] for node in page.all("option") if "selected" in node.attrs]
    assert chosen == ["pm", "technical"]
    assert page.one("input", name="asked").attrs["value"] == "Technical PM"
    assert start(client, title="Technical PM", asked="Technical PM", level="pm").specialisation == ""
    # Half a title is no mistake yet; one with several meanings offers them at once.
    assert not typed("Techn").all(class_="errorlist")
    assert typed("Head of Product").all("input", type="radio", name="level")
    assert not typed("").all("p", id="taken")


def test_a_link_or_the_profile_with_a_title_sets_its_fields(
    client: Client, member_client: Client, member: User
) -> None:
    said = sends(page_of(client.get(START, {"title": "Technical PM"})).one("form"))
    assert (said["title"], said["asked"], said["level"], said["specialisation"]) == (
        *("Technical PM", "Technical PM", "pm", "technical"),
    )
    User.objects.filter(pk=member.pk).update(held_level="senior-pm", job_title="Growth PM")
    said = sends(page_of(member_client.get(START)).one("form"))
    assert (said["level"], said["specialisation"]) == ("senior-pm", "growth")
    # Who said "None" to this title is believed.
    make_assessment(member, held="senior-pm", answers={"strategy": 3}, submitted=True, job_title="Growth PM")
    assert sends(page_of(member_client.get(START)).one("form"))["specialisation"] == ""


def test_a_small_company_and_a_programme_are_said_and_kept(member_client: Client, member: User) -> None:
    page = page_of(member_client.get(START))
    assert {"small_company", "programme"} <= {node.attrs["name"] for node in page.all("input", type="checkbox")}
    # Only the level that knows programmes has the question shown beside it.
    assert [node.attrs["value"] for node in page.all("option") if "data-programme" in node.attrs] == ["apm"]
    for level, programme in (("apm", True), ("pm", False), ("none", False)):
        draft = start(member_client, level=level, small_company="on", programme="on")
        assert (draft.small_company, draft.programme) == (True, programme), level
    draft = start(member_client, level="apm")
    assert (draft.small_company, draft.programme) == (False, False)
    last = make_assessment(
        *(member,), held="apm", answers={"data": 1}, submitted=True, small_company=True, programme=True
    )
    said = sends(page_of(member_client.get(START)).one("form"))
    assert (said["small_company"], said["programme"]) == ("on", "on")
    member_client.post(f"/reports/{last.pk}/reopen/")
    again = Assessment.objects.filter(status="draft").latest("started_at")
    assert (again.small_company, again.programme) == (True, True)


def test_an_ambiguous_title_asks_back_with_its_candidates(client: Client, rubric: Any) -> None:
    page = refused(client, title="Head of Product")
    offered = [node.attrs["value"] for node in page.all("input", name="level")]
    assert set(offered) > {"director", "none"}
    assert len(offered) >= 3
    assert "This title means different levels in different companies." in errors(page)
    # Each candidate comes with its level's name and one line on when it is the one.
    for label in page.all("label", class_="choice"):
        slug = label.all("input")[0].attrs.get("value")
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
