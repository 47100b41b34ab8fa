"""A ladder unlike the shipped one is walked from the quiz to the review: three steps, one track, no areas, no weights,
cells of all kinds, and nothing that a company's table does not have."""

import re
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Review
from assessments.scoring.values import NO_CHANCE
from assessments.sharing.copies import share_with_team
from assessments.teams.matrix import CellKind, GivenAnswers, cells_of
from ladder.document.format import LadderDocument
from ladder.models import current_rubric, load
from ladder.rubric import Rubric
from tests.assessments.reviews.pair import Pair, make_pair
from tests.pages import Node, page_of

pytestmark = pytest.mark.django_db

CELL = "Runs **studies** that others use.\n\n- plans them\n- tells what came out\n- keeps the notes"
# What this ladder has none of, and marks of a value that was not there.
FOREIGN = re.compile(
    r".{0,60}(?:[Mm]ust-have|\bNone\b|[Ss]tep [45]|of 5|\(\)|[Pp]roduct [Mm]anage|[Bb]oth tracks).{0,40}"
)
TABLE: dict[str, Any] = {
    "slug": "table",
    "title": "Design ladder",
    "levels": [{"title": "Junior Designer"}, {"title": "Designer"}, {"title": "Lead Designer"}],
    "competencies": [
        # Whole cells; short ones and no others; a step without a sentence; a first step that nobody describes.
        {"name": "Research", "full": ["Sits in on interviews.", "Runs interviews alone.", CELL]},
        {"name": "Craft", "short": ["Draws single screens", "Draws whole journeys", "Sets how we draw"]},
        {"name": "Critique", "question": "How do you comment?", "full": ["Asks for comments.", None, "Trains others."]},
        {"name": "Leading", "short": {3: "Leads two designers"}, "full": {2: "Looks after an intern for a summer."}},
    ],
}


@pytest.fixture
def table(settings: Any) -> LadderDocument:
    settings.DEFAULT_LADDER = "table"
    cache.clear()
    ladder = LadderDocument.model_validate(TABLE)
    load(ladder)
    return ladder


def published(*competencies: dict[str, Any]) -> Rubric:
    """A new version, in which these competencies stand in the place of those with their names, or of all."""
    named = {item["name"]: item for item in competencies}
    load(
        LadderDocument.model_validate(
            TABLE | {"competencies": [named.get(i["name"], i) for i in TABLE["competencies"]]}
        )
    )
    return current_rubric()


# With two steps where the table has three.
OF_TWO = [{"name": item["name"], "full": ["Helps with it.", "Does it alone."]} for item in TABLE["competencies"]]


def told(client: Client, address: str, *, status: int = 200) -> Node:
    """A page that opens, and speaks of nothing that this ladder lacks."""
    response = client.get(address, follow=True)
    assert response.status_code == status, address
    page = page_of(response)
    assert [found[0] for found in FOREIGN.finditer(page.text)] == [], address
    assert [node for tag in ("h1", "h2", "h3", "dt") for node in page.all(tag) if not node.text] == [], address
    return page


def answered(client: Client, key: Any, view: str, steps: dict[str, str]) -> None:
    for slug, step in steps.items():
        assert client.post(reverse(view, args=[key, slug]), {"step": step}).status_code == 302, slug


STEPS = {"research": "2", "craft": "2", "critique": "1", "leading": "0"}


def begun(client: Client, **more: str) -> Assessment:
    page = told(client, reverse("start_quiz"))
    # It says nothing else to a small company, and knows no programme.
    assert [node.attrs["name"] for node in page.all("input", type="checkbox") if node.attrs["name"] != "prefill"] == []
    said = {"level": "designer", "small_company": "on", "programme": "on", **more}
    assert client.post(reverse("start_quiz"), said).status_code == 302
    draft = Assessment.objects.latest("started_at")
    assert (draft.small_company, draft.programme) == (False, False)
    return draft


