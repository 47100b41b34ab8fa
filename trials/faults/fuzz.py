"""Sends the site requests that make no sense, from a seed: how many, what was answered, and what broke.

    python -m trials.faults.fuzz [--requests 50000] [--seed 1] [--database-url URL]

Makes the world of the permission test (tests/access/world.py) in a database of its own, which is an SQLite file in a
folder that goes away, or the empty database that the URL names; it asks as visitors, members, managers and owners and
undoes what each chain of requests wrote. Exits with 1 when any answer was a 500 or worse; each distinct one is printed
with the request that made it first and its traceback.
"""

import argparse
import logging
import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def prepare(url: str, folder: str) -> None:
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PROFILE": "test",
        "DATA_DIR": folder,
        "DATABASE_URL": url or f"sqlite:///{folder}/fuzz.sqlite3",
    }
    import django  # noqa: PLC0415
    from django.conf import settings  # noqa: PLC0415

    # Looking for repeated statements is what other tests do, and would take half of the time.
    settings.INSTALLED_APPS = [name for name in settings.INSTALLED_APPS if name != "zeal"]
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("zeal")]
    settings.ALLOWED_HOSTS = ["testserver"]
    django.setup()
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import transaction  # noqa: PLC0415

    # Each chain of requests is undone, so none of their transactions is the outermost.
    transaction.Atomic._ensure_durability = False  # type: ignore[attr-defined]  # noqa: SLF001  - as Django's TestCase does
    call_command("migrate", verbosity=0)
    # Each refusal would be logged and bury the report; what breaks is printed at the end.
    logging.disable(logging.CRITICAL)


def run(requests: int, seed: int) -> int:
    from django.db import connection, transaction  # noqa: PLC0415

    from people.models import visitors  # noqa: PLC0415
    from tests.abuse.fuzzing import Fuzzer  # noqa: PLC0415
    from tests.access.world import World  # noqa: PLC0415
    from tests.factories import make_ladder_version  # noqa: PLC0415

    began = time.perf_counter()
    with transaction.atomic():
        visitors()
        make_ladder_version()
        fuzzer = Fuzzer(World(), seed)
        fuzzer.run(requests)
        transaction.set_rollback(True)
    took = time.perf_counter() - began
    for found in fuzzer.broken.values():
        print(f"\n{found.times} × as {found.persona}: {found.asked}\n{found.trace}")
    counted = ", ".join(f"{status}: {count}" for status, count in sorted(fuzzer.statuses.items()))
    bad = sum(found.times for found in fuzzer.broken.values())
    print(f"{connection.vendor}, seed {seed}: {fuzzer.requests} requests in {took:.0f} s ({counted})")
    print(f"{bad} answered with 500 or worse, in {len(fuzzer.broken)} ways")
    return 1 if fuzzer.broken else 0


def main() -> int:
    parser = argparse.ArgumentParser(description="Send the site requests that make no sense, and count what breaks.")
    parser.add_argument("--requests", type=int, default=50_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database; else an SQLite file")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        prepare(given.database_url, folder)
        return run(given.requests, given.seed)


if __name__ == "__main__":
    sys.exit(main())
