"""manage.py load_demo – loads a company to look around in; in the local profile only."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from assessments.demo.company import (
    PASSWORD,
    Account,
    Demo,
    DemoAssessment,
    DemoError,
    DemoOrganisation,
    DemoQuestion,
    DemoReview,
    DemoRound,
    DemoShare,
    check_against,
    read_demo,
)
from assessments.models import Agenda, Assessment, CopyQuestion, Rating, Review, Round, Share
from assessments.openings import note_opening
from assessments.reviews.review import AgreedStep, choose, open_review, save_talk, start_rating, submit_review
from assessments.scoring.values import NO_CHANCE
from assessments.sharing.copies import share_with_team
from assessments.signals import demo_loaded
from ladder.models import NoLadderError, current_rubric
from ladder.rubric import Rubric
from people.days import day_in
from people.models import Membership, Organisation, Team, TeamMembership, User

MONTH = timedelta(days=30.44)
# Everybody joined before the oldest report.
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
        """Load it, unless one of its accounts is there already. DemoError when its organisation's name is taken."""
        if User.objects.filter(email__in=[account.address for account in demo.accounts]).exists():
            return
        if Organisation.objects.filter(slug__in=[organisation.slug for organisation in demo.organisations]).exists():
            raise DemoError("an organisation of this database has the name of the demo company; it was not loaded")
        rubric = current_rubric()
        check_against(demo, rubric)
        with transaction.atomic():
            load(demo, rubric, timezone.now())


def load(demo: Demo, rubric: Rubric, now: datetime) -> None:
    """Make everything, with dates counted back from `now`."""
    password = make_password(PASSWORD)
    people = {account.slug: _make_account(account, password, now - MEMBERS_SINCE) for account in demo.accounts}
    for organisation in demo.organisations:
        _make_organisation(organisation, people, now - MEMBERS_SINCE)
    reports = {
        (item.account, item.months_ago): _make_assessment(item, people[item.account], rubric, now)
        for item in demo.assessments
    }
    teams = {team.slug: team for team in Team.objects.filter(memberships__user__in=people.values()).distinct()}
    rounds = {item.slug: _make_round(item, now) for item in demo.rounds}
    for item in demo.reviews:
        report = reports[item.account, item.months_ago]
        _make_review(item, report, teams[item.team], people[item.manager], rounds[item.round], now=now)
    for share in demo.shares:
        readers = [people[slug] for slug in share.read_by]
        _make_share(share, reports[share.account, share.months_ago], teams[share.team], readers, now)
    for question in demo.questions:
        report = reports[question.account, question.months_ago]
        _make_question(question, report, teams[question.team], people[question.asker], now)
    demo_loaded.send(Demo, told=demo.growth, people=people, reports=reports, rubric=rubric, now=now)


def _make_account(account: Account, password: str, since: datetime) -> User:
    user = User.objects.create(
        email=account.address,
        name=account.name,
        password=password,
        job_title=account.job_title,
        held_level=account.level,
        scheme=account.scheme,
        time_zone=account.time_zone,
        date_joined=since,
    )
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def _make_organisation(told: DemoOrganisation, people: dict[str, User], since: datetime) -> None:
    said = {"slug": told.slug, "name": told.name, "zone": people[told.owners[0]].time_zone}
    organisation = Organisation.objects.create(kind=Organisation.Kind.COMPANY, **said)
    for slug in told.people:
        role = Membership.Role.OWNER if slug in told.owners else Membership.Role.MEMBER
        Membership.objects.create(organisation=organisation, user=people[slug], role=role, joined_at=since)
    for told_team in told.teams:
        team = Team.objects.create(organisation=organisation, slug=told_team.slug, name=told_team.name)
        in_team = [(slug, TeamMembership.Role.MANAGER) for slug in told_team.managers]
        in_team += [(slug, TeamMembership.Role.MEMBER) for slug in told_team.members]
        for slug, team_role in in_team:
            TeamMembership.objects.create(
                organisation=organisation,
                team=team,
                user=people[slug],
                role=team_role,
                offers_coaching=slug in told_team.coaches,
                joined_at=since,
            )


