"""An SQLite file and the data folder are for the user that we run as; the local profile is for this machine."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError

from config import doctor
from people.database.private import is_private, keep_file, make_private
from people.management import serving


def test_a_database_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "rungwise.sqlite3"
    file.touch(0o644)
    assert not is_private(file)
    keep_file(SimpleNamespace(vendor="sqlite", settings_dict={"NAME": str(file)}))
    assert file.stat().st_mode & 0o777 == 0o600
    for name in ("file:memory?mode=memory", tmp_path / "none"):
        keep_file(SimpleNamespace(vendor="sqlite", settings_dict={"NAME": str(name)}))


def test_what_is_not_ours_is_said_and_left(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError

    settings.DATA_DIR = tmp_path / "data"
    for name, value in (("ENGINE", "django.db.backends.sqlite3"), ("NAME", str(tmp_path / "x.sqlite3"))):
        monkeypatch.setitem(settings.DATABASES["default"], name, value)
    serving.refuse_without_folder()
    assert [finding.state for finding in doctor._files()] == ["ok"]
    (tmp_path / "x.sqlite3").touch(0o640)
    with monkeypatch.context() as patch:
        patch.setattr("people.database.private.os.chmod", refuse)
        make_private(tmp_path / "x.sqlite3", 0o600)
    (finding,) = doctor._files()
    assert (finding.state, "x.sqlite3" in finding.said) == ("warn", True)


def test_a_folder_that_takes_no_file_is_one_line(tmp_path: Path, settings: Any) -> None:
    for folder in (Path("/dev/null/data"), Path("/proc/1/data"), tmp_path / ("x" * 300)):
        settings.DATA_DIR = folder
        with pytest.raises(CommandError, match="DATA_DIR=") as refused:
            serving.refuse_without_folder()
        assert refused.value.returncode == 2


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.0.2.1", "nowhere", ""])  # noqa: S104
def test_the_local_profile_is_for_this_machine(settings: Any, address: str) -> None:
    settings.LOCAL = False
    serving.refuse_others_looking(address)
    settings.LOCAL = True
    for ours in ("127.0.0.1", "::1", "localhost", "127.1.2.3"):
        serving.refuse_others_looking(ours)
    with pytest.raises(CommandError, match="PROFILE=local shows all mails") as refused:
        serving.refuse_others_looking(address)
    assert refused.value.returncode == 2
