"""What was said, by whom, and what follows from it: answers, copies and links given to others, reviews."""

from assessments.models.assessment import (
    EVIDENCE_MAX,
    SESSION_KEY,
    Assessment,
    FrozenError,
    MilestoneMark,
    Outcome,
    Rating,
    own_session_ids,
)
from assessments.models.review import Agenda, Commitment, Review, Round, RoundReminder
from assessments.models.sharing import OPENS_COPY, Opening, ReportLink, Share, has_live_link, shared_with
from assessments.models.support import SupportAccess

__all__ = [
    "EVIDENCE_MAX",
    "OPENS_COPY",
    "SESSION_KEY",
    "Agenda",
    "Assessment",
    "Commitment",
    "FrozenError",
    "MilestoneMark",
    "Opening",
    "Outcome",
    "Rating",
    "ReportLink",
    "Review",
    "Round",
    "RoundReminder",
    "Share",
    "SupportAccess",
    "has_live_link",
    "own_session_ids",
    "shared_with",
]
