"""Public ids: UUID version 7 (RFC 9562), which sort by time. Knowing an id never gives access to anything."""

import os
import sqlite3
import time
import uuid

# In a statement of ours, an id is spelled as Django stores it in SQLite; PostgreSQL has a type for it.
sqlite3.register_adapter(uuid.UUID, lambda value: value.hex)


def uuid7() -> uuid.UUID:
    """A new id: 48 bits of Unix milliseconds, then 74 random bits. Python has its own from 3.14 on."""
    value = time.time_ns() // 1_000_000 << 80 | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | 0x7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)
