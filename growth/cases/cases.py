"""A case for a promotion: making one, saving its sections, reading it as one document, and its secret links."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import F, QuerySet
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.models import Assessment
from growth.cases.texts import draft_of
from growth.models import Case, CaseLink, CaseSection
from ladder.rubric import Rubric
from people.audit.log import Kind, Verb, record
from people.database.transactions import transactional
from people.errors import PeopleError
from people.links.links import LINKS_LISTED, LINKS_MAX, hash_of, made_for, new_token
from people.markdown import html_of, in_line
from people.models import User

CASES_MAX = 50


class CaseError(PeopleError):
    """The case can't be made or shared; the message is a sentence for the person."""


@dataclass(frozen=True, slots=True)
class SectionKind:
    """A section that every case has. A `generated` one is written from the person's data and can be written again."""

    slug: str
    title: str | Promise
    help: str | Promise
    generated: bool = False
    # A link leaves it out unless the author ticked "with the evidence".
    is_evidence: bool = False


KINDS = (
    SectionKind(
        "summary",
        gettext_lazy("In short"),
        gettext_lazy("Three sentences for somebody who reads no further: what you ask for, on what ground, from when."),
    ),
    SectionKind(
        "trust",
        gettext_lazy("How what I am trusted with has grown"),
        gettext_lazy(
            "From tasks to problems, then to outcomes and people: what were you given two years ago, what do you carry "
            "now, and who noticed the difference? Say how one role led to the next."
        ),
    ),
    SectionKind(
        "effect",
        gettext_lazy("What would be missing without my work"),
        gettext_lazy(
            "Pick two or three results that the business felt. For each: the problem, what you decided, and the number "
            "that moved. Which theme runs through them?"
        ),
    ),
    SectionKind(
        "next",
        gettext_lazy("Where I work at the next level already"),
        gettext_lazy(
            "Which part of the larger scope do you carry today, before the title? What will you take on first, "
            "and what is still to learn?"
        ),
    ),
    SectionKind(
        "standing",
        gettext_lazy("Where I stand"),
        gettext_lazy(
            "From your report: place, readiness and must-haves. It says what is not rated, too; that earns trust."
        ),
        generated=True,
    ),
    SectionKind(
        "milestones",
        gettext_lazy("Milestones"),
        gettext_lazy("Signs that the level is near, with what stands behind each."),
        generated=True,
        is_evidence=True,
    ),
    SectionKind(
        "evidence",
        gettext_lazy("Evidence"),
        gettext_lazy("From your evidence log: the problem, the approach, the measured result."),
        generated=True,
        is_evidence=True,
    ),
    SectionKind(
        "agreed",
        gettext_lazy("What my manager and I agreed"),
        gettext_lazy("From the reviews that both of you have signed off."),
        generated=True,
    ),
)
BY_SLUG = {kind.slug: kind for kind in KINDS}


@dataclass(frozen=True)
class Section:
    """A section as a page shows it; revision 0 and no date before it was first saved."""

    kind: SectionKind
    text: str
    revision: int
    updated_at: datetime.datetime | None
    # As it was rendered when it was saved; None where it was not.
    kept: str | None = None

    @property
    def slug(self) -> str:
        return self.kind.slug

    @property
    def title(self) -> str:
        return str(self.kind.title)

    @cached_property
    def html(self) -> SafeString:
        return html_of(self.text) if self.kept is None else mark_safe(self.kept)  # noqa: S308  - what html_of gave


def cases_of(user: User) -> QuerySet[Case]:
    return Case.objects.filter(owner=user, organisation=user.home_id)


def reports_of(user: User) -> list[Assessment]:
    """The reports that a case can be based on: the person's own submitted ones, newest first, at most CASES_MAX."""
    found = Assessment.objects.reports_of(user).select_related("outcome")
    return list(found.order_by("-submitted_at", "-pk")[:CASES_MAX])


def target_of(report: Assessment) -> str:
    """The level that a case is for unless the person chooses another: the report's first target, else the level after
    the one held, else the lowest of the ladder."""
    rubric = report.rubric
    onward = rubric.next_levels[report.held] if report.held else ()
    first: str = [*report.targets, *onward, *rubric.levels][0]
    return first


def level_title(rubric: Rubric, slug: str) -> str:
    """The level's title, or its slug where the ladder no longer has that level."""
    level = rubric.levels.get(rubric.now.levels.get(slug, ""))
    return level.title if level else slug


@transactional
def make_case(user: User, report: Assessment, target: str, title: str) -> Case:
    """Make a case and fill in the sections that the data can fill. Raises CaseError if there are CASES_MAX already."""
    drafts = {kind.slug: draft_of(kind.slug, user, report, target) for kind in KINDS if kind.generated}
    # Without the lock, two requests at once would both find room for the last one.
    User.objects.select_for_update().get(pk=user.pk)
    if cases_of(user).count() >= CASES_MAX:
        raise CaseError(_("You have %(count)d cases. Delete one that you don’t need.") % {"count": CASES_MAX})
    case = Case.objects.create(organisation_id=user.home_id, owner=user, title=title, target=target, report=report)
    CaseSection.objects.bulk_create(
        CaseSection(organisation_id=user.home_id, case=case, slug=kind.slug, **rendered(drafts.get(kind.slug, ""), 0))
        for kind in KINDS
    )
    return case


