"""A check on a table that is in use, made to let more in than before."""

from typing import Any

from django.db import transaction
from django.db.migrations.operations.base import Operation


class WidenCheck(Operation):
    """Replace the check of that name by one that everything stored fits already. Its migration says `atomic = False`.

    On PostgreSQL writers wait for a moment only: the rows are read afterwards, while people write. On SQLite the table
    is written anew, once.
    """

    def __init__(self, model_name: str, constraint: Any) -> None:
        self.model_name = model_name
        self.constraint = constraint

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return type(self).__name__, [], {"model_name": self.model_name, "constraint": self.constraint}

    def describe(self) -> str:
        return f"Widen check {self.constraint.name} on {self.model_name}"

    def state_forwards(self, app_label: str, state: Any) -> None:
        state.remove_constraint(app_label, self.model_name.lower(), self.constraint.name)
        state.add_constraint(app_label, self.model_name.lower(), self.constraint)

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:  # noqa: ARG002
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        if schema_editor.connection.vendor != "postgresql":
            # Whole or not at all: a stop between two statements would leave the rows under another name.
            with transaction.atomic(schema_editor.connection.alias):
                schema_editor._remake_table(model)  # noqa: SLF001  - twice through the public way: remove, then add
            return
        table, name = (schema_editor.quote_name(each) for each in (model._meta.db_table, self.constraint.name))  # noqa: SLF001
        # On the way back it is the one from before.
        meant = next(each for each in model._meta.constraints if each.name == self.constraint.name)  # noqa: SLF001
        check = meant._get_check_sql(model, schema_editor)  # noqa: SLF001
        schema_editor.execute(
            f"ALTER TABLE {table} DROP CONSTRAINT {name}, ADD CONSTRAINT {name} CHECK ({check}) NOT VALID", params=None
        )
        schema_editor.execute(f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}", params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self.database_forwards(app_label, schema_editor, from_state, to_state)
