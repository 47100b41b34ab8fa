"""The way so far: its laws on random ladders, and the page."""

import itertools
import re
from fractions import Fraction
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.report.trend import EDGE, HEIGHT, WIDTH, AskedLevel, TrendLine, beside, level_under, stroke
from assessments.scoring.values import NO_CHANCE, Range
from ladder.document.format import LadderDocument
from ladder.models import load, rubric_of
from people.models import User
from tests.assessments.reviews.pair import logged_in, make_pair
from tests.assessments.scoring.small_frameworks import answers_to, ladder_versions
from tests.factories import exact_profile, make_assessment, shipped_ladder
from tests.pages import page_of

pytestmark = pytest.mark.django_db
laws = settings(max_examples=50, deadline=None)
SHARES = st.fractions(0, 1, max_denominator=20)


@laws
@given(st.data())
def test_a_version_beside_itself_says_the_same(data: st.DataObject) -> None:
    ladder_version = data.draw(ladder_versions())
    left = AskedLevel(ladder_version, "left")
    all_of_it = {slug: slug for slug in ladder_version.competencies}
    both = beside(left, left, all_of_it, data.draw(answers_to(ladder_version)))
    assert both
    assert both.old == both.new
    assert both.matched == ladder_version.competencies


@laws
@given(st.data())
def test_only_what_both_have_is_carried_over(data: st.DataObject) -> None:
    old, new = data.draw(ladder_versions()), data.draw(ladder_versions())
    answers = data.draw(answers_to(old))
    shared = [slug for slug in new.competencies if slug in old.competencies and old.steps == new.steps]
    both = beside(AskedLevel(old, "left"), AskedLevel(new, "left"), {slug: slug for slug in shared}, answers)
    assert both
    assert both.matched == tuple(shared)
    assert both.old == level_under(AskedLevel(old, "left"), answers)
    only_new = set(new.competencies) - set(both.matched)
    assert all(term.answer is None for term in both.new.terms if term.competency in only_new)
    # Answering what the new version alone has stays within the range.
    more = {slug: answers.get(slug) for slug in both.matched} | dict.fromkeys(only_new, min(3, new.steps))
    fuller = level_under(AskedLevel(new, "left"), more)
    assert fuller
    assert both.new.readiness.low <= fuller.readiness.low <= fuller.readiness.high <= both.new.readiness.high


@laws
@given(st.lists(st.none() | SHARES, min_size=1, max_size=12))
def test_a_line_stays_in_its_picture_and_breaks_at_an_unknown(shares: list[Fraction | None]) -> None:
    values = tuple(None if share is None else Range(share, share) for share in shares)
    drawn = stroke(TrendLine("", values))
    assert len(drawn.dots) == sum(share is not None for share in shares)
    assert all(EDGE <= dot.x <= WIDTH - EDGE and EDGE <= dot.low <= HEIGHT - EDGE for dot in drawn.dots)
    follow = sum(a is not None and b is not None for a, b in itertools.pairwise(shares))
    assert sum(piece.count("L") for piece in drawn.pieces) == follow
    # What others said in between doesn't break it.
    whole = stroke(TrendLine("", values), frozenset(range(len(shares))))
    assert sum(piece.count("L") for piece in whole.pieces) == max(0, len(whole.dots) - 1)


def test_one_report_is_no_way_yet(member: User, member_client: Client, client: Client) -> None:
    for words in ("Nothing here yet", "One report is a point"):
        page = page_of(member_client.get(reverse("show_trend")))
        assert words in page.text
        assert not page.all("svg")
        make_assessment(member, answers=exact_profile("pm"), submitted=True)
    assert client.get(reverse("show_trend")).status_code == 302


