"""Starting the server and asking it whether it is ready."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from config import probe
from people.management import serving

TOKEN = "a-token-for-the-figures-of-tests"
ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def listener() -> Iterator[int]:
    """A port of this machine that is taken for as long as the block runs."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        yield taken.getsockname()[1]


def free_port() -> int:
    with listener() as port:
        return port


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that answers everything alike; gives its address."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/readyz"
        finally:
            server.shutdown()
            thread.join()


def test_a_taken_port_is_refused() -> None:
    with listener() as port, pytest.raises(CommandError, match=f"port {port} is taken") as refusal:
        serving.refuse_taken("127.0.0.1", port)
    assert refusal.value.returncode == 2
    serving.refuse_taken("127.0.0.1", port)


def test_an_address_of_another_machine_is_refused() -> None:
    with pytest.raises(CommandError, match=r"can't listen on 192\.0\.2\.1 port \d+") as refusal:
        serving.refuse_taken("192.0.2.1", free_port())
    assert refusal.value.returncode == 2


def test_an_address_that_is_no_address_is_refused() -> None:
    with pytest.raises(CommandError, match=r"can't listen on nowhere\.invalid") as refusal:
        serving.refuse_taken("nowhere.invalid", free_port())
    assert refusal.value.returncode == 2


def test_serve_hands_over_to_granian(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.SERVE_ADDRESS, settings.SERVE_PORT, settings.SERVE_WORKERS = "127.0.0.1", free_port(), 3
    settings.SERVE_MIGRATES = False
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, arguments: started.append([program, *arguments]))
    # Closing would take the test's own connection away.
    monkeypatch.setattr(serving.connections, "close_all", lambda: None)
    call_command("serve")
    ((program, *arguments),) = started
    assert program == arguments[0] == sys.executable
    line = " ".join(arguments[1:])
    assert line.startswith("-m config.server --interface wsgi")
    assert line.endswith("config.wsgi:application")
    assert "--no-access-log" in line
    for part in (f"--port {settings.SERVE_PORT}", "--host 127.0.0.1", "--workers 3", "--blocking-threads 1"):
        assert part in line


