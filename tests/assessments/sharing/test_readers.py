"""A copy names its readers: whoever manages the team later asks its author, however they came to manage it."""

import csv
import io
from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.apps import apps
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.access import questions_to
from assessments.models import CopyQuestion, CopyReader, Review, Share
from assessments.openings import note_opening
from assessments.reviews.review import choose, start_rating, submit_review
from assessments.sharing.copies import put_question, settle_question, share_with_person, share_with_team
from growth.my_data.document import document_of
from people.audit.log import Verb, record
from people.models import TeamMembership, User
from people.organisations.organisations import leave
from people.organisations.teams import (
    add_to_team,
    change_team_role,
    close_team,
    make_team,
    move_to_team,
    remove_from_team,
    reopen_team,
)
from tests.assessments.reviews.pair import OWN_NOTE, Pair, logged_in
from tests.factories import exact_profile, give, join, make_user
from tests.pages import page_of

pytestmark = pytest.mark.django_db
MANAGER = TeamMembership.Role.MANAGER


def newcomer(pair: Pair) -> User:
    user = make_user("olga@example.com", name="Olga Owner")
    join(user, pair.organisation)
    return user


def addresses(pair: Pair, share: Share) -> list[str]:
    """Wherever a manager could read a copy, or what it says."""
    things = [reverse("show_copy", args=[share.pk]), pair.member_page]
    team = [reverse(name, args=pair.team.slugs) for name in ("show_team", "show_team_strengths")]
    files = [reverse(name, args=pair.team.slugs) for name in ("export_matrix_csv", "export_matrix_xlsx")]
    talks = [reverse(name, args=[row.pk]) for row in Review.objects.all() for name in ("show_together", "show_review")]
    return [*things, *team, *files, *talks, reverse("list_reviews")]


def steps_read(client: Client, pair: Pair, share: Share) -> str:
    """All that somebody gets to see; the copy's own step and note are strings of their own."""
    return "".join(client.get(path, follow=True).content.decode("utf-8", "replace") for path in addresses(pair, share))


def reads(pair: Pair, user: User, share: Share) -> bool:
    """Whether they get to read it: at its own page, in the matrix, by a review of theirs, or in their own data."""
    body = steps_read(logged_in(user), pair, share)
    return OWN_NOTE in body or OWN_NOTE in str(document_of(user))


def try_all(pair: Pair, user: User) -> None:
    """Everything a manager does to open a copy: read now, and rate."""
    browser = logged_in(user)
    browser.post(f"{pair.member_page}review/", {"choice": "read_now"})
    browser.post(f"{pair.member_page}review/", {"choice": "rate_first", "level": "pm"})
    for review in Review.objects.filter(manager=user, assessment__status="draft"):
        give(start_rating(review, "pm"), exact_profile("senior-pm"))
        browser.post(reverse("submit_review", args=[review.pk]))


def added(pair: Pair, user: User) -> None:
    add_to_team(pair.team, [user.pk], MANAGER)


def promoted(pair: Pair, user: User) -> None:
    add_to_team(pair.team, [user.pk], TeamMembership.Role.MEMBER)
    change_team_role(pair.team, user.pk, MANAGER)


def moved(pair: Pair, user: User) -> None:
    other = make_team(pair.organisation, "Search", None, user)
    move_to_team(other, user.pk, pair.team)


@pytest.mark.parametrize("way", [added, promoted, moved])
def test_becoming_a_manager_opens_nothing(pair: Pair, way: Any) -> None:
    share, later = pair.share(), newcomer(pair)
    way(pair, later)
    try_all(pair, later)
    assert not reads(pair, later, share)
    assert not CopyReader.objects.filter(reader=later).exists()
    assert Review.objects.get(manager=later).revealed_at is None
    # The manager of that moment reads it as ever, and so does the later one what is given from now on.
    try_all(pair, pair.manager)
    assert reads(pair, pair.manager, share)
    newer = pair.share(pair.own())
    assert set(newer.readers.values_list("reader", flat=True)) == {pair.manager.pk, later.pk}


def test_who_was_appointed_while_the_page_was_open_is_no_reader(pair: Pair) -> None:
    own, later = pair.own(), newcomer(pair)
    path = reverse("share_report", args=[own.pk])
    form = page_of(pair.as_member.get(path)).all("form", class_="sheet")[0]
    assert "Seun Bello" in form.text
    shown = [field.attrs["value"] for field in form.all("input", name="reader")]
    added(pair, later)
    pair.as_member.post(path, {"team": str(pair.team.pk), "reader": shown, "notes": "on"})
    share = Share.objects.get()
    assert [row.reader for row in share.readers.all()] == [pair.manager]
    # Changing the notes adds nobody; a tick beside the name does.
    pair.as_member.post(path, {"team": str(pair.team.pk)})
    assert share.readers.count() == 1
    body = page_of(pair.as_member.get(path)).text
    assert "Can read it: Seun Bello." in body
    assert "Olga Owner may read it, too" in body
    pair.as_member.post(path, {"team": str(pair.team.pk), "reader": [str(later.pk), str(pair.member.pk), "x"]})
    assert set(share.readers.values_list("reader", flat=True)) == {pair.manager.pk, later.pk}


