"""The log as files, and back: what goes out comes in again, and what is wrong is said by line."""

import datetime
import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from growth.evidence.files import ROWS_MAX, as_csv, as_markdown, read
from growth.evidence.log import log_of
from growth.models import EvidenceEntry
from ladder.rubric import Rubric
from people.models import User
from people.texts import clean_line, clean_text, is_blank
from tests.factories import make_rubric
from tests.growth.cast import make_entry
from tests.pages import Node, page_of, sends

pytestmark = pytest.mark.django_db
IMPORT = "/evidence/import/"
FIELDS = ("happened_on", "problem", "approach", "outcome", "measure", "before", "after", "competencies", "link")


def typed(text: str) -> str:
    """What a form makes of it."""
    return "" if is_blank(text) else clean_text(text).strip()


characters = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n")
signs = st.text(alphabet="#*-'=+@\\\"“;,:\n 2026-0504ab", max_size=60)
texts = st.one_of(signs, st.text(alphabet=characters, max_size=60)).map(typed)
lines = texts.map(lambda text: typed(clean_line(clean_line(text)[:60])))
entries = st.builds(
    EvidenceEntry,
    happened_on=st.dates(datetime.date(2001, 1, 1), datetime.date(2026, 1, 1)),
    approach=texts.filter(lambda text: not is_blank(text)),
    problem=texts,
    outcome=texts,
    measure=lines,
    before=lines,
    after=lines,
    competencies=st.lists(st.sampled_from(["data", "strategy", "delivery"]), unique=True),
    link=st.sampled_from(["", "https://wiki.example/a?b=c"]),
)


def facts(entry: Any) -> dict[str, Any]:
    return {name: entry[name] if isinstance(entry, dict) else getattr(entry, name) for name in FIELDS}


@settings(max_examples=60, deadline=None)
@given(st.lists(entries, min_size=1, max_size=4), st.sampled_from([as_csv, as_markdown]))
def test_what_goes_out_comes_in_again(written: list[EvidenceEntry], write: Any) -> None:
    file = write(written)
    rows = read(file if isinstance(file, str) else file.decode(), make_rubric())
    assert [row.errors for row in rows] == [[] for _ in written]
    assert [facts(row.entry) for row in rows] == [facts(entry) for entry in written]


@settings(max_examples=40, deadline=None)
@given(
    st.text(max_size=300)
    | st.lists(st.sampled_from(["date", "approach", ",", '"', "\n", "## 2026-05-04", "- "])).map("".join)
)
def test_any_text_is_fine(text: str) -> None:
    for row in read(text, make_rubric()):
        assert row.errors or row.entry


def test_a_file_from_elsewhere(rubric: Rubric) -> None:
    text = (
        "When;What I did;Result;Skills;Somebody's column\n"
        '2026-05-04;"Asked\n twelve shoppers";More paid;Customer insight, data;x\n'
        "\n"
        "04/05/2026;Cut the form;;;\n"
        "2026-05-06;;;;\n"
        "2026-05-07;Wrote it down;;Juggling;\n"
    )
    rows = read(text, rubric)
    assert [row.line for row in rows] == [2, 5, 6, 7]
    assert rows[0].entry["approach"] == "Asked\n twelve shoppers"
    assert rows[0].entry["competencies"] == ["customer-insight", "data"]
    assert [len(row.errors) for row in rows] == [0, 1, 1, 1]
    assert "day or the month" in rows[1].errors[0]
    assert "Juggling" in rows[3].errors[0]
    (row,) = read("name,score\nAnn,3\n", rubric)
    assert "“date” and “approach”" in row.errors[0]


DATES = [
    *[(text, "", ["2026-10-20"]) for text in ("20.10.2026", "20.10.26", "20. 10. 2026", "10/20/2026", "20/10/2026")],
    *[(text, "", ["2026-10-20"]) for text in ("20-10-2026", "2026/10/20", "2026-10-20 00:00:00", "20-Oct-26")],
    *[(text, "", ["2026-10-20"]) for text in ("10/20/26", "20 October 2026", "20.10.2026 14:05", "10/20/2026 2:05 PM")],
    ("04.05.2026", "", ["2026-05-04"]),
    *[("04/05/2026", order, days) for order, days in (("", []), ("day", ["2026-05-04"]), ("month", ["2026-04-05"]))],
    ("04/05/2026 25/05/2026", "", ["2026-05-04", "2026-05-25"]),
    ("04/05/2026 05/25/2026", "day", ["2026-04-05", "2026-05-25"]),
    ("04/05/2026 25/05/2026 05/25/2026", "", ["2026-05-25", "2026-05-25"]),
    ("05/05/2026", "", ["2026-05-05"]),
    *[
        (text, "", [])
        for text in ("31.02.2026", "13/13/2026", "1/1/1", "2026", "20.10", "soon", "20-Foo-26", "0/0/2026")
    ],
]


