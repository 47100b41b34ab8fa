"""Inviting a list as a person does: it is looked over first, and goes out by a second press."""

from typing import Any

from django.test import Client

from tests.pages import page_of, sends


def invite(client: Client, address: str, text: str, **more: Any) -> Any:
    """The answer to the second press, or to the first if there is nobody to invite."""
    first = client.post(address, {"text": text, "team": "", **more})
    return confirm(client, address, first)


def confirm(client: Client, address: str, first: Any) -> Any:
    if first.status_code != 200:
        return first
    page = page_of(first)
    (form,) = [form for form in page.all("form") if form.all("button", name="confirm")]
    # Texts of elements are read without the blanks around them; a list may end with some.
    return client.post(address, sends(form) | {"confirm": form.one("button", name="confirm").attrs["value"]})
