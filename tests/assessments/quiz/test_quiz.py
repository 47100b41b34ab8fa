"""One competency a screen: which comes when, what it shows, how one moves without a script, when it is settled."""

import re
from typing import Any

import pytest
from django.test import Client

from assessments.models import Assessment
from assessments.scoring.rule import is_settled, question_order
from assessments.scoring.values import Answer
from people.models import User
from tests.assessments.quiz.quiz_steps import answer, said, start, submit
from tests.assessments.scoring.small_frameworks import pm_framework
from tests.factories import exact_profile, give, make_assessment
from tests.pages import Node, page_of, sends
from trials import load

pytestmark = pytest.mark.django_db
# The table of the rule's description, not what the database compiled.
PM = pm_framework()


def question(client: Client, draft: Assessment, at: str = "") -> Node:
    response = client.get(f"/quiz/{draft.pk}/", {"at": at} if at else {})
    assert response.status_code == 200
    return page_of(response)


def shown(page: Node, rubric: Any) -> str:
    """The slug of the competency that a page asks about."""
    name = page.one("h1", id="question").text
    return next(slug for slug, competency in rubric.competencies.items() if competency.question == name)


def checked(page: Node) -> list[str]:
    return [node.attrs["value"] for node in page.all("input", name="step") if "checked" in node.attrs]


def test_questions_come_in_the_order_of_the_rule(member_client: Client, member: User, rubric: Any) -> None:
    for held, targets in (("pm", ["senior-pm"]), ("senior-pm", ["staff-pm", "group-pm"]), (None, ["apm"]), ("cpo", [])):
        draft = make_assessment(member, held=held, targets=targets, specialisation="growth")
        order = question_order(PM, held, targets, "growth")
        page = question(member_client, draft)
        assert shown(page, rubric) == order[0]
        assert [node.attrs["value"] for node in page.all("button", class_="jump-to")] == list(order)
        for number, slug in list(enumerate(order, 1))[::4]:
            page = question(member_client, draft, slug)
            assert shown(page, rubric) == slug
            assert f"Question {number} of 25" in page.text


def test_a_quiz_goes_on_at_the_first_open_question(draft: Assessment, client: Client, rubric: Any) -> None:
    order = question_order(PM, "pm", ["senior-pm"])
    for slug in (*order[:5], order[7]):
        answer(client, draft, slug, step="2")
    assert shown(question(client, draft), rubric) == order[5]
    answer(client, draft, order[5], step="no_chance")
    assert shown(question(client, draft), rubric) == order[6]
    answer(client, draft, order[6], evidence="No step chosen yet, so it stays open")
    assert shown(question(client, draft), rubric) == order[6]
    answer(client, draft, order[6], step="0")
    assert shown(question(client, draft), rubric) == order[8]
    # When all is answered it is at the overview, and once it is submitted at the report.
    give(draft, {slug: 2 for slug in order if slug not in draft.answers()})
    overview = f"/quiz/{draft.pk}/check/"
    assert client.get(f"/quiz/{draft.pk}/").url == overview
    page = page_of(client.get(overview))
    assert "Every question is answered." in page.text
    assert "Go on answering" not in page.text
    submit(client, draft)
    for path in (overview, f"/quiz/{draft.pk}/?at=strategy"):
        assert client.get(path).url == f"/reports/{draft.pk}/"


def test_a_question_that_is_none_is_not_found(draft: Assessment, client: Client) -> None:
    for at in ("nonsense", "", "Strategy", "strategy\0", "x" * 10_000, "../check"):
        assert client.get(f"/quiz/{draft.pk}/", {"at": at}).status_code == 404, at


def test_a_question_says_what_it_means_and_offers_seven_answers(draft: Assessment, client: Client, rubric: Any) -> None:
    competency = rubric.competencies["data"]
    page = question(client, draft, "data")
    assert page.one(id="meaning").text == competency.summary
    choices = page.one("fieldset", class_="rungs")
    assert [node.attrs["value"] for node in choices.all("input", name="step")] == [*"12345", "0", "no_chance"]
    texts = [label.all("span")[0].text for label in choices.all("label")]
    assert texts[:5] == list(competency.short)
    # What they mean at full length stands below them.
    in_full = page.one("details", class_="in-full")
    assert [node.text for node in in_full.all("dd")] == [competency.says(step) for step in competency.described]
    assert texts[5].startswith("Not yet – I have had the chance")
    assert texts[6].startswith("No chance so far – my work has not asked for it; this never counts as zero")
    assert checked(page) == []
    assert page.one(id="save").attrs["data-state"] == "idle"
    # Without a script nothing is saved before that.
    assert page.one("noscript").text == "Saved when you go on"
    assert sends(page.one("form", id="answer"))["revision"] == "0"
    assert "open" not in page.one("details", class_="evidence").attrs


