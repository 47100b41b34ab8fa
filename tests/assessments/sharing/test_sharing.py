"""Giving copies: at submit, later, to a team or a colleague; who opened them; taking them back."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Opening, Share
from assessments.sharing.copies import share_with_person, teams_of, withdraw_from_organisation
from people.models import Membership, TeamMembership, User
from people.organisations.teams import remove_from_team
from tests.assessments.reviews.pair import OWN_NOTE, Pair, logged_in
from tests.factories import exact_profile, join, join_team, make_assessment, make_organisation, make_team, make_user
from tests.pages import page_of

pytestmark = pytest.mark.django_db


def text_of(response: Any) -> str:
    return page_of(response).text


def test_nothing_is_ticked_and_nothing_is_shared_by_submitting(pair: Pair) -> None:
    draft = make_assessment(pair.member, answers=exact_profile("pm"))
    client = pair.as_member
    page = page_of(client.get(reverse("check_answers", args=[draft.pk])))
    boxes = page.all("input", type="checkbox")
    assert [box.attrs["name"] for box in boxes] == ["team", "notes"]
    assert not any("checked" in box.attrs for box in boxes)
    assert "Seun Bello" in page.text
    client.post(reverse("submit_assessment", args=[draft.pk]))
    assert not Share.objects.exists()


def test_a_ticked_team_gets_a_copy_with_notes_only_where_ticked(pair: Pair) -> None:
    for said, notes in (({}, {}), ({"notes": "on"}, {"strategy": OWN_NOTE})):
        draft = make_assessment(pair.member, answers=exact_profile("pm"), evidence={"strategy": OWN_NOTE})
        address = reverse("submit_assessment", args=[draft.pk])
        pair.as_member.post(address, {"team": str(pair.team.pk)} | said)
        share = Share.objects.get(source=draft)
        assert (share.team, share.author, share.notes) == (pair.team, pair.member, notes)


def test_a_team_of_others_gets_nothing_at_submit(pair: Pair) -> None:
    foreign = make_team(pair.organisation, "Search", "search")
    draft = make_assessment(pair.member, answers=exact_profile("pm"))
    response = pair.as_member.post(
        reverse("submit_assessment", args=[draft.pk]), {"team": [str(foreign.pk), "nonsense"]}, follow=True
    )
    draft.refresh_from_db()
    assert not draft.is_draft
    assert not Share.objects.exists()
    assert "nothing was shared" in text_of(response)


def test_who_left_the_team_while_submitting_is_told(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    """They left after the page had looked at their teams, in another window."""
    teams = teams_of(pair.member)
    monkeypatch.setattr("assessments.quiz.views.teams_of", lambda _user: teams)
    remove_from_team(pair.team, pair.member.pk)
    draft = make_assessment(pair.member, answers=exact_profile("pm"))
    address = reverse("submit_assessment", args=[draft.pk])
    response = pair.as_member.post(address, {"team": str(pair.team.pk)}, follow=True)
    assert response.status_code == 200
    assert "Only members of a team share" in text_of(response)
    assert not Share.objects.exists()


def test_a_visitor_is_not_asked_to_share(client: Client, pair: Pair) -> None:
    client.post(reverse("start_quiz"))
    draft = client.get(reverse("start_quiz")).context["draft"]
    assert "managers" not in text_of(client.get(reverse("check_answers", args=[draft.pk])))


def test_share_page_gives_and_takes_back(pair: Pair) -> None:
    own, client = pair.own(), pair.as_member
    address = reverse("share_report", args=[own.pk])
    assert "Nobody but you" in text_of(client.get(address))
    client.post(address, {"team": str(pair.team.pk)})
    share = Share.objects.get()
    assert "Checkout" in text_of(client.get(reverse("show_report", args=[own.pk])))
    client.post(address, {"team": str(pair.team.pk), "notes": "on"})
    assert Share.objects.get().notes == {"strategy": OWN_NOTE}
    assert Share.objects.get().pk == share.pk
    response = client.post(reverse("withdraw_copy", args=[share.pk]), follow=True)
    assert "taken back" in text_of(response)
    assert not Share.objects.exists()
    assert client.post(reverse("withdraw_copy", args=[share.pk])).status_code == 404


def test_a_colleague_is_found_by_name_or_address(pair: Pair) -> None:
    cora = make_user("cora@example.com", name="Cora Colleague")
    join(cora, pair.organisation)
    for said in ("Cora Colleague", "cora colleague", "CORA@example.com"):
        own = pair.own()
        address = reverse("share_report", args=[own.pk])
        assert pair.as_member.post(address, {"person": said}).status_code == 302
        share = Share.objects.get(source=own)
        assert (share.recipient, share.organisation) == (cora, pair.organisation)
        response = logged_in(cora).get(reverse("show_copy", args=[share.pk]))
        assert "Ada Lind" in text_of(response)
        assert OWN_NOTE not in response.content.decode()
        assert "Cora Colleague" in text_of(pair.as_member.get(address))


def test_whoever_is_no_colleague_gets_one_answer(pair: Pair) -> None:
    """An account elsewhere, one who left, oneself, nobody: the page does not tell which it was."""
    make_user("elsewhere@example.com", name="Elsa Elsewhere")
    gone = make_user("gone@example.com", name="Gus Gone")
    Membership.objects.filter(pk=join(gone, pair.organisation).pk).update(left_at=timezone.now())
    address = reverse("share_report", args=[pair.own().pk])
    answers = set()
    for said in ("elsewhere@example.com", "Gus Gone", "gone@example.com", "ada@example.com", "nobody@example.com"):
        response = pair.as_member.post(address, {"person": said})
        assert response.status_code == 422
        answers.add(page_of(response).one("ul", id="person-error").text)
    assert answers == {"Nobody in your organisations has this name or address."}
    for said in ("", "x" * 300, "a\0b"):
        assert pair.as_member.post(address, {"person": said}).status_code == 422
    assert not Share.objects.exists()


def test_an_address_means_its_owner_not_who_is_called_so(pair: Pair) -> None:
    mole = make_user("mole@example.com", name="Boss@Lantern.example")
    join(mole, pair.organisation)
    address = reverse("share_report", args=[pair.own().pk])
    assert pair.as_member.post(address, {"person": "boss@lantern.example"}).status_code == 422
    assert not Share.objects.exists()
    User.objects.filter(pk=mole.pk).update(name=pair.manager.email)
    assert pair.as_member.post(address, {"person": pair.manager.email}).status_code == 302
    assert Share.objects.get().recipient == pair.manager


def test_two_of_one_name_are_told_apart_by_address(pair: Pair) -> None:
    for number in range(2):
        join(make_user(f"cora{number}@example.com", name="Cora"), pair.organisation)
    response = pair.as_member.post(reverse("share_report", args=[pair.own().pk]), {"person": "Cora"})
    assert "More than one colleague" in text_of(response)


def test_only_teams_of_mine_can_be_chosen(pair: Pair) -> None:
    foreign = make_team(make_organisation("Quarry", "quarry"), "Search", "search")
    address = reverse("share_report", args=[pair.own().pk])
    for chosen in ("", "nonsense", str(foreign.pk)):
        assert pair.as_member.post(address, {"team": chosen}).status_code == 404
    assert not Share.objects.exists()


def test_a_waiting_copy_leads_its_manager_to_the_choice(pair: Pair) -> None:
    share = pair.share()
    response = pair.as_manager.get(reverse("show_copy", args=[share.pk]))
    assert response.status_code == 302
    assert response.url == pair.member_page
    assert not Opening.objects.exists()


def test_openings_stand_in_the_authors_ledger_and_end_with_managing(pair: Pair) -> None:
    share = pair.share()
    client = pair.as_manager
    client.post(pair.member_page + "review/", {"choice": "read_now"})
    address = reverse("show_copy", args=[share.pk])
    for _ in range(2):
        assert OWN_NOTE in client.get(address).content.decode()
    client.get(address, {"target": "staff-pm"}, headers={"HX-Request": "true", "HX-Target": "against"})
    client.head(address)
    opening = Opening.objects.get()
    assert (opening.reader, opening.times) == (pair.manager, 2)
    assert "Seun Bello" in text_of(pair.as_member.get(reverse("share_report", args=[share.source_id])))
    pair.as_member.get(address)
    assert Opening.objects.count() == 1
    # Whoever stops managing reads no more.
    TeamMembership.objects.filter(user=pair.manager).update(left_at=timezone.now())
    assert client.get(address).status_code == 404


def test_a_copy_comes_from_its_own_row_alone(pair: Pair) -> None:
    """What the author's space holds is never asked for: the copy says something else here."""
    share = pair.share()
    Share.objects.filter(pk=share.pk).update(notes={"strategy": "only in the copy"}, answers={"strategy": 5})
    pair.as_manager.post(pair.member_page + "review/", {"choice": "read_now"})
    body = pair.as_manager.get(reverse("show_copy", args=[share.pk])).content.decode()
    assert "only in the copy" in body
    assert OWN_NOTE not in body
    assert "/reports/" + str(share.source_id) not in body


