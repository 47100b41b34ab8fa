"""The report as a page: what stands on it, the switch of the target, the arithmetic, milestones, the list, deleting."""

import re
from typing import Any

import pytest
from django.test import Client

from assessments.models import Assessment, MilestoneMark
from assessments.report.sample import NAME
from assessments.scoring.values import NO_CHANCE
from ladder.document.wording import BEHIND
from people.models import User
from tests.assessments.quiz.quiz_steps import HTMX, start, submit
from tests.factories import exact_profile, give, make_assessment, submit_by_rule_one
from tests.pages import Node, page_of, sends

pytestmark = pytest.mark.django_db
SENIOR = exact_profile("senior-pm")
PART = {**HTMX, "HX-Target": "against"}


@pytest.fixture
def report(member: User) -> Assessment:
    """A Senior PM who looks both ways: gaps and must-haves, a strength, no chance at hiring, culture not answered."""
    answers = SENIOR | {"strategy": 4, "influence": 2, "technical-fluency": 5, "team-building": NO_CHANCE}
    del answers["culture"]
    return make_assessment(member, held="senior-pm", answers=answers, evidence={"data": "Cut churn"}, submitted=True)


def page(client: Client, report: Assessment, query: str = "?fold=all") -> Node:
    """The whole of it: what nobody has opened is not on the page."""
    return page_of(client.get(f"/reports/{report.pk}/{query}"))


def section(page: Node, heading: str) -> Node:
    """The element around a heading that begins so."""
    found = [node for node in page if node.tag in {"h2", "h3", "h4"} and node.text.startswith(heading)]
    assert len(found) == 1, f"{len(found)} headings begin with {heading}"
    assert found[0].around
    return found[0].around


def without_tokens(html: str) -> str:
    """A form's token is another one each time."""
    return re.sub(r'(name="csrfmiddlewaretoken" value=")[^"]+', r"\1", html)


def test_what_stands_above_all_targets(report: Assessment, member_client: Client) -> None:
    found = page(member_client, report)
    headline = found.one("h1").text
    assert headline.startswith("You stand at Product Manager.")
    for words in ("From 24 answers of 25", "you are not late and not early"):
        assert words in found.one("main").text
    # The picture and the radar say in words what they show.
    assert found.all("desc")[0].text.startswith(headline)
    assert {"Senior PM", "Staff PM", "Group PM", "CPO"} <= {node.text for node in found.all("text", class_="label")}
    radar = found.one("svg", class_="radar")
    figure = radar.around
    assert figure
    assert figure.one("h4").text == radar.one("title").text
    rows = [[node.text for node in row if node.tag in {"th", "td"}] for row in figure.one("tbody").all("tr")]
    assert [row[0] for row in rows] == [area.name for area in report.rubric.ladder.areas]
    assert all(f"{area}: {share}" in radar.one("desc").text for area, *_, share in rows)
    cards = section(found, "Readiness").all("li")
    levels = {"senior-pm": "Senior", "staff-pm": "Staff", "group-pm": "Group"}
    assert [card.one("h4").text for card in cards] == [f"{name} Product Manager" for name in levels.values()]
    assert "the level you hold" in cards[0].text
    for card, slug in zip(cards, levels, strict=True):
        assert re.fullmatch(r"\d+(–\d+)? %", card.one("p", class_="figure").text)
        assert card.one("a").attrs["href"] == f"/reports/{report.pk}/arithmetic/?target={slug}"
        must_haves = report.outcome.result["levels"][slug]["must_haves"]
        lacking = (*must_haves["short"], *must_haves["not_rated"])
        assert all(report.rubric.competencies[must_have].name in card.text for must_have in lacking)