def _make_assessment(told: DemoAssessment, user: User, rubric: Rubric, now: datetime) -> Assessment:
    ended = now - (MONTH * told.months_ago if told.months_ago else DRAFT_AGE)
    started = ended - PER_ANSWER * len(told.answers)
    assessment = Assessment.objects.create(
        organisation_id=user.home_id,
        ladder_version_id=rubric.key,
        subject=user,
        rater=user,
        held_level_id=rubric.level_keys[told.held],
        job_title=user.job_title,
        targets=list(told.targets),
        specialisation=told.specialisation,
        length=told.length,
        started_at=started,
    )
    _answer(assessment, told, started)
    if told.months_ago:
        assessment.submit(at=ended)
    return assessment


def _answer(assessment: Assessment, told: DemoAssessment | DemoReview, started: datetime) -> None:
    Rating.objects.bulk_create(
        Rating(
            organisation_id=assessment.organisation_id,
            assessment=assessment,
            competency_id=assessment.rubric.competency_keys[slug],
            step=None if answer == NO_CHANCE else int(answer),
            no_chance=answer == NO_CHANCE,
            evidence=told.evidence.get(slug, ""),
            created_at=started + PER_ANSWER * count,
            updated_at=started + PER_ANSWER * count,
        )
        for count, (slug, answer) in enumerate(told.answers.items(), start=1)
    )


def _make_round(told: DemoRound, now: datetime) -> Round:
    organisation = Organisation.objects.get(slug=told.organisation)
    today = day_in(organisation.zone, now)
    closed = now + timedelta(days=told.due + 1) if told.is_closed else None
    return Round.objects.create(
        organisation=organisation,
        zone=organisation.zone,
        name=told.name,
        starts_on=today + timedelta(days=told.starts),
        due_on=today + timedelta(days=told.due),
        closed_at=closed,
        figures_at=closed,
        created_at=now + timedelta(days=told.starts - 7),
    )


def _share(report: Assessment, team: Team, at: datetime, *, with_notes: bool) -> Share:
    """Give a copy as its author would, with an earlier date."""
    share = share_with_team(Assessment.objects.get(pk=report.pk), team, with_notes=with_notes)
    Share.objects.filter(pk=share.pk).update(shared_at=at)
    return share


def _make_review(
    told: DemoReview, report: Assessment, team: Team, manager: User, in_round: Round, *, now: datetime
) -> None:
    ended = now - timedelta(days=told.days_ago)
    _share(report, team, ended - timedelta(days=4), with_notes=told.with_notes)
    member = User.objects.get(assessments_by=report)
    review = open_review(team, member, manager, in_round=in_round)
    draft = start_rating(review, member.held_level)
    started = ended - PER_ANSWER * (len(told.answers) + 1)
    Assessment.objects.filter(pk=draft.pk).update(started_at=started)
    _answer(draft, told, started)
    submit_review(review, at=ended)
    due: list[AgreedStep] = [
        (item.text, item.competency, timezone.localdate(now + timedelta(days=item.due))) for item in told.commitments
    ]
    save_talk(review, member, text=told.agenda, rows=due)
    Agenda.objects.filter(review=review).update(saved_at=ended + timedelta(days=1))
    if told.is_signed:
        for person in (member, manager):
            save_talk(review, person, signed_at=ended + timedelta(days=2))
    Review.objects.filter(pk=review.pk).update(opened_at=started, revealed_at=ended)


def _make_share(told: DemoShare, report: Assessment, team: Team, readers: list[User], now: datetime) -> None:
    at = now - timedelta(days=told.days_ago)
    share = _share(report, team, at, with_notes=told.with_notes)
    for reader in readers:
        review = open_review(team, share.author, reader)
        choose(review, Review.Choice.READ_NOW)
        note_opening(share, reader)
        Review.objects.filter(pk=review.pk).update(opened_at=at + timedelta(days=1))


def _make_question(told: DemoQuestion, report: Assessment, team: Team, asker: User, now: datetime) -> None:
    at = now - timedelta(days=told.days_ago)
    here = {"organisation_id": team.organisation_id}
    TeamMembership.objects.create(**here, team=team, user=asker, role=TeamMembership.Role.MANAGER, joined_at=at)
    share = Share.objects.get(source=report, team=team)
    CopyQuestion.objects.create(
        **here, copy=share, author_id=share.author_id, asker=asker, asked_by=asker, asked_at=at + timedelta(hours=2)
    )
