"""Markdown that others wrote runs nothing and loads nothing; a plain text goes through it unchanged."""

import html
import re

from hypothesis import example, given
from hypothesis import strategies as st

from growth.cases.markdown import as_typed, in_line, link_to, to_html

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "![a picture](https://elsewhere.example/pixel.png)",
    "[click](javascript:alert(1))",
    "[click](JaVaScRiPt:alert(1))",
    "[click](&#106;avascript:alert(1))",
    "[click](data:text/html;base64,PHNjcmlwdD4=)",
    "[click](vbscript:msgbox)",
    "[click](//elsewhere.example/)",
    "[click](/account/logout/)",
    "<javascript:alert(1)>",
    '[click](https://a.example "x\\" onmouseover=\\"alert(1)")',
    "<a href='javascript:alert(1)'>x</a>",
    "<svg><style>*{x:expression(1)}</style></svg>",
    "<iframe src=https://elsewhere.example></iframe>",
    "| a |\n|:-:|\n| <b onclick=alert(1)>x</b> |",
    "[a]: javascript:alert(1)\n[a]",
    "`<script>`\n\n    <script>alert(1)</script>",
    "<form action=https://elsewhere.example><input name=x></form>",
    "</section></main><h1>Another page</h1>",
    "<!-- --><base href=https://elsewhere.example>",
]
ALLOWED = re.findall(r"\w+", "p br hr em strong code pre blockquote ul ol li a h3 h4 h5 h6 table thead tbody tr th td")


def test_nothing_hostile_comes_through() -> None:
    for text in HOSTILE:
        made = to_html(text)
        assert set(re.findall(r"</?([a-zA-Z0-9]+)", made)) <= set(ALLOWED), made
        for attributes in re.findall(r"<[a-z0-9]+\s([^>]*)>", made):
            assert re.fullmatch(r'(href="(https?|mailto):[^"]*" )?rel="noopener noreferrer nofollow"', attributes), made


def test_what_people_write_comes_through() -> None:
    made = to_html(
        "# One\n\n**bold** and *stressed*, [a link](https://a.example/x)\n\n- first\n- second\n\n1. x\n\n> said"
    )
    for piece in ("<h3>One</h3>", "<strong>bold</strong>", "<em>stressed</em>", "<li>first</li>", "<blockquote>"):
        assert piece in made
    assert 'href="https://a.example/x" rel="noopener noreferrer nofollow"' in made
    assert "<th>Must-have</th>" in to_html("| Must-have |\n| --- |\n| x |")


def test_headings_follow_the_title_of_their_section_without_a_gap() -> None:
    assert re.findall(r"<h(\d)>", to_html("# a\n\n#### b\n\n###### c\n\n# d")) == ["3", "4", "5", "3"]
    assert re.findall(r"<h(\d)>", to_html("###### only")) == ["3"]


def plain(made: str) -> str:
    """What a reader sees of rendered Markdown, blanks as one."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", made)).split())


signs = st.text(alphabet="ab 1.)-+*_#>`[]()!<&;:|\\~=\n\"'/", max_size=60)


@example("__0__")
@given(signs | st.text(alphabet=st.characters(exclude_categories=["C", "Z"], include_characters=" \n"), max_size=60))
def test_a_plain_text_reads_as_it_was_typed(text: str) -> None:
    seen = plain(to_html(as_typed(text)))
    assert "".join(seen.split()) == "".join(text.split())


@given(signs)
def test_in_a_line_too(text: str) -> None:
    made = to_html(f"- {in_line(text)}")
    assert "".join(plain(made).split()) == "".join(text.split())
    assert made.count("<li>") == 1


@given(signs)
def test_a_cell_stays_one_cell(text: str) -> None:
    made = to_html(f"| a | b |\n| --- | --- |\n| {in_line(text)} | after |")
    assert made.count("<td>") == 2


def test_only_addresses_of_the_web_become_links_and_a_link_shows_where_it_leads() -> None:
    for address in ("javascript:alert(1)", "ftp://a.example", "/here", "https://a b", "https://a\nb", ""):
        assert link_to(address) == "", address
    assert 'href="https://a.example/x?y=1"' in to_html(link_to("https://a.example/x?y=1"))
    assert "<script" not in to_html(link_to("https://a.example/><script>"))


def test_nothing_nests_without_end() -> None:
    for text in ("*a **b " * 2500 + "c" + "** d*" * 2500, "_a" * 10000, ">" * 20000, "*" * 20000):
        made = to_html(text[:20000])
        depth = deepest = 0
        for closing in re.findall(r"<(/?)(?:em|strong|blockquote)>", made):
            depth += -1 if closing else 1
            deepest = max(deepest, depth)
        assert depth == 0
        assert deepest <= 20


def test_what_is_nested_too_deep_keeps_its_words() -> None:
    text = "".join(f"{sign}w{n} " for n, sign in enumerate(["*", "**"] * 8)) + "end" + "".join(["**", "*"] * 8)
    made = to_html(text)
    assert all(f"w{n}" in made for n in range(16))
    assert "end" in made
