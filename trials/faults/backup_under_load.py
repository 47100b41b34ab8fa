"""Takes backups while people save answers, restores each into an empty database, and compares.

    python -m trials.faults.backup_under_load [--database sqlite|postgresql] [--backups 3]

Under load: whatever was acknowledged before a backup began must be in it, and nothing may be in it that was sent after
it ended. At rest: the hash of all rows of each table must be the same after the restore. Prints the figures; exits
with 1 when a row is missing or different. Sessions are left out: a restore logs everybody out.
"""

import argparse
import contextlib
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from trials import load

HASHES = (
    "import json; from django.db import connection; from people.database.rows import rows_of; "
    "print(json.dumps(rows_of(connection)))"
)


def book(takers: list[load.Taker], which: str) -> dict[tuple[str, str], int]:
    """The count of the last save of each question: `acknowledged` or `sent`."""
    return {(t.quiz, slug): getattr(key, which) for t in takers for slug, key in list(t.answers.items())}


@contextlib.contextmanager
def fresh(path: Path, number: str, cluster: load.Cluster | None) -> Iterator[str]:
    """The URL of a new, empty database."""
    if cluster is None:
        yield f"sqlite:///{path}/restored-{number}.sqlite3"
    else:
        cluster.tell(f"CREATE DATABASE restored_{number}")
        yield cluster.url(f"restored_{number}")


def well_done(done: "load.subprocess.CompletedProcess[str]") -> str:
    if done.returncode:
        raise RuntimeError(done.stderr[-1000:])
    return done.stdout


def hashes(server: load.Server, url: str) -> dict[str, str]:
    said = well_done(server.manage("shell", "--verbosity=0", "-c", HASHES, DATABASE_URL=url))
    return {table: value for table, value in json.loads(said).items() if table != "people_session"}


def main() -> int:
    parser = argparse.ArgumentParser(description="Back up under load, restore, compare.")
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--backups", type=int, default=3)
    parser.add_argument("--takers", type=int, default=4)
    given = parser.parse_args()
    missing = early = checked = 0
    with load.own_database(given.database) as (path, url, cluster):
        server = load.Server(path, url).wait()
        try:
            takers = load.start(server.address, given.takers)
            for number in range(given.backups):
                time.sleep(1)
                before = book(takers, "acknowledged")
                file = path / f"{number}.backup"
                well_done(server.manage("backup", str(file)))
                after = book(takers, "sent")
                with fresh(path, str(number), cluster) as target:
                    well_done(server.manage("restore", str(file), DATABASE_URL=target))
                    stored = load.rows_of(target)
                for name, count in before.items():
                    found = stored.get(name, ("", "", 0, 0))[3]
                    checked += bool(count)
                    missing += found < count
                    early += found > after[name]
            load.stop(takers)
            verdict = load.compare(takers, url)
            well_done(server.manage("backup", str(path / "quiet.backup")))
            with fresh(path, "quiet", cluster) as target:
                well_done(server.manage("restore", str(path / "quiet.backup"), DATABASE_URL=target))
                ours, theirs = hashes(server, url), hashes(server, target)
        finally:
            server.end()
    unlike = sorted(table for table in ours.keys() | theirs.keys() if ours.get(table) != theirs.get(table))
    wrong = [f"{missing} acknowledged answers are not in a backup"] * bool(missing)
    wrong += [f"{early} answers are in a backup before they were sent"] * bool(early)
    wrong += [f"different after the restore: {', '.join(unlike)}"] * bool(unlike)
    wrong += ["nothing was checked"] * (not checked) + ["the load itself lost answers"] * bool(verdict.lost)
    return load.say(
        f"{given.database}: {given.backups} backups under load, restored: {checked} answers acknowledged before, "
        f"{missing} missing; at rest: {len(ours) - len(unlike)} of {len(ours)} tables alike by the hash of their rows; "
        f"{verdict}",
        wrong,
    )


if __name__ == "__main__":
    sys.exit(main())
