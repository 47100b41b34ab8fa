"""The moment: where the answers stand, told in the middle of a quiz, once the must-haves are done or the place is."""

from dataclasses import dataclass
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from assessments.quiz.page import Quiz
from assessments.report import words
from assessments.report.one_job import read_by
from assessments.scoring.values import BEFORE_FIRST, Place, Result
from ladder.minutes import minutes
from ladder.rubric import Rubric

NAMED = 3
"""A sentence names so many questions, and counts the rest."""


@dataclass(frozen=True)
class Moment:
    quiz: Quiz
    # As the person reads them: in a small company two levels may be one.
    rubric: Rubric
    result: Result

    @classmethod
    def of(cls, quiz: Quiz) -> "Moment":
        return cls(quiz, *read_by(quiz.assessment, quiz.assessment.score(quiz.answers)))

    @property
    def place(self) -> Place:
        return self.result.place

    @cached_property
    def is_rated(self) -> bool:
        return words.is_rated(self.result)

    @cached_property
    def missing(self) -> list[str]:
        """The must-haves without an answer, unless a place is named without them."""
        return [] if self.is_rated and self.place.named else self.quiz.asked_open

    @property
    def says_place(self) -> bool:
        """Whether there is something to read in a report: a place, named or so far."""
        return self.is_rated and not self.missing and (self.place.named or self.place.so_far is not None)

    @property
    def headline(self) -> str:
        if count := len(self.missing):
            said = ngettext("%(count)s must-have has no answer yet.", "%(count)s must-haves have no answer yet.", count)
            return words.capital(said % {"count": words.number(count)})
        if not self.is_rated:
            return _("Nothing is rated yet.")
        if self.place.named or self.place.so_far is None:
            return words.place_sentence(self.rubric, self.result, self.result.track)
        if self.place.so_far == BEFORE_FIRST:
            first = self.rubric.paths[self.result.track][0].short_title
            return _("So far, on your way to %(level)s.") % {"level": first}
        return _("So far, %(level)s.") % {"level": words.short_title(self.rubric, self.place.so_far)}

    @property
    def lede(self) -> str:
        """What that rests on, in a sentence; empty where the headline says it."""
        if self.missing:
            names = [self.rubric.competencies[slug].name for slug in self.missing]
            more = [_("%(count)d more") % {"count": len(names) - NAMED}] if len(names) > NAMED else []
            return _("Still to answer: %(names)s.") % {"names": words.joined([*names[:NAMED], *more])}
        if not self.is_rated:
            return _("From “no chance” alone nothing follows. An answer about what you did can name a place.")
        if self.quiz.open:
            return self._what_settles()
        if self.place.low == self.place.high:
            return _("Every question is answered.")
        return _("Every question is answered; what you had no chance at so far decides the rest.")

    def _what_settles(self) -> str:
        if self.place.named and self.place.low == self.place.high:
            return _("Nothing that you have left open can change it.")
        count = words.open_answers(self.rubric, self.result, self.result.track)
        said = {"count": count, "held": words.short_title(self.rubric, self.result.held)}
        if self.place.named:
            decides = ngettext(
                "At most %(count)d more answer decides which.", "At most %(count)d more answers decide which.", count
            )
            return decides % said
        settles = ngettext(
            "That is, if the rest is as %(held)s asks. At most %(count)d more answer settles it.",
            "That is, if the rest is as %(held)s asks. At most %(count)d more answers settle it.",
            count,
        )
        return settles % said if self.place.so_far is not None else ""

    @property
    def levels(self) -> list[tuple[str, str]]:
        """The level held and the wishes, those of them that have must-haves: title, and how these stand."""
        if not self.is_rated:
            return []
        looked_at = dict.fromkeys((self.result.held, *self.result.wishes))
        found = [(slug, words.must_have_words(self.result.levels[slug].must_haves)) for slug in looked_at]
        return [(words.short_title(self.rubric, slug), said) for slug, said in found if said]

    @property
    def more(self) -> str:
        """The button that leads on to what is open, empty when nothing is."""
        if count := len(self.missing):
            return ngettext("Answer %(count)d must-have", "Answer %(count)d must-haves", count) % {"count": count}
        count = self.quiz.open
        if not count:
            return ""
        if self.says_place:
            return ngettext("Sharpen it with %(count)d more", "Sharpen it with %(count)d more", count) % {
                "count": count
            }
        return ngettext("Answer %(count)d more", "Answer %(count)d more", count) % {"count": count}

    @property
    def takes(self) -> str:
        """How long that is."""
        if self.missing:
            count = minutes(self.rubric, self.missing)
        else:
            # So that both parts add up to the minutes that the quiz began with.
            done = [slug for slug in self.quiz.order if slug in self.quiz.answers]
            count = max(1, minutes(self.rubric, self.quiz.order) - (minutes(self.rubric, done) if done else 0))
        return ngettext("about %(count)d minute", "about %(count)d minutes", count) % {"count": count}
