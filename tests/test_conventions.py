"""Rules read from the files: what templates may hold, how long files are, what the papers must name."""

import ast
import json
import re
import tomllib
from itertools import takewhile
from pathlib import Path

import pytest
from django.core.management import get_commands
from ruamel.yaml import YAML

from ladder.document import format as ladder_format
from tests.commands import ran

ROOT = Path(__file__).resolve().parent.parent
APPS = ("people", "ladder", "assessments", "growth")
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
# Templates and sheets have one element or declaration a line.
LONGEST_FILE, LONGEST_PAGE, LONGEST_TEST = 450, 600, 700
LONGEST_LINE = 120


def sources(*suffixes: str) -> list[Path]:
    """The files that people wrote, without migrations and what tools leave behind."""
    places = [ROOT / name for name in ("config", *APPS, "templates", "static", "tests", "trials")]
    found = [path for place in places for path in place.rglob("*") if path.suffix in suffixes and path.is_file()]
    left_out = {"migrations", "__pycache__"}
    return sorted(path for path in found if not left_out.intersection(path.relative_to(ROOT).parts))


SOURCES = sources(".py", ".html", ".css", ".js")
INLINE = {
    # A block of JSON is data; browsers don't run it.
    "a script without src": re.compile(r"<script\b(?![^>]*\b(?:src=|type=\"application/json\"))", re.IGNORECASE),
    "a style element": re.compile(r"<style\b", re.IGNORECASE),
    "a style attribute": re.compile(r"<[^>]*\sstyle\s*=", re.IGNORECASE),
    "an inline handler": re.compile(r"<[^>]*\s(on[a-z]+|hx-on[:a-z-]*)\s*=", re.IGNORECASE),
    "a javascript: address": re.compile(r"javascript:", re.IGNORECASE),
    "hx-vals that are evaluated": re.compile(r"hx-(vals|headers)\s*=\s*['\"]\s*js:", re.IGNORECASE),
    "a file of another host": re.compile(
        r"<(script|link|img|iframe|use|image)\b[^>]*(src|href)\s*=\s*['\"](https?:)?//", re.IGNORECASE
    ),
}


# The validator in .ci/run finds these in pages; this says so in a second, and on pages that no test asks for. (Before
# the picture a caption would be right, too; here all stand below.)
INVALID = {
    "a <time> without machine_time": re.compile(r'<time\s+datetime="\{\{(?![^}]*\|machine_time)'),
    'a list with role="alert", which is no list then': re.compile(r'<[uo]l[^>]*\srole="alert"'),
    "a figure that goes on after its caption": re.compile(r"</figcaption>(?!(\s|\{%[^%]*%\})*</figure>)"),
}


@pytest.mark.parametrize(("suffixes", "patterns"), [((".html", ".svg"), INLINE), ((".html",), INVALID)])
def test_templates_keep_to_the_content_security_policy(
    suffixes: tuple[str, ...], patterns: dict[str, re.Pattern[str]]
) -> None:
    files = {path: path.read_text(encoding="utf-8") for path in sources(*suffixes)}
    assert len(files) > 150
    broken = [(path, what) for path, text in files.items() for what, wrong in patterns.items() if wrong.search(text)]
    assert [f"{path.relative_to(ROOT)} holds {what}" for path, what in broken] == []


def test_lines_of_templates_and_sheets_fit() -> None:
    """The formatters break lines only where nobody sees it, and leave the rest as long as it is."""
    long = [
        f"{path.relative_to(ROOT)}:{number} has {len(line)} characters"
        for path in sources(".html", ".css")
        if path.relative_to(ROOT).parts[0] in {"templates", "static"}
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if len(line) > LONGEST_LINE
    ]
    assert long == []


# A must-have was called by this word once. Stored results of rule 1 keep it, and what reads them; nothing else does.
# Published ladders keep their texts.
FORMER_WORD = re.compile(r"(?<![a-z])gate(s|d)?(?![a-z])", re.IGNORECASE)
KEEPS_FORMER_WORD = {
    "ladder/pages/places.py": ['score["open_gates"]'],
}


def test_a_must_have_has_one_name() -> None:
    papers = [path for pattern in ("*.md", "docs/**/*.md", "docs/**/*.json") for path in ROOT.glob(pattern)]
    demo = list((ROOT / "fixtures/demo").rglob("*.yaml"))
    code = [
        path
        for path in sources(".py", ".html", ".svg", ".txt", ".css", ".js")
        if path.relative_to(ROOT).parts[0] != "tests"
    ]
    assert papers
    assert demo
    former = []
    for path in (*papers, *demo, *code):
        name, text = str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        for kept in KEEPS_FORMER_WORD.get(name, []):
            assert kept in text, f"{name} needs no exception for {kept}"
            text = text.replace(kept, "")
        lines = enumerate(text.splitlines(), start=1)
        former += [f"{name}:{number} {line.strip()}" for number, line in lines if FORMER_WORD.search(line)]
    assert former == []


