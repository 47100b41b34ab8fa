"""The way through a quiz as tests walk it: start, answer, submit, by the same addresses as a browser."""

from typing import Any

from django.test import Client
from django.urls import reverse

from assessments.models import Assessment, Rating

HTMX = {"HX-Request": "true"}


def start(client: Client, **said: Any) -> Assessment:
    """Start a quiz and return its draft. What is not said stays empty, as when somebody presses start at once."""
    response = client.post(reverse("start_quiz"), said)
    assert response.status_code == 302, response.content.decode()
    return Assessment.objects.get(pk=response.url.rstrip("/").rpartition("/")[2])


def answer(client: Client, assessment: Assessment, competency: str, *, htmx: bool = False, **said: Any) -> Any:
    """Post one answer; with `htmx` as the script does, else as the plain form does."""
    headers = HTMX if htmx else {}
    return client.post(reverse("save_rating", args=[assessment.pk, competency]), said, headers=headers)


def submit(client: Client, assessment: Assessment) -> Any:
    return client.post(reverse("submit_assessment", args=[assessment.pk]))


def said(assessment: Assessment) -> dict[str, Any]:
    """Everything that the database holds: competency → (answer, evidence, revision)."""
    slugs = assessment.rubric.competency_slugs
    return {
        slugs[rating.competency_id]: (rating.answer, rating.evidence, rating.revision)
        for rating in Rating.objects.filter(assessment=assessment.pk)
    }
