"""Starting the server and asking it whether it is ready."""

import http.client
import json
import os
import re
import secrets
import select
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
from unittest.mock import Mock

import pytest
from django.contrib.staticfiles.finders import get_finders
from django.core.management import CommandError, call_command
from django.core.signing import TimestampSigner

from config import keeper, probe
from people.management import serving, systemd
from tests.commands import alone, refusal

TOKEN = "a-token-for-the-figures-of-tests"
KEY = secrets.token_urlsafe(64)
PRODUCTION = {"SECRET_KEY": KEY, "ALLOWED_HOSTS": "ladder.example.com"}
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


def test_a_taken_port_and_an_address_of_elsewhere_are_refused() -> None:
    with listener() as port:
        for address, said in (
            ("127.0.0.1", f"port {port} is taken"),
            ("192.0.2.1", rf"can't listen on 192\.0\.2\.1 port {port}"),
            ("nowhere.invalid", r"can't listen on nowhere\.invalid"),
        ):
            with pytest.raises(CommandError, match=said) as refused:
                serving.refuse_taken(address, port)
            assert refused.value.returncode == 2
    serving.refuse_taken("127.0.0.1", port)


def test_systemd_keeps_the_port_and_gives_it_back(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        number = free_port()
        first = serving.open_port("127.0.0.1", number)
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", number)):
            pytest.fail("it takes connections before there is a server")
        serving._take_connections(first, "127.0.0.1", number)
        said, (kept,), *_ = socket.recv_fds(manager, 100, 1)
        assert said == b"FDSTORE=1\nFDNAME=rungwise"
        assert manager.recv(100) == b"READY=1"
        with socket.create_connection(("127.0.0.1", number)) as silent:
            assert not select.select([first], [], [], 0.1)[0], "taken before its request is there"
            silent.sendall(b"hello")
            assert select.select([first], [], [], 5)[0]
            first.accept()[0].close()
        first.close()
        # The old process is gone, the new one not yet there: who comes waits.
        with socket.create_connection(("127.0.0.1", number)) as waiting:
            waiting.sendall(b"hello")
            monkeypatch.setattr(systemd, "_FIRST", kept)
            monkeypatch.setenv("LISTEN_FDS", "1")
            monkeypatch.setenv("LISTEN_PID", "1")
            with pytest.raises(CommandError, match="is taken"):
                serving.open_port("127.0.0.1", number)
            monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
            again = serving.open_port("127.0.0.1", number)
            assert again.fileno() == kept
            serving._take_connections(again, "127.0.0.1", number)
            assert manager.recv(100) == b"READY=1"
            with again.accept()[0] as taken:
                assert taken.recv(100) == b"hello"
        # PORT was changed: the kept one is given up, and the new one kept.
        other = free_port()
        with serving.open_port("127.0.0.1", other) as another:
            assert another.getsockname()[1] == other
            assert manager.recv(100) == b"FDSTOREREMOVE=1\nFDNAME=rungwise"
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", number)).close()
        again.detach()


@pytest.mark.parametrize("given", ["", "x", "-1", "1e3", "0x1", "²", "1.0", " 1", "9999", "9" * 5000])
def test_what_no_systemd_hands_over_is_not_taken(monkeypatch: pytest.MonkeyPatch, given: str) -> None:
    monkeypatch.setenv("LISTEN_FDS", given)
    monkeypatch.setenv("LISTEN_PID", str(os.getpid()))
    monkeypatch.setattr(systemd.socket, "socket", Mock(side_effect=AssertionError("a file was opened")))
    assert systemd.kept_port("127.0.0.1", 8000) is None


def test_ipv6_is_an_address_as_others_are() -> None:
    """Whether a port is taken, and where the keeper tells how the server is."""
    with socket.create_server(("::1", 0), family=socket.AF_INET6) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CommandError, match=f"port {port} is taken"):
            serving.refuse_taken("::1", port)
    for address in ("::1", "::"):
        serving.refuse_taken(address, port)
        server = keeper.Server((address, port), os.getppid())
        server.status, server.body = 200, b'{"status": "ok"}'
        with keeper.listener(server, address, 0) as tells:
            thread = threading.Thread(target=tells.serve_forever, kwargs={"poll_interval": 0.01})
            thread.start()
            with pytest.MonkeyPatch.context() as patch:
                for name, value in {"LISTEN": address, "HEALTH_PORT": str(tells.server_port)}.items():
                    patch.setenv(name, value)
                assert probe.problem(probe.address()) == ""
            tells.shutdown()
            thread.join()


