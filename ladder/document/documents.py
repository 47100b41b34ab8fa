"""A ladder's document in and out: checksum, export. Pure."""

import hashlib
import json
from typing import Any

# The fields that a reader looks for first come first in an export.
ORDER = ("slug", "version", "title")


def checksum_of(document: dict[str, Any]) -> str:
    """SHA-256 over the document in one fixed spelling, so that equal ladders have equal checksums."""
    spelled = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(spelled.encode()).hexdigest()


def export(document: dict[str, Any], version: int) -> dict[str, Any]:
    """The document with its version, the naming fields first."""
    whole = {**document, "version": version}
    return {name: whole[name] for name in (*ORDER, *(key for key in document if key not in ORDER))}
