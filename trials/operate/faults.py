"""Makes what goes wrong at an operator's, one fault at a time, and looks whether the doctor or the start names it.

    python -m trials.operate.faults [--only WORD]

A site as docs/operations.md describes it: production, PostgreSQL and mail over TLS with an authority of this script's
own, `manage.py daily` done. What is done to the database is done to a copy; then the doctor, or the command at hand,
must write one line that names the fault and was not there before. Prints fault and line, and exits with 1 when a fault
has none. --only makes those whose name holds the word.

Needs root (for small disks), nginx, openssl and PostgreSQL's programs of two versions, such as Debian's and those of
the development environment. The clock is the database's, put forward by a function in front of its own.
"""

import argparse
import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from trials import load
from trials.attacks.forged_address import proxy
from trials.certificates import authority, signed
from trials.operate import versions
from trials.operate.tls import MailServer

_SH = 'set -e; manage() { "$PYTHON" manage.py "$@"; }; '
SECOND_STEP = """
from allauth.mfa.models import Authenticator
from people.login import sealing
from people.models import User
Authenticator.objects.create(user=User.objects.first(), type="totp", data={"secret": sealing.seal("A" * 16)})
"""
_MAIL = (
    'manage shell -v0 -c "from people.models import OutboxMail; '
    "OutboxMail.objects.create(**dict.fromkeys('%s'.split(), '2026-01-01T00:00Z'))\""
)
_PROXY = """server {{
  listen {port}; listen {tls} ssl; ssl_certificate {certificate}; ssl_certificate_key {certificate_key};
  location / {{ proxy_pass http://127.0.0.1:{to}; proxy_set_header Host $host; HEADERS }} }}"""
_ADDS = "proxy_set_header X-Forwarded-Proto https; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;"
# What is in the audit log, changed by somebody who has the whole server.
_CHANGED = """SET session_replication_role = replica;
UPDATE people_auditevent SET at = at - interval '1 day' WHERE id = (SELECT id FROM people_auditevent LIMIT 1)"""
_AGO = "UPDATE people_proof SET {0} = {0} - interval '{1} days'"
_CLOCK = """CREATE SCHEMA ahead; GRANT USAGE ON SCHEMA ahead TO rungwise;
CREATE FUNCTION ahead.clock_timestamp() RETURNS timestamptz LANGUAGE sql
AS $$ SELECT pg_catalog.clock_timestamp() + interval '10 minutes' $$;
ALTER ROLE rungwise IN DATABASE {name} SET search_path = ahead, pg_catalog, public"""


@dataclass(frozen=True)
class Fault:
    """`settings` are set otherwise (empty: taken out), `sql` is done to the database, then `first` is typed. `says`
    must stand in what `ask` writes. With `proxy`, the site runs behind that one meanwhile."""

    name: str
    says: str
    settings: dict[str, str] = field(default_factory=dict)
    sql: str = ""
    first: str = ""
    ask: str = "doctor"
    proxy: str = ""


def _start(name: str, says: str, **settings: str) -> Fault:
    return Fault(name, says, settings, ask="serve")


