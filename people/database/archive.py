"""The head of a file that `pg_dump --format=custom` wrote, which every version of it begins with alike."""

from pathlib import Path

_MAGIC = b"PGDMP"
_HEAD = 4096
"""Bytes read: the head has three short texts."""
_ONE_BYTE = (1, 15)
"""Since this version of the format, the kind of compression is one byte."""


class _Head:
    """Reads numbers and texts as pg_dump writes them: a sign, then `size` bytes from the lowest up."""

    def __init__(self, raw: bytes) -> None:
        self.raw, self.at, self.size = raw, 0, 4

    def byte(self) -> int:
        self.at += 1
        return self.raw[self.at - 1]

    def number(self) -> int:
        sign = -1 if self.byte() else 1
        self.at += self.size
        return sign * int.from_bytes(self.raw[self.at - self.size : self.at], "little")

    def text(self) -> str:
        length = max(0, self.number())
        self.at += length
        return self.raw[self.at - length : self.at].decode("utf-8", "replace")


def made_by(file: Path) -> str | None:
    """The version of the pg_dump that wrote a file, such as "17.10"; None when none wrote it."""
    with file.open("rb") as handle:
        head = _Head(handle.read(_HEAD))
    if not head.raw.startswith(_MAGIC):
        return None
    head.at = len(_MAGIC)
    try:
        version = (head.byte(), head.byte())
        head.byte()
        head.size = head.byte()
        head.at += 2  # the size of offsets, the kind of archive
        head.byte() if version >= _ONE_BYTE else head.number()
        for _ in range(7):  # when it was made
            head.number()
        head.text(), head.text()  # the database, its server
        said = head.text().split()
    except IndexError:
        return None
    return said[0] if said and said[0][0].isdigit() else None
