"""Addresses that take no invitations from here, by a link in each of them (RFC 8058).

Stored is a hash alone, under a random key of the site: whoever reads the table can't try addresses. Links are signed by
the same key, so that they work and what was refused holds after SECRET_KEY has changed.
"""

import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from django.conf import settings
from django.core import signing
from django.urls import reverse

from people.addresses import canonical
from people.login import sealing
from people.mail.stop_links import one_click
from people.models import MailRefusal, SiteKey

_NAME = "mail refusals"


@dataclass(frozen=True, slots=True)
class WayOut:
    """What an invitation needs so that its address can refuse the next one."""

    to_hash: str
    link: str

    @property
    def headers(self) -> dict[str, str]:
        return one_click(self.link)


def refusing(addresses: Collection[str]) -> set[str]:
    """Those of the addresses, as they are given, that take no invitations. Two statements."""
    key = _key()
    hashes = {_hash_of(address, key): address for address in addresses}
    found = MailRefusal.objects.filter(to_hash__in=hashes).values_list("to_hash", flat=True)
    return {hashes[to_hash] for to_hash in found}


def ways_out(addresses: Collection[str]) -> dict[str, WayOut]:
    """The link for each of the addresses. It names a hash and never expires."""
    key = _key()
    signer, found = _signer(key), {}
    for address in addresses:
        to_hash = _hash_of(address, key)
        link = settings.SITE_URL + reverse("refuse_mails", args=[signer.sign(to_hash)])
        found[address] = WayOut(to_hash, link)
    return found


def hash_in(token: str) -> str:
    """The hash that a link names; empty for a link that is none of ours."""
    try:
        return _signer(_key()).unsign(token)
    except signing.BadSignature:
        return ""


def refuse(to_hash: str) -> None:
    MailRefusal.objects.get_or_create(to_hash=to_hash)


def take_again(to_hash: str) -> None:
    MailRefusal.objects.filter(to_hash=to_hash).delete()


def is_refused(to_hash: str) -> bool:
    return MailRefusal.objects.filter(to_hash=to_hash).exists()


def _hash_of(address: str, key: str) -> str:
    return hmac.new(key.encode(), canonical(address).encode(), "sha256").hexdigest()


def _signer(key: str) -> signing.Signer:
    return signing.Signer(key=key, fallback_keys=[], salt="people.refusals")


def _key() -> str:
    row = SiteKey.objects.filter(name=_NAME).first()
    if row is None:
        made = {"sealed": sealing.seal(secrets.token_urlsafe(32))}
        row = SiteKey.objects.get_or_create(name=_NAME, defaults=made)[0]
    return sealing.unseal(row.sealed)
