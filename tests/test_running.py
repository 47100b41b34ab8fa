"""What an operator looks at: /readyz, /metrics, request ids, log lines and the doctor."""

import io
import json
import logging
import os
import secrets
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import structlog
from django.core.cache import cache
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.http import Http404
from django.test import Client
from django.urls import reverse

from config import doctor, health
from config.logs import json_lines, plain_lines
from people.mail import heartbeat
from people.models import OutboxMail, User
from tests.assessments.quiz.quiz_steps import answer, start
from tests.factories import make_user
from tests.pages import page_of

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent
TOKEN = "a-token-for-the-figures-of-tests"


# Readiness


@pytest.fixture
def in_background(settings: Any) -> None:
    settings.MAIL_IN_BACKGROUND = True
    cache.delete(heartbeat.KEY)


def test_a_worker_that_is_silent_is_a_warning(client: Client, in_background: None) -> None:
    assert client.get("/readyz").json() == {"status": "ok", "warnings": ["no worker of jobs has been seen"]}
    heartbeat.beat()
    assert client.get("/readyz").json() == {"status": "ok"}
    cache.set(heartbeat.KEY, time.time() - 1000, 60)
    (warning,) = client.get("/readyz").json()["warnings"]
    assert warning.startswith("the worker of jobs was last seen 1000")


def test_a_worker_says_that_it_lives(in_background: None) -> None:
    call_command("run_worker", "--batch")
    age = heartbeat.age()
    assert age is not None
    assert age < 60


def test_without_a_ladder_nobody_is_sent_here(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEFAULT_LADDER = "none-such"
    monkeypatch.setattr(health, "_has_ladder", False)
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["reason"] == "no ladder 'none-such' is loaded: run manage.py load_ladder"


def test_a_disk_that_is_nearly_full_is_a_warning(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: SimpleNamespace(free=123_456_789))
    assert "only 123 MB are free where the data folder is" in client.get("/readyz").json()["warnings"]


# Request ids


def test_each_answer_has_an_id(client: Client) -> None:
    assert len({client.get(path).headers["X-Request-ID"] for path in ("/", "/", "/nothing/", "/healthz")}) == 4


def test_only_a_trusted_proxy_names_a_request(client: Client, settings: Any) -> None:
    headers = {"X-Request-ID": "from-the-proxy-17"}
    assert client.get("/", headers=headers).headers["X-Request-ID"] != "from-the-proxy-17"
    settings.TRUST_REQUEST_ID_HEADER = True
    assert client.get("/", headers=headers).headers["X-Request-ID"] == "from-the-proxy-17"
    for bad in ("short", "x" * 65, 'a"b{c}d e-f', "line\u2028break-it"):
        assert client.get("/", headers={"X-Request-ID": bad}).headers["X-Request-ID"] != bad


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500, 503])
def test_the_number_on_an_error_page_is_the_one_in_the_log(
    member_client: Client,
    monkeypatch: pytest.MonkeyPatch,
    settings: Any,
    status: int,
) -> None:
    errors = {400: BadRequest(), 403: PermissionDenied(), 404: Http404(), 500: ValueError(), 503: OperationalError()}
    if status == 413:
        settings.BODY_MAX = 10
    if status == 429:
        settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "0/m/key")

    def fail(*_: Any, **__: Any) -> None:
        raise errors[status]

    if status in errors:
        monkeypatch.setattr("assessments.report.views.render", fail)
    member_client.raise_request_exception = False
    logged: list[str] = []

    def note(level: int, *_: Any, **__: Any) -> None:
        # What was refused, or went wrong on our side, is worth a look.
        assert (level == logging.WARNING) == (status not in {400, 404, 405})
        logged.append(structlog.contextvars.get_contextvars()["request_id"])

    monkeypatch.setattr("config.watching.log.log", note)
    match status:
        case 405:
            response = member_client.get(reverse("set_digest"))
        case 413:
            response = member_client.post("/reports/", {"text": "x" * 100})
        case 429:
            response = member_client.get(reverse("export_evidence_csv"))
        case _:
            response = member_client.get("/reports/")
    assert response.status_code == status
    main = page_of(response).one("main")
    number = main.one("code").text
    assert "If you write to us, this number helps:" in main.text
    assert logged == [number] == [response.headers["X-Request-ID"]]


def test_a_form_that_has_expired_shows_its_number_too(member: User) -> None:
    client = Client(enforce_csrf_checks=True)
    response = client.post("/account/login/", {"login": "a@b.example"})
    assert response.status_code == 403
    assert page_of(response).one("code").text == response.headers["X-Request-ID"]