def test_my_line_and_the_manager_s_stand_apart_once_revealed(rubric: Any, django_assert_num_queries: Any) -> None:
    pair = make_pair()
    pair.own(exact_profile("apm"))
    pair.own(exact_profile("pm"))
    pair.rate()
    hidden = page_of(pair.as_member.get(reverse("show_trend")))
    assert "Seun Bello" not in hidden.text
    pair.share()
    client = logged_in(pair.member)
    # Session, person, my reports, the reviews.
    for _more in range(2):
        with django_assert_num_queries(4):
            page = page_of(client.get(reverse("show_trend")))
        pair.own(exact_profile("pm"))
    caption = next(f for f in page.all("figure") if "Vision and strategy" in f.text).one("figcaption").text
    assert caption.startswith("You: 0 → 2 → 2")
    assert "Seun Bello: 3" in caption
    assert "Nothing here yet" in page_of(pair.as_manager.get(reverse("show_trend"))).text
    assert client.get(reverse("show_trend"), {"target": "a\0b"}).status_code == 404
    assert "Chief Product Officer" in page_of(client.get(reverse("show_trend"), {"target": "cpo"})).text


def test_a_chart_tells_what_moved_and_is_not_drawn_of_nothing(member: User, member_client: Client, rubric: Any) -> None:
    first = exact_profile("pm") | {"storytelling": 2, "data": 3, "strategy": 1, "culture": NO_CHANCE}
    second = first | {"storytelling": 3, "data": 3, "strategy": 2}
    third = second | {"storytelling": 4, "strategy": 1}
    del first["culture"], first["mentoring"], second["mentoring"]
    for answers in (first, second, third | {"mentoring": 2}):
        make_assessment(member, answers=answers, targets=["senior-pm"], submitted=True)
    charts = {chart.one("h3").text: chart for chart in page_of(member_client.get(reverse("show_trend"))).all("figure")}
    assert {
        "Storytelling and executive communication: from 2 to 4",
        "Data and experimentation: stays at 3",
        "Vision and strategy: at 1",
        "Mentoring and coaching: at 2",
        "Culture and change: not rated so far",
    } <= set(charts)
    assert any(re.fullmatch(r"Readiness for Senior PM: from \d+(–\d+)? % to \d+(–\d+)? %", title) for title in charts)
    (culture,) = [chart for chart in charts.values() if not chart.all("svg")]
    assert culture.one("h3").text == "Culture and change: not rated so far"
    assert culture.one("figcaption").text == "You: open → no chance so far → no chance so far"


def test_a_place_is_told_from_one_level_to_another(member: User, member_client: Client, rubric: Any) -> None:
    def title() -> str:
        figures = page_of(member_client.get(reverse("show_trend"))).all("figure")
        return next(text for item in figures if (text := item.one("h3").text).startswith("Place"))

    for level in ("apm", "pm"):
        make_assessment(member, answers=exact_profile(level), targets=["senior-pm"], submitted=True)
    assert title() == "Place on the way there: from Associate PM to Product Manager"
    # A range is no place to name as the end of a way.
    make_assessment(member, answers={"data": 3}, targets=["senior-pm"], submitted=True)
    assert title() == "Place on the way there"


def test_a_change_of_version_is_marked_and_counted(member: User, member_client: Client, rubric: Any) -> None:
    make_assessment(member, answers=exact_profile("pm"), submitted=True)
    document = shipped_ladder().document() | {"title": "The ladder, changed"}
    newer = rubric_of(load(LadderDocument.model_validate(document))[0].pk)
    fresh = make_assessment(member)
    type(fresh).objects.filter(pk=fresh.pk).update(
        ladder_version_id=newer.key, held_level_id=newer.level_keys["pm"], targets=["senior-pm"]
    )
    fresh.refresh_from_db()
    fresh.submit(at=timezone.now())
    page = page_of(member_client.get(reverse("show_trend")))
    assert "From" in page.text
    assert "25 competencies matched." in page.text
    assert page.all("path", class_="mark")


def test_older_reports_left_out_are_told(member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    from assessments.report import views_trend

    for _ in range(3):
        make_assessment(member, answers=exact_profile("pm"), submitted=True)
    assert "newest reports" not in page_of(member_client.get("/trend/")).text
    monkeypatch.setattr(views_trend, "SHOWN_MAX", 2)
    assert "Shown are your 2 newest reports." in page_of(member_client.get("/trend/")).text
