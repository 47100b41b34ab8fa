"""An organisation removed at the server: whole or not at all, said before, with its owners told."""

import uuid
from typing import Any
from unittest.mock import Mock

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from assessments.models import Assessment, Round
from ladder.models import LadderVersion
from people.audit.log import verify
from people.erasure import removing
from people.erasure.erase import remove_organisation
from people.erasure.removing import remove_at_server
from people.models import AuditEvent, ErasureRecord, Membership, Organisation, User
from tests.assessments.reviews.pair import make_pair
from tests.commands import ran, refusal
from tests.factories import confirmed, join, make_ladder_version, make_organisation, make_team, make_user
from tests.people.database.tables import tables_with

pytestmark = pytest.mark.django_db
OWNER = Membership.Role.OWNER
ASKED = "Ada asked us to, by telephone."


def told(*words: Any, **options: Any) -> tuple[list[str], str]:
    """What is written before it is refused, and the refusal."""
    lines: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.core.management.base.OutputWrapper.write", lambda _self, line, **_: lines.append(line))
        said = refusal("remove_organisation", *words, **options)
    return lines, said


def owned(count: int, slug: str = "lantern", name: str = "Lantern") -> tuple[Organisation, list[User]]:
    organisation = make_organisation(name, slug)
    owners = [make_user(f"owner-{number}@of-{name[0]}.example".lower()) for number in range(count)]
    for owner in owners:
        join(owner, organisation, OWNER)
    return organisation, owners


def events(owner: User) -> list[tuple[str, str, Any]]:
    rows = AuditEvent.objects.filter(organisation=owner.home_id).order_by("number")
    return list(rows.values_list("verb", "role", "thing"))


@pytest.mark.parametrize("count", [0, 1, 2])
def test_it_goes_and_its_owners_are_told(count: int, member: User) -> None:
    lantern, owners = owned(count)
    other, _ = owned(1, "quarry", "Quarry")
    join(member, lantern)
    key = lantern.pk
    said = ran("remove_organisation", "lantern", reason=f" {ASKED}\n", yes=True).splitlines()
    assert said[-1] == f"Removed; {count} {'owner was' if count == 1 else 'owners were'} told by mail."
    assert not Organisation.objects.filter(pk=key).exists()
    assert (Organisation.objects.filter(pk=other.pk).exists(), User.objects.count()) == (True, count + 2)
    assert ErasureRecord.objects.get().what == "organisation"
    assert tables_with("Lantern") == set()
    for owner, sent in zip(owners, mail.outbox, strict=True):
        assert (sent.to, sent.subject) == ([owner.email], "Rungwise: Lantern was removed")
        body = " ".join(sent.body.split())
        assert "removed Lantern, which you owned, with all of its teams" in body
        assert f"Their reason: {ASKED} Everybody keeps their account" in body
        assert events(owner) == [("organisation_removed", "operator", key)]
        assert verify(owner.home_id).wrong == ""
    assert ran("verify_audit").endswith(" 0 broken.\n")


@pytest.mark.parametrize("others", [0, 1, 2])
def test_owners_are_told_by_whom_of_them_it_was_removed(others: int, member: User) -> None:
    lantern, owners = owned(others + 1)
    left = make_user("left@example.com")
    join(left, lantern, OWNER)
    Membership.objects.filter(user=left).update(left_at=timezone.now())
    join(member, lantern)
    first = owners[0]
    User.objects.filter(pk=first.pk).update(name="Ada")
    path = reverse("remove_organisation", args=["lantern"])
    assert confirmed(first).post(path, {"sure": "on"}, follow=True).status_code == 200
    assert not Organisation.objects.filter(pk=lantern.pk).exists()
    assert [sent.to for sent in mail.outbox] == [[owner.email] for owner in owners[1:]]
    for sent in mail.outbox:
        body = " ".join(sent.body.split())
        assert sent.subject == "Rungwise: Lantern was removed"
        assert "Ada removed Lantern, which you owned, too, with all of its teams" in body
        assert "reason" not in body


