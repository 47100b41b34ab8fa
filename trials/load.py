"""What the proofs of durability share: people who take the quiz, servers, and PostgreSQL clusters of their own.

A taker is a visitor who behaves as a browser does: its own cookies, a form token, one save after the other, each with
the revision it saw, the name of its page and a count of its saves (docs/decisions.md 11). A save that is not answered
with 200 is sent again, unchanged, until it is. A taker writes down what was acknowledged; `compare` looks for it in the
database: an acknowledged answer that is not there is lost, a revision higher than the count of saves is doubled.
"""

import contextlib
import http.client
import os
import random
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
PROGRAMS = max(Path("/usr/lib/postgresql").glob("*/bin/initdb"), default=Path("initdb"), key=str).parent

# What is read from pages; tests/assessments/quiz/test_quiz.py looks whether they still say it so.
QUESTIONS = re.compile(r'class="jump-to"\s+name="go"\s+value="([a-z0-9-]+)"')
FORM_TOKEN = re.compile(r'name="csrfmiddlewaretoken"\s+value="([^"]+)"')
REVISION = re.compile(r'name="revision"\s+value="(\d+)"')


# SIGTERM alone would run no `finally`: servers, clusters and folders of a stopped proof would stay.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def is_open(port: int) -> bool:
    """Whether somebody listens on a port of this machine."""
    with contextlib.suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
        return True
    return False


def wait_for(what: str, done: Any, seconds: float = 60, pause: float = 0.05) -> None:
    """Wait until `done()` is true. Raises TimeoutError."""
    until = time.monotonic() + seconds
    while not done():
        if time.monotonic() > until:
            raise TimeoutError(f"{what} did not happen within {seconds:.0f} s")
        time.sleep(pause)


@dataclass
class Key:
    """What became of the saves of one question: the last one sent and the last one acknowledged."""

    sent: int = 0
    step: str = ""
    evidence: str = ""
    acknowledged: int = 0
    revision: int = 0
    page: str = field(default_factory=lambda: uuid.uuid4().hex)


class Taker(threading.Thread):
    """Takes the quiz at `address` until told to stop; then finishes the save at hand, if it can."""

    def __init__(
        self, address: tuple[str, int], number: int = 0, *, evidence_length: int = 0, questions: int = 6
    ) -> None:
        super().__init__(daemon=True, name=f"taker {number}")
        self.address, self.number, self.evidence_length, self.questions = address, number, evidence_length, questions
        self.rng = random.Random(number)  # noqa: S311  - what to answer
        self.cookies: dict[str, str] = {}
        self.answers: dict[str, Key] = {}
        self.quiz = self.token = ""
        self.statuses: Counter[str] = Counter()
        self.retried = self.acknowledged = 0
        self.without_retry_after = 0
        self.slowest = 0.0
        self.stopping = threading.Event()
        self.given_up = threading.Event()

    def ask(self, method: str, path: str, form: dict[str, str] | None = None, *, htmx: bool = False) -> tuple[int, str]:
        """One request; 0 when there was no whole answer."""
        began = time.monotonic()
        headers = {
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "Accept": "text/html",
        }
        if htmx:
            headers["HX-Request"] = "true"
        body = None
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            body = urlencode({"csrfmiddlewaretoken": self.token, **form})
        connection = http.client.HTTPConnection(*self.address, timeout=30)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException):
            self.statuses["no answer"] += 1
            return 0, ""
        finally:
            connection.close()
            self.slowest = max(self.slowest, time.monotonic() - began)
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        self.statuses[str(response.status)] += 1
        if response.status == 503 and "Retry-After" not in response.headers:
            self.without_retry_after += 1
        return response.status, response.headers.get("Location") or text

    def begin(self) -> None:
        """Start a quiz; try again until it works."""
        while not self.quiz and not self.given_up.is_set():
            status, text = self.ask("GET", "/quiz/start/")
            if status == 200:
                self._read_token(text)
                status, text = self.ask("POST", "/quiz/start/", {"length": "full"})
                if status == 302:
                    self.quiz = text.rstrip("/").rpartition("/")[2]
            if not self.quiz:
                time.sleep(0.3)
        while not self.answers and not self.given_up.is_set():
            status, text = self.ask("GET", f"/quiz/{self.quiz}/")
            if status == 200:
                self._read_token(text)
                slugs = QUESTIONS.findall(text)
                self.answers = {slug: Key() for slug in slugs[: self.questions]}
            else:
                time.sleep(0.3)

    def _read_token(self, text: str) -> None:
        found = FORM_TOKEN.search(text)
        if not found:
            raise ValueError("a page without a form token")
        self.token = found[1]

    def run(self) -> None:
        self.begin()
        while not self.stopping.is_set() and not self.given_up.is_set():
            slug = self.rng.choice(list(self.answers))
            key = self.answers[slug]
            key.sent += 1
            key.step = str(self.rng.randrange(6))
            key.evidence = f"{self.number}-{slug}-{key.sent}".ljust(self.evidence_length, "x")
            self.save(slug, key)

    def save(self, slug: str, key: Key) -> None:
        """Send one save until it is acknowledged: the same revision, page and count each time."""
        form = {
            "step": key.step,
            "evidence": key.evidence,
            "revision": str(key.revision),
            "page": key.page,
            "page_save": str(key.sent),
        }
        first = True
        while not self.given_up.is_set():
            if not first:
                self.retried += 1
            first = False
            status, text = self.ask("POST", f"/quiz/{self.quiz}/answer/{slug}/", form, htmx=True)
            found = REVISION.search(text)
            if status == 200 and found:
                key.acknowledged, key.revision = key.sent, int(found[1])
                self.acknowledged += 1
                return
            time.sleep(self.rng.uniform(0.05, 0.4))


