"""The door: takes requests from granian as they came and hands them to the site, each in a thread.

granian's own WSGI makes the same variable of `X-Forwarded-For` and `X_Forwarded_For`, and the last one wins, so that
anybody could write their own address behind a proxy that passes underscores on, as most do. Its RSGI interface gives
the names as they were sent: those with an underscore end here, and what was sent twice is put together.

A body is taken in before a thread is, so a slow client holds no thread.
"""

import asyncio
import io
import logging
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings

from config.wsgi import application

type Answer = tuple[int, list[tuple[str, str]], bytes]

log = logging.getLogger(__name__)
BODY_SECONDS = 60
"""How long a body may take to arrive."""
HELD_MAX = 64_000_000
"""Bytes of bodies that a process holds while they arrive or wait."""
_OWN_NAMES = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}
_LATER = [("retry-after", "5"), ("connection", "close")]


class FrontDoor:
    """An RSGI application around a WSGI one. `threads` is how many requests it answers at the same time."""

    def __init__(self, site: Callable[..., Iterable[bytes]], threads: int) -> None:
        self._site, self._threads, self._held = site, threads, 0

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop, self._pool = loop, ThreadPoolExecutor(self._threads, "site")

    def __rsgi_del__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._pool.shutdown()

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        environ, body = environ_of(scope), bytearray()
        try:
            refused = await self._take_in(environ, protocol, body)
            if refused:
                protocol.response_empty(refused, _LATER)
                return
            environ["wsgi.input"] = io.BytesIO(bytes(body))
            status, headers, answer = await self._loop.run_in_executor(self._pool, self._answer, environ)
        finally:
            self._held -= len(body)
        protocol.response_bytes(status, headers, answer)

    async def _take_in(self, environ: dict[str, Any], protocol: Any, body: bytearray) -> int:
        """Read the body. Gives the status with which it is refused, 0 when it is whole. One that is too large is not
        read on: the site answers with its page (config.middleware.small_bodies)."""
        given = environ.get("CONTENT_LENGTH", "")
        length = int(given) if given.isascii() and given.isdigit() and len(given) < 18 else None
        has_none = not length and "HTTP_TRANSFER_ENCODING" not in environ
        if has_none or (length or 0) > settings.BODY_MAX:
            return 0
        try:
            async with asyncio.timeout(BODY_SECONDS):
                async for part in protocol:
                    if self._held + len(part) > HELD_MAX:
                        return 503
                    self._held += len(part)
                    body += part
                    if len(body) > settings.BODY_MAX:
                        break
        except TimeoutError:
            return 408
        if length is not None and length != len(body):
            return 400  # The client went away: half a form must not be saved as if it were the whole.
        environ["CONTENT_LENGTH"] = str(len(body))
        return 0

    def _answer(self, environ: dict[str, Any]) -> Answer:
        began: list[Any] = [500, []]

        def start(status: str, headers: list[tuple[str, str]], _error: Any = None) -> None:
            began[:] = int(status[:3]), headers

        try:
            parts = self._site(environ, start)
            try:
                body = b"".join(parts)
            finally:
                getattr(parts, "close", bool)()
        except Exception:
            log.exception("the site failed outside of its error pages")
            return 500, [], b""
        return began[0], began[1], body


def environ_of(scope: Any) -> dict[str, Any]:
    """What WSGI calls a request. Header names with an underscore are left out."""
    host, _, port = scope.server.rpartition(":")
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope.method,
        "SCRIPT_NAME": "",
        # WSGI wants bytes in the clothes of latin-1.
        "PATH_INFO": scope.path.encode().decode("latin-1"),
        "QUERY_STRING": scope.query_string,
        "REMOTE_ADDR": scope.client.rpartition(":")[0].strip("[]"),
        "SERVER_NAME": host.strip("[]"),
        "SERVER_PORT": port,
        "SERVER_PROTOCOL": f"HTTP/{scope.http_version}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.scheme,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    for name, value in scope.headers.items():
        if "_" in name:
            continue
        key = _OWN_NAMES.get(name) or f"HTTP_{name.upper().replace('-', '_')}"
        if key in environ:
            value = f"{environ[key]}{'; ' if name == 'cookie' else ','}{value}"  # noqa: PLW2901
        environ[key] = value
    if "HTTP_HOST" not in environ and scope.authority:
        environ["HTTP_HOST"] = scope.authority
    return environ


# One request at a time in each worker: more threads make Python no faster, and each takes a connection.
one_by_one = FrontDoor(application, 1)
side_by_side = FrontDoor(application, 4)
