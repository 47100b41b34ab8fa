"""What somebody types makes no page slow: each costly step is counted and has an end."""

import time
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assessments.paper import pdf
from growth.cases.cases import make_case
from growth.cases.markdown import to_html
from growth.evidence import search as evidence_search
from growth.evidence.search import search
from growth.models import CaseSection, EvidenceEntry
from growth.models.case import SECTION_MAX
from ladder.search import search as ladder_search
from ladder.titles import words as title_words
from people.models import Membership, User
from people.organisations import guest_lists
from people.organisations.guest_lists import TEXT_MAX
from tests.factories import join, make_assessment, make_organisation

# Far more than any of these takes, on a machine with other work; a step that grows with the square takes minutes.
PATIENCE_SECONDS = 30


@pytest.mark.parametrize(
    "line", ["a" * TEXT_MAX, " a" * (TEXT_MAX // 2), "a<" * (TEXT_MAX // 2), "<a" * (TEXT_MAX // 2)]
)
def test_a_line_of_guests_is_read_once(line: str) -> None:
    """It was read once for each of its letters: a hundred seconds for the longest."""
    began = time.process_time()
    assert guest_lists._WITH_NAME.findall(line) == []
    assert time.process_time() - began < PATIENCE_SECONDS


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("Ada Lovelace <ada@b.example>", ["ada@b.example"]),
        (
            "Ada <ada@b.example>, Bea <bea@b.example>; <cy@b.example>",
            ["ada@b.example", "bea@b.example", "cy@b.example"],
        ),
        ("Ada <ada@b.example> Bea <bea@b.example>", ["ada@b.example", "bea@b.example"]),
        ("x < Ada <ada@b.example>", ["ada@b.example"]),
    ],
)
def test_names_with_addresses_are_still_found(line: str, found: list[str]) -> None:
    assert guest_lists._WITH_NAME.findall(line) == found


def entries(count: int, text: str) -> list[EvidenceEntry]:
    today = timezone.localdate()
    return [EvidenceEntry(approach=text.replace("#", str(n)), happened_on=today, competencies=[]) for n in range(count)]


class Counted:
    """A function that counts how often it is asked, and how much it is given."""

    def __init__(self, function: Any) -> None:
        self.function, self.calls, self.letters = function, 0, 0

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        self.calls += 1
        self.letters += sum(len(item) for item in args if isinstance(item, str))
        return self.function(*args, **kwargs)


def test_the_search_in_evidence_compares_so_many_spellings(monkeypatch: pytest.MonkeyPatch) -> None:
    distance = Counted(evidence_search.distance)
    monkeypatch.setattr(evidence_search, "distance", distance)
    monkeypatch.setattr(evidence_search, "COMPARED_MAX", 500)
    log = entries(300, " ".join(f"lett{n:02d}r#" for n in range(10)))
    assert search(log, "letters letterz lettera letterb", {}) == []
    assert distance.calls <= 500


def test_the_search_in_evidence_reads_so_much_word_by_word(monkeypatch: pytest.MonkeyPatch) -> None:
    words = Counted(evidence_search.words)
    monkeypatch.setattr(evidence_search, "words", words)
    monkeypatch.setattr(evidence_search, "READ_MAX", 10_000)
    log = entries(100, "priced # " + "word " * 100)
    # The rest is found by what was typed, and is not left out.
    assert len(search(log, "priced word", {})) == 100
    assert words.letters <= 10_000
    # Forgiving only as far as it reads.
    assert 0 < len(search(log, "pricing", {})) < 100


def test_the_ladder_is_searched_for_a_short_query(client: Client, rubric: Any, db: None, monkeypatch: Any) -> None:
    query_words = Counted(ladder_search.query_words)
    monkeypatch.setattr(ladder_search, "query_words", query_words)
    assert client.get("/ladder/search/", {"q": "strategy " * 2000}).status_code == 200
    assert query_words.calls
    assert query_words.letters <= 200 * query_words.calls


@pytest.mark.parametrize("path", ["/ladder/titles/", "/quiz/start/"])
def test_long_titles_are_not_read(client: Client, rubric: Any, db: None, monkeypatch: Any, path: str) -> None:
    read = Counted(title_words.read_words)
    monkeypatch.setattr("ladder.titles.titles.read_words", read)
    title = "Senior Product Mangaer " * 500
    assert client.get(path, {"q": title, "title": title}).status_code == 200
    assert client.post("/quiz/start/", {"title": title}).status_code == 422
    assert read.letters <= title_words.QUERY_LIMIT * 10


BOMBS = {
    "quotes": "> " * SECTION_MAX,
    "lists": "- " * SECTION_MAX,
    "brackets": "[" * SECTION_MAX,
    "links": "[a](" * SECTION_MAX,
    "stars": "*a **a " * SECTION_MAX,
    "references": "[a\n" * SECTION_MAX,
    "backticks": "".join("`" * n + " " for n in range(200)),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS.keys())
def test_markdown_does_not_nest_without_end(bomb: str) -> None:
    html = to_html(bomb[:SECTION_MAX])
    assert html.count("<blockquote>") <= 20
    assert html.count("<ul>") <= 20
    assert len(html) < 10 * SECTION_MAX


def test_a_case_too_long_for_a_pdf_leads_to_its_page(
    member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Counted(lambda _html: b"%PDF-")
    monkeypatch.setattr(pdf, "write", written)
    case = make_case(member, make_assessment(member, submitted=True), "senior-pm", "Mine")
    path = f"/cases/{case.pk}.pdf"
    assert member_client.get(path).status_code == 200
    CaseSection.objects.filter(case=case, slug="summary").update(text=("|a\n|-\n" + "|a\n" * SECTION_MAX)[:SECTION_MAX])
    answer = member_client.get(path)
    assert answer.status_code == 422
    assert "too long for a PDF" in answer.content.decode()
    assert f"/cases/{case.pk}/" in answer.content.decode()
    assert written.calls == 1


def test_the_search_for_people_takes_short_words(member_client: Client, member: User) -> None:
    join(member, make_organisation(), Membership.Role.OWNER)
    answer = member_client.get("/organisations/lantern/people/", {"q": "a" * 10_000})
    assert answer.status_code == 200
    assert "a" * 200 not in answer.content.decode()
