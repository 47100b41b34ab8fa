"""Writes the generated sections of a case from the person's own data, as Markdown that they go on editing."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.access import reviews_of
from assessments.models import Assessment, Commitment
from assessments.report import words
from assessments.report.find import report_of
from assessments.scoring.values import NO_CHANCE, Term
from growth.models import EvidenceEntry, MilestoneProof
from growth.models.case import SECTION_MAX
from ladder.document.kinds import MUST_HAVE
from ladder.models import current_rubric
from ladder.rubric import Rubric
from people.markdown import as_typed, in_line, link_to
from people.markup import plain_of
from people.models import User

# Characters kept free for the line that says how much was left out.
_LAST_LINE = 200
# The sections that can't be written without a report.
FROM_REPORT = ("standing", "milestones")


def draft_of(slug: str, user: User, report: Assessment | None, target: str) -> str:
    """The text of one generated section, at most SECTION_MAX characters; empty when the data has nothing for it."""
    rubric = report.rubric if report else current_rubric()
    target = rubric.now.levels.get(target, target)
    writers = {
        "standing": lambda: standing(report, target) if report else "",
        "milestones": lambda: milestones(user, report, target) if report else "",
        "evidence": lambda: evidence(user, rubric),
        "agreed": lambda: agreed(user, rubric),
    }
    return _cut(writers[slug]())


def _cut(text: str) -> str:
    """Shorten to SECTION_MAX between paragraphs, so that no list or table is cut in the middle."""
    if len(text) <= SECTION_MAX:
        return text
    kept = text[: SECTION_MAX - _LAST_LINE].rpartition("\n\n")[0]
    return f"{kept}\n\n{_('*There was more than a section holds; the rest was left out.*')}"


# Where I stand


def standing(assessment: Assessment, target: str) -> str:
    """Place and readiness, the level's must-haves (the ladder's sentence for each one met), then strengths."""
    if target not in assessment.rubric.levels or assessment.submitted_at is None:
        return ""
    # As the report says it, by the rule of its time.
    report = report_of(assessment, against=target, by_today=False, by_ladder=True)
    rubric = report.rubric
    result = report.result.levels[target]
    title = in_line(rubric.levels[target].title)
    opening = _(
        "My own rating of %(date)s against *%(ladder)s*, version %(version)d, "
        "from %(count)d of %(total)d answers. Steps run from 0 to %(steps)d."
    ) % {
        "date": date_format(timezone.localtime(assessment.submitted_at), "j F Y"),
        "ladder": in_line(rubric.ladder.title),
        "version": rubric.version,
        "count": len(report.answers),
        "total": len(rubric.competencies),
        "steps": rubric.steps,
    }
    rows = [
        *([(_("Level held"), report.held_level.title)] if report.held_level else []),
        *((_("Place: %(track)s") % {"track": side.track.title}, side.place) for side in report.sides),
        (
            _("Readiness for %(level)s") % {"level": rubric.levels[target].title},
            f"{words.readiness(result.readiness)} ({words.verdict_words(result)})",
        ),
    ]
    parts = [opening, _table([_("What"), _("Where I stand")], rows)]
    must_haves = [term for term in result.terms if term.weight == MUST_HAVE]
    if must_haves:
        parts += [f"### {_('The must-haves of %(level)s') % {'level': title}}", *_must_haves(rubric, must_haves)]
    if report.strengths:
        lines = [
            _("%(name)s: step %(step)d, %(asked)d is asked")
            % {"name": in_line(item.name), "step": step, "asked": asked}
            for item, step, asked in report.strengths
        ]
        parts += [f"### {_('Beyond what %(level)s asks') % {'level': title}}", _list(lines)]
    return "\n\n".join(parts)


def _must_haves(rubric: Rubric, must_haves: list[Term]) -> Iterator[str]:
    met = [term for term in must_haves if isinstance(term.answer, int) and term.answer >= term.expected]
    yield ngettext(
        "%(met)d of %(total)d must-have is met.", "%(met)d of %(total)d must-haves are met.", len(must_haves)
    ) % {"met": len(met), "total": len(must_haves)}
    rows = [
        (rubric.competencies[term.competency].name, str(term.expected), _step(term), _state(term))
        for term in must_haves
    ]
    yield _table([_("Must-have"), _("Asked"), _("My step"), _("State")], rows)
    said = [
        _("**%(name)s**, step %(step)d: %(words)s")
        % {
            "name": in_line(rubric.competencies[term.competency].name),
            "step": term.answer,
            "words": in_line(plain_of(rubric.competencies[term.competency].says(term.answer))),
        }
        for term in met
        if isinstance(term.answer, int) and term.answer
    ]
    if said:
        yield _("In the words of the ladder:")
        yield _list(said)


def _step(term: Term) -> str:
    if term.answer is None:
        return "–"
    return _("no chance so far") if term.answer == NO_CHANCE else str(term.answer)


def _state(term: Term) -> str:
    if not isinstance(term.answer, int):
        return _("not rated")
    short = term.expected - term.answer
    if short <= 0:
        return _("met")
    return ngettext("short by %(count)d step", "short by %(count)d steps", short) % {"count": short}


# Milestones and evidence


def milestones(user: User, assessment: Assessment, target: str) -> str:
    """The level's milestones that are ticked or have evidence, each with its entries of the log, newest first."""
    rubric = assessment.rubric
    of_level = rubric.milestones_for(target) if target in rubric.levels else ()
    wanted = {item.slug for item in of_level}
    marked = set(assessment.milestone_marks.values_list("milestone", flat=True))
    behind: defaultdict[str, list[str]] = defaultdict(list)
    proofs = MilestoneProof.objects.filter(
        owner=user,
        organisation=user.home_id,
        entry__owner=user,
        milestone__in=[slug for slug, now in rubric.now.milestones.items() if now in wanted],
    )
    size = 0
    for proof in proofs.select_related("entry").order_by("-entry__happened_on", "-entry_id").iterator(chunk_size=100):
        lines = behind[rubric.now.milestones[proof.milestone]]
        lines.append(f"  - {_entry_line(proof.entry)}")
        size += len(lines[-1])
        if size > SECTION_MAX:
            break
    return "\n\n".join(
        "\n".join([f"- **{in_line(plain_of(item.text))}**", *behind[item.slug]])
        for item in of_level
        if item.slug in marked or behind[item.slug]
    )


