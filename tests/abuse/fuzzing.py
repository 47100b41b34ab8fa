"""Requests that nobody should send, made from a seed: what each got, and what broke on the way.

They come in chains of one persona with one set of cookies, so that a form is often one that a page has just shown, and
each chain is undone at its end. A request goes to Django as the server would hand it over: raw bytes in the WSGI
environment. What broke is a status from 500 on, an exception on the way, or a row that no commit would take.
"""

import io
import random
import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import quote, quote_plus, urlencode, urlsplit
from wsgiref.util import setup_testing_defaults

from django.conf import settings
from django.core import mail
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections, connection, transaction
from django.test import TestCase
from django.urls import NoReverseMatch

from config.wsgi import Handler, Request
from tests.abuse import values
from tests.access.forms import Form, Page
from tests.access.table import TABLE, Line
from tests.access.test_walk import data_of, path_of
from tests.access.world import World

PERSONAS = ("anonymous", "visitor", "member", "fellow", "manager", "owner", "outsider")
CHAIN_MAX = 6
# Slow and alike: making the PDF itself says little about what came in.
SELDOM, SELDOM_SHARE = ("pdf", "xlsx"), 0.05
FORM, MULTIPART = "application/x-www-form-urlencoded", "multipart/form-data; boundary=a"


