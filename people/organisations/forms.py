"""The forms about organisations, teams and invitations."""

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import ProhibitNullCharactersValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from people.fields import NameField
from people.models import Membership, Team, TeamMembership
from people.organisations.guest_lists import TEXT_MAX
from people.organisations.invitations import LINK_DAYS_MAX, LINK_USES_MAX
from people.organisations.teams import Branch


class OrganisationForm(forms.Form):
    name = NameField(
        label=gettext_lazy("Name"),
        help_text=gettext_lazy("Such as your company’s. Everybody whom you invite sees it."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )


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
            *((str(branch.team.pk), f"{'– ' * branch.depth}{branch.team.name}") for branch in branches),
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
            "Up to 500, with blanks, commas or new lines between them. "
            "Or a table with the columns email, name, team and role: its first line names them."
        ),
        validators=[ProhibitNullCharactersValidator()],
    )
    file = forms.FileField(
        label=gettext_lazy("Or a CSV file"),
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
    )
    team = TeamChoiceField(
        label=gettext_lazy("Team"),
        empty=gettext_lazy("no team yet"),
        help_text=gettext_lazy("For everybody for whom the table names none."),
    )

    def clean_file(self) -> str:
        upload: UploadedFile[bytes] | None = self.cleaned_data["file"]
        if not upload:
            return ""
        if (upload.size or 0) > TEXT_MAX:
            raise forms.ValidationError(_("This file is too large for a list of 500 addresses."))
        try:
            text: str = upload.read().decode("utf-8-sig")
        except UnicodeDecodeError:
            raise forms.ValidationError(_("This is not a text file in UTF-8. Save it as “CSV UTF-8”.")) from None
        if "\0" in text:
            raise forms.ValidationError(_("This is not a text file."))
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not data["text"].strip() and not data["file"].strip():
            self.add_error("text", _("Give at least one address."))
        return data

    @property
    def given(self) -> str:
        """The list as text. If there are both, the file counts and not what was pasted."""
        return str(self.cleaned_data["file"] or self.cleaned_data["text"])


class LinkForm(FormWithTeam):
    days = forms.IntegerField(label=gettext_lazy("Days it works"), min_value=1, max_value=LINK_DAYS_MAX, initial=7)
    uses = forms.IntegerField(label=gettext_lazy("People it lets in"), min_value=1, max_value=LINK_USES_MAX, initial=10)
    link_team = TeamChoiceField(label=gettext_lazy("Team"), empty=gettext_lazy("no team yet"))
