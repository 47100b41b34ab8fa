"""Measures Rungwise beside a floor and a peer, in one run: `make bench`, or `uv run bench/run.py --help`.

CPU time of the server's processes per request, one client, in blocks that take turns (A B B A): the least and the
median of the blocks. Then, with as many clients as asked, requests per second and how long answers take.
"""

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.client import HTTPConnection
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bench import servers
from bench.servers import Server

MEMBERS, BIG, SKILLS = 200, 10_000, 25
type Actions = dict[str, list[dict[str, Any]]]


class Client:
    """One kept-alive connection that asks one thing after the other."""

    saves = count(1)

    def __init__(self, port: int) -> None:
        self.host = f"127.0.0.1:{port}"
        self.connection = HTTPConnection("127.0.0.1", port, timeout=60)
        self.bytes = 0

    def ask(self, asked: dict[str, Any]) -> float:
        """Ask, read all of the answer, give the seconds that took. Anything but 200 ends the run."""
        headers = {name: value.format(host=self.host) for name, value in asked["headers"].items()}
        body = None
        if "form" in asked:
            n = next(self.saves)
            body = urlencode({**asked["form"], "step": str(n % 6), "page_save": str(n)})
        began = time.perf_counter()
        self.connection.request(asked.get("method", "GET"), asked["path"], body, headers)
        answer = self.connection.getresponse()
        content = answer.read()
        took = time.perf_counter() - began
        if answer.status != 200:
            raise SystemExit(f"{asked['path']}: {answer.status} {content[:300]!r}")
        self.bytes = len(content) + sum(len(name) + len(value) + 4 for name, value in answer.getheaders())
        return took


def cpu_blocks(ours: Server, other: Server | None, asks: list[Any], rounds: int, size: int) -> list[list[float]]:
    """CPU milliseconds per request in each block, for both, taking turns."""
    found: list[list[float]] = [[], []]
    pair = [(0, ours, Client(ours.port), _forever(asks[0]))]
    if other:
        pair.append((1, other, Client(other.port), _forever(asks[1])))
    for _, _, client, asked in pair:
        for _ in range(6):
            client.ask(next(asked))
    for _ in range(rounds):
        for place, server, client, asked in [*pair, *reversed(pair)]:
            before = server.cpu()
            for _ in range(size):
                client.ask(next(asked))
            # What the server does after the answer counts too.
            time.sleep(0.002)
            found[place].append((server.cpu() - before) / size / 1e6)
    return found


