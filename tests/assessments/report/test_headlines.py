"""The sentences of a report, on profiles made by hand from the ladder's own table."""

import re
from dataclasses import replace
from fractions import Fraction

from assessments.report import words
from assessments.report.inputs import Inputs
from assessments.report.report import Report, build_report
from assessments.scoring.values import NO_CHANCE, Answer, MustHaves, Range
from ladder.rubric import Rubric
from tests.factories import exact_profile, shipped_ladder

SENIOR = exact_profile("senior-pm")
RUBRIC = Rubric(ladder=shipped_ladder(), version=1)


def report(answers: dict[str, Answer], held: str | None, *targets: str, against: str | None = None) -> Report:
    return build_report(Inputs(rubric=RUBRIC, answers=answers, held=held, targets=tuple(targets)), against)


def without(answers: dict[str, Answer], *slugs: str) -> dict[str, Answer]:
    return {slug: answer for slug, answer in answers.items() if slug not in slugs}


FORK = "You stand at Senior PM. Staff PM: four must-haves short. Group PM: four must-haves short."
RAISED = {"strategy": 4, "influence": 4, "ambiguity": 4, "mentoring": 4}
# Level held, wishes, headline, answers.
HEADLINES: list[tuple[str | None, str, str, dict[str, Answer]]] = [
    # Staff lacks ambiguity and mentoring, Group PM only mentoring; the other must-haves of both are raised.
    (
        *("senior-pm", "staff-pm group-pm"),
        "You stand at Senior PM. Staff PM: two must-haves short. Group PM: one must-have short.",
        SENIOR | {"strategy": 4, "influence": 4, "prioritisation": 4, "ways-of-working": 4, "team-building": 3},
    ),
    ("senior-pm", "staff-pm group-pm", FORK, SENIOR),
    # Staff asks 183 points: must-haves 48, twelve fours and five threes twice 126, support 9. Here 48 + 98 + 7.
    (
        *("senior-pm", "staff-pm group-pm"),
        "You stand at Senior PM. Staff PM: every must-have met, readiness 83 % of the 85 % it takes. "
        "Group PM: three must-haves short.",
        SENIOR | RAISED,
    ),
    # What only Associate PM asks as a must-have is open: the place above it is found all the same.
    (
        *("senior-pm", "staff-pm", "You stand at Product Manager. Senior PM: three must-haves short."),
        without(SENIOR | {"mentoring": 2, "influence": 2, "strategy": 2}, "delivery"),
    ),
    ("pm", "senior-pm", "You stand at Product Manager. Senior PM: one must-have short.", SENIOR | {"mentoring": 2}),
    # Met: the place says it, and advice is about what comes next, whatever was wished; towards a wish on the trunk
    # that is on the first track.
    ("pm", "senior-pm", "You stand at Senior PM. Staff PM: four must-haves short.", SENIOR),
    # 95 of 146 points, and one step more of each must-have but two of mentoring: 110 of 146.
    (
        *("pm", "senior-pm"),
        "You stand at Product Manager. Senior PM: every must-have met, readiness 75 % of the 85 % it takes.",
        exact_profile("pm") | {"strategy": 3, "influence": 3, "mentoring": 3, "outcomes": 3},
    ),
    (
        *("pm", "senior-pm", "You are on your way to Associate PM. Associate PM: three must-haves short."),
        dict.fromkeys(SENIOR, 0),
    ),
    (
        *("senior-pm", "staff-pm group-pm", "You stand at Associate PM. Product Manager: one must-have short."),
        SENIOR | {"mentoring": 1, "outcomes": 1, "ways-of-working": 4},
    ),
    (
        *("senior-pm", "staff-pm", "You stand at Product Manager. Senior PM: one must-have short."),
        SENIOR | RAISED | {"outcomes": 2},
    ),
    # Too early: three answers and more are left. Advice is about the wish then.
    (
        *("pm", "senior-pm"),
        "Too early to say: at most 24 more answers settle it. Senior PM: four must-haves not rated.",
        {"data": 5},
    ),
    (
        *("pm", "senior-pm"),
        "Too early to say: at most 1 more answer settles it. Senior PM: one must-have not rated.",
        without(SENIOR, "outcomes"),
    ),
    # No chance is an answer to the must-have, so there is a place so far.
    (
        *("pm", "senior-pm"),
        "So far: if the rest is as Product Manager asks, you stand at Product Manager; at most 1 more answer settles "
        "it. Senior PM: one must-have not rated.",
        SENIOR | {"outcomes": NO_CHANCE},
    ),
    # Two neighbours are left.
    (
        *("pm", "senior-pm"),
        "You stand at Product Manager or Senior PM: open answers decide. Senior PM: one must-have not rated.",
        without(SENIOR, "mentoring"),
    ),
    (
        *("apm", "pm"),
        "You stand at Associate PM, or are on your way there: open answers decide. "
        "Associate PM: one must-have not rated.",
        without(exact_profile("apm"), "delivery"),
    ),
    ("cpo", "", "You stand at CPO. On the other track you stand at Staff PM.", exact_profile("cpo")),
    # Not a product manager yet.
    (None, "apm", "You stand at Product Manager. Senior PM: four must-haves short.", exact_profile("pm")),
    (
        *("staff-pm", "principal-pm"),
        "You stand at Staff PM. On the other track you stand at Group PM. Principal PM: four must-haves short.",
        exact_profile("group-pm"),
    ),
]