def test_only_what_the_table_has_is_offered_and_saved(table: LadderDocument, client: Client) -> None:
    draft = begun(client)
    offered = {}
    for item in table.competencies:
        page = told(client, f"{reverse('show_quiz', args=[draft.pk])}?at={item.slug}")
        offered[item.slug] = [node.attrs["value"] for node in page.all("button", name="step")]
        assert page.one("h1", id="question").text == (item.question or item.name)
    assert offered == {
        "research": ["3", "2", "1", "0", "no_chance"],
        "craft": ["3", "2", "1", "0", "no_chance"],
        "critique": ["3", "1", "0", "no_chance"],
        "leading": ["3", "2", "0", "no_chance"],
    }
    # A whole cell is offered by its first lines, and stands there in full for whoever opens it.
    page = told(client, f"{reverse('show_quiz', args=[draft.pk])}?at=research")
    said = [node.text for node in page.all("span", class_="short")]
    assert said == ["Runs studies that others use. plans them …", "Runs interviews alone.", "Sits in on interviews."]
    assert "plans them" in page.all("span", class_="full")[0].text
    assert page.one("details", class_="wording").one("summary").text == "Read in full"
    for slug, step in (("critique", "2"), ("leading", "1"), ("craft", "4"), ("craft", "5"), ("research", "9")):
        address = reverse("save_rating", args=[draft.pk, slug])
        assert client.post(address, {"step": step}).status_code == 422, (slug, step)
    assert draft.answers() == {}


def test_the_walk_to_the_report_and_its_files(table: LadderDocument, client: Client) -> None:
    draft = begun(client)
    answered(client, draft.pk, "save_rating", STEPS)
    told(client, reverse("check_answers", args=[draft.pk]))
    assert client.post(reverse("submit_assessment", args=[draft.pk])).status_code == 302
    report = told(client, reverse("show_report", args=[draft.pk]) + "?fold=all")
    assert "Designer" in report.text
    arithmetic = told(client, reverse("show_arithmetic", args=[draft.pk])).text
    met = "A level is met when readiness reaches 85 %."
    assert f"{met} It is close from 70 % on. Shown" in arithmetic
    assert met in report.text
    told(client, reverse("show_what_if", args=[draft.pk]))
    assert not report.all(id="note")
    tried = {"step-critique": "2", "step-craft": "3"}
    page = page_of(client.get(reverse("show_what_if", args=[draft.pk]), tried))
    assert "Choose a step from 0 to 3." in page.text
    for level in table.levels:
        told(client, f"{reverse('show_report', args=[draft.pk])}?target={level.slug}")
    for kind in ("json", "csv", "xlsx", "pdf"):
        response = client.get(reverse(f"export_report_{kind}", args=[draft.pk]))
        assert response.status_code == 200, kind


def test_the_pages_of_the_ladder(table: LadderDocument, client: Client) -> None:
    views = ("show_home", "show_ladder", "list_competencies", "compare_tracks", "list_specialisations", "list_paths")
    addresses = [reverse(view) for view in (*views, "list_questions", "find_title", "search_ladder")]
    addresses += [reverse("show_level", args=[level.slug]) for level in table.levels]
    addresses += [f"{reverse('show_level', args=['designer'])}?with=lead-designer"]
    addresses += [reverse("show_competency", args=[item.slug]) for item in table.competencies]
    addresses += [f"{reverse('find_title')}?q=Sr+Designer", f"{reverse('search_ladder')}?q=research"]
    for address in addresses:
        told(client, address)
    # The two highest of its steps stand out, as they do where there are five.
    cells = told(client, reverse("list_competencies")).one("table", class_="expectations").all("td")
    shades = {"": "is-none", "–": "is-none", "2": "is-high", "3": "is-highest"}
    assert all(shades.get(cell.text.strip("()*"), "") == cell.attrs["class"] for cell in cells)
    assert {cell.attrs["class"] for cell in cells} >= {"is-high", "is-highest"}
    assert "2 of 3" in told(client, reverse("show_level", args=["designer"])).text


