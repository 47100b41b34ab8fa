"""What an operator looks at: /readyz, /metrics, request ids, log lines and the doctor."""

import io
import json
import logging
import os
import re
import secrets
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import Mock

import pytest
import structlog
from django.core.cache import cache
from django.core.exceptions import BadRequest, PermissionDenied
from django.core.management import CommandError, call_command
from django.db import OperationalError, connection
from django.http import Http404
from django.test import Client
from django.urls import reverse

from config import doctor, health
from config.logs import json_lines, plain_lines
from config.version import VERSION
from people.mail import heartbeat
from people.management import serving
from people.models import OutboxMail
from tests.commands import alone, ran
from tests.factories import client_of, make_user
from tests.pages import page_of
from trials.load import free_port

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent
LONG_AGO = "2026-01-01T00:00Z"
WAITING = dict.fromkeys(("created_at", "queued_at", "next_at"), LONG_AGO)
TOKEN = "a-token-for-the-figures-of-tests"


def as_ours() -> dict[str, str]:
    """As the keeper and the doctor ask, who have our key."""
    return {health.DOCTOR_HEADER: health.doctor.sign("who")}


@pytest.fixture
def in_background(settings: Any) -> None:
    settings.MAIL_IN_BACKGROUND = True
    cache.delete(heartbeat.KEY)


def test_a_worker_that_is_silent_and_a_full_disk_are_warnings(
    client: Client, in_background: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/readyz", headers=as_ours()).json() == {
        "status": "ok",
        "warnings": ["no worker of jobs has been seen"],
    }
    call_command("run_worker", "--batch")
    assert (heartbeat.age() or 0) < 60
    assert client.get("/readyz", headers=as_ours()).json() == {"status": "ok"}
    cache.set(heartbeat.KEY, time.time() - 1000, 60)
    monkeypatch.setattr(health.shutil, "disk_usage", lambda _: SimpleNamespace(free=123_456_789))
    silent, full = sorted(client.get("/readyz", headers=as_ours()).json()["warnings"], reverse=True)
    assert silent.startswith("the worker of jobs was last seen 1000")
    assert full == "only 123 MB are free where the data folder is"


def test_without_a_ladder_nobody_is_sent_here(client: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEFAULT_LADDER = "none-such"
    monkeypatch.setattr(health, "_has_ladder", False)
    response = client.get("/readyz", headers=as_ours())
    assert response.status_code == 503
    assert response.json()["reason"] == "no ladder 'none-such' is loaded: run manage.py load_ladder"


def test_only_a_trusted_proxy_names_a_request(client: Client, settings: Any) -> None:
    assert len({client.get(path).headers["X-Request-ID"] for path in ("/", "/", "/nothing/", "/healthz")}) == 4
    headers = {"X-Request-ID": "from-the-proxy-17"}
    assert client.get("/", headers=headers).headers["X-Request-ID"] != "from-the-proxy-17"
    settings.TRUST_REQUEST_ID_HEADER = True
    assert client.get("/", headers=headers).headers["X-Request-ID"] == "from-the-proxy-17"
    for bad in ("short", "x" * 65, 'a"b{c}d e-f', "line\u2028break-it"):
        assert client.get("/", headers={"X-Request-ID": bad}).headers["X-Request-ID"] != bad


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 429, 500, 503])
def test_the_number_on_an_error_page_is_the_one_in_the_log(
    member_client: Client, monkeypatch: pytest.MonkeyPatch, settings: Any, status: int
) -> None:
    errors = {400: BadRequest(), 403: PermissionDenied(), 404: Http404(), 500: ValueError(), 503: OperationalError()}
    if status == 413:
        settings.BODY_MAX = 10
    if status == 429:
        settings.RATE_LIMITS = dict.fromkeys(settings.RATE_LIMITS, "0/m/key")

    if status in errors:
        monkeypatch.setattr("assessments.report.views.render", Mock(side_effect=errors[status]))
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


def test_a_form_that_has_expired_shows_its_number_too(rubric: Any) -> None:
    expired = Client(enforce_csrf_checks=True).post("/account/login/", {"login": "a@b.example"})
    assert expired.status_code == 403
    assert page_of(expired).one("code").text == expired.headers["X-Request-ID"]


