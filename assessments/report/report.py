"""A report, put together for reading: everything the page shows, made in memory from the answers and the rubric."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.report import words
from assessments.report.inputs import Inputs
from assessments.report.one_job import met_as_one
from assessments.report.parting import first_levels
from assessments.report.parts import NO_RUNGS, Bar, FocusCard, Summary, TrackSide, bar, summary
from assessments.report.radar import Radar, radar
from assessments.scoring.earlier import as_it_was
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.rule import score
from assessments.scoring.values import LevelResult, Place, Result, TargetResult, Verdict
from ladder.document.format import Area, Competency, Expectation, Level, Milestone, Specialisation
from ladder.pages.picture import Picture, picture


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
        return words.headline(self.rubric, self.result, as_it_was=self.is_as_it_was)

    @property
    def rule_query(self) -> str:
        """What links on the page carry along, so that another level is looked at by the same rule."""
        return "&rule=today" if self.earlier and self.by_today else ""

    @property
    def is_as_it_was(self) -> bool:
        """Whether it says what an earlier rule found."""
        return self.earlier is not None and not self.by_today

    @property
    def earlier_place(self) -> str:
        """Where the rule of that time placed the answers, for a report that is computed again."""
        if not self.earlier:
            return ""
        was = as_it_was(self.result, self.earlier)
        return words.place_words(self.rubric.whole or self.rubric, was.place)

    @cached_property
    def answered(self) -> str:
        return words.answered_sentence(len(self.answers), len(self.rubric.competencies), rated=self.is_rated)

    @cached_property
    def is_rated(self) -> bool:
        return words.is_rated(self.result)

    @property
    def place(self) -> Place:
        """On the person's own track."""
        return self.result.place

    @cached_property
    def undecided(self) -> str | None:
        """While the place is open: the level whose open answers decide it."""
        is_open = self.place.low != self.place.high and self.is_rated
        return words.upcoming(self.rubric, self.result.track, self.place) if is_open else None

    @property
    def is_close_call(self) -> bool:
        """Whether single answers decide the place. One that is still open is neither firm nor a close call."""
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
        return _("A close call") if self.is_close_call else _("Your place is firm")

    @property
    def holes(self) -> list[str]:
        """What levels below the place ask for and is not there: a sentence each."""
        return [words.hole_sentence(self.rubric, self.result, slug) for slug in self.place.holes]

    @property
    def unsettled(self) -> str:
        """The levels below the place that only open answers keep from being met."""
        return words.joined(self.rubric.levels[slug].short_title for slug in self.place.unsettled)

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
        if self.place.low == self.held == self.place.high:
            return ""
        level = self.result.levels[self.held]
        said = {"level": self.rubric.levels[self.held].short_title, "readiness": words.readiness(level.readiness)}
        said["held"] = self.held_words
        if level.verdict.low == Verdict.MEETS:
            return _("%(level)s, %(held)s, is met with %(readiness)s.") % said
        if not level.must_haves.short:
            return _("For %(level)s, %(held)s, readiness is %(readiness)s.") % said
        said |= {
            "names": words.names(self.rubric, level.must_haves.short),
            "must_haves": words.must_have_words(level.must_haves),
        }
        return _("For %(level)s, %(held)s, readiness is %(readiness)s; %(must_haves)s. Short: %(names)s.") % said

    @cached_property
    def picture(self) -> Picture:
        result = self.result
        notes = {slug: note for slug in result.targets if (note := self._note(slug))}
        return picture(
            self.rubric,
            # From too few answers the mark would span the whole ladder, and look like a finding.
            places={
                track: (place.low, place.high)
                for track, place in result.places.items()
                if self.is_rated and place.named
            },
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
        return words.must_haves_in_short(level.must_haves) or words.readiness(level.readiness)

    @cached_property
    def summaries(self) -> list[Summary]:
        """The level held, what advice is about, then the wishes; before them what decides the place, while open."""
        stands = self.place.low if self.place.named and not self.result.aims else None
        aims = dict.fromkeys(slug for slug in (self.held, stands, *self.result.aims, *self.result.wishes) if slug)
        slugs = [*([self.undecided] if self.undecided and self.undecided not in aims else []), *aims]
        return [summary(self.rubric, slug, self.result.levels[slug], self.rungs) for slug in slugs]

    @cached_property
    def sides(self) -> list[TrackSide]:
        """Each track from the same answers."""
        return [self._side(track, place) for track, place in self.result.places.items()]

    @property
    def sides_title(self) -> str:
        return _("Both tracks, from the same answers") if len(self.sides) > 1 else _("Where you are on the way")

    def _side(self, track: str, place: Place) -> TrackSide:
        upcoming = words.upcoming(self.rubric, track, place)
        return TrackSide(
            track=self.rubric.tracks[track],
            place=words.place_words(self.rubric, place) if self.is_rated else _("open"),
            next=summary(self.rubric, upcoming, self.result.levels[upcoming]) if upcoming else None,
            # Those of the person's own track stand under the headline.
            holes=tuple(words.hole_sentence(self.rubric, self.result, slug) for slug in place.holes)
            if track != self.result.track
            else (),
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
        """Where to look once the level looked at is met: what comes after it. A hole before it is no way on."""
        if not self.against or not self.is_met:
            return []
        met = {slug for slug, level in self.result.levels.items() if level.verdict.low == Verdict.MEETS}
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
        if self.wish_comes_later:
            return f"{self.wish_comes_later} {self.shortest}"
        return f"{words.target_sentence(self.rubric, self.result, self.against)} {self.shortest}"

    @property
    def wish_comes_later(self) -> str:
        """Why the page speaks of another level than the one that was wished."""
        wish = next(iter(self.targets), None)
        if wish is None or self.against not in self.result.aims or self.against in self.result.wishes:
            return ""
        said = {
            "wish": words.short_title(self.rubric, wish),
            "level": words.short_title(self.rubric, self.against or ""),
        }
        if self.result.levels[wish].verdict.low == Verdict.MEETS:
            return _("%(wish)s is met; %(level)s comes next.") % said
        return _("On the way to %(wish)s, %(level)s comes first.") % said

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
        # What is not rated is compared with nothing, and never the lowest.
        rated = [(axis.area.name, axis.rated) for axis in self.radar.axes if axis.rated is not None]
        if not rated:
            return _("No area is rated yet")
        lowest = min(share for _area, share in rated)
        if all(axis.share.low == 1 for axis in self.radar.axes):
            return _("All that %(level)s asks is there, in every area") % {"level": title}
        if lowest == 1:
            return _("What is rated is all that %(level)s asks") % {"level": title}
        least = [area for area, share in rated if share == lowest]
        if len(least) == len(self.radar.axes):
            return _("Every area has the same room towards %(level)s") % {"level": title}
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
            bars = [self._bar(item, cell) for item, cell in cells if cell.weight]
            if bars:
                found.append((area, bars))
        return found

    def _bar(self, item: Competency, cell: Expectation) -> Bar:
        return bar(item, self.answers.get(item.slug), cell.step, cell.weight, self.rubric.steps)

    def _asked(self, competency: Competency) -> Expectation:
        return self.rubric.specialised(self.against or "", competency.slug, self.specialisation)

    @cached_property
    def focus(self) -> list[FocusCard]:
        if not self.detail:
            return []
        cards = []
        for gap in self.detail.gaps[:3]:
            competency = self.rubric.competencies[gap.competency]
            following = competency.above(gap.step) or gap.expected
            cards.append(
                FocusCard(
                    competency=competency,
                    step=gap.step,
                    expected=gap.expected,
                    must_have=gap.must_have,
                    weight=gap.weight,
                    here=competency.says(gap.step) if gap.step else _("Not yet."),
                    there=competency.says(following),
                    next_step=following,
                    actions=self.rubric.actions.get((gap.competency, following), ()),
                )
            )
        return cards

    @property
    def focus_title(self) -> str:
        title = self.rubric.levels[self.against or ""].short_title
        if self.is_met:
            # "First towards" would say that a level is still ahead which is met.
            return _("Where %(level)s asks more") % {"level": title}
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
        """What the person had no chance to do, with the sentence that the level asks for."""
        missed = self._named(self.detail.exposure if self.detail else ())
        return [(item, item.says(self._asked(item).step)) for item in missed]

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
        path = [None, *(level.slug for level in self.rubric.paths[self.result.track])]
        low = self.place.low
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
    """Score the answers and put the report together. `against` None looks at the first aim, else the level held."""
    aims = {"held": inputs.held, "specialisation": inputs.specialisation}
    ladder_version = scoring_ladder(inputs.rubric)
    result = score(ladder_version, inputs.answers, targets=inputs.targets, **aims)
    if inputs.earlier and not inputs.by_today:
        result = as_it_was(result, inputs.earlier)
    if inputs.small_company and (as_one := met_as_one(inputs.rubric, result)):
        inputs, result, against = as_one.inputs(inputs), as_one.result(result), as_one.level(against)
    # Where nothing lies ahead, the level one stands at says more than a wish that is met.
    stands = result.place.low if result.place.named else None
    looked_at = against or next(iter(result.aims), None) or stands or next(iter(result.wishes), None) or inputs.held
    detail = result.targets.get(looked_at) if looked_at else None
    if looked_at and detail is None:
        detail = score(ladder_version, inputs.answers, targets=[looked_at], **aims).targets[looked_at]
    return Report(**vars(inputs), result=result, against=looked_at, detail=detail, rungs=rungs)
