"""The forms of the conversation about a review: the shared note and the agreed steps."""

import hashlib
import json
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.translation import gettext_lazy as _

from assessments.models import Commitment
from assessments.models.review import AGENDA_MAX, COMMITMENTS_MAX
from assessments.reviews.review import AgreedStep
from ladder.rubric import Rubric
from people.fields import NULLS, LineField, LinesField


class AgendaForm(forms.Form):
    text = LinesField(
        label=_("Agenda"),
        required=False,
        error_messages=NULLS,
        validators=[
            MaxLengthValidator(
                AGENDA_MAX,
                message=_("This is longer than %(limit_value)d characters. Nothing was cut off: shorten it here."),
            ),
        ],
    )
    revision = forms.IntegerField(min_value=0, max_value=2_000_000_000)


class CommitmentForm(forms.Form):
    """One agreed step; a line without a text is not saved."""

    text = LineField(
        label=_("What"),
        required=False,
        max_length=400,
        error_messages=NULLS | {"max_length": _("That is long for one step. Shorten it to 400 characters.")},
    )
    competency = forms.ChoiceField(
        label=_("Competency"),
        required=False,
        error_messages={"invalid_choice": _("Choose a competency of the ladder.")},
    )
    due_on = forms.DateField(
        label=_("Until"),
        required=False,
        error_messages={"invalid": _("Type the date as year-month-day, such as 2027-03-31.")},
    )

    def __init__(self, *args: Any, rubric: Rubric, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["competency"].choices = [  # type: ignore[attr-defined]
            ("", _("none")),
            *((item.slug, item.name) for item in rubric.competencies.values()),
        ]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("text") and not self.errors and (data.get("competency") or data.get("due_on")):
            self.add_error("text", _("Say what was agreed, or empty this line."))
        return data


class CommitmentForms:
    """The lines for agreed steps, as many as there may be."""

    def __init__(self, rubric: Rubric, stored: list[Commitment], data: Any = None) -> None:
        shown = [{"text": item.text, "competency": item.competency, "due_on": item.due_on} for item in stored]
        shown += [{}] * (COMMITMENTS_MAX - len(stored))
        self.rows = [
            CommitmentForm(data, rubric=rubric, prefix=f"c{number}", initial=initial)
            for number, initial in enumerate(shown)
        ]

    def is_valid(self) -> bool:
        return all([row.is_valid() for row in self.rows])  # noqa: C419  - a generator would stop at the first bad line, and the others would show no error

    @property
    def first_wrong(self) -> str:
        """The id of the first field that can't be taken: a page has one place for the focus; "" without any."""
        wrong = [row[name].id_for_label for row in self.rows for name in row.fields if name in row.errors]
        return next(iter(wrong), "")

    def agreed(self) -> list[AgreedStep]:
        """The lines that have a text. Only once `is_valid` said yes."""
        said = [row.cleaned_data for row in self.rows]
        return [(item["text"], item["competency"], item["due_on"]) for item in said if item["text"]]


def rows_of(commitments: list[Commitment]) -> list[AgreedStep]:
    return [(item.text, item.competency, item.due_on) for item in commitments]


def fingerprint(shown: str | list[AgreedStep]) -> str:
    """A short hash that a page sends along, so that a change made since it was opened is noticed."""
    return hashlib.sha256(json.dumps(shown, default=str).encode()).hexdigest()[:16]
