"""How forms come back when something in them is wrong: the first such field has the focus, so the page shows it."""

from typing import Any

from django.forms import BoundField, Widget
from django.forms.renderers import TemplatesSetting


class Field(BoundField):
    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        if "aria-invalid" in attrs and self.name == next(name for name in self.form.fields if name in self.form.errors):
            # Without a script, and on a phone the field may lie screens below the fold.
            attrs["autofocus"] = True
        return attrs


class Renderer(TemplatesSetting):
    bound_field_class = Field
