"""A security key as the browser would hand it over, made without a browser; and the codes of an app."""

import hashlib
import json
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

from people.models import User

KEY_ID = b"a key of the tests"
HALF_MINUTE = 59_000_000


def stop_half_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not pass while a test runs."""
    monkeypatch.setattr("allauth.mfa.totp.internal.auth.yield_hotp_counters_from_time", lambda: iter([HALF_MINUTE]))


def code_for(secret: str) -> str:
    """What an app shows in that half minute."""
    return format_hotp_value(hotp_value(secret, HALF_MINUTE))


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def credential(
    host: str = "testserver",
    *,
    passkey: bool | None = True,
    key: ec.EllipticCurvePrivateKey | None = None,
    unlocked: bool = True,
) -> dict[str, Any]:
    """The answer of a key to "register yourself", in the form in which allauth stores it. A browser that does not say
    whether it is a passkey: None."""
    public = ES256.from_cryptography_key((key or new_key()).public_key())
    data = AuthenticatorData.create(
        hashlib.sha256(host.encode()).digest(),
        AuthenticatorData.FLAG.AT | AuthenticatorData.FLAG.UP | (AuthenticatorData.FLAG.UV if unlocked else 0),
        0,
        AttestedCredentialData.create(Aaguid.NONE, KEY_ID, public),
    )
    client_data = json.dumps({"type": "webauthn.create", "challenge": "", "origin": f"https://{host}"}).encode()
    return {
        "id": websafe_encode(KEY_ID),
        "rawId": websafe_encode(KEY_ID),
        "type": "public-key",
        "clientExtensionResults": {} if passkey is None else {"credProps": {"rk": passkey}},
        "response": {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(bytes(AttestationObject.create("none", data, {}))),
        },
    }


def assertion(
    key: ec.EllipticCurvePrivateKey,
    challenge: str,
    host: str = "testserver",
    *,
    unlocked: bool = True,
    of: User | None = None,
) -> str:
    """The answer of a key to "show that it is you", as the page posts it: unlocked by a PIN, or only touched. A passkey
    says whose it is."""
    data = AuthenticatorData.create(
        hashlib.sha256(host.encode()).digest(),
        AuthenticatorData.FLAG.UP | (AuthenticatorData.FLAG.UV if unlocked else 0),
        1,
    )
    said = {"type": "webauthn.get", "challenge": challenge, "origin": f"https://{host}"}
    client_data = json.dumps(said).encode()
    signature = key.sign(bytes(data) + hashlib.sha256(client_data).digest(), ec.ECDSA(hashes.SHA256()))
    response = {
        "clientDataJSON": websafe_encode(client_data),
        "authenticatorData": websafe_encode(bytes(data)),
        "signature": websafe_encode(signature),
    }
    if of is not None:
        response["userHandle"] = websafe_encode(of.pk.hex.encode())
    return json.dumps(
        {
            "id": websafe_encode(KEY_ID),
            "rawId": websafe_encode(KEY_ID),
            "type": "public-key",
            "clientExtensionResults": {},
            "response": response,
        }
    )
