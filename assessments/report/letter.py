"""The first pages of a report: one next thing, what moved, the must-haves, three things first. Makes no statement."""

import datetime
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Assessment
from assessments.report import words
from assessments.report.one_job import place_words_of
from assessments.report.parts import FocusCard
from assessments.report.report import Report
from assessments.scoring.values import BEFORE_FIRST, NO_CHANCE, Gap, LevelResult, Result
from ladder.document.format import Beyond, Competency, Growth, LadderAction
from ladder.pages.offers import Offer, ways_in
from ladder.rubric import Rubric

THINGS = 3
MOVED_NAMED = 5


@dataclass(frozen=True, slots=True)
class Thing:
    """Something to do next: an action towards the next step of a competency.

    `levels` are the short titles of the levels that ask for it; none for a skill to grow. `card` is None for one that
    is at its highest step: it goes on without a step to reach.
    """

    competency: Competency
    card: FocusCard | None = None
    levels: tuple[str, ...] = ()
    must_have: bool = False
    # A programme ends in the level, and what it still asks is for the first year there.
    first_year: bool = False
    skill: Growth | None = None

    @property
    def action(self) -> LadderAction | None:
        return next(iter(self.card.actions), None) if self.card else None

    @property
    def key(self) -> str:
        """What the form of the plan calls its first action."""
        return f"{self.competency.slug}:0"

    @property
    def title(self) -> str:
        if self.action and self.action.title:
            return self.action.title
        if self.card is None:
            return self.skill.title if self.skill else self.competency.name
        said = {"name": self.competency.name, "step": self.card.step, "next": self.card.next_step}
        return _("%(name)s: from step %(step)d to %(next)d") % said

    @property
    def because(self) -> str:
        """Why this one: a sentence."""
        said = {"name": self.competency.name, "levels": words.joined(self.levels)}
        if self.skill and self.card is None:
            return self.skill.text
        if self.skill:
            return _("It builds %(name)s, a skill to grow where you stand.") % said
        if self.first_year:
            return _("It builds %(name)s, for your first year as %(levels)s.") % said
        if self.must_have:
            return _("It builds %(name)s, a must-have for %(levels)s.") % said
        if len(self.levels) == 1:
            return _("It builds %(name)s, which %(levels)s asks for.") % said
        return _("It builds %(name)s, which %(levels)s ask for.") % said

    @property
    def in_short(self) -> str:
        return " · ".join((self.competency.name, *([words.joined(self.levels)] if self.levels else [])))


@dataclass(frozen=True, slots=True)
class MustHave:
    competency: Competency
    state: str
    """met, short or unrated"""
    said: str


@dataclass(frozen=True, slots=True)
class MustHaveList:
    """The must-haves of one level, in ladder order."""

    title: str
    rows: tuple[MustHave, ...]

    @property
    def count(self) -> str:
        met = sum(row.state == "met" for row in self.rows)
        return _("%(met)d of %(all)d met") % {"met": met, "all": len(self.rows)}


@dataclass(frozen=True, slots=True)
class AnswerMoved:
    competency: Competency
    was: int
    now: int
    remark: str


@dataclass(frozen=True, slots=True)
class Since:
    """What is another answer than in the report before."""

    on: datetime.datetime
    place: str
    """Where that report stood, where today's stands elsewhere."""
    moved: tuple[AnswerMoved, ...]
    same: int

    @property
    def named(self) -> tuple[AnswerMoved, ...]:
        return self.moved[:MOVED_NAMED]

    @property
    def more(self) -> str:
        """What is not named: the others that moved, and how many did not."""
        said = []
        if (left := len(self.moved) - MOVED_NAMED) > 0:
            said.append(ngettext("%(count)d more moved.", "%(count)d more moved.", left) % {"count": left})
        if self.same:
            sentence = ngettext("%(count)d answer is as it was.", "%(count)d answers are as they were.", self.same)
            said.append(sentence % {"count": self.same})
        return " ".join(said)


