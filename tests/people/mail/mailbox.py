"""What came by mail, as a person would read it off."""

import re

from django.core import mail


def newest() -> str:
    return str(mail.outbox[-1].body)


def code() -> str:
    """The code in the newest mail."""
    found = re.search(r"^[A-Z]{4}-[A-Z]{4}$", newest(), re.MULTILINE)
    assert found, f"no code in: {newest()}"
    return found[0]


def path_with(part: str) -> str:
    """The path of the link in the newest mail that holds `part`."""
    found = re.search(rf"^https?://[^/\s]+(/\S*{part}\S*)$", newest(), re.MULTILINE)
    assert found, f"no link with {part} in: {newest()}"
    return found[1]
