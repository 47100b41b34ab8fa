"""Brings a database of the first release with many assessments up to date, and watches whom each migration stops.

    python -m trials.operate.migrate_large [--assessments 100000] [--database sqlite|postgresql]

Fills the kept database of the first release (tests/upgrade/) with assessments of 25 ratings each, ten a person, and
runs `migrate`. Prints for each migration that takes a tenth of a second or stops anybody: its seconds, and on
PostgreSQL the strongest lock that it held on a large table, for how long, and how long somebody waited who saved
an answer all the while. On SQLite the site is stopped meanwhile. Needs PostgreSQL's programs and, for 100,000, some
gigabytes. Exits with 1 when a migration fails or a row is lost.
"""

import argparse
import contextlib
import hashlib
import lzma
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections import defaultdict
from functools import partial
from pathlib import Path
from typing import Any

import psycopg

from trials import load

KEPT = load.ROOT / "tests/upgrade/kept"
A_PERSON = 10
"""Assessments of one."""
LARGE = ("assessments_rating", "assessments_assessment", "assessments_outcome", "people_user", "people_organisation")
# From the weakest. The first four let others write, all but the last let them read.
MODES = ("AccessShare", "RowShare", "RowExclusive", "ShareUpdateExclusive", "Share", "ShareRowExclusive", "Exclusive")
STOPS_WRITERS = (*MODES[4:], "AccessExclusive")
_HELD = """SELECT c.relname, replace(l.mode, 'Lock', '') FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.granted AND a.application_name = 'migrate' AND c.relname = ANY(%s)"""
_TEMPLATE = "(SELECT assessment_id FROM assessments_rating GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)"


class Filler:
    """Copies rows of a database by statements that both kinds understand."""

    def __init__(self, connection: Any, kind: str) -> None:
        self.connection, self.cast = connection, "::uuid" if kind == "postgresql" else ""

    def key(self, what: str, number: str = "n") -> str:
        return f"md5('{what}' || {number}){self.cast}"

    def copy(self, table: str, numbers: str, where: str, **changed: str) -> None:
        columns = [column[0] for column in self.connection.execute(f"SELECT * FROM {table} LIMIT 0").description]  # noqa: S608
        values = ", ".join(changed.get(name, f"t.{name}") for name in columns)
        into = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM {table} t, {numbers}"  # noqa: S608
        self.connection.execute(f"{into} WHERE {where}")

    def fill(self) -> None:
        one = f"t.id = (SELECT rater_id FROM assessments_assessment WHERE id = {_TEMPLATE})"  # noqa: S608
        home = f"t.id = (SELECT home_id FROM people_user t WHERE {one})"  # noqa: S608
        person, space = self.key("user", f"(n / {A_PERSON})"), self.key("home", f"(n / {A_PERSON})")
        self.copy("people_organisation", "people", home, id=self.key("home"), slug="NULL")
        self.copy(
            "people_user",
            "people",
            one,
            id=self.key("user"),
            home_id=self.key("home"),
            email="'p' || n || '@b.example'",
        )
        whose = {"organisation_id": space}
        own = {"rater_id": person, "subject_id": person, "team_id": "NULL", "id": self.key("assessment")}
        self.copy("assessments_assessment", "numbers", f"t.id = {_TEMPLATE}", **own, **whose)
        theirs = {"assessment_id": self.key("assessment")} | whose
        where = f"t.assessment_id = {_TEMPLATE}"
        self.copy("assessments_outcome", "numbers", where, **theirs)
        theirs["id"] = self.key("rating", "n || '-' || t.competency_id")
        self.copy("assessments_rating", "numbers", where, **theirs)


