"""The public pages: open to all, quick, cacheable without a session, complete, and every link leads somewhere."""

from collections import deque
from collections.abc import Iterator
from html import unescape
from typing import Any
from urllib.parse import urljoin, urlsplit

import pytest
from django.test import Client
from django.urls import reverse

from ladder.document.format import LadderDocument
from ladder.models import load, rubric_of
from ladder.rubric import Rubric
from people.models import User
from tests.factories import exact_profile, make_assessment, shipped_ladder
from tests.pages import Node, page_of

pytestmark = pytest.mark.django_db

LADDER = shipped_ladder()
PAGES = [
    *("/", "/ladder/", "/ladder/competencies/", "/ladder/tracks/", "/ladder/paths/", "/ladder/specialisations/"),
    *("/ladder/titles/", "/ladder/titles/?q=head+of+product", "/ladder/search/", "/ladder/search/?q=roadmap"),
    "/ladder/questions/",
    *(f"/ladder/levels/{level.slug}/" for level in LADDER.levels),
    *(f"/ladder/competencies/{item.slug}/" for item in LADDER.competencies),
]
SOME = ["/", "/ladder/", "/ladder/levels/senior-pm/?with=staff-pm", "/ladder/tracks/", "/ladder/titles/?q=pm"]


@pytest.fixture(autouse=True)
def _compiled(rubric: Rubric) -> None:
    """The process has met its ladder, as it has after its first answer."""
    rubric_of(rubric.key)


def test_visitors_read_it_with_one_statement_and_every_cache_may_keep_it(
    client: Client, django_assert_num_queries: Any
) -> None:
    for path in PAGES:
        with django_assert_num_queries(1):
            response = client.get(path)
        assert response.status_code == 200
        assert len(page_of(response).all("h1")) == 1, path
        assert response["Cache-Control"] == "public, max-age=300"
        assert "Cookie" in response["Vary"]
        assert not response.cookies
        again = client.get(path, headers={"If-None-Match": response["ETag"]})
        assert (again.status_code, again.content) == (304, b""), path
        assert again["Cache-Control"] == response["Cache-Control"]


def test_members_read_it_with_three_and_no_cache_keeps_it(
    member_client: Client, django_assert_num_queries: Any
) -> None:
    """Session, person, framework; a place on the ladder rides along with the last."""
    for path in PAGES:
        with django_assert_num_queries(3):
            response = member_client.get(path)
        assert response.status_code == 200
        assert "private" in response["Cache-Control"], path
        assert "public" not in response["Cache-Control"]
        assert "ETag" not in response
    # Nor is what waits to be said to somebody.
    visitor = Client()
    visitor.cookies["messages"] = "something"
    assert "private" in visitor.get("/")["Cache-Control"]


def test_pages_are_for_reading_and_only_what_the_ladder_has(client: Client) -> None:
    for path in SOME:
        assert (client.head(path).status_code, client.post(path).status_code) == (200, 405), path
    for path in ("/ladder/levels/boss/", "/ladder/competencies/charisma/"):
        response = client.get(path)
        assert response.status_code == 404
        assert "public" not in response["Cache-Control"]


def test_without_a_ladder_the_page_says_what_to_do(client: Client, settings: Any) -> None:
    settings.DEFAULT_LADDER = "none"
    for path in SOME:
        response = client.get(path)
        assert response.status_code == 503
        assert "load_ladder" in page_of(response).text


def internal_links(page: Node, at: str) -> Iterator[str]:
    for node in page.all("a"):
        target = urljoin(at, unescape(node.attrs.get("href", "")))
        if not urlsplit(target).netloc:
            yield target


def crawl(client: Client) -> dict[str, Node]:
    """Every page of the ladder that links lead to from the start page, and the state of all others they name."""
    pages: dict[str, Node] = {}
    waiting = deque(["/"])
    links: set[tuple[str, str]] = set()
    seen = {"/"}
    while waiting:
        at = waiting.popleft()
        response = client.get(at)
        assert response.status_code in {200, 302}, f"{at}: {response.status_code}"
        if response.status_code == 302 or not (at == "/" or at.startswith("/ladder/")):
            continue
        pages[at] = page_of(response)
        for link in internal_links(pages[at], at):
            links.add((at, link))
            path = link.partition("#")[0]
            if path not in seen:
                seen.add(path)
                waiting.append(path)
    for at, link in links:
        path, _, fragment = link.partition("#")
        if fragment and path in pages:
            assert pages[path].all(id=fragment), f"{at} points to {link}, which is not there"
    return pages


