"""Form fields, limits and messages that more than one form needs."""

import datetime
import re
import uuid
import zoneinfo
from functools import cache
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

from people.addresses import ADDRESS_MAX, canonical
from people.texts import clean_line, clean_text, has_letter, is_blank

NAME_MAX = 120
# Dates outside are typing errors, such as the year 0202.
EARLIEST, LATEST = datetime.date(2000, 1, 1), datetime.date(2100, 1, 1)
# The message of every CharField for NUL, which PostgreSQL can't store.
NULLS = {"null_characters_not_allowed": _("This holds a character that can’t be stored. Delete it and try again.")}
TOO_LONG = {"max_length": _("Shorten this to %(limit_value)d characters.")}


class LineField(forms.CharField):
    """A line of text (people/texts.py); what has nothing to see in it is empty."""

    # No keyboard writes these, so they are left for the validators to refuse.
    untyped = re.compile("\0")

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text or self.untyped.search(text) or _is_far_too_long(text, self.max_length):
            return text
        text = clean_line(text)
        return self.empty_value if is_blank(text) else text


class NameField(LineField):
    """A line that names something or somebody, so that it must have a letter or a digit."""

    untyped = re.compile(r"[\x00-\x08\x0e-\x1b\x7f]")

    def __init__(self, *, max_length: int = NAME_MAX, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        self.validators.append(RegexValidator(self.untyped, _("A name has no such characters."), inverse_match=True))

    def validate(self, value: Any) -> None:
        super().validate(value)
        if value and not self.untyped.search(value) and not has_letter(value):
            raise forms.ValidationError(_("A name needs a letter or a digit."))


# What the field suggests; every zone of the zone database is accepted.
COMMON_ZONES = """
UTC Africa/Cairo Africa/Johannesburg Africa/Lagos Africa/Nairobi America/Anchorage America/Argentina/Buenos_Aires
America/Bogota America/Chicago America/Denver America/Halifax America/Lima America/Los_Angeles America/Mexico_City
America/New_York America/Santiago America/Sao_Paulo America/Toronto America/Vancouver Asia/Bangkok Asia/Dhaka
Asia/Dubai Asia/Ho_Chi_Minh Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Karachi Asia/Kolkata Asia/Manila
Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Taipei Asia/Tokyo Atlantic/Reykjavik Australia/Brisbane
Australia/Perth Australia/Sydney Europe/Amsterdam Europe/Athens Europe/Berlin Europe/Brussels Europe/Bucharest
Europe/Copenhagen Europe/Dublin Europe/Helsinki Europe/Istanbul Europe/Kyiv Europe/Lisbon Europe/London Europe/Madrid
Europe/Oslo Europe/Paris Europe/Prague Europe/Rome Europe/Stockholm Europe/Vienna Europe/Warsaw Europe/Zurich
Pacific/Auckland Pacific/Honolulu
"""


@cache
def _zones() -> dict[str, str]:
    """Name in lower case → every zone. Reads the zone database once in each process, as that takes many file reads."""
    return {name.lower(): name for name in zoneinfo.available_timezones()}


class ZoneField(forms.CharField):
    """A time zone, however its name is written. people/zone_field.html shows it with what it suggests.

    `by_script`: nobody has typed it, so nothing is said of a name that is not known here; it counts as none.
    """

    suggested = tuple(COMMON_ZONES.split())

    def __init__(self, *, by_script: bool = False, **kwargs: Any) -> None:
        self.by_script = by_script
        attrs = {"list": "zones", "autocomplete": "off", "spellcheck": "false"}
        kwargs.setdefault("widget", forms.TextInput(attrs=attrs))
        super().__init__(max_length=60, error_messages=NULLS, **kwargs)

    def clean(self, value: Any) -> str:
        said = super().clean(value)
        zone = _zones().get(said.replace(" ", "_").lower(), "")
        if said and not zone and not self.by_script:
            raise forms.ValidationError(_("We don’t know this time zone. Choose one from the list."))
        return zone


class LinesField(forms.CharField):
    """Text of several lines. A browser counts a line break as one character but sends two: a text that just fits would
    be too long."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        if not text or "\0" in text or _is_far_too_long(text, self.max_length):
            return text
        text = clean_text(text)
        return self.empty_value if is_blank(text) else text


class AddressField(forms.EmailField):
    """An e-mail address, in the one form in which addresses are stored and looked up."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**({"max_length": ADDRESS_MAX} | kwargs))
        self.validators.append(check_mailable)

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value) or ""
        return text if "\0" in text else canonical(text)


def check_mailable(address: str) -> None:
    """Refuse what no mail reaches: letters outside of ASCII before the @, and domains that DNS can't have."""
    if not address.isascii():
        raise forms.ValidationError(_("We can’t send mail to this address. Use another one."), code="invalid")


def _is_far_too_long(text: str, most: int | None) -> bool:
    """Whether it will be refused however it is cleaned, which would take its time."""
    return most is not None and len(text) > 20 * most


class DateInput(forms.DateInput):
    """The browser's own date field. It would stay empty for any format but year-month-day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


def as_id(raw: str) -> uuid.UUID | None:
    """An id that a form sent; None for anything else."""
    try:
        return uuid.UUID(raw)
    except ValueError:
        return None
