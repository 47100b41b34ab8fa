"""The sentences of a report, on profiles made by hand from the ladder's own table."""

from fractions import Fraction

from assessments.report import words
from assessments.report.report import Inputs, Report, build_report
from assessments.scoring.values import NO_CHANCE, Answer, Range
from ladder.rubric import Rubric
from tests.factories import exact_profile, shipped_ladder

SENIOR = exact_profile("senior-pm")
RUBRIC = Rubric(ladder=shipped_ladder(), version=1)


def report(answers: dict[str, Answer], held: str | None, *targets: str, against: str | None = None) -> Report:
    return build_report(Inputs(rubric=RUBRIC, answers=answers, held=held, targets=tuple(targets)), against)


def without(answers: dict[str, Answer], *slugs: str) -> dict[str, Answer]:
    return {slug: answer for slug, answer in answers.items() if slug not in slugs}


FORK = "You meet Senior PM. Four must-haves stand between you and Staff PM, four between you and Group PM."
OPEN = "Senior PM is open: your unanswered questions decide."
RAISED = {"strategy": 4, "influence": 4, "ambiguity": 4, "mentoring": 4}
# Level held, targets, headline, answers.
HEADLINES: list[tuple[str | None, str, str, dict[str, Answer]]] = [
    # Staff lacks ambiguity and mentoring, Group PM only mentoring; the other must-haves of both are raised.
    (
        *("senior-pm", "staff-pm group-pm"),
        "You meet Senior PM. Two must-haves stand between you and Staff PM, one between you and Group PM.",
        SENIOR | {"strategy": 4, "influence": 4, "prioritisation": 4, "ways-of-working": 4, "team-building": 3},
    ),
    ("senior-pm", "staff-pm group-pm", FORK, SENIOR),
    # Staff asks 183 points: must-haves 48, twelve fours and five threes twice 126, support 9. Here 48 + 98 + 7.
    (
        *("senior-pm", "staff-pm group-pm"),
        "You meet Senior PM. No must-have stands between you and Staff PM; readiness is 83 % of the 85 % it asks. "
        "Three must-haves stand between you and Group PM.",
        SENIOR | RAISED,
    ),
    # What lower levels weigh and these do not is left open: the verdicts are settled, the place is not.
    (
        *("senior-pm", "staff-pm", "Senior PM is settled: not yet. Four must-haves of Staff PM are short."),
        without(SENIOR | {"mentoring": 2, "influence": 2, "strategy": 2}, "delivery"),
    ),
    (
        *("pm", "senior-pm", "You meet Product Manager. One must-have stands between you and Senior PM."),
        SENIOR | {"mentoring": 2},
    ),
    # Met: the place says it; what comes next is said instead.
    ("pm", "senior-pm", FORK, SENIOR),
    # 95 of 144 points, and one step more of each must-have but two of mentoring: 110 of 144.
    (
        *("pm", "senior-pm"),
        "You meet Product Manager. No must-have stands between you and Senior PM; "
        "readiness is 76 % of the 85 % it asks.",
        exact_profile("pm") | {"strategy": 3, "influence": 3, "mentoring": 3, "outcomes": 3},
    ),
    (
        *("pm", "senior-pm", "You are on your way to Associate PM. Four must-haves of Senior PM are short."),
        dict.fromkeys(SENIOR, 0),
    ),
    # Product Manager and Senior PM stand in between as well.
    (
        *("senior-pm", "staff-pm group-pm"),
        "You meet Associate PM. Four must-haves of Staff PM are short, three of Group PM.",
        SENIOR | {"mentoring": 1, "outcomes": 1, "ways-of-working": 4},
    ),
    # Staff as above, where no must-have stood before it: Senior lacks a must-have of its own, outcomes.
    (
        *("senior-pm", "staff-pm"),
        "You meet Product Manager. No must-have of Staff PM is short; readiness is 82 % of the 85 % it asks.",
        SENIOR | RAISED | {"outcomes": 2},
    ),
    # A range from before the first level; then one by a must-have from Product Manager on; no chance is open, too.
    ("pm", "senior-pm", f"Your place is up to Principal PM; open answers decide. {OPEN}", {"data": 5}),
    *[
        ("pm", "senior-pm", f"You meet at least Associate PM, at most Senior PM; open answers decide. {OPEN}", answers)
        for answers in (without(SENIOR, "outcomes"), SENIOR | {"outcomes": NO_CHANCE})
    ],
    ("cpo", "", "You meet CPO. On the other track you meet Staff PM.", exact_profile("cpo")),
    # Not a product manager yet.
    (None, "apm", "You meet Product Manager. Your answers meet all that Associate PM asks.", exact_profile("pm")),
    (
        *("staff-pm", "principal-pm"),
        "You meet Staff PM. On the other track you meet Group PM. Four must-haves stand between you and Principal PM.",
        exact_profile("group-pm"),
    ),
]


