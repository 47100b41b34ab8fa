"""Queries whose SQL is kept ask exactly what the plain ones ask, and never another person's values."""

import datetime
import re
import sys
import threading
import uuid
from collections.abc import Iterator
from inspect import signature
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.db import connection
from django.db.models.sql.compiler import SQLCompiler
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config.urls  # noqa: F401  - loads all views, and with them their queries
from assessments.models import Assessment
from people.database.prepared import Prepared
from people.models import Session, User
from tests import factories

pytestmark = pytest.mark.django_db

_MOMENTS = st.datetimes(timezones=st.just(datetime.UTC), min_value=datetime.datetime(1970, 1, 1))  # noqa: DTZ001
_WORDS = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
# By what a value is called; all others are ids.
VALUES = {"now": _MOMENTS, "slug": _WORDS, "key": _WORDS}


def _all() -> Iterator[tuple[str, Prepared]]:
    """Every prepared query of the project, by module and name."""
    for module in [name for name in sys.modules if name.partition(".")[0] in {"people", "assessments", "growth"}]:
        for name, value in vars(sys.modules[module]).items():
            held = value.items() if isinstance(value, dict) else [("", value)]
            for key, found in held:
                if isinstance(found, Prepared) and found.build.__module__ == module:
                    yield f"{module}.{name} {key}".strip(), found


PREPARED = dict(_all())


def test_they_are_found() -> None:
    assert {"people.models.people._BY_ID", "people.login.sessions._LIVE", "assessments.quiz.page._GIVEN"} <= set(
        PREPARED
    )


def _asked(ask: Any) -> tuple[list[Any], list[str]]:
    with CaptureQueriesContext(connection) as seen:
        rows = list(ask())
    return rows, [query["sql"] for query in seen.captured_queries]


@pytest.mark.parametrize("name", PREPARED)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_same_statement_as_the_plain_query(name: str, data: st.DataObject) -> None:
    prepared = PREPARED[name]
    values = [data.draw(VALUES.get(value, st.uuids())) for value in signature(prepared.build).parameters]
    rows, said = _asked(lambda: prepared.all(*values))
    plain, says = _asked(lambda: prepared.build(*values))
    # A slot stands in brackets of its own, which change nothing.
    assert [re.sub("[()]", "", one) for one in said] == [re.sub("[()]", "", one) for one in says]
    assert len(said) == 1
    assert rows == plain


def test_rows_are_whole(member: User) -> None:
    """Every field, the related row, and that it is stored: as if the plain query had brought it."""
    report = factories.make_assessment(member, answers=factories.exact_profile("pm"), submitted=True)
    prepared = PREPARED["assessments.access._MINE_WITH_OUTCOME"]
    values = (member.pk, member.home_id, report.pk)
    found, plain = prepared.first(*values), prepared.build(*values).get()
    assert isinstance(found, Assessment)
    assert found.outcome.answers == plain.outcome.answers
    for one, other in ((found, plain), (found.outcome, plain.outcome)):
        ours, theirs = dict(vars(one)), dict(vars(other))
        assert (one._state.adding, one._state.db) == (False, other._state.db)
        assert ours.pop("_state") is not theirs.pop("_state")
        assert ours == theirs


def test_another_value_asks_for_another_row(member: User) -> None:
    other = factories.make_user("somebody.else@example.com")
    by_id = PREPARED["people.models.people._BY_ID"]
    assert [by_id.first(who.pk) for who in (member, other, member)] == [member, other, member]
    assert by_id.first(uuid.uuid4()) is None


@pytest.mark.parametrize("value", [None, 1.5, ["a"]])
def test_what_sql_would_compare_otherwise_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        PREPARED["people.models.people._BY_ID"].all(value)


def test_the_number_of_values_has_to_fit() -> None:
    with pytest.raises(TypeError):
        PREPARED["assessments.access._MINE"].all(uuid.uuid4())


def test_a_person_by_id_as_django_asks(member: User) -> None:
    assert User.objects.get(pk=member.pk) == member
    with pytest.raises(User.DoesNotExist):
        User.objects.get(pk=uuid.uuid4())
    # All other ways are Django's own.
    assert User.objects.get(pk=str(member.pk)) == User.objects.get(email=member.email) == member


def test_a_person_by_id_of_a_group_is_in_it(member: User) -> None:
    """Django's manager of a group's people is made of ours, and must not find everybody."""
    group = Group.objects.create(name="a few")
    with pytest.raises(User.DoesNotExist):
        group.user_set.get(pk=member.pk)
    group.user_set.add(member)
    assert group.user_set.get(pk=member.pk) == member


def test_a_session_that_ended_is_none(member: User) -> None:
    row = Session.objects.create(
        session_key="k" * 32, session_data="", expire_date=datetime.datetime(2030, 1, 1, tzinfo=datetime.UTC)
    )
    live = PREPARED["people.login.sessions._LIVE"]
    second = datetime.timedelta(seconds=1)
    assert live.first(row.session_key, row.expire_date - second) == row
    assert live.first(row.session_key, row.expire_date) is None


def test_threads_that_come_first_together_make_it_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each step lingers until the other thread would have joined in: it did, and kept wrong SQL for good."""
    others = threading.Event()
    steps: list[str] = []
    as_sql = SQLCompiler.as_sql

    def linger(step: str) -> None:
        steps.append(step)
        if steps.count(step) == 2:
            others.set()
        others.wait(0.3)

    def build(pk: Any) -> Any:
        linger("build")
        rows: Any = User.objects.filter(pk=pk)
        # Only the making: another thread has another connection, which sees nothing of this test's.
        rows._iterable_class = lambda _queryset: []
        return rows

    def slow(self: Any, *args: Any, **kwargs: Any) -> Any:
        linger("compile")
        return as_sql(self, *args, **kwargs)

    prepared = Prepared(build)
    monkeypatch.setattr(SQLCompiler, "as_sql", slow)
    threads = [threading.Thread(target=prepared.all, args=(uuid.uuid4(),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert steps == ["build", "compile"]
