"""What a visitor answered becomes theirs when they sign up or log in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver
from django.http import HttpRequest

from assessments.models import SESSION_KEY, Assessment, MilestoneMark, Outcome, Rating
from people.database.transactions import transactional
from people.models import VISITORS_ID, User

_PARTS: tuple[Any, ...] = (Rating, Outcome, MilestoneMark)


@receiver(user_logged_in, dispatch_uid="claim-assessments")
def claim_on_log_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ARG001
    if ids := request.session.pop(SESSION_KEY, []):
        claim(user, ids)


@transactional
def claim(user: User, ids: list[str]) -> int:
    """Write unclaimed assessments anew in the person's own space, under the same ids. Returns how many.

    A row never changes its organisation, which says where it lies (docs/scale.md): so the old rows are erased and the
    same ones written, in one transaction.
    """
    # The lock makes two browsers of the same session claim once.
    found = list(
        Assessment.objects.select_for_update().filter(
            pk__in=ids, organisation=VISITORS_ID, rater__isnull=True, kind=Assessment.Kind.SELF
        )
    )
    if found:
        _move(found, user)
    return len(found)


def _move(found: list[Assessment], user: User) -> None:
    old = Assessment.objects.filter(pk__in=[item.pk for item in found], organisation=VISITORS_ID)
    own = {"organisation": VISITORS_ID, "assessment__in": found}
    parts = {model: list(model._default_manager.filter(**own).order_by()) for model in _PARTS}  # noqa: SLF001
    old.filter(status=Assessment.Status.SUBMITTED).update(status=Assessment.Status.ERASING)
    old.delete()
    submitted = {item.pk: item.submitted_at for item in found if not item.is_draft}
    for item in found:
        # A draft until all of its rows are there: no answer comes into a submitted one.
        item.subject = item.rater = user
        item.organisation_id, item.status, item.submitted_at = user.home_id, Assessment.Status.DRAFT, None
    Assessment.objects.bulk_create(found)
    for model, rows in parts.items():
        for row in rows:
            row.organisation_id = user.home_id
        model._default_manager.bulk_create(rows)  # noqa: SLF001
    for key, at in submitted.items():
        Assessment.objects.filter(pk=key, organisation=user.home_id).update(
            status=Assessment.Status.SUBMITTED, submitted_at=at
        )
