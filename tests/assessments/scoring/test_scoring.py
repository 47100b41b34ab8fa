"""The scoring rule sentence by sentence, on cases small enough to work by hand.

What holds for any ladder and any answers (both ends, settled, surplus, firmness, kappa) stands in test_scoring_laws.py.
"""

import itertools
import json
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from assessments.scoring.rule import compare_raters, is_settled, question_order, score
from assessments.scoring.values import Move, Raise, Range, ScoringError, ScoringExpectation, ScoringPolicy, Verdict
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

    42 points in all: three must-haves at 2 (18), nine competencies at 1 with weight 2 (18), six with weight 1 (6).
    36 of 42 is the first share from 85 % up, 30 of 42 the first from 70 %.
    """
    return exactly(PM, "apm") | {slug.replace("_", "-"): answer for slug, answer in changes.items()}


SUPPORTS = ("market_insight", "business_acumen", "go_to_market", "ai_fluency", "influence", "ambiguity")
NO_SUPPORT = dict.fromkeys(SUPPORTS, 0)

# Points of 42, the verdict, and what is answered otherwise than asked.
OF_42: list[tuple[int, str, dict[str, Any]]] = [
    (42, "meets", {}),
    (36, "meets", NO_SUPPORT),
    (34, "close", NO_SUPPORT | {"data": 0}),  # two points below meets
    (39, "close", {"delivery": 1}),  # one must-have short by one
    (36, "close", {"delivery": 1, "initiative": 1}),
    (33, "not_yet", {"delivery": 1, "initiative": 1, "communication": 1}),  # three blockers
    (36, "not_yet", {"delivery": 0}),  # one must-have short by two
    (33, "not_yet", {"delivery": 1, "initiative": 0}),
    (30, "close", NO_SUPPORT | {"data": 0, "outcomes": 0, "discovery": 0}),  # just above 70 %, no blocker
    (28, "not_yet", NO_SUPPORT | {"data": 0, "outcomes": 0, "discovery": 0, "stakeholders": 0}),
]


class TestOneLevel:
    def test_readiness_and_verdict_of_a_complete_profile(self) -> None:
        for points, verdict, changes in OF_42:
            level = score(PM, apm_but(**changes)).levels["apm"]
            assert level.readiness == Range(Fraction(points, 42), Fraction(points, 42)), changes
            assert level.verdict == Range(Verdict(verdict), Verdict(verdict)), changes

    def test_the_sum_in_the_module_docstring(self) -> None:
        level = score(SMALL, {"strategy": 4, "data": 2, "portfolio": 5}).levels["one"]
        assert level.readiness == Range(Fraction(9, 10), Fraction(9, 10))
        assert level.verdict.low is Verdict.MEETS
        unsure = score(SMALL, {"strategy": 4, "portfolio": 5}).levels["one"]
        assert unsure.readiness == Range(Fraction(7, 10), Fraction(1))
        assert unsure.verdict == Range(Verdict.CLOSE, Verdict.MEETS)

    def test_shares_are_met_exactly_at_the_threshold(self) -> None:
        """17 of 20 is 85 % and 14 of 20 is 70 %, to the point."""
        flat = table_framework("c | one\na | 4*\nb | (5)\nd | (3)\n")
        assert score(flat, {"a": 4, "b": 5, "d": 0}).levels["one"].verdict.low is Verdict.MEETS
        assert score(flat, {"a": 4, "b": 4, "d": 0}).levels["one"].verdict.low is Verdict.CLOSE
        assert score(flat, {"a": 4, "b": 2, "d": 0}).levels["one"].verdict.low is Verdict.CLOSE
        assert score(flat, {"a": 4, "b": 1, "d": 0}).levels["one"].verdict.low is Verdict.NOT_YET

    def test_policy_numbers_are_the_frameworks(self) -> None:
        strict = replace(PM, policy=ScoringPolicy(Fraction(1), Fraction(1), 0, 0))
        assert score(strict, apm_but(data=0)).levels["apm"].verdict.low is Verdict.NOT_YET
        lax = replace(PM, policy=ScoringPolicy(Fraction(1), Fraction(1, 2), 3, 2))
        assert score(lax, apm_but(delivery=0, initiative=0, communication=0)).levels["apm"].verdict.low == "close"

    def test_a_level_that_asks_for_nothing_is_met(self) -> None:
        empty = table_framework("c | one\na | –\n")
        level = score(empty, {}).levels["one"]
        assert level.readiness == Range(Fraction(1), Fraction(1))
        assert level.verdict == Range(Verdict.MEETS, Verdict.MEETS)

    def test_blockers_are_rated_must_haves_short_and_not_rated_the_unknown_ones(self) -> None:
        level = score(PM, apm_but(delivery=1, communication="no_chance", initiative=None, data=0)).levels["apm"]
        assert level.blockers == ("delivery",)
        assert level.not_rated == ("communication", "initiative")

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


class TestUnknowns:
    def test_no_chance_and_nothing_are_both_unknown(self) -> None:
        for open_answers in (apm_but(data="no_chance"), apm_but(data=None)):
            level = score(PM, open_answers).levels["apm"]
            assert level.readiness == Range(Fraction(40, 42), Fraction(1))
        without = {slug: step for slug, step in apm_but().items() if slug != "data"}
        assert score(PM, without) == score(PM, apm_but(data=None))

    def test_nothing_answered_is_the_widest_range(self) -> None:
        result = score(PM, {})
        assert all(level.readiness == Range(Fraction(0), Fraction(1)) for level in result.levels.values())
        assert (result.places[IC].low, result.places[IC].high) == (None, "principal-pm")
        assert result.as_json()["places"][MANAGER] == {"low": "before-first", "high": "cpo", "spiky": []}

    def test_verdicts_are_ordered(self) -> None:
        assert sorted(["meets", "not_yet", "close"], key=Verdict) == ["not_yet", "close", "meets"]
        assert Verdict.NOT_YET < Verdict.CLOSE < Verdict.MEETS
        assert Verdict.MEETS > "close"
        assert Verdict.CLOSE >= Verdict.CLOSE >= Verdict.NOT_YET
        assert Verdict.CLOSE <= Verdict.MEETS
        assert str(Verdict.NOT_YET) == "not_yet"


class TestPlace:
    def test_exactly_what_a_level_asks_meets_it_and_all_below_and_none_above(self) -> None:
        for level, special in itertools.product(PM.levels, [None, *PM.specialisations]):
            answers = exactly(PM, level, PM.specialisations.get(special or ""))
            result = score(PM, answers, specialisation=special)
            for path in PM.paths.values():
                met = [step for step in path if result.levels[step].verdict.low is Verdict.MEETS]
                assert level not in path or met == list(path[: path.index(level) + 1]), (level, special)

    def test_both_tracks_are_placed_from_the_same_answers(self) -> None:
        places = score(PM, exactly(PM, "director")).places
        assert list(places) == [IC, MANAGER]
        assert (places[IC].low, places[MANAGER].low) == ("staff-pm", "director")

    def test_place_ends_below_the_first_level_that_is_not_met_and_names_the_spikes(self) -> None:
        """A must-have of PM alone (discovery 2) missing: placed at APM; above PM it is none, so all that is met."""
        result = score(PM, exactly(PM, "director") | {"discovery": 1})
        assert result.levels["pm"].verdict.low is Verdict.CLOSE
        assert result.places[MANAGER].low == "apm"
        assert result.places[MANAGER].spiky == ("senior-pm", "group-pm", "director")
        assert result.places[IC].spiky == ("senior-pm", "staff-pm")

    def test_no_level_met_is_before_the_first(self) -> None:
        result = score(PM, apm_but(delivery=1))
        assert result.places[IC].low is result.places[IC].high is None
        assert result.as_json()["places"][IC] == {"low": "before-first", "high": "before-first", "spiky": []}

    def test_spikes_are_counted_at_the_low_end_only(self) -> None:
        """With delivery open APM is not sure; PM and senior have no must-have on it and are met whatever it is."""
        place = score(PM, exactly(PM, "senior-pm") | {"delivery": None}).places[IC]
        assert (place.low, place.high) == (None, "senior-pm")
        assert place.spiky == ("pm", "senior-pm")


class TestSpecialisation:
    def test_it_raises_the_step_and_the_weight_where_the_competency_is_expected(self) -> None:
        """For a growth APM go-to-market asks 2 at weight 2 (4 points, not 1): 42 becomes 42 + 2 + 3 + 3 = 50."""
        level = score(PM, exactly(PM, "apm"), specialisation="growth").levels["apm"]
        terms = {term.competency: (term.weight, term.expected) for term in level.terms}
        assert (terms["data"], terms["go-to-market"], terms["business-acumen"]) == ((2, 2), (2, 2), (2, 2))
        # The generalist's steps earn 42 + 1 + 1: the weight of the two supports doubled.
        assert level.readiness.low == Fraction(44, 50)


class TestTarget:
    def test_what_the_person_chose_else_the_next_levels(self) -> None:
        def aims(held: str | None, *targets: str) -> list[str]:
            return list(score(PM, {}, held=held, targets=targets or None).targets)

        assert aims("senior-pm") == ["staff-pm", "group-pm"]
        assert aims("pm") == ["senior-pm"]
        assert aims("cpo") == aims("principal-pm") == aims(None) == []
        assert aims("pm", "cpo") == ["cpo"]
        assert aims(None, "group-pm", "staff-pm", "group-pm") == ["group-pm", "staff-pm"]
        assert score(PM, {}, held="pm", targets=()).targets == {}

    def test_gaps_blockers_first_then_weight_times_gap_then_framework_order(self) -> None:
        """Towards staff: must-haves influence 3·1 and strategy 3·2; then data 2·3, discovery and technical 2·1 each."""
        less = {"influence": 3, "strategy": 2, "technical-fluency": 3, "discovery": 3, "data": 1}
        answers = exactly(PM, "staff-pm") | less
        target = score(PM, answers, held="senior-pm", targets=("staff-pm",)).targets["staff-pm"]
        assert [(gap.competency, gap.weight * gap.gap) for gap in target.gaps] == [
            ("strategy", 6),
            ("influence", 3),
            ("data", 6),
            ("discovery", 2),
            ("technical-fluency", 2),
        ]
        assert target.focus == ("strategy", "influence", "data")
        gap = {"competency": "strategy", "step": 2, "expected": 4, "weight": 3, "gate": True, "gap": 2}
        assert target.gaps[0].as_json() == gap

    def test_exposure_unanswered_and_strengths_keep_to_what_the_level_asks(self) -> None:
        """An APM is not asked for strategy, portfolio, storytelling and mentoring."""
        answers: dict[str, Any] = dict.fromkeys(("strategy", "data", "ambiguity"), "no_chance") | {"portfolio": 5}
        answers |= {"discovery": 2, "delivery": 5, "outcomes": 2, "communication": 2}
        target = score(PM, answers, targets=("apm",)).targets["apm"]
        assert target.exposure == ("data", "ambiguity")
        assert "strategy" not in target.unanswered + target.settles
        assert "mentoring" not in target.unanswered + target.settles
        assert set(target.settles) == {*target.exposure, *target.unanswered}
        assert len(target.settles) == 18 - 4
        assert [(strength.competency, strength.surplus) for strength in target.strengths] == [
            ("delivery", 3),
            ("discovery", 1),
            ("outcomes", 1),
        ]
        assert target.as_json()["strengths"] == ["delivery", "discovery", "outcomes"]

    def test_shortest_way_raises_blockers_to_their_step_first(self) -> None:
        answers = exactly(PM, "staff-pm") | {"strategy": 2, "influence": 3, "data": 3}
        target = score(PM, answers, targets=("staff-pm",)).targets["staff-pm"]
        assert target.shortest_way == (Raise("strategy", 2, 4), Raise("influence", 3, 4))
        assert target.shortest_way[0].as_json() == {"competency": "strategy", "from": 2, "to": 4}

    def test_shortest_way_then_takes_the_greatest_weight(self) -> None:
        """All zero: strategy to 4 earns 12 of 20; 17 are needed; data's first steps earn 2 each, so 2·3 = 18."""
        target = score(SMALL, {"strategy": 0, "data": 0, "portfolio": 0}, targets=("one",)).targets["one"]
        assert target.shortest_way == (Raise("strategy", 0, 4), Raise("data", 0, 3))

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

    def test_shortest_way_takes_the_unknown_as_met_and_never_raises_it(self) -> None:
        target = score(SMALL, {"data": 2, "portfolio": 0}, targets=("one",)).targets["one"]
        # Strategy counts 12; with data 4 and portfolio 0 that is 16 of 20, one point short.
        assert target.shortest_way == (Raise("data", 2, 3),)
        assert score(SMALL, {}, targets=("one",)).targets["one"].shortest_way == ()

    def test_shortest_way_is_empty_for_a_level_already_met(self) -> None:
        target = score(SMALL, {"strategy": 4, "data": 2, "portfolio": 2}, targets=("one",)).targets["one"]
        assert [gap.competency for gap in target.gaps] == ["data"]
        assert target.shortest_way == ()


