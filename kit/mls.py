"""Parsing of Messaging Layer Security (RFC 9420) for a delivery service: framing, welcomes and key packages.

Nothing here decrypts a message: encrypted parts are skipped. Key packages are verified by the package `rfc9420`. Frames
are parsed here, in one pass over untrusted bytes: the package copies the remainder at each step, which takes 0.3 s for
a malicious welcome of 112 KiB.
"""

from datetime import datetime, timedelta
from enum import IntEnum
from typing import Any, cast

import msgspec
from rfc9420 import DefaultCryptoProvider
from rfc9420.extensions.extensions import parse_capabilities_data
from rfc9420.messages import key_packages
from rfc9420.messages.data_structures import CredentialType
from rfc9420.messages.refs import make_key_package_ref

VERSION = 1
SUITE = 1
"""MLS_128_DHKEMX25519_AES128GCM_SHA256_Ed25519, which every client must have (RFC 9420 section 17.1)."""
KEY_SIZE = 32
"""Bytes of a public key of that suite, for HPKE and for signatures alike."""
_REF_SIZE = 32  # bytes of its hash
LONGEST_LIFETIME = timedelta(days=366)
_PRIVATE_MESSAGE, _WELCOME, _KEY_PACKAGE = 2, 3, 5  # wire formats (RFC 9420 section 6)
_LAST_RESORT = 0x000A
_HEADER = 4  # bytes: version and wire format


class Malformed(Exception):
    """The bytes are malformed; the message is a sentence."""


class Content(IntEnum):
    """Content types of a PrivateMessage (RFC 9420 section 6)."""

    APPLICATION = 1
    PROPOSAL = 2
    COMMIT = 3


class Frame(msgspec.Struct, frozen=True):
    """The plaintext fields of a PrivateMessage (RFC 9420 section 6.3)."""

    group_id: bytes
    epoch: int
    content: Content


class KeyPackage(msgspec.Struct, frozen=True):
    """A key package that has been verified: `ref` is its KeyPackageRef, `identity` that of its basic credential."""

    ref: bytes
    identity: bytes
    signature_key: bytes
    not_after: datetime
    is_last_resort: bool


def read_frame(data: bytes) -> Frame:
    """Parse the frame of an MLSMessage that holds a PrivateMessage. Raises Malformed."""
    reader = _message(data, _PRIVATE_MESSAGE, "PrivateMessage")
    group_id, epoch, content = reader.vector(), reader.number(8), reader.number(1)
    for _ in ("authenticated_data", "encrypted_sender_data", "ciphertext"):
        reader.vector()
    reader.end()
    try:
        return Frame(group_id, epoch, Content(content))
    except ValueError:
        raise Malformed("Unknown content type.") from None


def read_welcome(data: bytes) -> list[bytes]:
    """Return the KeyPackageRefs of the recipients of a Welcome in an MLSMessage (12.4.3.1). Raises Malformed."""
    reader = _message(data, _WELCOME, "Welcome")
    if reader.number(2) != SUITE:
        raise Malformed("The welcome does not use cipher suite 1.")
    secrets = _Reader(reader.vector())
    reader.vector()
    reader.end()
    refs = []
    while not secrets.at_end:
        refs.append(secrets.vector())
        if len(refs[-1]) != _REF_SIZE:
            raise Malformed("A key package reference is not a SHA-256 hash.")
        for _ in ("kem_output", "ciphertext"):
            secrets.vector()
    return refs


def read_key_package(data: bytes, now: datetime) -> KeyPackage:
    """The key package in an MLSMessage, as section 10.1 wants it verified, at the instant `now`. Raises Malformed.

    It has the cipher suite 1, a basic credential and a lifetime of at most 366 days, whose bound section 7.2 leaves to
    the application. One that carries the extension `last_resort` (draft-ietf-mls-extensions) is a last resort. Takes
    some 0.3 ms.
    """
    _message(data, _KEY_PACKAGE, "KeyPackage")
    data = data[_HEADER:]
    crypto = DefaultCryptoProvider(SUITE)
    try:
        package = key_packages.KeyPackage.deserialize(data)
        leaf = cast(key_packages.LeafNode, package.leaf_node)
        package.verify(crypto, current_time=int(now.timestamp()))
        capabilities: dict[str, Any] = parse_capabilities_data(leaf.capabilities)
        same = package.serialize() == data
        lifetime = timedelta(seconds=leaf.lifetime_not_after - leaf.lifetime_not_before)
        not_after = datetime.fromtimestamp(leaf.lifetime_not_after, now.tzinfo)
    except Exception as error:  # the package raises whatever it meets
        raise Malformed(f"The key package cannot be verified: {error}.") from error
    credential = leaf.credential
    if credential is None or credential.credential_type is not CredentialType.BASIC:
        raise Malformed("The credential of the key package is not a basic credential.")
    # The package reads older forms too, which other clients would not.
    if not same or package.cipher_suite.suite_id != SUITE or len(leaf.encryption_key) != KEY_SIZE:
        raise Malformed("The key package does not use cipher suite 1, or is not encoded as RFC 9420 requires.")
    for known, needed in (("versions", VERSION), ("ciphersuites", SUITE), ("credentials", CredentialType.BASIC)):
        if needed not in capabilities[known]:
            raise Malformed(f"The capabilities of the key package do not include its own {known}.")
    if lifetime > LONGEST_LIFETIME:
        raise Malformed(f"The lifetime of the key package is too long (limit: {LONGEST_LIFETIME.days} days).")
    return KeyPackage(
        ref=make_key_package_ref(crypto, data),
        identity=credential.identity,
        signature_key=leaf.signature_key,
        not_after=not_after,
        is_last_resort=any(extension.ext_type == _LAST_RESORT for extension in package.extensions or ()),
    )


def _message(data: bytes, wire_format: int, name: str) -> "_Reader":
    reader = _Reader(data)
    if (reader.number(2), reader.number(2)) != (VERSION, wire_format):
        raise Malformed(f"Expected an MLSMessage of MLS 1.0 that contains a {name}.")
    return reader


class _Reader:
    """Reads TLS presentation language (section 2.1) from the front."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def at_end(self) -> bool:
        return self._at == len(self._data)

    def number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def vector(self) -> bytes:
        """opaque<V>: its length in 1, 2 or 4 bytes, as few as do (section 2.1.2)."""
        first = self.number(1)
        size = 1 << (first >> 6)
        length = (first & 0x3F) << 8 * (size - 1) | self.number(size - 1)
        if size == 8 or (size > 1 and length < 1 << (8 * size // 2 - 2)):
            raise Malformed("A length is not encoded as RFC 9420 requires.")
        return self._take(length)

    def end(self) -> None:
        if not self.at_end:
            raise Malformed("Unexpected bytes after the end of the message.")

    def _take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise Malformed("The message is incomplete.")
        self._at += count
        return taken