def test_asking_changes_nothing_and_a_yes_makes_a_reader(pair: Pair, mailoutbox: list[Any]) -> None:
    share, later = pair.share(), newcomer(pair)
    added(pair, later)
    mailoutbox.clear()
    browser = logged_in(later)
    assert "Ask to read it" in page_of(browser.get(pair.member_page)).text
    for _ in range(2):
        assert browser.post(reverse("ask_to_read", args=[share.pk])).url == pair.member_page
    question = CopyQuestion.objects.get()
    assert [message.to for message in mailoutbox] == [[pair.member.email]]
    assert "/reports/#asked" in mailoutbox[0].body
    try_all(pair, later)
    assert not reads(pair, later, share)
    assert not Review.objects.exclude(is_blind=True).exists()
    # Its author finds it on their reports page; nobody else answers.
    page = page_of(pair.as_member.get(reverse("list_reports")))
    assert "Olga Owner, a manager of Checkout, asks to read it" in page.text
    answer = reverse("answer_question", args=[question.pk])
    assert logged_in(pair.manager).post(answer, {"answer": "yes"}).status_code == 404
    assert browser.post(answer, {"answer": "yes"}).status_code == 403
    for said, readers in (("no", 1), ("perhaps", 1), ("yes", 2), ("no", 2)):
        pair.as_member.post(answer, {"answer": said})
        assert share.readers.count() == readers, said
    assert [message.subject for message in mailoutbox if "can read a report" in message.subject] == [
        "Rungwise: you can read a report"
    ]
    # Their own view was in, so now both are open to both.
    assert reads(pair, later, share)
    assert Review.objects.get(manager=later).is_blind


def test_a_yes_alone_opens_nothing_before_the_manager_chose(pair: Pair) -> None:
    share, later = pair.share(), newcomer(pair)
    added(pair, later)
    put_question(share, later)
    assert settle_question(CopyQuestion.objects.get(), "yes")
    assert not reads(pair, later, share)
    assert "waits for you" in page_of(logged_in(later).get(pair.member_page)).text
    try_all(pair, later)
    assert reads(pair, later, share)


def test_a_yes_to_somebody_who_was_removed_opens_nothing(pair: Pair) -> None:
    share, later = pair.share(), newcomer(pair)
    added(pair, later)
    put_question(share, later)
    question = CopyQuestion.objects.get()
    assert list(questions_to(pair.member)) == [question]
    TeamMembership.objects.filter(user=later).update(left_at=timezone.now())
    assert not questions_to(pair.member).exists()
    assert not settle_question(question, "yes")
    added(pair, later)
    assert not reads(pair, later, share)


def demoted(pair: Pair) -> None:
    change_team_role(pair.team, pair.manager.pk, TeamMembership.Role.MEMBER)
    change_team_role(pair.team, pair.manager.pk, MANAGER)


def removed(pair: Pair) -> None:
    remove_from_team(pair.team, pair.manager.pk)
    add_to_team(pair.team, [pair.manager.pk], MANAGER)


def moved_away(pair: Pair) -> None:
    other = make_team(pair.organisation, "Search", None)
    move_to_team(pair.team, pair.manager.pk, other)
    move_to_team(other, pair.manager.pk, pair.team)


def left(pair: Pair) -> None:
    leave(pair.organisation, pair.manager.pk)
    join(pair.manager, pair.organisation)
    add_to_team(pair.team, [pair.manager.pk], MANAGER)


def slipped(pair: Pair) -> None:
    """No function of ours ended it, so the row is there still."""
    TeamMembership.objects.filter(user=pair.manager).update(left_at=timezone.now())
    add_to_team(pair.team, [pair.manager.pk], MANAGER)


COMEBACKS = [demoted, removed, moved_away, left, slipped]


@pytest.mark.parametrize("way", COMEBACKS)
def test_reading_does_not_come_back_with_the_office(pair: Pair, way: Any) -> None:
    share = pair.share()
    pair.as_manager.post(f"{pair.member_page}review/", {"choice": "read_now"})
    assert reads(pair, pair.manager, share)
    way(pair)
    try_all(pair, pair.manager)
    assert not reads(pair, pair.manager, share)
    assert not share.readers.standing().exists()
    put_question(share, pair.manager)
    assert settle_question(CopyQuestion.objects.get(), "yes")


def closed(pair: Pair) -> None:
    remove_from_team(pair.team, pair.manager.pk)
    close_team(pair.team)


def reopened(pair: Pair) -> None:
    closed(pair)
    reopen_team(pair.team)


