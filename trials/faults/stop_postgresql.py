"""Stops PostgreSQL at once, as a power cut would, while people save answers, and starts it again.

    python -m trials.faults.stop_postgresql [--stops 20] [--takers 6] [--negative-control]

A cluster of its own; `pg_ctl stop -m immediate` writes nothing down on its way out. Between a stop and the next start
every request must be answered by 503 with Retry-After, and saving goes on by itself afterwards. Prints how many saves
were acknowledged, lost and doubled; exits with 1 when one was.

With --negative-control the server runs with synchronous_commit=off and our sessions don't ask for more (as behind a
pooler that was set up wrongly). Then some must be lost; exits with 1 when none was, because then this proof is blind.
"""

import argparse
import random
import sys
import time

from trials import load


def wait_for_saves(takers: list[load.Taker]) -> None:
    before = [taker.acknowledged for taker in takers]
    load.wait_for("saving again", lambda: any(t.acknowledged > n for t, n in zip(takers, before, strict=True)))


def main() -> int:
    parser = argparse.ArgumentParser(description="Stop PostgreSQL at once under load, and look for lost answers.")
    parser.add_argument("--stops", type=int, default=20)
    parser.add_argument("--takers", type=int, default=6)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--negative-control", action="store_true")
    given = parser.parse_args()
    rng = random.Random(given.seed)  # noqa: S311  - when to stop it
    parameters, settings = {}, {}
    if given.negative_control:
        parameters = {"synchronous_commit": "off", "wal_writer_delay": "2s"}
        settings = {"DATABASE_TRANSACTION_POOLER": "1"}
    lost = doubled = acknowledged = 0
    back: list[float] = []
    with load.own_database("postgresql", **parameters) as (path, url, cluster):
        assert cluster  # noqa: S101  - for the type checker
        server = load.Server(path, url, workers=3, **settings).wait()
        try:
            takers = load.start(server.address, given.takers)
            for _ in range(given.stops):
                time.sleep(rng.uniform(0.5, 2.5))
                cluster.stop("immediate")
                time.sleep(rng.uniform(0.2, 1.5))
                if given.negative_control:
                    # Compared before the takers send unanswered saves again: that would make up for what was lost.
                    for taker in takers:
                        taker.stopping.set()
                        taker.given_up.set()
                    for taker in takers:
                        taker.join(40)
                    cluster.start()
                    verdict = load.compare(takers, url)
                    lost, acknowledged = lost + verdict.lost, acknowledged + verdict.acknowledged
                    takers = load.start(server.address, given.takers)
                    continue
                cluster.start()
                started = time.monotonic()
                wait_for_saves(takers)
                back.append(time.monotonic() - started)
            load.stop(takers)
            verdict = load.compare(takers, url)
            lost, doubled, acknowledged = lost + verdict.lost, verdict.doubled, acknowledged + verdict.acknowledged
        finally:
            server.end()
    if given.negative_control:
        return load.say(
            f"negative control, synchronous_commit=off: {given.stops} immediate stops: {acknowledged} saves "
            f"acknowledged, {lost} lost",
            [] if lost else ["nothing was lost, so this proof can't see"],
        )
    wrong = load.bad_answers(takers)
    wrong += ["answers were lost"] * bool(lost) + ["answers were doubled"] * bool(doubled)
    return load.say(
        f"{given.stops} immediate stops: {acknowledged} saves acknowledged, {lost} lost, {doubled} doubled; "
        f"{load.retried(takers)} sent again; saving again at most {max(back):.1f} s after PostgreSQL was back; "
        f"answers {dict(load.seen(takers))}",
        wrong,
    )


if __name__ == "__main__":
    sys.exit(main())
