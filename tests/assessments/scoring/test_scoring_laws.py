"""The laws of scoring, on random small ladders and against a second, naive reading of the rule."""

import itertools
import json
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.scoring.rule import compare_raters, is_settled, question_order, score
from assessments.scoring.values import Answer, Move, ScoringLadder, ScoringPolicy, Verdict
from tests.assessments.scoring.small_frameworks import (
    IC,
    MANAGER,
    POLICY,
    answers_to,
    exactly,
    ladder_versions,
    pm_framework,
    table_framework,
)

PM = pm_framework()

# Not by the clock: a slow machine should not turn a law red.
laws = settings(max_examples=80, deadline=None)
few = settings(max_examples=40, deadline=None)
SPECIALISATIONS = st.sampled_from([None, "special"])
# A ladder and answers to it; and those with one or more unknowns rated.
type Case = tuple[ScoringLadder, dict[str, Answer]]
type Fuller = tuple[ScoringLadder, dict[str, Answer], dict[str, Answer]]


@st.composite
def cases(draw: st.DrawFn, most: int = 5, *, complete: bool = False) -> Case:
    """Draw a framework and answers to it."""
    ladder_version = draw(ladder_versions(most))
    return ladder_version, draw(answers_to(ladder_version, complete=complete))


@st.composite
def fuller(draw: st.DrawFn) -> Fuller:
    """Draw answers and the same with one or more unknowns rated."""
    ladder_version, before = draw(cases())
    unknown = [name for name in ladder_version.competencies if not isinstance(before.get(name), int)]
    more: dict[str, Answer] = {name: draw(st.integers(0, 5)) for name in unknown if draw(st.booleans())}
    return ladder_version, before, before | more


# The rule once more, word by word and without any of the module's helpers.


def expected(ladder_version: ScoringLadder, level: str, competency: str, special: str | None) -> tuple[int, int]:
    """Return (step, weight) with the specialisation added."""
    asked = ladder_version.expectations[level][competency]
    bonus = ladder_version.specialisations[special].get(competency) if special else None
    if bonus is None or asked.weight == 0:
        return asked.step, asked.weight
    return min(5, asked.step + bonus), max(asked.weight, 2)


def naive(
    ladder_version: ScoringLadder, level: str, steps: Mapping[str, int], special: str | None = None
) -> tuple[Fraction, Verdict]:
    """Return readiness and verdict of complete steps."""
    asked = {name: expected(ladder_version, level, name, special) for name in ladder_version.competencies}
    full = sum(weight * step for step, weight in asked.values())
    earned = sum((Fraction(weight) * min(steps[name], step) for name, (step, weight) in asked.items()), Fraction(0))
    readiness = earned / full if full else Fraction(1)
    short = [step - steps[name] for name, (step, weight) in asked.items() if weight == 3 and steps[name] < step]
    policy = ladder_version.policy
    if not short and readiness >= policy.meets_at:
        return readiness, Verdict.MEETS
    if readiness < policy.close_at or len(short) > policy.close_max_blockers:
        return readiness, Verdict.NOT_YET
    return readiness, Verdict.NOT_YET if any(gap > policy.close_max_short for gap in short) else Verdict.CLOSE


def naive_place(ladder_version: ScoringLadder, track: str, steps: Mapping[str, int], special: str | None = None) -> int:
    """Return how many levels of the track's path are met without a break."""
    path = ladder_version.paths[track]
    met = [naive(ladder_version, level, steps, special)[1] is Verdict.MEETS for level in path]
    return (*met, False).index(False)


def filled(ladder_version: ScoringLadder, answers: Mapping[str, Answer], unknown: int) -> dict[str, int]:
    """Return complete steps with every unknown at one step."""
    return {
        name: answer if isinstance(answer := answers.get(name), int) else unknown
        for name in ladder_version.competencies
    }


def completions(ladder_version: ScoringLadder, answers: Mapping[str, Answer]) -> Iterator[dict[str, int]]:
    """Yield every way to answer what is unknown."""
    choices = [
        (answer,) if isinstance(answer := answers.get(name), int) else range(6) for name in ladder_version.competencies
    ]
    for steps in itertools.product(*choices):
        yield dict(zip(ladder_version.competencies, steps, strict=True))


def height(ladder_version: ScoringLadder, track: str, place: str | None) -> int:
    """Return a place as the count of levels climbed."""
    return 0 if place is None else ladder_version.paths[track].index(place) + 1


