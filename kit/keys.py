"""Derivation of keys for each purpose from one secret."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(secret: str, purpose: str) -> bytes:
    """Return 32 bytes by HKDF-SHA256 (RFC 5869), deterministic for the secret and the purpose."""
    return HKDF(SHA256(), 32, salt=None, info=f"heliograph {purpose}".encode()).derive(secret.encode())
