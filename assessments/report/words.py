"""The sentences of a report: what a result says, in plain words. They never rank anybody or call them late."""

from collections.abc import Iterable, Sequence
from fractions import Fraction

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.scoring.raters import ENTERS_FROM, Lacking
from assessments.scoring.values import (
    BEFORE_FIRST,
    Firmness,
    LevelResult,
    Move,
    MustHaves,
    Place,
    Raise,
    Range,
    Result,
    TargetResult,
    Verdict,
)
from ladder.rubric import Rubric

# A sentence about what is left names so many.
NEEDED_NAMED = 5
RAISES_NAMED = 3
# A way of more single steps than these is not called short.
SHORT_RAISES = 8


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
    """ "A", "A or B", "A, B or C"."""
    return _listed(items, _("%(first)s or %(last)s"))


def _listed(items: Iterable[str], sentence: str) -> str:
    words = list(items)
    return sentence % {"first": ", ".join(words[:-1]), "last": words[-1]} if len(words) > 1 else "".join(words)


def capital(sentence: str) -> str:
    return sentence[:1].upper() + sentence[1:]


def still_needed(rubric: Rubric, level: str, found: Lacking) -> str:
    """What answers leave out that are to stand beside another's: the must-haves by name, then the heaviest others."""
    names = {slug: item.name for slug, item in rubric.competencies.items()}
    title = short_title(rubric, level)
    parts = []
    if found.must_haves:
        parts.append(
            ngettext(
                "At %(level)s one must-have has no answer yet: %(names)s.",
                "At %(level)s %(count)s must-haves have no answer yet: %(names)s.",
                len(found.must_haves),
            )
            % {
                "level": title,
                "count": number(len(found.must_haves)),
                "names": joined(names[slug] for slug in found.must_haves),
            }
        )
    if others := [slug for slug in found.unrated if slug not in found.must_haves]:
        parts.append(
            _(
                "Steps carry %(carried)d %% of what %(level)s weighs, and %(needed)d %% are needed: "
                "rate more, such as %(names)s."
            )
            % {
                "carried": percent(found.carried),
                "needed": percent(ENTERS_FROM),
                "level": title,
                "names": joined(names[slug] for slug in others[:NEEDED_NAMED]),
            }
        )
    return " ".join(parts)


def short_title(rubric: Rubric, level: str) -> str:
    return rubric.levels[level].short_title


def upcoming(rubric: Rubric, track: str, place: Place) -> str | None:
    """The next level above the low end of a place; None at the top."""
    path = [level.slug for level in rubric.paths[track]]
    above = path[path.index(place.low) + 1 :] if place.low else path
    return next(iter(above), None)


def open_answers(rubric: Rubric, result: Result, track: str) -> int:
    """How many answers are left that could move a place: those that weigh anything from its low to its high level."""
    path, place = [level.slug for level in rubric.paths[track]], result.places[track]
    low, high = (path.index(end) if end else 0 for end in (place.low, place.high))
    terms = [term for level in path[low : high + 1] for term in result.levels[level].terms]
    return len({term.competency for term in terms if not isinstance(term.answer, int)})


def place_sentence(rubric: Rubric, result: Result, track: str) -> str:
    """Where the answers stand on one track: a level or two neighbours; else so far; else that it is too early."""
    place = result.places[track]
    if place.named:
        return named_sentence(rubric, track, place)
    count = open_answers(rubric, result, track)
    settles = ngettext(
        "at most %(count)d more answer settles it", "at most %(count)d more answers settle it", count
    ) % {"count": count}
    if place.so_far is None:
        return _("Too early to say: %(settles)s.") % {"settles": settles}
    said = {"held": short_title(rubric, result.held), "settles": settles}
    if place.so_far == BEFORE_FIRST:
        said["level"] = rubric.paths[track][0].short_title
        return _("So far: if the rest is as %(held)s asks, you are on your way to %(level)s; %(settles)s.") % said
    said["level"] = short_title(rubric, place.so_far)
    return _("So far: if the rest is as %(held)s asks, you stand at %(level)s; %(settles)s.") % said


