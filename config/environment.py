"""Reads settings from the environment, strictly: a wrong value is one clear line, never a silent default."""

import difflib
import os
import re
import ssl
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

KEY_MIN, KEY_LETTERS_MIN, KEY_PACKED_MIN = 50, 10, 40
"""Characters of a SECRET_KEY, different ones among them, and its bytes when it is packed: fifty digits take 41."""
_NO_KEYS = ("django-insecure-", "changeme", "change-me", "secret", "only-for-", "your-secret", "…")
_HOST = r"[a-z0-9](?:[a-z0-9.-]{0,250}[a-z0-9])?"
_ENCODE = "in a password, write # / ? [ ] @ as %23 %2F %3F %5B %5D %40, and nothing else than the host after it."
_NO_PATH = "Rungwise needs a host of its own and can't live under a path"
PROFILES = ("production", "local", "test")
_NAMES = """
    ALLOWED_HOSTS BACKUP_DIR BACKUP_KEEP_DAYS BREACHED_PASSWORDS CA_FILE CONTACT_URL CSRF_TRUSTED_ORIGINS
    DATABASE_CONN_MAX_AGE
    DATABASE_IDLE_SECONDS DATABASE_ISOLATION DATABASE_LOCK_SECONDS DATABASE_POOL DATABASE_PRIVATE_NETWORK
    DATABASE_STATEMENT_SECONDS DATABASE_TRANSACTION_POOLER DATABASE_URL DATA_DIR DEBUG DEFAULT_LADDER HASH_SESSIONS
    HEALTH_PORT HTTPS LISTEN LOG_FORMAT LOG_LEVEL MAIL_FROM MAIL_LEASE_SECONDS MAIL_URL METRICS_TOKEN MIGRATE
    NEW_ACCOUNT_MAILS OPERATOR PORT PRIVACY_URL PROFILE SEAL_SECOND_STEPS SECOND_FACTOR SECRET_KEY SECRET_KEY_FALLBACKS
    SESSION_IDLE_HOURS SESSION_MAX_HOURS SITE_URL SOURCE_URL STATIC_ROOT TRUSTED_PROXY_COUNT TRUST_PROXY_HTTPS_HEADER
    TRUST_REQUEST_ID_HEADER WORKER WORKERS
"""
NAMES = frozenset(_NAMES.split())
"""All settings. A variable of nearly such a name is taken for a mistake."""
_NEARLY = 0.9
_PARTS = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD", "dbname": "NAME"}
WITHOUT_VARIABLE = frozenset(
    {"keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"}
)
"""Options of a connection that PostgreSQL's programs take on a command line only; none is a secret."""
_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"0", "false", "no", "off"})


def refuse_misspelt() -> None:
    """A setting that is spelt wrong would do nothing, in silence."""
    for name in sorted(os.environ.keys() - NAMES):
        bare = name.upper().removeprefix("RUNGWISE_")
        # Kubernetes tells of a service named rungwise by RUNGWISE_PORT.
        if bare in NAMES and os.environ[name].startswith("tcp://"):
            continue
        if meant := difflib.get_close_matches(bare, NAMES, 1, _NEARLY):
            raise ImproperlyConfigured(f"{name} is no setting. Did you mean {meant[0]}? Correct it, or take it out.")


def refuse_path() -> None:
    """granian would put the site under a path, where neither probes nor the proxy's samples find it."""
    if os.environ.get("GRANIAN_URL_PATH_PREFIX", "").strip(" /"):
        raise ImproperlyConfigured(f"GRANIAN_URL_PATH_PREFIX is set: {_NO_PATH}. Take it out.")


def text(name: str, default: str = "") -> str:
    value = os.environ.get(name, default).strip()
    if not value.isprintable():
        raise ImproperlyConfigured(f"{name} holds a line break or another character that can't be seen.")
    return value


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
    if name not in os.environ:
        return list(default)
    return [word.strip() for word in text(name).split(",") if word.strip()]


