"""The forms of the plan: one item, and a choice among the actions of a report."""

import datetime
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.report.letter import Letter
from assessments.report.parts import FocusCard
from assessments.report.report import Report
from growth.plan.plan import TEXT_MAX, NewItem
from ladder.rubric import Rubric
from people.days import quarter_end
from people.fields import EARLIEST, LATEST, NULLS, DateInput, LineField
from people.markup import plain_of

TOO_LONG = {"max_length": gettext_lazy("Shorten this to %(limit_value)d characters; it has %(show_value)d.")}


class DueField(forms.DateField):
    widget = DateInput

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, error_messages={"invalid": gettext_lazy("Choose a date.")}, **kwargs)

    def clean(self, value: Any) -> datetime.date | None:
        day: datetime.date | None = super().clean(value)
        if day and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(_("Choose a date of this century."))
        return day


def line(label: Any, **kwargs: Any) -> LineField:
    return LineField(label=label, max_length=TEXT_MAX, error_messages=NULLS | TOO_LONG, **kwargs)


def competency_choices(rubric: Rubric, *, none: str) -> list[tuple[str, Any]]:
    """The choices of a select: `none` for no competency, then the competencies grouped by area."""
    return [
        ("", none),
        *((area.name, [(item.slug, item.name) for item in group]) for area, group in rubric.by_area),
    ]


class PlanItemForm(forms.Form):
    """One item. `agreed` is for one from a review: its text, competency and date are disabled, so neither side can
    change alone what both signed."""

    text = line(gettext_lazy("What will you do?"), help_text=gettext_lazy("One thing that you could begin this week."))
    competency = forms.ChoiceField(
        label=gettext_lazy("Competency it grows"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the list.")},
    )
    first_step = line(
        gettext_lazy("First step"), required=False, help_text=gettext_lazy("So small that it takes half an hour.")
    )
    done_when = line(
        gettext_lazy("How will you know?"),
        required=False,
        help_text=gettext_lazy("What others can see when it is done."),
    )
    due_on = DueField(label=gettext_lazy("Until when?"))

    def __init__(self, *args: Any, rubric: Rubric, agreed: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].error_messages["required"] = _("Say what you will do.")
        competency = self.fields["competency"]
        choices = competency_choices(rubric, none=_("None in particular"))
        was = self.initial.get("competency", "")
        was = self.initial["competency"] = rubric.now.competencies.get(was, was)
        if was and was not in rubric.competencies:
            # Without this choice, saving an item would lose a competency that the ladder no longer has.
            choices.append((was, was))
        competency.choices = choices  # type: ignore[attr-defined]
        for name in ("text", "competency", "due_on") if agreed else ():
            self.fields[name].disabled = True
            self.fields[name].help_text = ""

    @property
    def item(self) -> NewItem:
        return NewItem(**self.cleaned_data)


class PickForm(forms.Form):
    """Which of the actions that a report suggests go into the plan, and by when."""

    pick = forms.MultipleChoiceField(
        error_messages={
            "required": gettext_lazy("Choose at least one, or write your own."),
            "invalid_choice": gettext_lazy("Choose among the actions on this page."),
        }
    )
    due_on = DueField(
        label=gettext_lazy("Until when?"),
        help_text=gettext_lazy("For all that you choose. You can change each of them later."),
    )

    def __init__(self, *args: Any, report: Report, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [*(thing.card for thing in Letter(report).things if thing.card), *report.focus]
        one_each = {card.competency.slug: card for card in offered if card.actions}
        self.cards = list(one_each.values())
        self.initial.setdefault("due_on", quarter_end(timezone.localdate()))
        self.fields["pick"].choices = [choice for card in self.cards for choice in _choices(card)]  # type: ignore[attr-defined]

    @property
    def rows(self) -> list[tuple[FocusCard, list[tuple[str, str, bool]]]]:
        """The cards that have actions, each with (value, text, chosen)."""
        said = set(self.data.getlist("pick")) if hasattr(self.data, "getlist") else set()
        return [(card, [(key, text, key in said) for key, text in _choices(card)]) for card in self.cards]

    @property
    def items(self) -> list[NewItem]:
        picked = set(self.cleaned_data["pick"])
        return [
            NewItem(
                text=text,
                competency=card.competency.slug,
                done_when=in_one_line(card.there),
                due_on=self.cleaned_data["due_on"],
                from_step=card.step,
                to_step=card.next_step,
            )
            for card in self.cards
            for key, text in _choices(card)
            if key in picked
        ]


def _choices(card: FocusCard) -> list[tuple[str, str]]:
    return [(f"{card.competency.slug}:{n}", in_one_line(action.text)) for n, action in enumerate(card.actions)]


def suggested(rubric: Rubric, competency: str, action: str) -> dict[str, str]:
    """What a form begins with for an action that leads to a step, as "3.0" for the first towards step 3; nothing for
    what the ladder lacks."""
    competency = rubric.now.competencies.get(competency, "")
    if not competency:
        return {}
    found = {
        f"{step}.{n}": {
            "text": in_one_line(item.text),
            "done_when": in_one_line(rubric.competencies[competency].says(step)),
        }
        for (slug, step), items in rubric.actions.items()
        if slug == competency
        for n, item in enumerate(items)
    }
    return {"competency": competency, **found.get(action, {})}


def in_one_line(text: str) -> str:
    """A text of the ladder as an item holds it: a line without markup, of at most TEXT_MAX characters."""
    return " ".join(plain_of(text).split())[:TEXT_MAX]