# What is an id of something or steers; all else is meant for reading.
NOT_READ = "slug was notes see language kind track area version competency level from to yes".split()  # noqa: SIM905


def facts(value: Any, key: str = "") -> Iterator[str]:
    """Every text of the ladder's document that is meant for reading."""
    names = isinstance(value, list) and value and isinstance(value[0], str)
    if key in NOT_READ or (key in {"levels", "partly", "carries", "competencies"} and names):
        return
    if isinstance(value, dict):
        for name, item in value.items():
            yield from facts(item, name)
    elif isinstance(value, list):
        for item in value:
            yield from facts(item, key)
    elif isinstance(value, str):
        yield " ".join(value.split())


def test_every_link_leads_somewhere_every_page_is_linked_and_every_fact_is_on_some(client: Client) -> None:
    pages = crawl(client)
    assert {path.partition("?")[0] for path in PAGES} <= {path.partition("?")[0] for path in pages}
    said = "".join("".join(page.text.split()) for page in pages.values()).casefold()
    document = LADDER.document()
    # Spellings by which a title of another profession is recognised; the first is its name.
    for other in document["other_professions"]:
        other["titles"] = other["titles"][:1]
    # What no page shows: the words of titles, and answers to stories.
    unread = {"expectations", "title_words", "search", "stories", "people", "craft"}
    everything = {fact for name, value in document.items() if name not in unread for fact in facts(value, name)}
    assert len(everything) > 700
    missing = [fact for fact in everything if "".join(fact.split()).casefold() not in said]
    assert missing == []


def test_a_level_shows_what_it_expects(client: Client) -> None:
    for level, expected in LADDER.expectations.items():
        tables = page_of(client.get(f"/ladder/levels/{level}/")).all("table", class_="expected")
        rows = {row.all("a")[0].text: row for table in tables for row in table.all("tr")[1:]}
        assert len(rows) == len(LADDER.competencies)
        for item in LADDER.competencies:
            cell, row = expected[item.slug], rows[item.name]
            said = f"{cell.step} of 5" if cell.weight else "not expected"
            assert row.all("td")[0].text == said, (level, item.slug)
            assert bool(row.all("span", class_="must-have")) == (cell.weight == 3)
            assert len(row.all("i", class_="on")) == cell.step


def test_the_whole_table_of_expectations_is_shown(client: Client) -> None:
    page = page_of(client.get("/ladder/competencies/"))
    rows = {row.all("a")[0].text: row for row in page.one(class_="expectations").all("tr") if row.all("td")}
    for item in LADDER.competencies:
        shown = [cell.text.replace(" must-have", "") for cell in rows[item.name].all("td")]
        marks = {0: "–", 1: "({})", 2: "{}", 3: "{} *"}
        cells = [LADDER.expectations[level.slug][item.slug] for level in LADDER.levels]
        assert shown == [marks[cell.weight].format(cell.step) for cell in cells]


def test_a_specialisation_shows_what_it_adds(client: Client, rubric: Rubric) -> None:
    page = page_of(client.get("/ladder/specialisations/"))
    for item in LADDER.specialisations:
        section = page.one("section", id=item.slug)
        rows = {row.all("a")[0].text: [cell.text for cell in row.all("td")] for row in section.all("tr")[1:]}
        for slug, by in item.adds.items():
            adds, *cells = rows[rubric.competencies[slug].name]
            assert adds == f"+{by}"
            expected = [rubric.specialised(level.slug, slug, item.slug).step for level in LADDER.levels]
            assert [int(cell[-1]) if cell != "–" else 0 for cell in cells] == expected, item.slug


