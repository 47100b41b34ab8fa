"""PostgreSQL over TLS, with a company's authority and clients' certificates: the site, and the programs for backups."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.utils import ConnectionHandler
from psycopg import pq

from config import databases
from people.database import backup_postgresql
from trials import load
from trials.certificates import authority, signed

OPTIONS = [option.keyword.decode() for option in pq.Conninfo.get_defaults()]
REFUSED = {"client_encoding", "fallback_application_name", "replication", "sslpassword", "sslkeylogfile"}
REFUSED |= {"scram_client_key", "scram_server_key"} | {option for option in OPTIONS if option.startswith("oauth_")}


def connection_to(url: str, monkeypatch: pytest.MonkeyPatch, **environment: str) -> BaseDatabaseWrapper:
    for name, value in {"DATABASE_URL": url, "DATABASE_POOL": "0", **environment}.items():
        monkeypatch.setenv(name, value)
    handler = ConnectionHandler(databases.configured(Path("unused"), pooled=False))
    made: BaseDatabaseWrapper = handler["default"]
    made.inc_thread_sharing()
    return made


@pytest.mark.parametrize("option", OPTIONS)
def test_each_option_of_a_connection_reaches_the_programs_or_is_refused(
    option: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the site reaches the database, so do they: a newer libpq brings options that nobody here thought of."""
    parts = {"host": "/x", "port": "/x", "user": "/x", "password": "u@/x", "dbname": "/", "service": "/x"}
    url = f"postgres://{parts.get(option, 'u:p@h:5/x')}?{option}=17"
    if option in REFUSED:
        with pytest.raises(ImproperlyConfigured, match=f"DATABASE_URL holds '{option}'"):
            connection_to(url, monkeypatch)
        return
    connection = connection_to(url, monkeypatch)
    variables = {defined.keyword.decode(): (defined.envvar or b"").decode() for defined in pq.Conninfo.get_defaults()}
    environment = backup_postgresql._environment(connection)
    named = backup_postgresql._named(connection)
    expected = {"connect_timeout": "10"}.get(option, "17")
    assert environment.get(variables[option], "").startswith(expected) or f" {option}=17" in f" {named}"
    assert "17" not in named or option == "dbname" or not variables[option]


@pytest.mark.parametrize(
    "wrong",
    [
        "u:p@h/x?sslmod=require",
        "u:p@h/x?ATOMIC_REQUESTS=1",
        "u:p@h/x?pool=1",
        "u:p@h/x?host=other",
        "u:p@h/x?dbname=y",
        "h/x?service=z",
        "/x?service=z&sslmode=require",
    ],
)
def test_what_the_site_and_the_programs_would_read_otherwise_is_refused(
    wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        connection_to(f"postgres://{wrong}", monkeypatch)


@pytest.mark.parametrize(
    ("query", "environment", "used"),
    [
        ("sslmode=verify-full", {}, "CA"),
        ("sslmode=verify-ca", {}, "CA"),
        ("sslmode=require", {}, None),
        ("sslmode=verify-full&sslrootcert=system", {}, "system"),
        ("sslmode=verify-full", {"PGSSLROOTCERT": "/theirs"}, None),
    ],
)
def test_ca_file_is_for_those_who_verify_and_named_no_other(
    query: str, environment: dict[str, str], used: str | None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = str(authority(tmp_path).file)
    connection = connection_to(f"postgres://u@h/x?{query}", monkeypatch, CA_FILE=file, **environment)
    assert connection.settings_dict["OPTIONS"].get("sslrootcert") == (file if used == "CA" else used)


@pytest.fixture(scope="module")
def cluster() -> Iterator[load.Cluster]:
    """A PostgreSQL that lets only those in who show a certificate of the company's."""
    if not shutil.which(str(load.PROGRAMS / "initdb")):
        pytest.skip("not run: needs PostgreSQL's server programs (Debian: postgresql)")
    with load.folder("rungwise-tls-") as folder:
        company = authority(folder, old=True)
        server = signed(company, folder)
        client = signed(company, folder, "postgres")
        if os.getuid() == 0:
            shutil.chown(server.key_file, "postgres")
        files = {"ssl_cert_file": server.file, "ssl_key_file": server.key_file, "ssl_ca_file": company.file}
        made = load.Cluster(folder, ssl="on", fsync="off", **{name: str(file) for name, file in files.items()}).make()
        (folder / "cluster/pg_hba.conf").write_text("hostssl all all 127.0.0.1/32 cert\n")
        made.start()
        try:
            assert client.file.exists()
            yield made
        finally:
            made.stop()


def test_backup_and_restore_over_tls_with_a_client_s_certificate(
    cluster: load.Cluster, db: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    at = cluster.folder.parent
    shown = f"sslcert={at}/postgres.crt&sslkey={at}/postgres.key&keepalives_idle=30"
    url = f"postgres://postgres@127.0.0.1:{cluster.port}/postgres?sslmode=verify-full"
    with pytest.raises(OperationalError, match="root certificate file"):
        connection_to(f"{url}&{shown}&sslrootcert=/nowhere", monkeypatch).ensure_connection()
    company = str(at / "company.crt")
    with pytest.raises(OperationalError, match="certificate"):
        connection_to(url, monkeypatch, CA_FILE=company).ensure_connection()
    connection = connection_to(f"{url}&{shown}", monkeypatch, CA_FILE=company)
    keep_and_bring_back(connection, tmp_path / "one.backup")
    # A service file, whose database is another one.
    with connection.cursor() as cursor:
        cursor.execute("CREATE DATABASE live")
    connection.close()
    entry = {"host": "127.0.0.1", "port": cluster.port, "user": "postgres", "dbname": "live", "sslmode": "verify-full"}
    entry |= {"sslrootcert": company, "sslcert": f"{at}/postgres.crt", "sslkey": f"{at}/postgres.key"}
    (tmp_path / "services").write_text("[ladder]\n" + "".join(f"{key}={value}\n" for key, value in entry.items()))
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "services"))
    keep_and_bring_back(connection_to("postgres:///postgres?service=ladder", monkeypatch), tmp_path / "two.backup")


def keep_and_bring_back(connection: BaseDatabaseWrapper, file: Path) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE kept AS SELECT 17 AS number")
    backup_postgresql.dump(connection, file)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE kept SET number = 18")
    backup_postgresql.put(connection, file)
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, (SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()) FROM kept")
        assert cursor.fetchall() == [(17, True)]
        cursor.execute("DROP TABLE kept")
    connection.close()
