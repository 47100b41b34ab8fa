"""Triggers that keep what was submitted, and what two people have signed, from changing.

Of a submitted assessment, subject and rater may be filled in, once, for a visitor who signs up (release 0.1.0 does so;
later ones write it anew); and it may be erased. A manager's view comes back from `erasing` when one of its two people
has been taken out of it: in between that person's name can be cleared from its notes, and nothing else.
"""

from people.database.triggers import Guard

_FROZEN_COLUMNS = (
    *("id", "framework_id", "kind", "held_level_id", "job_title", "specialisation", "length"),
    *("small_company", "programme"),
    *("started_at", "submitted_at", "team_id"),
    *("corrects_id", "chain"),
)
_CHANGED = " OR ".join(f"NEW.{column} IS DISTINCT FROM OLD.{column}" for column in _FROZEN_COLUMNS)
_LISTS_CHANGED = " OR ".join(f"CAST(NEW.{name} AS text) <> CAST(OLD.{name} AS text)" for name in ("targets", "asked"))
_REOWNED = " OR ".join(
    f"(OLD.{column} IS NOT NULL AND NEW.{column} IS DISTINCT FROM OLD.{column} "
    f"AND NOT (OLD.status = 'erasing' AND OLD.kind = 'manager' AND NEW.{column} IS NULL))"
    for column in ("subject_id", "rater_id")
)
_ONE_SIDED = "NEW.kind = 'manager' AND (NEW.subject_id IS NULL OR NEW.rater_id IS NULL)"
_STATUSES = (
    "NEW.status = OLD.status OR NEW.status = 'erasing' "
    f"OR (OLD.status = 'erasing' AND NEW.status = 'submitted' AND {_ONE_SIDED})"
)
_STATUS = "(SELECT status FROM assessments_assessment WHERE id = {row}.assessment_id)"
# By id and organisation, where answers are written: an answer lies where its draft lies (docs/scale.md).
_PARENT = "FROM assessments_assessment WHERE id = {row}.assessment_id AND organisation_id = {row}.organisation_id"
_DRAFT_STATUS = f"(SELECT status {_PARENT})"
_NOT_A_DRAFT = f"{_DRAFT_STATUS} IS DISTINCT FROM 'draft'"
# FOR SHARE waits for a submit that is under way, and sees what it decided.
_LOCK = f"PERFORM 1 {_PARENT} FOR SHARE"
_SIGNED = (
    "EXISTS (SELECT 1 FROM assessments_review WHERE id = {row}.review_id "
    "AND signed_by_subject_at IS NOT NULL AND signed_by_manager_at IS NOT NULL AND NOT is_erasing)"
)
# The reason quotes the person, so it goes with them.
_ERASING_SPACE = "EXISTS (SELECT 1 FROM people_organisation WHERE id = OLD.organisation_id AND is_erasing)"
_ACCESS_CHANGED = " OR ".join(
    f"NEW.{column} IS DISTINCT FROM OLD.{column}"
    for column in ("id", "organisation_id", "staff_id", "person_id", "assessment_id", "opened_at", "ends_at")
)
_ONCE = "a round's figures are made once"
_MESSAGE = "a submitted assessment does not change"
# What a correction takes the place of: submitted, by the same rater, of the same ladder version, of the same chain.
_CORRECTED = (
    "FROM assessments_assessment corrected WHERE corrected.id = NEW.corrects_id "
    "AND corrected.organisation_id = NEW.organisation_id"
)
_FITS = (
    "corrected.status = 'submitted' AND corrected.kind = NEW.kind "
    "AND corrected.rater_id IS NOT DISTINCT FROM NEW.rater_id AND corrected.framework_id = NEW.framework_id "
    "AND COALESCE(corrected.chain, corrected.id) = NEW.chain AND corrected.started_at < NEW.started_at"
)
_CORRECTABLE = f"EXISTS (SELECT 1 {_CORRECTED} AND {_FITS})"

