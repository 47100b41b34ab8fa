"""Does what the Dockerfile and compose.yaml say, without Docker, in a Debian of this script's own.

    python -m trials.operate.image [--base FOLDER] [--without-fonts]

Needs root, debootstrap and Debian's packages. Each line of the Dockerfile is carried out by chroot: FROM is a Debian 13
with its Python 3.13, COPY keeps to .dockerignore, ENV, WORKDIR, USER and CMD hold for what follows. Then the services
of compose.yaml run as it starts them: as the image's user, with the settings that reach them from a .env, on a file
system that is read-only but for their volumes and /tmp; their database is PostgreSQL of this machine. Prints each line
and step with its seconds, and exits with 1 at the first that fails.

--base keeps the Debian for another run; without fonts, half a gigabyte is not downloaded, and PDFs have none.
"""

import argparse
import contextlib
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from tests import compose
from trials import load

ROOT = Path(__file__).resolve().parents[2]
# As this machine reaches packages, so does the build.
ASIDE = ("/etc/resolv.conf", "/etc/pip.conf", "/etc/uv/uv.toml", "/etc/ssl/certs/ca-certificates.crt")
PASSED_ON = re.compile(r"(PIP|UV|SSL|HTTPS?|NO)_.*|https?_proxy|no_proxy")
PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"


@contextlib.contextmanager
def timed(what: str) -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    except BaseException:
        print(f"FAILED {what}", flush=True)
        raise
    print(f"{time.monotonic() - started:6.1f} s  {what}", flush=True)


def instructions() -> Iterator[tuple[str, str]]:
    """The lines of the Dockerfile, those that go on put together."""
    text = (ROOT / "Dockerfile").read_text()
    text = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    for line in filter(None, (line.strip() for line in text.splitlines())):
        word, _, rest = line.partition(" ")
        yield word, re.sub(r"\s+", " ", rest)


def make_base(base: Path) -> None:
    """A stand-in for python:3.13-slim."""
    if not (base / "usr/bin/python3").exists():
        with timed("Debian 13"):
            run(["debootstrap", "--variant=minbase", f"--include={PACKAGES}", "trixie", str(base)])
    for file in ASIDE:
        if Path(file).is_file():
            (base / file[1:]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, base / file[1:])
    for marker in base.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        marker.unlink()
    with contextlib.suppress(FileExistsError):
        (base / "usr/local/bin/python").symlink_to("/usr/bin/python3")


def run(command: list[str], **more: object) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False, **more)  # type: ignore[call-overload]  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"{shlex.join(command)[:200]}: {(done.stdout + done.stderr)[-1500:]}")
    return done  # type: ignore[no-any-return]


