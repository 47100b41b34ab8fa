"""The plan: from a report's focus and of one's own, its order, its states, and the evidence at the end."""

import datetime
import uuid
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assessments.models import Assessment
from assessments.reviews import review as reviewing
from growth.models import EvidenceEntry, PlanItem
from growth.plan import plan
from growth.plan.plan import NewItem, PlanError, add_items, move, plan_of, set_state
from growth.plan.plan import finish as finish_item
from people.models import User
from tests.assessments.reviews.pair import Pair, make_pair
from tests.factories import exact_profile, make_assessment
from tests.pages import Node, page_of, sends

pytestmark = pytest.mark.django_db
TODAY = datetime.date(2026, 5, 4)
TARGET = "senior-pm"


@pytest.fixture
def report(member: User) -> Assessment:
    return make_assessment(member, answers=exact_profile("pm"), targets=[TARGET], submitted=True)


def fill(user: User, *texts: str) -> list[PlanItem]:
    add_items(user, [NewItem(text) for text in texts])
    return list(plan_of(user).filter(text__in=texts))


def order(user: User) -> list[str]:
    return [item.text for item in plan_of(user).filter(state__in=plan.OPEN)]


def address(name: str, item: PlanItem) -> str:
    return reverse(name, args=[item.pk])


def main(client: Client) -> Node:
    return page_of(client.get(reverse("list_plan"))).one("main")


def test_actions_of_a_report_come_with_their_steps(member_client: Client, member: User, report: Assessment) -> None:
    shown = page_of(member_client.get(reverse("show_report", args=[report.pk])))
    links = [link.attrs["href"] for link in shown.all("a") if "/plan/pick/" in link.attrs["href"]]
    page = page_of(member_client.get(links[0])).one("main")
    boxes = page.all("input", type="checkbox", name="pick")
    assert len(boxes) >= 3
    response = member_client.post(
        links[0], {"pick": [boxes[0].attrs["value"], boxes[-1].attrs["value"]], "due_on": "2026-09-30"}
    )
    assert response.headers["Location"] == reverse("list_plan")
    first, second = plan_of(member)
    slug = boxes[0].attrs["value"].partition(":")[0]
    rubric = report.rubric
    assert first.competency == slug
    assert first.to_step == (first.from_step or 0) + 1
    assert first.done_when == rubric.competencies[slug].says(first.to_step)
    assert {first.due_on, second.due_on} == {datetime.date(2026, 9, 30)}
    text = main(member_client).text
    assert f"{rubric.competencies[slug].name}, step {first.from_step} → {first.to_step}" in text
    # The same again adds nothing.
    member_client.post(links[0], {"pick": [boxes[0].attrs["value"]], "due_on": ""})
    assert plan_of(member).count() == 2
    # And a report without a gap offers nothing.
    done = make_assessment(member, held="cpo", answers=exact_profile("cpo"), submitted=True)
    page = page_of(member_client.get(reverse("pick_plan_items", args=[done.pk]) + "?target=no-such")).one("main")
    assert not page.all("input", name="pick")
    assert reverse("create_plan_item") in [link.attrs["href"] for link in page.all("a", class_="btn")]


def test_a_choice_that_is_none_is_said_and_kept(member_client: Client, member: User, report: Assessment) -> None:
    for data, sentence in (
        ({"due_on": "2026-09-30"}, "Choose at least one"),
        ({"pick": ["no-such:0"]}, "Choose among the actions"),
        ({"pick": ["strategy:99"]}, "Choose among the actions"),
        ({"pick": ["strategy:0"], "due_on": "soon"}, "Choose a date"),
        ({"pick": ["strategy:0"], "due_on": "9999-12-31"}, "of this century"),
    ):
        response = member_client.post(f"{reverse('pick_plan_items', args=[report.pk])}?target={TARGET}", data)
        assert response.status_code == 422
        page = page_of(response).one("main")
        assert sentence in page.text
        if "due_on" in data:
            assert page.one("input", name="due_on").attrs["value"] == data["due_on"]
        if data.get("pick") == ["strategy:0"]:
            assert "checked" in page.one("input", value="strategy:0").attrs
    assert not plan_of(member).exists()


def test_an_own_item(member_client: Client, member: User) -> None:
    page = page_of(member_client.get(reverse("create_plan_item"))).one("main")
    said = sends(page.one("form")) | {
        "text": "Own the pricing bet",
        "competency": "strategy",
        "first_step": "Ask finance for the numbers",
        "done_when": "The board decided",
        "due_on": "2026-08-01",
    }
    assert member_client.post(reverse("create_plan_item"), said).status_code == 302
    text = main(member_client).text
    for piece in ("Own the pricing bet", "Ask finance for the numbers", "The board decided", "until 1 August 2026"):
        assert piece in text