GUARDS = [
    Guard(
        name="round_zone_kept",
        table="assessments_round",
        event="UPDATE",
        condition="NEW.zone <> OLD.zone",
        message="the days of a round are counted in one time zone",
    ),
    Guard(
        name="assessment_frozen",
        table="assessments_assessment",
        event="UPDATE",
        condition=f"OLD.status <> 'draft' AND ({_CHANGED} OR {_REOWNED} OR {_LISTS_CHANGED} OR NOT ({_STATUSES}))",
        message=_MESSAGE,
    ),
    *[
        Guard(
            name=name,
            table="assessments_assessment",
            event=event,
            condition=f"(NEW.corrects_id IS NULL) <> (NEW.chain IS NULL) "
            f"OR (NEW.corrects_id IS NOT NULL AND NOT {_CORRECTABLE})",
            message="a correction names a submitted assessment of the same person",
            # Waits for whoever is just erasing it.
            lock=f"PERFORM 1 {_CORRECTED} FOR SHARE",
        )
        for name, event in (
            ("assessment_corrects_submitted", "INSERT"),
            ("assessment_corrects_kept", "UPDATE OF corrects_id, chain"),
        )
    ],
    Guard(
        name="assessment_kept",
        table="assessments_assessment",
        event="DELETE",
        condition="OLD.status = 'submitted'",
        message="a submitted assessment is kept, unless its person erases it",
    ),
    Guard(
        name="rating_insert_frozen",
        table="assessments_rating",
        event="INSERT",
        # Nor without one: a visitor's save that waited while the answers were claimed would be lost.
        condition=_NOT_A_DRAFT.format(row="NEW"),
        message=_MESSAGE,
        lock=_LOCK.format(row="NEW"),
    ),
    Guard(
        # Both rows are looked at, so that an answer is moved neither into a submitted assessment nor out of it.
        name="rating_update_frozen",
        table="assessments_rating",
        event="UPDATE OF id, assessment_id, competency_id, step, no_chance, revision",
        condition=f"{_NOT_A_DRAFT.format(row='OLD')} OR {_NOT_A_DRAFT.format(row='NEW')}",
        message=_MESSAGE,
        lock=f"{_LOCK.format(row='OLD')}; {_LOCK.format(row='NEW')}",
    ),
    Guard(
        name="rating_note_frozen",
        table="assessments_rating",
        event="UPDATE OF evidence",
        condition=f"COALESCE({_DRAFT_STATUS}, '') NOT IN ('draft', 'erasing')".format(row="OLD"),
        message=_MESSAGE,
        lock=_LOCK.format(row="OLD"),
    ),
    Guard(
        name="rating_delete_frozen",
        table="assessments_rating",
        event="DELETE",
        condition=f"{_STATUS.format(row='OLD')} = 'submitted'",
        message=_MESSAGE,
    ),
    Guard(
        name="outcome_frozen",
        table="assessments_outcome",
        event="UPDATE OF assessment_id, answers, result, track, place_low, place_high, target, target_readiness_low, "
        "target_readiness_high, focus, rule, is_named, seconds",
        condition="OLD.assessment_id IS NOT NULL",
        message="an outcome does not change",
    ),
    Guard(
        name="outcome_kept",
        table="assessments_outcome",
        event="DELETE",
        condition=f"{_STATUS.format(row='OLD')} = 'submitted'",
        message="an outcome is kept with its assessment",
    ),
    Guard(
        name="support_access_update",
        table="assessments_supportaccess",
        event="UPDATE",
        condition=f"NOT (NEW.reason = '' AND {_ERASING_SPACE}) OR {_ACCESS_CHANGED}",
        message="who opened what for support is kept as it is",
    ),
    Guard(
        name="support_access_delete",
        table="assessments_supportaccess",
        event="DELETE",
        condition="OLD.id IS NOT NULL",
        message="who opened what for support is kept as it is",
    ),
    Guard(
        name="groupfigure_frozen",
        table="assessments_groupfigure",
        event="UPDATE",
        condition="OLD.id IS NOT NULL",
        message=_ONCE,
    ),
    Guard(
        name="groupfigure_kept",
        table="assessments_groupfigure",
        event="DELETE",
        condition=f"NOT {_ERASING_SPACE}",
        message="a round's figures are kept for as long as its organisation",
    ),
    Guard(
        # Else somebody could clear it, close the round again, and subtract the two figures.
        name="round_figures_once",
        table="assessments_round",
        event="UPDATE OF figures_at",
        condition="OLD.figures_at IS NOT NULL AND NEW.figures_at IS DISTINCT FROM OLD.figures_at",
        message=_ONCE,
    ),
    *[
        Guard(
            name=f"{table}_{event.lower()}_signed",
            table=f"assessments_{table}",
            event=event,
            condition=_SIGNED.format(row="OLD" if event == "DELETE" else "NEW"),
            message="what both have signed does not change",
        )
        for table in ("agenda", "commitment")
        for event in ("INSERT", "UPDATE")
    ],
]
