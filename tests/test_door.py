"""The door between granian and the site, and who it says is asking."""

import asyncio
import io
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as real
from django.test import Client, RequestFactory

from config import doctor, door
from config.caller import caller


class Protocol:
    """What granian gives beside the scope: the body, and the way back."""

    def __init__(self, *parts: bytes, pause: float = 0) -> None:
        self.parts, self.pause = parts, pause
        self.status, self.headers, self.body = 0, [("", "")], b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for part in self.parts:
            await asyncio.sleep(self.pause)
            yield part

    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None:
        self.status, self.headers = status, headers

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.status, self.headers, self.body = status, headers, body


def scope(*headers: tuple[str, str], **other: str) -> Any:
    said = {"method": "POST", "path": "/a b/é", "query_string": "x=%41", "http_version": "1.1", "scheme": "http"}
    said |= {"server": "127.0.0.1:8000", "client": "[2001:db8::7]:5000", "authority": None} | other
    return SimpleNamespace(headers=SimpleNamespace(items=lambda: list(headers)), **said)


def through(site: Any, asked: Any, *parts: bytes, pause: float = 0) -> Protocol:
    async def ask() -> Protocol:
        way, protocol = door.FrontDoor(site, 1), Protocol(*parts, pause=pause)
        way.__rsgi_init__(asyncio.get_running_loop())
        await way.__rsgi__(asked, protocol)
        way.__rsgi_del__(asyncio.get_running_loop())
        assert way._held == 0
        return protocol

    return asyncio.run(ask())


def echo(environ: dict[str, Any], start: Any) -> list[bytes]:
    start("201 Created", [("X-Length", environ["CONTENT_LENGTH"])])
    return [environ["wsgi.input"].read(), environ["PATH_INFO"].encode("latin-1")]


def test_names_with_underscores_end_at_the_door() -> None:
    forged = [
        (name, "192.0.2.1") for name in ("x_forwarded_for", "x-forwarded_for", "_x", "content_type", "remote_addr")
    ]
    sent = [("host", "a.example"), *forged, ("x-forwarded-for", "10.0.0.1"), ("x-forwarded-for", "10.0.0.2")]
    environ = door.environ_of(
        scope(*sent, ("cookie", "a=1"), ("cookie", "b=2"), ("content-type", "text/plain"), *forged)
    )
    assert {
        name: value for name, value in environ.items() if name.startswith(("HTTP_", "CONTENT", "REMOTE", "SERVER_N"))
    } == {
        "HTTP_HOST": "a.example",
        "HTTP_X_FORWARDED_FOR": "10.0.0.1,10.0.0.2",
        "HTTP_COOKIE": "a=1; b=2",
        "CONTENT_TYPE": "text/plain",
        "REMOTE_ADDR": "2001:db8::7",
        "SERVER_NAME": "127.0.0.1",
    }


def test_a_body_comes_in_whole_or_not_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = through(echo, scope(("content-length", "4")), b"ab", b"cd")
    assert (whole.status, whole.body) == (201, "abcd/a b/é".encode())
    assert through(echo, scope(("transfer-encoding", "chunked")), b"ab", b"c").headers == [("X-Length", "3")]
    assert through(echo, scope(("content-length", "9")), b"ab").status == 400
    monkeypatch.setattr(door, "BODY_SECONDS", 0.01)
    assert through(echo, scope(("content-length", "2")), b"ab", pause=1).status == 408
    monkeypatch.setattr(door, "HELD_MAX", 1)
    assert through(echo, scope(("content-length", "2")), b"ab").status == 503


def test_what_is_too_large_is_not_read_on(settings: Any) -> None:
    settings.BODY_MAX = 3
    assert through(echo, scope(("content-length", "4")), b"abcd").body == "/a b/é".encode()
    assert through(echo, scope(("transfer-encoding", "chunked")), b"ab", b"cd", b"ef").headers == [("X-Length", "4")]


