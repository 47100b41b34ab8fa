"""The tables of people, their organisations and teams, and of the log of what they did."""

from people.models.audit import AuditEvent, AuditHead, ErasureRecord
from people.models.people import (
    VISITORS_ID,
    Invitation,
    Membership,
    Organisation,
    OutboxMail,
    RateCount,
    Session,
    Team,
    TeamMembership,
    User,
    validate_time_zone,
    visitors,
)

__all__ = [
    "VISITORS_ID",
    "AuditEvent",
    "AuditHead",
    "ErasureRecord",
    "Invitation",
    "Membership",
    "Organisation",
    "OutboxMail",
    "RateCount",
    "Session",
    "Team",
    "TeamMembership",
    "User",
    "validate_time_zone",
    "visitors",
]
