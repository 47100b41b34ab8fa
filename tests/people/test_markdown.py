"""Markdown that others wrote runs nothing and loads nothing; a plain text goes through it unchanged."""

import hashlib
import html
import re
import time

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from growth.models.case import SECTION_MAX
from people.markdown import as_typed, html_of, in_line, link_to, text_to_html, to_html
from people.markup import SECONDS, TooCostlyError, plain_of

HOSTILE = [
    *("<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "![a picture](https://elsewhere.example/pixel.png)"),
    *("[click](javascript:alert(1))", "[click](JaVaScRiPt:alert(1))", "[click](&#106;avascript:alert(1))"),
    *("[click](data:text/html;base64,PHNjcmlwdD4=)", "[click](vbscript:msgbox)", "[click](//elsewhere.example/)"),
    *(
        "[click](/account/logout/)",
        "<javascript:alert(1)>",
        '[click](https://a.example "x\\" onmouseover=\\"alert(1)")',
    ),
    *("<a href='javascript:alert(1)'>x</a>", "<svg><style>*{x:expression(1)}</style></svg>"),
    *("<iframe src=https://elsewhere.example></iframe>", "| a |\n|:-:|\n| <b onclick=alert(1)>x</b> |"),
    *("[a]: javascript:alert(1)\n[a]", "`<script>`\n\n    <script>alert(1)</script>"),
    *("<form action=https://elsewhere.example><input name=x></form>", "</section></main><h1>Another page</h1>"),
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


BOMBS = ("*a **b " * 2500 + "c" + "** d*" * 2500, "_a" * 10000, ">" * 20000, "> " * 10000, "- " * 10000, "[" * 20000)
BOMBS += ("*" * 20000, "[a](" * 5000, "[a\n" * 7000, "".join("`" * n + " " for n in range(200)))


def test_nothing_nests_or_grows_without_end() -> None:
    for text in BOMBS:
        made = html_of(text[:SECTION_MAX])
        assert len(made) < 10 * SECTION_MAX
        depth = deepest = 0
        for closing in re.findall(r"<(/?)(?:em|strong|blockquote|ul)>", made):
            depth += -1 if closing else 1
            deepest = max(deepest, depth)
        assert depth == 0
        assert deepest <= 20


def test_what_is_nested_too_deep_keeps_its_words() -> None:
    text = "".join(f"{sign}w{n} " for n, sign in enumerate(["*", "**"] * 8)) + "end" + "".join(["**", "*"] * 8)
    made = to_html(text)
    assert all(f"w{n}" in made for n in range(16))
    assert "end" in made


atoms = [
    "[",
    "![",
    "](",
    "[a][",
    "[](",
    "*",
    "**a",
    "_a",
    "`",
    "<",
    "<a@",
    "&#",
    "|-|\n",
    "- a\n",
    "> ",
    "\n>",
    "1) ",
    "\\",
    "# ",
    "[a]: x\n",
]
atoms += ["\n\n", "    ", "```\n", "<http://a>", "é", "((", "~~~", "===", "\n- "]


@settings(max_examples=40, deadline=None)
@example(["["], 0)
@example(["*", "["], 0)
@example(["- a\n"], 0)
@example(["__", "[a](", "[", "*"], 13_000)
@given(st.lists(st.sampled_from(atoms), min_size=1, max_size=4), st.integers(0, 19_000))
def test_no_section_takes_long(parts: list[str], plain_before: int) -> None:
    """Eight sections of twenty thousand brackets took six seconds for each reader."""
    text = ("x" * plain_before + "".join(parts) * 20_000)[:20_000]
    began = time.thread_time()
    made = html_of(text)
    assert time.thread_time() - began < 2 * SECONDS, (parts, plain_before)
    assert made or not text.strip() or "]: x" in text


def test_what_is_too_costly_is_refused_and_shown_as_typed() -> None:
    for text in ("[" * 20_000, "*a" * 10_000, "&lt;b> [" * 2400):
        with pytest.raises(TooCostlyError):
            to_html(text)
        assert "".join(plain(html_of(text)).split()) == "".join(text.split())
        assert "<b>" not in html_of(text)
    long = "- **What** I did, with [a link](https://a.example) and `code`\n" * 320
    assert html_of(long).count("<li>") == 320


def test_kept_html_is_what_this_code_makes() -> None:
    """Sections keep their HTML. If this fails, what a text becomes has changed: add a migration that renders all again,
    as growth/migrations/0003_rendered_sections.py does, and write the new sum here."""
    made = "".join(map(to_html, [*HOSTILE, "# a\n\n#### b\n\n- c\n\n1. **d** *e* `f`\n\n> g\n\n| h |\n| - |\n| i |\n"]))
    assert (
        hashlib.sha256(made.encode()).hexdigest() == "ec0c1a2bf414a3c66bcd11fee194a0b1815fb69f1effac39a5271771a82886e0"
    )


def test_a_text_of_a_ladder_is_laid_out_and_a_plain_one_stays_as_it_is() -> None:
    for plain in ("Runs A/B tests, and more.", "Costs < 5 & counts", "5 * 3 * 2", "It’s “so” – 1. of 2"):
        assert html.unescape(text_to_html(plain)) == plain
        assert plain_of(plain) == plain
    # One paragraph fits into any element; several, and lists, bring their own.
    assert text_to_html("A **bold** [link](https://a.example).").startswith("A <strong>bold</strong> <a href=")
    text = "First.\n\n- one\n- **two** and [three](https://a.example)\n\nLast\nline."
    shown = text_to_html(text)
    assert [shown.count(f"<{tag}>") for tag in ("p", "ul", "li", "strong")] == [2, 1, 2, 1]
    assert plain_of(text) == "First.\none\ntwo and three\nLast line."
    assert plain_of("Run:\n\n    make <all>\n") == plain_of("Run:\n```sh\nmake <all>\n```") == "Run:\nmake <all>"
    # What has no words for the reader stays as it was typed.
    for nothing in ("[a]: https://a.example", "***", "\n"):
        assert plain_of(nothing) == nothing
    for hostile in HOSTILE:
        whole = html_of(hostile).strip()
        assert text_to_html(hostile) in (whole, whole[3:-4])
