"""The laws of the house, read from its imports: who may know whom. `python trials/house.py` draws the map."""

import ast
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import pytest

from trials.house import APPS, TOPS, Import, arrows, circles, imports, modules, room

ROOT = Path(__file__).resolve().parent.parent
FILES = modules(ROOT, *TOPS)
IMPORTS = imports(FILES)
# Rooms and modules that need neither Django nor anything that does.
PURE = (
    *("ladder.document", "ladder.titles", "ladder.rubric", "config.probe"),
    *("people.texts", "people.addresses", "people.markup", "people.mail.unlinked"),
    *("assessments.scoring", "assessments.report.parting", "assessments.report.trend"),
)
NOT_PURE = {"django", "environ", "allauth"}


def top(name: str) -> str:
    return name.partition(".")[0]


def is_in(name: str, places: Iterable[str]) -> bool:
    return any(f"{name}.".startswith(f"{place}.") for place in places)


def of_views(module: str) -> bool:
    name = module.rpartition(".")[2]
    return name.startswith("views") or name.endswith("_views")


def may_import_views(item: Import) -> bool:
    """A file of addresses may, and other views of the same room."""
    is_beside = item.source.rpartition(".")[0] == item.target.rpartition(".")[0]
    return item.source.endswith("urls") or (of_views(item.source) and is_beside)


def none_of(offenders: Iterable[object]) -> None:
    found = [str(item) for item in offenders]
    assert not found, "\n".join(["", *found])


def test_there_is_a_house_to_look_at() -> None:
    """Else all laws hold for want of files."""
    assert len(FILES) > 200
    assert {top(item.target) for item in IMPORTS} > {*TOPS, "django"}


def test_imports_run_one_way() -> None:
    """The project's own `config` is above all apps: they find settings in django.conf."""
    order = {app: place for place, app in enumerate(TOPS)}
    ours = [item for item in IMPORTS if top(item.target) in order]
    none_of(item for item in ours if order[top(item.target)] > order[top(item.source)])


def test_rules_never_import_views() -> None:
    views = {module for module in FILES if of_views(module)}
    assert len(views) > 30
    none_of(item for item in IMPORTS if item.target in views and not may_import_views(item))


@pytest.mark.parametrize("app", APPS)
def test_rooms_form_no_circle(app: str) -> None:
    """Imports in functions count: they hide a circle, they don't open it."""
    found = circles(arrows(IMPORTS, app))
    inside = (item for item in IMPORTS for circle in found if len({room(item.source), room(item.target)} & circle) == 2)
    none_of(inside)


def test_pure_modules_need_no_django() -> None:
    """Neither by themselves nor through what they import, the packages included that Python runs on the way."""
    gone = [place for place in PURE if not any(is_in(module, [place]) for module in FILES)]
    assert not gone
    by_source = defaultdict(list)
    for item in IMPORTS:
        by_source[item.source].append(item)
    seen: set[str] = set()
    waiting = {module for module in FILES if is_in(module, PURE)}
    while waiting:
        waiting |= {module for module in FILES if any(is_in(name, [module]) for name in waiting)}
        seen |= waiting
        waiting = {item.target for module in waiting for item in by_source[module] if item.target in FILES} - seen
    none_of(item for module in seen for item in by_source[module] if top(item.target) in NOT_PURE)


def test_the_site_needs_no_trials_and_no_tests() -> None:
    """They aren't in the image."""
    files = FILES | {"manage": ROOT / "manage.py"}
    none_of(item for item in imports(files) if top(item.target) in {"trials", "tests"})


# Classes of one name that mean one thing, or that others name.
ALIKE = {
    # Django finds a command's class by this name.
    "Command": {module for module in FILES if ".management.commands." in module},
    # What a ladder's file says, and the row that is published of it.
    "Competency": {"ladder.document.format", "ladder.models"},
    "Level": {"ladder.document.format", "ladder.models"},
    "Track": {"ladder.document.format", "ladder.models"},
    # Django's request with what middleware adds, for the type checker; and the one that the server makes.
    "Request": {"config.wsgi", "people.requests"},
}


def test_one_class_name_means_one_thing() -> None:
    """Nested classes are said with their owner, and those with an underscore stay in their module."""
    places = defaultdict(set)
    for module, path in FILES.items():
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].add(module)
    assert set(ALIKE) <= set(places)
    doubles = {name: found for name, found in places.items() if len(found) > 1}
    none_of(f"{name}: {', '.join(sorted(found))}" for name, found in doubles.items() if found != ALIKE.get(name))
