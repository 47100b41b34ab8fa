"""What README says to type works in a fresh checkout: no key, no database, no profile."""

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.commands import alone

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
    done = alone(*words, at=tmp_path, DATA_DIR=str(tmp_path / "var"))
    assert done.returncode == 0, done.stderr
    assert SAYS[words[1]] in done.stdout
    assert not (tmp_path / "var" / "secret_key").exists()


@pytest.mark.parametrize(("words", "profile"), [(["migrate"], {}), (["title", "PM"], {"PROFILE": "production"})])
def test_other_commands_and_a_profile_that_is_named_still_want_a_key(words: list[str], profile: dict[str, str]) -> None:
    done = alone("manage.py", *words, **profile)
    assert (done.returncode, "SECRET_KEY is not set" in done.stderr) == (2, True)


@pytest.mark.parametrize("python", [False, True])
def test_make_says_what_it_needs_in_one_line(tmp_path: Path, python: bool) -> None:
    """It fetches no Python unasked, and does not end in a page about where it looked."""
    for name in ("cat", "sh"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    for name, does in {"uv": "exit 2", "python3": "echo Python 3.11.2"}.items() if python else ():
        (tmp_path / name).write_text(f"#!/bin/sh\n{does}\n")
        (tmp_path / name).chmod(0o755)
    wanted = ["interpreter", f"UV={tmp_path / 'uv'}"] if python else ["--always-make", ".uv/bin/uv", "UV=.uv/bin/uv"]
    done = subprocess.run(
        [str(shutil.which("make")), *wanted],
        cwd=ROOT,
        env={"PATH": str(tmp_path), "PYENV_ROOT": "/nowhere"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    line, last = done.stderr.splitlines()
    assert line.startswith("Rungwise needs Python 3.13, and ")
    assert ("this machine has Python 3.11.2. Install it" in line) == python
    assert last.startswith("make: ***")
