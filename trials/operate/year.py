"""Plays an operator's first year on this machine: install, TLS, mail, figures, backups, upgrades, and what breaks.

    python -m trials.operate.year [--only WORD …]

Each task has a folder of its own; one that fails stops no other. Prints a table: the task, whether it worked at the
first try, its seconds, how much was lost, and what was seen. Exits with 1 when a task failed or anything was lost.
Needs root, git, uv, nginx, Caddy, prometheus, openssl, systemd and PostgreSQL's programs of two versions, and takes a
quarter of an hour. Left out unless --only names them are Docker's part, which needs debootstrap and five minutes, and
guesses under forged addresses, of which the doctor tells behind nginx and Caddy in any case.
"""

import argparse
import http.client
import os
import re
import shlex
import shutil
import ssl
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from trials import load
from trials.attacks.forged_address import proxy, sample
from trials.certificates import authority, signed
from trials.operate.faults import SECOND_STEP
from trials.operate.roll_back import UV
from trials.operate.tls import MailServer

type Task = Callable[[Path], tuple[int, str]]
"""What is done in a folder; how much was lost, and what was seen."""

KEY = "loopback-trial-Zk3vQ9fXw1RrT7yLb2Jp0HsuMd4NcEoGa5iVt8WxKqYz6Bj"
_POST = """
from django.core.mail import EmailMessage
from people.mail.post import post
post(EmailMessage("A mail of the trial", "Hello", to=["somebody@example.com"]))
"""
_OPENED = """
from allauth.mfa.models import Authenticator
from people.login import sealing
print(sum(sealing.unseal(row.data["secret"]) == "A" * 16 for row in Authenticator.objects.all()))
"""


class Site:
    """A site in a folder: production, SQLite, with the demo company."""

    def __init__(self, folder: Path, *, filled: bool = True, **settings: str) -> None:
        self.folder, self.url = folder, f"sqlite:///{folder}/site.sqlite3"
        own = {"PROFILE": "production", "SECRET_KEY": KEY, "ALLOWED_HOSTS": "localhost", "LOG_LEVEL": "WARNING"}
        own |= {"DATA_DIR": str(folder), "STATIC_ROOT": f"{folder.parent}/static", "DATABASE_URL": self.url}
        own |= {"TRUST_PROXY_HTTPS_HEADER": "1", "TRUSTED_PROXY_COUNT": "1"}
        self.settings = own | settings
        if filled:
            shutil.copy(folder.parent / "filled.sqlite3", folder / "site.sqlite3")

    def types(self, *words: str, fails: bool = False, **changed: str) -> str:
        return _typed([sys.executable, "manage.py", *words], load.ROOT, self.settings | changed, fails=fails)

    def serve(self) -> load.Server:
        return load.Server(self.folder, self.url, migrate=False, **self.settings | {"LISTEN": "127.0.0.1"}).wait()