def test_nothing_is_traced_back(client: Client) -> None:
    """TRACE would tell a script what cookies the browser sent."""
    for path in ("/", "/reports/", "/quiz/start/", "/account/login/", "/static/css/base.css", "/healthz"):
        response = client.generic("TRACE", path, headers={"X-Canary": "zqheader"})
        body = response.getvalue() if response.streaming else response.content
        assert b"zqheader" not in body


def test_an_error_page_that_fails_too_is_still_an_answer(
    member_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("assessments.report.views.render", "config.errors.render"):
        monkeypatch.setattr(name, Mock(side_effect=ValueError("Missing staticfiles manifest entry")))
    member_client.raise_request_exception = False
    response = member_client.get("/reports/", headers={"accept": "text/html"})
    number = response.headers["X-Request-ID"]
    said = f"Something went wrong on our side.\nIf you write to us, this number helps: {number}"
    assert (response.status_code, response.text) == (500, said)
    assert "default-src 'none'" in response.headers["Content-Security-Policy"]
    assert "no-store" in response.headers["Cache-Control"]


def record(name: str, message: str, *values: object, **extra: Any) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.ERROR, __file__, 1, message, values, None)
    made.__dict__.update(extra)
    return made


def test_a_line_is_one_line_whatever_is_in_it() -> None:
    line = json_lines().format(
        record("people.mail.outbox", "mail %s\nlevel=critical", "\r\n\u2028{}", route="show_home", user="mira")
    )
    assert len(line.splitlines()) <= 2  # U+2028 stands in it as it is, and no reader of JSON lines breaks there
    assert "\n" not in line
    said = json.loads(line)
    assert said["message"] == "mail \r\n\u2028{}\nlevel=critical"
    # Of what else a record holds, only what is known.
    assert (said["level"], said["logger"], said["route"]) == ("error", "people.mail.outbox", "show_home")
    assert "user" not in said


def test_what_django_says_of_a_path_is_left_out() -> None:
    path = "/shared/secret-token/"
    said = record("django.request", "%s: %s", "Internal Server Error", path, status_code=500)
    for form in (json_lines(), plain_lines()):
        assert "secret-token" not in form.format(said)
    refused = record("django.security.csrf", "Forbidden (%s): %s", "no cookie", path, status_code=403)
    assert json.loads(json_lines().format(refused))["message"] == "refused: csrf"


def test_the_server_s_own_traceback_loses_its_texts() -> None:
    text = 'Application callable raised an exception\nTrace:\n  File "a.py", line 3, in b\nValueError: mira@example.com'
    said = json.loads(json_lines().format(record("_granian.utils", text)))
    assert said["message"] == "Application callable raised an exception"
    assert said["errors"] == [{"places": ['File "a.py", line 3, in b']}]
    assert "mira" not in json.dumps(said)


def test_which_release_runs_is_told_to_who_may_know(client: Client, settings: Any) -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == VERSION
    assert f"## {VERSION.partition('.dev')[0]}" in (ROOT / "CHANGELOG.md").read_text()
    assert f"/rungwise:{VERSION.partition('.dev')[0]}\n" in (ROOT / "deploy/kubernetes/rungwise.yaml").read_text()
    for words in ("version", "--version"):
        assert alone("manage.py", words).stdout == f"Rungwise {VERSION}\n"
    settings.METRICS_TOKEN = TOKEN
    assert client.get("/healthz").json() == {"status": "ok"}
    known = client.get("/healthz", headers={"Authorization": f"Bearer {TOKEN}"})
    assert known.json() == {"status": "ok", "version": VERSION}
    staff, person = make_user("staff@example.com", is_staff=True), make_user()
    shown = [VERSION in client_of(one).get("/account/", follow=True).content.decode() for one in (staff, person)]
    assert shown == [True, False]
    assert VERSION not in client.get("/").content.decode()


