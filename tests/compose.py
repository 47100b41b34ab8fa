"""compose.yaml as compose reads it: what it puts in for variables, and what then reaches a process."""

import json
import re
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "compose.yaml"
_VARIABLE = re.compile(r"\$\{(\w+)(?:(:-|:\?)((?:[^{}$]|\$\{[^{}]*\})*))?\}")


class MissingError(Exception):
    """A variable without which compose does not start; the message is the one that the file gives."""


def put_in(text: str, given: dict[str, str]) -> str:
    """A text with the values of its variables: `${NAME}`, `${NAME:-default}`, `${NAME:?what is missing}`."""

    def value(found: re.Match[str]) -> str:
        name, operator, rest = found[1], found[2], found[3] or ""
        if given.get(name):
            return given[name]
        if operator == ":?":
            raise MissingError(rest)
        return put_in(rest, given)

    return _VARIABLE.sub(value, text)


def services(given: dict[str, str]) -> dict[str, dict[str, Any]]:
    """The services of compose.yaml with a `.env` of these lines."""
    raw = YAML(typ="safe").load(FILE.read_text(encoding="utf-8"))
    # By way of JSON, texts are the only leaves with variables.
    whole: dict[str, Any] = json.loads(json.dumps(raw), object_hook=lambda part: _filled(part, given))
    found: dict[str, dict[str, Any]] = whole["services"]
    return found


def _filled(part: dict[str, Any], given: dict[str, str]) -> dict[str, Any]:
    def fill(value: Any) -> Any:
        if isinstance(value, str):
            return put_in(value, given)
        return [fill(item) for item in value] if isinstance(value, list) else value

    return {name: fill(value) for name, value in part.items()}


def image_environment() -> dict[str, str]:
    """What the last stage of the Dockerfile sets."""
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    last = text[text.rindex("\nFROM ") :]
    return dict(pair.split("=", 1) for line in re.findall(r"^ENV (.+)$", last, re.MULTILINE) for pair in line.split())


def reaches(service: str, given: dict[str, str]) -> dict[str, str]:
    """The environment of a service's process. What stands under `environment` wins over the file, that over the
    image."""
    said = services(given)[service]
    assert said.get("env_file") in {None, ".env"}
    return image_environment() | (given if "env_file" in said else {}) | said.get("environment", {})
