"""Erases a person or an organisation in one transaction, and again in a database that was restored from a backup.

What happens to each table is said by the rules that apps register in people/erasure/rules.py. If anything still leads
to the person at the end, all of it is rolled back.
"""

import datetime
import fcntl
import hashlib
import json
import logging
import os
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, ManyToOneRel, OuterRef, ProtectedError
from django.utils.translation import gettext as _

from people.audit.log import Kind, Verb, is_by, record
from people.database.transactions import transactional
from people.erasure.names import Names
from people.erasure.rules import REGISTRY, Leaving
from people.errors import PeopleError
from people.models import AuditEvent, ErasureRecord, Membership, Organisation, User

log = logging.getLogger(__name__)
# Deleted last, as all other rows lead to them.
LAST = ("people.User", "people.Organisation")


class ErasureError(PeopleError):
    """Nothing was erased; the message is a sentence that says why."""


def owned_alone(user: User) -> list[Organisation]:
    """Organisations that would be left without an owner."""
    owners = Membership.objects.current().filter(role=Membership.Role.OWNER)
    others = owners.filter(organisation=OuterRef("organisation")).exclude(user=user)
    own = owners.filter(~Exists(others), user=user)
    return [row.organisation for row in own.select_related("organisation").order_by("organisation__folded")]


@transactional
def erase_person(user: User, *, even_last_owner: bool = False) -> None:
    """Erase an account and everything that is the person's own. What they agreed with others stays, without their name.

    Raises ErasureError when an organisation would be left without an owner, unless `even_last_owner` is set.
    """
    companies = _lock(user)
    if not even_last_owner and (alone := owned_alone(user)):
        names = ", ".join(item.name for item in alone)
        raise ErasureError(
            _("This is the last owner of %(names)s. Make somebody else an owner first.") % {"names": names}
        )
    leaving = _leaving(user)
    for step in REGISTRY.person_steps:
        step(leaving)
    for rule in reversed(REGISTRY.rules.values()):
        if rule.model in LAST or not rule.has_model:
            continue
        if rule.owners:
            rule.rows_of(user).delete()
        for name in rule.cleared:
            rule.rows.filter(**{name: user.pk}).update(**{name: None})
    _check(user)
    _erase_own_space(user)
    for organisation, role in companies.items():
        # Their membership is gone, so the log can't look their role up. An operator's command has no actor.
        own = role if is_by(user.pk) else ""
        record(organisation, Verb.ACCOUNT_ERASED, user.pk, kind=Kind.PERSON, person=user.pk, role=own)
    _note(ErasureRecord.What.PERSON, user.pk)


@transactional
def remove_organisation(organisation: Organisation) -> None:
    """Remove an organisation with its teams, rounds, copies, reviews and log. People keep what is in their own spaces.

    Raises ErasureError when people's reports depend on a ladder of the organisation.
    """
    key = organisation.pk
    Organisation.objects.select_for_update().get(pk=key)
    Organisation.objects.filter(pk=key).update(is_erasing=True)
    try:
        for step in REGISTRY.organisation_steps:
            step(organisation)
        Organisation.objects.get(pk=key).delete()
    except ProtectedError:
        raise ErasureError(
            _("People’s own reports were made with a ladder of this organisation, so it can’t be removed.")
        ) from None
    _note(ErasureRecord.What.ORGANISATION, key)


def _lock(user: User) -> dict[uuid.UUID, str]:
    """Lock the person's organisations and then the person: in the other order we could wait for somebody who waits for
    us. Returns the person's role in each organisation."""
    current = Membership.objects.current().filter(user=user, organisation__kind=Organisation.Kind.COMPANY)
    found = sorted(current.values_list("organisation", flat=True))
    list(Organisation.objects.select_for_update().filter(pk__in=found).order_by("pk"))
    User.objects.select_for_update().get(pk=user.pk)
    # Read again, as roles may have changed before we had the locks.
    return dict(current.order_by("organisation").values_list("organisation", "role"))


def _leaving(user: User) -> Leaving:
    addresses = frozenset({user.email, *EmailAddress.objects.filter(user=user).values_list("email", flat=True)})
    return Leaving(user, addresses, Names.of(user.name, addresses))


