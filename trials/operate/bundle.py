"""Makes the bundle for machines without internet, and goes all the way from it to a served page without a network.

    python -m trials.operate.bundle

Needs root, git and Python with venv, which is all that the other machine needs, too. `make bundle` runs as usual; then
what docs/operations.md says (Inside a company's network, First start by hand) is typed in a network namespace of its
own, that has nothing but a loopback, without uv and with no setting of this machine's for pip. Prints each step with
its seconds, and exits with 1 at the first that fails.
"""

import contextlib
import os
import secrets
import shlex
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from trials import load

ROOT = Path(__file__).resolve().parents[2]
UNPACK = """
sha256sum --check {name}.tar.gz.sha256
mkdir rungwise
tar --extract --file {name}.tar.gz --directory rungwise --strip-components 1
"""
INSTALL = """
python3 -m venv .venv
.venv/bin/pip install --no-index --find-links wheels --require-hashes --requirement requirements.txt
.venv/bin/python manage.py collectstatic --noinput
.venv/bin/python manage.py migrate
.venv/bin/python manage.py load_ladder fixtures/ladders/pm
.venv/bin/python manage.py check
"""


@contextlib.contextmanager
def timed(what: str) -> Iterator[None]:
    started = time.monotonic()
    yield
    print(f"{time.monotonic() - started:6.1f} s  {what}", flush=True)


def make() -> Path:
    """The newest archive that `make bundle` leaves."""
    with timed("make bundle"):
        subprocess.run(["make", "--no-print-directory", "bundle"], cwd=ROOT, check=True, capture_output=True)  # noqa: S607
    return max((ROOT / "build").glob("rungwise-*.tar.gz"), key=lambda file: file.stat().st_mtime)


def leads_nowhere() -> bool:
    """Neither names nor addresses of elsewhere can be reached."""
    for host in ("pypi.org", "192.0.2.1"):
        with contextlib.suppress(OSError), socket.create_connection((host, 443), timeout=2):
            return False
    return True


def inside(folder: Path, archive: Path) -> int:
    """What is typed on the other machine, in this namespace."""
    if not leads_nowhere():
        return load.say("", ["there is a network"])
    for file in (archive, Path(f"{archive}.sha256")):
        (folder / file.name).write_bytes(file.read_bytes())
    port = load.free_port()
    environment = {
        # Python's own, without this project's environment.
        "PATH": f"{Path(sys.base_prefix) / 'bin'}:/usr/bin:/bin",
        "PIP_CONFIG_FILE": os.devnull,
        "HOME": str(folder),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "127.0.0.1",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "HTTPS": "0",
        "DATA_DIR": str(folder / "data"),
        "PORT": str(port),
    }
    at = folder / "rungwise"
    for steps, place in ((UNPACK, folder), (INSTALL, at)):
        for step in steps.format(name=archive.name.removesuffix(".tar.gz")).strip().splitlines():
            with timed(step):
                subprocess.run(shlex.split(step), cwd=place, env=environment, check=True, capture_output=True)  # noqa: S603
    manage = [".venv/bin/python", "manage.py"]
    served = subprocess.Popen([*manage, "serve"], cwd=at, env=environment, stderr=subprocess.DEVNULL)  # noqa: S603
    try:
        with timed("serve, and a page"):
            load.wait_for("the front page", lambda: b"<h1" in page(port), 120)
        with timed("doctor"):
            said = subprocess.run(  # noqa: S603
                [*manage, "doctor"], cwd=at, env=environment, capture_output=True, text=True, check=False
            )
    finally:
        served.terminate()
        served.wait(60)
    print(said.stdout)
    lines = [line for line in said.stdout.splitlines() if line.startswith(("fail", "ok    version", "ok    callers"))]
    wrong = [] if len(lines) == 2 and not said.returncode else ["the doctor is not content"]
    return load.say(f"{archive.stat().st_size // 1_000_000} MB, from the archive to a page without a network", wrong)


def page(port: int) -> bytes:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10) as answer:
            return bytes(answer.read())
    except OSError:
        return b""


def main() -> int:
    if sys.argv[1:2] == ["--inside"]:
        return inside(Path(sys.argv[2]), Path(sys.argv[3]))
    archive = make()
    with load.folder() as folder:
        again = shlex.join([sys.executable, "-m", "trials.operate.bundle", "--inside", str(folder), str(archive)])
        alone = ["unshare", "--net", "sh", "-c", f"ip link set lo up && exec {again}"]
        return subprocess.run(alone, cwd=ROOT, check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