def test_serve_says_that_the_database_is_away(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "serve"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "SECRET_KEY": "k3y-" * 15,
            "ALLOWED_HOSTS": "ladder.example.com",
            "DATABASE_URL": f"sqlite:///{tmp_path}/no-such-folder/rungwise.sqlite3",
            "PORT": str(free_port()),
            "MIGRATE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr == "CommandError: the database can't be reached: unable to open database file\n"


def test_run_local_is_for_the_local_profile() -> None:
    with pytest.raises(CommandError, match="PROFILE=local") as refusal:
        call_command("run_local")
    assert refusal.value.returncode == 2


@pytest.mark.parametrize(
    ("listen", "port", "address"),
    [
        (None, None, "http://127.0.0.1:8000/readyz"),
        ("0.0.0.0", "9000", "http://127.0.0.1:9000/readyz"),  # noqa: S104
        ("::", "", "http://127.0.0.1:8000/readyz"),
        ("::1", "9000", "http://[::1]:9000/readyz"),
        ("10.0.0.7", "9000", "http://10.0.0.7:9000/readyz"),
    ],
)
def test_the_probe_asks_where_serve_listens(
    monkeypatch: pytest.MonkeyPatch, listen: str | None, port: str | None, address: str
) -> None:
    for name, value in (("LISTEN", listen), ("PORT", port)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert probe.address() == address


def test_the_probe_reads_the_answer() -> None:
    with answering(200, b'{"status": "ok"}') as url:
        assert probe.problem(url) == ""
    with answering(503, b'{"status": "not ready", "reason": "migrations are waiting"}') as url:
        assert probe.problem(url) == "migrations are waiting"
    with answering(500, b"<html>") as url:
        assert probe.problem(url) == "answered 500"
    assert probe.problem(f"http://127.0.0.1:{free_port()}/readyz").startswith("did not answer")
    assert probe.problem("http://127.0.0.1:port/readyz").startswith("did not answer")


def status_of(port: int, head: bytes, body: bytes = b"") -> int:
    """The status that the server answers to these bytes; it may hang up while some are still to come.

    As JSON: no static files were collected for a page.
    """
    host = b"Host: ladder.example.com\r\nAccept: application/json\r\nX-Forwarded-Proto: https\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as line:
        with suppress(BrokenPipeError, ConnectionResetError):
            line.sendall(head + host + b"\r\n" + body)
        return int(line.recv(100).split()[1])


def refuses_what_is_too_much(port: int) -> None:
    """Header lines, a body with and without its length, and a charset that is none."""
    get, post = b"GET /healthz HTTP/1.1\r\n", b"POST /quiz/start/ HTTP/1.1\r\n"
    assert status_of(port, get + b"X: " + b"a" * 20_000 + b"\r\n") == 200
    assert status_of(port, get + b"X: " + b"a" * 100_000 + b"\r\n") == 431
    assert status_of(port, get + b"".join(b"X%d: a\r\n" % number for number in range(200))) == 431
    assert status_of(port, post + b"Content-Length: 3000000\r\n", b"a" * 3_000_000) == 413
    assert status_of(port, post + b"Content-Type: text/plain; charset=rot13\r\nContent-Length: 3\r\n", b"a=1") < 500
    chunks = b"".join(b"10000\r\n" + b"a" * 65_536 + b"\r\n" for _ in range(50)) + b"0\r\n\r\n"
    assert status_of(port, post + b"Transfer-Encoding: chunked\r\n", chunks) < 500
    assert status_of(port, get) == 200


def test_what_is_loaded_before_the_workers_part_opens_nothing(tmp_path: Path) -> None:
    """Neither a thread, which a fork would lose, nor a connection or a file, which forks would share."""
    program = """if True:
        import os, threading
        before = set(os.listdir("/proc/self/fd"))
        from config.server import load
        load("config.wsgi:application")
        from django.apps import apps
        from django.db import connections
        print(len(apps.get_models()) > 20, threading.active_count(), set(os.listdir("/proc/self/fd")) - before)
        print([each.connection for each in connections.all(initialized_only=True) if each.connection])
    """
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PROFILE": "local", "DATA_DIR": str(tmp_path)}
        | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "True 1 set()\n[]\n"


def test_serve_migrates_serves_and_ends_cleanly(tmp_path: Path) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "SECRET_KEY": "k3y-" * 15,
        "ALLOWED_HOSTS": "ladder.example.com",
        "DATA_DIR": str(tmp_path),
        "PORT": str(free_port()),
        "WORKERS": "2",
        "MIGRATE": "1",
        "HTTPS": "0",
        "METRICS_TOKEN": TOKEN,
    }
    log = (tmp_path / "log").open("w+")
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        deadline = time.monotonic() + 120
        asked = [sys.executable, "-m", "config.probe"]
        while (answer := subprocess.run(asked, cwd=ROOT, env=environment, capture_output=True, check=False)).returncode:
            assert server.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline, answer.stderr
            time.sleep(0.2)
        second = subprocess.run(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            # What migrates looks for the port in the same way, after loading all models.
            env=environment | {"MIGRATE": "0"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert second.returncode == 2
        assert len(second.stderr.splitlines()) == 1
        assert "is taken" in second.stderr
        assert figures_after(20, environment["PORT"]) == [20.0] * 6
        refuses_what_is_too_much(int(environment["PORT"]))
        for worker in workers_of(server.pid):
            whole, share = memory_of(worker)
            assert share < 0.6 * whole, f"a worker has {share / whole:.0%} of its memory to itself"
    finally:
        server.send_signal(signal.SIGTERM)
        ended = server.wait(timeout=60)
        log.close()
    assert ended == 0
    text = (tmp_path / "log").read_text()
    assert "pm version 1 is published" in text
    said = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert {"Started worker-1", "Started worker-2", "Granian shutdown completed, see ya!"} <= {
        each["message"] for each in said
    }
    asked = [each for each in said if each.get("route") == "show_account"]
    assert [(each["method"], each["status"]) for each in asked] == [("GET", 302)] * 20
    assert "zqsecret" not in text


def workers_of(pid: int) -> list[int]:
    children = map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())
    found = [child for child in children if b"config.server" in Path(f"/proc/{child}/cmdline").read_bytes()]
    assert len(found) == 2
    return found


def memory_of(pid: int) -> tuple[int, int]:
    """Kilobytes that a process sees, and its share: what it has to itself, and a part of what others see too."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    whole, share = (next(line for line in lines if line.startswith(name)).split()[1] for name in ("Rss:", "Pss:"))
    return int(whole), int(share)


def figures_after(count: int, port: str) -> list[float]:
    """What several looks at /metrics say of requests, each sent on a connection of its own to one of two workers."""

    def get(path: str, **headers: str) -> bytes:
        connection = http.client.HTTPConnection("127.0.0.1", int(port), timeout=30)
        connection.request("GET", path, headers=headers)
        body = connection.getresponse().read()
        connection.close()
        return body

    for _ in range(count):
        get("/account/?q=zqsecret", Host="ladder.example.com")
    found = []
    for _ in range(6):
        lines = get("/metrics", Authorization=f"Bearer {TOKEN}").decode().splitlines()
        (line,) = [
            line for line in lines if line.startswith("rungwise_request_seconds_count") and "show_account" in line
        ]
        found.append(float(line.rpartition(" ")[2]))
    return found
