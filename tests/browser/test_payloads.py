"""What people write stays text: a look at the site filled with payloads. `ops/payloads.py` looks at all of it."""

import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.abuse.looking import Looked, Looker
from tests.abuse.payloads import CORPUS
from tests.browser.conftest import scratch_database

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ROOT = Path(__file__).resolve().parent.parent.parent


def test_pages_filled_with_payloads(chromium: str, tmp_path: Path) -> None:
    with scratch_database(tmp_path) as url:
        done = subprocess.run(
            [sys.executable, "ops/payloads.py", "--quick", "--database-url", url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 faults" in done.stdout


class Careless(BaseHTTPRequestHandler):
    """A site that escapes nothing and has no content policy."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        page = (
            f"<!doctype html>zq{7 * 7}zq <a href='{CORPUS['javascript address']}'>x</a><p>{'<p>'.join(CORPUS.values())}"
        )
        self.wfile.write(page.encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


def test_the_look_sees_what_gets_through(browser: Browser) -> None:
    with HTTPServer(("127.0.0.1", 0), Careless) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        context = browser.new_context()
        looked = Looked()
        try:
            Looker(context, f"http://127.0.0.1:{server.server_port}", "somebody", 0, looked).open("/")
        finally:
            context.close()
            server.shutdown()
            thread.join()
    said = "\n".join(looked.faults)
    for fault in ("a dialog: 1", "injected: ", "a script ran", "a template was worked out", "an address that runs"):
        assert fault in said, said
