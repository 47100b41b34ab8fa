"""The checks of `manage.py doctor`: each says how something stands, and what to do about it."""

import datetime
import http.client
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import Request, getproxies, proxy_bypass, urlopen

import django
from django.conf import settings
from django.core import checks, mail
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http.request import validate_host
from django.utils import timezone

from assessments.paper import pdf
from config import doctor_upkeep
from config.finding import Finding, State
from config.health import DOCTOR_HEADER, LITTLE_SPACE, free_space
from config.health import doctor as signer
from config.version import VERSION
from ladder.models import LadderVersion
from people.authorities import advice, trusting
from people.database.private import is_private
from people.database.reasons import reason_of, why_unreachable
from people.database.triggers import IN_FORCE, missing
from people.login import sealing
from people.login.second_factor import named, without_one
from people.login.second_steps import SECRETS, not_under_the_key, site_keys_not_under_the_key
from people.mail import heartbeat
from people.management.serving import missing_static_files
from people.models import OutboxMail, User

VERY_LITTLE_SPACE = 50_000_000
CLOCKS_APART, CLOCKS_FAR_APART = 2.0, 30.0
OLDEST_POSTGRESQL = 15
# Seconds. A younger mail may just not have had its turn yet.
MAIL_LATE = 900


def examine() -> Iterator[tuple[str, Finding]]:
    """All checks by name, in the order in which one would mend things. Those that need the database come last, and are
    left out while it is away."""
    for name, check in _WITHOUT_DATABASE.items():
        for finding in check():
            yield name, finding
    if reason := why_unreachable():
        is_untrusted = "root certificate file" in reason or "certificate verify failed" in reason
        do = "Name its authority in CA_FILE, or by sslrootcert in DATABASE_URL." if is_untrusted else ""
        yield "database", Finding("fail", f"can't be reached: {reason}", do or "Start it, or correct DATABASE_URL.")
        return
    for name, check in _WITH_DATABASE.items():
        try:
            for finding in check():
                yield name, finding
        except (DatabaseError, InterfaceError) as error:
            yield name, Finding("fail", f"can't be asked: {type(error).__name__}", "Run manage.py migrate.")


# Without the database


def _version() -> Iterator[Finding]:
    python = ".".join(map(str, sys.version_info[:3]))
    yield Finding("ok", f"Rungwise {VERSION}, Django {django.__version__}, Python {python}")


def _settings() -> Iterator[Finding]:
    if not settings.PRODUCTION:
        yield Finding("warn", f"the profile is {settings.PROFILE}", "Use PROFILE=production for people.")
        return
    found = list(_wrong_settings())
    yield from found or [Finding("ok", "production; Django’s checks for deployment find nothing")]


def _wrong_settings() -> Iterator[Finding]:
    for message in checks.run_checks(include_deployment_checks=True):
        if message.level >= checks.WARNING and not message.is_silenced():
            state: State = "fail" if message.is_serious() else "warn"
            do = message.hint or "See docs/operations.md."
            yield Finding(state, f"{' '.join(str(message.msg).split())} ({message.id})", do)
    host = urlsplit(settings.SITE_URL).hostname or ""
    host = f"[{host}]" if ":" in host else host
    if "*" in settings.ALLOWED_HOSTS:
        yield Finding("warn", "ALLOWED_HOSTS lets every name in", "Name the hosts that people type.")
    elif not validate_host(host, settings.ALLOWED_HOSTS):
        yield Finding("fail", f"SITE_URL leads to {host}, which is refused", "Add it to ALLOWED_HOSTS.")


def _about() -> Iterator[Finding]:
    missing = [name for name, key in (("OPERATOR", "operator"), ("PRIVACY_URL", "privacy")) if not settings.ABOUT[key]]
    if missing and settings.PRODUCTION:
        yield Finding("warn", "pages don’t say who runs this, or how it keeps privacy", f"Set {' and '.join(missing)}.")
    else:
        yield Finding("ok", "pages say who runs this" if not missing else "nobody needs to know who runs this")


