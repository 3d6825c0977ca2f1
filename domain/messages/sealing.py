"""Encryption of message texts before they reach the database: no dump, log or backup has them.

Each conversation has a data key of its own. It encrypts texts by AES-256-GCM (NIST SP 800-38D) with random nonces of 96
bits, and binds each to its conversation and message. The data key is stored wrapped (AES key wrap, RFC 3394) by a key
of the settings. Rotation of that key rewraps data keys (`rewrap`), and rewrites no message.
"""

import hmac
import secrets
import struct
from collections.abc import Mapping
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from clients.postgres import Database

_NONCE = 12
_PLACE = struct.Struct(">QQ")
_BATCH_SIZE = 500


class Unreadable(Exception):
    """A text cannot be decrypted: the settings lack its key, or the stored data is damaged or moved."""


class Sealed:
    """Encrypts and decrypts the texts of one conversation."""

    def __init__(self, conversation_id: int, data_key: bytes) -> None:
        self._conversation_id = conversation_id
        self._cipher = AESGCM(data_key)
        self._digest_key = hmac.digest(data_key, b"digest", "sha256")

    def seal(self, message_id: int, text: str) -> bytes:
        """Return the encrypted text for the database: nonce, ciphertext, tag."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._cipher.encrypt(nonce, text.encode(), self._place(message_id))

    def open(self, message_id: int, body: bytes) -> str:
        """Decrypt the text of this message. Raises Unreadable."""
        try:
            return self._cipher.decrypt(body[:_NONCE], body[_NONCE:], self._place(message_id)).decode()
        except (InvalidTag, ValueError):
            raise Unreadable(f"message {message_id} was changed in the database, or belongs elsewhere") from None

    def digest(self, text: str) -> str:
        """Return a keyed hash that detects a repeated text: HMAC-SHA-256 in hex. Useless without the key."""
        return hmac.new(self._digest_key, text.encode(), "sha256").hexdigest()

    def _place(self, message_id: int) -> bytes:
        return _PLACE.pack(self._conversation_id, message_id)


class Keys:
    """The wrapping keys of the settings: `keys` by name, each of 32 bytes; the first wraps new data keys."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._keys = dict(keys)
        self.current, *self.former = self._keys
        self._opened = lru_cache(10_000)(self._open)

    def make(self) -> tuple[str, bytes]:
        """Return a new data key: the name of the key that wraps it, and the wrapped key."""
        return self.current, aes_key_wrap(self._keys[self.current], secrets.token_bytes(32))

    def of(self, conversation_id: int, key_id: str, sealed_key: bytes) -> Sealed:
        """Return the cipher for the texts of a conversation. Raises Unreadable."""
        return self._opened(conversation_id, key_id, sealed_key)

    def wrapped_anew(self, key_id: str, sealed_key: bytes) -> bytes:
        """Return the same data key, wrapped by the current key. Raises Unreadable."""
        return aes_key_wrap(self._keys[self.current], self._unwrap(key_id, sealed_key))

    def _open(self, conversation_id: int, key_id: str, sealed_key: bytes) -> Sealed:
        return Sealed(conversation_id, self._unwrap(key_id, sealed_key))

    def _unwrap(self, key_id: str, sealed_key: bytes) -> bytes:
        if key_id not in self._keys:
            raise Unreadable(f"the settings lack the key {key_id!r}, which wraps the data keys of conversations")
        try:
            return aes_key_unwrap(self._keys[key_id], sealed_key)
        except (InvalidUnwrap, ValueError):
            raise Unreadable(f"the key {key_id!r} is not the one that a data key was wrapped by") from None


async def rewrap(db: Database, keys: Keys) -> int:
    """Rewrap up to 500 data keys of former keys by the current key. Returns how many. Raises Unreadable."""
    async with db.acquire() as tx, tx.transaction():
        rows = await tx.fetch(
            """
            SELECT id, key_id, sealed_key FROM conversations WHERE key_id = ANY($1)
            ORDER BY id LIMIT $2 FOR UPDATE
            """,
            keys.former,
            _BATCH_SIZE,
        )
        await tx.execute(
            """
            UPDATE conversations c SET key_id = $3, sealed_key = rewrapped.sealed_key
            FROM unnest($1::bigint[], $2::bytea[]) AS rewrapped(id, sealed_key) WHERE c.id = rewrapped.id
            """,
            [row["id"] for row in rows],
            [keys.wrapped_anew(row["key_id"], row["sealed_key"]) for row in rows],
            keys.current,
        )
        return len(rows)
