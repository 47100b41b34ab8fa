"""Restarts the site into new code under load, by systemd and as docs/operations.md says, and counts failed requests.

    python -m trials.operate.restart [--restarts 5] [--database sqlite|postgresql] [--ways direct nginx caddy haproxy]

Needs root, systemd, nginx, Caddy and HAProxy. A systemd of this script's own, in namespaces of its own, starts the
shipped unit, without what shuts it in. On each way, one visitor saves answers and one reads pages; each restart brings
code from another folder, with another number. Prints requests, failed ones and the longest wait for each way, and what
became of the saves. Exits with 1 when a request failed, a save was lost or doubled, old code still answered, more or
less than one worker of jobs was there, or the port was still open after a stop. With --without, systemd keeps no port,
and requests must fail.
"""

import argparse
import contextlib
import http.client
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from trials import load
from trials.attacks.forged_address import proxy, sample
from trials.faults.stop_gracefully import environment, workers_of_jobs

UNIT = load.ROOT / "deploy/systemd/rungwise.service"
CODE = ("assessments", "config", "fixtures", "growth", "ladder", "people", "static", "templates", "manage.py", ".venv")
PAGES = ("/ladder/", "/reports/sample/", "/ladder/search/?q=strategy")
TOKEN = "only-for-a-trial-of-restarts-0123456789"  # noqa: S105
# What needs a systemd that started the machine.
_SHUTS_IN = r"(?m)^(User|NoNew|Capab|Protect|Private|Restrict|Lock|SystemCall).*\n"
_SYSTEMD = """
mount --make-rprivate / && { umount -l /sys/fs/cgroup || true; } && mount -t cgroup2 none /sys/fs/cgroup
mount -t tmpfs none /run && mkdir -p /run/systemd/system
mkdir /sys/fs/cgroup/$NAME && echo $$ > /sys/fs/cgroup/$NAME/cgroup.procs
/lib/systemd/systemd --user
echo $$ > /sys/fs/cgroup/cgroup.procs
find /sys/fs/cgroup/$NAME -depth -type d -exec rmdir {} +
"""


class Systemd:
    """A systemd of our own, for as long as the block runs."""

    def __init__(self, folder: Path) -> None:
        self.own = os.environ | {
            "XDG_RUNTIME_DIR": str(folder / "run"),
            "XDG_CONFIG_HOME": str(folder / "config"),
            "HOME": str(folder),
            "NAME": f"rungwise-{os.getpid()}",
            "SYSTEMD_LOG_TARGET": "console",
        }
        self.units = folder / "config/systemd/user"
        self.units.mkdir(parents=True)
        (folder / "run").mkdir(mode=0o700)
        self.log = folder / "systemd.log"

    def __enter__(self) -> "Systemd":
        apart = ["unshare", "--mount", "--cgroup", "--pid", "--fork", "--kill-child", "--mount-proc"]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([*apart, "sh", "-ec", _SYSTEMD], env=self.own, stdout=log, stderr=log)  # noqa: S603
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        load.wait_for("the namespace", children.read_text)
        self.inside = ["nsenter", "--target", children.read_text().split()[0], "--mount", "--pid", "--cgroup"]
        try:
            load.wait_for("systemd's start", lambda: self.tell("is-system-running") in {"running", "degraded"}, 30, 0.2)
        except TimeoutError:
            self.__exit__()
            raise
        return self

    def tell(self, *words: str) -> str:
        done = subprocess.run(  # noqa: S603
            [*self.inside, "systemctl", "--user", *words],
            env=self.own,
            capture_output=True,
            text=True,
            check=False,
        )
        return (done.stdout or done.stderr).strip()

    def __exit__(self, *_: object) -> None:
        self.tell("exit")
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()  # and by --kill-child all that is inside


class Reader(threading.Thread):
    """Reads pages at an address until told to stop."""

    def __init__(self, address: tuple[str, int]) -> None:
        super().__init__(daemon=True)
        self.address, self.statuses, self.slowest = address, Counter[str](), 0.0
        self.stopping = threading.Event()

    def run(self) -> None:
        while not self.stopping.is_set():
            began = time.monotonic()
            self.statuses[self._ask(PAGES[self.statuses.total() % len(PAGES)])] += 1
            self.slowest = max(self.slowest, time.monotonic() - began)

    def _ask(self, page: str) -> str:
        line = http.client.HTTPConnection(*self.address, timeout=60)
        try:
            line.request("GET", page)
            answer = line.getresponse()
            return str(answer.status) if answer.read().rstrip().endswith(b"</html>") else "half a page"
        except (OSError, http.client.HTTPException) as error:
            return type(error).__name__
        finally:
            line.close()


def put_code(folder: Path, number: int) -> None:
    """The code in a folder of its own, with a version of its own, under the name that the unit has."""
    place = folder / f"code-{number}"
    place.mkdir()
    for name in CODE:
        (place / name).symlink_to(load.ROOT / name)
    (place / "config").unlink()
    shutil.copytree(load.ROOT / "config", place / "config")
    version = place / "config/version.py"
    version.write_text(re.sub(r'(?m)^VERSION = ".*"$', f'VERSION = "trial-{number}"', version.read_text()))
    manage = place / "manage.py"
    manage.unlink()
    shutil.copy(load.ROOT / "manage.py", manage)
    subprocess.run(["ln", "-sfn", str(place), str(folder / "rungwise")], check=True)  # noqa: S603, S607


