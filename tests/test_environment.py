"""Settings are read strictly: what is wrong is one line on standard error and exit status 2, before anything starts."""

import os
import re
import runpy
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment
from tests.commands import alone
from trials.certificates import authority

ROOT = Path(__file__).resolve().parent.parent
LONG_KEY = "Zk3vQ9-fXw1RrT7yLb2Jp0Hs_uMd4NcEoGa5iVt8WxKqYz6BjDmPeUhSgCnF"
PRODUCTION = {"SECRET_KEY": LONG_KEY, "ALLOWED_HOSTS": "ladder.example.com"}


NO_MAIL = ("http://mail.example.com", "smtp://m:hunter2#x@mail.example", "smtp://m:12/hunter2@mail.example")
NO_MAIL += ("smtp://m:12?hunter2@mail.example", "smtp://m:[hunter2@mail.example", "smtp://mail.example/?tsl=1")
NO_MAIL += ("smtp://mail.example/?tls=maybe", "smtp://mail.example/path", "smtps://m:hunter2@mail.example:99999")
NO_SITE = ("ladder.example.com", "https://a.example/ladder", "https://u:hunter2@a.example", "https://a.example/?x=1")
NO_SITE += ("https://a.example/#x", "https://a.example:port", "https://a.example?", "ftp://a.example", "https://")
NO_SITE += (
    "https://a b.example",
    "https://münchen.example",
    "https://a.example\nX: y",
    "https://[::1",
    "https://-.example",
)
NO_DATABASE = (
    "postgres://u:hunter2#x@db/n",
    "postgres://u:12/hunter2@db/n",
    "postgres://u:12?hunter2@db/n",
    "sqlite:///a#b",
)
NO_DATABASE += ("postgres://u:[hunter2@db/n",)


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
    done = alone("manage.py", "check", DATA_DIR=str(tmp_path))
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
        *(
            (PRODUCTION | {"SECRET_KEY": key}, "SECRET_KEY")
            for key in ("x", "k3y-" * 15, "django-insecure-" + LONG_KEY)
        ),
        *(
            (PRODUCTION | {"SECRET_KEY": key}, "SECRET_KEY")
            for key in ("0123456789" * 6, LONG_KEY[:49], "changeme" * 9)
        ),
        (PRODUCTION | {"DEBUG": "1"}, "DEBUG"),
        (PRODUCTION | {"PORT": "8001", "HEALTH_PORT": "8001"}, "HEALTH_PORT"),
        *((PRODUCTION | {"MAIL_URL": url}, "MAIL_URL") for url in NO_MAIL),
        *((PRODUCTION | {"SITE_URL": url}, "SITE_URL") for url in NO_SITE),
        *((PRODUCTION | {"DATABASE_URL": url}, "DATABASE_URL") for url in NO_DATABASE),
        *(
            (PRODUCTION | {"ALLOWED_HOSTS": host}, "ALLOWED_HOSTS")
            for host in ("https://a.example", "a.example:80", "a/b")
        ),
        (PRODUCTION | {"ALLOWED_HOSTS": "*"}, "SITE_URL"),
        (PRODUCTION | {"ALLOWED_HOSTS": ".a.example"}, "SITE_URL"),
        (PRODUCTION | {"CSRF_TRUSTED_ORIGINS": "a.example"}, "CSRF_TRUSTED_ORIGINS"),
        *((PRODUCTION | {"MAIL_FROM": text}, "MAIL_FROM") for text in ("Ladder", "a@b@c", "A <a@b.example")),
        (PRODUCTION | {"DEFAULT_LADDER": "../pm"}, "DEFAULT_LADDER"),
        (PRODUCTION | {"DATA_DIR": "/dev/null/data"}, "DATA_DIR"),
        *((PRODUCTION | {"CA_FILE": file}, "CA_FILE") for file in ("/no/ca.pem", "/", "/dev/null", __file__)),
        (PRODUCTION | {"GRANIAN_URL_PATH_PREFIX": "/ladder"}, "GRANIAN_URL_PATH_PREFIX is set: Rungwise needs a host"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else ",".join(f"{k}={v}"[:30] for k, v in value.items()),
)
def test_each_wrong_setting_is_named_and_no_secret_of_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, settings: dict[str, str], named: str
) -> None:
    with pytest.raises(ImproperlyConfigured, match=named) as refused:
        read(monkeypatch, tmp_path, **settings)
    assert "hunter2" not in str(refused.value)


