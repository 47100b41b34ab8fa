"""What must hold when several people press at the same moment: the cap of a link, the last owner, one chain of a log.

Needs connections that commit, so rows are made and deleted by hand. SQLite has one writer at a time, and its test
database lies in memory: not run there.
"""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections

from people.audit.log import Verb, record, verify
from people.erasure.erase import erase_person, remove_organisation
from people.errors import PeopleError
from people.models import ErasureRecord, Invitation, Membership, Organisation, User
from people.organisations.invitations import accept, make_link
from people.organisations.organisations import change_role, leave
from tests.factories import join, make_organisation, make_user

pytestmark = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="not run: needs PostgreSQL (set DATABASE_URL)"
)


@pytest.fixture
def crowd(django_db_setup: None, django_db_blocker: Any) -> Iterator[list[User]]:
    with django_db_blocker.unblock():
        people = [make_user(f"at-once-{n}@example.com") for n in range(8)]
        try:
            yield people
        finally:
            for organisation in Organisation.objects.filter(slug="at-once"):
                remove_organisation(organisation)
            for person in people:
                erase_person(person)
            ErasureRecord.objects.all().delete()
            connections.close_all()


def all_at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Run them in threads that start together; their results, or the PeopleError they met."""
    results: list[Any] = []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        try:
            start.wait()
            results.append(act())
        except PeopleError as error:
            results.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_cap_of_a_link_holds(crowd: list[User]) -> None:
    organisation = make_organisation("At once", "at-once")
    join(crowd[0], organisation, Membership.Role.OWNER)
    make_link(organisation, crowd[0], None, days=5, uses=3)
    invitation = Invitation.objects.get(organisation=organisation)
    results = all_at_once([lambda person=person: accept(invitation, person) for person in crowd[1:]])
    assert sorted(results) == [False] * 4 + [True] * 3
    assert Membership.objects.filter(organisation=organisation).count() == 4
    assert Invitation.objects.get(pk=invitation.pk).uses == 3


def test_same_person_twice_is_in_once(crowd: list[User]) -> None:
    organisation = make_organisation("At once", "at-once")
    join(crowd[0], organisation, Membership.Role.OWNER)
    make_link(organisation, crowd[0], None, days=5, uses=8)
    invitation = Invitation.objects.get(organisation=organisation)
    assert all_at_once([lambda: accept(invitation, crowd[1])] * 6) == [True] * 6
    assert Membership.objects.filter(organisation=organisation).count() == 2
    assert Invitation.objects.get(pk=invitation.pk).uses == 1


def test_one_owner_stays_when_all_go(crowd: list[User]) -> None:
    organisation = make_organisation("At once", "at-once")
    for person in crowd:
        join(person, organisation, Membership.Role.OWNER)
    results = all_at_once(
        [lambda person=person: leave(organisation, person.pk) for person in crowd[:4]]
        + [lambda person=person: change_role(organisation, person.pk, "admin", by_owner=True) for person in crowd[4:]]
    )
    assert sum(isinstance(result, PeopleError) for result in results) == 1
    owners = Membership.objects.filter(organisation=organisation, role=Membership.Role.OWNER, left_at=None)
    assert owners.count() == 1


def test_a_log_never_forks(crowd: list[User]) -> None:
    """Eight who write into one log at the same moment, each several times: one chain, no gap."""
    organisation = make_organisation("At once", "at-once")

    def write(person: User) -> None:
        for _ in range(5):
            record(organisation.pk, Verb.SETTINGS_CHANGED, actor=person)

    assert all_at_once([lambda person=person: write(person) for person in crowd]) == [None] * 8
    chain = verify(organisation.pk)
    assert (chain.looked_at, chain.wrong) == (40, "")
