"""Until both are there neither side of a review sees the other's; and what happens when something comes in between.

That nobody sees what waits in the world, test_canaries.py proves. Here it changes: what each side has said is a canary.
"""

from typing import Any

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Share
from assessments.reviews.review import open_review, start_rating, submit_review
from assessments.sharing.copies import share_with_team, withdraw, withdraw_from_team
from ladder.models import load
from people.models import Team, TeamMembership
from tests.access.asking import Asker, browser
from tests.access.table import TABLE
from tests.access.test_canaries import BLIND, pages_about
from tests.access.test_walk import path_of
from tests.access.world import ANSWERS, MANAGER_ANSWERS, World
from tests.factories import give, make_assessment, shipped_ladder

pytestmark = pytest.mark.django_db
OWN, RATING = "zqkestrelown", "zqploverrating"
# Pages that are about no one thing, and those of the team.
AROUND = {"list_reviews", "list_reports", "list_plan", "show_trend", "show_team", "show_team_strengths"}
AROUND |= {"export_matrix_csv", "export_matrix_xlsx", "list_evidence", "list_cases", "create_case", "show_own_log"}


class Talk:
    """A review of the world, whom it is about and whose it is; what is read of it, and what is done to it."""

    def __init__(self, world: World, asker: Asker, member: str, manager: str) -> None:
        self.world, self.asker, self.member, self.manager = world, asker, member, manager
        self.team = Team.objects.get(pk=world.ids["checkout_id"])
        self.review = open_review(self.team, world.users[member], world.users[manager])

    @property
    def together(self) -> str:
        return reverse("show_together", args=[self.review.pk])

    def own(self, note: str = OWN) -> Assessment:
        said = {"answers": ANSWERS, "evidence": {"strategy": note}}
        return make_assessment(self.world.users[self.member], submitted=True, **said)

    def share(self, own: Assessment | None = None, *, with_notes: bool = True) -> Share:
        share = share_with_team(own or self.own(), self.team, with_notes=with_notes)
        self.review.refresh_from_db()
        return share

    def rate(self, *, submit: bool = True) -> None:
        give(start_rating(self.review, "pm"), MANAGER_ANSWERS, {"strategy": RATING})
        if submit:
            self.submit()

    def submit(self) -> None:
        submit_review(self.review, at=timezone.now())

    def reads(self, persona: str) -> str:
        """All that somebody gets at any address that is about this review, its copies and its answers."""
        world, member = self.world, self.world.users[self.member]
        names = pages_about(world, *BLIND)
        things = [self.review, *Share.objects.filter(author=member), *Assessment.objects.filter(subject=member)]
        paths = [reverse(name, args=[thing.pk]) for thing in things for name in names[type(thing)]]
        around = [line for line in TABLE if line.name in AROUND and line.path.get("slug") in {None, "checkout"}]
        paths += [path_of(line, world) for line in around]
        paths += [reverse("show_member", args=["lantern", "checkout", member.pk])]
        paths += [f"{self.together}?target=staff-pm&at=strategy&view=mine"]
        answers = [self.asker.ask(persona, "GET", path) for path in dict.fromkeys(paths)]
        answers.append(self.asker.ask(persona, "GET", paths[-1], htmx=True))
        return "\n".join(text for answer in answers for _, text in answer.texts)

    def page(self, persona: str) -> str:
        answer = self.asker.ask(persona, "GET", self.together)
        assert answer.status == "ok"
        return answer.body


@pytest.fixture
def waiting(world: World, asker: Asker) -> Talk:
    """Of the newcomer, who has shared nothing new, and the second manager, who has said nothing."""
    Share.objects.filter(author=world.users["newcomer"]).delete()
    return Talk(world, asker, "newcomer", "second_manager")


@pytest.fixture
def revealed(waiting: Talk) -> Talk:
    waiting.share()
    waiting.rate()
    assert waiting.review.revealed_at
    return waiting


