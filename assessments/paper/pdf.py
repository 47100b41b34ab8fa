"""HTML into PDF, with WeasyPrint: tagged, in our look, without fetching anything from anywhere, within limits."""

import fcntl
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from assessments.paper.pdf_process import MISSING
from people.texts import clean_page

log = logging.getLogger(__name__)
STYLES = "css/print-pdf.css"
PROGRAM = Path(__file__).with_name("pdf_process.py")
# Layout takes a millisecond or more for each element. A report has some hundreds, a long case two thousand; a section
# full of table cells would keep a worker busy for minutes, so it is refused at once.
TAGS_MAX = 8000
# Few elements can take long, too, such as a thousand links on one line. Such a page is ended by processor time and
# memory, …
SECONDS, MEGABYTES = 30, 2048
# … and by the clock.
PATIENCE = 2 * SECONDS
# What it takes to find Python, Pango and fonts. With the rest a page could read the server's keys and passwords.
_KEPT = ("PATH", "HOME", "LANG", "LC_", "LD_", "DYLD_", "FONTCONFIG_", "XDG_", "TMPDIR")


class MissingError(Exception):
    """WeasyPrint finds no Pango on this machine."""


class BusyError(Exception):
    """As many PDFs are being made on this machine as may be at once."""


class TooMuchError(Exception):
    """The page can't be laid out within the limits."""


@contextmanager
def turn() -> Iterator[None]:
    """Hold one of the places for making PDFs: one fewer than there are workers, so that one is left for the rest.

    Raises BusyError at once when all are taken: waiting would hold the worker that is left. The system frees the place
    of a process that dies.
    """
    places = [settings.DATA_DIR / f"pdf-{number}.lock" for number in range(max(1, settings.SERVE_WORKERS - 1))]
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    for place in places:
        with place.open("a") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield
            return
    raise BusyError


def write(html: str) -> bytes:
    """A page as a tagged PDF, made in a process of its own. Raises MissingError and TooMuchError."""
    command = [sys.executable, "-P", str(PROGRAM), str(finders.find(STYLES)), str(SECONDS), str(MEGABYTES)]
    env = {name: value for name, value in os.environ.items() if name.startswith(_KEPT)}
    try:
        made = subprocess.run(  # noqa: S603  - ours
            command, input=html.encode(), capture_output=True, env=env, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise TooMuchError(f"no end after {PATIENCE} seconds") from error
    if made.returncode == MISSING:
        raise MissingError
    if made.returncode:
        # Only the kind of error is logged: its message could quote the page.
        last = (made.stderr.decode(errors="replace").strip().splitlines() or [""])[-1]
        raise TooMuchError(f"exit {made.returncode} {last.partition(':')[0]}".strip())
    return made.stdout


def is_available() -> bool:
    """Whether PDFs can be made on this machine."""
    try:
        write("<!doctype html><html lang=en><title>A page</title><p>A line")
    except MissingError:
        return False
    return True


def _refuse_too_many(html: str) -> None:
    if html.count("<") > TAGS_MAX:
        raise TooMuchError("more elements than are set")


def pdf_response(
    request: HttpRequest, template: str, context: dict[str, Any], *, name: str, instead: str
) -> HttpResponse:
    """A template as a PDF to download. `instead` is the page to print where no PDF can be made."""
    html = clean_page(render_to_string(template, context, request))
    try:
        _refuse_too_many(html)
        with turn():
            body = write(html)
    except MissingError:
        log.warning("no PDF: Pango is not installed (Debian: libpango-1.0-0 libpangoft2-1.0-0)")
        return render(request, "assessments/paper/missing.html", {"instead": instead}, status=503)
    except BusyError:
        context = {"instead": instead, "is_busy": True}
        response = render(request, "assessments/paper/missing.html", context, status=503)
        response.headers["Retry-After"] = "10"
        return response
    except TooMuchError as error:
        log.warning("no PDF: %s", error)
        return render(request, "assessments/paper/missing.html", {"instead": instead, "is_too_long": True}, status=422)
    return HttpResponse(
        body, content_type="application/pdf", headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    )
