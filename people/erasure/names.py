"""Finds somebody's names and addresses in texts of others.

Texts are compared without accents and invisible characters, and in one form of each letter, as people type names in
many ways; what is replaced are the letters as they stand.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from people.addresses import ADDRESS_MAX, canonical
from people.texts import PLAIN, SHAPELESS, clean_line

# Scripts that put no blanks between words: Thai, Lao, Burmese, Hangul (as parts of syllables), Khmer, kana and Han.
_HAN_RANGES = "\u3005\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_UNBROKEN = f"\u0e00-\u0eff\u1000-\u109f\u1100-\u11ff\u1780-\u17ff\u3006-\u30ff{_HAN_RANGES}"
_IS_UNBROKEN = re.compile(f"[{_UNBROKEN}]")
_HAN = re.compile(f"[{_HAN_RANGES}]+")
# A letter that a name in another script must not stand beside; in Chinese, "Jonas" may stand between two words.
_LETTER = rf"[^\W{_UNBROKEN}]"
# The rest of a Hangul syllable: the name would end within it.
_REST = "(?![\u11a8-\u11ff])"
_SMALL = "[a-z\u03ac-\u03ce\u0430-\u045f\u0561-\u0587]"
_VOWELS = frozenset("aeiouyαειουωηаеиоуыэюя")
# Short words that Arabic and Hebrew write together with the name that follows.
_PREFIXED = re.compile("[\u0590-\u06ff]")
_PREFIX = "[\u0648\u0641\u0628\u0643\u0644\u05d1\u05d4\u05d5\u05db\u05dc\u05de\u05e9]{0,2}"
_CASED = PLAIN | {ord(chr(key).upper()): said.capitalize() for key, said in PLAIN.items() if chr(key) != "ı"}
_CASED |= {ord("ß"): "ss", ord("ẞ"): "SS", ord("’"): "'"}
# What an address in a text may stand within, and what may touch it.
_AT = re.compile("[@\uff20\ufe6b]")
_ENDS_ADDRESS = frozenset('<>()[],;:"«»“”„|@\uff20\ufe6b')
_LEFT, _RIGHT = "'*_~`=/{|}&!#$%^?+-.", "'’*_~`=/!?.-…。、"


@dataclass(frozen=True, slots=True)
class Names:
    """`pattern` is over plain text; None if the person has no name. `addresses` are as accounts have them."""

    pattern: re.Pattern[str] | None
    addresses: frozenset[str]

    @classmethod
    def of(cls, name: str, addresses: Iterable[str]) -> "Names":
        """Find the full name in upper or lower case, and each longer part of it as it is written: in lower case, "Will"
        would be found in too many sentences. Both with endings, such as the genitive's."""
        words = clean_line(name).split()
        # A name of a letter or two would be found in any text in small letters.
        found = [f"(?{'i' if sum(map(len, words)) > 2 else ''}:{_whole(words)})"] if words else []
        found += [_bounded(part, _inflected(_plain(part))) for part in sorted(_parts(words), key=len, reverse=True)]
        return cls(re.compile("|".join(found)) if found else None, frozenset(addresses))

    def out_of(self, value: Any, instead: str) -> Any:
        """The same text or JSON, with `instead` in the place of names."""
        if isinstance(value, str):
            # First the addresses: of one with a name in it, the rest would stay.
            text = _replaced(value, self._addresses_in(value), instead)
            return _replaced(text, self._names_in(text), instead)
        if isinstance(value, list):
            return [self.out_of(item, instead) for item in value]
        if isinstance(value, dict):
            return {key: self.out_of(item, instead) for key, item in value.items()}
        return value

    def _names_in(self, text: str) -> Iterator[tuple[int, int]]:
        if self.pattern is None:
            return
        plain, places = _with_places(text)
        for found in self.pattern.finditer(plain):
            # A letter can stand for two, as in a ligature.
            yield places[found.start()], max(places[found.end()], places[found.end() - 1] + 1)

    def _addresses_in(self, text: str) -> Iterator[tuple[int, int]]:
        """Where an address stands whose one form is one of theirs. A part of another address is none."""
        for found in _AT.finditer(text) if self.addresses else ():
            start, end = _around(text, found.start())
            left, right = text[start : found.start()], text[found.end() : end]
            names = [name for name in dict.fromkeys((left, left.lstrip(_LEFT))) if self._has(name)]
            domains = (right.rstrip(_RIGHT), _ascii_start(right).rstrip(_RIGHT), right)
            fits = ((name, domain) for name in names for domain in domains if self._has(name, domain))
            if span := next(fits, None):
                yield found.start() - len(span[0]), found.end() + len(span[1])

    def _has(self, name: str, domain: str = "") -> bool:
        """Whether one of their addresses is called so; without a domain, up to the @."""
        said = f"{name}@{domain or 'x'}"
        forms = {canonical(said), said.lower()}
        if domain:
            return not forms.isdisjoint(self.addresses)
        return not {form[:-1] for form in forms}.isdisjoint({one[: one.rindex("@") + 1] for one in self.addresses})


