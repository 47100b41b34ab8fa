"""How a log line looks: JSON for machines, or plain for a person's terminal. What people wrote stays out of both.

A line says when, how bad, who says so, in which request, and what happened. The texts of errors are left out in
production, because they quote the values that caused them (an e-mail address that is taken, a sentence that is too
long); their kind and the places in the code stay. So do addresses: a path may be a secret link.
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

# What a line may carry beside its message, given as `extra`. Django adds the whole request there.
FIELDS = ["route", "method", "status", "ms", "command", "count"]
LONGEST = 300


def _kind(error: BaseException) -> str:
    kind = type(error)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"


def _chain(error: BaseException | None) -> list[BaseException]:
    """An error and what it came from, the newest first."""
    found: list[BaseException] = []
    while error is not None and error not in found:
        found.append(error)
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    return found


def _described(error: BaseException) -> dict[str, Any]:
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(error.__traceback__)]
    said = {"kind": _kind(error), "places": places[-30:]}
    if isinstance(error, OperationalError):
        # What a database says that is away or locked: hosts and reasons, no values.
        said["text"] = str(error).partition("\n")[0][:LONGEST]
    return said


def _errors_without_texts(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Put an error's kind and places into the line, in place of a traceback that quotes values."""
    info = event.pop("exc_info", None)
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["errors"] = [_described(each) for each in _chain(error)]
    event.pop("stack_info", None)
    return event


def _without_addresses(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Say in other words what Django says with a path or a value in it."""
    record: logging.LogRecord = event["_record"]
    event.pop("positional_args", None)
    status = getattr(record, "status_code", None)
    if record.name == "django.security.DisallowedHost":
        event["event"] = str(event["event"])[:LONGEST]  # the host that is missing in ALLOWED_HOSTS
    elif record.name.startswith("django.security."):
        event["event"] = f"refused: {record.name.rpartition('.')[2]}"
    elif record.name.startswith("_granian") and "\n" in str(event["event"]):
        # The web server writes a whole traceback into the message.
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


def json_lines(*, with_texts: bool = False) -> ProcessorFormatter:
    """One JSON object a line."""
    errors = structlog.processors.format_exc_info if with_texts else _errors_without_texts
    return ProcessorFormatter(
        foreign_pre_chain=_BEFORE,
        pass_foreign_args=True,
        processors=[
            _without_addresses,
            errors,
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(ensure_ascii=False, default=str),
        ],
    )


def plain_lines(*, with_texts: bool = False) -> ProcessorFormatter:
    """For a terminal: the message first, then what belongs to it."""
    errors = [] if with_texts else [_errors_without_texts]
    return ProcessorFormatter(
        foreign_pre_chain=_BEFORE,
        pass_foreign_args=True,
        processors=[
            _without_addresses,
            *errors,
            ProcessorFormatter.remove_processors_meta,
            structlog.dev.ConsoleRenderer(
                colors=False, timestamp_key="time", exception_formatter=structlog.dev.plain_traceback, pad_event_to=0
            ),
        ],
    )


def granian_lines() -> ProcessorFormatter:
    """The lines of the web server, which reads no settings of Django's, look like ours."""
    return plain_lines(with_texts=not settings.PRODUCTION) if settings.LOG_FORMAT == "text" else json_lines()
