"""Keys for each purpose from one secret."""

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def derive(secret: str, purpose: str) -> bytes:
    """32 bytes by HKDF-SHA256 (RFC 5869), the same for the same secret and purpose."""
    return HKDF(SHA256(), 32, salt=None, info=f"heliograph {purpose}".encode()).derive(secret.encode())
