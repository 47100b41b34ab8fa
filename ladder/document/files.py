"""Reads a ladder from its YAML files, and reports what is wrong with file and line. Pure."""

from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from ladder.document.format import LadderDocument
from ladder.document.references import reference_problems

type Where = tuple[str | int, ...]

MAX_BYTES = 2_000_000
# The shipped ladder has some thousands. YAML aliases of aliases can make a small file expand to fill the memory.
MAX_VALUES = 100_000


@dataclass(frozen=True, slots=True)
class Problem:
    """One error in a file: where it is (lines count from 1) and what was expected."""

    file: str
    line: int | None
    field: str
    message: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return f"{place}: {self.field}: {self.message}" if self.field else f"{place}: {self.message}"


class LadderError(ValueError):
    """The files hold no valid ladder; `problems` lists why."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))


@dataclass(slots=True)
class MergedFiles:
    """The merged files, and for each value the file and line that it comes from."""

    name: str
    data: dict[str, Any] = field(default_factory=dict)
    origins: dict[Where, tuple[str, int | None]] = field(default_factory=dict)

    def problem(self, where: Where, message: str) -> Problem:
        """A problem at the nearest place that a file has: a missing field has no line, so its parent's is reported."""
        found = next(
            (self.origins[where[:end]] for end in range(len(where), 0, -1) if where[:end] in self.origins), None
        )
        file, line = found or (self.name, None)
        return Problem(file, line, _dotted(where), message)


def read_ladder(path: Path) -> tuple[LadderDocument, MergedFiles]:
    """Read a ladder from a folder of `*.yaml` files (subfolders too, by name) or from one file.

    Lists of the same key are joined in the order of the files' names; maps are joined key by key.
    Raises LadderError with every problem found.
    """
    source = _merge(path)
    try:
        ladder = LadderDocument.model_validate(source.data)
    except ValidationError as error:
        raise LadderError([source.problem(_where(e["loc"], source), _expected(e)) for e in error.errors()]) from error
    problems = [source.problem(where, message) for where, message in reference_problems(ladder)]
    if problems:
        raise LadderError(problems)
    return ladder, source


def to_yaml(document: dict[str, Any]) -> str:
    """Write a document as one YAML file that `read_ladder` reads back to an equal ladder."""
    yaml = YAML()
    yaml.width = 110
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    yaml.dump(document, out)
    return out.getvalue()


def _merge(path: Path) -> MergedFiles:
    files = sorted(path.rglob("*.yaml")) if path.is_dir() else [path]
    source = MergedFiles(str(path))
    if not files:
        raise LadderError([Problem(str(path), None, "", "holds no .yaml files")])
    for file in files:
        name = str(file.relative_to(path)) if path.is_dir() else file.name
        _join(source, name, _load(file, name))
    return source


def _load(file: Path, name: str) -> CommentedMap:
    text = _text_of(file, name)
    try:
        node = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        raise LadderError([Problem(name, line, "", _one_line(error.problem or "is not YAML"))]) from error
    except (YAMLError, ValueError, RecursionError) as error:
        raise LadderError([Problem(name, None, "", _one_line(str(error) or "is not YAML"))]) from error
    if not isinstance(node, CommentedMap):
        raise LadderError([Problem(name, 1, "", "expected fields such as `levels:` at the top of the file")])
    return node


def _text_of(file: Path, name: str) -> str:
    try:
        # The size is checked before reading: a huge file would fill the memory.
        too_large = file.stat().st_size > MAX_BYTES
        text = "" if too_large else file.read_text(encoding="utf-8")
    except OSError as error:
        raise LadderError([Problem(name, None, "", f"can't be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise LadderError([Problem(name, None, "", "is not UTF-8 text")]) from error
    if too_large:
        raise LadderError([Problem(name, None, "", f"is larger than {MAX_BYTES} bytes")])
    return text


def _join(source: MergedFiles, name: str, node: CommentedMap) -> None:
    for key, value in node.items():
        line = _line(node, key)
        held = source.data.get(key)
        if isinstance(held, list) and isinstance(value, CommentedSeq):
            for offset, item in enumerate(value):
                where = (key, len(held))
                source.origins[where] = (name, _line(value, offset))
                held.append(_plain(source, name, item, where))
        elif isinstance(held, dict) and isinstance(value, CommentedMap) and not held.keys() & value.keys():
            held.update(_plain(source, name, value, (key,)))
        elif key in source.data:
            raise LadderError([Problem(name, line, str(key), "stands in another file already")])
        else:
            source.origins[key,] = (name, line)
            source.data[key] = _plain(source, name, value, (key,))


def _plain(source: MergedFiles, name: str, node: Any, where: Where) -> Any:
    """Turn a parsed node into plain values, noting the file and line of each. Raises LadderError for too many."""
    if len(source.origins) > MAX_VALUES:
        raise LadderError([Problem(name, None, "", f"holds more than {MAX_VALUES} values")])
    if isinstance(node, CommentedMap):
        for key in node:
            source.origins[*where, key] = (name, _line(node, key))
        return {key: _plain(source, name, value, (*where, key)) for key, value in node.items()}
    if isinstance(node, CommentedSeq):
        for index in range(len(node)):
            source.origins[*where, index] = (name, _line(node, index))
        return [_plain(source, name, value, (*where, index)) for index, value in enumerate(node)]
    if isinstance(node, str):
        return str(node)
    return node


def _line(node: CommentedMap | CommentedSeq, key: Any) -> int | None:
    """The line of a key or an item, from 1; None if the parser has not kept it, as for tags and merged keys."""
    try:
        place = node.lc.key(key) if isinstance(node, CommentedMap) else node.lc.item(key)
        return int(place[0]) + 1
    except (TypeError, KeyError, IndexError, AttributeError):
        return None


def _where(loc: tuple[str | int, ...], source: MergedFiles) -> Where:
    """The location without the parts that pydantic adds for its validators, which would mean nothing to an author."""
    where: Where = ()
    for part in loc:
        if (
            (*where, part) in source.origins
            or not where
            or part != loc[-1]
            or (isinstance(part, str) and "[" not in part)
        ):
            where = (*where, part)
    return where


def _expected(error: Any) -> str:
    kind, context = error["type"], error.get("ctx", {})
    match kind:
        case "missing":
            return "is missing"
        case "extra_forbidden":
            return "is not a field of the format"
        case "string_pattern_mismatch":
            return f"expected text of the form {context['pattern']}, got {_shown(error['input'])}"
        case "value_error":
            return f"{context['error']}, got {_shown(error['input'])}"
        case _:
            message = error["msg"].replace("Input should be", "expected")
            return f"{message[0].lower()}{message[1:]}, got {_shown(error['input'])}"


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"


def _dotted(where: Where) -> str:
    return ".".join(str(part + 1) if isinstance(part, int) else str(part) for part in where)


def _one_line(text: str) -> str:
    return " ".join(text.split())
