"""Search over the compiled ladder: what is found, in which order, and what does no harm."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from ladder.search.entries import entries_of
from ladder.search.search import Found, Hit, search
from ladder.search.words import phrase, query_words, stem, words
from tests.factories import shipped_ladder

LADDER = shipped_ladder()


def find(query: str) -> Found:
    return search(LADDER, query)


def first(query: str) -> Hit:
    found = find(query)
    assert found.hits, f"nothing found for {query!r}"
    return found.hits[0]


# Query, kind and title of what comes first: endings, spellings, slips; then everything else that the ladder holds.
FIRST = """
prioritising | competency | Prioritisation and roadmapping
prioritize | competency | Prioritisation and roadmapping
STAKEHOLDERS | competency | Stakeholder management
stakeholdr managment | competency | Stakeholder management
storyteling | competency | Storytelling and executive communication
disocvery | competency | Discovery and problem framing
mentor | competency | Mentoring and coaching
p&l | competency | Business acumen
cac/ltv | competency | Business acumen
AB test | competency | Data and experimentation
a/b testing | competency | Data and experimentation
people manager | track | People manager
growth pm | specialisation | Growth PM
machine learning pm | specialisation | AI/ML PM
software engineer | way-in | From engineering
scrum master | way-in | From project or program management
quality assurance | way-across | Quality assurance (QA)
fractional cpo | beyond | Fractional CPO or consultant
head of product | level | Director of Product
how long to senior | question | How long does it take to become a Senior PM?
computer science degree | question | Do I need a degree in computer science?
five levels | scheme | Five levels
owning | scale | Owning
"""


def test_finds_first() -> None:
    rows = [line.split(" | ") for line in FIRST.strip().splitlines()]
    assert [[query, (hit := first(query)).entry.kind, hit.entry.title] for query, _, _ in rows] == rows


def test_every_term_finds_its_competency_first() -> None:
    terms = [(item.slug, term) for item in LADDER.competencies for term in (item.name, *item.terms)]
    hits = [(first(term).entry, slug, term) for slug, term in terms]
    assert [row for row in hits if (row[0].kind, row[0].slug) != ("competency", row[1])] == []


def test_every_title_finds_a_level_that_bears_it_first() -> None:
    names = {level.slug: {level.title, *level.aliases} for level in LADDER.levels}
    for name in sorted(set().union(*names.values())):
        entry = first(name).entry
        assert entry.kind == "level", name
        assert name in names[entry.slug]


def test_every_text_of_a_kind_is_found_by_its_own_words() -> None:
    """All stand in the index; of the many anchors, actions and milestones one in five is asked for."""
    held = {text for entry in entries_of(LADDER) for text in (entry.text, entry.title)}
    kinds = {
        "anchor": [anchor for item in LADDER.competencies for anchor in item.anchors],
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
            found = [hit.entry for hit in find(text[:200]).hits if hit.entry.kind == kind]
            assert any(text in {entry.text, entry.title} for entry in found), text


def test_a_hit_knows_its_place() -> None:
    anchor = next(item for item in LADDER.competencies if item.slug == "strategy").anchors[3]
    hit = next(hit for hit in find(anchor).hits if hit.entry.kind == "anchor")
    assert (hit.entry.view, hit.entry.slug, hit.entry.fragment, hit.entry.step) == (
        "show_competency",
        "strategy",
        "step-4",
        4,
    )
    assert hit.entry.under == "Vision and strategy"


def test_what_was_asked_is_marked_and_nothing_is_lost() -> None:
    hit = first("roadmap")
    assert [part.text for part in hit.excerpt if part.hit] == ["roadmap"]
    assert "".join(part.text for part in hit.title) == hit.entry.title


def test_a_name_that_is_not_in_the_title_is_told() -> None:
    assert first("unit economics").also == "unit economics"
    assert not first("customer insight").also


def test_all_words_must_be_there_or_the_page_says_so() -> None:
    whole = find("pricing experiment")
    assert whole.complete
    part = find("how to become senior in fintech")
    assert not part.complete
    assert part.hits
    assert not find("zyzzyva quagga").hits


def test_a_slip_never_beats_the_word_itself() -> None:
    # "culture" and "venture", "team" and "term": real words are taken as they are.
    assert all("team" in (hit.entry.text + hit.entry.title + hit.also).lower() for hit in find("team").hits)


def test_hostile_and_empty_queries_are_answered_at_once() -> None:
    for query in ("", "   ", "\0", "🚀", "!!!", "a" * 10_000, "the " * 5_000, "\ud800", "<script>"):
        started = time.perf_counter()
        found = find(query)
        assert time.perf_counter() - started < 1, query
        assert len(found.hits) <= 30


@settings(max_examples=60, deadline=2000)
@given(st.text(max_size=300))
def test_any_text_is_a_query(query: str) -> None:
    found = find(query)
    scores = [hit.score for hit in found.hits]
    assert scores == sorted(scores, reverse=True)
    assert found.hits == find(query).hits


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
