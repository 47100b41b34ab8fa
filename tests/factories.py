"""Typed factories with small defaults, and the cast: people named by what they are."""

import datetime
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from django.test import Client
from django.utils import timezone

from assessments.models import Assessment, Outcome, Rating
from assessments.scoring.values import NO_CHANCE, Answer
from ladder.document.files import read_ladder
from ladder.document.format import LadderDocument
from ladder.models import LadderVersion, load
from people.models import Membership, Organisation, Team, TeamMembership, User, visitors

PASSWORD = "a-long-enough-password"
SHIPPED = Path(__file__).parent.parent / "fixtures" / "ladders" / "pm"

_ladder: LadderDocument | None = None
# The ladder that was loaded last, and the id of its row: looking for it again takes as long as a whole request.
_loaded: tuple[LadderDocument, Any] | None = None


def shipped_ladder() -> LadderDocument:
    """The shipped ladder, read once in a test process."""
    global _ladder  # noqa: PLW0603
    if _ladder is None:
        _ladder = read_ladder(SHIPPED)[0]
    return _ladder


def make_ladder_version() -> LadderVersion:
    global _loaded  # noqa: PLW0603
    ladder = shipped_ladder()
    if _loaded and _loaded[0] is ladder and (found := LadderVersion.objects.filter(pk=_loaded[1]).first()):
        return found
    made = load(ladder)[0]
    _loaded = (ladder, made.pk)
    return made


def make_user(email: str = "member@example.com", **fields: Any) -> User:
    """A person who can log in: their address is verified."""
    from allauth.account.models import EmailAddress

    user = User.objects.create_user(email, PASSWORD, **fields)
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_organisation(name: str = "Lantern", slug: str = "lantern") -> Organisation:
    return Organisation.objects.create(kind=Organisation.Kind.COMPANY, name=name, slug=slug)


def make_team(organisation: Organisation, name: str = "Checkout", slug: str = "checkout") -> Team:
    return Team.objects.create(organisation=organisation, name=name, slug=slug)


def join(user: User, organisation: Organisation, role: str = Membership.Role.MEMBER) -> Membership:
    return Membership.objects.create(organisation=organisation, user=user, role=role)


def join_team(user: User, team: Team, role: str = TeamMembership.Role.MEMBER) -> TeamMembership:
    return TeamMembership.objects.create(organisation=team.organisation, team=team, user=user, role=role)


def make_assessment(
    rater: User | None = None,
    *,
    held: str | None = "pm",
    targets: list[str] | None = None,
    answers: Mapping[str, Answer] | None = None,
    evidence: Mapping[str, str] | None = None,
    submitted: bool = False,
    started_at: datetime.datetime | None = None,
    **fields: Any,
) -> Assessment:
    """A self-assessment of `rater`, or of a visitor when there is none."""
    rubric = make_rubric()
    assessment = Assessment.objects.create(
        organisation=rater.home if rater else visitors(),
        ladder_version_id=rubric.key,
        subject=rater,
        rater=rater,
        held_level_id=rubric.level_keys[held] if held else None,
        targets=targets if targets is not None else list(rubric.next_levels[held]) if held else [],
        started_at=started_at or timezone.now(),
        **fields,
    )
    give(assessment, answers or {}, evidence or {})
    if submitted:
        assessment.submit(at=timezone.now())
    return assessment


def submit_by_rule_one(draft: Assessment, *, low: str, high: str, spiky: Sequence[str] = ()) -> None:
    """Submit a draft as the first version did: its result in the form of rule 1, with these ends on every track."""
    answers = draft.answers()
    result = draft.score(answers)
    document = result.as_json()
    for name in ("rule", "ladder", "track", "aims"):
        del document[name]
    for level in document["levels"].values():
        must_haves = level.pop("must_haves")
        level["blockers"], level["open_gates"] = must_haves["short"], must_haves["not_rated"]
    document["places"] = {track: {"low": low, "high": high, "spiky": list(spiky)} for track in document["places"]}
    document["targets"] = {slug: document["targets"][slug] for slug in draft.targets}
    outcome = Outcome.from_result(draft, answers, result)
    outcome.result, outcome.rule, outcome.is_named = document, 1, True
    outcome.place_low, outcome.place_high = (end.replace("before-first", "") for end in (low, high))
    outcome.save(force_insert=True)
    draft.status, draft.submitted_at = draft.Status.SUBMITTED, timezone.now()
    draft.save(update_fields=["status", "submitted_at"])


def give(assessment: Assessment, answers: Mapping[str, Answer], evidence: Mapping[str, str] | None = None) -> None:
    """Answer some competencies of a draft."""
    keys = assessment.rubric.competency_keys
    Rating.objects.bulk_create(
        Rating(
            organisation_id=assessment.organisation_id,
            assessment=assessment,
            competency_id=keys[slug],
            step=None if answer == NO_CHANCE else answer,
            no_chance=answer == NO_CHANCE,
            evidence=(evidence or {}).get(slug, ""),
            updated_at=assessment.started_at,
        )
        for slug, answer in answers.items()
    )


def make_rubric() -> Any:
    from ladder.models import rubric_of

    return rubric_of(make_ladder_version().pk)


def exact_profile(level: str) -> dict[str, Answer]:
    """The steps that a level asks, no more and no less: 0 where nothing is expected."""
    return {slug: cell.step for slug, cell in shipped_ladder().expectations[level].items()}


def client_of(user: User) -> Client:
    """A browser in which somebody is logged in."""
    client = Client()
    client.force_login(user)
    return client


def confirmed(user: User) -> Client:
    """The same, who has said just now whose it is."""
    client = client_of(user)
    say_who(client, user)
    return client


def say_who(client: Any, user: User, *, at: float = 0, method: str = "", **more: str) -> None:
    """Let a browser have said just now, once more, whose it is, by what they have: as dangerous actions ask for."""
    from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY

    method = method or ("mfa" if user.authenticator_set.exists() else "password")  # type: ignore[attr-defined]
    said = {"method": method, "at": at or time.time(), "reauthenticated": True, **more}
    session = client.session
    session["account_authentication_methods_user"] = str(user.pk)
    session[AUTHENTICATION_METHODS_SESSION_KEY] = [said]
    session.save()
