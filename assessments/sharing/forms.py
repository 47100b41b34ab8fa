"""What giving a copy asks for."""

import uuid
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, Q
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from people.database.columns import folded
from people.fields import NULLS, LineField, as_id
from people.models import Membership, Organisation, User


def readers_shown(request: HttpRequest) -> set[uuid.UUID] | None:
    """The managers whom the page named as readers; None for a page that names none, as those of earlier releases."""
    if "reader" not in request.POST:
        return None
    return {found for raw in request.POST.getlist("reader") if (found := as_id(raw))}


class PersonForm(forms.Form):
    """A colleague by name or e-mail address. Anybody else gives the same error, with an account or without."""

    person = LineField(
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
        is_them = Q(user__email=User.objects.spelled(said)) if "@" in said else Q(sort_name=folded(said))
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