def test_it_says_what_goes_before(rubric: Any) -> None:
    pair = make_pair()
    lantern = pair.organisation
    first = f"lantern  Lantern (2 people, founded {lantern.created_at:%Y-%m-%d})"
    goes = "{} and its log go for good. Everybody keeps their account, own reports and plan."
    assert told("lantern") == (
        [first, goes.format("1 team, 0 rounds, 0 shared reports, 0 reviews")],
        "nothing was removed: add --reason and --yes to remove it for good",
    )
    pair.revealed()
    for number in range(2):
        make_team(lantern, slug=f"other-{number}")
        day = timezone.localdate()
        Round.objects.create(organisation=lantern, name="Autumn", starts_on=day, due_on=day)
    Round.objects.create(organisation=make_organisation("Quarry", "quarry"), name="Other", starts_on=day, due_on=day)
    lines, _ = told(str(lantern.pk).upper())
    assert lines == [first, goes.format("3 teams, 2 rounds, 1 shared report, 1 review")]
    ran("remove_organisation", "lantern", reason=ASKED, yes=True)
    assert Assessment.objects.get().rater == pair.member, "their own report; the manager's view is gone"


@pytest.mark.parametrize(
    ("reason", "said"), [("", "says nothing"), ("\u200b", "says nothing"), ("x" * 201, "may have 200")]
)
def test_without_a_reason_nothing_goes(reason: str, said: str) -> None:
    lantern, _ = owned(1)
    assert said in refusal("remove_organisation", "lantern", reason=reason, yes=True)
    assert Organisation.objects.filter(pk=lantern.pk).exists()


def test_whoever_does_not_know_the_slug_finds_it() -> None:
    lantern, (owner,) = owned(1, "lantern-x2f4", "Lanterns & Söhne")
    owned(1, "quarry", "Quarry")
    join(owner, make_organisation("Elsewhere", "elsewhere"))
    day = f"{lantern.created_at:%Y-%m-%d}"
    line = f"lantern-x2f4  Lanterns & Söhne (1 person, founded {day})"
    near, none = (
        "no organisation has this slug or id; these could be meant",
        "no organisation has this slug or id, and none",
    )
    for words in ("sohne", "LANTERN", "x2f4", "lanterns & söhne", owner.email.upper()):
        assert told(words) == ([line], near), words
    for words in ("lantern-x2f", "nobody@example.com", "\0", str(uuid.uuid4()), str(owner.home_id), owner.home.name):
        lines, said = told(words, reason=ASKED, yes=True)
        assert said.startswith((near, none)), words
    assert told("zzz") == ([], f"{none} is called so")
    lines, said = told()
    assert ([each.split()[0] for each in lines], said) == (
        ["elsewhere", "lantern-x2f4", "quarry"],
        "nothing was removed: name one by its slug, the first word of its line",
    )
    assert Organisation.objects.filter(kind=Organisation.Kind.COMPANY).count() == 3


def test_a_long_list_says_that_it_is_one() -> None:
    for number in range(31):
        make_organisation("Lantern", f"lantern-{number}")
    lines, _ = told("lantern")
    assert (len(lines), lines[-1]) == (31, "… and others: these are the first 30")


def test_what_is_interrupted_has_done_nothing(member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    lantern, (owner, _) = owned(2)
    before = everything_of(lantern)
    tell = Mock(side_effect=[None, KeyboardInterrupt])
    monkeypatch.setattr(removing, "_tell", tell)
    with pytest.raises(KeyboardInterrupt):
        remove_at_server(lantern, ASKED)
    assert tell.call_count == 2
    assert (everything_of(lantern), events(owner), ErasureRecord.objects.count()) == (before, [], 0)


def everything_of(organisation: Organisation) -> list[Any]:
    rows = [*Organisation.objects.filter(pk=organisation.pk).values_list()]
    return [*rows, *Membership.objects.filter(organisation=organisation).order_by("pk").values_list()]


def test_a_ladder_that_reports_were_made_with_keeps_it(member: User) -> None:
    """As on the page of its owners."""
    lantern, (owner,) = owned(1)
    shipped = make_ladder_version()
    own = LadderVersion.objects.create(
        organisation=lantern, slug="own", version=1, title="Own", document=shipped.document, checksum="x"
    )
    Assessment.objects.create(
        organisation=member.home, ladder_version=own, subject=member, rater=member, started_at=timezone.now()
    )
    said = refusal("remove_organisation", "lantern", reason=ASKED, yes=True)
    assert said.startswith("nothing was removed: People’s own reports were made with a ladder")
    assert (Organisation.objects.filter(pk=lantern.pk).exists(), events(owner), mail.outbox) == (True, [], [])


def test_somebody_else_was_quicker(monkeypatch: pytest.MonkeyPatch) -> None:
    lantern, (owner,) = owned(1)
    monkeypatch.setattr(
        "assessments.management.commands.remove_organisation.reason_of",
        lambda said: [remove_organisation(lantern), said][1],
    )
    said = refusal("remove_organisation", "lantern", reason=ASKED, yes=True)
    assert said == "nothing was removed: somebody was quicker, it is gone"
    assert events(owner) == []