def test_a_headline_says_the_place_and_what_is_short_for_the_levels_after_it() -> None:
    for held, targets, headline, answers in HEADLINES:
        assert report(answers, held, *targets.split()).headline == headline
    rungs = report(SENIOR, "senior-pm", "staff-pm", "group-pm").picture.rungs
    assert [rung.note for rung in rungs if rung.note] == ["4 short"] * 2
    thin = {slug: step for slug, step in SENIOR.items() if slug != "team-building"}
    rungs = report(thin, "senior-pm", "group-pm").picture.rungs
    assert [rung.note for rung in rungs if rung.note] == ["3 short, 1 not rated"]


def test_the_must_haves_are_one_count() -> None:
    found = {
        words.must_have_words(MustHaves(("a",) * met, ("b",) * short, ("c",) * not_rated))
        for met, short, not_rated in (
            (0, 0, 0),
            (1, 0, 0),
            (9, 1, 0),
            (0, 2, 0),
            (3, 0, 1),
            (0, 0, 2),
            (1, 1, 1),
            (0, 2, 3),
        )
    }
    assert found == {
        "",
        "every must-have met",
        "one must-have short",
        "two must-haves short",
        "one must-have not rated",
        "two must-haves not rated",
        "one must-have short, one not rated",
        "two must-haves short, three not rated",
    }


def test_a_hole_is_named_and_lowers_nothing() -> None:
    """A CPO who lacks one must-have of a lower level, and one who left open what only decides below."""
    cpo = report(exact_profile("cpo") | {"discovery": 1, "delivery": 2}, "cpo")
    assert cpo.headline.startswith("You stand at CPO.")
    assert cpo.holes == [
        "Product Manager, further down, also asks for “Discovery and problem framing” 2 (you: 1).",
    ]
    assert (report(exact_profile("cpo"), "cpo").holes, report(exact_profile("cpo"), "cpo").unsettled) == ([], "")
    thin = report(exact_profile("cpo") | {"discovery": 1, "customer-insight": 0}, "cpo")
    assert thin.holes[0].endswith(
        "asks for “Customer insight” 2 (you: 0) and “Discovery and problem framing” 2 (you: 1)."
    )
    open_below = report(without(SENIOR, "delivery"), "senior-pm")
    assert (open_below.holes, open_below.unsettled) == ([], "Associate PM")
    readiness = report(exact_profile("cpo") | dict.fromkeys(("technical-fluency", "data", "discovery"), 0), "cpo")
    assert all("further down" in sentence for sentence in readiness.holes)


def test_a_result_of_an_earlier_rule_is_shown_as_it_was_and_computed_again_beside_it() -> None:
    """Rule 1 ended a place below the first level that is not met, and called those above it spiky."""
    answers = exact_profile("director") | {"discovery": 1}
    stored = {
        "places": {
            "individual-contributor": {"low": "apm", "high": "apm", "spiky": ["senior-pm", "staff-pm"]},
            "manager": {"low": "apm", "high": "senior-pm", "spiky": []},
        },
        "targets": {"vp-product": {"shortest_way": [{"competency": "strategy", "from": 4, "to": 5}], "settles": []}},
        "firmness": {
            "track": "manager",
            "firm": False,
            "moved_by": [{"competency": "data", "to": 1, "place": "before-first"}],
        },
    }
    inputs = Inputs(rubric=RUBRIC, answers=answers, held="director", targets=("vp-product",), earlier=stored)
    was = build_report(replace(inputs, by_today=False))
    assert was.headline.startswith("You meet at least Associate PM, at most Senior PM; open answers decide.")
    assert (was.is_as_it_was, was.holes, was.against) == (True, [], "vp-product")
    assert list(was.moves) == ["Data and experimentation at step 1: you would be on the way to the first level."]
    assert "“Vision and strategy” 4 → 5." in was.shortest
    now = build_report(inputs)
    assert now.headline.startswith("You stand at Director.")
    assert (now.is_as_it_was, now.earlier_place) == (False, "Associate PM to Senior PM")


