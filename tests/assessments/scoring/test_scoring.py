"""The scoring rule sentence by sentence, on cases small enough to work by hand.

What holds for any ladder and any answers (both ends, settled, surplus, firmness, kappa) stands in test_scoring_laws.py.
"""

import itertools
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from assessments.scoring.raters import compare_raters
from assessments.scoring.rule import asked_first, is_named, question_order, score
from assessments.scoring.values import Move, MustHaves, Place, Raise, Range, ScoringError, ScoringExpectation, Verdict
from ladder.document.kinds import MUST_HAVE
from tests.assessments.scoring.small_frameworks import IC, MANAGER, POLICY, exactly, pm_framework, table_framework

PM = pm_framework()

# 20 points at "one" (12 + 6 + 2), 30 at "two" (15 + 12 + 3).
SMALL = table_framework(
    """
    competency | one | two
    strategy   | 4*  | 5*
    data       | 3   | 4*
    portfolio  | (2) | (3)
    """
)


def apm_but(**changes: Any) -> dict[str, Any]:
    """Exactly what an APM is asked, with some answers changed; None leaves one open.

    39 points in all: two must-haves at 2 and one at 1 (15), nine competencies at 1 with weight 2 (18), six with weight
    1 (6). 34 of 39 is the first share from 85 % up, 28 of 39 the first from 70 %.
    """
    return exactly(PM, "apm") | {slug.replace("_", "-"): answer for slug, answer in changes.items()}


SUPPORTS = ("market_insight", "business_acumen", "go_to_market", "ai_fluency", "influence", "ambiguity")
NO_SUPPORT = dict.fromkeys(SUPPORTS, 0)

ONE_SUPPORT = NO_SUPPORT | {"influence": 1}

# Points of 39, the verdict, and what is answered otherwise than asked.
OF_39: list[tuple[int, str, dict[str, Any]]] = [
    (39, "meets", {}),
    (34, "meets", ONE_SUPPORT),
    (33, "close", NO_SUPPORT),  # one point below meets
    (36, "close", {"delivery": 1}),  # one must-have short by one
    (33, "close", {"delivery": 1, "initiative": 1}),
    (30, "not_yet", {"delivery": 1, "initiative": 1, "communication": 0}),  # three must-haves short
    (33, "not_yet", {"delivery": 0}),  # one must-have short by two
    (30, "not_yet", {"delivery": 1, "initiative": 0}),
    (28, "close", ONE_SUPPORT | {"data": 0, "outcomes": 0, "discovery": 0}),  # just above 70 %, no must-have short
    (27, "not_yet", NO_SUPPORT | {"data": 0, "outcomes": 0, "discovery": 0}),
]


class TestOneLevel:
    def test_readiness_and_verdict_of_a_complete_profile(self) -> None:
        for points, verdict, changes in OF_39:
            level = score(PM, apm_but(**changes)).levels["apm"]
            assert level.readiness == Range(Fraction(points, 39), Fraction(points, 39)), changes
            assert level.verdict == Range(Verdict(verdict), Verdict(verdict)), changes

    def test_shares_are_met_exactly_at_the_threshold(self) -> None:
        """17 of 20 is 85 % and 14 of 20 is 70 %, to the point."""
        flat = table_framework("c | one\na | 4*\nb | (5)\nd | (3)\n")
        assert score(flat, {"a": 4, "b": 5, "d": 0}).levels["one"].verdict.low is Verdict.MEETS
        assert score(flat, {"a": 4, "b": 4, "d": 0}).levels["one"].verdict.low is Verdict.CLOSE
        assert score(flat, {"a": 4, "b": 2, "d": 0}).levels["one"].verdict.low is Verdict.CLOSE
        assert score(flat, {"a": 4, "b": 1, "d": 0}).levels["one"].verdict.low is Verdict.NOT_YET

    def test_a_must_have_is_met_short_or_not_rated(self) -> None:
        level = score(PM, apm_but(delivery=1, communication="no_chance", initiative=None, data=0)).levels["apm"]
        assert level.must_haves == MustHaves(met=(), short=("delivery",), not_rated=("communication", "initiative"))

    def test_terms_show_the_arithmetic(self) -> None:
        level = score(SMALL, {"strategy": 5, "data": "no_chance"}).levels["one"]
        assert [term.as_json() for term in level.terms] == [
            {"competency": "strategy", "weight": 3, "expected": 4, "answer": 5, "asked": 12}
            | {"credit": {"low": 12, "high": 12}},
            {"competency": "data", "weight": 2, "expected": 3, "answer": "no_chance", "asked": 6}
            | {"credit": {"low": 0, "high": 6}},
            {"competency": "portfolio", "weight": 1, "expected": 2, "answer": None, "asked": 2}
            | {"credit": {"low": 0, "high": 2}},
        ]
        assert [term.must_have for term in level.terms] == [True, False, False]

    def test_verdicts_are_ordered(self) -> None:
        assert sorted(["meets", "not_yet", "close"], key=Verdict) == ["not_yet", "close", "meets"]
        assert Verdict.NOT_YET < Verdict.CLOSE <= Verdict.MEETS > "close"
        assert Verdict.CLOSE >= Verdict.CLOSE >= Verdict.NOT_YET
        assert str(Verdict.NOT_YET) == "not_yet"


