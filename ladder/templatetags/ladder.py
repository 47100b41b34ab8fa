"""Filters for templates that show levels and competencies."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def at(mapping: Mapping[str, Any], key: str) -> Any:
    """The value under a key, or an empty text: `{{ rungs|at:level.slug }}`."""
    return mapping.get(key, "")


@register.filter
def listed(items: Iterable[Any], attribute: str) -> str:
    """One attribute of each item, as a phrase: "Strategy, Influence and Mentoring"."""
    return get_text_list([str(getattr(item, attribute)) for item in items], _("and"))