def test_nothing_is_traced_back(client: Client) -> None:
    """TRACE would tell a script what cookies the browser sent."""
    for path in ("/", "/reports/", "/quiz/start/", "/account/login/", "/static/css/base.css", "/healthz"):
        response = client.generic("TRACE", path, headers={"X-Canary": "zqheader"})
        body = response.getvalue() if response.streaming else response.content
        assert b"zqheader" not in body


def test_an_error_page_that_fails_too_is_still_an_answer(
    member_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ValueError("Missing staticfiles manifest entry")

    monkeypatch.setattr("assessments.report.views.render", fail)
    monkeypatch.setattr("config.errors.render", fail)
    member_client.raise_request_exception = False
    response = member_client.get("/reports/", headers={"accept": "text/html"})
    number = response.headers["X-Request-ID"]
    said = f"Something went wrong on our side.\nIf you write to us, this number helps: {number}"
    assert (response.status_code, response.text) == (500, said)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "no-store" in response.headers["Cache-Control"]


# Log lines


def record(name: str, message: str, *values: object, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, message, values, None)
    made.__dict__.update(extra)
    return made


def test_a_line_is_one_line_whatever_is_in_it() -> None:
    line = json_lines().format(record("people.mail.outbox", "mail %s\nlevel=critical", "\r\n\u2028{}"))
    assert len(line.splitlines()) <= 2  # U+2028 stands in it as it is, and no reader of JSON lines breaks there
    assert "\n" not in line
    said = json.loads(line)
    assert said["message"] == "mail \r\n\u2028{}\nlevel=critical"
    assert (said["level"], said["logger"]) == ("error", "people.mail.outbox")


def test_what_django_says_of_a_path_is_left_out() -> None:
    said = record("django.request", "%s: %s", "Internal Server Error", "/shared/secret-token/", status_code=500)
    for form in (json_lines(), plain_lines()):
        assert "secret-token" not in form.format(said)
    refused = record(
        "django.security.csrf", "Forbidden (%s): %s", "no cookie", "/shared/secret-token/", status_code=403
    )
    assert json.loads(json_lines().format(refused))["message"] == "refused: csrf"


def test_the_server_s_own_traceback_loses_its_texts() -> None:
    text = 'Application callable raised an exception\nTrace:\n  File "a.py", line 3, in b\nValueError: mira@example.com'
    said = json.loads(json_lines().format(record("_granian.utils", text)))
    assert said["message"] == "Application callable raised an exception"
    assert said["errors"] == [{"places": ['File "a.py", line 3, in b']}]
    assert "mira" not in json.dumps(said)


def test_extras_are_only_those_that_are_known() -> None:
    said = json.loads(json_lines().format(record("rungwise.request", "request", route="show_home", user="mira")))
    assert said["route"] == "show_home"
    assert "user" not in said


# Figures


def test_there_are_no_figures_unless_somebody_set_a_token(client: Client) -> None:
    assert client.get("/metrics").status_code == 404


def test_figures_are_for_who_knows_the_token(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    for wrong in ({}, {"Authorization": "Bearer x"}, {"Authorization": TOKEN}, {"Authorization": "Bearer é"}):
        response = client.get("/metrics", headers=wrong)
        assert (response.status_code, response.content) == (401, b"")


def figures(client: Client) -> dict[str, float]:
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).text
    rows = (line.rpartition(" ") for line in text.splitlines() if line and not line.startswith("#"))
    return {name: float(value) for name, _, value in rows}


def test_figures_count_requests_saves_and_mails(client: Client, rubric: Any, settings: Any) -> None:
    settings.METRICS_TOKEN = TOKEN
    draft = start(client)
    before = figures(client)
    answer(client, draft, "data", step="3")
    answer(client, draft, "data", step="17")
    OutboxMail.objects.create(
        message={}, created_at="2026-01-01T00:00Z", queued_at="2026-01-01T00:00Z", next_at="2026-01-01T00:00Z"
    )
    client.get(f"/quiz/{draft.pk}/")
    after = figures(client)

    def more(name: str) -> float:
        return after.get(name, 0) - before.get(name, 0)

    assert more('rungwise_saves_total{outcome="saved",what="answer"}') == 1
    assert more('rungwise_saves_total{outcome="refused",what="answer"}') == 1
    assert more('rungwise_request_seconds_count{method="GET",route="show_quiz",status="2xx"}') == 1
    assert after['rungwise_outbox_mails{state="waiting"}'] == 1
    assert after["rungwise_outbox_oldest_seconds"] > 3600
    assert after["rungwise_database_up"] == 1
    assert str(draft.pk) not in str(after)


def test_figures_say_that_the_database_is_away(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.METRICS_TOKEN = TOKEN

    def gone(*_: Any, **__: Any) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr(CursorWrapper, "execute", gone)
    assert figures(client)["rungwise_database_up"] == 0


# The doctor


def test_the_doctor_finds_nothing_that_fails_here() -> None:
    out = io.StringIO()
    call_command("doctor", stdout=out)
    lines = out.getvalue().splitlines()
    # The server that .ci/run starts for itself waits for no disk, and the doctor is right to say so.
    assert not [line for line in lines if line.startswith("fail") and "fsync" not in line]
    names = {line[6:20].strip() for line in lines}
    assert names >= {"settings", "https", "disk", "mail", "database", "migrations", "triggers", "ladder", "clock"}
    assert names >= {"worker", "queue", "second factor", "second steps"}


def test_the_doctor_says_what_to_do(settings: Any, in_background: None, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEFAULT_LADDER = "none-such"
    settings.HTTPS, settings.SECURE_PROXY_SSL_HEADER = True, None
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: SimpleNamespace(free=1_000_000))
    out = io.StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("doctor", format="json", stdout=out)
    assert ended.value.code == 1
    said = json.loads(out.getvalue())
    assert said["healthy"] is False
    bad = {row["name"]: row for row in said["findings"] if row["state"] != "ok"}
    assert {"ladder", "https", "disk", "worker"} <= set(bad)
    assert all(row["do"] for row in bad.values())


def test_the_doctor_misses_a_trigger_that_is_gone() -> None:
    (before,) = doctor._triggers()
    assert before.state == "ok"
    with connection.cursor() as cursor:
        on = "" if connection.vendor == "sqlite" else " ON ladder_framework"
        cursor.execute(f"DROP TRIGGER framework_frozen{on}")
    (finding,) = doctor._triggers()
    assert finding.state == "fail"
    assert "framework_frozen" in finding.said


def test_the_doctor_sees_a_mail_server_that_refuses(settings: Any) -> None:
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 9, "timeout": 2},
        }
    }
    (finding,) = doctor._mail()
    assert (finding.state, finding.said) == ("fail", "the mail server can’t be used: ConnectionRefusedError")


