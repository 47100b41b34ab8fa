"""How much one may send at once: a sentence says when it is too much, and what was typed stays."""

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.test import Client

from growth.evidence.files import CHARACTERS_MAX
from growth.my_data import read_back as person_import
from people.models import Invitation, Membership, User
from people.organisations.guest_lists import GUESTS_MAX, TEXT_MAX
from tests.factories import join, make_organisation
from tests.people.organisations.guests import invite

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"


def send(client: Client, path: str, length: str, **headers: str) -> Any:
    """A POST that says how long its body is, and brings none of it."""
    return client.generic("POST", path, b"", content_type=FORM, CONTENT_LENGTH=length, headers=headers)


@pytest.mark.parametrize("path", ["/", "/quiz/start/", "/no-such-page/", "/account/login/"])
@pytest.mark.parametrize("length", [str(settings.BODY_MAX + 1), "1" * 30])
def test_a_body_that_no_form_makes_is_refused_unread(client: Client, path: str, length: str) -> None:
    answer = send(client, path, length, Accept="text/html")
    assert answer.status_code == 413
    assert "That was too much at once" in answer.content.decode()
    assert answer.headers["Content-Security-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert not answer.cookies
    # A machine gets the status as JSON.
    answer = send(client, path, length, Accept="application/json")
    assert (answer.status_code, answer.json()) == (413, {"status": 413})


@pytest.mark.parametrize("length", ["", "0", "-1", "x", "²", "1.5"])
def test_a_length_that_is_none_reads_nothing(client: Client, rubric: Any, length: str) -> None:
    assert send(client, "/quiz/start/", length).status_code == 302


def test_a_body_without_a_length_is_counted(client: Client, rubric: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Django counts what it keeps in memory; the same page answers."""
    monkeypatch.setattr(settings, "DATA_UPLOAD_MAX_MEMORY_SIZE", 1000)
    answer = client.post("/quiz/start/", {"title": "a" * 2000}, headers={"Accept": "text/html"})
    assert answer.status_code == 413
    assert "That was too much at once" in answer.content.decode()


def test_too_many_fields_and_files(client: Client, rubric: Any) -> None:
    many = {f"f{number}": "1" for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1)}
    assert client.post("/quiz/start/", many).status_code == 400
    body = "&".join(f"{name}=1" for name in many)
    assert client.generic("POST", "/quiz/start/", body, content_type=FORM).status_code == 400
    files = {f"f{number}": io.BytesIO(b"a") for number in range(settings.DATA_UPLOAD_MAX_NUMBER_FILES + 1)}
    assert client.post("/quiz/start/", files).status_code == 400


def test_the_largest_paste_of_evidence_fits(member_client: Client) -> None:
    """Letters of three bytes, as many as the form says that it takes."""
    text = "- 2026-01-01: said\n" + "語" * (CHARACTERS_MAX - 19)
    assert member_client.post("/evidence/import/", {"text": text}).status_code == 200
    answer = member_client.post("/evidence/import/", {"text": text + "語"})
    assert answer.status_code == 422
    assert "bring it in parts" in answer.content.decode()
    assert "語" * 100 in answer.content.decode()


@pytest.fixture
def owner_client(member_client: Client, member: User) -> Client:
    join(member, make_organisation(), Membership.Role.OWNER)
    return member_client


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"a" * (TEXT_MAX + 1), "This file is too large"),
        (b"\xff\xfea\0b", "This file is damaged"),
        (b"a@b.example\0", "This is not a text file"),
        (b"email\n" + b"".join(b"a%d@b.example\n" % n for n in range(GUESTS_MAX + 1)), "Send them in parts"),
        (b"email,name\n" + b'"' * 5000 + b"\n", "too long for a row"),
        # A quote that is never closed makes one cell of all that follows, more than the csv module takes.
        (b'email,name\n"' + (b"a" * 1500 + b"\n") * 120, "can’t be read as a table"),
        (b"email,name\n" + b"a" * 150_000 + b"\n", "too long for a row"),
    ],
)
def test_lists_of_guests_that_are_none(owner_client: Client, raw: bytes, said: str) -> None:
    data = {"file": io.BytesIO(raw), "text": "", "team": ""}
    answer = owner_client.post("/organisations/lantern/invite/", data)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert said in page
    assert not Invitation.objects.exists()


def test_a_list_and_a_file_are_not_both_read(owner_client: Client) -> None:
    data = {"file": io.BytesIO(b"a@b.example"), "text": "typed@before.example", "team": ""}
    answer = owner_client.post("/organisations/lantern/invite/", data)
    assert (answer.status_code, "not both" in answer.content.decode()) == (422, True)
    assert "typed@before.example" in answer.content.decode()


def test_what_no_table_holds_stays_to_be_corrected(owner_client: Client) -> None:
    text = 'email,name\nfirst@b.example,A\n"' + ("a" * 1500 + "\n") * 120 + "last@b.example,B\n"
    answer = invite(owner_client, "/organisations/lantern/invite/", text)
    assert [item.email for item in Invitation.objects.all()] == ["first@b.example"]
    kept = answer.context["form"].initial["text"]
    assert kept.count("a" * 1500) == 120
    assert "last@b.example" in kept
    assert "first@b.example" not in kept


def packed(path: Path, name: str, raw: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as box:
        box.writestr(name, raw)
    return path


def refusal_of(path: Path) -> str:
    with pytest.raises(CommandError) as refusal:
        call_command("import_person", str(path))
    assert refusal.value.returncode == 2
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_zip_that_unpacks_to_more_than_a_person_has(tmp_path: Path) -> None:
    """Sixty megabytes in sixty kilobytes: reading stops where it is too much."""
    path = packed(tmp_path / "bomb.zip", "data.json", b" " * (person_import.SIZE_MAX + 10_000_000))
    assert path.stat().st_size < 100_000
    assert "larger than" in refusal_of(path)


def test_a_zip_is_never_unpacked_to_disk(tmp_path: Path) -> None:
    path = packed(tmp_path / "box.zip", "../../escaped.json", b"{}")
    assert "is no ZIP file" in refusal_of(path)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["box.zip"]
    assert not (tmp_path.parent.parent / "escaped.json").exists()


def test_too_many_rows(tmp_path: Path, member_client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    from growth.my_data.document import document_of

    document = document_of(User.objects.get(email="member@example.com"))
    document["tables"]["plan"] = [{"text": "x"}] * 11
    monkeypatch.setattr(person_import, "ROWS_MAX", 10)
    path = packed(tmp_path / "box.zip", "data.json", json.dumps(document).encode())
    with pytest.raises(CommandError, match="plan has more than 10 rows"):
        call_command("import_person", str(path), email="new@example.com")
    assert not User.objects.filter(email="new@example.com").exists()
