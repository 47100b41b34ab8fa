"""Looks passwords up in a local file of those that were stolen elsewhere and published.

The file is what Have I Been Pwned's downloader writes: sorted lines of `SHA-1 in hexadecimal:count`. It has tens of
gigabytes, so a look-up is a binary search, of some forty reads.
"""

import hashlib
import itertools
import os
import re
from pathlib import Path
from typing import BinaryIO

# Bytes of a hash, its count and the line break. With a longer line it is another kind of file.
LINE_MAX = 80
_LINE = re.compile(rb"([0-9A-Fa-f]{40})(?::\d+)?\r?\n?")
# Lines, spread over the file, that are looked at to see whether it is such a file, and sorted.
SAMPLES = 64


class NotAList(ValueError):  # noqa: N818  - it says what the file is
    """The file can be read, but is not a list of hashes."""


def is_breached(password: str, file: Path) -> bool:
    """Whether the file holds this password. Raises OSError or NotAList."""
    wanted = hashlib.sha1(password.encode(), usedforsecurity=False).hexdigest().upper().encode()
    with file.open("rb") as lines:
        # The line, if it is there, begins at `low` or later, and before `high`.
        low, high = 0, lines.seek(0, os.SEEK_END)
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
    """What is wrong with the file, in a few words; empty when it is good."""
    try:
        with file.open("rb") as lines:
            size = lines.seek(0, os.SEEK_END)
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


def _line_from(lines: BinaryIO, place: int) -> tuple[bytes, int, int]:
    """The hash in the first line that begins at `place` or later, and where that line starts and ends. At the end of
    the file the hash is empty."""
    lines.seek(max(place - 1, 0))
    if place:
        # Skip the rest of the line before.
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
