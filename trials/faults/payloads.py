"""Fills every text of the site with what would run, inject or mislead, and looks at every page in Chromium.

    python -m trials.faults.payloads [--turns 0-3] [--quick] [--database-url URL]

Each turn makes the world of the permission test (tests/access/world.py) and a ladder with payloads in their texts,
starts the site on them, goes through it as several personas, sends every form that takes a text filled with payloads,
and then opens every page again. In all turns together each text holds each payload of tests/abuse/payloads.py. Exits
with 1 when a dialog opened, the console was written to, another host was called, a page held an element of a payload,
or anything failed.
"""

import argparse
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
PERSONAS = ("fellow", "member", "manager", "owner", "recipient", "anonymous")
QUICK = ("fellow", "manager", "owner")
PAGES_MAX, QUICK_PAGES_MAX = 45, 9
START_SECONDS = 60


def prepare(url: str, folder: str) -> dict[str, str]:
    """Settings for this process and for the server; returns those of the server."""
    ours = {
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PROFILE": "local",
        "DATA_DIR": folder,
        "DATABASE_URL": url or f"sqlite:///{folder}/site.sqlite3",
        "LOG_LEVEL": "ERROR",
    }
    os.environ |= ours
    import django  # noqa: PLC0415

    django.setup()
    from django.conf import settings  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
    call_command("migrate", verbosity=0)
    return {**os.environ, **ours}


def make(turn: int) -> Any:
    """Make the world of a turn, without what an earlier one left."""
    from django.core.management import call_command  # noqa: PLC0415

    from ladder.models import load  # noqa: PLC0415
    from people.models import visitors  # noqa: PLC0415
    from tests import factories  # noqa: PLC0415
    from tests.abuse.payloads import PayloadWorld, payload_ladder  # noqa: PLC0415
    from tests.people.database.tables import unguarded  # noqa: PLC0415

    factories.shipped_ladder.__globals__["_ladder"] = None
    ladder = payload_ladder(turn)
    factories.shipped_ladder.__globals__["_ladder"] = ladder
    with unguarded():
        call_command("flush", interactive=False, verbosity=0)
    visitors()
    load(ladder)
    return PayloadWorld(turn)


def starts(world: Any, persona: str, turn: int) -> list[str]:
    """Addresses where somebody begins, in another order each turn."""
    from tests.access.table import TABLE  # noqa: PLC0415
    from tests.access.test_walk import path_of  # noqa: PLC0415

    lines = [line for line in TABLE if line.get and persona in line.get and not line.loose]
    found = [path_of(line, world) for line in lines]
    random.Random(f"{turn} {persona}").shuffle(found)  # noqa: S311  - the same order for the same turn
    return found


def serve(environment: dict[str, str]) -> "tuple[subprocess.Popen[bytes], str]":
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    options = ["--interface", "rsgi", "--port", str(port), "--workers", "1", "--no-log"]
    process = subprocess.Popen(  # noqa: S603  - ours
        [sys.executable, "-m", "config.server", *options, "config.door:side_by_side"], cwd=ROOT, env=environment
    )
    url = f"http://127.0.0.1:{port}"
    until = time.monotonic() + START_SECONDS
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while process.poll() is None and time.monotonic() < until:
        try:
            with opener.open(f"{url}/readyz", timeout=2):
                return process, url
        except OSError:
            time.sleep(0.1)
    process.kill()
    raise SystemExit("the server did not come up")


def look(browser: Any, url: str, world: Any, turn: int, looked: Any, *, quick: bool) -> None:
    from django.conf import settings  # noqa: PLC0415

    from tests.abuse.looking import Looker  # noqa: PLC0415

    for persona in QUICK if quick else PERSONAS:
        context = browser.new_context(locale="en-GB")
        context.set_default_timeout(20_000)
        if persona in world.cookies:
            cookie = {"name": settings.SESSION_COOKIE_NAME, "value": world.cookies[persona], "url": url}
            context.add_cookies([cookie])
        looker = Looker(context, url, persona, turn, looked)
        seen = looker.walk(starts(world, persona, turn), QUICK_PAGES_MAX if quick else PAGES_MAX)
        for path in () if quick else seen:
            looker.open(path)
        context.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Fill every text with payloads and look at every page in Chromium.")
    parser.add_argument("--turns", default="", help="the first and the last one, such as 0-3; else all")
    parser.add_argument("--quick", action="store_true", help="one turn, some personas, some pages")
    parser.add_argument("--database-url", default="", help="an empty PostgreSQL database; else an SQLite file")
    given = parser.parse_args()
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("there is no Chromium here (Debian: apt-get install chromium)")
    with tempfile.TemporaryDirectory() as folder:
        environment = prepare(given.database_url, folder)
        from playwright.sync_api import sync_playwright  # noqa: PLC0415

        from tests.abuse.looking import Looked  # noqa: PLC0415
        from tests.abuse.payloads import CORPUS, PACKS  # noqa: PLC0415

        first, _, last = given.turns.partition("-")
        turns = range(int(first or 0), int(last or first or len(PACKS) - 1) + 1)
        looked = Looked()
        began = time.perf_counter()
        # While Playwright runs, this thread counts as asynchronous.
        os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
            process = None
            try:
                for turn in (0,) if given.quick else turns:
                    world = make(turn)
                    if process is None:
                        process, url = serve(environment)
                    looked.filled.clear()
                    look(browser, url, world, turn, looked, quick=given.quick)
                    print(f"turn {turn}: {looked.pages} pages so far, {len(looked.faults)} faults", flush=True)
            finally:
                browser.close()
                if process:
                    process.terminate()
                    process.wait(20)
    for fault in dict.fromkeys(looked.faults):
        print(fault)
    took = time.perf_counter() - began
    print(
        f"{len(CORPUS)} payloads in {len(PACKS)} packs, {1 if given.quick else len(turns)} turns in {took:.0f} s: "
        f"{looked.pages} pages of {len(looked.kinds)} kinds opened, {looked.forms} forms with {looked.texts} texts sent"
    )
    print(f"{len(looked.faults)} faults (dialogs, console, other hosts, injected elements, errors)")
    return 1 if looked.faults else 0


if __name__ == "__main__":
    sys.exit(main())
