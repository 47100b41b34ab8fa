"""Words as the search compares them: without case, accents and endings. Pure."""

import re
from functools import lru_cache

from people.texts import fold

QUERY_LIMIT = 200
STOP_WORDS = frozenset(
    {"a", "an", "and", "are", "as", "at", "be", "by", "can", "do", "does", "for", "from", "how", "i", "in", "is", "it"}
    | {"my", "of", "on", "or", "the", "to", "what", "when", "where", "which", "who", "why", "with", "you", "your"}
)
_WORD = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
# Long endings come first, or "ion" would be cut off a word in "isation". At least three letters are left.
_ENDINGS = (
    *("isations", "isation", "izations", "ization", "ations", "ation", "ments", "ment", "nesses", "ness"),
    *("ities", "ity", "ising", "izing", "ised", "ized", "ises", "izes", "ise", "ize", "ings", "ing", "ions", "ion"),
    *("ers", "er", "ies", "ied", "ed", "es", "ly", "al", "s", "y", "e"),
)


def words(text: str) -> list[str]:
    """The words of a text, folded; two single letters with & or / between are one word: P&L is pl, A/B is ab."""
    joined = re.sub(r"\b([^\W_])[/&]([^\W_])\b", r"\1\2", fold(text))
    return [word.replace("’", "'").removesuffix("'s") for word in _WORD.findall(joined)]


def query_words(query: str) -> list[str]:
    """The words that a query asks for, at most ten; stop words count only if there are no others."""
    found = words(query[:QUERY_LIMIT])
    return ([word for word in found if word not in STOP_WORDS] or found)[:10]


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without its English ending: prioritise, prioritising and prioritisation are one."""
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            left = word[: -len(ending)]
            # planning → plan, shipped → ship; but selling → sell
            if len(left) > 3 and left[-1] == left[-2] and left[-1] not in "lsz":
                left = left[:-1]
            # management → manage → manag, as in managing
            return left.removesuffix("e") if len(left) > 4 else left
    return word


def phrase(text: str) -> str:
    """The words of a text with single spaces, for comparing whole names."""
    return " ".join(words(text))


def stemmed(text: str) -> str:
    return " ".join(stem(word) for word in words(text))


def are_forms(one: str, other: str) -> bool:
    """Whether two words of one stem are forms of one word: sharing is done, and shared is how something is."""
    return not any(a.endswith(("ing", "ings")) and b.endswith("ed") for a, b in ((one, other), (other, one)))


def slips_allowed(word: str) -> int:
    """How many letters may be wrong: two in long words, one in those of five letters and more."""
    return 2 if len(word) >= 8 else 1 if len(word) >= 5 else 0
