"""Texts that mean harm, and the world of the permission test written in them.

What they would insert into a page carries the attribute `data-zq` or sets `window.zq`; what a template would work out
reads zq49zq. So whoever looks at a page sees that one of them got through even where the content policy stopped it.
"""

from typing import Any

from ladder.document.format import LadderDocument
from tests.access.world import World
from tests.factories import shipped_ladder

# Short enough for any name; a canary of the world follows.
CORPUS: dict[str, str] = {
    "script": "<script data-zq>window.zq=1;alert(1)</script>",
    "closes an attribute": "\"'><img data-zq src=x onerror=alert(1)>",
    "handler": 'x" data-zq onfocus=alert(1) autofocus="',
    "svg": "<svg data-zq onload=alert(1)><set/></svg>",
    "closes a textarea": "</textarea></title></script><b data-zq>",
    "comment": "--><b data-zq>x</b><!--",
    "closes a json block": "</script><script data-zq>zq=1//]]>",
    "javascript address": "javascript:window.zq=1;alert(1)//",
    "markdown link": "[x](javascript:alert(1)) <javascript:alert(1)>",
    "markdown html": "<a data-zq href=data:text/html,x>x</a>![x](//evil.example/x)",
    "markdown structure": "# x | y **z** `a` ~~~ [^1]: > - 1. ---",
    "template": "zq{{7*7}}zq {% now 'Y' %} ${7*7} #{7*7} <%= 7*7 %>",
    "format": "%s %(name)s %n {0} {name} {0.__class__} %d",
    "sql": "'; DROP TABLE people_user; -- \" OR 1=1 /*",
    "formula": '=HYPERLINK("http://evil.example","x")',
    "formula command": "=cmd|' /C calc'!A0",
    "formula plus": "+1+1",
    "formula minus": "-2+3",
    "formula at": "@SUM(1)",
    "header": "x%0d%0aBcc: zq@evil.example",
    "calendar": "x\\nEND:VEVENT;BEGIN:VEVENT,SUMMARY:zq",
    "bidi": "a\u202etxt.exe\u2066\u202dz",
    "zero width": "z\u200bq\u200d\ufeff\u00adq",
    "combining": "z" + "\u0341\u0310\u0353" * 12 + "q",
    "emoji": "👩‍👩‍👧‍👦🏳️‍🌈🧑🏽‍💻👨‍❤️‍💋‍👨",
    "scripts": "שלום مرحبا 你好 ﷽",
    "one word": "W" * 70,
    "htmx": "<a data-zq hx-get=/account/logout/ hx-trigger=load>x</a>",
    "entities": "&lt;script&gt; &amp; &#60;b data-zq&#62; &quot;",
    "unquoted": "x onmouseover=alert(1) data-zq=1 style=color:red `",
}
PACK_MAX = 76
"""What a name of 120 characters has room for, beside a canary of the world."""
NAME_MAX = 120
MANY_LINES = "\n".join(CORPUS.values()) + "\n\n" + "\n".join(f"{text}\n" for text in CORPUS.values())
"""For texts of several lines: all of them, each once in the midst of a paragraph and once alone."""
INJECTED = "[data-zq]"
WORKED_OUT = "zq49zq"
SPELLS = ("=", "+", "-", "@")


def _packs() -> list[str]:
    """The corpus as few short texts; what a spreadsheet would run comes first in one of its own."""
    packs = [text for text in CORPUS.values() if text.startswith(SPELLS) and not text.startswith("--")]
    rest = [text for text in CORPUS.values() if text not in packs]
    for text in rest:
        at = next((n for n, pack in enumerate(packs) if len(pack) + 1 + len(text) <= PACK_MAX), None)
        if at is None:
            packs.append(text)
        else:
            packs[at] = f"{packs[at]} {text}"
    return packs


PACKS = _packs()


def payload(number: int) -> str:
    return PACKS[number % len(PACKS)]


class PayloadWorld(World):
    """Each private text of the world holds a payload before its canary. In `len(PACKS)` turns each holds each.

    Addresses of mail, tokens and links are no free texts: the site would not have taken them.
    """

    def __init__(self, turn: int = 0) -> None:
        self.turn = turn
        super().__init__()

    def canary(self, name: str, *readers: str) -> str:
        text = super().canary(name, *readers)
        if name.startswith(("mail_", "token_")) or name == "entry_link":
            return text
        return f"{payload(len(self.canaries) + self.turn)[: NAME_MAX - 1 - len(text)]} {text}"


# What of a ladder's file is free text; the rest are names for machines, and spellings of job titles.
_LADDER_TEXTS = {
    *("title", "short_title", "name", "summary", "scope", "independence", "effect", "typical_time", "sentence"),
    *("typical_experience", "changes", "responsibilities", "success", "note", "short", "full", "text", "why"),
    *("explanation", "aspect", "by_track", "question", "answer", "steps", "roles"),
}
_LINE_MAX = 200


def payload_ladder(turn: int = 0) -> LadderDocument:
    """The shipped ladder as somebody could write it who means harm: a payload at the end of each text."""
    count = turn

    def write(value: Any, *, is_text: bool) -> Any:
        nonlocal count
        if isinstance(value, dict):
            return {key: write(item, is_text=is_text or key in _LADDER_TEXTS) for key, item in value.items()}
        if isinstance(value, list):
            return [write(item, is_text=is_text) for item in value]
        if not isinstance(value, str) or not is_text or _is_slug(value):
            return value
        count += 1
        room = _LINE_MAX - len(payload(count)) - 1
        return f"{value if len(value) > _LINE_MAX else value[:room]} {payload(count)}"

    document = shipped_ladder().model_dump(mode="json", by_alias=True)
    return LadderDocument.model_validate(write(document, is_text=False))


def _is_slug(text: str) -> bool:
    return text.islower() and " " not in text
