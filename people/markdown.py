"""Turns Markdown into HTML that runs nothing and loads nothing, and plain text into Markdown that shows it as typed."""

import re
from collections.abc import Iterable
from functools import lru_cache

import nh3
from django.utils.html import escape, linebreaks
from django.utils.safestring import SafeString, mark_safe
from markdown_it.token import Token

from people.markup import MARKED, SCHEMES, TooCostlyError, parsed, rendered

# How deep emphasis may nest in a line: thousands of nested elements make the PDF renderer run out of stack.
_DEPTH_MAX = 8
# Headings inside a section start at h3: the title of the section is an h2.
_TOP = 3
_TAGS = {
    *("p", "br", "hr", "em", "strong", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}
_CLEANER = nh3.Cleaner(
    tags=_TAGS,
    # These go with their content, which would show as code; of any other unknown tag the text stays.
    clean_content_tags={"script", "style", "svg", "math", "iframe", "object", "template", "noscript"},
    attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
    url_schemes=set(SCHEMES),
    url_relative="deny",
    link_rel="noopener noreferrer nofollow",
)
# Characters that mean something to Markdown anywhere in a line, and those that do only at its start.
_SIGNS = re.compile(r"([\\`*\[<|]|(?<![^\W_])_|_(?![^\W_])|&(?=#?\w+;))")
_STARTS = re.compile(r"^(#{1,6}(?=\s|$)|>|[-+=~](?=[-+=~\s]|$)|:?-+:?(?=\s*$))|^(\d{1,9})([.)])(?=\s|$)")


def to_html(text: str) -> SafeString:
    """Render a section. What the Markdown reader lets through, the cleaner still removes. Raises TooCostlyError."""
    tokens = parsed(text)
    found = sorted({token.tag for token in tokens if token.type == "heading_open"})
    levels = {tag: f"h{min(_TOP + place, 6)}" for place, tag in enumerate(found)}
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = levels[token.tag]
        # A column's alignment comes as a style attribute, which the content security policy forbids.
        token.attrs.pop("style", None)
        _flatten(token.children or ())
    return mark_safe(_CLEANER.clean(rendered(tokens)))  # noqa: S308  - it was cleaned just now


@lru_cache(maxsize=4096)
def text_to_html(text: str) -> SafeString:
    """A text of a ladder: its one paragraph without an element around it, so that it fits any place; else its blocks.

    Kept in memory: a page shows dozens of them, the same ones each time.
    """
    if not MARKED.search(text):
        return escape(text)
    html = html_of(text).strip()
    if html.startswith("<p>") and html.find("</p>") == len(html) - 4:
        html = html[3:-4]
    return mark_safe(html)  # noqa: S308  - html_of cleaned it


def html_of(text: str) -> SafeString:
    """The same for a text that nobody can be asked to change: where it would take too long, it stands as typed."""
    try:
        return to_html(text)
    except TooCostlyError:
        return mark_safe(linebreaks(text, autoescape=True))  # noqa: S308  - escaped


def _flatten(line: Iterable[Token]) -> None:
    """Hide the tags that are nested more than _DEPTH_MAX deep; the words stay."""
    depth = 0
    for token in line:
        depth += max(0, token.nesting)
        token.hidden = bool(token.nesting) and depth > _DEPTH_MAX
        depth += min(0, token.nesting)


def as_typed(text: str) -> str:
    """Plain text as Markdown that renders as it was typed: paragraphs and line breaks stay, signs are escaped."""
    lines = [_escaped(line.strip()) for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        if line:
            paragraphs[-1].append(line)
        elif paragraphs[-1]:
            paragraphs.append([])
    return "\n\n".join("\\\n".join(paragraph) for paragraph in paragraphs if paragraph)


def in_line(text: str) -> str:
    """The same on one line, for list items, cells and headings, which a line break would end."""
    return _escaped(" ".join(text.split()))


def link_to(address: str) -> str:
    """An http or https address as a Markdown link; anything else, such as javascript:, gives an empty text."""
    if not re.fullmatch(r"https?://[^\s\x00-\x1f]+", address):
        return ""
    return f"<{address.replace('<', '%3C').replace('>', '%3E')}>"


def _escaped(line: str) -> str:
    line = _SIGNS.sub(r"\\\1", line)
    return _STARTS.sub(lambda found: f"{found[2]}\\{found[3]}" if found[2] else f"\\{found[1]}", line)