FAULTS = [
    _start("no SECRET_KEY", "SECRET_KEY is not set", SECRET_KEY=""),
    _start("a short SECRET_KEY", "SECRET_KEY is too short", SECRET_KEY="short"),  # noqa: S106
    _start("a SECRET_KEY of one letter", "SECRET_KEY repeats itself", SECRET_KEY="x" * 60),
    _start("an example as SECRET_KEY", "SECRET_KEY is an example", SECRET_KEY="changeme-{key}"),  # noqa: S106
    _start("a misspelt setting", "Did you mean SESSION_IDLE_HOURS", SESSION_IDLE_HOUR="3"),
    _start("a setting out of its range", "SESSION_IDLE_HOURS='9000' is not", SESSION_IDLE_HOURS="9000"),
    _start("no ALLOWED_HOSTS", "ALLOWED_HOSTS is not set", ALLOWED_HOSTS=""),
    _start(
        "ALLOWED_HOSTS with a scheme",
        "ALLOWED_HOSTS: 'https://a.example' is no name",
        ALLOWED_HOSTS="https://a.example",
    ),
    _start("SITE_URL without a scheme", "SITE_URL='a.example' is no address", SITE_URL="a.example"),
    _start("SITE_URL under a path", "can't live under a path", SITE_URL="https://localhost/rungwise"),
    _start("MAIL_FROM without an address", "MAIL_FROM='Rungwise' is no", MAIL_FROM="Rungwise"),
    _start(
        "a raw @ in the password of the database", "DATABASE_URL can't be read", DATABASE_URL="postgres://u:p/@x@h/db"
    ),
    _start("a raw # in the password of mail", "MAIL_URL can't be read", MAIL_URL="smtp://u:p#x@h:587"),
    _start("a short METRICS_TOKEN", "METRICS_TOKEN", METRICS_TOKEN="abc"),  # noqa: S106
    _start("DEBUG in production", "DEBUG", DEBUG="1"),
    _start("files that were not collected", "static files are not collected", STATIC_ROOT="{folder}/nothing"),
    _start("DATA_DIR can't be written", "DATA_DIR=.* can't be written: Read-only", DATA_DIR="{read_only}"),
    _start("DATA_DIR can't be made", "DATA_DIR=.* can't be", DATA_DIR="{read_only}/data", DATABASE_URL=""),
    _start("the port is taken", "port {taken} is taken", PORT="{taken}"),
    _start("HEALTH_PORT is taken", "port {taken} is taken", HEALTH_PORT="{taken}"),
    _start("LISTEN is no address of this machine", "can't listen on 192.0.2.1", LISTEN="192.0.2.1"),
    _start(
        "no database at the start", "the database can't be reached: .*refused", DATABASE_URL="{refused}", MIGRATE="1"
    ),
    Fault("database: host unknown", "resolve host 'nowhere.invalid'", {"DATABASE_URL": "{no_host}"}),
    Fault("database: nobody listens", "database .*Connection refused", {"DATABASE_URL": "{refused}"}),
    Fault("database: no such name", 'database "other" does not exist', {"DATABASE_URL": "{no_name}"}),
    Fault("database: wrong password", "password authentication failed", {"DATABASE_URL": "{no_password}"}),
    Fault("database: no such role", '(role|user) "stranger"', {"DATABASE_URL": "{no_role}"}),
    Fault(
        "database: certificate of an unknown authority", "certificate verify failed", {"DATABASE_URL": "{no_authority}"}
    ),
    Fault(
        "database: certificate of another host", 'does not match host name "127.0.0.1"', {"DATABASE_URL": "{no_match}"}
    ),
    Fault(
        "database: away, and migrate is run",
        "can't be reached: .*refused",
        {"DATABASE_URL": "{refused}"},
        ask="migrate",
    ),
    Fault(
        "database: on another machine without TLS",
        "W001",
        {"DATABASE_URL": "postgres://u:p@192.0.2.1/x?connect_timeout=2"},
    ),
    Fault("database: a superuser's", "connected as a superuser", {"DATABASE_URL": "{super}"}),
    Fault(
        "database: commits are not waited for",
        "synchronous_commit is not on",
        {"DATABASE_TRANSACTION_POOLER": "1"},
        "ALTER ROLE rungwise IN DATABASE {name} SET synchronous_commit = off",
    ),
    Fault("migrations are waiting", r"migrations +\d+ are waiting", {"DATABASE_URL": "{empty}"}),
    Fault("a trigger is gone", r"triggers +\d+ that protect", sql="ALTER TABLE people_auditevent DISABLE TRIGGER USER"),
    Fault("no ladder", "no ladder 'other' is loaded", {"DEFAULT_LADDER": "other"}),
    Fault(
        "mail: host unknown", "the mail server .*(not known|resolution)", {"MAIL_URL": "smtp://u:p@nowhere.invalid:587"}
    ),
    Fault("mail: nobody listens", "the mail server .*refused", {"MAIL_URL": "smtp://user:right@localhost:{free}"}),
    Fault("mail: wrong password", "the mail server .*535", {"MAIL_URL": "smtp://user:wrong@localhost:{mail}"}),
    Fault(
        "mail: certificate of an unknown authority",
        "the mail server .*CERTIFICATE_VERIFY_FAILED",
        {"SSL_CERT_FILE": "{stranger}"},
    ),
    Fault(
        "mail: certificate of another host",
        "the mail server .*IP address mismatch",
        {"MAIL_URL": "smtp://user:right@127.0.0.1:{mail}"},
    ),
    Fault(
        "mail: a server without STARTTLS",
        "the mail server .*STARTTLS",
        {"MAIL_URL": "smtp://user:right@localhost:{plain}"},
    ),
    Fault("mail: none set", "no mail server", {"MAIL_URL": ""}),
    Fault("mail: no sender", "the sender is Rungwise", {"MAIL_FROM": ""}),
    Fault("mails wait", "1 mails have waited", first=_MAIL % "created_at next_at"),
    Fault("mails were given up", "1 mails of the last 30 days", first=_MAIL % "given_up_at"),
    Fault("no worker", "no worker of jobs has been seen", sql="DELETE FROM cache"),
    Fault("HTTPS and no proxy that is believed", "every page redirects for ever", {"TRUST_PROXY_HTTPS_HEADER": "0"}),
    Fault("HTTPS is off", "passwords travel in the clear", {"HTTPS": "0"}),
    Fault("no proxies counted", "all visitors share the proxy", {"TRUSTED_PROXY_COUNT": "0"}),
    Fault(
        "SITE_URL leads elsewhere",
        "SITE_URL leads to other.example, which is refused",
        {"SITE_URL": "https://other.example"},
    ),
    Fault(
        "forged callers",
        "visitors can make up where they come from",
        {"TRUSTED_PROXY_COUNT": "2"},
        proxy=_PROXY.replace("HEADERS", _ADDS),
    ),
    Fault(
        "a proxy that does not say https",
        "a visitor of SITE_URL is taken to use http",
        proxy=_PROXY.replace("HEADERS", ""),
    ),
    Fault(
        "more proxies than are counted",
        "1 proxies wrote an address, 0 are trusted",
        {"TRUSTED_PROXY_COUNT": "0"},
        proxy=_PROXY.replace("HEADERS", _ADDS),
    ),
    Fault(
        "every host is let in",
        "ALLOWED_HOSTS lets every name in",
        {"ALLOWED_HOSTS": "*", "SITE_URL": "https://localhost"},
    ),
    Fault(
        "files that were not collected, seen by the doctor",
        "static files are not collected",
        {"STATIC_ROOT": "{folder}/nothing"},
    ),
    Fault("the disk is nearly full", "fail  disk .* MB are free where the data folder is", {"DATA_DIR": "{small}"}),
    Fault("others may read the data", "other users of this machine may read", {"DATA_DIR": "{open}"}),
    Fault("no list of stolen passwords", "E001", {"BREACHED_PASSWORDS": "{folder}/nothing"}),
    Fault("the local profile", "the profile is local", {"PROFILE": "local"}),
    Fault("the clock is off", "60[0-9].* s apart from the database", sql=_CLOCK),
    Fault("no programs of PostgreSQL", "pg_dump and pg_restore and psql not found", {"PATH": "{folder}"}),
    Fault("programs older than the server", "older than the server", {"PATH": "{older}:{path}"}),
    Fault("daily was never run", "manage.py daily was never run", sql="DELETE FROM people_proof"),
    Fault("daily was stopped", "manage.py daily was last run", sql=_AGO.format("tried_at", 3)),
    Fault("no backups are made", "daily makes no backups", {"BACKUP_DIR": ""}),
    Fault("an old backup", "the last good backup is 3 days old", sql=_AGO.format("at", 3)),
    Fault("an old proof", "the last proof of a backup is 12 days old", sql=_AGO.format("at", 12)),
    Fault("a backup without room", "backup failed", {"BACKUP_DIR": "{read_only}"}, first="manage daily backup || true"),
    Fault(
        "a backup that can't be brought back",
        "proof failed",
        {"BACKUP_DIR": "{folder}/damaged"},
        first="manage daily backup; truncate --size=90000 $BACKUP_DIR/*.backup; manage daily proof",
    ),
    Fault("an audit log that was changed", "audit failed", sql=_CHANGED, first="manage daily audit || true"),
    Fault(
        "a restored copy", "nothing is mailed", first="manage backup $DATA_DIR/b; manage restore $DATA_DIR/b --replace"
    ),
    Fault("second steps that nobody can open", "can’t be opened: their key is gone", {"SECRET_KEY": "{another}"}),
    Fault(
        "second steps under an earlier key",
        "under an earlier key",
        {"SECRET_KEY": "{another}", "SECRET_KEY_FALLBACKS": "{key}"},
    ),
]