@dataclass(frozen=True, slots=True)
class Fold:
    name: str
    title: str
    about: str

    @property
    def part(self) -> str:
        return f"assessments/report/folds.html#{self.name}"


@dataclass(frozen=True)
class Letter:
    """A report as its reader opens it. `before` is the report before this one, with its outcome."""

    report: Report
    before: Assessment | None = None

    @cached_property
    def _opening(self) -> tuple[str, str]:
        return _opening(self.report.rubric, self.report.result, as_it_was=self.report.is_as_it_was)

    @property
    def title(self) -> str:
        """Where the answers stand, in one sentence."""
        if self.is_ready:
            return _("You are ready for a first job in %(craft)s.") % {"craft": self.craft}
        return self._opening[0]

    @property
    def lede(self) -> str:
        if not self.is_ready:
            return self._opening[1]
        said = {"level": words.short_title(self.report.rubric, self.report.place.low or "")}
        apply = _("You meet %(level)s, the first level, and could apply for a junior opening now.") % said
        following = self.report.rubric.next_levels[self.report.place.low or ""]
        after = words.joined(words.short_title(self.report.rubric, level) for level in following)
        return f"{apply} {_('%(level)s comes after.') % {'level': after}}" if after else apply

    @property
    def is_complete(self) -> bool:
        """Whether every question has an answer."""
        return len(self.report.answers) == len(self.report.rubric.competencies)

    @property
    def craft(self) -> str:
        """What the job is about, in the ladder's words."""
        return self.report.rubric.ladder.craft or self.report.rubric.ladder.title

    @property
    def held_sentence(self) -> str:
        """How far the level held is met, unless the lede speaks of it already: as an aim, or as what a place so far
        rests on."""
        is_told = self.report.held in self.report.result.aims or not self.report.place.named
        return "" if is_told else self.report.held_sentence

    @property
    def is_newcomer(self) -> bool:
        """Whether somebody said that they are not in this job yet."""
        return self.report.held is None and bool(self.report.rubric.ladder.ways_in)

    @property
    def is_ready(self) -> bool:
        """Whether somebody on the way in meets the first level: how far the next one is, is no headline for them."""
        first = {path[0].slug for path in self.report.rubric.paths.values()}
        return self.is_newcomer and self.report.stands in first and not self.report.is_as_it_was

    @property
    def ways_in(self) -> list[Offer]:
        """For who is not in this job yet, or stands before its first level."""
        is_before = self.report.is_told and self.report.stands_at is None
        return ways_in(self.report.rubric.ladder) if self.is_newcomer or is_before else []

    @cached_property
    def things(self) -> tuple[Thing, ...]:
        """Three things first: what most of the aims ask for, must-haves before the others; then skills to grow."""
        if not self.report.is_told:
            return ()
        found = [*self._gaps(), *self._growth()]
        one_each = {thing.competency.slug: thing for thing in reversed(found)}
        return tuple(thing for thing in found if one_each[thing.competency.slug] is thing)[:THINGS]

    @property
    def next(self) -> Thing | None:
        return next(iter(self.things), None)

    def _gaps(self) -> list[Thing]:
        targets = self.report.result.targets
        gaps = {aim: targets[aim].gaps for aim in self.report.result.aims if aim in targets}
        asking: dict[str, list[tuple[str, Gap]]] = {}
        for position in range(max(map(len, gaps.values()), default=0)):
            for aim in gaps:
                for gap in gaps[aim][position : position + 1]:
                    asking.setdefault(gap.competency, []).append((aim, gap))

        def weighs(slug: str) -> tuple[int, int]:
            return -sum(gap.must_have for _aim, gap in asking[slug]), -len(asking[slug])

        return [self._towards(asking[slug]) for slug in sorted(asking, key=weighs)[:THINGS]]

    def _towards(self, asked: list[tuple[str, Gap]]) -> Thing:
        gaps = [gap for _aim, gap in asked]
        # The levels that the sentence names are those for which it is what the sentence says.
        must_have = any(gap.must_have for gap in gaps)
        named = {aim for aim, gap in asked if gap.must_have == must_have}
        levels = [aim for aim in self.report.result.aims if aim in named]
        card = self.report.card(gaps[0].competency, gaps[0].step, max(gap.expected for gap in gaps))
        titles = tuple(self.report.rubric.levels[level].short_title for level in levels)
        first_year = bool(named & {*self.report.programme_ends_in})
        return Thing(card.competency, card, titles, must_have=must_have, first_year=first_year)

    def _growth(self) -> Iterator[Thing]:
        """The skills to grow at the level stood at, as far as they are rated; those with a step to reach come first."""
        rated = [
            (skill, step)
            for skill in self.report.growth
            if isinstance(step := self.report.answers.get(skill.competency.slug), int)
        ]
        for skill, step in sorted(rated, key=lambda pair: pair[0].to_step is None):
            reach = skill.to_step
            card = None if reach is None else self.report.card(skill.competency.slug, step, reach)
            yield Thing(skill.competency, card, skill=skill.skill)

    @cached_property
    def must_haves(self) -> list[MustHaveList]:
        """Those of the levels that advice is about; where none lies ahead, of the level stood at."""
        levels = self.report.result.aims or ([self.report.against] if self.report.against else [])
        found = [must_haves_of(self.report.rubric, level, self.report.result.levels[level]) for level in levels]
        return [item for item in found if item.rows]

    @cached_property
    def since(self) -> Since | None:
        """Against the report before this one; None without one, or where the two can't be compared."""
        return since(self.report, self.before) if self.before else None

    @property
    def things_title(self) -> str:
        if len(self.things) == 1:
            return _("One thing first")
        return words.capital(_("%(count)s things first") % {"count": words.number(len(self.things))})

    @cached_property
    def folds(self) -> list[Fold]:
        """What the reader may open; files stand apart, as they are the author's."""
        report = self.report
        found = []
        if report.against_result:
            title = _("All %(count)d competencies") % {"count": len(report.rubric.competencies)}
            found.append(Fold("against", title, self._reached(report.against_result)))
        tracks = _("Both tracks, and how sure this is") if len(report.sides) > 1 else _("How sure this is")
        found.append(Fold("tracks", tracks, report.firmness_title))
        if report.strengths or report.growth or report.milestones:
            beyond = len(report.strengths)
            about = ngettext("%(count)d beyond what is asked", "%(count)d beyond what is asked", beyond)
            found.append(
                Fold("strengths", _("Strengths and what to grow"), about % {"count": beyond} if beyond else "")
            )
        if report.exposure or report.unanswered:
            found.append(Fold("chances", _("Chances to ask for, and what is open"), self._open()))
        return found

    def _reached(self, level: LevelResult) -> str:
        """How much of what the level looked at asks for is there: "15 reach Staff PM, 8 short, 2 not rated"."""
        rated = [(term.answer, term.expected) for term in level.terms if isinstance(term.answer, int)]
        reached = sum(answer >= expected for answer, expected in rated)
        title = words.short_title(self.report.rubric, self.report.against or "")
        sentence = ngettext("%(count)d reaches %(level)s", "%(count)d reach %(level)s", reached)
        parts = [sentence % {"count": reached, "level": title}]
        if short := len(rated) - reached:
            parts.append(_("%(count)d short") % {"count": short})
        if left := len(level.terms) - len(rated):
            parts.append(_("%(count)d not rated") % {"count": left})
        return ", ".join(parts)

    def _open(self) -> str:
        parts = []
        if count := len(self.report.exposure):
            parts.append(_("%(count)d without a chance so far") % {"count": count})
        if count := len(self.report.unanswered):
            parts.append(_("%(count)d not answered") % {"count": count})
        return ", ".join(parts)

    @property
    def beyond(self) -> tuple[Beyond, ...]:
        """What people do next where the ladder ends."""
        return self.report.rubric.ladder.beyond if self.report.ends_here else ()


