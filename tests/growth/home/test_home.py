"""Where somebody comes home to: what stands there for whom, the words, and what it costs."""

import datetime
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Round
from assessments.reviews.review import save_talk
from assessments.rounds.rounds import Progress, begin, rounds_of, taking_part, to_rate
from assessments.sharing.copies import put_question, share_with_person, share_with_team
from growth.home.lines import date_words, due_words, shared_words
from growth.models import PlanItem
from growth.plan.plan import NewItem, add_items
from people.days import today_in
from people.models import Membership, Organisation, TeamMembership, User
from people.organisations.invitations import Guest, invite_by_mail
from tests.assessments.reviews.pair import OTHERWISE, Pair
from tests.factories import (
    client_of,
    exact_profile,
    join,
    join_team,
    make_assessment,
    make_organisation,
    make_team,
    make_user,
)
from tests.pages import Node, page_of

pytestmark = pytest.mark.django_db
HOME = reverse("show_home")
DAY = datetime.timedelta(days=1)
TODAY = datetime.date(2026, 12, 4)


def home_of(user: User) -> Node:
    return page_of(client_of(user).get(HOME)).one("main")


def lines(page: Node) -> list[str]:
    """What waits, line by line, each with its verb."""
    return [item.text for found in page.all("ul", class_="todo") for item in found.all("li")]


def under_way(page: Node) -> list[str]:
    return [item.text for found in page.all("ul", class_="under") for item in found.all("li")]


def step(page: Node) -> str:
    return page.one("section", class_="next").text


def filled(page: Node) -> list[str]:
    return [link.text for link in page.all("a", class_="first")]


def open_round(organisation: Organisation, days: int = 8, name: str = "Autumn round") -> Round:
    today = timezone.now().date()
    return Round.objects.create(
        organisation=organisation, name=name, starts_on=today - 7 * DAY, due_on=today + days * DAY
    )


def owner_of(organisation: Organisation, email: str = "olu@example.com") -> User:
    owner = make_user(email, name="Olu Owner")
    join(owner, organisation, Membership.Role.OWNER)
    return owner


# Who is alone


def test_who_is_new_is_led_to_the_quiz(rubric: Any) -> None:
    page = home_of(make_user("new@example.com"))
    assert page.one("h1").text == "Where do you stand?"
    assert "Take the quiz" in step(page)
    assert filled(page) == ["Start the quiz"]
    assert (lines(page), under_way(page)) == ([], [])


def test_a_quiz_in_progress_is_the_next_step_and_stands_there_once(member: User) -> None:
    make_assessment(member, answers={"strategy": 2, "delivery": 3})
    page = home_of(member)
    assert "A quiz in progress 2 of 25 answered Go on" in step(page)
    assert lines(page) == []
    older = make_assessment(member, started_at=timezone.now() - 9 * DAY)
    assert [str(older.pk) in link.attrs["href"] for link in home_of(member).one("ul", class_="todo").all("a")] == [True]


def test_a_report_says_the_place_and_what_to_do_first(member: User) -> None:
    report = make_assessment(member, answers=exact_profile("pm"), submitted=True)
    page = home_of(member)
    assert page.one("h1").text == "You stand at Product Manager."
    assert "Senior PM:" in page.one("p", class_="lede").text
    assert filled(page) == ["Add to my plan"]
    assert reverse("show_report", args=[report.pk]) in [link.attrs["href"] for link in page.all("a")]
    assert "Nobody is waiting for you." in page.text


def test_the_plan_takes_the_next_step_and_what_is_due_is_a_line(member: User) -> None:
    today = timezone.localdate()
    dates = {"Ask": None, "Draft": today + 2 * DAY, "Old": today - DAY, "Later": today + 30 * DAY}
    add_items(member, [NewItem(text, due_on=day) for text, day in dates.items()])
    page = home_of(member)
    assert "Ask" in step(page)
    assert filled(page) == ["Open my plan"]
    assert [line.split()[0] for line in lines(page)] == ["Draft", "Old"]
    assert "Was due on" in lines(page)[1]
    assert under_way(page)[0].startswith("Plan 0 of 4 started")
    # Done is one press, which asks for proof.
    form = page.one("section", class_="next").one("form")
    client_of(member).post(form.attrs["action"], {"state": "done"})
    assert PlanItem.objects.get(text="Ask").state == "done"


# Members and managers


def test_each_side_of_a_review_has_one_line_and_one_verb(pair: Pair) -> None:
    review = pair.review()
    assert lines(home_of(pair.manager)) == ["Ada Lind Your view is not written · Checkout Rate"]
    assert lines(home_of(pair.member)) == []
    pair.rate(review, submit=False)
    assert lines(home_of(pair.manager)) == ["Ada Lind Your view is begun, 25 of 25 Go on"]
    assert "Seun" not in home_of(pair.member).text, "how far a manager has come is theirs"


