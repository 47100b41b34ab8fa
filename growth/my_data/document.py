"""The document with everything that is a person's own, and what they may read of shared things (docs/my-data.md).

`TABLES` are the rows of a person's own space, which `manage.py import_person` reads back. `OTHER` says why each other
model is not among them; a test fails for a new model that is in neither, as its rows would be missing from the file.
"""

import datetime
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, Model, OuterRef, Q
from django.utils import timezone

from assessments.access import reviews_of
from assessments.models import (
    Assessment,
    CopyReader,
    MilestoneMark,
    Opening,
    Outcome,
    Rating,
    ReportLink,
    ReportNote,
    Review,
    RoundStart,
    Share,
)
from assessments.support.access import accesses_to
from growth.models import Case, CaseLink, CaseSection, EvidenceEntry, MilestoneProof, PlanItem
from ladder.models import LadderVersion, rubric_of
from people.models import AuditEvent, Membership, TeamMembership, User
from people.policy import Action, Role, allowed

FORMAT, VERSION = "rungwise-person", 2
PROFILE = (
    *("email", "name", "job_title", "held_level", "scheme", "time_zone", "wants_reminders", "wants_digest"),
    *("uses_keys", "date_joined"),
)
# What earlier versions had no word for.
LATER = frozenset({"uses_keys"})
# Left out of each row: the whole document is one person's.
_OWNERS = {"organisation", "owner", "rater", "subject"}


@dataclass(frozen=True)
class Table:
    """The rows of one model: `owned` is the lookup from a row to its person; the fields `left_out` are not exported.

    `later` are those that earlier files had no word for; such a row is read with what the column says by itself.
    """

    name: str
    model: type[Model]
    owned: str
    left_out: frozenset[str] = frozenset()
    later: frozenset[str] = frozenset()

    def rows(self, user: User) -> list[Any]:
        where = Q(**{self.owned: user}, organisation=user.home_id)
        if self.model is Assessment:
            where &= Q(kind=Assessment.Kind.SELF)
        elif self.owned.startswith("assessment__"):
            where &= Q(assessment__kind=Assessment.Kind.SELF)
        return list(self.model._default_manager.filter(where).order_by("pk"))  # noqa: SLF001

    @property
    def fields(self) -> list[Any]:
        """The fields that the document holds for a row, in the order of the model."""
        every = self.model._meta.concrete_fields  # noqa: SLF001
        return [item for item in every if item.name not in _OWNERS | self.left_out]


TABLES = (
    Table(
        *("assessments", Assessment, "rater", frozenset({"kind", "team"})),
        later=frozenset({"small_company", "programme", "asked", "corrects", "chain"}),
    ),
    Table("ratings", Rating, "assessment__rater", frozenset({"page", "page_save"})),
    Table("milestone_marks", MilestoneMark, "assessment__rater"),
    Table("report_notes", ReportNote, "assessment__rater"),
    # Only for reading: an import computes the result again from the answers.
    Table("outcomes", Outcome, "assessment__rater"),
    Table("evidence", EvidenceEntry, "owner"),
    Table("milestone_proofs", MilestoneProof, "owner"),
    Table("plan", PlanItem, "owner", frozenset({"commitment"})),
    Table("cases", Case, "owner"),
    Table("case_sections", CaseSection, "case__owner", frozenset({"html", "html_revision"})),
)
OTHER = {
    "people.User": "the profile, without what logs in",
    "people.AuditEvent": "the log of the own space, under `elsewhere`",
    "people.AuditHead": "a number and a hash",
    "people.ErasureRecord": "about those who are gone",
    "people.Membership": "as far as it is about the person, under `elsewhere`",
    "people.TeamMembership": "as far as it is about the person, under `elsewhere`",
    "assessments.Share": "what the person gave, under `elsewhere`",
    "assessments.CopyReader": "who may read what the person gave, with the copy under `elsewhere`",
    "assessments.CopyQuestion": "who asked the person to read it, with the copy under `elsewhere`",
    "assessments.Opening": "who read it, under `elsewhere`",
    "assessments.ReportLink": "the person's links without what opens them, under `elsewhere`",
    "growth.CaseLink": "the person's links without what opens them, under `elsewhere`",
    "assessments.Review": "what the person may read of it today, under `elsewhere`",
    "assessments.Agenda": "with its review",
    "assessments.Commitment": "with its review",
    "account.EmailAddress": "the addresses, under `elsewhere`",
    "growth.PlanDigest": "when a mail went out; nothing that the person said",
    "growth.CalendarFeed": "a hash of a secret; a new address is made with one click",
    "assessments.SupportAccess": "who of the operator's staff opened a report, under `elsewhere`",
    "assessments.Round": "the organisation's",
    "assessments.RoundReminder": "when a mail went out; nothing that the person said",
    "assessments.RoundStart": "when they began and handed in for which round, under `elsewhere`",
    "assessments.GroupFigure": "counts over a group; nobody is in it",
    "people.Organisation": "the own space has nothing but its rows",
    "people.Team": "the organisation's",
    "people.Invitation": "the organisation's",
    "ladder.Ladder": "public",
    "ladder.LadderVersion": "public; each assessment names its version",
    "ladder.Track": "public",
    "ladder.Level": "public",
    "ladder.Competency": "public",
    "ladder.OrganisationLadder": "the organisation's",
    "people.RateCount": "how often something was done in an hour or a day, under a hash",
    "people.MailRefusal": "that an address takes no invitations, under a hash",
    "people.SiteKey": "the site's own keys",
    "people.OnceKey": "that a form was sent today, under a hash",
    "people.MailHold": "not personal",
    "people.Announcement": "what the operator tells everybody",
    "people.Proof": "when a backup was made; not personal",
    "people.OutboxMail": "a mail on its way; its text is deleted as it leaves",
    "django_tasks_database.DBTaskResult": "names a row of the outbox",
    "account.EmailConfirmation": "a secret that lives for minutes",
    "mfa.Authenticator": "a secret",
    "admin.LogEntry": "what staff changed of accounts, by keys",
    "auth.Permission": "not personal",
    "auth.Group": "not personal",
    "contenttypes.ContentType": "not personal",
    "people.Session": "a secret; where the person is logged in stands in their account",
    "sessions.Session": "empty: people.Session stands in its place",
}


