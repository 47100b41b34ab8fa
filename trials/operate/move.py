"""Moves a whole organisation from SQLite to PostgreSQL while it is killed again and again, and back.

    python -m trials.operate.move [--members 300] [--kills 5] [--seed 1]

Fills an SQLite file by trials/scale/crowd.py, kills the move at random times, lets the last one end, and compares: rows
by their hashes, audit logs by their chains. Exits with 1 when a row is lost or differs, or when a target that was not
whole said that it is ready.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from trials import load

ROOT = Path(__file__).resolve().parents[2]
READY = "from config.health import not_ready_because as why; print('READY' if not why() else 'not yet')"
PRINTS = """
import json
from people.database.moving import _fingerprint, _tables
print(json.dumps({table._meta.db_table: _fingerprint(table, "default") for table in _tables()}))
"""


def environment(url: str) -> dict[str, str]:
    own = {"DATABASE_URL": url, "PROFILE": "local", "DATABASE_POOL": "0", "LOG_LEVEL": "ERROR"}
    return os.environ | own


def types(url: str, *words: str) -> str:
    done = subprocess.run(  # noqa: S603
        [sys.executable, *words], env=environment(url), cwd=ROOT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise RuntimeError(f"{' '.join(words)[:80]}: {(done.stderr or done.stdout)[-800:]}")
    return done.stdout


def manage(url: str, *words: str) -> str:
    return types(url, "manage.py", *words)


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill a move again and again.")
    parser.add_argument("--members", type=int, default=300)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    rng = random.Random(given.seed)  # noqa: S311  - when to kill it
    too_early = 0
    with load.own_database("postgresql") as (folder, url, _):
        source = f"sqlite:///{folder}/site.sqlite3"
        manage(source, "migrate", "-v0")
        manage(source, "load_ladder", "fixtures/ladders/pm")
        size = ["--members", str(given.members), "--team-size", "10", "--seed", "1"]
        types(source, "-m", "trials.scale.crowd", *size)
        before = types(source, "manage.py", "shell", "-v0", "-c", PRINTS)
        command = [sys.executable, "manage.py", "move_to_postgresql", url]
        for _turn in range(given.kills):
            with subprocess.Popen(command, cwd=ROOT, env=environment(source), stdout=subprocess.PIPE) as moving:  # noqa: S603
                time.sleep(rng.uniform(2, 12))
                moving.send_signal(signal.SIGKILL)
                if moving.wait() == 0:
                    break
            too_early += "READY" in manage(url, "shell", "-v0", "-c", READY)
        started = time.monotonic()
        said = manage(source, "move_to_postgresql", url) if moving.returncode else "it was done before it was killed"
        took = time.monotonic() - started
        after = types(url, "manage.py", "shell", "-v0", "-c", PRINTS)
        manage(url, "verify_audit")
        back = f"{folder}/back.sqlite3"
        manage(url, "move_to_sqlite", back)
        returned = types(f"sqlite:///{back}", "manage.py", "shell", "-v0", "-c", PRINTS)
        manage(f"sqlite:///{back}", "verify_audit")
    wrong = ["rows differ in PostgreSQL"] * (after != before) + ["rows differ after the way back"] * (
        returned != before
    )
    wrong += [f"{too_early} targets that were not whole said that they are ready"] * bool(too_early)
    return load.say(f"{given.kills} kills, the last run {took:.0f} s: {said.splitlines()[0]}", wrong)


if __name__ == "__main__":
    sys.exit(main())
