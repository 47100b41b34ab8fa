"""Measures Rungwise beside a floor and peers, in one run: `make bench`, or `uv run -m trials.speed.run --help`.

CPU time of the server's processes per request, one client, in blocks that take turns (A B B A): the least and the
median of the blocks. Then, with as many clients as asked, requests per second and how long answers take, in turns too:
the best of the turns, so that a busy machine spoils one and not the figure. Any answer but the right one ends the run.
"""

import argparse
import asyncio
import gzip
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from trials.speed import servers
from trials.speed.client import Client, WrongAnswerError
from trials.speed.filling import BIG, MEMBERS, ROOT, SKILLS, environments, fill, look_over, run
from trials.speed.servers import Server

MODULES = {"product": "config.wsgi", "floor": "trials.speed.floor.wsgi", "survey": "trials.speed.survey.wsgi"}
type Actions = dict[str, list[dict[str, Any]]]


async def cpu_blocks(ours: Server, other: Server | None, asks: list[Any], rounds: int, size: int) -> list[list[float]]:
    """CPU milliseconds per request in each block, for both, taking turns."""
    found: list[list[float]] = [[], []]
    pair = [(0, ours, Client(ours.port), _forever(asks[0]))]
    if other:
        pair.append((1, other, Client(other.port), _forever(asks[1])))
    for place, _, client, asked in pair:
        # Warm up, or the first block would pay for imports, templates and caches. A journey is long: two are enough.
        for _ in range(2 if "journey" in asks[place][0] else max(6, min(len(asks[place]), 32))):
            await client.ask(next(asked))
    for _ in range(rounds):
        for place, server, client, asked in [*pair, *reversed(pair)]:
            before = server.cpu()
            for _ in range(size):
                await client.ask(next(asked))
            # What the server does after the answer must fall into this block, not into the other server's.
            await asyncio.sleep(0.002)
            found[place].append((server.cpu() - before) / size / 1e6)
    for _, _, client, _ in pair:
        await client.close()
    return found


