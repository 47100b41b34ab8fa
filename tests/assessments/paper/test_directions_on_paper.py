"""Which way texts run on paper, where WeasyPrint doesn't find out by itself."""

from xml.etree.ElementTree import fromstring, tostring

import pytest

from assessments.paper.pdf_process import give_directions


@pytest.mark.parametrize(
    ("html", "given"),
    [
        ('<p dir="auto">12: דנה and Ada</p>', '<p dir="rtl">12: דנה and Ada</p>'),
        ('<p dir="auto">Ada and דנה</p>', '<p dir="ltr">Ada and דנה</p>'),
        ('<p dir="auto">12.</p>', '<p dir="ltr">12.</p>'),
        ("<p><bdi>ليلى 12.</bdi> rated</p>", '<p><bdi dir="rtl">ليلى 12.</bdi> rated</p>'),
        ("<p>דנה</p>", "<p>דנה</p>"),
        (
            '<div dir="auto"><p>דנה</p><ul><li>Ada</li></ul></div>',
            '<div dir="rtl"><p dir="rtl">דנה</p><ul><li dir="ltr">Ada</li></ul></div>',
        ),
        (
            '<td dir="auto"><b>דנה</b> 12.<br /><br />Ada <b>said</b> so.</td>',
            '<td dir="rtl"><span class="line" dir="rtl"><b>דנה</b> 12.</span><span class="line" dir="ltr">\u00a0</span>'
            '<span class="line" dir="ltr">Ada <b>said</b> so.</span></td>',
        ),
    ],
)
def test_each_text_has_the_direction_of_its_first_letter(html: str, given: str) -> None:
    root = fromstring(f"<body>{html}</body>")  # noqa: S314  - ours
    give_directions(root)
    assert tostring(root, encoding="unicode") == f"<body>{given}</body>"
