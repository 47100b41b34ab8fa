"""What each page of the ladder offers to do next: signed out and signed in, for any ladder, and nothing that is not
there."""

from typing import Any

import pytest
from django.test import Client

from ladder.document.format import LadderDocument
from ladder.models import load
from ladder.pages import texts
from ladder.rubric import Rubric
from people.models import User
from tests.factories import exact_profile, make_assessment, shipped_ladder
from tests.pages import Node, page_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rubric")]
START = "/quiz/start/"
WAY_IN = ("Not a product manager yet?", "Find your way in", "/ladder/paths/#ways-in")


def offers_of(node: Node) -> list[tuple[str, str]]:
    """The links of the lines that say what to do next, as (label, address)."""
    return [(link.text, link.attrs["href"]) for line in node.all("p", class_="onward") for link in line.all("a")]


def offered(client: Client, path: str) -> list[tuple[str, str]]:
    return offers_of(page_of(client.get(path)).one("main"))


def test_signed_out_each_page_leads_to_the_quiz_with_what_it_is_about(client: Client) -> None:
    stand, way_in = ("See where you stand", START), WAY_IN[1:]
    far = ("How far am I from Senior PM?", f"{START}?target=senior-pm")
    staff, group = (
        (f"Compare with {name}", f"/ladder/levels/senior-pm/?with={slug}#compare")
        for name, slug in (("Staff PM", "staff-pm"), ("Group PM", "group-pm"))
    )
    assert offered(client, "/") == [way_in]
    assert offered(client, "/ladder/") == [stand, way_in]
    assert offered(client, "/ladder/levels/senior-pm/") == [far, staff, group]
    assert offered(client, "/ladder/levels/senior-pm/?with=staff-pm") == [
        far,
        group,
        ("How far am I from Staff PM?", f"{START}?target=staff-pm"),
    ]
    assert offered(client, "/ladder/levels/cpo/") == [("How far am I from CPO?", f"{START}?target=cpo")]
    assert offered(client, "/ladder/tracks/") == offered(client, "/ladder/competencies/") == [stand]
    assert offered(client, "/ladder/competencies/data/") == [("Rate yourself in the quiz", START)]
    assert offered(client, "/ladder/questions/") == [stand, ("Search the ladder", "/ladder/search/")]
    assert ("Take the quiz as Growth PM", f"{START}?specialisation=growth") in offered(
        client, "/ladder/specialisations/"
    )
    assert offered(client, "/ladder/search/?q=roadmap") == []
    assert offered(client, "/ladder/search/?q=zzz+q") == [("Look it up as a title", "/ladder/titles/?q=zzz+q")]
    for way, (label, address) in zip(shipped_ladder().ways_in, offered(client, "/ladder/paths/"), strict=False):
        assert address == f"{START}?level=none&target={way.levels[0]}", way.slug
        assert label.startswith("How far am I from")
    assert offered(client, "/ladder/paths/")[-1] == stand


def test_a_title_leads_to_the_quiz_or_to_the_ways_in(client: Client) -> None:
    found = page_of(client.get("/ladder/titles/", {"q": "Sr. Data PM"})).one(id="answer")
    assert offers_of(found) == [
        ("Take the quiz with this title", f"{START}?title=Sr.+Data+PM&specialisation=data"),
    ]
    other = page_of(client.get("/ladder/titles/", {"q": "Scrum Master"}))
    assert offers_of(other.one(id="answer")) == [
        WAY_IN[1:],
        ("Start the quiz as “Not a product manager yet”", f"{START}?title=Scrum+Master&level=none"),
    ]
    assert WAY_IN[0] in other.text
    unknown = page_of(client.get("/ladder/titles/", {"q": "Grand Vizier"})).one(id="answer")
    assert offers_of(unknown) == [("All levels, each in one sentence", "/ladder/#levels")]
    # Before anything is asked, the page has the line for newcomers alone.
    assert offered(client, "/ladder/titles/") == [WAY_IN[1:]]


def test_with_a_report_the_pages_lead_into_it_and_into_the_plan(
    member: User, member_client: Client, django_assert_num_queries: Any
) -> None:
    signed_in = offered(member_client, "/ladder/competencies/data/")
    assert signed_in == [("Rate yourself in the quiz", START), ("Add a step to my plan", "#actions")]
    mine = make_assessment(member, held="pm", answers=exact_profile("senior-pm"), submitted=True)
    report = f"/reports/{mine.pk}/"
    read = ("Read your report", report)
    with django_assert_num_queries(3):
        senior = offered(member_client, "/ladder/levels/senior-pm/")
    assert senior[0] == ("See your report beside Senior PM", f"{report}?target=senior-pm#against")
    with django_assert_num_queries(3):
        staff = offered(member_client, "/ladder/levels/staff-pm/")
    assert staff[0] == ("How far am I from Staff PM?", f"{report}?target=staff-pm#against")
    assert page_of(member_client.get(staff[0][1])).one("section", id="against").all("h3")
    with django_assert_num_queries(3):
        assert offered(member_client, "/ladder/competencies/data/")[0] == read
    for path in ("/ladder/", "/ladder/tracks/", "/ladder/competencies/"):
        assert offered(member_client, path) == [read], path
    assert offered(member_client, "/ladder/questions/")[0] == read
    assert ("How far am I from Staff PM?", f"{report}?target=staff-pm#against") not in offered(
        member_client, "/ladder/paths/"
    )
    # A browser that answered, and nobody else's.
    assert offered(Client(), "/ladder/tracks/") == [("See where you stand", START)]