def _opening(rubric: Rubric, result: Result, *, as_it_was: bool = False) -> tuple[str, str]:
    """The headline of a letter, which is the place alone, and what follows it: the same facts as `headline` has."""
    if not words.is_rated(result):
        return words.headline(rubric, result), ""
    aims = [words.target_sentence(rubric, result, slug) for slug in result.aims]
    if as_it_was:
        return words.earlier_sentence(rubric, result), " ".join(aims)
    place, others = result.place, words.other_tracks(rubric, result)
    if place.named:
        return words.named_sentence(rubric, result.track, place), " ".join([*others, *aims])
    count = words.open_answers(rubric, result, result.track)
    settles = ngettext(
        "At most %(count)d more answer settles it.", "At most %(count)d more answers settle it.", count
    ) % {"count": count}
    if place.so_far is None:
        return _("Too early to say."), settles
    said = {"held": words.short_title(rubric, result.held)}
    rest = _("This holds if the rest is as %(held)s asks.") % said
    if place.so_far == BEFORE_FIRST:
        said["level"] = rubric.paths[result.track][0].short_title
        return _("So far: on your way to %(level)s.") % said, " ".join([rest, settles, *aims])
    said["level"] = words.short_title(rubric, place.so_far)
    return _("So far: you stand at %(level)s.") % said, " ".join([rest, settles, *others, *aims])


