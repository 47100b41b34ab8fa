"""The world of the permission test, built once for all tests of this folder and never changed by a request."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import override_settings

from tests.access.asking import Asker
from tests.access.world import World


@contextmanager
def built[W: World](make: type[W], blocker: Any) -> Iterator[W]:
    """A world in the database, and its end."""
    # Counting statements is the other tests' business, and takes half of the time.
    middleware = [name for name in settings.MIDDLEWARE if not name.startswith("zeal")]
    with override_settings(MIDDLEWARE=middleware), blocker.unblock(), transaction.atomic():
        yield make()
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def shared_world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with built(World, django_db_blocker) as world:
        yield world


@pytest.fixture(autouse=True)
def _pdfs(readable_pdfs: None) -> None:
    """Every page is searched for canaries, PDFs too."""


@pytest.fixture
def world(shared_world: World, db: None) -> World:
    """The world; a test that asks for it is marked django_db, which is how pytest-django knows to make a database."""
    return shared_world


@pytest.fixture
def asker(world: World) -> Asker:
    return Asker(world)
