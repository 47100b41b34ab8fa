"""Backs up and restores PostgreSQL by its own programs, which must not be older than the server.

They may be newer: Debian brings one version for all servers. What newer ones write is made to fit the server.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from django.db.backends.base.base import BaseDatabaseWrapper

from people.database.archive import made_by

PROGRAMS = ("pg_dump", "pg_restore", "psql")


class BackupError(Exception):
    """A backup or a restore that can't be done; the message is one line for the operator."""


@dataclass(frozen=True, slots=True)
class Program:
    """One of the client programs. `version` is its major version; 0 when it does not say one."""

    path: str
    version: int


def find_program(connection: BaseDatabaseWrapper, name: str) -> Program | None:
    """The program that would be run against this database; None when it is not installed."""
    path = shutil.which(name)
    if path is None:
        return None
    # Debian's pg_dump is a script that chooses a version by the host that it is to talk to.
    said = subprocess.run(  # noqa: S603
        [path, "--version"], env=_environment(connection), capture_output=True, text=True, check=False
    ).stdout
    found = re.search(r"(\d+)(?:\.\d+)?", said)
    return Program(path, int(found[1]) if found else 0)


def server_version(connection: BaseDatabaseWrapper) -> int:
    """The server's major version."""
    connection.ensure_connection()
    return int(connection.pg_version) // 10_000  # type: ignore[attr-defined]


def program(connection: BaseDatabaseWrapper, name: str) -> Program:
    """One of the programs. Raises BackupError when it is missing, or older than the server."""
    found = find_program(connection, name)
    if found is None:
        raise BackupError(f"{name} is not installed: install PostgreSQL's client programs (Debian: postgresql-client)")
    server = server_version(connection)
    if found.version < server:
        version = found.version or "unknown"
        raise BackupError(f"{name} has version {version} and the server {server}: install client programs {server}")
    return found