def _replaced(text: str, spans: Iterable[tuple[int, int]], instead: str) -> str:
    parts, last = [], 0
    for start, end in spans:
        if start >= last:
            parts += [text[last:start], instead]
            last = end
    return "".join([*parts, text[last:]])


def _around(text: str, at: int) -> tuple[int, int]:
    """The run of characters around an @ that could be an address."""
    start, end = at, at + 1
    while start and at - start < ADDRESS_MAX and _may_be_local(text[start - 1]):
        start -= 1
    while end < len(text) and end - at < ADDRESS_MAX and not (text[end].isspace() or text[end] in _ENDS_ADDRESS):
        end += 1
    return start, end


def _may_be_local(char: str) -> bool:
    """Whether mail programs take it before an @, perhaps after taking it for another one."""
    is_seen = not (char.isspace() or char in _ENDS_ADDRESS)
    return is_seen and (unicodedata.normalize("NFKC", char).isascii() or bool(SHAPELESS.match(char)) or char == "ı")


def _ascii_start(text: str) -> str:
    return text[: next((place for place, char in enumerate(text) if not char.isascii()), len(text))]


def _parts(words: list[str]) -> set[str]:
    """The parts of a name that find somebody by themselves; not such as "von", if the others have capitals."""
    all_small = all(word == word.lower() for word in words)
    found = set()
    for part in {part for word in words for part in (word, *word.split("-"))}:
        if len(part) < (2 if _HAN.fullmatch(part) else 3) or (part[0].islower() and not all_small):
            continue
        found |= {part, part.capitalize()} if part in {part.lower(), part.upper()} else {part}
    return found


def _whole(words: list[str]) -> str:
    plain = [_plain(word) for word in words]
    between = r"\s*" if all(_IS_UNBROKEN.match(word) for word in plain) else r"\s+"
    return _bounded("".join(words), between.join(_inflected(word) for word in plain))


def _bounded(name: str, pattern: str) -> str:
    """The pattern of a name where no letter stands before or after it that would make it another word."""
    plain = _plain(name)
    is_free = len(name) > 1
    before = "" if is_free and _IS_UNBROKEN.match(plain) else f"(?<!{_LETTER})"
    before += _PREFIX if _PREFIXED.match(plain) else ""
    after = _REST if is_free and _IS_UNBROKEN.match(plain[-1:]) else f"(?!{_LETTER})"
    return f"{before}{pattern}{after}"


def _inflected(word: str) -> str:
    """A word with the endings that languages put on names: Lindqvists, Jonasille, Camilli. Short ones take an s only:
    "Annual" would be "Ann" with an ending."""
    long = 5 if word.isascii() else 3
    if _IS_UNBROKEN.search(word) or not word[-1:].isalpha():
        return re.escape(word)
    if len(word) < 3:
        return re.escape(word)
    if len(word) < long:
        return f"{re.escape(word)}s?"
    stem = word[:-1] if len(word) > long and word[-1].lower() in _VOWELS else word
    return f"{re.escape(stem)}{_SMALL}{{0,{4 + len(word) - len(stem)}}}"


def _plain(text: str) -> str:
    return _with_places(text)[0]


def _with_places(text: str) -> tuple[str, "range | list[int]"]:
    """The text as names are compared, and the place of each of its letters in the text itself."""
    if text.isascii():
        return text, range(len(text) + 1)
    letters: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        said = _plain_letters(char)
        letters.append(said)
        places += [place] * len(said)
    return "".join(letters), [*places, len(text)]


@lru_cache(maxsize=10_000)
def _plain_letters(char: str) -> str:
    parts = unicodedata.normalize("NFKD", char).translate(_CASED)
    return "".join(part for part in parts if unicodedata.category(part) != "Mn" and not SHAPELESS.match(part))
