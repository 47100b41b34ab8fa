"""A form that comes back: the first field with an error has the focus, and no other."""

from typing import Any

import pytest
from django import forms
from django.test import Client
from django.urls import reverse

from tests.factories import client_of, make_user
from tests.pages import page_of

pytestmark = pytest.mark.django_db


class Pair(forms.Form):
    first = forms.IntegerField()
    second = forms.IntegerField()
    third = forms.IntegerField()


def focused(said: dict[str, str] | None) -> list[str]:
    form = Pair(said)
    return [field.name for field in form if "autofocus" in str(field)]


def test_the_first_wrong_field_has_the_focus() -> None:
    assert focused(None) == []
    assert focused({"first": "1", "second": "2", "third": "3"}) == []
    assert focused({"first": "1", "second": "x", "third": "y"}) == ["second"]


def test_a_page_of_ours_does_it_too(rubric: Any) -> None:
    client: Client = client_of(make_user())
    answer = client.post(
        reverse("list_evidence"), {"approach": "Asked twelve", "happened_on": "2026-01-01", "link": "no link"}
    )
    assert answer.status_code == 422
    (field,) = [node for node in page_of(answer).all("input") if "autofocus" in node.attrs]
    assert field.attrs["name"] == "link"
