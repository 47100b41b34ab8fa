"""A process that makes one PDF: HTML comes in, the PDF goes out. assessments/paper/pdf.py runs it; it needs no Django.

    python -P assessments/paper/pdf_process.py STYLESHEET SECONDS MEGABYTES < page.html > page.pdf

The author of a page decides how long its layout takes. So it happens outside of the server's own processes, and the
system ends it when it takes more time or memory than it was given. Exits with MISSING where there is no Pango.
"""

import logging
import resource
import sys

MISSING = 3


def main(stylesheet: str, seconds: int, megabytes: int) -> int:
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    # WeasyPrint and its libraries log each step and each unknown CSS rule, which would bury the error in stderr.
    logging.disable(logging.CRITICAL)
    try:
        import weasyprint  # noqa: PLC0415  - it fails where Pango is missing
    except OSError:
        return MISSING
    from weasyprint.urls import URLFetcher  # noqa: PLC0415

    # Addresses of any kind but `data:` are refused, whatever the page names.
    fetcher = URLFetcher(allowed_protocols=["data"], allow_redirects=False)
    styles = weasyprint.CSS(filename=stylesheet, url_fetcher=fetcher)
    document = weasyprint.HTML(string=sys.stdin.buffer.read().decode(), url_fetcher=fetcher)
    sys.stdout.buffer.write(document.write_pdf(stylesheets=[styles], pdf_variant="pdf/ua-1", pdf_tags=True))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
