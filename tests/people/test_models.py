"""Ids, addresses, own spaces and memberships."""

import time
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from people.ids import uuid7
from people.models import VISITORS_ID, Membership, Organisation, Team, TeamMembership, User, visitors
from tests.factories import join, join_team, make_organisation, make_team, make_user

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


# Ids


def test_id_is_version_7() -> None:
    for value in (uuid7() for _count in range(100)):
        assert value.version == 7
        assert value.variant == RFC_4122


def test_id_holds_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_777_887_000_123_456_789)
    assert uuid7().int >> 80 == 1_777_887_000_123


def test_ids_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for milliseconds in (1, 2, 1_777_887_000_123, 2**48 - 1):
        monkeypatch.setattr(time, "time_ns", lambda held=milliseconds: held * 1_000_000)
        made.append(uuid7())
    assert made == sorted(made)
    assert [str(value) for value in made] == sorted(str(value) for value in made)


def test_ids_of_one_moment_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    assert len({uuid7() for _count in range(1000)}) == 1000


# People


@pytest.mark.django_db
def test_address_is_stored_in_lower_case() -> None:
    assert make_user("Nora.Lind@Example.COM").email == "nora.lind@example.com"


@pytest.mark.django_db
def test_address_is_unique_whatever_the_case() -> None:
    make_user("nora@example.com")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("NORA@example.com")
    assert User.objects.count() == 1
    # The space that was made for the second one went with it.
    assert Organisation.objects.filter(kind=Organisation.Kind.PERSONAL).count() == 1


@pytest.mark.django_db
def test_database_refuses_an_address_in_upper_case() -> None:
    user = make_user("nora@example.com")
    with pytest.raises(IntegrityError, match="user_email_lower_case"), transaction.atomic():
        User.objects.filter(pk=user.pk).update(email="Nora@example.com")


@pytest.mark.django_db
def test_everybody_has_an_own_space() -> None:
    nora, tom = make_user("nora@example.com", name="Nora Lind"), make_user("tom@example.com")
    assert nora.home != tom.home
    assert (nora.home.kind, nora.home.name, nora.home.slug) == (Organisation.Kind.PERSONAL, "Nora Lind", None)
    assert tom.home.name == "tom@example.com"


@pytest.mark.django_db
def test_saving_again_makes_no_second_space() -> None:
    nora = make_user("nora@example.com")
    nora.name = "Nora"
    nora.save()
    assert User.objects.get().home_id == nora.home_id
    assert Organisation.objects.filter(kind=Organisation.Kind.PERSONAL).count() == 1


@pytest.mark.django_db
def test_own_space_goes_only_with_its_person() -> None:
    nora = make_user("nora@example.com")
    with pytest.raises(ProtectedError):
        nora.home.delete()


@pytest.mark.parametrize("zone", ["Europe/Atlantis", "", "../../etc/passwd", "Europe"])
@pytest.mark.django_db
def test_time_zone_is_one_that_exists(zone: str) -> None:
    user = make_user("nora@example.com")
    user.time_zone = zone
    with pytest.raises(ValidationError) as caught:
        user.full_clean()
    assert list(caught.value.message_dict) == ["time_zone"]


@pytest.mark.django_db
def test_name_has_no_null_character() -> None:
    user = make_user("nora@example.com")
    user.name = "No\0ra"
    with pytest.raises(ValidationError) as caught:
        user.full_clean()
    assert list(caught.value.message_dict) == ["name"]


# Organisations


@pytest.mark.django_db
def test_company_has_a_slug() -> None:
    with pytest.raises(IntegrityError, match="organisation_company_has_slug"), transaction.atomic():
        Organisation.objects.create(kind=Organisation.Kind.COMPANY, name="Nameless")


@pytest.mark.django_db
def test_slug_names_one_company() -> None:
    make_organisation("Lantern", "lantern")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_organisation("Another", "lantern")


@pytest.mark.django_db
def test_there_is_one_space_for_visitors() -> None:
    assert visitors().pk == VISITORS_ID
    assert visitors() == Organisation.objects.get(kind=Organisation.Kind.VISITORS)


# Teams and memberships


@pytest.mark.django_db
def test_team_slug_is_unique_over_all_organisations() -> None:
    lantern, paper_boat = make_organisation("Lantern", "lantern"), make_organisation("Paper Boat", "paper-boat")
    make_team(lantern, slug="checkout")
    for organisation in (lantern, paper_boat):
        with pytest.raises(IntegrityError), transaction.atomic():
            make_team(organisation, slug="checkout")


@pytest.mark.django_db
def test_team_is_not_its_own_parent() -> None:
    team = make_team(make_organisation())
    with pytest.raises(IntegrityError, match="team_not_its_own_parent"), transaction.atomic():
        Team.objects.filter(pk=team.pk).update(parent=team)


@pytest.mark.django_db
def test_one_current_membership() -> None:
    user, lantern = make_user("nora@example.com"), make_organisation()
    join(user, lantern)
    with pytest.raises(IntegrityError), transaction.atomic():
        join(user, lantern, Membership.Role.ADMIN)


@pytest.mark.django_db
def test_who_left_may_come_back() -> None:
    user, lantern = make_user("nora@example.com"), make_organisation()
    first = join(user, lantern)
    Membership.objects.filter(pk=first.pk).update(left_at=first.joined_at + timedelta(days=90))
    join(user, lantern)
    assert Membership.objects.filter(user=user, left_at=None).count() == 1
    assert Membership.objects.filter(user=user).count() == 2


@pytest.mark.django_db
def test_nobody_leaves_before_joining() -> None:
    user, lantern = make_user("nora@example.com"), make_organisation()
    with pytest.raises(IntegrityError, match="membership_leaves_after_joining"), transaction.atomic():
        Membership.objects.create(user=user, organisation=lantern, joined_at=NOW, left_at=NOW - timedelta(seconds=1))


@pytest.mark.django_db
def test_one_current_team_membership() -> None:
    user, lantern = make_user("nora@example.com"), make_organisation()
    team = make_team(lantern)
    first = join_team(user, team)
    with pytest.raises(IntegrityError), transaction.atomic():
        join_team(user, team, TeamMembership.Role.MANAGER)
    TeamMembership.objects.filter(pk=first.pk).update(left_at=NOW)
    join_team(user, team, TeamMembership.Role.MANAGER)
    assert TeamMembership.objects.filter(user=user).count() == 2
