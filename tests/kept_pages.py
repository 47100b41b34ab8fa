"""Keeps the pages that tests are answered with in PAGES_DIR, one of each kind, for the validator that .ci/run runs."""

import hashlib
import os
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from django.http import HttpRequest, HttpResponseBase

Answering = Callable[[HttpRequest], HttpResponseBase]
# Words, numbers, keys and what fields hold differ from answer to answer; elements and attributes are what can be wrong.
_WORDS = re.compile(r"(?<=>)[^<]+(?=<)")
_VALUES = re.compile(r' value="[^"]*"|[\w-]{20,}|\d+')
_AROUND_A_PART = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Part of a page</title></head><body>
%s
</body></html>"""
_KEPT: set[str] = set()


def keep_pages(get_response: Answering) -> Answering:
    """Middleware of the tests while PAGES_DIR is set."""
    folder = Path(os.environ["PAGES_DIR"])

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if is_page(response):
            keep(folder, request, response.content.decode().strip())
        return response

    return middleware


def is_page(response: HttpResponseBase) -> bool:
    """Also one that a PDF would be made of (`readable_pdfs`), and a part of one; what htmx takes may be empty."""
    if response.streaming or not response.content.strip().startswith(b"<"):
        return False
    return response.headers["Content-Type"].startswith(("text/html", "application/pdf"))


def keep(folder: Path, request: HttpRequest, html: str) -> None:
    """As a file named by the kind of address; its last line says the address itself, and the test."""
    if html[:9].lower() != "<!doctype":
        html = _AROUND_A_PART % html
    kind = hashlib.sha256(_VALUES.sub("", _WORDS.sub("", html)).encode()).hexdigest()[:12]
    if kind in _KEPT:
        return
    _KEPT.add(kind)
    address = re.sub(r"[^\w-]+", "+", _VALUES.sub("0", request.path[1:]))[:150]
    html += f"\n<!-- {request.method} {request.get_full_path()} in {os.environ.get('PYTEST_CURRENT_TEST')} -->\n"
    # Another process may have met the same page.
    with suppress(FileExistsError), (folder / f"{address}{kind}.html").open("x", encoding="utf-8") as file:
        file.write(html)