@pytest.mark.parametrize(("said", "order", "days"), DATES)
def test_the_dates_of_spreadsheets(rubric: Rubric, said: str, order: Any, days: list[str]) -> None:
    """Read where they can mean one day only, by themselves or by the others in the file; else somebody is asked."""
    texts = [said] if "Oct" in said or ":" in said or ". " in said else said.split(" ")
    file = "date,approach\n" + "".join(f"{text},Asked {number}\n" for number, text in enumerate(texts))
    rows = read(file, rubric, order)
    assert [str(row.entry["happened_on"]) for row in rows if row.entry] == days
    assert all(len(row.errors) == 1 for row in rows if not row.entry)


def test_notes_in_markdown(rubric: Rubric) -> None:
    rows = read(
        "# My year\n\nSome words.\n\n- 2026-05-04: Cut the form\n* 2026-05-05 – Asked shoppers\n\n"
        "## 2026-06-01\nShipped it.\nAll of it.\n\n**Result:** Fewer calls\n",
        rubric,
    )
    assert [row.entry["approach"] for row in rows] == ["Cut the form", "Asked shoppers", "Shipped it.\nAll of it."]
    assert rows[2].entry["outcome"] == "Fewer calls"


def preview(client: Client, **data: Any) -> Node:
    response = client.post(IMPORT, data)
    assert response.status_code == 200
    return page_of(response).one("main")


def test_first_a_look_then_the_entries(member_client: Client, member: User) -> None:
    make_entry(member, happened_on=datetime.date(2026, 5, 3), approach="There already")
    text = "- 2026-05-03: There already\n- 2026-05-04: New one\n- 2026-13-01: Never\n- 2026-05-04: New one\n"
    file = SimpleUploadedFile("log.md", text.encode("utf-8-sig"))
    page = preview(member_client, file=file)
    assert "1 entry would be added" in page.text
    assert "2 are in your log already" in page.text
    assert "Line 3:" in page.text
    assert log_of(member).count() == 1
    response = member_client.post(IMPORT, sends(page.one("form")) | {"confirm": "yes"})
    assert response.headers["Location"] == "/evidence/"
    assert set(log_of(member).values_list("approach", flat=True)) == {"There already", "New one"}
    member_client.post(IMPORT, sends(page.one("form")) | {"confirm": "yes"})
    assert log_of(member).count() == 2
    sent = member_client.get(reverse("export_evidence_json"))
    assert sent.headers["Content-Disposition"].startswith('attachment; filename="rungwise-evidence.')
    assert sent.json()["evidence"][-1]["approach"] == "There already"


def test_a_date_that_could_be_two_days_is_asked(member_client: Client, member: User) -> None:
    text = "date;approach\n04/05/2026;Cut the form\n2026-05-06;Wrote it down\n"
    page = preview(member_client, text=text)
    assert "Which day is 04/05/2026?" in page.text
    assert "1 entry would be added" in page.text
    page = preview(member_client, **sends(page.one("form")) | {"order": "month"})
    assert "5 April 2026" in page.text
    assert "2 entries would be added" in page.text
    member_client.post(IMPORT, sends(page.one("form")) | {"confirm": "yes"})
    assert set(log_of(member).values_list("happened_on", flat=True)) == {
        datetime.date(2026, 4, 5),
        datetime.date(2026, 5, 6),
    }
    assert "Which day" in preview(member_client, text=text, order="sideways").text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "mac_roman", "xlsx"])
def test_what_a_spreadsheet_writes_is_read(member_client: Client, encoding: str) -> None:
    rows = [["date", "approach"], [datetime.datetime(2026, 5, 4), "Würzte die Größe nach"]]  # noqa: DTZ001
    if encoding == "xlsx":
        book, out = Workbook(), io.BytesIO()
        for row in rows:
            book.active.append(row)
        book.save(out)
        raw = out.getvalue()
    else:
        raw = "date;approach\n2026-05-04;Würzte die Größe nach\n".encode(encoding)
    page = preview(member_client, file=SimpleUploadedFile("log", raw))
    assert "1 entry would be added" in page.text
    assert "Würzte die Größe nach 4 May 2026" in page.text
    # Where it had to be guessed, that is said.
    assert ("it was read as" in page.text) == (encoding in {"cp1252", "mac_roman"})


NO_LOGS: list[tuple[str, Any, str]] = [
    *[("text", text, "Choose a file, or paste its text") for text in ("", "   \n")],
    *[("text", "a\0b", "not a text file"), ("text", "x" * 500_001, "in parts")],
    *[("text", "date,approach\n", "No entry was found"), ("file", b"\xff\xfe\x00", "This file is damaged")],
    *[("file", b"a\0b", "not a text file"), ("file", b"", "Choose a file"), ("file", b"x" * 500_001, "in parts")],
    ("text", "- 2026-05-04: x\n" * (ROWS_MAX + 1), "may hold 1000 entries"),
]


def test_a_file_that_is_none_is_said(member_client: Client, member: User) -> None:
    for name, value, sentence in NO_LOGS:
        response = member_client.post(IMPORT, {name: SimpleUploadedFile("x", value) if name == "file" else value})
        assert response.status_code == 422
        assert sentence in page_of(response).one("main").text
    assert not log_of(member).exists()
