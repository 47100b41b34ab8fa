"""The rows of a person's own space: what they plan, what they have done, and the case they make from it."""

from growth.models.case import Case, CaseLink, CaseSection
from growth.models.evidence import EvidenceEntry, MilestoneProof
from growth.models.plan import CalendarFeed, PlanDigest, PlanItem

__all__ = [
    "CalendarFeed",
    "Case",
    "CaseLink",
    "CaseSection",
    "EvidenceEntry",
    "MilestoneProof",
    "PlanDigest",
    "PlanItem",
]