def test_one_side_alone_is_read_by_its_author_only(waiting: Talk) -> None:
    """A draft beside a copy; and what is read here can be read at all."""
    waiting.share()
    waiting.rate(submit=False)
    assert RATING not in waiting.reads(waiting.member)
    assert OWN not in waiting.reads(waiting.manager)
    assert OWN in waiting.reads(waiting.member)
    assert RATING in waiting.reads(waiting.manager)


def test_a_submitted_review_waits_for_the_member_and_notes_that_were_not_given_stay_out(waiting: Talk) -> None:
    own = waiting.own()
    waiting.rate()
    assert waiting.review.revealed_at is None
    assert RATING not in waiting.reads(waiting.member)
    assert RATING not in said_in_mails()
    waiting.share(own, with_notes=False)
    assert RATING in waiting.page(waiting.manager)
    assert OWN not in waiting.reads(waiting.manager)


def said_in_mails() -> str:
    return " ".join(f"{item.subject} {item.body} {item.recipients()}" for item in mail.outbox)


@pytest.mark.parametrize("member_first", [False, True])
def test_both_see_both_at_once_and_both_are_told(
    waiting: Talk, member_first: bool, django_capture_on_commit_callbacks: Any
) -> None:
    mail.outbox = []
    with django_capture_on_commit_callbacks(execute=True):
        if member_first:
            waiting.share()
            waiting.rate()
        else:
            waiting.rate()
            waiting.share()
    told = mail.outbox
    assert all(waiting.together in str(item.body) for item in told)
    users = waiting.world.users
    assert sorted(item.to[0] for item in told) == sorted(
        users[name].email for name in (waiting.member, waiting.manager)
    )
    said = said_in_mails()
    assert OWN not in said
    assert RATING not in said
    for persona in (waiting.member, waiting.manager):
        assert OWN in waiting.page(persona)
        assert RATING in waiting.page(persona)


def test_another_manager_sees_nothing_of_it_and_it_is_in_no_list(revealed: Talk) -> None:
    """The copy is for each of them; what a colleague rated is not."""
    assert RATING not in revealed.reads("manager")
    assert revealed.asker.ask("manager", "GET", revealed.together).status == "404"
    manager = revealed.world.users[revealed.manager].name
    for persona, hidden in ((revealed.member, manager), (revealed.manager, str(revealed.review.assessment_id))):
        assert hidden not in revealed.asker.ask(persona, "GET", reverse("list_reports")).body


# What happens in between


def test_withdrawn_before_the_reveal_nothing_is_met(waiting: Talk) -> None:
    share = waiting.share()
    waiting.rate(submit=False)
    withdraw(share)
    waiting.review.refresh_from_db()
    waiting.submit()
    assert waiting.review.revealed_at is None
    assert RATING not in waiting.reads(waiting.member)
    waiting.share()
    assert waiting.review.revealed_at


def test_withdrawn_after_the_reveal_the_manager_keeps_their_own_side(revealed: Talk) -> None:
    assert revealed.review.share
    withdraw(revealed.review.share)
    body = revealed.page(revealed.manager)
    assert RATING in body
    assert "view was withdrawn on" in body
    assert OWN not in revealed.reads(revealed.manager)
    body = revealed.page(revealed.member)
    assert OWN in body
    assert RATING in body
    assert "You took your copy back" in body


def test_a_new_snapshot_after_a_withdrawal_waits_for_a_new_review(revealed: Talk) -> None:
    """Sharing another one must not open it through the review that met the first; sharing the same one may."""
    assert revealed.review.share
    first = Assessment.objects.get(pk=revealed.review.source_id)
    withdraw(revealed.review.share)
    newer = revealed.share(revealed.own("zqnewer"))
    assert revealed.review.share is None
    assert "zqnewer" not in revealed.reads(revealed.manager)
    withdraw(newer)
    revealed.share(first)
    assert revealed.review.share is not None
    assert revealed.review.withdrawn_at is None


