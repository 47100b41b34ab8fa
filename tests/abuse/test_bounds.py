"""What somebody types makes no page slow: each costly step is counted and has an end."""

import time
from typing import Any
from unittest.mock import Mock

import pytest
from django.test import Client
from django.utils import timezone

from assessments.paper import pdf
from growth.cases.cases import make_case
from growth.evidence import search as evidence_search
from growth.evidence.search import search
from growth.models import CaseSection, EvidenceEntry
from ladder.search import search as ladder_search
from ladder.titles import words as title_words
from people.models import Membership, Organisation, User
from people.organisations import guest_lists
from people.organisations.guest_lists import TEXT_MAX, Rights
from tests.factories import join, make_assessment, make_organisation

# Far more than any of these takes, on a machine with other work; a step that grows with the square takes minutes.
PATIENCE_SECONDS = 30


@pytest.mark.parametrize(
    "part", ["a", " a", "a<", "<a", '"a', '"a "', "'", "@", "a@b.ex|", "[a", "[a](mailto:", ">", "(", '"\\" ', ",a"]
)
@pytest.mark.parametrize("head", ["", "email,name\n"])
def test_a_line_of_guests_is_read_once(part: str, head: str) -> None:
    """It was read once for each of its letters: a hundred seconds for the longest."""
    began = time.process_time()
    guest_lists.read(head + part * (TEXT_MAX // len(part)), Rights(Organisation(), [], None, may_name_roles=True))
    assert time.process_time() - began < PATIENCE_SECONDS


def entries(count: int, text: str) -> list[EvidenceEntry]:
    today = timezone.localdate()
    return [EvidenceEntry(approach=text.replace("#", str(n)), happened_on=today, competencies=[]) for n in range(count)]


def letters(counted: Mock) -> int:
    """How much a function was given."""
    return sum(len(item) for call in counted.call_args_list for item in call.args if isinstance(item, str))


def test_the_search_in_evidence_compares_so_many_spellings(monkeypatch: pytest.MonkeyPatch) -> None:
    distance = Mock(wraps=evidence_search.distance)
    monkeypatch.setattr(evidence_search, "distance", distance)
    monkeypatch.setattr(evidence_search, "COMPARED_MAX", 500)
    log = entries(300, " ".join(f"lett{n:02d}r#" for n in range(10)))
    assert search(log, "letters letterz lettera letterb", {}) == []
    assert distance.call_count <= 500


def test_the_search_in_evidence_reads_so_much_word_by_word(monkeypatch: pytest.MonkeyPatch) -> None:
    words = Mock(wraps=evidence_search.words)
    monkeypatch.setattr(evidence_search, "words", words)
    monkeypatch.setattr(evidence_search, "READ_MAX", 10_000)
    log = entries(100, "priced # " + "word " * 100)
    # The rest is found by what was typed, and is not left out.
    assert len(search(log, "priced word", {})) == 100
    assert letters(words) <= 10_000
    # Forgiving only as far as it reads.
    assert 0 < len(search(log, "pricing", {})) < 100


def test_the_ladder_is_searched_for_a_short_query(client: Client, rubric: Any, db: None, monkeypatch: Any) -> None:
    query_words = Mock(wraps=ladder_search.query_words)
    monkeypatch.setattr(ladder_search, "query_words", query_words)
    assert client.get("/ladder/search/", {"q": "strategy " * 2000}).status_code == 200
    assert query_words.call_count
    assert letters(query_words) <= 200 * query_words.call_count


@pytest.mark.parametrize("path", ["/ladder/titles/", "/quiz/start/"])
def test_long_titles_are_not_read(client: Client, rubric: Any, db: None, monkeypatch: Any, path: str) -> None:
    read = Mock(wraps=title_words.read_words)
    monkeypatch.setattr("ladder.titles.titles.read_words", read)
    title = "Senior Product Mangaer " * 500
    assert client.get(path, {"q": title, "title": title}).status_code == 200
    assert client.post("/quiz/start/", {"title": title}).status_code == 422
    assert letters(read) <= title_words.QUERY_LIMIT * 10


def test_a_case_too_long_for_a_pdf_is_told(
    member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    written = Mock(return_value=b"%PDF-")
    monkeypatch.setattr(pdf, "write", written)
    case = make_case(member, make_assessment(member, submitted=True), "senior-pm", "Mine")
    path = f"/cases/{case.pk}.pdf"
    assert member_client.get(path).status_code == 200
    CaseSection.objects.filter(case=case, slug="summary").update(text="a", html="<p>a</p>" * pdf.TAGS_MAX)
    answer = member_client.get(path)
    assert answer.status_code == 422
    assert "too long for a PDF" in answer.content.decode()
    assert f"/cases/{case.pk}/" in answer.content.decode()
    assert written.call_count == 1


def test_the_search_for_people_takes_short_words(member_client: Client, member: User) -> None:
    join(member, make_organisation(), Membership.Role.OWNER)
    answer = member_client.get("/organisations/lantern/people/", {"q": "a" * 10_000})
    assert answer.status_code == 200
    assert "a" * 200 not in answer.content.decode()
