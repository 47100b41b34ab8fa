"""Counts the statements of an organisation's pages, in a small one and in a large one, and says where they differ.

    python -m trials.scale.count_statements [--members 10000] [--database-url URL]

Makes both with trials/scale/crowd.py in an empty database (an SQLite file of its own, unless a URL names one), opens
each page once to warm up and once to count, and prints a table. Exits with 1 when a page takes more in the large one.
"""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
SMALL = 40
TEAM = 20
# Whose session opens which page; `{0}` is the organisation.
PAGES = (
    ("owner", "/organisations/"),
    ("owner", "/organisations/{0}/"),
    ("owner", "/organisations/{0}/people/"),
    ("owner", "/organisations/{0}/people/?page=2"),
    ("owner", "/organisations/{0}/people/?q=ada"),
    ("owner", "/organisations/{0}/invite/"),
    ("owner", "/organisations/{0}/rounds/"),
    ("owner", "/rounds/{1}/"),
    ("owner", "/organisations/{0}/teams/{0}-1/"),
    ("owner", "/organisations/{0}/teams/{0}-1/people/"),
    ("manager-1", "/organisations/"),
    ("manager-1", "/organisations/{0}/teams/{0}-1/"),
    ("manager-1", "/organisations/{0}/teams/{0}-1/?sort=gaps"),
    ("manager-1", "/organisations/{0}/teams/{0}-1/strengths/"),
    ("manager-1", "/reviews/"),
    ("member-1", "/organisations/{0}/teams/{0}-1/"),
    ("member-1", "/reports/"),
    ("member-1", "/plan/"),
)


def prepare(url: str, folder: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PROFILE": "local",
        "DATA_DIR": folder,
        "DATABASE_URL": url or f"sqlite:///{folder}/crowd.sqlite3",
    }
    import django  # noqa: PLC0415

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415

    call_command("migrate", verbosity=0)
    call_command("load_ladder", str(ROOT / "fixtures" / "ladders" / "pm"), stdout=sys.stderr)


def make(slug: str, members: int) -> str:
    """Make an organisation with an open round; returns the round's id."""
    from django.utils import timezone  # noqa: PLC0415

    from assessments.models import Round  # noqa: PLC0415
    from people.models import Organisation  # noqa: PLC0415
    from trials.scale.crowd import make_crowd  # noqa: PLC0415

    print(make_crowd(members=members, team_size=TEAM, slug=slug), file=sys.stderr)
    organisation = Organisation.objects.get(slug=slug)
    today = timezone.localdate()
    made = Round.objects.create(organisation=organisation, name="Round", starts_on=today, due_on=today)
    return str(made.pk)


def count(slug: str, round_id: str) -> list[tuple[int, int, float]]:
    """For each page: status, statements, milliseconds."""
    from django.conf import settings  # noqa: PLC0415
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from people.models import User  # noqa: PLC0415

    settings.ALLOWED_HOSTS = ["*"]
    clients: dict[str, Any] = {}
    found = []
    for who, page in PAGES:
        if who not in clients:
            clients[who] = Client()
            clients[who].force_login(User.objects.get(email=f"{who}.{slug}@crowd.example"))
        path = page.format(slug, round_id)
        clients[who].get(path)
        with CaptureQueriesContext(connection) as statements:
            began = time.perf_counter()
            response = clients[who].get(path)
            took = 1000 * (time.perf_counter() - began)
        found.append((response.status_code, len(statements), took))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Count the statements of pages in a small and a large organisation.")
    parser.add_argument("--members", type=int, default=10_000)
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database; else an SQLite file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepare(given.database_url, folder)
        small = count("small", make("small", SMALL))
        began = time.perf_counter()
        large_round = make("large", given.members)
        print(f"{given.members} members made in {time.perf_counter() - began:.0f} s")
        large = count("large", large_round)
    print(f"{'page':46} {SMALL:>6} {given.members:>7}  members, statements (ms)")
    worse = 0
    for (who, page), (status, few, quick), (other, many, slow) in zip(PAGES, small, large, strict=True):
        wrong = many > few or {status, other} != {200}
        worse += wrong
        note = f"  MORE ({status}, {other})" if wrong else ""
        print(f"{who:10} {page:35} {few:6} {many:7}  ({quick:.0f}, {slow:.0f}){note}")
    print(f"{len(PAGES) - worse} of {len(PAGES)} pages take no more statements")
    return 1 if worse else 0


if __name__ == "__main__":
    sys.exit(main())
