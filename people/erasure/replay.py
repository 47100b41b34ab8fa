"""After a restore, erases again everybody who was erased since the backup was made.

It knows them from the database that is replaced and from the journal, a file that outlives a lost database.
"""

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from people.database.backup import AFTER_RESTORE, BEFORE_RESTORE
from people.database.backup_postgresql import BackupError
from people.erasure.erase import ErasureError, read_journal, replay
from people.models import ErasureRecord

_known: list[ErasureRecord] = []


def remember() -> None:
    """Read the erasures that are recorded in the database, before it is replaced."""
    is_there = ErasureRecord._meta.db_table in connection.introspection.table_names()  # noqa: SLF001
    _known[:] = ErasureRecord.objects.all() if is_there else []


def forget_again() -> str:
    """Erase again, and say what was erased. Raises BackupError when the journal can't be read."""
    path = settings.ERASURE_JOURNAL
    try:
        done = replay([*_known, *(read_journal(path) if path and path.is_file() else [])])
    except ErasureError as error:
        raise BackupError(f"the backup is restored, but who was erased since is not erased again: {error}") from error
    finally:
        _known.clear()
    said = []
    if done.people:
        said.append(ngettext("%d person was erased again", "%d people were erased again", done.people) % done.people)
    if done.organisations:
        removed = ngettext(
            "%d organisation was removed again", "%d organisations were removed again", done.organisations
        )
        said.append(removed % done.organisations)
    said += [_("%s has no owner now: name one with name_owner") % slug for slug in done.ownerless]
    return "; ".join(said)


BEFORE_RESTORE.append(remember)
AFTER_RESTORE.append(forget_again)
