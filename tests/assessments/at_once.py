"""Several at the same moment, and a pair of people on a database that really commits."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection, connections

from people.database.triggers import IN_FORCE
from people.models import visitors
from tests.assessments.reviews.pair import Pair, make_pair
from tests.factories import make_ladder_version


def at_once(*jobs: Callable[[], Any]) -> list[Any]:
    """Run all jobs at the same moment, each in a thread with a connection of its own; their results in order."""
    gate = threading.Barrier(len(jobs))
    results: list[Any] = [None] * len(jobs)

    def run(number: int, job: Callable[[], Any]) -> None:
        try:
            gate.wait()
            results[number] = job()
        except Exception as error:  # noqa: BLE001  - told to the test as what went wrong
            results[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


@pytest.fixture
def committed_pair(transactional_db: None) -> Iterator[Pair]:
    from ladder.models import _compiled

    visitors()
    make_ladder_version()
    yield make_pair()
    # The flush after this test takes the framework; what is compiled of it goes too.
    _compiled.clear()
    if connection.vendor == "sqlite":
        # It deletes row by row, which the guards refuse; it also brings them back.
        with connection.cursor() as cursor:
            for guard in IN_FORCE:
                for statement in guard.sqlite_drop():
                    cursor.execute(statement)
