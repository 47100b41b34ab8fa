"""Triggers that keep published ladder versions, and the rows made from them, from being changed or deleted."""

from people.database.triggers import Guard

_CHANGED = " OR ".join(
    f"NEW.{column} IS DISTINCT FROM OLD.{column}"
    for column in (
        "id",
        "organisation_id",
        "slug",
        "version",
        "title",
        "format",
        "checksum",
        "published_at",
        "meets_at",
    )
)
# Versions are older than the table of ladders, so theirs is filled in, once.
_MOVED = "(OLD.ladder_id IS NOT NULL AND NEW.ladder_id IS DISTINCT FROM OLD.ladder_id)"
# A version of another ladder, or of another organisation's, would show it to whoever may read this one.
_FOREIGN = (
    "NEW.ladder_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ladder_ladder WHERE id = NEW.ladder_id "
    "AND slug = NEW.slug AND organisation_id IS NOT DISTINCT FROM NEW.organisation_id)"
)
_PARENT = "(SELECT status FROM ladder_framework WHERE id = {row}.framework_id) <> 'draft'"
# True while an organisation is being erased: its own ladders are deleted with it.
_GOES = "EXISTS (SELECT 1 FROM people_organisation WHERE id = {id} AND is_erasing)"
_OWNER = "(SELECT organisation_id FROM ladder_framework WHERE id = {row}.framework_id)"

GUARDS = [
    Guard(
        name="ladder_slug_kept",
        table="ladder_ladder",
        event="UPDATE",
        condition="(NEW.id <> OLD.id OR NEW.slug <> OLD.slug "
        "OR NEW.organisation_id IS DISTINCT FROM OLD.organisation_id) "
        "AND EXISTS (SELECT 1 FROM ladder_framework WHERE ladder_id = OLD.id)",
        message="a ladder that has a version keeps its slug; only its title changes",
    ),
    *[
        Guard(
            name=f"framework_{event.lower()}_in_ladder",
            table="ladder_framework",
            event=event,
            condition=_FOREIGN,
            message="a version belongs to the ladder of its own slug and organisation",
        )
        for event in ("INSERT", "UPDATE")
    ],
    Guard(
        name="framework_frozen",
        table="ladder_framework",
        event="UPDATE",
        condition="OLD.status <> 'draft' AND "
        f"({_CHANGED} OR {_MOVED} OR CAST(NEW.document AS text) <> CAST(OLD.document AS text) "
        "OR NEW.status = 'draft' OR (OLD.status = 'retired' AND NEW.status <> 'retired'))",
        message="a published framework does not change; load a new version",
    ),
    Guard(
        name="framework_kept",
        table="ladder_framework",
        event="DELETE",
        condition=f"OLD.status <> 'draft' AND NOT {_GOES.format(id='OLD.organisation_id')}",
        message="a published framework is kept; retire it instead",
    ),
    *[
        Guard(
            name=f"{table}_{event.lower()}_frozen",
            table=f"ladder_{table}",
            event=event,
            condition=f"({' OR '.join(_PARENT.format(row=row) for row in rows)})"
            + (f" AND NOT {_GOES.format(id=_OWNER.format(row='OLD'))}" if event == "DELETE" else ""),
            message="the rows of a published framework do not change",
        )
        for table in ("track", "level", "competency")
        # An update checks the old and the new row: else a row could be moved into a published version, or out of one.
        for event, rows in (("INSERT", ["NEW"]), ("UPDATE", ["OLD", "NEW"]), ("DELETE", ["OLD"]))
    ],
]
