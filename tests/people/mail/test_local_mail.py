"""The page that shows mail in the local profile."""

import os
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.urls import NoReverseMatch, include, path, reverse

from config import urls
from people.mail import local_views
from people.mail.local_views import read_mails
from tests.pages import page_of

pytestmark = pytest.mark.django_db

urlpatterns = [path("local/", include("people.mail.local_urls")), path("", include(urls.urlpatterns))]

END = b"\n" + b"-" * 79 + b"\n"


def write(folder: Path, name: str, *messages: bytes) -> Path:
    file = folder / name
    file.write_bytes(b"".join(message + END for message in messages))
    return file


def message(subject: str = "Hello", text: str = "A line.", date: str = "Mon, 04 May 2026 09:30:00 +0000") -> bytes:
    made = EmailMessage()
    made["Subject"], made["To"], made["Date"] = subject, "nora@example.com", date
    made.set_content(text)
    return made.as_bytes()


@pytest.fixture
def folder(tmp_path: Path, settings: Any) -> Path:
    settings.MAIL_DIR = tmp_path
    return tmp_path


@pytest.fixture
def local(settings: Any) -> None:
    settings.LOCAL = True
    settings.ROOT_URLCONF = __name__


def test_address_exists_in_the_local_profile_only(client: Client, folder: Path) -> None:
    with pytest.raises(NoReverseMatch):
        reverse("list_local_mail")
    assert client.get("/local/mail/").status_code == 404


@pytest.mark.usefixtures("local")
@pytest.mark.parametrize("place", ["", "not-there"])
def test_page_needs_no_log_in_and_no_folder(client: Client, folder: Path, settings: Any, place: str) -> None:
    settings.MAIL_DIR = folder / place
    assert "Nothing yet" in client.get("/local/mail/").content.decode()


@pytest.mark.usefixtures("local")
def test_what_django_writes_is_shown(client: Client, folder: Path, settings: Any) -> None:
    """Through the real backend, so that a change of its format shows."""
    backend = "django.core.mail.backends.filebased.EmailBackend"
    settings.MAILERS = {"default": {"BACKEND": backend, "OPTIONS": {"file_path": str(folder)}}}
    text = "Grüße, <b>Nora</b>\n\nBCDF-GHJK\n\nhttps://ladder.example/x?a=1&b=2\n" + "a long line " * 30
    mail.EmailMessage("Rungwise: Übung", text, to=["nora@example.com"]).send()
    response = client.get("/local/mail/")
    page = response.content.decode()
    assert "Rungwise: Übung" in page
    assert "nora@example.com" in page
    assert "Grüße, &lt;b&gt;Nora&lt;/b&gt;" in page
    assert page_of(response).one("strong").text == "BCDF-GHJK"
    assert 'href="https://ladder.example/x?a=1&amp;b=2"' in page
    assert "a long line " * 29 in page


def test_newest_first_and_a_line_of_hyphens_is_no_end_of_a_mail(folder: Path) -> None:
    second = message("Second", "above\n" + "-" * 60 + "\nbelow", "Mon, 04 May 2026 09:30:00 +0000")
    write(folder, "a.log", second, message("First", date="Mon, 04 May 2026 11:30:00 +0100"))
    write(folder, "b.log", message("Third", date="Mon, 04 May 2026 09:00:00 +0000"))
    found = read_mails(folder)
    assert [item.subject for item in found] == ["First", "Second", "Third"]
    assert [line for line, _is_code in found[1].lines] == ["above", "-" * 60, "below"]


@pytest.mark.parametrize("date", ["", "yesterday", "Mon, 99 May 2026 09:30:00 +0000"])
def test_mail_without_a_date_has_the_files(folder: Path, date: str) -> None:
    file = write(folder, "a.log", message(date=date) if date else message().replace(b"Date:", b"X-Date:"))
    os.utime(file, (1_777_887_000, 1_777_887_000))
    (found,) = read_mails(folder)
    assert found.sent_at.timestamp() == 1_777_887_000


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\xff\xfe\x80" * 50,
        b"no mail at all\n",
        END * 3,
        b"Subject: =?utf-9?q?broken?=\nTo: x\nContent-Type: text/plain; charset=unheard-of\n\n\xff\xfe\n",
        b"Subject: half\nContent-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: image/png\n\n\x89PNG\n",
        b"Subject: bad\nTo: a\nContent-Transfer-Encoding: base64\n\n!!!!\n",
        b"To: \xff\xfe <a@b>, ,,, <>\nSubject: \xff\nDate: never\n\n\xff\n",
    ],
)
@pytest.mark.usefixtures("local")
def test_odd_files_do_no_harm(client: Client, folder: Path, content: bytes) -> None:
    (folder / "odd.log").write_bytes(content)
    write(folder, "good.log", message("Good"))
    page = client.get("/local/mail/")
    assert page.status_code == 200
    assert "Good" in page.content.decode()


def test_what_is_no_mail_file_is_passed_over(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "folder.log").mkdir()
    (folder / "dangling.log").symlink_to(folder / "gone")
    write(folder, "notes.txt", message("Not a log"))
    monkeypatch.setattr(local_views, "FILE_MAX", 1000)
    write(folder, "huge.log", message("Huge", "x" * 2000))
    write(folder, "good.log", message("Good"))
    assert [item.subject for item in read_mails(folder)] == ["Good"]


@pytest.mark.usefixtures("local")
def test_page_stays_short(client: Client, folder: Path) -> None:
    write(folder, "many.log", *(message(f"Number {count}") for count in range(local_views.SHOWN + 1)))
    page = client.get("/local/mail/").content.decode()
    assert page.count("<h2>") == local_views.SHOWN
    assert "Older ones" in page


@pytest.mark.usefixtures("local", "rubric")
def test_code_page_says_where_the_mail_is(client: Client, folder: Path) -> None:
    client.post("/account/login/code/", {"email": "nora@example.com"})
    assert "sends no mail" in client.get("/account/login/code/confirm/").content.decode()
