"""Migrations that the release before could not live with are refused, unless they say that they come later."""

import json
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import models
from django.db.migrations import (
    AddConstraint,
    AddField,
    AddIndex,
    AlterField,
    CreateModel,
    DeleteModel,
    Migration,
    RemoveField,
    RenameField,
    RenameModel,
    RunPython,
    RunSQL,
)
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from people.database.quiet_index import AddIndexQuietly
from people.models import Team
from trials import lint_migrations

BASELINE: dict[str, Any] = json.loads(lint_migrations.BASELINE.read_text())


def lint_with(monkeypatch: pytest.MonkeyPatch, *operations: Any, contract: str | None = None) -> list[str]:
    """What is said of a new migration of the app people."""
    loader = MigrationLoader(None)
    leaf = next(node for node in loader.graph.leaf_nodes() if node[0] == "people")
    name = "tests.a_migration"
    kind = type("Migration", (Migration,), {"operations": list(operations), "__module__": name})
    fields = {"CONTRACT": contract} if contract is not None else {}
    monkeypatch.setitem(sys.modules, name, SimpleNamespace(**fields))  # type: ignore[arg-type]
    key = ("people", "9999_new")
    loader.graph.add_node(key, kind("9999_new", "people"))
    loader.graph.add_dependency(None, key, leaf)
    baseline = {"release": "0.1.0", "migrations": dict(n for n in MigrationLoader(None).graph.leaf_nodes())}
    baseline["migrations"] = {app: n for app, n in baseline["migrations"].items() if app in lint_migrations.APPS}
    count, refused = lint_migrations.lint(loader, baseline)
    assert count == 1
    return refused


REFUSED = {
    "remove": RemoveField("team", "name"),
    "rename": RenameField("team", "name", "title"),
    "rename model": RenameModel("Team", "Group"),
    "delete": DeleteModel("OutboxMail"),
    "add, not null": AddField("team", "colour", models.CharField(max_length=9, default="red")),
    "add, unique": AddField("team", "colour", models.CharField(max_length=9, null=True, unique=True)),
    "not null": AlterField("team", "closed_at", models.DateTimeField()),
    "shorter": AlterField("team", "name", models.CharField(max_length=9)),
    "unique": AlterField("team", "name", models.CharField(max_length=120, unique=True)),
    "another type": AlterField("team", "name", models.TextField()),
    "index": AddIndex("team", models.Index(fields=["name"], name="team_by_name")),
    "constraint": AddConstraint("team", models.UniqueConstraint(fields=["name"], name="team_name_unique")),
    "unique in part": AddConstraint("user", models.UniqueConstraint(fields=["name", "scheme"], name="user_scheme")),
    "sql": RunSQL("DELETE FROM people_team"),
}


@pytest.mark.parametrize("operation", REFUSED.values(), ids=REFUSED.keys())
def test_what_running_code_cannot_live_with_is_refused(monkeypatch: pytest.MonkeyPatch, operation: Any) -> None:
    (objection,) = lint_with(monkeypatch, operation)
    assert objection.startswith("people.9999_new: ")
    assert lint_with(monkeypatch, operation, contract="0.2.0: nothing reads it since 0.1.0") == []


def test_what_adds_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    fine = [
        AddField("team", "note", models.TextField(null=True)),
        AddField("team", "colour", models.CharField(max_length=9, default="red", db_default="red")),
        AlterField("team", "name", models.CharField(max_length=200)),
        AddIndexQuietly("team", models.Index(fields=["name"], name="team_by_name")),
        RunPython(RunPython.noop),
        CreateModel("Badge", [("id", models.BigAutoField(primary_key=True)), ("name", models.TextField())]),
        AddIndex("badge", models.Index(fields=["name"], name="badge_by_name")),
        AddField("badge", "colour", models.TextField()),
        # What running code can't break: one of the columns is unique before it, or NULL in whatever it writes.
        AddConstraint("user", models.UniqueConstraint(models.F("home"), models.F("name"), name="user_name_unique")),
        AddField("team", "number", models.IntegerField(null=True)),
        AddConstraint("team", models.UniqueConstraint(fields=["number"], name="team_number_unique")),
    ]
    assert lint_with(monkeypatch, *fine) == []


@pytest.mark.parametrize("mark", ["", "yes", "0.2.0", "0.2.0: x", "0.1.0: nothing reads it any more"])
def test_a_mark_says_release_and_reason(monkeypatch: pytest.MonkeyPatch, mark: str) -> None:
    assert len(lint_with(monkeypatch, RemoveField("team", "name"), contract=mark)) == 2


def test_ours_are_fine() -> None:
    assert set(BASELINE["migrations"]) == set(lint_migrations.APPS)
    assert lint_migrations.lint(MigrationLoader(None), BASELINE)[1] == []


@pytest.mark.parametrize(("vendor", "options"), [("sqlite", {}), ("postgresql", {"concurrently": True})])
def test_a_quiet_index_makes_no_writer_wait_where_that_can_be(vendor: str, options: dict[str, bool]) -> None:
    before = ProjectState.from_apps(Team._meta.apps)
    step = AddIndexQuietly("team", models.Index(fields=["name"], name="team_by_name"))
    after = before.clone()
    step.state_forwards("people", after)
    done: list[tuple[str, str, dict[str, bool]]] = []
    editor = SimpleNamespace(
        connection=SimpleNamespace(alias="default", vendor=vendor, in_atomic_block=False),
        add_index=lambda _, index, **given: done.append(("add", index.name, given)),
        remove_index=lambda _, index, **given: done.append(("remove", index.name, given)),
    )
    step.database_forwards("people", editor, before, after)
    step.database_backwards("people", editor, after, before)
    assert done == [("add", "team_by_name", options), ("remove", "team_by_name", options)]