class TestPlace:
    def test_exactly_what_a_level_asks_meets_it_and_all_below_and_none_above(self) -> None:
        for level, special in itertools.product(PM.levels, [None, *PM.specialisations]):
            answers = exactly(PM, level, PM.specialisations.get(special or ""))
            result = score(PM, answers, specialisation=special)
            for path in PM.paths.values():
                met = [step for step in path if result.levels[step].verdict.low is Verdict.MEETS]
                assert level not in path or met == list(path[: path.index(level) + 1]), (level, special)

    def test_the_place_is_the_highest_level_met_and_what_is_short_below_it_is_a_hole(self) -> None:
        """A must-have of PM alone (discovery 2) missing: a director all the same, with PM as a hole."""
        result = score(PM, exactly(PM, "director") | {"discovery": 1})
        assert result.levels["pm"].verdict.low is Verdict.CLOSE
        assert result.places[MANAGER] == Place("director", "director", holes=("pm",))
        assert result.places[IC] == Place("staff-pm", "staff-pm", holes=("pm",))

    def test_no_level_met_is_before_the_first_and_has_no_holes(self) -> None:
        result = score(PM, apm_but(delivery=1))
        assert result.places[IC] == Place(None, None)
        assert result.as_json()["places"][IC] == {
            "low": "before-first",
            "high": "before-first",
            "named": True,
            "so_far": None,
            "holes": [],
            "unsettled": [],
        }

    def test_a_level_below_that_only_an_open_answer_keeps_back_is_unsettled(self) -> None:
        """With delivery open APM is not sure; PM and Senior have no must-have on it and are met whatever it is."""
        place = score(PM, exactly(PM, "senior-pm") | {"delivery": None}).places[IC]
        assert place == Place("senior-pm", "senior-pm", unsettled=("apm",))

    def test_one_step_down_moves_the_place_to_the_highest_level_below_that_does_not_ask_it(self) -> None:
        for track, path in PM.paths.items():
            for position, level in enumerate(path):
                answers = exactly(PM, level)
                for slug, asked in PM.expectations[level].items():
                    if asked.weight != MUST_HAVE:
                        continue
                    lower = [
                        below
                        for below in path[:position]
                        if (cell := PM.expectations[below][slug]).weight != MUST_HAVE or cell.step < asked.step
                    ]
                    moved = score(PM, answers | {slug: asked.step - 1}).places[track]
                    assert moved.low == (lower[-1] if lower else None), (level, slug)

    def test_a_place_is_named_while_two_neighbours_are_left(self) -> None:
        exact = exactly(PM, "senior-pm")
        assert score(PM, exact | {"mentoring": None}).places[IC] == Place("pm", "senior-pm")
        wide = score(PM, {"strategy": 3, "data": 2, "delivery": 2}, held="senior-pm").places[IC]
        assert (wide.low, wide.high, wide.named, wide.so_far) == (None, "senior-pm", False, None)

    def test_so_far_is_said_once_every_must_have_of_the_level_held_is_answered(self) -> None:
        must_haves = [slug for slug, cell in PM.expectations["senior-pm"].items() if cell.weight == MUST_HAVE]
        answers: dict[str, Any] = dict.fromkeys(must_haves, 3)
        assert score(PM, answers, held="senior-pm").places[IC].so_far == "senior-pm"
        assert score(PM, answers | {must_haves[0]: "no_chance"}, held="senior-pm").places[IC].so_far == "senior-pm"
        assert score(PM, answers | {must_haves[0]: 1}, held="senior-pm").places[IC].so_far != "senior-pm"
        assert score(PM, {**answers, must_haves[0]: None}, held="senior-pm").places[IC].so_far is None
        # From no chance alone nothing follows.
        assert score(PM, dict.fromkeys(PM.competencies, "no_chance"), held="senior-pm").places[IC].so_far is None


