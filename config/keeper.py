"""`python -m config.keeper --parent PID` – stands beside the web server: it keeps a worker of jobs alive, and says on a
port of its own how the server is.

All workers of the web server may be busy for seconds; whoever asked one of them would take it for dead. So a thread
here asks them now and then, with patience, and others tell at once what they said last. The database is not touched.
"""

import argparse
import http.client
import json
import logging
import logging.config
import os
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from django.conf import settings
from django.core.signing import TimestampSigner

log = logging.getLogger(__name__)
# As config/health.py has it, which needs all of Django.
DOCTOR_HEADER, signer = "X-Rungwise-Doctor", TimestampSigner(salt="config.doctor")
LOOK, PATIENCE = 2.0, 120.0
"""Seconds between questions, and for which a server may stay silent before it counts as stuck."""
POLL, AWAY, AFTER_SERVER = 1.0, 5.0, 1.5
"""Seconds between looks at the worker, before another one starts, and before the first one."""


class Server:
    """What is known of the web server beside us."""

    def __init__(self, address: tuple[str, int], parent: int) -> None:
        self.address, self.parent = address, parent
        self.heard_at, self.status, self.body = time.monotonic(), 503, _as_json("not ready", "it has just begun")

    @property
    def is_gone(self) -> bool:
        return os.getppid() != self.parent

    def listen(self) -> None:
        """Ask for readiness again and again, and keep the answer."""
        while not self.is_gone:
            line = http.client.HTTPConnection(*self.address, timeout=PATIENCE)
            try:
                line.request("GET", "/readyz", headers={DOCTOR_HEADER: signer.sign("keeper")})
                answer = line.getresponse()
                self.body, self.status, self.heard_at = answer.read(), answer.status, time.monotonic()
            except (OSError, http.client.HTTPException):
                pass  # It is starting, or has died; how long it has been silent says which.
            finally:
                line.close()
            time.sleep(LOOK)

    def answer(self, path: str) -> tuple[int, bytes]:
        """Health: whether a worker answered lately. Readiness: what it answered."""
        silent = time.monotonic() - self.heard_at
        if self.is_gone or silent > PATIENCE:
            return 503, _as_json("stuck", f"no worker has answered for {silent:.0f} seconds")
        return (200, _as_json("ok")) if path == "/healthz" else (self.status, self.body)


def _as_json(status: str, reason: str = "") -> bytes:
    return json.dumps({"status": status} | ({"reason": reason} if reason else {})).encode()


def listener(server: Server, host: str, port: int) -> ThreadingHTTPServer:
    """The small web server that tells it. Each caller has a thread, so that a slow one keeps nobody waiting."""

    class Handler(BaseHTTPRequestHandler):
        timeout = 5

        def do_GET(self) -> None:
            known = self.path in {"/healthz", "/readyz"}
            status, body = server.answer(self.path) if known else (404, _as_json("nothing here"))
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def version_string(self) -> str:
            return "rungwise"

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    class Listener(ThreadingHTTPServer):
        address_family = socket.AF_INET6 if ":" in host else socket.AF_INET
        daemon_threads = True

        def handle_error(self, request: object, client_address: object) -> None:
            pass  # Whoever hung up needs no traceback.

    return Listener((host, port), Handler)


def keep_worker(server: Server) -> None:
    """Start a worker of jobs, and another one whenever it dies."""
    command = [sys.executable, str(settings.BASE_DIR / "manage.py"), "run_worker", "--parent", str(os.getpid())]
    # At once, loading the worker would slow down the server, which is loading the same code.
    time.sleep(AFTER_SERVER)
    while not server.is_gone:
        child = subprocess.Popen(command)  # noqa: S603  - ours
        while child.poll() is None:
            time.sleep(POLL)
            if server.is_gone:
                child.terminate()
                child.wait(60)
                return
        log.warning("the worker of jobs ended with %s; another one starts", child.returncode)
        time.sleep(AWAY)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--worker", action="store_true")
    asked = parser.parse_args()
    logging.config.dictConfig(settings.LOGGING)
    everywhere = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104
    address = everywhere.get(settings.SERVE_ADDRESS, settings.SERVE_ADDRESS), settings.SERVE_PORT
    server = Server(address, asked.parent)
    if settings.HEALTH_PORT:
        tells = listener(server, settings.SERVE_ADDRESS, settings.HEALTH_PORT)
        for work in (server.listen, tells.serve_forever):
            threading.Thread(target=work, daemon=True).start()
    if asked.worker:
        keep_worker(server)
    while not server.is_gone:
        time.sleep(POLL)


if __name__ == "__main__":
    main()