@laws
@given(cases(), SPECIALISATIONS)
def test_both_ends_are_the_rule_with_unknowns_at_0_and_at_5_and_stand_in_order(case: Case, special: str | None) -> None:
    ladder_version, answers = case
    result = score(ladder_version, answers, specialisation=special)
    low, high = filled(ladder_version, answers, 0), filled(ladder_version, answers, 5)
    for slug, level in result.levels.items():
        assert (level.readiness.low, level.verdict.low) == naive(ladder_version, slug, low, special)
        assert (level.readiness.high, level.verdict.high) == naive(ladder_version, slug, high, special)
        assert 0 <= level.readiness.low <= level.readiness.high <= 1
        assert level.verdict.low <= level.verdict.high
    for track, place in result.places.items():
        assert height(ladder_version, track, place.low) == naive_place(ladder_version, track, low, special)
        assert height(ladder_version, track, place.high) == naive_place(ladder_version, track, high, special)


@laws
@given(cases(), st.data())
def test_raising_a_step_lowers_nothing(case: Case, data: st.DataObject) -> None:
    ladder_version, answers = case
    name = data.draw(st.sampled_from(ladder_version.competencies))
    lower, upper = sorted((data.draw(st.integers(0, 5)), data.draw(st.integers(0, 5))))
    before, after = score(ladder_version, answers | {name: lower}), score(ladder_version, answers | {name: upper})
    for end in ("low", "high"):
        for slug in ladder_version.levels:
            one, two = before.levels[slug], after.levels[slug]
            assert getattr(one.readiness, end) <= getattr(two.readiness, end)
            assert getattr(one.verdict, end) <= getattr(two.verdict, end)
        for track in ladder_version.paths:
            heights = [height(ladder_version, track, getattr(it.places[track], end)) for it in (before, after)]
            assert heights == sorted(heights)


@laws
@given(fuller(), SPECIALISATIONS)
def test_a_fuller_answer_stays_inside_the_range_shown_before(case: Fuller, special: str | None) -> None:
    ladder_version, answers, more = case
    before, after = (score(ladder_version, given_, specialisation=special) for given_ in (answers, more))
    for slug in ladder_version.levels:
        wide, narrow = before.levels[slug], after.levels[slug]
        assert wide.readiness.low <= narrow.readiness.low <= narrow.readiness.high <= wide.readiness.high
        assert wide.verdict.low <= narrow.verdict.low <= narrow.verdict.high <= wide.verdict.high
        if wide.verdict.settled:
            assert narrow.verdict == wide.verdict
    for track in ladder_version.paths:
        outer, inner = before.places[track], after.places[track]
        heights = [height(ladder_version, track, place) for place in (outer.low, inner.low, inner.high, outer.high)]
        assert heights == sorted(heights)


@few
@given(cases(most=3))
def test_a_range_is_as_narrow_as_it_can_be(case: Case) -> None:
    """Over all ways to answer the rest, the least and the greatest outcome are the two ends."""
    ladder_version, answers = case
    result = score(ladder_version, answers)
    ways = list(completions(ladder_version, answers))
    for slug, level in result.levels.items():
        outcomes = [naive(ladder_version, slug, steps) for steps in ways]
        readiness = [share for share, _ in outcomes]
        verdicts = [verdict.rank for _, verdict in outcomes]
        assert (min(readiness), max(readiness)) == (level.readiness.low, level.readiness.high)
        assert (min(verdicts), max(verdicts)) == (level.verdict.low.rank, level.verdict.high.rank)


@laws
@given(fuller(), SPECIALISATIONS, st.sampled_from([None, "low", "left", "right"]), st.booleans())
def test_settled_stays_settled(case: Fuller, special: str | None, held: str | None, both: bool) -> None:
    ladder_version, answers, more = case
    targets = ("left", "right") if both else None
    before = score(ladder_version, answers, held=held, targets=targets, specialisation=special)
    aims = [*([held] if held else []), *before.targets]
    told = is_settled(ladder_version, answers, held, targets, special)
    assert told == (bool(aims) and all(before.levels[slug].verdict.settled for slug in aims))
    if told:
        assert is_settled(ladder_version, more, held, targets, special)
        after = score(ladder_version, more, held=held, targets=targets, specialisation=special)
        assert all(after.levels[slug].verdict == before.levels[slug].verdict for slug in aims)