def make_sqlite(file: Path, count: int) -> None:
    file.write_bytes(lzma.decompress((KEPT / "sqlite.sqlite3.xz").read_bytes()))
    with contextlib.closing(sqlite3.connect(file)) as connection:
        connection.create_function("md5", 1, lambda text: hashlib.md5(text.encode()).hexdigest())  # noqa: S324
        # `migrate` takes them away and puts them back, too.
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        for table, highest in (("numbers", count), ("people", count // A_PERSON)):
            connection.execute(f"CREATE TEMP TABLE {table} (n)")
            connection.executemany(f"INSERT INTO {table} VALUES (?)", ((n,) for n in range(highest + 1)))  # noqa: S608
        Filler(connection, "sqlite").fill()
        connection.commit()


def make_postgresql(url: str, count: int) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(lzma.decompress((KEPT / "postgresql.sql.xz").read_bytes()))
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica; SET search_path = public")
        for table, highest in (("numbers", count), ("people", count // A_PERSON)):
            connection.execute(f"CREATE TEMP TABLE {table} AS SELECT generate_series(0, {highest}) n")
        Filler(connection, "postgresql").fill()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


class Migrating:
    """`migrate` in a process of its own: which migration runs now, and how long each took."""

    def __init__(self, url: str) -> None:
        own = {"DATABASE_URL": url, "PROFILE": "local", "DATABASE_POOL": "0", "LOG_LEVEL": "ERROR"}
        own |= {"PYTHONUNBUFFERED": "1", "PGAPPNAME": "migrate"}
        self.process = subprocess.Popen(
            [sys.executable, "manage.py", "migrate", "--no-input"],
            cwd=load.ROOT,
            env=os.environ | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.now, self.seconds, self.said = "before", defaultdict[str, float](float), ""
        self.reading = threading.Thread(target=self._read)
        self.reading.start()

    def _read(self) -> None:
        assert self.process.stdout  # noqa: S101
        line, began = "", time.monotonic()
        while letter := self.process.stdout.read(1):
            line += letter
            if line.endswith("..."):
                began = self._took(began)
                self.now = line[:-3].split()[-1]
            if letter == "\n":
                if line.endswith(" OK\n"):
                    began = self._took(began)
                    self.now = "afterwards"
                self.said, line = (self.said + line)[-2000:], ""
        self._took(began)

    def _took(self, began: float) -> float:
        self.seconds[self.now] += time.monotonic() - began
        return time.monotonic()

    def is_running(self) -> bool:
        return self.process.poll() is None


class Watcher:
    """Asks PostgreSQL again and again which locks are held, and saves an answer again and again."""

    def __init__(self, migrating: Migrating, url: str) -> None:
        self.migrating, self.url = migrating, url
        self.held: dict[tuple[str, str, str], float] = defaultdict(float)
        self.waited: dict[str, float] = defaultdict(float)
        self.threads = [threading.Thread(target=what) for what in (self._look, self._save)]
        for thread in self.threads:
            thread.start()

    def _look(self) -> None:
        before = time.monotonic()
        with psycopg.connect(self.url, autocommit=True) as connection:
            while self.migrating.is_running():
                now, found = self.migrating.now, connection.execute(_HELD, [[*LARGE]]).fetchall()
                elapsed, before = time.monotonic() - before, time.monotonic()
                for table, mode in set(found):
                    self.held[now, table, mode] += elapsed
                time.sleep(0.01)

    def _save(self) -> None:
        save = """UPDATE assessments_rating SET evidence = evidence WHERE id = (SELECT r.id FROM assessments_rating r
        JOIN assessments_assessment a ON a.id = r.assessment_id WHERE a.status = 'draft' LIMIT 1)"""
        with psycopg.connect(self.url, autocommit=True) as connection:
            while self.migrating.is_running():
                now, began = self.migrating.now, time.monotonic()
                connection.execute(save)
                self.waited[now] = max(self.waited[now], time.monotonic() - began)
                time.sleep(0.02)

    def of(self, migration: str) -> str:
        """What stopped writers in this migration, and for how long somebody waited; empty when nobody did."""
        stopped = [
            f"{mode} on {table} {seconds:.2f} s"
            for (name, table, mode), seconds in self.held.items()
            if name == migration and mode in STOPS_WRITERS
        ]
        waited = self.waited[migration]
        return "; ".join([*stopped, *([f"a save took {waited:.1f} s"] if waited > 0.2 else [])])


def counts(connection: Any) -> list[int]:
    return [connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in LARGE]  # noqa: S608


def main() -> int:
    parser = argparse.ArgumentParser(description="Migrate a large database of the first release.")
    parser.add_argument("--assessments", type=int, default=100_000)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    given = parser.parse_args()
    with load.own_database(given.database) as (_, url, _):
        began = time.monotonic()
        file = url.removeprefix("sqlite:///")
        is_sqlite = given.database == "sqlite"
        open_it: Any = partial(sqlite3.connect, file) if is_sqlite else partial(psycopg.connect, url)
        if is_sqlite:
            make_sqlite(Path(file), given.assessments)
        else:
            make_postgresql(url, given.assessments)
        with contextlib.closing(open_it()) as connection:
            before = counts(connection)
        said = ", ".join(f"{count} in {table}" for table, count in zip(LARGE, before, strict=True))
        print(f"{said}; filled in {time.monotonic() - began:.0f} s", flush=True)
        began, migrating = time.monotonic(), Migrating(url)
        watcher = None if is_sqlite else Watcher(migrating, url)
        migrating.reading.join()
        status, took = migrating.process.wait(), time.monotonic() - began
        for thread in watcher.threads if watcher else ():
            thread.join()
        with contextlib.closing(open_it()) as connection:
            after = counts(connection)
    migrating.seconds["afterwards"] = migrating.seconds.pop("afterwards")
    for name, seconds in migrating.seconds.items():
        stopped = watcher.of(name) if watcher else ""
        if seconds >= 0.1 or stopped:
            print(f"{seconds:7.1f} s  {name}{'  ' + stopped if stopped else ''}")
    wrong = [migrating.said[-800:]] * bool(status) + [f"{before} rows became {after}"] * (before != after)
    figures = f"{given.database}, {given.assessments} assessments: migrate took {took:.0f} s"
    if watcher:
        figures += f", the longest save meanwhile {max(watcher.waited.values()):.2f} s"
    return load.say(figures, wrong)


if __name__ == "__main__":
    sys.exit(main())