def test_what_stands_against_a_target(report: Assessment, member_client: Client) -> None:
    """Towards Staff: must-haves by weighted gap – influence lacks two steps, ambiguity and mentoring one."""
    found = page(member_client, report, "?fold=all&target=staff-pm")
    names, influence = report.rubric.competencies, report.rubric.competencies["influence"]
    focus = found.one(id="focus")
    first_three = ["Influence without authority", "Ambiguity and systems thinking", "Mentoring and coaching"]
    assert [node.text for node in focus.all("h5")] == first_three
    first = next(node for node in focus.one("ol").inside if isinstance(node, Node))
    assert [node.text for node in first.all("dd")] == [influence.says(2), influence.says(3)]
    assert first.all(class_="must-have")
    actions = report.rubric.actions["influence", 3]
    shown = [node.text for node in first.one("ul").all("li")]
    assert [action.text in text for action, text in zip(actions, shown, strict=True)] == [True] * len(actions)
    strengths = section(found, "Beyond what Staff PM asks")
    assert [node.all("span")[0].text for node in strengths.all("li")] == [names["technical-fluency"].name]
    exposure = section(found.one(id="chances"), "Chances to ask for")
    assert [node.text for node in exposure.all("dt")] == [names["team-building"].name]
    assert [node.text for node in exposure.all("dd")] == [names["team-building"].says(2)]
    unanswered = section(found, "Not answered")
    assert names["culture"].name in unanswered.text
    assert unanswered.one("form").attrs["action"] == f"/reports/{report.pk}/reopen/"
    bars = found.one(id="bars").text
    asked = [slug for slug, cell in report.rubric.ladder.expectations["staff-pm"].items() if cell.weight]
    assert [slug for slug in asked if names[slug].name not in bars] == []
    assert all(words in bars for words in ("3 of 4", "no chance so far, 2 asked", "open, 3 asked"))
    # What only a screen can do is not printed.
    for words in ("It starts from these answers", "Tick what is true."):
        around = next(node for node, text in found.texts if words in text)
        assert "no-print" in around.attrs["class"], words


def test_nobody_holds_a_level_that_was_assumed(client: Client, rubric: Any) -> None:
    for said, words in (
        ({}, "Product Manager, taken as your level, is met with 100 %."),
        ({"title": "Product Owner", "level": "pm"}, "Product Manager, the level you hold, is met with 100 %."),
        ({"level": "senior-pm"}, ""),
    ):
        own = start(client, **said)
        give(own, dict.fromkeys(SENIOR, 3))
        submit(client, own)
        found = page(client, own)
        assert words in found.text
        assert ("taken as your level" in found.text) == ("taken" in words)
        assert ("the level you hold" in section(found, "Readiness").text) == ("taken" not in words)


def test_both_tracks_and_the_fork_are_explained(report: Assessment, member_client: Client, member: User) -> None:
    below, at_it = report, make_assessment(member, held="senior-pm", answers=SENIOR, submitted=True)
    for own, explains in ((below, False), (at_it, True)):
        tracks = section(page(member_client, own), "Both tracks, from the same answers")
        assert [node.text for node in tracks.all("h4")] == [
            track.title for track in report.rubric.ladder.tracks if not track.trunk
        ]
        assert bool(tracks.all("a", href="/ladder/tracks/")) == explains


def test_after_the_last_rung_the_report_says_what_people_do_next(member_client: Client, member: User) -> None:
    top = make_assessment(member, held="cpo", targets=[], answers=exact_profile("cpo"), submitted=True)
    found = page(member_client, top)
    for way in top.rubric.ladder.beyond:
        assert way.title in section(found, "Both tracks, from the same answers").text
    assert found.text.count("Nothing is missing for CPO.") == 1
    assert found.one(id="against").all("a", href="?fold=tracks#tracks-title")
    assert page_of(member_client.get(f"/reports/{top.pk}/arithmetic/")).one("h1").text == "Chief Product Officer: 100 %"


def test_how_firm_it_is_and_what_would_move_it(member_client: Client, member: User) -> None:
    near = make_assessment(member, answers=SENIOR | {"mentoring": 2}, submitted=True)
    moves = section(page(member_client, near), "A close call").all("li")
    assert len(moves) == 1
    assert all(part in moves[0].text for part in ("Mentoring and coaching", "3", "Senior PM"))
    firm = make_assessment(member, answers=SENIOR | {"mentoring": 1}, submitted=True)
    assert not section(page(member_client, firm), "Your place is firm").all("li")


def test_a_target_that_is_met_leads_on_to_the_next(member_client: Client, member: User) -> None:
    met = make_assessment(member, answers=SENIOR, submitted=True)
    # The report opens at the level after the place, whatever was wished.
    assert page(member_client, met).one("h3", id="against-title").text == "Against Staff Product Manager"
    against = page(member_client, met, "?target=senior-pm").one(id="against")
    assert against.text.count("Nothing is missing for Senior PM.") == 1
    note = against.one("p", class_="note")
    links = [link.attrs["href"] for link in note.all("a")]
    assert links == ["?target=staff-pm#against", "?target=group-pm#against"]
    assert "is near" not in against.text
    onward = page(member_client, met, links[0].split("#")[0]).one(id="against")
    assert onward.one(id="focus")
    assert not onward.all("p", class_="note")