def test_what_does_not_fit_is_said_and_kept(member_client: Client, member: User) -> None:
    for name, value, sentence in (
        ("text", "", "Say what you will do"),
        *((name, "x" * 401, "it has 401") for name in ("text", "first_step")),
        ("text", "a\0b", "can’t be stored"),
        ("competency", "no-such", "Choose one of the list"),
        ("due_on", "31/31/2026", "Choose a date"),
        ("due_on", "1999-01-01", "of this century"),
    ):
        said = {"text": "Mine", "first_step": "First", "due_on": "2026-08-01", name: value}
        response = member_client.post(reverse("create_plan_item"), said)
        assert response.status_code == 422
        page = page_of(response).one("main")
        assert sentence in page.text
        assert page.one("input", name="text").attrs.get("value", "") == said["text"]
    assert not plan_of(member).exists()


def test_an_item_is_changed_and_keeps_a_competency_that_the_ladder_lost(member_client: Client, member: User) -> None:
    (item,) = fill(member, "Before")
    plan_of(member).update(competency="gone")
    where = address("edit_plan_item", item)
    said = sends(page_of(member_client.get(where)).one("main").one("form"))
    assert (said["text"], said["competency"]) == ("Before", "gone")
    assert member_client.post(where, said | {"text": "After", "due_on": "2026-08-01"}).status_code == 302
    item.refresh_from_db()
    assert (item.text, item.competency, item.due_on) == ("After", "gone", datetime.date(2026, 8, 1))


def test_what_was_agreed_keeps_its_words_and_date(rubric: Any) -> None:
    pair: Pair = make_pair()
    review = pair.revealed()
    reviewing.save_talk(review, pair.manager, rows=[("Lead the pricing test", "strategy", datetime.date(2026, 9, 1))])
    fill(pair.member, "My own")
    for side in (pair.member, pair.manager):
        reviewing.save_talk(review, side, signed_at=timezone.now())
    assert order(pair.member) == ["My own", "Lead the pricing test"]
    item = plan_of(pair.member).get(commitment__isnull=False)
    client = pair.as_member
    assert "You agreed on this with Seun Bello" in page_of(client.get(address("edit_plan_item", item))).text
    client.post(
        address("edit_plan_item", item),
        {"text": "Something else", "competency": "", "due_on": "2030-01-01", "first_step": "Call finance"},
    )
    item.refresh_from_db()
    assert (item.text, item.competency, item.due_on) == ("Lead the pricing test", "strategy", datetime.date(2026, 9, 1))
    assert item.first_step == "Call finance"
    assert "stays in the review" in page_of(client.get(address("delete_plan_item", item))).text
    client.post(address("delete_plan_item", item))
    assert review.commitments.count() == 1
    assert order(pair.member) == ["My own"]


def test_a_plan_has_room_for_so_many(member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "PLAN_MAX", 2)
    fill(member, "One", "Two")
    with pytest.raises(PlanError):
        fill(member, "Three")
    response = member_client.post(reverse("create_plan_item"), {"text": "Three"})
    assert response.status_code == 422
    assert "A plan holds 2 items" in page_of(response).text


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from(["up", "down", "before", "end", "done", "planned"]), st.integers(0, 3)
        ),
        max_size=8,
    )
)
def test_moving_is_what_a_list_does(member: User, moves: list[tuple[int, str, int]]) -> None:
    PlanItem.objects.all().delete()
    items = {item.text: item for item in fill(member, *"abcd")}
    expected = list("abcd")
    for n, how, other in moves:
        name, target = "abcd"[n], "abcd"[other]
        if how in {"done", "planned"}:
            assert set_state(member, items[name].pk, how, TODAY)
            if how == "done" and name in expected:
                expected.remove(name)
            elif how == "planned" and name not in expected:
                expected.append(name)
        else:
            before = items[target].pk if how == "before" else None
            moved = move(member, items[name].pk, "before" if how == "end" else how, before)
            assert moved == (name in expected)
            if moved:
                at = expected.index(name)
                expected.remove(name)
                if how in {"before", "end"}:
                    at = expected.index(target) if how == "before" and target in expected else len(expected)
                else:
                    at = max(0, at - 1) if how == "up" else at + 1
                expected.insert(at, name)
        assert order(member) == expected