def _check(user: User) -> None:
    """Raise ErasureError if anything but the person's own row still leads to them."""
    for rule in REGISTRY.rules.values():
        if rule.owners and rule.model not in LAST and rule.rows_of(user).exists():
            raise ErasureError(f"rows of {rule.model} are left")
    # Rows that no rule names would be deleted silently, by cascade, without anybody having decided it.
    for field in User._meta.get_fields(include_hidden=True):  # noqa: SLF001
        # A key without a constraint may stay: its rule has decided that.
        if isinstance(field, ManyToOneRel) and getattr(field.field, "db_constraint", True):
            rows = field.related_model._default_manager.filter(**{field.field.name: user.pk})  # noqa: SLF001
            if rows.exists():
                raise ErasureError(f"rows of {field.related_model._meta.label} still name the person")  # noqa: SLF001


def _erase_own_space(user: User) -> None:
    home = user.home_id
    Organisation.objects.filter(pk=home).update(is_erasing=True)
    AuditEvent.objects.filter(organisation=home).delete()
    User.objects.get(pk=user.pk).delete()
    Organisation.objects.get(pk=home).delete()


# Remembering it


def hash_of_id(key: uuid.UUID) -> str:
    """The SHA-256 of an id. With 74 random bits, an id can't be guessed from it."""
    return hashlib.sha256(str(key).encode()).hexdigest()


def _note(what: str, key: uuid.UUID) -> None:
    erased, is_new = ErasureRecord.objects.get_or_create(id_hash=hash_of_id(key), defaults={"what": what})
    if is_new:
        transaction.on_commit(lambda: _append(erased))


def _append(erased: ErasureRecord) -> None:
    """Add it to the journal, a file outside the database. Without it, a restored backup would bring the person back."""
    path: Path | None = settings.ERASURE_JOURNAL
    if path is None:
        return
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            _write_whole(handle, f"{erased.as_line()}\n".encode())
        finally:
            os.close(handle)
    except OSError as error:
        # The table has it as well, and `manage.py export_erasures` can write the file again.
        log.error("the journal of erasures could not be written: %s", error.strerror)  # noqa: TRY400


def _write_whole(handle: int, line: bytes) -> None:
    """Write a line at the end of a file, or leave the file as it was: the next line would continue half of one, and
    neither could be read."""
    fcntl.flock(handle, fcntl.LOCK_EX)
    size = os.fstat(handle).st_size
    try:
        while line:
            line = line[os.write(handle, line) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, size)
        raise


def read_journal(path: Path) -> list[ErasureRecord]:
    """The lines of a journal. A last line that a crash cut off is left out; anything else wrong raises ErasureError."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    except (OSError, UnicodeDecodeError) as error:
        raise ErasureError(f"{path} can't be read as a journal of erasures") from error
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.endswith("\n") and number == len(lines) and not line.endswith("}"):
            continue
        if line.strip():
            found.append(_read_line(path, number, line))
    return found


def _read_line(path: Path, number: int, line: str) -> ErasureRecord:
    try:
        said = json.loads(line)
        at = datetime.datetime.fromisoformat(said["erased_at"])
        erased = ErasureRecord(what=str(said["what"]), id_hash=str(said["id_hash"]), erased_at=at)
        is_right = erased.what in ErasureRecord.What.values and len(bytes.fromhex(erased.id_hash)) == 32
    except (ValueError, TypeError, KeyError):
        is_right = False
    if not is_right or at.tzinfo is None:
        raise ErasureError(f"{path}, line {number} is not a line of a journal of erasures")
    return erased


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many were erased again, and the slugs of organisations that have no owner now."""

    people: int
    organisations: int
    ownerless: tuple[str, ...]


def replay(erased: Iterable[ErasureRecord]) -> Replayed:
    """Erase again everybody who was erased after a backup was made, and remember it.

    Each person is erased in a transaction of their own, so a replay that was interrupted can simply be run again.
    """
    ErasureRecord.objects.bulk_create(erased, ignore_conflicts=True)
    hashes = set(ErasureRecord.objects.values_list("id_hash", flat=True))
    removed = [key for key in Organisation.objects.values_list("pk", flat=True) if hash_of_id(key) in hashes]
    gone = [key for key in User.objects.values_list("pk", flat=True) if hash_of_id(key) in hashes]
    for key in removed:
        remove_organisation(Organisation.objects.get(pk=key))
    ownerless: set[str] = set()
    for key in gone:
        user = User.objects.get(pk=key)
        ownerless |= {item.slug or "" for item in owned_alone(user)}
        erase_person(user, even_last_owner=True)
    return Replayed(len(gone), len(removed), tuple(sorted(ownerless)))
