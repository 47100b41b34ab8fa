"""What stands around every answer: the policy on content, the security headers, caching – on errors and files, too."""

import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest.mock import Mock

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, InterfaceError, OperationalError
from django.test import Client

from assessments.models import Assessment
from assessments.report import views as views_report
from config import health
from tests.assessments.quiz.quiz_steps import HTMX, answer, start, submit
from tests.pages import page_of

pytestmark = pytest.mark.django_db

OURS = ("script-src", "style-src", "img-src", "font-src", "connect-src", "form-action")
CSP = dict.fromkeys(OURS, "'self'") | dict.fromkeys(("default-src", "frame-ancestors", "base-uri"), "'none'")
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def check(response: Any) -> None:
    """The headers that every answer carries."""
    if response.streaming:
        response.getvalue()  # to the end, so that the file is closed
    policy = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    assert {name: values for name, _, values in policy} == CSP
    assert {name: response.headers.get(name) for name in HEADERS} == HEADERS
    assert "camera=()" in response.headers["Permissions-Policy"]
    assert not {"Server", "X-Powered-By"} & set(response.headers)


@pytest.fixture
def draft(client: Client, rubric: Any) -> Assessment:
    return start(client)


@pytest.fixture
def failing(client: Client, rubric: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[Exception], Client]:
    """A browser for which the list of reports raises an error, as a fault in the code would."""

    def fail(error: Exception) -> Client:
        monkeypatch.setattr(views_report, "render", Mock(side_effect=error))
        client.raise_request_exception = False
        return client

    return fail


@pytest.fixture
def no_database(client: Client, rubric: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Client]]:
    """A browser of a site whose database went away."""
    from django.db.backends.utils import CursorWrapper

    with monkeypatch.context() as patch:

        def away(error: type[Exception] = OperationalError) -> Client:
            said = error("the server closed the connection unexpectedly; password=secret")
            patch.setattr(CursorWrapper, "execute", Mock(side_effect=said))
            client.raise_request_exception = False
            return client

        yield away


def kinds(client: Client, draft: Assessment) -> Iterator[tuple[int, Any]]:
    """The status to expect, and an answer of each kind that a healthy site gives."""
    yield 200, client.get("/")
    yield 200, client.get("/quiz/start/")
    yield 200, client.get(f"/quiz/{draft.pk}/")
    yield 200, answer(client, draft, "data", htmx=True, step="3")
    yield 302, answer(client, draft, "data", step="3")
    yield 422, answer(client, draft, "data", htmx=True, step="6")
    yield 422, answer(client, draft, "data", step="6")
    yield 401, Client().post(f"/quiz/{draft.pk}/answer/data/", {"step": "3"}, headers=HTMX)
    yield 302, submit(client, draft)
    yield 409, answer(client, draft, "data", step="3")
    yield 200, client.get(f"/reports/{draft.pk}/")
    yield 200, client.get(f"/reports/{draft.pk}.json")
    yield 200, client.get(f"/reports/{draft.pk}.csv")
    yield 200, client.get("/account/login/")
    yield 302, client.get("/account/profile/")
    yield 400, client.get("/", headers={"host": "elsewhere.example"})
    yield 400, client.get("/", headers={"host": "a b\\c"})
    yield 403, Client(enforce_csrf_checks=True).post("/quiz/start/")
    yield 404, client.get("/nothing/here/")
    yield 404, client.get("/reports/01900000-0000-7000-8000-00000000ffff/")
    yield 405, client.delete("/quiz/start/")
    yield 200, client.head("/quiz/start/")
    file = client.get("/static/css/base.css")
    assert "no-store" not in file.headers["Cache-Control"]
    yield 200, file
    yield 304, client.get("/static/css/base.css", headers={"if-modified-since": "Fri, 01 Jan 2100 00:00:00 GMT"})
    yield 404, client.get("/static/css/nothing.css")
    yield 200, client.get("/healthz")
    yield 200, client.get("/readyz")
    yield 301, client.get("/quiz/start")


def test_every_kind_of_answer_carries_the_headers(client: Client, draft: Assessment) -> None:
    for status, response in kinds(client, draft):
        assert response.status_code == status, response.request["PATH_INFO"]
        check(response)


def test_nothing_in_the_policy_is_unsafe(client: Client, rubric: Any) -> None:
    headers = client.get("/").headers
    unsafe = ("unsafe", "http:", "https:", "data:", "blob:", "*")
    assert not [word for word in unsafe if word in headers["Content-Security-Policy"]]
    assert "Content-Security-Policy-Report-Only" not in headers


PAGES = [
    (400, None, "That request did not make sense"),
    (403, PermissionDenied("secret"), "This is not open to you"),
    (404, None, "There is nothing at this address"),
    (500, RuntimeError("secret"), "Something went wrong on our side"),
    (503, OperationalError("secret"), "We can’t reach the database just now"),
]


