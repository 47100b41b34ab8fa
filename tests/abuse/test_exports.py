"""What leaves the site as a file or a mail runs nothing and injects nothing, whatever people wrote."""

import csv
import email
import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

import icalendar
import openpyxl
import pytest
from django.core import mail
from django.test import TestCase

from tests.abuse.payloads import CORPUS, PACKS, SPELLS, PayloadWorld
from tests.access.asking import browser
from tests.access.conftest import built
from tests.access.table import TABLE
from tests.access.test_walk import path_of
from tests.people.organisations.guests import invite

pytestmark = pytest.mark.django_db
RUN = (*SPELLS, "\t", "\r")
HEADERS = {"Content-Type", "MIME-Version", "Content-Transfer-Encoding", "Subject", "From", "To", "Date", "Message-ID"}
HEADERS |= {"Auto-Submitted", "X-Auto-Response-Suppress", "List-Unsubscribe", "List-Unsubscribe-Post"}


@pytest.fixture(scope="module")
def worlds(django_db_setup: None, django_db_blocker: Any) -> Iterator[PayloadWorld]:
    with built(PayloadWorld, django_db_blocker) as world:
        yield world


def files(world: PayloadWorld, ending: str) -> Iterator[tuple[str, Any]]:
    """Every file of this kind that a persona may have: (its address, the answer)."""
    for line in TABLE:
        # The fellow first, whose evidence and plan it is.
        may = (line.get or frozenset()) - {"anonymous"}
        persona = min(may, key=lambda name: (name != "fellow", name), default="")
        if not persona or not line.name.startswith(("export_", "fetch_")) or not line.name.endswith(ending):
            continue
        path = path_of(line, world)
        answer = browser(world, persona).get(path)
        assert answer.status_code == 200, path
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        # And it is called by us, in letters that any header takes.
        called = answer.headers.get("Content-Disposition", "")
        assert called.isascii(), path
        assert "data-zq" not in called
        assert called.count('"') in {0, 2}
        yield path, answer


def running(rows: list[list[str]]) -> list[str]:
    """Cells that a spreadsheet would work out; a number is none, whatever its sign."""
    cells = [cell for row in rows for cell in row]
    return [cell for cell in cells if cell.startswith(RUN) and not cell.lstrip("-").replace(".", "", 1).isdigit()]


def test_no_cell_of_a_csv_file_runs(worlds: PayloadWorld) -> None:
    assert len(running([list(CORPUS.values())])) >= 5, "there is nothing to run"
    entry = worlds.things["entry"]
    type(entry).objects.filter(pk=entry.pk).update(approach=CORPUS["formula"])
    seen = ""
    for path, answer in files(worlds, "csv"):
        text = answer.content.decode("utf-8-sig")
        seen += text
        assert running(list(csv.reader(io.StringIO(text)))) == [], path
    assert "canary" in seen
    assert CORPUS["formula"].replace('"', '""') in seen


def test_no_cell_of_a_sheet_runs(worlds: PayloadWorld) -> None:
    count = 0
    for path, answer in files(worlds, "xlsx"):
        book = openpyxl.load_workbook(io.BytesIO(answer.content))
        cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
        count += len(cells)
        assert [cell.value for cell in cells if cell.data_type == "f"] == [], path
        assert [cell.value for cell in cells if cell.hyperlink] == [], path
    assert count


def test_the_personal_zip(worlds: PayloadWorld) -> None:
    for persona in ("fellow", "member"):
        answer = browser(worlds, persona).post("/account/data/")
        assert answer.status_code == 200
        raw = b"".join(answer.streaming_content) if answer.streaming else answer.content
        with zipfile.ZipFile(io.BytesIO(raw)) as box:
            names = box.namelist()
            assert len(set(names)) == len(names)
            assert all(not name.startswith("/") and ".." not in name and "\\" not in name for name in names)
            assert json.loads(box.read("data.json"))
            for name in names:
                if name.endswith(".csv"):
                    assert running(list(csv.reader(io.StringIO(box.read(name).decode("utf-8-sig"))))) == [], name


def test_json_and_markdown_say_what_was_typed(worlds: PayloadWorld) -> None:
    assert all(answer.content for _, answer in files(worlds, "markdown"))
    said = ""
    for path, answer in files(worlds, "json"):
        assert answer.headers["Content-Type"] == "application/json", path
        said += json.dumps(answer.json(), ensure_ascii=False)
    assert any(json.dumps(pack, ensure_ascii=False)[1:-1] in said for pack in PACKS)


def test_a_calendar_has_the_entries_it_should(worlds: PayloadWorld) -> None:
    """A line break that somebody typed starts no line of the file."""
    item = worlds.things["plan_dated"]
    text = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:zq\nATTENDEE:mailto:zq@evil.example"
    type(item).objects.filter(pk=item.pk).update(text=text, first_step=text, done_when=CORPUS["calendar"])
    (_, answer), *_ = files(worlds, "fetch_calendar")
    (entry,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    assert set(entry) == {"UID", "DTSTAMP", "DTSTART", "SUMMARY", "DESCRIPTION", "TRANSP"}
    assert str(entry["SUMMARY"]).replace("\r", "").startswith("x END:VEVENT")


@pytest.mark.parametrize("number", range(len(PACKS)))
def test_no_mail_gets_a_header_line(worlds: PayloadWorld, number: int) -> None:
    """An invitation carries the names of the organisation, of the team and of whoever invites."""
    name, address = PACKS[number], f"new{number}@elsewhere.example"
    for thing in (worlds.things["lantern"], worlds.things["checkout"], worlds.users["owner"]):
        type(thing).objects.filter(pk=thing.pk).update(name=name)
    mail.outbox = []
    # A quotation mark would end the cell, and a name with an address in it is refused.
    row = f'{address},"{name.replace(chr(34), "").replace("@", " at ")}",checkout'
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = invite(browser(worlds, "owner"), "/organisations/lantern/invite/", f"email,name,team\n{row}")
    assert answer.status_code == 302
    (sent,) = mail.outbox
    message = email.message_from_bytes(sent.message().as_bytes())
    assert message.get_all("To") == [address]
    assert message.get_content_type() in {"text/plain", "multipart/alternative"}
    # No Bcc, no Cc, and nothing else that nobody thought of.
    assert set(message.keys()) <= HEADERS