def line(name: str, default: str, pattern: str, meaning: str) -> str:
    """A text of a certain form."""
    value = text(name, default)
    if not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name}={value[:80]!r} is no {meaning}.")
    return value


def secret_key(name: str) -> str:
    """A key that nobody can guess: long enough, and not the same few letters again and again."""
    value = text(name)
    make = "Make one as docs/operations.md shows, and put this one into SECRET_KEY_FALLBACKS for 30 days."
    if len(value) < KEY_MIN:
        raise ImproperlyConfigured(f"{name} is too short: {len(value)} characters, {KEY_MIN} are needed. {make}")
    if len(set(value)) < KEY_LETTERS_MIN or len(zlib.compress(value.encode(), 9)) < KEY_PACKED_MIN:
        raise ImproperlyConfigured(f"{name} repeats itself, so that it can be guessed. {make}")
    if value.lower().startswith(_NO_KEYS):
        raise ImproperlyConfigured(f"{name} is an example that everybody knows. {make}")
    return value


def hosts(name: str, default: Sequence[str]) -> list[str]:
    """Names of hosts, without scheme, port or path: such a one would never match what a browser asks for."""
    found = words(name, default)
    for host in found:
        if not re.fullmatch(rf"\*|\.?{_HOST}|\[[0-9a-f:.]+\]", host, re.IGNORECASE):
            raise ImproperlyConfigured(f"{name}: {host[:80]!r} is no name of a host, such as ladder.example.com.")
    return found


def origin(name: str, value: str, *, pattern: str = "") -> str:
    """An address of a whole site, such as https://ladder.example.com, without the slash at its end."""
    wrong = f"{name}={value[:80]!r} is no address of a site, such as https://ladder.example.com"
    parts = _split(name, value)
    try:
        host = parts.hostname or ""
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{wrong}: its port is none.") from error
    is_host = re.fullmatch(rf"{pattern}{_HOST}|[0-9a-f:.]*:[0-9a-f:.]*", host)
    if parts.scheme not in {"http", "https"} or not is_host:
        raise ImproperlyConfigured(f"{wrong}. It begins with https:// or http://, and its letters are ASCII (xn--…).")
    if "@" in parts.netloc:
        raise ImproperlyConfigured(f"{name} holds a user or a password; take them out.")
    if parts.path not in {"", "/"}:
        raise ImproperlyConfigured(f"{wrong}: {_NO_PATH}.")
    if "?" in value or "#" in value:
        raise ImproperlyConfigured(f"{wrong}: nothing comes after the host.")
    host = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")


def link(name: str) -> str:
    """An address that pages link to: of a page, or mailto: for one to write to. "" where none is set."""
    value = text(name)
    if not value:
        return ""
    try:
        parts = urlsplit(value)
    except ValueError:
        parts = urlsplit("")
    is_page = parts.scheme in {"http", "https"} and parts.hostname and "@" not in parts.netloc
    is_mail = parts.scheme == "mailto" and re.fullmatch(r"[^@\s]+@[^@\s]+", parts.path)
    if not is_page and not is_mail:
        example = "https://example.com/privacy or mailto:people@example.com"
        raise ImproperlyConfigured(f"{name}={value[:80]!r} is no address to link to, such as {example}.")
    return value


def folder(name: str, default: Path) -> Path:
    """A folder, made for ourselves alone if it is not there."""
    path = Path(text(name) or default)
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}={str(path)[:200]!r} can't be made: {error.strerror}.") from error
    return path


def authorities(name: str) -> str:
    """A file of certificates in PEM; empty where none is named. A wrong one would be met at the first mail only."""
    file = text(name)
    if not file:
        return ""
    wrong = f"{name}={file[:200]!r}"
    try:
        # Beside the certificates there may be remarks in any language.
        found = Path(file).read_text("ascii", errors="ignore")
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cadata=found)
    except ssl.SSLError as error:
        raise ImproperlyConfigured(f"{wrong} holds no certificates in PEM, or one that is damaged.") from error
    except (OSError, ValueError) as error:
        raise ImproperlyConfigured(f"{wrong} can't be read: {getattr(error, 'strerror', 'it is empty')}.") from error
    return file