class Stage:
    """A file system on top of the base, and what the instructions have set so far."""

    def __init__(self, place: Path, base: Path) -> None:
        self.root, self.env, self.folder, self.user, self.command = place / "root", {}, "/", "", [""]
        for name in ("upper", "work", "root"):
            (place / name).mkdir(parents=True)
        layers = f"lowerdir={base},upperdir={place}/upper,workdir={place}/work"
        run(["mount", "-t", "overlay", "overlay", "-o", layers, str(self.root)])
        for name in ("proc", "dev"):
            run(["mount", "--rbind", f"/{name}", str(self.root / name)])
        self.env: dict[str, str] = {"PATH": "/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"}

    def close(self) -> None:
        for path in (self.root / "proc", self.root / "dev", self.root):
            subprocess.run(["umount", "-l", str(path)], check=False)  # noqa: S603, S607

    def carry_out(self, word: str, rest: str, stages: dict[str, "Stage"]) -> None:
        match word:
            case "ENV":
                given = dict(item.split("=", 1) for item in shlex.split(rest))
                self.env |= {name: value.replace("$PATH", self.env["PATH"]) for name, value in given.items()}
            case "WORKDIR":
                self.folder = rest
                (self.root / rest[1:]).mkdir(parents=True, exist_ok=True)
            case "RUN":
                passed = {name: value for name, value in os.environ.items() if PASSED_ON.fullmatch(name)}
                # Secrets that are mounted may be missing; here, what this machine trusts is in the base.
                command = re.sub(r"^(--mount=\S+ )+", "", rest)
                run(self.chrooted(["sh", "-c", command]), env=passed | self.env)
            case "COPY":
                self._copy(shlex.split(rest), stages)
            case "USER":
                self.user = rest
            case "CMD":
                self.command = json.loads(rest)
            case "VOLUME" | "EXPOSE" | "HEALTHCHECK" | "ARG":
                pass
            case _:
                raise RuntimeError(f"{word} is not known here")

    def _copy(self, words: list[str], stages: dict[str, "Stage"]) -> None:
        origin = ROOT
        if words[0].startswith("--from="):
            origin = stages[words.pop(0).removeprefix("--from=")].root
        *sources, to = words
        target = self.root / os.path.join(self.folder, to)[1:]  # noqa: PTH118  - an absolute path wins
        if origin == ROOT and sources == ["."]:
            kept = (ROOT / ".dockerignore").read_text().split()
            sources = [name[1:] for name in kept if name.startswith("!") and (ROOT / name[1:]).exists()]
        target.mkdir(parents=True, exist_ok=True)
        for source in sources:
            path = origin / source.lstrip("/")
            if origin != ROOT:
                run(["cp", "-a", f"{path}/.", str(target)])
            elif path.is_dir():
                shutil.copytree(path, target / path.name, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                shutil.copy(path, target)

    def chrooted(self, command: list[str], *, user: str = "") -> list[str]:
        inside = f"cd {shlex.quote(self.folder)} && exec {shlex.join(command)}"
        return ["chroot", *([f"--userspec={user}"] if user else []), str(self.root), "sh", "-c", inside]


def build(folder: Path, base: Path, *, without_fonts: bool, stages: dict[str, Stage]) -> Stage:
    stage: Stage | None = None
    for word, rest in instructions():
        if word == "FROM":
            name = rest.partition(" AS ")[2] or "last"
            stages[name] = stage = Stage(folder / name, base)
        elif stage is not None:
            done = re.sub(r"fonts-noto-\S+ ?", "", rest) if without_fonts else rest
            with timed(f"{word} {rest[:90]}"):
                stage.carry_out(word, done, stages)
    assert stage  # noqa: S101
    return stage


def compose_up(image: Stage, url: str) -> None:
    """What docs/operations.md tells to type under compose, in its order."""
    given = {"SECRET_KEY": os.urandom(48).hex(), "ALLOWED_HOSTS": "localhost", "POSTGRES_PASSWORD": "unused"}
    given |= {"DATABASE_URL": url, "PORT": str(load.free_port()), "HEALTH_PORT": str(load.free_port())}
    said = compose.services(given)
    for volume in (mount.partition(":")[2] for mount in said["app"]["volumes"]):
        if (image.root / volume[1:]).stat().st_uid != 10001:
            raise RuntimeError(f"{volume} is not the user's own")
    for place in ("data", "backups", "tmp"):
        run(["mount", "-t", "tmpfs", "-o", "mode=0700,uid=10001", "tmpfs", str(image.root / place)])
    run(["mount", "-o", "remount,ro", str(image.root)])

    def types(*words: str, service: str = "app") -> str:
        environment = compose.reaches(service, given) | {"PATH": image.env["PATH"]}
        with timed(f"{service}: {' '.join(words)}"):
            return run(image.chrooted(list(words), user=image.user), env=environment).stdout

    environment = compose.reaches("app", given) | {"PATH": image.env["PATH"]}
    with timed("app: it is healthy"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        app = subprocess.Popen(image.chrooted(image.command, user=image.user), env=environment, **quiet)  # type: ignore[call-overload]  # noqa: S603
        load.wait_for("the probe", lambda: _is_well(image, environment), 180)
    try:
        types("python", "manage.py", "backup", "/backups/by-hand.backup")
        loop = said["daily"]["command"][2]
        daily = loop.removeprefix("while :; do ").partition(";")[0]
        print(types(*shlex.split(daily), service="daily"))
    finally:
        with timed("app: it ends"):
            app.terminate()
            app.wait(60)
    print(types("python", "manage.py", "restore", "/backups/by-hand.backup", "--replace"))
    print(types("python", "manage.py", "go_live"))
    types("python", "manage.py", "daily", "backup", "proof", "audit", service="daily")


def _is_well(image: Stage, environment: dict[str, str]) -> bool:
    probe = image.chrooted(["python", "-m", "config.probe"], user=image.user)
    return subprocess.run(probe, env=environment, capture_output=True, check=False).returncode == 0  # noqa: S603


def main() -> int:
    parser = argparse.ArgumentParser(description="Build and run the image without Docker.")
    parser.add_argument("--base", type=Path)
    parser.add_argument("--without-fonts", action="store_true")
    given = parser.parse_args()
    stages: dict[str, Stage] = {}
    with load.own_database("postgresql") as (folder, url, cluster):
        base = given.base or folder / "base"
        make_base(base)
        place = folder / "image"
        place.mkdir(mode=0o755)
        folder.chmod(0o755)
        try:
            image = build(place, base, without_fonts=given.without_fonts, stages=stages)
            compose_up(image, url)
        finally:
            for stage in stages.values():
                for mounted in ("data", "backups", "tmp"):
                    subprocess.run(["umount", "-l", str(stage.root / mounted)], check=False, capture_output=True)  # noqa: S603, S607
                stage.close()
        assert cluster  # noqa: S101
    return load.say("every line of the Dockerfile and both services of compose did what they say", [])


if __name__ == "__main__":
    sys.exit(main())