class TestQuestions:
    def test_gates_of_the_target_then_of_the_held_level_then_falling_weight(self) -> None:
        order = question_order(PM, "apm")
        assert order[:5] == ("customer-insight", "discovery", "prioritisation", "stakeholders", "outcomes")  # of pm
        assert order[5:8] == ("delivery", "communication", "initiative")  # of apm
        # Weight 2 at pm, in framework order; then the four that only support it; then what neither level asks.
        assert order[8:10] == ("product-sense", "market-insight")
        assert " ".join(order[-7:]) == "portfolio ai-fluency storytelling mentoring team-building org-design culture"

    def test_with_two_targets_the_greater_weight_counts(self) -> None:
        order = question_order(PM, "senior-pm")
        # Must-haves of group, staff, group, staff, staff, both and group.
        must_haves = "prioritisation strategy ways-of-working influence ambiguity mentoring team-building"
        assert " ".join(order[:7]) == must_haves
        assert order[7] == "outcomes"  # a must-have of senior-pm alone
        # What weighs 1 at one of the two (technical-fluency, go-to-market, ...) weighs 2 at the other: framework order.
        assert order[8:] == tuple(competency for competency in PM.competencies if competency not in order[:8])
        alone = question_order(PM, "senior-pm", ("staff-pm",))
        assert alone[-4:] == ("go-to-market", "team-building", "org-design", "culture")

    def test_what_only_the_held_level_asks_comes_before_what_neither_does(self) -> None:
        small = table_framework("c | one | two\na | – | –\nb | (1) | –\nd | – | (1)\n")
        assert question_order(small, "one") == ("d", "b", "a")

    def test_gates_of_the_held_level_fall_by_weight_at_the_target(self) -> None:
        small = table_framework("c | one | two\na | 1* | (1)\nb | 1* | 2\nd | 1 | 2*\n")
        assert question_order(small, "one") == ("d", "b", "a")

    def test_a_specialisation_counts(self) -> None:
        small = table_framework("c | one\na | 1\nb | (1)\nd | 1\n", specialisations={"special": {"b": 1}})
        assert question_order(small, None, ("one",)) == ("a", "d", "b")
        assert question_order(small, None, ("one",), "special") == ("a", "b", "d")

    def test_without_levels_it_is_framework_order(self) -> None:
        assert question_order(PM) == PM.competencies

    def test_settled_needs_the_held_level_and_every_target(self) -> None:
        answers = exactly(PM, "senior-pm")
        assert is_settled(PM, answers, "senior-pm")
        # team-building 0 would be one of more than two blockers for group-pm in any case; strategy decides on staff.
        assert is_settled(PM, answers | {"org-design": None}, "senior-pm")
        assert not is_settled(PM, answers | {"strategy": None}, "senior-pm")
        assert not is_settled(PM, exactly(PM, "staff-pm") | {"ambiguity": None}, "senior-pm")
        assert is_settled(PM, exactly(PM, "staff-pm") | {"ambiguity": None}, "senior-pm", ())
        assert not is_settled(PM, exactly(PM, "staff-pm") | {"ambiguity": None}, None, ("senior-pm", "staff-pm"))