def test_a_share_is_rounded_down_and_small_numbers_are_words() -> None:
    """84.9 % must not read as the 85 % that would do; where both ends round down to the same, one is said."""
    shares = {"1 1": "100 %", "849/1000 849/1000": "84 %", "8499/10000 85/100": "84–85 %", "0 1": "0–100 %"}
    shares |= {"1/3 2/3": "33–66 %", "999/1000 1": "99–100 %", "611/1000 619/1000": "61 %"}
    assert {ends: words.readiness(Range(*map(Fraction, ends.split()))) for ends in shares} == shares
    assert [words.number(count) for count in (0, 1, 2, 9, 10, 25)] == ["no", "one", "two", "nine", "10", "25"]


def test_the_level_held_is_spoken_of_where_the_place_is_another() -> None:
    assert report(SENIOR, "senior-pm").held_sentence == ""
    met = report(SENIOR, "pm").held_sentence
    assert "Product Manager" in met
    assert "100 %" in met
    short = report(SENIOR | {"mentoring": 2, "strategy": 2}, "senior-pm").held_sentence
    assert all(name in short for name in ("Senior PM", "Vision and strategy", "Mentoring and coaching"))
    assert report(SENIOR, None, "apm").held_sentence == ""


def test_where_nothing_is_rated_no_place_is_named() -> None:
    """No chance at anything is no basis for a place, for a finding or for a word on how firm it is."""
    for held in ("cpo", "senior-pm", "pm", None):
        nothing = report(dict.fromkeys(SENIOR, NO_CHANCE), held, *([] if held == "cpo" else ["senior-pm"]))
        assert nothing.headline == "Nothing is rated yet, so no place can be named."
        assert nothing.answered == "You answered “no chance so far” throughout. That never counts as zero."
        assert nothing.firmness.startswith("Ask your manager for a chance")
        told = (nothing.firmness_title, nothing.is_close_call, nothing.undecided, nothing.held_sentence)
        assert told == ("Your place is open", False, None, "")
        assert nothing.aim == f"Nothing is rated yet, so {'CPO' if held == 'cpo' else 'Senior PM'} is open."
        assert nothing.radar_finding == "No area is rated yet"
        assert [side.place for side in nothing.sides] == ["open", "open"]
        assert not [rung for rung in nothing.picture.rungs if rung.place]
        assert report({}, held, "senior-pm").firmness == "Answer a few questions, and the report fills."
        assert report({}, held, "senior-pm").answered.startswith("From 0 answers of 25;")


def test_a_level_that_is_met_leads_on() -> None:
    def onward(answers: dict[str, Answer], against: str) -> list[str]:
        return [level.slug for level in report(answers, "pm", "senior-pm", against=against).way_on]

    assert onward(SENIOR, "senior-pm") == ["staff-pm", "group-pm"]
    # Past what is met as well.
    assert onward(SENIOR, "apm") == ["staff-pm", "group-pm"]
    assert onward(exact_profile("staff-pm"), "senior-pm") == ["group-pm", "principal-pm"]
    assert onward(SENIOR, "staff-pm") == []
    assert onward(exact_profile("cpo"), "cpo") == []
    # A hole below is no way on.
    assert onward(exact_profile("staff-pm") | {"outcomes": 2}, "staff-pm") == ["principal-pm"]


def test_met_is_not_said_as_if_nothing_were_left() -> None:
    """Must-haves met and 94 % of what is asked: five competencies lack a step."""
    lacking = dict.fromkeys(("data", "delivery", "portfolio", "culture", "initiative"), 2) | {"portfolio": 1}
    near = report(SENIOR | lacking | {"culture": 1}, "pm", "senior-pm", against="senior-pm")
    assert near.is_met
    assert near.aim == "Enough is there for Senior PM: every must-have is met, and readiness is 93 %."
    assert near.focus_title == "Where Senior PM asks more"
    assert "near" not in near.milestones_title
    assert report(SENIOR, "senior-pm", "staff-pm").milestones_title == "Signs that Staff PM is near"


