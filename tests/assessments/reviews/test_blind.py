"""Until both are there neither side sees the other's steps or notes: on no page, in no header, in no mail."""

import itertools
from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, get_resolver, reverse
from django.urls.resolvers import URLPattern, URLResolver
from django.utils import timezone

from assessments.models import Assessment, Review, Share
from assessments.reviews import review as reviewing
from assessments.sharing.copies import share_with_team, withdraw, withdraw_from_team
from ladder.models import LadderVersion, load
from people.models import Team, TeamMembership
from tests.assessments.reviews.pair import MANAGER_NOTE, OWN_NOTE, Pair, make_pair
from tests.factories import shipped_ladder

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("readable_pdfs")]
QUERY = "?target=staff-pm&at=strategy&view=mine&format=json"
WAYS: tuple[tuple[str, dict[str, str]], ...] = (
    ("", {}),
    ("?target=staff-pm", {"HX-Request": "true", "HX-Target": "against"}),
    (QUERY, {"HX-Request": "true"}),
)
# Where answers are: the two long walks go everywhere, the others here.
ROOMS = ("/quiz/", "/reports/", "/copies/", "/teams/", "/reviews/", "/plan/")


@pytest.fixture
def pair(rubric: Any, settings: Any) -> Pair:
    # Counting statements is the other tests' business, and takes half of the time.
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("zeal")]
    return make_pair()


def patterns(resolver: URLResolver) -> Iterator[URLPattern]:
    for item in resolver.url_patterns:
        if isinstance(item, URLResolver):
            yield from patterns(item)
        else:
            yield item


def addresses(pair: Pair) -> list[str]:
    """Every named address of the site, with every known id in every place where one fits."""
    said: list[UUID] = [
        *Assessment.objects.values_list("pk", flat=True),
        *Review.objects.values_list("pk", flat=True),
        *Share.objects.values_list("pk", flat=True),
    ]
    everything: list[UUID] = [pair.member.pk, pair.manager.pk, pair.team.pk, pair.organisation.pk, *said]
    slugs = [pair.team.slug, pair.organisation.slug, "strategy", "pm"]
    found = []
    for pattern in patterns(get_resolver()):
        if not pattern.name:
            continue
        converters = pattern.pattern.converters
        # A person's, team's or organisation's id stands beside a slug, or in rooms of their own.
        ids = (
            said
            if str(pattern.pattern).startswith(tuple(room[1:] for room in ROOMS)) and len(converters) == 1
            else everything
        )
        values = [ids if type(item).__name__ == "UUIDConverter" else slugs for item in converters.values()]
        for chosen in itertools.product(*values):
            try:
                found.append(reverse(pattern.name, kwargs=dict(zip(converters, chosen, strict=True))))
            except NoReverseMatch:
                continue
    return list(dict.fromkeys(found))


def leaks(client: Client, pair: Pair, canary: str, *, everywhere: bool = False) -> list[str]:
    """The addresses where the canary comes out; `everywhere` asks all but the public ladder, and by POST too.

    What is closed to somebody, or is for POST, is closed however it is asked: those are asked once.
    """
    found = []
    for address in addresses(pair):
        if address.startswith(("/account/logout", "/ladder/")) or not (everywhere or address.startswith(ROOMS)):
            continue
        for query, headers in WAYS if address.startswith(ROOMS) else WAYS[:1]:
            response = client.get(address + query, headers=headers)
            body = b"".join(response) if response.streaming else response.content
            if canary in f"{body.decode(errors='replace')} {response.headers}":
                found.append(address + query)
            if response.status_code in {403, 404, 405}:
                break
        if everywhere and address.startswith(ROOMS) and not address.endswith(("/submit/", "/review/", "/delete/")):
            response = client.post(address, {"text": "x", "revision": "0", "state": "done"})
            if canary in f"{response.content.decode(errors='replace')} {response.headers}":
                found.append(f"POST {address}")
    return found


def mails() -> str:
    return " ".join(f"{item.subject} {item.body} {item.recipients()}" for item in mail.outbox)


def test_the_walk_finds_addresses_and_canaries(pair: Pair) -> None:
    """The walk itself can fail: it meets the canary where it may stand."""
    own = pair.own()
    assert f"/reports/{own.pk}.json" in leaks(pair.as_member, pair, OWN_NOTE)
    assert len(addresses(pair)) > 100


def test_member_sees_nothing_of_a_submitted_review_before_sharing(pair: Pair) -> None:
    pair.own()
    review = pair.rate()
    assert review.revealed_at is None
    assert leaks(pair.as_member, pair, MANAGER_NOTE, everywhere=True) == []
    assert MANAGER_NOTE not in mails()


