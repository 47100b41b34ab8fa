"""Kills the server's workers again and again while people save answers, and looks for answers that were lost.

    python -m trials.faults.kill_servers [--database sqlite|postgresql] [--kills 100] [--takers 6]

Works on a database of its own. Workers are killed with SIGKILL at random moments, each no sooner than six seconds
after its start (granian takes a worker that dies sooner for broken). Prints how many saves were acknowledged, lost and
doubled. Exits with 1 when one was.
"""

import argparse
import os
import random
import signal
import sys
import time

from trials import load

YOUNG = 6.5


def kill_again_and_again(server: load.Server, kills: int, rng: random.Random) -> int:
    first_seen: dict[int, float] = {}
    until, killed = time.monotonic() + 8 * kills, 0
    while killed < kills and time.monotonic() < until:
        now = time.monotonic()
        first_seen = {worker: first_seen.get(worker, now) for worker in server.worker_ids()}
        grown = [worker for worker, since in first_seen.items() if now - since > YOUNG]
        if not grown:
            time.sleep(0.05)
            continue
        time.sleep(rng.uniform(0, 0.3))
        os.kill(rng.choice(grown), signal.SIGKILL)
        killed += 1
        time.sleep(0.2)
        if server.process.poll() is not None:
            raise RuntimeError(f"the server itself ended: {server.log.read_text()[-1000:]}")
    return killed


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill workers under load, and look for lost answers.")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--takers", type=int, default=6)
    parser.add_argument("--workers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with load.own_database(given.database) as (path, url, _cluster):
        server = load.Server(path, url, workers=given.workers).wait()
        try:
            takers = load.start(server.address, given.takers)
            killed = kill_again_and_again(server, given.kills, random.Random(given.seed))  # noqa: S311
            load.stop(takers)
            verdict = load.compare(takers, url)
        finally:
            server.end()
    wrong = load.bad_answers(takers)
    wrong += [f"only {killed} kills"] * (killed < given.kills) + ["answers were lost"] * bool(verdict.lost)
    wrong += ["answers were doubled"] * bool(verdict.doubled)
    return load.say(
        f"{given.database}: {killed} workers killed: {verdict}; {load.retried(takers)} sent again, "
        f"answers {dict(load.seen(takers))}",
        wrong,
    )


if __name__ == "__main__":
    sys.exit(main())
