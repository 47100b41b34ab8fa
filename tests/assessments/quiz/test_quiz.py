"""One question a screen: which comes when, what it shows, how one moves without a script, when the moment comes."""

import re
from typing import Any

import pytest
from django.test import Client

from assessments.models import Assessment
from assessments.quiz.page import Quiz
from assessments.scoring.rule import asked_first, is_named, question_order
from assessments.scoring.values import NO_CHANCE, Answer
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
    return [node.attrs["value"] for node in page.all("button", name="step") if node.attrs["aria-pressed"] == "true"]


def test_questions_come_in_the_order_of_the_rule(member_client: Client, member: User, rubric: Any) -> None:
    for held, targets in (("pm", ["senior-pm"]), ("senior-pm", ["staff-pm", "group-pm"]), (None, ["apm"]), ("cpo", [])):
        draft = make_assessment(member, held=held, targets=targets, specialisation="growth")
        order = tuple(dict.fromkeys((*asked_first(PM, held), *question_order(PM, held, targets, "growth"))))
        page = question(member_client, draft)
        assert shown(page, rubric) == order[0]
        assert [node.attrs["value"] for node in page.all("button", class_="jump-to")] == list(order)
        for number, slug in list(enumerate(order, 1))[::4]:
            page = question(member_client, draft, slug)
            assert shown(page, rubric) == slug
            count = len(asked_first(PM, held))
            assert (f"{number} of {count} must-haves" if number <= count else f"Question {number} of 25") in page.text


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