def _forever(asks: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    while True:
        yield from asks


async def bytes_of(server: Server, asked: dict[str, Any]) -> tuple[int, int]:
    """What goes over the wire as the site sends it, and when a proxy in front of it compresses the body."""
    client = Client(server.port)
    await client.ask(asked)
    await client.close()
    return client.bytes, client.bytes - len(client.body) + len(gzip.compress(client.body, 6))


def load(
    server: Server, asks: list[Any], clients: int, seconds: float, *, think: float = 0, turns: int = 1
) -> dict[str, float]:
    """So many clients in a process of their own: requests per second, and milliseconds of the answers.

    Each client goes through `turns` of `asks`, beginning with another one; with 0, `asks` holds a list for each client.
    Any failure ends the run.
    """
    shared = [[asks[(n + turn) % len(asks)] for turn in range(turns)] for n in range(clients)] if turns else asks
    plan = {"port": server.port, "asks": shared, "seconds": seconds, "think": think}
    done = subprocess.run(
        [sys.executable, "-m", "trials.speed.client"],
        cwd=ROOT,
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    seen = json.loads(done.stdout)
    times, errors = seen["times"], seen["errors"]
    if errors or not times:
        raise SystemExit(f"{server.name}, {clients} clients: {sum(errors.values())} failed: {list(errors)[:2]}")
    at = {share: times[min(len(times) - 1, int(len(times) * share))] * 1e3 for share in (0.5, 0.99)}
    rest = {name: seen[name] for name in ("seconds", "lasted", "cpu")}
    return {"rps": len(times) / seen["seconds"], "p50": at[0.5], "p99": at[0.99], **rest}


def loads(running: list[Server], asks: Actions, clients: int, seconds: float) -> dict[str, dict[str, float]]:
    """The best of two turns for each server."""
    turns: dict[str, list[dict[str, float]]] = {server.name: [] for server in running}
    for server in [*running, *reversed(running)]:
        turns[server.name].append(load(server, asks[server.name], clients, seconds / 2))
    return {
        name: {"rps": max(turn["rps"] for turn in found)}
        | {share: min(turn[share] for turn in found) for share in ("p50", "p99")}
        for name, found in turns.items()
    }


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())
    return f"{model}, {os.cpu_count()} cores, Python {platform.python_version()}, {busy()}"


def busy() -> str:
    """How much of the last minute something waited for a core. With more than a few per cent, no time of an answer says
    anything about the server; CPU time still does."""
    try:
        words = Path("/proc/pressure/cpu").read_text().split()
    except OSError:
        return f"load {os.getloadavg()[0]:.1f} at the start"
    share = next(word.partition("=")[2] for word in words if word.startswith("avg60="))
    return f"CPU pressure {float(share):.0f} % at the start"


def main() -> None:
    options = _options()
    options.folder = options.folder or tempfile.mkdtemp(prefix="rungwise-bench-")
    folder = Path(options.folder)
    folder.mkdir(parents=True, exist_ok=True)
    head = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {options.database}; {machine()}"
    found = environments(options, folder)
    if not options.keep:
        print(f"filling {options.database} in {folder}", file=sys.stderr)
        fill(folder, found, options)
    asked: dict[str, Actions] = {n: json.loads((folder / f"{n}.json").read_text()) for n in ("product", "floor")}
    counts = {name: _counted(name, found[name], options) for name in asked}
    running: list[Server] = []
    try:
        running += [servers.wsgi(name, MODULES[name], found[name], folder, options.workers) for name in asked]
        if options.peer:
            _start_peers(running, asked, counts, found["survey"], options)
        names = options.only or list(asked["product"])
        if unknown := set(names) - set(asked["product"]):
            print(f"no such action: {', '.join(unknown)}; known: {', '.join(asked['product'])}", file=sys.stderr)
            raise SystemExit(2)
        print(head, "", *titles(options), sep="\n", flush=True)
        for name in names:
            for row in _measured(name, running, asked, counts, options):
                print(line(row), flush=True)
    except WrongAnswerError as error:
        raise SystemExit(str(error)) from error
    finally:
        for server in running:
            server.stop()


def _start_peers(
    running: list[Server],
    asked: dict[str, Actions],
    counts: dict[str, Any],
    survey: dict[str, str],
    options: argparse.Namespace,
) -> None:
    folder = Path(options.folder)
    if options.database == "sqlite":
        command = servers.make_peer(folder, options.uv)
        if not options.keep:
            shutil.rmtree(folder / "peer-data", ignore_errors=True)
        if not (folder / "peer-data").exists():
            servers.fill_peer(command, folder / "peer-data", MEMBERS, SKILLS)
        running.append(servers.peer(command, folder / "peer-data", folder))
        asked["peer"] = servers.peer_actions(folder / "peer-data")
    python = str(servers.make_survey(folder, options.uv))
    if not options.keep or not (folder / "survey.json").exists():
        run("trials.speed.survey.fill", str(folder), str(MEMBERS), str(SKILLS), environment=survey, python=python)
        look_over(["survey"], options)
    asked["survey"] = json.loads((folder / "survey.json").read_text())
    counts["survey"] = _counted("survey", survey, options, python)
    running.append(servers.wsgi("survey", MODULES["survey"], survey, folder, options.workers, python=python))


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
    parser.add_argument("--peer", action="store_true", help="also the peers, from PyPI, in environments of their own")
    parser.add_argument("--uv", default=shutil.which("uv") or str(ROOT / ".uv/bin/uv"))
    parser.add_argument("--only", nargs="*", help="these actions, else all")
    parser.add_argument("--quick", action="store_true", help="fewer requests: some minutes, and less certain figures")
    parser.add_argument("--keep", action="store_true", help="measure what an earlier run filled in the same --folder")
    parser.add_argument("--folder", help="where everything goes; a new temporary one unless said")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.block, options.seconds = 4, 5, 1.0
    return options


def _counted(name: str, environment: dict[str, str], options: argparse.Namespace, python: str = sys.executable) -> Any:
    folder = Path(options.folder)
    asked = [str(folder / f"{name}.json"), MODULES[name], *(options.only or [])]
    # A line of the log for each request would hide errors.
    return json.loads(
        run("trials.speed.statements", *asked, environment={**environment, "LOG_LEVEL": "ERROR"}, python=python)
    )


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
        mine, theirs = asyncio.run(cpu_blocks(ours, other, asks, options.rounds, options.block))
        blocks["product"] = blocks.get("product", []) + mine
        if other:
            blocks[other.name] = theirs
            # Both from the same turns: another time of day would be another machine.
            ratios[other.name] = min(mine) / min(theirs)
    own = {server.name: asked[server.name][name] for server in [ours, *others]}
    # Many clients at once would only wait for passwords to be hashed.
    clients = [n for n in options.clients if n == 1 or "journey" not in own["product"][0]]
    under = {n: loads([ours, *others], own, n, options.seconds) for n in clients}
    return [
        {
            "action": name,
            "server": server.name,
            "least": min(blocks[server.name]),
            "median": statistics.median(blocks[server.name]),
            "ratio": ratios.get(server.name),
            "bytes": asyncio.run(bytes_of(server, own[server.name][0])),
            "under": [under[n][server.name] for n in clients],
            **counts.get(server.name, {}).get(name, {}),
        }
        for server in [ours, *others]
    ]


def titles(options: argparse.Namespace) -> list[str]:
    """The head of the Markdown table."""
    loads = [f"{n} client{'s' * (n > 1)}: rps, p50, p99 ms" for n in options.clients]
    figures = ["CPU ms, least", "CPU ms, median", "Ours / this", "Statements", "Calls", "Bytes", "With gzip", *loads]
    return [f"| Action | Server | {' | '.join(figures)} |", "|---|---|" + "--:|" * len(figures)]


def line(row: dict[str, Any]) -> str:
    cells = [row["action"], row["server"], f"{row['least']:.2f}", f"{row['median']:.2f}"]
    cells += [f"{row['ratio']:.2f}" if row["ratio"] else "", str(row.get("statements", "")), str(row.get("calls", ""))]
    cells += [f"{size:,}" for size in row["bytes"]]
    cells += ["{rps:.0f}, {p50:.1f}, {p99:.1f}".format(**under) for under in row["under"]]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
