"""The sentences of a report: what a result says, in plain words. They never rank anybody or call them late."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.scoring.values import Firmness, LevelResult, Move, Place, Raise, Range, Result, TargetResult, Verdict
from ladder.rubric import Rubric


def number(count: int) -> str:
    """A small number as a word, a larger one in figures."""
    names = [_("no"), _("one"), _("two"), _("three"), _("four"), _("five"), _("six"), _("seven"), _("eight"), _("nine")]
    return names[count] if count < len(names) else str(count)


def percent(share: Fraction) -> int:
    """Whole percent, rounded down: 84.9 % must not read as the 85 % that would do."""
    return int(share * 100)


def readiness(share: Range[Fraction]) -> str:
    """ "78 %", or "61–88 %" while answers are open."""
    return percents(percent(share.low), percent(share.high))


def percents(low: int, high: int) -> str:
    """One figure where both ends agree, else both."""
    return _("%(low)d %%") % {"low": low} if low == high else _("%(low)d–%(high)d %%") % {"low": low, "high": high}


def joined(items: Iterable[str]) -> str:
    """ "A, B and C"."""
    return _listed(items, _("%(first)s and %(last)s"))


def either(items: Iterable[str]) -> str:
    """ "A", "either A or B", "either A, B or C"."""
    return _listed(items, _("either %(first)s or %(last)s"))


def _listed(items: Iterable[str], sentence: str) -> str:
    words = list(items)
    return sentence % {"first": ", ".join(words[:-1]), "last": words[-1]} if len(words) > 1 else "".join(words)


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def short_title(rubric: Rubric, level: str) -> str:
    return rubric.levels[level].short_title


def upcoming(rubric: Rubric, track: str, place: Place) -> str | None:
    """The next level above the low end of a place; None at the top."""
    path = [level.slug for level in rubric.paths[track]]
    above = path[path.index(place.low) + 1 :] if place.low else path
    return next(iter(above), None)


def place_sentence(rubric: Rubric, place: Place) -> str:
    """Where the answers stand on one track."""
    if place.low == place.high:
        if place.low is None:
            first = rubric.ladder.levels[0]
            return _("You are on your way to %(level)s.") % {"level": first.short_title}
        return _("You meet %(level)s.") % {"level": short_title(rubric, place.low)}
    high = short_title(rubric, place.high or "")
    if place.low is None:
        return _("Your place is up to %(high)s; open answers decide.") % {"high": high}
    return _("You meet at least %(low)s, at most %(high)s; open answers decide.") % {
        "low": short_title(rubric, place.low),
        "high": high,
    }


def place_words(rubric: Rubric, place: Place) -> str:
    """A place in a few words, for tables."""
    return from_to(*(short_title(rubric, level) if level else "" for level in (place.low, place.high)))


def from_to(low: str, high: str) -> str:
    """Between the titles of two levels, "" for before the first."""
    if low == high:
        return low or _("before the first level")
    return _("%(low)s to %(high)s") % {"low": low or _("before the first level"), "high": high}


def move_sentence(rubric: Rubric, move: Move) -> str:
    """Where one step in one competency would lead."""
    said = {"name": rubric.competencies[move.competency].name, "step": move.to_step}
    if move.place is None:
        return _("%(name)s at step %(step)d would place you before the first level.") % said
    place = short_title(rubric, move.place)
    return _("%(name)s at step %(step)d would place you at %(place)s.") % {**said, "place": place}


def is_rated(result: Result) -> bool:
    """Whether any answer is a step: from “no chance so far” alone nothing follows."""
    return any(isinstance(term.answer, int) for level in result.levels.values() for term in level.terms)


def headline(rubric: Rubric, result: Result, held: str | None = None) -> str:
    """The report in one or two sentences: the place, then what is missing for the targets.

    The verdict of the level held can be settled while lower levels leave the place open: then it is said instead.
    """
    if not is_rated(result):
        return _("Nothing is rated yet, so no place can be named.")
    own = result.places[result.firmness.track]
    if held and own.low != own.high and result.levels[held].verdict.settled:
        parts = [
            _("%(level)s is settled: %(verdict)s.")
            % {"level": short_title(rubric, held), "verdict": verdict_words(result.levels[held])}
        ]
    else:
        parts = [place_sentence(rubric, own)]
    # On the other track the place can only differ above the fork.
    for track, place in result.places.items():
        is_settled_elsewhere = place.low == place.high and place.low not in {None, own.low}
        if track != result.firmness.track and place.low and is_settled_elsewhere:
            path = [level.slug for level in rubric.paths[track]]
            if path.index(place.low) >= len(rubric.trunk):
                parts.append(_("On the other track you meet %(level)s.") % {"level": short_title(rubric, place.low)})
    return " ".join([*parts, *targets_sentences(rubric, result)])


def is_next(rubric: Rubric, result: Result, slug: str) -> bool:
    """Whether a level is the next one above a place, so that nothing but its own must-haves stands before it."""
    return any(upcoming(rubric, track, place) == slug for track, place in result.places.items())


def targets_sentences(rubric: Rubric, result: Result) -> list[str]:
    """What stands between the person and each target; two targets with must-haves short share a sentence.

    While a level in between is not met, a target's must-haves are not all that is missing. "Stands between you and"
    would promise too much then, so the sentence says only that they are short.
    """
    aims = list(dict.fromkeys(aim for slug in result.targets for aim in _aims(rubric, result, slug)))
    lacking = [slug for slug in aims if result.levels[slug].blockers]
    if len(lacking) == 2 and len(aims) == 2:
        first, second = lacking
        count = len(result.levels[first].blockers)
        if is_next(rubric, result, first) and is_next(rubric, result, second):
            said = ngettext(
                "%(count)s must-have stands between you and %(level)s, %(more)s between you and %(other)s.",
                "%(count)s must-haves stand between you and %(level)s, %(more)s between you and %(other)s.",
                count,
            )
        else:
            said = ngettext(
                "%(count)s must-have of %(level)s is short, %(more)s of %(other)s.",
                "%(count)s must-haves of %(level)s are short, %(more)s of %(other)s.",
                count,
            )
        opening = said % {
            "count": number(count),
            "level": short_title(rubric, first),
            "more": number(len(result.levels[second].blockers)),
            "other": short_title(rubric, second),
        }
        return [capital(opening)]
    return [target_sentence(rubric, result, slug) for slug in aims]


def _aims(rubric: Rubric, result: Result, target: str) -> Sequence[str]:
    """A target; or what comes after it, where the place says already that it is met."""
    own = result.places[result.firmness.track]
    if not own.low == own.high == target:
        return [target]
    return [slug for slug in rubric.next_levels[target] if result.levels[slug].verdict.low != Verdict.MEETS]


def target_sentence(rubric: Rubric, result: Result, slug: str) -> str:
    """What stands between the person and one level."""
    level = result.levels[slug]
    title = short_title(rubric, slug)
    if level.readiness.low == 1:
        return _("Your answers meet all that %(level)s asks.") % {"level": title}
    if level.verdict.low == Verdict.MEETS:
        return _("Your answers are enough for %(level)s.") % {"level": title}
    if level.blockers:
        count = len(level.blockers)
        if is_next(rubric, result, slug):
            said = ngettext(
                "%(count)s must-have stands between you and %(level)s.",
                "%(count)s must-haves stand between you and %(level)s.",
                count,
            )
        else:
            said = ngettext(
                "%(count)s must-have of %(level)s is short.", "%(count)s must-haves of %(level)s are short.", count
            )
        return capital(said % {"count": number(count), "level": title})
    if level.verdict.high == Verdict.MEETS:
        return _("%(level)s is open: your unanswered questions decide.") % {"level": title}
    if is_next(rubric, result, slug) and not level.not_rated:
        said = _(
            "No must-have stands between you and %(level)s; readiness is %(readiness)s of the %(needed)d %% it asks."
        )
    else:
        said = _("No must-have of %(level)s is short; readiness is %(readiness)s of the %(needed)d %% it asks.")
    return said % {"level": title, "readiness": readiness(level.readiness), "needed": rubric.ladder.policy.meets_at}


def verdict_words(level: LevelResult) -> str:
    """The verdict, or both ends of it."""
    words = {Verdict.MEETS: _("met"), Verdict.CLOSE: _("close"), Verdict.NOT_YET: _("not yet")}
    low, high = words[level.verdict.low], words[level.verdict.high]
    return low if low == high else _("between %(low)s and %(high)s") % {"low": low, "high": high}


def raise_words(rubric: Rubric, item: Raise) -> str:
    return _("%(competency)s %(low)d → %(high)d") % {
        "competency": quoted(rubric, item.competency),
        "low": item.from_step,
        "high": item.to_step,
    }


def shortest_sentence(rubric: Rubric, slug: str, level: LevelResult, target: TargetResult) -> str:
    """The shortest way to a level in one sentence."""
    title = short_title(rubric, slug)
    if level.readiness.low == 1:
        return _("Nothing is missing for %(level)s.") % {"level": title}
    if level.verdict.low == Verdict.MEETS:
        return _("Enough is there for %(level)s: every must-have is met, and readiness is %(readiness)s.") % {
            "level": title,
            "readiness": readiness(level.readiness),
        }
    if not target.shortest_way:
        return _("No answer you gave stands in the way of %(level)s: the open ones decide.") % {"level": title}
    steps = joined(raise_words(rubric, item) for item in target.shortest_way)
    if target.exposure or target.unanswered:
        return _("The shortest way to %(level)s: %(steps)s would do, once the open answers are met too.") % {
            "level": title,
            "steps": steps,
        }
    return _("The shortest way to %(level)s: %(steps)s would do.") % {"level": title, "steps": steps}


def firmness_sentence(rubric: Rubric, firmness: Firmness) -> str:
    """How firm the place is against a single answer being one step off."""
    if firmness.firm:
        return _("Your place is firm: no single answer moved by one step would change it.")
    slugs = list(dict.fromkeys(move.competency for move in firmness.moved_by))
    named = [quoted(rubric, slug) for slug in slugs[:3]]
    if len(slugs) > 3:
        return _(
            "Your place is borderline: one step in any of %(count)d competencies would change it, such as %(named)s."
        ) % {"count": len(slugs), "named": joined(named)}
    return _("Your place is borderline: one step in %(named)s would change it.") % {"named": either(named)}


def unrated_sentence(answered: int) -> str:
    """What to do while nothing is rated."""
    if answered:
        return _("Ask your manager for a chance at one of them, and answer again once you have had it.")
    return _("Answer a few questions, and the report fills.")


def open_sentence(rubric: Rubric, slug: str, level: LevelResult) -> str:
    """What decides a place that is still a range: the open answers that the next level above its low end hangs on."""
    slugs = deciding(level, Fraction(rubric.ladder.policy.meets_at, 100))
    title, named = short_title(rubric, slug), joined(quoted(rubric, item) for item in slugs[:3])
    if len(slugs) > 3:
        return _(
            "Your place is open: %(count)d open answers decide whether you meet %(level)s, first of all %(named)s."
        ) % {"count": len(slugs), "level": title, "named": named}
    return ngettext(
        "Your place is open: %(named)s decides whether you meet %(level)s.",
        "Your place is open: %(named)s decide whether you meet %(level)s.",
        len(slugs),
    ) % {"named": named, "level": title}


def deciding(level: LevelResult, meets_at: Fraction) -> list[str]:
    """The open competencies that decide a level, the heaviest first: must-haves alone where they are enough."""
    waiting = [term for term in level.terms if not term.credit.settled]
    must_haves = [term for term in waiting if term.must_have]
    sure = sum(term.credit.low for term in level.terms) + sum(term.credit.high for term in must_haves)
    if must_haves and sure >= meets_at * sum(term.asked for term in level.terms):
        waiting = must_haves
    # A stable sort keeps ladder order.
    return [term.competency for term in sorted(waiting, key=lambda term: -term.weight)]


def answered_sentence(answered: int, total: int, *, rated: bool = True) -> str:
    if answered and not rated:
        return _("You answered “no chance so far” throughout. That never counts as zero.")
    if answered == total:
        return _("From all %(total)d answers.") % {"total": total}
    return ngettext(
        "From %(count)d answer of %(total)d; what is open widens the ranges and never counts as zero.",
        "From %(count)d answers of %(total)d; what is open widens the ranges and never counts as zero.",
        answered,
    ) % {"count": answered, "total": total}


def names(rubric: Rubric, slugs: Sequence[str]) -> str:
    """Competencies after a colon, parted by semicolons: many have an "and" in their name."""
    return "; ".join(rubric.competencies[slug].name for slug in slugs)


def quoted(rubric: Rubric, slug: str) -> str:
    """A competency inside a sentence."""
    return _("“%(name)s”") % {"name": rubric.competencies[slug].name}
