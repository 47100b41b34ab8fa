"""What was said, by whom, and what follows from it: answers, copies and links given to others, reviews."""

from assessments.models.assessment import (
    EVIDENCE_MAX,
    SESSION_KEY,
    Assessment,
    FrozenError,
    Outcome,
    Rating,
    after_corrected,
    own_session_ids,
)
from assessments.models.beside import NOTE_MAX, NOTE_NAME_MAX, MilestoneMark, ReportNote
from assessments.models.review import Agenda, Commitment, GroupFigure, Review, Round, RoundReminder, RoundStart
from assessments.models.sharing import (
    CopyQuestion,
    CopyReader,
    Opening,
    ReportLink,
    Share,
    has_live_link,
    shared_with,
)
from assessments.models.support import SupportAccess

__all__ = [
    "EVIDENCE_MAX",
    "NOTE_MAX",
    "NOTE_NAME_MAX",
    "SESSION_KEY",
    "Agenda",
    "Assessment",
    "Commitment",
    "CopyQuestion",
    "CopyReader",
    "FrozenError",
    "GroupFigure",
    "MilestoneMark",
    "Opening",
    "Outcome",
    "Rating",
    "ReportLink",
    "ReportNote",
    "Review",
    "Round",
    "RoundReminder",
    "RoundStart",
    "Share",
    "SupportAccess",
    "after_corrected",
    "has_live_link",
    "own_session_ids",
    "shared_with",
]
