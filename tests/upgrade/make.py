"""Makes the kept files of the first version, in kept/ beside it, by that version's own commands and pages.

It runs on the first version alone, commit 8672ab1: later code makes other files, and an upgrade from those proves
nothing. In a checkout of that commit, with this folder copied into it:

    .venv/bin/python tests/upgrade/make.py sqlite:////tmp/made/first.sqlite3
    .venv/bin/python tests/upgrade/make.py postgres://postgres@127.0.0.1:5432/an_empty_database   (needs pg_dump)

The first also writes what a person or an operator holds outside of the database: an export, a report, the ladder.
"""

import datetime
import json
import lzma
import os
import re
import sqlite3
import subprocess
import sys
import tempfile
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
KEPT = HERE / "kept"
ROOT = HERE.parents[1]
# Sessions, addresses in mails and the secrets of second steps hang on it. It guards nothing but these files.
SECRET_KEY = "a-key-of-the-kept-files-only-as-long-as-a-real-one-9876543210"
PASSWORD = "ladder-demo-2026"
LINK_PASSWORD = "a password of a link"
STAFF = "support@demo.example"
HOST = "localhost"
# Alone on its line in a mail.
CODE = r"(?m)^([A-Z0-9-]{6,9})\s*$"
# What Tomasz answered first, each beside the step that is asked of him.
ANSWERS_IN_MATRIX = '"4","3","4","3","4","3","4","3","4","3","3","3","3","3","3","3","3","3","3","2","4","3"'


def main(database: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "PROFILE": "local",
            "SECRET_KEY": SECRET_KEY,
            "DATA_DIR": folder,
            "DATABASE_URL": database,
            "DATABASE_POOL": "0",
            "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        # As `manage.py run_local` does before it serves.
        manage("migrate", "--verbosity=0")
        manage("load_ladder", "fixtures/ladders/pm")
        manage("load_demo")
        manage("createsuperuser", "--noinput", f"--email={STAFF}", DJANGO_SUPERUSER_PASSWORD=PASSWORD)
        sys.path.insert(0, str(ROOT))
        import django

        django.setup()
        kind = "sqlite" if database.startswith("sqlite") else "postgresql"
        held = fill(Path(folder) / "mail")
        files = held.pop("files")
        (KEPT / f"{kind}.json").write_text(json.dumps(held, ensure_ascii=False, indent=1) + "\n")
        if kind == "sqlite":
            for name, content in files.items():
                (KEPT / name).write_bytes(content)
            (KEPT / "ladder.json.xz").write_bytes(packed(manage("export_ladder", "pm", "--format=json").encode()))
        keep(database)


def manage(*words: str, **more: str) -> str:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=ROOT, env=os.environ | more, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


def keep(database: str) -> None:
    """The database as one small file."""
    from django.db import connection

    connection.close()
    if database.startswith("sqlite"):
        with sqlite3.connect(database.removeprefix("sqlite:///")) as own, tempfile.TemporaryDirectory() as folder:
            own.execute("VACUUM INTO ?", [f"{folder}/small"])
            content = Path(folder, "small").read_bytes()
        (KEPT / "sqlite.sqlite3.xz").write_bytes(packed(content))
        return
    dump = ["pg_dump", "--inserts", "--rows-per-insert=500", "--no-owner", "--no-privileges", f"--dbname={database}"]
    text = subprocess.run(dump, stdout=subprocess.PIPE, text=True, check=True).stdout
    # What begins with a backslash is for psql, which the test does without.
    plain = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("\\"))
    (KEPT / "postgresql.sql.xz").write_bytes(packed(plain.encode()))


def packed(content: bytes) -> bytes:
    return lzma.compress(content, preset=9 | lzma.PRESET_EXTREME)


