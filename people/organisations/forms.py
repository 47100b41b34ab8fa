"""The forms about organisations, teams and invitations."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.fields import NameField, ZoneField
from people.files import XLSX
from people.models import Membership, Team, TeamMembership
from people.organisations.guest_lists import TEXT_MAX
from people.organisations.invitations import LINK_DAYS_MAX, LINK_USES_MAX
from people.organisations.teams import Branch
from people.tables import Brought, UnreadableError, read_file
from people.texts import isolated

# In bytes: a letter has two in some encodings, and a workbook is packed.
FILE_MAX = 2 * TEXT_MAX


class OrganisationForm(forms.Form):
    name = NameField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Such as your company’s. Everybody whom you invite sees it."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
    zone = ZoneField(
        label=gettext_lazy("Time zone"),
        required=False,
        help_text=gettext_lazy("Such as Europe/London. The days of your rounds are counted in it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # static/js/zone.js: what somebody has typed stays.
        self.fields["zone"].widget.attrs |= {} if self.is_bound else {"data-zone": ""}


class TeamChoiceField(forms.ChoiceField):
    """A choice of a team, shown as a tree; `empty` is the label for none. Its value is a Team or None."""

    def __init__(self, *, empty: Any, **kwargs: Any) -> None:
        super().__init__(required=False, **kwargs)
        self.empty = empty
        self.teams: dict[str, Team] = {}

    def offer(self, branches: list[Branch]) -> None:
        self.teams = {str(branch.team.pk): branch.team for branch in branches}
        self.choices = [
            ("", self.empty),
            *((str(branch.team.pk), f"{'– ' * branch.depth}{isolated(branch.team.name)}") for branch in branches),
        ]

    def clean(self, value: Any) -> Any:
        return self.teams.get(super().clean(value) or "")


class FormWithTeam(forms.Form):
    """A form whose team can be one of these `branches`."""

    def __init__(self, *args: Any, branches: list[Branch], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            if isinstance(field, TeamChoiceField):
                field.offer(branches)


class TeamForm(FormWithTeam):
    name = NameField(label=gettext_lazy("Name"))
    parent = TeamChoiceField(label=gettext_lazy("Part of"), empty=gettext_lazy("no other team"))


class NewTeamForm(TeamForm):
    manage = forms.BooleanField(label=gettext_lazy("I manage it"), required=False)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=Membership.Role.choices)


class TeamRoleForm(forms.Form):
    role = forms.ChoiceField(label=gettext_lazy("Role"), choices=TeamMembership.Role.choices)


class GuestsForm(FormWithTeam):
    """A list of addresses, pasted or as a file."""

    text = forms.CharField(
        label=gettext_lazy("E-mail addresses"),
        required=False,
        max_length=TEXT_MAX,
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false", "autocapitalize": "off"}),
        help_text=gettext_lazy(
            "Up to 500, with blanks, commas or new lines between them, or as a mail program lists them. "
            "Or a table with the columns email, name, team and role: its first line names them."
        ),
        validators=[ProhibitNullCharactersValidator()],
    )
    file = forms.FileField(
        label=gettext_lazy("Or a CSV or XLSX file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": f".csv,.txt,.xlsx,text/csv,text/plain,{XLSX}"}),
    )
    team = TeamChoiceField(
        label=gettext_lazy("Team"),
        empty=gettext_lazy("no team yet"),
        help_text=gettext_lazy("For everybody for whom the table names none."),
    )

    def clean_file(self) -> Brought | None:
        upload: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if not upload:
            return None
        too_large = forms.ValidationError(_("This file is too large for a list of 500 addresses."))
        if (upload.size or 0) > FILE_MAX:
            raise too_large
        try:
            brought = read_file(upload.read())
        except UnreadableError as error:
            raise forms.ValidationError(str(error)) from None
        if len(brought.text) > TEXT_MAX:
            raise too_large
        return brought

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if self.errors:
            return data
        brought, typed = data["file"], data["text"].strip()
        if brought and typed:
            self.add_error("file", _("Use the field or the file, not both. Empty the one, or choose no file."))
        elif not typed and not (brought and brought.text.strip()):
            self.add_error("file" if brought else "text", _("Give at least one address."))
        return data

    @property
    def given(self) -> str:
        """The list as text."""
        brought: Brought | None = self.cleaned_data["file"]
        return brought.text if brought else str(self.cleaned_data["text"])

    @property
    def notes(self) -> list[str]:
        """What was guessed about a file, or left out of it."""
        brought: Brought | None = self.cleaned_data["file"]
        return brought.notes if brought else []


class LinkForm(FormWithTeam):
    days = forms.IntegerField(label=gettext_lazy("Days it works"), min_value=1, max_value=LINK_DAYS_MAX, initial=7)
    uses = forms.IntegerField(label=gettext_lazy("People it lets in"), min_value=1, max_value=LINK_USES_MAX, initial=10)
    link_team = TeamChoiceField(label=gettext_lazy("Team"), empty=gettext_lazy("no team yet"))
