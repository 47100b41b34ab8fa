"""How many mails go out a day, from one person and to one address, whatever organisations and teams there are; what
waits, and what of it goes; and an address that wants none."""

import datetime
import re
from typing import Any

import pytest
from django.core import mail
from django.core.mail import EmailMessage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from assessments.models import Round
from assessments.rounds.rounds import open_round, remind_by_hand
from config import doctor
from people.limits import rates
from people.mail import budgets
from people.mail.budgets import AHEAD, TO_A_DAY, MailKind, reserve
from people.mail.outbox import reap, send_mail
from people.mail.post import post_news
from people.models import Invitation, MailRefusal, Membership, OutboxMail, RateCount, SiteKey, Team, User
from people.organisations.invitations import revoke
from people.organisations.refusals import refusing, ways_out
from tests.factories import client_of, confirmed, join, join_team, make_organisation, make_team, make_user
from tests.pages import page_of
from tests.people.organisations.guests import confirm
from tests.people.organisations.guests import invite as invite_list

pytestmark = pytest.mark.django_db
TO_ONE = TO_A_DAY[MailKind.INVITATION]


@pytest.fixture(autouse=True)
def few(settings: Any) -> None:
    settings.NEW_ACCOUNT_MAILS = 3


@pytest.fixture
def owner(rubric: Any) -> User:
    user = make_user("owner@example.com", name="Olga")
    for slug in ("lantern", "paper-boat"):
        organisation = make_organisation(slug.title(), slug)
        join(user, organisation, Membership.Role.OWNER)
        for name in ("one", "two"):
            make_team(organisation, name.title(), name)
    return user


def invite(user: User, text: str, slug: str = "lantern", team: str = "") -> Any:
    """The page that follows; the form is no repetition of one before."""
    chosen = Team.objects.filter(organisation__slug=slug, slug=team).first()
    path = f"/organisations/{slug}/invite/"
    client = client_of(user)
    answer = invite_list(client, path, text, team=str(chosen.pk) if chosen else "")
    return page_of(client.get(answer.headers["Location"]) if answer.status_code == 302 else answer)


def days_of(user: User) -> list[int]:
    """In how many days the invitations of somebody go out."""
    sent = Invitation.objects.filter(created_by=user).order_by("sent_at").values_list("sent_at", flat=True)
    return [round((at - timezone.now()) / datetime.timedelta(days=1)) for at in sent if at]


def addresses(count: int, name: str = "p") -> str:
    return " ".join(f"{name}{number}@new.example" for number in range(count))


def a_day_passes(days: int = 1) -> None:
    """For the mails that wait."""
    for row in OutboxMail.objects.filter(sent_at=None):
        back = {name: getattr(row, name) - datetime.timedelta(days=days) for name in ("created_at", "next_at")}
        OutboxMail.objects.filter(pk=row.pk).update(queued_at=row.queued_at - datetime.timedelta(days=days), **back)


def the_worker_runs() -> None:
    reap()
    for row in OutboxMail.objects.filter(sent_at=None):
        send_mail.call(str(row.pk))


def test_a_new_account_sends_a_few_a_day_and_the_rest_waits_in_sight(owner: User) -> None:
    """Over all organisations; nobody is refused, and each mail goes out once."""
    page = invite(owner, addresses(5))
    assert "3 invitations are on their way" in page.text
    assert "2 wait" in page.text
    tomorrow = timezone.now() + datetime.timedelta(days=1)
    assert page.text.count(f"Its mail goes out on {tomorrow:%-d %B %Y}.") == 2
    assert "1 waits" in invite(owner, "q@new.example", "paper-boat").text
    assert days_of(owner) == [0, 0, 0, 1, 1, 1]
    assert [len(message.to) for message in mail.outbox] == [1] * 3
    assert "2 wait" in invite(owner, addresses(2, "later")).text
    assert days_of(owner)[-2:] == [2, 2]
    the_worker_runs()
    assert len(mail.outbox) == 3
    for count in (6, 8, 8):
        a_day_passes()
        the_worker_runs()
        the_worker_runs()
        assert len(mail.outbox) == count
    assert len({message.to[0] for message in mail.outbox}) == 8