@pytest.mark.parametrize(("status", "error", "heading"), PAGES)
@pytest.mark.parametrize(
    "accept", ["text/html", "*/*", "text/html,application/xhtml+xml,*/*;q=0.8", "application/json"]
)
def test_errors_have_pages_of_our_own(
    client: Client, failing: Any, status: int, error: Exception | None, heading: str, accept: str
) -> None:
    path = "/nothing/here/" if status == 404 else "/reports/"
    host = {"host": "elsewhere.example"} if status == 400 else {}
    response = (failing(error) if error else client).get(path, headers={"accept": accept, **host})
    assert response.status_code == status
    check(response)
    assert b"secret" not in response.content
    assert "no-store" in response.headers["Cache-Control"]
    if accept == "application/json":
        assert response.headers["Content-Type"] == "application/json"
        assert response.json() == {"status": status}
        return
    page = page_of(response)
    assert page.one("h1").text == heading
    assert page.one("title").text == f"{heading} – Rungwise"
    assert page.all("a", href="/", class_="btn")
    assert page.one("code").text == response.headers["X-Request-ID"]


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
@pytest.mark.parametrize("path", ["/", "/quiz/start/", "/reports/", "/reports/sample/", "/ladder/", "/account/login/"])
def test_without_a_database_the_site_says_when_to_come_back(
    no_database: Any, path: str, error: type[Exception]
) -> None:
    client = no_database(error)
    client.cookies["sessionid"] = "x" * 32
    response = client.get(path)
    assert response.status_code == 503
    assert int(response.headers["Retry-After"]) > 0
    assert page_of(response).one("h1").text == "We can’t reach the database just now"
    assert b"secret" not in response.content
    check(response)


def test_a_mistake_in_a_statement_is_not_a_database_that_is_away(failing: Any) -> None:
    response = failing(DatabaseError("syntax error")).get("/reports/")
    assert response.status_code == 500
    assert "Retry-After" not in response.headers


def test_an_answer_is_not_acknowledged_without_a_database(draft: Assessment, no_database: Any) -> None:
    for htmx in (True, False):
        assert answer(no_database(), draft, "data", htmx=htmx, step="3").status_code == 503


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_are_answered_whatever_the_host(client: Client, path: str) -> None:
    response = client.get(path, headers={"host": "10.0.0.7:8000"})
    assert (response.status_code, json.loads(response.content)) == (200, {"status": "ok"})


def test_a_process_without_a_database_is_up_but_not_ready(no_database: Any) -> None:
    client = no_database()
    assert client.get("/healthz").status_code == 200
    assert json.loads(client.get("/readyz").content) == {"status": "not ready"}, "a stranger hears no more"
    response = client.get("/readyz", headers={health.DOCTOR_HEADER: health.doctor.sign("who")})
    assert response.status_code == 503
    assert json.loads(response.content) == {"status": "not ready", "reason": "the database can't be reached"}
    assert int(response.headers["Retry-After"]) > 0
    check(response)


def test_a_process_ahead_of_its_database_is_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    monkeypatch.setattr(health, "_migrated", False)
    with monkeypatch.context() as patch:
        patch.setattr(health.MigrationExecutor, "migration_plan", lambda *_: ["one to come"])
        settings.METRICS_TOKEN = "a-token-of-twenty-four-letters"
        assert "reason" not in client.get("/readyz", headers={"Authorization": "Bearer other"}).json()
        response = client.get("/readyz", headers={"Authorization": f"Bearer {settings.METRICS_TOKEN}"})
        assert response.status_code == 503
        assert "run manage.py migrate" in json.loads(response.content)["reason"]
    assert client.get("/readyz").status_code == 200


# Caching (that private pages are kept by nobody, the walk of tests/access sees)


def test_a_page_and_its_part_are_told_apart_by_caches(client: Client, draft: Assessment) -> None:
    for path in ("/", "/quiz/start/", f"/quiz/{draft.pk}/", "/reports/sample/"):
        for headers in ({}, HTMX):
            vary = {part.strip() for part in client.get(path, headers=headers).headers["Vary"].split(",")}
            assert {"HX-Request", "HX-Target", "HX-History-Restore-Request", "Cookie"} <= vary


def test_cookies_are_for_this_site_s_server_only(client: Client, draft: Assessment) -> None:
    client.get(f"/quiz/{draft.pk}/")
    assert set(client.cookies) == {"sessionid", "csrftoken"}
    for cookie in client.cookies.values():
        assert cookie["httponly"]
        assert cookie["samesite"] == "Lax"


@pytest.fixture
def over_https(settings: Any, rubric: Any) -> Client:
    """A browser of a site that runs with the settings of production's transport."""
    settings.SECURE_SSL_REDIRECT = True
    settings.SECURE_HSTS_SECONDS = 365 * 24 * 3600
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    return Client()


def test_over_https_every_answer_says_to_stay_there(over_https: Client) -> None:
    for path in ("/", "/nothing/here/", "/static/css/base.css", "/healthz", "/quiz/start"):
        response = over_https.get(path, secure=True)
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains; preload"
        check(response)


def test_over_http_everything_but_the_probes_moves_to_https(over_https: Client) -> None:
    response = over_https.get("/quiz/start/?target=cpo")
    assert (response.status_code, response.headers["Location"]) == (301, "https://testserver/quiz/start/?target=cpo")
    check(response)
    for path in ("/healthz", "/readyz"):
        assert over_https.get(path).status_code == 200
