"""The demo company as its files describe it: reads them and checks that they fit together. Pure."""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from assessments.scoring.values import NO_CHANCE, Answer
from ladder.document.kinds import STEPS_MAX
from ladder.rubric import Rubric

HOST = "demo.example"
PASSWORD = "ladder-demo-2026"  # noqa: S105  - printed at the start; the accounts exist in the local profile only

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=60)]
Line = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Note = Annotated[str, StringConstraints(min_length=1, max_length=500)]
Months = Annotated[int, Field(ge=1, le=60)]
Days = Annotated[int, Field(ge=1, le=500)]


def _as_answer(value: Any) -> Any:
    if value != NO_CHANCE and (type(value) is not int or not 0 <= value <= STEPS_MAX):
        raise ValueError(f"expected a step from 0 to {STEPS_MAX}, or {NO_CHANCE}")
    return value


Said = Annotated[Answer, BeforeValidator(_as_answer)]


class DemoError(ValueError):
    """The files hold no demo company; the message is one line for whoever wrote them."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Account(_Part):
    slug: Slug
    name: Line
    job_title: Line
    level: Slug
    scheme: Slug | Literal[""] = ""
    time_zone: Line
    about: Line

    @property
    def address(self) -> str:
        return f"{self.slug}@{HOST}"


class DemoTeam(_Part):
    slug: Slug
    name: Line
    managers: tuple[Slug, ...]
    members: tuple[Slug, ...]
    coaches: tuple[Slug, ...] = ()


class DemoOrganisation(_Part):
    slug: Slug
    name: Line
    owners: Annotated[tuple[Slug, ...], Field(min_length=1)]
    teams: tuple[DemoTeam, ...]

    @property
    def people(self) -> tuple[Slug, ...]:
        """Slugs of everybody in it, owners first, each once."""
        in_teams = (slug for team in self.teams for slug in (*team.managers, *team.members))
        return tuple(dict.fromkeys((*self.owners, *in_teams)))


class DemoAssessment(_Part):
    """Submitted `months_ago`, or a draft without it; `answers` in the order in which they were given."""

    account: Slug
    months_ago: Months | None = None
    held: Slug
    targets: tuple[Slug, ...]
    specialisation: Slug | Literal[""] = ""
    length: Literal["quick", "full"]
    answers: dict[Slug, Said]
    evidence: dict[Slug, Note] = {}


class DemoRound(_Part):
    """`starts` and `due` in days from the day of loading."""

    organisation: Slug
    slug: Slug
    name: Line
    starts: int
    due: int
    is_closed: bool = False


class _Given(_Part):
    """A copy of the report that an account submitted `months_ago`, for a team's managers."""

    account: Slug
    months_ago: Months
    team: Slug
    days_ago: Days
    with_notes: bool


class DemoShare(_Given):
    """A copy that some of the managers read at once."""

    read_by: tuple[Slug, ...] = ()


class DemoQuestion(_Part):
    """Somebody who manages the team for `days_ago` asks for a copy that was given before."""

    asker: Slug
    account: Slug
    months_ago: Months
    team: Slug
    days_ago: Days


class DemoCommitment(_Part):
    text: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    competency: Slug
    due: int


class DemoReview(_Given):
    """A copy that met a manager's review; `is_signed` by both, or still open between them."""

    manager: Slug
    round: Slug
    answers: dict[Slug, Said]
    evidence: dict[Slug, Note] = {}
    agenda: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    commitments: Annotated[tuple[DemoCommitment, ...], Field(max_length=3)] = ()
    is_signed: bool = False


class Demo(_Part):
    accounts: Annotated[tuple[Account, ...], Field(min_length=1)]
    organisations: tuple[DemoOrganisation, ...]
    assessments: tuple[DemoAssessment, ...]
    rounds: tuple[DemoRound, ...] = ()
    reviews: tuple[DemoReview, ...] = ()
    shares: tuple[DemoShare, ...] = ()
    questions: tuple[DemoQuestion, ...] = ()
    # The growth app checks and loads it.
    growth: dict[str, Any] = {}


def read_demo(folder: Path) -> Demo:
    """Read the demo company from the `*.yaml` files of a folder. Raises DemoError when they hold none."""
    data: dict[str, Any] = {}
    for file in sorted(folder.glob("*.yaml")):
        try:
            data |= YAML(typ="safe").load(file.read_text(encoding="utf-8"))
        except (OSError, ValueError, TypeError, YAMLError) as error:
            raise DemoError(f"{file.name} can't be read: {' '.join(str(error).split())}") from error
    try:
        demo = Demo.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise DemoError(f"{folder.name}: {place}: {first['msg']}") from error
    _check_people(demo)
    return demo


def _check_people(demo: Demo) -> None:
    known = {account.slug for account in demo.accounts}
    named = {slug for organisation in demo.organisations for slug in organisation.people}
    named |= {item.account for item in demo.assessments}
    named |= {item.account for item in demo.reviews} | {item.account for item in demo.shares}
    named |= {slug for item in demo.questions for slug in (item.asker, item.account)}
    named |= {item.manager for item in demo.reviews} | {slug for item in demo.shares for slug in item.read_by}
    if unknown := sorted(named - known):
        raise DemoError(f"no account is called {', '.join(unknown)}")
    _check_meetings(demo)


def _check_meetings(demo: Demo) -> None:
    """Raise DemoError when a copy, a review or a round names something that the files don't have."""
    teams = {team.slug for organisation in demo.organisations for team in organisation.teams}
    reports = {(item.account, item.months_ago) for item in demo.assessments}
    rounds = {item.slug for item in demo.rounds}
    given: list[_Given] = [*demo.reviews, *demo.shares]
    for item in given:
        if item.team not in teams:
            raise DemoError(f"no team is called {item.team}")
        if (item.account, item.months_ago) not in reports:
            raise DemoError(f"{item.account} has no report of {item.months_ago} months ago")
    copies = {(item.account, item.months_ago, item.team) for item in given}
    for question in demo.questions:
        if (question.account, question.months_ago, question.team) not in copies:
            raise DemoError(f"{question.asker} asks {question.account} for a copy that nobody was given")
    for review in demo.reviews:
        if review.round not in rounds:
            raise DemoError(f"no round is called {review.round}")
    if unknown := sorted({told.organisation for told in demo.rounds} - {told.slug for told in demo.organisations}):
        raise DemoError(f"no organisation is called {', '.join(unknown)}")


def check_against(demo: Demo, rubric: Rubric) -> None:
    """Raise DemoError when the company names something that the ladder does not have."""
    for item in demo.assessments:
        unknown = [
            *sorted({*item.answers, *item.evidence} - set(rubric.competencies)),
            *sorted({item.held, *item.targets} - set(rubric.levels)),
            *sorted({item.specialisation} - {"", *rubric.specialisations}),
        ]
        if unknown:
            raise DemoError(f"an assessment of {item.account}: the ladder has no {', '.join(unknown)}")
    for review in demo.reviews:
        named = {*review.answers, *review.evidence, *(item.competency for item in review.commitments)}
        if missing := sorted(named - set(rubric.competencies)):
            raise DemoError(f"a review of {review.account}: the ladder has no {', '.join(missing)}")
    for account in demo.accounts:
        if account.level not in rubric.levels:
            raise DemoError(f"{account.slug}: the ladder has no level {account.level}")
        if account.scheme and account.scheme not in rubric.schemes:
            raise DemoError(f"{account.slug}: the ladder has no scheme {account.scheme}")
