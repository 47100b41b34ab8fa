"""The laws of scoring, on random small ladders and against a second, naive reading of the rule."""

import itertools
import json
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.scoring.raters import compare_raters
from assessments.scoring.rule import is_named, score
from assessments.scoring.values import Answer, Move, ScoringLadder, ScoringPolicy, Verdict
from tests.assessments.scoring.small_frameworks import (
    IC,
    MANAGER,
    POLICY,
    answers_to,
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
def cases(draw: st.DrawFn, most: int = 5, top: int = 9, *, complete: bool = False) -> Case:
    """Draw a ladder and answers to it."""
    ladder_version = draw(ladder_versions(most, top))
    return ladder_version, draw(answers_to(ladder_version, complete=complete))


@st.composite
def fuller(draw: st.DrawFn) -> Fuller:
    """Draw answers and the same with one or more unknowns rated."""
    ladder_version, before = draw(cases())
    unknown = [name for name in ladder_version.competencies if not isinstance(before.get(name), int)]
    more: dict[str, Answer] = {
        name: draw(st.sampled_from((0, *ladder_version.described[name]))) for name in unknown if draw(st.booleans())
    }
    return ladder_version, before, before | more


# The rule once more, word by word and without any of the module's helpers.


def expected(ladder_version: ScoringLadder, level: str, competency: str, special: str | None) -> tuple[int, int]:
    """Return (step, weight) with the specialisation added."""
    asked = ladder_version.expectations[level][competency]
    bonus = ladder_version.specialisations[special].get(competency) if special else None
    if bonus is None or asked.weight == 0:
        return asked.step, asked.weight
    higher = [step for step in ladder_version.described[competency] if step >= asked.step]
    return higher[min(bonus, len(higher) - 1)], max(asked.weight, 2)


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
    """Return how high the highest level of the track's path that is met stands; 0 for none."""
    met = [
        number
        for number, level in enumerate(ladder_version.paths[track], 1)
        if naive(ladder_version, level, steps, special)[1] is Verdict.MEETS
    ]
    return max(met, default=0)


def filled(ladder_version: ScoringLadder, answers: Mapping[str, Answer], unknown: int) -> dict[str, int]:
    """Return complete steps with every unknown at one step."""
    return {
        name: answer if isinstance(answer := answers.get(name), int) else unknown
        for name in ladder_version.competencies
    }


def height(ladder_version: ScoringLadder, track: str, place: str | None) -> int:
    """Return a place as its height on the path, 0 for before the first."""
    return 0 if place is None else ladder_version.paths[track].index(place) + 1


@laws
@given(cases(), SPECIALISATIONS)
def test_both_ends_are_the_rule_with_unknowns_at_0_and_at_n_and_stand_in_order(case: Case, special: str | None) -> None:
    ladder_version, answers = case
    result = score(ladder_version, answers, specialisation=special)
    low, high = filled(ladder_version, answers, 0), filled(ladder_version, answers, ladder_version.steps)
    for slug, level in result.levels.items():
        assert (level.readiness.low, level.verdict.low) == naive(ladder_version, slug, low, special)
        assert (level.readiness.high, level.verdict.high) == naive(ladder_version, slug, high, special)
        assert 0 <= level.readiness.low <= level.readiness.high <= 1
        assert level.verdict.low <= level.verdict.high
    for track, place in result.places.items():
        lowest, highest = (naive_place(ladder_version, track, steps, special) for steps in (low, high))
        assert (height(ladder_version, track, place.low), height(ladder_version, track, place.high)) == (
            lowest,
            highest,
        )
        assert place.named == (highest - lowest <= 1)
        below = ladder_version.paths[track][: max(lowest - 1, 0)]
        unmet = [slug for slug in below if naive(ladder_version, slug, low, special)[1] is not Verdict.MEETS]
        short = [slug for slug in unmet if naive(ladder_version, slug, high, special)[1] is not Verdict.MEETS]
        assert (list(place.holes), [*place.unsettled]) == (short, [slug for slug in unmet if slug not in short])


@laws
@given(cases(), SPECIALISATIONS, st.sampled_from(["low", "left", "left-top", "right"]))
def test_so_far_is_the_place_if_the_rest_is_as_the_level_held_asks(case: Case, special: str | None, held: str) -> None:
    ladder_version, answers = case
    asked = {name: expected(ladder_version, held, name, special) for name in ladder_version.competencies}
    said = [name for name in asked if isinstance(answers.get(name), int)]
    is_ready = said and all(name in answers for name, (_step, weight) in asked.items() if weight == 3)
    steps = {name: int(answers[name]) if name in said else step for name, (step, _weight) in asked.items()}
    for track, place in score(ladder_version, answers, held=held, specialisation=special).places.items():
        if place.named or not is_ready:
            assert place.so_far is None
            continue
        at = naive_place(ladder_version, track, steps, special)
        assert place.so_far == (ladder_version.paths[track][at - 1] if at else "before-first")
        assert height(ladder_version, track, place.low) <= at <= height(ladder_version, track, place.high)


@laws
@given(cases(), SPECIALISATIONS)
def test_raising_a_step_lowers_nothing(case: Case, special: str | None) -> None:
    ladder_version, answers = case
    before = score(ladder_version, answers, specialisation=special)
    for name, answer in answers.items():
        if not isinstance(answer, int) or not (higher := ladder_version.above(name, answer)):
            continue
        after = score(ladder_version, answers | {name: higher}, specialisation=special)
        for slug, level in before.levels.items():
            assert level.readiness.low <= after.levels[slug].readiness.low
            assert level.readiness.high <= after.levels[slug].readiness.high
            assert level.verdict.low <= after.levels[slug].verdict.low
            assert level.verdict.high <= after.levels[slug].verdict.high
        for track, place in before.places.items():
            now = after.places[track]
            assert height(ladder_version, track, place.low) <= height(ladder_version, track, now.low)
            assert height(ladder_version, track, place.high) <= height(ladder_version, track, now.high)


@laws
@given(cases(), SPECIALISATIONS, st.sampled_from([None, "low", "left", "right"]), st.booleans())
def test_advice_is_about_the_level_right_after_the_place(
    case: Case, special: str | None, held: str | None, chosen: bool
) -> None:
    ladder_version, answers = case
    result = score(
        ladder_version, answers, held=held, targets=("right", "left-top") if chosen else (), specialisation=special
    )
    lows = {track: place.low for track, place in result.places.items()}
    bands = {track: ladder_version.bands[low] if low else 0 for track, low in lows.items()}
    higher = MANAGER if bands[MANAGER] > bands[IC] else IC
    assert result.held == (held or lows[higher] or "low")
    assert result.wishes == (("right", "left-top") if chosen else ladder_version.next_levels.get(result.held, ()))
    first = (*result.wishes, result.held)[0]
    assert result.track == result.firmness.track == (higher if first == "low" else ladder_version.track_of[first])
    aims: list[str] = []
    for wish in result.wishes or (result.held,):
        track = MANAGER if wish == "right" else IC
        path, place = ladder_version.paths[track], result.places[track]
        stands = height(ladder_version, track, place.low)
        if not place.named:
            if place.so_far is None:
                aims.append(wish)
                continue
            stands = height(ladder_version, track, None if place.so_far == "before-first" else place.so_far)
        if stands < len(path):
            aims.append(path[stands])
            continue
        for slug in ladder_version.crossings.get(path[-1], ()):
            other = ladder_version.track_of[slug]
            is_above = height(ladder_version, other, slug) > height(ladder_version, other, lows[other])
            if is_above and result.levels[slug].verdict.low is not Verdict.MEETS:
                aims.append(slug)
    assert result.aims == tuple(dict.fromkeys(aims))
    assert list(result.targets) == list(dict.fromkeys((*aims, *result.wishes)))


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


@laws
@given(fuller(), SPECIALISATIONS, st.sampled_from([None, "low", "left", "right"]), st.booleans())
def test_whether_a_place_is_named_is_as_the_score_says(
    case: Fuller, special: str | None, held: str | None, both: bool
) -> None:
    ladder_version, answers, more = case
    targets = ("left", "right") if both else None
    for given_ in (answers, more):
        place = score(ladder_version, given_, held=held, targets=targets, specialisation=special).place
        is_rated = any(isinstance(answer, int) for answer in given_.values())
        assert is_named(ladder_version, given_, held, targets, special) == (is_rated and place.named)


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
        st.tuples(cases(most=4, top=5), st.sampled_from(["low", "left-top", "right"]), SPECIALISATIONS),
    )
)
@settings(max_examples=120, deadline=None)
def test_the_shortest_way_reaches_the_level_and_no_shorter_one_does(drawn: tuple[Case, str, str | None]) -> None:
    (ladder_version, answers), target, special = drawn
    way = score(ladder_version, answers, targets=(target,), specialisation=special).targets[target].shortest_way
    start = filled(ladder_version, answers, ladder_version.steps)
    rated = [name for name in ladder_version.competencies if isinstance(answers.get(name), int)]
    for step in way:
        assert step.competency in rated
        assert start[step.competency] == step.from_step < step.to_step
        assert step.to_step <= expected(ladder_version, target, step.competency, special)[0]
    assert len({step.competency for step in way}) == len(way)
    end = start | {step.competency: step.to_step for step in way}
    assert naive(ladder_version, target, end, special)[1] is Verdict.MEETS

    def raises(name: str, to: int) -> int:
        return sum(start[name] < step <= to for step in ladder_version.described[name])

    # With steps left out, one raise may earn more than another of the same weight: fewest by hand would be a search.
    if any(len(described) < ladder_version.steps for described in ladder_version.described.values()):
        return
    length = sum(raises(step.competency, step.to_step) for step in way)
    for steps in itertools.product(*(range(start[name], ladder_version.steps + 1) for name in rated)):
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
    assert {gap.competency for gap in found.gaps if gap.must_have} == set(result.levels[target].must_haves.short)
    must_haves = [name for name in asked if expected(ladder_version, target, name, special)[1] == 3]
    parted = result.levels[target].must_haves
    assert sorted((*parted.met, *parted.short, *parted.not_rated)) == sorted(must_haves)
    assert set(parted.not_rated) == {name for name in must_haves if not isinstance(answers.get(name), int)}
    assert sorted(found.settles) == sorted((*found.exposure, *found.unanswered))

    def turn(name: str) -> tuple[bool, ...]:
        ahead = [expected(ladder_version, slug, name, special)[1] for slug in result.aims]
        wished = max(expected(ladder_version, slug, name, special)[1] for slug in result.wishes)
        return (expected(ladder_version, "low", name, special)[1] != 3, 3 not in ahead, -wished)  # type: ignore[return-value]

    assert list(found.settles) == sorted(found.settles, key=lambda name: (turn(name), asked.index(name)))