class TestAims:
    def test_the_level_held_where_nobody_said_one(self) -> None:
        assert score(PM, exactly(PM, "director")).held == "director"
        assert score(PM, exactly(PM, "staff-pm")).held == "staff-pm"
        assert score(PM, exactly(PM, "pm")).held == "pm"
        assert score(PM, {"strategy": 1}).held == "apm"

    def test_advice_is_about_the_level_after_the_place_whatever_was_wished(self) -> None:
        result = score(PM, exactly(PM, "pm"), held="pm", targets=("cpo",))
        assert (result.aims, result.wishes, result.track) == (("senior-pm",), ("cpo",), MANAGER)
        assert list(result.targets) == ["senior-pm", "cpo"]
        both = score(PM, exactly(PM, "senior-pm"), held="senior-pm")
        assert both.aims == both.wishes == ("staff-pm", "group-pm")

    def test_while_no_place_can_be_named_it_is_about_the_wish(self) -> None:
        assert score(PM, {"strategy": 3, "data": 2}, held="pm", targets=("group-pm",)).aims == ("group-pm",)

    def test_where_a_track_ends_crossings_are_ahead_or_nothing(self) -> None:
        assert score(PM, exactly(PM, "principal-pm"), held="principal-pm").aims == ("director",)
        assert score(PM, exactly(PM, "cpo"), held="cpo").aims == ()
        both = {slug: max(exactly(PM, "director")[slug], step) for slug, step in exactly(PM, "principal-pm").items()}  # type: ignore[type-var]
        assert score(PM, both, held="principal-pm").aims == ()


class TestTarget:
    def test_what_the_person_chose_else_the_next_levels(self) -> None:
        def wishes(held: str | None, *targets: str) -> list[str]:
            return list(score(PM, {}, held=held, targets=targets or None).wishes)

        assert wishes("senior-pm") == ["staff-pm", "group-pm"]
        assert wishes("pm") == ["senior-pm"]
        assert wishes("cpo") == wishes("principal-pm") == []
        assert wishes("pm", "cpo") == ["cpo"]
        # Nobody said a level and nothing is met: the first one is taken as held.
        assert wishes(None) == ["pm"]
        assert wishes(None, "group-pm", "staff-pm", "group-pm") == ["group-pm", "staff-pm"]
        assert score(PM, {}, held="pm", targets=()).wishes == ("senior-pm",)

    def test_gaps_must_haves_first_then_weight_times_gap_then_framework_order(self) -> None:
        """Towards staff: must-haves influence 3·1 and strategy 3·2; then data 2·3, discovery and technical 2·1 each."""
        less = {"influence": 3, "strategy": 2, "technical-fluency": 3, "discovery": 3, "data": 1}
        target = score(PM, exactly(PM, "staff-pm") | less, targets=("staff-pm",)).targets["staff-pm"]
        order = ("strategy", "influence", "data", "discovery", "technical-fluency")
        assert tuple(gap.competency for gap in target.gaps) == order
        assert target.focus == order[:3]

    def test_shortest_way_breaks_ties_in_framework_order(self) -> None:
        flat = table_framework("c | one\nb | 2\na | 2\nd | (2)\n")
        target = score(flat, {"a": 1, "b": 1, "d": 1}, targets=("one",)).targets["one"]
        # 5 of 10 are missing, 1 may stay: the first of two equal weights, then the second, not the light one.
        assert target.shortest_way == (Raise("b", 1, 2), Raise("a", 1, 2))
        nearly = score(flat, {"a": 1, "b": 1, "d": 2}, targets=("one",)).targets["one"]
        # 4 are missing: 8 of 10 after the first is still short of 8.5.
        assert nearly.shortest_way == (Raise("b", 1, 2), Raise("a", 1, 2))
        assert score(flat, {"a": 1, "b": 0, "d": 2}, targets=("one",)).targets["one"].shortest_way == (
            Raise("b", 0, 2),  # both steps of the first before the second has its turn
            Raise("a", 1, 2),
        )
        gated = table_framework("c | one\nb | 2\na | 2*\n")  # but the must-have comes first
        way = score(gated, {"a": 1, "b": 0}, targets=("one",)).targets["one"].shortest_way
        assert way == (Raise("a", 1, 2), Raise("b", 0, 2))
        far = table_framework("c | one\nb | 2*\na | 4*\n")  # among must-haves the larger gap, as in the gaps
        assert score(far, {"a": 1, "b": 1}, targets=("one",)).targets["one"].shortest_way == (
            Raise("a", 1, 4),
            Raise("b", 1, 2),
        )

    def test_raises_go_along_the_steps_that_have_a_sentence(self) -> None:
        gappy = table_framework("c | one\na | 4\nb | 4\n", steps=4, described={"a": (2, 4), "b": (1, 3, 4)})
        way = score(gappy, {"a": 2, "b": 1}, targets=("one",)).targets["one"].shortest_way
        # 5 of 8 are missing, 6.8 of 8 are needed: from 2 to 4 in one raise, then from 1 to 3.
        assert way == (Raise("a", 2, 4), Raise("b", 1, 3))


