"""A security key as the browser would hand it over, made without a browser."""

import hashlib
import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData


def credential(host: str = "testserver", *, passkey: bool = True) -> dict[str, Any]:
    """The answer of a key to "register yourself", in the form in which allauth stores it."""
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    key_id = b"a key of the tests"
    data = AuthenticatorData.create(
        hashlib.sha256(host.encode()).digest(),
        AuthenticatorData.FLAG.AT | AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV,
        0,
        AttestedCredentialData.create(Aaguid.NONE, key_id, public),
    )
    client_data = json.dumps({"type": "webauthn.create", "challenge": "", "origin": f"https://{host}"}).encode()
    return {
        "id": websafe_encode(key_id),
        "rawId": websafe_encode(key_id),
        "type": "public-key",
        "clientExtensionResults": {"credProps": {"rk": passkey}},
        "response": {
            "clientDataJSON": websafe_encode(client_data),
            "attestationObject": websafe_encode(bytes(AttestationObject.create("none", data, {}))),
        },
    }
