"""Certificates for servers and users of a test, and files of them as the programs want them."""

from dataclasses import dataclass
from pathlib import Path

import trustme
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Certificates:
    """Paths of PEM files: of an authority, of a server on this machine, of a user, and of an authority of others."""

    authority: Path
    server: Path
    server_key: Path
    server_keystore: Path
    """Key and certificates in one file, as Kafka takes it."""
    user: Path
    user_key: Path
    foreign_authority: Path
    """It has signed nothing here."""


def make_certificates(folder: Path) -> Certificates:
    """Write all files."""
    authority = trustme.CA()
    server, user = authority.issue_cert(HOST), authority.issue_cert("user@example.org")
    made = Certificates(
        authority=folder / "authority.pem",
        server=folder / "server.pem",
        server_key=folder / "server.key",
        server_keystore=folder / "server.keystore.pem",
        user=folder / "user.pem",
        user_key=folder / "user.key",
        foreign_authority=folder / "foreign.pem",
    )
    authority.cert_pem.write_to_path(made.authority)
    trustme.CA().cert_pem.write_to_path(made.foreign_authority)
    for issued, certificate, key in ((server, made.server, made.server_key), (user, made.user, made.user_key)):
        certificate.write_bytes(b"".join(blob.bytes() for blob in issued.cert_chain_pems))
        key.write_bytes(_pkcs8(issued.private_key_pem.bytes()))
    made.server_keystore.write_bytes(made.server_key.read_bytes() + made.server.read_bytes())
    return made


def _pkcs8(key: bytes) -> bytes:
    """Give a key in the one format Java reads."""
    return load_pem_private_key(key, password=None).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
