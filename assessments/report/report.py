"""A report, put together for reading: everything the page shows, made in memory from the answers and the rubric."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Final, Self

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.models import Assessment, Share
from assessments.report import words
from assessments.report.parting import first_levels
from assessments.report.parts import NO_RUNGS, Bar, FocusCard, Summary, TrackSide, bar, summary
from assessments.report.radar import Radar, radar
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.rule import score
from assessments.scoring.values import Answer, LevelResult, Place, Result, TargetResult, Verdict
from ladder.document.format import Area, Competency, Expectation, Level, Milestone, Specialisation
from ladder.pages.picture import Picture, picture
from ladder.rubric import Rubric

NO_EVIDENCE: Final[Mapping[str, str]] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """Everything a report is computed from. `evidence` is competency → line, as far as the reader may see it."""

    rubric: Rubric
    answers: Mapping[str, Answer]
    evidence: Mapping[str, str] = NO_EVIDENCE
    held: str | None
    targets: tuple[str, ...]
    specialisation: str | None = None
    # Whether the level held may be the fallback of the start form, which nobody said.
    may_be_assumed: bool = False

    @classmethod
    def of(
        cls, said: Assessment | Share, answers: Mapping[str, Answer], evidence: Mapping[str, str] = NO_EVIDENCE
    ) -> Self:
        """The level, aims and ladder of an assessment or a copy, with answers read from it."""
        return cls(
            rubric=said.rubric,
            answers=answers,
            evidence=evidence,
            held=said.held or None,
            targets=tuple(said.targets),
            specialisation=said.specialisation or None,
            may_be_assumed=isinstance(said, Assessment) and said.may_be_assumed,
        )


@dataclass(frozen=True, kw_only=True)
class Report(Inputs):
    """What a result says to its person. `against` is the level that the details compare with."""

    result: Result
    against: str | None
    detail: TargetResult | None
    # Level → what the scheme that the reader chose calls it.
    rungs: Mapping[str, str]

    @cached_property
    def headline(self) -> str:
        return words.headline(self.rubric, self.result, self.held)

    @cached_property
    def answered(self) -> str:
        return words.answered_sentence(len(self.answers), len(self.rubric.competencies), rated=self.is_rated)

    @cached_property
    def is_rated(self) -> bool:
        return words.is_rated(self.result)

    @cached_property
    def undecided(self) -> str | None:
        """While the place is a range: the level whose open answers decide it."""
        track = self.result.firmness.track
        own = self.result.places[track]
        return words.upcoming(self.rubric, track, own) if own.low != own.high and self.is_rated else None

    @property
    def is_borderline(self) -> bool:
        """Whether single answers decide the place. One that is a range is neither firm nor borderline yet."""
        return self.is_rated and not self.undecided and not self.result.firmness.firm

    @cached_property
    def firmness(self) -> str:
        if not self.is_rated:
            return words.unrated_sentence(len(self.answers))
        if self.undecided:
            return words.open_sentence(self.rubric, self.undecided, self.result.levels[self.undecided])
        return words.firmness_sentence(self.rubric, self.result.firmness)

    @property
    def firmness_title(self) -> str:
        if self.undecided or not self.is_rated:
            return _("Your place is open")
        return _("Your place is borderline") if self.is_borderline else _("Your place is firm")

    @property
    def notes(self) -> list[tuple[Competency, str]]:
        """The lines of evidence that the reader may see, in ladder order."""
        return [(item, self.evidence[slug]) for slug, item in self.rubric.competencies.items() if slug in self.evidence]

    @property
    def moves(self) -> Iterator[str]:
        """The single steps that would change the place, and where each would lead: a sentence each."""
        return (words.move_sentence(self.rubric, move) for move in self.result.firmness.moved_by)

    @property
    def specialised(self) -> Specialisation | None:
        return self.rubric.specialisations[self.specialisation] if self.specialisation else None

    @cached_property
    def held_level(self) -> Level | None:
        return self.rubric.levels[self.held] if self.held else None

    @property
    def held_words(self) -> str:
        """What the level held is to the person; nobody holds what was assumed for them."""
        return _("taken as your level") if self.may_be_assumed else _("the level you hold")

    @cached_property
    def held_sentence(self) -> str:
        """How far the level held is met, where the headline does not say it already."""
        if not self.held or not self.is_rated:
            return ""
        own = self.result.places[self.result.firmness.track]
        if own.low == self.held == own.high:
            return ""
        level = self.result.levels[self.held]
        said = {"level": self.rubric.levels[self.held].short_title, "readiness": words.readiness(level.readiness)}
        said["held"] = self.held_words
        if level.verdict.low == Verdict.MEETS:
            return _("%(level)s, %(held)s, is met with %(readiness)s.") % said
        if not level.blockers:
            return _("For %(level)s, %(held)s, readiness is %(readiness)s.") % said
        said |= {"names": words.names(self.rubric, level.blockers)}
        return (
            ngettext(
                "For %(level)s, %(held)s, readiness is %(readiness)s and one must-have is short: %(names)s.",
                "For %(level)s, %(held)s, readiness is %(readiness)s and these must-haves are short: %(names)s.",
                len(level.blockers),
            )
            % said
        )

    @cached_property
    def picture(self) -> Picture:
        result = self.result
        notes = {slug: note for slug in result.targets if (note := self._note(slug))}
        return picture(
            self.rubric,
            # With nothing rated the mark would span the whole ladder, and look like a finding.
            places={track: (place.low, place.high) for track, place in result.places.items() if self.is_rated},
            targets=self.targets,
            notes=notes,
            captions=self.rungs,
            title=_("Your place on the ladder"),
            description=self.headline,
        )

    def _note(self, slug: str) -> str:
        """A few words under a target's rung."""
        level = self.result.levels[slug]
        if level.verdict.low == Verdict.MEETS:
            return _("met")
        count = len(level.blockers)
        if count and words.is_next(self.rubric, self.result, slug):
            return ngettext("%(count)d must-have away", "%(count)d must-haves away", count) % {"count": count}
        if count:
            return ngettext("%(count)d must-have short", "%(count)d must-haves short", count) % {"count": count}
        if level.verdict.high == Verdict.MEETS:
            return _("open")
        return words.readiness(level.readiness)

    @cached_property
    def summaries(self) -> list[Summary]:
        """The level held, then the targets; before them the level that decides the place, while it is open."""
        aims = dict.fromkeys(slug for slug in (self.held, *self.targets) if slug)
        slugs = [*([self.undecided] if self.undecided and self.undecided not in aims else []), *aims]
        return [summary(self.rubric, slug, self.result.levels[slug], self.rungs) for slug in slugs]

    @cached_property
    def sides(self) -> list[TrackSide]:
        """Both tracks from the same answers."""
        return [self._side(track, place) for track, place in self.result.places.items()]

    def _side(self, track: str, place: Place) -> TrackSide:
        upcoming = words.upcoming(self.rubric, track, place)
        return TrackSide(
            track=self.rubric.tracks[track],
            place=words.place_words(self.rubric, place) if self.is_rated else _("open"),
            next=summary(self.rubric, upcoming, self.result.levels[upcoming]) if upcoming else None,
            spiky=words.joined(self.rubric.levels[slug].short_title for slug in place.spiky),
        )

    # Against one level

    @cached_property
    def against_level(self) -> Level | None:
        return self.rubric.levels[self.against] if self.against else None

    @cached_property
    def against_result(self) -> LevelResult | None:
        return self.result.levels[self.against] if self.against else None

    @cached_property
    def against_summary(self) -> Summary | None:
        return summary(self.rubric, self.against, self.result.levels[self.against]) if self.against else None

    @property
    def is_met(self) -> bool:
        """Whether the level that the details look at is met, whatever open answers turn out to be."""
        return self.against_result is not None and self.against_result.verdict.low == Verdict.MEETS

    @cached_property
    def way_on(self) -> list[Level]:
        """Where to look once the level looked at is met: what is not met before it, else what comes after it."""
        if not self.against or not self.is_met:
            return []
        met = {slug for slug, level in self.result.levels.items() if level.verdict.low == Verdict.MEETS}
        path = next(path for path in self.rubric.paths.values() if self.rubric.levels[self.against] in path)
        before = [level for level in path[: path.index(self.rubric.levels[self.against])] if level.slug not in met]
        if before:
            return before[:1]
        found, waiting = dict[str, Level](), [self.against]
        while waiting:
            for slug in self.rubric.next_levels[waiting.pop()]:
                if slug in met:
                    waiting.append(slug)
                else:
                    found[slug] = self.rubric.levels[slug]
        return list(found.values())

    @cached_property
    def aim(self) -> str:
        """What the level still asks and the shortest way there, with nothing said twice."""
        if not self.against or not self.detail:
            return ""
        if not self.is_rated:
            return _("Nothing is rated yet, so %(level)s is open.") % {
                "level": words.short_title(self.rubric, self.against)
            }
        if self.is_met or not self.detail.shortest_way:
            return self.shortest
        return f"{words.target_sentence(self.rubric, self.result, self.against)} {self.shortest}"

    @cached_property
    def shortest(self) -> str:
        if not self.against or not self.detail:
            return ""
        return words.shortest_sentence(self.rubric, self.against, self.result.levels[self.against], self.detail)

    @cached_property
    def radar(self) -> Radar | None:
        return radar(self.rubric, self.result.levels[self.against]) if self.against else None

    @cached_property
    def radar_finding(self) -> str:
        """What the radar shows, as its title."""
        if not self.radar or not self.against:
            return ""
        title = self.rubric.levels[self.against].short_title
        lowest = min(axis.share.low for axis in self.radar.axes)
        if lowest == 1:
            return _("All that %(level)s asks is there, in every area") % {"level": title}
        if not self.is_rated:
            return _("Nothing is rated yet: every area is open")
        if all(axis.share.low == lowest for axis in self.radar.axes):
            return _("Every area has the same room towards %(level)s") % {"level": title}
        least = [axis.area.name for axis in self.radar.axes if axis.share.low == lowest]
        return ngettext(
            "%(area)s has most room towards %(level)s", "%(area)s have most room towards %(level)s", len(least)
        ) % {"area": words.joined(least), "level": title}

    @cached_property
    def bars(self) -> list[tuple[Area, list[Bar]]]:
        """By area, each competency against the level; areas of which it asks nothing are left out."""
        if not self.against:
            return []
        found = []
        for area, competencies in self.rubric.by_area:
            cells = [(item, self._asked(item)) for item in competencies]
            bars = [
                bar(item, self.answers.get(item.slug), cell.step, cell.weight) for item, cell in cells if cell.weight
            ]
            if bars:
                found.append((area, bars))
        return found

    def _asked(self, competency: Competency) -> Expectation:
        return self.rubric.specialised(self.against or "", competency.slug, self.specialisation)

    @cached_property
    def focus(self) -> list[FocusCard]:
        if not self.detail:
            return []
        cards = []
        for gap in self.detail.gaps[:3]:
            competency = self.rubric.competencies[gap.competency]
            cards.append(
                FocusCard(
                    competency=competency,
                    step=gap.step,
                    expected=gap.expected,
                    must_have=gap.must_have,
                    weight=gap.weight,
                    here=competency.anchors[gap.step - 1] if gap.step else _("Not yet."),
                    there=competency.anchors[gap.step],
                    actions=self.rubric.actions.get((gap.competency, gap.step + 1), ()),
                )
            )
        return cards

    @property
    def focus_title(self) -> str:
        title = self.rubric.levels[self.against or ""].short_title
        if self.is_met:
            # "First towards" would say that a level is still ahead which is met.
            return _("Where %(level)s asks a little more") % {"level": title}
        if len(self.focus) == 1:
            return _("One thing first towards %(level)s") % {"level": title}
        return words.capital(
            _("%(count)s things first towards %(level)s") % {"count": words.number(len(self.focus)), "level": title}
        )

    @cached_property
    def strengths(self) -> list[tuple[Competency, int, int]]:
        if not self.detail:
            return []
        return [(self.rubric.competencies[item.competency], item.step, item.expected) for item in self.detail.strengths]

    @cached_property
    def exposure(self) -> list[tuple[Competency, str]]:
        """What the person had no chance to do, with the anchor that the level asks for."""
        missed = self._named(self.detail.exposure if self.detail else ())
        return [(item, item.anchors[self._asked(item).step - 1]) for item in missed]

    @cached_property
    def unanswered(self) -> list[Competency]:
        return self._named(self.detail.unanswered if self.detail else ())

    @cached_property
    def settles(self) -> list[Competency]:
        """What to answer first, while the verdict is open."""
        if not self.detail or not self.against or self.result.levels[self.against].verdict.settled:
            return []
        return self._named(self.detail.settles)

    @cached_property
    def milestones(self) -> tuple[Milestone, ...]:
        return self.rubric.milestones_for(self.against) if self.against else ()

    @property
    def milestones_title(self) -> str:
        title = self.rubric.levels[self.against or ""].short_title
        said = _("Signs that speak for %(level)s") if self.is_met else _("Signs that %(level)s is near")
        return said % {"level": title}

    @property
    def other_levels(self) -> list[Level]:
        shown = {item.level.slug for item in self.summaries}
        return [level for level in self.rubric.ladder.levels if level.slug not in shown]

    @property
    def at_fork(self) -> bool:
        """Whether two tracks lie ahead: the level held has two next ones, and the place is not below it."""
        if not self.held or len(self.rubric.next_levels[self.held]) < 2:
            return False
        path = [None, *(level.slug for level in self.rubric.paths[self.result.firmness.track])]
        low = self.result.places[self.result.firmness.track].low
        return self.held in path and path.index(low) >= path.index(self.held)

    @cached_property
    def forks(self) -> bool:
        """Whether the ladder has two ways to compare."""
        return first_levels(scoring_ladder(self.rubric)) is not None

    @property
    def at_top(self) -> bool:
        return bool(self.held) and not self.rubric.next_levels[self.held or ""]

    def _named(self, slugs: Sequence[str]) -> list[Competency]:
        return [self.rubric.competencies[slug] for slug in slugs]


def build_report(inputs: Inputs, against: str | None = None, rungs: Mapping[str, str] = NO_RUNGS) -> Report:
    """Score the answers and put the report together. `against` None looks at the first target, else the level held."""
    aims = {"held": inputs.held, "specialisation": inputs.specialisation}
    ladder_version = scoring_ladder(inputs.rubric)
    result = score(ladder_version, inputs.answers, targets=inputs.targets, **aims)
    looked_at = against or (inputs.targets[0] if inputs.targets else inputs.held)
    detail = result.targets.get(looked_at) if looked_at else None
    if looked_at and detail is None:
        detail = score(ladder_version, inputs.answers, targets=[looked_at], **aims).targets[looked_at]
    return Report(**vars(inputs), result=result, against=looked_at, detail=detail, rungs=rungs)
