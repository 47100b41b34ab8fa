"""A real server and a real browser for the tests of this folder, and visitors who notice what goes wrong in a page.

The server is a process of its own with a database of its own, started as `make run` starts it on a copy of the tests'
database: nothing here changes that one.
"""

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import ProxyHandler, build_opener

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

from tests.databases import migrated_database

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


@dataclass(frozen=True)
class Server:
    url: str
    log: Path

    def said(self) -> str:
        return self.log.read_text(encoding="utf-8", errors="replace")


# Before the browser: while Playwright runs, this thread counts as asynchronous, and Django refuses it its database.
@pytest.fixture(scope="session")
def site_database(
    chromium: str, django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    with migrated_database(tmp_path_factory.mktemp("database"), django_db_blocker) as url:
        yield url


@pytest.fixture(scope="session")
def server(site_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The site with the shipped ladder and the demo company, on a free port of this machine."""
    folder = tmp_path_factory.mktemp("site")
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    with (folder / "log").open("w") as log:
        ours = {
            "DJANGO_SETTINGS_MODULE": "config.settings",
            "PROFILE": "local",
            "DATA_DIR": str(folder),
            "DATABASE_URL": site_database,
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


# For the package, not the session: the other tests want their database.
@pytest.fixture(scope="package")
def browser(chromium: str, site_database: str) -> Iterator[Browser]:
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
