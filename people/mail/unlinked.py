"""Mails hold no links but ours. Pure.

Mail programs make a link of whatever looks like one, so a person or an organisation called "verify at evil.example"
would write a link into a mail that comes from us. It reads as before, and is none.
"""

import re

# Looks like a full stop to who reads, and to no program that looks for names of hosts.
_DOT = "\u2024"
_SCHEME = re.compile(r"(?<=\w):(?=//)|(?<=mailto):(?=\S)", re.IGNORECASE)
_HOST = re.compile(r"(?<=[\w-])[.\u3002\uff0e\uff61](?=[^\W\d_])")
_ADDRESS = re.compile(r"(?<!\S)[\w.+-]+@[\w.-]+\w(?=[.,:;)]?(?:\s|$))")


def without_links(text: str, site: str = "", *, keeps_addresses: bool) -> str:
    """The text with nothing to follow but lines that are wholly a link to `site`, which only our templates can write:
    names have no line of their own. Mail addresses stay where they are no names that somebody gave themselves."""
    ours = re.compile(rf"\s*{re.escape(site)}(?:/\S*)?\s*" if site else r"(?!)")
    return "\n".join(
        line if ours.fullmatch(line) else _unlinked(line, keeps_addresses=keeps_addresses) for line in text.split("\n")
    )


def _unlinked(line: str, *, keeps_addresses: bool) -> str:
    kept = [match.span() for match in _ADDRESS.finditer(line)] if keeps_addresses else []
    parts, end = [], 0
    for start, after in [*kept, (len(line), len(line))]:
        parts += [_HOST.sub(_DOT, _SCHEME.sub(": ", line[end:start])), line[start:after]]
        end = after
    return "".join(parts)
