"""Rows of an organisation lie together: what leads from one to another names the organisation, in each statement."""

from typing import Any

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.test.utils import CaptureQueriesContext

from assessments.models import Assessment, Rating
from people.database.tenancy import OwnKey, OwnOneToOne, Tenant
from people.models import Organisation, User
from tests.factories import make_assessment
from trials.scale.partitioned import CROSSING


def tenants() -> set[Any]:
    """Models whose rows all name an organisation."""
    found = set()
    for model in apps.get_models():
        fields = {field.name: field for field in model._meta.concrete_fields}
        if "organisation" in fields and not fields["organisation"].null:
            found.add(model)
    return found


def test_every_key_within_an_organisation_says_so() -> None:
    """A key that leads out of it, into a person's own space, stands in trials/scale/partitioned.py with its reason."""
    plain = {
        (model._meta.db_table, field.column)
        for model in tenants()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and field.db_constraint
        and field.related_model in tenants()
        and not isinstance(field, OwnKey | OwnOneToOne)
    }
    assert plain == set(CROSSING)


def test_every_row_of_an_organisation_stays_in_it() -> None:
    # The log and its head are written once; the ladder that was chosen and the log's head have the organisation as
    # their key; what support opened has no keys at all.
    others = {"AuditEvent", "AuditHead", "OrganisationLadder", "SupportAccess"}
    assert {model.__name__ for model in tenants() if not issubclass(model, Tenant)} == others


@pytest.fixture
def report(member: User) -> Assessment:
    return make_assessment(member, answers={"data": 3}, submitted=True)


@pytest.mark.django_db
def test_what_hangs_on_a_row_is_asked_for_with_its_organisation_and_so_is_the_way_up(report: Assessment) -> None:
    fresh = Assessment.objects.get(pk=report.pk)
    rating = Rating.objects.get(assessment=report)
    with CaptureQueriesContext(connection) as found:
        assert list(fresh.ratings.all())
        assert fresh.outcome
        assert rating.assessment == report
    asked = [query["sql"].partition("WHERE")[2] for query in found]
    assert [where.count('"organisation_id" = ') for where in asked] == [1, 1, 1]


@pytest.mark.django_db
def test_a_join_names_it_too(report: Assessment) -> None:
    with CaptureQueriesContext(connection) as found:
        assert Assessment.objects.select_related("outcome").get(pk=report.pk).outcome
        assert Rating.objects.select_related("assessment").filter(assessment__status="submitted").count() == 1
    for query in found:
        joined = query["sql"].partition(" ON ")[2].partition(" WHERE ")[0]
        assert joined.count('"organisation_id"') == 2


@pytest.mark.django_db
def test_a_row_is_saved_where_it_lies(report: Assessment, stranger: User) -> None:
    with CaptureQueriesContext(connection) as found:
        report.save(update_fields=["status"])
    assert '"organisation_id" = ' in found[0]["sql"].partition("WHERE")[2]
    report.organisation = Organisation.objects.get(pk=stranger.home_id)
    with pytest.raises((IntegrityError, Assessment.NotUpdated)), transaction.atomic():
        report.save(update_fields=["status"])