def flag(default: bool) -> Any:
    return environment.flag("READ", default=default)


def number(default: int) -> Any:
    return environment.number("READ", default, low=1, high=9)


@pytest.mark.parametrize(
    ("reader", "default", "texts", "value"),
    [
        (flag, False, ["1", "true", "YES", " on "], True),
        (flag, True, ["0", "False", "no", "off"], False),
        *((number, 7, [text], int(text)) for text in ("1", "9", " 5 ")),
    ],
)
def test_what_is_set_is_read_kindly(
    monkeypatch: pytest.MonkeyPatch, reader: Any, default: Any, texts: list[str], value: Any
) -> None:
    for text in texts:
        monkeypatch.setenv("READ", text)
        assert reader(default) is value, text


@pytest.mark.parametrize(
    ("reader", "said", "texts"),
    [
        (flag, "READ", ["", "2", "y", "treu"]),
        (number, "whole number from 1 to 9", ["0", "10", "1.5", "", "many", "9" * 5000]),
        (lambda _: environment.database("READ", Path("unused")), "READ", ["postgres://user@host:5432/"]),
        (
            lambda _: environment.mailer("READ"),
            "READ",
            ["mail.example", "smtp://", "smtp://mail.example:no", "imap://mail.example"],
        ),
    ],
)
def test_what_makes_no_sense_is_refused(
    monkeypatch: pytest.MonkeyPatch, reader: Any, said: str, texts: list[str]
) -> None:
    for text in texts:
        monkeypatch.setenv("READ", text)
        with pytest.raises(ImproperlyConfigured, match=said):
            reader(7)


def test_defaults_hold_only_where_nothing_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SWITCH", "COUNT", "NAMES", "WORD"):
        monkeypatch.delenv(name, raising=False)
    assert environment.flag("SWITCH", default=True) is True
    assert environment.number("COUNT", 7, low=1, high=9) == 7
    assert environment.words("NAMES", ("a", "b")) == ["a", "b"]
    assert environment.choice("WORD", ("x", "y"), "y") == "y"
    monkeypatch.setenv("NAMES", "")
    assert environment.words("NAMES", ("a", "b")) == []
    monkeypatch.delenv("DATABASE_URL", raising=False)
    config = environment.database("DATABASE_URL", Path("/a.sqlite3"))
    assert (config["ENGINE"], config["NAME"]) == ("django.db.backends.sqlite3", "/a.sqlite3")


def test_database_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://mira:p%40ss%2Fword@db.example:6543/ladder")
    config = environment.database("DATABASE_URL", Path("unused"))
    assert (config["USER"], config["PASSWORD"]) == ("mira", "p@ss/word")
    assert (config["HOST"], str(config["PORT"]), config["NAME"]) == ("db.example", "6543", "ladder")


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


