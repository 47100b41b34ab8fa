"""What can be looked at before somebody complains: each check says how it stands and what to do about it."""

import datetime
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.contrib.staticfiles.storage import staticfiles_storage
from django.core import checks, mail
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http.request import validate_host
from django.utils import timezone

from assessments.paper import pdf
from config.health import LITTLE_SPACE, free_space
from ladder.models import LadderVersion
from people.database.triggers import IN_FORCE, missing
from people.login import sealing
from people.login.second_factor import named, without_one
from people.login.second_steps import SECRETS, not_under_the_key
from people.mail import heartbeat
from people.models import OutboxMail

type State = Literal["ok", "warn", "fail"]
VERY_LITTLE_SPACE = 50_000_000
CLOCKS_APART, CLOCKS_FAR_APART = 2.0, 30.0
OLDEST_POSTGRESQL = 15
# A mail that waits for so long is no mail that was just written.
MAIL_LATE = 900


@dataclass(frozen=True, slots=True)
class Finding:
    """How something stands. `do` is empty when there is nothing to do."""

    name: str
    state: State
    said: str
    do: str = ""


def examine() -> Iterator[Finding]:
    """Everything, in the order in which one would mend it. What needs the database is left out while it is away."""
    yield from _settings()
    yield from _https()
    yield from _static_files()
    yield from _disk()
    yield from _pdf()
    yield from _mail()
    try:
        connection.ensure_connection()
    except (DatabaseError, InterfaceError) as error:
        said = " ".join(str(error).split())[:200] or "it does not answer"
        yield Finding("database", "fail", f"can't be reached: {said}", "Start it, or correct DATABASE_URL.")
        return
    for name, check in _WITH_DATABASE.items():
        try:
            yield from check()
        except (DatabaseError, InterfaceError) as error:
            yield Finding(name, "fail", f"can't be asked: {type(error).__name__}", "Run manage.py migrate.")


# Without the database


def _settings() -> Iterator[Finding]:
    if not settings.PRODUCTION:
        yield Finding("settings", "warn", f"the profile is {settings.PROFILE}", "Use PROFILE=production for people.")
        return
    found = list(_wrong_settings())
    yield from found or [Finding("settings", "ok", "production; Django’s checks for deployment find nothing")]


def _wrong_settings() -> Iterator[Finding]:
    for message in checks.run_checks(include_deployment_checks=True):
        if message.level >= checks.WARNING and not message.is_silenced():
            state: State = "fail" if message.is_serious() else "warn"
            do = message.hint or "See docs/operations.md."
            yield Finding("settings", state, f"{' '.join(str(message.msg).split())} ({message.id})", do)
    if settings.DEBUG:
        yield Finding("settings", "fail", "DEBUG is on: errors show the inside to everybody", "Take DEBUG away.")
    host = urlsplit(settings.SITE_URL).hostname or ""
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding("settings", "warn", "ALLOWED_HOSTS lets every name in", "Name the hosts that people type.")
    elif not validate_host(host, settings.ALLOWED_HOSTS):
        yield Finding("settings", "fail", f"SITE_URL leads to {host}, which is refused", "Add it to ALLOWED_HOSTS.")


def _https() -> Iterator[Finding]:
    behind_proxy = settings.SECURE_PROXY_SSL_HEADER is not None
    if not settings.HTTPS:
        state: State = "warn" if settings.PRODUCTION else "ok"
        yield Finding("https", state, "HTTPS is off: passwords travel in the clear", "Set HTTPS=1 behind a TLS proxy.")
    elif not behind_proxy:
        do = "Let the proxy set X-Forwarded-Proto, then set TRUST_PROXY_HTTPS_HEADER=1."
        yield Finding("https", "fail", "HTTPS is on and no proxy is trusted: every page redirects for ever", do)
    elif not settings.ALLAUTH_TRUSTED_PROXY_COUNT:
        do = "Set TRUSTED_PROXY_COUNT to the number of your proxies."
        yield Finding("https", "warn", "all visitors share the proxy’s address, and with it their rate limits", do)
    else:
        count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
        yield Finding("https", "ok", f"X-Forwarded-Proto is believed; trusted proxies: {count}")


