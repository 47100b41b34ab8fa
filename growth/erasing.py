"""Growth is a person's own, so all of it goes. Of others' plans and cases, only the name in what both agreed on."""

from django.utils.translation import gettext as _

from assessments.models import Review
from growth.models import CaseSection, PlanItem
from people.erasure.rules import Fate, Leaving, Rule, Sensitivity, register

RULES = (
    Rule(
        model="growth.EvidenceEntry", level=Sensitivity.PRIVATE, fate=Fate.DELETED, why="their log", owners=("owner",)
    ),
    Rule(
        model="growth.MilestoneProof", level=Sensitivity.PRIVATE, fate=Fate.DELETED, why="their log", owners=("owner",)
    ),
    Rule(
        model="growth.PlanItem",
        level=Sensitivity.PRIVATE,
        fate=Fate.PSEUDONYMISED,
        why="their plan is deleted; what they agreed on with somebody stays in that one's plan without their name",
        owners=("owner",),
        scrubbed=("text", "first_step", "done_when"),
        plain=("competency", "state"),
    ),
    Rule(
        model="growth.PlanDigest",
        level=Sensitivity.PERSONAL,
        fate=Fate.DELETED,
        why="when they got a mail",
        owners=("owner",),
    ),
    Rule(
        model="growth.CalendarFeed",
        level=Sensitivity.PERSONAL,
        apart={"token_hash": Sensitivity.SECRET},
        fate=Fate.DELETED,
        why="their calendar",
        owners=("owner",),
    ),
    Rule(model="growth.Case", level=Sensitivity.PRIVATE, fate=Fate.DELETED, why="their cases", owners=("owner",)),
    Rule(
        model="growth.CaseSection",
        level=Sensitivity.PRIVATE,
        fate=Fate.PSEUDONYMISED,
        why="their cases are deleted; the cases of members whom they reviewed name a former manager",
        owners=("case__owner",),
        scrubbed=("text",),
        plain=("slug",),
    ),
    Rule(
        model="growth.CaseLink",
        level=Sensitivity.PERSONAL,
        apart={"token_hash": Sensitivity.SECRET, "password": Sensitivity.SECRET},
        fate=Fate.DELETED,
        why="their secret links",
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