class Site:
    """A site that is well, and copies of its database that are not."""

    def __init__(self, folder: Path, cluster: load.Cluster, facts: dict[str, str]) -> None:
        self.folder, self.cluster, self.facts = folder, cluster, facts
        self.settings = {
            "PATH": facts["path"],
            "PYTHON": sys.executable,
            "SECRET_KEY": facts["key"],
            "ALLOWED_HOSTS": "localhost",
            "DATABASE_URL": self.url("rungwise"),
            "DATA_DIR": f"{folder}/data",
            "BACKUP_DIR": f"{folder}/backups",
            "STATIC_ROOT": f"{folder}/static",
            "MAIL_URL": f"smtp://user:right@localhost:{facts['mail']}",
            "MAIL_FROM": "Rungwise <ladder@example.com>",
            "SSL_CERT_FILE": facts["authority"],
            "TRUST_PROXY_HTTPS_HEADER": "1",
            "TRUSTED_PROXY_COUNT": "1",
            "DATABASE_POOL": "0",
            "LOG_LEVEL": "ERROR",
        }

    def url(self, name: str, *, user: str = "rungwise:right", at: str = "", authority: str = "authority") -> str:
        at = at or f"localhost:{self.cluster.port}"
        return f"postgres://{user}@{at}/{name}?sslmode=verify-full&sslrootcert={self.facts[authority]}"

    def types(self, script: str, settings: dict[str, str]) -> str:
        """What is written, on whatever stream."""
        environment = {name: value for name, value in settings.items() if value}
        done = subprocess.run(  # noqa: S603
            ["/bin/sh", "-c", _SH + script],
            env=environment,
            cwd=load.ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=120,
        )
        return done.stdout

    def fill(self) -> None:
        for line in ("CREATE ROLE rungwise LOGIN CREATEDB PASSWORD 'right'", "CREATE DATABASE empty OWNER rungwise"):
            self.cluster.tell(line)
        self.cluster.tell("CREATE DATABASE rungwise OWNER rungwise")
        script = "manage collectstatic --noinput -v0; manage migrate -v0; manage load_ladder fixtures/ladders/pm; "
        script += f"PROFILE=local manage load_demo; manage shell -v0 -c '{SECOND_STEP}'; "
        script += "manage run_worker --batch; manage daily -v0; echo all done"
        if "all done" not in (said := self.types(script, self.settings)):
            raise RuntimeError(said)

    def facts_of(self, name: str) -> dict[str, str]:
        """What a fault may name in its settings and statements."""
        elsewhere = {
            "no_host": self.url(name, at="nowhere.invalid"),
            "refused": self.url(name, at=f"localhost:{self.facts['free']}"),
            "no_name": self.url("other"),
            "no_password": self.url(name, user="rungwise:wrong"),
            "no_role": self.url(name, user="stranger:right"),
            "no_authority": self.url(name, authority="stranger"),
            "no_match": self.url(name, at=f"127.0.0.1:{self.cluster.port}"),
            "super": self.url(name, user="postgres"),
            "empty": self.url("empty"),
        }
        return self.facts | elsewhere | {"name": name}

    def lines(self, fault: Fault, number: int) -> list[str]:
        """What is written while the fault is there."""
        name = f"fault_{number}" if fault.sql or fault.first else "rungwise"
        if name != "rungwise":
            self.cluster.tell(f"CREATE DATABASE {name} TEMPLATE rungwise OWNER rungwise")
        facts = self.facts_of(name)
        own = {key: value.format_map(facts) for key, value in fault.settings.items()}
        settings = self.settings | {"DATABASE_URL": self.url(name)} | own
        if fault.sql:
            self.cluster.tell(fault.sql.format_map(facts), name)
        if fault.first:
            self.types(fault.first, settings)
        with self._behind(fault, settings, number) as changed:
            return self.types(f"manage {fault.ask}", settings | changed).splitlines()

    @contextlib.contextmanager
    def _behind(self, fault: Fault, settings: dict[str, str], number: int) -> Iterator[dict[str, str]]:
        if not fault.proxy:
            yield {}
            return
        port, tls = load.free_port(), load.free_port()
        server = load.Server(
            self.folder, settings["DATABASE_URL"], migrate=False, **settings | {"PROFILE": "production"}
        )
        try:
            config = fault.proxy.format(port=port, tls=tls, to=server.wait().port, **self.facts)
            with proxy("nginx", config, port, self.folder / f"nginx-{number}"):
                yield {"SITE_URL": f"https://localhost:{tls}"}
        finally:
            server.end()


