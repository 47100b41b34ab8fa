"""The report as a letter: its one next thing, the must-haves, three things first, what moved, and its folds."""

import datetime
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from assessments.models import Outcome
from assessments.report.inputs import Inputs
from assessments.report.letter import MOVED_NAMED, Letter, since
from assessments.report.report import build_report
from assessments.scoring.values import NO_CHANCE, Answer
from growth.models import PlanItem
from ladder.document.kinds import MUST_HAVE
from ladder.rubric import Rubric
from people.days import quarter_end
from people.models import User
from tests.factories import exact_profile, make_assessment, shipped_ladder, submit_by_rule_one
from tests.pages import page_of, sends

RUBRIC = Rubric(ladder=shipped_ladder(), version=1)
WORDS_MAX = 450


def letter(answers: dict[str, Answer], held: str | None = None, *targets: str) -> Letter:
    return Letter(build_report(Inputs(rubric=RUBRIC, answers=answers, held=held, targets=targets)))


SENIOR = exact_profile("senior-pm")
PEOPLE: dict[str, tuple[dict[str, Answer], str | None]] = {
    "all zeros": (dict.fromkeys(SENIOR, 0), "apm"),
    "three answers": ({"strategy": 3, "influence": 3, "mentoring": 2}, "senior-pm"),
    "no chance": (dict.fromkeys(SENIOR, NO_CHANCE), "pm"),
    "senior": (SENIOR, "senior-pm"),
    "cpo": (exact_profile("cpo"), "cpo"),
    "a hole": (exact_profile("cpo") | {"prioritisation": 3}, "cpo"),
    "all fives": (dict.fromkeys(SENIOR, 5), "principal-pm"),
}


def test_the_headline_is_the_place_alone_and_the_rest_follows() -> None:
    said = {
        "all zeros": "You are on your way to Associate PM.",
        "three answers": "Too early to say.",
        "no chance": "Nothing is rated yet, so no place can be named.",
        "senior": "You stand at Senior PM.",
        "a hole": "You stand at CPO.",
    }
    assert {name: letter(*PEOPLE[name]).title for name in said} == said
    must_haves = dict(list(exact_profile("senior-pm").items()))
    asked = {slug for slug, cell in RUBRIC.ladder.expectations["senior-pm"].items() if cell.weight == 3}
    so_far = letter({slug: step for slug, step in must_haves.items() if slug in asked}, "senior-pm")
    assert so_far.title == "So far: you stand at Senior PM."
    assert so_far.lede.startswith("This holds if the rest is as Senior PM asks. At most ")


@pytest.mark.parametrize("name", PEOPLE)
def test_things_come_from_the_aims_must_haves_first_and_never_more_than_three(name: str) -> None:
    found = letter(*PEOPLE[name])
    slugs = [thing.competency.slug for thing in found.things]
    assert len(slugs) == len(set(slugs)) <= 3
    assert [thing.must_have for thing in found.things] == sorted((t.must_have for t in found.things), reverse=True)
    result = found.report.result
    for thing in found.things:
        titles = {RUBRIC.levels[aim].short_title for aim in result.aims}
        assert set(thing.levels) <= titles
        assert thing.title
        assert thing.skill or thing.card
        assert thing.card is None or thing.card.step < thing.card.next_step
    if not found.report.is_told:
        assert not found.things
    elif any(result.targets[aim].gaps for aim in result.aims):
        assert found.things


def test_what_both_aims_ask_for_comes_before_what_one_does() -> None:
    found = letter(SENIOR, "senior-pm")
    assert len(found.report.result.aims) == 2
    first = found.things[0]
    assert (first.levels, first.must_have) == (("Staff PM", "Group PM"), True)
    assert first.because.endswith("a must-have for Staff PM and Group PM.")


def test_skills_to_grow_fill_up_where_little_is_short() -> None:
    director, vp = exact_profile("director"), exact_profile("vp-product")
    almost = {slug: max(director[slug], vp[slug]) for slug in director} | {"business-acumen": vp["business-acumen"] - 1}
    found = letter(almost, "director")
    skills = {skill.competencies[0] for skill in RUBRIC.levels["director"].growth}
    assert [thing.competency.slug for thing in found.things][:1] == ["business-acumen"]
    grown = found.things[1:]
    assert grown
    assert all(thing.competency.slug in skills and not thing.levels for thing in grown)
    assert "a skill to grow where you stand" in grown[0].because
    # At the top nothing is short and no step is left: the skill itself is what to go on with.
    top = letter(*PEOPLE["cpo"])
    assert [thing.title for thing in top.things] == [skill.title for skill in RUBRIC.levels["cpo"].growth[:3]]
    assert top.things[0].because == RUBRIC.levels["cpo"].growth[0].text


