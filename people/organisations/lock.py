"""The lock on an organisation. People who join or leave and copies that are given there take turns by it."""

import uuid

from people.models import Organisation


def lock_organisation(organisation_id: uuid.UUID) -> None:
    """Make others who want this lock wait until our transaction ends. Take it before the lock on a review, never after.

    `no_key` lets others write rows that point at the organisation: somebody who holds a review and writes its outcome
    would otherwise wait for us while we wait for the review.
    """
    # Only the key: several steps of a transaction may ask, and whole rows read again would look like a missing join.
    list(Organisation.objects.select_for_update(no_key=True).filter(pk=organisation_id).values_list("pk"))
