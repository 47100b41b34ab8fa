"""Whoever ran the first version finds everything again after an upgrade: its databases, files and secret addresses.

kept/ holds what the first version left behind, made by make.py; kept/*.json says what each page showed then. Today's
code migrates a copy and opens it. Addresses, commands and settings are all that these tests know of the code.
"""

import json
import lzma
import os
import re
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from django.db import connection

from tests.databases import scratch_database
from tests.upgrade import aged
from tests.upgrade.aged import age

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
KEPT = HERE / "kept"
TOMASZ = "senior@demo.example"
LATER_MANAGERS = (HERE / "later_managers.sql").read_text()


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
        # Marks of direction stand around names, and say nothing themselves.
        return Page(said["status"], re.sub(r"</?bdi\s*>", "", said["text"]), said["at"])

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
def copied(kind: str, folder: Path, report: str) -> Iterator[str]:
    """The address of a copy, aged; PostgreSQL's in a database of the test's own, gone afterwards."""
    if kind == "sqlite":
        file = unpacked("sqlite.sqlite3.xz", folder)
        with closing(sqlite3.connect(file)) as old, old:
            old.executescript(LATER_MANAGERS)
            # The migration puts it back.
            old.execute("DROP TRIGGER rating_note_frozen")
            age(lambda asked, said: old.execute(asked.replace("%s", "?"), said), report.replace("-", ""))
        yield f"sqlite:///{file}"
        return
    with scratch_database(folder) as url:
        with psycopg.connect(url, autocommit=True) as fresh:
            fresh.execute(unpacked("postgresql.sql.xz", folder).read_bytes())
            fresh.execute("SET search_path TO public")
            fresh.execute(LATER_MANAGERS.encode())
            fresh.execute("ALTER TABLE assessments_rating DISABLE TRIGGER USER")
            age(fresh.execute, report)
            fresh.execute("ALTER TABLE assessments_rating ENABLE TRIGGER USER")
        yield url


# Each in one worker, which brings it up to date once; .ci/run looks at each once, SQLite's in its first run.
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
    report = next(report for report in held["reports"] if set(report["said"]["evidence"]) == {"communication"})
    report["said"]["evidence"], held["aged"] = {"communication": aged.NOTE}, report["path"].rstrip("/")
    errors = folder / "errors"
    with copied(request.param, folder, held["aged"].rpartition("/")[2]) as database, errors.open("w") as log:
        own = {"PROFILE": "local", "SECRET_KEY": held["secret_key"], "DATA_DIR": str(folder), "DATABASE_URL": database}
        own |= {"DATABASE_POOL": "0", "LOG_LEVEL": "ERROR", "DJANGO_SETTINGS_MODULE": "config.settings"}
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


def test_copies_name_who_read_them_before(site: Site) -> None:
    """Whoever managed the team as a copy was given, whoever opened it, and whom it is for. The others have asked."""
    shares = [report["path"] + "share/" for report in site.held["reports"] if report["who"] == TOMASZ]
    said = " ".join(" ".join(unescape(site.get(TOMASZ, path).text).split()) for path in shares)
    assert "Can read it: Seun Adeyemi." in said
    assert "Can read it: Camille Laurent, Seun Adeyemi." in said
    asked = site.get(TOMASZ, "/reports/")
    owner = site.get("owner@demo.example", "/organisations/").text
    name = re.search(r"Ruth [A-Z]\w+", asked.text)
    assert name, owner
    assert not asked.lacks(f"{name[0]} manages Checkout and could read it until now. May they still?")
    # The owner, who made themselves a manager, sees no step of anybody's.
    matrix = site.get("owner@demo.example", "/teams/checkout/matrix.csv")
    assert (matrix.status, matrix.lacks("Tomasz Zieliński")) == (200, [])
    assert not re.search(r'"[0-9]","[0-9]"', matrix.text)
    assert re.search(r'"[0-9]","[0-9]"', site.get("manager@demo.example", "/teams/checkout/matrix.csv").text)


def test_a_review_that_was_begun_goes_on_and_is_asked_for_its_level(site: Site) -> None:
    seun = "manager@demo.example"
    draft = re.search(r'href="(/reviews/[0-9a-f-]{36}/)"[^>]*>\s*Go on', site.get(seun, "/reviews/").text)
    assert draft
    refused = site.get(seun, f"{draft[1]}submit/", data={})
    assert (refused.status, refused.lacks("Say which level you rate against", "four teams name you")) == (422, [])
    refused = site.get(seun, f"{draft[1]}submit/", data={"level": "staff-pm"})
    assert (refused.status, refused.lacks("have no answer yet", "four teams name you")) == (422, [])


def test_rounds_that_were_closed_get_no_figures(site: Site) -> None:
    """Nor when they are opened and closed again."""
    ruth = "owner@demo.example"
    paths = sorted(
        set(re.findall(r"/rounds/[0-9a-f-]{36}/", site.get(ruth, "/organisations/lantern-goods/rounds/").text))
    )
    closed = [path for path in paths if not site.get(ruth, path).lacks("Open it again")]
    assert len(closed) == 1
    for step in ("", "reopen/", "close/"):
        page = site.get(ruth, f"{closed[0]}{step}", **({"data": {}} if step else {}))
        assert page.status == 200
    assert not page.lacks("There is no figure for this round")


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


def test_organisations_have_the_clock_of_their_first_owner(site: Site) -> None:
    page = site.get("owner@demo.example", "/organisations/lantern-goods/settings/")
    profile = site.get("owner@demo.example", "/account/profile/")
    zones = [re.search(r'name="(?:time_)?zone" value="([^"]+)"', each.text) for each in (page, profile)]
    assert zones[0]
    assert zones[1]
    assert zones[0][1] == zones[1][1] != "UTC"