def test_a_place_that_open_answers_decide_is_not_called_firm(member_client: Client, member: User) -> None:
    answers = {slug: step for slug, step in (exact_profile("pm") | {"culture": 1}).items() if slug != "outcomes"}
    open_place = make_assessment(member, held="senior-pm", answers=answers, submitted=True)
    found = page(member_client, open_place)
    assert "Your place is firm" not in found.text
    assert "depends on “Outcome ownership”" in section(found, "Your place is open").text
    # The level that decides has a card and a tab of its own, once.
    cards = section(found, "Readiness").all("li")
    assert [card.one("h4").text for card in cards][:2] == ["Senior Product Manager", "Product Manager"]
    assert "decides your place" in cards[1].text
    assert len(found.one(id="against").all("nav")[0].all("a")) == len(open_place.rubric.levels)
    assert "Here the ladder parts" not in found.text


def test_the_part_for_htmx_equals_the_page(report: Assessment, member_client: Client) -> None:
    """Of the report as it opens and of any other target; anything but the switch gets the page."""
    for query in ("?fold=against", "?target=staff-pm", "?target=cpo"):
        url = f"/reports/{report.pk}/{query}"
        part = member_client.get(url, headers=PART)
        whole = member_client.get(url)
        assert part.status_code == whole.status_code == 200
        fragment = without_tokens(part.content.decode()).strip()
        assert fragment.startswith("<section")
        assert 'id="against"' in fragment[:80]
        assert fragment in without_tokens(whole.content.decode())
        assert not page_of(part).all("h1")
        for response in (part, whole):
            assert "HX-Request" in response.headers["Vary"]
    for headers in (HTMX, {**HTMX, "HX-Target": "main"}, {**PART, "HX-History-Restore-Request": "true"}):
        assert page_of(member_client.get(f"/reports/{report.pk}/", headers=headers)).one("h1")


def test_the_switch_works_without_a_script_and_marks_where_one_is(report: Assessment, member_client: Client) -> None:
    tabs = page(member_client, report).one(id="against").all("nav")[0]
    for link in tabs.all("a"):
        assert link.attrs["href"].split("#")[0] == link.attrs["hx-get"]
        chosen = page(member_client, report, link.attrs["hx-get"]).one(id="against").all("nav")[0]
        assert [node.text for node in chosen.all("a") if node.attrs.get("aria-current")] == [link.text]
    assert len(tabs.all("a")) == len(report.rubric.levels)


def test_a_target_that_is_none_is_not_found(report: Assessment, member_client: Client) -> None:
    for target in ("nonsense", "Staff-PM", "staff-pm\0", "x" * 5_000):
        for path in (f"{report.pk}/", f"{report.pk}/arithmetic/", "sample/"):
            assert member_client.get(f"/reports/{path}", {"target": target}).status_code == 404, (path, target)


def test_every_figure_opens_to_its_sum(member_client: Client, member: User) -> None:
    """Exactly a Product Manager against Senior: 95 of 146 points (test_submit.py counts them)."""
    report = make_assessment(member, answers=exact_profile("pm"), submitted=True)
    found = page_of(member_client.get(f"/reports/{report.pk}/arithmetic/?target=senior-pm"))
    rows = {
        row.one("th").text.removesuffix(" must-have"): [cell.text for cell in row.all("td")]
        for row in found.one("tbody").all("tr")
    }
    assert len(rows) == 25
    assert rows["Outcome ownership"] == ["3", "2", "3", "6", "9"]
    assert rows["Structured communication"] == ["2", "2", "3", "4", "6"]
    assert sum(int(row[3]) for row in rows.values()) == 95
    assert sum(int(row[4]) for row in rows.values()) == 146
    assert [cell.text for cell in found.one("tfoot").all("td")][-2:] == ["95", "146"]
    assert found.one("h1").text == "Senior Product Manager: 65 %"
    assert "95 of 146" in found.text
    assert len(found.one("tbody").all(class_="must-have")) == 4
    # Hiring as 2 and culture as 3 support Staff: with both open the sum is a range of 5 points.
    answers = SENIOR | {"team-building": NO_CHANCE}
    del answers["culture"]
    report = make_assessment(member, held="senior-pm", answers=answers, submitted=True)
    found = page_of(member_client.get(f"/reports/{report.pk}/arithmetic/?target=staff-pm"))
    low, high = map(int, [cell.text for cell in found.one("tfoot").all("td")][-2].split("–"))
    assert high - low == 5
    states = [row.all("td")[1].text for row in found.one("tbody").all("tr")]
    assert states.count("no chance") == states.count("open") == 1