class TestQuestions:
    def test_must_haves_of_the_level_held_then_of_the_wish_then_falling_weight(self) -> None:
        order = question_order(PM, "apm")
        # Must-haves of apm, first those that pm asks as must-haves, too; then those of pm.
        first = {slug for slug, cell in PM.expectations["apm"].items() if cell.weight == MUST_HAVE}
        second = {slug for slug, cell in PM.expectations["pm"].items() if cell.weight == MUST_HAVE} - first
        assert set(order[: len(first)]) == first
        assert set(order[len(first) : len(first) + len(second)]) == second
        # Weight 2 at pm, in ladder order; then the ones that only support it; then what neither level asks.
        rest = order[len(first) + len(second) :]
        weights = [PM.expectations["pm"][slug].weight for slug in rest]
        assert weights == sorted(weights, reverse=True)
        assert rest[:2] == ("product-sense", "market-insight")

    def test_with_two_wishes_the_greater_weight_counts(self) -> None:
        order = question_order(PM, "senior-pm")
        here = {slug for slug, cell in PM.expectations["senior-pm"].items() if cell.weight == MUST_HAVE}
        assert set(order[: len(here)]) == here
        ahead = {
            slug
            for level in ("staff-pm", "group-pm")
            for slug, cell in PM.expectations[level].items()
            if cell.weight == 3
        } - here
        assert set(order[len(here) : len(here) + len(ahead)]) == ahead
        # What weighs 1 at one of the two (technical-fluency, go-to-market, ...) weighs 2 at the other: ladder order.
        rest = order[len(here) + len(ahead) :]
        assert rest == tuple(slug for slug in PM.competencies if slug in rest)
        alone = question_order(PM, "senior-pm", ("staff-pm",))
        assert alone[-4:] == ("go-to-market", "team-building", "org-design", "culture")

    def test_what_only_the_held_level_asks_comes_before_what_nobody_does(self) -> None:
        small = table_framework("c | one | two\na | – | –\nb | (1) | –\nd | – | (1)\n")
        assert question_order(small, "one") == ("d", "b", "a")

    def test_must_haves_of_the_level_held_fall_by_weight_at_the_wish(self) -> None:
        small = table_framework("c | one | two\na | 1* | (1)\nb | 1* | 2\nd | 1 | 2*\n")
        assert question_order(small, "one") == ("b", "a", "d")

    def test_a_specialisation_counts(self) -> None:
        small = table_framework("c | one\na | 1\nb | (1)\nd | 1\n", specialisations={"special": {"b": 1}})
        assert question_order(small, None, ("one",)) == ("a", "d", "b")
        assert question_order(small, None, ("one",), "special") == ("a", "b", "d")

    def test_without_a_level_it_is_as_for_the_first(self) -> None:
        assert question_order(PM) == question_order(PM, "apm")
        assert asked_first(PM) == asked_first(PM, "apm")

    def test_the_must_haves_of_the_level_held_and_the_next_ones_come_first(self) -> None:
        for held, ahead in (("pm", ["senior-pm"]), ("senior-pm", ["staff-pm", "group-pm"]), ("cpo", [])):
            asked = asked_first(PM, held)
            assert set(asked) == {
                slug for level in (held, *ahead) for slug, cell in PM.expectations[level].items() if cell.weight == 3
            }
            assert asked == question_order(PM, held)[: len(asked)]
        assert len(asked_first(PM, "pm")) == 9
        assert asked_first(table_framework("c | one | two\na | 1 | 2\nb | 2 | 3\n"), "one") == ()


