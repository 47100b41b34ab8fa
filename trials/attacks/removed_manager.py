"""A manager who was removed, and tries to write in the reviews of their former team again.

    python -m trials.attacks.removed_manager [--database-url URL]

On a fresh demo company, by Django's test client. After each thing that could bring the right back – the team is closed,
opened again, the manager is appointed again, moved, or has left and come back – they read and write all their reviews.
Prints what each try was answered; exits with 1 when a page opened or something was written.
"""

import argparse
from collections import Counter
from typing import Any

from trials.attacks.demo import Tally, company, confirmed

TEAM = "/organisations/lantern-goods/teams/checkout/"
SEARCH = "/organisations/lantern-goods/teams/search/"
ORGANISATION = "/organisations/lantern-goods/"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database-url", default="", help="an empty database; by default a file of its own")
    tally = Tally()
    with company(parser.parse_args().database_url) as browser:
        owner, manager = confirmed(browser("owner")), browser("manager")
        mine = reviews()
        opens = [manager.get(f"/reviews/{key}/", follow=True).status_code for key in mine]
        tally.note("while they manage the team", dict(Counter(opens)), broke=set(opens) != {200})
        for what, do in ways(owner, manager):
            do()
            got, before = attempt(manager, mine), written()
            broke = bool(set(got) - {404, 429}) or written() != before
            tally.note(what, dict(got), broke=broke)
    tally.end()


def ways(owner: Any, manager: Any) -> list[tuple[str, Any]]:
    from people.models import Membership, Organisation, Team, User  # noqa: PLC0415

    user = User.objects.get(email="manager@demo.example")
    search = str(Team.objects.get(slug="search").pk)
    checkout = str(Team.objects.get(slug="checkout").pk)

    def back() -> None:
        Membership.objects.create(organisation=Organisation.objects.get(slug="lantern-goods"), user=user)
        owner.post(f"{TEAM}people/add/", {"user": str(user.pk), "role": "manager"})

    return [
        ("removed", lambda: owner.post(f"{TEAM}people/{user.pk}/remove/")),
        ("the team is closed", lambda: owner.post(f"{TEAM}close/")),
        ("the team is opened again", lambda: owner.post(f"{TEAM}reopen/")),
        ("appointed again", lambda: owner.post(f"{TEAM}people/add/", {"user": str(user.pk), "role": "manager"})),
        ("moved away", lambda: owner.post(f"{TEAM}people/{user.pk}/move/", {"team": search})),
        (
            "moved back",
            lambda: owner.post(f"/organisations/lantern-goods/teams/search/people/{user.pk}/move/", {"team": checkout}),
        ),
        ("made a member", lambda: owner.post(f"{TEAM}people/{user.pk}/role/", {"role": "member"})),
        ("made a manager", lambda: owner.post(f"{TEAM}people/{user.pk}/role/", {"role": "manager"})),
        ("left the organisation", lambda: confirmed(manager).post(f"{ORGANISATION}leave/")),
        ("came back, and appointed again", back),
        ("closed once more", lambda: owner.post(f"{TEAM}close/")),
    ]


def reviews() -> list[str]:
    from assessments.models import Review  # noqa: PLC0415

    found = Review.objects.filter(manager__email="manager@demo.example")
    return [str(key) for key in found.values_list("pk", flat=True)]


def written() -> list[Any]:
    from assessments.models import Agenda, Commitment, Rating, Review  # noqa: PLC0415

    return [
        list(Agenda.objects.order_by("pk").values_list("text", "revision")),
        list(Commitment.objects.order_by("pk").values_list("text", flat=True)),
        list(Review.objects.order_by("pk").values_list("signed_by_manager_at", "choice")),
        Rating.objects.count(),
    ]


def attempt(manager: Any, mine: list[str]) -> Counter[int]:
    """Read and write each review in every way there is; how often each status came."""
    got: Counter[int] = Counter()
    for key in mine:
        for page in ("", "together/", "together.pdf", "check/"):
            got[manager.get(f"/reviews/{key}/{page}").status_code] += 1
        said = {"text": "Written after all", "revision": "1", "c0-text": "Agreed after all", "seen": ""}
        for page in ("agenda/", "commitments/", "sign/", "submit/", "answer/strategy/"):
            got[manager.post(f"/reviews/{key}/{page}", said).status_code] += 1
    return got


if __name__ == "__main__":
    main()
