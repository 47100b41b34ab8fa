"""Reports, reviews and cases as files. True PDFs need Pango: without it these tests are reported as not run."""

import os
import re
import socket
import threading
import time
import zlib
from typing import Any
from unittest.mock import Mock

import pytest
from django.urls import reverse

from assessments.paper import pdf
from growth.cases.cases import make_case
from tests.assessments.reviews.pair import OWN_NOTE, Pair
from tests.pages import page_of

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="session")
def pango() -> None:
    try:
        pdf.write("<html lang=en><title>t</title><p>Text")
    except pdf.MissingError:
        reason = "not run: there is no Pango here (Debian: apt-get install libpango-1.0-0 libpangoft2-1.0-0)"
        if os.environ.get("CI", "").lower() in {"1", "true"}:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The HTML of each PDF that is asked for, in place of the PDF."""
    made: list[str] = []

    def keep(html: str, **_: Any) -> bytes:
        made.append(html)
        return b"%PDF-"

    monkeypatch.setattr(pdf, "write", keep)
    return made


def unpacked(body: bytes) -> bytes:
    """All that a PDF says of itself, its packed streams opened."""
    streams = re.findall(rb"stream\n(.*?)\nendstream", body, re.DOTALL)
    return body + b"".join(zlib.decompress(stream) for stream in streams if stream[:1] == b"x")


def test_a_report_is_a_tagged_pdf(pango: None, pair: Pair) -> None:
    own = pair.own()
    response = pair.as_member.get(reverse("export_report_pdf", args=[own.pk]))
    assert response.headers["Content-Type"] == "application/pdf"
    name = f"rungwise-report-{own.submitted_at:%Y-%m-%d}.pdf"
    assert response.headers["Content-Disposition"] == f'attachment; filename="{name}"'
    assert response.content.startswith(b"%PDF-")
    inside = unpacked(response.content)
    marks = (b"/StructTreeRoot", b"/MarkInfo", b"/Lang (en)", b"/DisplayDocTitle true", b"pdfuaid:part", b"/Figure")
    assert [mark for mark in marks if mark not in inside] == []
    assert inside.count(b"/TH") > 20


def test_every_script_has_letters_and_no_line_leaves_the_sheet(pango: None) -> None:
    """With the fonts of the Dockerfile; an address without a break was cut off at the edge."""
    said = "我和王小明谈了 こんにちは 한국어 שלום مرحبا हिन्दी ไทย 🎉"
    inside = unpacked(pdf.write(f"<html lang=en><title>t</title><p>{said}"))
    fonts = set(re.findall(rb"/BaseFont /[A-Z]{6}\+([\w-]+)", inside))
    if not any(b"CJK" in font or b"Emoji" in font for font in fonts) and not os.environ.get("CI"):
        pytest.skip("not run: fonts are missing (Debian: apt-get install fonts-noto-cjk fonts-noto-color-emoji)")
    assert {name for name in (b"CJK-JP", b"CJK-KR", b"Emoji", b"Devanagari", b"Thai") if not has(fonts, name)} == set()
    address = "https://example.example/" + "a" * 400
    tables = (f"<table class=fromto><tr><th>Link<td>{address}</table>", f"<div class=written><table><td>x<td>{address}")
    html = f"<html lang=en><title>t</title><p>{address}<ul><li>{address}</ul>{''.join(tables)}"
    # Four times on at least four lines each, instead of on two: "https://" and all that did not fit.
    assert unpacked(pdf.write(html)).count(b" TJ") >= 4 * 4


def has(fonts: set[bytes], name: bytes) -> bool:
    return any(name in font for font in fonts)


def test_nothing_is_fetched_for_a_pdf(pango: None, tmp_path: Any) -> None:
    asked = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(1.5)
        port = server.getsockname()[1]

        def listen() -> None:
            try:
                server.accept()[0].close()
                asked.append(port)
            except TimeoutError:
                pass

        thread = threading.Thread(target=listen)
        thread.start()
        secret = tmp_path / "secret.css"
        secret.write_text("p::after { content: 'read' }")
        body = pdf.write(
            f'<html lang=en><title>t</title><link rel=stylesheet href="{secret.as_uri()}">'
            f'<img src="http://127.0.0.1:{port}/a.png" alt="a"><p>Text</p>'
            f'<link rel=attachment href="{secret.as_uri()}">'
            f'<style>@import "http://127.0.0.1:{port}/b.css";'
            f"p {{ background: url(http://127.0.0.1:{port}/c.png) }}</style>"
        )
        thread.join()
    assert body.startswith(b"%PDF-")
    assert asked == []
    assert b"EmbeddedFile" not in body


def test_the_pdf_of_a_report_says_what_the_page_says(pair: Pair, pages: list[str]) -> None:
    own = pair.own(targets=["senior-pm"])
    client = pair.as_member
    client.get(reverse("export_report_pdf", args=[own.pk]))
    (html,) = pages
    page = page_of(client.get(reverse("show_report", args=[own.pk])))
    assert page.one("h1").text in html
    assert "<bdi>Ada Lind</bdi> ·" in html
    assert OWN_NOTE in html
    assert html.count("<svg") == 2


def test_both_views_side_by_side(pair: Pair, pages: list[str]) -> None:
    review = pair.revealed()
    for client in (pair.as_member, pair.as_manager):
        assert client.get(reverse("export_together_pdf", args=[review.pk])).status_code == 200
    assert all("Ada Lind and Seun Bello" in html and "Every competency, side by side" in html for html in pages)
    assert len(pages) == 2


def test_a_case(pair: Pair, pages: list[str]) -> None:
    case = make_case(pair.member, pair.own(), "senior-pm", "My <case>")
    response = pair.as_member.get(reverse("export_case_pdf", args=[case.pk]))
    assert response.headers["Content-Disposition"] == 'attachment; filename="rungwise-case-senior-pm.pdf"'
    (html,) = pages
    assert "<h1><bdi>My &lt;case&gt;</bdi></h1>" in html
    assert "Where I stand" in html
    assert "In short" not in html  # it is empty


def test_without_a_pdf_the_page_says_what_to_do(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    own = pair.own()
    for error, status, said, logged in (
        (pdf.MissingError(), 503, "has not got it", "libpango"),
        (pdf.TooMuchError("exit -9"), 422, "too long for a PDF", "exit -9"),
    ):
        monkeypatch.setattr(pdf, "write", Mock(side_effect=error))
        response = pair.as_member.get(reverse("export_report_pdf", args=[own.pk]))
        assert response.status_code == status
        page = page_of(response)
        assert said in page.text
        assert "Print the page instead" in page.text
        assert reverse("show_report", args=[own.pk]) in [link.attrs["href"] for link in page.all("a", class_="btn")]
        assert logged in caplog.text


def test_pdfs_leave_a_worker_for_the_rest(
    pair: Pair, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any
) -> None:
    """With three workers two make PDFs at once; a third who asks hears it at once, and when to come back."""
    settings.DATA_DIR, settings.SERVE_WORKERS = tmp_path, 3
    monkeypatch.setattr(pdf, "write", lambda _html: b"%PDF")
    address = reverse("export_report_pdf", args=[pair.own().pk])
    client = pair.as_member
    with pdf.turn():
        assert client.get(address).status_code == 200
        with pdf.turn():
            began = time.thread_time()
            response = client.get(address)
            assert time.thread_time() - began < 1
            assert response.status_code == 503
            assert response.headers["Retry-After"] == "10"
            assert "Other PDFs are being made" in page_of(response).text
    assert client.get(address).status_code == 200


def test_a_page_that_takes_too_long_ends(pango: None, monkeypatch: pytest.MonkeyPatch) -> None:
    endless = "<html lang=en><title>t</title>" + "<p>" + "<b>word </b>" * 200_000
    monkeypatch.setattr(pdf, "SECONDS", 0.5)
    with pytest.raises(pdf.TooMuchError):
        pdf.write(endless)


def test_a_page_that_breaks_the_program_is_a_sentence(pango: None, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(pdf.TooMuchError, match="RecursionError"):
        pdf.write("<html lang=en><title>t</title>" + "<em>" * 3_000 + "a secret")
    monkeypatch.setattr(pdf, "PROGRAM", "/nothing/here.py")
    with pytest.raises(pdf.TooMuchError):
        pdf.write("<p>Text")


def test_the_process_knows_no_secret_of_the_server(pango: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    said = tmp_path / "say.py"
    said.write_text("import os\nprint(sorted(os.environ))\n")
    monkeypatch.setattr(pdf, "PROGRAM", said)
    monkeypatch.setenv("SECRET_KEY", "k")
    monkeypatch.setenv("DATABASE_URL", "postgres://u:p@h/d")
    names = pdf.write("").decode()
    assert "PATH" in names
    assert "SECRET_KEY" not in names
    assert "DATABASE_URL" not in names
