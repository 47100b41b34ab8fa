"""The form for a new secret link."""

from django import forms
from django.utils.translation import gettext_lazy as _

from people.fields import NULLS, TOO_LONG, LineField
from people.links.links import LABEL_MAX, LINK_DAYS, LINK_DAYS_MAX, LINK_PASSWORD_MAX, LINK_PASSWORD_MIN


class SecretLinkForm(forms.Form):
    """For whom, for how long, with which password. The password can be read as it is typed: it is to be handed on."""

    label = LineField(
        label=_("For whom"),
        required=False,
        max_length=LABEL_MAX,
        help_text=_("Only you see this, so that you can tell your links apart."),
        error_messages=NULLS | TOO_LONG,
    )
    days = forms.IntegerField(
        label=_("Days it works"),
        min_value=1,
        max_value=LINK_DAYS_MAX,
        initial=LINK_DAYS,
        error_messages={
            "required": _("Say for how many days."),
            "invalid": _("Type a whole number of days."),
            "min_value": _("It works for at least one day."),
            "max_value": _("It works for at most %(limit_value)d days. You can make a new one then."),
        },
    )
    password = forms.CharField(
        label=_("Password, if you want one"),
        required=False,
        min_length=LINK_PASSWORD_MIN,
        max_length=LINK_PASSWORD_MAX,
        help_text=_("Send it another way than the link. We keep it in a form that nobody can read, you included."),
        error_messages=NULLS
        | TOO_LONG
        | {"min_length": _("Take at least %(limit_value)d characters, or leave it empty.")},
        widget=forms.TextInput(attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}),
    )
    with_evidence = forms.BooleanField(label=_("with my lines of evidence"), required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        # The page has other forms, and an id must not be on it twice.
        super().__init__(*args, **({"auto_id": "link_%s"} | kwargs))  # type: ignore[arg-type]
