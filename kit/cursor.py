"""Cursors that clients cannot forge: a position, encrypted and bound to the list, its arguments and its viewer."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from kit.errors import BadUserInput

Position = tuple[int, ...]


class Cursors:
    """Encrypts positions with AES-SIV (RFC 5297): deterministic, so that the same position is the same cursor."""

    def __init__(self, key: bytes) -> None:
        """`key` is 32 bytes."""
        self._cipher = AESSIV(key)

    def seal(self, scope: bytes, position: Position) -> str:
        """Return the cursor of `position` in the list that `scope` names."""
        sealed = self._cipher.encrypt(msgspec.msgpack.encode(position), [scope])
        return urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def open(self, scope: bytes, cursor: str) -> Position:
        """Return the position in a cursor. Raises BadUserInput if it was not made for `scope`."""
        try:
            sealed = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
            if urlsafe_b64encode(sealed).rstrip(b"=").decode() != cursor:
                raise ValueError("the last letter has bits that say nothing")
            return msgspec.msgpack.decode(self._cipher.decrypt(sealed, [scope]), type=Position)
        except (ValueError, InvalidTag):
            raise BadUserInput(
                "Invalid cursor: it is not a cursor of this list. Read the list from the beginning."
            ) from None
