"""HTML into PDF, with WeasyPrint: tagged, in our look, and without fetching anything from anywhere."""

import logging
from functools import cache
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

logger = logging.getLogger(__name__)
STYLES = "css/print-pdf.css"
# Setting takes a millisecond and more for each element. A report has some hundred, a long case two thousand; a section
# full of table cells would keep a worker for minutes.
TAGS_MAX = 8000


class MissingError(Exception):
    """WeasyPrint finds no Pango on this machine."""


@cache
def _weasyprint() -> Any:
    """The library, loaded at the first PDF: it takes a second, and fails where Pango is missing."""
    # They log each step, and every rule of CSS that they do not know.
    noisy = [logging.getLogger(name) for name in ("weasyprint", "weasyprint.progress", "fontTools")]
    for log in noisy:
        log.setLevel(logging.ERROR)
    try:
        import weasyprint  # noqa: PLC0415
    except OSError as error:
        raise MissingError(str(error)) from error
    noisy[0].setLevel(logging.ERROR)
    return weasyprint


def is_available() -> bool:
    """Whether PDFs can be made on this machine."""
    try:
        _weasyprint()
    except MissingError:
        return False
    return True


def write(html: str, **options: Any) -> bytes:
    """A page as a tagged PDF. Addresses of any kind but `data:` are refused, whatever the page names."""
    weasyprint = _weasyprint()
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    fetcher = URLFetcher(allowed_protocols=["data"], allow_redirects=False)
    styles = weasyprint.CSS(filename=finders.find(STYLES), url_fetcher=fetcher)
    document = weasyprint.HTML(string=html, url_fetcher=fetcher)
    return bytes(document.write_pdf(stylesheets=[styles], pdf_variant="pdf/ua-1", pdf_tags=True, **options))


def pdf_response(
    request: HttpRequest, template: str, context: dict[str, Any], *, name: str, instead: str
) -> HttpResponse:
    """A template as a PDF to download. `instead` is the page to print where no PDF can be made."""
    html = render_to_string(template, context, request)
    if html.count("<") > TAGS_MAX:
        return render(request, "growth/pdf/missing.html", {"instead": instead, "is_too_long": True}, status=422)
    try:
        body = write(html)
    except MissingError:
        logger.warning("no PDF: Pango is not installed (Debian: libpango-1.0-0 libpangoft2-1.0-0)")
        return render(request, "growth/pdf/missing.html", {"instead": instead}, status=503)
    return HttpResponse(
        body,
        content_type="application/pdf",
        headers={"Content-Disposition": f'attachment; filename="{name}.pdf"'},
    )
