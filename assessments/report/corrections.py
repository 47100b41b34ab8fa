"""What the last correction of a report changed, in words. Both sides are by today's rule."""

from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from assessments.models import Assessment, Outcome, Share
from assessments.report import words
from assessments.report.one_job import place_words_of, read_by
from assessments.report.what_if import answer_words
from assessments.scoring.values import Answer, Result
from ladder.rubric import Rubric


@dataclass(frozen=True)
class Correction:
    """`changed` and `follows` are sentences. `copies` tells whether somebody could be given the corrected report."""

    changed: str
    follows: str
    copies: bool


def correction_of(assessment: Assessment) -> Correction | None:
    """Two statements; none, and None, for a report that was never corrected. The outcome must be there."""
    if not assessment.corrects_id:
        return None
    own = Outcome.objects.filter(organisation=assessment.organisation_id, assessment=assessment.corrects_id)
    was, now = own.values_list("answers", flat=True).get(), assessment.outcome.answers
    rubric = assessment.rubric
    # In the order of the ladder; a correction changes one.
    slug = next((slug for slug in rubric.competencies if was.get(slug) != now.get(slug)), None)
    return Correction(
        changed=_changed(rubric, slug, was, now) if slug else _("Only a line of evidence was changed."),
        follows=" ".join(_follows(assessment, assessment.score(was), assessment.score(now))) if slug else "",
        copies=assessment.rater_id is not None and Share.objects.from_before(assessment).exists(),
    )


def _changed(rubric: Rubric, slug: str, was: dict[str, Answer], now: dict[str, Answer]) -> str:
    said = {"name": rubric.competencies[slug].name, "now": answer_words(now.get(slug))}
    if slug not in was:
        return _("%(name)s is now answered: %(now)s.") % said
    return _("%(name)s is now %(now)s, not %(was)s.") % (said | {"was": answer_words(was[slug])})


def _follows(assessment: Assessment, was: Result, now: Result) -> Iterator[str]:
    """The place, then the must-haves of the levels that the report is about; else their readiness."""
    places = [place_words_of(assessment, result.places[now.track], now.track) for result in (was, now)]
    rubric, now = read_by(assessment, now)
    if places[0] != places[1]:
        yield _("Your place was %(was)s and is %(now)s.") % {"was": places[0], "now": places[1]}
    moved = False
    for level in now.targets:
        before, after = was.levels[level].must_haves, now.levels[level].must_haves
        if len(before.met) != len(after.met):
            moved = True
            said = {
                "level": words.short_title(rubric, level),
                "met": len(after.met),
                "total": len(after.met) + len(after.short) + len(after.not_rated),
            }
            yield _("%(level)s: %(met)d of %(total)d must-haves met.") % said
    if moved or places[0] != places[1]:
        return
    for level in now.targets:
        shares = [words.readiness(result.levels[level].readiness) for result in (was, now)]
        if shares[0] != shares[1]:
            said = {"level": words.short_title(rubric, level), "was": shares[0], "now": shares[1]}
            yield _("Readiness for %(level)s was %(was)s and is %(now)s.") % said
            return
    yield _("Nothing else changes.")
