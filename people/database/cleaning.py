"""Cleans what was stored before columns cleaned it (people/database/columns.py), in migrations.

Rows that are frozen stay as they are: they are cleaned when they are written out.
"""

from collections.abc import Callable
from typing import Any

from django.db.migrations import RunPython

from people.database.fill_in import change_each
from people.texts import clean_line, is_blank


def clean_stored(
    app: str, model: str, *columns: str, by: Callable[[str], str] = clean_line, unnamed: str = "", **may_change: Any
) -> RunPython:
    """Clean columns of the rows that `may_change`; a name that nobody could see becomes `unnamed`."""

    def clean(apps: Any, _schema_editor: Any) -> None:
        rows = apps.get_model(app, model)._base_manager.filter(**may_change)  # noqa: SLF001
        change_each(rows.only("pk", *columns), changed)

    def changed(row: Any) -> dict[str, str]:
        stored = {name: getattr(row, name) for name in columns}
        new = {name: unnamed if is_blank(text) else by(text) for name, text in stored.items()}
        return {name: text for name, text in new.items() if text != stored[name]}

    return RunPython(clean, RunPython.noop)