def start(address: tuple[str, int], count: int, **how: Any) -> list[Taker]:
    takers = [Taker(address, number, **how) for number in range(count)]
    for taker in takers:
        taker.start()
    wait_for("a first save of each taker", lambda: all(taker.acknowledged for taker in takers), 120)
    return takers


def stop(takers: Iterable[Taker], seconds: float = 60) -> None:
    """Let each finish the save at hand; whoever can't within the time gives it up, unacknowledged."""
    takers = list(takers)
    for taker in takers:
        taker.stopping.set()
    until = time.monotonic() + seconds
    for taker in takers:
        taker.join(max(0, until - time.monotonic()))
    for taker in takers:
        taker.given_up.set()
        taker.join(40)


def rows_of(url: str) -> dict[tuple[str, str], tuple[str, str, int, int]]:
    """What a database holds: (quiz, competency) → (step, evidence, revision, count of the save)."""
    query = (
        "SELECT r.assessment_id, c.slug, r.step, r.evidence, r.revision, r.page_save "
        "FROM assessments_rating r JOIN ladder_competency c ON c.id = r.competency_id"
    )
    if url.startswith("sqlite"):
        with contextlib.closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=30)) as connection:
            found = connection.execute(query).fetchall()
    else:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(url) as connection:
            found = connection.execute(query).fetchall()
    return {(str(uuid.UUID(str(row[0]))), row[1]): (str(row[2]), row[3], row[4], row[5]) for row in found}


@dataclass
class Verdict:
    acknowledged: int = 0
    lost: int = 0
    doubled: int = 0
    answers: int = 0

    def __str__(self) -> str:
        return f"{self.acknowledged} saves acknowledged, {self.lost} lost, {self.doubled} doubled"


def compare(takers: Iterable[Taker], url: str) -> Verdict:
    """Compare what was acknowledged with what is stored. A save without a reply may be there or not, but not half."""
    stored, verdict = rows_of(url), Verdict()
    for taker in takers:
        verdict.acknowledged += taker.acknowledged
        for slug, key in taker.answers.items():
            if not key.sent:
                continue
            verdict.answers += 1
            step, evidence, revision, page_save = stored.get((taker.quiz, slug), ("", "", 0, 0))
            # Each save overwrites the one before, so all are there when the newest is.
            verdict.lost += max(0, key.acknowledged - page_save)
            if page_save == key.sent and (step, evidence) != (key.step, key.evidence):
                verdict.lost += 1
            verdict.doubled += max(0, revision - page_save)
            if page_save > key.sent:
                verdict.doubled += 1
    return verdict


def seen(takers: Iterable[Taker]) -> Counter[str]:
    return sum((taker.statuses for taker in takers), Counter())


def retried(takers: Iterable[Taker]) -> int:
    return sum(taker.retried for taker in takers)


def bad_answers(takers: Iterable[Taker]) -> list[str]:
    """Answers that nobody should ever get: a 500, or a 503 that does not say when to come back."""
    takers = list(takers)
    counted = seen(takers)
    wrong = [f"{counted[status]} × {status}" for status in ("500", "400", "403", "404", "409") if counted[status]]
    silent = sum(taker.without_retry_after for taker in takers)
    return wrong + ([f"{silent} × 503 without Retry-After"] if silent else [])


