"""The evidence log: writing, finding, changing, deleting; what the quiz offers of it; the milestones it proves."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from assessments.models import EVIDENCE_MAX
from growth.evidence import log as evidence
from growth.evidence.log import EvidenceError, add_entries, log_of
from growth.evidence.search import search
from growth.models import EvidenceEntry, MilestoneProof
from ladder.rubric import Rubric
from people.models import User
from tests.factories import make_assessment
from tests.growth.cast import make_entry
from tests.pages import Node, page_of, sends

pytestmark = pytest.mark.django_db
LOG = "/evidence/"


def main(client: Client, query: str = "") -> Node:
    response = client.get(LOG + query)
    assert response.status_code == 200
    return page_of(response).one("main")


def shown(page: Node) -> list[str]:
    return [item.attrs["id"].removeprefix("e") for item in page.all("li") if item.attrs.get("id", "").startswith("e0")]


def test_two_fields_are_enough_and_everything_is_kept_until_it_is_deleted(member_client: Client, member: User) -> None:
    said = sends(main(member_client).all("form")[0])
    assert said["happened_on"] == timezone.localdate().isoformat()
    assert member_client.post(LOG, said | {"approach": "Asked twelve shoppers"}).status_code == 302
    entry = log_of(member).get()
    assert (entry.approach, entry.organisation_id, entry.competencies) == ("Asked twelve shoppers", member.home_id, [])
    assert "Asked twelve shoppers" in main(member_client).text
    address = reverse("delete_evidence", args=[entry.pk])
    member_client.get(address)
    assert log_of(member).exists()
    member_client.post(address)
    assert not log_of(member).exists()
    all_of_it = said | {"approach": "Line one\r\nLine two", "problem": "A problem", "outcome": "A result"}
    all_of_it |= {"measure": "paid baskets in 100", "before": "51", "after": "64"}
    member_client.post(LOG, all_of_it | {"competencies": ["data", "strategy"], "link": "wiki.example/x"})
    entry = log_of(member).get()
    assert (entry.approach, entry.link) == ("Line one\nLine two", "https://wiki.example/x")
    assert entry.competencies == ["data", "strategy"]
    assert entry.figures == "paid baskets in 100: 51 → 64"
    assert entry.as_line == "Line one Line two – A result (paid baskets in 100: 51 → 64)"
    assert "paid baskets in 100: 51 → 64" in main(member_client).text


MISFITS = [
    *[("approach", "", "Say what you did"), ("approach", "x" * 2001, "This is 2001 characters long; 2000 fit")],
    *[("approach", "a\0b", "can’t be stored"), ("problem", "x" * 2001, "Nothing was cut off")],
    *[("happened_on", day, "Choose a date") for day in ("", "yesterday")],
    *[("happened_on", "1999-12-31", "of this century"), ("happened_on", "9999-12-31", "has not come yet")],
    *[("measure", "x" * 201, "Shorten this to 200"), ("before", "x" * 61, "Shorten this to 60")],
    *[("link", link, "begins with https://") for link in ("javascript:alert(1)", "ftp://a.example/x")],
    ("link", "https://a.example/" + "x" * 500, "Shorten this to 500"),
    ("competencies", "no-such", "Choose among the competencies"),
]


def test_what_does_not_fit_is_said_and_kept(member_client: Client, member: User) -> None:
    for name, value, sentence in MISFITS:
        said = {"approach": "What I did", "happened_on": "2026-05-04", "outcome": "Came of it", name: value}
        response = member_client.post(LOG, said)
        assert response.status_code == 422
        page = page_of(response).one("main")
        assert sentence in page.text, (name, value)
        assert page.one("textarea", name="outcome").text.strip() == "Came of it"
        assert name in {"approach", "happened_on"} or "open" in page.all("details")[0].attrs
    assert not log_of(member).exists()


def test_an_entry_is_changed_and_keeps_what_the_ladder_lost(member_client: Client, member: User) -> None:
    entry = make_entry(member, competencies=["gone", "data"])
    address = reverse("edit_evidence", args=[entry.pk])
    form = page_of(member_client.get(address)).one("main").one("form")
    ticked = [box.attrs["value"] for box in form.all("input", type="checkbox") if "checked" in box.attrs]
    assert ticked == ["data", "gone"]
    said = sends(form) | {"approach": "Changed", "competencies": ["gone"]}
    assert member_client.post(address, said).status_code == 302
    entry.refresh_from_db()
    assert (entry.approach, entry.competencies) == ("Changed", ["gone"])
    assert entry.problem == "Half of the baskets were left."
    assert entry.updated_at > entry.created_at


def test_a_log_has_room_for_so_many(member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evidence, "ENTRIES_MAX", 1)
    make_entry(member)
    response = member_client.post(LOG, {"approach": "One more", "happened_on": "2026-05-04"})
    assert response.status_code == 422
    assert "A log holds 1 entries" in page_of(response).text
    with pytest.raises(EvidenceError):
        add_entries(member, [{"approach": "x", "happened_on": datetime.date(2026, 5, 4)}])


def test_search_finds_endings_beginnings_and_slips(member_client: Client, member: User) -> None:
    basket = make_entry(member, happened_on=datetime.date(2026, 5, 3))
    other = make_entry(
        member, problem="", approach="Prioritised the pricing page.", outcome="", measure="", competencies=["strategy"]
    )
    for query, expected in (
        ("shopper", [basket]),
        ("prioritising", [other]),
        ("prio", [other]),
        ("pricng", [other]),
        ("vision", [other]),  # its competency is called Vision and strategy
        ("baskets paid", [basket]),
        ("pricing shoppers", []),
        ("zzzz", []),
        ("", [other, basket]),
        ("?!", [other, basket]),
    ):
        assert shown(main(member_client, f"?q={query}")) == [str(entry.pk) for entry in expected], query
    assert shown(main(member_client, "?competency=strategy")) == [str(other.pk)]
    assert shown(main(member_client, "?competency=no-such")) == []
    assert "2 entries" in main(member_client).text


@settings(max_examples=40)
@given(st.text(max_size=40))
def test_any_query_is_fine(query: str) -> None:
    entry = EvidenceEntry(approach="Asked twelve shoppers", competencies=["data"])
    assert search([entry], query, {"data": "Data"}) in ([], [entry])
    assert search([entry], "twelve asked", {}) == [entry]


def test_pages_of_thirty_keep_the_search(member_client: Client, member: User, django_assert_num_queries: Any) -> None:
    for day in range(1, 32):
        make_entry(member, happened_on=datetime.date(2026, 3, day))
        if day in {1, 31}:
            # Session, user, ladder, count, page; the newest report says at which level the log speaks to its person.
            with django_assert_num_queries(6):
                main(member_client)
    page = main(member_client, "?q=shoppers&competency=customer-insight")
    assert len(shown(page)) == 30
    link = page.one("nav", class_="pages").one("a").attrs["href"]
    assert link == "?page=2&q=shoppers&competency=customer-insight"
    assert len(shown(main(member_client, link))) == 1
    assert len(shown(main(member_client, "?page=99"))) == 1


def offer(client: Client, slug: str, data: dict[str, str] | None = None) -> Any:
    address, headers = reverse("offer_evidence", args=[slug]), {"HX-Request": "true"}
    return client.post(address, data, headers=headers) if data else client.get(address, headers=headers)


def test_newest_entries_of_the_competency_are_offered(member_client: Client, member: User, stranger: User) -> None:
    make_entry(stranger, competencies=["data"], approach="Not yours")
    make_entry(member, competencies=["strategy"], approach="Another one")
    for day in range(1, 8):
        make_entry(member, competencies=["data"], approach=f"Entry {day}", happened_on=datetime.date(2026, 3, day))
    page = page_of(offer(member_client, "data"))
    assert "Entry 7" in page.text
    assert "Entry 2" not in page.text
    assert "2 more in your log" in page.text
    assert "Not yours" not in page.text
    assert "Another one" not in page.text
    line = page.all("button", class_="use")[0].attrs["data-use"]
    assert line == "Entry 7 – More of them paid. (paid baskets in 100: 51 → 64)"
    # What is offered fits the note.
    make_entry(member, competencies=["delivery"], approach="x" * 2000)
    button = page_of(offer(member_client, "delivery")).one("button", class_="use")
    assert len(button.attrs["data-use"]) == EVIDENCE_MAX


def test_an_entry_is_added_from_the_quiz(member_client: Client, member: User) -> None:
    said = sends(page_of(offer(member_client, "data")).one("form"))
    page = page_of(offer(member_client, "data", said | {"approach": "Cut the form"}))
    assert "Your log has it." in page.text
    assert page.one("textarea", name="approach").text == ""
    assert log_of(member).get().competencies == ["data"]
    response = offer(member_client, "data", said | {"approach": " "})
    assert response.status_code == 422
    assert "Say what you did" in page_of(response).text


def test_without_htmx_it_is_the_log(member_client: Client) -> None:
    offer_data = reverse("offer_evidence", args=["data"])
    response = member_client.get(offer_data)
    assert response.headers["Location"] == f"{LOG}?competency=data"
    # What was typed wrongly stands in the form of the log.
    response = member_client.post(offer_data, {"approach": "Kept", "happened_on": "no day", "competencies": "data"})
    assert response.status_code == 422
    assert sends(page_of(response).one("main").one("form", method="post"))["approach"].strip() == "Kept"


def test_without_javascript_the_quiz_leads_to_the_log_of_its_competency(member_client: Client, member: User) -> None:
    make_entry(member, approach="About numbers", competencies=["data"])
    make_entry(member, approach="About people", competencies=["mentoring"])
    here = f"{LOG}?competency=data"
    page = page_of(member_client.get(here)).one("main")
    assert "About numbers" in page.text
    assert "About people" not in page.text
    said = sends(page.one("form", method="post"))
    assert said["competencies"] == "data"
    response = member_client.post(here, said | {"approach": "One more"})
    assert response.headers["Location"] == here
    assert log_of(member).get(approach="One more").competencies == ["data"]


def test_visitors_and_reviews_have_no_log_in_their_quiz(client: Client, rubric: Rubric) -> None:
    from assessments.models import SESSION_KEY
    from tests.assessments.reviews.pair import make_pair

    draft = make_assessment(None)
    session = client.session
    session[SESSION_KEY] = [str(draft.pk)]
    session.save()
    page = page_of(client.get(reverse("show_quiz", args=[draft.pk]) + "?at=data"))
    assert not page.all("details", class_="log")
    pair = make_pair()
    review = pair.rate(submit=False)
    page = page_of(pair.as_manager.get(reverse("show_review", args=[review.pk]) + "?at=data"))
    assert page.all("form", id="answer")
    assert not page.all("details", class_="log")


def test_milestones_of_what_comes_next(member_client: Client, member: User, rubric: Rubric) -> None:
    User.objects.filter(pk=member.pk).update(held_level="pm")
    page = page_of(member_client.get(reverse("list_milestones"))).one("main")
    assert [title.text for title in page.all("h2")] == [rubric.levels[slug].title for slug in rubric.next_levels["pm"]]
    User.objects.filter(pk=member.pk).update(held_level="senior-pm")
    both = page_of(member_client.get(reverse("list_milestones"))).one("main")
    staff, group = (rubric.levels[slug].title for slug in rubric.next_levels["senior-pm"])
    assert [title.text for title in both.all("h2")] == [f"{staff} and {group}", staff, group]
    ids = [item.attrs["id"] for item in both.all("li", class_="sheet")]
    assert len(ids) == len(set(ids))
    assert "so there is nothing to attach yet" in page.text
    page = page_of(member_client.get(reverse("list_milestones") + "?level=director")).one("main")
    assert [title.text for title in page.all("h2")] == [rubric.levels["director"].title]
    assert member_client.get(reverse("list_milestones") + "?level=no-such").status_code == 200


def test_an_entry_is_attached_once_and_taken_off(member_client: Client, member: User, rubric: Rubric) -> None:
    entry = make_entry(member)
    item = rubric.milestones_for("senior-pm")[0]
    attach = reverse("attach_evidence", args=[item.slug])
    for _ in range(2):
        response = member_client.post(attach, {"entry": str(entry.pk), "level": "senior-pm"})
        assert response.headers["Location"] == f"{reverse('list_milestones')}?level=senior-pm#{item.slug}"
    proof = MilestoneProof.objects.get()
    page = page_of(member_client.get(reverse("list_milestones") + "?level=senior-pm")).one("li", id=item.slug)
    assert "More of them paid." in page.text
    assert not page.all("option")  # the only entry is attached already
    member_client.post(reverse("detach_evidence", args=[proof.pk]))
    assert not MilestoneProof.objects.exists()
    assert log_of(member).exists()


def test_an_old_entry_comes_from_the_log(
    member_client: Client, member: User, stranger: User, rubric: Rubric, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("growth.evidence.views_milestones.OFFERED", 1)
    old = make_entry(member, happened_on=datetime.date(2020, 1, 1), approach="Long ago")
    make_entry(member, approach="Lately")
    links = [link.attrs["href"] for link in page_of(member_client.get(LOG)).all("a")]
    here = f"{reverse('list_milestones')}?entry={old.pk}"
    assert here in links
    slug = rubric.milestones_for("senior-pm")[0].slug
    page = page_of(member_client.get(f"{here}&level=senior-pm")).one("main")
    assert "Long ago" in page.one("p", class_="note").text
    first = page.one("li", id=slug).all("option")[0]
    assert first.attrs["value"] == str(old.pk)
    page = page_of(member_client.get(reverse("list_milestones") + "?level=senior-pm"))
    assert not page.one("main").all("p", class_="note")
    for other in (make_entry(stranger, approach="Theirs").pk, "x"):
        response = member_client.get(f"{reverse('list_milestones')}?entry={other}")
        assert response.status_code == 200
        assert "Theirs" not in page_of(response).text
