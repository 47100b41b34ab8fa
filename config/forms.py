"""What every field of a form gets: its own direction, and the focus if it is the first wrong one.

On a phone that one may be screens below the fold.
"""

from typing import Any

from django.forms import BoundField, Textarea, TextInput, Widget
from django.forms.renderers import TemplatesSetting

_TYPED = frozenset({"text", "search"})


class Field(BoundField):
    def build_widget_attrs(self, attrs: dict[str, Any], widget: Widget | None = None) -> dict[str, Any]:
        attrs = super().build_widget_attrs(attrs, widget)
        widget = widget or self.field.widget
        if isinstance(widget, Textarea) or (isinstance(widget, TextInput) and widget.input_type in _TYPED):
            attrs["dir"] = "auto"
        if "aria-invalid" in attrs and self.name == next(name for name in self.form.fields if name in self.form.errors):
            attrs["autofocus"] = True
        return attrs


class Renderer(TemplatesSetting):
    bound_field_class = Field