class Server:
    """Rungwise as `manage.py serve` starts it, on a port of its own, with a folder of its own."""

    def __init__(self, folder: Path, url: str, *, workers: int = 2, migrate: bool = True, **settings: str) -> None:
        self.port, self.url = free_port(), url
        self.log = folder / f"server-{self.port}.log"
        self.environment = os.environ | {
            "PROFILE": "local",
            "DATA_DIR": str(folder),
            "DATABASE_URL": url,
            "LISTEN": "127.0.0.1",
            "PORT": str(self.port),
            "WORKERS": str(workers),
            "MIGRATE": str(int(migrate)),
            "LOG_LEVEL": "ERROR",
            **settings,
        }
        self.workers = workers
        self.process = self._start()

    def _start(self) -> "subprocess.Popen[bytes]":
        with self.log.open("ab") as log:
            return subprocess.Popen(  # noqa: S603  - ours
                [sys.executable, str(ROOT / "manage.py"), "serve"],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=log,
            )

    @property
    def address(self) -> tuple[str, int]:
        return "127.0.0.1", self.port

    def is_ready(self) -> bool:
        if self.process.poll() is not None:
            raise RuntimeError(f"the server ended: {self.log.read_text()[-2000:]}")
        connection = http.client.HTTPConnection(*self.address, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()

    def wait(self) -> "Server":
        wait_for("the server's start", self.is_ready, 180, 0.2)
        return self

    def worker_ids(self) -> list[int]:
        """The processes that answer requests, oldest first."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        found = []
        for child in map(int, children):
            with contextlib.suppress(OSError):
                line = Path(f"/proc/{child}/cmdline").read_bytes()
                if b"config.server" in line:
                    found.append(child)
        return found

    def manage(self, *words: str, **changed: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(  # noqa: S603  - ours
            [sys.executable, str(ROOT / "manage.py"), *words],
            cwd=ROOT,
            env=self.environment | changed,
            capture_output=True,
            text=True,
            check=False,
        )

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()

    def kill(self) -> None:
        """SIGKILL to the server and all its workers."""
        for process in [self.process.pid, *self.worker_ids()]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        self.process.wait(20)


class Cluster:
    """A PostgreSQL of this script's own: on a free port, in a folder of its own, with fsync as shipped."""

    def __init__(self, folder: Path, name: str = "cluster", *, programs: Path | None = None, **parameters: str) -> None:
        self.folder, self.port, self.programs = folder / name, free_port(), programs or PROGRAMS
        self.parameters = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(folder),
            "shared_buffers": "64MB",
            **parameters,
        }

    def make(self) -> "Cluster":
        self._run("initdb", "-D", str(self.folder), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-locale")
        return self

    def copy_of(self, primary: "Cluster") -> "Cluster":
        """Become a streaming standby."""
        self._run(
            *("pg_basebackup", "-D", str(self.folder), "-h", "127.0.0.1", "-p", str(primary.port), "-U", "postgres"),
            *("--checkpoint=fast", "--write-recovery-conf"),
        )
        return self

    def start(self) -> "Cluster":
        settings = " ".join(f"-c {name}={value}" for name, value in {"port": str(self.port), **self.parameters}.items())
        self._run("pg_ctl", "-D", str(self.folder), "-l", f"{self.folder}.log", "-w", "-o", settings, "start")
        return self

    def stop(self, mode: str = "immediate") -> None:
        self._run("pg_ctl", "-D", str(self.folder), "-m", mode, "-w", "stop")

    def promote(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder), "-w", "promote")

    def url(self, name: str = "postgres") -> str:
        return f"postgres://postgres@127.0.0.1:{self.port}/{name}"

    def tell(self, statement: str, name: str = "postgres") -> Any:
        import psycopg  # noqa: PLC0415

        with psycopg.connect(self.url(name), autocommit=True) as connection:
            cursor = connection.execute(statement)  # type: ignore[call-overload]
            return cursor.fetchall() if cursor.description else None

    def _run(self, name: str, *words: str) -> None:
        command = [str(self.programs / name), *words]
        if os.getuid() == 0:
            command = ["runuser", "-u", "postgres", "--", *command]
        done = subprocess.run(  # noqa: S603
            command, cwd=self.folder.parent, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"{name}: {done.stderr.strip()}")


@contextlib.contextmanager
def folder(prefix: str = "rungwise-proof-") -> Iterator[Path]:
    """A folder that PostgreSQL's own user can write in, deleted afterwards."""
    path = Path(tempfile.mkdtemp(prefix=prefix))
    try:
        if os.getuid() == 0:
            shutil.chown(path, "postgres")
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@contextlib.contextmanager
def own_database(kind: str, **parameters: str) -> Iterator[tuple[Path, str, Cluster | None]]:
    """A folder and an empty database in it: (folder, its URL, its cluster when it is PostgreSQL)."""
    with folder() as path:
        if kind == "sqlite":
            yield path, f"sqlite:///{path}/proof.sqlite3", None
            return
        cluster = Cluster(path, **parameters).make().start()
        try:
            yield path, cluster.url(), cluster
        finally:
            with contextlib.suppress(RuntimeError):
                cluster.stop()


def say(figures: str, wrong: list[str]) -> int:
    """Print the one line of a proof. Returns its exit status: 1 when something is wrong."""
    print(figures + (f"; WRONG: {', '.join(wrong)}" if wrong else ""), flush=True)
    return 1 if wrong else 0
