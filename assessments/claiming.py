"""What a visitor answered becomes theirs when they sign up or log in."""

from typing import Any

from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.dispatch import receiver
from django.http import HttpRequest

from assessments.models import SESSION_KEY, Assessment, MilestoneMark, Outcome, Rating
from people.models import User
from people.retrying import retried


@receiver(user_logged_in, dispatch_uid="claim-assessments")
def claim_on_log_in(sender: Any, request: HttpRequest, user: User, **_: Any) -> None:  # noqa: ARG001
    claim(user, request.session.pop(SESSION_KEY, []))


@retried
def claim(user: User, ids: list[str]) -> int:
    """Move unclaimed assessments into the person's own space, in one transaction. Returns how many."""
    if not ids:
        return 0
    with transaction.atomic():
        # The lock makes two browsers of the same session claim once.
        found = list(
            Assessment.objects.select_for_update()
            .filter(pk__in=ids, rater__isnull=True, kind=Assessment.Kind.SELF)
            .values_list("pk", flat=True)
        )
        Assessment.objects.filter(pk__in=found).update(subject=user, rater=user, organisation=user.home_id)
        for model in (Rating, Outcome, MilestoneMark):
            model._default_manager.filter(assessment__in=found).update(organisation=user.home_id)  # noqa: SLF001
    return len(found)
