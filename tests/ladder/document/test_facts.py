"""Each fact that the shipped ladder is to tell has a place where it stands: facts.tsv names it, and this goes there.

A row is the number of the fact, the file and the part that tell it, and words of the sentence that does. Without a file
its place says what the part is:

    anchor  a step of a competency ("strategy 2"), one of whose sentences has the words
    action  the same, one of whose actions has the words
    page    an address, whose page has the words
    report  somebody of people.yaml, whose report has the words
    search  what is searched for; the words are the title of what comes first
    rule    the test that holds it
"""

import csv
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from ladder.search.search import search
from people.models import User
from tests.assessments.report.people import everybody
from tests.factories import make_assessment, shipped_ladder
from tests.pages import page_of

ROOT = Path(__file__).resolve().parents[3]
LADDER = ROOT / "fixtures/ladders/pm"
TABLE = (Path(__file__).parent / "facts.tsv").read_text(encoding="utf-8").splitlines()
ROWS = list(csv.DictReader(TABLE, delimiter="\t", quoting=csv.QUOTE_NONE))
KINDS = {"anchor", "action", "page", "report", "search", "rule"}
PM = shipped_ladder()
# What follows may presume a company of several teams.
LARGE = re.compile(r"\b(several|many) (teams|products)|product lines|departments|reporting line|teams\b|\bhead of\b")
PRODUCT_OF_ONES_OWN = re.compile(r"\b(their|one|own|a|the) (own )?products?\b", re.IGNORECASE)


def rows(kind: str) -> list[dict[str, Any]]:
    return [row for row in ROWS if row["place"] == kind]


@cache
def text_of(name: str) -> str:
    """A file of the ladder as one line: where its lines break says nothing."""
    found = next(path for path in LADDER.rglob(name))
    return re.sub(r"\s+", " ", found.read_text(encoding="utf-8"))


def not_told(kind: str, said: Any) -> list[str]:
    """The rows whose words are not in what `said` gives for their part."""
    return [
        f"{row['id']} {row['slug']}: {row['phrase']}" for row in rows(kind) if row["phrase"] not in said(row["slug"])
    ]


def test_each_fact_has_a_place() -> None:
    assert [row["id"] for row in ROWS if not row["slug"] or bool(row["file"]) == (row["place"] in KINDS)] == []
    assert {row["place"] for row in ROWS} <= {"", *KINDS}
    assert [row["id"] for row in ROWS if not row["phrase"] and row["place"] != "rule"] == []
    assert len({row["id"] for row in ROWS}) > 400


def test_each_fact_is_told_where_the_table_says() -> None:
    told = [row for row in ROWS if row["file"]]
    assert len(told) > 550
    missing = [row["id"] for row in told if re.sub(r"\s+", " ", row["phrase"]) not in text_of(row["file"])]
    assert missing == []


def test_sentences_and_actions_tell_it() -> None:
    competencies = {competency.slug: competency for competency in PM.competencies}

    def sentences(part: str) -> str:
        slug, step = part.split()
        found = competencies[slug]
        return " | ".join(texts[int(step) - 1] or "" for texts in (found.full, found.short, found.small_company))

    def actions(part: str) -> str:
        slug, step = part.split()
        found = [action for action in PM.actions if (action.competency, action.to_step) == (slug, int(step))]
        return " | ".join(f"{action.title}. {action.text}" for action in found)

    assert not_told("anchor", sentences) == []
    assert not_told("action", actions) == []


def test_the_search_finds_it_first() -> None:
    found = {row["slug"]: search(PM, row["slug"]).hits[0].entry.title for row in rows("search")}
    assert found == {row["slug"]: row["phrase"] for row in rows("search")}


def test_rules_are_held_by_tests_that_exist() -> None:
    parts = [row["slug"].split("::") for row in rows("rule")]
    missing = [name for file, name in parts if f"def {name}(" not in (ROOT / file).read_text(encoding="utf-8")]
    assert missing == []


@pytest.mark.django_db
def test_pages_and_reports_tell_it(client: Client, member: User, member_client: Client, rubric: Any) -> None:
    people = {person.slug: person for person in everybody()}

    @cache
    def page(address: str) -> str:
        return page_of(client.get(address)).one("main").text

    @cache
    def report(slug: str) -> str:
        person = people[slug]
        made = make_assessment(
            member,
            held=person.held,
            targets=list(person.wishes),
            answers=person.answers,
            small_company=person.small_company,
            programme=person.programme,
            submitted=True,
        )
        return page_of(member_client.get(f"/reports/{made.pk}/?fold=all")).one("main").text

    assert not_told("page", page) == []
    assert not_told("report", report) == []


# Rules that only the texts as a whole can keep


def test_no_second_step_needs_a_product_of_ones_own() -> None:
    """Somebody in a rotation, or with a component, could not grow into it."""
    second = {item.slug: item.says(2).replace("a feature or small product", "a feature") for item in PM.competencies}
    assert [slug for slug, text in second.items() if PRODUCT_OF_ONES_OWN.search(text)] == []
    assert PRODUCT_OF_ONES_OWN.search("Owns the roadmap of one product.")


def test_what_presumes_a_large_company_has_a_reading_for_a_small_one() -> None:
    """The only product leader of a company with two teams has to be able to say each step."""
    large = [(item, step) for item in PM.competencies for step in (4, 5) if LARGE.search(item.says(step))]
    assert len(large) >= 5
    assert [f"{item.slug} {step}" for item, step in large if not item.small_company[step - 1]] == []


def test_every_skill_to_grow_is_found_by_its_name() -> None:
    """First comes what it builds, or a level that names it."""
    unfound = []
    for level in PM.levels:
        for skill in level.growth:
            places = {(hit.entry.kind, hit.entry.slug) for hit in search(PM, skill.title).hits[:3]}
            wanted = {("competency", skill.competencies[0])}
            wanted |= {
                ("level", other.slug) for other in PM.levels if skill.title in {item.title for item in other.growth}
            }
            if not places & wanted:
                unfound.append(skill.title)
    assert unfound == []


def test_nothing_names_pay_in_figures_or_an_employer() -> None:
    named = re.compile(
        r"[€$£]\s?\d|\d\s?(€|EUR|USD|dollars|euros)|\b(Google|Meta|Facebook|Amazon|Microsoft|Apple|Netflix)\b"
    )
    # A story may say what somebody saved; it is no pay.
    files = (path for path in LADDER.rglob("*.yaml") if path.name != "stories.yaml")
    texts = "\n".join(path.read_text(encoding="utf-8") for path in files)
    assert named.findall(texts) == []
    assert named.search("A PM earns 90,000 USD.")
    assert re.search(r"worth-starting.*?\(Written in \w+ 20\d\d\.\)", texts, re.DOTALL)
