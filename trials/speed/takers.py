"""2,000 people take the quiz at once: `uv run -m trials.speed.takers`, on SQLite or with --database postgres.

Each has a connection and a draft of their own and asks again 10 seconds (5 to 15) after each answer: a save, then the
next question, and so on. The load comes from a process of its own on the same machine, so it takes time from the
server's; how much is told.
"""

import argparse
import json
import tempfile
from pathlib import Path

from trials.speed import servers
from trials.speed.filling import environments, fill, run
from trials.speed.run import load, machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", choices=("sqlite", "postgres"), default="sqlite")
    parser.add_argument("--postgres", default="postgres://postgres@127.0.0.1:5432", help="a server that lets us in")
    parser.add_argument("--takers", type=int, nargs="*", default=[2000])
    parser.add_argument("--think", type=float, default=10.0, help="seconds between an answer and the next request")
    parser.add_argument("--seconds", type=float, default=30.0, help="that count, after as many as thinking takes")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--big", type=int, default=0, help="members of another organisation")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="rungwise-takers-") as name:
        folder = Path(name)
        found = environments(options, folder)
        fill(folder, found, options)
        run(
            "trials.speed.product",
            "takers",
            name,
            str(max(options.takers)),
            environment={**found["product"], "PROFILE": "local"},
        )
        pairs = json.loads((folder / "takers.json").read_text())
        server = servers.wsgi("product", "config.wsgi", found["product"], folder, options.workers)
        print(f"{options.database}, {machine()}")
        print("| Takers | Requests per second | p50 ms | p99 ms | Errors | Server's CPU | Load's CPU |")
        print("|--:|--:|--:|--:|--:|--:|--:|", flush=True)
        try:
            for takers in options.takers:
                print(row(server, pairs, takers, options), flush=True)
        finally:
            server.stop()


def row(server: servers.Server, pairs: list[list[object]], takers: int, options: argparse.Namespace) -> str:
    # Every other person begins with the question, or all would save at first and then all read.
    asks = [pair if n % 2 else pair[::-1] for n, pair in enumerate(pairs[:takers])]
    before = server.cpu()
    seen = load(server, asks, takers, options.seconds, think=options.think, turns=0)
    # Includes the last pause, in which nothing is asked: the figure is a little lower than under load.
    lasted = seen["lasted"]
    cores = (server.cpu() - before) / 1e9 / lasted
    return (
        f"| {takers:,} | {seen['rps']:.0f} | {seen['p50']:.1f} | {seen['p99']:.1f} | 0 | "
        f"{cores:.2f} cores | {seen['cpu'] / lasted:.2f} cores |"
    )


if __name__ == "__main__":
    main()
