"""An answer is saved in the very instant in which its person is erased: the page hears that nobody is logged in.

The erasure comes after each statement of the request in turn, so between any two things that the view does. On a
database that really commits.
"""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, connections
from django.db.models import Q
from django.test import Client
from django.urls import reverse

from assessments.models import Assessment, Rating
from people.erasure.erase import erase_person
from people.models import User
from tests.assessments.at_once import committed_pair as pair
from tests.assessments.reviews.pair import Pair
from tests.factories import join, join_team, make_assessment, make_user

__all__ = ["pair"]
pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/quiz/"}
SAID = {"step": "3", "evidence": "I did it", "revision": "0", "page": "a" * 16, "page_save": "1"}
# More than a save takes.
STATEMENTS = 30


def come_back(pair: Pair, user: User) -> None:
    """The same again, as if nothing had been: a new person in the old one's place."""
    anew = make_user(user.email, name=user.name, held_level="pm")
    join(anew, pair.organisation)
    join_team(anew, pair.team, "member" if user == pair.member else "manager")
    if user == pair.member:
        pair.member = anew
    else:
        pair.manager = anew


class EraseAfter:
    """Erases somebody when the request has sent so many statements; once, and not inside of a transaction."""

    def __init__(self, user: User, statements: int) -> None:
        self.user, self.left, self.done = user, statements, False

    def __call__(self, execute: Callable[..., Any], *args: Any) -> Any:
        if self.left <= 0 and not self.done and not connection.in_atomic_block:
            self.done = True
            erase_person(User.objects.get(pk=self.user.pk), even_last_owner=True)
        self.left -= 1
        return execute(*args)


def own(pair: Pair) -> tuple[User, str]:
    return pair.member, reverse("save_rating", args=[make_assessment(pair.member).pk, "data"])


def own_submitted(pair: Pair) -> tuple[User, str]:
    done = make_assessment(pair.member, answers={"data": 1}, submitted=True)
    return pair.member, reverse("save_rating", args=[done.pk, "data"])


def own_changed_elsewhere(pair: Pair) -> tuple[User, str]:
    return pair.member, reverse("save_rating", args=[make_assessment(pair.member, answers={"data": 1}).pk, "data"])


def review(pair: Pair) -> tuple[User, str]:
    return pair.manager, reverse("save_review_rating", args=[pair.rate(submit=False).pk, "data"])


@pytest.mark.parametrize("kind", [own, own_submitted, own_changed_elsewhere, review], ids=lambda kind: kind.__name__)
@pytest.mark.parametrize("as_script", [True, False], ids=["script", "form"])
def test_between_any_two_statements(pair: Pair, kind: Callable[[Pair], tuple[User, str]], as_script: bool) -> None:
    heard: list[int] = []
    for statements in range(1, STATEMENTS):
        user, address = kind(pair)
        client = Client(raise_request_exception=False)
        client.force_login(user)
        erase = EraseAfter(user, statements)
        with connection.execute_wrapper(erase):
            response = client.post(address, SAID, headers=HTMX if as_script else {})
        if not erase.done:
            break
        # An answer to what was so before the erasure is right: saved, or changed elsewhere.
        if response.status_code == 409:
            assert 'data-state="conflict"' in response.content.decode(), statements
            response.status_code = 200 if as_script else 302
        heard.append(response.status_code)
        if as_script and response.status_code != 200:
            assert response.status_code == 401, (statements, response.content)
            assert "you are logged out" in response.content.decode()
            assert response.headers["HX-Retarget"] == "#save"
        assert not User.objects.filter(email=user.email).exists()
        assert not Assessment.objects.filter(Q(rater=user.pk) | Q(subject=user.pk)).exists()
        come_back(pair, user)
    # As for somebody logged out: a script is told so, a form finds nothing or the log-in; or it was saved before.
    logged_out = Client().post(address, SAID, headers=HTMX if as_script else {}).status_code
    assert len(heard) > 2
    assert set(heard) <= {logged_out, 200 if as_script else 302}, heard
    assert logged_out in heard


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer at a time: nothing comes between")
def test_while_the_erasure_is_under_way(pair: Pair) -> None:
    """It has locked the answers; a save of one waits, and finds them gone. The erasure itself is not disturbed."""
    user, address = own(pair)
    client = Client(raise_request_exception=False)
    client.force_login(user)
    heard: list[Any] = []

    def post() -> None:
        heard.append(client.post(address, SAID, headers=HTMX))
        connections.close_all()

    saving = threading.Thread(target=post)

    def meet(execute: Callable[..., Any], sql: str, *args: Any) -> Any:
        if sql.startswith("DELETE") and "assessments_assessment" in sql and not saving.ident:
            saving.start()
            saving.join(0.5)
        return execute(sql, *args)

    with connection.execute_wrapper(meet):
        erase_person(user)
    saving.join(20)
    assert [response.status_code for response in heard] == [401]
    assert not Rating.objects.exists()