def must_haves_of(rubric: Rubric, level: str, found: LevelResult) -> MustHaveList:
    states = dict.fromkeys(found.must_haves.met, "met") | dict.fromkeys(found.must_haves.short, "short")
    rows = []
    for term in found.terms:
        if not term.must_have:
            continue
        state = states.get(term.competency, "unrated")
        if state == "short":
            said = _("short, %(step)s of %(expected)d") % {"step": term.answer, "expected": term.expected}
        elif state == "met":
            said = _("met")
        else:
            said = _("no chance at work so far") if term.answer == NO_CHANCE else _("not rated")
        rows.append(MustHave(rubric.competencies[term.competency], state, said))
    return MustHaveList(rubric.levels[level].title, tuple(rows))


def since(report: Report, before: Assessment) -> Since | None:
    """What moved, the must-haves of the aims and of the place first, then by how far."""
    shared = report.rubric.shared_with(before.rubric)
    if not shared or before.submitted_at is None or report.rubric.slug != before.rubric.slug:
        return None
    then = before.outcome.answers
    pairs = [(slug, then.get(theirs), report.answers.get(slug)) for slug, theirs in shared.items()]
    moved = [
        AnswerMoved(report.rubric.competencies[slug], was, now, _remark(report, slug, was, now))
        for slug, was, now in pairs
        if isinstance(was, int) and isinstance(now, int) and was != now
    ]
    moved.sort(key=lambda item: (not item.remark, -abs(item.now - item.was)))
    place = before.outcome.place
    # A place of an earlier rule is another thing, and the page of progress marks the change.
    comparable = place.named and report.place.named and not before.outcome.is_earlier and not report.is_as_it_was
    then_at = place_words_of(before, place, before.outcome.track)
    differs = comparable and then_at != words.place_words(report.rubric, report.place)
    return Since(
        on=before.submitted_at,
        place=then_at if differs else "",
        moved=tuple(moved),
        same=sum(was is not None and was == now for _slug, was, now in pairs),
    )


def _remark(report: Report, slug: str, was: int, now: int) -> str:
    for level in dict.fromkeys((*report.result.aims, report.place.low)):
        if level is None or slug not in report.result.levels[level].must_haves.met:
            continue
        if was < report.rubric.specialised(level, slug, report.specialisation).step:
            return _("a must-have for %(level)s, now met") % {"level": report.rubric.levels[level].short_title}
    return _("a stricter look is no step back") if now < was else ""
