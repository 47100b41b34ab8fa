"""The titles page in its three forms: a page, its answer for htmx, and JSON."""

import json
from typing import Any

import pytest
from django.test import Client

from ladder.rubric import Rubric
from tests.pages import Node, page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _ladder(rubric: Rubric) -> None:
    pass


def answer(client: Client, query: str) -> Node:
    return page_of(client.get("/ladder/titles/", {"q": query})).one(id="answer")


def links(node: Node) -> list[str]:
    return [link.attrs["href"] for link in node.all("a")]


def as_json(client: Client, query: str, accept: str = "application/json") -> Any:
    response = client.get("/ladder/titles/", {"q": query}, headers={"Accept": accept})
    assert response["Content-Type"] == "application/json"
    assert "Accept" in response["Vary"]
    return json.loads(response.content)


def test_a_title_gives_its_levels_with_a_line_each_and_its_specialisation(client: Client, rubric: Rubric) -> None:
    assert answer(client, "   ").text == ""
    clear = answer(client, "Sr. PM")
    assert (links(clear)[0], clear.one("h2").text) == ("/ladder/levels/senior-pm/", "Senior Product Manager")
    found = answer(client, "Head of Product")
    levels = [f"/ladder/levels/{slug}/" for slug in ("director", "group-pm", "vp-product", "cpo")]
    assert links(found) == [*levels, "/quiz/start/?title=Head+of+Product"]
    whys = next(item for item in rubric.ladder.ambiguous_titles if "Head of Product" in item.titles).candidates
    assert all(candidate.why in found.text for candidate in whys)
    assert "/ladder/specialisations/#technical" in links(answer(client, "Sr. Technical Product Mgr II"))


def test_what_is_no_product_title_is_explained_and_not_guessed(client: Client) -> None:
    other, unknown = answer(client, "technical program manager"), answer(client, "Grand Vizier")
    assert other.one("h2").text == "That is another profession"
    assert "/ladder/paths/#ways-in" in links(other)
    assert unknown.one("h2").text == "We don’t know this title"
    assert not any("/levels/" in link for link in links(unknown))


def test_the_fragment_is_the_answer_of_the_page(client: Client) -> None:
    for query in ("Head of Product", "pm", "scrum master", "Grand Vizier"):
        response = client.get("/ladder/titles/", {"q": query}, headers={"HX-Request": "true"})
        part = page_of(response)
        assert not part.all("html")
        assert part.one(id="answer").text == answer(client, query).text
        assert {"HX-Request", "Accept", "Cookie"} <= set(response["Vary"].split(", "))
    # Going back in the browser's history gets the whole page.
    headers = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    assert page_of(client.get("/ladder/titles/?q=pm", headers=headers)).all("h1")


def test_the_form_works_without_script(client: Client) -> None:
    page = page_of(client.get("/ladder/titles/?q=Head+of+Product"))
    field = page.one("input", id="q")
    form = next(form for form in page.all("form") if field in list(form))
    assert form.attrs["action"] == "/ladder/titles/"
    assert form.attrs.get("method", "get") == "get"
    assert form.all("button")
    assert field.attrs["hx-get"] == form.attrs["action"]
    assert field.attrs["value"] == "Head of Product"


def test_json_says_the_same(client: Client) -> None:
    said = as_json(client, "Senior Data Product Manager")
    assert set(said) == {"query", "status", "candidates", "specialisation"}
    assert (said["query"], said["status"], said["specialisation"]) == ("Senior Data Product Manager", "match", "data")
    assert [item["level"] for item in said["candidates"]] == ["senior-pm"]
    assert all(item["why"] for item in said["candidates"])
    assert as_json(client, "project manager")["status"] == "other_profession"
    assert as_json(client, "zzz")["status"] == "unknown"
    assert as_json(client, "zzz")["candidates"] == []


def test_the_header_chooses_the_form(client: Client) -> None:
    json_too = ["application/json", "application/json, text/html;q=0.5"]
    html = ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*", "image/png"]
    for accept in (*json_too, *html):
        response = client.get("/ladder/titles/?q=pm", headers={"Accept": accept})
        assert response.status_code == 200
        assert response["Content-Type"].startswith("application/json" if accept in json_too else "text/html"), accept


def test_json_is_cached_like_the_page(client: Client) -> None:
    response = client.get("/ladder/titles/?q=pm", headers={"Accept": "application/json"})
    assert response["Cache-Control"] == "public, max-age=300"
    for accept, status in (("application/json", 304), ("text/html", 200)):
        headers = {"Accept": accept, "If-None-Match": response["ETag"]}
        assert client.get("/ladder/titles/?q=pm", headers=headers).status_code == status