def test_a_report_on_a_version_without_the_level_leads_to_the_quiz(member: User, member_client: Client) -> None:
    mine = make_assessment(member, held="pm", answers=exact_profile("pm"), submitted=True)
    document = shipped_ladder().document()
    document["levels"].append(document["levels"][-1] | {"slug": "owner", "title": "Owner", "short_title": "Owner"})
    document["expectations"]["owner"] = document["expectations"]["cpo"]
    load(LadderDocument.model_validate(document))
    assert offered(member_client, "/ladder/levels/owner/") == [("How far am I from Owner?", f"{START}?target=owner")]
    assert offered(member_client, "/ladder/levels/cpo/")[0][1] == f"/reports/{mine.pk}/?target=cpo#against"


def test_an_action_goes_into_the_plan_with_its_text_and_its_competency(
    client: Client, member_client: Client, rubric: Rubric
) -> None:
    actions = page_of(member_client.get("/ladder/competencies/data/")).one("section", id="actions")
    links = [link.attrs["href"] for link in actions.all("a")]
    assert len(links) == sum(item.competency == "data" for item in rubric.ladder.actions)
    assert not page_of(client.get("/ladder/competencies/data/")).one("section", id="actions").all("a")
    assert links[0] == "/plan/add/?competency=data&action=1.0"
    form = page_of(member_client.get(links[-1])).one("main").one("form")
    step, items = max((step, items) for (slug, step), items in rubric.actions.items() if slug == "data")
    assert form.one("input", name="text").attrs["value"] == " ".join(items[-1].text.split())
    assert form.one("input", name="done_when").attrs["value"] == rubric.competencies["data"].says(step)
    assert next(option for option in form.all("option") if "selected" in option.attrs).attrs["value"] == "data"
    for said in ("competency=boss&action=1.0", "competency=data&action=99.0", "competency=%00", "action=1.0"):
        assert member_client.get(f"/plan/add/?{said}").status_code == 200, said


def test_the_quiz_begins_with_what_a_page_said(client: Client) -> None:
    page = page_of(client.get(f"{START}?level=none&target=pm&specialisation=growth"))
    chosen = {
        field.attrs["name"]: next(option for option in field.all("option") if "selected" in option.attrs).attrs["value"]
        for field in page.all("select")
    }
    assert chosen == {"level": "none", "target": "pm", "specialisation": "growth"}
    assert WAY_IN[1:] in offers_of(page)
    assert client.get(f"{START}?level=boss&target=boss&specialisation=boss").status_code == 200


SMALLEST = {
    "slug": "pm",
    "title": "Baking",
    "levels": [{"title": "Baker"}, {"title": "Master baker"}],
    "competencies": [{"name": "Dough", "short": ["Kneads what others weigh out", "Weighs out and kneads alone"]}],
}


def test_the_smallest_ladder_offers_nothing_that_leads_nowhere(client: Client, member_client: Client) -> None:
    load(LadderDocument.model_validate(SMALLEST))
    pages = ["/", "/ladder/", "/ladder/levels/baker/", "/ladder/levels/master-baker/", "/ladder/competencies/"]
    pages += ["/ladder/competencies/dough/", "/ladder/titles/", "/ladder/titles/?q=Baker", "/ladder/search/?q=zzz"]
    empty = ["/ladder/paths/", "/ladder/specialisations/", "/ladder/questions/"]
    for visitor in (client, member_client):
        for path in pages:
            page = page_of(visitor.get(path))
            to = {link.attrs["href"].partition("#")[0] for link in page.all("a")}
            assert not to & {*empty, "/ladder/tracks/"}, path
            assert "yet?" not in page.text
            for link in page.all("a"):
                address, _, fragment = link.attrs["href"].partition("#")
                target = visitor.get(address or path, follow=True)
                assert target.status_code == 200, (path, address)
                assert not fragment or page_of(target).all(id=fragment), (path, link.attrs["href"])
        for path in empty:
            page = page_of(visitor.get(path))
            assert "This ladder has none." in page.text, path
            assert offers_of(page) == [("See where you stand", START)], path
    assert offered(client, "/ladder/levels/baker/") == [
        ("How far am I from Baker?", f"{START}?target=baker"),
        ("Compare with Master baker", "/ladder/levels/baker/?with=master-baker#compare"),
    ]
    assert offered(member_client, "/ladder/competencies/dough/")[-1] == (
        "Add a step to my plan",
        "/plan/add/?competency=dough",
    )