def test_from_the_copy_to_both_signatures(pair: Pair) -> None:
    own = pair.own()
    assert lines(home_of(pair.manager)) == []
    pair.share(own)
    assert lines(home_of(pair.manager)) == ["Ada Lind Shared today; your view is not written Rate"]
    assert home_of(pair.manager).one("h1").text == "One person is waiting for you."
    review = pair.rate()
    for user, name in ((pair.member, "Seun Bello"), (pair.manager, "Ada Lind")):
        assert lines(home_of(user)) == [f"You and {name} Both views are open: read, talk, agree and sign Read"]
    save_talk(review, pair.manager, signed_at=timezone.now())
    assert lines(home_of(pair.member)) == ["You and Seun Bello They have signed what you agreed on Sign"]
    assert "You and Ada Lind You have signed, they have not" in under_way(home_of(pair.manager))
    save_talk(review, pair.member, signed_at=timezone.now())
    for user in (pair.member, pair.manager):
        assert lines(home_of(user)) == []


def test_a_view_that_is_in_asks_the_member_to_share(pair: Pair) -> None:
    pair.rate()
    assert lines(home_of(pair.member)) == [
        "Seun Bello’s view of you is in It opens to both of you when you share yours Begin"
    ]
    own = pair.own()
    (link,) = home_of(pair.member).one("ul", class_="todo").all("a")
    assert link.attrs["href"] == reverse("share_report", args=[own.pk])
    assert "Ada Lind Your view is in, theirs is not" in under_way(home_of(pair.manager))


def test_who_left_waits_for_nobody(pair: Pair) -> None:
    pair.share()
    pair.rate(submit=False)
    TeamMembership.objects.filter(user=pair.member).update(left_at=timezone.now())
    assert (lines(home_of(pair.manager)), under_way(home_of(pair.manager))) == ([], [])
    assert home_of(pair.manager).one("h1").text == "Where do you stand?"


def test_who_no_longer_manages_sees_nothing_of_it(pair: Pair) -> None:
    pair.share()
    pair.rate(submit=False)
    TeamMembership.objects.filter(user=pair.manager).update(left_at=timezone.now())
    assert "Ada" not in home_of(pair.manager).text


def test_questions_copies_and_invitations(pair: Pair) -> None:
    other = pair.second_manager()
    put_question(share_with_team(pair.own(OTHERWISE), pair.team, with_notes=False, readers=[]), other)
    given = share_with_person(pair.own(), other, pair.organisation.pk, with_notes=False)
    page = home_of(pair.member)
    assert "Sol Second asks to read your report Checkout Answer" in lines(page)
    assert [link.attrs["href"] for link in page.all("a") if link.text == "Answer"] == ["/reports/#asked"]
    assert "Ada Lind has shared a report with you Today Read" in lines(home_of(other))
    client_of(other).get(reverse("show_copy", args=[given.pk]))
    assert "shared a report" not in home_of(other).text


def test_an_invitation_to_the_own_address_is_accepted_from_home(member: User, rubric: Any) -> None:
    organisation = make_organisation()
    owner = owner_of(organisation)
    invite_by_mail(organisation, owner, [Guest(member.email), Guest("nobody@example.com")])
    assert lines(home_of(member))[0].startswith("Lantern invites you Open until")
    (link,) = home_of(member).one("ul", class_="todo").all("a")
    stranger = client_of(make_user("other@example.com"))
    assert stranger.get(link.attrs["href"]).status_code == 404
    assert client_of(member).post(link.attrs["href"]).status_code == 302
    assert Membership.objects.of(organisation).filter(user=member).exists()
    assert "invites you" not in home_of(member).text


def test_lists_end(pair: Pair) -> None:
    for n in range(6):
        user = make_user(f"m{n}@example.com", name=f"Member {n}")
        join(user, pair.organisation)
        join_team(user, pair.team)
        share_with_team(make_assessment(user, answers=exact_profile("pm"), submitted=True), pair.team, with_notes=False)
    page = home_of(pair.manager)
    assert page.one("h1").text == "Six people are waiting for you."
    assert [line.split()[-1] for line in lines(page)] == ["Rate"] * 4 + ["more"]
    (more,) = page.all("a", class_="more")
    assert (more.text, more.attrs["href"]) == ("and 2 more", reverse("show_team", args=pair.team.slugs))


def test_what_is_left_to_others_ends_too(rubric: Any) -> None:
    owner = make_user("olu@example.com")
    for n in range(7):
        organisation = make_organisation(f"Company {n}", f"company-{n}")
        join(owner, organisation, Membership.Role.OWNER)
    assert under_way(home_of(owner)) == [*(f"Rounds of Company {n}" for n in range(4)), "and 3 more"]


