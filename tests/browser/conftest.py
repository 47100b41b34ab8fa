"""A real server and a real browser for the tests of this folder, and visitors who notice what goes wrong in a page.

The server is a process of its own with a database of its own, started as `make run` starts it: nothing here touches
Django's test database.
"""

import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlsplit, urlunsplit
from urllib.request import ProxyHandler, build_opener

import psycopg
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)
from psycopg import sql

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 60
# Long enough for a busy machine; nothing waits that long when all is well.
PATIENCE_MS = 20_000
CHROMIUM_ARGUMENTS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Debian's Chromium is. Without it the tests are skipped on a person's machine, and fail in CI."""
    path = shutil.which("chromium")
    if path is None:
        reason = "not run: there is no Chromium here (Debian: apt-get install chromium)"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return path


@contextmanager
def scratch_database(folder: Path) -> Iterator[str]:
    """The URL of an empty database on the system under test: SQLite, or the server that DATABASE_URL names."""
    url = os.environ.get("DATABASE_URL", "").strip()
    if not url.startswith("postgres"):
        yield f"sqlite:///{folder / 'site.sqlite3'}"
        return
    # One process may have several at once: the journeys' site, and that of a test which needs another.
    name = f"rungwise_browser_{os.getpid()}_{secrets.token_hex(4)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
        finally:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@dataclass(frozen=True)
class Server:
    url: str
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


@pytest.fixture(scope="session")
def server(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The site with the shipped ladder and the demo company, on a free port of this machine."""
    folder = tmp_path_factory.mktemp("site")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with scratch_database(folder) as database, (folder / "log").open("w") as log:
        ours = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PROFILE": "local",
            "DATA_DIR": str(folder),
            "DATABASE_URL": database,
            "PORT": str(port),
            "PYTHONWARNINGS": "default",
        }
        kept = {name: value for name, value in os.environ.items() if name not in {"SECRET_KEY", "DEBUG", "CI"}}
        process = subprocess.Popen(
            [sys.executable, "manage.py", "run_local"], cwd=ROOT, env={**kept, **ours}, stdout=log, stderr=log
        )
        site = Server(f"http://127.0.0.1:{port}", folder / "log")
        try:
            wait_until_ready(site, process)
            yield site
        finally:
            process.terminate()
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def wait_until_ready(site: Server, process: "subprocess.Popen[bytes]") -> None:
    # A proxy for outgoing traffic must not answer for our own process.
    opener = build_opener(ProxyHandler({}))
    until = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < until:
        try:
            with opener.open(f"{site.url}/readyz", timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    pytest.fail(f"the server did not come up:\n{site.said()}", pytrace=False)


# For the package, not the session: while Playwright runs, this thread counts as asynchronous, and Django would refuse
# its database to the other tests.
@pytest.fixture(scope="package")
def browser(chromium: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        launched = playwright.chromium.launch(executable_path=chromium, args=CHROMIUM_ARGUMENTS)
        yield launched
        launched.close()


@dataclass
class Watch:
    """Collects what no page may do: write to the console, throw, break its content policy, call another host, fail."""

    site: Server
    problems: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expects(self, *patterns: str) -> None:
        """What this test provokes: parts of problems, as regular expressions."""
        self.expected.extend(patterns)

    def over(self, context: BrowserContext) -> None:
        context.on("console", self._console)
        context.on("weberror", lambda event: self.problems.append(f"thrown: {event.error}"))
        context.on("request", self._request)
        context.on("response", self._response)

    def unexpected(self) -> list[str]:
        return [line for line in self.problems if not any(re.search(pattern, line) for pattern in self.expected)]

    def _console(self, message: ConsoleMessage) -> None:
        # A refusal of the content security policy is such a message too.
        if message.type in {"error", "warning", "assert"}:
            place = message.location.get("url", "").removeprefix(self.site.url)
            self.problems.append(f"console {message.type}: {message.text} ({place})")

    def _request(self, request: Request) -> None:
        if not request.url.startswith((self.site.url, "data:", "blob:")):
            self.problems.append(f"a call to another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.problems.append(f"{response.status} for {response.request.method} {response.url}")


@pytest.fixture
def watch(server: Server) -> Iterator[Watch]:
    """Fails the test afterwards for everything unexpected that was seen, in the browser or in the server's log."""
    before = len(server.said())
    watch = Watch(server)
    yield watch
    assert watch.unexpected() == []
    logged = server.said()[before:]
    assert "Traceback" not in logged, logged
    assert "Warning:" not in logged, logged


type Visitor = Callable[..., Page]


@pytest.fixture
def visitor(browser: Browser, server: Server, watch: Watch) -> Iterator[Visitor]:
    """Call it for a page in a browser profile of its own: `visitor(width=360, java_script_enabled=False)`."""
    contexts: list[BrowserContext] = []

    def visit(width: int = 1280, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(
            base_url=server.url, viewport={"width": width, "height": height}, locale="en-GB", **options
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        watch.over(context)
        return context.new_page()

    yield visit
    for context in contexts:
        context.close()
