"""The servers that are measured: started on free ports of this machine, with the CPU time of their processes."""

import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
PEER = "competence==0.1.0"
SURVEY = ["django-survey-and-report==1.5.0", "django-environ", "argon2-cffi", "psycopg[binary,pool]"]

# SIGTERM alone would run no `finally`: the servers of a stopped run would stay.
signal.signal(signal.SIGTERM, lambda *_: sys.exit("stopped"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@dataclass
class Server:
    name: str
    port: int
    process: subprocess.Popen[bytes]

    def cpu(self) -> int:
        """Nanoseconds that all threads of its processes have run so far."""
        return sum(_cpu(pid) for pid in family(self.process.pid))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            self.process.kill()


def family(pid: int) -> list[int]:
    """A process and all its descendants."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(found for child in children for found in family(int(child)))]


def _cpu(pid: int) -> int:
    return sum(int((task / "schedstat").read_text().split()[0]) for task in Path(f"/proc/{pid}/task").iterdir())


def _started(name: str, port: int, arguments: list[str], environment: dict[str, str], log: Path) -> Server:
    with log.open("wb") as out:
        process = subprocess.Popen(
            arguments, cwd=ROOT, env={**os.environ, **environment}, stdout=out, stderr=subprocess.STDOUT
        )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=10)
            connection.request("GET", "/")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
            continue
        return Server(name, port, process)
    process.kill()
    sys.exit(f"{name} did not start: {log.read_text()[-2000:]}")


def wsgi(
    name: str, module: str, environment: dict[str, str], folder: Path, workers: int, *, python: str = sys.executable
) -> Server:
    """On the server and with the flags of `manage.py serve`."""
    port = free_port()
    kind, target = ("rsgi", "config.door:one_by_one") if module == "config.wsgi" else ("wsgi", f"{module}:application")
    flags = ["--interface", kind, "--host", "127.0.0.1", "--port", str(port), "--workers", str(workers)]
    flags += ["--blocking-threads", "1", "--backlog", "4096", "--no-ws", "--log-level", "warning"]
    arguments = [python, "-m", "config.server", *flags, target]
    return _started(name, port, arguments, environment, folder / f"{name}.log")


def make_peer(folder: Path, uv: str) -> Path:
    """The peer in an environment of its own, from PyPI. Nothing of it is kept here."""
    return _environment(folder / "peer", uv, [PEER]) / "competence"


def make_survey(folder: Path, uv: str) -> Path:
    """The second peer's Python, with the same server as ours beside it."""
    return _environment(folder / "survey", uv, [*SURVEY, f"granian=={version('granian')}"]) / "python"


def _environment(home: Path, uv: str, packages: list[str]) -> Path:
    if not (home / "made").exists():
        subprocess.run([uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(home)], check=True)
        install = [uv, "pip", "install", "--quiet", "--python", str(home / "bin" / "python"), *packages]
        subprocess.run(install, check=True)
        (home / "made").touch()
    return home / "bin"


def fill_peer(command: Path, data: Path, people: int, skills: int) -> None:
    """An empty database with as many people and skills as the product's, all of them rated."""
    subprocess.run([str(command), "--data", str(data), "init"], check=True, stdout=subprocess.DEVNULL)
    with sqlite3.connect(data / "matrix.sqlite") as database:
        found = [row[0] for row in database.execute("SELECT id FROM skills ORDER BY sort_order")]
        keep = found[:skills]
        database.executemany("UPDATE skills SET retired_on = '2020-01-01' WHERE id = ?", [(i,) for i in found[skills:]])
        role = database.execute("SELECT MIN(id) FROM roles").fetchone()[0]
        round_id = database.execute("INSERT INTO rounds (label, held_on) VALUES ('Benchmark', '2026-01-01')").lastrowid
        for n in range(people):
            person = database.execute("INSERT INTO people (name) VALUES (?)", (f"Person {n}",)).lastrowid
            assessment = database.execute(
                "INSERT INTO assessments (person_id, round_id, role_id) VALUES (?, ?, ?)", (person, round_id, role)
            ).lastrowid
            database.executemany(
                "INSERT INTO ratings (assessment_id, skill_id, self, agreed, desire) VALUES (?, ?, ?, ?, ?)",
                [
                    (assessment, skill, (0, 1, 2, 3, 5, 8)[(n + i) % 6], None, 1 + (n + i) % 3)
                    for i, skill in enumerate(keep)
                ],
            )


def peer(command: Path, data: Path, folder: Path) -> Server:
    port = free_port()
    arguments = [str(command), "--data", str(data), "--port", str(port), "--no-browser"]
    return _started("peer", port, arguments, {}, folder / "peer.log")


def peer_actions(data: Path) -> dict[str, list[dict[str, object]]]:
    with sqlite3.connect(data / "matrix.sqlite") as database:
        round_id = database.execute("SELECT MAX(id) FROM rounds").fetchone()[0]
        skill = database.execute("SELECT id FROM skills WHERE retired_on IS NULL ORDER BY sort_order").fetchone()[0]
        people = [row[0] for row in database.execute("SELECT id FROM people ORDER BY id LIMIT 32")]
    headers = {"HX-Request": "true", "Origin": "http://{host}"}
    form = {"agreed": "", "desire": "2"}
    turns = {"self_level": ["0", "1", "2", "3", "5", "8"]}
    at = f"/round/{round_id}/person"
    return {
        "save": [
            {"method": "POST", "path": f"{at}/{person}/skill/{skill}", "form": form, "turns": turns, "headers": headers}
            for person in people
        ],
        "quiz page": [{"path": f"{at}/{person}", "headers": {}} for person in people],
        "report": [{"path": f"{at}/{person}/profile", "headers": {}} for person in people],
        "matrix of 200": [{"path": f"/round/{round_id}/heatmap", "headers": {}}],
    }
