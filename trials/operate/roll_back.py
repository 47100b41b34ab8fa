"""Upgrades from an earlier commit and goes back by restoring what was backed up before, as docs/operations.md says.

    python -m trials.operate.roll_back [--from HEAD~150] [--database sqlite|postgresql]

Needs the repository's history and uv. The old code fills a database with the demo company and backs it up; today's
brings it up to date and writes on; then the old code restores. Prints the seconds of each step and how many tables
differ from what was backed up, and exits with 1 when one does.
"""

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from django.db.utils import ConnectionHandler

from trials import load

ROOT = Path(__file__).resolve().parents[2]
# What a restore and the one who works with the database change on purpose.
NOT_KEPT = {"people_session", "django_session", "cache", "people_mailhold", "people_proof"}
UV = shutil.which("uv") or str(ROOT / ".uv/bin/uv")


@contextlib.contextmanager
def code_of(commit: str, folder: Path) -> Iterator[Path]:
    """The code of a commit, with the packages that it locks."""
    git = ["git", "-C", str(ROOT), "worktree"]
    place = folder / "old"
    subprocess.run([*git, "add", "--quiet", "--detach", str(place), commit], check=True)  # noqa: S603
    try:
        subprocess.run([UV, "sync", "--quiet", "--locked", "--no-dev"], cwd=place, env=_clean(), check=True)  # noqa: S603
        yield place
    finally:
        subprocess.run([*git, "remove", "--force", str(place)], check=True)  # noqa: S603


def _clean() -> dict[str, str]:
    """Our environment without that of the virtual one."""
    return {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}


class Operator:
    """Types commands, and keeps the time of each."""

    def __init__(self, url: str, data: Path) -> None:
        self.own = {"DATABASE_URL": url, "DATA_DIR": str(data), "PROFILE": "local", "DATABASE_POOL": "0"}
        self.took: list[str] = []

    def types(self, code: Path, *words: str) -> str:
        started = time.monotonic()
        done = subprocess.run(  # noqa: S603
            [code / ".venv/bin/python", "manage.py", *words],
            env=os.environ | self.own | {"LOG_LEVEL": "ERROR"},
            cwd=code,
            capture_output=True,
            text=True,
            check=False,
        )
        self.took.append(f"{words[0]} {time.monotonic() - started:.1f} s")
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}: {done.stderr.strip() or done.stdout.strip()}")
        return done.stdout


def rows(url: str) -> dict[str, object]:
    from config import databases  # noqa: PLC0415  - Django is set up by then
    from people.database.rows import rows_of  # noqa: PLC0415

    connection = ConnectionHandler({"default": databases.to_move_to(url)})["default"]
    try:
        return {table: found for table, found in rows_of(connection).items() if table not in NOT_KEPT}
    finally:
        connection.close()


def main() -> int:
    parser = argparse.ArgumentParser(description="Upgrade, and go back by a restore.")
    parser.add_argument("--from", dest="commit", default="HEAD~150")
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="postgresql")
    given = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    os.environ.setdefault("PROFILE", "test")
    os.environ.setdefault("SECRET_KEY", "only-to-read-the-rows-of-a-trial-0123456789-abcdefghij")
    import django  # noqa: PLC0415

    django.setup()
    with load.own_database(given.database) as (folder, url, _), code_of(given.commit, folder) as old:
        operator, backup = Operator(url, folder / "data"), str(folder / "before.backup")
        for words in (["migrate", "-v0"], ["load_ladder", "fixtures/ladders/pm"], ["load_demo"]):
            operator.types(old, *words)
        operator.types(old, "backup", backup)
        before = rows(url)
        for words in (["migrate", "-v0"], ["load_ladder", "fixtures/ladders/pm"], ["verify_audit"]):
            operator.types(ROOT, *words)
        upgraded = rows(url)
        operator.types(ROOT, "daily", "abandoned", "sessions")
        operator.types(old, "restore", backup, "--replace")
        operator.types(old, "verify_audit")
        operator.types(old, "migrate", "--check")
        after = rows(url)
    lost = sorted(table for table in before if before[table] != after.get(table))
    left = sorted(after.keys() - before.keys())
    print(", ".join(operator.took))
    return load.say(
        f"{given.database}, {given.commit}: {len(upgraded) - len(before)} tables came and went, "
        f"{len(lost)} of {len(before)} tables differ after going back",
        [f"rows of {', '.join(lost)} differ"] * bool(lost) + [f"{', '.join(left)} were left"] * bool(left),
    )


if __name__ == "__main__":
    sys.exit(main())
