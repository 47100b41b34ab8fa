"""What the fuzz found, each with a test of its own; and a small slice of the fuzz itself."""

from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.test import Client

from config.wsgi import Handler
from tests.abuse.fuzzing import Asked, Fuzzer, connection_kept
from tests.access.world import World
from tests.factories import PASSWORD, make_user

pytestmark = pytest.mark.django_db
FEW = 250


def test_a_slice_of_the_fuzz(world: World, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """trials/faults/fuzz.py sends two hundred times as many."""
    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("zeal")]
    fuzzer = Fuzzer(world, seed=20)
    fuzzer.run(FEW)
    assert not fuzzer.broken, "\n".join(f"{found.asked}\n{found.trace}" for found in fuzzer.broken.values())
    # It gets through to pages and forms, and not only to refusals.
    assert fuzzer.statuses[200] + fuzzer.statuses[302] > FEW / 4
    assert len(fuzzer.names) > 40


def test_the_fuzz_sees_what_breaks(world: World, monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("made to break")

    settings.MIDDLEWARE = [name for name in settings.MIDDLEWARE if not name.startswith("zeal")]
    monkeypatch.setattr("ladder.pages.views_lookup.search", broken)
    fuzzer = Fuzzer(world, seed=1)
    with fuzzer._listening(), transaction.atomic():
        assert fuzzer.ask("anonymous", Asked("GET", b"/ladder/search/", b"q=pricing")) is False
        transaction.set_rollback(True)
    (found,) = fuzzer.broken.values()
    assert "made to break" in found.trace
    assert fuzzer.statuses == {500: 1}


@pytest.mark.parametrize("cookie", ["x", "", "a" * 5000])
@pytest.mark.parametrize("path", ["/", "/ladder/", "/ladder/tracks/"])
def test_an_ended_session_is_no_session(client: Client, rubric: Any, path: str, cookie: str) -> None:
    client.cookies[settings.SESSION_COOKIE_NAME] = cookie
    assert client.get(path).status_code == 200


@pytest.mark.parametrize("page", ["http://[", "http://[::1", "http://testserver/" + "a" * 5000])
def test_htmx_on_a_page_that_is_no_address(client: Client, world: World, page: str) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": page}
    answer = client.get("/trend/", headers=headers)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (401, "/account/login/?next=/")
    answer = client.post(f"/reviews/{world.ids['review_draft']}/answer/strategy/", headers=headers)
    assert answer.status_code == 401
    assert "/account/login/?next=/" in answer.content.decode()


@pytest.mark.parametrize("credential", ["9" * 5000, "[" * 200_000, "9", "[]", "x"])
def test_a_passkey_that_is_no_passkey(client: Client, rubric: Any, credential: str) -> None:
    answer = client.post("/account/2fa/webauthn/login/", {"credential": credential})
    assert answer.status_code < 500


@pytest.mark.parametrize(
    "target", ["+1", "jav", "http://[", "//elsewhere.example", "/\\elsewhere", "/" + "a" * 5000, ""]
)
def test_names_of_levels_lead_back_to_the_map_from_nowhere(client: Client, rubric: Any, target: str) -> None:
    answer = client.post("/ladder/scheme/", {"scheme": "", "next": target})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/ladder/")


def test_names_of_levels_are_chosen_from_here_and_lead_back(client: Client, rubric: Any) -> None:
    said = {"scheme": "", "next": "/ladder/tracks/?a=b"}
    answer = client.post("/ladder/scheme/", said, headers={"Origin": "http://testserver"})
    assert answer.headers["Location"] == said["next"]
    for origin in ("http://[", "null", "http://elsewhere.example", "testserver"):
        assert client.post("/ladder/scheme/", said, headers={"Origin": origin}).status_code == 403


@pytest.mark.parametrize("path", ["/account/password/reset/key/done/", "/account/login/", "/account/signup/"])
def test_a_way_on_that_is_no_address(client: Client, path: str) -> None:
    assert client.get(path, {"next": "http://["}).status_code == 200
    if path == "/account/login/":
        make_user("member@example.com")
        said = {"login": "member@example.com", "password": PASSWORD, "next": "http://["}
        assert client.post(path, said).headers["Location"] == "/"


@pytest.mark.parametrize(
    "kind", ["text/plain; charset=rot13", "x; charset=base64", "application/json; charset=zz", "\xff", "a=" * 20_000]
)
def test_a_kind_of_body_that_is_none(rubric: Any, kind: str) -> None:
    """Straight to the application: the test client sends no such thing."""
    started: list[str] = []
    fuzzer = Fuzzer.__new__(Fuzzer)
    fuzzer.jar = {}  # type: ignore[assignment]
    environ = fuzzer._environ(Asked("POST", b"/quiz/start/", b"a=1", b"a=1", kind))
    with connection_kept():
        Handler()(environ, lambda status, _headers: started.append(status))
    assert started == ["403 Forbidden"]


@pytest.mark.parametrize(("path", "status"), [("/account/login/", 400), ("/no-such-page/", 404), ("/plan/add/", 400)])
def test_a_form_in_another_charset(rubric: Any, path: str, status: int) -> None:
    """The page that says so must not read the body again."""
    kind = "application/x-www-form-urlencoded; charset=utf-16"
    client = Client(enforce_csrf_checks=True)
    client.cookies[settings.CSRF_COOKIE_NAME] = "a" * 32
    answer = client.generic("POST", path, b"a=1", content_type=kind, headers={"Accept": "text/html"})
    assert answer.status_code == status
    assert "</html>" in answer.content.decode()