def test_a_headline_says_the_place_and_what_stands_before_the_targets() -> None:
    for held, targets, headline, answers in HEADLINES:
        assert report(answers, held, *targets.split()).headline == headline


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
        told = (nothing.firmness_title, nothing.is_borderline, nothing.undecided, nothing.held_sentence)
        assert told == ("Your place is open", False, None, "")
        assert nothing.aim == f"Nothing is rated yet, so {'CPO' if held == 'cpo' else 'Senior PM'} is open."
        assert nothing.radar_finding == "Nothing is rated yet: every area is open"
        assert [side.place for side in nothing.sides] == ["open", "open"]
        assert not [rung for rung in nothing.picture.rungs if rung.place]
        assert report({}, held, "senior-pm").firmness == "Answer a few questions, and the report fills."
        assert report({}, held, "senior-pm").answered.startswith("From 0 answers of 25;")


def test_areas_that_are_all_alike_are_not_told_one_by_one() -> None:
    assert report(dict.fromkeys(SENIOR, 0), "pm", "senior-pm").radar_finding == (
        "Every area has the same room towards Senior PM"
    )


def test_a_level_that_is_met_leads_on() -> None:
    def onward(answers: dict[str, Answer], against: str) -> list[str]:
        return [level.slug for level in report(answers, "pm", "senior-pm", against=against).way_on]

    assert onward(SENIOR, "senior-pm") == ["staff-pm", "group-pm"]
    # Past what is met as well.
    assert onward(SENIOR, "apm") == ["staff-pm", "group-pm"]
    assert onward(exact_profile("staff-pm"), "senior-pm") == ["group-pm", "principal-pm"]
    assert onward(SENIOR, "staff-pm") == []
    assert onward(exact_profile("cpo"), "cpo") == []
    # A level met by itself, over one that is not: that one comes first.
    assert onward(exact_profile("staff-pm") | {"outcomes": 2}, "staff-pm") == ["senior-pm"]


def test_met_is_not_said_as_if_nothing_were_left() -> None:
    """Must-haves met and 94 % of what is asked: five competencies lack a step."""
    lacking = dict.fromkeys(("data", "delivery", "portfolio", "culture", "initiative"), 2) | {"portfolio": 1}
    near = report(SENIOR | lacking | {"culture": 1}, "pm", "senior-pm")
    assert near.is_met
    assert near.aim == "Enough is there for Senior PM: every must-have is met, and readiness is 93 %."
    assert near.focus_title == "Where Senior PM asks a little more"
    assert "near" not in near.milestones_title
    assert report(SENIOR, "senior-pm", "staff-pm").milestones_title == "Signs that Staff PM is near"


def test_the_details_say_nothing_twice() -> None:
    assert report(SENIOR, "pm", "senior-pm").aim == "Nothing is missing for Senior PM."
    assert report({"data": 5}, "pm", "senior-pm").aim == (
        "No answer you gave stands in the way of Senior PM: the open ones decide."
    )
    assert report(SENIOR | {"mentoring": 2}, "pm", "senior-pm").aim == (
        "One must-have stands between you and Senior PM. "
        "The shortest way to Senior PM: “Mentoring and coaching” 2 → 3 would do."
    )