def test_a_site_that_fails_outside_of_its_pages_answers_500() -> None:
    def broken(*_: Any) -> list[bytes]:
        raise ValueError

    assert through(broken, scope()).status == 500


@pytest.mark.parametrize(
    ("count", "told", "address"),
    [
        (0, "10.0.0.1", "192.0.2.9"),
        (1, None, "192.0.2.9"),
        (1, "10.0.0.1", "10.0.0.1"),
        (1, "10.0.0.6, 10.0.0.1", "10.0.0.1"),
        (1, "10.0.0.1:4711", "10.0.0.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "10.0.0.1, unknown", "192.0.2.9"),
        (1, "2001:DB8:0::1", "2001:db8::1"),
        (1, "::ffff:10.0.0.1", "10.0.0.1"),
        (1, "[::ffff:10.0.0.1]:4711", "10.0.0.1"),
        (2, "10.0.0.6, 10.0.0.1, 10.0.0.2", "10.0.0.1"),
        (2, "10.0.0.1", "192.0.2.9"),
    ],
)
def test_only_trusted_proxies_say_who_asks(settings: Any, count: int, told: str | None, address: str) -> None:
    settings.TRUSTED_PROXY_COUNT = count
    request = RequestFactory(REMOTE_ADDR="192.0.2.9").get("/", headers={"X-Forwarded-For": told} if told else None)
    caller(lambda asked: asked)(request)  # type: ignore[arg-type, return-value]
    assert request.META["REMOTE_ADDR"] == address
    assert "HTTP_X_FORWARDED_FOR" not in request.META


@pytest.mark.parametrize(
    ("trusted", "told", "secure"),
    [
        (False, "https", False),
        (True, "https", True),
        (True, "https, http", False),
        (True, "http, https", True),
        (True, "", False),
    ],
)
def test_only_a_trusted_proxy_says_that_it_was_https(settings: Any, trusted: bool, told: str, secure: bool) -> None:
    settings.TRUST_PROXY_HTTPS_HEADER = trusted
    request = RequestFactory().get("/", headers={"X-Forwarded-Proto": told})
    caller(lambda asked: asked)(request)  # type: ignore[arg-type, return-value]
    assert request.is_secure() is secure


def test_nothing_of_ours_looks_at_forwarded_headers_again() -> None:
    assert next(name for name in real.MIDDLEWARE if not name.startswith("tests.")) == "config.caller.caller"
    assert not getattr(real, "SECURE_PROXY_SSL_HEADER", None)
    assert not hasattr(real, "ALLAUTH_TRUSTED_PROXY_COUNT")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("count", "proxy_sets", "states"),
    [
        (1, "replace", ["ok"]),
        (1, "append", ["ok"]),
        (2, "append", ["fail", "warn"]),
        (0, "replace", ["warn"]),
        (1, None, ["fail"]),
    ],
)
def test_the_doctor_asks_as_one_who_forges(
    client: Client,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
    count: int,
    proxy_sets: str | None,
    states: list[str],
) -> None:
    """Through a proxy that replaces the header, adds to it, or hands it on as it came."""
    settings.TRUSTED_PROXY_COUNT, settings.SITE_URL = count, "http://testserver"

    def proxy(asked: Any, **_: Any) -> io.BytesIO:
        headers = {name: value for name, value in asked.header_items() if "_" not in name}
        told = headers.get("X-forwarded-for")
        if proxy_sets:
            headers["X-forwarded-for"] = f"{told}, 10.0.0.1" if told and proxy_sets == "append" else "10.0.0.1"
        return io.BytesIO(client.get("/healthz", headers=headers).content)

    monkeypatch.setattr(doctor, "urlopen", proxy)
    found = list(doctor._callers())
    assert [finding.state for finding in found][: len(states)] == states, found
    assert client.get("/healthz", headers={"X-Rungwise-Doctor": "who"}).json() == {"status": "ok"}
    monkeypatch.setattr(doctor, "urlopen", lambda *_, **__: io.BytesIO(b"{}"))
    assert [finding.state for finding in doctor._callers()] == ["warn"]
