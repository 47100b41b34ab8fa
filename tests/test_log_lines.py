"""Each line that the code logs is in docs/logs.md, and the samples that collect them ask for lines that there are."""

import ast
import io
import json
import logging
import re
import shutil
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from ruamel.yaml import YAML

from config.logs import json_lines
from tests.commands import ROOT

pytestmark = pytest.mark.once
TEXT = (ROOT / "docs/logs.md").read_text(encoding="utf-8")
CHAPTER = re.search(r"## Lines of Rungwise\n(.*?)\n## ", TEXT, re.DOTALL)
ALLOY = (ROOT / "deploy/loki/rungwise.alloy").read_text(encoding="utf-8")
RULES: list[dict[str, Any]] = YAML(typ="safe").load(ROOT / "deploy/loki/rungwise.rules.yaml")["groups"][0]["rules"]
LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error"}
LOGGERS = {"config/watching.py": "rungwise.request"}
"""Modules whose logger has another name than they have."""


def rows() -> set[tuple[str, str, str]]:
    """Logger, message and first level of each row."""
    found = re.findall(r"^\| `([^`]+)` \| `([^`]+)` \| (\w+)", CHAPTER[1] if CHAPTER else "", re.MULTILINE)
    assert len(found) == len(set(found))
    return set(found)


def logged() -> Iterator[tuple[str, str, str]]:
    """What the code logs: each call of a method of a level on what `logging.getLogger` gave."""
    for app in ("assessments", "config", "growth", "ladder", "people"):
        for path in sorted((ROOT / app).rglob("*.py")):
            tree, name = ast.parse(path.read_text(encoding="utf-8")), path.relative_to(ROOT).as_posix()
            loggers = {
                target.id
                for node in ast.walk(tree)
                if isinstance(node, ast.Assign) and ast.unparse(node.value).startswith("logging.getLogger(")
                for target in node.targets
                if isinstance(target, ast.Name)
            }
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                    of, method = ast.unparse(node.func.value), node.func.attr
                    if of in loggers | {"logging"} and method in {*LEVELS, "log", "critical"}:
                        said = node.args[1 if method == "log" else 0]
                        assert isinstance(said, ast.Constant), f"{name}:{node.lineno} logs a text that nobody can find"
                        logger = LOGGERS.get(name, name.removesuffix(".py").replace("/", "."))
                        yield logger, re.sub(r"%\w", "…", str(said.value)), LEVELS.get(method, "info")


def test_each_line_of_the_code_is_in_the_documentation() -> None:
    found = set(logged())
    # "…)…" of the outbox: two arguments side by side.
    assert len(found) > 10
    assert sorted(found ^ rows()) == [], "in the code or in docs/logs.md alone"


def line(logger: str, level: int, message: str, **extra: object) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(json_lines())
    record = logging.LogRecord(logger, level, "file.py", 1, message, (), None)
    record.__dict__.update(extra)
    handler.emit(record)
    return stream.getvalue().strip()


ASKED = {"route": "show_report", "method": "GET", "status": 503, "ms": 1200.5}
LINES = [
    "Applying people.0001_initial... OK",
    line("rungwise.request", logging.WARNING, "request", **ASKED),
    line("rungwise.request", logging.INFO, "request", **ASKED | {"status": 200, "ms": 3.1}),
    line("people.mail.outbox", logging.WARNING, "mail 7: attempt 2 failed (TimeoutError)"),
    line("config.door", logging.ERROR, "the site failed outside of its error pages"),
]


def test_the_fields_are_those_of_the_documentation() -> None:
    chapter = TEXT.partition("## Fields")[2].partition("## Lines")[0]
    cells = re.findall(r"^\| (`.+?) \|", chapter, re.MULTILINE)
    named = {name for cell in cells for name in re.findall(r"`(\w+)`", cell)}
    seen = {name for each in LINES[1:] for name in json.loads(each)}
    assert named == seen | {"request_id", "errors"}


def test_what_journalctl_and_jq_are_asked_finds_lines() -> None:
    patterns = re.findall(r"-g '(.+)'", TEXT)
    assert [sum(bool(re.search(each, line)) for line in LINES) for each in patterns] == [1, 0]
    assert re.search(patterns[1].replace("0123456789abcdef" * 2, "x"), json.dumps({"request_id": "x"}))
    programs = re.findall(r"\| jq (-\w+) '(.+)'$", TEXT, re.MULTILINE)
    assert len(programs) == 3
    if not shutil.which("jq"):
        pytest.skip("not run: jq is not here")
    answers = ('"status":503', "1200.5 ms GET show_report", "mail 7")
    for (option, program), wanted in zip(programs, answers, strict=True):
        command = ["jq", option, program]
        done = subprocess.run(command, input="\n".join(LINES), capture_output=True, text=True, check=False)
        assert done.stderr == ""
        assert len(done.stdout.splitlines()) == 1
        assert wanted in done.stdout


def queries() -> list[str]:
    in_text = re.findall(r"^    ((?:sum|quantile_over_time|\{).+)$", TEXT.partition("## With Loki")[2], re.MULTILINE)
    assert len(in_text) == 4
    return in_text + [rule["expr"] for rule in RULES]


def test_what_loki_is_asked_is_there() -> None:
    """Labels that rungwise.alloy gives, fields and messages that lines have."""
    labels = set(re.findall(r"target_label *= \"(\w+)\"|values = \{(\w+) =", ALLOY))
    labels_given = {name for pair in labels for name in pair if name}
    assert labels_given == {"unit", "level", "job"}
    fields = {name for each in LINES[1:] for name in json.loads(each)} | {"request_id"}
    assert set(re.findall(r"(\w+) = \"\w+\"", ALLOY.partition("expressions")[2].partition("}")[0])) <= fields
    messages = {(logger, message) for logger, message, _ in rows()}
    others = TEXT.partition("## Lines of others")[2]
    for query in queries():
        assert query.count("(") == query.count(")")
        (selector,) = re.findall(r"\{([^}]*)\}", query)
        assert set(re.findall(r"(\w+)=", selector)) <= labels_given
        rest = query.replace(selector, "")
        assert set(re.findall(r"\| (\w+) *(?:=~|>=|=)", rest)) | set(re.findall(r"unwrap (\w+)", rest)) <= fields
        grouped = {name for names in re.findall(r"by \((.+?)\)", rest) for name in names.split(", ")}
        assert grouped <= fields | labels_given
        for said in re.findall(r'message=~"([^"]+)"', query):
            (logger,) = re.findall(r'logger=~?"([^"]+)"', query)
            for part in said.split("|"):
                start = part.removesuffix(".*")
                ours = any(of == logger and message.startswith(start) for of, message in messages)
                assert ours or (logger.startswith("_granian") and f"`{start}" in others), part


def test_each_alert_says_what_to_do() -> None:
    for rule in RULES:
        assert rule["labels"]["severity"] in {"page", "day"}
        assert set(rule["annotations"]) == {"summary", "what_to_do"}
    assert ALLOY.count("{") == ALLOY.count("}")
    # Each receiver that is named is there.
    for kind, name in re.findall(r"(loki\.\w+)\.(\w+)\.(?:receiver|rules)", ALLOY):
        assert f'{kind} "{name}" {{' in ALLOY
