"""What was said, by whom, and what follows from it: answers, copies given to others, reviews, agreed next steps."""

from assessments.models.assessment import (
    EVIDENCE_MAX,
    SESSION_KEY,
    Assessment,
    FrozenError,
    MilestoneMark,
    Outcome,
    Rating,
    answers_of,
    own_session_ids,
)
from assessments.models.growth import PlanItem
from assessments.models.review import Agenda, Commitment, Review, Round, RoundReminder
from assessments.models.sharing import Opening, Share

__all__ = [
    "EVIDENCE_MAX",
    "SESSION_KEY",
    "Agenda",
    "Assessment",
    "Commitment",
    "FrozenError",
    "MilestoneMark",
    "Opening",
    "Outcome",
    "PlanItem",
    "Rating",
    "Review",
    "Round",
    "RoundReminder",
    "Share",
    "answers_of",
    "own_session_ids",
]