def _entry_line(entry: EvidenceEntry) -> str:
    measured = _measured(entry)
    said = [
        f"{_day(entry)}: {in_line(entry.approach)}",
        in_line(entry.outcome),
        f"({measured})" if measured else "",
        link_to(entry.link),
    ]
    return " ".join(part for part in said if part)


def evidence(user: User, rubric: Rubric) -> str:
    """The log, newest first: as many whole entries as fit into a section, then how many did not."""
    entries = EvidenceEntry.objects.filter(owner=user, organisation=user.home_id)
    parts: list[str] = []
    size = 0
    # No more of them than find room: five thousand long ones took seconds to escape.
    for entry in entries.iterator(chunk_size=100):
        text = _entry(entry, rubric)
        size += len(text) + 2
        if size > SECTION_MAX - _LAST_LINE:
            break
        parts.append(text)
    left_out = entries.count() - len(parts)
    if left_out:
        said = ngettext(
            "*%(count)d earlier entry found no room here.*", "*%(count)d earlier entries found no room here.*", left_out
        )
        parts.append(said % {"count": left_out})
    return "\n\n".join(parts)


def _entry(entry: EvidenceEntry, rubric: Rubric) -> str:
    slugs = entry.competencies if isinstance(entry.competencies, list) else []
    names = [in_line(item.name) for slug in slugs if isinstance(slug, str) and (item := rubric.competency(slug))]
    head = f"### {_day(entry)}" + (f" – {'; '.join(names)}" if names else "")
    fields = (
        (_("Problem:"), as_typed(entry.problem)),
        (_("Approach:"), as_typed(entry.approach)),
        (_("Result:"), as_typed(entry.outcome)),
        (_("Measured:"), _measured(entry)),
        (_("Link:"), link_to(entry.link)),
    )
    return "\n\n".join([head, *(f"**{label}** {text}" for label, text in fields if text)])


def _day(entry: EvidenceEntry) -> str:
    return date_format(entry.happened_on, "j F Y")


def _measured(entry: EvidenceEntry) -> str:
    """ "weekly active teams: 120 → 180", or the parts of it that were filled in."""
    change = " → ".join(in_line(text) for text in (entry.before, entry.after) if text.strip())
    return ": ".join(part for part in (in_line(entry.measure), change) if part)


# What was agreed


def agreed(user: User, rubric: Rubric) -> str:
    """The commitments from reviews of this person that both have signed, newest first; others may still change."""
    reviews = reviews_of(user).filter(
        subject=user, signed_by_subject_at__isnull=False, signed_by_manager_at__isnull=False
    )
    by_review: defaultdict[object, list[Commitment]] = defaultdict(list)
    for item in Commitment.objects.filter(review__in=reviews.values("pk")):
        by_review[item.review_id].append(item)
    parts = []
    for review in reviews.order_by("-revealed_at", "-pk"):
        if not by_review[review.pk] or not review.signed_by_subject_at or not review.signed_by_manager_at:
            continue
        signed = timezone.localtime(max(review.signed_by_subject_at, review.signed_by_manager_at))
        head = _("With %(manager)s, signed on %(date)s:") % {
            "manager": in_line(review.manager_name),
            "date": date_format(signed, "j F Y"),
        }
        parts += [head, _list(_commitment(item, rubric) for item in by_review[review.pk])]
    return "\n\n".join(parts)


def _commitment(item: Commitment, rubric: Rubric) -> str:
    found = rubric.competency(item.competency)
    name = found.name if found else ""
    until = _("until %(date)s") % {"date": date_format(item.due_on, "j F Y")} if item.due_on else ""
    return " – ".join(part for part in (in_line(item.text), in_line(name), until) if part)


# Markdown


def _list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(heads: list[str], rows: Sequence[tuple[str, ...]]) -> str:
    lines = [heads, ["---"] * len(heads), *([in_line(cell) for cell in row] for row in rows)]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
