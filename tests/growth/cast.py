"""Entries and cases as the tests of this folder need them."""

import datetime
from typing import Any

from growth.models import EvidenceEntry
from people.models import User


def make_entry(user: User, **fields: Any) -> EvidenceEntry:
    """An entry of the log: discovery at a shop, with a measured result."""
    said = {
        "happened_on": datetime.date(2026, 5, 4),
        "problem": "Half of the baskets were left.",
        "approach": "Asked twelve shoppers and cut the form to five fields.",
        "outcome": "More of them paid.",
        "measure": "paid baskets in 100",
        "before": "51",
        "after": "64",
        "competencies": ["customer-insight"],
    }
    return EvidenceEntry.objects.create(organisation_id=user.home_id, owner=user, **(said | fields))
