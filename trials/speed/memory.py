"""Starts and memory: `uv run -m trials.speed.memory`, on SQLite or with --database postgres.

How long until the first page: of the server with a full database, and of `make run` in a new copy of the tree, with
packages from uv's cache and nothing downloaded (tracked files only; commit first). How much memory a worker takes,
its share of what several processes have in common counted once (PSS): after the first pages, and after many requests
of all kinds.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
from trials.speed.filling import environments, fill
from trials.speed.run import load
from trials.speed.servers import Server, family, free_port


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432", help="a server that lets us in")
    parser.add_argument("--requests", type=int, default=10_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--big", type=int, default=0, help="members of another organisation")
    parser.add_argument("--starts", type=int, default=5, help="of each kind; the least counts")
    parser.add_argument("--clean", action="store_true", help="only the start of a new copy of the tree")
    options = parser.parse_args()
    told_least("clean environment to first page", [clean_start() for _ in range(options.starts)])
    if options.clean:
        return
    with tempfile.TemporaryDirectory(prefix="rungwise-memory-") as name:
        folder = Path(name)
        found = environments(options, folder)
        fill(folder, found, options)
        actions = json.loads((folder / "product.json").read_text())
        starts = []
        for _ in range(options.starts):
            server, seconds = serve(found["product"], folder, options.workers)
            starts.append(seconds)
            server.stop()
        told_least("cold start", starts)
        server, _ = serve(found["product"], folder, options.workers)
        try:
            memory(server, actions, options.requests)
        finally:
            server.stop()


type Start = tuple[float, float]
"""Seconds, and CPU seconds of all processes: what the start would take on an idle machine with one core."""


def told_least(what: str, starts: list[Start]) -> None:
    seconds, cpu = (min(values) for values in zip(*starts, strict=True))
    print(f"{what}: {seconds:.1f} s, {cpu:.1f} s of CPU", flush=True)


def clean_start() -> Start:
    """What it takes from `make run` in a new copy of the tree to the first page."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="rungwise-clean-") as folder:
        tree = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, stdout=subprocess.PIPE, check=True)
        subprocess.run(["tar", "-x", "-C", folder], input=tree.stdout, check=True)
        if (ROOT / ".uv").exists():
            # uv counts as installed, like make and Python.
            shutil.copytree(ROOT / ".uv", Path(folder) / ".uv", symlinks=True)
        environment = os.environ | {"PORT": str(port), "UV_OFFLINE": "1"}
        began = time.perf_counter()
        process = subprocess.Popen(
            ["make", "run"], cwd=folder, env=environment, stdout=subprocess.DEVNULL, start_new_session=True
        )
        try:
            wait_for_page(process, port)
            return time.perf_counter() - began, cpu_of(process.pid)
        finally:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)


def cpu_of(pid: int) -> float:
    """CPU seconds of a process and all its descendants, including those that have ended."""
    ticks = 0
    for each in family(pid):
        # After the name, which may hold spaces and brackets: user and system time, own and of children that have ended.
        ticks += sum(map(int, Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def wait_for_page(process: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError):
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/")
            if connection.getresponse().status == 200:
                return
        time.sleep(0.01)
    raise SystemExit(f"no page on port {port}; the process has {process.poll()}")


def serve(environment: dict[str, str], folder: Path, workers: int) -> tuple[Server, Start]:
    """`manage.py serve`, and what it took until its first page."""
    port = free_port()
    own = {"PORT": str(port), "WORKERS": str(workers), "LOG_LEVEL": "WARNING"}
    began = time.perf_counter()
    with (folder / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", "serve"],
            cwd=ROOT,
            env=os.environ | environment | own,
            stdout=log,
            stderr=log,
        )
    wait_for_page(process, port)
    server = Server("product", port, process)
    return server, (time.perf_counter() - began, cpu_of(process.pid))


def memory(server: Server, actions: dict[str, list[Any]], requests: int) -> None:
    """Ask for everything, in rounds, and tell the workers' memory as it goes."""
    mixture = [asked for name, asks in actions.items() if "journey" not in asks[0] for asked in asks[:32]]
    print(f"PSS after the first page: {told(server)}", flush=True)
    done = 0
    for share in (0.1, 0.5, 1.0):
        while done < share * requests:
            seen = load(server, mixture, 8, 10.0, turns=len(mixture))
            done += round(seen["rps"] * seen["seconds"])
        print(f"PSS after {done:,} requests: {told(server)}", flush=True)


def told(server: Server) -> str:
    return ", ".join(f"{pss:.1f} MB ({role})" for role, pss in pss_of(server.process.pid))


def pss_of(pid: int) -> list[tuple[str, float]]:
    """What each process does, and its megabytes."""
    found = []
    for each in [pid, *map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]:
        line = Path(f"/proc/{each}/cmdline").read_bytes()
        role = (
            "supervisor" if each == pid else "jobs" if b"run_worker" in line or b"config.keeper" in line else "worker"
        )
        if b"resource_tracker" in line:
            continue
        rollup = Path(f"/proc/{each}/smaps_rollup").read_text()
        pss = next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))
        found.append((role, pss / 1024))
    return found


if __name__ == "__main__":
    main()