# What a level is in a small company, and in a programme.


def test_levels_that_are_one_job_say_so_and_a_programme_says_where_it_ends(client: Client) -> None:
    said = "In a small company, VP of Product and Chief Product Officer are one job: VP/CPO."
    ends = "A programme at this level ends by itself in the next one: Product Manager."
    for level in shipped_ladder().levels:
        text = page_of(client.get(f"/ladder/levels/{level.slug}/")).text
        assert (said in text) == (level.slug in {"vp-product", "cpo"}), level.slug
        assert (ends in text) == (level.slug == "apm"), level.slug


def test_a_step_is_read_for_a_small_company_where_it_stands(client: Client) -> None:
    found = 0
    for item in shipped_ladder().competencies:
        page = page_of(client.get(f"/ladder/competencies/{item.slug}/"))
        for step, reading in enumerate(item.small_company, 1):
            at = page.one(id=f"step-{step}").text
            assert ("In a small company:" in at) == bool(reading), (item.slug, step)
            assert not reading or " ".join(reading.split()) in at
            found += bool(reading)
    assert found


def test_a_comparison_says_what_the_higher_step_looks_like(client: Client) -> None:
    compared = page_of(client.get("/ladder/levels/senior-pm/?with=group-pm")).one("table", class_="compared")
    cells = {slug: shipped_ladder().expectations[slug] for slug in ("senior-pm", "group-pm")}
    for item in shipped_ladder().competencies:
        row = next(row for row in compared.all("tr") if row.all("a") and row.all("a")[0].text == item.name)
        one, other = (cells[slug][item.slug].step for slug in ("senior-pm", "group-pm"))
        says = [node.text for node in row.all(class_="says")]
        assert says == ([item.short_of(other)] if one != other else []), item.slug


# Headings that know how many tracks there are.


def with_tracks(*titles: str, trunk: bool = True) -> Rubric:
    """A ladder with these tracks, a level on each, and a trunk of one level if asked for."""
    tracks = [{"slug": f"t{n}", "title": title} for n, title in enumerate(titles)]
    levels = [{"title": f"Level {title}", "track": f"t{n}", "band": 2} for n, title in enumerate(titles)]
    if trunk:
        tracks.insert(0, {"slug": "trunk", "title": "Trunk", "trunk": True})
        levels.insert(0, {"title": "Baker", "track": "trunk", "band": 1})
    document = SMALLEST | {"tracks": tracks, "levels": levels}
    return Rubric(LadderDocument.model_validate(document), 1)


def test_headings_count_the_tracks() -> None:
    smallest = Rubric(LadderDocument.model_validate(SMALLEST), 1)
    single = Rubric(LadderDocument.model_validate(SMALLEST | {"levels": [{"title": "Baker"}]}), 1)
    assert texts.map_title(single) == "One level"
    assert texts.map_title(smallest) == "Two levels, one above the other"
    two, three = with_tracks("Craft", "People"), with_tracks("Craft", "People", "Shop", trunk=False)
    assert texts.map_title(two) == "One trunk, and two rails after Baker"
    assert texts.map_title(three) == "Three rails side by side"
    assert texts.map_title(Rubric(shipped_ladder(), 1)) == "One trunk, two rails after Senior PM, and ways across"
    assert texts.tracks_question(two) == "Craft or people?"
    assert texts.tracks_question(three) == "Craft, people or shop?"
    assert texts.tracks_question(with_tracks("Manager", "IC")) == "Manager or IC?"
    assert texts.tracks_question(smallest) == "Baking?"


def test_levels_of_one_job_are_named_all() -> None:
    jobs = [{"levels": ["level-craft", "level-people"], "title": "Both"}]
    document = with_tracks("Craft", "People").ladder.document() | {"one_job": jobs}
    rubric = Rubric(LadderDocument.model_validate(document), 1)
    assert texts.one_job_sentences(rubric, "baker") == []
    assert texts.one_job_sentences(rubric, "level-craft") == [
        "In a small company, Level Craft and Level People are one job: Both."
    ]
    # A programme may end on either track, and one at the top ends nowhere that a page could name.
    bakers = [level | {"programme": True} for level in document["levels"]]
    levels = Rubric(LadderDocument.model_validate(document | {"levels": bakers}), 1)
    said = [texts.programme_sentence(levels, level) for level in levels.ladder.levels]
    assert said == ["A programme at this level ends by itself in the next one: Level Craft or Level People.", "", ""]