@laws
@given(cases(), SPECIALISATIONS)
def test_surplus_never_helps(case: Case, special: str | None) -> None:
    """A level sees of each step no more than it asks, so cutting off the surplus changes nothing there."""
    ladder_version, answers = case
    result = score(ladder_version, answers, specialisation=special)
    for slug in ladder_version.levels:
        cut: dict[str, Answer] = {
            name: min(answer, expected(ladder_version, slug, name, special)[0]) if isinstance(answer, int) else answer
            for name, answer in answers.items()
        }
        level = score(ladder_version, cut, specialisation=special).levels[slug]
        assert (level.readiness, level.verdict) == (result.levels[slug].readiness, result.levels[slug].verdict)
        assert (level.blockers, level.not_rated) == (result.levels[slug].blockers, result.levels[slug].not_rated)


@laws
@given(ladder_versions(), SPECIALISATIONS)
def test_exactly_what_a_level_asks_meets_it_and_all_below(ladder_version: ScoringLadder, special: str | None) -> None:
    bonus = ladder_version.specialisations[special] if special else {}
    for path in ladder_version.paths.values():
        for count, slug in enumerate(path, start=1):
            levels = score(ladder_version, exactly(ladder_version, slug, bonus), specialisation=special).levels
            assert levels[slug].readiness.low == 1
            assert all(levels[lower].verdict.low is Verdict.MEETS for lower in path[:count])


@st.composite
def short_of_one_level(draw: st.DrawFn) -> Case:
    """Draw one level with all weights and answers mostly below what it asks, so that there is a way to go.

    Random ladders are met too often or by must-haves alone: on them a wrong choice among the light gaps went unseen.
    """
    rows, answers = [], dict[str, Answer]()
    for name in "abcd"[: draw(st.integers(2, 4))]:
        step = draw(st.integers(2, 5))
        rows.append(f"{name} | {draw(st.sampled_from(['{}*', '{}', '({})'])).format(step)}")
        if draw(st.integers(0, 5)):  # one in six stays open
            answers[name] = draw(st.one_of(st.integers(0, step - 1), st.integers(0, step - 1), st.integers(step, 5)))
    meets_at = draw(st.fractions(Fraction(1, 2), Fraction(1), max_denominator=20))
    policy = draw(st.sampled_from([POLICY, ScoringPolicy(meets_at, Fraction(1, 2), 1, 1)]))
    return table_framework("\n".join(["competency | only", *rows]), policy), answers


@given(
    st.one_of(
        st.tuples(short_of_one_level(), st.just("only"), st.none()),
        st.tuples(cases(most=4), st.sampled_from(["low", "left-top", "right"]), SPECIALISATIONS),
    )
)
@settings(max_examples=120, deadline=None)
def test_the_shortest_way_reaches_the_level_and_no_shorter_one_does(drawn: tuple[Case, str, str | None]) -> None:
    (ladder_version, answers), target, special = drawn
    way = score(ladder_version, answers, targets=(target,), specialisation=special).targets[target].shortest_way
    start = filled(ladder_version, answers, 5)
    rated = [name for name in ladder_version.competencies if isinstance(answers.get(name), int)]
    for step in way:
        assert step.competency in rated
        assert start[step.competency] == step.from_step < step.to_step
        assert step.to_step <= expected(ladder_version, target, step.competency, special)[0]
    assert len({step.competency for step in way}) == len(way)
    end = start | {step.competency: step.to_step for step in way}
    assert naive(ladder_version, target, end, special)[1] is Verdict.MEETS

    length = sum(step.to_step - step.from_step for step in way)
    for steps in itertools.product(*(range(start[name], 6) for name in rated)):
        if sum(steps) - sum(start[name] for name in rated) < length:
            other = start | dict(zip(rated, steps, strict=True))
            assert naive(ladder_version, target, other, special)[1] is not Verdict.MEETS


@laws
@given(cases(), st.sampled_from(["left", "left-top", "right"]), SPECIALISATIONS)
def test_a_target_sorts_what_it_asks_for(case: Case, target: str, special: str | None) -> None:
    """Each competency asked for is in just one of: gap, met to the point, strength, no chance, unanswered."""
    ladder_version, answers = case
    result = score(ladder_version, answers, held="low", targets=(target,), specialisation=special)
    found = result.targets[target]
    asked = [name for name in ladder_version.competencies if expected(ladder_version, target, name, special)[1]]
    met = [name for name in asked if answers.get(name) == expected(ladder_version, target, name, special)[0]]
    listed = [
        *(gap.competency for gap in found.gaps),
        *met,
        *(strength.competency for strength in found.strengths),
        *found.exposure,
        *found.unanswered,
    ]
    assert sorted(listed) == sorted(asked)
    keys = [(not gap.must_have, -gap.weight * gap.gap, asked.index(gap.competency)) for gap in found.gaps]
    assert keys == sorted(keys)
    surplus = [(-strength.surplus, asked.index(strength.competency)) for strength in found.strengths]
    assert surplus == sorted(surplus)
    assert {gap.competency for gap in found.gaps if gap.must_have} == set(result.levels[target].blockers)
    order = question_order(ladder_version, "low", (target,), special)
    assert sorted(order) == sorted(ladder_version.competencies)
    assert found.settles == tuple(name for name in order if name in {*found.exposure, *found.unanswered})


