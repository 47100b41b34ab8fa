"""Columns for what people write. Whoever fills one, a form, an import or a command, it takes the cleaned text only.

Migrations see Django's own columns: only what goes in differs.
"""

from operator import attrgetter
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from people.addresses import ADDRESS_MAX, canonical
from people.fields import AddressField, LineField, LinesField, NameField
from people.texts import clean_line, clean_text, fold, has_letter

FOLDED_MAX = 160


class _Cleaned(models.Field):  # type: ignore[type-arg]
    """A column that cleans each value by `cleaned` before it is checked, stored or compared."""

    form_class: Any
    django_path = ""

    def cleaned(self, text: str) -> str:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        # Where it is checked first, validators refuse a NUL: no keyboard writes one.
        return text if isinstance(text, str) and "\0" in text else self._clean(text)

    def get_prep_value(self, value: Any) -> Any:
        return self._clean(super().get_prep_value(value))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        """Let the row say at once what is stored."""
        value = self._clean(super().pre_save(model_instance, add))
        setattr(model_instance, self.attname, value)
        return value

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**({"form_class": self.form_class} | kwargs))

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, self.django_path, args, kwargs

    def _clean(self, value: Any) -> Any:
        return self.cleaned(value) if isinstance(value, str) else value


class LineColumn(_Cleaned, models.CharField):  # type: ignore[type-arg]
    """A line of text (people/texts.py)."""

    form_class: Any = LineField
    django_path = "django.db.models.CharField"

    def cleaned(self, text: str) -> str:
        return clean_line(text)


class NameColumn(LineColumn):
    """A line that has a letter or a digit, or is empty where that is allowed."""

    form_class = NameField

    def validate(self, value: Any, model_instance: models.Model | None) -> None:
        super().validate(value, model_instance)
        if value and not has_letter(value):
            raise ValidationError(_("A name needs a letter or a digit."))


class TextColumn(_Cleaned, models.TextField):  # type: ignore[type-arg]
    """A text of several lines."""

    form_class = LinesField
    django_path = "django.db.models.TextField"

    def cleaned(self, text: str) -> str:
        return clean_text(text)


class ShortTextColumn(_Cleaned, models.CharField):  # type: ignore[type-arg]
    """A text of several lines in a column with a length."""

    form_class = LinesField
    django_path = "django.db.models.CharField"

    def cleaned(self, text: str) -> str:
        return clean_text(text)


class AddressColumn(_Cleaned, models.EmailField):  # type: ignore[type-arg]
    """An e-mail address in its one form; with `of`, that of the address in another column of the row."""

    form_class = AddressField
    django_path = "django.db.models.EmailField"

    def __init__(self, *args: Any, of: str = "", **kwargs: Any) -> None:
        self.of = of
        super().__init__(*args, **({"max_length": ADDRESS_MAX} | kwargs))

    def cleaned(self, text: str) -> str:
        return canonical(text)

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        if self.of:
            setattr(model_instance, self.attname, getattr(model_instance, self.of))
        return super().pre_save(model_instance, add)


class FoldedColumn(models.CharField):  # type: ignore[type-arg]
    """What lists are sorted and searched by: the text `of` another column of the row, folded.

    It follows when that column is saved by `save`; an `update` or `update_fields` has to name both.
    """

    def __init__(self, *args: Any, of: str = "", **kwargs: Any) -> None:
        self.of = of
        own: dict[str, Any] = {"max_length": FOLDED_MAX, "default": "", "db_default": "", "editable": False}
        super().__init__(*args, **(own | kwargs))

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: ARG002  - Django's signature
        value = folded(attrgetter(self.of)(model_instance))
        setattr(model_instance, self.attname, value)
        return value

    def deconstruct(self) -> Any:
        name, _path, args, kwargs = super().deconstruct()
        return name, "django.db.models.CharField", args, kwargs


def folded(text: str) -> str:
    return fold(text)[:FOLDED_MAX]
