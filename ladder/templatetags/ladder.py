"""Filters for templates that show levels and competencies."""

from collections.abc import Iterable, Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _

from ladder.pages import texts
from ladder.rubric import Rubric
from people.markdown import text_to_html
from people.markup import plain_of

register = template.Library()

# How a text of several blocks begins.
BLOCKS = ("<p>", "<ul>", "<ol", "<h", "<blockquote>", "<pre>", "<table>")


@register.filter
def at(mapping: Mapping[str, Any], key: str) -> Any:
    """The value under a key, or an empty text: `{{ rungs|at:level.slug }}`."""
    return mapping.get(key, "")


@register.filter
def listed(items: Iterable[Any], attribute: str) -> str:
    """One attribute of each item, as a phrase: "Strategy, Influence and Mentoring"."""
    return get_text_list([str(getattr(item, attribute)) for item in items], _("and"))


@register.filter
def met_when(rubric: Rubric) -> str:
    """When a level of a ladder is met, in a sentence."""
    return texts.met_when(rubric)


@register.filter
def close_when(rubric: Rubric) -> str:
    """When one that is not met is close, in a sentence that follows the one above."""
    return texts.close_when(rubric)


@register.filter
def shade(step: int, steps: int) -> str:
    """The class of a cell by the step it asks, on a ladder with so many: the two highest stand out."""
    return {0: "is-none", steps: "is-highest", steps - 1: "is-high"}.get(step, "")


@register.filter
def rich(text: str | None) -> SafeString:
    """A text of the ladder where blocks may stand: one paragraph without an element around it, else its blocks."""
    return text_to_html(text or "")


@register.filter
def paragraphs(text: str | None) -> SafeString:
    """The same, each paragraph in an element of its own."""
    html = text_to_html(text or "")
    return html if html.startswith(BLOCKS) or not html else format_html("<p>{}</p>", html)


@register.filter
def inline(text: str | None) -> str:
    """A text of the ladder within a line: bold and links stay, of several blocks only the words."""
    html = text_to_html(text or "")
    return plain(text) if html.startswith(BLOCKS) else html


@register.filter
def plain(text: str | None) -> str:
    """The words of a text of the ladder, on one line."""
    return " ".join(plain_of(text or "").split())
