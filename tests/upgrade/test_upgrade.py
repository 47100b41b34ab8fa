"""Whoever ran the first version finds everything again after an upgrade: its databases, files and secret addresses.

kept/ holds what the first version left behind, made by make.py; kept/*.json says what each page showed then. Today's
code migrates a copy and opens it. Addresses, commands and settings are all that these tests know of the code.
"""

import json
import lzma
import os
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from django.conf import settings
from django.db import connection

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KEPT = HERE / "kept"
TOMASZ = "senior@demo.example"


class Page(NamedTuple):
    status: int
    text: str
    at: str

    def lacks(self, *words: str) -> list[str]:
        """What the page should say and does not."""
        read = " ".join(unescape(self.text).split())
        return [word for word in words if word not in read]


class Site:
    """The kept database of one kind, brought up to date, behind today's pages."""

    def __init__(self, held: dict[str, Any], process: subprocess.Popen[str], errors: Path) -> None:
        self.held = held
        self._process = process
        self._errors = errors

    def _ask(self, **asked: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        # One that ended at once, over a migration perhaps, has said why.
        with suppress(BrokenPipeError):
            self._process.stdin.write(json.dumps(asked) + "\n")
            self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, self._errors.read_text()[-5000:]
        said: dict[str, Any] = json.loads(line)
        return said

    def get(self, who: str, path: str, **more: Any) -> Page:
        """A page as a person of the demo company sees it, by their address; "" is somebody without an account."""
        said = self._ask(**({"browser": f"of {who}", "user": who, "path": path} | more))
        assert said["status"] < 500, self._errors.read_text()[-5000:]
        return Page(said["status"], said["text"], said["at"])

    def post(self, browser: str, path: str, **data: Any) -> Page:
        return self.get("", path, browser=browser, data=data)

    def manage(self, *words: str) -> str:
        said = self._ask(manage=words)
        assert said["status"] == 0, said["text"]
        return str(said["text"])


def unpacked(name: str, folder: Path) -> Path:
    file = folder / name.removesuffix(".xz")
    file.write_bytes(lzma.decompress((KEPT / name).read_bytes()))
    return file


@contextmanager
def sqlite_copy(folder: Path) -> Iterator[str]:
    yield f"sqlite:///{unpacked('sqlite.sqlite3.xz', folder)}"


@contextmanager
def postgresql_copy(folder: Path) -> Iterator[str]:
    """In a database of the test's own on the server that the tests use, gone afterwards."""
    import psycopg
    from psycopg import sql

    own = settings.DATABASES["default"]
    name = sql.Identifier(f"upgrade_{os.getpid()}")
    admin = {"host": own["HOST"], "port": own["PORT"] or 5432, "user": own["USER"], "password": own["PASSWORD"] or None}
    with psycopg.connect(**admin, dbname="postgres", autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(name))
        try:
            with psycopg.connect(**admin, dbname=f"upgrade_{os.getpid()}") as fresh:
                fresh.execute(unpacked("postgresql.sql.xz", folder).read_bytes())
            login = f"{own['USER']}:{own['PASSWORD']}" if own["PASSWORD"] else own["USER"]
            yield f"postgres://{login}@{admin['host']}:{admin['port']}/upgrade_{os.getpid()}"
        finally:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


# Each in one worker, which brings it up to date once; .ci/run looks at each once, SQLite's in its first run.
COPIES = {"sqlite": sqlite_copy, "postgresql": postgresql_copy}
KINDS = [
    pytest.param("sqlite", marks=[pytest.mark.once, pytest.mark.xdist_group("upgrade of sqlite")]),
    pytest.param(
        "postgresql",
        marks=[
            pytest.mark.skipif(connection.vendor != "postgresql", reason="not run: needs PostgreSQL (DATABASE_URL)"),
            pytest.mark.xdist_group("upgrade of postgresql"),
        ],
    ),
]


@pytest.fixture(scope="module", params=KINDS)
def site(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("upgrade")
    held = json.loads((KEPT / f"{request.param}.json").read_text())
    errors = folder / "errors"
    with COPIES[request.param](folder) as database, errors.open("w") as log:
        own = {
            "PROFILE": "local",
            "SECRET_KEY": held["secret_key"],
            "DATA_DIR": str(folder),
            "DATABASE_URL": database,
            "DATABASE_POOL": "0",
            "LOG_LEVEL": "ERROR",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        command = [sys.executable, str(HERE / "open_kept.py"), held["made_at"]]
        pipe: Any = subprocess.PIPE
        with subprocess.Popen(
            command, cwd=ROOT, env=os.environ | own, stdin=pipe, stdout=pipe, stderr=log, text=True
        ) as process:
            yield Site(held, process, errors)


def test_every_report_says_what_it_said(site: Site) -> None:
    # Its first sentence, such as "You meet Senior PM."; what comes after it counts what is short, for the next test.
    headlines = {report["path"]: unescape(report["headline"]).partition(". ")[0] for report in site.held["reports"]}
    pages = {report["path"]: site.get(report["who"], report["path"]) for report in site.held["reports"]}
    assert len(pages) == 14
    assert not [(page.at, page.status) for page in pages.values() if page.status != 200]
    assert not [headlines[path] for path, page in pages.items() if page.lacks(headlines[path])]


def test_what_follows_from_answers_is_frozen(site: Site) -> None:
    """The report's file: the answers, the place, and for each target the readiness and which must-haves are short."""
    for report in site.held["reports"]:
        said = json.loads(site.get(report["who"], report["path"].rstrip("/") + ".json").text)
        assert {name: said[name] for name in report["said"]} == report["said"]
        assert said["result"]["places"] == report["places"]
        assert {slug: said["result"]["levels"][slug] for slug in report["levels"]} == report["levels"]


def test_pages_show_what_people_wrote(site: Site) -> None:
    """Plan, evidence, cases, copies, reviews, matrix, rounds, a draft, a closed team: in their people's own words."""
    read = [(item, site.get(item["who"], item["path"])) for item in site.held["pages"]]
    assert not [(item["who"], item["path"], page.status) for item, page in read if page.status != 200]
    assert not [(item["who"], item["path"], lacks) for item, page in read if (lacks := page.lacks(*item["shows"]))]


def test_secret_links_show_what_they_showed(site: Site) -> None:
    for number, link in enumerate(site.held["links"]):
        holder = f"holder {number}"
        page = site.get("", link["path"], browser=holder)
        if link.get("ended"):
            assert page.status == 404
            continue
        if link["locked"]:
            assert page.lacks(*link["shows"]) == link["shows"]
            assert site.post(holder, link["path"], password="another password").status == 422
            page = site.post(holder, link["path"], password=site.held["link_password"])
        assert (page.status, page.lacks(*link["shows"])) == (200, [])
        assert page.lacks(*link["hides"]) == link["hides"]


def test_calendars_go_on_fetching(site: Site) -> None:
    feed = site.get("", site.held["calendar"])
    assert feed.status == 200
    assert "SUMMARY:Kept: ask two teams what they miss." in feed.text
    assert "DTSTART;VALUE=DATE:20990331" in feed.text


def test_a_mail_of_the_plan_can_still_be_stopped(site: Site) -> None:
    asks = site.get("", site.held["stop_digest"])
    assert asks.status == 200
    assert site.get("", site.held["stop_digest"].replace("/stop/", "/stop/x")).status == 404


def test_invitations_still_let_people_in(site: Site) -> None:
    link, mail = (item["path"] for item in site.held["invitations"])
    for path in (link, mail):
        page = site.get("", path, browser="invited")
        assert (page.status, page.lacks("Lantern Goods")) == (200, [])
    assert site.get("stranger@demo.example", "/organisations/lantern-goods/").status == 404
    site.get("stranger@demo.example", link, data={})
    page = site.get("stranger@demo.example", "/organisations/lantern-goods/")
    assert (page.status, page.lacks("Checkout")) == (200, [])


def test_passwords_and_authenticator_apps_open_accounts(site: Site) -> None:
    """Among them one whose secret the first version sealed."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    step = site.held["second_step"]
    page = site.post("app", "/account/login/", login=step["email"], password=site.held["password"])
    assert page.at.startswith("/account/2fa/authenticate/")
    code = format_hotp_value(hotp_value(step["secret"], int(time.time()) // 30))
    site.post("app", "/account/2fa/authenticate/", code=code)
    page = site.get("", "/teams/search/", browser="app")
    assert (page.status, page.lacks("Camille Laurent")) == (200, [])


def test_support_reads_what_was_opened_for_it(site: Site) -> None:
    """After a log-in with a recovery code, whose seed was sealed."""
    opened = site.held["support"]
    site.post("staff", "/account/login/", login=opened["email"], password=site.held["password"])
    site.post("staff", "/account/2fa/authenticate/", code=opened["recovery_code"])
    page = site.get("", opened["path"], browser="staff")
    assert (page.at, page.status) == (opened["path"], 200)
    assert not page.lacks("Tomasz Zieliński", "Fraud losses fell by a third")


def test_browsers_stay_logged_in(site: Site) -> None:
    page = site.get("", "/account/profile/", browser="logged in before", session=site.held["session"])
    assert (page.status, page.lacks("Jonas Lindqvist")) == (200, [])


def test_visitors_find_their_report(site: Site) -> None:
    visitor = site.held["visitor"]
    page = site.get("", visitor["path"], browser="visitor", session=visitor["session"])
    assert (page.status, page.lacks(visitor["shows"])) == (200, [])
    assert site.get("", visitor["path"], browser="another visitor").status == 404


def test_audit_logs_hold_together(site: Site) -> None:
    counts = re.compile(r"(\d+) logs, (\d+) events, (\d+) broken")
    before, now = counts.search(site.held["audit"]), counts.search(site.manage("verify_audit"))
    assert before
    assert now
    assert int(now[1]) >= int(before[1]) > 10
    assert int(now[2]) >= int(before[2]) > 30
    assert now[3] == before[3] == "0"


def test_the_doctor_finds_the_database_sound(site: Site) -> None:
    found = {item["name"]: item["state"] for item in json.loads(site.manage("doctor", "--format=json"))["findings"]}
    assert {found[name] for name in ("migrations", "triggers", "ladder", "second steps", "clock")} == {"ok"}


def test_the_ladder_is_the_same_one(site: Site, tmp_path: Path) -> None:
    """Its file is read as it is, and makes no new version of what the database has."""
    file = unpacked("ladder.json.xz", tmp_path)
    assert "9 levels, 25 competencies, 125 anchors, 280 actions" in site.manage("check_ladder", str(file))
    assert site.manage("load_ladder", str(file)).endswith("pm version 1 is unchanged.\n")
    now = json.loads(site.manage("export_ladder", "pm", "--framework-version=1", "--format=json"))
    assert now == json.loads(file.read_text())


def test_a_report_scores_as_it_did(site: Site) -> None:
    """From its file, by the ladder in the database."""
    then = json.loads((KEPT / "report.json").read_text())["result"]
    assert json.loads(site.manage("score", "--answers", str(KEPT / "report.json"))) == then
    assert then["places"]["individual-contributor"]["low"] == "senior-pm"
    assert then["levels"]["staff-pm"]["readiness"] == {"low": "57/61", "high": "172/183"}
    assert then["levels"]["staff-pm"]["blockers"] == ["strategy", "influence"]


def test_an_export_is_read_back(site: Site) -> None:
    """Into an account of its own, beside the one that it was made of."""
    with zipfile.ZipFile(KEPT / "person.zip") as box:
        name = next(name for name in box.namelist() if name.endswith(".json"))
        tables = json.loads(box.read(name))["tables"]
    done = site.manage("import_person", str(KEPT / "person.zip"), "--email=again@demo.example")
    for name in ("assessments", "evidence", "plan", "cases"):
        assert f"{len(tables[name])} {name}" in done
    mine = [report for report in site.held["reports"] if report["who"] == TOMASZ]
    listed = site.get("again@demo.example", "/reports/").text
    paths = sorted(set(re.findall(r"/reports/[0-9a-f-]{36}/", listed)))
    assert len(paths) == len(mine) == 3
    read = [site.get("again@demo.example", path) for path in paths]
    # Up to the place: what stands before a target is said in other words by now.
    places = [unescape(report["headline"]).partition(". ")[0] for report in mine]
    assert all(any(not page.lacks(place) for page in read) for place in places)
    assert not site.get("again@demo.example", "/plan/").lacks("Kept: ask two teams what they miss.")
    assert not site.get("again@demo.example", "/evidence/").lacks("Kept: wrote the page on refunds.")