def _https() -> Iterator[Finding]:
    if not settings.HTTPS:
        state: State = "warn" if settings.PRODUCTION else "ok"
        yield Finding(state, "HTTPS is off: passwords travel in the clear", "Set HTTPS=1 behind a TLS proxy.")
    elif not settings.TRUST_PROXY_HTTPS_HEADER:
        do = "Let the proxy set X-Forwarded-Proto, then set TRUST_PROXY_HTTPS_HEADER=1."
        yield Finding("fail", "HTTPS is on and no proxy is trusted: every page redirects for ever", do)
    elif not settings.TRUSTED_PROXY_COUNT:
        do = "Set TRUSTED_PROXY_COUNT to the number of your proxies."
        yield Finding("warn", "all visitors share the proxy’s address, and with it their rate limits", do)
    else:
        yield Finding("ok", f"X-Forwarded-Proto is believed; trusted proxies: {settings.TRUSTED_PROXY_COUNT}")


# Nobody has it: it is set aside for examples.
_FORGED = "192.0.2.77"
_FORGERIES: tuple[dict[str, str], ...] = (
    {"X-Forwarded-For": _FORGED},
    {"X_Forwarded_For": _FORGED},
    {"X-Forwarded_For": _FORGED},
    {"X-Forwarded-Proto": "http"},
    {"X_Forwarded_Proto": "http"},
    {"X_Forwarded_Proto": "https"},
)


def _callers() -> Iterator[Finding]:
    """Ask ourselves through SITE_URL, as a visitor would who makes up where they come from."""
    try:
        seen = _seen_outside({})
        believed = [next(iter(forged)) for forged in _FORGERIES if _differs(_seen_outside(forged), seen)]
    except (OSError, ValueError, http.client.HTTPException) as error:
        way = " through the proxy of this machine" if _is_proxied() else ""
        said = f"SITE_URL could not be asked whom it sees{way}: {getattr(error, 'reason', error)}"
        do = advice(error) or "Run this again when the site is up, where SITE_URL can be reached."
        yield Finding("warn", said, f"{do} Or put the site’s name into NO_PROXY." if way else do)
        return
    count = settings.TRUSTED_PROXY_COUNT
    if believed:
        do = "Let the proxy write X-Forwarded-For and -Proto itself, as docs/operations.md shows; "
        do += "TRUSTED_PROXY_COUNT is the number of your proxies, no more."
        yield Finding("fail", f"visitors can make up where they come from, by {', '.join(believed)}", do)
    if seen["scheme"] != urlsplit(settings.SITE_URL).scheme:
        do = "Let the proxy set X-Forwarded-Proto, then set TRUST_PROXY_HTTPS_HEADER=1."
        yield Finding("fail", f"a visitor of SITE_URL is taken to use {seen['scheme']}", do)
    if seen["proxies"] != count:
        do = f"Set TRUSTED_PROXY_COUNT={seen['proxies']} if they are yours: else visitors share one address."
        yield Finding("warn", f"{seen['proxies']} proxies wrote an address, {count} are trusted", do)
    elif not believed:
        yield Finding("ok", f"seen from outside we are at {seen['address']}; six forgeries changed nothing")


def _seen_outside(forged: dict[str, str]) -> dict[str, Any]:
    headers = forged | {DOCTOR_HEADER: signer.sign("who")}
    asked = Request(f"{settings.SITE_URL}/healthz", headers=headers)  # noqa: S310  - http or https: checked at the start
    with urlopen(asked, timeout=5, context=trusting()) as response:  # noqa: S310
        said = json.load(response)
    if not isinstance(said, dict) or not said.keys() >= {"address", "scheme", "proxies"}:
        raise ValueError("what answers there is not this Rungwise, or has another SECRET_KEY")
    return said


def _is_proxied() -> bool:
    """Whether HTTPS_PROXY, HTTP_PROXY and NO_PROXY lead our own question elsewhere first."""
    site = urlsplit(settings.SITE_URL)
    return site.scheme in getproxies() and not proxy_bypass(site.netloc)


def _differs(seen: dict[str, Any], before: dict[str, Any]) -> bool:
    return bool(seen["scheme"] != before["scheme"] or seen["address"] == _FORGED)


def _static_files() -> Iterator[Finding]:
    if missing := missing_static_files():
        yield Finding("fail", missing, "Run manage.py collectstatic --noinput.")
    else:
        yield Finding("ok", "the files of pages are all there")


def _disk() -> Iterator[Finding]:
    for what, free in free_space():
        state: State = "fail" if free < VERY_LITTLE_SPACE else "warn" if free < LITTLE_SPACE else "ok"
        do = "" if state == "ok" else "Make room: answers can’t be saved on a full disk."
        yield Finding(state, f"{free // 1_000_000} MB are free where {what} is", do)


