"""Commands as an operator types them: what they print, and what they refuse with."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

ROOT = Path(__file__).resolve().parent.parent


def ran(*words: Any, **options: Any) -> str:
    out = io.StringIO()
    call_command(*words, stdout=out, **options)
    return out.getvalue()


def refusal(*words: Any, **options: Any) -> str:
    """What is said on standard error; the exit status is 2."""
    with pytest.raises(CommandError) as refused:
        ran(*words, **options)
    assert refused.value.returncode == 2
    return str(refused.value)


def alone(*words: str, at: Path = ROOT, **environment: str) -> subprocess.CompletedProcess[str]:
    """Python in a process of its own, with this environment and nothing else of ours."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=at,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
