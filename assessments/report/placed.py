"""Where the answers stand, put together for reading: the part of a report that no level is chosen for. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _

from assessments.report import words
from assessments.report.inputs import Inputs
from assessments.report.parting import first_levels
from assessments.report.parts import Summary, TrackSide, summary
from assessments.scoring.earlier import as_it_was
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.values import Place, Result, Verdict
from ladder.document.format import Competency, Level, Specialisation
from ladder.pages.picture import Picture, picture


@dataclass(frozen=True, kw_only=True)
class Placed(Inputs):
    """What a result says to its person by itself."""

    result: Result
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
    def is_told(self) -> bool:
        """Whether advice can be given: from a place that is named, or named so far."""
        return self.is_rated and bool(self.place.named or self.place.so_far)

    @property
    def place(self) -> Place:
        """On the person's own track."""
        return self.result.place

    @cached_property
    def stands(self) -> str | None:
        """The level where the answers stand; None before the first, or while it is too early to say."""
        return self.place.low if self.is_rated and self.place.named else None

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

    # What the ladder says to who stands at a level

    @cached_property
    def note(self) -> str:
        """The ladder's line for who stands there, else for who holds the level; "" where it has none.

        For who is in a programme its place is taken by `programme_sentence`.
        """
        level = self.stands or self.held
        return (level and not self.programme_ends_in and self.rubric.levels[level].notes.report) or ""

    @property
    def is_where_ways_part(self) -> bool:
        """Whether they stand where the ladder parts: a whole job, at which many stay for long."""
        level = self.stands or self.held
        return bool(level) and len(self.rubric.next_levels[level or ""]) > 1

    @property
    def meets_held(self) -> bool:
        """Whether the level held is met, by who said that they hold it."""
        is_said = bool(self.held) and not self.may_be_assumed
        return is_said and self.result.levels[self.held or ""].verdict.low == Verdict.MEETS

    @cached_property
    def programme_ends_in(self) -> tuple[str, ...]:
        """The levels to which the programme leads by itself, for who is in one; none for anybody else."""
        in_one = self.programme and self.held in self.rubric.programmes
        return self.rubric.next_levels[self.held or ""] if in_one else ()

    @property
    def programme_sentence(self) -> str:
        if not self.programme_ends_in:
            return ""
        open_levels = [slug for slug in self.programme_ends_in if self.result.levels[slug].verdict.low != Verdict.MEETS]
        return words.programme_sentence(self.rubric, self.programme_ends_in, open_levels if self.is_rated else [])

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
        stands = None if self.result.aims else self.stands
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

    # What lies ahead

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
        """Whether no promotion leads on, from the level held or from where the answers stand."""
        return any(slug and not self.rubric.next_levels[slug] for slug in (self.held, self.stands))

    @property
    def ends_here(self) -> bool:
        """Whether the answers stand where the ladder ends, with nothing on another track that is left to aim at."""
        return self.stands is not None and not self.result.aims and not self.rubric.next_levels[self.stands]