def test_the_doctor_sees_mails_that_wait_and_those_given_up() -> None:
    long_ago = "2026-01-01T00:00Z"
    times = {"created_at": long_ago, "queued_at": long_ago, "next_at": long_ago}
    OutboxMail.objects.create(message={}, **times)
    OutboxMail.objects.create(message={}, given_up_at=long_ago, **times)
    make_user("somebody@example.com")
    assert [finding.state for finding in doctor._queue()] == ["warn", "warn"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no such setting")
def test_the_doctor_sees_commits_that_are_not_waited_for() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    states = {finding.state: finding.said for finding in doctor._database()}
    assert "synchronous_commit" in states["fail"]


def run_doctor(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {
        "PATH": os.environ["PATH"],
        "DATA_DIR": str(tmp_path),
        "SECRET_KEY": "k3y-" * 15,
        "ALLOWED_HOSTS": "a.example",
    }
    command = [sys.executable, "manage.py", "doctor"]
    return subprocess.run(command, cwd=ROOT, env=own | environment, capture_output=True, text=True, check=False)


def test_the_doctor_examines_a_machine_that_is_not_set_up(tmp_path: Path) -> None:
    key = secrets.token_urlsafe(64)
    done = run_doctor(tmp_path, STATIC_ROOT=str(tmp_path / "static"), SECRET_KEY=key)
    assert done.returncode == 1
    assert done.stderr == ""
    assert "ok    settings" in done.stdout
    assert key not in done.stdout
    failing = {line[6:18].strip() for line in done.stdout.splitlines() if line.startswith("fail")}
    assert {"migrations", "triggers", "static files", "https", "ladder"} <= failing
    away = run_doctor(tmp_path, DATABASE_URL="postgres://nobody:hunter2@127.0.0.1:9/none", SITE_URL="https://b.example")
    assert "fail  settings      SITE_URL leads to b.example" in away.stdout
    assert away.returncode == 1
    assert "fail  database" in away.stdout
    assert "hunter2" not in away.stdout + away.stderr


def test_the_doctor_is_asked_wrongly() -> None:
    with pytest.raises(CommandError, match="invalid choice: 'xml'"):
        call_command("doctor", "--format", "xml")
