"""Backs up and restores PostgreSQL by its own programs, which must not be older than the server."""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import IO, Any

from django.db.backends.base.base import BaseDatabaseWrapper


class BackupError(Exception):
    """A backup or a restore that can't be done; the message is one line for the operator."""


def program(connection: BaseDatabaseWrapper, name: str) -> str:
    """The path of one of the programs. Raises BackupError when it is missing, or older than the server."""
    path = shutil.which(name)
    if path is None:
        raise BackupError(f"{name} is not installed: install PostgreSQL's client programs (Debian: postgresql-client)")
    said = subprocess.run([path, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    found = re.search(r"(\d+)(?:\.\d+)?", said)
    connection.ensure_connection()
    server = int(connection.pg_version) // 10_000  # type: ignore[attr-defined]
    if not found or int(found[1]) < server:
        version = found[1] if found else "unknown"
        raise BackupError(f"{name} has version {version} and the server {server}: install client programs {server}")
    return path


def _environment(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """How to reach the database, as environment variables: everybody on the machine can read a command line."""
    settings = connection.settings_dict
    names = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    given = {name: str(settings[key]) for name, key in names.items() if settings.get(key)}
    given |= {f"PG{key.upper()}": str(settings["OPTIONS"][key]) for key in ("sslmode", "sslrootcert", "service")
              if key in settings["OPTIONS"]}  # fmt: skip
    return os.environ | given | {"PGOPTIONS": "-c synchronous_commit=on", "PGCONNECT_TIMEOUT": "10"}


def dump(connection: BaseDatabaseWrapper, file: Path) -> None:
    command = [program(connection, "pg_dump"), "--format=custom", "--no-owner", "--no-privileges", f"--file={file}"]
    done = subprocess.run(  # noqa: S603
        command, env=_environment(connection), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise BackupError(f"pg_dump failed: {_one_line(done.stderr)}")


def check(connection: BaseDatabaseWrapper, file: Path) -> list[tuple[str, str]]:
    """App and name of each migration in a backup. Raises BackupError when it is not one of ours, or damaged."""
    command = [program(connection, "pg_restore"), "--data-only", "--table=django_migrations", "--file=-", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise BackupError(f"{file} is not a backup of Rungwise's PostgreSQL database: {_one_line(done.stderr)}")
    rows = re.search(
        r"^COPY .*?django_migrations \((.*?)\) FROM stdin;\n(.*?)^\\\.$", done.stdout, re.MULTILINE | re.DOTALL
    )
    if not rows:
        return []
    columns = rows[1].split(", ")
    found = [dict(zip(columns, line.split("\t"), strict=True)) for line in rows[2].splitlines()]
    return [(row["app"], row["name"]) for row in found]


def put(connection: BaseDatabaseWrapper, file: Path) -> None:
    """Drop what is there and load the backup, in one transaction: if it fails, the database is as it was."""
    restore, psql = program(connection, "pg_restore"), program(connection, "psql")
    drops = _drops(connection)
    connection.close()
    with tempfile.TemporaryFile("w+") as complaints:
        reader = subprocess.Popen(  # noqa: S603
            [restore, "--no-owner", "--no-privileges", "--file=-", str(file)],
            stdout=subprocess.PIPE,
            stderr=complaints,
        )
        writer = subprocess.Popen(  # noqa: S603
            [psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file=-"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            env=_environment(connection),
        )
        assert reader.stdout is not None  # noqa: S101  - for the type checker
        assert writer.stdin is not None  # noqa: S101
        try:
            _feed(writer.stdin, drops, reader)
        except BrokenPipeError:
            reader.kill()
            reader.wait()
        # If reading the backup failed, psql has read no COMMIT, and rolled back at the end of its input.
        if writer.wait() or reader.returncode:
            complaints.seek(0)
            raise BackupError(f"the restore failed, and the database is as it was: {_one_line(complaints.read())}")


def _feed(into: IO[bytes], drops: list[str], reader: "subprocess.Popen[bytes]") -> None:
    assert reader.stdout is not None  # noqa: S101
    with into, reader.stdout:
        into.write(("BEGIN;\n" + "".join(f"{drop};\n" for drop in drops)).encode())
        shutil.copyfileobj(reader.stdout, into)
        if reader.wait() == 0:
            # Without statistics on the new tables the server would plan badly for a minute.
            into.write(b"\nANALYZE;\nCOMMIT;\n")


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


def _one_line(text: Any) -> str:
    lines = [line.strip() for line in str(text).splitlines() if line.strip()]
    return lines[0] if lines else "no reason was given"
