"""Gives the people of the demo company plans, evidence and cases, read from its file `growth.yaml`."""

import datetime
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

from django.utils import timezone
from pydantic import Field, StringConstraints, ValidationError

from assessments.demo.company import DemoError, Line, Slug, _Part
from assessments.models import Assessment
from growth.cases.cases import BY_SLUG, make_case, save_section
from growth.evidence.log import add_entries
from growth.models import Case, CaseSection, EvidenceEntry, MilestoneProof, PlanItem
from growth.plan.plan import next_position, plan_of
from ladder.document.kinds import STEPS_MAX
from ladder.rubric import Rubric
from people.models import User

Text = Annotated[str, StringConstraints(min_length=1, max_length=2000)]
Short = Annotated[str, StringConstraints(min_length=1, max_length=400)]
Step = Annotated[int, Field(ge=0, le=STEPS_MAX)]
DaysAgo = Annotated[int, Field(ge=0, le=2000)]
# By account and by the months ago when they were submitted.
type Reports = Mapping[tuple[str, int | None], Assessment]


class DemoEntry(_Part):
    account: Slug
    name: Slug
    days_ago: DaysAgo
    problem: Text | Literal[""] = ""
    approach: Text
    outcome: Text | Literal[""] = ""
    measure: Line | Literal[""] = ""
    before: Line | Literal[""] = ""
    after: Line | Literal[""] = ""
    competencies: tuple[Slug, ...] = ()


class DemoProof(_Part):
    account: Slug
    milestone: Slug
    evidence: tuple[Slug, ...]


class DemoItem(_Part):
    """`due` is in days after the day of loading, `ended` in days before it; `evidence` is the name of an entry."""

    account: Slug
    text: Short
    competency: Slug
    from_step: Step | None = None
    to_step: Step | None = None
    first_step: Short | Literal[""] = ""
    done_when: Short | Literal[""] = ""
    due: int | None = None
    state: Literal["planned", "doing", "done", "dropped"] = "planned"
    ended: DaysAgo = 0
    evidence: Slug | None = None


class DemoCase(_Part):
    """A case based on the report submitted `months_ago`, and what its author wrote into its sections."""

    account: Slug
    months_ago: int
    target: Slug
    title: Line
    days_ago: DaysAgo
    sections: dict[Slug, Text]


class DemoGrowth(_Part):
    evidence: tuple[DemoEntry, ...] = ()
    milestones: tuple[DemoProof, ...] = ()
    plans: tuple[DemoItem, ...] = ()
    cases: tuple[DemoCase, ...] = ()


def on_demo_loaded(
    sender: Any,  # noqa: ARG001
    *,
    told: Mapping[str, Any],
    people: Mapping[str, User],
    reports: Reports,
    rubric: Rubric,
    now: datetime.datetime,
    **_: Any,
) -> None:
    """Make it all, in the transaction that makes the company (growth/apps.py connects this to its signal).

    Raises DemoError if the file contradicts the other files.
    """
    growth = read_growth(told)
    check_growth(growth, people, reports, rubric)
    entries = {(item.account, item.name): _entry(item, people[item.account], now) for item in growth.evidence}
    MilestoneProof.objects.bulk_create(
        MilestoneProof(
            organisation_id=people[told.account].home_id,
            owner=people[told.account],
            milestone=told.milestone,
            entry=entries[told.account, name],
            attached_at=now,
        )
        for told in growth.milestones
        for name in told.evidence
    )
    for item in growth.plans:
        _plan(item, people[item.account], entries[item.account, item.evidence] if item.evidence else None, now)
    for case in growth.cases:
        _case(case, people[case.account], reports[case.account, case.months_ago], now)


def read_growth(told: Mapping[str, Any]) -> DemoGrowth:
    try:
        return DemoGrowth.model_validate(told)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(step) for step in first["loc"])
        raise DemoError(f"growth: {place}: {first['msg']}") from error


def check_growth(growth: DemoGrowth, people: Mapping[str, User], reports: Reports, rubric: Rubric) -> None:
    """Raise DemoError if the file names an account, competency, level or the like that does not exist."""
    if unknown := sorted(set(_unknown(growth, people, reports, rubric))):
        raise DemoError(f"growth: there is no {', '.join(unknown)}")


def _unknown(growth: DemoGrowth, people: Mapping[str, User], reports: Reports, rubric: Rubric) -> Iterator[str]:
    entries = {(item.account, item.name) for item in growth.evidence}
    milestones = {item.slug for item in rubric.ladder.milestones}
    told = (growth.evidence, growth.milestones, growth.plans, growth.cases)
    yield from {item.account for group in told for item in group} - set(people)
    named = {slug for item in growth.evidence for slug in item.competencies}
    named |= {item.competency for item in growth.plans}
    yield from named - set(rubric.competencies)
    yield from {item.milestone for item in growth.milestones} - milestones
    spoken = {(item.account, name) for item in growth.milestones for name in item.evidence}
    spoken |= {(item.account, item.evidence) for item in growth.plans if item.evidence}
    yield from (f"{account} {name}" for account, name in spoken - entries)
    for case in growth.cases:
        if (case.account, case.months_ago) not in reports:
            yield f"report of {case.account} {case.months_ago} months ago"
        yield from {case.target} - set(rubric.levels)
        yield from set(case.sections) - set(BY_SLUG)


def _entry(told: DemoEntry, user: User, now: datetime.datetime) -> EvidenceEntry:
    said = {name: getattr(told, name) for name in ("problem", "approach", "outcome", "measure", "before", "after")}
    at = now - datetime.timedelta(days=told.days_ago)
    rest = {
        "happened_on": timezone.localdate(at),
        "competencies": list(told.competencies),
        "created_at": at,
        "updated_at": at,
    }
    (entry,) = add_entries(user, [said | rest])
    return entry


def _plan(told: DemoItem, user: User, entry: EvidenceEntry | None, now: datetime.datetime) -> None:
    """Make an item, or go on with the one of the same words that a review put into the plan."""
    today = timezone.localdate(now)
    item = plan_of(user).filter(text=told.text).first() or PlanItem(
        organisation_id=user.home_id,
        owner=user,
        text=told.text,
        competency=told.competency,
        from_step=told.from_step,
        to_step=told.to_step,
        due_on=today + datetime.timedelta(days=told.due) if told.due is not None else None,
        created_at=now,
    )
    item.position = next_position(user)
    item.first_step, item.done_when, item.state, item.evidence = told.first_step, told.done_when, told.state, entry
    item.done_on = today - datetime.timedelta(days=told.ended) if told.state == "done" else None
    item.save()


def _case(told: DemoCase, user: User, report: Assessment, now: datetime.datetime) -> None:
    report = Assessment.objects.get(pk=report.pk)
    case = make_case(user, report, told.target, told.title)
    for slug, text in told.sections.items():
        save_section(case, slug, text, seen=0)
    at = now - datetime.timedelta(days=told.days_ago)
    CaseSection.objects.filter(case=case).update(updated_at=at)
    Case.objects.filter(pk=case.pk).update(created_at=at, updated_at=at)