class TestFirmness:
    def test_track_of_the_first_wish_else_of_the_held_level_and_on_the_trunk_of_the_higher_place(self) -> None:
        def track(held: str | None, targets: tuple[str, ...] | None = None, answers: Any = None) -> str | None:
            return score(PM, answers or {}, held=held, targets=targets).firmness.track

        # The next level of apm is on the trunk, and nothing is met on either track; of those of senior, staff is first.
        assert track(None) == track("apm") == track("senior-pm") == track("principal-pm") == IC
        assert track("senior-pm", ("staff-pm", "group-pm")) == track("group-pm", ("senior-pm",)) == IC
        assert track("senior-pm", ("group-pm", "staff-pm")) == track("principal-pm", ("director",)) == MANAGER
        assert track("group-pm", ()) == track("cpo") == MANAGER
        assert track("apm", None, exactly(PM, "director")) == MANAGER

    def test_one_step_up_counts_as_well(self) -> None:
        small = table_framework("c | one | two\na | 1* | 3*\n")
        assert score(small, {"a": 2}).firmness.moved_by == (Move("a", 3, "two"),)
        assert score(small, {"a": 1}).firmness.moved_by == (Move("a", 0, None),)
        gappy = table_framework("c | one | two\na | 1* | 3*\n", described={"a": (1, 3)})
        assert score(gappy, {"a": 1}).firmness.moved_by == (Move("a", 0, None), Move("a", 3, "two"))


class TestTwoRaters:
    def test_figures_over_the_competencies_that_both_rated(self) -> None:
        """d = own - other: +1, 0, -2; data and discovery are not rated by both."""
        own: dict[str, Any] = {"strategy": 3, "delivery": 2, "outcomes": 1, "data": 4, "discovery": "no_chance"}
        other: dict[str, Any] = {"strategy": 2, "delivery": 2, "outcomes": 3, "data": "no_chance", "discovery": 1}
        agreement = compare_raters(own, other, PM)
        assert [(pair.competency, pair.difference) for pair in agreement.pairs] == [
            ("delivery", 0),
            ("strategy", 1),
            ("outcomes", -2),
        ]
        assert agreement.mean_difference == Fraction(-1, 3)
        assert agreement.equal == Fraction(1, 3)
        assert agreement.within_one == Fraction(2, 3)
        assert agreement.kappa is None

    def test_without_a_pair_there_is_no_figure(self) -> None:
        agreement = compare_raters({"data": 1}, {"strategy": 1}, PM)
        assert agreement.pairs == agreement.talk_first == ()
        assert agreement.mean_difference is agreement.equal is agreement.within_one is agreement.kappa is None

    def test_talk_first_about_two_steps_then_one_step_on_gates(self) -> None:
        own = dict.fromkeys(PM.competencies, 3)
        other = own | {"data": 1, "strategy": 2, "outcomes": 4, "discovery": 2, "culture": 0, "ambiguity": 4}
        held_only = compare_raters(own, other, PM, held="senior-pm")
        assert [pair.competency for pair in held_only.talk_first] == ["culture", "data", "strategy", "outcomes"]
        with_target = compare_raters(own, other, PM, "senior-pm", ("staff-pm",))
        asked = ["culture", "data", "strategy", "ambiguity", "outcomes"]
        assert [pair.competency for pair in with_target.talk_first] == asked
        # Without levels there are no must-haves.
        assert [pair.competency for pair in compare_raters(own, other, PM).talk_first] == ["culture", "data"]

    def test_kappa_from_twenty_pairs_on(self) -> None:
        """Twenty pairs, ten (0, 0) and ten (1, 1) but for two (0, 1) and two (1, 0).

        Observed disagreement 4/20; by chance each rater says 1 half of the time, so 1/2: kappa = 1 - 2/5.
        """
        names = PM.competencies
        own = dict(zip(names[:20], [0] * 8 + [0] * 2 + [1] * 2 + [1] * 8, strict=True))
        other = dict(zip(names[:20], [0] * 8 + [1] * 2 + [0] * 2 + [1] * 8, strict=True))
        assert compare_raters(own, other, PM).kappa == Fraction(3, 5)
        del own[names[0]]
        assert compare_raters(own, other, PM).kappa is None