def test_member_who_shared_sees_nothing_of_a_draft(pair: Pair) -> None:
    pair.share()
    pair.rate(submit=False)
    assert leaks(pair.as_member, pair, MANAGER_NOTE) == []


def test_manager_sees_nothing_of_a_waiting_copy(pair: Pair) -> None:
    pair.share()
    pair.rate(submit=False)
    assert leaks(pair.as_manager, pair, OWN_NOTE, everywhere=True) == []
    assert OWN_NOTE not in mails()


def test_manager_sees_no_step_of_a_waiting_copy(pair: Pair) -> None:
    """One step differs between two copies; no page of the manager does."""
    share = pair.share()
    client = pair.as_manager
    pages = [pair.member_page, reverse("list_reviews"), reverse("show_copy", args=[share.pk])]

    def seen() -> list[str]:
        return [client.get(page, follow=True).content.decode() for page in pages]

    before = [page.partition('name="csrfmiddlewaretoken"')[0] for page in seen()]
    Share.objects.filter(pk=share.pk).update(answers={"strategy": 5}, place_low="cpo", place_high="cpo", notes={})
    assert before == [page.partition('name="csrfmiddlewaretoken"')[0] for page in seen()]


def test_second_manager_sees_nothing_of_the_first(pair: Pair) -> None:
    review = pair.revealed()
    second = pair.second_manager()
    client = Client()
    client.force_login(second)
    assert leaks(client, pair, MANAGER_NOTE) == []
    assert leaks(client, pair, OWN_NOTE) == []
    assert client.get(reverse("show_together", args=[review.pk])).status_code == 404


@pytest.mark.parametrize("member_first", [False, True])
def test_both_see_both_at_once_and_both_are_told(
    pair: Pair, member_first: bool, django_capture_on_commit_callbacks: Any
) -> None:
    review = pair.review()
    with django_capture_on_commit_callbacks(execute=True):
        if member_first:
            pair.share()
            pair.rate(review)
        else:
            pair.rate(review)
            pair.share()
    address = reverse("show_together", args=[review.pk])
    for client in (pair.as_member, pair.as_manager):
        body = client.get(address).content.decode()
        assert OWN_NOTE in body
        assert MANAGER_NOTE in body
    assert sorted(item.to[0] for item in mail.outbox) == [pair.member.email, pair.manager.email]
    assert all(address in str(item.body) for item in mail.outbox)
    assert OWN_NOTE not in mails()
    assert MANAGER_NOTE not in mails()


def test_notes_that_were_not_given_stay_out_of_the_comparison(pair: Pair) -> None:
    pair.share(with_notes=False)
    review = pair.rate()
    assert OWN_NOTE not in pair.as_manager.get(reverse("show_together", args=[review.pk])).content.decode()
    assert leaks(pair.as_manager, pair, OWN_NOTE) == []


def test_managers_answers_are_in_no_list_or_report_of_anybody(pair: Pair) -> None:
    review = pair.revealed()
    for client in (pair.as_member, pair.as_manager):
        for name in ("show_report", "show_quiz", "export_report_json", "export_report_csv", "show_arithmetic"):
            assert client.get(reverse(name, args=[review.assessment_id])).status_code == 404
    assert "Seun" not in pair.as_member.get(reverse("list_reports")).content.decode()
    assert str(review.assessment_id) not in pair.as_manager.get(reverse("list_reports")).content.decode()


# What happens in between


def test_withdrawn_before_the_reveal_nothing_is_met(pair: Pair) -> None:
    share = pair.share()
    review = pair.rate(submit=False)
    withdraw(share)
    reviewing.submit_review(review, at=timezone.now())
    assert review.revealed_at is None
    assert leaks(pair.as_member, pair, MANAGER_NOTE) == []
    pair.share()
    review.refresh_from_db()
    assert review.revealed_at


def test_withdrawn_after_the_reveal_the_manager_keeps_their_own_side(pair: Pair) -> None:
    review = pair.revealed()
    assert review.share
    withdraw(review.share)
    address = reverse("show_together", args=[review.pk])
    body = pair.as_manager.get(address).content.decode()
    assert MANAGER_NOTE in body
    assert "view was withdrawn on" in body
    assert leaks(pair.as_manager, pair, OWN_NOTE) == []
    body = pair.as_member.get(address).content.decode()
    assert OWN_NOTE in body
    assert MANAGER_NOTE in body
    assert "You took your copy back" in body


