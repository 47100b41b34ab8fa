"""Another version of the ladder calls a level and a competency otherwise: what was said goes on under the new names.

Each place where two versions meet is walked: the next quiz, the trend, the map, a review, a team's table, the plan, the
log, and a file that is read back.
"""

import csv
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse

from assessments.models import Assessment, Review
from assessments.sharing.copies import share_with_team
from growth.my_data.document import document_of
from growth.my_data.read_back import import_document
from ladder.document.format import LadderDocument
from ladder.models import LadderVersion, OrganisationLadder, load
from people.models import User
from tests.assessments.reviews.pair import Pair, make_pair
from tests.assessments.test_other_ladder import TABLE, answered
from tests.pages import Node, page_of

pytestmark = pytest.mark.django_db

# Exactly what a Designer does.
STEPS = {"research": "2", "craft": "2", "critique": "1", "leading": "2"}
LEVELS = [
    {"title": "Newcomer"},
    {"title": "Product Designer", "was": ["designer"]},
    {"title": "Head Designer", "was": ["lead-designer"]},
]
RENAMED = TABLE | {
    "levels": LEVELS,
    "competencies": [
        *TABLE["competencies"][1:],
        TABLE["competencies"][0] | {"name": "Discovery", "was": ["research"]},
    ],
}


@pytest.fixture
def pair(settings: Any) -> Pair:
    """Somebody with a report on the first version, shared with their manager's team; the second is published since."""
    settings.DEFAULT_LADDER = "table"
    cache.clear()
    load(LadderDocument.model_validate(TABLE))
    pair = make_pair()
    User.objects.filter(pk=pair.member.pk).update(held_level="designer")
    own = taken(pair, "designer")
    share_with_team(own, pair.team, with_notes=True)
    load(LadderDocument.model_validate(RENAMED))
    return pair


def taken(pair: Pair, level: str, **more: str) -> Assessment:
    """A report of the member's, with what is answered in advance and STEPS that the ladder has."""
    client = pair.as_member
    assert client.post(reverse("start_quiz"), {"level": level, "length": "full"} | more).status_code == 302
    draft = Assessment.objects.latest("started_at")
    if not more:
        answered(client, draft.pk, "save_rating", STEPS)
    assert client.post(reverse("submit_assessment", args=[draft.pk])).status_code == 302
    draft.refresh_from_db()
    return draft


def shown(pair: Pair, view: str, *args: Any, **query: str) -> Node:
    response = pair.as_member.get(reverse(view, args=args), query)
    assert response.status_code == 200, view
    return page_of(response)


def start_fields(pair: Pair) -> tuple[str, str]:
    """What the start page says of the level held: the title that is chosen, and the sentence below it."""
    page = shown(pair, "start_quiz")
    chosen = [node.text for node in page.one("select", id="id_level").all("option") if "selected" in node.attrs]
    return " ".join(chosen), " ".join(node.text for node in page.all("p", id="level-gone"))


def test_the_next_quiz_the_trend_and_the_map_go_on_with_them(pair: Pair) -> None:
    assert start_fields(pair) == ("Product Designer", "")
    again = taken(pair, "product-designer", prefill="on")
    assert again.answers() == {"craft": 2, "critique": 1, "leading": 2, "discovery": 2}
    page = shown(pair, "show_trend", target="head-designer")
    charts = {chart.one("h3").text for chart in page.all("figure")}
    assert "Discovery: stays at 2" in charts
    assert "4 competencies matched." in page.text
    # Both reports have a row with the place as its own version names it, and a point in the picture.
    assert "Place on the way there: from Designer to Product Designer" in charts


def test_the_map_shows_a_place_of_the_version_before(pair: Pair) -> None:
    assert Assessment.objects.get().outcome.place_low == "designer"
    assert "you stand at Product Designer." in shown(pair, "show_ladder").text
    assert "Head Designer" in shown(pair, "compare_tracks").text


def test_who_held_a_level_that_is_gone_is_asked(pair: Pair) -> None:
    said = "The level you held is no longer on the ladder: choose the one that fits your work today."
    User.objects.filter(pk=pair.member.pk).update(held_level="junior-designer")
    assert start_fields(pair) == ("Take it from my title", said)
    # Without a level in the profile, the last report tells it.
    User.objects.filter(pk=pair.member.pk).update(held_level="")
    assert start_fields(pair) == ("Product Designer", "")
    User.objects.filter(pk=pair.member.pk).update(held_level="none")
    assert start_fields(pair)[1] == ""


def test_a_profile_keeps_its_level(pair: Pair) -> None:
    page = shown(pair, "edit_profile")
    chosen = [node.text for node in page.one("select", name="level").all("option") if "selected" in node.attrs]
    assert chosen == ["Product Designer"]


@pytest.mark.parametrize("pinned", [False, True], ids=["copy of the old, review of the new", "the other way round"])
def test_two_views_meet_across_the_rename(pair: Pair, *, pinned: bool) -> None:
    if pinned:
        old = LadderVersion.objects.get(slug="table", version=1)
        OrganisationLadder.objects.create(organisation=pair.organisation, ladder_version=old)
        share_with_team(taken(pair, "product-designer", prefill="on"), pair.team, with_notes=True)
    level, slug = ("designer", "research") if pinned else ("product-designer", "discovery")
    pair.as_manager.post(f"{pair.member_page}review/", {"choice": "rate_first", "level": level})
    review = Review.objects.get()
    answered(
        pair.as_manager, review.pk, "save_review_rating", {slug: "3", "craft": "2", "critique": "1", "leading": "2"}
    )
    pair.as_manager.post(reverse("submit_review", args=[review.pk]))
    page = page_of(pair.as_manager.get(reverse("show_together", args=[review.pk])))
    # The one competency in which they differ is the renamed one.
    assert page.text.count("sees it 1 step higher") == page.text.count("Seun Bello sees it 1 step higher") > 0
    assert not [item for item in ("Only one", "only one") if item in page.text]
    exported = pair.as_manager.get(reverse("export_matrix_csv", args=[*pair.team.slugs])).content.decode("utf-8-sig")
    (row,) = csv.DictReader(exported.splitlines())
    name = slug.capitalize()
    assert (row["Level"], row[name], row[f"{name}: asked"]) == ("Product Designer" if pinned else "Designer", "2", "2")


def test_a_file_with_old_slugs_is_read_where_the_version_has_new_ones(pair: Pair) -> None:
    document = document_of(pair.member)
    for row in document["tables"]["assessments"]:
        row["ladder_version"] = "table 2"
    user, counts = import_document(document, "again@example.com")
    assert counts["ratings"] == 4
    mine = Assessment.objects.get(rater=user)
    assert (mine.held, mine.targets) == ("product-designer", ["head-designer"])
    assert mine.answers()["discovery"] == 2


def test_plan_and_log_name_what_it_is_called_today(pair: Pair) -> None:
    client = pair.as_member
    client.post(reverse("create_plan_item"), {"text": "Ask five people", "competency": "discovery"})
    client.post(
        reverse("list_evidence"), {"happened_on": "2026-01-05", "approach": "Asked five", "competencies": ["discovery"]}
    )
    # As they were written before.
    pair.member.plan_items.update(competency="research")
    pair.member.evidence.update(competencies=["research"])
    assert "Discovery" in shown(pair, "list_plan").text
    for query in ("research", "discovery"):
        assert "Asked five" in shown(pair, "list_evidence", competency=query).text