def test_withdrawing_and_leaving_end_reading_with_the_next_request(pair: Pair) -> None:
    cora = make_user("cora@example.com")
    joined = join(cora, pair.organisation)
    own = pair.own()
    share = share_with_person(own, cora, pair.organisation.pk, with_notes=True)
    address, reader = reverse("show_copy", args=[share.pk]), logged_in(cora)
    assert reader.get(address).status_code == 200
    Membership.objects.filter(pk=joined.pk).update(left_at=timezone.now())
    assert reader.get(address).status_code == 404
    Membership.objects.filter(pk=joined.pk).update(left_at=None)
    assert reader.get(address).status_code == 200
    Membership.objects.filter(user=pair.member).update(left_at=timezone.now())
    assert reader.get(address).status_code == 404
    withdraw_from_organisation(pair.member, pair.organisation.pk)
    assert not Share.objects.exists()


def test_pages_cost_a_constant_number_of_statements(pair: Pair, django_assert_num_queries: Any) -> None:
    own = pair.own()
    pair.share(own)
    client = pair.as_member
    address = reverse("share_report", args=[own.pk])
    client.get(address)
    # Session, person; the report; how many copies, they, readers, questions, links, teams, managers, openings, reviews.
    with django_assert_num_queries(12):
        client.get(address)
    for number in range(5):
        cora = make_user(f"cora{number}@example.com")
        join(cora, pair.organisation)
        share_with_person(own, cora, pair.organisation.pk, with_notes=False)
        team = make_team(pair.organisation, f"Team {number}", f"team-{number}")
        join_team(pair.member, team)
        join_team(cora, team, TeamMembership.Role.MANAGER)
    with django_assert_num_queries(12):
        client.get(address)