def test_the_picture_says_away_of_the_next_level_only() -> None:
    def notes(answers: dict[str, Answer]) -> list[str]:
        return [rung.note for rung in report(answers, "senior-pm", "staff-pm", "group-pm").picture.rungs if rung.note]

    assert notes(SENIOR) == ["4 must-haves away", "4 must-haves away"]
    assert notes(SENIOR | {"outcomes": 2, "team-building": 3}) == ["4 must-haves short", "3 must-haves short"]


def test_the_shortest_way_is_one_sentence() -> None:
    def way(answers: dict[str, Answer]) -> str:
        return report(answers, "pm", "senior-pm").shortest

    short = way(SENIOR | {"strategy": 2, "influence": 1})
    assert short.startswith("The shortest way to Senior PM: ")
    assert "Vision and strategy" in short.split("2 → 3")[0]
    assert "Influence without authority" in short.split("1 → 3")[0]
    assert "open" not in short
    open_too = way(without(SENIOR, "data") | {"strategy": 2})
    assert "2 → 3" in open_too
    assert open_too.endswith("once the open answers are met too.")
    assert way(SENIOR) == "Nothing is missing for Senior PM."
    assert way({"data": 5}).startswith("No answer you gave stands in the way of Senior PM")


def test_firmness_names_what_would_move_the_place() -> None:
    borderline = report(SENIOR | {"mentoring": 2}, "pm", "senior-pm")
    assert not borderline.result.firmness.firm
    assert borderline.firmness == "Your place is borderline: one step in “Mentoring and coaching” would change it."
    assert list(borderline.moves) == ["Mentoring and coaching at step 3 would place you at Senior PM."]
    firm = report(SENIOR | {"mentoring": 1}, "pm", "senior-pm")
    assert firm.result.firmness.firm
    assert "firm" in firm.firmness
    assert list(firm.moves) == []


def test_a_choice_is_named_with_either_and_or() -> None:
    three = report(exact_profile("apm"), "apm", "pm").firmness
    assert three.endswith(
        "one step in either “Execution and delivery”, “Structured communication” or “Initiative and learning” "
        "would change it."
    )
    assert words.either(["“A”", "“B”"]) == "either “A” or “B”"
    assert words.either(["“A”"]) == "“A”"


def test_an_open_verdict_lies_between_two() -> None:
    cards = report(without(SENIOR, "mentoring", "strategy"), "pm", "senior-pm").summaries
    assert [card.verdict for card in cards] == ["met", "between not yet and met"]


def test_a_place_that_is_a_range_is_open_and_says_what_decides_it() -> None:
    """Product Manager weighs stakeholders as a must-have and culture not at all; portfolio counts once."""
    one = report(without(SENIOR | {"strategy": 1}, "stakeholders", "culture", "portfolio"), "senior-pm", "staff-pm")
    assert one.undecided == "pm"
    assert one.firmness == "Your place is open: “Stakeholder management” decides whether you meet Product Manager."
    assert (one.firmness_title, one.is_borderline) == ("Your place is open", False)
    two = report(without(SENIOR | {"outcomes": NO_CHANCE}, "customer-insight"), "senior-pm", "staff-pm")
    assert "“Customer insight” and “Outcome ownership” decide whether you meet Product Manager." in two.firmness
    # With these must-haves alone, readiness would not do.
    many = without(SENIOR, "outcomes", "market-insight", "go-to-market", "strategy", "storytelling", "portfolio")
    assert report(many, "senior-pm").firmness == (
        "Your place is open: 6 open answers decide whether you meet Product Manager, first of all "
        "“Outcome ownership”, “Market and competitive insight” and “Go-to-market”."
    )
    settled = report(SENIOR | {"mentoring": 1}, "pm", "senior-pm")
    assert (settled.undecided, settled.firmness_title) == (None, "Your place is firm")
    assert report(SENIOR, "pm", "senior-pm").firmness_title == "Your place is borderline"


def test_a_step_that_would_lead_below_the_ladder_is_said_in_words() -> None:
    near = report(exact_profile("apm"), "apm", "pm")
    below = [sentence for sentence in near.moves if "first level" in sentence]
    assert below
    assert all(sentence.endswith(" would place you before the first level.") for sentence in below)


