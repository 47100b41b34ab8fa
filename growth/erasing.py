"""How a person is erased from growth: all of theirs is deleted; in others' plans and cases their name is replaced."""

from django.utils.translation import gettext as _

from assessments.models import Review
from growth.cases.cases import render_again
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
        # The HTML is made of the text, also when that is scrubbed.
        plain=("slug", "html"),
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
    """Replace a manager's name in the plans and cases of people they reviewed: both quote what the two agreed."""
    reviews = Review.objects.filter(manager=leaving.user.pk, revealed_at__isnull=False, subject__isnull=False)
    instead = _("[former manager]")
    leaving.scrub(PlanItem.objects.filter(commitment__review__in=reviews.values("pk")), instead)
    changed = leaving.scrub(CaseSection.objects.filter(case__owner__in=reviews.values("subject")), instead)
    render_again(CaseSection.objects.filter(pk__in=changed))


register(RULES, person_step=erase)