def test_the_step_of_a_skill_to_grow_is_what_the_next_level_asks_or_one_more() -> None:
    report = letter(exact_profile("pm"), "pm").report
    lines = {line.competency.slug: line for line in report.growth}
    assert {line.skill.title for line in report.growth} == {skill.title for skill in RUBRIC.levels["pm"].growth}
    for slug, line in lines.items():
        now, asked = report.answers[slug], RUBRIC.expectation("senior-pm", slug).step
        assert isinstance(now, int)
        assert line.is_there == (now >= asked)
        assert line.aims_at == (RUBRIC.competencies[slug].above(now) if line.is_there else asked)
        assert (line.action is None) == (line.to_step is None)


def test_the_must_haves_are_one_count() -> None:
    staff, group = letter(SENIOR | {"team-building": NO_CHANCE}, "senior-pm").must_haves
    for item in (staff, group):
        states = [row.state for row in item.rows]
        assert item.count == f"{states.count('met')} of {len(states)} met"
    said = {row.competency.slug: row.said for row in group.rows}
    assert said["team-building"] == "no chance at work so far"
    assert set(said.values()) <= {"met", "no chance at work so far"} | {
        f"short, {step} of {asked}" for step in range(6) for asked in range(6)
    }
    del (open_answers := dict(SENIOR))["mentoring"]
    assert "not rated" in {row.said for row in letter(open_answers, "senior-pm").must_haves[0].rows}


def earlier(answers: dict[str, Answer], place: str, *, rule: int = 2) -> Any:
    """A report before, as far as it is looked at."""
    outcome = Outcome(answers=answers, place_low=place, place_high=place, rule=rule)
    on = timezone.now() - datetime.timedelta(days=60)
    return SimpleNamespace(rubric=RUBRIC, outcome=outcome, submitted_at=on, small_company=False)


def test_what_moved_is_said_with_what_it_means() -> None:
    report = letter(SENIOR | {"mentoring": 4, "storytelling": 1}, "senior-pm").report
    found = since(report, earlier(SENIOR | {"culture": NO_CHANCE}, "senior-pm"))
    assert found
    assert {item.competency.slug: (item.was, item.now, item.remark) for item in found.moved} == {
        "mentoring": (SENIOR["mentoring"], 4, "a must-have for Staff PM, now met"),
        "storytelling": (SENIOR["storytelling"], 1, "a stricter look is no step back"),
    }
    assert found.same == len(SENIOR) - 3
    assert found.more == f"{len(SENIOR) - 3} answers are as they were."
    assert found.place == ""
    many = since(letter(dict.fromkeys(SENIOR, 5)).report, earlier(dict.fromkeys(SENIOR, 1) | {"data": 5}, "apm"))
    assert many
    assert len(many.named) == MOVED_NAMED
    assert many.more == f"{len(SENIOR) - 1 - MOVED_NAMED} more moved. 1 answer is as it was."
    assert many.place == "Associate PM"
    same = since(report, earlier(dict(report.answers), "senior-pm"))
    assert same
    assert (same.moved, same.more) == ((), f"{len(SENIOR)} answers are as they were.")


def test_a_place_that_an_earlier_rule_found_is_not_compared() -> None:
    found = since(letter(SENIOR, "senior-pm").report, earlier(SENIOR, "apm", rule=1))
    assert found
    assert found.place == ""


def test_a_quarter_ends_when_there_is_time_for_it() -> None:
    for today, end in {
        "2026-11-29": "2027-03-31",
        "2026-11-16": "2026-12-31",
        "2026-11-17": "2027-03-31",
        "2026-01-01": "2026-03-31",
        "2026-12-31": "2027-03-31",
        "2028-02-29": "2028-06-30",
        "2026-07-01": "2026-09-30",
    }.items():
        assert str(quarter_end(datetime.date.fromisoformat(today))) == end, today


@pytest.mark.django_db
@pytest.mark.parametrize("name", PEOPLE)
def test_a_letter_is_short(name: str, member: User, member_client: Client) -> None:
    answers, held = PEOPLE[name]
    make_assessment(member, held="pm", answers=exact_profile("pm"), submitted=True)
    own = make_assessment(member, held=held, answers=answers, submitted=True)
    main = page_of(member_client.get(f"/reports/{own.pk}/")).one("main")
    # What opens on demand is not read before.
    closed = [text for item in main.all("ol", class_="things") for text in item.all("p", class_="small")]
    assert len(main.text.split()) - sum(len(text.text.split()) for text in closed) <= WORDS_MAX
    assert len(main.all("details", class_="fold")) <= 5
    assert len(main.all(class_="next")) <= 1