def test_authorities_are_read_to_the_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Remarks between them don't matter; one that is damaged would be missed later."""
    one, two = (authority(tmp_path, name).file.read_text() for name in ("one", "two"))
    file = tmp_path / "authorities.pem"
    monkeypatch.setenv("CA_FILE", str(file))
    file.write_text(f"# München\n{one}\n# and\n{two}")
    assert environment.authorities("CA_FILE") == str(file)
    for damaged in (one + two[:300], one + two.replace("M", "N"), "-----BEGIN CERTIFICATE-----"):
        file.write_text(damaged)
        with pytest.raises(ImproperlyConfigured, match=r"CA_FILE=.* holds no certificates in PEM, or one that is dam"):
            environment.authorities("CA_FILE")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("https://Ladder.example.com/", "https://ladder.example.com"),
        ("http://localhost:8000", "http://localhost:8000"),
        ("https://[::1]:8443/", "https://[::1]:8443"),
        ("https://xn--mnchen-3ya.example", "https://xn--mnchen-3ya.example"),
    ],
)
def test_the_address_of_the_site_has_one_form(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, given: str, kept: str
) -> None:
    said = read(monkeypatch, tmp_path, **PRODUCTION, SITE_URL=given)
    assert said["SITE_URL"] == kept
    assert said["CSRF_TRUSTED_ORIGINS"] == ([kept] if kept.startswith("https") else [])


NONSENSE = (
    "",
    " ",
    "x",
    "-1",
    "1e3",
    "9" * 400,
    "x" * 5000,
    "a b",
    "é",
    "\u202e",
    "a\nb",
    "\udcff",
    "/",
    "//",
    "://",
    "[",
    "]",
    "%",
    "%zz",
)
NONSENSE += (
    "@",
    "#",
    "?",
    ":",
    "a:b@c",
    "http://[",
    "postgres://[",
    "smtp://[",
    "*",
    "0x10",
    "１",
    "None",
    "{}",
    "'",
    "\\",
)
NAMES = re.findall(r"^\| `([A-Z_]+)` \|", (ROOT / "docs/operations.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("name", NAMES)
def test_no_setting_makes_a_traceback(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str) -> None:
    """Whatever stands in a setting, it is read, or refused in one line that names it."""
    monkeypatch.chdir(tmp_path)
    for profile in ("production", "local"):
        for value in NONSENSE:
            try:
                read(monkeypatch, tmp_path, **(PRODUCTION | {"PROFILE": profile, name: value}))
            except ImproperlyConfigured as error:
                said = str(error)
                assert name in said or (name == "ALLOWED_HOSTS" and "SITE_URL" in said), (value, said)
                assert said.isprintable(), (value, said)


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("SESSION_IDLE_HOUR", "SESSION_IDLE_HOURS"),
        ("SECRETKEY", "SECRET_KEY"),
        ("ALLOWED_HOST", "ALLOWED_HOSTS"),
        ("DATABASE_URI", "DATABASE_URL"),
        ("secret_key", "SECRET_KEY"),
        ("RUNGWISE_SITE_URL", "SITE_URL"),
        ("RUNGWISE_MAILURL", "MAIL_URL"),
    ],
)
def test_a_misspelt_setting_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, meant: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=f"{name} is no setting. Did you mean {meant}?"):
        read(monkeypatch, tmp_path, **PRODUCTION, **{name: "1"})


def test_names_of_others_are_none_of_ours(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Of the system, Docker, Kubernetes, PostgreSQL, Python and the shell."""
    others = """
    HOME HOST HOSTNAME LANG LANGUAGE LISTEN_FDS LISTEN_PID LOGNAME MAIL PATH PGHOST PGPASSWORD POSTGRES_PASSWORD
    POSTGRES_HOST DATABASE_HOST DATABASE_PORT DATABASE_NAME DATABASE_USER DATABASE_PASSWORD HTTPS_PROXY HTTP_PROXY
    NO_PROXY ALL_PROXY PUBLISHED_PORT PYTHONPATH RUNTIME_DIRECTORY STATE_DIRECTORY SSL_CERT_FILE TZ USER
    KUBERNETES_PORT XDG_DATA_DIRS
    """
    settings = PRODUCTION | dict.fromkeys(others.split(), "x") | {"RUNGWISE_PORT": "tcp://10.0.0.1:80"}
    assert read(monkeypatch, tmp_path, **settings)["SERVE_PORT"] == 8000


def test_all_settings_are_documented() -> None:
    assert set(NAMES) == environment.NAMES
