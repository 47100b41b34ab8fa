"""manage.py load_demo – a company to look around in, in the local profile only."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from assessments.demo import (
    PASSWORD,
    Account,
    Demo,
    DemoAssessment,
    DemoError,
    DemoOrganisation,
    check_against,
    read_demo,
)
from assessments.models import Assessment, Rating
from assessments.scoring_values import NO_CHANCE
from ladder.models import NoLadderError, current_rubric
from ladder.rubric import Rubric
from people.models import Membership, Organisation, Team, TeamMembership, User

MONTH = timedelta(days=30.44)
# Before the oldest report.
MEMBERS_SINCE = 18 * MONTH
# How long ago somebody in the middle of a quiz began it.
DRAFT_AGE = timedelta(days=1)
PER_ANSWER = timedelta(seconds=20)


class Command(BaseCommand):
    help = "Load the demo company, once, and print its accounts. Only with PROFILE=local."

    def handle(self, **options: Any) -> None:
        if not settings.LOCAL:
            raise CommandError(
                "load_demo is for PROFILE=local: everybody knows the password of its accounts", returncode=2
            )
        try:
            demo = read_demo(Path(settings.BASE_DIR) / "fixtures" / "demo")
            self._load_once(demo)
        except (DemoError, NoLadderError) as error:
            raise CommandError(str(error), returncode=2) from error
        width = max(len(account.address) for account in demo.accounts)
        for account in demo.accounts:
            self.stdout.write(f"{account.address:<{width}}  {PASSWORD}  {account.name}, {account.about}")

    def _load_once(self, demo: Demo) -> None:
        """Load it, unless one of its accounts or organisations is there: then nothing is touched."""
        if User.objects.filter(email__in=[account.address for account in demo.accounts]).exists():
            return
        if Organisation.objects.filter(slug__in=[organisation.slug for organisation in demo.organisations]).exists():
            raise DemoError("an organisation of this database has the name of the demo company; it was not loaded")
        rubric = current_rubric()
        check_against(demo, rubric)
        with transaction.atomic():
            load(demo, rubric, timezone.now())


def load(demo: Demo, rubric: Rubric, now: datetime) -> None:
    """Make all of it, with dates counted back from `now`."""
    password = make_password(PASSWORD)
    people = {account.slug: _make_account(account, password, now - MEMBERS_SINCE) for account in demo.accounts}
    for organisation in demo.organisations:
        _make_organisation(organisation, people, now - MEMBERS_SINCE)
    for item in demo.assessments:
        _make_assessment(item, people[item.account], rubric, now)


def _make_account(account: Account, password: str, since: datetime) -> User:
    user = User(
        email=account.address,
        name=account.name,
        password=password,
        job_title=account.job_title,
        held_level=account.level,
        scheme=account.scheme,
        time_zone=account.time_zone,
        date_joined=since,
    )
    user.save()
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _make_organisation(told: DemoOrganisation, people: dict[str, User], since: datetime) -> None:
    organisation = Organisation.objects.create(kind=Organisation.Kind.COMPANY, slug=told.slug, name=told.name)
    for slug in told.people:
        role = Membership.Role.OWNER if slug in told.owners else Membership.Role.MEMBER
        Membership.objects.create(organisation=organisation, user=people[slug], role=role, joined_at=since)
    for told_team in told.teams:
        team = Team.objects.create(organisation=organisation, slug=told_team.slug, name=told_team.name)
        in_team = [(slug, TeamMembership.Role.MANAGER) for slug in told_team.managers]
        in_team += [(slug, TeamMembership.Role.MEMBER) for slug in told_team.members]
        for slug, team_role in in_team:
            TeamMembership.objects.create(
                organisation=organisation, team=team, user=people[slug], role=team_role, joined_at=since
            )


def _make_assessment(told: DemoAssessment, user: User, rubric: Rubric, now: datetime) -> None:
    ended = now - (MONTH * told.months_ago if told.months_ago else DRAFT_AGE)
    started = ended - PER_ANSWER * len(told.answers)
    assessment = Assessment.objects.create(
        organisation_id=user.home_id,
        framework_id=rubric.key,
        subject=user,
        rater=user,
        held_level_id=rubric.level_keys[told.held],
        job_title=user.job_title,
        targets=list(told.targets),
        specialisation=told.specialisation,
        length=told.length,
        started_at=started,
    )
    Rating.objects.bulk_create(
        Rating(
            organisation_id=user.home_id,
            assessment=assessment,
            competency_id=rubric.competency_keys[slug],
            step=None if answer == NO_CHANCE else answer,
            no_chance=answer == NO_CHANCE,
            evidence=told.evidence.get(slug, ""),
            created_at=started + PER_ANSWER * count,
            updated_at=started + PER_ANSWER * count,
        )
        for count, (slug, answer) in enumerate(told.answers.items(), start=1)
    )
    if told.months_ago:
        assessment.submit(at=ended)
