"""The proof of the permission test: take away each check, and give each role each right it lacks, one at a time.

    python -m trials.faults.mutate_policy [--seconds 1800] [--only TEXT]

Works on a copy in a temporary directory, in which every check is wrapped in a switch. tests/access runs once to see
which test meets which check; then each check is switched off in turn and the tests that meet it run until one fails.
A removal that no test notices is a hole in the test, or a check that another one makes superfluous. Prints a table
and "n of m removals noticed"; exits with 1 when some went unnoticed, 2 when the tests fail to begin with.

The checks are calls of `allowed`, `may` and `may_in` and reads of `is_in` (become true),
`visible_to`, `rated_by`, `_is_member` and `manages` (become no filter), what a person owns (`plan_of`, `log_of`,
`cases_of`: become everybody's), the filters `left_at__isnull` and `closed_at__isnull` (left out), and memberships by
`current` and `of` (become those of everybody who ever was there). The rights are the rows (role, action, state) that
somebody's request asked people/policy.py for and that its table does not hold.
"""

import argparse
import ast
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent.parent
APPS = ("people", "assessments", "growth")
COPIED = (
    "config",
    *APPS,
    "ladder",
    "templates",
    "static",
    "fixtures",
    "docs",
    "tests",
    "trials",
    "manage.py",
    "pyproject.toml",
)
BECOME_TRUE = {"allowed", "may", "may_in"}
# What a person owns, by the function that finds it.
BECOME_ALL = {"plan_of": "PlanItem", "log_of": "EvidenceEntry", "cases_of": "Case"}
BECOME_NO_FILTER = {"rated_by", "_is_member", "manages"}
LEFT_OUT = {"left_at__isnull", "closed_at__isnull", "team__closed_at__isnull"}
# Where memberships are asked for, whose `current` and `of` leave out who left.
MEMBERSHIPS = ("Membership.objects", "model.objects")
FILTERS = {"filter", "exclude", "Q", "get_object_or_404", "exists", "get"}
# The definitions themselves, and what shows a button instead of guarding a door.
NOT_A_CHECK = {"_rows", "current", "of"}


# The switches, in the process that runs the tests


class _State:
    mutant = ""
    active = -1
    hits: set[int] = set()  # noqa: RUF012  - one process, one state
    asked: set[tuple[str, str, str]] = set()  # noqa: RUF012
    test = ""
    # How often this run of a test has asked the same.
    times: dict[str, int] = {}  # noqa: RUF012
    # What each request of a test was answered with nothing switched off, and which mutants it met.
    answers: dict[tuple[str, str, int], tuple[set[str], Any]] = {}  # noqa: RUF012
    # Tests that see more of a request than its answer; they get no answers from memory.
    watching: set[str] = set()  # noqa: RUF012


def on(number: int) -> bool:
    """Whether this check is switched off at present. Remembers that it was met."""
    _State.hits.add(number)
    return _State.active == number


# Wrapping the checks


class _Wrap(ast.NodeTransformer):
    """Wraps the checks of one module; `found` gets (number, line, what)."""

    def __init__(self, first: int) -> None:
        self.next = first
        self.found: list[tuple[int, int, str]] = []
        self.inside: list[str] = []

    def _note(self, node: ast.expr, what: str) -> ast.expr:
        self.found.append((self.next, node.lineno, what))
        call = ast.Call(ast.Name("_check_is_off", ast.Load()), [ast.Constant(self.next)], [])
        self.next += 1
        return call

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.inside.append(node.name)
        self.generic_visit(node)
        self.inside.pop()
        return node

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        self.generic_visit(node)
        if node.attr == "is_in" and isinstance(node.ctx, ast.Load):
            return ast.IfExp(self._note(node, "is_in"), ast.Constant(value=True), node)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name in FILTERS and not NOT_A_CHECK.intersection(self.inside):
            for keyword in node.keywords:
                if keyword.arg in LEFT_OUT and getattr(keyword.value, "value", None) is True:
                    kept = ast.Dict([ast.Constant(keyword.arg)], [keyword.value])
                    keyword.value = ast.IfExp(self._note(node, keyword.arg), ast.Dict([], []), kept)
                    keyword.arg = None
        if name in BECOME_TRUE and not NOT_A_CHECK.intersection(self.inside):
            return ast.IfExp(self._note(node, ast.unparse(node)[:70]), ast.Constant(value=True), node)
        if name in BECOME_NO_FILTER:
            return ast.IfExp(
                self._note(node, ast.unparse(node)[:70]), _parsed("__import__('django.db.models').db.models.Q()"), node
            )
        if name in BECOME_ALL:
            everybodys = _parsed(f"__import__('growth.models').models.{BECOME_ALL[name]}.objects.all()")
            return ast.IfExp(self._note(node, ast.unparse(node)[:70]), everybodys, node)
        if ever := _ever_there(node, name):
            return ast.IfExp(self._note(node, "left_at__isnull"), ever, node)
        if name == "visible_to" and isinstance(node.func, ast.Attribute):
            unfiltered = ast.Call(ast.Attribute(node.func.value, "all", ast.Load()), [], [])
            return ast.IfExp(self._note(node, "visible_to"), unfiltered, node)
        return node


