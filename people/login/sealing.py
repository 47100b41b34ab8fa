"""Encrypts secrets that we have to read again, with a key derived from SECRET_KEY.

Somebody who gets hold of only the database, or of a backup, can't read them. AES-256-GCM; the text begins with the name
of its key, and SECRET_KEY_FALLBACKS open what earlier keys sealed. Secrets from before there was sealing have no such
beginning and are read as they are.
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
# Neither a TOTP secret (base32) nor a seed (hexadecimal) can begin like this, so it tells what is sealed.
_FORM = "sealed1:"
_NONCE = 12


def seal(text: str) -> str:
    """Encrypt under the present SECRET_KEY."""
    nonce = os.urandom(_NONCE)
    secret = _key(settings.SECRET_KEY)
    sealed = base64.urlsafe_b64encode(nonce + AESGCM(secret).encrypt(nonce, text.encode(), _FORM.encode()))
    return f"{head()}{sealed.decode()}"


def unseal(text: str) -> str:
    """Decrypt what was sealed; what is in the clear stays as it is.

    For what no key opens, it returns a secret that is always the same and that nobody knows: no code fits it, and no
    page breaks.
    """
    if not text.startswith(_FORM):
        return text
    opened = _opened(text)
    if opened is None:
        log.warning("a sealed secret can't be opened: SECRET_KEY changed without SECRET_KEY_FALLBACKS")
        return base64.b32encode(hmac.digest(_key(settings.SECRET_KEY), text.encode(), "sha256")[:20]).decode()
    return opened


def head() -> str:
    """The beginning of everything that is sealed under the present key."""
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
    """A key for this purpose only: other uses of SECRET_KEY can't reveal it."""
    return HKDF(SHA256(), 32, salt=None, info=b"rungwise people.login.sealing 1").derive(secret_key.encode())


def _name(secret: bytes) -> str:
    """A short name that tells keys apart and reveals nothing about them."""
    return hashlib.sha256(b"name of " + secret).hexdigest()[:8]
