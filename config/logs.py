"""The format of log lines: JSON for machines, or plain text for a terminal. Neither may hold what people wrote.

In production the messages of errors are left out, because they quote the values that caused them: an e-mail address
that is taken, a sentence that is too long. Their types and the places in the code stay. Paths are always left out: one
may be a secret link.
"""

import logging
import traceback
from http import HTTPStatus
from typing import Any

import structlog
from django.conf import settings
from django.db import OperationalError
from structlog.stdlib import ProcessorFormatter
from structlog.typing import EventDict, Processor, WrappedLogger

# The only keys of `extra` that are logged: Django puts the whole request there.
FIELDS = ["route", "method", "status", "ms"]
LONGEST = 300


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _chain(error: BaseException | None) -> list[BaseException]:
    """An error and those that led to it, the newest first."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _described(error: BaseException) -> dict[str, Any]:
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    said = {"kind": _kind(error), "places": places[-30:]}
    if isinstance(error, OperationalError):
        # The database is away or locked: its message names hosts and reasons, and no values.
        said["text"] = str(error).partition("\n")[0][:LONGEST]
    return said


def _errors_without_texts(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Log an error's type and places instead of the traceback, which quotes values."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["errors"] = [_described(each) for each in _chain(error)]
    event.pop("stack_info", None)
    return event


def _without_addresses(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Replace messages of Django and of the web server that quote paths or values."""
    record: logging.LogRecord = event["_record"]
    event.pop("positional_args", None)
    status = getattr(record, "status_code", None)
    if record.name == "django.security.DisallowedHost":
        event["event"] = str(event["event"])[:LONGEST]  # the host that is missing in ALLOWED_HOSTS
    elif record.name.startswith("django.security."):
        event["event"] = f"refused: {record.name.rpartition('.')[2]}"
    elif record.name.startswith("_granian") and "\n" in str(event["event"]):
        # The web server puts the whole traceback into its message.
        first, *rest = str(event["event"]).splitlines()
        event["event"] = first
        event["errors"] = [{"places": [line.strip() for line in rest if line.startswith("  File ")][-30:]}]
    elif record.name.startswith("django.request") and isinstance(status, int):
        event["event"] = HTTPStatus(status).phrase if status in set(HTTPStatus) else f"answered {status}"
    return event


_BEFORE: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.ExtraAdder(allow=FIELDS),
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
]


def _formatter(*last: Processor) -> ProcessorFormatter:
    processors = [_without_addresses, *last]
    return ProcessorFormatter(foreign_pre_chain=_BEFORE, pass_foreign_args=True, processors=processors)


def json_lines(*, with_texts: bool = False) -> ProcessorFormatter:
    """One JSON object a line."""
    return _formatter(
        structlog.processors.format_exc_info if with_texts else _errors_without_texts,
        ProcessorFormatter.remove_processors_meta,
        structlog.processors.EventRenamer("message"),
        structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
    )


def plain_lines(*, with_texts: bool = False) -> ProcessorFormatter:
    """Plain text for a terminal, the message first."""
    return _formatter(
        *([] if with_texts else [_errors_without_texts]),
        ProcessorFormatter.remove_processors_meta,
        structlog.dev.ConsoleRenderer(
            colors=False, timestamp_key="time", exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
        ),
    )


def granian_lines() -> ProcessorFormatter:
    """The format for the web server's own log (config/granian_log.json), which knows nothing of Django's settings."""
    return plain_lines(with_texts=not settings.PRODUCTION) if settings.LOG_FORMAT == "text" else json_lines()
