"""Search over the compiled ladder: what is found, in which order, and what does no harm."""

import re
from difflib import SequenceMatcher

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.document.format import LadderDocument
from ladder.search.entries import entries_of
from ladder.search.search import Hit, search
from ladder.search.words import phrase, query_words, stem, words
from tests.factories import shipped_ladder

LADDER = shipped_ladder()


def first(query: str) -> Hit:
    found = search(LADDER, query)
    assert found.hits, f"nothing found for {query!r}"
    return found.hits[0]


# Query, kind and title of what comes first: endings, spellings; then everything else that the ladder holds.
FIRST = """
prioritising | competency | Prioritisation and roadmapping
prioritize | competency | Prioritisation and roadmapping
STAKEHOLDERS | competency | Stakeholder management
mentor | competency | Mentoring and coaching
p&l | competency | Business acumen
cac/ltv | competency | Business acumen
AB test | competency | Data and experimentation
a/b testing | competency | Data and experimentation
people manager | track | People manager
growth pm | specialisation | Growth PM
machine learning pm | specialisation | AI/ML PM
software engineer | way-in | From engineering
scrum master | page | Titles
quality assurance | way-across | Quality assurance (QA)
fractional cpo | beyond | Fractional CPO or consultant
head of product | level | Director of Product
how long to senior | question | How long does it take to become a Senior PM?
computer science degree | question | Which degree do PMs have, and do I need one in computer science?
five levels | scheme | Five levels
owning | scale | Owning
"""


def test_finds_first() -> None:
    rows = [line.split(" | ") for line in FIRST.strip().splitlines()]
    assert [[query, (hit := first(query)).entry.kind, hit.entry.title] for query, _, _ in rows] == rows


def test_every_term_finds_its_competency_first() -> None:
    """But for words that the ladder gives another place: somebody who looks for a community wants to be told where."""
    named = {word for entry in LADDER.search for word in entry.words}
    terms = [
        (item.slug, term) for item in LADDER.competencies for term in (item.name, *item.terms) if term not in named
    ]
    hits = [(first(term).entry, slug, term) for slug, term in terms]
    assert [row for row in hits if (row[0].kind, row[0].slug) != ("competency", row[1])] == []


def test_every_word_that_the_ladder_gives_a_place_finds_it_first() -> None:
    for entry in LADDER.search:
        for word in entry.words:
            hits = search(LADDER, word).hits[: len(entry.finds)]
            assert [hit.entry.address for hit in hits] == list(entry.finds), word


def test_every_title_finds_a_level_that_bears_it_first() -> None:
    names = {level.slug: {level.title, *level.aliases} for level in LADDER.levels}
    for name in sorted(set().union(*names.values())):
        entry = first(name).entry
        assert entry.kind == "level", name
        assert name in names[entry.slug]


def test_every_text_of_a_kind_is_found_by_its_own_words() -> None:
    """All stand in the index; of the many steps, actions and milestones one in five is asked for."""
    held = {text for entry in entries_of(LADDER) for text in (entry.text, entry.title)}
    kinds = {
        "step": [f"{item.short_of(step)} {item.says(step)}" for item in LADDER.competencies for step in item.described],
        "action": [item.text for item in LADDER.actions],
        "milestone": [item.text for item in LADDER.milestones],
        "question": [item.question for item in LADDER.questions],
        "way-in": [item.title for item in LADDER.ways_in],
        "way-across": [item.title for item in LADDER.ways_across],
        "beyond": [item.title for item in LADDER.beyond],
    }
    for kind, texts in kinds.items():
        assert set(texts) <= held, kind
        for text in texts[:: 5 if len(texts) > 20 else 1]:
            found = [hit.entry for hit in search(LADDER, text[:200]).hits if hit.entry.kind == kind]
            assert any(text in {entry.text, entry.title} for entry in found), text


def test_a_hit_knows_its_place() -> None:
    said = next(item for item in LADDER.competencies if item.slug == "strategy").says(4)
    hit = next(hit for hit in search(LADDER, said).hits if hit.entry.kind == "step")
    entry = hit.entry
    assert (entry.view, entry.slug, entry.fragment, entry.step) == ("show_competency", "strategy", "step-4", 4)
    assert entry.under == "Vision and strategy"


def test_what_was_asked_is_marked_and_a_name_that_is_not_in_the_title_is_told() -> None:
    hit = first("roadmap")
    assert [part.text for part in hit.excerpt if part.hit] == ["roadmap"]
    assert "".join(part.text for part in hit.title) == hit.entry.title
    assert first("unit economics").also == "unit economics"
    assert not first("customer insight").also


