"""What README says to type works in a fresh checkout: no key, no database, no profile."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
TYPED = [
    line.strip().removeprefix("uv run ")
    for line in (ROOT / "README.md").read_text().splitlines()
    if line.strip().startswith("uv run manage.py ")
]
SAYS = {"title": '"specialisation": "technical"', "score": '"levels": {', "check_ladder": "25 competencies"}


def test_each_command_is_looked_at() -> None:
    assert [line.split()[1] for line in TYPED] == list(SAYS)


@pytest.mark.parametrize("line", TYPED)
def test_a_command_of_readme_needs_nothing_set_up(line: str, tmp_path: Path) -> None:
    (tmp_path / "answers.json").write_text(json.dumps({"strategy": 3, "data": 4}))
    for name in ("manage.py", "fixtures"):
        (tmp_path / name).symlink_to(ROOT / name)
    words = shlex.split(line)
    done = subprocess.run(
        [sys.executable, *words],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "DATA_DIR": str(tmp_path / "var")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    assert SAYS[words[1]] in done.stdout
    assert not (tmp_path / "var" / "secret_key").exists()


def test_other_commands_still_want_a_key() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "migrate"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, "SECRET_KEY is not set" in done.stderr) == (2, True)


def test_a_profile_that_is_named_is_taken_at_its_word() -> None:
    done = subprocess.run(
        [sys.executable, "manage.py", "title", "PM"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "PROFILE": "production"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, "SECRET_KEY is not set" in done.stderr) == (2, True)
