"""Settings are read strictly: what is wrong is one line on standard error and exit status 2, before anything starts."""

import os
import runpy
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment

ROOT = Path(__file__).resolve().parent.parent
LONG_KEY = "k3y-" * 15
PRODUCTION = {"SECRET_KEY": LONG_KEY, "ALLOWED_HOSTS": "ladder.example.com"}


def read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, **settings: str) -> dict[str, Any]:
    """config/settings.py as it is with these settings and nothing else in the environment."""
    with monkeypatch.context() as patch:
        patch.setattr(os, "environ", {"DATA_DIR": str(tmp_path), **settings})
        return runpy.run_path(str(ROOT / "config/settings.py"))


def test_production_needs_a_key_and_a_host_and_is_locked_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    said = read(monkeypatch, tmp_path, **PRODUCTION)
    assert said["SECURE_HSTS_SECONDS"] == 31_536_000
    switches = ("SECURE_SSL_REDIRECT", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
    assert all(said[name] for name in (*switches, "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE"))
    assert (said["SESSION_COOKIE_NAME"], said["CSRF_COOKIE_NAME"]) == ("__Host-session", "__Host-csrf")
    assert said["DEBUG"] is False


def test_local_profile_needs_nothing_and_keeps_its_key(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    key = read(monkeypatch, tmp_path, PROFILE="local")["SECRET_KEY"]
    assert len(key) >= 50
    assert (tmp_path / "secret_key").read_text() == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600
    assert read(monkeypatch, tmp_path, PROFILE="local")["SECRET_KEY"] == key


def test_a_wrong_setting_is_one_line_and_exit_2(tmp_path: Path) -> None:
    bare = {"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path)}
    check = [sys.executable, "manage.py", "check"]
    done = subprocess.run(check, cwd=ROOT, env=bare, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert line.startswith("rungwise: SECRET_KEY is not set")


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "SECRET_KEY"),
        ({"SECRET_KEY": "  "}, "SECRET_KEY"),
        ({"SECRET_KEY": LONG_KEY}, "ALLOWED_HOSTS"),
        (PRODUCTION | {"ALLOWED_HOSTS": " , "}, "ALLOWED_HOSTS"),
        ({"PROFILE": "prod"}, "PROFILE"),
        (PRODUCTION | {"DEBUG": "maybe"}, "DEBUG"),
        (PRODUCTION | {"HTTPS": ""}, "HTTPS"),
        (PRODUCTION | {"PORT": "eighty"}, "PORT"),
        (PRODUCTION | {"PORT": "0"}, "PORT"),
        (PRODUCTION | {"WORKERS": "1000"}, "WORKERS"),
        (PRODUCTION | {"LOG_LEVEL": "loud"}, "LOG_LEVEL"),
        (PRODUCTION | {"DATABASE_URL": "mysql://root@localhost/rungwise"}, "DATABASE_URL"),
        (PRODUCTION | {"DATABASE_URL": "postgres://user:hunter2@127.0.0.1:port/rungwise"}, "DATABASE_URL"),
        (PRODUCTION | {"DATABASE_URL": "postgress://user:hunter2@host/rungwise"}, "DATABASE_URL"),
        (PRODUCTION | {"DATABASE_URL": "not a url"}, "DATABASE_URL"),
        (PRODUCTION | {"MAIL_URL": "http://mail.example.com"}, "MAIL_URL"),
    ],
    ids=lambda value: value if isinstance(value, str) else ",".join(value) or "nothing",
)
def test_each_wrong_setting_is_named_and_no_secret_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: dict[str, str], named: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=named) as refused:
        read(monkeypatch, tmp_path, **settings)
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("value", ["1", "true", "YES", " on "])
def test_flag_is_on(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SWITCH", value)
    assert environment.flag("SWITCH", default=False) is True


@pytest.mark.parametrize("value", ["0", "False", "no", "off"])
def test_flag_is_off(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SWITCH", value)
    assert environment.flag("SWITCH", default=True) is False


@pytest.mark.parametrize("value", ["", "2", "y", "treu"])
def test_flag_that_is_neither(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("SWITCH", value)
    with pytest.raises(ImproperlyConfigured, match="SWITCH"):
        environment.flag("SWITCH", default=True)


def test_defaults_hold_only_where_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SWITCH", "COUNT", "NAMES", "WORD"):
        monkeypatch.delenv(name, raising=False)
    assert environment.flag("SWITCH", default=True) is True
    assert environment.number("COUNT", 7, low=1, high=9) == 7
    assert environment.words("NAMES", ("a", "b")) == ["a", "b"]
    assert environment.choice("WORD", ("x", "y"), "y") == "y"
    monkeypatch.setenv("NAMES", "")
    assert environment.words("NAMES", ("a", "b")) == []


@pytest.mark.parametrize(("value", "number"), [("1", 1), ("9", 9), (" 5 ", 5)])
def test_number_within_its_range(monkeypatch: pytest.MonkeyPatch, value: str, number: int) -> None:
    monkeypatch.setenv("COUNT", value)
    assert environment.number("COUNT", 7, low=1, high=9) == number


@pytest.mark.parametrize("value", ["0", "10", "1.5", "", "many", "9" * 5000])
def test_number_out_of_its_range(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("COUNT", value)
    with pytest.raises(ImproperlyConfigured, match="whole number from 1 to 9"):
        environment.number("COUNT", 7, low=1, high=9)


def test_database_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://mira:p%40ss%2Fword@db.example:6543/ladder")
    config = environment.database("DATABASE_URL", Path("unused"))
    assert (config["USER"], config["PASSWORD"]) == ("mira", "p@ss/word")
    assert (config["HOST"], str(config["PORT"]), config["NAME"]) == ("db.example", "6543", "ladder")


def test_database_is_a_file_by_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    config = environment.database("DATABASE_URL", tmp_path / "a.sqlite3")
    assert config["ENGINE"] == "django.db.backends.sqlite3"
    assert config["NAME"] == str(tmp_path / "a.sqlite3")


def test_database_without_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://user@host:5432/")
    with pytest.raises(ImproperlyConfigured, match="DATABASE_URL"):
        environment.database("DATABASE_URL", Path("unused"))


@pytest.mark.parametrize(
    ("url", "port", "ssl", "tls"),
    [
        ("smtp://m:p%3Aq@mail.example", 587, False, True),
        ("smtp://m:p%3Aq@mail.example:25/?tls=0", 25, False, False),
        ("smtps://m:p%3Aq@mail.example", 465, True, False),
    ],
)
def test_mail_server_parts(monkeypatch: pytest.MonkeyPatch, url: str, port: int, ssl: bool, tls: bool) -> None:
    monkeypatch.setenv("MAIL_URL", url)
    options = environment.mailer("MAIL_URL")["OPTIONS"]
    assert (options["host"], options["username"], options["password"]) == ("mail.example", "m", "p:q")
    assert (options["port"], options["use_ssl"], options["use_tls"]) == (port, ssl, tls)


@pytest.mark.parametrize("url", ["mail.example", "smtp://", "smtp://mail.example:no", "imap://mail.example"])
def test_mail_server_that_cannot_be_read(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("MAIL_URL", url)
    with pytest.raises(ImproperlyConfigured, match="MAIL_URL"):
        environment.mailer("MAIL_URL")
