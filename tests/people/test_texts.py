"""One type for a line of text and for an address: what they make of what people type, paste and import."""

import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from people.addresses import canonical
from people.texts import clean_line, clean_page, clean_sentence, clean_text, fold, has_letter, is_blank, isolated

LINES = {
    "  Anna \t  Berg\r\n": "Anna Berg",
    "one\x0btwo\x85three\u2028four\x00five": "one two three four five",
    "Zielin\u0301ski": "Zieliński",
    "\u202eevil\u202c \u2066x\u2069": "evil x",
    "An\u200bna A\u200dn\u200cna So\u00adphie \ufeffB": "Anna Anna Sophie B",
    "A\ufe0f \u3164 \ufe0f": "A",
    # Where a script or a picture needs a joiner, it stays: Persian, Malayalam at a word's end, pictures, Japanese.
    **{word: word for word in ("می\u200cخواهم", "രാജന്\u200d", "👩\u200d💻", "❤\ufe0f\u200d🔥", "葛\U000e0100城")},
    "می\u200c \u200cخواهم": "می خواهم",
}


@pytest.mark.parametrize(("typed", "stored"), LINES.items())
def test_a_line_is_cleaned(typed: str, stored: str) -> None:
    assert clean_line(typed) == stored


anything = st.text(st.characters(codec=None) | st.sampled_from("\0\n\x0b\u200d\u200c\ufe0f\u202e\ud800aéक्❤葛 "))


@given(anything)
def test_a_clean_line_stays_clean(text: str) -> None:
    line = clean_line(text)
    assert clean_line(line) == line == unicodedata.normalize("NFC", line) == line.strip()
    hidden = [c for c in line if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"} and c not in "\u200c\u200d"]
    assert not hidden


@given(anything)
def test_a_clean_text_keeps_its_lines_and_nothing_that_breaks_a_file(text: str) -> None:
    clean = clean_text(text)
    assert clean_text(clean) == clean
    assert not [c for c in clean if unicodedata.category(c) in {"Cc", "Cs"} and c not in "\n\t"]
    assert not set(clean) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    assert clean_text("a\r\nb\rc\x0bd\te\ufffe") == "a\nb\nc\nd\te"


def test_a_name_is_isolated_where_it_would_turn_a_sentence_around() -> None:
    for name in ("דנה כהן 12.", "ليلى", "Ada (דנה)", "Ada ٣"):
        assert isolated(name) == f"\u2068{name}\u2069"
        assert clean_line(isolated(name)) == clean_text(isolated(name)) == name
        said = f"Ask {isolated(name)} or {isolated(name)}: both may."
        assert clean_sentence(said) == clean_page(said) == said
    for name in ("Ada Lind", "Zoë Ångström-Ōe", "山田 太郎", "12.", ""):
        assert isolated(name) == name
    assert clean_sentence("Ask \u202e\u2067\u2068Ada\n Lind\u2069  now ") == "Ask \u2068Ada Lind\u2069 now "


def test_every_format_character_and_noncharacter_is_known() -> None:
    every = [chr(code) for code in range(sys.maxunicode + 1)]
    left = [c for c in every if unicodedata.category(c) in {"Cf", "Cs"} and clean_line(c)]
    assert not [hex(ord(c)) for c in left]
    assert not [
        hex(ord(c)) for c in every if (ord(c) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(c) <= 0xFDEF) and clean_text(c)
    ]


def test_a_name_has_a_letter_and_a_line_something_to_see() -> None:
    seen = {
        text: (has_letter(text), is_blank(text)) for text in ("", "\u200b", "\u3164\u2800", "–", "🚀", "7", "Ж", "王")
    }
    assert [text for text, (letter, _) in seen.items() if letter] == ["7", "Ж", "王"]
    assert [text for text, (_, blank) in seen.items() if blank] == ["", "\u200b", "\u3164\u2800"]


@pytest.mark.parametrize("text", ["Özgür", "O\u0308ZGU\u0308R", "ｏzgur", "öz\u200bgür"])
def test_a_folded_text_is_found_however_it_is_typed(text: str) -> None:
    assert fold(text) == "ozgur"
    assert [fold(word) for word in ("Łódź", "İIıi", "Straße", "Ægir Þór", "Ångström")] == [
        *("lodz", "iiii", "strasse", "aegir thor", "angstrom"),
    ]


ADDRESSES = {
    "  Anna@X.Example\u200b\n": "anna@x.example",
    "anna@münchen.example": "anna@xn--mnchen-3ya.example",
    "anna@mu\u0308nchen.example": "anna@xn--mnchen-3ya.example",
    "ANNA@XN--MNCHEN-3YA.EXAMPLE": "anna@xn--mnchen-3ya.example",
    "ａｎｎａ＠ｘ．ｅｘａｍｐｌｅ": "anna@x.example",
    "anna@x。example": "anna@x.example",
    "an\u00adna\u202e@x.example.": "anna@x.example",
    '"anna"@x.example': "anna@x.example",
    '"an na"@x.example': '"an na"@x.example',
    # Letters that only look alike are others, and ß is not ss.
    "it@micro.example": "it@micro.example",
    "it@m\u0131cro.example": "it@xn--mcro-lza.example",
    "it@mİcro.example": "it@xn--micro-8fd.example",
    "a@straße.example": "a@xn--strae-oqa.example",
    "a@strasse.example": "a@strasse.example",
    "\u212aate@x.example": "kate@x.example",
    # A joiner stays where a script needs it in a domain, and nowhere else.
    "a@نامه\u200cای.example": "a@xn--mgba3gch31f060k.example",
    "a@exa\u200dmple.example": "a@example.example",
    "i@i❤.example": "i@xn--i-7iq.example",
    "": "",
    "no address": "no address",
}


@pytest.mark.parametrize(("typed", "stored"), ADDRESSES.items())
def test_an_address_has_one_form(typed: str, stored: str) -> None:
    assert canonical(typed) == stored


@given(anything | st.builds("{}@{}".format, anything, anything))
def test_the_one_form_is_its_own(text: str) -> None:
    assert canonical(canonical(text)) == canonical(text)
