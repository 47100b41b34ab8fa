"""The form for an entry of the evidence log."""

import datetime
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from growth.models.evidence import SHORT_MAX, TEXT_MAX
from ladder.rubric import Rubric
from people.fields import EARLIEST, NULLS, TOO_LONG, DateInput, LineField, LinesField

_LONG = gettext_lazy(
    "This is %(show_value)d characters long; %(limit_value)d fit. Nothing was cut off: shorten it here."
)


def _lines(label: Any, rows: int = 2, **kwargs: Any) -> LinesField:
    return LinesField(
        label=label,
        validators=[MaxLengthValidator(TEXT_MAX, message=_LONG)],
        error_messages=NULLS | {"required": gettext_lazy("Say what you did.")},
        widget=forms.Textarea(attrs={"rows": rows}),
        **kwargs,
    )


def _short(label: Any, size: int, **kwargs: Any) -> LineField:
    return LineField(label=label, required=False, max_length=size, error_messages=NULLS | TOO_LONG, **kwargs)


class EvidenceForm(forms.Form):
    """One entry of the log. Only `approach` and `happened_on` are required; the rest may come later."""

    approach = _lines(gettext_lazy("What did you do?"), rows=3)
    happened_on = forms.DateField(
        label=gettext_lazy("When?"),
        widget=DateInput,
        # With other formats, day and month could be confused.
        input_formats=["%Y-%m-%d"],
        error_messages=dict.fromkeys(("required", "invalid"), gettext_lazy("Choose a date.")),
    )
    problem = _lines(gettext_lazy("What was the problem?"), required=False)
    outcome = _lines(gettext_lazy("What changed?"), required=False)
    measure = _short(gettext_lazy("Measured by"), SHORT_MAX, help_text=gettext_lazy("Such as “paid baskets in 100”."))
    before = _short(gettext_lazy("From"), 60)
    after = _short(gettext_lazy("To"), 60)
    competencies = forms.MultipleChoiceField(
        label=gettext_lazy("Competencies it shows"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": gettext_lazy("Choose among the competencies of this list.")},
    )
    link = forms.URLField(
        label=gettext_lazy("Link"),
        required=False,
        max_length=500,
        assume_scheme="https",
        error_messages=NULLS | TOO_LONG | {"invalid": gettext_lazy("Type an address that begins with https://.")},
    )

    def __init__(self, *args: Any, rubric: Rubric, **kwargs: Any) -> None:
        # The page has other forms; with Django's default ids a label could lead to a field of another form.
        super().__init__(*args, **({"auto_id": "entry_%s"} | kwargs))
        self.rubric = rubric
        now = rubric.now.competencies
        chosen = [*dict.fromkeys(now.get(slug, slug) for slug in self.initial.get("competencies", []))]
        self.initial["competencies"] = chosen
        was = [slug for slug in chosen if slug not in rubric.competencies]
        names = [(slug, item.name) for slug, item in rubric.competencies.items()]
        # Without these choices, saving an entry would lose competencies that the ladder no longer has.
        self.fields["competencies"].choices = [*names, *((slug, slug) for slug in was)]  # type: ignore[attr-defined]

    def clean_happened_on(self) -> datetime.date:
        day: datetime.date = self.cleaned_data["happened_on"]
        if day < EARLIEST:
            raise forms.ValidationError(_("Choose a date of this century."))
        # One day of grace: the profile may have another time zone than where the person is, and today would be refused.
        if day > timezone.localdate() + datetime.timedelta(days=1):
            raise forms.ValidationError(_("This day has not come yet."))
        return day

    def clean_link(self) -> str:
        link: str = self.cleaned_data["link"]
        if link and not link.startswith(("http://", "https://")):
            raise forms.ValidationError(_("Type an address that begins with https://."))
        return link

    @property
    def groups(self) -> list[tuple[str, list[tuple[str, str, bool]]]]:
        """Area name → its competencies as (slug, name, chosen), for the template; last, those of an earlier ladder."""
        chosen = set(self["competencies"].value() or [])
        groups = [
            (area.name, [(item.slug, item.name, item.slug in chosen) for item in group])
            for area, group in self.rubric.by_area
        ]
        old = [(slug, slug, slug in chosen) for slug, _name in self.fields["competencies"].choices]  # type: ignore[attr-defined]
        old = [row for row in old if row[0] not in self.rubric.competencies]
        return [*groups, *([(_("Of an earlier ladder"), old)] if old else [])]

    @property
    def has_more(self) -> bool:
        """Whether the folded part of the form has a value or an error, which nobody would see while it is closed."""
        more = ("problem", "measure", "before", "after", "competencies", "link")
        return any(self[name].value() or self[name].errors for name in more)