def test_all_words_must_be_there_or_the_page_says_so() -> None:
    whole = search(LADDER, "pricing experiment")
    assert whole.complete
    part = search(LADDER, "how to become senior in fintech")
    assert not part.complete
    assert part.hits
    assert not search(LADDER, "zyzzyva quagga").hits


def test_only_whole_words_and_their_forms_are_found() -> None:
    for query, never in (
        ("team", r"\bterms?\b"),
        ("books", r"\blooks?\b"),
        ("sharing", r"\bshared\b"),
        ("art", "start"),
    ):
        said = [f"{hit.entry.title} {hit.entry.text}" for hit in search(LADDER, query).hits]
        form = rf"\b{query.removesuffix('ing').removesuffix('s')}(e|es|ing|s)?\b"
        assert not [text for text in said if re.search(never, text) and not re.search(form, text, re.IGNORECASE)], query
    assert "linked" not in {part.text for hit in search(LADDER, "LinkedIn").hits for part in hit.excerpt if part.hit}


def test_where_nothing_is_found_the_nearest_competency_is_offered() -> None:
    for query, slug in (
        *(("stakeholdr", "stakeholders"), ("storyteling", "storytelling"), ("disocvery", "discovery")),
        ("prioriti", "prioritisation"),
    ):
        found = search(LADDER, query)
        assert not found.hits
        assert found.nearest, query
        assert found.nearest.slug == slug
    assert search(LADDER, "zyzzyva quagga").nearest is None
    assert search(LADDER, "strategy").nearest is None


def test_what_the_ladder_names_comes_first() -> None:
    question = LADDER.questions[0]
    rows = [
        {"words": ["KPI", "success metrics"], "finds": ["competencies/data/", f"questions/#{question.slug}", "paths/"]},
        {"words": ["roadmap"], "finds": ["levels/apm/"]},
    ]
    own = LadderDocument.model_validate({**LADDER.document(), "search": rows})
    for query in ("kpi", "KPIs", "what is a success metric"):
        found = search(own, query)
        assert [(hit.entry.kind, hit.entry.slug) for hit in found.hits[:3]] == [
            *(("competency", "data"), ("question", ""), ("page", "")),
        ], query
        assert found.hits[1].entry.title == question.question
        assert found.complete
    addresses = [hit.entry.address for hit in search(own, "roadmap").hits]
    assert addresses[:2] == ["levels/apm/", "competencies/prioritisation/"]
    assert len(addresses) == len(set(addresses))


@settings(max_examples=60, deadline=2000)
@given(st.one_of(st.text(max_size=300), st.sampled_from(["\ud800", "a" * 10_000, "the " * 5_000])))
def test_any_text_is_a_query(query: str) -> None:
    found = search(LADDER, query)
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) <= 30
    assert found.hits == search(LADDER, query).hits


def test_endings_are_forgiven_and_different_words_stay_different() -> None:
    alike = "prioritise prioritisation, prioritize prioritising, plans planning, launch launches, strategy strategies, "
    alike += "ship shipped, coach coaching, roadmaps roadmap"
    apart = "product process, team term, market mark, data date"
    for pairs, same in ((alike, True), (apart, False)):
        for one, other in (pair.split() for pair in pairs.split(", ")):
            assert (stem(one) == stem(other)) is same, (one, other)


def test_words_are_read_without_case_and_accents() -> None:
    assert words("Émotion P&L, A/B-Test") == ["emotion", "pl", "ab", "test"]
    assert phrase("  Senior   PM! ") == "senior pm"
    assert query_words("how to say no") == ["say", "no"]
    assert query_words("the") == ["the"]


def test_the_longest_query_is_compared_with_few_words(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[object] = []

    class Counted(SequenceMatcher[str]):
        def ratio(self) -> float:
            compared.append(self)
            return super().ratio()

    monkeypatch.setattr("ladder.search.search.SequenceMatcher", Counted)
    asked = "priortisatin roadmaping mentring coching stratgy discvery delivry analtics comunicaton "
    nearest = search(LADDER, asked * 2).nearest
    assert nearest is not None
    assert nearest.title == "Prioritisation and roadmapping"
    # Ten words asked, and hundreds in the ladder: all pairs would be thousands.
    assert len(compared) < 100