def _ever_there(node: ast.Call, name: str) -> ast.expr | None:
    """For memberships by `current` or `of`: the same, also of those who left. None for any other call."""
    rows = ast.unparse(node.func.value) if isinstance(node.func, ast.Attribute) else ""
    if name not in {"current", "of"} or not any(found in rows for found in MEMBERSHIPS):
        return None
    place = ast.unparse(node.args[0]) if node.args else ""
    if not place:
        return _parsed(f"{rows}.all()")
    if "TeamMembership.objects" in rows:
        return _parsed(f"{rows}.filter(organisation={place}.organisation_id, team={place})")
    return _parsed(f"{rows}.filter(organisation={place})")


def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def wrap_all(tree: Path) -> dict[int, str]:
    """Wrap the checks of all modules of a copy; returns number → where and what."""
    found: dict[int, str] = {}
    for path in sorted(file for app in APPS for file in (tree / app).rglob("*.py") if "migrations" not in file.parts):
        module = ast.parse(path.read_text(encoding="utf-8"))
        wrap = _Wrap(len(found))
        wrap.visit(module)
        if not wrap.found:
            continue
        start = 1 if ast.get_docstring(module) is not None else 0
        module.body[start:start] = ast.parse("from trials.faults.mutate_policy import on as _check_is_off").body
        path.write_text(ast.unparse(ast.fix_missing_locations(module)), encoding="utf-8")
        found |= {number: f"{path.relative_to(tree)}:{line} {what}" for number, line, what in wrap.found}
    return found


# The plugin: pytest loads this module in the copy


def pytest_runtestloop(session: Any) -> bool:
    """Run all tests once, then those that meet a check with that check switched off."""
    file = Path(os.environ["MUTATIONS"])
    job = json.loads(file.read_text(encoding="utf-8")) | {"noticed": {}, "met": {}, "late": []}
    _listen()
    _answer_from_memory()
    # Some modules build a world, which pytest takes down as soon as a test of another module runs.
    by_module: dict[Any, list[Any]] = defaultdict(list)
    for item in session.items:
        by_module[item.module].append(item)
    until = time.monotonic() + job["seconds"]
    # The walk first: its tests are small and each is about one address.
    for items in sorted(by_module.values(), key=len, reverse=True):
        _try_all(job, items, until)
        session._setupstate.teardown_exact(None)  # noqa: SLF001
        file.write_text(json.dumps(job), encoding="utf-8")
    return True


def _listen() -> None:
    """Remember what is asked of the policy, wherever it was imported."""
    from people import policy  # noqa: PLC0415  - Django is ready only now

    allowed = policy.allowed

    def asking(roles: Any, action: Any, state: str) -> bool:
        each = [roles] if isinstance(roles, policy.Role) else list(roles)
        _State.asked |= {(str(role), str(action), str(state)) for role in each}
        return bool(allowed(each, action, state))

    for module in list(sys.modules.values()):
        if getattr(module, "allowed", None) is allowed:
            module.allowed = asking  # type: ignore[attr-defined]


def _answer_from_memory() -> None:
    """Answer a request that never meets the check that is off as it was answered before, without asking again."""
    from tests.access.asking import Asker  # noqa: PLC0415

    send, start = Asker.ask, Asker.__init__

    def begin(self: Any, world: Any) -> None:
        # What one test left there for the next was answered with another check switched off.
        world.seen.clear()
        start(self, world)

    def ask(self: Any, persona: str, method: str, path: str, data: Any = None, *, htmx: bool = False) -> Any:
        what = repr((persona, method, path, data, htmx))
        _State.times[what] = _State.times.get(what, 0) + 1
        key = (_State.test, what, _State.times[what])
        met, answer = _State.answers.get(key, (set(), None))
        if _State.mutant and answer is not None and _State.mutant not in met and _State.test not in _State.watching:
            return replace(answer, writes=set(answer.writes), texts=list(answer.texts))
        hits, asked = _State.hits, _State.asked
        _State.hits, _State.asked = set(), set()
        try:
            answer = send(self, persona, method, path, data, htmx=htmx)
        finally:
            met = _met()
            _State.hits, _State.asked = hits | _State.hits, asked | _State.asked
        if not _State.mutant:
            _State.answers[key] = (met, answer)
        return answer

    Asker.ask, Asker.__init__ = ask, begin  # type: ignore[method-assign]


def _met() -> set[str]:
    """The mutants met since the last look."""
    from people import policy  # noqa: PLC0415

    table = {(str(role), str(action), str(state)) for role, action, state in policy.TABLE}
    return {f"check {number}" for number in _State.hits} | {f"right {json.dumps(row)}" for row in _State.asked - table}