@pytest.mark.parametrize("way", [*COMEBACKS, closed, reopened])
def test_a_review_does_not_come_back_either(pair: Pair, way: Any) -> None:
    review = pair.revealed()
    way(pair)
    browser = pair.as_manager
    said = {"text": "Written after all", "revision": "0", "c0-text": "Agreed after all", "seen": ""}
    for name in ("show_review", "show_together", "export_together_pdf", "check_review"):
        assert browser.get(reverse(name, args=[review.pk])).status_code == 404, name
    for name in ("edit_agenda", "edit_commitments", "sign_review", "submit_review"):
        assert browser.post(reverse(name, args=[review.pk]), said).status_code == 404, name
    review.refresh_from_db()
    assert (review.agenda.text, review.commitments.count(), review.signed_by_manager_at) == ("", 0, None)
    assert str(review.pk) not in browser.get(reverse("list_reviews")).content.decode()
    assert not document_of(pair.manager)["elsewhere"]["reviews"]
    for side in ("mine", "shared"):
        shown = browser.get(reverse("export_matrix_csv", args=pair.team.slugs), {"view": side})
        rows = list(csv.DictReader(io.StringIO(shown.content.decode("utf-8-sig")))) if shown.status_code == 200 else []
        steps = [text for row in rows for text in row.values() if text in set("012345")]
        assert (steps, shown.status_code in {200, 403, 404}) == ([], True)
    # The member keeps both views.
    assert pair.as_member.get(reverse("show_together", args=[review.pk])).status_code == 200


def test_who_manages_a_team_as_it_is_closed_keeps_their_reviews(pair: Pair) -> None:
    review = pair.revealed()
    close_team(pair.team)
    path = reverse("show_together", args=[review.pk])
    assert pair.as_manager.get(path).status_code == pair.as_member.get(path).status_code == 200


def test_a_review_of_an_earlier_time_meets_no_new_copy(pair: Pair) -> None:
    """It was submitted and waited; its manager was removed, and came back."""
    review = pair.rate()
    removed(pair)
    share = pair.share()
    review.refresh_from_db()
    assert (review.revealed_at, review.share) == (None, None)
    second = pair.review()
    assert second.pk != review.pk
    assert second.share == share


def test_a_review_that_is_open_still_names_the_copy_it_may_not_meet(pair: Pair) -> None:
    """As the upgrade leaves some: begun with a copy that the manager is no reader of."""
    share = pair.share()
    review = pair.review()
    assert review.share == share
    CopyReader.objects.all().delete()
    with pytest.raises(Exception, match="nothing to read"):
        choose(review, Review.Choice.READ_NOW)
    give(start_rating(review, "pm"), exact_profile("pm"))
    submit_review(review, at=timezone.now())
    assert review.revealed_at is None
    put_question(share, pair.manager)
    settle_question(CopyQuestion.objects.get(), "yes")
    review.refresh_from_db()
    assert review.revealed_at


def test_a_team_without_a_manager_has_no_reader(pair: Pair) -> None:
    remove_from_team(pair.team, pair.manager.pk)
    share = share_with_team(pair.own(), pair.team, with_notes=True)
    assert not share.readers.exists()
    added(pair, pair.manager)
    try_all(pair, pair.manager)
    assert not reads(pair, pair.manager, share)


# Copies that exist


def test_readers_of_copies_that_exist(pair: Pair) -> None:
    """Who managed the team when it was given, by the log or else by their membership; who opened it; whom it names."""
    fill_in = import_module("assessments.migrations.0012_readers_of_copies").fill_in
    share, now = pair.share(), timezone.now()
    named = share_with_person(share.source, newcomer(pair), pair.organisation.pk, with_notes=True)
    long_ago, since = now - timedelta(days=90), now + timedelta(minutes=1)
    people = {}
    for name, joined in (
        ("before", long_ago),
        ("after", since),
        ("opened", since),
        ("logged", long_ago),
        ("gone", long_ago),
    ):
        person = people[name] = make_user(f"{name}@example.com", name=name)
        join(person, pair.organisation)
        TeamMembership.objects.create(
            organisation=pair.organisation, team=pair.team, user=person, role=MANAGER, joined_at=joined
        )
    TeamMembership.objects.filter(user=people["gone"]).update(left_at=now)
    note_opening(share, people["opened"])
    record(pair.organisation.pk, Verb.TEAM_JOINED, pair.team, kind="team", person=people["logged"].pk, detail="manager")
    review = Review.objects.create(
        organisation=pair.organisation,
        team=pair.team,
        subject=pair.member,
        manager=people["before"],
        share=share,
        choice="read_now",
    )
    TeamMembership.objects.filter(user=pair.manager).update(joined_at=long_ago)
    CopyReader.objects.all().delete()
    for _ in range(2):
        fill_in(apps, None)
        rows = {row.reader.name: row for row in share.readers.select_related("reader")}
        assert set(rows) == {"Seun Bello", "before", "opened"}
        assert [name for name, row in rows.items() if row.open_since] == ["before"]
        assert rows["before"].open_since == review.opened_at
        assert set(share.readers.standing()) == set(rows.values())
        assert [(row.reader.name, row.why, bool(row.open_since)) for row in named.readers.all()] == [
            ("Olga Owner", "named", True)
        ]
        asked = CopyQuestion.objects.values_list("asker__name", "author__name", "asked_by", "answer")
        assert set(asked) == {(name, "Ada Lind", None, "") for name in ("after", "logged")}