class TestErrors:
    def test_what_cannot_be_scored_is_one_line_for_a_person(self) -> None:
        bad = {"6": 6, "-1": -1, "True": True, "False": False, "3.0": 3.0, "'3'": "3", "''": "", "[3]": [3]}
        cases: list[tuple[dict[str, Any], str]] = [
            *[({"answers": {"data": answer}}, f"data: {said} is not an answer") for said, answer in bad.items()],
            ({"answers": {"data": 10**5000}}, "data: a number of very many digits is not an answer"),
            ({"answers": {"data": "x\ny" * 50}}, "data: 'x\\nyx"),
            *[({"answers": {name: 3}}, f"unknown competency '{name}'") for name in ("juggling", "Strategy")],
            *[({"answers": {}, "held": level}, f"unknown level '{level}'") for level in ("wizard", "")],
            ({"answers": {}, "targets": ("pm", "wizard")}, "unknown level 'wizard'"),
            ({"answers": {}, "specialisation": "magic"}, "unknown specialisation 'magic'"),
        ]
        for attempt, (arguments, message) in itertools.product((score, is_named), cases):
            with pytest.raises(ScoringError) as error:
                attempt(PM, **arguments)
            assert str(error.value).startswith(message)
            assert len(str(error.value).splitlines()) == 1
            assert len(str(error.value)) < 200

    def test_the_other_helpers_refuse_it_too(self) -> None:
        for attempt in (
            lambda: question_order(PM, "wizard"),
            lambda: asked_first(PM, "wizard"),
            lambda: question_order(PM, "pm", None, "magic"),
            lambda: compare_raters({}, {"data": 9}, PM),
            lambda: compare_raters({}, {}, PM, targets=("wizard",)),
        ):
            with pytest.raises(ScoringError):
                attempt()

    def test_what_could_never_hold_is_refused(self) -> None:
        for step, weight in ((10, 2), (-1, 2), (2, 4), (2, -1), (1, 0)):
            with pytest.raises(ValueError, match="expected step"):
                ScoringExpectation(step, weight)
        for change, message in (
            ({"meets_at": Fraction(11, 10)}, "must rise"),
            ({"close_at": Fraction(9, 10)}, "must rise"),
            ({"close_max_short": -1}, "negative"),
        ):
            with pytest.raises(ValueError, match=message):
                replace(POLICY, **change)
        for paths, message in (({}, "no path"), ({IC: PM.paths[IC]}, "'group-pm' is neither")):
            with pytest.raises(ValueError, match=message):
                replace(PM, paths=paths)


class TestJson:
    def test_the_whole_object(self) -> None:
        answers: dict[str, Any] = {"strategy": 4, "data": 3, "portfolio": "no_chance"}
        assert score(SMALL, answers, held="one").as_json() == {
            "rule": 2,
            "ladder": {"slug": "small", "version": None},
            "framework": {"slug": "small", "version": None},
            "levels": {
                "one": {
                    "readiness": {"low": "9/10", "high": "1"},
                    "verdict": {"low": "meets", "high": "meets"},
                    "must_haves": {"met": ["strategy"], "short": [], "not_rated": []},
                },
                "two": {
                    "readiness": {"low": "7/10", "high": "4/5"},
                    "verdict": {"low": "close", "high": "close"},
                    "must_haves": {"met": [], "short": ["strategy", "data"], "not_rated": []},
                },
            },
            "places": {IC: {"low": "one", "high": "one", "named": True, "so_far": None, "holes": [], "unsettled": []}},
            "track": IC,
            "aims": ["two"],
            "targets": {
                "two": {
                    "gaps": [
                        {"competency": "strategy", "step": 4, "expected": 5, "weight": 3, "must_have": True, "gap": 1},
                        {"competency": "data", "step": 3, "expected": 4, "weight": 3, "must_have": True, "gap": 1},
                    ],
                    "focus": ["strategy", "data"],
                    "exposure": ["portfolio"],
                    "unanswered": [],
                    "strengths": [],
                    "shortest_way": [
                        {"competency": "strategy", "from": 4, "to": 5},
                        {"competency": "data", "from": 3, "to": 4},
                    ],
                    "settles": ["portfolio"],
                }
            },
            "firmness": {
                "track": IC,
                "firm": False,
                "moved_by": [
                    {"competency": "strategy", "to": 3, "place": "before-first"},
                    {"competency": "data", "to": 2, "place": "before-first"},
                ],
            },
        }
