"""What we build on: locked with hashes, under licences that we allow, and said in docs/licences.md."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.utils import parse_wheel_filename

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


def fits_arm(wheel: str) -> bool:
    """Whether a file can be installed on aarch64 with Debian 12's glibc (2.36) or newer and our Python."""
    for tag in parse_wheel_filename(wheel)[3]:
        minor = int(re.sub(r"\D", "", tag.interpreter)[1:] or 0)
        is_our_python = tag.abi == "none" and tag.interpreter in {"py3", "py313"}
        is_our_python |= (tag.interpreter, tag.abi) == ("cp313", "cp313") or (tag.abi == "abi3" and minor <= 13)
        glibc = re.fullmatch(r"manylinux(?:2014|_2_(\d+))_aarch64", tag.platform)
        if is_our_python and (tag.platform == "any" or (glibc and int(glibc[1] or 17) <= 36)):
            return True
    return False


def test_all_that_runs_can_be_installed_on_arm_as_it_is() -> None:
    """The bundle for it (make bundle PLATFORM=aarch64) and images for it compile nothing."""
    running = licences.packages(LOCK)
    wheels = {
        each["name"]: [wheel["url"].rpartition("/")[2] for wheel in each.get("wheels", [])] for each in LOCK["package"]
    }
    assert [name for name in running if not any(map(fits_arm, wheels[name]))] == []


@pytest.mark.parametrize(
    ("tags", "fits"),
    [
        ("py3-none-any", True),
        ("py2.py3-none-any", True),
        ("cp313-cp313-manylinux2014_aarch64.manylinux_2_17_aarch64", True),
        ("cp39-abi3-manylinux_2_34_aarch64", True),
        ("cp314-abi3-manylinux_2_34_aarch64", False),
        ("cp312-cp312-manylinux_2_28_aarch64", False),
        ("cp313-cp313t-manylinux_2_28_aarch64", False),
        ("cp313-cp313-musllinux_1_2_aarch64", False),
        ("cp313-cp313-manylinux_2_28_x86_64", False),
        ("cp313-cp313-manylinux_2_39_aarch64", False),
        ("cp313-cp313-macosx_11_0_arm64", False),
    ],
)
def test_wheels_for_arm_are_told_apart(tags: str, fits: bool) -> None:
    assert fits_arm(f"thing-1.0-{tags}.whl") is fits


def test_the_bundle_is_of_what_is_locked_and_its_docs_take_it_as_it_is() -> None:
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8").partition("\nbundle:")[2]
    assert "export --quiet --locked --no-dev" in recipe
    assert "--require-hashes" in recipe
    docs = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
    assert "pip install --no-index --find-links wheels --require-hashes --requirement requirements.txt" in docs
    assert "sha256sum --check rungwise-*.tar.gz.sha256" in docs
