"""Passwords that were stolen elsewhere and published: looked up in a local file, without the network.

The file is what Have I Been Pwned's downloader writes: a line `SHA-1 in hexadecimal:count` for each, in order. It has
tens of gigabytes, so a look-up bisects it: some forty reads, whatever its size.
"""

import hashlib
import itertools
import re
from pathlib import Path
from typing import BinaryIO

# Of a hash, its count and the line's end; what is longer is another kind of file.
LINE_MAX = 80
_LINE = re.compile(rb"([0-9A-Fa-f]{40})(?::\d+)?\r?\n?")
# So many lines of the whole file are looked at to see whether it is one of these, and in order.
SAMPLES = 64


class NotAList(ValueError):  # noqa: N818  - it says what the file is
    """The file can be read, and is something else."""


def is_breached(password: str, file: Path) -> bool:
    """Whether the file holds this password. OSError where it can't be read, NotAList where it is something else."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        # The line looked for, if it is there, begins at `low` or after it, and before `high`.
        low, high = 0, _size(lines)
        while low < high:
            middle = (low + high) // 2
            found, start, end = _line_from(lines, middle)
            if found == wanted:
                return True
            if start < high and found < wanted:
                low = end
            else:
                high = middle
    return False


def problem_of(file: Path) -> str:
    """What is wrong with the file, in a few words; nothing where it will do."""
    try:
        with file.open("rb") as lines:
            size = _size(lines)
            places = sorted({size * number // SAMPLES for number in range(SAMPLES)})
            hashes = [found for found, start, _ in (_line_from(lines, place) for place in places) if start < size]
    except OSError as error:
        return f"can’t be read: {error.strerror}"
    except NotAList:
        return "is no list of SHA-1 hashes, one a line"
    if not hashes:
        return "is empty"
    if any(before > after for before, after in itertools.pairwise(hashes)):
        return "is not in the order of its hashes"
    return ""


def _size(lines: BinaryIO) -> int:
    return lines.seek(0, 2)


def _line_from(lines: BinaryIO, place: int) -> tuple[bytes, int, int]:
    """The hash in the first line that begins here or later, where that is, and where it ends. At the end there is none:
    the hash is empty."""
    lines.seek(max(place - 1, 0))
    if place:
        # What is left of the line before, or its end.
        _read(lines)
    start = lines.tell()
    line = _read(lines)
    match = _LINE.fullmatch(line)
    if line and not match:
        raise NotAList
    return match[1].upper() if match else b"", start, start + len(line)


def _read(lines: BinaryIO) -> bytes:
    line = lines.readline(LINE_MAX)
    if len(line) == LINE_MAX and not line.endswith(b"\n"):
        raise NotAList
    return line