@laws
@given(cases(), st.sampled_from([("left", IC), ("right", MANAGER)]), SPECIALISATIONS)
def test_firmness_names_just_the_moves_that_change_the_place(
    case: Case, target: tuple[str, str], special: str | None
) -> None:
    ladder_version, answers = case
    slug, track = target

    def place(given_: Mapping[str, Answer]) -> str | None:
        return score(ladder_version, given_, specialisation=special).places[track].low

    moves = [
        Move(name, step, place(answers | {name: step}))
        for name in ladder_version.competencies
        if isinstance(answer := answers.get(name), int)
        for step in (answer - 1, answer + 1)
        if 0 <= step <= 5
    ]
    firmness = score(ladder_version, answers, targets=(slug,), specialisation=special).firmness
    assert firmness.track == track
    assert list(firmness.moved_by) == [move for move in moves if move.place != place(answers)]


@few
@given(cases(), st.randoms(use_true_random=False), SPECIALISATIONS)
def test_the_order_of_the_answers_does_not_matter_and_the_same_gives_the_same(
    case: Case, random: Any, special: str | None
) -> None:
    ladder_version, answers = case
    shuffled = list(answers.items())
    random.shuffle(shuffled)
    documents = [
        json.dumps(score(ladder_version, given_, held="low", specialisation=special).as_json(with_terms=True))
        for given_ in (answers, answers, dict(shuffled))
    ]
    assert documents[0] == documents[1] == documents[2]


@few
@given(cases(), SPECIALISATIONS)
def test_json_round_trips_and_its_terms_give_the_readiness_again(case: Case, special: str | None) -> None:
    ladder_version, answers = case
    document = score(ladder_version, answers, held="low", specialisation=special).as_json(with_terms=True)
    assert json.loads(json.dumps(document)) == document
    for level in document["levels"].values():
        asked = sum(term["asked"] for term in level["terms"])
        for end in ("low", "high"):
            earned = sum(term["credit"][end] for term in level["terms"])
            assert Fraction(level["readiness"][end]) == (Fraction(earned, asked) if asked else 1)


@few
@given(answers_to(PM, complete=True), answers_to(PM, complete=True))
def test_kappa_is_the_textbooks(own: dict[str, Answer], other: dict[str, Answer]) -> None:
    """Cohen's kappa from its six by six tables: observed shares, shares by chance, weights (i - j)²."""
    pairs = [(own[name], other[name]) for name in PM.competencies]
    cells = list(itertools.product(range(6), repeat=2))
    observed = sum(Fraction((i - j) ** 2 * pairs.count((i, j)), 25) for i, j in cells)
    mine, theirs = [own[name] for name in own], [other[name] for name in other]
    by_chance = sum(Fraction((i - j) ** 2 * mine.count(i) * theirs.count(j), 25 * 25) for i, j in cells)
    agreement = compare_raters(own, other, PM)
    assert agreement.kappa == (1 - observed / by_chance if by_chance else None)
    assert compare_raters(other, own, PM).kappa == agreement.kappa


@few
@given(answers_to(PM), st.sampled_from([None, *PM.levels]), st.sampled_from([None, *PM.specialisations]))
def test_the_built_in_ladder_agrees_with_the_naive_reading(
    answers: dict[str, Answer], held: str | None, special: str | None
) -> None:
    result = score(PM, answers, held=held, specialisation=special)
    for slug, level in result.levels.items():
        assert (level.readiness.low, level.verdict.low) == naive(PM, slug, filled(PM, answers, 0), special)
        assert (level.readiness.high, level.verdict.high) == naive(PM, slug, filled(PM, answers, 5), special)
    for slug, target in result.targets.items():
        end = filled(PM, answers, 5) | {step.competency: step.to_step for step in target.shortest_way}
        assert naive(PM, slug, end, special)[1] is Verdict.MEETS