@pytest.mark.django_db
def test_the_next_step_goes_into_the_plan_with_one_press(member: User, member_client: Client) -> None:
    own = make_assessment(member, held="senior-pm", answers=SENIOR, submitted=True)
    block = page_of(member_client.get(f"/reports/{own.pk}/")).one(class_="next")
    form = block.one("form")
    response = member_client.post(form.attrs["action"], sends(form))
    assert response.url == "/plan/"
    item = PlanItem.objects.get()
    first = letter(SENIOR, "senior-pm").next
    assert first
    assert item.competency == first.competency.slug
    assert item.due_on == quarter_end(timezone.localdate())


@pytest.mark.django_db
def test_a_fold_is_fetched_alone_and_opens_without_a_script(member: User, member_client: Client) -> None:
    own = make_assessment(member, held="senior-pm", answers=SENIOR | {"culture": NO_CHANCE}, submitted=True)
    address = f"/reports/{own.pk}/"
    closed = page_of(member_client.get(address)).all("details", class_="fold")
    assert [fold.attrs["id"] for fold in closed] == [
        f"fold-{name}" for name in ("against", "tracks", "strengths", "chances", "files")
    ]
    for fold in closed:
        name = fold.attrs["id"].removeprefix("fold-")
        assert "open" not in fold.attrs
        link = fold.one("a").attrs["href"].split("#")[0]
        opened = page_of(member_client.get(address + link)).one("details", id=f"fold-{name}")
        assert "open" in opened.attrs
        part = page_of(member_client.get(address + link, headers={"HX-Request": "true", "HX-Target": name}))
        assert not part.all("h1")
        assert part.one(id=name).text == opened.one(id=name).text


@pytest.mark.django_db
def test_the_first_report_and_one_after_it(member: User, member_client: Client) -> None:
    first = make_assessment(member, held="pm", answers=exact_profile("pm"), submitted=True)
    second = make_assessment(member, held="senior-pm", answers=SENIOR, submitted=True)
    third = make_assessment(member, held="senior-pm", answers=SENIOR)
    submit_by_rule_one(third, low="senior-pm", high="senior-pm", spiky=[])
    for own, has in ((first, False), (second, True), (third, True)):
        assert bool(page_of(member_client.get(f"/reports/{own.pk}/")).all(id="since-title")) == has
    assert "Your place then: Product Manager." in page_of(member_client.get(f"/reports/{second.pk}/")).text


def test_what_was_never_answered_is_not_as_it_was() -> None:
    eight = {slug: SENIOR[slug] for slug in list(SENIOR)[:8]}
    found = since(letter(eight, "senior-pm").report, earlier(eight, "senior-pm"))
    assert found
    assert found.more == "8 answers are as they were."


@pytest.mark.django_db
def test_the_files_are_nobody_elses_part(client: Client, rubric: Any) -> None:
    """Whoever asks for the author's part of a page that has none gets the page."""
    found = client.get("/reports/sample/", headers={"HX-Request": "true", "HX-Target": "files"})
    assert found.status_code == 200
    assert page_of(found).one("h1")


@pytest.mark.django_db
def test_where_nothing_can_be_answered_no_questions_are_offered(member: User, member_client: Client) -> None:
    answers, held = PEOPLE["no chance"]
    own = make_assessment(member, held=held, answers=answers, submitted=True)
    block = page_of(member_client.get(f"/reports/{own.pk}/")).one(class_="next")
    assert block.one("h2").text == "Ask for a first chance"
    assert not block.all("form")


def test_the_level_held_is_spoken_of_once() -> None:
    """Where it is an aim, or where a place so far rests on it, the lede has it already."""
    asked = {slug for slug, cell in RUBRIC.ladder.expectations["senior-pm"].items() if cell.weight == MUST_HAVE}
    so_far = letter({slug: SENIOR[slug] for slug in asked}, "senior-pm")
    as_aim = letter(SENIOR | {"mentoring": 1}, "senior-pm")
    below = letter(exact_profile("pm"), "cpo")
    assert so_far.report.held_sentence
    assert (so_far.held_sentence, as_aim.held_sentence) == ("", "")
    assert below.held_sentence.startswith("For CPO, the level you hold, readiness is ")
