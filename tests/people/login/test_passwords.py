"""No password is little more than what everybody knows about the site or one's company."""

from typing import Any

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse

from people.login.passwords import CONTEXT_WORDS, ContextWordsValidator
from people.models import User
from tests.factories import PASSWORD, join, make_organisation

pytestmark = pytest.mark.django_db


def refused(password: str, user: User | None = None) -> bool:
    try:
        ContextWordsValidator().validate(password, user)
    except ValidationError as error:
        return "little more than" in error.messages[0]
    return False


@pytest.mark.parametrize("word", sorted(CONTEXT_WORDS))
def test_words_of_the_product(word: str) -> None:
    for password in (f"{word}-2026-2026", f"{word.title()}{word.upper()}!1234", f"my {word} 123456"):
        assert refused(password), password


def test_the_site_its_address_and_one_s_organisations(member: User, settings: Any) -> None:
    settings.SITE_URL = "https://kestrel.example.com"
    assert refused("kestrel-kestrel-1")
    assert refused("Rungw1s3-Rungw1s3")
    assert refused("L4dd3r-L4dd3r-99")
    assert not refused("Quarrystone 2026", member)
    join(member, make_organisation("Quarrystone Works", "quarrystone"))
    assert refused("Quarrystone 2026", member)
    assert not refused("Quarrystone 2026")


@pytest.mark.parametrize(
    "password", [PASSWORD, "correct ladder battery staple", "review umbrella thicket", "Ünter-Länder-99"]
)
def test_words_of_one_s_own_beside_them_are_enough(password: str, member: User) -> None:
    assert not refused(password, member)
    validate_password(password, member)


def test_the_form_says_it(client: Client, rubric: Any) -> None:
    response = client.post(reverse("account_signup"), {"email": "nora@example.com", "password1": "Rungwise-2026!"})
    assert "little more than “rungwise”" in response.content.decode()
    assert not User.objects.exists()