def document_of(user: User) -> dict[str, Any]:
    """Everything, as plain JSON values: times in ISO 8601, in UTC, ids as text. The number of statements is fixed."""
    found = {table.name: table.rows(user) for table in TABLES}
    keys = {item.ladder_version_id for item in found["assessments"]}
    named = LadderVersion.objects.filter(pk__in=keys).values_list("pk", "slug", "version")
    ladder_versions = {pk: f"{slug} {version}" for pk, slug, version in named}
    rubrics = {item.pk: rubric_of(item.ladder_version_id) for item in found["assessments"]}
    tables = {table.name: [_plain_row(table, row) for row in found[table.name]] for table in TABLES}
    for row, item in zip(tables["assessments"], found["assessments"], strict=True):
        row["ladder_version"] = ladder_versions[item.ladder_version_id]
        row["held_level"] = item.held
    for row, item in zip(tables["ratings"], found["ratings"], strict=True):
        row["competency"] = rubrics[item.assessment_id].competency_slugs[item.competency_id]
    return {
        "format": FORMAT,
        "version": VERSION,
        "made_at": plain(timezone.now()),
        "profile": {name: plain(getattr(user, name)) for name in PROFILE},
        "tables": tables,
        "elsewhere": elsewhere(user),
    }


def _plain_row(table: Table, row: Any) -> dict[str, Any]:
    return {item.name: plain(getattr(row, item.attname)) for item in table.fields}


def plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return str(value) if isinstance(value, uuid.UUID) else value


# What is not theirs alone