def test_files_are_short_and_finished() -> None:
    """Split a longer one by what a user does."""
    # The brackets keep this line from finding itself.
    unfinished = re.compile(r"\b(T[O]DO|F[I]XME|X[X]X|H[A]CK)\b")
    assert len(SOURCES) > 500
    wrong = []
    for path in SOURCES:
        text, is_page = path.read_text(encoding="utf-8"), path.suffix in {".html", ".css"}
        most = LONGEST_TEST if ROOT / "tests" in path.parents else LONGEST_PAGE if is_page else LONGEST_FILE
        wrong += [f"{path} has {text.count(chr(10))} lines"] if text.count("\n") > most else []
        wrong += [f"{path} says {found[0]}" for found in unfinished.finditer(text)]
    assert wrong == []


def test_no_moment_loses_its_time_of_day_unseen() -> None:
    """In a time zone that nobody chose, it could be another day than the page or the round says."""
    wrong = []
    for path in (path for app in ("config", *APPS) for path in sources(".py") if path.is_relative_to(ROOT / app)):
        for node in ast.walk(ast.parse(path.read_bytes())):
            match node:
                case ast.Call(func=ast.Attribute(attr="date" | "today" | "utcnow"), args=[], keywords=[]):
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno} – say whose day it is (people/days.py)")
    assert wrong == []


def settings_read() -> set[str]:
    """Names of the settings that config reads from the environment."""
    known = "text flag number words choice database mailer hosts line link authorities"
    readers = set(known.split())
    found = set()
    files = ("config/settings.py", "config/databases.py")
    text = "\n".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.Call(
                func=ast.Attribute(value=ast.Name(id="environment"), attr=reader),
                args=[ast.Constant(value=str(name)), *_],
            ) if reader in readers:
                found.add(name)
    return found


def settings_documented() -> set[str]:
    return set(re.findall(r"^\| `([A-Z_]+)` \|", OPERATIONS, re.MULTILINE))


def test_every_setting_is_documented_and_every_documented_one_is_read() -> None:
    assert len(settings_read()) > 20
    assert settings_documented() == settings_read()


def test_every_command_is_documented_and_every_documented_one_exists() -> None:
    ours = {name for name, app in get_commands().items() if app in {"config", *APPS}}
    documented = set(re.findall(r"^\| `([a-z_]+)[ `]", OPERATIONS, re.MULTILINE))
    assert ours <= documented
    # `version` is answered by manage.py itself: Django lets no command have that name.
    assert documented <= {*get_commands(), "version"}


def test_the_json_schema_is_what_the_command_prints() -> None:
    printed = ran("ladder_schema")
    kept = (ROOT / "docs/ladder.schema.json").read_text(encoding="utf-8")
    assert json.loads(kept) == json.loads(printed)
    assert kept == printed, "python manage.py ladder_schema > docs/ladder.schema.json"


def test_every_field_of_a_ladder_is_documented() -> None:
    text = (ROOT / "docs/ladder-format.md").read_text(encoding="utf-8")
    parts = [
        part for part in vars(ladder_format).values() if isinstance(part, type) and issubclass(part, ladder_format.Part)
    ]
    fields = {field.alias or name for part in parts for name, field in part.model_fields.items()}
    assert {"small_company", "from", "close_max_short", "title_words"} <= fields
    assert sorted(name for name in fields if not re.search(rf"\b{name}\b", text)) == []


def test_every_dependency_says_why() -> None:
    """A comment stands above each, or above two that belong together."""
    lines = (ROOT / "pyproject.toml").read_text(encoding="utf-8").splitlines()
    project = tomllib.loads("\n".join(lines))
    count, since_comment = 0, 99
    for line in takewhile(lambda line: not line.startswith("[tool.pytest"), lines):
        if line.startswith("    # "):
            since_comment = 0
        elif re.match(r'    "[a-z]', line):
            count += 1
            since_comment += 1
            assert since_comment <= 2, f"no comment says why: {line.strip()}"
    assert count == len(project["project"]["dependencies"]) + len(project["dependency-groups"]["dev"])


def test_one_python_version_everywhere() -> None:
    version = (ROOT / ".python-version").read_text(encoding="utf-8").strip()
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert project["project"]["requires-python"] == f">={version}"
    assert project["tool"]["ruff"]["target-version"] == f"py{version.replace('.', '')}"
    assert re.findall(r"^ARG PYTHON=(.+)$", dockerfile, re.MULTILINE) == [version]
    assert re.findall(r"^FROM python:(\S+)", dockerfile, re.MULTILINE) == ["${PYTHON}-slim"] * 2
    assert f"versions/{version}*/bin" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"Python {version}" in OPERATIONS


def test_compose_waits_for_a_recent_postgresql() -> None:
    services = YAML(typ="safe").load((ROOT / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert int(services["database"]["image"].removeprefix("postgres:")) >= 16
    assert services["app"]["depends_on"]["database"]["condition"] == "service_healthy"


def test_the_image_runs_without_root_and_tells_its_health() -> None:
    instructions = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    runtime = instructions[max(n for n, line in enumerate(instructions) if line.startswith("FROM ")) :]
    assert "USER 10001:10001" in runtime
    assert any(line.startswith("HEALTHCHECK") and '"config.probe"' in line for line in runtime)
    assert runtime[-1] == 'CMD ["python", "manage.py", "serve"]'
    assert not any(line.startswith("COPY") and "--from=build" not in line for line in runtime)
    kept = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert kept[kept.index("*") + 1] == "!.python-version", "everything is left out but what is named"
    assert {f"!{name}" for name in ("config", *APPS, "templates", "static", "fixtures", "manage.py")} <= set(kept)