class TestFirmness:
    def test_moves_that_change_the_place_in_framework_order_down_before_up(self) -> None:
        """At 36 of 42 any point less loses APM, each must-have too; up, nothing reaches PM."""
        firmness = score(PM, apm_but(**dict.fromkeys(SUPPORTS, 0)), held="apm").firmness
        assert not firmness.firm
        assert firmness.track == IC
        assert [(move.competency, move.to_step, move.place) for move in firmness.moved_by] == [
            (slug, step - 1, None) for slug, step in exactly(PM, "apm").items()
            if isinstance(step, int) and step and slug.replace("-", "_") not in SUPPORTS
        ]  # fmt: skip
        assert firmness.moved_by[0].as_json() == {"competency": "customer-insight", "to": 0, "place": "before-first"}

    def test_up_as_well_as_down(self) -> None:
        """With data 3 only that one of "two" is missing; with strategy 4 it is that one, and "one" takes no less."""
        firmness = score(SMALL, {"strategy": 5, "data": 3, "portfolio": 3}, held="one").firmness
        assert firmness.moved_by == (Move("data", 4, "two"),)
        lower = score(SMALL, {"strategy": 4, "data": 4, "portfolio": 3}).firmness
        assert lower.moved_by == (Move("strategy", 3, None), Move("strategy", 5, "two"))

    def test_track_of_the_first_target_else_of_the_held_level(self) -> None:
        def track(held: str | None, targets: tuple[str, ...] | None = None) -> str | None:
            return score(PM, {}, held=held, targets=targets).firmness.track

        # The next level of apm is on the trunk; of those of senior, staff comes first.
        assert track(None) == track("apm") == track("senior-pm") == track("principal-pm") == IC
        assert track("senior-pm", ("staff-pm", "group-pm")) == track("group-pm", ("senior-pm",)) == IC
        assert track("senior-pm", ("group-pm", "staff-pm")) == track("principal-pm", ("director",)) == MANAGER
        assert track("group-pm", ()) == track("cpo") == MANAGER


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
        for attempt, (arguments, message) in itertools.product((score, is_settled), cases):
            with pytest.raises(ScoringError) as error:
                attempt(PM, **arguments)
            assert str(error.value).startswith(message)
            assert len(str(error.value).splitlines()) == 1
            assert len(str(error.value)) < 200

    def test_the_other_helpers_refuse_it_too(self) -> None:
        for attempt in (
            lambda: question_order(PM, "wizard"),
            lambda: question_order(PM, "pm", None, "magic"),
            lambda: compare_raters({}, {"data": 9}, PM),
            lambda: compare_raters({}, {}, PM, targets=("wizard",)),
        ):
            with pytest.raises(ScoringError):
                attempt()

    def test_what_could_never_hold_is_refused(self) -> None:
        for step, weight in ((6, 2), (-1, 2), (2, 4), (2, -1), (1, 0)):
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
            "framework": {"slug": "small", "version": None},
            "levels": {
                "one": {
                    "readiness": {"low": "9/10", "high": "1"},
                    "verdict": {"low": "meets", "high": "meets"},
                    "blockers": [],
                    "open_gates": [],
                },
                "two": {
                    "readiness": {"low": "7/10", "high": "4/5"},
                    "verdict": {"low": "close", "high": "close"},
                    "blockers": ["strategy", "data"],
                    "open_gates": [],
                },
            },
            "places": {IC: {"low": "one", "high": "one", "spiky": []}},
            "targets": {
                "two": {
                    "gaps": [
                        {"competency": "strategy", "step": 4, "expected": 5, "weight": 3, "gate": True, "gap": 1},
                        {"competency": "data", "step": 3, "expected": 4, "weight": 3, "gate": True, "gap": 1},
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

    def test_terms_only_when_asked_for(self) -> None:
        result = score(SMALL, {})
        assert "terms" not in result.as_json()["levels"]["one"]
        assert len(result.as_json(with_terms=True)["levels"]["one"]["terms"]) == 3

    def test_it_is_plain_json_in_the_frameworks_order(self) -> None:
        document = score(PM, exactly(PM, "pm"), held="pm").as_json(with_terms=True)
        assert json.loads(json.dumps(document)) == document
        assert tuple(document["levels"]) == PM.levels
        assert score(PM, {}).as_json()["targets"] == {}
