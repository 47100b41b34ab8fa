"""What becomes of answers, copies and reviews when somebody deletes their account (docs/privacy.md).

A review that two people have met in belongs to both. The one who stays keeps their side of it while they are in the
organisation: a manager their own view and what was agreed, a member the manager's view and what was agreed. The
other one is taken out of it: their name, in its texts too, and a member's own steps and notes. A review that was never
revealed is erased: the conversation it was for can't happen any more.
"""

import uuid
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from assessments.models import Agenda, Assessment, Commitment, GroupFigure, Rating, Review, SupportAccess
from people.erasure.rules import (
    DELETED,
    INTERNAL,
    KEPT,
    PERSONAL,
    PRIVATE,
    PSEUDONYMISED,
    SECRET,
    Leaving,
    Rule,
    register,
)
from people.models import Membership, Organisation

_ANSWERS = "goes with the self-assessment that it belongs to; in a review that stays it is the manager's"
RULES = (
    Rule(
        "assessments.Assessment",
        PRIVATE,
        PSEUDONYMISED,
        "self-assessments are deleted; a manager's view of somebody stays in a review that both have met in",
        # By then `erase` has taken the person who goes out of the managers' views that stay.
        owners=("rater", "subject"),
        plain=("kind", "job_title", "targets", "asked", "specialisation", "length", "status", "chain"),
    ),
    Rule(
        "assessments.Rating",
        PRIVATE,
        PSEUDONYMISED,
        _ANSWERS,
        owners=("assessment__rater", "assessment__subject"),
        scrubbed=("evidence",),
        plain=("page",),
    ),
    Rule(
        "assessments.Outcome",
        PRIVATE,
        PSEUDONYMISED,
        _ANSWERS,
        owners=("assessment__rater", "assessment__subject"),
        plain=("answers", "result", "track", "place_low", "place_high", "target", "focus"),
    ),
    Rule(
        "assessments.MilestoneMark", PRIVATE, DELETED, "ticked beside their own reports", owners=("assessment__rater",)
    ),
    Rule(
        "assessments.ReportNote",
        PRIVATE,
        DELETED,
        "what they called their own reports, and wrote beside them",
        owners=("assessment__rater",),
    ),
    Rule(
        "assessments.Share",
        PRIVATE,
        DELETED,
        "copies that they gave, and copies that were given to them by name",
        owners=("author", "recipient"),
    ),
    Rule(
        "assessments.CopyReader",
        PERSONAL,
        DELETED,
        "who may read a copy goes with its author, and with its reader",
        owners=("reader", "copy__author"),
        plain=("why",),
    ),
    Rule(
        "assessments.CopyQuestion",
        PERSONAL,
        DELETED,
        "who asked to read a copy, and what its author said, goes with either",
        owners=("author", "asker"),
        cleared=("asked_by",),
        plain=("answer",),
    ),
    Rule(
        "assessments.Opening",
        PERSONAL,
        PSEUDONYMISED,
        "who opened theirs goes; that they opened somebody's stays the author's to know, without a name",
        owners=("author",),
        cleared=("reader",),
    ),
    Rule(
        "assessments.SupportAccess",
        PRIVATE,
        KEPT,
        "who of the operator's staff opened a report; its ids lead to nobody any more, and the reason is emptied",
        scrubbed=("reason",),
        plain=("organisation", "staff", "person", "assessment"),
    ),
    Rule(
        "assessments.ReportLink",
        PERSONAL,
        DELETED,
        "their secret links",
        apart={"token_hash": SECRET, "password": SECRET},
        owners=("author",),
    ),
    Rule(
        "assessments.Review",
        PRIVATE,
        PSEUDONYMISED,
        "stays with the other one of the two, if both have met in it and that one is in the organisation",
        # Those that stay name the person no more when the rules are carried out.
        owners=("subject", "manager"),
        plain=("choice", "level", "level_from"),
    ),
    Rule(
        "assessments.Agenda", PRIVATE, PSEUDONYMISED, "stays with its review", cleared=("saved_by",), scrubbed=("text",)
    ),
    Rule(
        "assessments.Commitment",
        PRIVATE,
        PSEUDONYMISED,
        "stays with its review",
        scrubbed=("text",),
        plain=("competency",),
    ),
    Rule("assessments.Round", INTERNAL, KEPT, "the organisation's", plain=("name", "zone")),
    Rule("assessments.RoundReminder", PERSONAL, DELETED, "when they got a mail", owners=("user",)),
    Rule(
        "assessments.RoundStart",
        PERSONAL,
        DELETED,
        "that they began and handed in what a round asked for",
        owners=("user",),
    ),
    Rule(
        "assessments.GroupFigure",
        INTERNAL,
        KEPT,
        "counts over five people or more, rounded off at both ends: nobody is in it",
        plain=("figures",),
    ),
)