def named_sentence(rubric: Rubric, track: str, place: Place) -> str:
    low, high = (short_title(rubric, level) if level else "" for level in (place.low, place.high))
    if not high:
        return _("You are on your way to %(level)s.") % {"level": rubric.paths[track][0].short_title}
    if low == high:
        return _("You stand at %(level)s.") % {"level": low}
    if not low:
        return _("You stand at %(high)s, or are on your way there: open answers decide.") % {"high": high}
    return _("You stand at %(low)s or %(high)s: open answers decide.") % {"low": low, "high": high}


def _is_wide(rubric: Rubric, place: Place) -> bool:
    """Whether more than two neighbours are left. Rule 1 named such places, too."""
    path = next(
        [level.slug for level in path] for path in rubric.paths.values() if rubric.levels[place.high or ""] in path
    )
    return path.index(place.high or "") - (path.index(place.low) if place.low else -1) > 1


def place_words(rubric: Rubric, place: Place) -> str:
    """A place in a few words, for tables. What can't be named is never told as found."""
    if not place.named and place.so_far not in {None, BEFORE_FIRST}:
        return _("so far %(level)s") % {"level": short_title(rubric, place.so_far or "")}
    if not place.named:
        return _("too early to say")
    low, high = (short_title(rubric, level) if level else "" for level in (place.low, place.high))
    if place.high and _is_wide(rubric, place):
        return _("%(low)s to %(high)s") % {"low": low or _("on the way to the first level"), "high": high}
    if low == high:
        return low or _("on the way to the first level")
    if not low:
        return _("%(high)s, or on the way there") % {"high": high}
    return _("%(low)s or %(high)s") % {"low": low, "high": high}


def hole_sentence(rubric: Rubric, result: Result, slug: str) -> str:
    """A level below the place that is not met, and what it asks: it lowers nothing."""
    level, title = result.levels[slug], short_title(rubric, slug)
    lacking = [term for term in level.terms if term.competency in level.must_haves.short]
    if not lacking:
        return _("%(level)s, further down, asks for %(needed)d %% readiness; you are at %(readiness)s.") % {
            "level": title,
            "needed": rubric.meets_percent,
            "readiness": readiness(level.readiness),
        }
    asked = [
        _("%(name)s %(step)d (you: %(answer)s)")
        % {"name": quoted(rubric, term.competency), "step": term.expected, "answer": term.answer}
        for term in lacking
    ]
    return _("%(level)s, further down, also asks for %(asked)s.") % {"level": title, "asked": joined(asked)}


def move_sentence(rubric: Rubric, move: Move) -> str:
    """Where one step in one competency would lead."""
    said = {"name": rubric.competencies[move.competency].name, "step": move.to_step}
    if move.place is None:
        return _("%(name)s at step %(step)d: you would be on the way to the first level.") % said
    place = short_title(rubric, move.place)
    return _("%(name)s at step %(step)d: you would stand at %(place)s.") % {**said, "place": place}


def is_rated(result: Result) -> bool:
    """Whether any answer is a step: from “no chance so far” alone nothing follows."""
    return any(isinstance(term.answer, int) for level in result.levels.values() for term in level.terms)


def earlier_sentence(rubric: Rubric, result: Result) -> str:
    """A place of rule 1, in the words of its time: the level up to which all were met, or a range of any width."""
    place = result.place
    low, high = (short_title(rubric, level) if level else "" for level in (place.low, place.high))
    if low == high:
        return _("You meet %(level)s.") % {"level": low} if low else named_sentence(rubric, result.track, place)
    if not low:
        return _("Your place is up to %(high)s; open answers decide.") % {"high": high}
    return _("You meet at least %(low)s, at most %(high)s; open answers decide.") % {"low": low, "high": high}


def headline(rubric: Rubric, result: Result, *, as_it_was: bool = False) -> str:
    """The report in a few sentences: the place, the one on the other track, what is short for the levels ahead."""
    if not is_rated(result):
        return _("Nothing is rated yet, so no place can be named.")
    place = earlier_sentence(rubric, result) if as_it_was else place_sentence(rubric, result, result.track)
    parts = [place]
    if not as_it_was:
        parts += other_tracks(rubric, result)
    return " ".join([*parts, *(target_sentence(rubric, result, slug) for slug in result.aims)])


