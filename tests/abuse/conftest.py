"""The world of the permission test."""

from tests.access.conftest import shared_world, world

__all__ = ["shared_world", "world"]
