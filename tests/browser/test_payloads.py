"""What people write stays text: a look at a site full of payloads. `trials/faults/payloads.py` looks at all of it."""

import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.abuse.looking import Looked, Looker
from tests.abuse.payloads import CORPUS
from tests.databases import scratch_database

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ROOT = Path(__file__).resolve().parents[2]


def test_pages_filled_with_payloads(chromium: str, tmp_path: Path) -> None:
    with scratch_database(tmp_path) as url:
        done = subprocess.run(
            [sys.executable, "-m", "trials.faults.payloads", "--quick", "--database-url", url],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0 faults" in done.stdout


class Quiet(BaseHTTPRequestHandler):
    def page(self, text: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(f"<!doctype html>{text}".encode())

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        pass


class Careless(Quiet):
    """A site that escapes nothing and has no content policy."""

    def do_GET(self) -> None:
        self.page(f"zq{7 * 7}zq <a href='{CORPUS['javascript address']}'>x</a><p>{'<p>'.join(CORPUS.values())}")


class Slow(Quiet):
    """A site whose form redirects at once to a page that takes its time, and is what a payload was put into."""

    def do_GET(self) -> None:
        if self.path != "/kept":
            self.page("<form method=post action=/keep><input name=x></form>")
            return
        time.sleep(0.6)
        self.page("<b data-zq>x</b>")

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(303)
        self.send_header("Location", "/kept")
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def looker_at(site: type[Quiet], browser: Browser) -> Iterator[Looker]:
    with ThreadingHTTPServer(("127.0.0.1", 0), site) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        context = browser.new_context()
        try:
            yield Looker(context, f"http://127.0.0.1:{server.server_port}", "somebody", 0, Looked())
        finally:
            context.close()
            server.shutdown()
            thread.join()


def test_the_look_sees_what_gets_through(browser: Browser) -> None:
    with looker_at(Careless, browser) as looker:
        looker.open("/")
    said = "\n".join(looker.looked.faults)
    for fault in ("a dialog: 1", "injected: ", "a script ran", "a template was worked out", "an address that runs"):
        assert fault in said, said


def test_the_look_waits_for_the_page_that_a_form_leads_to(browser: Browser) -> None:
    with looker_at(Slow, browser) as looker:
        looker.open("/")
        looker.page.wait_for_load_state("networkidle")
        looker._send_forms("/")
    assert looker.looked.faults == ['somebody at / → /keep, turn 0: injected: <b data-zq="">x</b>']