@contextmanager
def connection_kept() -> Iterator[None]:
    """The server's handler lets connections go between requests; this one holds a world that is not committed."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


class _UncheckedRequest(Request):
    """Its forms need no token: most would be refused for that alone."""

    _dont_enforce_csrf_checks = True


class _Unchecked(Handler):
    request_class = _UncheckedRequest


@dataclass
class Asked:
    """One request, as bytes. Text in it is latin-1, as WSGI has it."""

    method: str
    path: bytes
    query: bytes = b""
    body: bytes = b""
    content_type: str = ""
    environ: dict[str, str] = field(default_factory=dict)
    cookies: str | None = None

    def __str__(self) -> str:
        extra = {name: value[:80] for name, value in self.environ.items()}
        said = f"{self.method} {self.path[:120]!r}?{self.query[:200]!r} {self.content_type[:60]} {self.body[:300]!r}"
        return f"{said} {extra or ''} {(self.cookies or '')[:80]}".strip()


@dataclass
class Broken:
    """The first request that broke in this way, and where."""

    asked: str
    persona: str
    trace: str
    times: int = 1


class Fuzzer:
    """`statuses` counts what was answered, `broken` holds each distinct break by the place where it happened."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.chance = random.Random(seed)  # noqa: S311  - the same requests for the same seed
        self.handlers = [_Unchecked(), Handler()]
        self.statuses: Counter[int] = Counter()
        self.names: Counter[str] = Counter()
        self.broken: dict[str, Broken] = {}
        self.raised: list[BaseException] = []
        self.jar: SimpleCookie = SimpleCookie()
        self.page: tuple[str, str] | None = None
        self.persona = PERSONAS[0]

    @property
    def requests(self) -> int:
        return sum(self.statuses.values())

    def run(self, requests: int) -> None:
        with self._listening():
            while self.requests < requests:
                self.chain()

    def chain(self) -> None:
        """Some requests of one persona; all that they wrote is undone."""
        chance, persona = self.chance, self.chance.choice(PERSONAS)
        self.persona = persona
        self.jar, self.page = SimpleCookie(), None
        if persona in self.world.cookies:
            self.jar[settings.SESSION_COOKIE_NAME] = self.world.cookies[persona]
        with transaction.atomic():
            for _ in range(chance.randint(1, CHAIN_MAX)):
                with transaction.atomic():
                    if not self.ask(persona, self.make()):
                        transaction.set_rollback(True)
            transaction.set_rollback(True)

    def ask(self, persona: str, asked: Asked) -> bool:
        """Send it; False when it broke."""
        self.raised.clear()
        mail.outbox = []
        status, html = 599, ""
        handler = self.handlers[self.chance.random() < 0.03]
        try:
            with TestCase.captureOnCommitCallbacks(execute=True):
                response: Any = handler(self._environ(asked), lambda *_: None)
                raw = b"".join(response) if response.streaming else response.content
                response.close()
            status = response.status_code
            self.jar.update(response.cookies)
            if response.headers.get("Content-Type", "").startswith("text/html"):
                html = raw.decode()
            if asked.method == "POST" and not self.raised:
                # What a commit would say: foreign keys are looked at then.
                connection.check_constraints()
        except Exception as error:  # noqa: BLE001  - whatever it is, a server would have answered 500
            self.raised.append(error)
        self.statuses[status] += 1
        if html:
            self.page = (asked.path.decode("latin-1"), html)
        if status < 500 and not self.raised:
            return True
        self._note(persona, asked, status)
        return False

    def _note(self, persona: str, asked: Asked, status: int) -> None:
        trace = "".join(traceback.format_exception(self.raised[0])) if self.raised else f"{status} without an exception"
        place = _place(self.raised[0]) if self.raised else f"{status} {asked.path[:40]!r}"
        found = self.broken.setdefault(place, Broken(str(asked), persona, trace, 0))
        found.times += 1

    @contextmanager
    def _listening(self) -> Iterator[None]:
        def hear(**_: Any) -> None:
            import sys

            error = sys.exc_info()[1]
            if error is not None:
                self.raised.append(error)

        got_request_exception.connect(hear, weak=False)
        try:
            with connection_kept():
                yield
        finally:
            got_request_exception.disconnect(hear)

    def _environ(self, asked: Asked) -> dict[str, Any]:
        cookies = asked.cookies
        if cookies is None:
            cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in self.jar.items())
        environ = {
            "REQUEST_METHOD": asked.method,
            "PATH_INFO": asked.path.decode("latin-1"),
            "QUERY_STRING": asked.query.decode("latin-1"),
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": asked.content_type,
            "CONTENT_LENGTH": str(len(asked.body)),
            "HTTP_HOST": "testserver",
            "HTTP_COOKIE": cookies,
            "wsgi.input": io.BytesIO(asked.body),
            **asked.environ,
        }
        setup_testing_defaults(environ)
        return environ

    # Making requests

    def make(self) -> Asked:
        """A request that is right but for what is bent in it; now and then nothing is."""
        chance = self.chance
        kind = chance.random()
        if self.page and kind < 0.45:
            asked, fields = self._from_page(Page(*self.page))
        elif kind < 0.97:
            asked, fields = self._from_table()
        else:
            asked, fields = Asked("GET", quote(values.pick(chance), safe="/").encode()), []
        if asked.method == "POST":
            self._fill(asked, self._bent(fields))
        elif fields or chance.random() < 0.4:
            asked.query = urlencode(self._bent(fields), errors="replace").encode()
        self._bend(asked)
        return asked

    def _from_table(self) -> tuple[Asked, list[tuple[str, str]]]:
        line = self._line()
        self.names[line.name] += 1
        instead = {}
        if line.path and self.chance.random() < 0.2:
            name = self.chance.choice(sorted(line.path))
            # What belongs to somebody else, or nothing that this address knows.
            own = self.chance.choice([*self.world.ids.values()]) if self.chance.random() < 0.5 else None
            instead[name] = own or values.pick(self.chance, "id")
        try:
            path = path_of(line, self.world, **instead)
        except NoReverseMatch:
            path = path_of(line, self.world) + quote(values.pick(self.chance, "id"), safe="")
        fields = list(data_of(line, self.world).items())
        method = "POST" if line.post is not None and self.chance.random() < 0.6 else "GET"
        if method == "GET":
            fields = [(self.chance.choice(values.PARAMETERS), "1") for _ in range(self.chance.choice((0, 0, 1, 2)))]
        return Asked(method, path.encode()), fields

    def _line(self) -> Line:
        """Mostly one that the persona may use: what is refused is refused before anything is read."""
        while True:
            line = self.chance.choice(TABLE)
            may = (line.get or frozenset()) | (line.post or frozenset())
            if self.persona not in may and self.chance.random() < 0.85:
                continue
            if not line.name.endswith(SELDOM) or self.chance.random() < SELDOM_SHARE:
                return line

    def _from_page(self, page: Page) -> tuple[Asked, list[tuple[str, str]]]:
        """A form or a link of the page that the persona has just seen."""
        chance = self.chance
        if page.forms and (not page.links or chance.random() < 0.75):
            form: Form = chance.choice(page.forms)
            return Asked(form.method if form.method == "POST" else "GET", _path(form.action)), list(form.fields.items())
        links = [link for link in page.links if link.startswith("/") and not link.split("?")[0].endswith(SELDOM)]
        if not links:
            return self._from_table()
        link = chance.choice(links)
        return Asked("GET", _path(link), query=urlsplit(link).query.encode()), []

    def _bent(self, fields: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """The fields with up to three things wrong: another value, one missing, twice, unknown, too many."""
        chance, bent = self.chance, list(fields)
        for _ in range(chance.choice((0, 1, 1, 2, 3))):
            what = chance.random()
            at = chance.randrange(len(bent)) if bent else -1
            if at < 0 or what < 0.08:
                name = chance.choice((*values.PARAMETERS, "name", "text", "\0", "ä", "a[]", "__proto__", "x" * 5000))
                bent.append((name, values.pick(chance)))
            elif what < 0.7:
                bent[at] = (bent[at][0], values.pick(chance, _kind(*bent[at])))
            elif what < 0.8:
                del bent[at]
            elif what < 0.95:
                bent.insert(chance.randrange(len(bent) + 1), (bent[at][0], values.pick(chance, _kind(*bent[at]))))
            else:
                bent += [(bent[at][0], str(number)) for number in range(chance.choice((50, 150, 250, 1500)))]
        return bent

    def _fill(self, asked: Asked, fields: list[tuple[str, str]]) -> None:
        """Put the fields into a body: mostly as a form, else in a way that is not asked for, or broken."""
        chance, how = self.chance, self.chance.random()
        asked.content_type = FORM
        if how < 0.65:
            asked.body = urlencode(fields, errors="replace").encode()
        elif how < 0.85:
            asked.content_type, asked.body = MULTIPART, _multipart(chance, fields)
        elif how < 0.9:
            asked.body = b"&".join(
                quote_plus(n, errors="replace").encode() + b"=" + chance.choice(values.BYTES) for n, _ in fields
            )
        else:
            asked.content_type, asked.body = chance.choice((FORM, *values.CONTENT_TYPES)), chance.choice(values.BODIES)
        if chance.random() < 0.04:
            asked.content_type = chance.choice(values.CONTENT_TYPES)

    def _bend(self, asked: Asked) -> None:
        """What stands around the fields: method, path, header lines, cookies."""
        chance = self.chance
        if chance.random() < 0.05:
            asked.method = chance.choice(values.METHODS)
        if chance.random() < 0.06:
            asked.query += b"&" + chance.choice((b"q", b"page", b"at", b"\xff")) + b"=" + chance.choice(values.BYTES)
        if chance.random() < 0.04:
            at = chance.randrange(len(asked.path) + 1)
            asked.path = asked.path[:at] + chance.choice(values.BYTES) + asked.path[at:]
        if chance.random() < 0.25:
            asked.environ["HTTP_HX_REQUEST"] = "true"
        for _ in range(chance.choice((0, 0, 0, 1, 3))):
            name, choices = chance.choice(values.HEADERS)
            asked.environ[name] = chance.choice(choices)
        if chance.random() < 0.05:
            asked.cookies = chance.choice(values.COOKIES)


def _place(error: BaseException) -> str:
    """Where it broke: the innermost line of ours, or the innermost at all, and what kind of error it is."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "site-packages" not in frame.filename and "/tests/" not in frame.filename]
    where = (ours or frames)[-1]
    return f"{type(error).__name__} in {where.filename}:{where.lineno}"


def _path(address: str) -> bytes:
    return urlsplit(address).path.encode()


def _kind(name: str, value: str) -> str:
    if name.endswith(("_on", "date")):
        return "date"
    if value.isdigit() or name in {"revision", "page", "days", "uses", "step", "page_save"}:
        return "number"
    return "id" if len(value) == 36 and value.count("-") == 4 else ""


def _multipart(chance: random.Random, fields: list[tuple[str, str]]) -> bytes:
    """The fields as multipart, perhaps with a file, perhaps broken off."""
    said = b""
    for name, value in fields:
        head = b'--a\r\nContent-Disposition: form-data; name="%s"' % name.encode("utf-8", "replace")[:200].replace(
            b'"', b"%22"
        )
        what = chance.random()
        if what < 0.15:
            names = (b"a.csv", b"../../x", b"\0", b"\xff", b"", b"a" * 400, b"x.csv\\", b"CON", b".")
            kinds = (b"text/csv", b"text/csv; charset=zz", b"x", b"\xff", b"text/csv; charset=utf-16")
            head += b'; filename="%s"\r\nContent-Type: %s' % (chance.choice(names), chance.choice(kinds))
        elif what < 0.2:
            head += b"\r\nContent-Transfer-Encoding: " + chance.choice((b"base64", b"x", b"quoted-printable", b"\xff"))
        elif what < 0.25:
            head += chance.choice((b"; filename*=utf-8''%ff", b"; name*=zz''a", b"\r\nX: " + b"a" * 3000, b"; a=\xff"))
        text = value.encode("utf-8", "replace") if chance.random() < 0.9 else chance.choice(values.BYTES)
        said += head + b"\r\n\r\n" + text + b"\r\n"
    said += b"--a--\r\n"
    return said if chance.random() < 0.85 else said[: chance.randrange(len(said))]
