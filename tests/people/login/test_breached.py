"""Stolen passwords are looked up in a file, by bisection: never in memory, never over the network."""

import hashlib
import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.deploy_checks import breached_passwords
from people.login import breached
from people.login.breached import NotAList, is_breached, problem_of
from people.login.passwords import BreachedPasswordsValidator
from people.models import User

STOLEN = [f"stolen password {number}" for number in range(50)]


def sha1(password: str) -> str:
    return hashlib.sha1(password.encode()).hexdigest().upper()  # noqa: S324


def write(path: Path, passwords: Iterable[str], *, end: str = "\n", last: bool = True) -> Path:
    """A list with counts of differing length, as the downloader writes it."""
    lines = [f"{sha1(each)}:{7 ** (place % 9)}" for place, each in enumerate(sorted(passwords, key=sha1))]
    path.write_bytes((end.join(lines) + (end if last and lines else "")).encode())
    return path


def test_hashes_alone_and_in_small_letters(tmp_path: Path) -> None:
    file = tmp_path / "list"
    file.write_text("".join(f"{sha1(each).lower()}\n" for each in sorted(STOLEN, key=sha1)))
    assert is_breached(STOLEN[7], file)
    assert not is_breached("my own", file)
    assert problem_of(file) == ""


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    stolen=st.sets(st.integers(0, 200)),
    asked=st.lists(st.integers(0, 200), min_size=1),
    end=st.sampled_from(["\n", "\r\n"]),
    last=st.booleans(),
)
def test_it_agrees_with_a_set(tmp_path: Path, stolen: set[int], asked: list[int], end: str, last: bool) -> None:
    file = write(tmp_path / "list", map(str, stolen), end=end, last=last)
    assert {number for number in {*asked, *stolen} if is_breached(str(number), file)} == stolen
    assert problem_of(file) == ("" if stolen else "is empty")


def test_a_look_up_reads_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = write(tmp_path / "list", map(str, range(20_000)))
    read: list[int] = []
    line_from: Callable[..., Any] = breached._line_from
    monkeypatch.setattr(breached, "_line_from", lambda lines, place: read.append(place) or line_from(lines, place))
    for number in range(0, 40_000, 500):
        read.clear()
        assert is_breached(str(number), file) == (number < 20_000)
        # A million bytes: twenty halvings.
        assert len(read) <= 21


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"password\n123456\n", "is no list"),
        (b"0" * 100_000, "is no list"),
        (bytes(range(256)) * 40, "is no list"),
        # Of passwords for Windows, which are shorter.
        (b"0" * 32 + b":5\n", "is no list"),
        (f"{'F' * 40}:1\n{'0' * 40}:1\n".encode(), "is not in the order"),
    ],
)
def test_a_file_that_will_not_do(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "list"
    file.write_bytes(content)
    assert said in problem_of(file)
    try:
        assert not is_breached("quiet umbrella thicket", file)
    except NotAList:
        assert said == "is no list"
    assert problem_of(tmp_path / "none") == "can’t be read: No such file or directory"
    assert problem_of(tmp_path) == "can’t be read: Is a directory"


@pytest.mark.django_db
def test_the_form_says_it(client: Client, rubric: Any, tmp_path: Path, settings: Any) -> None:
    assert settings.BREACHED_PASSWORDS is None
    BreachedPasswordsValidator().validate(STOLEN[0])
    assert breached_passwords() == []
    settings.BREACHED_PASSWORDS = write(tmp_path / "list", STOLEN)
    with pytest.raises(ValidationError) as caught:
        BreachedPasswordsValidator().validate(STOLEN[3])
    assert caught.value.code == "password_breached"
    account = {"email": "nora@example.com", "password1": STOLEN[0]}
    response = client.post(reverse("account_signup"), account)
    assert "stolen from other sites" in response.content.decode()
    assert not User.objects.exists()
    client.post(reverse("account_signup"), account | {"password1": "quiet umbrella thicket"})
    assert User.objects.get().email == "nora@example.com"


@pytest.mark.django_db
@pytest.mark.parametrize("content", [None, b"password\n" * 10])
def test_a_list_that_is_broken_locks_nobody_out(
    client: Client, rubric: Any, tmp_path: Path, settings: Any, caplog: pytest.LogCaptureFixture, content: bytes | None
) -> None:
    settings.BREACHED_PASSWORDS = file = tmp_path / "list"
    if content:
        file.write_bytes(content)
    (found,) = breached_passwords()
    assert (found.id, found.is_serious()) == ("rungwise.E001", True)
    assert str(file) in found.msg
    with caplog.at_level(logging.ERROR, "people.login.passwords"):
        client.post(reverse("account_signup"), {"email": "nora@example.com", "password1": STOLEN[0]})
    assert User.objects.get().email == "nora@example.com"
    (line,) = [record.getMessage() for record in caplog.records if record.name == "people.login.passwords"]
    assert line.startswith("BREACHED_PASSWORDS can't be used (")
    assert STOLEN[0] not in line
