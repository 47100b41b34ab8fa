"""The draft that the tests of the quiz begin with."""

from typing import Any

import pytest
from django.test import Client

from assessments.models import Assessment
from tests.assessments.quiz.quiz_steps import start


@pytest.fixture
def draft(client: Client, rubric: Any) -> Assessment:
    """A visitor's quick run from Product Manager towards Senior."""
    return start(client)