def _split(name: str, value: str) -> SplitResult:
    """The parts of an address. A password with a raw sign in it would be cut there, and its rest taken for the host."""
    try:
        parts = urlsplit(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} can't be read: {_ENCODE}") from error
    if "@" in parts.path or parts.fragment or ("@" in parts.query and "@" not in parts.netloc):
        raise ImproperlyConfigured(f"{name} can't be read: {_ENCODE}")
    return parts


def choice(name: str, options: Sequence[str], default: str) -> str:
    value = text(name, default)
    if value not in options:
        raise ImproperlyConfigured(f"{name}={value!r} is not one of {', '.join(options)}.")
    return value


def database(name: str, default_file: Path) -> dict[str, Any]:
    """A database from a URL: `postgres://user:password@host:5432/name` or `sqlite:////path/to/file`."""
    url = text(name)
    if not url:
        empty = dict.fromkeys(("USER", "PASSWORD", "HOST", "PORT"), "")
        return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(default_file), **empty}
    return database_at(name, url)


def database_at(name: str, url: str) -> dict[str, Any]:
    """The same from a URL that is given elsewhere; `name` says where, in messages."""
    unreadable = ImproperlyConfigured(f"{name} is not a database URL that we can read.")
    parts = _split(name, url)
    try:
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
    if parts.scheme != "sqlite":
        _take_options(name, config, parse_qs(parts.query, keep_blank_values=True))
    if not config.get("NAME"):
        raise ImproperlyConfigured(f"{name} names no database.")
    return config


def _take_options(name: str, config: dict[str, Any], options: dict[str, list[str]]) -> None:
    """What stands behind the question mark. What backups' programs could not be told is refused: they would fail, or
    reach another database than the site."""
    from psycopg import pq  # noqa: PLC0415  - SQLite needs none of it

    known = {option.keyword.decode() for option in pq.Conninfo.get_defaults() if option.envvar} - {"client_encoding"}
    for key in options.keys() - known - WITHOUT_VARIABLE:
        reason = "which is no option of PostgreSQL's, or one that its programs for backups can't be told"
        raise ImproperlyConfigured(f"{name} holds {key[:40]!r}, {reason}. Take it out.")
    if "service" in options and (len(options) > 1 or any(config[each] for each in _PARTS.values() if each != "NAME")):
        raise ImproperlyConfigured(f"{name}: beside a service only the database is named, the rest in its file.")
    config["OPTIONS"] = {key: values[0] for key, values in options.items()}
    for key, part in _PARTS.items():
        if said := config["OPTIONS"].pop(key, ""):
            if config[part]:
                raise ImproperlyConfigured(f"{name} says {key} twice.")
            config[part] = said


def mailer(name: str) -> dict[str, Any]:
    """A mail server from a URL: `smtp://user:password@host:587/?tls=1` or `smtps://…`."""
    parts = _split(name, text(name))
    try:
        port, tls = parts.port, parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError as error:
        raise ImproperlyConfigured(f"{name} has a port that is not a number, or can't be read: {_ENCODE}") from error
    is_known = tls.keys() <= {"tls"} and {*tls.get("tls", ())} <= _TRUE | _FALSE and parts.path in {"", "/"}
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname or not is_known:
        raise ImproperlyConfigured(
            f"{name} must look like smtp://user:password@host:587/?tls=1 or smtps://user:password@host."
        )
    options: dict[str, Any] = {
        "host": parts.hostname,
        "port": port or (465 if parts.scheme == "smtps" else 587),
        "username": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
        "use_ssl": parts.scheme == "smtps",
        "use_tls": parts.scheme == "smtp" and tls.get("tls", ["1"])[0] in _TRUE,
        "timeout": 10,
    }
    return {"BACKEND": "people.mail.smtp.EmailBackend", "OPTIONS": options}