def test_old_addresses_of_teams_lead_on(site: Site) -> None:
    page = site.get("manager@demo.example", "/teams/checkout/?view=mine")
    assert (page.status, page.at) == (200, "/organisations/lantern-goods/teams/checkout/?view=mine")
    assert site.get("stranger@demo.example", "/teams/checkout/").status == 404


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


def logged_in(site: Site, address: str) -> str:
    """The browser of somebody who types the address and the password."""
    browser = f"of {address}, by password"
    site.post(browser, "/account/login/", login=address, password=site.held["password"])
    return browser


def test_addresses_of_before_open_their_accounts(site: Site) -> None:
    """In their old spelling and in others. Where two meet in one form, whoever is written so has it, else the older."""
    keeps = {aged.MUNICH, aged.DECOMPOSED, aged.SHARP}
    for address in aged.PEOPLE:
        page = site.get(
            "", "/account/email/", browser=logged_in(site, f" {address}" if address in keeps else f"{address}\u200b")
        )
        assert page.at == "/account/email/", address
        assert ("another way to write" in page.text) == (address in keeps), address
    said = site.manage("doctor", "--format=json")
    assert said.count("keeps a spelling") == len(keeps)
    assert {line.rpartition(": ")[2] for line in site.manage("fill_in").splitlines()} == {"0"}


def test_an_invitation_of_before_is_for_who_has_the_address(site: Site) -> None:
    path = f"/invitations/{aged.TOKEN}/"
    for address, lets_in in ((aged.MUNICH, False), (aged.WRITTEN_OUT, True)):
        browser = logged_in(site, address)
        site.post(browser, path)
        assert (site.get("", "/organisations/lantern-goods/", browser=browser).status == 200) == lets_in


def test_texts_of_before_are_clean_where_they_may_change(site: Site) -> None:
    names = {
        "An\u200bna Old": "Anna Old",
        "\u202eAnna New": "Anna New",
        "Zielin\u0301ski": "Zieliński",
        "Is\x0bmail": "Is mail",
    }
    for address, name in aged.PEOPLE.items():
        page = site.get("", "/account/profile/", browser=logged_in(site, address))
        assert f'value="{names.get(name, "" if name == "\u200b" else name)}"' in page.text
    found = site.get("owner@demo.example", "/organisations/lantern-goods/people/?q=zielinski").text
    assert "Tomasz Zieliński" in found
    team = site.get("owner@demo.example", "/organisations/lantern-goods/")
    assert not team.lacks("Kept Returns")
    # A submitted note stays as it was written, and no file breaks by it.
    for kind in ("xlsx", "csv", "pdf"):
        assert site.get("apm@demo.example", f"{site.held['aged']}.{kind}").status in (
            {200} if kind != "pdf" else {200, 503}
        )
    assert "my tickets for the address" in site.get("apm@demo.example", f"{site.held['aged']}.csv").text


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
    assert "9 levels, 25 competencies, 125 sentences, 280 actions" in site.manage("check_ladder", str(file))
    assert site.manage("load_ladder", str(file)).endswith("pm version 1 is unchanged.\n")
    now = json.loads(site.manage("export_ladder", "pm", "--framework-version=1", "--format=json"))
    # It is printed in today's format, and stays stored in its own.
    stored = json.loads(file.read_text())
    assert [item["full"] for item in now["competencies"]] == [item["anchors"] for item in stored["competencies"]]
    assert now["expectations"] == stored["expectations"]


def test_a_row_for_each_ladder_is_filled_in(site: Site) -> None:
    (ladder,) = json.loads(site.manage("dumpdata", "ladder.ladder"))
    assert (ladder["fields"]["slug"], ladder["fields"]["organisation"]) == ("pm", None)
    versions = [row["fields"] for row in json.loads(site.manage("dumpdata", "ladder.ladderversion"))]
    # What its document says counts on; nothing was found for it when it was published.
    assert {(row["ladder"], row["title"], row["meets_at"], row["format"]) for row in versions} == {
        (ladder["pk"], ladder["fields"]["title"], "", 1)
    }
    assert "ladders of their versions: 0" in site.manage("fill_in")


def test_a_report_scores_as_it_did(site: Site) -> None:
    """From its file, by the ladder in the database and today's rule, which finds the same at each level."""
    then = json.loads((KEPT / "report.json").read_text())["result"]
    now = json.loads(site.manage("score", "--answers", str(KEPT / "report.json")))
    assert (now["rule"], now["framework"]) == (2, then["framework"])
    for slug, level in then["levels"].items():
        found = now["levels"][slug]
        assert {name: found[name] for name in ("readiness", "verdict")} == {
            name: level[name] for name in ("readiness", "verdict")
        }
        must_haves = found["must_haves"]
        assert (must_haves["short"], must_haves["not_rated"]) == (level["blockers"], level["open_gates"])
    assert now["places"]["individual-contributor"]["low"] == "senior-pm"
    assert now["levels"]["staff-pm"]["readiness"] == {"low": "57/61", "high": "172/183"}


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
    # Up to the place, which today's rule finds again: what is short for a target is said in other words by now.
    places = [unescape(report["headline"]).partition(". ")[0].replace("You meet", "You stand at") for report in mine]
    assert all(any(not page.lacks(place) for page in read) for place in places)
    assert not site.get("again@demo.example", "/plan/").lacks("Kept: ask two teams what they miss.")
    assert not site.get("again@demo.example", "/evidence/").lacks("Kept: wrote the page on refunds.")
