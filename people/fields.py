"""Form fields, limits and messages that more than one form needs."""

import datetime
from typing import Any

from django import forms
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _

NAME_MAX = 120
# Dates outside are typing errors, such as the year 0202.
EARLIEST, LATEST = datetime.date(2000, 1, 1), datetime.date(2100, 1, 1)
# The message of every CharField for NUL, which PostgreSQL can't store.
NULLS = {"null_characters_not_allowed": _("This holds a character that can’t be stored. Delete it and try again.")}
TOO_LONG = {"max_length": _("Shorten this to %(limit_value)d characters.")}


class NameField(forms.CharField):
    """A name on one line: with a line break in it, no mail could have it in its subject."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=NAME_MAX, **kwargs)
        self.validators.append(
            RegexValidator(r"[\x00-\x1f\x7f]", _("A name has no such characters."), inverse_match=True)
        )

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return " ".join(text.split()) if text else text


class LinesField(forms.CharField):
    """Text of several lines. A browser counts a line break as one character but sends two: a text that just fits would
    be too long."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value)).replace("\r\n", "\n")


class DateInput(forms.DateInput):
    """The browser's own date field. It would stay empty for any format but year-month-day."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")
