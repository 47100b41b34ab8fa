"""Ids, addresses, own spaces and memberships."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.utils import timezone

from people.ids import uuid7
from people.models import VISITORS_ID, Membership, Organisation, Team, TeamMembership, User, visitors
from tests.factories import join, join_team, make_organisation, make_team, make_user

NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)


def test_an_id_is_version_7_and_no_two_of_one_moment_are_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: 1_777_887_000_123_456_789)
    made = {uuid7() for _count in range(1000)}
    assert len(made) == 1000
    assert {(value.version, value.variant, value.int >> 80) for value in made} == {(7, RFC_4122, 1_777_887_000_123)}


def test_ids_sort_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for milliseconds in (1, 2, 1_777_887_000_123, 2**48 - 1):
        monkeypatch.setattr(time, "time_ns", lambda held=milliseconds: held * 1_000_000)
        made.append(uuid7())
    assert made == sorted(made)
    assert [str(value) for value in made] == sorted(str(value) for value in made)


@pytest.mark.django_db
def test_an_address_is_one_whatever_the_case() -> None:
    assert make_user("Nora.Lind@Example.COM").email == "nora.lind@example.com"
    with pytest.raises(IntegrityError), transaction.atomic():
        make_user("NORA.LIND@example.com")
    assert User.objects.count() == 1
    # The space that was made for the second one went with it.
    assert Organisation.objects.filter(kind=Organisation.Kind.PERSONAL).count() == 1


@pytest.mark.django_db
def test_everybody_has_one_own_space_that_goes_only_with_them() -> None:
    nora, tom = make_user("nora@example.com", name="Nora Lind"), make_user("tom@example.com")
    assert (nora.home.kind, nora.home.name, nora.home.slug) == (Organisation.Kind.PERSONAL, "Nora Lind", None)
    assert tom.home.name == "tom@example.com"
    nora.save()
    assert Organisation.objects.filter(kind=Organisation.Kind.PERSONAL).count() == 2
    with pytest.raises(ProtectedError):
        nora.home.delete()


@pytest.mark.parametrize(
    ("field", "value"),
    [*(("time_zone", zone) for zone in ("Europe/Atlantis", "", "../../etc/passwd", "Europe")), ("name", "No\0ra")],
)
@pytest.mark.django_db
def test_a_zone_is_one_that_exists_and_a_name_has_no_null_character(field: str, value: str) -> None:
    user = make_user("nora@example.com")
    setattr(user, field, value)
    with pytest.raises(ValidationError) as caught:
        user.full_clean()
    assert list(caught.value.message_dict) == [field]


@pytest.fixture
def nora(db: None) -> User:
    """In Checkout, a team of Lantern."""
    lantern, user = make_organisation(), make_user("nora@example.com")
    join(user, lantern)
    join_team(user, make_team(lantern))
    return user


REFUSED: dict[str, tuple[str, Callable[[User, Team], object]]] = {
    "capitals": ("user_email_lower_case", lambda *_: User.objects.update(email="Nora@example.com")),
    "no slug": (
        "organisation_company_has_slug",
        lambda *_: Organisation.objects.create(kind=Organisation.Kind.COMPANY, name="Nameless"),
    ),
    "a slug twice": ("(?i)unique", lambda *_: make_organisation("Another", "lantern")),
    "a team's slug twice": ("(?i)unique", lambda _, team: make_team(team.organisation, slug="checkout")),
    "its own parent": ("team_not_its_own_parent", lambda _, team: Team.objects.update(parent=team)),
    "in it twice": ("(?i)unique", lambda user, team: join(user, team.organisation, Membership.Role.ADMIN)),
    "in a team twice": ("(?i)unique", lambda user, team: join_team(user, team, TeamMembership.Role.MANAGER)),
    "gone before": (
        "membership_leaves_after_joining",
        lambda *_: Membership.objects.update(joined_at=NOW, left_at=NOW - timedelta(seconds=1)),
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_the_database_refuses(nora: User, what: str) -> None:
    constraint, act = REFUSED[what]
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        act(nora, Team.objects.get())


def test_who_left_may_come_back(nora: User) -> None:
    team = Team.objects.get()
    for model in (Membership, TeamMembership):
        model.objects.update(left_at=timezone.now())
    join(nora, team.organisation)
    join_team(nora, team, TeamMembership.Role.MANAGER)
    for model in (Membership, TeamMembership):
        assert (model.objects.count(), model.objects.filter(left_at=None).count()) == (2, 1)


@pytest.mark.django_db
def test_there_is_one_space_for_visitors() -> None:
    assert visitors().pk == VISITORS_ID
    assert visitors() == Organisation.objects.get(kind=Organisation.Kind.VISITORS)


APPS = ("people", "ladder", "assessments", "growth")
# What must be unique over all organisations: whoever is refused a value learns that somebody else has it.
UNIQUE_EVERYWHERE = {
    # Random, or a hash of what is.
    *("people.Invitation.token_hash", "assessments.ReportLink.token_hash", "growth.CaseLink.token_hash"),
    *("growth.CalendarFeed.token_hash", "people.Session.session_key", "people.RateCount.key"),
    "people.OnceKey.key",
    "people.Proof.step",  # of the whole site
    "people.MailRefusal.to_hash",
    "people.SiteKey.name",  # our word
    "people.ErasureRecord.id_hash",
    "people.User.email",  # sign-up says the same for known and unknown addresses
    "people.User.email_canonical",  # as its email
    "people.Organisation.slug",  # ends in random characters
    "people.Team.old_slug",  # nobody gets a new one
    *("ladder.Ladder.slug", "ladder.LadderVersion.slug.version"),  # of the ladders that come with the site
}


def test_what_people_call_things_is_unique_in_their_organisation_only() -> None:
    """A name that is taken already would tell that some other organisation has it."""
    found = set()
    for model in (model for app in APPS for model in apps.get_app_config(app).get_models()):
        rules = [rule for rule in model._meta.constraints if isinstance(rule, models.UniqueConstraint)]
        together = {rule.fields or tuple(item.name for item in rule.expressions) for rule in rules}
        for names in together | {(field.name,) for field in model._meta.local_fields if field.unique}:
            fields = [model._meta.get_field(name) for name in names]
            # A key belongs to one organisation, and so does what is unique beside it.
            if any(isinstance(field, models.CharField) for field in fields) and not any(f.is_relation for f in fields):
                found.add(".".join((model._meta.label, *names)))
    assert found == UNIQUE_EVERYWHERE
