"""Keeps files to the user that we run as: they hold what people said of themselves. And writes them whole."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from django.db.backends.signals import connection_created
from django.dispatch import receiver


def is_private(path: Path) -> bool:
    """Whether other users of this machine are kept out. What is not there is."""
    try:
        return not stat.S_IMODE(path.stat().st_mode) & 0o077
    except OSError:
        return True


def make_private(path: Path, mode: int) -> None:
    """Take the rights of others away. Where the file is not ours the doctor says that it is open."""
    if not is_private(path):
        with suppress(OSError):
            os.chmod(path, mode)  # noqa: PTH101  - as suppress says, it may fail


@receiver(connection_created)
def keep_file(connection: Any, **_: Any) -> None:
    """SQLite gives its journals the rights of the database, so the one file is enough."""
    if connection.vendor == "sqlite" and "mode=memory" not in str(connection.settings_dict["NAME"]):
        make_private(Path(connection.settings_dict["NAME"]), 0o600)


@contextmanager
def whole_file(file: Path, *, replaces: bool = False) -> Iterator[Path]:
    """A temporary file beside the one that is wanted, which gets its name when it is complete: a full disk leaves no
    half of one, and no earlier one is lost. Only its owner can read it. Raises OSError; without `replaces`, also when
    somebody else has written a file of this name meanwhile."""
    unfinished = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield unfinished
        with unfinished.open("rb") as handle:
            os.fsync(handle.fileno())
        (os.replace if replaces else os.link)(unfinished, file)
        folder = os.open(file.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    finally:
        unfinished.unlink(missing_ok=True)