def test_the_arrows_move_and_answer_with_the_lists(member_client: Client, member: User) -> None:
    one, two, three = fill(member, "One", "Two", "Three")
    # Behind the script are plain forms.
    forms = {form.attrs["action"] for form in main(member_client).all("form", method="post")}
    assert {address(name, three) for name in ("move_plan_item", "set_plan_state")} <= forms
    assert member_client.post(address("move_plan_item", three), {"place": "up"}).status_code == 302
    assert order(member) == ["One", "Three", "Two"]
    response = member_client.post(
        address("move_plan_item", one), {"place": "before", "before": str(two.pk)}, headers={"HX-Request": "true"}
    )
    assert page_of(response).one("div", id="plan").all("p", class_="what")[0].text == "Three"
    assert order(member) == ["Three", "One", "Two"]
    member_client.post(address("move_plan_item", three), {"place": "before", "before": ""})
    assert order(member) == ["One", "Two", "Three"]
    for data in ({"place": "sideways"}, {"place": "before", "before": "x"}, {}):
        member_client.post(address("move_plan_item", one), data)
        assert order(member) == ["One", "Two", "Three"]
        assert "Choose up or down." in main(member_client).text
    member_client.post(address("move_plan_item", one), {"place": "before", "before": str(uuid.uuid4())})
    assert order(member) == ["Two", "Three", "One"]


def test_more_than_three_at_once_is_said(member_client: Client, member: User, django_assert_num_queries: Any) -> None:
    items = fill(member, *"abcdefghij")
    for item, state in zip(items[:4], ("doing", "doing", "doing", "nonsense"), strict=True):
        member_client.post(address("set_plan_state", item), {"state": state})
    with django_assert_num_queries(6):  # session, user, ladder, items, open reviews, newest report
        assert "in progress. Most people" not in main(member_client).text
    said = {"state": "doing"}
    response = member_client.post(address("set_plan_state", items[3]), said, headers={"HX-Request": "true"})
    assert "You have 4 things in progress" in page_of(response).text


def test_a_day_is_kept_while_it_is_done(member: User) -> None:
    (item,) = fill(member, "One")
    for day in (TODAY, TODAY + datetime.timedelta(days=3)):
        set_state(member, item.pk, "done", day)
    item.refresh_from_db()
    assert item.done_on == TODAY
    set_state(member, item.pk, "doing", TODAY)
    item.refresh_from_db()
    assert (item.state, item.done_on) == ("doing", None)


def test_done_asks_for_a_line_of_evidence(member_client: Client, member: User) -> None:
    add_items(member, [NewItem("Cut the form", competency="data")])
    item = plan_of(member).get()
    response = member_client.post(address("set_plan_state", item), {"state": "done"}, headers={"HX-Request": "true"})
    finish = address("finish_plan_item", item)
    assert response.headers["HX-Redirect"] == finish
    assert "Add what came of it" in main(member_client).text
    form = page_of(member_client.get(finish)).one("main").one("form")
    said = sends(form)
    assert said["approach"].strip() == "Cut the form"
    assert said["competencies"] == "data"
    assert member_client.post(finish, said | {"approach": ""}).status_code == 422
    member_client.post(finish, said | {"outcome": "More shoppers paid", "before": "51", "after": "64"})
    entry = EvidenceEntry.objects.get(owner=member)
    assert (entry.outcome, entry.competencies) == ("More shoppers paid", ["data"])
    assert entry.organisation_id == member.home_id
    item.refresh_from_db()
    assert item.evidence == entry
    assert "More shoppers paid" in main(member_client).text
    # Once is enough, however late the second one comes, and what is not done has nothing to show.
    assert member_client.post(finish, said).status_code == 302
    finish_item(member, item.pk, {"approach": "Did it", "happened_on": TODAY})
    assert EvidenceEntry.objects.count() == 1
    (other,) = fill(member, "Not done")
    assert member_client.get(address("finish_plan_item", other)).headers["Location"] == reverse("list_plan")


def test_the_plan_leads_to_the_newest_report(member_client: Client, member: User, report: Assessment) -> None:
    def way() -> str:
        (link,) = [link for link in main(member_client).all("a", class_="btn") if link.text == "Take it from a report"]
        return str(link.attrs["href"])

    assert way() == reverse("pick_plan_items", args=[report.pk])
    newer = make_assessment(member, answers=exact_profile("pm"), submitted=True)
    assert way() == reverse("pick_plan_items", args=[newer.pk])
    make_assessment(member, answers=exact_profile("pm"))
    assert way() == reverse("pick_plan_items", args=[newer.pk])
