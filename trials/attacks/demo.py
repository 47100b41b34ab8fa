"""A fresh demo company for an attack, and browsers in it by Django's test client."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PASSWORD = "ladder-demo-2026"  # noqa: S105  - of the demo company's accounts


@contextmanager
def company(url: str = "") -> Iterator[Any]:
    """Load it into a database of its own, an empty one that the URL names or a new file; gives a maker of browsers."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PROFILE": "local",
            "DATA_DIR": folder,
            "DATABASE_URL": url or f"sqlite:///{folder}/demo.sqlite3",
            "LOG_LEVEL": "ERROR",
        }
        import django  # noqa: PLC0415

        django.setup()
        from django.conf import settings  # noqa: PLC0415
        from django.core.management import call_command  # noqa: PLC0415
        from django.test import Client  # noqa: PLC0415

        from people.models import User  # noqa: PLC0415

        settings.MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
        settings.MAIL_IN_BACKGROUND = False
        call_command("migrate", verbosity=0)
        call_command("load_ladder", str(Path(settings.BASE_DIR) / "fixtures" / "ladders" / "pm"), stdout=sys.stderr)
        call_command("load_demo", stdout=sys.stderr)

        def browser(name: str) -> Any:
            client = Client(headers={"host": "localhost"})
            client.force_login(User.objects.get(email=f"{name}@demo.example"))
            return client

        yield browser


def confirmed(client: Any) -> Any:
    """The same browser, whose person said just now who they are: the attacker owns the session and the password."""
    client.post("/account/reauthenticate/", {"password": PASSWORD})
    return client


def told() -> list[str]:
    """Whom the site mailed since the last look."""
    from django.core import mail  # noqa: PLC0415

    found = sorted(message.to[0].partition("@")[0] for message in getattr(mail, "outbox", []))
    mail.outbox = []
    return found


class Tally:
    """What was tried and what came of it, printed as it goes; `broken` counts what should not have worked."""

    def __init__(self) -> None:
        self.broken = 0

    def note(self, tried: str, got: object, *, broke: bool = False) -> None:
        self.broken += broke
        print(f"{'BROKEN ' if broke else ''}{tried}: {got}")

    def end(self) -> None:
        print(f"{self.broken} broken")
        raise SystemExit(1 if self.broken else 0)
