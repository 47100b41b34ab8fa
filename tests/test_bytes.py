"""What goes over the wire: the first load of a question, and an answer."""

from pathlib import Path
from typing import Any

import brotli
import pytest
from django.contrib.staticfiles import finders
from django.test import Client

from people.models import User
from tests.assessments.quiz.quiz_steps import answer
from tests.factories import exact_profile, make_assessment
from tests.pages import page_of

pytestmark = pytest.mark.django_db

REQUESTS, ANSWER = 6, 2_560
FIRST_LOAD = {"/quiz/{draft}/?at=data": 33 * 1024, "/reports/{report}/": 47 * 1024}


def on_the_wire(address: str) -> int:
    """A static file as it is served: compressed by brotli when it was collected."""
    file = finders.find(address.removeprefix("/static/"))
    assert isinstance(file, str), address
    return len(brotli.compress(Path(file).read_bytes()))


def head_size(response: Any) -> int:
    return sum(len(name) + len(value) + 4 for name, value in response.headers.items())


@pytest.mark.parametrize("path", FIRST_LOAD)
def test_the_first_load_is_small(member_client: Client, member: User, path: str) -> None:
    draft = make_assessment(member, answers={"data": 3})
    report = make_assessment(member, answers=exact_profile("pm"), submitted=True)
    response = member_client.get(path.format(draft=draft.pk, report=report.pk))
    page = page_of(response)
    files = {item.attrs["href"] for item in page.all("link") if item.attrs["rel"] in {"stylesheet", "icon"}}
    files |= {item.attrs["src"] for item in page.all("script")}
    assert len(files) > 2
    assert 1 + len(files) <= REQUESTS
    # The page itself goes uncompressed from the app.
    assert len(response.content) + head_size(response) + sum(map(on_the_wire, files)) <= FIRST_LOAD[path]


def test_an_answer_is_small(member_client: Client, member: User) -> None:
    draft = make_assessment(member, answers=exact_profile("pm"))
    response = answer(member_client, draft, "data", htmx=True, step="4", evidence="e" * 500)
    assert response.status_code == 200
    assert len(response.content) + head_size(response) <= ANSWER
