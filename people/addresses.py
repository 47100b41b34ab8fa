"""The one form of an e-mail address: it is stored, mailed to, looked up and compared in no other. Pure.

Two spellings of one mailbox would be two accounts, and an invitation to one could not be accepted by the other.
"""

import re
import unicodedata

import idna

ADDRESS_MAX = 254
# Longer ones are no addresses, and mapping them would take time.
_MAPPED_MAX = 4 * ADDRESS_MAX
_JOINERS = re.compile("[\u200c\u200d]")
_PLAIN_QUOTED = re.compile(r'"([^\s"\\@]+)"')


def canonical(address: str) -> str:
    """The address without white space around it and invisible characters, in lower case, its domain as DNS has it.

    What is no address comes back as well as can be: whether it is one, forms ask. A letter that only looks like
    another, such as a dotless i, stays another.
    """
    shown = address.strip().lower() if len(address) > _MAPPED_MAX else _visible(address)
    local, at, domain = shown.rpartition("@")
    if not at or len(shown) > _MAPPED_MAX:
        return shown
    plain = _PLAIN_QUOTED.fullmatch(local)
    return f"{plain[1] if plain else _without_joiners(local)}@{_as_in_dns(domain)}"


def _visible(text: str) -> str:
    """In NFKC and lower case, without control and format characters; joiners stay, as a domain may need them."""
    for _ in range(3):
        text = unicodedata.normalize("NFKC", text).lower()
        text = "".join(c for c in text if unicodedata.category(c) not in {"Cc", "Cf", "Cs"} or _JOINERS.match(c))
    return text.strip()


def _without_joiners(text: str) -> str:
    return _JOINERS.sub("", text)


def _as_in_dns(domain: str) -> str:
    """The domain's A-labels. By IDNA 2008; what that does not know, such as pictures, by the older standard."""
    domain = domain.rstrip(".")
    if domain.isascii():
        return domain
    for name in (domain, _without_joiners(domain)):
        try:
            return idna.encode(name, uts46=True).decode()
        except UnicodeError:  # idna's own errors are among them
            continue
    try:
        return _without_joiners(domain).encode("idna").decode().lower()
    except UnicodeError:
        return _without_joiners(domain)
