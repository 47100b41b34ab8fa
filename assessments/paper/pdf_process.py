"""A process that makes one PDF: HTML comes in, the PDF goes out. assessments/paper/pdf.py runs it; it needs no Django.

    python -P assessments/paper/pdf_process.py STYLESHEET SECONDS MEGABYTES < page.html > page.pdf

The author of a page decides how long its layout takes. So it happens outside of the server's own processes, and the
system ends it when it takes more time or memory than it was given. Exits with MISSING where there is no Pango.
"""

import logging
import resource
import sys
import unicodedata
from typing import Any

MISSING = 3
_BLOCKS = frozenset({"blockquote", "dd", "h3", "h4", "h5", "h6", "li", "p", "pre", "td", "th"})


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
    give_directions(document.etree_element)
    sys.stdout.buffer.write(document.write_pdf(stylesheets=[styles], pdf_variant="pdf/ua-1", pdf_tags=True))
    return 0


def give_directions(root: Any) -> None:
    """Write down which way each text runs that says so itself: WeasyPrint knows neither `dir="auto"` nor `<bdi>`.

    Paragraphs and lines within such an element run each their own way, as static/css/base.css has it on pages.
    """
    for element in [item for item in root.iter() if item.tag == "bdi" or item.get("dir") == "auto"]:
        for block in [item for item in element.iter() if item is element or item.tag in _BLOCKS]:
            block.set("dir", _direction("".join(block.itertext())))
            if block.find("br") is not None:
                _part_lines(block)


def _part_lines(block: Any) -> None:
    """Put each line of a block, up to its `<br>`, into an element that has a direction."""
    inside, line = list(block), block.makeelement("span", {"class": "line"})
    line.text, block.text, block[:] = block.text, None, [line]
    for item in inside:
        if item.tag != "br":
            line.append(item)
            continue
        line = block.makeelement("span", {"class": "line"})
        line.text = item.tail
        block.append(line)
    for line in block:
        # Where nothing was written there would be no line.
        line.text = line.text if "".join(line.itertext()).strip() else "\u00a0"
        line.set("dir", _direction("".join(line.itertext())))


def _direction(text: str) -> str:
    """That of the first letter."""
    kinds = (unicodedata.bidirectional(char) for char in text)
    return "rtl" if next((kind for kind in kinds if kind in {"L", "R", "AL"}), "L") != "L" else "ltr"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
