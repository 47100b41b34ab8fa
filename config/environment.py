"""Reads settings from the environment, strictly: a wrong value is one clear line, never a silent default."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import parse_qs, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

PROFILES = ("production", "local", "test")
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def text(name: str, default: str = "") -> str:
    return os.environ.get(name, default).strip()


def flag(name: str, *, default: bool) -> bool:
    """A yes-or-no setting: 1/0, true/false, yes/no, on/off. Raises ImproperlyConfigured, as all below."""
    value = os.environ.get(name)
    if value is None:
        return default
    if value.strip().lower() in _TRUE:
        return True
    if value.strip().lower() in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name}={value!r} is not a yes or a no. Use 1 or 0.")


def number(name: str, default: int, *, low: int, high: int) -> int:
    value = os.environ.get(name)
    if value is None:
        return default
    try:
        parsed = int(value)
    except ValueError:
        parsed = low - 1
    if not low <= parsed <= high:
        raise ImproperlyConfigured(f"{name}={value!r} is not a whole number from {low} to {high}.")
    return parsed


def words(name: str, default: Sequence[str] = ()) -> list[str]:
    """A list, separated by commas."""
    value = os.environ.get(name)
    return list(default) if value is None else [word.strip() for word in value.split(",") if word.strip()]


def choice(name: str, options: Sequence[str], default: str) -> str:
    value = text(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name}={value!r} is not one of {', '.join(options)}.")
    return value


def database(name: str, default_file: Path) -> dict[str, Any]:
    """A database from a URL: `postgres://user:password@host:5432/name` or `sqlite:////path/to/file`."""
    url = text(name) or f"sqlite:///{default_file}"
    unreadable = ImproperlyConfigured(f"{name} is not a database URL that we can read.")
    try:
        parts = urlsplit(url)
        port = str(parts.port or "")
    except ValueError as error:
        raise unreadable from error
    # Checked before parsing: for an unknown scheme the parser prints a warning with the password in it.
    if parts.scheme not in {"postgres", "postgresql", "sqlite"}:
        raise ImproperlyConfigured(f"{name} must start with postgres:// or sqlite:///.")
    try:
        config = cast("dict[str, Any]", environ.Env.db_url_config(url))
    except (ValueError, TypeError, ImproperlyConfigured) as error:
        raise unreadable from error
    config["PORT"] = port
    if not config.get("NAME"):
        raise ImproperlyConfigured(f"{name} names no database.")
    return config


def mailer(name: str) -> dict[str, Any]:
    """A mail server from a URL: `smtp://user:password@host:587/?tls=1` or `smtps://…`."""
    parts = urlsplit(text(name))
    try:
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} has a port that is not a number.") from error
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ImproperlyConfigured(
            f"{name} must look like smtp://user:password@host:587/?tls=1 or smtps://user:password@host."
        )
    options: dict[str, Any] = {
        "host": parts.hostname,
        "port": port or (465 if parts.scheme == "smtps" else 587),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": parts.scheme == "smtps",
        "use_tls": parts.scheme == "smtp" and parse_qs(parts.query).get("tls", ["1"])[0] in _TRUE,
        "timeout": 10,
    }
    return {"BACKEND": "django.core.mail.backends.smtp.EmailBackend", "OPTIONS": options}