# Rounds


def test_a_round_leads_a_member_from_the_quiz_to_the_copy(pair: Pair) -> None:
    item = open_round(pair.organisation)
    page = home_of(pair.member)
    assert "Autumn round" in step(page)
    assert page.one("section", class_="next").one("a").attrs["href"] == reverse("begin_round", args=[item.pk])
    draft = begin(item, pair.member, lambda: make_assessment(pair.member, answers=exact_profile("pm")))
    page = home_of(pair.member)
    assert page.one("section", class_="next").one("a").attrs["href"] == reverse("show_quiz", args=[draft.pk])
    assert lines(page) == [], "the draft is the round's, and is not said twice"
    draft.submit(at=timezone.now())
    (link,) = home_of(pair.member).one("ul", class_="todo").all("a")
    assert (link.text, link.attrs["href"]) == ("Share", reverse("share_report", args=[draft.pk]))
    pair.share(draft)
    page = home_of(pair.member)
    assert lines(page) == []
    assert under_way(page) == ["Autumn round You have shared your report"]


def test_days_are_the_organisations(pair: Pair) -> None:
    """At this moment it is another day in Kiritimati than in Midway, whatever the reader's clock says."""
    for zone in ("Pacific/Kiritimati", "Pacific/Midway"):
        today = today_in(zone)
        Round.objects.all().delete()
        dates = {"starts_on": today - DAY, "due_on": today}
        Round.objects.create(organisation=pair.organisation, name=zone, zone=zone, **dates)
        assert f"{zone} Due today" in home_of(pair.member).text


@pytest.mark.parametrize("how", ["nothing", "begun", "handed in", "shared", "met"])
def test_home_and_the_rounds_page_agree(pair: Pair, how: str) -> None:
    if how == "met":
        # Before the round began, so that only the meeting counts.
        share = pair.share()
        type(share).objects.update(shared_at=timezone.now() - 30 * DAY)
    item = open_round(pair.organisation)
    if how in {"begun", "handed in"}:
        draft = begin(item, pair.member, lambda: make_assessment(pair.member, answers=exact_profile("pm")))
        if how == "handed in":
            draft.submit(at=timezone.now())
    if how == "shared":
        pair.share()
    if how == "met":
        pair.rate()
    (mine,) = rounds_of(pair.member)
    theirs = taking_part(item).get(pk=pair.member.pk)
    assert (mine.takes_part, mine.given) == (True, theirs.shared)
    assert (mine.handed_in or mine.given) == theirs.submitted
    (team,) = to_rate(pair.manager, [item])
    assert (not team.left, team.people) == (theirs.reviewed, 1)


def test_a_manager_reads_whom_nobody_has_rated(pair: Pair) -> None:
    open_round(pair.organisation)
    page = home_of(pair.manager)
    assert page.one("h1").text == "One person of Checkout is not rated yet."
    assert page.one("p", class_="lede").text.endswith("rated so far: 0 of 1 person")
    assert filled(page) == ["Rate"]
    pair.rate()
    page = home_of(pair.manager)
    assert page.one("h1").text == "Everybody in your teams is rated."
    assert filled(page) == ["Start the quiz"]


def test_an_owner_reads_counts_and_no_names(pair: Pair) -> None:
    owner = owner_of(pair.organisation)
    pair.share()
    assert under_way(home_of(owner)) == ["Rounds of Lantern"]
    open_round(pair.organisation)
    page = home_of(owner)
    assert page.one("h1").text == "Autumn round: shared by 1 of 1 person."
    assert under_way(page) == ["Autumn round 1 begun, 1 handed in, 1 shared, 0 rated, of 1"]
    assert "Ada" not in page.text
    lone = make_user("lone@example.com", name="Lone Wolf")
    join(lone, pair.organisation)
    assert lines(home_of(owner)) == ["One person is in no team Lantern Assign"]


def test_an_owner_who_is_alone_is_led_to_invite(rubric: Any) -> None:
    owner = owner_of(make_organisation())
    page = home_of(owner)
    assert lines(page) == ["You are alone in Lantern Invite"]
    assert page.one("ul", class_="todo").one("a").attrs["href"] == reverse("invite_people", args=["lantern"])


# Words


def test_days_are_said_as_people_say_them() -> None:
    days = [TODAY, TODAY + DAY, TODAY - DAY, TODAY + 8 * DAY, TODAY.replace(year=2027)]
    assert [date_words(day, TODAY) for day in days] == [
        *("today", "tomorrow", "3 December", "12 December", "4 December 2027")
    ]
    assert [due_words(day, TODAY) for day in days[1:3]] == ["due tomorrow", "was due on 3 December"]


