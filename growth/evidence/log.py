"""A person's evidence log: finding, adding and changing entries."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from growth.models import EvidenceEntry
from ladder.rubric import Rubric
from people.database.transactions import transactional
from people.errors import PeopleError
from people.models import User

ENTRIES_MAX = 5000


class EvidenceError(PeopleError):
    """The log is full; the message is a sentence for the person."""


def log_of(user: User) -> QuerySet[EvidenceEntry]:
    """Newest first."""
    return EvidenceEntry.objects.filter(owner=user, organisation=user.home_id)


def about(rubric: Rubric, entries: Iterable[EvidenceEntry], competency: str) -> list[EvidenceEntry]:
    """The entries on a competency, also those that know it by a slug that it had before."""
    now = rubric.now.competencies
    return [entry for entry in entries if competency in {now.get(slug, slug) for slug in entry.competencies}]


@transactional
def add_entries(user: User, rows: list[dict[str, Any]]) -> list[EvidenceEntry]:
    """Add entries, each given as the fields of EvidenceForm.

    Raises EvidenceError, and adds none, if the log would hold more than ENTRIES_MAX.
    """
    User.objects.select_for_update().get(pk=user.pk)
    if log_of(user).count() + len(rows) > ENTRIES_MAX:
        raise EvidenceError(_("A log holds %(count)d entries. Delete some first.") % {"count": ENTRIES_MAX})
    return EvidenceEntry.objects.bulk_create(
        EvidenceEntry(organisation_id=user.home_id, owner=user, **row) for row in rows
    )


def change_entry(entry: EvidenceEntry, said: dict[str, Any]) -> None:
    for name, value in said.items():
        setattr(entry, name, value)
    entry.updated_at = timezone.now()
    entry.save(update_fields=[*said, "updated_at"])
