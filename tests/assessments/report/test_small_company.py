"""Levels that are one job in a small company are spoken of as one; a programme has its regular end."""

import itertools
from dataclasses import replace
from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from django.urls import reverse

from assessments.models import Assessment
from assessments.report.find import report_of_outcome
from assessments.report.inputs import Inputs
from assessments.report.report import Report, build_report
from assessments.scoring.values import NO_CHANCE, Answer, Verdict
from assessments.sharing.copies import share_with_team
from assessments.sharing.links import make_link
from ladder.document.format import LadderDocument
from ladder.rubric import Rubric
from people.models import User
from tests.assessments.reviews.pair import make_pair
from tests.factories import exact_profile, make_assessment, shipped_ladder
from tests.pages import page_of

RUBRIC = Rubric(ladder=shipped_ladder(), version=1)
VP, CPO = exact_profile("vp-product"), exact_profile("cpo")
# CPO is met and VP is not: of its must-haves, CPO asks this one less firmly.
CPO_ALONE = CPO | {"portfolio": 4}


def report(
    answers: dict[str, Answer], held: str | None, *targets: str, against: str | None = None, **more: Any
) -> Report:
    given = {"rubric": RUBRIC, "small_company": True, **more}
    return build_report(Inputs(answers=answers, held=held, targets=targets, **given), against)


def all_words(found: Report) -> str:
    """Everything that a report says of places and levels ahead."""
    said = [found.headline, found.held_sentence, found.aim, found.firmness, found.unsettled, *found.holes]
    said += [words for side in found.sides for words in (side.place, side.next.level.title if side.next else "")]
    said += [item.level.title for item in found.summaries] + [level.title for level in found.other_levels]
    said += [rung.title for rung in found.picture.rungs] + [level.title for level in found.way_on]
    return " ".join([*said, *found.moves])


def test_who_meets_either_of_two_reads_their_one_title() -> None:
    """Whether one is met or both, held, wished or looked at: the other is neither missing nor next."""
    for answers, held, wishes, against in (
        (VP, "vp-product", ["cpo"], None),
        (VP, "cpo", [], None),
        (VP, "director", ["vp-product"], None),
        (VP, "vp-product", ["cpo"], "cpo"),
        (CPO_ALONE, "vp-product", ["cpo"], None),
        (CPO_ALONE, "cpo", [], "vp-product"),
        (CPO | VP, "cpo", [], None),
    ):
        found = report(answers, held, *wishes, against=against)
        assert found.headline == "You stand at VP/CPO. On the other track you stand at Staff PM."
        told = all_words(found).replace("VP/CPO", "")
        assert [word for word in ("VP", "CPO", "Chief") if word in told] == [], (held, wishes, against)
        assert [rung.place for rung in found.picture.rungs if rung.title == "VP/CPO"] == ["here"]
        assert "VP/CPO" in {item.level.title for item in found.summaries}
        # What comes next is the job's own list, and what lies beyond.
        assert found.at_top
        assert len(found.growth) == len({line.skill.title for line in found.growth}) == 5


def test_who_meets_none_of_them_or_works_elsewhere_reads_the_ladder_s_titles() -> None:
    director = report(exact_profile("director"), "director", "vp-product")
    assert "VP Product: four must-haves short." in director.headline
    assert not director.at_top
    for answers in (VP, CPO_ALONE):
        assert "VP/CPO" not in all_words(report(answers, "vp-product", "cpo", small_company=False))
    alone = report(CPO_ALONE, "cpo", small_company=False)
    assert alone.headline.startswith("You stand at CPO.")
    assert alone.result.levels["vp-product"].verdict.high != Verdict.MEETS


def other_ladder(*jobs: tuple[str, ...]) -> Rubric:
    """Two levels on the trunk and two on each track; each job is called by the first letters of its levels."""
    asked = {"one": (1, 1), "two": (2, 1), "deep": (3, 1), "deeper": (4, 2), "lead": (2, 3), "head": (2, 4)}
    tracks = dict(zip(asked, ("all", "all", "depth", "depth", "people", "people"), strict=True))
    ladder = {
        "slug": "other",
        "title": "Other",
        "steps": 4,
        "tracks": [{"slug": "all", "title": "All", "trunk": True}]
        + [{"slug": slug, "title": slug} for slug in ("depth", "people")],
        "levels": [
            {"slug": slug, "title": slug, "track": track, "programme": slug == "one"} for slug, track in tracks.items()
        ],
        "one_job": [{"levels": list(job), "title": "+".join(job)} for job in jobs],
        "competencies": [{"slug": slug, "name": slug, "short": list("abcd")} for slug in ("craft", "people")],
        "expectations": {slug: dict(zip(("craft", "people"), steps, strict=True)) for slug, steps in asked.items()},
    }
    return Rubric(ladder=LadderDocument.model_validate(ladder), version=1)