def version_at(port: int) -> str:
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request("GET", "/healthz", headers={"Authorization": f"Bearer {TOKEN}"})
    return str(json.load(line.getresponse()).get("version"))


@contextlib.contextmanager
def ways(names: list[str], port: int, folder: Path) -> Iterator[dict[str, int]]:
    """The ports that visitors come by: ours, and those of proxies with the samples of the documentation."""
    with contextlib.ExitStack() as stack:
        found = {}
        for name in names:
            found[name] = port if name == "direct" else load.free_port()
            if name != "direct":
                config = sample(name, found[name], port)
                stack.enter_context(proxy(name, config, found[name], folder / name))
        yield found


def restart(systemd: Systemd, folder: Path, port: int, number: int) -> tuple[float, list[str]]:
    """Put new code in place and restart; gives the seconds until it answers, and what is wrong."""
    put_code(folder, number)
    began = time.monotonic()
    systemd.tell("restart", "rungwise")
    said, wrong = version_at(port), []
    took = time.monotonic() - began
    if said != f"trial-{number}":
        wrong.append(f"{said} answered after restart {number}")
    with contextlib.suppress(TimeoutError):
        load.wait_for("the worker of jobs", lambda: len(workers_of_jobs(str(folder))) == 2, 20)
    beside = len(workers_of_jobs(str(folder)))
    return took, wrong + ([f"{beside} instead of keeper and worker after restart {number}"] if beside != 2 else [])


def main() -> int:
    parser = argparse.ArgumentParser(description="Restart under load, and count what failed.")
    parser.add_argument("--restarts", type=int, default=5)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--ways", nargs="+", default=["direct", "nginx", "caddy", "haproxy"])
    parser.add_argument("--without", action="store_true", help="the counter-proof: systemd keeps no port")
    given = parser.parse_args()
    with load.own_database(given.database) as (folder, url, _), Systemd(folder) as systemd:
        env = environment(str(folder), url) | {"METRICS_TOKEN": TOKEN, "HEALTH_PORT": str(load.free_port())}
        env |= {"TRUST_PROXY_HTTPS_HEADER": "1", "TRUSTED_PROXY_COUNT": "1"}
        port = int(env["PORT"])
        for said in ("migrate -v0", "load_ladder fixtures/ladders/pm", "collectstatic --noinput -v0"):
            command = [sys.executable, "manage.py", *said.split()]
            subprocess.run(command, cwd=load.ROOT, env=env, check=True, stdout=subprocess.DEVNULL)  # noqa: S603
        (folder / "rungwise.env").write_text("".join(f"{name}={value}\n" for name, value in env.items()))
        unit = UNIT.read_text().replace("/etc/rungwise.env", f"{folder}/rungwise.env")
        unit = unit.replace("FileDescriptorStoreMax=1", "") if given.without else unit
        unit = re.sub(_SHUTS_IN, "", unit).replace("/opt/rungwise", f"{folder}/rungwise")
        (systemd.units / "rungwise.service").write_text(unit)
        put_code(folder, 0)
        systemd.tell("daemon-reload")
        systemd.tell("start", "rungwise")
        load.wait_for("the site", lambda: load.is_open(port), 60)
        with ways(given.ways, port, folder) as ports:
            readers = {way: Reader(("127.0.0.1", to)) for way, to in ports.items()}
            takers = {way: load.Taker(("127.0.0.1", to), number) for number, (way, to) in enumerate(ports.items())}
            people = [*readers.values(), *takers.values()]
            for each in people:
                each.start()
            load.wait_for("a first save of each", lambda: all(taker.acknowledged for taker in takers.values()), 60)
            wrong, took = [], []
            for number in range(1, given.restarts + 1):
                time.sleep(2)
                seconds, found = restart(systemd, folder, port, number)
                took.append(seconds)
                wrong += found
            for each in people:
                each.stopping.set()
            for each in people:
                each.join(60)
        verdict = load.compare(takers.values(), url)
        systemd.tell("stop", "rungwise")
        time.sleep(1)
        wrong += ["the port is open after a stop"] * load.is_open(port)
        log = (systemd.log).read_text()
    failed = 0
    for way in ports:
        counted = readers[way].statuses + takers[way].statuses
        bad = {status: count for status, count in counted.items() if status not in {"200", "302"}}
        failed += sum(bad.values())
        longest = max(readers[way].slowest, takers[way].slowest)
        print(
            f"{way}: {counted.total()} requests, {sum(bad.values())} failed {bad or ''}, longest wait {longest:.1f} s"
        )
    wrong += [f"{failed} requests failed"] * bool(failed) + [str(verdict)] * bool(verdict.lost + verdict.doubled)
    if wrong:
        print(log[-3000:])
    return load.say(f"{given.database}, {given.restarts} restarts of {max(took):.1f} s at most; {verdict}", wrong)


if __name__ == "__main__":
    sys.exit(main())
