"""Pages that list what grows stay small: three times as many rows make no page larger, and ask nothing more."""

import datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import get_resolver
from django.utils import timezone

from assessments.models import Assessment, CopyQuestion, Opening, Outcome, Review, Round, Share, SupportAccess
from assessments.sharing.copies import share_with_team
from growth.models import Case, EvidenceEntry, MilestoneProof, PlanItem
from people.audit.log import Kind, Verb, record
from people.models import Invitation, Membership, Organisation, Session, Team, TeamMembership, User
from tests.factories import (
    client_of,
    exact_profile,
    join,
    join_team,
    make_assessment,
    make_organisation,
    make_team,
    make_user,
    shipped_ladder,
)

pytestmark = pytest.mark.django_db
# More than any page shows, so that all of them are full in both.
FEW, MANY = 105, 315
BYTES_MAX = 130_000
# Whose page it is, and what is in its path, by the names of `Crowded`.
PAGES = {
    "list_reports": "member",
    "show_trend": "member",
    "start_quiz": "member",
    "share_report": "member report",
    "list_reviews": "manager",
    "show_member": "manager slug team_slug member",
    "show_team": "manager slug team_slug",
    "list_plan": "member",
    "list_evidence": "member",
    "list_milestones": "member",
    "list_cases": "member",
    "create_case": "member",
    "list_sessions": "member",
    "show_own_log": "member",
    "list_support_accesses": "member",
    "list_person_reports": "staff member",
    "list_organisations": "member",
    "show_organisation": "owner slug",
    "list_people": "owner slug",
    "list_team_people": "owner slug team_slug",
    "list_rounds": "owner slug",
    "show_round": "owner round",
    "invite_people": "owner slug",
    "create_team": "owner slug",
    "show_log": "owner slug",
    "delete_account": "owner",
    "edit_profile": "member",
}
# Lists of the published ladder, which nobody makes longer by using the site.
OF_THE_LADDER = {"list_competencies", "list_specialisations", "list_paths", "list_questions"}


