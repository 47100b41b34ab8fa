"""The log as files, and back: what goes out comes in again, and what is wrong is said by line."""

import csv
import datetime
import io
import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from hypothesis import given, settings
from hypothesis import strategies as st

from growth.evidence.files import ROWS_MAX, as_csv, as_markdown, read
from growth.evidence.log import log_of
from growth.models import EvidenceEntry
from ladder.rubric import Rubric
from people.models import User
from tests.factories import make_rubric
from tests.growth.cast import make_entry
from tests.pages import Node, page_of, sends

pytestmark = pytest.mark.django_db
IMPORT = "/evidence/import/"
FIELDS = ("happened_on", "problem", "approach", "outcome", "measure", "before", "after", "competencies", "link")

characters = st.characters(exclude_categories=["Cs", "Cc"], include_characters="\n")
signs = st.text(alphabet="#*-'=+@\\\"“;,:\n 2026-0504ab", max_size=60)
texts = st.one_of(signs, st.text(alphabet=characters, max_size=60)).map(str.strip)
lines = texts.map(lambda text: " ".join(text.split())[:60])
entries = st.builds(
    EvidenceEntry,
    happened_on=st.dates(datetime.date(2001, 1, 1), datetime.date(2026, 1, 1)),
    approach=texts.filter(bool),
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
    rows = read(write(written), make_rubric())
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
    assert "Juggling" in rows[3].errors[0]


def test_a_table_without_the_needed_columns_says_which(rubric: Rubric) -> None:
    (row,) = read("name,score\nAnn,3\n", rubric)
    assert "“date” and “approach”" in row.errors[0]


def test_notes_in_markdown(rubric: Rubric) -> None:
    rows = read(
        "# My year\n\nSome words.\n\n- 2026-05-04: Cut the form\n* 2026-05-05 – Asked shoppers\n\n"
        "## 2026-06-01\nShipped it.\nAll of it.\n\n**Result:** Fewer calls\n",
        rubric,
    )
    assert [row.entry["approach"] for row in rows] == ["Cut the form", "Asked shoppers", "Shipped it.\nAll of it."]
    assert rows[2].entry["outcome"] == "Fewer calls"


# The pages


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


NO_LOGS: list[tuple[str, Any, str]] = [
    *[("text", text, "Choose a file, or paste its text") for text in ("", "   \n")],
    *[("text", "a\0b", "not a text file"), ("text", "x" * 500_001, "in parts")],
    *[("text", "date,approach\n", "No entry was found"), ("file", b"\xff\xfe\x00", "not text in UTF-8")],
    *[("file", b"a\0b", "not a text file"), ("file", b"", "Choose a file"), ("file", b"x" * 500_001, "in parts")],
    ("text", "- 2026-05-04: x\n" * (ROWS_MAX + 1), "may hold 1000 entries"),
]


def test_a_file_that_is_none_is_said(member_client: Client, member: User) -> None:
    for name, value, sentence in NO_LOGS:
        response = member_client.post(IMPORT, {name: SimpleUploadedFile("x", value) if name == "file" else value})
        assert response.status_code == 422
        assert sentence in page_of(response).one("main").text
    assert not log_of(member).exists()


def test_nothing_that_was_typed_runs_on_the_way_through(member_client: Client, member: User) -> None:
    text = "- 2026-05-04: <script>alert(1)</script>\n- 2026-05-05: =HYPERLINK(1)\n- 2026-05-06: </textarea><b>x</b>\n"
    page = preview(member_client, text=text)
    assert not page.all("script")
    member_client.post(IMPORT, sends(page.one("form")) | {"confirm": "yes"})
    assert log_of(member).count() == 3
    rows = list(csv.reader(io.StringIO(member_client.get("/evidence.csv").content.decode("utf-8-sig"), newline="")))
    assert {row[2] for row in rows[1:]} >= {"'=HYPERLINK(1)"}
    assert not page_of(member_client.get("/evidence/")).one("main").all("script")


def test_only_my_own_goes_out(member_client: Client, member: User, stranger: User) -> None:
    make_entry(member)
    make_entry(stranger, approach="Somebody else")
    for name in ("csv", "markdown", "json"):
        response = member_client.get(reverse(f"export_evidence_{name}"))
        body = response.content.decode()
        assert response.headers["Content-Disposition"].startswith('attachment; filename="rungwise-evidence.')
        assert "Asked twelve shoppers" in body
        assert "Somebody else" not in body
    assert json.loads(body)["evidence"][0]["competencies"] == ["customer-insight"]
