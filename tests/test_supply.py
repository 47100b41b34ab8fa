"""What we build on: locked with hashes, under licences that we allow, and said in docs/licences.md."""

import tomllib
from pathlib import Path

import pytest

from trials import licences

ROOT = Path(__file__).resolve().parent.parent
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))


def test_everything_is_locked_with_hashes() -> None:
    outside = [package for package in LOCK["package"] if "registry" in package["source"]]
    assert len(outside) == len(LOCK["package"]) - 1
    assert len({str(package["source"]) for package in outside}) == 1, "all from one place"
    for package in outside:
        files = [*package.get("wheels", []), *([package["sdist"]] if "sdist" in package else [])]
        assert files
        assert all(file["hash"].startswith("sha256:") for file in files), package["name"]


def test_the_list_of_licences_is_current() -> None:
    assert licences.FILE.read_text(encoding="utf-8") == licences.page(), "python -m trials.licences"


def test_no_licence_sneaks_in() -> None:
    found = licences.packages(LOCK)
    assert {"django", "granian", "psycopg", "structlog", "weasyprint"} <= set(found)
    assert not {"pytest", "kubernetes-validate", "mypy"} & set(found)
    assert [name for name in found if not licences.is_allowed(licences.licence(name))] == []


@pytest.mark.parametrize(
    ("expression", "allowed"),
    [
        ("MIT", True),
        ("GPL-2.0-or-later OR MIT", True),
        ("MIT AND GPL-3.0-only", False),
        ("(Apache-2.0 OR GPL-3.0-only)", True),
        ("AGPL-3.0-only", False),
        ("not said", False),
        ("", False),
    ],
)
def test_an_expression_is_read(expression: str, allowed: bool) -> None:
    assert licences.is_allowed(expression) is allowed


def test_the_image_and_ci_install_what_is_locked() -> None:
    assert "uv sync --locked --no-dev" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    ci = (ROOT / ".ci/run").read_text(encoding="utf-8")
    assert "SYNC='--locked" in ci
    assert "sbom" in ci