def test_two_levels_side_by_side(client: Client) -> None:
    section = page_of(client.get("/ladder/levels/senior-pm/?with=group-pm")).one("section", id="compare")
    assert section.one("h2").text == "Senior PM to Group PM: 15 competencies grow and three must-haves are new"
    rows = {row.one("th").all("a")[0].text: row for row in section.all("tr")[1:]}
    hiring = rows["Hiring and performance"]
    assert [cell.text for cell in hiring.all("td")] == ["1", "", "3 *", "+2"]
    assert hiring.all("span", class_="must-have")
    assert "New must-haves: Prioritisation and roadmapping, Ways of working and Hiring and performance." in section.text


def test_the_lower_level_comes_first_and_levels_of_one_band_may_ask_for_less(client: Client) -> None:
    def compared(at: str, beside: str) -> Node:
        return page_of(client.get(f"/ladder/levels/{at}/?with={beside}")).one("section", id="compare")

    across = compared("staff-pm", "group-pm")
    assert compared("senior-pm", "staff-pm").one("h2").text == compared("staff-pm", "senior-pm").one("h2").text
    assert "ask for less" in across.one("h2").text
    assert "−1" in across.text


def test_a_level_that_is_not_there_gets_a_sentence(client: Client) -> None:
    for beside in ("boss", "senior-pm", "\0", "x" * 10_000):
        page = page_of(client.get("/ladder/levels/senior-pm/", {"with": beside}))
        assert "not on this ladder" in page.one("section", id="compare").text
        assert not page.all("table", class_="compared")


# One's own place


def test_my_place_and_target_are_on_the_map(
    member: User, member_client: Client, django_assert_num_queries: Any
) -> None:
    answers = exact_profile("senior-pm")
    make_assessment(member, held="senior-pm", answers=answers, submitted=True)
    with django_assert_num_queries(3):
        page = page_of(member_client.get("/ladder/"))
    marked = {
        node.one("a").text: [tag.text for tag in node.all("span", class_="tag")]
        for node in page.all("li")
        if node.all("span", class_="tag")
    }
    assert marked == {
        "Senior Product Manager": ["you"],
        "Staff Product Manager": ["your target"],
        "Group Product Manager": ["your target"],
    }
    assert "You stand at Senior Product Manager." in page.text
    assert "Read your report" in page.text
    assert [node.text for node in page.one("svg").all("text", class_="place-text")] == ["you"]
    # An open answer leaves two neighbours; one that leaves more names none.
    less = {slug: step for slug, step in answers.items() if slug != "mentoring"}
    make_assessment(member, held="senior-pm", answers=less, submitted=True)
    page = page_of(member_client.get("/ladder/"))
    assert "you, at least" in page.text
    assert "you, at most" in page.text
    del answers["outcomes"]
    make_assessment(member, held="senior-pm", answers=answers, submitted=True)
    page = page_of(member_client.get("/ladder/"))
    assert "you, at" not in page.text
    assert "too early to name your place" in page.text


def test_the_newest_report_counts_and_a_draft_does_not(member: User, member_client: Client) -> None:
    make_assessment(member, held="pm", answers=exact_profile("pm"), submitted=True)
    newest = make_assessment(member, held="senior-pm", answers=exact_profile("senior-pm"), submitted=True)
    make_assessment(member, held="apm", answers=exact_profile("apm"))
    page = page_of(member_client.get("/ladder/"))
    assert "You stand at Senior Product Manager." in page.text
    assert reverse("show_report", args=[newest.pk]) in [node.attrs.get("href") for node in page.all("a")]


def test_a_visitor_who_answered_sees_their_place_too(client: Client, rubric: Rubric) -> None:
    assessment = make_assessment(None, held="pm", answers=exact_profile("pm"), submitted=True)
    session = client.session
    session["assessments"] = [str(assessment.pk)]
    session.save()
    response = client.get("/ladder/")
    assert "You stand at Product Manager." in page_of(response).text
    assert "private" in response["Cache-Control"]