class Browser:
    """Somebody at their browser, who is told when a page answers otherwise than they expect."""

    def __init__(self, mails: Path, email: str = "") -> None:
        from django.test import Client

        self.client = Client(headers={"host": HOST, "user-agent": "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0"})
        self.mails = mails
        if email:
            self.log_in(email)

    def get(self, path: str) -> str:
        answer = self.client.get(path)
        assert answer.status_code == 200, (path, answer.status_code, getattr(answer, "url", ""))
        return answer.content.decode()

    def post(self, path: str, status: int = 302, **said: Any) -> Any:
        answer = self.client.post(path, said)
        assert answer.status_code == status, (path, answer.status_code, answer.content.decode()[:3000])
        return answer

    def log_in(self, email: str) -> None:
        answer = self.post("/account/login/", login=email, password=PASSWORD)
        if "confirm-email" in answer.url:
            self.post(answer.url, code=self.newest_mail(CODE))

    def newest_mail(self, pattern: str) -> str:
        newest = max(self.mails.iterdir(), key=lambda file: file.stat().st_mtime_ns).read_bytes()
        *_, raw, _end = newest.split(b"-" * 79)
        text = message_from_bytes(raw.strip(), policy=policy.default).get_content()
        found = re.search(pattern, text)
        assert found, text
        return found[1]

    def confirm(self) -> None:
        """Say once more that it is them, as the site asks before what matters."""
        self.post("/account/reauthenticate/", password=PASSWORD)

    def set_up_app(self) -> tuple[str, list[str]]:
        """The secret of an authenticator app, and the recovery codes."""
        self.confirm()
        self.get("/account/2fa/totp/activate/")
        secret = self.client.session["mfa.totp.secret"]
        self.post("/account/2fa/totp/activate/", code=code_of(secret))
        codes = re.findall(r"(?m)^[0-9a-f]{8}$", self.get("/account/2fa/recovery-codes/download/"))
        return secret, codes

    def session(self) -> str:
        return self.client.cookies["sessionid"].value


def code_of(secret: str) -> str:
    """What an authenticator app shows now."""
    from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30)))


def address_in(answer: Any, start: str) -> str:
    """The secret address that a page shows this once."""
    found = re.search(rf"{start}[\w-]{{43}}(?:/|\.ics)", answer.content.decode())
    assert found, answer.content.decode()
    return found[0]


def fill(mails: Path) -> dict[str, Any]:
    """What the demo company lacks. Returns what people hold outside of the database, and what their pages say."""
    tomasz = Browser(mails, "senior@demo.example")
    report = newest_report("senior@demo.example")
    held: dict[str, Any] = {"secret_key": SECRET_KEY, "password": PASSWORD, "link_password": LINK_PASSWORD}
    held["links"] = secret_links(tomasz, report)
    held["calendar"] = address_in(tomasz.post("/plan/calendar/", 200), "/plan/calendar/")
    plan_and_evidence(tomasz, report)
    tomasz.post("/plan/digest/", value="on")
    manage("send_plan_digests")
    held["stop_digest"] = tomasz.newest_mail(r"(/plan/digest/stop/\S+)")
    held["invitations"] = organisation(mails)
    reviews(mails)
    held["visitor"] = visitor(mails)
    held["second_step"] = second_step(mails)
    held["support"] = support(mails, report)
    leaver(mails)
    held["session"] = Browser(mails, "pm@demo.example").session()
    tomasz.confirm()
    held["files"] = {
        "person.zip": tomasz.post("/account/data/", 200).content,
        "report.json": tomasz.get(f"/reports/{report}.json").encode(),
    }
    held["reports"] = reports(mails)
    held["pages"] = pages(report)
    held["audit"] = manage("verify_audit")
    held["made_at"] = datetime.datetime.now(datetime.UTC).isoformat()
    return held


def secret_links(tomasz: Browser, report: str) -> list[dict[str, Any]]:
    """Each with what it shows to whoever holds it, and what it must not."""
    from growth.models import Case

    case = Case.objects.get(owner__email="senior@demo.example")
    note, proof, own = "Fraud losses fell by a third", "failed orders without a known reason", "Kept: for the board."
    section = case.sections.first()
    tomasz.post(f"/cases/{case.pk}/sections/{section.slug}/", text=own, revision=section.revision)
    found = []
    for path, start, shows, hides in (
        (f"/reports/{report}/links/", "/shared/", ["Tomasz Zieliński"], [note]),
        (f"/cases/{case.pk}/share/", "/shared/cases/", ["Tomasz Zieliński", own], [proof]),
    ):
        plain = address_in(tomasz.post(path, 200, label="Kept: plain", days=90), start)
        locked = address_in(tomasz.post(path, 200, label="Kept: locked", days=90, password=LINK_PASSWORD), start)
        more = address_in(tomasz.post(path, 200, label="Kept: all", days=90, with_evidence="on"), start)
        ended = address_in(tomasz.post(path, 200, label="Kept: ended", days=90), start)
        found += [
            {"path": plain, "locked": False, "shows": shows, "hides": hides},
            {"path": locked, "locked": True, "shows": shows, "hides": hides},
            {"path": more, "locked": False, "shows": shows + hides, "hides": []},
            {"path": ended, "ended": True},
        ]
    revoke(tomasz)
    return found


def revoke(tomasz: Browser) -> None:
    from assessments.models import ReportLink
    from growth.models import CaseLink

    for model, start in ((ReportLink, "/links/"), (CaseLink, "/cases/links/")):
        link = model.objects.get(label="Kept: ended")
        tomasz.post(f"{start}{link.pk}/revoke/")


