"""Stops the server while it answers, again and again, and counts the requests that were cut.

    python -m trials.faults.stop_gracefully [--rounds 10] [--clients 40] [--database-url URL]

Works on an SQLite file of its own, or on the database that the URL names. Each round starts `manage.py serve`, sends
one request from each client at once – more than the workers can answer at once, so most wait in the server – and then
SIGTERM to the server. Prints how many requests were answered whole, were cut, and how the processes ended. Exits with 1
when one was cut, the server ended otherwise than with 0, or a worker of jobs is left.
"""

import argparse
import http.client
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PATHS = ("/ladder/", "/ladder/competencies/", "/reports/sample/", "/ladder/search/?q=strategy")


def environment(folder: str, url: str) -> dict[str, str]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    return {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "loopback-only-Zk3vQ9fXw1RrT7yLb2Jp0HsuMd4NcEoGa5iVt8WxKqYz6Bj",
        "ALLOWED_HOSTS": "127.0.0.1",
        "HTTPS": "0",
        "DATA_DIR": folder,
        "STATIC_ROOT": f"{folder}/static",
        "DATABASE_URL": url,
        "PORT": str(port),
        "WORKERS": "2",
        "LOG_LEVEL": "WARNING",
    }


def manage(*arguments: str) -> list[str]:
    return [sys.executable, str(ROOT / "manage.py"), *arguments]


def wait_until_ready(port: int, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + 90
    while time.monotonic() < until and server.poll() is None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/readyz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    raise SystemExit("the server does not get ready")


class Clients:
    """Each sends one request; `sent` says how many have, `came` what came of them."""

    def __init__(self, port: int, count: int) -> None:
        self.came: Counter[str] = Counter()
        self.sent = 0
        self.lock = threading.Lock()
        self.threads = [threading.Thread(target=self._ask, args=(port, PATHS[n % len(PATHS)])) for n in range(count)]
        for thread in self.threads:
            thread.start()

    def _ask(self, port: int, path: str) -> None:
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("GET", path)
            with self.lock:
                self.sent += 1
            response = connection.getresponse()
            body = response.read()
            whole = response.status == 200 and body.rstrip().endswith(b"</html>")
            what = "answered" if whole else f"answered {response.status}"
        except (OSError, http.client.HTTPException) as error:
            what = f"cut ({type(error).__name__})"
        with self.lock:
            self.came[what] += 1


def workers_of_jobs(folder: str) -> list[int]:
    """Processes that work on the jobs of this script's own folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            is_ours = f"DATA_DIR={folder}".encode() in (process / "environ").read_bytes().split(b"\0")
            if is_ours and any(
                name in (process / "cmdline").read_bytes() for name in (b"run_worker", b"config.keeper")
            ):
                found.append(int(process.name))
        except OSError:
            continue
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description="Stop the server while it answers, and count.")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--clients", type=int, default=40)
    parser.add_argument("--database-url", default="")
    given = parser.parse_args()
    came: Counter[str] = Counter()
    waiting = left = wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        env = environment(folder, given.database_url or f"sqlite:///{folder}/stop.sqlite3")
        for command in (
            ("migrate", "--verbosity=0"),
            ("load_ladder", "fixtures/ladders/pm"),
            ("collectstatic", "--noinput", "--verbosity=0"),
        ):
            subprocess.run(manage(*command), cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        for _ in range(given.rounds):
            server = subprocess.Popen(manage("serve"), cwd=ROOT, env=env)  # noqa: S603  - ours
            wait_until_ready(int(env["PORT"]), server)
            clients = Clients(int(env["PORT"]), given.clients)
            while clients.sent < given.clients and any(thread.is_alive() for thread in clients.threads):
                time.sleep(0.001)
            waiting += given.clients - sum(clients.came.values())
            server.send_signal(signal.SIGTERM)
            for thread in clients.threads:
                thread.join()
            wrong += server.wait(60) != 0
            until = time.monotonic() + 30
            while workers_of_jobs(folder) and time.monotonic() < until:
                time.sleep(0.2)
            left += len(workers_of_jobs(folder))
            came += clients.came
    said = ", ".join(f"{count} {what}" for what, count in sorted(came.items()))
    print(
        f"{given.rounds} stops with {waiting} requests at hand: {said}; "
        f"{wrong} servers ended with an error, {left} workers of jobs were left"
    )
    return 1 if set(came) != {"answered"} or wrong or left else 0


if __name__ == "__main__":
    sys.exit(main())
