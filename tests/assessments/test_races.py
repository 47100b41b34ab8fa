"""Many requests at the same moment lose nothing, on a database that really commits (see races.py)."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

ROOT = Path(__file__).resolve().parents[2]


# Without the mark there is no database to copy when this file runs alone.
@pytest.mark.django_db
def test_many_at_once_lose_nothing(own_database: str) -> None:
    ours = {"DATABASE_URL": own_database, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "tests/assessments/races.py"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | ours, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found.pop("vendor") == connection.vendor
    assert len(found) == 7
    assert {race: wrong for race, wrong in found.items() if wrong} == {}
