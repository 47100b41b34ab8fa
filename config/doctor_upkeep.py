"""The doctor's look at backups and what else is done each day."""

import datetime
from collections.abc import Iterator

from django.conf import settings
from django.db import connection
from django.utils import timezone

from config.finding import Finding
from people.database.backup_postgresql import PROGRAMS, find_program, server_version
from people.mail import hold
from people.upkeep import state

# Steps without which something can be lost, or was changed past us.
GRAVE = {"backup", "proof", "audit"}
# Steps that only manage.py daily does, and how long it may be away.
DUE_DAILY, STOPPED = {"abandoned", "sessions", "reminders", "digests"}, datetime.timedelta(hours=36)


def restored_copy() -> Iterator[Finding]:
    """Whether this is a restored database that nobody has declared live."""
    since = hold.held_since()
    if since:
        do = "Run manage.py go_live if this is to be the live site."
        yield Finding("warn", f"restored at {since:%Y-%m-%d %H:%M} UTC: nothing is mailed", do)
    else:
        yield Finding("ok", "live: mail is sent")


def upkeep() -> Iterator[Finding]:
    """Backups, their proof, and the other steps of manage.py daily."""
    if hold.is_held():
        return
    known = {each.step: each for each in state.steps()}
    # That the doctor found something, it says itself.
    found = [(step, said) for step, said in state.problems([*known.values()]) if step != "doctor"]
    for step, said in found:
        do = "Run manage.py daily by hand, as the user of the site, and see what it says."
        is_grave = step in GRAVE and step in known and known[step].failed
        yield Finding("fail" if is_grave else "warn", said, do)
    last = max((each.tried_at for each in known.values() if each.tried_at and each.step in DUE_DAILY), default=None)
    if last is None or timezone.now() - last > STOPPED:
        since = f"was last run at {last:%Y-%m-%d %H:%M} UTC" if last else "was never run"
        yield Finding("warn", f"manage.py daily {since}", "Let a timer run it each hour: docs/operations.md, Each day.")
    elif settings.BACKUP_DIR is None:
        yield Finding("warn", "manage.py daily makes no backups", "Set BACKUP_DIR, unless others back the database up.")
    elif not found:
        ages = {name: age for name in state.LATE if name in known and (age := known[name].age) is not None}
        yield Finding("ok", ", ".join(f"last {name} {state.age_in_words(age)} ago" for name, age in ages.items()))


def client_programs() -> Iterator[Finding]:
    """Whether `backup` and `restore` find programs that fit the server."""
    if connection.vendor == "sqlite":
        return
    server = server_version(connection)
    found = {name: find_program(connection, name) for name in PROGRAMS}
    missing = [name for name, program in found.items() if program is None]
    versions = {name: program.version for name, program in found.items() if program}
    old = [f"{name} {version}" for name, version in versions.items() if version < server]
    if missing:
        do = f"For backups, install PostgreSQL's client programs {server} or newer (Debian: postgresql-client)."
        yield Finding("warn", f"{' and '.join(missing)} not found", do)
    if old:
        do = f"For backups, install client programs {server} or newer, and let PATH find them first."
        yield Finding("fail", f"{' and '.join(old)} older than the server, which is {server}", do)
    if len(set(versions.values())) > 1:
        said = ", ".join(f"{name} {version}" for name, version in versions.items())
        do = "Let PATH find those of one version: an older pg_restore can't read what a newer pg_dump wrote."
        yield Finding("warn", f"they are of several versions: {said}", do)
    elif not missing and not old:
        version = next(iter(versions.values()))
        needs = (
            "" if version == server else f"; their backups need client programs {version} wherever they are restored"
        )
        yield Finding("ok", f"client programs {version} for server {server}{needs}")
