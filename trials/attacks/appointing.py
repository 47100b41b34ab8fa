"""An owner or admin who wants to read what members gave their managers, and a stale session that throws owners out.

    python -m trials.attacks.appointing [--database-url URL]

On a fresh demo company, by Django's test client. Tries every way to become a manager, without and with a confirmation,
alone and with a friend, and then every place at which a manager reads; then takes roles away from a session that has
confirmed nothing. Prints what came of each; exits with 1 when a step or a note was read that its author had not given
to this reader, when somebody was appointed or removed unasked, or when nobody was told.
"""

import argparse
import uuid
from typing import Any

from trials.attacks.demo import Tally, company, confirmed, told

TEAM = "/organisations/lantern-goods/teams/checkout/"
ORGANISATION = "/organisations/lantern-goods/"
MEMBERS = ("apm", "pm", "pm2", "senior", "staff")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database-url", default="", help="an empty database; by default a file of its own")
    tally = Tally()
    with company(parser.parse_args().database_url) as browser:
        told()
        alone(tally, browser)
        with_a_friend(tally, browser)
        stale_session(tally, browser)
    tally.end()


def key(name: str) -> uuid.UUID:
    from people.models import User  # noqa: PLC0415

    return User.objects.get(email=f"{name}@demo.example").pk


def manages(name: str) -> bool:
    from people.models import TeamMembership  # noqa: PLC0415

    return TeamMembership.objects.current().filter(user=key(name), role="manager", team__slug="checkout").exists()


def reads(client: Any) -> list[str]:
    """Where somebody who manages Checkout gets to read what its members gave to others before."""
    from assessments.models import Review, Share  # noqa: PLC0415
    from growth.my_data.document import document_of  # noqa: PLC0415
    from people.models import User  # noqa: PLC0415

    for name in MEMBERS:
        for choice in ("read_now", "rate_first"):
            client.post(f"{TEAM}members/{key(name)}/review/", {"choice": choice, "level": "pm"})
    me = User.objects.get(pk=client.session["_auth_user_id"])
    for review in Review.objects.filter(manager=me, assessment__status="draft"):
        client.post(f"/reviews/{review.pk}/answer/strategy/", {"step": "3", "go": "stay"})
        client.post(f"/reviews/{review.pk}/submit/")
    shares = list(Share.objects.filter(team__slug="checkout"))
    notes = [note for share in shares for note in share.notes.values()]
    paths = [f"/copies/{share.pk}/" for share in shares]
    paths += [f"{TEAM}?view=shared", f"{TEAM}strengths/", f"{TEAM}matrix.csv"]
    paths += [f"/reviews/{row.pk}/together/" for row in Review.objects.filter(manager=me)]
    found = []
    for path in paths:
        body = client.get(path, follow=True).content.decode("utf-8", "replace")
        cells = path.endswith(".csv") and any('"4"' in line or '"3"' in line for line in body.splitlines()[1:])
        if cells or any(note in body for note in notes):
            found.append(path)
    if any(note in str(document_of(me)) for note in notes):
        found.append("my data")
    return found


def alone(tally: Tally, browser: Any) -> None:
    """The owner themselves, who is the only one who could appoint them: then with a second owner beside."""
    from people.models import Membership  # noqa: PLC0415
    from tests.people.organisations.guests import invite  # noqa: PLC0415

    owner = browser("owner")
    form = {"user": key("owner"), "role": "manager"}
    owner.post(f"{TEAM}people/add/", form)
    tally.note("owner appoints themselves, unconfirmed", manages("owner"), broke=manages("owner"))
    Membership.objects.filter(user=key("staff")).update(role="owner")
    confirmed(owner).post(f"{TEAM}people/add/", form)
    tally.note("owner appoints themselves beside another owner", manages("owner"), broke=manages("owner"))
    invite(owner, f"{ORGANISATION}invite/", "email,role,team\nowner@demo.example,manager,checkout")
    tally.note("owner invites their own address", told(), broke=manages("owner"))
    Membership.objects.filter(user=key("staff")).update(role="member")
    owner.post(f"{TEAM}people/add/", form)
    who = told()
    tally.note("the only owner appoints themselves; told were", who, broke=not {"apm", "senior", "staff"} <= set(who))
    found = reads(owner)
    tally.note("  and reads of copies given before", found, broke=bool(found))


def with_a_friend(tally: Tally, browser: Any) -> None:
    """One of the team's own members, who is made a manager of the others."""
    owner, friend = confirmed(browser("owner")), browser("senior2")
    told()
    owner.post(f"{TEAM}people/{key('senior2')}/role/", {"role": "manager"})
    who = told()
    tally.note("a friend is made a manager; told were", who, broke="senior" not in who)
    found = reads(friend)
    tally.note("  and reads of copies given before", found, broke=bool(found))
    asks_for_all(friend)
    found = reads(friend)
    tally.note("  asks for all of them, answers for their authors, and reads", found, broke=bool(found))


def asks_for_all(client: Any) -> None:
    from assessments.models import CopyQuestion, Share  # noqa: PLC0415

    for share in Share.objects.filter(team__slug="checkout"):
        client.post(f"/copies/{share.pk}/ask/")
    for question in CopyQuestion.objects.all():
        client.post(f"/copies/questions/{question.pk}/", {"answer": "yes"})


def stale_session(tally: Tally, browser: Any) -> None:
    """A session that was left open: it may look, and takes nobody's role."""
    from people.models import Membership, TeamMembership  # noqa: PLC0415
    from people.organisations.guest_lists import GuestList  # noqa: PLC0415
    from people.organisations.invitations import Guest  # noqa: PLC0415

    Membership.objects.filter(user__email__in=["staff@demo.example", "senior@demo.example"]).update(role="owner")
    stale = browser("owner")
    people = f"{ORGANISATION}people/"
    before = roles()
    seal = GuestList([Guest("x@evil.example", role="admin")]).seal
    for path, said in (
        (f"{people}{key('staff')}/role/", {"role": "member"}),
        (f"{people}{key('senior')}/remove/", {}),
        (f"{people}{key('pm')}/role/", {"role": "admin"}),
        (f"{TEAM}people/{key('manager')}/role/", {"role": "member"}),
        (f"{TEAM}people/{key('manager')}/remove/", {}),
        (f"{people}{key('manager')}/remove/", {}),
        (f"{ORGANISATION}leave/", {}),
        (f"{ORGANISATION}invite/", {"text": "email,role\nx@evil.example,admin", "team": "", "confirm": seal}),
    ):
        answer = stale.post(path, said)
        is_asked = answer.status_code == 302 and "reauthenticate" in answer.url
        tally.note(f"stale session, {path.removeprefix('/')} {said}", answer.status_code, broke=not is_asked)
    tally.note("roles changed by it", roles() != before, broke=roles() != before)
    tally.note("managers of Checkout", TeamMembership.objects.current().filter(role="manager").count())


def roles() -> list[Any]:
    from people.models import Membership, TeamMembership  # noqa: PLC0415

    return [
        list(model.objects.current().order_by("pk").values_list("pk", "role")) for model in (Membership, TeamMembership)
    ]


if __name__ == "__main__":
    main()