def test_a_command_whose_output_nobody_reads_ends_without_a_word() -> None:
    """As `manage.py export_ladder pm | head` when head has enough."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "manage.py", "ladder_schema"]
    env = {"PATH": os.environ["PATH"]}
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


def test_without_its_styles_the_site_is_not_ready(
    client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: Any
) -> None:
    """A collectstatic that was forgotten at an upgrade makes each page fail, and a balancer has to see it."""
    monkeypatch.setattr(health, "_has_files", False)
    gone = SimpleNamespace(hashed_files={})
    monkeypatch.setattr(serving, "staticfiles_storage", gone)
    said = client.get("/readyz", headers=as_ours())
    assert said.status_code == 503
    assert re.fullmatch(r"\d+ static files are not collected, 0 .*: run manage.py collectstatic", said.json()["reason"])
    with pytest.raises(CommandError, match="collectstatic"):
        serving.refuse_without_static_files()
    settings.STATIC_ROOT = tmp_path
    sources = {path for finder in serving.get_finders() for path, _ in finder.list([])}
    gone.hashed_files = {path: path for path in sources}
    assert serving.missing_static_files().startswith("0 static files are not collected, ")
    for path in sources:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert client.get("/readyz").status_code == 200


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgres://postgres@127.0.0.1:1/x", "Connection refused"),
        ("postgres://postgres@no.invalid/x", "no.invalid"),
        ("sqlite:////no/such/folder/x.sqlite3", "/no/such/folder/x.sqlite3: unable to open database file"),
    ],
)
@pytest.mark.parametrize("command", [("migrate",), ("serve",), ("doctor",)])
def test_why_the_database_is_away_is_one_line(command: tuple[str, ...], url: str, said: str, tmp_path: Path) -> None:
    wrong = {"DATABASE_URL": url, "DATABASE_PRIVATE_NETWORK": "1", "MIGRATE": "1", "PORT": str(free_port())}
    done = alone("manage.py", *command, PROFILE="local", DATA_DIR=str(tmp_path), **wrong)
    if command == ("doctor",):
        (line,) = [line for line in done.stdout.splitlines() if line.startswith("fail  database")]
    else:
        assert done.returncode == 2
        (line,) = [line for line in done.stderr.splitlines() if "can't be reached" in line]
    assert said in line
    assert "Traceback" not in done.stderr


def test_the_doctor_finds_nothing_that_fails_here() -> None:
    lines = ran("doctor").splitlines()
    # The server that .ci/run starts for itself waits for no disk, and the doctor is right to say so.
    assert not [line for line in lines if line.startswith("fail") and "fsync" not in line]
    names = {line[6:20].strip() for line in lines}
    assert names >= {"settings", "https", "disk", "mail", "database", "migrations", "triggers", "ladder", "clock"}
    assert names >= {"worker", "queue", "second factor", "second steps"}


def test_the_doctor_says_what_to_do(settings: Any, in_background: None, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.DEFAULT_LADDER = "none-such"
    settings.HTTPS, settings.TRUST_PROXY_HTTPS_HEADER = True, False
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
    with pytest.raises(CommandError, match="invalid choice: 'xml'"):
        call_command("doctor", "--format", "xml")


def test_the_doctor_misses_a_trigger_that_is_gone() -> None:
    (before,) = doctor._triggers()
    assert before.state == "ok"
    with connection.cursor() as cursor:
        on = "" if connection.vendor == "sqlite" else " ON ladder_framework"
        cursor.execute(f"DROP TRIGGER framework_frozen{on}")
    (finding,) = doctor._triggers()
    assert finding.state == "fail"
    assert "framework_frozen" in finding.said


def test_the_doctor_sees_a_mail_server_that_refuses_mails_that_wait_and_those_given_up(settings: Any) -> None:
    backend, options = "django.core.mail.backends.smtp.EmailBackend", {"host": "127.0.0.1", "port": 9, "timeout": 2}
    settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": options}}
    (finding,) = doctor._mail()
    said = "the mail server can’t be used: [Errno 111] Connection refused (ConnectionRefusedError)"
    assert (finding.state, finding.said) == ("fail", said)
    for given_up_at in (None, LONG_AGO):
        OutboxMail.objects.create(message={}, given_up_at=given_up_at, **WAITING)
    assert [finding.state for finding in doctor._queue()] == ["warn", "warn"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite has no such setting")
def test_the_doctor_sees_commits_that_are_not_waited_for() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL synchronous_commit = off")
    states = {finding.state: finding.said for finding in doctor._database()}
    assert "synchronous_commit" in states["fail"]


def run_doctor(tmp_path: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    own = {"DATA_DIR": str(tmp_path), "SECRET_KEY": secrets.token_urlsafe(64), "ALLOWED_HOSTS": "a.example"}
    return alone("manage.py", "doctor", **own | environment)


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
    six = run_doctor(tmp_path, ALLOWED_HOSTS="[::1]", LISTEN="[::1]", STATIC_ROOT=str(tmp_path / "static"))
    assert "SITE_URL leads to" not in six.stdout
    assert "fail  database" in away.stdout
    assert "hunter2" not in away.stdout + away.stderr
