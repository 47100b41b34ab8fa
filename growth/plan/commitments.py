"""Copies the commitments of a review into the member's plan once both have signed."""

from typing import Any

from django.dispatch import receiver

from assessments.models import Review
from assessments.signals import signed_off
from growth.models import PlanItem
from growth.plan.plan import next_position


@receiver(signed_off, dispatch_uid="plan-what-was-agreed")
def on_signed_off(sender: Any, review: Review, **_: Any) -> None:  # noqa: ARG001
    subject = review.subject
    assert subject is not None  # noqa: S101  - a review whose member was erased can't be signed
    start = next_position(subject)
    PlanItem.objects.bulk_create(
        PlanItem(
            organisation_id=subject.home_id,
            owner=subject,
            position=start + n,
            text=item.text,
            competency=item.competency,
            due_on=item.due_on,
            commitment=item,
        )
        for n, item in enumerate(review.commitments.all())
    )
