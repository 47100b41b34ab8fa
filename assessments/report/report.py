"""A report, put together for reading: everything the page shows, made in memory from the answers and the rubric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.report import words
from assessments.report.growing import GrowthLine, growth_of
from assessments.report.inputs import Inputs
from assessments.report.one_job import met_as_one
from assessments.report.parts import NO_RUNGS, Bar, FocusCard, Summary, bar, summary
from assessments.report.placed import Placed
from assessments.report.radar import Radar, finding, radar
from assessments.scoring.earlier import as_it_was
from assessments.scoring.ladders import scoring_ladder
from assessments.scoring.rule import score
from assessments.scoring.values import BEFORE_FIRST, LevelResult, TargetResult, Verdict
from ladder.document.format import Area, Competency, Expectation, Level, Milestone


@dataclass(frozen=True, kw_only=True)
class Report(Placed):
    """What a result says to its person, beside one level: `against` is the one that the details compare with."""

    against: str | None
    detail: TargetResult | None

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

    @property
    def is_first_year(self) -> bool:
        """Whether what the level looked at still asks is for the first year there."""
        return self.against in self.programme_ends_in and not self.is_met

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
        if not self.is_told:
            return words.target_sentence(self.rubric, self.result, self.against)
        if self.is_met or not self.detail.shortest_way or self.is_first_year:
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
        level = self.result.levels[self.against]
        if self.is_first_year and self.detail.shortest_way:
            return words.first_year_sentence(self.rubric, self.detail)
        return words.shortest_sentence(self.rubric, self.against, level, self.detail)

    @cached_property
    def radar(self) -> Radar | None:
        return radar(self.rubric, self.result.levels[self.against]) if self.against else None

    @cached_property
    def radar_finding(self) -> str:
        """What the radar shows, as its title."""
        return finding(self.radar, words.short_title(self.rubric, self.against)) if self.radar and self.against else ""

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
        if not self.detail or not self.is_told:
            return []
        return [
            self.card(gap.competency, gap.step, gap.expected, weight=gap.weight, must_have=gap.must_have)
            for gap in self.detail.gaps[:3]
        ]

    def card(self, slug: str, step: int, expected: int, *, weight: int = 0, must_have: bool = False) -> FocusCard:
        """What leads from a step that is rated to the next one, on the way to the one expected."""
        competency = self.rubric.competencies[slug]
        following = competency.above(step) or expected
        return FocusCard(
            competency=competency,
            step=step,
            expected=expected,
            must_have=must_have,
            weight=weight,
            here=competency.says(step) if step else _("Not yet."),
            there=competency.says(following),
            next_step=following,
            actions=self.rubric.actions.get((slug, following), ()),
        )

    @cached_property
    def growth(self) -> list[GrowthLine]:
        """The skills to grow at the level stood at, each with the step to aim at and an action that leads there."""
        return growth_of(self, self.stands_at) if self.stands_at else []

    @property
    def stands_at(self) -> str | None:
        """The level stood at, found or so far; None below the first level, and where it is too early to say."""
        if self.place.named:
            return self.place.low
        return self.place.so_far if self.place.so_far != BEFORE_FIRST else None

    @property
    def focus_title(self) -> str:
        title = self.rubric.levels[self.against or ""].short_title
        if self.is_met:
            # "First towards" would say that a level is still ahead which is met.
            return _("Where %(level)s asks more") % {"level": title}
        if self.is_first_year:
            text = ngettext(
                "%(count)s thing for your first year as %(level)s",
                "%(count)s things for your first year as %(level)s",
                len(self.focus),
            )
            return words.capital(text % {"count": words.number(len(self.focus)), "level": title})
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
        # What comes after a job that is several levels was no aim when it was scored.
        if new := [aim for aim in result.aims if aim not in result.targets]:
            found = score(ladder_version, inputs.answers, targets=new, **aims).targets
            result = replace(result, targets={**{aim: found[aim] for aim in new}, **result.targets})
    # Where nothing lies ahead, the level one stands at says more than a wish that is met.
    stands = result.place.low if result.place.named else None
    looked_at = against or next(iter(result.aims), None) or stands or next(iter(result.wishes), None) or inputs.held
    detail = result.targets.get(looked_at) if looked_at else None
    if looked_at and detail is None:
        detail = score(ladder_version, inputs.answers, targets=[looked_at], **aims).targets[looked_at]
    return Report(**vars(inputs), result=result, against=looked_at, detail=detail, rungs=rungs)
