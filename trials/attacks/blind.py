"""A manager reads what a member said and has their review called blind; either side buys the other's answers with one.

    python -m trials.attacks.blind

Prints how many reviews were called blind that were not, and how many opened on one answer of 25: 0 is right.
"""

import sys
from typing import Any

from trials.attacks.stage import Company, Somebody, company, person, run, some_answers


def attack() -> int:
    wrongly = [way.__name__ for way in (in_another, reopened, by_name, by_link) if is_blind(way)]
    print(f"called blind that was read before: {len(wrongly)} of 4 {wrongly}")
    sound = [is_blind(unread), opens_on_one("none of them")]
    opened = [f"by the {side}" for side in ("manager", "member") if opens_on_one(side)]
    print(f"opened on one answer of 25: {len(opened)} of 2 {opened}")
    # Where no review at all is blind or opens, the attack looked at nothing.
    print(f"called blind and opened where nothing is wrong: {sum(sound)} of 2")
    return len(wrongly) + len(opened) + sound.count(False)


def pair(name: str) -> tuple[Company, Somebody, Somebody]:
    member, manager = person(f"member@{name}.example"), person(f"manager@{name}.example")
    return company(name, owner=person(f"owner@{name}.example"), manager=manager, member=member), member, manager


def is_blind(read: Any) -> bool:
    """Whether a review says so whose manager has read the report in this way."""
    firm, member, manager = pair(read.__name__.replace("_", "-"))
    member.take_quiz(some_answers(1))
    read(firm, member, manager)
    member.share(firm.team)
    return bool(rated(firm, member, manager, some_answers(2)).is_blind)


def unread(_firm: Company, _member: Somebody, _manager: Somebody) -> None:
    """The manager reads nothing."""


def in_another(firm: Company, member: Somebody, manager: Somebody) -> None:
    other = company(f"{firm.organisation.slug}-too", owner=firm.people["owner"], manager=manager, member=member)
    member.share(other.team)
    page = manager.post(
        f"/organisations/{other.organisation.slug}/teams/{other.team.slug}/members/{member.user.pk}/review/",
        choice="read_now",
    )
    manager.read(page.headers["Location"])


def reopened(firm: Company, member: Somebody, manager: Somebody) -> None:
    """They read it in another organisation, and the member gives a second report with one answer changed."""
    in_another(firm, member, manager)
    draft = str(member.post(f"/reports/{member.reports[-1]}/reopen/").headers["Location"]).split("/")[2]
    member.answer(draft, {"strategy": 5})
    member.post(f"/quiz/{draft}/submit/")
    member.reports.append(draft)


def by_name(_firm: Company, member: Somebody, manager: Somebody) -> None:
    member.post(f"/reports/{member.reports[-1]}/share/", person=manager.user.email)
    from assessments.models import Share  # noqa: PLC0415

    manager.read(f"/copies/{Share.objects.get(recipient=manager.user).pk}/")


def by_link(_firm: Company, member: Somebody, manager: Somebody) -> None:
    page = member.post(f"/reports/{member.reports[-1]}/links/", label="", days="7").content.decode()
    manager.read("/shared/" + page.partition("/shared/")[2][:43] + "/")


def rated(firm: Company, member: Somebody, manager: Somebody, answers: dict[str, Any]) -> Any:
    from assessments.models import Review  # noqa: PLC0415

    address = f"/organisations/{firm.organisation.slug}/teams/{firm.team.slug}/members/{member.user.pk}/review/"
    path = str(manager.post(address, choice="rate_first", level="pm").headers["Location"])
    for slug, step in answers.items():
        manager.post(f"{path}answer/{slug}/", step=str(step), go="stay")
    manager.post(f"{path}submit/", level="pm")
    return Review.objects.get(pk=path.split("/")[2])


def opens_on_one(side: str) -> bool:
    """Whether everything is revealed when this side has said one thing only."""
    firm, member, manager = pair(f"one-{side.replace(' ', '-')}")
    one = {"strategy": 3}
    member.take_quiz(one if side == "member" else some_answers(1))
    member.share(firm.team)
    return bool(rated(firm, member, manager, one if side == "manager" else some_answers(2)).revealed_at)


if __name__ == "__main__":
    sys.exit(run(attack))