def _try_all(job: dict[str, Any], items: list[Any], until: float) -> None:
    """Run the tests of one module, then try every mutant that they meet and none has noticed yet."""
    met = _who_meets_what(items)
    for mutant in sorted(set().union(*met.values()) if met else set()):
        meeting = [item for item in items if mutant in met.get(item, ())]
        job["met"][mutant] = job["met"].get(mutant, 0) + len(meeting)
        if mutant in job["noticed"] or job["only"] not in _name(job, mutant):
            continue
        # Tests that meet few checks are about this one.
        for item in sorted(meeting, key=lambda item: len(met[item])):
            if time.monotonic() > until:
                job["late"] = sorted({*job["late"], mutant})
                break
            if not _passes_with(mutant, item, items):
                job["noticed"][mutant] = item.nodeid.rpartition("::")[2]
                break
        print(f"{_name(job, mutant)}: {job['noticed'].get(mutant, '–')}", flush=True)


def _who_meets_what(items: list[Any]) -> dict[Any, set[str]]:
    met: dict[Any, set[str]] = {}
    for item in items:
        _State.hits, _State.asked = set(), set()
        # Twice: a test that can't run again would notice everything.
        if not (_passes(item, items) and _passes(item, items)):
            print(f"fails to begin with: {item.nodeid}", flush=True)
            continue
        met[item] = _met()
        _State.mutant = "nothing"
        if not _passes(item, items):
            _State.watching.add(item.nodeid)
        _State.mutant = ""
    return met


def _passes_with(mutant: str, item: Any, items: list[Any]) -> bool:
    from people import policy  # noqa: PLC0415

    kind, _, what = mutant.partition(" ")
    table = policy.TABLE
    _State.mutant = mutant
    if kind == "check":
        _State.active = int(what)
    else:
        policy.TABLE = table | {tuple(json.loads(what))}  # type: ignore[assignment]
    try:
        return _passes(item, items)
    finally:
        _State.mutant, _State.active, policy.TABLE = "", -1, table


def _name(job: dict[str, Any], mutant: str) -> str:
    kind, _, what = mutant.partition(" ")
    return job["checks"][what] if kind == "check" else " / ".join(json.loads(what))


def _passes(item: Any, items: list[Any]) -> bool:
    """Run a test, and pretend that another of its module comes next, or pytest would take down the module's world."""
    from _pytest.runner import runtestprotocol  # noqa: PLC0415  - as plugins that run tests again do

    _State.test, _State.times = item.nodeid, {}
    item._initrequest()  # noqa: SLF001
    other = next((other for other in items if other is not item), None)
    return all(report.passed for report in runtestprotocol(item, log=False, nextitem=other))


# The command


def run(seconds: int, only: str) -> dict[str, Any]:
    with tempfile.TemporaryDirectory(prefix="mutate-") as folder:
        tree = Path(folder) / "tree"
        tree.mkdir()
        for name in COPIED:
            source = ROOT / name
            copy = shutil.copytree if source.is_dir() else shutil.copy
            copy(source, tree / name)
        checks = wrap_all(tree)
        job = Path(folder) / "job.json"
        job.write_text(json.dumps({"checks": checks, "seconds": seconds, "only": only}), encoding="utf-8")
        environment = os.environ | {"MUTATIONS": str(job), "PYTHONPATH": str(tree), "PYTHONHASHSEED": "0"}
        arguments = [
            "-p",
            "trials.faults.mutate_policy",
            "-p",
            "no:randomly",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:xdist",
            "-q",
            "-s",
        ]
        command = [sys.executable, "-m", "pytest", *arguments, "tests/access"]
        subprocess.run(command, cwd=tree, env=environment, check=False)  # noqa: S603
        return dict(json.loads(job.read_text(encoding="utf-8")))


def report(job: dict[str, Any]) -> Iterator[str]:
    """The table, unnoticed first, and the figure."""
    met = [mutant for mutant in job["met"] if job["only"] in _name(job, mutant)]
    tried = [mutant for mutant in met if mutant not in job["late"]]
    for mutant in sorted(tried, key=lambda mutant: (mutant in job["noticed"], _name(job, mutant))):
        by = job["noticed"].get(mutant, "")
        yield f"{'noticed  ' if by else 'UNNOTICED'}  {_name(job, mutant)}  {by}"
    unmet = [what for number, what in job["checks"].items() if f"check {number}" not in job["met"]]
    yield from (f"never met  {what}" for what in sorted(unmet) if job["only"] in what)
    yield from (f"no time    {_name(job, mutant)}" for mutant in job["late"])
    yield f"{sum(mutant in job['noticed'] for mutant in tried)} of {len(tried)} removals noticed"


def main() -> int:
    parser = argparse.ArgumentParser(description="Remove each permission check in turn and see the tests fail.")
    parser.add_argument("--seconds", type=int, default=1800, help="stop trying after so long")
    parser.add_argument("--only", default="", help="only checks whose place or name holds this")
    given = parser.parse_args()
    job = run(given.seconds, given.only)
    if "noticed" not in job:
        print("mutate_policy: the tests did not run", file=sys.stderr)
        return 2
    lines = list(report(job))
    print("\n".join(lines))
    return 0 if not any(line.startswith("UNNOTICED") for line in lines) else 1


if __name__ == "__main__":
    sys.exit(main())
