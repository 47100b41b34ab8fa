"""An owner takes the answers of one person out of figures over many, by subtraction and with accounts of their own.

    python -m trials.attacks.figures

Puppets with known answers share, then a victim; the owner looks before and after, closes rounds that overlap, opens
and closes one again, moves its dates, lets a puppet share once more. Prints how many competencies of the victim the
difference of any two looks gives, and what a page shows at all: 0 of 25 is right.
"""

import sys

from trials.attacks.stage import Somebody, company, person, run, some_answers

PUPPETS = 5


def attack() -> int:
    from datetime import timedelta  # noqa: PLC0415

    from django.utils import timezone  # noqa: PLC0415

    from people.models import Membership  # noqa: PLC0415
    from tests.factories import exact_profile  # noqa: PLC0415

    owner, manager = person("owner@a.example"), person("manager@a.example")
    members = {f"member{n}": person(f"member{n}@a.example") for n in range(6)}
    puppets = {f"puppet{n}": person(f"puppet{n}@evil.example") for n in range(PUPPETS)}
    firm = company("lantern", owner=owner, manager=manager, **members, **puppets)
    # The puppets came in yesterday; the members have been here for long.
    users = [item.user for item in puppets.values()]
    Membership.objects.filter(user__in=users).update(joined_at=timezone.now() - timedelta(days=1))
    today = timezone.now().date()
    dates = {"starts_on": str(today - timedelta(days=30)), "due_on": str(today + timedelta(days=30))}
    victim = members["member5"]
    truth = {slug: step >= exact_profile("pm")[slug] for slug, step in some_answers(99).items()}  # type: ignore[operator]
    looks: list[dict[str, str]] = []

    def round_of(name: str) -> str:
        return str(owner.post("/organisations/lantern/rounds/", name=name, **dates).headers["Location"])

    def look(*paths: str) -> None:
        looks.extend(figures_on(owner, path) for path in (*paths, "/organisations/lantern/strengths/"))

    one, other, third = round_of("One"), round_of("Two"), round_of("Three")
    for number, puppet in enumerate(puppets.values()):
        puppet.take_quiz(some_answers(number))
        puppet.share(firm.team)
    look(one)
    owner.post(f"{one}close/")
    look(one)
    for number, member in enumerate(list(members.values())[:5]):
        member.take_quiz(some_answers(20 + number))
        member.share(firm.team)
    owner.post(f"{other}close/")
    look(one, other)
    victim.take_quiz(some_answers(99))
    victim.share(firm.team)
    for path in (one, other):
        for step in ("reopen/", "edit/", "close/"):
            owner.post(f"{path}{step}", **({"name": "Again", **dates} if step == "edit/" else {}))
        look(path)
    owner.post(f"{third}close/")
    look(one, other, third)
    for puppet in puppets.values():
        puppet.share(firm.team)
        look(one, other, third)
    shown = [item for item in looks if item]
    asked = exact_profile("pm")
    own = [{slug: step >= asked[slug] for slug, step in some_answers(n).items()} for n in range(PUPPETS)]  # type: ignore[operator]
    best = max((recovered(before, after, truth, own) for before in shown for after in shown), default=0)
    distinct = len({str(item) for item in shown})
    print(f"looks with figures: {len(shown)} of {len(looks)}, different from each other: {distinct}")
    print(f"answers of the victim by subtraction: {best} of {len(truth)} competencies")
    return best


def figures_on(owner: Somebody, path: str) -> dict[str, str]:
    """Competency → what a page says of it."""
    from tests.pages import page_of  # noqa: PLC0415

    answer = owner.browser.get(path)
    if answer.status_code != 200:
        return {}
    bodies = [body for body in page_of(answer).all("tbody") if body.all("td", class_="num")]
    return {row.one("th").text: row.one("td").text for body in bodies for row in body.all("tr")}


def recovered(before: dict[str, str], after: dict[str, str], truth: dict[str, bool], own: list[dict[str, bool]]) -> int:
    """How many answers two looks give away, and rightly: where the victim came, or came in place of a puppet."""
    from tests.factories import make_rubric  # noqa: PLC0415

    if before == after:
        return 0
    names = {item.name: slug for slug, item in make_rubric().competencies.items()}
    found = [0]
    for gone in (None, *own):
        right = 0
        for name in before.keys() & after.keys():
            slug = names[name]
            (met, asked), (now, all_asked) = numbers(before[name]), numbers(after[name])
            more = now - met + (gone[slug] if gone else 0)
            right += all_asked - asked == (0 if gone else 1) and more in {0, 1} and bool(more) == truth[slug]
        found.append(right)
    return max(found)


def numbers(said: str) -> tuple[int, int]:
    """Of "at most 1 of 6" the 1 and the 6."""
    met, asked = said.split()[-3::2]
    return int(met), int(asked)


if __name__ == "__main__":
    sys.exit(run(attack))
