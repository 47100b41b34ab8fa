"""Refuses migrations that would break the previous release, which still runs while the new one is rolled out.

    python -m trials.lint_migrations                  checks migrations newer than trials/migrations_baseline.json
    python -m trials.lint_migrations --record 0.2.0   makes the present migrations the baseline, as part of a release

Something may be taken away (contract) only in a later release than the one that stopped using it (expand). The
migration then names its release, and says why nothing needs the old form any more:

    CONTRACT = "0.3.0: the column has not been read since 0.2.0"

Exits with 1 when something is refused. docs/operations.md, Upgrades, has the whole recipe.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
BASELINE = ROOT / "trials/migrations_baseline.json"
APPS = ("people", "ladder", "assessments", "growth")
_MARK = re.compile(r"(\d+)\.(\d+)\.(\d+): \S.{9,}")


def objections(operation: Any, app: str, state: Any, made: set[tuple[str, ...]]) -> Iterator[str]:
    """What would break the previous release. `state` is before the operation; `made` are the models that are new, and
    the new columns of others in which running code leaves NULL."""
    from django.db.migrations import operations as ops  # noqa: PLC0415
    from django.db.models import NOT_PROVIDED, ManyToManyField  # noqa: PLC0415

    from people.database.quiet_index import AddIndexQuietly  # noqa: PLC0415

    model = (app, str(getattr(operation, "model_name", "")).lower())
    match operation:
        case ops.RenameModel() | ops.RenameField() | ops.AlterModelTable() if _is_only_a_name(operation, app, state):
            pass
        case ops.RemoveField() | ops.RenameField() | ops.DeleteModel() | ops.RenameModel() | ops.AlterModelTable():
            yield "takes a name away that running code still uses"
        case ops.AddField(field=field) if model not in made:
            if not isinstance(field, ManyToManyField) and not field.null and field.db_default is NOT_PROVIDED:
                yield "running code inserts rows without the column: give it null=True or db_default"
            if field.unique or (field.db_index and not field.is_relation):
                yield "an index is built while writers wait: add it by AddIndexQuietly"
        case ops.AlterField(field=field) if model not in made:
            yield from _narrower(state.models[model].fields[operation.name], field)
        case ops.AddIndex() if model not in made and not isinstance(operation, AddIndexQuietly):
            yield "the index is built while writers wait: use people.database.quiet_index.AddIndexQuietly"
        case ops.AddConstraint() if model not in made and not _is_unique_already(operation, state.models[model], made):
            yield "running code may write what the constraint refuses"
        case ops.RunSQL():
            yield "nobody can judge SQL from here"


def _is_only_a_name(operation: Any, app: str, state: Any) -> bool:
    """Whether only the name in Python changes, while the table and its columns keep theirs."""
    match type(operation).__name__:
        case "RenameModel":
            return bool(state.models[app, operation.old_name_lower].options.get("db_table"))
        case "RenameField":
            return bool(state.models[app, operation.model_name_lower].fields[operation.old_name].db_column)
    return bool(operation.table == f"{app}_{operation.name_lower}")


def _is_unique_already(operation: Any, model: Any, made: set[tuple[str, ...]]) -> bool:
    """Whether running code can't write what a unique constraint refuses: one of its columns is unique, or NULL."""
    rule = operation.constraint
    if type(rule).__name__ != "UniqueConstraint":
        return False
    names = {*rule.fields, *(getattr(each, "name", "") for each in rule.expressions)} & {*model.fields}
    return any(model.fields[name].unique or (model.app_label, model.name_lower, name) in made for name in names)


def _narrower(old: Any, new: Any) -> Iterator[str]:
    if old.null and not new.null:
        yield "running code may still write NULL"
    if old.get_internal_type() != new.get_internal_type():
        yield "the type changes, which rewrites the table and may refuse what running code writes"
    if new.max_length is not None and (old.max_length is None or new.max_length < old.max_length):
        yield "running code may write longer values"
    if new.unique and not old.unique:
        yield "running code may write the same value twice"


def marked(module: ModuleType, release: str) -> tuple[bool, str]:
    """Whether a migration is marked as a contract step, and what is wrong with its mark."""
    mark = getattr(module, "CONTRACT", None)
    if mark is None:
        return False, ""
    found = _MARK.fullmatch(str(mark))
    if not found:
        return False, 'CONTRACT must read "<release>: <why nothing needs the old form>"'
    if tuple(map(int, found.groups())) <= tuple(map(int, release.split("."))):
        return False, f"CONTRACT names a release that is not after {release}"
    return True, ""


def lint(loader: Any, baseline: dict[str, Any]) -> tuple[int, list[str]]:
    """The number of migrations newer than the baseline, and the objections to them."""
    known = {key for app, name in baseline["migrations"].items() for key in loader.graph.forwards_plan((app, name))}
    order: list[tuple[str, str]] = []
    for leaf in sorted(loader.graph.leaf_nodes()):
        order += [key for key in loader.graph.forwards_plan(leaf) if key not in order]
    newer = [key for key in order if key not in known and key[0] in APPS]
    state = loader.project_state([key for key in order if key in known])
    made: set[tuple[str, ...]] = set()
    refused = []
    for key in (key for key in order if key not in known):
        migration = loader.graph.nodes[key]
        contract, wrong = marked(sys.modules[type(migration).__module__], baseline["release"])
        refused += [f"{key[0]}.{key[1]}: {wrong}"] if wrong else []
        for operation in migration.operations:
            if key in newer and not contract:
                found = objections(operation, key[0], state, made)
                refused += [f"{key[0]}.{key[1]}: {operation.describe()} – {why}" for why in found]
            if type(operation).__name__ == "CreateModel":
                made.add((key[0], operation.name_lower))
            if type(operation).__name__ == "AddField" and operation.field.null and not operation.field.has_db_default():
                made.add((key[0], operation.model_name_lower, operation.name))
            operation.state_forwards(key[0], state)
    return len(newer), refused


def main() -> int:
    parser = argparse.ArgumentParser(description="Refuse migrations that running code could not live with.")
    parser.add_argument("--record", metavar="RELEASE", help="make the present migrations the baseline")
    given = parser.parse_args()
    if given.record and not re.fullmatch(r"\d+\.\d+\.\d+", given.record):
        parser.error("RELEASE looks like 0.2.0")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django  # noqa: PLC0415

    django.setup()
    from django.db.migrations.loader import MigrationLoader  # noqa: PLC0415

    loader = MigrationLoader(None)
    if given.record:
        leaves = {app: name for app, name in sorted(loader.graph.leaf_nodes()) if app in APPS}
        BASELINE.write_text(json.dumps({"release": given.record, "migrations": leaves}, indent=2) + "\n")
        return 0
    count, refused = lint(loader, json.loads(BASELINE.read_text()))
    for line in refused:
        print(line, file=sys.stderr)
    print(f"{count} migrations are newer than the baseline, {len(refused)} objections")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