def _typed(words: list[str], place: Path, settings: dict[str, str], *, fails: bool = False) -> str:
    """What a command writes. Raises RuntimeError when it fails, unless it is known to."""
    outside = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(words, cwd=place, env=outside | settings, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode and not fails:
        raise RuntimeError(f"{shlex.join(words)[:100]}: {(done.stderr.strip() or done.stdout.strip())[-600:]}")
    return done.stdout


def prepare(folder: Path) -> None:
    """What the tasks copy, so that each need not wait for it."""
    site = Site(folder, filled=False, STATIC_ROOT=f"{folder}/static")
    site.types("collectstatic", "--noinput", "-v0")
    site.types("migrate", "-v0")
    site.types("load_ladder", "fixtures/ladders/pm")
    site.types("load_demo", PROFILE="local")
    (folder / "site.sqlite3").rename(folder / "filled.sqlite3")


def trial(folder: Path, *, module: str, words: str = "") -> tuple[int, str]:
    """A trial that is there already, small; its last line is what was seen."""
    said = _typed([sys.executable, "-m", f"trials.{module}", *words.split()], load.ROOT, {"TMPDIR": str(folder)})
    return sum(map(int, re.findall(r"(\d+) lost", said))), said.strip().splitlines()[-1]


def first_start(folder: Path) -> tuple[int, str]:
    """By hand, as the documentation types it, from a clone, on PostgreSQL; and the first day's upkeep."""
    code = folder / "rungwise"
    _typed(["git", "clone", "--quiet", str(load.ROOT), str(code)], folder, {})
    text = (code / "docs/operations.md").read_text()
    chapter = text[text.index("\n## First start by hand") : text.index("\n## Settings")]
    typed = re.findall(r"(?m)^    (uv sync .+|\.venv/bin/python manage\.py .+)$", chapter)
    with load.own_database("postgresql") as (_, _, cluster):
        assert cluster  # noqa: S101
        cluster.tell("CREATE ROLE rungwise LOGIN CREATEDB PASSWORD 'password'")
        cluster.tell("CREATE DATABASE rungwise OWNER rungwise")
        given = re.findall(r"(?m)^    ([A-Z_]+)='?(.+?)'?$", chapter)
        url = f"postgres://rungwise:password@127.0.0.1:{cluster.port}/rungwise"
        own = {"SECRET_KEY": KEY, "DATABASE_URL": url, "DATA_DIR": f"{folder}/data", "BACKUP_DIR": f"{folder}/backups"}
        own |= {"PORT": str(load.free_port()), "HEALTH_PORT": str(load.free_port())}
        settings = dict(given) | own
        for line in typed:
            _typed(shlex.split(line.replace("uv sync", f"{UV} sync")), code, settings)
        serve = [code / ".venv/bin/python", "manage.py", "serve"]
        with (folder / "log").open("wb") as log:
            site = subprocess.Popen(serve, cwd=code, env=os.environ | settings, stdout=log, stderr=log)  # noqa: S603
        try:
            health = http.client.HTTPConnection("127.0.0.1", int(own["HEALTH_PORT"]), timeout=10)
            load.wait_for("the site", lambda: load.is_open(health.port) and _status(health, "/readyz") == 200, 120, 0.5)
            line = http.client.HTTPConnection("127.0.0.1", int(own["PORT"]), timeout=30)
            by_proxy = {"Host": "ladder.example.com", "X-Forwarded-Proto": "https", "X-Forwarded-For": "192.0.2.1"}
            if (status := _status(line, "/", by_proxy)) != 200:
                raise RuntimeError(f"the first page answers {status}")
            steps = _typed([str(serve[0]), "manage.py", "daily"], code, settings, fails=True).splitlines()
        finally:
            site.terminate()
            site.wait(60)
    # There is no mail server of that name here.
    bad = [step for step in steps if step.startswith("fail") and not re.search(r"doctor +mail", step)]
    if bad or not any("proof" in step and "all equal" in step for step in steps):
        raise RuntimeError("; ".join(bad or steps))
    proof = next(step for step in steps if "proof" in step).split(maxsplit=2)[2]
    return 0, f"{len(typed)} commands; {len(steps)} steps of daily; {proof}"


def _status(line: http.client.HTTPConnection, path: str, headers: dict[str, str] | None = None) -> int:
    try:
        line.request("GET", path, headers=headers or {})
        answer = line.getresponse()
        answer.read()
        return answer.status
    finally:
        line.close()


def behind_tls(folder: Path, *, name: str) -> tuple[int, str]:
    """The sample of the documentation with a certificate of one's own; the doctor says whom it sees."""
    ours, port = authority(folder), load.free_port()
    site = Site(folder, SITE_URL=f"https://localhost:{port}", SSL_CERT_FILE=str(ours.file))
    server = site.serve()
    try:
        shown = signed(ours, folder, "localhost")
        with proxy(name, sample(name, port, server.port, (shown.file, shown.key_file)), port, folder / name):
            trusting = ssl.create_default_context(cafile=str(ours.file))
            line = http.client.HTTPSConnection("localhost", port, timeout=30, context=trusting)
            if (status := _status(line, "/")) != 200:
                raise RuntimeError(f"the first page answers {status}")
            said = site.types("doctor", fails=True)
    finally:
        server.end()
    (callers,) = [line for line in said.splitlines() if " callers " in line]
    if not callers.startswith("ok"):
        raise RuntimeError(callers)
    return 0, callers.partition("callers")[2].strip()


def mail(folder: Path) -> tuple[int, str]:
    """By STARTTLS and with a password, at once and by the worker; then the mail server goes away and comes back."""
    ours = authority(folder)
    certificate = signed(ours, folder, "localhost")
    post = MailServer(certificate)
    url = f"smtp://user:right@localhost:{post.port}"
    site = Site(folder, MAIL_URL=url, MAIL_FROM="Rungwise <a@example.com>", SSL_CERT_FILE=str(ours.file))
    site.types("sendtestemail", "you@example.com")
    server = site.serve()
    try:
        site.types("shell", "-c", _POST)
        load.wait_for("a mail by the worker", lambda: len(post.mails) == 2, 30)
        post.end()
        load.wait_for("the server's end", lambda: not load.is_open(post.port), 30)
        site.types("shell", "-c", _POST)
        time.sleep(3)
        again = MailServer(certificate, port=post.port)
        site.types("send_mail_now")
        back = time.monotonic()
        load.wait_for("the mail that waited", lambda: again.mails, 150)
        again.end()
    finally:
        server.end()
    return 3 - len(post.mails) - len(again.mails), f"3 mails; the last {time.monotonic() - back:.0f} s after the return"


def daily(folder: Path) -> tuple[int, str]:
    said = Site(folder, BACKUP_DIR=f"{folder}/backups").types("daily", fails=True).splitlines()
    # Nobody answers at SITE_URL, and there is no mail server: the doctor warns of both, and fails for neither.
    if bad := [line for line in said if line.startswith("fail")]:
        raise RuntimeError("; ".join(bad))
    return 0, f"{len(said)} steps; " + next(line for line in said if " proof " in line).split(maxsplit=2)[2]


def new_key(folder: Path) -> tuple[int, str]:
    """Another SECRET_KEY, the old one among the fallbacks until all is sealed anew."""
    site = Site(folder)
    site.types("shell", "-v0", "-c", SECOND_STEP)
    new = {"SECRET_KEY": KEY[::-1]}
    between = site.types("doctor", fails=True, **new, SECRET_KEY_FALLBACKS=KEY)
    site.types("seal_second_steps", **new, SECRET_KEY_FALLBACKS=KEY)
    if "under an earlier key" not in between or "all are sealed" not in site.types("doctor", fails=True, **new):
        raise RuntimeError("the doctor does not say how the second steps are sealed")
    opened = int(site.types("shell", "-v0", "-c", _OPENED, **new).strip())
    return 1 - opened, f"{opened} of 1 second steps opened with the new key alone"


def second_machine(folder: Path) -> tuple[int, str]:
    """A backup with a mail that waits, brought back elsewhere: it is sent there when we say so, and not before."""
    post = MailServer()
    reached = {"MAIL_URL": f"smtp://user:right@localhost:{post.port}/?tls=0"}
    (folder / "second").mkdir()
    (folder / "static").symlink_to(folder.parent / "static")
    first, second = Site(folder, **reached), Site(folder / "second", filled=False, **reached)
    first.types("shell", "-c", _POST)
    first.types("backup", f"{folder}/first.backup")
    second.types("restore", f"{folder}/first.backup")
    second.types("migrate", "--check")
    second.types("verify_audit")
    server = second.serve()
    try:
        second.types("shell", "-c", _POST)
        time.sleep(5)
        early = len(post.mails)
        second.types("go_live", "--send-waiting")
        load.wait_for("both mails", lambda: len(post.mails) >= 2, 150)
    finally:
        server.end()
        post.end()
    if early or len(post.mails) != 2:
        raise RuntimeError(f"{early} mails before go_live, {len(post.mails)} in all")
    return 0, "no mail before go_live, both afterwards"


TASKS: dict[str, Task] = {
    "install by hand from a clone, PostgreSQL, first day": first_start,
    "TLS by nginx": partial(behind_tls, name="nginx"),
    "TLS by Caddy": partial(behind_tls, name="caddy"),
    "forged headers through nginx": partial(trial, module="attacks.forged_address", words="--proxies nginx"),
    "mail by STARTTLS, away and back": mail,
    "daily with a backup and its proof": daily,
    "Prometheus": partial(trial, module="operate.prometheus", words="--seconds 20"),
    "backup and restore, two versions of PostgreSQL": partial(trial, module="operate.versions"),
    "upgrade over 150 commits, and back": partial(trial, module="operate.roll_back", words="--database sqlite"),
    "restart under load": partial(trial, module="operate.restart", words="--restarts 2 --ways direct nginx"),
    "a new SECRET_KEY": new_key,
    "disk full: data, figures, log": partial(trial, module="faults.fill_disk", words="--takers 2"),
    "clock wrong": partial(trial, module="operate.faults", words="--only clock"),
    "database away and back": partial(trial, module="faults.stop_postgresql", words="--stops 3 --takers 3"),
    "move to PostgreSQL, and back": partial(trial, module="operate.move", words="--members 40 --kills 1"),
    "a second machine": second_machine,
    "image and compose": partial(trial, module="operate.image", words="--without-fonts"),
}
ASKED_FOR = {"image and compose", "forged headers through nginx"}


def main() -> int:
    parser = argparse.ArgumentParser(description="Play an operator's first year.")
    parser.add_argument("--only", nargs="+", metavar="WORD", help="tasks whose name holds one of the words")
    given = parser.parse_args()
    chosen = [
        name for name in TASKS if (any(word in name for word in given.only) if given.only else name not in ASKED_FOR)
    ]
    wrong = []
    with load.folder() as place:
        place.chmod(0o755)
        prepare(place)
        print(f"{'task':52}  first try  seconds  lost  seen", flush=True)
        for number, name in enumerate(chosen):
            folder, began, lost = place / str(number), time.monotonic(), 0
            folder.mkdir(mode=0o777)
            folder.chmod(0o777)
            try:
                lost, seen = TASKS[name](folder)
            except Exception as error:  # noqa: BLE001  - whatever it is, the next task has its turn
                wrong.append(name)
                seen = " ".join(str(error).split())[-300:]
            wrong += [f"{name}: {lost} lost"] * bool(lost)
            tried = "no" if name in wrong else "yes"
            print(f"{name:52}  {tried:9}  {time.monotonic() - began:7.0f}  {lost:4}  {seen}", flush=True)
    return load.say(f"{len(chosen)} tasks, {len(wrong)} failed", wrong)


if __name__ == "__main__":
    sys.exit(main())