def test_a_question_offers_seven_answers_with_the_highest_on_top(
    draft: Assessment, client: Client, rubric: Any
) -> None:
    competency = rubric.competencies["data"]
    page = question(client, draft, "data")
    assert [node.attrs["value"] for node in page.all("button", name="step")] == [*"54321", "0", "no_chance"]
    assert [node.text for node in page.all("span", class_="short")] == list(reversed(competency.short))
    assert [node.text for node in page.one("div", class_="ground").all("button")] == [
        "Not yet",
        "No chance at work so far",
    ]
    # What they mean at full length opens on demand, and what the competency means.
    full = [competency.says(step) for step in reversed(competency.described)]
    assert [node.text for node in page.all("span", class_="full")][:: 1 + len(full) // 5][:1] == full[:1]
    assert set(full) <= {node.text for node in page.all("span", class_="full")}
    assert page.one(id="meaning").text == competency.summary
    assert checked(page) == []
    assert page.one(id="save").attrs["data-state"] == "idle"
    assert sends(page.one("form", id="answer"))["revision"] == "0"
    assert not [node for node in page.all("details") if "open" in node.attrs]


def test_the_choices_name_no_level_of_the_ladder(draft: Assessment, client: Client, rubric: Any) -> None:
    """Who sees the level behind a sentence rates the level, not the work."""
    names = {name for level in rubric.ladder.levels for name in (level.title, level.short_title, *level.aliases)}
    # A bare "PM" means anybody who does this work.
    names -= {"PM"}
    found = re.compile("|".join(rf"\b{re.escape(name)}\b" for name in sorted(names, key=len, reverse=True)))
    for slug in rubric.competencies:
        page = question(client, draft, slug)
        for node in page.one("div", class_="rungs"):
            assert not found.search(" ".join([node.attrs.get("value", ""), node.attrs.get("title", "")])), slug
        assert not found.search(page.one("div", class_="rungs").text), slug
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
    assert jumps["influence"].text.endswith("no chance at work so far")
    assert jumps["mentoring"].text.endswith("open")
    assert [slug for slug, node in jumps.items() if node.attrs.get("aria-current") == "step"] == ["outcomes"]


def test_progress_and_time_left_are_of_the_must_haves_and_then_of_all(draft: Assessment, client: Client) -> None:
    order = Quiz.of(draft).order

    def said(at: str) -> tuple[str, str, str]:
        page = question(client, draft, at)
        bar = page.one("progress")
        return page.one(id="progress").text, bar.attrs["value"], bar.attrs["max"]

    assert said(order[0]) == ("1 of 9 must-haves 3 minutes left", "0", "9")
    give(draft, dict.fromkeys(order[:8], 2))
    assert said(order[0]) == ("1 of 9 must-haves 1 minute left", "8", "9")
    assert said(order[9]) == ("Question 10 of 25 6 minutes left", "8", "25")
    give(draft, dict.fromkeys(order[8:], 2))
    assert said(order[8]) == ("9 of 9 must-haves all answered", "9", "9")
    assert said(order[9]) == ("Question 10 of 25 all answered", "25", "25")


def test_a_draft_from_before_asks_like_a_new_one(client: Client) -> None:
    """Its column is empty, whatever it said of quick and full."""
    draft = start(client)
    assert tuple(draft.asked) == asked_first(PM, "pm")
    Assessment.objects.filter(pk=draft.pk).update(asked=[], length="full")
    assert "1 of 9 must-haves" in question(client, draft).text


def test_the_must_haves_are_fixed_when_it_starts(draft: Assessment, client: Client) -> None:
    Assessment.objects.filter(pk=draft.pk).update(asked=["data", "culture"])
    page = question(client, draft)
    assert "1 of 2 must-haves" in page.text
    assert [node.attrs["value"] for node in page.all("button", class_="jump-to")][:2] == ["data", "culture"]
    assert len(page.all("button", class_="jump-to")) == 25


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


def test_the_end_of_the_quiz_is_the_moment_and_the_beginning_is_itself(draft: Assessment, client: Client) -> None:
    order = Quiz.of(draft).order
    for button in ("next", ""):
        assert go_to(client, draft, order[-1], button, step="1") == f"moment/?after={order[-1]}"
    assert go_to(client, draft, order[0], "previous", step="1") == f"?at={order[0]}"
    assert not question(client, draft, order[0]).all("button", name="go", value="previous")
    assert question(client, draft, order[1]).all("button", name="go", value="previous")


def test_who_waits_after_a_choice_stays_and_who_wants_no_keys_has_none(draft: Assessment, client: Client) -> None:
    """Both are kept in the session."""
    for button, stays in (("by-hand", True), ("by-itself", False)):
        assert go_to(client, draft, "influence", button, step="2") == "?at=influence"
        assert go_to(client, draft, "influence", "", step="2") == ("?at=influence" if stays else "?at=mentoring")
        part = page_of(answer(client, draft, "influence", htmx=True, step="2"))
        assert ("href" in part.one("a", id="go-on").attrs) is not stays
    for button, has_keys in (("no-keys", False), ("keys", True)):
        go_to(client, draft, "influence", button)
        assert ("data-no-keys" not in question(client, draft).one(id="quiz").attrs) is has_keys


def test_with_a_script_leaving_the_questions_loads_a_new_page(draft: Assessment, client: Client) -> None:
    on = answer(client, draft, "influence", htmx=True, step="2", go="next")
    assert (on.status_code, on.url) == (302, f"/quiz/{draft.pk}/?at=mentoring")
    part = page_of(answer(client, draft, "influence", htmx=True, step="2"))
    assert part.one("a", id="go-on").attrs["href"] == f"/quiz/{draft.pk}/?at=mentoring"
    out = answer(client, draft, "influence", htmx=True, go="check")
    assert (out.status_code, out.headers["HX-Redirect"]) == (200, f"/quiz/{draft.pk}/check/")


def walk(client: Client, draft: Assessment, profile: str) -> dict[str, str]:
    """Answer as a profile does, a page a question; returns competency → headline of the moment it led to."""
    told, seen = dict[str, Answer](), {}
    for slug in Quiz.of(draft).order:
        told[slug] = exact_profile(profile)[slug]
        page = question(client, draft, slug)
        knew = sends(page.one("form", id="answer"))["stands"]
        response = answer(client, draft, slug, step=str(told[slug]), stands=knew)
        if "/moment/" in response.url:
            seen[slug] = page_of(client.get(response.url)).one("h1").text
    return seen


def test_the_moment_comes_after_the_must_haves_when_a_place_is_named_and_at_the_end(client: Client) -> None:
    for profile in ("apm", "pm", "senior-pm"):
        draft = start(client)
        order, told = Quiz.of(draft).order, dict[str, Answer]()
        named = []
        for slug in order:
            told[slug] = exact_profile(profile)[slug]
            named.append(is_named(PM, told, "pm", ["senior-pm"]))
        seen = walk(client, draft, profile)
        assert [*seen] == [*dict.fromkeys(sorted((order[8], order[named.index(True)], order[-1]), key=order.index))]
        assert seen[order[-1]].startswith("You stand at ")


def moment(client: Client, draft: Assessment, after: str = "") -> Node:
    return page_of(client.get(f"/quiz/{draft.pk}/moment/", {"after": after} if after else {}))


def test_what_the_moment_says(client: Client) -> None:
    draft = start(client)
    order = Quiz.of(draft).order
    page = moment(client, draft)
    assert page.one("h1").text == "Nine must-haves have no answer yet."
    assert not page.all("button", class_="first")
    give(draft, {slug: exact_profile("pm")[slug] for slug in order[:8]})
    page = moment(client, draft, order[7])
    assert page.one("h1").text == "One must-have has no answer yet."
    assert page.one("a", class_="first").text == "Answer 1 must-have about 1 minute"
    give(draft, {order[8]: exact_profile("pm")[order[8]]})
    page = moment(client, draft, order[8])
    assert page.one("h1").text == "So far, Product Manager."
    assert page.one("p", class_="lede").text == (
        "That is, if the rest is as Product Manager asks. At most 13 more answers settle it."
    )
    assert [node.text for node in page.all("dd")] == ["every must-have met", "four must-haves short"]
    assert page.one("button", class_="first").text == "Read the report"
    assert page.one("form", class_="ways").one("a").text == "Sharpen it with 16 more about 5 minutes"
    assert page.all("a", href=f"/quiz/{draft.pk}/?at={order[8]}")
    assert page.all("a", href=f"/quiz/{draft.pk}/check/")
    give(draft, {slug: exact_profile("pm")[slug] for slug in order[9:]})
    page = moment(client, draft)
    assert (page.one("h1").text, page.one("p", class_="lede").text) == (
        "You stand at Product Manager.",
        "Every question is answered.",
    )
    assert not page.one("form", class_="ways").all("a")
    submit(client, draft)
    assert client.get(f"/quiz/{draft.pk}/moment/").url == f"/reports/{draft.pk}/"


def test_from_no_chance_alone_the_moment_names_nothing(draft: Assessment, client: Client) -> None:
    give(draft, dict.fromkeys(Quiz.of(draft).asked, NO_CHANCE))
    page = moment(client, draft)
    assert page.one("h1").text == "Nothing is rated yet."
    assert page.one("a", class_="first").text.startswith("Answer 16 more")


def test_without_must_haves_it_is_one_quiz_that_stops_when_the_place_is_named(
    draft: Assessment, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Assessment, "first_asked", ())
    page = question(client, draft)
    assert "must-have" not in page.text
    assert "Question 1 of 25" in page.text
    assert page.one("progress").attrs["max"] == "25"
    seen = walk(client, draft, "pm")
    assert 2 == len(seen) < 25


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
    assert "No chance at work so far" in rows[name["influence"]].text
    blank = [slug for slug in name if rows[name[slug]].all(class_="tag")]
    assert set(blank) == set(name) - {"data", "strategy", "influence"}
    assert rows[name["data"]].one("a").attrs == {
        "href": f"/quiz/{draft.pk}/?at=data",
        "aria-label": f"Change {name['data']}",
    }
    assert rows[name["delivery"]].one("a").text == "Answer"
    assert "3 of 25 answered" in page.text
    assert "22 questions are open. They widen the ranges in the report; they never count as zero." in page.text


def test_those_who_take_the_quiz_in_trials_find_their_way(client: Client, rubric: Any) -> None:
    """The proofs of durability read the page by these; with none found, their takers would wait for ever."""
    draft = start(client)
    page = client.get(f"/quiz/{draft.pk}/").content.decode()
    assert len(load.QUESTIONS.findall(page)) == 25
    assert load.FORM_TOKEN.search(page)
    assert load.REVISION.search(page)