def test_the_number_of_answers_is_said() -> None:
    assert report(SENIOR, "pm").answered == "From all 25 answers."
    assert report({"data": 1}, "pm").answered.startswith("From 1 answer of 25;")
    assert report({"data": 1, "strategy": NO_CHANCE}, "pm").answered.startswith("From 2 answers of 25;")


# What a report looks at


def test_a_report_looks_at_the_first_target_else_at_the_level_held() -> None:
    assert report(SENIOR, "senior-pm", "staff-pm", "group-pm").against == "staff-pm"
    assert report(SENIOR, "cpo").against == "cpo"
    assert report(SENIOR, "senior-pm", "staff-pm", against="vp-product").against == "vp-product"
    assert report(SENIOR, None).against is None


def test_looking_at_another_level_gives_that_level_s_gaps() -> None:
    other = report(SENIOR, "senior-pm", "staff-pm", against="group-pm")
    direct = report(SENIOR, "senior-pm", "group-pm")
    assert other.detail == direct.detail
    assert other.detail != report(SENIOR, "senior-pm", "staff-pm").detail
    # The place and the targets stay those of the person.
    assert list(other.result.targets) == ["staff-pm"]


def test_a_focus_card_leads_from_the_sentence_of_today_to_the_next() -> None:
    cards = report(SENIOR | {"mentoring": 1, "strategy": 0}, "pm", "senior-pm").focus
    # Two must-haves: strategy lacks three steps, mentoring two.
    assert [(card.competency.slug, card.step, card.expected, card.must_have) for card in cards] == [
        ("strategy", 0, 3, True),
        ("mentoring", 1, 3, True),
    ]
    strategy, mentoring = cards
    assert (strategy.here, strategy.there) == ("Not yet.", strategy.competency.anchors[0])
    assert (mentoring.here, mentoring.there) == mentoring.competency.anchors[0:2]
    assert len(mentoring.actions) >= 2
    assert {action.to_step for action in mentoring.actions} == {2}


def test_at_most_three_things_come_first() -> None:
    assert len(report(dict.fromkeys(SENIOR, 0), "pm", "senior-pm").focus) == 3
    assert report(SENIOR, "pm", "senior-pm").focus == []


def test_bars_leave_out_what_a_level_does_not_ask() -> None:
    slugs = [bar.competency.slug for _, bars in report(SENIOR, "apm").bars for bar in bars]
    asked = {slug for slug, cell in shipped_ladder().expectations["apm"].items() if cell.weight}
    assert set(slugs) == asked
    assert len(slugs) == len(asked) == 18


def test_a_bar_shows_reached_asked_and_beyond() -> None:
    unknown = ("unknown", "open open open  ")
    shown: dict[Answer | None, tuple[str, str]] = {3: ("at", "on on on  "), 5: ("above", "on on on over over")}
    shown |= {2: ("short", "on on want  "), 0: ("far", "want want want  "), NO_CHANCE: unknown, None: unknown}
    for answer, (state, cells) in shown.items():
        answers = without(SENIOR, "data") | ({} if answer is None else {"data": answer})
        bars = {bar.competency.slug: bar for _, bars in report(answers, "pm", "senior-pm").bars for bar in bars}
        assert (bars["data"].state, bars["data"].cells) == (state, tuple(cells.split(" ")))
        assert (bars["data"].must_have, bars["outcomes"].must_have) == (False, True)


def test_the_way_on_is_told_at_the_fork_and_at_the_top() -> None:
    def ways(answers: dict[str, Answer], held: str | None, *targets: str) -> tuple[bool, bool]:
        found = report(answers, held, *targets)
        return found.at_fork, found.at_top

    assert ways(SENIOR, "senior-pm") == ways(exact_profile("staff-pm"), "senior-pm", "staff-pm") == (True, False)
    assert ways(SENIOR, "cpo") == (False, True)
    for between in (ways(SENIOR, "pm"), ways(SENIOR | {"outcomes": 2}, "senior-pm"), ways(SENIOR, None, "apm")):
        assert between == (False, False)