@laws
@given(cases(), st.sampled_from([("left", IC), ("right", MANAGER)]), SPECIALISATIONS)
def test_firmness_names_the_moves_that_change_the_place(
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
        for step in (
            *[step for step in (0, *ladder_version.described[name]) if step < answer][-1:],
            *[step for step in ladder_version.described[name] if step > answer][:1],
        )
    ]
    firmness = score(ladder_version, answers, targets=(slug,), specialisation=special).firmness
    assert firmness.track == track
    assert list(firmness.moved_by) == [move for move in moves if move.place != place(answers)]


@few
@given(cases(), st.randoms(use_true_random=False), SPECIALISATIONS)
def test_neither_order_nor_time_changes_the_result(case: Case, random: Any, special: str | None) -> None:
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
def test_our_ladder_agrees_with_it_too(answers: dict[str, Answer], held: str | None, special: str | None) -> None:
    result = score(PM, answers, held=held, specialisation=special)
    for slug, level in result.levels.items():
        assert (level.readiness.low, level.verdict.low) == naive(PM, slug, filled(PM, answers, 0), special)
        assert (level.readiness.high, level.verdict.high) == naive(PM, slug, filled(PM, answers, PM.steps), special)
    for slug, target in result.targets.items():
        end = filled(PM, answers, PM.steps) | {step.competency: step.to_step for step in target.shortest_way}
        assert naive(PM, slug, end, special)[1] is Verdict.MEETS
