"""A form that arrives twice does its work once, also when both arrive at the same moment."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import Client, RequestFactory

from people import once as module
from people.erasure.erase import erase_person, remove_organisation
from people.models import ErasureRecord, OnceKey, Organisation, User
from people.once import PATIENCE, forget_old, once
from tests.factories import make_user

TOKEN = {"csrfmiddlewaretoken": "a" * 64}


def new(client: Client, name: str = "Lantern", **more: str) -> Any:
    return client.post("/organisations/", {"name": name} | TOKEN | more)


@pytest.mark.django_db
def test_the_second_is_led_to_what_the_first_made(member_client: Client, member: User) -> None:
    first, second = new(member_client), new(member_client)
    assert first.headers["Location"] == second.headers["Location"]
    assert Organisation.objects.filter(name="Lantern").count() == 1
    assert new(member_client, "Lantern two").headers["Location"] != first.headers["Location"]
    assert new(member_client, csrfmiddlewaretoken="b" * 64).headers["Location"] != first.headers["Location"]


@pytest.mark.django_db
def test_what_was_refused_can_be_sent_again(member_client: Client) -> None:
    assert [new(member_client, "").status_code for _ in range(2)] == [422, 422]
    assert not OnceKey.objects.exists()


@pytest.mark.django_db
def test_the_first_may_take_its_time_or_die(member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it runs the second says so; after a minute without an answer it counts as lost."""
    made: list[int] = []
    monkeypatch.setattr(module, "WAITS", 0.1)

    @once
    def make(request: HttpRequest) -> HttpResponse:
        made.append(1)
        return make(request) if len(made) == 1 else HttpResponseRedirect("/there/")

    request: Any = RequestFactory().post("/", TOKEN)
    request.user, request.htmx = member, False
    assert make(request).status_code == 409
    assert len(made) == 1
    monkeypatch.setattr(module, "PATIENCE", -PATIENCE)
    monkeypatch.setattr(module, "WAITS", 3.0)
    OnceKey.objects.create(key=module._key(request), ends_at=module.timezone.now() - PATIENCE)
    assert make(request).headers["Location"] == "/there/"
    assert forget_old() == 0
    # An address too long to keep was an error after the work was done.
    far = once(lambda _: HttpResponseRedirect(f"/{'x' * 600}/"))
    other: Any = RequestFactory().post("/far/", TOKEN)
    other.user, other.htmx = member, False
    assert [len(far(other).headers["Location"]) for _ in range(2)] == [602, 602]


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[User]:
    with django_db_blocker.unblock():
        user = make_user("twice@example.com")
        try:
            yield user
        finally:
            for organisation in Organisation.objects.filter(name="Both at once"):
                remove_organisation(organisation)
            erase_person(user)
            OnceKey.objects.all().delete()
            ErasureRecord.objects.all().delete()
            connections.close_all()


@pytest.mark.skipif(connection.vendor != "postgresql", reason="not run: needs PostgreSQL (set DATABASE_URL)")
def test_two_at_the_same_moment(committed: User, settings: Any) -> None:
    # Waiting asks the same question again and again.
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("zeal")]
    answers: list[str] = []
    start = threading.Barrier(4)

    def send() -> None:
        client = Client()
        client.force_login(committed)
        start.wait()
        answers.append(new(client, "Both at once").headers["Location"])
        connections.close_all()

    threads = [threading.Thread(target=send) for _ in range(4)]
    _ = [thread.start() for thread in threads], [thread.join() for thread in threads]
    assert len(answers) == 4
    assert len(set(answers)) == 1
    assert Organisation.objects.filter(name="Both at once").count() == 1