def _static_files() -> Iterator[Finding]:
    hashed = getattr(staticfiles_storage, "hashed_files", None)
    if hashed is None:
        yield Finding("static files", "ok", "served from the source tree")
        return
    sources = {path for finder in get_finders() for path, _ in finder.list([])}
    lost = sorted(path for path in sources if path not in hashed)
    gone = sorted(name for name in hashed.values() if not (Path(settings.STATIC_ROOT) / name).is_file())
    if lost or gone:
        said = f"{len(lost)} files are not collected, {len(gone)} are missing in {settings.STATIC_ROOT}"
        yield Finding("static files", "fail", said, "Run manage.py collectstatic --noinput.")
    else:
        yield Finding("static files", "ok", f"{len(hashed)} files are collected")


def _disk() -> Iterator[Finding]:
    for what, free in free_space():
        state: State = "fail" if free < VERY_LITTLE_SPACE else "warn" if free < LITTLE_SPACE else "ok"
        do = "" if state == "ok" else "Make room: answers can’t be saved on a full disk."
        yield Finding("disk", state, f"{free // 1_000_000} MB are free where {what} is", do)


def _pdf() -> Iterator[Finding]:
    if pdf.is_available():
        yield Finding("pdf", "ok", "Pango is there")
    else:
        yield Finding("pdf", "warn", "no PDFs: Pango is missing", "Install libpango-1.0-0 and libpangoft2-1.0-0.")


def _mail() -> Iterator[Finding]:
    backend = settings.MAILERS["default"]["BACKEND"]
    if not backend.endswith("smtp.EmailBackend"):
        state: State = "warn" if settings.PRODUCTION else "ok"
        yield Finding("mail", state, "no mail server: mails go to the log or to files", "Set MAIL_URL.")
        return
    sender = mail.mailers["default"]
    try:
        sender.open()
        sender.close()
    except OSError as error:  # smtplib's errors are among them
        said = f"the mail server can’t be used: {type(error).__name__}"
        yield Finding("mail", "fail", said, "Check MAIL_URL: host, port, user and password, TLS.")
        return
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        yield Finding("mail", "warn", f"the sender is {settings.DEFAULT_FROM_EMAIL}", "Set MAIL_FROM.")
    yield Finding("mail", "ok", "the mail server lets us in")


# With the database