def test_a_newer_copy_takes_the_place_of_an_older_one_until_the_reveal(waiting: Talk) -> None:
    waiting.share()
    waiting.rate(submit=False)
    newer = waiting.share(waiting.own("zqnewer"))
    assert waiting.review.share == newer
    assert waiting.review.revealed_at is None
    waiting.submit()
    third = waiting.share(waiting.own("zqthird"))
    assert waiting.review.share == newer
    assert "zqthird" not in waiting.reads(waiting.manager)
    answer = waiting.asker.ask(waiting.manager, "GET", reverse("show_copy", args=[third.pk]))
    assert f"/{waiting.review.subject_id}/" in answer.location


def test_member_erases_the_report_after_the_reveal(revealed: Talk) -> None:
    browser(revealed.world, revealed.member).post(reverse("delete_assessment", args=[revealed.review.source_id]))
    revealed.review.refresh_from_db()
    assert (revealed.review.share, revealed.review.source) == (None, None)
    for persona in (revealed.member, revealed.manager):
        body = revealed.page(persona)
        assert RATING in body
        assert OWN not in body
        assert ("was deleted" in body) == (persona == revealed.member)


def test_member_leaves_the_team(revealed: Talk) -> None:
    """Their copies go; what was revealed they still read, the manager keeps their own side."""
    member = revealed.world.users[revealed.member]
    TeamMembership.objects.filter(user=member).update(left_at=timezone.now())
    withdraw_from_team(member, revealed.team)
    assert OWN not in revealed.reads(revealed.manager)
    assert RATING in revealed.page(revealed.manager)
    assert RATING in revealed.page(revealed.member)


def test_manager_leaves_the_team(revealed: Talk) -> None:
    TeamMembership.objects.filter(user=revealed.world.users[revealed.manager]).update(left_at=timezone.now())
    said = revealed.reads(revealed.manager)
    assert OWN not in said
    assert RATING not in said
    assert RATING in revealed.page(revealed.member)


def test_team_is_closed(revealed: Talk) -> None:
    """Nobody begins a review; what was revealed stays for the two it is between, without the withdrawn copy."""
    Team.objects.filter(pk=revealed.team.pk).update(closed_at=timezone.now())
    withdraw_from_team(revealed.world.users[revealed.member], revealed.team)
    assert revealed.page(revealed.member)
    body = revealed.page(revealed.manager)
    assert RATING in body
    assert OWN not in body
    start = reverse("start_review", args=["lantern", "checkout", revealed.review.subject_id])
    answer = revealed.asker.ask(revealed.manager, "POST", start, {"choice": "rate_first", "level": "pm"})
    assert answer.status in {"403", "404"}


def test_framework_is_published_again_in_between(waiting: Talk) -> None:
    """Each side keeps its version; compared is what both have, and the page says so."""
    waiting.rate()
    ladder = shipped_ladder()
    dropped = ladder.competencies[-1]
    rest = {
        level: {slug: cell for slug, cell in row.items() if slug != dropped.slug}
        for level, row in ladder.expectations.items()
    }
    actions = tuple(item for item in ladder.actions if item.competency != dropped.slug)
    newer = {"competencies": ladder.competencies[:-1], "expectations": rest, "actions": actions}
    member = waiting.world.users[waiting.member]
    own = Assessment.objects.create(
        organisation=member.home,
        ladder_version=load(ladder.model_copy(update=newer))[0],
        subject=member,
        rater=member,
        targets=["senior-pm"],
    )
    give(own, {slug: said for slug, said in ANSWERS.items() if slug != dropped.slug}, {"strategy": OWN})
    own.submit(at=timezone.now())
    waiting.share(own)
    body = waiting.page(waiting.member)
    assert "different versions of the ladder" in body
    assert dropped.name in body
    assert OWN in body
