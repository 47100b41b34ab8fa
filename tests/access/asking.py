"""Asking as somebody, and taking down everything that came of it: status, what was written, said, mailed and logged."""

import io
import logging
import re
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import mail
from django.db import connection, transaction
from django.test import Client, TestCase
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tests.access.world import World

_WRITE = re.compile(r'^\s*(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+"?(\w+)', re.IGNORECASE)
# What is neither such a write nor one of these is taken for a write, too.
_NO_WRITE = re.compile(r"^\s*\(?(SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|PRAGMA|EXPLAIN)\b", re.IGNORECASE)
# What reading may write: who read what was shared with them, how often a link was opened, when a calendar was fetched.
LEDGER = {"assessments_opening", "assessments_reportlink", "growth_caselink", "growth_calendarfeed"}
# What any request may write: who is logged in, and how often they tried.
# What was refused, exported or opened goes into the audit log (tests/people/audit/test_audit.py).
BOOKKEEPING = {"people_session", "cache", "people_ratecount", "people_oncekey", "people_auditevent", "people_audithead"}


@dataclass
class Answer:
    """What came of one request. `texts` are all places in which something could be read, with who reads them there."""

    path: str
    status: str
    """ok, login, 403, 404, 405; other codes by number."""
    body: str
    writes: set[str] = field(default_factory=set)
    texts: list[tuple[str, str]] = field(default_factory=list)
    location: str = ""
    cache_control: str = ""
    vary: str = ""

    @property
    def is_kept(self) -> bool:
        """Whether a cache or the browser may keep it."""
        return "no-store" not in self.cache_control


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


class Asker:
    """Sends requests into a world; each is undone before the next."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.client = Client()
        self.sent: set[tuple[object, ...]] = set()
        self.login_path = reverse(settings.LOGIN_URL)
        self.persona_of = {user.email: name for name, user in world.users.items()}

    def ask(self, persona: str, method: str, path: str, data: Any = None, *, htmx: bool = False) -> Answer:
        self.client.cookies = SimpleCookie()
        if persona in self.world.cookies:
            self.client.cookies[settings.SESSION_COOKIE_NAME] = self.world.cookies[persona]
        headers = {"HX-Request": "true"} if htmx else {}
        mail.outbox = []
        writes: set[str] = set()

        def note(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
            result = execute(sql, params, many, context)
            found = _WRITE.match(sql)
            is_empty = found and found[1][0] in "uUdD" and context["cursor"].rowcount == 0
            if found and not is_empty and found[2].lower() not in BOOKKEEPING:
                writes.add(found[2].lower())
            if not found and not _NO_WRITE.match(sql):
                writes.add(sql)
            return result

        with transaction.atomic(), _logged() as lines:
            with connection.execute_wrapper(note), TestCase.captureOnCommitCallbacks(execute=True):
                response = self.client.generic(method, path, **_body(data) if method == "POST" else {}, headers=headers)
            raw = b"".join(response) if response.streaming else response.content
            self.after(writes)
            transaction.set_rollback(True)
        body = _readable(raw, response.headers.get("Content-Type", ""))
        location = response.headers.get("Location", "") or response.headers.get("HX-Redirect", "")
        answer = Answer(path, self._status(response.status_code, location), body, writes, location=location)
        answer.cache_control = response.headers.get("Cache-Control", "")
        answer.vary = response.headers.get("Vary", "")
        answer.texts = [
            (f"body for {persona}", body),
            (f"headers for {persona}", f"{response.headers.items()}{response.cookies.output()}"),
            *(("log", line) for line in lines),
            *(
                (f"mail for {self.persona_of.get(to, to)}", f"{message.subject}\n{message.body}")
                for message in mail.outbox
                for to in message.recipients()
            ),
        ]
        return answer

    def look(self, persona: str, path: str, *, htmx: bool = False) -> Answer:
        """Read a page of the world as it was made, once for all tests: none that has changed anything may ask so."""
        key = (persona, path, htmx)
        if key not in self.world.seen:
            answer = self.ask(persona, "GET", path, htmx=htmx)
            if answer.status != "ok":
                return answer
            self.world.seen[key] = answer
        return self.world.seen[key]

    def after(self, writes: set[str]) -> None:
        """What to look at before the request is undone; a test sets it."""

    def leaks(self, persona: str, answer: Answer, *, sent: str = "") -> list[str]:
        """Canaries that somebody got to read who must not. What the persona sent themselves may come back."""
        found = []
        for place, text in answer.texts:
            reader = persona if place.startswith(("body", "headers")) else place.removeprefix("mail for ")
            told = self.world.told.get((reader, answer.path), ())
            hidden = [canary for canary in self.world.hidden_from(reader) if canary in text and canary not in told]
            found += [f"{canary} in {place}" for canary in hidden if place == "log" or canary not in sent]
        return found

    def _status(self, code: int, location: str) -> str:
        if code in {302, 401} and urlsplit(location).path == self.login_path:
            return "login"
        return "ok" if code in {200, 204, 301, 302, 308, 409, 422} else str(code)


def browser(world: World, persona: str, **how: Any) -> Client:
    """Django's own client, logged in as a persona; what it does stays until the end of the test."""
    client = Client(**how)
    if persona in world.cookies:
        client.cookies = SimpleCookie({settings.SESSION_COOKIE_NAME: world.cookies[persona]})
    return client


def _body(data: Any) -> dict[str, Any]:
    from urllib.parse import urlencode

    return {"data": urlencode(data or {}, doseq=True), "content_type": "application/x-www-form-urlencoded"}


@contextmanager
def _logged() -> Iterator[list[str]]:
    handler = _Lines()
    loggers = [logging.getLogger(), logging.getLogger("django")]
    for logger in loggers:
        logger.addHandler(handler)
    try:
        yield handler.lines
    finally:
        for logger in loggers:
            logger.removeHandler(handler)


def _readable(raw: bytes, content_type: str) -> str:
    """The text of an answer; a spreadsheet is a zip of XML."""
    if raw[:2] != b"PK":
        return raw.decode("utf-8", "replace")
    with zipfile.ZipFile(io.BytesIO(raw)) as file:
        return "\n".join(file.read(name).decode("utf-8", "replace") for name in file.namelist())


def all_patterns() -> dict[str, tuple[URLPattern, list[str]]]:
    """Every named address of the site: its pattern, and the names of the parameters in its path.

    Django's admin has names of its own; tests/access/test_admin.py walks it.
    """
    found: dict[str, tuple[URLPattern, list[str]]] = {}

    def walk(resolver: URLResolver, before: list[str]) -> None:
        for pattern in resolver.url_patterns:
            parameters = [*before, *pattern.pattern.regex.groupindex]
            if isinstance(pattern, URLResolver) and pattern.namespace == "admin":
                continue
            if isinstance(pattern, URLResolver):
                walk(pattern, parameters)
            else:
                assert pattern.name, f"{pattern} has no name"
                assert pattern.name not in found, f"{pattern.name} names two addresses"
                found[pattern.name] = (pattern, parameters)

    walk(get_resolver(), [])
    return found
