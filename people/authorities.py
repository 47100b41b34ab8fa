"""Whose certificates we trust when it is us who ask: of mail servers, and of our own site."""

import ssl
from urllib.error import URLError

from django.conf import settings

# Of OpenSSL: the names on the certificate are others, or its time is over.
_EXPIRED, _OTHER_NAMES = 10, {62, 64}


def trusting() -> ssl.SSLContext:
    """For each TLS connection of ours to somebody else: the system's authorities, and those of CA_FILE beside them."""
    context = ssl.create_default_context()
    if settings.CA_FILE:
        context.load_verify_locations(settings.CA_FILE)
        # Many companies' authorities are older than the form that Python 3.13 wants them to have. Who they are, until
        # when and for which names is verified all the same, as browsers and PostgreSQL do.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context


def advice(error: BaseException) -> str:
    """What to do about a certificate that we refused; empty where that was not the reason."""
    # urllib wraps it.
    refused = error.reason if isinstance(error, URLError) else error
    if not isinstance(refused, ssl.SSLCertVerificationError):
        return ""
    if refused.verify_code in _OTHER_NAMES:
        return "Use the name that its certificate is for."
    if refused.verify_code == _EXPIRED:
        return "Have its certificate renewed."
    if settings.CA_FILE:
        return "Put its authority into CA_FILE, and let it send the certificates in between."
    return "Name its authority in CA_FILE; see docs/operations.md, Inside a company’s network."