def other_tracks(rubric: Rubric, result: Result) -> list[str]:
    """Where the same answers stand on another track, where that differs: above the fork, and settled."""
    said = []
    for track, place in result.places.items():
        same = result.place.low if result.place.named else None
        if track == result.track or place.low != place.high or place.low in {None, same}:
            continue
        path = [level.slug for level in rubric.paths[track]]
        level = short_title(rubric, place.low or "")
        # Two that are one job in a small company have one title.
        is_told = same is not None and level == short_title(rubric, same)
        if path.index(place.low or "") >= len(rubric.trunk) and not is_told:
            said.append(_("On the other track you stand at %(level)s.") % {"level": level})
    return said


def must_have_words(must_haves: MustHaves) -> str:
    """The one count of a level's must-haves, "two must-haves short, one not rated"; "" where it has none."""
    short, not_rated = len(must_haves.short), len(must_haves.not_rated)
    if short and not_rated:
        said = ngettext(
            "%(short)s must-have short, %(not_rated)s not rated",
            "%(short)s must-haves short, %(not_rated)s not rated",
            short,
        )
        return said % {"short": number(short), "not_rated": number(not_rated)}
    if short:
        return ngettext("%(count)s must-have short", "%(count)s must-haves short", short) % {"count": number(short)}
    if not_rated:
        said = ngettext("%(count)s must-have not rated", "%(count)s must-haves not rated", not_rated)
        return said % {"count": number(not_rated)}
    return _("every must-have met") if must_haves.met else ""


def must_haves_in_short(must_haves: MustHaves) -> str:
    """The same where there is little room; "" where none is lacking."""
    parts = []
    if must_haves.short:
        parts.append(_("%(count)d short") % {"count": len(must_haves.short)})
    if must_haves.not_rated:
        parts.append(_("%(count)d not rated") % {"count": len(must_haves.not_rated)})
    return ", ".join(parts)


def target_sentence(rubric: Rubric, result: Result, slug: str) -> str:
    """How the answers stand to one level: its must-haves in one count, else the readiness."""
    level, title = result.levels[slug], short_title(rubric, slug)
    if level.readiness.low == 1:
        return _("Your answers meet all that %(level)s asks.") % {"level": title}
    if level.verdict.low == Verdict.MEETS:
        return _("Your answers are enough for %(level)s.") % {"level": title}
    if level.must_haves.short or level.must_haves.not_rated:
        said = {"level": title, "must_haves": must_have_words(level.must_haves)}
        return _("%(level)s: %(must_haves)s.") % said
    needed = rubric.meets_percent
    said = {"level": title, "readiness": readiness(level.readiness), "needed": str(needed)}
    if level.must_haves.met:
        return _("%(level)s: every must-have met, readiness %(readiness)s of the %(needed)s %% it takes.") % said
    return _("%(level)s: readiness %(readiness)s of the %(needed)s %% it takes.") % said


def verdict_words(level: LevelResult) -> str:
    """The verdict, or both ends of it."""
    words = {Verdict.MEETS: _("met"), Verdict.CLOSE: _("close"), Verdict.NOT_YET: _("not yet")}
    low, high = words[level.verdict.low], words[level.verdict.high]
    return low if low == high else _("%(low)s or %(high)s, depending on open answers") % {"low": low, "high": high}


def raise_words(rubric: Rubric, item: Raise) -> str:
    return _("%(competency)s %(low)d → %(high)d") % {
        "competency": quoted(rubric, item.competency),
        "low": item.from_step,
        "high": item.to_step,
    }


def shortest_sentence(rubric: Rubric, slug: str, level: LevelResult, target: TargetResult) -> str:
    """The shortest way to a level in one sentence."""
    said = {"level": short_title(rubric, slug)}
    if level.readiness.low == 1:
        return _("Nothing is missing for %(level)s.") % said
    if level.verdict.low == Verdict.MEETS:
        said["readiness"] = readiness(level.readiness)
        if not level.must_haves.met:
            return _("Enough is there for %(level)s: readiness is %(readiness)s.") % said
        return _("Enough is there for %(level)s: every must-have is met, and readiness is %(readiness)s.") % said
    if not target.shortest_way and target.gaps:
        return _("Some answers are below what %(level)s asks, and the open ones decide whether that matters.") % said
    if not target.shortest_way:
        return _("Nothing that you answered is too low for %(level)s: the open answers decide.") % said
    return _way_sentence(rubric, slug, target)