def test_the_details_say_nothing_twice() -> None:
    assert report(SENIOR, "pm", "senior-pm", against="senior-pm").aim == "Nothing is missing for Senior PM."
    # From too little nothing is advised.
    early = report({"data": 5, "delivery": 0}, "pm", "senior-pm")
    assert (early.aim, early.focus) == ("Senior PM: four must-haves not rated.", [])
    assert report(SENIOR | {"mentoring": 2}, "pm", "senior-pm").aim == (
        "Senior PM: one must-have short. The shortest way to Senior PM: “Mentoring and coaching” 2 → 3."
    )
    both = report(without(SENIOR, "data") | {"strategy": 2, "influence": 1}, "pm", "senior-pm")
    assert both.shortest.startswith("The shortest way to Senior PM: ")
    assert all(way in both.shortest for way in ("Vision and strategy” 2 → 3", "Influence without authority” 1 → 3"))
    assert both.shortest.endswith(" That is enough if the open answers are met as well.")
    # Three raises are named, and a way of more than eight steps is not called short.
    far = report(SENIOR, "senior-pm", "cpo", against="cpo").shortest
    assert far.startswith("What CPO takes: “")
    assert re.search(r"(“[^”]+” \d → \d, ){3}and then \d+ more competencies\.$", far)
    # And areas that are all alike are not told one by one, nor more than three things first.
    nothing = report(dict.fromkeys(SENIOR, 0), "pm", "senior-pm")
    assert nothing.radar_finding == "Every area has the same room towards Associate PM"
    assert (len(nothing.focus), nothing.focus[0].here) == (3, "Not yet.")
    assert report(SENIOR, "pm", "senior-pm", against="senior-pm").focus == []


def test_firmness_names_what_would_move_the_place() -> None:
    close = report(SENIOR | {"mentoring": 2}, "pm", "senior-pm")
    assert not close.result.firmness.firm
    assert close.firmness == "It is a close call: one step in “Mentoring and coaching” would change it."
    assert list(close.moves) == ["Mentoring and coaching at step 3: you would stand at Senior PM."]
    firm = report(SENIOR | {"mentoring": 1}, "pm", "senior-pm")
    assert firm.result.firmness.firm
    assert "firm" in firm.firmness
    assert list(firm.moves) == []


def test_a_choice_is_named_with_or() -> None:
    near = report(exact_profile("apm"), "apm", "pm")
    assert near.firmness.endswith(
        "one step in “Execution and delivery”, “Structured communication” or “Initiative and learning” would change it."
    )
    below = [sentence for sentence in near.moves if "first level" in sentence]
    assert below
    assert all(sentence.endswith(": you would be on the way to the first level.") for sentence in below)
    assert words.either(["“A”", "“B”", "“C”"]) == "“A”, “B” or “C”"
    assert words.either(["“A”"]) == "“A”"


def test_a_place_that_is_a_range_is_open_and_says_what_decides_it() -> None:
    """Senior PM weighs mentoring and outcomes as must-haves; Product Manager outcomes alone."""
    one = report(without(SENIOR, "mentoring"), "senior-pm", "staff-pm")
    assert one.undecided == "senior-pm"
    assert one.firmness == "Whether you meet Senior PM depends on “Mentoring and coaching”."
    assert (one.firmness_title, one.is_close_call, one.place.named) == ("Your place is open", False, True)
    two = report(without(SENIOR | {"outcomes": NO_CHANCE}, "mentoring"), "senior-pm", "staff-pm")
    assert two.firmness == "Whether you meet Product Manager depends on “Outcome ownership”."
    # With these must-haves alone, readiness would not do.
    many = without(SENIOR, "outcomes", "market-insight", "go-to-market", "strategy", "storytelling", "portfolio")
    assert report(many, "senior-pm").firmness == (
        "Whether you meet Product Manager depends on 6 open answers, first of all "
        "“Outcome ownership”, “Market and competitive insight” and “Go-to-market”."
    )
    assert not report(many, "senior-pm").place.named
    settled = report(SENIOR | {"mentoring": 1}, "pm", "senior-pm")
    assert (settled.undecided, settled.firmness_title) == (None, "Your place is firm")
    assert report(SENIOR, "pm", "senior-pm").firmness_title == "A close call"


def test_the_number_of_answers_is_said_and_what_open_ones_leave_open() -> None:
    assert report(SENIOR, "pm").answered == "From all 25 answers."
    assert report({"data": 1}, "pm").answered.startswith("From 1 answer of 25;")
    assert report({"data": 1, "strategy": NO_CHANCE}, "pm").answered.startswith("From 2 answers of 25;")
    cards = report(without(SENIOR, "mentoring", "strategy"), "pm", "senior-pm").summaries
    assert [card.verdict for card in cards] == ["met", "not yet or met, depending on open answers"]
    assert [card.must_haves for card in cards] == ["every must-have met", "two must-haves not rated"]


