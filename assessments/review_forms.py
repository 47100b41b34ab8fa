"""What sharing and the talk about a review ask for."""

import hashlib
import json
import uuid
from typing import Any

from django import forms
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from assessments.forms import LinesField
from assessments.models import Commitment
from assessments.models.review import AGENDA_MAX, COMMITMENTS_MAX
from assessments.reviewing import Row
from ladder.rubric import Rubric
from people.models import Membership, Organisation, User

_NULLS = ProhibitNullCharactersValidator(
    message=_("This holds a character that can’t be stored. Delete it and try again.")
)


class PersonForm(forms.Form):
    """A colleague by name or address. Whoever is not a colleague gets the same answer, account or not."""

    person = forms.CharField(
        label=_("Name or e-mail address of a colleague"),
        max_length=254,
        validators=[_NULLS],
        error_messages={"required": _("Say whom you want to give it to.")},
    )
    notes = forms.BooleanField(label=_("with my evidence notes"), required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user
        self.found: tuple[User, uuid.UUID]

    def clean_person(self) -> str:
        said: str = self.cleaned_data["person"].strip()
        mine = Membership.objects.filter(
            organisation=OuterRef("organisation"),
            organisation__kind=Organisation.Kind.COMPANY,
            user=self.user,
            left_at__isnull=True,
        )
        # An address means its owner, never somebody who calls themselves so.
        is_them = Q(user__email=said.lower())
        if "@" not in said:
            is_them |= Q(user__name__iexact=said)
        rows = list(
            Membership.objects.filter(Exists(mine), is_them)
            .filter(left_at__isnull=True)
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


class AgendaForm(forms.Form):
    text = LinesField(
        label=_("Agenda"),
        required=False,
        validators=[
            _NULLS,
            MaxLengthValidator(
                AGENDA_MAX,
                message=_("This is longer than %(limit_value)d characters. Nothing was cut off: shorten it here."),
            ),
        ],
    )
    revision = forms.IntegerField(min_value=0, max_value=2_000_000_000)


class CommitmentForm(forms.Form):
    """One line of what was agreed; an empty text leaves it out."""

    text = forms.CharField(
        label=_("What"),
        required=False,
        max_length=400,
        validators=[_NULLS],
        error_messages={"max_length": _("That is long for one step. Shorten it to 400 characters.")},
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
    """The lines, at most three, and a fingerprint of what the page saw."""

    def __init__(self, rubric: Rubric, stored: list[Commitment], data: Any = None) -> None:
        by_position = dict(enumerate(stored))
        self.rows = [
            CommitmentForm(
                data,
                rubric=rubric,
                prefix=f"c{number}",
                initial={
                    "text": by_position[number].text,
                    "competency": by_position[number].competency,
                    "due_on": by_position[number].due_on,
                }
                if number in by_position
                else {},
            )
            for number in range(COMMITMENTS_MAX)
        ]

    def is_valid(self) -> bool:
        return all([row.is_valid() for row in self.rows])  # noqa: C419  - each of them says what is wrong

    def agreed(self) -> list[Row]:
        """The lines with a text, for `save_commitments`."""
        said = [row.cleaned_data for row in self.rows]
        return [(item["text"], item["competency"], item["due_on"]) for item in said if item["text"]]


def rows_of(commitments: list[Commitment]) -> list[Row]:
    return [(item.text, item.competency, item.due_on) for item in commitments]


def fingerprint(shown: str | list[Row]) -> str:
    """Tells whether something is still what a page showed."""
    return hashlib.sha256(json.dumps(shown, default=str).encode()).hexdigest()[:16]
