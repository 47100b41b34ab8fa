"""What giving a copy to one person asks for."""

import uuid
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from people.fields import NULLS
from people.models import Membership, Organisation, User


class PersonForm(forms.Form):
    """A colleague by name or e-mail address. Anybody else gives the same error, with an account or without."""

    person = forms.CharField(
        label=_("Name or e-mail address of a colleague"),
        max_length=254,
        error_messages=NULLS | {"required": _("Say whom you want to give it to.")},
    )
    notes = forms.BooleanField(label=_("with my evidence notes"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.found: tuple[User, uuid.UUID]

    def clean_person(self) -> str:
        said: str = self.cleaned_data["person"].strip()
        mine = Membership.objects.of(OuterRef("organisation")).filter(
            organisation__kind=Organisation.Kind.COMPANY, user=self.user
        )
        # An address is looked up as one only: somebody could have set it as their name, to be given the copy.
        is_them = Q(user__email=said.lower())
        if "@" not in said:
            is_them |= Q(user__name__iexact=said)
        rows = list(
            Membership.objects.current()
            .filter(Exists(mine), is_them)
            .exclude(user=self.user)
            .select_related("user")
            .order_by("joined_at")[:50]
        )
        if len({row.user_id for row in rows}) > 1:
            raise forms.ValidationError(_("More than one colleague has this name. Type the e-mail address."))
        if not rows:
            raise forms.ValidationError(_("Nobody in your organisations has this name or address."))
        self.found = rows[0].user, rows[0].organisation_id
        return said