def _environment(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """How to reach the database, as environment variables: everybody on the machine can read a command line.

    All that DATABASE_URL says of the connection goes along, such as a client's certificate. Messages are in English,
    and none is a mere notice, so that the first one is the reason.
    """
    from psycopg import pq  # noqa: PLC0415  - SQLite needs none of it

    settings = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    given = {name: str(settings[key]) for name, key in names.items() if settings.get(key)}
    known = {option.keyword.decode(): option.envvar for option in pq.Conninfo.get_defaults()}
    for key, value in settings["OPTIONS"].items():
        if variable := known.get(key):
            given[variable.decode()] = str(value)
    options = [os.environ.get("PGOPTIONS", ""), str(settings["OPTIONS"].get("options", ""))]
    options.append("-c synchronous_commit=on -c client_min_messages=error")
    ours = {"PGOPTIONS": " ".join(filter(None, options)), "PGCONNECT_TIMEOUT": "10", "LC_ALL": "C"}
    return os.environ | given | ours


def _named(connection: BaseDatabaseWrapper) -> str:
    """What can't be a variable, for a command line. The database's name is there, too: what a service file says wins
    over a variable, and a proof of a backup would be restored into the database of the site."""
    from psycopg import pq  # noqa: PLC0415
    from psycopg.conninfo import make_conninfo  # noqa: PLC0415

    settings = connection.settings_dict
    # None is a secret: those are marked.
    bare = {option.keyword.decode() for option in pq.Conninfo.get_defaults() if not (option.envvar or option.dispchar)}
    given = {key: value for key, value in settings["OPTIONS"].items() if key in bare}
    return f"--dbname={make_conninfo(dbname=settings['NAME'], **given)}"


def dump(connection: BaseDatabaseWrapper, file: Path, *, snapshot: str = "") -> None:
    """Write an archive; with `snapshot`, of exactly what that transaction sees (pg_export_snapshot)."""
    command = [program(connection, "pg_dump").path, "--format=custom", "--no-owner", "--no-privileges"]
    command += [_named(connection), f"--file={file}", *([f"--snapshot={snapshot}"] if snapshot else [])]
    done = subprocess.run(  # noqa: S603
        command, env=_environment(connection), capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise BackupError(f"pg_dump failed: {_reason(done.stderr)}")


def check(connection: BaseDatabaseWrapper, file: Path) -> list[tuple[str, str]]:
    """App and name of each migration in a backup. Raises BackupError when it is not one of ours, or damaged."""
    reader = program(connection, "pg_restore")
    command = [reader.path, "--data-only", "--table=django_migrations", "--file=-", str(file)]
    done = subprocess.run(  # noqa: S603
        command, env=_environment(connection), capture_output=True, text=True, errors="replace", check=False
    )
    if done.returncode:
        raise BackupError(_unreadable(file, reader, done.stderr))
    rows = re.search(
        r"^COPY .*?django_migrations \((.*?)\) FROM stdin;\n(.*?)^\\\.$", done.stdout, re.MULTILINE | re.DOTALL
    )
    if not rows:
        return []
    columns = rows[1].split(", ")
    found = [dict(zip(columns, line.split("\t"), strict=True)) for line in rows[2].splitlines()]
    return [(row["app"], row["name"]) for row in found]


def _unreadable(file: Path, reader: Program, complaints: str) -> str:
    writer = made_by(file)
    if writer is None:
        return f"{file} is not a backup of Rungwise's PostgreSQL database: {_reason(complaints)}"
    if int(writer.partition(".")[0]) > reader.version:
        return (
            f"{file} was made by pg_dump {writer}, and pg_restore {reader.version} can't read it: "
            f"install client programs {writer.partition('.')[0]} or newer"
        )
    return f"{file} is damaged: {_reason(complaints)}"


def put(connection: BaseDatabaseWrapper, file: Path) -> None:
    """Drop what is there and load the backup, in one transaction: if it fails, the database is as it was."""
    restore, psql = program(connection, "pg_restore"), program(connection, "psql")
    drops, known = _drops(connection), _settings(connection)
    environment = _environment(connection)
    connection.close()
    with TemporaryFile("w+", errors="replace") as unread, TemporaryFile("w+", errors="replace") as refused:
        reader = subprocess.Popen(  # noqa: S603
            [restore.path, "--no-owner", "--no-privileges", "--file=-", str(file)],
            stdout=subprocess.PIPE,
            stderr=unread,
            env=environment,
        )
        writer = subprocess.Popen(  # noqa: S603
            [psql.path, _named(connection), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=refused,
            env=environment,
        )
        assert writer.stdin is not None  # noqa: S101  - for the type checker
        try:
            _feed(writer.stdin, drops, reader, known)
        except BrokenPipeError:
            reader.kill()
            reader.wait()
        # If reading the backup failed, psql has read no COMMIT, and rolled back at the end of its input.
        if writer.wait() or reader.returncode:
            complaints = refused if writer.returncode else unread
            complaints.seek(0)
            raise BackupError(f"the restore failed, and the database is as it was: {_reason(complaints.read())}")


def _feed(into: IO[bytes], drops: list[str], reader: "subprocess.Popen[bytes]", known: set[str]) -> None:
    assert reader.stdout is not None  # noqa: S101
    with into, reader.stdout:
        into.write(("BEGIN;\n" + "".join(f"{drop};\n" for drop in drops)).encode())
        into.writelines(_fitting(reader.stdout, known))
        if reader.wait() == 0:
            # Without statistics on the new tables the server would plan badly for a minute.
            into.write(b"\nANALYZE;\nCOMMIT;\n")


def _fitting(lines: IO[bytes], known: set[str]) -> Iterator[bytes]:
    """What pg_restore prints, without what this server could not know; rows pass as they are."""
    in_rows = False
    for line in lines:
        if in_rows or _is_known(line, known):
            yield line
        in_rows = line != b"\\.\n" if in_rows else line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n")


def _is_known(line: bytes, known: set[str]) -> bool:
    """Whether the server knows what a line sets: pg_dump 17 sets transaction_timeout, an error to older ones.

    One setting would let notices through. And pg_attver is what servers since November 2026 keep to themselves about a
    column; their own pg_dump leaves it out, but an older one prints it, and an older server does not know it.
    """
    if setting := re.match(rb"SET (\w+) = ", line):
        return setting[1].decode() in known and setting[1] != b"client_min_messages"
    return not re.fullmatch(rb"ALTER TABLE ONLY .* ALTER COLUMN .* SET \(pg_attver=\d+\);\n", line)


def _settings(connection: BaseDatabaseWrapper) -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_settings")
        return {row[0] for row in cursor.fetchall()}


def _drops(connection: BaseDatabaseWrapper) -> list[str]:
    """Statements that drop all tables and functions of our schema, but for those of extensions."""
    query = """
        SELECT format('DROP TABLE IF EXISTS %I.%I CASCADE', schemaname, tablename) FROM pg_tables
        WHERE schemaname = current_schema()
        UNION ALL
        SELECT format('DROP FUNCTION IF EXISTS %s CASCADE', p.oid::regprocedure) FROM pg_proc p
        JOIN pg_namespace n ON n.oid = p.pronamespace
        LEFT JOIN pg_depend d ON d.objid = p.oid AND d.deptype = 'e'
        WHERE n.nspname = current_schema() AND d.objid IS NULL AND p.prokind = 'f'
    """
    with connection.cursor() as cursor:
        cursor.execute(query)
        return [row[0] for row in cursor.fetchall()]


def _reason(complaints: str) -> str:
    """The first error; where none calls itself one, the first line. The place in what psql read says nobody anything,
    and the lines after the first may quote a row."""
    lines = [line.strip() for line in complaints.splitlines() if line.strip()]
    errors = [line for line in lines if re.search(r"\b(ERROR|FATAL|PANIC|error|fatal):", line)]
    return re.sub(r"^psql:<stdin>:\d+: ", "", next(iter(errors or lines), "no reason was given"))
