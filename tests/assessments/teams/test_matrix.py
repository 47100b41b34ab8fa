"""The matrix from plain values: cells against the own level, order, choice, and what a group can do. No database."""

import datetime
import uuid

from assessments.scoring.values import NO_CHANCE, Answer
from assessments.teams import words
from assessments.teams.group_figures import Coaching, area_shares, coachings, common_gaps, moves, strengths
from assessments.teams.matrix import (
    CellKind,
    GivenAnswers,
    Matrix,
    Person,
    Row,
    Status,
    kind_of,
    row_of,
)
from assessments.teams.queries import Side
from ladder.rubric import Rubric
from tests.factories import exact_profile, shipped_ladder

RUBRIC = Rubric(ladder=shipped_ladder(), version=1)
DAY = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)


def person(
    name: str, answers: dict[str, Answer] | None = None, *, held: str = "pm", day: int = 0, coach: bool = False
) -> Row:
    """A row; answers are what the level asks, with some changed. None: nothing to see."""
    at = DAY + datetime.timedelta(days=day)
    said = None if answers is None else GivenAnswers({**exact_profile(held), **answers}, at, RUBRIC, held)
    return row_of(
        Person(
            id=uuid.uuid5(uuid.NAMESPACE_DNS, name),
            name=name,
            status=Status.READ if said else Status.NOT_SHARED,
            held=held,
            said=said,
            last=at if said else None,
            offers_coaching=coach,
        ),
        RUBRIC,
    )


def test_a_step_against_what_is_asked() -> None:
    kinds: dict[CellKind, list[tuple[Answer | None, int | None]]] = {
        CellKind.ABOVE: [(4, 3)],
        CellKind.AT: [(3, 3), (0, 0)],
        CellKind.ONE_SHORT: [(2, 3)],
        CellKind.MORE_SHORT: [(1, 3), (0, 5)],
        CellKind.NOT_ASKED: [(3, None)],
        CellKind.NO_CHANCE: [(NO_CHANCE, 3)],
        CellKind.OPEN: [(None, 3)],
    }
    for kind, pairs in kinds.items():
        assert {kind_of(*pair) for pair in pairs} == {kind}
    # The sign says what the colour says, and there is always the number.
    assert [kind.sign for kind in CellKind] == ["+", "", "−", "−−", "", "", ""]
    row = person("Ada", {"data": 5, "discovery": 0, "delivery": NO_CHANCE})
    assert list(row.cells) == list(RUBRIC.competencies)
    assert [row.cells[slug].text for slug in ("data", "discovery", "delivery")] == ["5", "0", "n"]
    # What a level does not ask is no gap.
    assert RUBRIC.expectation("apm", "portfolio").weight == 0
    assert person("Ada", {"portfolio": 0}, held="apm").cells["portfolio"].kind == CellKind.NOT_ASKED


def test_a_specialisation_raises_what_is_asked() -> None:
    special = next(item for item in shipped_ladder().specialisations if item.adds)
    slug, bonus = next((slug, bonus) for slug, bonus in special.adds.items() if RUBRIC.expectation("pm", slug).weight)
    said = GivenAnswers(exact_profile("pm"), DAY, RUBRIC, "pm", special.slug)
    row = row_of(Person(uuid.uuid4(), "Ada", Status.READ, said=said), RUBRIC)
    assert bonus > 0
    assert row.cells[slug].kind.is_short


def test_without_a_level_of_this_ladder_nothing_is_asked_and_nothing_is_short() -> None:
    for held in ("", "boss"):
        said = GivenAnswers({"data": 1}, DAY, RUBRIC)
        row = row_of(Person(uuid.uuid4(), "Ada", Status.READ, held=held, said=said), RUBRIC)
        assert {cell.kind for cell in row.cells.values()} == {CellKind.NOT_ASKED, CellKind.OPEN}
        assert held or row.level_title == ""


def test_who_is_asked_and_who_has_it() -> None:
    """Nobody carries alone what only one is asked."""
    rows = [person("Ada", {"data": 0}), person("Bo", {"data": 5}), person("Cy", {"data": NO_CHANCE}), person("Di")]
    item = strengths(rows, RUBRIC)["data"]
    assert (item.asked, item.met, item.short, item.sole) == (2, 1, 1, "Bo")
    assert strengths([person("Ada", {})], RUBRIC)["data"].sole == ""


def test_the_three_most_common_gaps_ties_in_the_ladders_order() -> None:
    low = {"strategy": 0, "data": 0, "discovery": 0, "delivery": 0}
    found = strengths([person("Ada", low), person("Bo", {"data": 0})], RUBRIC)
    order = [slug for slug in RUBRIC.competencies if slug in low and slug != "data"]
    assert [item.competency.slug for item in common_gaps(found)] == ["data", *order[:2]]


def test_coaches_offer_it_and_stand_two_steps_above_a_gap() -> None:
    asked = RUBRIC.expectation("pm", "data").step
    learner = person("Ada", {"data": asked - 1})
    rows = [
        learner,
        person("Bo", {"data": asked + 1}, coach=True),
        person("Cy", {"data": asked}, coach=True),
        person("Di", {"data": 5}),
    ]
    assert coachings(rows, RUBRIC) == [(RUBRIC.competencies["data"], [Coaching("Bo", ("Ada",))])]
    assert coachings([row for row in rows if row is not learner], RUBRIC) == []


def test_moves_count_the_same_people_only() -> None:
    area = RUBRIC.competencies["data"].area
    before = [person("Ada", {"data": 1, "ai-fluency": 3}), person("Bo", {"data": 0}), person("Cy", None)]
    now = [person("Ada", {"data": 3, "ai-fluency": 2}), person("Cy", {"data": 5}), person("Di", {"data": 5})]
    both, found = moves(before, now, RUBRIC)
    assert both == 1
    assert {item.area.slug: (item.up, item.down) for item in found if item.up or item.down} == {area: (2, 1)}
    unknown: dict[str, Answer] = {"data": NO_CHANCE}
    assert not any(item.up or item.down for item in moves([person("Ada", unknown)], [person("Ada", {})], RUBRIC)[1])
    assert moves(before, [], RUBRIC)[0] == 0


def test_shares_of_an_area() -> None:
    area = RUBRIC.competencies["data"].area
    shares = {item.slug: (met, asked) for item, met, asked in area_shares([person("Ada", {"data": 0})], RUBRIC)}
    met, asked = shares[area]
    assert met == asked - 1


def test_the_sentence_on_who_is_shown_reads_with_any_number() -> None:
    def said(shown: int, hidden: int, side: Side) -> str:
        people = [person(f"a{n}", {}) for n in range(shown)] + [person(f"b{n}") for n in range(hidden)]
        return words.who_is_shown(Matrix(RUBRIC, people), side)

    assert [said(n, 6 - n, Side.SHARED) for n in (0, 1, 2)] == [
        "None of six have shared results that are open to you.",
        "One of six has shared results that are open to you.",
        "Two of six have shared results that are open to you.",
    ]
    assert [said(n, 20 - n, Side.MINE) for n in (0, 1, 12)] == [
        "You have reviewed none of 20.",
        "You have reviewed one of 20.",
        "You have reviewed 12 of 20.",
    ]
    assert {said(0, 0, Side.SHARED), said(1, 0, Side.SHARED), said(0, 1, Side.MINE)} == {""}