def test_both_tracks_from_my_answers(member: User, member_client: Client, django_assert_num_queries: Any) -> None:
    answers = exact_profile("senior-pm")
    make_assessment(member, held="senior-pm", answers=answers, submitted=True)
    with django_assert_num_queries(3):
        note = page_of(member_client.get("/ladder/tracks/")).one("section", class_="note")
    for item, track, title, level in zip(
        note.all("li"),
        ("Individual contributor", "People manager"),
        ("Staff Product Manager", "Group Product Manager"),
        ("staff-pm", "group-pm"),
        strict=True,
    ):
        cells = LADDER.expectations[level]
        asked = sum(cell.weight * cell.step for cell in cells.values())
        given = sum(cell.weight * min(cell.step, answers[slug]) for slug, cell in cells.items())
        short = [slug for slug, cell in cells.items() if cell.weight == 3 and answers[slug] < cell.step]
        assert f"{track}: {title} , readiness is {100 * given // asked} %, {len(short)} must-haves short" in item.text
        assert len(item.all("a")) == 1 + len(short)


def test_reflections_count_what_one_enjoys_and_touch_no_score(client: Client) -> None:
    for none in ({}, {LADDER.reflections[0].slug: "maybe"}):
        assert not page_of(client.get("/ladder/tracks/", none)).one("main").all(role="status")
    yes = {item.slug: "yes" for item in LADDER.reflections if item.yes == "manager"}
    said = page_of(client.get("/ladder/tracks/", yes)).one("main").one(role="status").text
    assert "points towards: People manager." in said
    assert f"People manager: {len(yes)} of {len(yes)}" in said
    both = {item.slug: "yes" for item in LADDER.reflections}
    assert "points both ways" in page_of(client.get("/ladder/tracks/", both)).one("main").one(role="status").text


def test_search_shows_each_hit_with_its_place(client: Client) -> None:
    page = page_of(client.get("/ladder/search/?q=unit+economics"))
    top = page.one("ol", class_="hits").all("li")[0]
    assert top.all("a")[0].attrs["href"] == "/ladder/competencies/business-acumen/"
    assert "Competency · Business and market · also called unit economics" in top.text
    assert page.one("input", id="q").attrs["value"] == "unit economics"


def test_search_fragment_is_the_part_of_the_page(client: Client) -> None:
    whole = page_of(client.get("/ladder/search/?q=roadmap")).one(id="hits")
    response = client.get("/ladder/search/?q=roadmap", headers={"HX-Request": "true"})
    part = page_of(response)
    assert part.one(id="hits").text == whole.text
    assert not part.all("html")
    assert "HX-Request" in response["Vary"]
    restored = client.get(
        "/ladder/search/?q=roadmap", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"}
    )
    assert page_of(restored).all("h1")


LAID_OUT = "First, **this**.\n\n- one\n- [two](https://a.example/)\n"


def test_texts_show_paragraphs_lists_bold_and_links_and_lines_stay_plain(client: Client) -> None:
    document = LADDER.document()
    level, competency = document["levels"][0], document["competencies"][0]
    level |= {"sentence": LAID_OUT, "changes": LAID_OUT, "note": "A **word** here.", "scope": "**as** written"}
    competency |= {"summary": "See [this](https://a.example/).", "full": [LAID_OUT, *competency["full"][1:]]}
    document["questions"][0]["answer"] = "[x](javascript:alert(1)) <b onclick=alert(1)>y</b>"
    load(LadderDocument.model_validate(document))
    page = page_of(client.get(f"/ladder/levels/{level['slug']}/"))
    for block in (page.one("div", class_="lede"), page.one("section", **{"aria-labelledby": "changes-title"})):
        assert [item.text for item in block.all("li")] == ["one", "two"]
        assert block.one("a", href="https://a.example/").attrs["rel"] == "noopener noreferrer nofollow"
        assert next(node.text for node in block.all("strong")) == "this"
    assert "**as** written" in page.text
    # A description is for search engines, and holds no markup.
    assert page.one("meta", name="description").attrs["content"] == "First, this. one two"
    page = page_of(client.get(f"/ladder/competencies/{competency['slug']}/"))
    assert [node.text for node in page.one(id="step-1").all("li")[-2:]] == ["one", "two"]
    page = page_of(client.get("/ladder/questions/"))
    assert not [node for node in page.all("a") if "javascript" in node.attrs.get("href", "")]
    assert not page.all("b")
