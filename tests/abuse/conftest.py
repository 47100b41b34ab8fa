"""The world of the permission test, for one module at a time: other tests here make people of the same names."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.access.conftest import built, world
from tests.access.world import World

__all__ = ["shared_world", "world"]


@pytest.fixture(scope="module")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with built(World, django_db_blocker) as made:
        yield made
