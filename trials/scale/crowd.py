"""Makes an organisation of any size in the database of the settings, to measure pages with.

    python -m trials.scale.crowd [--members 10000] [--team-size 20] [--seed 1] [--slug crowd]

Only with PROFILE=local and PROFILE=test: everybody knows the password of its accounts. Prints what it made and who can
log in; exits with 2, and makes nothing, when it can't.
"""

import argparse
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

import django
from django.apps import apps

if not apps.ready:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from assessments.demo.company import PASSWORD
from assessments.models import Agenda, Assessment, CopyReader, Outcome, Rating, Review, Share
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.rule import score
from assessments.scoring.values import NO_CHANCE, Answer
from ladder.models import NoLadderError, current_rubric
from ladder.rubric import Rubric
from people.models import Membership, Organisation, Team, TeamMembership, User

CHUNK = 250
HOST = "crowd.example"
# So many sets of answers for each level, scored once and given to many: scoring each person would take minutes.
PROFILES = 12
LEVELS = 5
COLUMNS = (
    *("answers", "result", "track", "place_low", "place_high", "rule", "is_named", "target", "focus"),
    *("target_readiness_low", "target_readiness_high"),
)
# What a copy takes over from the outcome that it was made of.
_COPIED = ("answers", "result", "track", "place_low", "place_high", "rule", "is_named")
TOOK = timedelta(minutes=8)
GIVEN = ("Ada", "Bao", "Chidi", "Dara", "Emre", "Freya", "Gita", "Hugo", "Ines", "Jun", "Kofi", "Lena", "Mina", "Noor")
FAMILY = ("Abara", "Berg", "Costa", "Dvorak", "Eze", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kaya", "Lund")


@dataclass(frozen=True)
class Profile:
    """Answers for a level, scored once."""

    held: str
    targets: list[str]
    answers: dict[str, Answer]
    columns: dict[str, Any]


@dataclass(frozen=True)
class Crowd:
    organisation: Organisation
    rubric: Rubric
    profiles: Sequence[Profile]
    rng: random.Random
    now: datetime
    password: str
    # Percent of the members, of those who submitted, and of those who shared.
    submitted: int
    shared: int
    reviewed: int


@dataclass
class Made:
    submitted: int = 0
    shared: int = 0
    reviewed: int = 0


class CrowdError(Exception):
    """No crowd can be made here; the message is one line for whoever asked for it."""


def make_crowd(
    *,
    members: int = 200,
    team_size: int = 20,
    seed: int = 1,
    slug: str = "crowd",
    submitted: int = 90,
    shared: int = 70,
    reviewed: int = 50,
) -> str:
    """Make it and say what was made. `submitted`, `shared` and `reviewed` are percent. Raises CrowdError."""
    if settings.PROFILE not in {"local", "test"}:
        raise CrowdError("a crowd is for PROFILE=local and PROFILE=test")
    if slug != slugify(slug) or not slug or len(slug) > 50:
        raise CrowdError("--slug takes small letters, digits and hyphens, 50 at most")
    if Organisation.objects.filter(slug=slug).exists():
        raise CrowdError(f"an organisation is called {slug} already; give another --slug")
    try:
        rubric = current_rubric()
    except NoLadderError as error:
        raise CrowdError(str(error)) from error
    rng = random.Random(seed)  # noqa: S311  - for test data, and repeatable
    with transaction.atomic():
        organisation = Organisation.objects.create(kind=Organisation.Kind.COMPANY, slug=slug, name=slug.title())
        profiles, password = list(_profiles(rubric, rng)), make_password(PASSWORD)
        crowd = Crowd(organisation, rubric, profiles, rng, timezone.now(), password, submitted, shared, reviewed)
        made, teams = _make(crowd, members, team_size)
    return (
        f"{slug}: {members} members and {teams} managers in {teams} teams; {made.submitted} submitted, "
        f"{made.shared} shared, {made.reviewed} reviewed. Log in as owner.{slug}@{HOST}, manager-1.{slug}@{HOST} "
        f"(team {slug}-1) or member-1.{slug}@{HOST} with {PASSWORD}"
    )


def _make(crowd: Crowd, members: int, team_size: int) -> tuple[Made, int]:
    """The owner, then team after team. Returns what was made, and how many teams."""
    organisation = crowd.organisation
    owner = _people(crowd, [("owner", crowd.profiles[-1])])
    Membership.objects.filter(organisation=organisation, user=owner[0]).update(role=Membership.Role.OWNER)
    made = Made()
    teams = list(batched(range(1, members + 1), team_size, strict=False))
    for n, numbers in enumerate(teams, start=1):
        team = Team.objects.create(organisation=organisation, slug=f"{organisation.slug}-{n}", name=f"Team {n}")
        manager = _people(crowd, [(f"manager-{n}", crowd.profiles[-1])])[0]
        _join(team, [manager], TeamMembership.Role.MANAGER)
        for chunk in batched(numbers, CHUNK, strict=False):
            _fill(crowd, team, manager, chunk, made)
    return made, len(teams)


def _profiles(rubric: Rubric, rng: random.Random) -> Iterator[Profile]:
    for held in list(rubric.levels)[:LEVELS]:
        for _ in range(PROFILES):
            answers: dict[str, Answer] = {}
            for slug in rubric.competencies:
                chance = rng.random()
                if chance > 0.07:
                    asked = rubric.expectation(held, slug).step
                    answers[slug] = max(0, min(5, asked + rng.choice((-2, -1, -1, 0, 0, 0, 0, 1, 1))))
                elif chance > 0.03:
                    answers[slug] = NO_CHANCE
            targets = list(rubric.next_levels[held])
            result = score(scoring_ladder(rubric), answers, held=held, targets=targets)
            outcome = Outcome.from_result(Assessment(targets=targets), answers, result)
            yield Profile(held, targets, answers, {name: getattr(outcome, name) for name in COLUMNS})


def _people(crowd: Crowd, told: Sequence[tuple[str, Profile]]) -> list[User]:
    """Make people with spaces and log-ins of their own, in the organisation."""
    since = crowd.now - timedelta(days=500)
    users = []
    for name, profile in told:
        full = f"{crowd.rng.choice(GIVEN)} {crowd.rng.choice(FAMILY)}"
        home = Organisation(kind=Organisation.Kind.PERSONAL, name=full)
        email = f"{name}.{crowd.organisation.slug}@{HOST}"
        said = {"email": email, "email_canonical": email, "name": full, "held_level": profile.held}
        users.append(User(**said, password=crowd.password, home=home, date_joined=since))
    Organisation.objects.bulk_create(user.home for user in users)
    User.objects.bulk_create(users)
    EmailAddress.objects.bulk_create(
        EmailAddress(user=user, email=user.email, verified=True, primary=True) for user in users
    )
    Membership.objects.bulk_create(
        Membership(organisation=crowd.organisation, user=user, joined_at=since) for user in users
    )
    return users


def _join(team: Team, users: Sequence[User], role: str) -> None:
    TeamMembership.objects.bulk_create(
        TeamMembership(
            organisation_id=team.organisation_id, team=team, user=user, role=role, joined_at=user.date_joined
        )
        for user in users
    )


def _fill(crowd: Crowd, team: Team, manager: User, numbers: Sequence[int], made: Made) -> None:
    """Make some members of a team with everything of theirs, one statement for each kind of row."""
    rng = crowd.rng
    profiles = [rng.choice(crowd.profiles) for _ in numbers]
    users = _people(crowd, [(f"member-{n}", profile) for n, profile in zip(numbers, profiles, strict=True)])
    _join(team, users, TeamMembership.Role.MEMBER)
    drafts = [
        (_draft(crowd, user, user, profile), profile)
        for user, profile in zip(users, profiles, strict=True)
        if rng.randrange(100) < crowd.submitted
    ]
    _submit(crowd, drafts)
    shares = [_copy(crowd, team, draft, profile) for draft, profile in drafts if rng.randrange(100) < crowd.shared]
    Share.objects.bulk_create(shares)
    CopyReader.objects.bulk_create(
        CopyReader(
            organisation=crowd.organisation,
            copy=share,
            reader=manager,
            why=CopyReader.Why.MANAGER,
            given_at=share.shared_at,
        )
        for share in shares
    )
    reviewed = [share for share in shares if rng.randrange(100) < crowd.reviewed]
    views = [
        (_draft(crowd, share.author, manager, profile, team), profile)
        for share in reviewed
        for profile in [rng.choice([item for item in crowd.profiles if item.held == share.held])]
    ]
    _submit(crowd, views)
    reviews = [
        Review(
            organisation=crowd.organisation,
            team=team,
            subject=share.author,
            manager=manager,
            choice=Review.Choice.RATE_FIRST,
            assessment=view,
            share=share,
            source_id=share.source_id,
            is_blind=True,
            opened_at=view.started_at,
            revealed_at=view.started_at + TOOK,
        )
        for share, (view, _) in zip(reviewed, views, strict=True)
    ]
    Review.objects.bulk_create(reviews)
    met = [share.pk for share in reviewed]
    CopyReader.objects.filter(organisation=crowd.organisation, copy__in=met).update(open_since=crowd.now)
    Agenda.objects.bulk_create(Agenda(review=review, organisation=crowd.organisation) for review in reviews)
    made.submitted += len(drafts)
    made.shared += len(shares)
    made.reviewed += len(reviews)


def _draft(crowd: Crowd, subject: User, rater: User, profile: Profile, team: Team | None = None) -> Assessment:
    return Assessment(
        organisation_id=team.organisation_id if team else rater.home_id,
        ladder_version_id=crowd.rubric.key,
        kind=Assessment.Kind.MANAGER if team else Assessment.Kind.SELF,
        subject=subject,
        rater=rater,
        held_level_id=crowd.rubric.level_keys[profile.held],
        targets=profile.targets,
        team=team,
        started_at=crowd.now
        - timedelta(days=1 if team else crowd.rng.randrange(10, 200), minutes=crowd.rng.randrange(600)),
    )


def _submit(crowd: Crowd, drafts: Sequence[tuple[Assessment, Profile]]) -> None:
    """Ratings first, then the outcome, then the status: the database's guards refuse any other order."""
    Assessment.objects.bulk_create(draft for draft, _ in drafts)
    Rating.objects.bulk_create(
        (
            Rating(
                organisation_id=draft.organisation_id,
                assessment=draft,
                competency_id=crowd.rubric.competency_keys[slug],
                step=None if answer == NO_CHANCE else int(answer),
                no_chance=answer == NO_CHANCE,
                created_at=draft.started_at,
                updated_at=draft.started_at,
            )
            for draft, profile in drafts
            for slug, answer in profile.answers.items()
        ),
        batch_size=2000,
    )
    Outcome.objects.bulk_create(
        Outcome(assessment=draft, organisation_id=draft.organisation_id, **profile.columns) for draft, profile in drafts
    )
    Assessment.objects.filter(pk__in=[draft.pk for draft, _ in drafts]).update(
        status=Assessment.Status.SUBMITTED, submitted_at=F("started_at") + TOOK
    )


def _copy(crowd: Crowd, team: Team, draft: Assessment, profile: Profile) -> Share:
    columns = {name: profile.columns[name] for name in _COPIED}
    submitted_at = draft.started_at + TOOK
    return Share(
        organisation=crowd.organisation,
        team=team,
        author=draft.rater,
        source=draft,
        ladder_version_id=crowd.rubric.key,
        held=profile.held,
        targets=profile.targets,
        submitted_at=submitted_at,
        shared_at=submitted_at,
        **columns,
    )


def _count(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 100_000:
        raise argparse.ArgumentTypeError("a number from 1 to 100000")
    return number


def _percent(text: str) -> int:
    number = int(text)
    if not 0 <= number <= 100:
        raise argparse.ArgumentTypeError("a number from 0 to 100")
    return number


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Make an organisation with many people in teams, for measuring.")
    parser.add_argument("--members", type=_count, default=200, help="people besides managers and owner")
    parser.add_argument("--team-size", type=_count, default=20, help="members in a team, each with one manager")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same names, levels and steps")
    parser.add_argument("--slug", default="crowd", help="address of the organisation")
    parser.add_argument("--submitted", type=_percent, default=90, help="percent of the members")
    parser.add_argument("--shared", type=_percent, default=70, help="percent of those who submitted")
    parser.add_argument("--reviewed", type=_percent, default=50, help="percent of those who shared: both sides open")
    try:
        print(make_crowd(**vars(parser.parse_args(words))))
    except CrowdError as error:
        print(f"crowd: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