def test_the_choices_name_no_level_of_the_ladder(draft: Assessment, client: Client, rubric: Any) -> None:
    """Who sees the level behind a sentence rates the level, not the work."""
    names = {name for level in rubric.ladder.levels for name in (level.title, level.short_title, *level.aliases)}
    # A bare "PM" means anybody who does this work.
    names -= {"PM"}
    found = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(names, key=len, reverse=True)))
    for slug in rubric.competencies:
        page = question(client, draft, slug)
        for node in page.one("fieldset", class_="rungs"):
            assert not found.search(" ".join([node.attrs.get("value", ""), node.attrs.get("title", "")])), slug
        assert not found.search(page.one("fieldset", class_="rungs").text), slug
        assert not found.search(page.one(id="meaning").text), slug


def test_a_saved_answer_is_shown_with_its_evidence(draft: Assessment, client: Client) -> None:
    for revision, step in enumerate(("0", "1", "5", "no_chance"), 1):
        answer(client, draft, "data", step=step, evidence="Cut churn by 3 % <in May>")
        page = question(client, draft, "data")
        assert checked(page) == [step]
        assert page.one("textarea").text == "Cut churn by 3 % <in May>"
        assert "open" in page.one("details", class_="evidence").attrs
        assert page.one(id="save").attrs["data-state"] == "saved"
        assert sends(page.one("form", id="answer"))["revision"] == str(revision)


def test_each_page_has_a_name_of_its_own(draft: Assessment, client: Client) -> None:
    names = {sends(question(client, draft).one("form", id="answer"))["page"] for _ in range(3)}
    assert len(names) == 3
    assert all(re.fullmatch(r"[0-9a-f]{16}", name) for name in names)


def test_the_list_of_questions_says_how_each_stands(draft: Assessment, client: Client) -> None:
    answer(client, draft, "strategy", step="0")
    answer(client, draft, "influence", step="no_chance")
    jumps = {node.attrs["value"]: node for node in question(client, draft, "outcomes").all("button", class_="jump-to")}
    assert jumps["strategy"].text.endswith("answered")
    assert jumps["influence"].text.endswith("no chance so far")
    assert jumps["mentoring"].text.endswith("open")
    assert [slug for slug, node in jumps.items() if node.attrs.get("aria-current") == "step"] == ["outcomes"]


def test_progress_and_time_left_are_shown(draft: Assessment, client: Client) -> None:
    assert "Question 1 of 25 · 0 answered · about 8 minutes left" in question(client, draft).text
    give(draft, dict.fromkeys([*exact_profile("pm")][:23], 2))
    page = question(client, draft, "strategy")
    assert "23 answered · about 1 minute left" in page.text
    assert page.one("progress").attrs["value"] == "23"
    answer(client, draft, "outcomes", step="2")
    assert "24 answered · less than a minute left" in question(client, draft, "strategy").text
    answer(client, draft, "initiative", step="2")
    assert "25 answered · all answered" in question(client, draft, "strategy").text


def go_to(client: Client, draft: Assessment, competency: str, button: str, **said: str) -> str:
    """Press a button of the plain form; returns where one gets, as it is written in the address."""
    response = answer(client, draft, competency, go=button, **said)
    assert response.status_code == 302
    assert client.get(response.url).status_code == 200
    return str(response.url).removeprefix(f"/quiz/{draft.pk}/")


def test_the_buttons_lead_on_back_and_anywhere(draft: Assessment, client: Client) -> None:
    ways = {"next": "?at=mentoring", "": "?at=mentoring", "previous": "?at=strategy", "stay": "?at=influence"}
    ways |= {"data": "?at=data", "check": "check/", "nonsense\0": "?at=mentoring"}
    for button, way in ways.items():
        assert go_to(client, draft, "influence", button, step="2") == way
    assert said(draft) == {"influence": (2, "", 7)}


def test_the_ends_of_the_quiz_lead_to_the_overview_and_nowhere(draft: Assessment, client: Client) -> None:
    order = question_order(PM, "pm", ["senior-pm"])
    assert go_to(client, draft, order[-1], "next", step="1") == "check/"
    assert go_to(client, draft, order[-1], "", step="1") == "check/"
    assert go_to(client, draft, order[0], "previous", step="1") == f"?at={order[0]}"
    first, last = question(client, draft, order[0]), question(client, draft, order[-1])
    assert not first.all("button", name="go", value="previous")
    assert question(client, draft, order[1]).all("button", name="go", value="previous")
    assert last.one("button", class_="first").attrs["value"] == "check"


