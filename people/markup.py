"""Reads Markdown, within bounds, and takes it off a text. Pure."""

import re
import time
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

# CommonMark with tables. Raw HTML stays text and a picture becomes a link: one from another site would tell that site
# who reads the page.
_READER = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
# What makes the reader look far ahead or back for each of them: it takes twice as long for twice as many, each time.
_COSTLY = re.compile(r"[\[*_`<&~|]")
COSTLY_MAX, BRACKETS_MAX = 6000, 1500
# Seconds of processor time for one text. A long case takes some hundredths.
SECONDS = 0.5
# What may be markup. A text without any of it, as most are, is shown as it is: reading them all would cost too much.
MARKED = re.compile(r"[\\`*_\[\]<>&#~|\n]|^\s*(?:[-+=]|\d{1,9}[.)])\s")

# Where a link may lead. All others, relative ones among them, are shown without their address.
SCHEMES = frozenset({"http", "https", "mailto"})


class TooCostlyError(Exception):
    """The text takes too long to lay out: it has too many signs that mean something to Markdown."""


def _in_time(state: Any, *_place: Any) -> bool:
    """A rule that never matches; the reader asks it at each step, within whatever it is looking for."""
    if time.thread_time() > state.env["until"]:
        raise TooCostlyError
    return False


_BLOCKS = ["paragraph", "reference", "blockquote", "list", "table"]
_READER.block.ruler.before("table", "in_time", _in_time, {"alt": _BLOCKS})
_READER.inline.ruler.before("text", "in_time", _in_time)


def parsed(text: str) -> list[Token]:
    """The text as the reader takes it apart. Raises TooCostlyError."""
    if len(_COSTLY.findall(text)) > COSTLY_MAX or text.count("[") > BRACKETS_MAX:
        raise TooCostlyError
    return _READER.parse(text, {"until": time.thread_time() + SECONDS})


def rendered(tokens: list[Token]) -> str:
    return str(_READER.renderer.render(tokens, _READER.options, {}))


def dead_links(text: str) -> list[str]:
    """The addresses of links that nobody can follow, as they have no scheme of SCHEMES."""
    try:
        tokens = parsed(text) if "[" in text else []
    except TooCostlyError:
        return []
    addresses = [
        str(child.attrs["href"]) for token in tokens for child in token.children or () if "href" in child.attrs
    ]
    return [address for address in addresses if address.partition(":")[0].lower() not in SCHEMES]


def plain_of(text: str) -> str:
    """The words of a text without its markup: a line for each paragraph and each item of a list."""
    if not MARKED.search(text):
        return text
    try:
        tokens = parsed(text)
    except TooCostlyError:
        return text
    lines = ["".join(map(_words, token.children)) if token.children else token.content for token in tokens]
    # A text of nothing but the target of a link has no words for the reader, and would vanish.
    return "\n".join(line.rstrip("\n") for line in lines if line) or text


def _words(token: Token) -> str:
    return " " if token.type in {"softbreak", "hardbreak"} else token.content