@contextlib.contextmanager
def small_disk(path: Path, options: str) -> Iterator[None]:
    path.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(path)], check=True)  # noqa: S603, S607
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(path)], check=False)  # noqa: S603, S607


@contextlib.contextmanager
def site() -> Iterator[Site]:
    found = versions.installed([])
    newest, oldest = found[max(found)], found[min(found)]
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(load.folder())
        ours, stranger = authority(folder), authority(folder, "stranger")
        certificate = signed(ours, folder, "localhost")
        own_key = folder / "postgresql.key"
        shutil.copyfile(certificate.key_file, own_key)
        own_key.chmod(0o600)
        if os.getuid() == 0:
            shutil.chown(own_key, "postgres")
        tls = {"ssl": "on", "ssl_cert_file": str(certificate.file), "ssl_key_file": str(own_key)}
        cluster = load.Cluster(folder, programs=newest, **tls).make()
        rights = cluster.folder / "pg_hba.conf"
        asked = "".join(f"hostssl all {role} 127.0.0.1/32 scram-sha-256\n" for role in ("rungwise", "stranger"))
        rights.write_text(asked + rights.read_text())
        stack.callback(cluster.start().stop)
        mail, plain = MailServer(certificate), MailServer()
        stack.callback(mail.end)
        stack.callback(plain.end)
        stack.enter_context(small_disk(folder / "small", "size=40m"))
        stack.enter_context(small_disk(folder / "read-only", "ro"))
        taken = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        (folder / "open").mkdir(mode=0o755)
        (folder / "data").mkdir(mode=0o700)
        facts = {
            "folder": folder, "authority": ours.file, "stranger": stranger.file, "small": folder / "small",
            "certificate": certificate.file, "certificate_key": certificate.key_file, "read_only": folder / "read-only",
            "open": folder / "open", "older": oldest, "path": f"{newest}:{os.environ['PATH']}",
            "mail": mail.port, "plain": plain.port, "taken": taken.getsockname()[1], "free": load.free_port(),
            "key": secrets.token_urlsafe(64), "another": secrets.token_urlsafe(64),
        }  # fmt: skip
        made = Site(folder, cluster, {name: str(value) for name, value in facts.items()})
        made.fill()
        yield made


def main() -> int:
    parser = argparse.ArgumentParser(description="Make faults, and see whether they are named.")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    faults = [fault for fault in FAULTS if given.only in fault.name]
    wrong = []
    with site() as well:
        before = "\n".join(well.types("manage doctor", well.settings).splitlines())
        print(before, end="\n\n")
        for number, fault in enumerate(faults):
            says = re.compile(fault.says.format_map(well.facts) if "{taken}" in fault.says else fault.says)
            named = [line for line in well.lines(fault, number) if says.search(line) and not says.search(before)]
            print(f"{fault.name}: {named[0] if named else 'NOT NAMED'}", flush=True)
            wrong += [fault.name] * (not named)
    return load.say(f"{len(faults) - len(wrong)} of {len(faults)} faults are named", wrong)


if __name__ == "__main__":
    sys.exit(main())