def test_with_a_script_leaving_the_questions_loads_a_new_page(draft: Assessment, client: Client) -> None:
    on = answer(client, draft, "influence", htmx=True, step="2", go="next")
    assert (on.status_code, on.url) == (302, f"/quiz/{draft.pk}/?at=mentoring")
    out = answer(client, draft, "influence", htmx=True, go="check")
    assert (out.status_code, out.headers["HX-Redirect"]) == (200, f"/quiz/{draft.pk}/check/")


def test_the_settled_note_comes_exactly_when_the_rule_says_so(client: Client, rubric: Any) -> None:
    for profile in ("apm", "pm", "senior-pm"):
        draft, told, seen = start(client), dict[str, Answer](), []
        for slug in question_order(PM, "pm", ["senior-pm"]):
            told[slug] = exact_profile(profile)[slug]
            expected = is_settled(PM, told, "pm", ["senior-pm"])
            pages = [page_of(answer(client, draft, slug, htmx=True, step=str(told[slug])))]
            # The whole page where it changes and at the end.
            if expected is not (seen and seen[-1]) or len(told) == 25:
                pages.append(question(client, draft, slug))
            for page in pages:
                note = page.one(id="settled").text
                assert bool(note) is expected, (profile, slug)
                assert ("Your level is settled." in note) is (expected and len(told) < 25)
            seen.append(expected)
        assert seen[0] is False or profile == "apm"
        assert seen[-1] is True


def test_one_answer_can_settle_it(draft: Assessment, client: Client) -> None:
    """Outcomes is a must-have of both levels, 2 and 3 asked: "not yet" lacks two and more, too far to be close."""
    page = page_of(answer(client, draft, "outcomes", htmx=True, step="0"))
    assert "24 more answers sharpen the report; they can’t change the verdict." in page.one(id="settled").text
    assert "Finish now" in page.one(id="settled").text
    page = page_of(answer(client, draft, "outcomes", htmx=True, step="1", revision="1"))
    assert page.one(id="settled").text == ""


def test_only_a_quick_run_offers_to_finish_early_and_each_when_all_is_answered(client: Client, rubric: Any) -> None:
    for length in ("quick", "full"):
        draft = start(client, length=length)
        note = page_of(answer(client, draft, "outcomes", htmx=True, step="0")).one(id="settled")
        assert "Your level is settled." in note.text
        assert ("Finish now" in note.text) is (length == "quick")
        draft = start(client, length=length)
        give(draft, exact_profile("pm"))
        note = question(client, draft, "data").one(id="settled")
        assert "Every question is answered." in note.text
        assert note.one("a").attrs["href"] == f"/quiz/{draft.pk}/check/"


def test_the_overview_shows_every_answer_and_marks_the_blanks(draft: Assessment, client: Client, rubric: Any) -> None:
    answer(client, draft, "data", step="3", evidence="Line one\r\nline two")
    answer(client, draft, "strategy", step="0")
    answer(client, draft, "influence", step="no_chance")
    page = page_of(client.get(f"/quiz/{draft.pk}/check/"))
    rows = {row.one("dt").text: row for row in page.one("main").all("div") if row.all("dt") and not row.all("dl")}
    assert list(rows) == [item.name for _, items in rubric.by_area for item in items]
    name = {slug: rubric.competencies[slug].name for slug in rubric.competencies}
    assert rubric.competencies["data"].short_of(3) in rows[name["data"]].text
    assert "Line one line two" in rows[name["data"]].text
    assert "Not yet" in rows[name["strategy"]].text
    assert "No chance so far" in rows[name["influence"]].text
    blank = [slug for slug in name if rows[name[slug]].all(class_="tag")]
    assert set(blank) == set(name) - {"data", "strategy", "influence"}
    assert rows[name["data"]].one("a").attrs == {
        "href": f"/quiz/{draft.pk}/?at=data",
        "aria-label": f"Change {name['data']}",
    }
    assert rows[name["delivery"]].one("a").text == "Answer"
    assert "3 of 25 answered" in page.text
    assert "22 questions are open. They widen the ranges in the report; they never count as zero." in page.text
    assert "Your level is settled" not in page.text
    answer(client, draft, "outcomes", step="0")
    page = page_of(client.get(f"/quiz/{draft.pk}/check/"))
    assert "Your level is settled: the open questions can’t change the verdict." in page.text


def test_those_who_take_the_quiz_in_trials_find_their_way(client: Client, rubric: Any) -> None:
    """The proofs of durability read the page by these; with none found, their takers would wait for ever."""
    draft = start(client)
    page = client.get(f"/quiz/{draft.pk}/").content.decode()
    assert len(load.QUESTIONS.findall(page)) == 25
    assert load.FORM_TOKEN.search(page)
    assert load.REVISION.search(page)
