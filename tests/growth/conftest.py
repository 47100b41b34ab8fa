"""The member and the manager whom many tests here are about."""

from tests.assessments.reviews.pair import pair

__all__ = ["pair"]
