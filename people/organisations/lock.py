"""The lock on an organisation: who comes, who goes, and which copies are given there take turns."""

import uuid

from people.models import Organisation


def lock_organisation(organisation_id: uuid.UUID) -> None:
    """Let others who change this wait until our transaction ends. Taken before the lock on a review, never after.

    Rows that point at the organisation may be written meanwhile (hence no key): whoever holds a review and writes its
    outcome would otherwise wait for us while we wait for the review.
    """
    # Several steps of one transaction may ask for it, each for itself: a plain row, which is no missing join.
    list(Organisation.objects.select_for_update(no_key=True).filter(pk=organisation_id).values_list("pk"))
