"""Prints the map of the house: rooms of each app, arrows between them, floors, circles, and lines by room.

    python trials/house.py [FOLDER]    of this checkout, or of another one: such as the state before a change

A room is what lies directly in an app: a folder, or a module that stands alone. An arrow runs from A to B when a module
of A imports one of B; it is late when that happens in functions only. Floors are the rooms on the longest way along the
arrows, a circle being one. Migrations, and packages' own files without code, are left out. Needs nothing but Python.
"""

import ast
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

APPS = ("people", "ladder", "assessments", "growth")  # each may import only those before it
TOPS = (*APPS, "config")

type Arrows = dict[tuple[str, str], bool]  # who imports whom, and whether it is late


@dataclass(frozen=True, slots=True, order=True)
class Import:
    """`source` is a module of ours; `target` is one too, or a dotted name from elsewhere."""

    source: str
    line: int
    target: str
    is_late: bool

    def __str__(self) -> str:
        return f"{self.source}:{self.line} imports {self.target}{' (late)' if self.is_late else ''}"


def modules(folder: Path, *tops: str) -> dict[str, Path]:
    """Files of Python by dotted name; a package's own file has the name of the package."""
    found = {}
    for path in sorted(path for top in tops for path in (folder / top).rglob("*.py")):
        parts = path.relative_to(folder).with_suffix("").parts
        is_package = parts[-1] == "__init__"
        if "migrations" not in parts and not (is_package and len(ast.parse(path.read_bytes()).body) < 2):
            found[".".join(parts[:-1] if is_package else parts)] = path
    return found


def imports(files: dict[str, Path]) -> list[Import]:
    """Every import of these files, wherever it stands in them."""
    found = set()
    for source, path in files.items():
        package = source if path.name == "__init__.py" else source.rpartition(".")[0]
        for node, is_late in _nodes(ast.parse(path.read_bytes()), is_late=False):
            for name in _names(node, package):
                target = name if name in files else name.rpartition(".")[0]
                found.add(Import(source, node.lineno, target if target in files else name, is_late))
    return sorted(found)


def _nodes(tree: ast.AST, *, is_late: bool) -> Iterator[tuple[ast.Import | ast.ImportFrom, bool]]:
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield node, is_late
        else:
            yield from _nodes(node, is_late=is_late or isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def _names(node: ast.Import | ast.ImportFrom, package: str) -> list[str]:
    """`a.b` for `import a.b`, and for `from a import b`."""
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    # One dot is the package itself, each further one a step up.
    above = package.split(".")[: 1 - node.level or None] if node.level else []
    return [".".join(filter(None, (*above, node.module, alias.name))) for alias in node.names]


def room(module: str) -> str:
    return ".".join(module.split(".")[:2])


def arrows(found: Iterable[Import], app: str, name: Callable[[str], str] = room) -> Arrows:
    """The arrows inside one app: between rooms, or with `str` for `name` between modules."""
    late: Arrows = {}
    for item in found:
        pair = name(item.source), name(item.target)
        if pair[0] != pair[1] and all(end.split(".")[0] == app for end in pair):
            late[pair] = late.get(pair, True) and item.is_late
    return late


def circles(drawn: Arrows) -> list[frozenset[str]]:
    """Sets of names that all reach each other, late arrows included."""
    reach: dict[str, set[str]] = {name: set() for pair in drawn for name in pair}
    for name, seen in reach.items():
        new = {name}
        while new:
            new = {target for source, target in drawn if source in new} - seen
            seen.update(new)
    found = {frozenset(other for other in reach[name] if name in reach[other]) for name in reach}
    return sorted(filter(None, found), key=sorted)


def floors(drawn: Arrows) -> int:
    circle_of = {name: circle for circle in circles(drawn) for name in circle}

    @cache
    def height(name: str) -> int:
        names = circle_of.get(name, {name})
        below = {target for source, target in drawn if source in names and target not in names}
        return 1 + max(map(height, below), default=0)

    return max((height(source) for source, _ in drawn), default=1)


def show_graph(files: dict[str, Path]) -> None:
    found = imports(files)
    heads = ("arrows", "late", "floors", "circles")
    print(*(f"{head:>11}" for head in ("", "rooms", *heads, "modules", *heads)))
    for app in TOPS:
        figures: list[int] = []
        for name in (room, str):
            drawn = arrows(found, app, name)
            names = {name(module) for module in files if module.split(".")[0] == app}
            figures += [len(names), len(drawn), sum(drawn.values()), floors(drawn), len(circles(drawn))]
        print(*(f"{figure:>11}" for figure in (app, *figures)))
    for circle in (circle for app in TOPS for circle in circles(arrows(found, app))):
        inside = [item for item in found if len({room(item.source), room(item.target)} & circle) == 2]
        print(f"\nA circle of {', '.join(sorted(circle))}:", *inside, sep="\n    ")
    ends = Counter((item.source.split(".")[0], item.target.split(".")[0]) for item in found)
    rows = (f"{source} → {target}: {count}" for (source, target), count in sorted(ends.items()) if target in TOPS)
    print("\nImports from app to app", *rows, sep="\n    ")


def show_lines(title: str, files: Iterable[tuple[str, Path]]) -> None:
    count, lines = Counter[str](), Counter[str]()
    for place, path in files:
        count[place] += 1
        lines[place] += path.read_bytes().count(b"\n")
    rows = (f"{place:<40}{count[place]:>5}{lines[place]:>8}" for place in sorted(count))
    print(f"\n{title}: {count.total()} files, {lines.total()} lines", *rows, sep="\n    ")


if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    product = modules(folder, *TOPS)
    show_graph(product)
    show_lines("product", ((room(module), path) for module, path in product.items()))
    for top, ending in (("tests", "py"), ("templates", "html")):
        paths = (folder / top).rglob(f"*.{ending}")
        show_lines(top, (("/".join(path.relative_to(folder).parts[:-1][:3]), path) for path in paths))