def test_a_report_looks_at_the_level_after_the_place_or_at_another_one() -> None:
    assert report(SENIOR, "senior-pm", "staff-pm", "group-pm").against == "staff-pm"
    # The wish lies further up: advice is about the level in between.
    assert report(exact_profile("pm"), "pm", "staff-pm").against == "senior-pm"
    # At the end of the track nothing lies ahead.
    assert report(exact_profile("cpo"), "cpo").against == "cpo"
    assert report(SENIOR, None).against == "staff-pm"
    other = report(SENIOR, "senior-pm", "staff-pm", against="group-pm")
    direct = report(SENIOR, "senior-pm", "group-pm")
    assert other.detail == direct.detail
    assert other.detail != report(SENIOR, "senior-pm", "staff-pm").detail
    # The place and the aims stay those of the person.
    assert list(other.result.targets) == ["staff-pm"]


def test_what_is_not_rated_is_never_the_lowest() -> None:
    """Findings compare rated answers only."""
    full = RUBRIC.by_area[0]
    only = {item.slug: SENIOR[item.slug] for item in full[1]}
    assert (
        report(only, "pm", "senior-pm", against="senior-pm").radar_finding == "What is rated is all that Senior PM asks"
    )
    short = only | {"data": 1}
    assert report(short, "pm", "senior-pm", against="senior-pm").radar_finding == (
        "Technical and operational has most room towards Senior PM"
    )


def test_some_answers_below_are_not_called_enough() -> None:
    """Readiness may reach what is needed by what is open; what is below is below all the same."""
    some = report({"data": 2, "culture": 1}, "pm", "senior-pm")
    assert some.shortest.startswith("Some answers are below what Senior PM asks")


def test_a_wish_that_lies_further_is_spoken_of() -> None:
    pm = exact_profile("pm")
    assert report(pm, "pm", "cpo").aim.startswith("On the way to CPO, Senior PM comes first.")
    assert report(SENIOR, "pm", "apm").aim.startswith("Associate PM is met; Staff PM comes next.")
    assert "comes" not in report(pm, "pm", "senior-pm").aim.partition(".")[0]
    # Where nothing lies ahead, the page looks at the level one stands at.
    assert report(exact_profile("cpo"), "pm", "senior-pm").against in {"cpo", "principal-pm"}


def test_a_place_so_far_does_not_hide_the_one_on_the_other_track() -> None:
    answers = {
        slug: 4 for slug in SENIOR if any(RUBRIC.expectation(level, slug).weight == 3 for level in RUBRIC.levels)
    }
    some = report(answers, "senior-pm", "staff-pm")
    named = [place for track, place in some.result.places.items() if track != some.result.track and place.named]
    said = "On the other track you stand at" in some.headline
    assert said == (bool(named) and named[0].low == named[0].high)


def test_a_bar_shows_reached_asked_and_beyond() -> None:
    unknown = ("unknown", "open open open  ")
    shown: dict[Answer | None, tuple[str, str]] = {3: ("at", "on on on  "), 5: ("above", "on on on over over")}
    shown |= {2: ("short", "on on want  "), 0: ("far", "want want want  "), NO_CHANCE: unknown, None: unknown}
    for answer, (state, cells) in shown.items():
        answers = without(SENIOR, "data") | ({} if answer is None else {"data": answer})
        bars = {
            bar.competency.slug: bar
            for _, bars in report(answers, "pm", "senior-pm", against="senior-pm").bars
            for bar in bars
        }
        assert (bars["data"].state, bars["data"].cells) == (state, tuple(cells.split(" ")))
        assert (bars["data"].must_have, bars["outcomes"].must_have) == (False, True)
    # What a level does not ask is left out.
    slugs = [bar.competency.slug for _, bars in report(SENIOR, "apm", against="apm").bars for bar in bars]
    asked = {slug for slug, cell in shipped_ladder().expectations["apm"].items() if cell.weight}
    assert (set(slugs), len(slugs)) == (asked, 18)


def test_the_way_on_is_told_at_the_fork_and_at_the_top() -> None:
    def ways(answers: dict[str, Answer], held: str | None, *targets: str) -> tuple[bool, bool]:
        found = report(answers, held, *targets)
        return found.at_fork, found.at_top

    assert ways(SENIOR, "senior-pm") == ways(exact_profile("staff-pm"), "senior-pm", "staff-pm") == (True, False)
    assert ways(SENIOR, "cpo") == (False, True)
    for between in (ways(SENIOR, "pm"), ways(SENIOR | {"outcomes": 2}, "senior-pm"), ways(SENIOR, None, "apm")):
        assert between == (False, False)
