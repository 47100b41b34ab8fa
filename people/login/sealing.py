"""Secrets that we must be able to read again, encrypted at rest with a key made of SECRET_KEY.

Whoever gets at the database alone, or at a backup, reads none of them. AES-256-GCM, whose text says at its head which
key it is under; SECRET_KEY_FALLBACKS still open what earlier keys sealed. What was stored before there was sealing has
no such head and is read as it is.
"""

import base64
import hashlib
import hmac
import logging
import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

log = logging.getLogger(__name__)
# The first form. Neither a TOTP secret (base32) nor a seed (hexadecimal) can begin like this.
_FORM = "sealed1:"
_NONCE = 12


def seal(text: str) -> str:
    """Encrypt under the present SECRET_KEY."""
    nonce = os.urandom(_NONCE)
    secret = _key(settings.SECRET_KEY)
    sealed = base64.urlsafe_b64encode(nonce + AESGCM(secret).encrypt(nonce, text.encode(), _FORM.encode()))
    return f"{head()}{sealed.decode()}"


def unseal(text: str) -> str:
    """Read what was sealed, or stands there in the clear.

    What no key opens becomes another secret, always the same and known to nobody: no code that somebody has fits it,
    and no page fails.
    """
    if not text.startswith(_FORM):
        return text
    opened = _opened(text)
    if opened is None:
        log.warning("a sealed secret can't be opened: SECRET_KEY changed without SECRET_KEY_FALLBACKS")
        return base64.b32encode(hmac.digest(_key(settings.SECRET_KEY), text.encode(), "sha256")[:20]).decode()
    return opened


def head() -> str:
    """How everything begins that is sealed under the present key."""
    return f"{_FORM}{_name(_key(settings.SECRET_KEY))}:"


def is_readable(text: str) -> bool:
    return not text.startswith(_FORM) or _opened(text) is not None


def _opened(text: str) -> str | None:
    name, _, sealed = text.removeprefix(_FORM).partition(":")
    for secret in map(_key, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]):
        if hmac.compare_digest(_name(secret).encode(), name.encode()):
            try:
                raw = base64.urlsafe_b64decode(sealed)
                return AESGCM(secret).decrypt(raw[:_NONCE], raw[_NONCE:], _FORM.encode()).decode()
            except (ValueError, InvalidTag):
                return None
    return None


@lru_cache(maxsize=8)
def _key(secret_key: str) -> bytes:
    """A key of its own for this one purpose."""
    return HKDF(SHA256(), 32, salt=None, info=b"rungwise people.login.sealing 1").derive(secret_key.encode())


def _name(secret: bytes) -> str:
    """What tells keys apart, and nothing of them."""
    return hashlib.sha256(b"name of " + secret).hexdigest()[:8]
