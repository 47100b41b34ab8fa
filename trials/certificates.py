"""Authorities and certificates of one's own, for tests and trials."""

import datetime
import ipaddress
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate with its key, and their files."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey
    file: Path
    key_file: Path


def authority(folder: Path, name: str = "company", *, old: bool = False) -> Signed:
    """One that signs; an `old` one does not say what its key is for, as many do that were made with OpenSSL."""
    usage = {
        "digital_signature": False,
        "content_commitment": False,
        "key_encipherment": False,
        "data_encipherment": False,
        "key_agreement": False,
        "key_cert_sign": True,
        "crl_sign": True,
        "encipher_only": False,
        "decipher_only": False,
    }
    more = [] if old else [x509.KeyUsage(**usage)]
    return _made(folder, name, None, x509.BasicConstraints(ca=True, path_length=None), *more)


def signed(by: Signed, folder: Path, name: str = "127.0.0.1") -> Signed:
    """A certificate for a host or, for clients, a person."""
    try:
        known: x509.GeneralName = x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        known = x509.DNSName(name)
    return _made(folder, name, by, x509.SubjectAlternativeName([known]))


def _made(folder: Path, name: str, by: Signed | None, *extensions: x509.ExtensionType) -> Signed:
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by.certificate.subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    issuer = (by.key if by else key).public_key()
    builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer), critical=False)
    for extension in extensions:
        is_critical = not isinstance(extension, x509.SubjectAlternativeName)
        builder = builder.add_extension(extension, critical=is_critical)
    certificate = builder.sign(by.key if by else key, hashes.SHA256())
    file, key_file = folder / f"{name}.crt", folder / f"{name}.key"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    key_file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    key_file.chmod(0o600)
    return Signed(certificate, key, file, key_file)