def test_only_who_runs_the_site_reads_of_its_commands(member_client: Client, member: User) -> None:
    own = make_assessment(member, answers=SENIOR, submitted=True)
    for runs_it in (False, True):
        User.objects.filter(pk=member.pk).update(is_staff=runs_it)
        found = page_of(member_client.get(f"/reports/{own.pk}/arithmetic/"))
        assert "JSON file of this report holds all of it." in found.text
        assert ("manage.py score computes it again." in found.text) == runs_it


def mark(client: Client, report: Assessment, milestone: str, *, htmx: bool = False, **said: str) -> Any:
    url = f"/reports/{report.pk}/milestones/{milestone}/"
    return client.post(url, said, headers=HTMX if htmx else {})


def test_a_milestone_is_set_and_not_toggled(report: Assessment, member_client: Client) -> None:
    slug = report.rubric.milestones_for("staff-pm")[0].slug
    for value, count in (("on", 1), ("on", 1), ("off", 0), ("off", 0), ("on", 1)):
        response = mark(member_client, report, slug, value=value)
        assert response.url == f"/reports/{report.pk}/?fold=strengths#milestones"
        assert report.milestone_marks.count() == count
    kept = MilestoneMark.objects.get()
    assert (kept.milestone, kept.organisation_id) == (slug, report.organisation_id)
    for milestone in ("nonsense", "x" * 200):
        assert mark(member_client, report, milestone, value="on").status_code == 404


def test_a_ticked_milestone_shows_as_ticked_and_offers_the_other(report: Assessment, member_client: Client) -> None:
    slug = report.rubric.milestones_for("staff-pm")[0].slug
    mark(member_client, report, slug, value="on")
    buttons = page(member_client, report, "?fold=all&target=staff-pm").one(id="milestones").all("button")
    assert (buttons[0].attrs["aria-pressed"], buttons[0].attrs["value"]) == ("true", "off")
    assert all(node.attrs["aria-pressed"] == "false" for node in buttons[1:])
    part = page_of(mark(member_client, report, slug, htmx=True, value="off"))
    # htmx gives the focus back to what has the id of what had it.
    assert part.one("button").attrs["id"] == f"milestone-{slug}"
    assert part.one("button").attrs["aria-pressed"] == "false"
    # The part is the same as on the page.
    whole = page(member_client, report, "?fold=all&target=staff-pm")
    assert part.one("button").text == whole.one(id=f"milestone-{slug}").text


def test_the_sample_is_open_to_everybody_and_takes_no_answers(client: Client, rubric: Any) -> None:
    response = client.get("/reports/sample/")
    found = page_of(response)
    assert f"A sample: {NAME} is made up" in found.text
    assert found.one("h1").text.startswith("You stand at Senior PM.")
    assert not found.one("main").all("form")
    assert not [
        link for link in found.all("a") if "/reports/" in link.attrs["href"] and link.attrs["href"] != "/reports/"
    ]
    assert "sessionid" not in client.cookies
    assert page_of(client.get("/reports/sample/?target=group-pm", headers=PART)).one(id="against")


def test_the_list_shows_date_place_target_and_readiness(member_client: Client, member: User) -> None:
    make_assessment(member, answers=exact_profile("pm"), submitted=True)
    make_assessment(member, held="senior-pm", answers={"data": 5}, submitted=True)
    make_assessment(member, held=None, targets=[], answers={"delivery": 0}, submitted=True)
    rows = [
        [cell.text for cell in row if cell.tag in {"th", "td"}]
        for row in page_of(member_client.get("/reports/")).one("tbody").all("tr")
    ]
    assert [row[1:] for row in rows] == [
        ["–", "too early to say", "–", "–"],
        ["Senior Product Manager", "too early to say", "Staff PM and Group PM", "4–100 %"],
        ["Product Manager", "Product Manager", "Senior PM", "65 %"],
    ]
    assert all(re.fullmatch(r"\d{1,2} \w+ \d{4}", row[0]) for row in rows)


def test_a_report_of_an_earlier_rule_is_marked_shown_as_it_was_and_computed_again_on_request(
    member_client: Client, member: User
) -> None:
    """Rule 1 placed a director who lacks one step of a lower level at that level."""
    answers = exact_profile("director") | {"discovery": 1}
    own = make_assessment(member, held="director", targets=["vp-product"], answers=answers)
    submit_by_rule_one(own, low="apm", high="apm", spiky=["senior-pm"])
    listed = page_of(member_client.get("/reports/")).one("tbody").text
    assert "Associate PM" in listed
    assert "earlier rule" in listed
    was = page(member_client, own)
    assert was.one("h1").text.startswith("You meet Associate PM.")
    assert "made with an earlier rule" in was.text
    now = page(member_client, own, "?rule=today")
    assert now.one("h1").text.startswith("You stand at Director.")
    assert "The rule of that time found: Associate PM." in now.text
    assert "Product Manager, further down, also asks for" in now.text
    stored = member_client.get(f"/reports/{own.pk}.json").json()
    assert (stored["rule"], stored["result"]["places"]["manager"]["spiky"]) == (1, ["senior-pm"])
    again = member_client.get(f"/reports/{own.pk}.json?rule=today").json()
    assert (again["rule"], again["result"]["places"]["manager"]["low"]) == (2, "director")