def plan_and_evidence(tomasz: Browser, report: str) -> None:
    tomasz.post(
        "/plan/add/",
        text="Kept: ask two teams what they miss.",
        competency="strategy",
        due_on="2099-03-31",
        first_step="Write to both leads.",
        done_when="Both have answered.",
    )
    tomasz.post(
        "/evidence/",
        approach="Kept: wrote the page on refunds.",
        happened_on="2026-01-15",
        measure="refunds in 100",
        before="9",
        after="4",
        competencies=["data", "outcomes"],
        link="https://example.org/refunds",
    )
    tomasz.post(f"/reports/{report}/share/", person="Tan Mei Ling", notes="on")
    tomasz.post(f"/reports/{report}/milestones/led-across-teams/", value="on")


def organisation(mails: Path) -> list[dict[str, Any]]:
    """A team that is closed with a copy in it, and two open invitations; returns these."""
    from people.models import Team, User

    ruth, ines = Browser(mails, "owner@demo.example"), Browser(mails, "apm@demo.example")
    ruth.post("/organisations/lantern-goods/teams/new/", name="Kept Returns", manage="on")
    team = Team.objects.get(name="Kept Returns")
    person = User.objects.get(email="apm@demo.example").pk
    ruth.post(f"/teams/{team.slug}/people/add/", user=[str(person)], role="member")
    ines.post(f"/reports/{newest_report('apm@demo.example')}/share/", team=str(team.pk), notes="on")
    ruth.post(f"/teams/{team.slug}/close/")
    page = ruth.post("/organisations/lantern-goods/invite/link/", 200, days=30, uses=5)
    link = address_in(page, "/invitations/")
    ruth.post("/organisations/lantern-goods/invite/", text="newcomer@demo.example")
    mail = ruth.newest_mail(r"(/invitations/[\w-]{43}/)")
    return [{"path": link, "email": ""}, {"path": mail, "email": "newcomer@demo.example"}]


def reviews(mails: Path) -> None:
    """Beside the demo's signed ones, a review that its manager is in the middle of."""
    from people.models import User

    seun = Browser(mails, "manager@demo.example")
    mei_ling = User.objects.get(email="staff@demo.example").pk
    here = seun.post(f"/teams/checkout/members/{mei_ling}/review/", choice="rate_first").url
    seun.post(f"{here}answer/strategy/", step="4", evidence="Kept: four teams name you.", go="stay")
    seun.post(f"{here}answer/influence/", step="no_chance", go="stay")


def visitor(mails: Path) -> dict[str, str]:
    """Somebody without an account: their report hangs on the session of their browser alone."""
    browser = Browser(mails)
    here = browser.post("/quiz/start/", title="Product Manager").url
    for competency, step in {"strategy": "2", "delivery": "3", "data": "no_chance"}.items():
        browser.post(f"{here}answer/{competency}/", step=step, evidence=f"Kept: {competency}.", go="stay")
    report = browser.post(f"{here}submit/").url
    return {"session": browser.session(), "path": f"{report.rstrip('/')}.json", "shows": "Kept: strategy."}


def second_step(mails: Path) -> dict[str, str]:
    camille = Browser(mails, "other-manager@demo.example")
    secret, _codes = camille.set_up_app()
    return {"email": "other-manager@demo.example", "secret": secret}


def support(mails: Path, report: str) -> dict[str, str]:
    """Staff open somebody's report, for an hour."""
    staff = Browser(mails, STAFF)
    _secret, codes = staff.set_up_app()
    staff.post("/account/2fa/reauthenticate/", code=codes[0])
    staff.post(f"/support/reports/{report}/open/", reason="Kept: request 4711, the report looks wrong to them.")
    path = f"/support/reports/{report}/"
    staff.get(path)
    return {"email": STAFF, "recovery_code": codes[-1], "path": path}


def leaver(mails: Path) -> None:
    """An account that is gone leaves a hash behind."""
    browser = Browser(mails)
    browser.post("/account/signup/", email="leaver@demo.example", password1="four random words here")
    browser.post("/account/confirm-email/", code=browser.newest_mail(CODE))
    manage("erase_person", "leaver@demo.example", "--yes")


def newest_report(email: str) -> str:
    from assessments.models import Assessment

    mine = Assessment.objects.filter(rater__email=email, kind="self", status="submitted")
    return str(mine.latest("submitted_at").pk)