def _files() -> Iterator[Finding]:
    name = Path(settings.DATABASES["default"]["NAME"])
    places = [Path(settings.DATA_DIR)] + ([name] if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3") else [])
    is_open = [str(path) for path in places if not is_private(path)]
    if is_open:
        do = "As the user that Rungwise runs as: chmod go= on each of them."
        yield Finding("warn", f"other users of this machine may read {' and '.join(is_open)}", do)
    else:
        yield Finding("ok", "only our own user reads the data")


def _pdf() -> Iterator[Finding]:
    if pdf.is_available():
        yield Finding("ok", "Pango is there")
    else:
        yield Finding("warn", "no PDFs: Pango is missing", "Install libpango-1.0-0 and libpangoft2-1.0-0.")


def _mail() -> Iterator[Finding]:
    backend = settings.MAILERS["default"]["BACKEND"]
    if not backend.endswith("smtp.EmailBackend"):
        state: State = "warn" if settings.PRODUCTION else "ok"
        yield Finding(state, "no mail server: mails go to the log or to files", "Set MAIL_URL.")
        return
    sender = mail.mailers["default"]
    try:
        sender.open()
        sender.close()
    except OSError as error:  # smtplib's errors are among them
        do = advice(error) or "Check MAIL_URL: host, port, user and password, TLS."
        yield Finding("fail", f"the mail server can’t be used: {reason_of(error)}", do)
        return
    if settings.DEFAULT_FROM_EMAIL.rstrip(">").endswith("@localhost"):
        yield Finding("warn", f"the sender is {settings.DEFAULT_FROM_EMAIL}", "Set MAIL_FROM.")
    yield Finding("ok", "the mail server lets us in")


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
        yield Finding("warn", f"a round trip takes {took:.0f} ms", "Move it nearer, or look at its load.")


def _sqlite() -> Iterator[Finding]:
    version, journal = _asked("SELECT sqlite_version()"), _asked("PRAGMA journal_mode")
    if _asked("PRAGMA synchronous") not in {"2", "3"}:
        yield Finding("fail", "SQLite does not wait for the disk (synchronous)", "Don’t change settings.py.")
    else:
        yield Finding("ok", f"SQLite {version}, journal {journal}, synchronous FULL")


def _postgresql() -> Iterator[Finding]:
    number = int(_asked("SHOW server_version_num")) // 10_000
    if number < OLDEST_POSTGRESQL:
        yield Finding("fail", f"PostgreSQL {number} is too old", f"Move to PostgreSQL {OLDEST_POSTGRESQL} or newer.")
    off = [name for name in ("fsync", "full_page_writes") if _asked(f"SHOW {name}") != "on"]
    if _asked("SHOW synchronous_commit") in {"off", "local"}:
        off.append("synchronous_commit")
    if off:
        do = "Turn it on in postgresql.conf; otherwise an answer that was acknowledged can be lost."
        yield Finding("fail", f"{' and '.join(off)} is not on", do)
    if _asked("SELECT rolsuper FROM pg_roles WHERE rolname = current_user") == "True":
        do = "Give Rungwise a role of its own that owns its database and nothing else."
        yield Finding("warn", "we are connected as a superuser", do)
    if not off and number >= OLDEST_POSTGRESQL:
        yield Finding("ok", f"PostgreSQL {_asked('SHOW server_version')}, synchronous_commit on")


def _migrations() -> Iterator[Finding]:
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        yield Finding("fail", f"{len(plan)} are waiting", "Run manage.py migrate.")
    else:
        yield Finding("ok", "all are applied")


def _triggers() -> Iterator[Finding]:
    lost = missing(connection)
    if lost:
        said = f"{len(lost)} that protect frozen rows are missing: {', '.join(lost[:3])}"
        yield Finding("fail", said, "Run manage.py migrate, which puts them back.")
    else:
        yield Finding("ok", f"all {len(IN_FORCE)} are in place")


def _ladder() -> Iterator[Finding]:
    ladder = LadderVersion.objects.current().first()
    if ladder is None:
        do = "Run manage.py load_ladder fixtures/ladders/pm, or correct DEFAULT_LADDER."
        yield Finding("fail", f"no ladder '{settings.DEFAULT_LADDER}' is loaded", do)
    else:
        yield Finding("ok", f"{ladder.slug} version {ladder.version}")


def _addresses() -> Iterator[Finding]:
    """Accounts that meet others in one form of their addresses (people/login/one_form.py)."""
    clashing = User.objects.filter(email_clash=True).order_by("email")
    for email in clashing.values_list("email", flat=True)[:20]:
        do = "Its person was told; they choose another address, or erase one of their two accounts."
        yield Finding("warn", f"{ascii(email)[1:-1]} keeps a spelling whose one form is not its own", do)
    if unseen := User.objects.filter(email_canonical=None, email_clash=False).count():
        yield Finding("warn", f"{unseen} are not in their one form yet", "Run manage.py fill_in.")
    if not clashing and not unseen:
        yield Finding("ok", "each account has its own")


def _clock() -> Iterator[Finding]:
    if connection.vendor == "sqlite":
        yield Finding("ok", f"{timezone.now():%Y-%m-%d %H:%M:%S} UTC; the database has no other")
        return
    before = time.time()
    theirs = float(_asked("SELECT extract(epoch FROM clock_timestamp())"))
    apart = abs(theirs - (before + time.time()) / 2)
    state: State = "fail" if apart > CLOCKS_FAR_APART else "warn" if apart > CLOCKS_APART else "ok"
    do = "" if state == "ok" else "Let both machines set their clocks by NTP."
    yield Finding(state, f"{apart:.1f} s apart from the database’s", do)


def _worker() -> Iterator[Finding]:
    if not settings.MAIL_IN_BACKGROUND:
        yield Finding("ok", "not needed: mails leave at once in this profile")
        return
    problem = heartbeat.problem()
    if problem:
        do = "Start manage.py serve, or manage.py run_worker with WORKER=separate, and look at its log."
        yield Finding("warn", problem, do)
    else:
        yield Finding("ok", f"seen {heartbeat.age():.0f} s ago")


def _queue() -> Iterator[Finding]:
    now = timezone.now()
    late = OutboxMail.objects.due_by(now - datetime.timedelta(seconds=MAIL_LATE)).count()
    given_up = OutboxMail.objects.given_up().count()
    if late:
        do = "Look at mail and worker above, and at the log for “attempt”."
        yield Finding("warn", f"{late} mails have waited for more than 15 minutes", do)
    if given_up:
        do = "Their people can ask for them again; the log says why they failed."
        yield Finding("warn", f"{given_up} mails of the last 30 days were given up", do)
    if not late and not given_up:
        waiting = OutboxMail.objects.due_by(now).count()
        later = OutboxMail.objects.unsent().count() - waiting
        yield Finding("ok", f"{waiting} mails wait, and {later} for another day")


def _second_factor() -> Iterator[Finding]:
    whom = {"staff": "staff, on their pages", "managers": "staff and those who lead people", "everybody": "everybody"}
    said = f"asked of {whom[settings.SECOND_FACTOR]}; {without_one().count()} of {named().count()} have none yet"
    yield Finding("ok", said)


def _second_steps() -> Iterator[Finding]:
    others = not_under_the_key()
    lost = sum(not sealing.is_readable(row.data[SECRETS[row.type]]) for row in others.iterator())
    left = others.count() - lost
    keys = [sealing.is_readable(key.sealed) for key in site_keys_not_under_the_key()]
    left, lost = left + keys.count(True), lost + keys.count(False)
    if lost:
        do = "Put the earlier SECRET_KEY into SECRET_KEY_FALLBACKS, then run manage.py seal_second_steps."
        yield Finding("fail", f"{lost} can’t be opened: their key is gone", do)
    if left:
        do = "Run manage.py seal_second_steps, once no process of an older release runs."
        yield Finding("warn", f"{left} are in the clear or under an earlier key", do)
    if not lost and not left:
        yield Finding("ok", "all are sealed under the present key")


_WITHOUT_DATABASE: dict[str, Callable[[], Iterator[Finding]]] = {
    "version": _version,
    "settings": _settings,
    "about": _about,
    "https": _https,
    "callers": _callers,
    "static files": _static_files,
    "disk": _disk,
    "files": _files,
    "pdf": _pdf,
    "mail": _mail,
}
_WITH_DATABASE: dict[str, Callable[[], Iterator[Finding]]] = {
    "database": _database,
    "programs": doctor_upkeep.client_programs,
    "migrations": _migrations,
    "triggers": _triggers,
    "ladder": _ladder,
    "addresses": _addresses,
    "second factor": _second_factor,
    "second steps": _second_steps,
    "clock": _clock,
    "copy": doctor_upkeep.restored_copy,
    "upkeep": doctor_upkeep.upkeep,
    "worker": _worker,
    "queue": _queue,
}