def test_a_job_in_the_middle_leads_on_and_one_across_tracks_is_told_once() -> None:
    trunk, across = other_ladder(("one", "two")), other_ladder(("deep", "lead"))
    low = report({"craft": 1, "people": 1}, "one", rubric=trunk)
    assert low.headline.startswith("You stand at one+two. deep: ")
    assert (low.at_top, low.at_fork, low.picture.rungs[0].title) == (False, True, "one+two")
    both = report({"craft": 3, "people": 3}, "lead", rubric=across)
    assert both.headline == "You stand at deep+lead. head: readiness 83 % of the 91 % it takes."
    one = report({"craft": 3, "people": 1}, "two", rubric=across)
    assert [(side.place, side.next and side.next.level.title) for side in one.sides] == [
        ("deep+lead", "deeper"),
        ("two", "head"),
    ]


def test_whatever_is_answered_on_any_ladder_a_report_is_told_and_its_figures_stay() -> None:
    jobs = ([], [("one", "two")], [("deep", "lead")], [("two", "lead")], [("deep", "deeper"), ("lead", "head")])
    steps: tuple[Answer | None, ...] = (None, 0, 1, 2, 3, 4, NO_CHANCE)
    for of, craft, people in itertools.product(jobs, steps, steps):
        rubric = other_ladder(*of)
        answers = {slug: step for slug, step in (("craft", craft), ("people", people)) if step is not None}
        for held in (None, *rubric.levels):
            inputs = Inputs(rubric=rubric, answers=answers, held=held, targets=(), small_company=True, programme=True)
            found, plain = build_report(inputs), build_report(replace(inputs, small_company=False))
            assert all_words(found)
            assert found.focus_title
            assert found.result.levels == plain.result.levels
            assert found.rubric.meets_at == rubric.meets_at
            if not of:
                assert all_words(found) == all_words(plain)


# A programme


def test_a_programme_ends_at_the_next_level_and_what_is_left_is_for_the_first_year() -> None:
    apm = exact_profile("apm")
    found = report(apm, "apm", "pm", programme=True)
    assert found.programme_sentence == (
        "Your programme ends at Product Manager: this move is its regular end. "
        "What Product Manager still asks is for your first year there."
    )
    assert found.aim.startswith("For your first year there: “")
    assert found.focus_title == "Three things for your first year as Product Manager"
    almost = report(exact_profile("pm") | {"outcomes": 1}, "apm", "pm", programme=True)
    assert almost.focus_title == "One thing for your first year as Product Manager"
    done = report(exact_profile("pm"), "apm", "pm", programme=True)
    assert done.programme_sentence == "Your programme ends at Product Manager: this move is its regular end."
    # Against another level, without a programme, and at a level that has none, nothing is said of it.
    assert "first year" not in report(apm, "apm", "pm", programme=True, against="senior-pm").focus_title
    for held, programme in (("apm", False), ("pm", True), (None, True)):
        other = report(apm, held, "pm", programme=programme)
        assert "first year" not in f"{other.programme_sentence} {other.aim} {other.focus_title}"


# On the pages


@pytest.fixture
def small(member: User, rubric: Any) -> Assessment:
    return make_assessment(member, held="vp-product", answers=VP, submitted=True, small_company=True)


@pytest.mark.django_db
def test_pages_and_the_pdf_say_the_one_title_and_files_what_was_scored(
    member_client: Client, member: User, small: Assessment
) -> None:
    plain = make_assessment(member, held="vp-product", answers=VP, submitted=True)
    link = reverse("show_shared_report", args=[make_link(small, member, days=7)[1]])
    for address in (f"/reports/{small.pk}/?", f"/reports/{small.pk}/?target=cpo&", f"{link}?"):
        page = page_of(member_client.get(f"{address}fold=all"))
        assert page.one("h1").text.startswith("You stand at VP/CPO.")
        assert "Executive leadership and board readiness" in page.text
        assert page.all("ul", id="beyond")
    tried = page_of(member_client.get(f"/reports/{small.pk}/what-if/", {"step-strategy": "4"}))
    assert "VP/CPO" in tried.text
    assert "Director" in tried.text
    assert member_client.get(f"/plan/pick/{small.pk}/?target=cpo").status_code == 200
    paper = {"report": report_of_outcome(small), "assessment": small}
    assert "You stand at VP/CPO." in render_to_string("assessments/paper/report.html", paper)
    rows = [row.text for row in page_of(member_client.get("/reports/")).one("tbody").all("tr")]
    assert ["VP/CPO" in row for row in rows] == [False, True]
    assert "VP/CPO" in page_of(member_client.get("/trend/")).text
    found, other = (member_client.get(f"/reports/{item.pk}.json").json() for item in (small, plain))
    assert (found["small_company"], other["small_company"], found["programme"]) == (True, False, False)
    assert [found[name] for name in ("result", "held", "targets", "rule")] == [
        other[name] for name in ("result", "held", "targets", "rule")
    ]
    for ending in (".csv", "/arithmetic/?target=cpo"):
        said = member_client.get(f"/reports/{small.pk}{ending}").content.decode()
        assert "Chief Product Officer" in said
        assert "VP/CPO" not in said


@pytest.mark.django_db
def test_a_copy_speaks_the_ladder_s_words(rubric: Any) -> None:
    pair = make_pair()
    own = make_assessment(pair.member, held="vp-product", answers=VP, submitted=True, small_company=True)
    share = share_with_team(own, pair.team, with_notes=False)
    page = page_of(pair.as_member.get(f"/copies/{share.pk}/"))
    assert page.one("h1").text.startswith("You stand at VP Product.")