def _way_sentence(rubric: Rubric, slug: str, target: TargetResult) -> str:
    """A way of more than eight single steps is not called short."""
    said = {"level": short_title(rubric, slug), "steps": _raises(rubric, target)}
    # Steps without a sentence are none that anybody takes.
    taken = [
        step
        for item in target.shortest_way
        for step in rubric.competencies[item.competency].described
        if item.from_step < step <= item.to_step
    ]
    is_short = len(taken) <= SHORT_RAISES
    way = _("The shortest way to %(level)s: %(steps)s.") if is_short else _("What %(level)s takes: %(steps)s.")
    return _if_open_ones_are_met(way % said, target)


def _raises(rubric: Rubric, target: TargetResult) -> str:
    """The raises that lead to a level: three by name."""
    named = [raise_words(rubric, item) for item in target.shortest_way[:RAISES_NAMED]]
    more = len(target.shortest_way) - len(named)
    if not more:
        return joined(named)
    rest = ngettext("%(count)d more competency", "%(count)d more competencies", more) % {"count": more}
    return _("%(steps)s, and then %(rest)s") % {"steps": ", ".join(named), "rest": rest}


def _if_open_ones_are_met(way: str, target: TargetResult) -> str:
    if target.exposure or target.unanswered:
        return _("%(way)s That is enough if the open answers are met as well.") % {"way": way}
    return way


def programme_sentence(rubric: Rubric, ends_in: Sequence[str], still_open: Sequence[str]) -> str:
    """How a programme ends, and what the level in which it ends still asks, where it does."""
    end = _("Your programme ends at %(level)s: this move is its regular end.") % {
        "level": either(short_title(rubric, slug) for slug in ends_in)
    }
    if not still_open:
        return end
    rest = _("What %(level)s still asks is for your first year there.")
    return f"{end} {rest % {'level': either(short_title(rubric, slug) for slug in still_open)}}"


def first_year_sentence(rubric: Rubric, target: TargetResult) -> str:
    """What a level still asks of somebody whose programme ends in it."""
    way = _("For your first year there: %(steps)s.") % {"steps": _raises(rubric, target)}
    return _if_open_ones_are_met(way, target)


def firmness_sentence(rubric: Rubric, firmness: Firmness) -> str:
    """How firm the place is against a single answer being one step off."""
    if firmness.firm:
        return _("Your place is firm: no single answer moved by one step would change it.")
    slugs = list(dict.fromkeys(move.competency for move in firmness.moved_by))
    named = [quoted(rubric, slug) for slug in slugs[:3]]
    if len(slugs) > 3:
        said = {"count": len(slugs), "named": joined(named)}
        return (
            _("It is a close call: one step in any of %(count)d competencies would change it, such as %(named)s.")
            % said
        )
    return _("It is a close call: one step in %(named)s would change it.") % {"named": either(named)}


def unrated_sentence(answered: int) -> str:
    """What to do while nothing is rated."""
    if answered:
        return _("Ask your manager for a chance at one of them, and answer again once you have had it.")
    return _("Answer a few questions, and the report fills.")


def open_sentence(rubric: Rubric, slug: str, level: LevelResult) -> str:
    """What decides a place that is still open: the open answers that the next level above its low end depends on."""
    slugs = deciding(level, rubric.meets_at)
    title, named = short_title(rubric, slug), joined(quoted(rubric, item) for item in slugs[:3])
    if len(slugs) > 3:
        return _("Whether you meet %(level)s depends on %(count)d open answers, first of all %(named)s.") % {
            "count": len(slugs),
            "level": title,
            "named": named,
        }
    return _("Whether you meet %(level)s depends on %(named)s.") % {"named": named, "level": title}


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