def _forever(asks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    while True:
        yield from asks


def load(server: Server, asks: list[dict[str, Any]], clients: int, seconds: float) -> dict[str, float]:
    """Requests per second, and the times of the answers, with so many clients at once."""
    times: list[float] = []
    failed: list[BaseException] = []
    ends = time.perf_counter() + seconds

    def work(n: int) -> None:
        client, own = Client(server.port), asks[n % len(asks)]
        try:
            while time.perf_counter() < ends:
                times.append(client.ask(own))
        except (SystemExit, OSError) as error:
            failed.append(error)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(clients)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.perf_counter() - began
    if failed:
        raise SystemExit(f"{server.name}, {clients} clients: {len(failed)} failed, first: {failed[0]}")
    times.sort()
    return {
        "rps": len(times) / took,
        "p50": times[len(times) // 2] * 1e3,
        "p99": times[min(len(times) - 1, int(len(times) * 0.99))] * 1e3,
    }


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    load_now = os.getloadavg()[0]
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, load {load_now:.1f} at the start"


def main() -> None:
    options = _options()
    folder = Path(options.folder or tempfile.mkdtemp(prefix="rungwise-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    head = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {options.database}; {machine()}"
    environments = _databases(options, folder)
    if not options.keep:
        print(f"filling {options.database} in {folder}", file=sys.stderr)
        _make_databases(environments, folder, options)
        _fill(folder, environments, options)
    asked: dict[str, Actions] = {n: json.loads((folder / f"{n}.json").read_text()) for n in ("product", "floor")}
    counts = {
        "product": _counted("product", "config.wsgi", environments["product"], options, folder),
        "floor": _counted("floor", "bench.floor.wsgi", environments["floor"], options, folder),
    }
    running = [
        servers.wsgi("product", "config.wsgi", environments["product"], folder, options.workers),
        servers.wsgi("floor", "bench.floor.wsgi", environments["floor"], folder, options.workers),
    ]
    try:
        if options.peer:
            command = servers.make_peer(folder, options.uv)
            if not options.keep:
                shutil.rmtree(folder / "peer-data", ignore_errors=True)
            if not (folder / "peer-data").exists():
                servers.fill_peer(command, folder / "peer-data", MEMBERS, SKILLS)
            running.append(servers.peer(command, folder / "peer-data", folder))
            asked["peer"] = servers.peer_actions(folder / "peer-data")
        names = options.only or list(asked["product"])
        print(head, "", *titles(options), sep="\n", flush=True)
        for name in names:
            for row in _measured(name, running, asked, counts, options):
                print(line(row), flush=True)
    finally:
        for server in running:
            server.stop()


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432", help="a server that lets us in")
    parser.add_argument("--rounds", type=int, default=8, help="times A B B A")
    parser.add_argument("--block", type=int, default=10, help="requests in a block")
    parser.add_argument("--clients", type=int, nargs="*", default=[1, 32])
    parser.add_argument("--seconds", type=float, default=2.0, help="of load for each action and number of clients")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--big", type=int, default=BIG, help="members of the large organisation, 0 for none")
    parser.add_argument("--peer", action="store_true", help="also the peer, from PyPI, in its own environment")
    parser.add_argument("--uv", default=shutil.which("uv") or str(ROOT / ".uv/bin/uv"))
    parser.add_argument("--only", nargs="*", help="these actions, else all")
    parser.add_argument("--keep", action="store_true", help="measure what an earlier run filled in the same --folder")
    parser.add_argument("--folder", help="where everything goes; a new temporary one unless said")
    return parser.parse_args()


def _databases(options: argparse.Namespace, folder: Path) -> dict[str, dict[str, str]]:
    """The environment of both: databases of the same kind."""
    kinds = {"sqlite": f"sqlite:///{folder}/{{}}.sqlite3", "postgres": f"{options.postgres}/rungwise_bench_{{}}"}
    urls = {name: kinds[options.database].format(name) for name in ("product", "floor")}
    ours = {"SECRET_KEY": "a benchmark on loopback only; " * 3, "ALLOWED_HOSTS": "127.0.0.1", "HTTPS": "0"}
    ours |= {"DATA_DIR": str(folder), "STATIC_ROOT": str(folder / "static"), "SITE_URL": "http://127.0.0.1"}
    return {
        "product": {**ours, "DATABASE_URL": urls["product"], "PROFILE": "production"},
        "floor": {"DATABASE_URL": urls["floor"], "RUBRIC": str(folder / "ladder.json")},
    }


def _make_databases(environments: dict[str, dict[str, str]], folder: Path, options: argparse.Namespace) -> None:
    """New and empty ones."""
    for name in environments:
        if options.database == "sqlite":
            (folder / f"{name}.sqlite3").unlink(missing_ok=True)
            continue
        import psycopg  # noqa: PLC0415

        with psycopg.connect(f"{options.postgres}/postgres", autocommit=True) as connection:
            connection.execute(f"DROP DATABASE IF EXISTS rungwise_bench_{name}")
            connection.execute(f"CREATE DATABASE rungwise_bench_{name}")


def _run(module: str, *arguments: str, environment: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return done.stdout


def _fill(folder: Path, environments: dict[str, dict[str, str]], options: argparse.Namespace) -> None:
    ours = environments["product"]
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"],
        cwd=ROOT,
        env={**os.environ, **ours},
        check=True,
    )
    # make_crowd is for the local profile.
    _run("bench.product", str(folder), str(MEMBERS), str(options.big), environment={**ours, "PROFILE": "local"})
    _run("bench.floor.fill", str(folder), environment=environments["floor"])


def _counted(name: str, module: str, environment: dict[str, str], options: argparse.Namespace, folder: Path) -> Any:
    asked = [str(folder / f"{name}.json"), module, *(options.only or [])]
    return json.loads(_run("bench.statements", *asked, environment=environment))


def _measured(
    name: str, running: list[Server], asked: dict[str, Actions], counts: Any, options: argparse.Namespace
) -> list[dict[str, Any]]:
    """A row for each server that knows the action."""
    print(name, file=sys.stderr)
    ours, others = running[0], [server for server in running[1:] if name in asked[server.name]]
    blocks: dict[str, list[float]] = {}
    ratios: dict[str, float] = {}
    for other in others or [None]:
        asks = [asked["product"][name], asked[other.name][name] if other else None]
        mine, theirs = cpu_blocks(ours, other, asks, options.rounds, options.block)
        blocks["product"] = blocks.get("product", []) + mine
        if other:
            blocks[other.name] = theirs
            # Both of the same turns.
            ratios[other.name] = min(mine) / min(theirs)
    rows = []
    for server in [ours, *others]:
        client = Client(server.port)
        client.ask(asked[server.name][name][0])
        under = {n: load(server, asked[server.name][name], n, options.seconds) for n in options.clients}
        least, middle = min(blocks[server.name]), statistics.median(blocks[server.name])
        counted = counts.get(server.name, {}).get(name, {})
        rows.append(
            {"action": name, "server": server.name, "least": least, "median": middle, "ratio": ratios.get(server.name)}
            | {"bytes": client.bytes, "under": under, **counted}
        )
    return rows


def titles(options: argparse.Namespace) -> list[str]:
    """The head of the Markdown table."""
    loads = [f"{n} client{'s' * (n > 1)}: rps, p50, p99 ms" for n in options.clients]
    figures = ["CPU ms, least", "CPU ms, median", "Ours / this", "Statements", "Calls", "Bytes", *loads]
    return [f"| Action | Server | {' | '.join(figures)} |", "|---|---|" + "--:|" * len(figures)]


def line(row: dict[str, Any]) -> str:
    cells = [row["action"], row["server"], f"{row['least']:.2f}", f"{row['median']:.2f}"]
    cells += [f"{row['ratio']:.2f}" if row["ratio"] else "", str(row.get("statements", "")), str(row.get("calls", ""))]
    cells.append(f"{row['bytes']:,}")
    cells += ["{rps:.0f}, {p50:.1f}, {p99:.1f}".format(**under) for under in row["under"].values()]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