def reports(mails: Path) -> list[dict[str, Any]]:
    """Every report of the demo company: its headline, and what its file says of the place and of the first target."""
    from assessments.models import Assessment

    found = []
    mine = Assessment.objects.filter(kind="self", status="submitted", rater__isnull=False).select_related("rater")
    for assessment in mine.order_by("rater__email", "submitted_at"):
        browser = Browser(mails)
        browser.client.force_login(assessment.rater)
        path = f"/reports/{assessment.pk}"
        headline = re.search(r"(?s)<h1[^>]*>(.*?)</h1>", browser.get(f"{path}/"))
        assert headline
        said = json.loads(browser.get(f"{path}.json"))
        found.append(
            {
                "who": assessment.rater.email,
                "path": f"{path}/",
                "headline": " ".join(headline[1].split()),
                "said": {name: said[name] for name in ("framework", "held", "targets", "answers", "evidence")},
                "places": said["result"]["places"],
                "levels": {slug: said["result"]["levels"][slug] for slug in said["targets"]},
            }
        )
    return found


def pages(report: str) -> list[dict[str, Any]]:
    """Whose pages say what, in their own words and in figures."""
    from assessments.models import Assessment, Review, Share
    from growth.models import Case
    from people.models import Team

    senior, manager, owner = "senior@demo.example", "manager@demo.example", "owner@demo.example"
    spring, autumn = Review.objects.filter(subject__email=senior, revealed_at__isnull=False).order_by("opened_at")
    begun = Review.objects.get(subject__email="staff@demo.example")
    given = Share.objects.get(recipient__email="staff@demo.example")
    draft = Assessment.objects.get(status="draft", kind="self", rater__isnull=False)
    case, closed = Case.objects.get(owner__email=senior), Team.objects.get(name="Kept Returns").slug
    direction = "Write the two-page direction for payments and bring it to the product leads."
    read = Share.objects.get(author__email="pm2@demo.example", source__pk=newest_report("pm2@demo.example"))
    return [
        page(senior, "/plan/", "Kept: ask two teams what they miss.", "Settle with logistics how dates are promised"),
        page(senior, "/evidence/", "Kept: wrote the page on refunds.", "refunds in 100", "9 → 4", "38 → 6"),
        page(senior, "/evidence.csv", "Kept: wrote the page on refunds.", "https://example.org/refunds"),
        page(senior, "/milestones/", "Brought the three teams to one map of failed orders"),
        page(senior, "/cases/", case.title),
        page(senior, f"/cases/{case.pk}/", case.title, "Kept: for the board."),
        page(senior, f"/cases/{case.pk}.md", case.title, "Kept: for the board."),
        page(senior, f"/cases/{case.pk}/share/", "Kept: locked", "Kept: ended"),
        page(senior, f"/reports/{report}/share/", "Kept: plain", "Tan Mei Ling"),
        page(senior, f"/reports/{report}/arithmetic/", "Influence"),
        page(senior, f"/reports/{report}.csv", "Fraud losses fell by a third"),
        page(senior, "/reports/", report),
        page(senior, "/trend/", "Staff"),
        page(senior, "/reviews/", str(spring.pk), str(autumn.pk)),
        page(senior, f"/reviews/{spring.pk}/together/", direction, "the fraud map", "Jonas and Priya both name you"),
        page(senior, "/account/support/", "Kept: request 4711"),
        page(senior, "/plan/calendar/", "calendar"),
        page(manager, f"/reviews/{spring.pk}/together/", direction, "the fraud map", "Jonas and Priya both name you"),
        page(manager, f"/reviews/{autumn.pk}/together/", "Logistics still waits for me to ask."),
        page(manager, f"/reviews/{begun.pk}/?at=strategy", "Kept: four teams name you."),
        page(manager, f"/copies/{read.pk}/", "Priya Raman", "18 % to 23 % over two quarters"),
        page(manager, "/teams/checkout/", "Tomasz Zieliński", "Inês Duarte"),
        page(manager, "/teams/checkout/matrix.csv", "Tomasz Zieliński", "Inês Duarte", ANSWERS_IN_MATRIX),
        page("staff@demo.example", f"/copies/{given.pk}/", "Tomasz Zieliński", "Fraud losses fell by a third"),
        page("senior2@demo.example", f"/quiz/{draft.pk}/?at=mentoring", "Set up the monthly case review"),
        page(owner, "/organisations/lantern-goods/", "Checkout", "Search"),
        page(owner, "/organisations/lantern-goods/rounds/", "Autumn round", "Spring round"),
        page(owner, "/organisations/lantern-goods/people/", "Tomasz Zieliński", "Camille Laurent"),
        page(owner, "/organisations/lantern-goods/invite/", "newcomer@demo.example"),
        page(owner, "/organisations/lantern-goods/audit/", "Kept Returns"),
        page(owner, f"/teams/{closed}/people/", "Kept Returns"),
        page("", "/ladder/", "Senior Product Manager"),
    ]


def page(who: str, path: str, *shows: str) -> dict[str, Any]:
    return {"who": who, "path": path, "shows": list(shows)}


if __name__ == "__main__":
    main(sys.argv[1])
