"""The author's ledger of who could read their copy, and who did.

A copy counts as read from the moment at which its steps stand before somebody: on a page of its own, in a part of
that page, or in the team's matrix and its files; a secret link when somebody opens it who is logged in. What a review
calls blind rests on this.
"""

import datetime
import uuid

from django.db.models import F
from django.utils import timezone

from assessments.models import Opening, ReportLink, Share
from people.audit.log import Kind, Verb, record
from people.database.transactions import transactional
from people.models import User

SAME_READING = datetime.timedelta(hours=1)
"""Turning to a copy again within this time is one reading in the audit log; the author's ledger counts each."""


@transactional
def note_opening(share: Share, reader: User) -> None:
    """Write into the ledger that somebody opened a copy."""
    now = timezone.now()
    opening = note_open_to(share, reader.pk)
    Opening.objects.filter(pk=opening.pk).update(last_at=now, times=F("times") + 1)
    if not opening.times or now - opening.last_at > SAME_READING:
        record(share.organisation_id, Verb.COPY_OPENED, share, kind=Kind.COPY, person=share.author_id)


def note_part(share: Share, reader: User) -> None:
    """The same for a part of the page. After the page it is the same reading; asked for alone, it is an opening.

    The client says that it wants a part: believing it would let somebody read a copy without a trace.
    """
    read = Opening.objects.filter(
        organisation=share.organisation_id, source=share.source_id, reader=reader, times__gt=0
    )
    if not read.exists():
        note_opening(share, reader)


def note_open_to(share: Share, reader: uuid.UUID) -> Opening:
    """Note in the ledger that somebody can read a copy from now on, as in the matrix. It does not count as opened."""
    return _line(share.organisation_id, share.source_id, share.author_id, reader)


@transactional
def note_link_opened(link: ReportLink, shown: uuid.UUID, reader: User) -> None:
    """The same for somebody who opened a secret link while they were logged in, and was shown this row of its report.
    It lies in the author's own space."""
    opening = _line(link.organisation_id, shown, link.author_id, reader.pk)
    Opening.objects.filter(pk=opening.pk).update(last_at=timezone.now(), times=F("times") + 1)


def _line(organisation: uuid.UUID, source: uuid.UUID, author: uuid.UUID, reader: uuid.UUID) -> Opening:
    now = timezone.now()
    return Opening.objects.get_or_create(
        organisation_id=organisation,
        source_id=source,
        reader_id=reader,
        defaults={"author_id": author, "first_at": now, "last_at": now, "times": 0},
    )[0]
