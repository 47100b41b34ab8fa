"""The forms of a round and of an organisation's settings."""

import datetime
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ladder.models import LadderVersion, rubric_of
from ladder.rubric import Rubric
from people.fields import EARLIEST, LATEST, DateInput, NameField, ZoneField

LONGEST = datetime.timedelta(days=366)


class RoundForm(forms.Form):
    name = NameField(label=gettext_lazy("Name"), help_text=gettext_lazy("Such as “Spring 2027”."))
    starts_on = forms.DateField(label=gettext_lazy("Starts on"), widget=DateInput)
    due_on = forms.DateField(label=gettext_lazy("Due on"), widget=DateInput)
    requires_blind = forms.BooleanField(
        label=gettext_lazy("Managers rate before they read what a member shared"), required=False
    )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        start, due = data.get("starts_on"), data.get("due_on")
        if start and not EARLIEST <= start <= LATEST:
            self.add_error("starts_on", _("Choose a date of this century."))
        elif start and due and due < start:
            self.add_error("due_on", _("The due date lies before the start."))
        elif start and due and due - start > LONGEST:
            self.add_error("due_on", _("A round lasts a year at most."))
        return data


class SettingsForm(forms.Form):
    """An empty `ladder_version` means the newest of the default ladder. `rubrics` have the schemes to choose from."""

    name = NameField(label=gettext_lazy("Name"))
    zone = ZoneField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy(
            "Such as Europe/London. The days of new rounds are counted in it; rounds that exist keep theirs."
        ),
    )
    ladder_version = forms.ChoiceField(
        label=gettext_lazy("Ladder version"),
        required=False,
        help_text=gettext_lazy("Reviews that begin from now on are against it. What was submitted keeps its version."),
    )
    scheme = forms.ChoiceField(
        label=gettext_lazy("Names of levels"),
        required=False,
        help_text=gettext_lazy("How your company counts its levels. They go with a version of the ladder."),
    )

    def __init__(self, *args: Any, ladder_versions: list[LadderVersion], rubrics: list[Rubric], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ladder_versions = {str(item.pk): item for item in ladder_versions}
        self.fields["ladder_version"].choices = [  # type: ignore[attr-defined]
            ("", _("always the newest")),
            *(
                (str(item.pk), _("%(title)s, version %(number)d") % {"title": item.title, "number": item.version})
                for item in ladder_versions
            ),
        ]
        schemes = {scheme.slug: scheme.title for rubric in rubrics for scheme in rubric.ladder.schemes}
        self.fields["scheme"].choices = [("", _("The ladder’s own names")), *schemes.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        chosen = self.ladder_versions.get(data.get("ladder_version") or "")
        scheme = data.get("scheme")
        if scheme and not chosen and "ladder_version" not in self.errors:
            self.add_error("ladder_version", _("Choose a version: names of levels go with one."))
        elif chosen and scheme and scheme not in rubric_of(chosen.pk).schemes:
            self.add_error("scheme", _("This version of the ladder does not have these names."))
        return data