def sections_of(case: Case) -> list[Section]:
    """All sections in their order. A section that came after the case was made has no row yet and is empty."""
    return sections_among(CaseSection.objects.filter(case=case, organisation=case.organisation_id))


def sections_among(rows: Iterable[CaseSection]) -> list[Section]:
    """The same, from rows of one case that were fetched already."""
    by_slug = {row.slug: row for row in rows}
    return [_section(kind, by_slug.get(kind.slug)) for kind in KINDS]


def section_of(case: Case, slug: str) -> Section:
    row = CaseSection.objects.filter(case=case, organisation=case.organisation_id, slug=slug).first()
    return _section(BY_SLUG[slug], row)


def _section(kind: SectionKind, row: CaseSection | None) -> Section:
    if row is None:
        return Section(kind, "", 0, None)
    kept = row.html if row.html_revision == row.revision else None
    return Section(kind, row.text, row.revision, row.updated_at, kept)


def rendered(text: str, revision: int, html: str | None = None) -> dict[str, Any]:
    """The columns of a section with this text. Pages read the HTML; rendering it for each reader took seconds."""
    return {"text": text, "html": html_of(text) if html is None else html, "html_revision": revision}


def render_again(rows: QuerySet[CaseSection]) -> None:
    """Render the texts of these rows that were changed or made without their HTML."""
    for row in rows.only("text", "revision").iterator(chunk_size=500):
        CaseSection.objects.filter(pk=row.pk, revision=row.revision).update(**rendered(row.text, row.revision))


@transactional
def save_section(case: Case, slug: str, text: str, *, seen: int, html: str | None = None) -> bool:
    """Save a section if its revision is still `seen`. If another tab saved in between, change nothing: False.
    `html` is what the text was rendered to already."""
    now = timezone.now()
    CaseSection.objects.get_or_create(organisation_id=case.organisation_id, case=case, slug=slug)
    changed = CaseSection.objects.filter(
        organisation_id=case.organisation_id, case=case, slug=slug, revision=seen
    ).update(**rendered(text, seen + 1, html), revision=seen + 1, updated_at=now)
    if changed:
        Case.objects.filter(pk=case.pk).update(updated_at=now)
    return bool(changed)


def as_markdown(case: Case, sections: Iterable[Section]) -> str:
    """The whole document as Markdown; empty sections are left out."""
    parts = [f"# {in_line(case.title)}"]
    parts += [f"## {section.title}\n\n{section.text.strip()}" for section in sections if section.text.strip()]
    return "\n\n".join(parts) + "\n"


# Links


@transactional
def make_case_link(
    case: Case, author: User, *, days: int, label: str = "", password: str = "", with_evidence: bool = False
) -> tuple[CaseLink, str]:
    """Make a link and return it with its token, of which only a hash is stored.

    Raises CaseError when LINKS_MAX links to the case work already.
    """
    if not cases_of(author).select_for_update().filter(pk=case.pk).exists():
        raise CaseError(_("This case can’t be shared."))
    if CaseLink.objects.filter(CaseLink.live(), case=case).count() >= LINKS_MAX:
        raise CaseError(
            _("This case has %(count)d links that work. Revoke one that you don’t need.") % {"count": LINKS_MAX}
        )
    token = new_token()
    link = CaseLink(
        case=case, token_hash=hash_of(token), label=label, with_evidence=with_evidence, **made_for(author, days)
    )
    link.set_password(password)
    link.save(force_insert=True)
    record(link.organisation_id, Verb.LINK_MADE, link, kind=Kind.LINK)
    return link, token


def links_to(case: Case) -> QuerySet[CaseLink]:
    """The author's links, at most LINKS_LISTED: first those not revoked, latest end first, then the revoked ones."""
    found: QuerySet[CaseLink] = CaseLink.objects.filter(
        case=case, author=case.owner_id, organisation=case.organisation_id
    )
    return found.order_by(F("revoked_at").desc(nulls_first=True), "-expires_at", "-pk")[:LINKS_LISTED]


def find_case_link(token: str) -> CaseLink | None:
    """The live link with a token, and its case; None if it ended or never existed. One statement."""
    found: CaseLink | None = (
        CaseLink.objects.filter(CaseLink.live(), token_hash=hash_of(token), case__owner=F("author"))
        .select_related("author", "case")
        .first()
    )
    return found


def shown_by(link: CaseLink) -> list[Section]:
    """The sections that a reader of the link sees: none that are empty, and evidence only if the author ticked it."""
    return [
        section
        for section in sections_of(link.case)
        if section.text.strip() and (link.with_evidence or not section.kind.is_evidence)
    ]
