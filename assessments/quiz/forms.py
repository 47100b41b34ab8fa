"""The forms of the quiz: what it asks, and its messages for input that does not fit."""

from collections.abc import Mapping
from typing import Any, NamedTuple, cast

from django import forms
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from assessments.models import EVIDENCE_MAX
from assessments.quiz.save import SentAnswer
from assessments.scoring.ladders import fallback_level
from assessments.scoring.values import NO_CHANCE
from ladder.document.format import Competency, LadderDocument
from ladder.levels import NOT_YET, not_yet, other_profession
from ladder.rubric import Rubric
from ladder.titles.titles import TitleAnswer, look_up
from people.fields import LineField, LinesField

NEXT = "next"
"""The target "what comes next", on both tracks where the ladder splits."""
PAGE_SAVES_MAX = 1_000_000


class AnswerForm(forms.Form):
    """One answer as a page sends it. A field that is not sent leaves the stored value alone."""

    step = forms.ChoiceField(
        required=False,
        error_messages={"invalid_choice": _("Choose one of the answers on this page.")},
    )
    evidence = LinesField(
        required=False,
        max_length=EVIDENCE_MAX,
        strip=True,
        error_messages={
            "max_length": _(
                "This is %(show_value)d characters long; %(limit_value)d fit. Nothing was cut off: shorten it here."
            )
        },
        validators=[
            ProhibitNullCharactersValidator(
                message=_("This holds a character that can’t be stored. Delete it and save again.")
            )
        ],
    )
    revision = forms.IntegerField(required=False, min_value=0, max_value=2_000_000_000)
    page = forms.RegexField(r"^[0-9a-f]{0,32}$", required=False)
    page_save = forms.IntegerField(required=False, min_value=0, max_value=PAGE_SAVES_MAX)

    def __init__(self, *args: Any, competency: Competency, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        steps = map(str, (0, *competency.described))
        cast("forms.ChoiceField", self.fields["step"]).choices = [(step, step) for step in (*steps, NO_CHANCE)]

    def said(self) -> SentAnswer:
        data = self.cleaned_data
        step = data["step"]
        return SentAnswer(
            answer=None if not step else NO_CHANCE if step == NO_CHANCE else int(step),
            evidence=data["evidence"] if "evidence" in self.data else None,
            revision=data["revision"],
            page=data["page"],
            page_save=data["page_save"] or 0,
        )


class StartForm(forms.Form):
    """Where somebody stands on the ladder and where they want to go. Every field may stay empty."""

    title = LineField(
        label=_("Your job title"),
        required=False,
        max_length=120,
        validators=[
            ProhibitNullCharactersValidator(
                message=_("This holds a character that we can’t read. Type the title again.")
            )
        ],
        error_messages={"max_length": _("That is long for a title. Shorten it to 120 characters.")},
        help_text=_("As your company writes it. We look up where it stands on this ladder."),
    )
    level = forms.ChoiceField(label=_("Your level on this ladder"), required=False)
    target = forms.ChoiceField(label=_("Where to?"), required=False)
    specialisation = forms.ChoiceField(label=_("A specialisation"), required=False)
    prefill = forms.BooleanField(label=_("Start from my last answers"), required=False)
    small_company = forms.BooleanField(label=_("I work in a small company or start-up"), required=False)
    programme = forms.BooleanField(label=_("I am in a programme"), required=False)

    def __init__(self, *args: Any, rubric: Rubric, rungs: Mapping[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rubric = rubric
        self.title_answer: TitleAnswer | None = None
        # What the title has just set: the page shows it before anything begins.
        self.taken: dict[str, str] = {}
        levels = [(level.slug, _with_rung(level.title, rungs.get(level.slug))) for level in rubric.ladder.levels]
        self._offer("level", [("", _("Take it from my title")), *levels, (NOT_YET, not_yet(rubric.ladder))])
        self._offer(
            "target",
            [(NEXT, _("The next step, on both tracks") if len(rubric.paths) > 1 else _("The next step")), *levels],
        )
        specialisations = [(item.slug, item.title) for item in rubric.ladder.specialisations]
        self._offer("specialisation", [("", _("None")), *specialisations])

    @property
    def begins_at(self) -> str:
        """The level assumed where somebody names none."""
        return self.rubric.levels[fallback_level(self.rubric)].title

    @property
    def programmes(self) -> frozenset[str]:
        """The levels for which the page asks whether one is in a programme."""
        return self.rubric.programmes

    @property
    def not_yet(self) -> str:
        return not_yet(self.rubric.ladder)

    def _offer(self, name: str, choices: list[tuple[str, Any]]) -> None:
        cast("forms.ChoiceField", self.fields[name]).choices = choices

    @property
    def asked(self) -> str:
        """The title from which level and specialisation were read as the page shows them."""
        known = self.data.get("asked") if self.is_bound else self.initial.get("title")
        return str(known or "")

    def clean(self) -> dict[str, Any]:
        """Work out the level from the title where none was chosen; an unclear one asks back, never guesses."""
        data = super().clean() or {}
        if "title" not in data or "level" not in data:
            return data
        if data["title"]:
            self.title_answer = look_up(self.rubric.ladder, data["title"], gettext)
            if data["title"] != self.asked:
                self._take_from_title(data)
        if not data["level"]:
            if not data["title"]:
                data["level"] = self.initial.get("level") or fallback_level(self.rubric)
            elif self.title_answer and self.title_answer.status == "match":
                data["level"] = self.title_answer.candidates[0].level
            else:
                self.add_error("level", _level_error(self.title_answer, self.rubric.ladder))
        data["small_company"] = bool(data.get("small_company")) and self.rubric.tells_small_companies
        data["programme"] = bool(data.get("programme")) and data["level"] in self.rubric.programmes
        return data

    def _take_from_title(self, data: dict[str, Any]) -> None:
        """Set what a title implies that the page has not shown yet, where nothing else was chosen.

        What an earlier title set counts as not chosen: whoever corrects a title means the new one.
        """
        was, now = implied(self.rubric, self.asked), implied(self.rubric, data["title"])
        sent = cast("Any", self.data).copy()
        sent["asked"] = data["title"]
        for name in ("level", "specialisation"):
            if data.get(name) in {"", getattr(was, name)}:
                sent[name] = getattr(now, name)
            if name in data and sent.get(name, "") != data[name]:
                self.taken[name] = data[name] = sent[name]
        self.data = sent

    @property
    def taken_sentence(self) -> str:
        """What the title has set, to be looked at; empty where it set nothing."""
        level, special = (self.taken.get(name) for name in ("level", "specialisation"))
        said = {
            "level": self.rubric.levels[level].title if level else "",
            "specialisation": self.rubric.specialisations[special].title if special else "",
        }
        if level and special:
            text = gettext("We read your title as %(level)s, %(specialisation)s. Change what does not fit, and start.")
        elif level:
            text = gettext("We read your title as %(level)s. Change it if that does not fit, and start.")
        elif special:
            text = gettext("Your title names %(specialisation)s. Change it if that does not fit, and start.")
        elif special == "":
            text = gettext("Your title names no specialisation. Change it if that does not fit.")
        else:
            text = ""
        return text % said

    @property
    def unclear(self) -> TitleAnswer | None:
        """The look-up that left the level open, so that the page can offer its candidates."""
        return self.title_answer if self.errors.get("level") else None

    def held(self) -> str | None:
        level: str = self.cleaned_data["level"]
        return None if level == NOT_YET else level

    def targets(self) -> list[str]:
        """The levels that the report looks at: the one chosen, or what comes next."""
        chosen = self.cleaned_data.get("target") or NEXT
        if chosen != NEXT:
            return [chosen]
        held = self.held()
        if held is None:
            first = self.rubric.trunk[0] if self.rubric.trunk else self.rubric.ladder.levels[0]
            return [first.slug]
        return list(self.rubric.next_levels[held])


class Implied(NamedTuple):
    """What a title means by itself; empty where it says nothing, or not clearly."""

    level: str = ""
    specialisation: str = ""


def implied(rubric: Rubric, title: str) -> Implied:
    if not title:
        return Implied()
    answer = look_up(rubric.ladder, title, gettext)
    level = answer.candidates[0].level if answer.status == "match" else ""
    return Implied(level, answer.specialisation or "")


def _with_rung(title: str, rung: str | None) -> str:
    """A level's title, with its name in the scheme that the reader chose."""
    return f"{title} ({rung})" if rung else title


def _level_error(answer: TitleAnswer | None, ladder: LadderDocument) -> Any:
    if answer and answer.status == "ambiguous":
        return _("This title means different levels in different companies. Which of these is yours?")
    if answer and answer.status == "other_profession":
        return other_profession(ladder)
    return _("We don’t know this title. Choose the level that comes closest.")
