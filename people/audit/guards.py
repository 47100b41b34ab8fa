"""Triggers that keep the audit log from being changed, even by somebody who runs SQL through a hole in our code."""

from people.database.triggers import Guard

_GOES = "EXISTS (SELECT 1 FROM people_organisation WHERE id = OLD.organisation_id AND is_erasing)"

GUARDS = [
    Guard(
        name="audit_frozen",
        table="people_auditevent",
        event="UPDATE",
        condition="OLD.id IS NOT NULL",
        message="the audit log does not change",
    ),
    Guard(
        # Events may only go when the whole organisation, or a person's own space, is erased.
        name="audit_kept",
        table="people_auditevent",
        event="DELETE",
        condition=f"NOT {_GOES}",
        message="the audit log is kept for as long as its organisation",
    ),
]
