"""The forms of a case: the report it is based on, its title, and the text of a section."""

from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from assessments.models import Assessment
from growth.cases.cases import target_of
from growth.models.case import SECTION_MAX
from people.fields import NULLS, TOO_LONG, LinesField, NameField
from people.markdown import to_html
from people.markup import TooCostlyError

TITLE_MAX = 120


def _title_field() -> NameField:
    return NameField(
        label=gettext_lazy("Title"),
        max_length=TITLE_MAX,
        error_messages=NULLS | TOO_LONG | {"required": gettext_lazy("Give it a title.")},
    )


class TitleForm(forms.Form):
    title = _title_field()


class CaseForm(forms.Form):
    """A new case. `reports` are the person's own; the levels offered are those of the ladders they were made with."""

    report = forms.ChoiceField(
        label=gettext_lazy("Report it leans on"),
        help_text=gettext_lazy(
            "What it says about your place and your must-haves is copied once, and stays yours to edit."
        ),
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose one of your reports.")),
    )
    target = forms.ChoiceField(
        label=gettext_lazy("The level you make the case for"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), gettext_lazy("Choose a level of the ladder.")),
    )
    title = _title_field()

    def __init__(self, *args: Any, reports: list[Assessment], chosen: Assessment, **kwargs: Any) -> None:
        target = target_of(chosen)
        title = _("The case for %(level)s") % {"level": chosen.rubric.levels[target].title}
        initial = {"report": str(chosen.report_id), "target": target, "title": title[:TITLE_MAX]}
        super().__init__(*args, **({"initial": initial} | kwargs))
        self.reports = {str(report.report_id): report for report in reports}
        levels: dict[str, str] = {}
        for report in reports:
            for slug, level in report.rubric.levels.items():
                levels.setdefault(slug, level.title)
        self.fields["report"].choices = [(key, _name(report)) for key, report in self.reports.items()]  # type: ignore[attr-defined]
        self.fields["target"].choices = list(levels.items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        report = self.reports.get(data.get("report", ""))
        if report and "target" in data and data["target"] not in report.rubric.levels:
            self.add_error("target", _("The ladder of this report has no such level. Choose another one."))
        return data

    @property
    def report_chosen(self) -> Assessment:
        return self.reports[self.cleaned_data["report"]]


def _name(report: Assessment) -> str:
    """ "3 May 2026, as Senior PM"."""
    date = date_format(localtime(report.submitted_at), "j F Y, H:i")
    if not report.held:
        return date
    return _("%(date)s, as %(level)s") % {"date": date, "level": report.rubric.levels[report.held].short_title}


class SectionForm(forms.Form):
    text = LinesField(
        label=gettext_lazy("Text"),
        required=False,
        strip=False,
        validators=[
            MaxLengthValidator(
                SECTION_MAX,
                message=gettext_lazy(
                    "This is longer than %(limit_value)d characters. Nothing was cut off: shorten it here."
                ),
            ),
        ],
        error_messages=NULLS,
    )
    revision = forms.IntegerField(min_value=0, max_value=2_000_000_000)

    def clean_text(self) -> str:
        """Refuse what would take long to lay out. The HTML stays in `html`, for a preview."""
        text: str = self.cleaned_data["text"]
        try:
            self.html = to_html(text)
        except TooCostlyError as error:
            raise forms.ValidationError(
                _(
                    "This has more brackets, stars and other signs of Markdown than we can lay out. "
                    "Nothing was cut off: take some of them away, or spread the text over several sections."
                )
            ) from error
        return text