def test_the_walk_to_a_review(table: LadderDocument) -> None:
    pair: Pair = make_pair()
    own = begun(pair.as_member)
    answered(pair.as_member, own.pk, "save_rating", STEPS)
    pair.as_member.post(reverse("submit_assessment", args=[own.pk]))
    own.refresh_from_db()
    share_with_team(own, pair.team, with_notes=True)
    told(pair.as_manager, pair.member_page)
    pair.as_manager.post(f"{pair.member_page}review/", {"choice": "rate_first", "level": "designer"})
    review = Review.objects.get()
    told(pair.as_manager, reverse("show_review", args=[review.pk]))
    answered(pair.as_manager, review.pk, "save_review_rating", {**STEPS, "craft": "3", "critique": "3"})
    told(pair.as_manager, reverse("check_review", args=[review.pk]))
    pair.as_manager.post(reverse("submit_review", args=[review.pk]))
    for client in (pair.as_member, pair.as_manager):
        page = told(client, reverse("show_together", args=[review.pk]))
        assert "Sets how we draw" in page.text
    told(pair.as_manager, reverse("show_team", args=[*pair.team.slugs]))


@pytest.mark.parametrize(
    ("version", "carried"),
    [
        # The second step of Craft is not described any more: what somebody chose there is asked again.
        ([{"name": "Craft", "short": {1: "Draws screens", 3: "Sets how we draw"}}], {"research": 2, "critique": 1}),
        # Step 2 of 2 is not step 2 of 3.
        (OF_TWO, {}),
    ],
)
def test_a_new_version_takes_over_the_answers_that_it_has_a_place_for(
    table: LadderDocument, client: Client, version: list[dict[str, Any]], carried: dict[str, int]
) -> None:
    first = begun(client)
    answered(client, first.pk, "save_rating", STEPS)
    note = {"evidence": "Eight interviews in May"}
    for slug in ("research", "craft"):
        assert client.post(reverse("save_rating", args=[first.pk, slug]), {"step": "2", **note}).status_code == 302
    client.post(reverse("submit_assessment", args=[first.pk]))
    published(*version)
    told(client, reverse("start_quiz"))
    again = begun(client, prefill="on")
    assert (again.pk != first.pk, again.rubric.version) == (True, 2)
    assert again.answers() == carried | ({"leading": 0} if carried else {})
    lines = again.ratings.exclude(evidence="").values_list("competency__slug", "evidence")
    assert dict(lines) == dict.fromkeys(["research", "craft"], note["evidence"])
    told(client, f"{reverse('show_quiz', args=[again.pk])}?at=craft")


def test_two_views_that_count_other_steps_stand_side_by_side_and_are_not_compared(table: LadderDocument) -> None:
    pair: Pair = make_pair()
    pair.as_manager.post(f"{pair.member_page}review/", {"choice": "rate_first", "level": "designer"})
    review = Review.objects.get()
    answered(pair.as_manager, review.pk, "save_review_rating", {**STEPS, "critique": "3"})
    published(*OF_TWO)
    own = begun(pair.as_member)
    answered(pair.as_member, own.pk, "save_rating", {**STEPS, "research": "1"})
    pair.as_member.post(reverse("submit_assessment", args=[own.pk]))
    own.refresh_from_db()
    share_with_team(own, pair.team, with_notes=True)
    pair.as_manager.post(reverse("submit_review", args=[review.pk]))
    for client in (pair.as_member, pair.as_manager):
        text = told(client, reverse("show_together", args=[review.pk])).text
        assert "One of them counts more steps than the other, so no answers can be compared." in text
        assert "higher" not in text.partition("no answers can be compared")[2]
    told(pair.as_manager, reverse("show_team", args=[*pair.team.slugs]))


def test_a_copy_of_another_version_fills_no_cells_where_steps_differ(table: LadderDocument) -> None:
    of_three = current_rubric()
    of_two = published(*OF_TWO)
    given = GivenAnswers({"research": 1, "craft": 2, "leading": NO_CHANCE}, timezone.now(), of_two, "designer")
    assert {cell.kind for cell in cells_of(given, "designer", of_three).values()} == {CellKind.OPEN}
    assert {cell.asked for cell in cells_of(given, "designer", of_three).values()} == {None}
    shown = cells_of(given, "designer", of_two)
    assert [shown[slug].text for slug in ("research", "craft", "leading", "critique")] == ["1", "2", "n", "·"]