def test_serve_hands_over_to_granian(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    settings.SERVE_ADDRESS, settings.SERVE_PORT, settings.SERVE_WORKERS = "127.0.0.1", free_port(), 3
    settings.SERVE_MIGRATES = False
    started: list[list[str]] = []
    monkeypatch.setattr(os, "execv", lambda program, arguments: started.append([program, *arguments]))
    # Closing would take the test's own connection away.
    monkeypatch.setattr(serving.connections, "close_all", lambda: None)
    with serving.open_port("127.0.0.1", settings.SERVE_PORT) as port:
        monkeypatch.setattr("people.management.commands.serve.open_port", lambda *_: port)
        call_command("serve")
    ((program, *arguments),) = started
    assert program == arguments[0] == sys.executable
    line = " ".join(arguments[1:])
    assert re.match(r"-m config.server --fd \d+ --interface rsgi", line)
    assert line.endswith("config.door:one_by_one")
    assert "--no-access-log" in line
    for part in (f"--port {settings.SERVE_PORT}", "--host 127.0.0.1", "--workers 3"):
        assert part in line


def test_run_local_is_for_the_local_profile() -> None:
    assert "PROFILE=local" in refusal("run_local")


@pytest.mark.parametrize(
    ("listen", "port", "address"),
    [
        (None, None, "http://127.0.0.1:8000/readyz"),
        ("0.0.0.0", "9000", "http://127.0.0.1:9000/readyz"),  # noqa: S104
        ("::", "", "http://[::1]:8000/readyz"),
        ("[::]", "", "http://[::1]:8000/readyz"),
        ("::1", "9000", "http://[::1]:9000/readyz"),
        ("10.0.0.7", "9000", "http://10.0.0.7:9000/readyz"),
    ],
)
def test_the_probe_asks_where_serve_listens(
    monkeypatch: pytest.MonkeyPatch, listen: str | None, port: str | None, address: str
) -> None:
    monkeypatch.setenv("HEALTH_PORT", "0")
    for name, value in (("LISTEN", listen), ("PORT", port)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert probe.address() == address
    monkeypatch.setenv("HEALTH_PORT", "8001")
    assert ":8001/" in probe.address()


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


def believes_no_forged_name(port: int) -> None:
    """The doctor's question, with the proxy's header before the forged one."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    asked = {"X-Rungwise-Doctor": TimestampSigner(key=KEY, salt="config.doctor").sign("who")}
    line.request("GET", "/healthz", headers=asked | {"X-Forwarded-For": "10.0.0.1", "X_Forwarded_For": "192.0.2.77"})
    said = json.load(line.getresponse())
    assert said.pop("version")
    assert said == {"status": "ok", "address": "10.0.0.1", "scheme": "http", "proxies": 1}
    line.close()


def test_what_is_loaded_before_the_workers_part_opens_nothing(tmp_path: Path) -> None:
    """Neither a thread, which a fork would lose, nor a connection or a file, which forks would share."""
    program = """if True:
        import os, threading
        before = set(os.listdir("/proc/self/fd"))
        from config.server import load
        load("config.door:one_by_one")
        from django.apps import apps
        from django.db import connections
        print(len(apps.get_models()) > 20, threading.active_count(), set(os.listdir("/proc/self/fd")) - before)
        print([each.connection for each in connections.all(initialized_only=True) if each.connection])
    """
    folder = str(tmp_path)
    done = alone("-c", program, PROFILE="local", DATA_DIR=folder, PROMETHEUS_MULTIPROC_DIR=folder)
    assert done.stdout == "True 1 set()\n[]\n"


def collected(folder: Path) -> str:
    """A folder in which each file of the pages stands as if it had been collected; nobody reads here what is in it."""
    paths = {path: path for finder in get_finders() for path, _ in finder.list([])}
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    manifest = {"paths": paths, "version": "1.1", "hash": "x"}
    (folder / "staticfiles.json").write_text(json.dumps(manifest))
    return str(folder)


def test_serve_migrates_serves_and_ends_cleanly(tmp_path: Path) -> None:
    environment = PRODUCTION | {"DATA_DIR": str(tmp_path), "PORT": str(free_port()), "METRICS_TOKEN": TOKEN}
    environment["STATIC_ROOT"] = collected(tmp_path / "static")
    environment |= {
        "PATH": os.environ["PATH"],
        "WORKERS": "2",
        "MIGRATE": "1",
        "HTTPS": "0",
        "TRUSTED_PROXY_COUNT": "1",
    }
    log = (tmp_path / "log").open("w+")
    server = subprocess.Popen(
        [sys.executable, "manage.py", "serve"], cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT
    )
    try:
        deadline = time.monotonic() + 120
        while (answer := alone("-m", "config.probe", **environment)).returncode:
            assert server.poll() is None, (tmp_path / "log").read_text()
            assert time.monotonic() < deadline, answer.stderr
            time.sleep(0.2)
        # What migrates looks for the port in the same way, after loading all models.
        second = alone("manage.py", "serve", **environment | {"MIGRATE": "0"})
        assert second.returncode == 2
        assert len(second.stderr.splitlines()) == 1
        assert "is taken" in second.stderr
        listening = [row.split()[1:4] for row in Path("/proc/net/tcp").read_text().splitlines()]
        # One port for all workers: what waits there is not lost with one of them.
        assert listening.count([f"0100007F:{int(environment['PORT']):04X}", "00000000:0000", "0A"]) == 1
        assert figures_after(20, environment["PORT"]) == [20.0] * 6
        refuses_what_is_too_much(int(environment["PORT"]))
        believes_no_forged_name(int(environment["PORT"]))
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


def test_the_keeper_answers_while_no_worker_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeper, "LOOK", 0.01)
    with answering(503, b'{"status": "not ready"}') as url:
        server = keeper.Server(("127.0.0.1", int(url.split(":")[2].partition("/")[0])), os.getppid())
        assert server.answer("/readyz")[0] == 503
        monkeypatch.setattr(keeper.time, "sleep", lambda _: setattr(server, "parent", 0))
        server.listen()
        server.parent = os.getppid()
        assert server.answer("/readyz") == (503, b'{"status": "not ready"}')
    monkeypatch.undo()
    with keeper.listener(server, "127.0.0.1", 0) as tells, socket.create_server(("127.0.0.1", 0)) as deaf:
        thread = threading.Thread(target=tells.serve_forever)
        thread.start()
        server.address = deaf.getsockname()
        threading.Thread(target=server.listen, daemon=True).start()
        # Somebody who says nothing keeps nobody waiting.
        with socket.create_connection(tells.server_address[:2]):
            began = time.monotonic()
            assert status_of(tells.server_port, b"GET /healthz HTTP/1.1\r\n") == 200
            assert time.monotonic() - began < 0.5
        assert status_of(tells.server_port, b"GET /metrics HTTP/1.1\r\n") == 404
        server.heard_at -= keeper.PATIENCE
        assert status_of(tells.server_port, b"GET /healthz HTTP/1.1\r\n") == 503
        tells.shutdown()
        thread.join()
        server.parent = 0