def _asked(statement: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return str(cursor.fetchone()[0])


def _database() -> Iterator[Finding]:
    started = time.perf_counter()
    _asked("SELECT 1")
    took = (time.perf_counter() - started) * 1000
    yield from _sqlite() if connection.vendor == "sqlite" else _postgresql()
    if took > 50:
        yield Finding("database", "warn", f"a round trip takes {took:.0f} ms", "Move it nearer, or look at its load.")


def _sqlite() -> Iterator[Finding]:
    version, journal = _asked("SELECT sqlite_version()"), _asked("PRAGMA journal_mode")
    if _asked("PRAGMA synchronous") not in {"2", "3"}:
        yield Finding(
            "database", "fail", "SQLite does not wait for the disk (synchronous)", "Don’t change settings.py."
        )
    else:
        yield Finding("database", "ok", f"SQLite {version}, journal {journal}, synchronous FULL")


def _postgresql() -> Iterator[Finding]:
    number = int(_asked("SHOW server_version_num")) // 10_000
    if number < OLDEST_POSTGRESQL:
        do = f"Move to PostgreSQL {OLDEST_POSTGRESQL} or newer."
        yield Finding("database", "fail", f"PostgreSQL {number} is too old", do)
    off = [name for name in ("fsync", "full_page_writes") if _asked(f"SHOW {name}") != "on"]
    if _asked("SHOW synchronous_commit") in {"off", "local"}:
        off.append("synchronous_commit")
    if off:
        do = "Turn it on in postgresql.conf; otherwise an answer that was acknowledged can be lost."
        yield Finding("database", "fail", f"{' and '.join(off)} is not on", do)
    if _asked("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "True":
        do = "Give Rungwise a role of its own that owns its database and nothing else."
        yield Finding("database", "warn", "we are connected as a superuser", do)
    if not off and number >= OLDEST_POSTGRESQL:
        yield Finding("database", "ok", f"PostgreSQL {_asked('SHOW server_version')}, synchronous_commit on")


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield Finding("migrations", "fail", f"{len(plan)} are waiting", "Run manage.py migrate.")
    else:
        yield Finding("migrations", "ok", "all are applied")


def _triggers() -> Iterator[Finding]:
    lost = missing(connection)
    if lost:
        said = f"{len(lost)} that protect frozen rows are missing: {', '.join(lost[:3])}"
        yield Finding("triggers", "fail", said, "Run manage.py migrate, which puts them back.")
    else:
        yield Finding("triggers", "ok", f"all {len(IN_FORCE)} are in place")


def _ladder() -> Iterator[Finding]:
    ladder = LadderVersion.objects.current().first()
    if ladder is None:
        do = "Run manage.py load_ladder fixtures/ladders/pm, or correct DEFAULT_LADDER."
        yield Finding("ladder", "fail", f"no ladder '{settings.DEFAULT_LADDER}' is loaded", do)
    else:
        yield Finding("ladder", "ok", f"{ladder.slug} version {ladder.version}")


def _clock() -> Iterator[Finding]:
    if connection.vendor == "sqlite":
        yield Finding("clock", "ok", f"{timezone.now():%Y-%m-%d %H:%M:%S} UTC; the database has no other")
        return
    before = time.time()
    theirs = float(_asked("SELECT extract(epoch FROM clock_timestamp())"))
    apart = abs(theirs - (before + time.time()) / 2)
    state: State = "fail" if apart > CLOCKS_FAR_APART else "warn" if apart > CLOCKS_APART else "ok"
    do = "" if state == "ok" else "Let both machines set their clocks by NTP."
    yield Finding("clock", state, f"{apart:.1f} s apart from the database’s", do)


def _worker() -> Iterator[Finding]:
    if not settings.MAIL_IN_BACKGROUND:
        yield Finding("worker", "ok", "not needed: mails leave at once in this profile")
        return
    problem = heartbeat.problem()
    if problem:
        do = "Start manage.py serve, or manage.py run_worker with WORKER=separate, and look at its log."
        yield Finding("worker", "warn", problem, do)
    else:
        yield Finding("worker", "ok", f"seen {heartbeat.age():.0f} s ago")


def _queue() -> Iterator[Finding]:
    now = timezone.now()
    unsent = OutboxMail.objects.filter(sent_at__isnull=True)
    waiting = unsent.filter(given_up_at__isnull=True)
    late = waiting.filter(created_at__lte=now - datetime.timedelta(seconds=MAIL_LATE)).count()
    given_up = unsent.filter(given_up_at__isnull=False).count()
    if late:
        do = "Look at mail and worker above, and at the log for “attempt”."
        yield Finding("queue", "warn", f"{late} mails have waited for more than 15 minutes", do)
    if given_up:
        do = "Their people can ask for them again; the log says why they failed."
        yield Finding("queue", "warn", f"{given_up} mails of the last 30 days were given up", do)
    if not late and not given_up:
        yield Finding("queue", "ok", f"{waiting.count()} mails wait")


def _second_factor() -> Iterator[Finding]:
    whom = {"staff": "staff, on their pages", "managers": "staff and those who lead people", "everybody": "everybody"}
    said = f"asked of {whom[settings.SECOND_FACTOR]}; {without_one().count()} of {named().count()} have none yet"
    yield Finding("second factor", "ok", said)


def _second_steps() -> Iterator[Finding]:
    others = not_under_the_key()
    lost = sum(not sealing.is_readable(row.data[SECRETS[row.type]]) for row in others.iterator())
    left = others.count() - lost
    if lost:
        do = "Put the earlier SECRET_KEY into SECRET_KEY_FALLBACKS, then run manage.py seal_second_steps."
        yield Finding("second steps", "fail", f"{lost} can’t be opened: their key is gone", do)
    if left:
        do = "Run manage.py seal_second_steps, once no process of an older release runs."
        yield Finding("second steps", "warn", f"{left} are in the clear or under an earlier key", do)
    if not lost and not left:
        yield Finding("second steps", "ok", "all are sealed under the present key")


_WITH_DATABASE: dict[str, Callable[[], Iterator[Finding]]] = {
    "database": _database,
    "migrations": _migrations,
    "triggers": _triggers,
    "ladder": _ladder,
    "second factor": _second_factor,
    "second steps": _second_steps,
    "clock": _clock,
    "worker": _worker,
    "queue": _queue,
}