def test_a_quiz_in_progress_stands_on_top(member_client: Client, member: User) -> None:
    draft = make_assessment(member)
    found = page_of(member_client.get("/reports/"))
    assert section(found, "In progress").all("a", href=f"/quiz/{draft.pk}/")
    assert not found.all("tbody")


def test_an_empty_list_explains_and_offers_the_next_step(client: Client, rubric: Any) -> None:
    found = page_of(client.get("/reports/")).one("main")
    assert "Nothing here yet." in found.text
    assert {link.attrs["href"] for link in found.all("a")} >= {"/quiz/start/", "/reports/sample/"}
    assert "this list knows only what was answered in this browser" in found.text


def test_deleting_asks_once_then_deletes(member_client: Client, member: User) -> None:
    for submitted in (True, False):
        assessment = make_assessment(member, answers={"data": 3}, submitted=submitted)
        url = f"/reports/{assessment.pk}/delete/"
        asked = page_of(member_client.get(url))
        assert "It can’t be brought back." in asked.text
        assert Assessment.objects.exists()
        response = member_client.post(url, sends(asked.one("main").one("form")))
        assert response.url == "/reports/"
        assert not Assessment.objects.exists()
        assert "It is deleted, with all its answers." in page_of(member_client.get("/reports/")).text
        assert member_client.post(url).status_code == 404


def test_no_page_says_that_anybody_is_behind(member_client: Client, member: User) -> None:
    own = {"zero": dict.fromkeys(SENIOR, 0), "one": {"data": 1}, "pm": exact_profile("pm"), "cpo": exact_profile("cpo")}
    for answers in own.values():
        draft = make_assessment(member, answers=answers, held="senior-pm")
        done = make_assessment(member, answers=answers, held="senior-pm", submitted=True)
        paths = [f"/quiz/{draft.pk}/?at=data", f"/quiz/{draft.pk}/check/"]
        paths += [f"/reports/{done.pk}/{path}" for path in ("", "?target=cpo", "arithmetic/", "delete/")]
        for path in ("/quiz/start/", "/reports/", "/reports/sample/", *paths):
            response = member_client.get(path)
            assert response.status_code == 200
            assert not BEHIND.search(response.content.decode()), path


def test_the_ladder_s_line_for_where_somebody_stands_is_said_once(
    member_client: Client, member: User, rubric: Any
) -> None:
    """Near the top where the ladder parts, and for who meets the level held and noted no evidence; else below."""
    for held, stands, evidence, is_first in (
        ("senior-pm", "senior-pm", {"data": "Cut churn"}, True),
        ("pm", "senior-pm", {"data": "Cut churn"}, True),
        ("pm", "pm", {}, True),
        ("pm", "pm", {"data": "Cut churn"}, False),
        ("senior-pm", "pm", {}, False),
        ("cpo", "director", {}, False),
    ):
        own = make_assessment(
            *(member,), held=held, job_title="PM", answers=exact_profile(stands), evidence=evidence, submitted=True
        )
        page = page_of(member_client.get(f"/reports/{own.pk}/"))
        # One element, whose text begins as the ladder's does.
        note = page.one("p", id="note").text
        assert note[:40] == rubric.levels[stands].notes.report[:40], (held, stands)
        text = page.one("main").text
        assert (text.index(note) < text.index("Must-haves ")) == is_first, (held, stands, evidence)
    none = make_assessment(member, held="staff-pm", answers=exact_profile("staff-pm"), submitted=True)
    assert not page_of(member_client.get(f"/reports/{none.pk}/")).all("p", id="note")
    # Where no place can be told, the level held counts; without one nothing is said.
    early = make_assessment(member, held="senior-pm", answers={"data": 1}, submitted=True)
    assert page_of(member_client.get(f"/reports/{early.pk}/")).all("p", id="note")
    early = make_assessment(member, held=None, answers={"data": 1}, submitted=True)
    assert not page_of(member_client.get(f"/reports/{early.pk}/")).all("p", id="note")
