"""The checksum of a ladder's document, and its form for export. Pure."""

import hashlib
import json
from typing import Any

# These fields come first in an export, as a reader looks for them first.
ORDER = ("format", "slug", "version", "title")


def checksum_of(document: dict[str, Any]) -> str:
    """SHA-256 in hex over the document with sorted keys, or equal ladders could have different checksums."""
    spelled = json.dumps(document, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(spelled.encode()).hexdigest()


def export(document: dict[str, Any], version: int) -> dict[str, Any]:
    """The document with its version, the naming fields first."""
    whole = {**document, "version": version}
    return {name: whole[name] for name in (*ORDER, *(key for key in document if key not in ORDER))}
