"""An owner looks for what members do for themselves: a private draft, a report that is not shared, and when.

    python -m trials.attacks.rounds

The owner moves the start of a round day by day, and reads its page, the organisation's and the team's, and to whom
reminders go. Prints how many of those texts a private self-assessment changes: 0 is right; and that one which was begun
by the round's own button is seen, or the attack would look at nothing.
"""

import sys
from datetime import timedelta

from trials.attacks.stage import Somebody, company, person, run, some_answers

DAYS = (-40, -20, -10, -1, 0)


def attack() -> int:
    from django.utils import timezone  # noqa: PLC0415

    owner, member = person("owner@a.example"), person("member@a.example")
    company("lantern", owner=owner, manager=person("manager@a.example"), member=member)
    today = timezone.now().date()
    said = {"name": "Autumn", "starts_on": str(today - timedelta(days=40)), "due_on": str(today + timedelta(days=9))}
    path = str(owner.post("/organisations/lantern/rounds/", **said).headers["Location"])
    before = seen(owner, path, said)
    member.answer(member.begin(), some_answers(1))
    begun = seen(owner, path, said)
    member.take_quiz(some_answers(1))
    submitted = seen(owner, path, said)
    member.begin(f"{path}begin/")
    by_button = seen(owner, path, said)
    changed = sum(text != then for now in (begun, submitted) for text, then in zip(now, before, strict=True))
    print(f"texts that a private draft or report changes: {changed} of {2 * len(before)}")
    print(f"texts that the round's own button changes: {sum(a != b for a, b in zip(by_button, before, strict=True))}")
    return changed or by_button == before


def seen(owner: Somebody, path: str, said: dict[str, str]) -> list[str]:
    """What the owner reads with each start, and who gets the reminders."""
    from django.core import mail  # noqa: PLC0415
    from django.utils import timezone  # noqa: PLC0415

    from assessments.models import RoundReminder  # noqa: PLC0415
    from people.models import RateCount  # noqa: PLC0415
    from tests.pages import page_of  # noqa: PLC0415

    texts = []
    mail.outbox = []
    for days in DAYS:
        owner.post(f"{path}edit/", **(said | {"starts_on": str(timezone.now().date() + timedelta(days=days))}))
        owner.read("/organisations/lantern/")  # which says that it was saved
        pages = (
            path,
            "/organisations/lantern/",
            "/organisations/lantern/people/",
            "/organisations/lantern/teams/lantern-team/",
        )
        texts += [page_of(owner.browser.get(page)).text for page in pages]
        RoundReminder.objects.all().delete()
        RateCount.objects.all().delete()  # as if on another day
        texts.append(page_of(owner.browser.post(f"{path}remind/", follow=True)).text)
    return [*texts, str([message.to for message in mail.outbox])]


if __name__ == "__main__":
    sys.exit(run(attack))
