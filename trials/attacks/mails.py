"""New accounts mail a stranger through many organisations and teams, as often as they can, and invite all they can.

    python -m trials.attacks.mails

Each attacker is an account of today that owns two organisations of four teams. They invite one address to every team,
send it again, set up rounds and remind a member of all of them, and invite a list of 60 strangers. The worker runs.
Prints how many mails leave that day to the one address, to the member, and from one person: at most 2, 2 and 20 are
right. Then the stranger refuses by the link in the mail, and the attackers go on for a week: 0 is right; and how many
lines hold a link that a name wrote. Exits with 1 for more than that.

`--without` lifts the budgets, as they were before there were any (by organisation and 1,000 a day).
"""

import re
import sys
from collections import Counter
from datetime import timedelta
from typing import Any

from trials.attacks.stage import Somebody, person, run

ATTACKERS, TEAMS, GUESTS = 3, 4, 60
VICTIM = "stranger@victim.example"
LINK = re.compile(r"\w://|[\w-]\.[^\W\d_]")


def attack() -> int:
    from django.conf import settings  # noqa: PLC0415
    from django.core import mail  # noqa: PLC0415

    from people.mail import budgets  # noqa: PLC0415
    from people.organisations import invitations  # noqa: PLC0415

    settings.NEW_ACCOUNT_MAILS = 20
    invitations.RESEND_AFTER = timedelta(0)
    if "--without" in sys.argv:
        settings.NEW_ACCOUNT_MAILS = budgets.FROM_A_DAY = 10_000_000
        budgets.TO_A_DAY = dict.fromkeys(budgets.MailKind, 10_000_000)
    attackers = [person(f"attacker{number}@evil.example") for number in range(ATTACKERS)]
    member = person("member@victim.example")
    slugs = {who.user.pk: [founded(who, number, member) for number in range(2)] for who in attackers}
    mail.outbox = []
    for who in attackers:
        for slug in slugs[who.user.pk]:
            everything(who, slug)
    the_worker_runs()
    sent = [address for message in mail.outbox for address in message.to]
    from_one = Counter(who_sent(message) for message in mail.outbox if "list-" in message.to[0] or VICTIM in message.to)
    to_victim, to_member = sent.count(VICTIM), sent.count(member.user.email)
    print(f"mails of a day to one address: {to_victim} invitations; to a member: {to_member} reminders")
    most, all_of_them = max(from_one.values(), default=0), from_one.total()
    print(f"invitations of a day to strangers: {most} from one person, {all_of_them} from all {ATTACKERS}")
    links = [line for message in mail.outbox for line in foreign(message)]
    print(f"lines with a link that a name wrote: {len(links)}")
    after = after_refusal(attackers, slugs) if to_victim else 0
    print(f"mails to it in the week after it has refused: {after}")
    too_many = to_victim > 2 or to_member > 2 or most > 20
    return int(too_many or bool(links) or bool(after) or not to_victim)


def founded(who: Somebody, number: int, member: Somebody) -> str:
    """The slug of an organisation that somebody founds, with teams; the member has joined one."""
    from people.models import Organisation  # noqa: PLC0415
    from tests.factories import join, join_team, make_team  # noqa: PLC0415

    name = f"Payroll {number}: your access ends, https://evil.example/login"
    slug = str(who.post("/organisations/", name=name).headers["Location"]).split("/")[2]
    organisation = Organisation.objects.get(slug=slug)
    join(member.user, organisation)
    for team in range(TEAMS):
        made = make_team(organisation, f"Team {team} evil.example", f"team-{team}")
        join_team(member.user, made)
    return slug


def everything(who: Somebody, slug: str) -> None:
    """What one attacker can do in one organisation."""
    from django.utils import timezone  # noqa: PLC0415

    from people.models import Invitation  # noqa: PLC0415

    today = str(timezone.now().date())
    for team in range(TEAMS):
        who.post(f"/organisations/{slug}/teams/team-{team}/invite/", text=VICTIM)
    for invitation in Invitation.objects.filter(organisation__slug=slug):
        for _ in range(3):
            who.post(f"/organisations/{slug}/invitations/{invitation.pk}/resend/")
    for number in range(5):
        answer = who.post(f"/organisations/{slug}/rounds/", name=f"R{number}", starts_on=today, due_on=today)
        who.post(f"{answer.headers['Location']}remind/")
    text = "\n".join(f"list-{number}@{slug}.example" for number in range(GUESTS))
    who.post(f"/organisations/{slug}/invite/", text=text)


def after_refusal(attackers: list[Somebody], slugs: dict[Any, list[str]]) -> int:
    """Mails to the address in a week after it has refused, though everything is tried again each day."""
    from django.core import mail  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415

    from people.models import Invitation, OutboxMail, RateCount  # noqa: PLC0415

    (message, *_others) = [message for message in mail.outbox if VICTIM in message.to]
    link = re.sub(r"^<https?://[^/]+|>$", "", message.extra_headers["List-Unsubscribe"])
    Client(enforce_csrf_checks=True).post(link, {"List-Unsubscribe": "One-Click"})
    mail.outbox = []
    for _ in range(7):
        RateCount.objects.all().delete()  # another day
        Invitation.objects.filter(email=VICTIM).delete()
        for who in attackers:
            who.post(f"/organisations/{slugs[who.user.pk][0]}/invite/", text=VICTIM)
        for row in OutboxMail.objects.filter(sent_at=None):
            OutboxMail.objects.filter(pk=row.pk).update(next_at=row.next_at - timedelta(days=1))
        the_worker_runs()
    return sum(VICTIM in message.to for message in mail.outbox)


def the_worker_runs() -> None:
    """Through a day: what waits for another stays."""
    from people.mail.outbox import send_mail  # noqa: PLC0415
    from people.models import OutboxMail  # noqa: PLC0415

    for row in OutboxMail.objects.filter(sent_at=None):
        send_mail.call(str(row.pk))


def who_sent(message: Any) -> str:
    """Who invites, by the mail's own words."""
    return said(message.body, " invites you")


def said(body: str, before: str) -> str:
    return next((line.partition(before)[0] for line in str(body).split("\n") if before in line), "")


def foreign(message: Any) -> list[str]:
    """Lines of subject and body that hold a link that is not ours alone."""
    from django.conf import settings  # noqa: PLC0415

    ours = re.compile(rf"{re.escape(settings.SITE_URL)}(/(invitations|rounds)/\S*)?")
    lines = [str(message.subject), *str(message.body).split("\n")]
    return [line for line in lines if LINK.search(line) and not ours.fullmatch(line)]


if __name__ == "__main__":
    sys.exit(run(attack))
