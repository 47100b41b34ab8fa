"""What a visitor answered becomes theirs when they sign up or log in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db.models import Q
from django.dispatch import receiver
from django.http import HttpRequest

from assessments.models import SESSION_KEY, Assessment, MilestoneMark, Outcome, Rating, after_corrected
from people.database.transactions import transactional
from people.models import VISITORS_ID, User

_PARTS: tuple[Any, ...] = (Rating, Outcome, MilestoneMark)


@receiver(user_logged_in, dispatch_uid="claim-assessments")
def claim_on_log_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ARG001
    if ids := request.session.pop(SESSION_KEY, []):
        claim(user, ids)


@transactional
def claim(user: User, ids: list[str]) -> int:
    """Write unclaimed assessments anew in the person's own space, under the same ids. Returns how many; corrections
    come along with what they correct.

    A row's organisation says on which node it lies and never changes (docs/scale.md). So the old rows are erased and
    written again in the person's space, in one transaction.
    """
    # Without the lock, two requests of one session that log in at once would both claim.
    found = list(
        Assessment.objects.select_for_update().filter(
            Q(pk__in=ids) | Q(chain__in=ids),
            organisation=VISITORS_ID,
            rater__isnull=True,
            kind=Assessment.Kind.SELF,
        )
    )
    if found:
        _move(found, user)
    return sum(item.corrects_id is None for item in found)


def _move(found: list[Assessment], user: User) -> None:
    old = Assessment.objects.filter(pk__in=[item.pk for item in found], organisation=VISITORS_ID)
    own = {"organisation": VISITORS_ID, "assessment__in": found}
    parts = {model: list(model._default_manager.filter(**own).order_by()) for model in _PARTS}  # noqa: SLF001
    old.filter(status=Assessment.Status.SUBMITTED).update(status=Assessment.Status.ERASING)
    old.delete()
    submitted = {item.pk: item.submitted_at for item in found if not item.is_draft}
    for part in after_corrected(found):
        for item in part:
            # A draft until its ratings are back: the database refuses answers to a submitted one.
            item.subject = item.rater = user
            item.organisation_id, item.status, item.submitted_at = user.home_id, Assessment.Status.DRAFT, None
        Assessment.objects.bulk_create(part)
        keys = {item.pk for item in part}
        for model, rows in parts.items():
            moving = [row for row in rows if row.assessment_id in keys]
            for row in moving:
                row.organisation_id = user.home_id
            model._default_manager.bulk_create(moving)  # noqa: SLF001
        for key in keys & submitted.keys():
            Assessment.objects.filter(pk=key, organisation=user.home_id).update(
                status=Assessment.Status.SUBMITTED, submitted_at=submitted[key]
            )