def test_after_a_week_or_by_the_operator_it_is_lifted(owner: User, settings: Any) -> None:
    invite(owner, addresses(40))
    # The last of these days is after the account's first week.
    assert [days_of(owner).count(day) for day in range(8)] == [3] * 7 + [19]
    other = make_user("other@example.com")
    join(other, Team.objects.all()[0].organisation, Membership.Role.ADMIN)
    settings.NEW_ACCOUNT_MAILS = 1000
    slug = Team.objects.all()[0].organisation.slug
    assert "30 invitations are on their way" in invite(other, addresses(30, "x"), str(slug)).text


def test_no_one_person_sends_more_than_a_thousand(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    User.objects.update(date_joined=timezone.now() - datetime.timedelta(days=100))
    monkeypatch.setattr(budgets, "FROM_A_DAY", 4)
    invite(User.objects.get(pk=owner.pk), addresses(6))
    assert days_of(owner) == [0] * 4 + [1] * 2


def test_whom_one_works_with_already_does_not_count(owner: User) -> None:
    """They are invited to a team; but of one address, no more than anybody's."""
    there = [make_user(f"there{number}@example.com") for number in range(6)]
    for user in there:
        join(user, Team.objects.filter(organisation__slug="lantern")[0].organisation)
    said = " ".join(user.email for user in there)
    assert "6 invitations are on their way" in invite(owner, said, team="one").text
    assert "3 invitations are on their way" in invite(owner, addresses(3)).text
    assert "6 invitations are on their way" in invite(owner, said, team="two").text


def test_one_address_gets_a_few_a_day_from_all_together(owner: User) -> None:
    """From one list with several teams, from several teams, organisations and people."""
    table = "email,team\n" + "\n".join(f"Nora@New.example,{team}" for team in ("one", "two", ""))
    invite(owner, table)
    assert days_of(owner) == [0, 0, 1]
    for number in range(4):
        puppet = make_user(f"puppet{number}@evil.example")
        organisation = make_organisation(f"Evil {number}", f"evil-{number}")
        join(puppet, organisation, Membership.Role.OWNER)
        assert "goes out on" in invite(puppet, "nora@new.example", organisation.slug or "").text
    sent = [day for user in User.objects.all() for day in days_of(user)]
    assert {day: sent.count(day) for day in sent} == {0: TO_ONE, 1: TO_ONE, 2: TO_ONE, 3: 1}
    assert len(mail.outbox) == TO_ONE
    # No day far ahead: then it is said, with the address, and what was typed stays.
    puppet = make_user("full@evil.example")
    reserve(MailKind.INVITATION, ["nora@new.example"] * TO_ONE * AHEAD)
    join(puppet, make_organisation("Full", "full"), Membership.Role.OWNER)
    page = invite(puppet, "else@new.example nora@new.example", "full")
    assert "More can’t go to nora@new.example" in page.text
    assert page.one("textarea").text == "else@new.example nora@new.example"
    assert days_of(puppet) == []


def test_who_is_full_keeps_nobody_else_waiting(owner: User) -> None:
    reserve(MailKind.INVITATION, [f"full{number}@new.example" for number in range(5)] * TO_ONE)
    days = reserve(MailKind.INVITATION, [f"full{number}@new.example" for number in range(5)] + ["a@b.example"], owner)
    assert days == [1, 1, 1, 2, 2, 0]
    # What nobody took of the sender's day is there for the next list.
    assert reserve(MailKind.INVITATION, ["c@d.example", "e@f.example", "g@h.example"], owner) == [0, 0, 2]


def test_sending_again_counts_and_what_waits_is_not_sent_twice(owner: User) -> None:
    invite(owner, addresses(4))
    client = client_of(owner)
    waiting = Invitation.objects.order_by("-sent_at")[0]
    again = reverse("resend_invitation", args=["lantern", waiting.pk])
    assert "waits for its day" in page_of(client.post(again, follow=True)).text
    assert OutboxMail.objects.count() == 1
    gone = Invitation.objects.order_by("sent_at")[0]
    Invitation.objects.filter(pk=gone.pk).update(sent_at=timezone.now() - datetime.timedelta(days=1))
    page = page_of(client.post(reverse("resend_invitation", args=["lantern", gone.pk]), follow=True))
    assert "A new mail waits for its day" in page.text
    gone.refresh_from_db()
    assert gone.waits
    assert gone.expires_at - timezone.now() > datetime.timedelta(days=14)


def test_what_has_ended_meanwhile_does_not_go_out(owner: User) -> None:
    invite(owner, addresses(9))
    wait = list(Invitation.objects.filter(sent_at__gt=timezone.now()).order_by("email"))
    assert len(wait) == 6
    revoke(wait[0])
    Invitation.objects.filter(pk=wait[1].pk).update(uses=1)
    Invitation.objects.filter(pk=wait[2].pk).delete()
    MailRefusal.objects.create(to_hash=ways_out([wait[3].email])[wait[3].email].to_hash)
    a_day_passes(2)
    the_worker_runs()
    assert sorted(message.to[0] for message in mail.outbox[3:]) == [wait[4].email, wait[5].email]
    # Of what was sent nothing is left but that it was.
    assert not [row for row in OutboxMail.objects.all() if row.message or row.invitation or row.refused_by]
    assert OutboxMail.objects.count() == 2
    # Whoever is shut out has sent the last one.
    invite(owner, addresses(1, "x"))
    User.objects.filter(pk=owner.pk).update(is_active=False)
    a_day_passes(3)
    the_worker_runs()
    assert len(mail.outbox) == 5


def test_nobody_raises_an_alarm_over_mails_for_another_day(owner: User, settings: Any) -> None:
    invite(owner, addresses(5))
    assert [(item.state, item.said) for item in doctor._queue()] == [("ok", "0 mails wait, and 2 for another day")]


def test_news_wait_too_and_end_somewhere(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(budgets.TO_A_DAY, MailKind.NEWS, 1)
    monkeypatch.setattr(budgets, "AHEAD", 2)
    for _ in range(5):
        post_news(EmailMessage("It is there", "Look", to=["nora@example.com"]))
    assert (len(mail.outbox), OutboxMail.objects.count()) in {(1, 2), (1, 4)}


def test_counts_name_nobody_and_go(owner: User) -> None:
    invite(owner, addresses(5))
    assert not [row for row in RateCount.objects.all() if "@" in row.key or str(owner.pk) in row.key]
    RateCount.objects.update(ends_at=timezone.now())
    rates.forget_old()
    assert not RateCount.objects.exists()


# Never again


def test_one_click_ends_invitations_from_everybody(owner: User, client: Client) -> None:
    """Without an account or a cookie, as mail programs do it; only by POST; it can be taken back."""
    invite(owner, "nora@new.example")
    (message,) = mail.outbox
    link = re.sub(r"^<https?://[^/]+|>$", "", message.extra_headers["List-Unsubscribe"])
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in message.body
    assert "nora" not in link
    strict = Client(enforce_csrf_checks=True)
    assert "Never again" in page_of(strict.get(link)).text
    assert not MailRefusal.objects.exists()
    assert "No more invitations" in page_of(strict.post(link, {"List-Unsubscribe": "One-Click"})).text
    assert not [row for row in MailRefusal.objects.values() if "nora" in str(row)]
    # Whoever invites sees this, and nothing else; whatever the spelling, the team, the organisation.
    Invitation.objects.all().delete()
    for slug in ("lantern", "paper-boat"):
        first = confirmed(owner).post(f"/organisations/{slug}/invite/", {"text": "NORA@new.example else@new.example"})
        assert "This address takes no mail from us" in page_of(first).text
        confirm(confirmed(owner), f"/organisations/{slug}/invite/", first)
    assert {to for message in mail.outbox[1:] for to in message.to} == {"else@new.example"}
    # What their account needs comes as before.
    make_user("nora@new.example")
    client.post("/account/login/code/", {"email": "nora@new.example"})
    assert mail.outbox[-1].to == ["nora@new.example"]
    assert "take invitations again" in page_of(strict.post(link, {"value": "again"})).text
    assert not MailRefusal.objects.exists()


def test_an_open_invitation_says_it_and_is_not_sent_again(owner: User) -> None:
    invite(owner, "nora@new.example")
    MailRefusal.objects.create(to_hash=ways_out(["nora@new.example"])["nora@new.example"].to_hash)
    client = confirmed(owner)
    assert "takes no mail from us" in page_of(client.get("/organisations/lantern/invite/")).text
    Invitation.objects.update(sent_at=timezone.now() - datetime.timedelta(days=1))
    again = reverse("resend_invitation", args=["lantern", Invitation.objects.get().pk])
    assert "takes no mail from us" in page_of(client.post(again, follow=True)).text
    assert len(mail.outbox) == 1


def test_links_of_others_end_nothing(client: Client, rubric: Any) -> None:
    to_hash = ways_out(["a@b.example"])["a@b.example"].to_hash
    for token in ("guessed", to_hash, f"{to_hash}:guessed", "%00", "a" * 2000):
        assert client.post(f"/invitations/never/{token}/").status_code == 404
    assert not MailRefusal.objects.exists()


def test_refusals_and_links_outlive_the_secret_key(client: Client, rubric: Any, settings: Any) -> None:
    from people.login.second_steps import reseal

    link = ways_out(["a@b.example"])["a@b.example"].link
    client.post(re.sub("^https?://[^/]+", "", link))
    before = settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "another-key-" * 6, [before]
    assert refusing(["A@b.example", "c@d.example"]) == {"A@b.example"}
    assert "1 are in the clear or under an earlier key" in [item.said for item in doctor._second_steps()]
    reseal()
    settings.SECRET_KEY_FALLBACKS = []
    assert refusing(["a@b.example"]) == {"a@b.example"}
    assert ways_out(["a@b.example"])["a@b.example"].link == link
    SiteKey.objects.update(sealed=SiteKey.objects.get().sealed[:-4] + "AAAA")
    assert refusing(["a@b.example"]) == set()


def test_reminders_of_many_rounds_are_few_and_one_click_ends_them(rubric: Any, owner: User) -> None:
    """Two organisations, four rounds each. Tomorrow the rounds that found no room go on."""
    member, sent = make_user("member@example.com"), []
    today = timezone.localdate()
    for slug in ("lantern", "paper-boat"):
        team = Team.objects.get(organisation__slug=slug, slug="one")
        join(member, team.organisation)
        join_team(member, team)
        for number in range(4):
            item = open_round(team.organisation, name=f"{slug} {number}", starts_on=today, due_on=today)
            sent.append(remind_by_hand(item))
    assert sent == [1, 1, 0, 0, 0, 0, 0, 0]
    RateCount.objects.all().delete()
    assert [remind_by_hand(item) for item in Round.objects.order_by("created_at")] == [0, 0, 1, 1, 0, 0, 0, 0]
    assert [message.to for message in mail.outbox] == [[member.email]] * 4
    link = re.sub(r"^<https?://[^/]+|>$", "", mail.outbox[-1].extra_headers["List-Unsubscribe"])
    assert link in mail.outbox[-1].body
    strict = Client(enforce_csrf_checks=True)
    assert "End the reminders?" in page_of(strict.get(link)).text
    assert User.objects.get(pk=member.pk).wants_reminders
    assert "No more reminders" in page_of(strict.post(link, {"List-Unsubscribe": "One-Click"})).text
    assert not User.objects.get(pk=member.pk).wants_reminders