@pytest.mark.parametrize(
    ("people", "shared", "said"),
    [
        (0, 0, "Spring: nobody takes part yet."),
        (1, 0, "Spring: shared by 0 of 1 person."),
        (2, 1, "Spring: shared by 1 of 2 people."),
        (24, 16, "Spring: shared by 16 of 24 people."),
    ],
)
def test_a_rounds_headline(people: int, shared: int, said: str) -> None:
    item = Round(name="Spring")
    plain = shared_words(item, Progress(people, shared, shared, shared, 0)).translate({0x2068: None, 0x2069: None})
    assert plain == said


# What it costs


@pytest.fixture
def crowd(pair: Pair) -> tuple[Pair, User]:
    """A round, an owner, and one more of each thing that waits."""
    open_round(pair.organisation)
    pair.share()
    pair.rate(submit=False)
    add_items(pair.member, [NewItem("One")])
    return pair, owner_of(pair.organisation)


def more_of_all(pair: Pair) -> None:
    """Each list grows: members with copies, reviews, drafts, plan items, rounds, teams."""
    for n in range(3):
        user = make_user(f"more{n}@example.com")
        join(user, pair.organisation)
        join_team(user, pair.team)
        share_with_team(make_assessment(user, answers=exact_profile("pm"), submitted=True), pair.team, with_notes=False)
        make_assessment(pair.member)
        add_items(pair.member, [NewItem(f"Item {n}", due_on=timezone.localdate())])
        open_round(pair.organisation, name=f"Round {n}")
        team = make_team(pair.organisation, f"Team {n}", f"team-{n}")
        join_team(pair.manager, team, TeamMembership.Role.MANAGER)
        join_team(pair.member, team)


def test_statements_stay_the_same_however_much_there_is(
    crowd: tuple[Pair, User], django_assert_num_queries: Any
) -> None:
    pair, owner = crowd
    # Session, person, newest report, drafts, plan, what they are, invitations; and for those in an organisation rounds,
    # reviews, questions and copies by name; the manager's copies and teams; the owner's organisations and progress; the
    # ladder for those without a report.
    expected = {pair.member: 11, pair.manager: 14, owner: 14}
    for grow in (None, more_of_all):
        if grow:
            grow(pair)
        for user, count in expected.items():
            client = client_of(user)
            with django_assert_num_queries(count):
                assert client.get(HOME).status_code == 200


# Signed out


def test_who_is_signed_out_reads_what_it_is_for_each_of_three(client: Client, rubric: Any) -> None:
    page = page_of(client.get(HOME))
    for said in ("neither sees the other’s answers until both are in", "For managers", "never what they said"):
        assert said in page.text
    assert page.one("nav", id="menu").text == "The ladder Quiz Reports Log in"
    assert filled(page.one("main")) == ["Start the quiz"]


def test_a_visitors_own_quiz_goes_on_from_the_first_page(client: Client, rubric: Any) -> None:
    client.post(reverse("start_quiz"), {})
    draft = Assessment.objects.get(rater=None)
    response = client.get(HOME)
    (link,) = page_of(response).all("a", class_="first")
    assert (link.text, link.attrs["href"]) == ("Go on with your quiz", reverse("show_quiz", args=[draft.pk]))
    assert "public" not in response["Cache-Control"]


def test_the_foot_says_who_runs_it(client: Client, rubric: Any, settings: Any) -> None:
    assert page_of(client.get(HOME)).one("footer").all("a", href="https://lantern.example/privacy") == []
    settings.ABOUT = {
        "operator": "Lantern Goods",
        "contact": "mailto:people@lantern.example",
        "privacy": "https://lantern.example/privacy",
        "source": "",
    }
    foot = page_of(client.get(reverse("show_ladder"))).one("footer")
    assert [(link.text, link.attrs["href"]) for link in foot.all("a")] == [
        ("Run by Lantern Goods", "mailto:people@lantern.example"),
        ("Privacy", "https://lantern.example/privacy"),
    ]


def test_log_in_lands_at_home_or_where_next_says(client: Client, member: User, rubric: Any) -> None:
    said = {"login": member.email, "password": "a-long-enough-password"}
    assert client.post(reverse("account_login"), said).headers["Location"] == HOME
    client.logout()
    plan = reverse("list_plan")
    assert client.post(f"{reverse('account_login')}?next={plan}", said | {"next": plan}).headers["Location"] == plan


def test_it_is_nobody_elses_to_keep(member_client: Client) -> None:
    response = member_client.get(HOME)
    assert "no-store" in response["Cache-Control"]
    assert member_client.post(HOME).status_code == 405