def erase(leaving: Leaving) -> None:
    """Keep or delete each review of the person, and let the triggers release their assessments for the rules."""
    user = leaving.user.pk
    for review in Review.objects.select_for_update().filter(Q(subject=user) | Q(manager=user)).order_by("pk"):
        if _stays(review, user):
            _take_out(review, leaving)
        else:
            _delete(review)
    theirs = Assessment.objects.filter(Q(rater=user) | Q(subject=user))
    # Locked, so that an answer that is being saved waits, and finds its draft gone. Else it could slip in between.
    list(theirs.select_for_update().order_by("pk").values_list("pk"))
    _may_go(theirs)
    # The guard lets a reason become empty while the space that it is about is being erased, and nothing else.
    Organisation.objects.filter(pk=leaving.user.home_id).update(is_erasing=True)
    SupportAccess.objects.filter(organisation=leaving.user.home_id).update(reason="")


def _stays(review: Review, user: uuid.UUID) -> bool:
    """Whether both have met in it, and the other one is still there to read it."""
    other = review.manager_id if review.subject_id == user else review.subject_id
    there = Membership.objects.of(review.organisation_id).filter(user=other)
    return review.revealed_at is not None and other is not None and there.exists()


def _take_out(review: Review, leaving: Leaving) -> None:
    """Leave the person who stays their side: without the other's name and, of a member, without steps and notes."""
    is_member = review.subject_id == leaving.user.pk
    instead = _("[former member]") if is_member else _("[former manager]")
    gone = "subject" if is_member else "manager"
    view = Assessment.objects.filter(pk__in=[review.assessment_id])
    _may_go(view)
    view.update(**{"subject" if is_member else "rater": None})
    leaving.scrub(Rating.objects.filter(assessment=review.assessment_id), instead)
    view.update(status=Assessment.Status.SUBMITTED)
    Review.objects.filter(pk=review.pk).update(is_erasing=True)
    leaving.scrub(Agenda.objects.filter(review=review), instead)
    leaving.scrub(Commitment.objects.filter(review=review), instead)
    Agenda.objects.filter(review=review, saved_by=leaving.user).update(saved_by=None)
    without: dict[str, Any] = {gone: None, "is_erasing": False}
    if is_member:
        # The copy and the snapshot that it was made from are the member's own, and are deleted.
        without |= {"share": None, "source": None}
    Review.objects.filter(pk=review.pk).update(**without)


def _delete(review: Review) -> None:
    _may_go(Assessment.objects.filter(pk__in=[review.assessment_id]))
    review.delete()
    Assessment.objects.filter(pk__in=[review.assessment_id]).delete()


def _may_go(assessments: Any) -> None:
    """Let go of what was submitted: the triggers refuse to delete it in any other status."""
    assessments.filter(status=Assessment.Status.SUBMITTED).update(status=Assessment.Status.ERASING)


def erase_one_sided(user: uuid.UUID, organisation_id: uuid.UUID) -> None:
    """Delete the reviews that this person kept after the other was erased, as they leave the organisation, too."""
    kept = Q(subject=user, manager__isnull=True) | Q(manager=user, subject__isnull=True)
    for review in Review.objects.select_for_update().filter(kept, organisation=organisation_id).order_by("pk"):
        _delete(review)


def empty(organisation: Organisation) -> None:
    # They name a version of a ladder that may be the organisation's own and goes with it.
    GroupFigure.objects.filter(organisation=organisation).delete()
    _may_go(Assessment.objects.filter(organisation=organisation))


register(RULES, person_step=erase, organisation_step=empty)
