"""What people write, as it is stored: a line, such as a name, and a text of several lines. Pure.

Nothing in them is invisible on purpose: such characters make two names look the same, turn the rest of a page around,
or break a file that a spreadsheet opens.
"""

import re
import unicodedata

# Line and paragraph separators of all kinds; a vertical tab is what word processors write for a line break.
_BREAKS = re.compile("\r\n|[\n\r\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
# Control characters, halves of characters, and code points that are none: XML, and so every spreadsheet, refuses them.
_BROKEN = re.compile(
    r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff"
    + "".join(f"{chr(plane * 0x10000 + 0xFFFE)}-{chr(plane * 0x10000 + 0xFFFF)}" for plane in range(1, 17))
    + "]"
)
# What has no shape of its own (Unicode's Cf and Default_Ignorable_Code_Point).
SHAPELESS = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u06dd\u070f\u0890\u0891\u08e2\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f"
    "\u202a-\u202e\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# Embeddings, overrides and isolates; each lasts until another sign ends it.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_ISOLATES = ("\u2068", "\u2069")
_ISOLATES_AT = re.compile("([\u2068\u2069])")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN"})
_JOINERS = "\u200c\u200d"
_VARIANTS = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Letters of scripts that are joined or varied, marks, and pictures. Latin letters are not among them.
_JOINED = frozenset({"Lo", "Mc", "Mn", "Sk", "Sm", "So"})
_VIRAMA = 9
# Letters whose stroke or ligature is no accent that could be taken off.
PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ı": "i", "ŧ": "t", "þ": "th", "æ": "ae", "œ": "oe"}
)


def clean_line(text: str) -> str:
    """The text on one line, in one spelling of each letter, with nothing that nobody sees. Words keep single spaces.

    Joiners stay where a script or a picture needs them.
    """
    if text.isascii():
        return " ".join(_BROKEN.sub(" ", text).split())
    spaced = _BROKEN.sub(" ", _BREAKS.sub(" ", unicodedata.normalize("NFC", text)))
    return " ".join(_composed(spaced).split())


def clean_text(text: str) -> str:
    """A text of several lines without control characters; tabs and line breaks stay, the latter in one form.

    Nothing in it turns what stands around it: signs that begin or end another direction go, single marks stay.
    """
    return clean_page(_TURNING.sub("", text))


def isolated(text: str) -> str:
    """A name as a part of a sentence that no markup can hold: in an attribute, a title, a mail.

    Letters that run from right to left would take along the full stop or the number behind them. Other names come
    back as they are, so that most mails stay plain ASCII: our own sentences run from left to right.
    """
    turns = not text.isascii() and any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)
    return f"{_ISOLATES[0]}{text}{_ISOLATES[1]}" if turns else text


def clean_sentence(text: str) -> str:
    """A line of ours, such as a mail's subject: a clean line that may hold our own signs around a name."""
    # The full stops keep the blanks beside a sign.
    return "".join(part if part in _ISOLATES else clean_line(f".{part}.")[1:-1] for part in _ISOLATES_AT.split(text))


def clean_page(text: str) -> str:
    """A whole mail or page: a clean text that may hold our own signs around a name."""
    return _BROKEN.sub("", _BREAKS.sub("\n", unicodedata.normalize("NFC", text))).replace("\ufeff", "")


def has_letter(text: str) -> bool:
    """Whether a name can be read: it has a letter or a digit that one can see."""
    return any(unicodedata.category(char)[0] in "LN" for char in SHAPELESS.sub("", text))


def is_blank(text: str) -> bool:
    """Whether there is nothing to see."""
    return not SHAPELESS.sub("", text).replace("\u2800", "").strip()


def fold(text: str) -> str:
    """What searches and orders compare: lower case, no accents, no invisible characters, one form for wide and narrow
    letters."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(PLAIN)
    folded = "".join(c for c in SHAPELESS.sub("", folded) if unicodedata.category(c) != "Mn")
    # Dots between single letters belong to an abbreviation: v.p., c.p.o.
    return unicodedata.normalize("NFC", re.sub(r"(?<=\b\w)\.(?=\w\b)", "", folded))


def _composed(text: str) -> str:
    """Without shapeless characters, in NFC. What is taken out may let two characters join, and so on."""
    while (shorter := unicodedata.normalize("NFC", SHAPELESS.sub(_kept, text))) != text:
        text = shorter
    return text


def _kept(found: re.Match[str]) -> str:
    """A joiner or variant where it belongs, else nothing."""
    char, at, text = found[0], found.start(), found.string
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if not _is_joined(before):
        return ""
    if _VARIANTS.match(char):
        return "" if _VARIANTS.match(before) else char
    return char if char in _JOINERS and (_is_joined(after) or unicodedata.combining(before) == _VIRAMA) else ""


def _is_joined(char: str) -> bool:
    return (
        bool(char)
        and unicodedata.category(char) in _JOINED
        and (not SHAPELESS.match(char) or bool(_VARIANTS.match(char)))
    )
