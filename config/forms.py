"""Puts the focus on the first wrong field of a form that comes back; on a phone it may be screens below the fold."""

from typing import Any

from django.forms import BoundField, Widget
from django.forms.renderers import TemplatesSetting


class Field(BoundField):
    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        if "aria-invalid" in attrs and self.name == next(name for name in self.form.fields if name in self.form.errors):
            attrs["autofocus"] = True
        return attrs


class Renderer(TemplatesSetting):
    bound_field_class = Field