def elsewhere(user: User) -> dict[str, Any]:
    """Addresses, memberships, copies, links and reviews, which an import does not read back.

    An organisation or team that the person has left is listed without its name, which may have changed since: its
    present name is only for its members.
    """
    memberships = list(Membership.objects.filter(user=user).select_related("organisation").order_by("joined_at", "pk"))
    teams = TeamMembership.objects.filter(user=user).select_related("team").order_by("joined_at", "pk")
    names = {item.organisation_id: item.organisation.name for item in memberships if item.left_at is None}
    return {
        "addresses": list(
            user.emailaddress_set.order_by("email").values("email", "verified", "primary")  # type: ignore[attr-defined]
        ),
        "memberships": [
            {"organisation": names.get(item.organisation_id, ""), "role": item.role}
            | _times(item, "joined_at", "left_at")
            for item in memberships
        ],
        "teams": [
            {
                "organisation": names.get(item.organisation_id, ""),
                "team": item.team.name if item.organisation_id in names and item.left_at is None else "",
                "role": item.role,
                "offers_coaching": item.offers_coaching,
            }
            | _times(item, "joined_at", "left_at")
            for item in teams
        ],
        "copies": [
            _copy(item)
            for item in Share.objects.filter(author=user, organisation__in=set(names))
            .select_related("organisation", "team", "recipient")
            .prefetch_related("readers__reader", "questions__asker")
            .order_by("shared_at", "pk")
        ],
        "support": [
            {
                "by": known.by.display_name if known.by else "",
                "report": str(known.access.assessment_id),
                "reason": known.access.reason,
            }
            | _times(known.access, "opened_at", "ends_at")
            for known in accesses_to(user)
        ],
        "opened": [
            {"report": str(item.source_id), "by": item.reader_name, "times": item.times}
            | _times(item, "first_at", "last_at")
            for item in Opening.objects.filter(author=user).select_related("reader").order_by("first_at", "pk")
        ],
        "links": [
            {"report" if isinstance(item, ReportLink) else "case": str(thing), "label": item.label}
            | {"with_evidence": item.with_evidence, "has_password": bool(item.password), "opened": item.opened}
            | _times(item, "created_at", "expires_at", "revoked_at", "last_opened_at")
            for item, thing in _links(user)
        ],
        "rounds": [
            {"report": str(item.source_id), "round": item.round.name if item.organisation_id in names else ""}
            | _times(item, "begun_at", "submitted_at")
            for item in RoundStart.objects.filter(user=user).select_related("round").order_by("begun_at", "pk")
        ],
        "reviews": list(_reviews(user)),
        "log": [
            {"what": item.verb, "outcome": item.outcome} | _times(item, "at")
            for item in AuditEvent.objects.filter(organisation=user.home_id).order_by("number")
        ],
    }


def _times(item: Any, *names: str) -> dict[str, Any]:
    return {name: plain(getattr(item, name)) for name in names}


def _copy(item: Share) -> dict[str, Any]:
    to = item.team.name if item.team else item.recipient.display_name if item.recipient else ""
    said: dict[str, Any] = {"report": str(item.source_id), "organisation": item.organisation.name, "to": to}
    said |= {
        "readers": [
            {"name": row.reader.display_name, "why": row.why} | _times(row, "given_at", "open_since")
            for row in item.readers.all()
        ],
        "asked": [
            {"by": row.asker.display_name, "answer": row.answer} | _times(row, "asked_at", "answered_at")
            for row in item.questions.all()
        ],
    }
    return said | {"with_notes": bool(item.notes)} | _times(item, "shared_at")


def _links(user: User) -> Iterator[tuple[Any, uuid.UUID]]:
    for item in ReportLink.objects.filter(author=user).order_by("created_at", "pk"):
        yield item, item.assessment_id
    for item in CaseLink.objects.filter(author=user).order_by("created_at", "pk"):
        yield item, item.case_id


def _reviews(user: User) -> Iterator[dict[str, Any]]:
    """The reviews as their pages show them today: before the reveal, only the person's own view."""
    reading = CopyReader.objects.of(OuterRef("share"), user).open()
    found: Any = (
        reviews_of(user)
        .annotate(reads_copy=Exists(reading))
        .select_related("organisation", "round", "share", "agenda")
        .prefetch_related("assessment__ratings", "commitments")
        .order_by("opened_at", "pk")
    )
    for review in found:
        role = Role.SUBJECT if review.subject_id == user.pk else Role.REVIEWER
        is_open = allowed(role, Action.READ_TOGETHER, review.state)
        said = {
            "about": review.subject_name,
            "by": review.manager_name,
            "organisation": review.organisation.name,
            "team": review.team.name,
            "round": review.round.name if review.round else "",
            **_times(review, "opened_at", "revealed_at"),
        }
        if review.assessment and (is_open or role == Role.REVIEWER):
            said["view_of_manager"] = _view(review.assessment)
        if is_open:
            said |= _shown_to_both(review)
            if review.share and (review.reads_copy or role == Role.SUBJECT):
                said["view_of_member"] = {"answers": review.share.answers, "notes": review.share.notes}
        yield said


def _view(assessment: Assessment) -> dict[str, Any]:
    slugs = assessment.rubric.competency_slugs
    ratings = list(assessment.ratings.all())
    return {
        "answers": assessment.answers(),
        "notes": {slugs[rating.competency_id]: rating.evidence for rating in ratings if rating.evidence},
    }


def _shown_to_both(review: Review) -> dict[str, Any]:
    agenda = getattr(review, "agenda", None)
    return {
        "is_blind": review.is_blind,
        "agenda": agenda.text if agenda else "",
        "agreed": [
            {"text": item.text, "competency": item.competency, "due_on": plain(item.due_on)}
            for item in review.commitments.all()
        ],
        **_times(review, "signed_by_subject_at", "signed_by_manager_at"),
    }