def test_a_new_snapshot_after_a_withdrawal_waits_for_a_new_review(pair: Pair) -> None:
    """Sharing another one must not open it through the review that met the first; sharing the same one may."""
    review = pair.revealed()
    assert review.share
    first = Assessment.objects.get(pk=review.source_id)
    withdraw(review.share)
    newer = share_with_team(pair.own(note="canary-newer"), pair.team, with_notes=True)
    review.refresh_from_db()
    assert review.share is None
    assert leaks(pair.as_manager, pair, "canary-newer") == []
    withdraw(newer)
    share_with_team(first, pair.team, with_notes=True)
    review.refresh_from_db()
    assert review.share is not None
    assert review.withdrawn_at is None


def test_a_newer_copy_takes_the_place_of_an_older_one_until_the_reveal(pair: Pair) -> None:
    pair.share()
    review = pair.rate(submit=False)
    newer = share_with_team(pair.own(note="canary-newer"), pair.team, with_notes=True)
    review.refresh_from_db()
    assert review.share == newer
    reviewing.submit_review(review, at=timezone.now())
    third = share_with_team(pair.own(note="canary-third"), pair.team, with_notes=True)
    review.refresh_from_db()
    assert review.share == newer
    assert leaks(pair.as_manager, pair, "canary-third") == []
    assert pair.as_manager.get(reverse("show_copy", args=[third.pk])).status_code == 302


def test_member_erases_the_report_after_the_reveal(pair: Pair) -> None:
    review = pair.revealed()
    pair.as_member.post(reverse("delete_assessment", args=[review.source_id]))
    review.refresh_from_db()
    assert (review.share, review.source) == (None, None)
    address = reverse("show_together", args=[review.pk])
    as_member = pair.as_member
    for client in (as_member, pair.as_manager):
        body = client.get(address).content.decode()
        assert MANAGER_NOTE in body
        assert OWN_NOTE not in body
        assert ("was deleted" in body) == (client is as_member)


def test_member_leaves_the_team(pair: Pair) -> None:
    """Their copies go; what was revealed they still read, the manager keeps their own side."""
    review = pair.revealed()
    TeamMembership.objects.filter(user=pair.member).update(left_at=timezone.now())
    withdraw_from_team(pair.member, pair.team)
    assert leaks(pair.as_manager, pair, OWN_NOTE) == []
    address = reverse("show_together", args=[review.pk])
    assert MANAGER_NOTE in pair.as_manager.get(address).content.decode()
    assert MANAGER_NOTE in pair.as_member.get(address).content.decode()


def test_manager_leaves_the_team(pair: Pair) -> None:
    review = pair.revealed()
    TeamMembership.objects.filter(user=pair.manager).update(left_at=timezone.now())
    assert leaks(pair.as_manager, pair, OWN_NOTE) == []
    assert leaks(pair.as_manager, pair, MANAGER_NOTE) == []
    assert pair.as_member.get(reverse("show_together", args=[review.pk])).status_code == 200


def test_team_is_closed(pair: Pair) -> None:
    """Nobody begins a review; what was revealed stays for the two it is between, without the withdrawn copy."""
    review = pair.revealed()
    Team.objects.filter(pk=pair.team.pk).update(closed_at=timezone.now())
    withdraw_from_team(pair.member, pair.team)
    address = reverse("show_together", args=[review.pk])
    assert pair.as_member.get(address).status_code == 200
    body = pair.as_manager.get(address).content.decode()
    assert MANAGER_NOTE in body
    assert OWN_NOTE not in body
    response = pair.as_manager.post(pair.member_page + "review/", {"choice": "rate_first"})
    assert response.status_code in {403, 404}


def test_framework_is_published_again_in_between(pair: Pair) -> None:
    """Each side keeps its version; compared is what both have, and the page says so."""
    review = pair.rate()
    ladder = shipped_ladder()
    dropped = ladder.competencies[-1].slug
    newer = ladder.model_copy(
        update={
            "competencies": ladder.competencies[:-1],
            "expectations": {
                level: {slug: cell for slug, cell in row.items() if slug != dropped}
                for level, row in ladder.expectations.items()
            },
            "actions": tuple(item for item in ladder.actions if item.competency != dropped),
        }
    )
    ladder_version: LadderVersion = load(newer)[0]
    own = Assessment.objects.create(
        organisation=pair.member.home,
        ladder_version=ladder_version,
        subject=pair.member,
        rater=pair.member,
        targets=["senior-pm"],
    )
    from tests.factories import give

    give(own, {"strategy": 2, "delivery": 3}, {"strategy": OWN_NOTE})
    own.submit(at=timezone.now())
    pair.share(own)
    review.refresh_from_db()
    body = pair.as_member.get(reverse("show_together", args=[review.pk])).content.decode()
    assert "different versions of the ladder" in body
    assert ladder.competencies[-1].name in body
    assert OWN_NOTE in body