class Crowded:
    """An organisation, a team and a few people with as many rows of each kind as are asked for."""

    def __init__(self) -> None:
        self.organisation = make_organisation()
        self.team = make_team(self.organisation)
        self.owner, self.manager, self.member, self.staff = (
            make_user(f"{name}@example.com", name=name.title()) for name in ("owner", "manager", "member", "staff")
        )
        join(self.owner, self.organisation, Membership.Role.OWNER)
        join(self.manager, self.organisation)
        join(self.member, self.organisation)
        join_team(self.manager, self.team, TeamMembership.Role.MANAGER)
        join_team(self.member, self.team)
        User.objects.filter(pk=self.staff.pk).update(is_staff=True, is_superuser=True)
        self.report = make_assessment(self.member, answers=exact_profile("pm"), submitted=True)
        self.copy = share_with_team(self.report, self.team, with_notes=False)
        self.round = Round.objects.create(
            organisation=self.organisation, name="Open", starts_on=timezone.localdate(), due_on=timezone.localdate()
        )
        self.made = 0

    def grow(self, count: int) -> None:
        numbers, self.made = range(self.made, count), count
        now, home = timezone.now(), {"organisation": self.member.home}
        here, mine = {"organisation": self.organisation}, {"owner": self.member, **home}
        for _ in numbers:
            make_assessment(self.member)
        reports = [self._report() for _ in numbers]
        copies = [self._copy(source=report, team=self.team) for report in reports]
        others = [self._person(number) for number in numbers]
        Share.objects.bulk_create(copies)
        Share.objects.bulk_create(self._copy(source=self.report, recipient=user) for user in others)
        Opening.objects.bulk_create(
            Opening(author=self.member, reader=user, source=self.report, **home) for user in others
        )
        CopyQuestion.objects.bulk_create(
            CopyQuestion(copy=copy, author=self.member, asker=self.manager, **here) for copy in copies
        )
        Review.objects.bulk_create(
            Review(
                **here,
                team=self.team,
                subject=self.member,
                manager=self.manager,
                source=self.report,
                revealed_at=now,
                signed_by_subject_at=now,
                signed_by_manager_at=now,
                is_blind=True,
            )
            for _ in numbers
        )
        entries = EvidenceEntry.objects.bulk_create(
            EvidenceEntry(**mine, approach="x" * 200, happened_on=timezone.localdate(), competencies=["data"])
            for _ in numbers
        )
        milestone = shipped_ladder().milestones[0].slug
        MilestoneProof.objects.bulk_create(
            MilestoneProof(**mine, milestone=milestone, entry=entry) for entry in entries
        )
        Session.objects.bulk_create(
            Session(
                session_key=f"{number:064}", user=self.member, session_data="", expire_date=now + datetime.timedelta(9)
            )
            for number in numbers
        )
        SupportAccess.objects.bulk_create(
            SupportAccess(
                **home, staff=self.staff, person=self.member, assessment=self.report, reason="y" * 80, ends_at=now
            )
            for _ in numbers
        )
        Round.objects.bulk_create(
            Round(**here, name=f"R{number:04}", starts_on=now.date(), due_on=now.date(), closed_at=now)
            for number in numbers
        )
        Invitation.objects.bulk_create(
            Invitation(
                kind="mail",
                email=f"i{number:04}@example.com",
                token_hash=f"{number:064}",
                **{"sent_at": now, "expires_at": now + datetime.timedelta(9), "team": self.team, **here},
            )
            for number in numbers
        )
        for number in numbers:
            record(self.organisation.pk, Verb.SETTINGS_CHANGED, self.organisation, kind=Kind.ORGANISATION)
            record(self.member.home_id, Verb.DATA_EXPORTED, self.member, kind=Kind.PERSON)
            join(self.member, make_organisation(f"Other {number:04}", f"other-{number:04}"))

    def fill(self) -> None:
        """With what has an end of its own, as many as there can be."""
        mine = {"owner": self.member, "organisation": self.member.home}
        PlanItem.objects.bulk_create(PlanItem(**mine, text="z" * 200, position=number) for number in range(200))
        Case.objects.bulk_create(Case(**mine, title="c" * 100, target="pm") for _ in range(50))
        Team.objects.bulk_create(
            Team(organisation=self.organisation, name=f"Team {number:04}", slug=f"team-{number:04}")
            for number in range(499)
        )

    def _report(self) -> Assessment:
        made = make_assessment(self.member, answers={"data": 2})
        result = self.report.outcome
        Outcome.objects.bulk_create([_copy_of(result, assessment=made)])
        Assessment.objects.filter(pk=made.pk).update(status="submitted", submitted_at=timezone.now())
        return Assessment.objects.get(pk=made.pk)

    def _copy(self, **fields: Any) -> Share:
        return _copy_of(self.copy, id=None, **{"team": None, "recipient": None, **fields})

    def _person(self, number: int) -> User:
        user = User.objects.create_user(f"p{number:04}@example.com", None, name=f"Person {number:04}")
        join(user, self.organisation)
        join_team(user, self.team)
        return user

    def client(self, who: str) -> Client:
        return client_of(getattr(self, who))

    def path(self, name: str) -> str:
        from django.urls import reverse

        said = {"slug": self.organisation.slug, "team_slug": self.team.slug}
        keys = [said.get(key) or getattr(self, key).pk for key in PAGES[name].split()[1:]]
        return reverse(name, args=keys)


def _copy_of(row: Any, **fields: Any) -> Any:
    said = {field.name: getattr(row, field.name) for field in row._meta.concrete_fields if field.name != "id"}
    return type(row)(**said | {name: value for name, value in fields.items() if name != "id"})


def look(world: Crowded) -> dict[str, tuple[int, int]]:
    """Bytes and statements of each page, the second time somebody asks."""
    found = {}
    for name, words in PAGES.items():
        client, path = world.client(words.split()[0]), world.path(name)
        first = client.get(path)
        assert first.status_code in {200, 302}, (name, first.status_code)
        if first.status_code == 302:
            continue
        with CaptureQueriesContext(connection) as queries:
            body = client.get(path).content
        found[name] = len(body), len(queries)
    return found


def test_no_list_grows_without_end(rubric: Any, settings: Any) -> None:
    settings.SECOND_FACTOR = "staff"
    world = Crowded()
    world.fill()
    world.grow(FEW)
    few = look(world)
    world.grow(MANY)
    many = look(world)
    grown = [
        f"{name}: {few[name]} → {size}"
        for name, size in many.items()
        if size[1] > few[name][1] or size[0] > few[name][0] * 1.02
    ]
    assert grown == []
    large = [f"{name}: {size[0]} bytes" for name, size in many.items() if size[0] > BYTES_MAX]
    assert large == []
    assert Organisation.objects.count() > MANY


def test_every_list_is_looked_at() -> None:
    names = {str(name) for name in get_resolver().reverse_dict if isinstance(name, str)}
    lists = {name for name in names if name.startswith("list_")} - OF_THE_LADDER
    assert lists <= {*PAGES}
    assert len(lists) > 12
