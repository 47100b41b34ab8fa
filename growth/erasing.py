"""Growth is a person's own, so all of it goes. Of others' plans and cases, only the name in what both agreed on."""

from django.utils.translation import gettext as _

from assessments.models import Review
from growth.models import CaseSection, PlanItem
from people.erasure.rules import DELETED, PERSONAL, PRIVATE, PSEUDONYMISED, SECRET, Leaving, Rule, register

RULES = (
    Rule("growth.EvidenceEntry", PRIVATE, DELETED, "their log", owners=("owner",)),
    Rule("growth.MilestoneProof", PRIVATE, DELETED, "their log", owners=("owner",)),
    Rule(
        "growth.PlanItem",
        PRIVATE,
        PSEUDONYMISED,
        "their plan is deleted; what they agreed on with somebody stays in that one's plan without their name",
        owners=("owner",),
        scrubbed=("text", "first_step", "done_when"),
        plain=("competency", "state"),
    ),
    Rule("growth.PlanDigest", PERSONAL, DELETED, "when they got a mail", owners=("owner",)),
    Rule("growth.CalendarFeed", PERSONAL, DELETED, "their calendar", apart={"token_hash": SECRET}, owners=("owner",)),
    Rule("growth.Case", PRIVATE, DELETED, "their cases", owners=("owner",)),
    Rule(
        "growth.CaseSection",
        PRIVATE,
        PSEUDONYMISED,
        "their cases are deleted; the cases of members whom they reviewed name a former manager",
        owners=("case__owner",),
        scrubbed=("text",),
        plain=("slug",),
    ),
    Rule(
        "growth.CaseLink",
        PERSONAL,
        DELETED,
        "their secret links",
        apart={"token_hash": SECRET, "password": SECRET},
        owners=("author",),
    ),
)


def erase(leaving: Leaving) -> None:
    """A manager's name stands in the plans of their members, and in the section of a case that says what was agreed."""
    reviews = Review.objects.filter(manager=leaving.user.pk, revealed_at__isnull=False, subject__isnull=False)
    instead = _("[former manager]")
    leaving.scrub(PlanItem.objects.filter(commitment__review__in=reviews.values("pk")), instead)
    leaving.scrub(CaseSection.objects.filter(case__owner__in=reviews.values("subject")), instead)


register(RULES, person_step=erase)
