"""Writes docs/licences.md: the packages that the running site needs, and their licences.

    python -m trials.licences            writes the file
    python -m trials.licences --check    exits with 1 when the file is not current, or a licence is not allowed

Takes the packages from uv.lock, and their licences from the metadata of the installed packages.
"""

import argparse
import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FILE = ROOT / "docs/licences.md"
# Licences under which an MIT project may distribute an unchanged package that people can replace.
ALLOWED = {
    *("MIT", "MIT-0", "MIT-CMU", "HPND", "BSD-2-Clause", "BSD-3-Clause", "0BSD", "ISC", "PSF-2.0", "Apache-2.0"),
    *("MPL-2.0", "MPL-1.1", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "Zlib", "Unlicense", "CC0-1.0"),
}
# Packages whose metadata don't name a known licence: read by hand in their licence files.
READ_BY_HAND: dict[str, str] = {}
_CLASSIFIERS = {
    "Apache Software License": "Apache-2.0",
    "BSD License": "BSD-3-Clause",
    "GNU General Public License v2 or later (GPLv2+)": "GPL-2.0-or-later",
    "GNU Lesser General Public License v2 or later (LGPLv2+)": "LGPL-2.1-or-later",
    "ISC License (ISCL)": "ISC",
    "MIT License": "MIT",
    "Mozilla Public License 1.1 (MPL 1.1)": "MPL-1.1",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
_WORDS = {"BSD": "BSD-3-Clause", "MIT License": "MIT", "Apache 2.0": "Apache-2.0", "BSD 3-Clause": "BSD-3-Clause"}


def packages(lock: dict[str, Any]) -> dict[str, str]:
    """Name and locked version of each package that the running site needs on this platform."""
    known = {package["name"]: package for package in lock["package"]}
    root = next(package for package in lock["package"] if package.get("source", {}).get("virtual") == ".")
    found: dict[str, str] = {}
    # Visited once for each set of extras, as each set needs other packages.
    waiting = [(each["name"], tuple(each.get("extra", ()))) for each in root["dependencies"]]
    seen = set()
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in seen:
            continue
        seen.add((name, extras))
        package = known[name]
        if is_installed(name):
            found[name] = package["version"]
        needed = [*package.get("dependencies", [])]
        for extra in extras:
            needed += package.get("optional-dependencies", {}).get(extra, [])
        waiting += [(each["name"], tuple(each.get("extra", ()))) for each in needed]
    return dict(sorted(found.items()))


def is_installed(name: str) -> bool:
    """Whether a package is installed; some are for other systems, such as time zones for Windows."""
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def licence(name: str) -> str:
    """A package's licence as an SPDX expression. Alternatives are joined by OR."""
    if name in READ_BY_HAND:
        return READ_BY_HAND[name]
    said = metadata.metadata(name)
    if expression := said.get("License-Expression"):
        return str(expression)
    classifiers = [str(value).rpartition(" :: ")[2] for value in said.get_all("Classifier") or []]
    if found := [_CLASSIFIERS[value] for value in classifiers if value in _CLASSIFIERS]:
        return " OR ".join(sorted(set(found)))
    words = str(said.get("License") or "").strip()
    return _WORDS.get(words, words.partition("\n")[0][:60]) or "not said"


def is_allowed(expression: str) -> bool:
    """Whether one of the alternatives is allowed, with everything that it joins by AND."""
    choices = re.sub(r"[()]", "", expression).split(" OR ")
    return any(all(part.strip() in ALLOWED for part in choice.split(" AND ")) for choice in choices)


def page() -> str:
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    found = packages(lock)
    direct = len(project["project"]["dependencies"])
    lines = [
        "# Licences",
        "",
        "Written by `python -m trials.licences`; a test keeps it current and lets no licence in that is not on the",
        "list in that script. Rungwise itself is under the MIT licence.",
        "",
        f"The running site has {direct} dependencies of its own and with theirs {len(found)} packages. uv.lock holds",
        f"{len(lock['package']) - 1}, with those for development and other systems, each with its hashes.",
        "",
        "| package | version | licence |",
        "|---|---|---|",
        *(f"| {name} | {version} | {licence(name)} |" for name, version in found.items()),
        "",
        "htmx (0BSD) comes inside django-htmx. There are no packages from npm and no files from other hosts.",
        "",
    ]
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(description="Write docs/licences.md.")
    parser.add_argument("--check", action="store_true", help="write nothing; say whether the file is current")
    given = parser.parse_args()
    lock = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
    wrong = [f"{name}: {licence(name)}" for name in packages(lock) if not is_allowed(licence(name))]
    for line in wrong:
        print(f"not among the allowed licences: {line}", file=sys.stderr)
    if given.check and FILE.read_text(encoding="utf-8") != page():
        print("docs/licences.md is not current: python -m trials.licences", file=sys.stderr)
        return 1
    if not given.check:
        FILE.write_text(page(), encoding="utf-8")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
