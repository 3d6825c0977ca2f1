"""Web Push: RFC 8030 to send, RFC 8291 to encrypt, RFC 8292 (VAPID) to identify the sender.

Encryption is implemented here with `cryptography`: libraries for it depend on a blocking HTTP client, or pydantic.
Tests check the example of RFC 8291.
"""

import os
import struct
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import timedelta
from functools import lru_cache
from urllib.parse import urlsplit

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from clients.http import Answer, Http, Unreachable
from clients.push import LIFE, Address, Content, Gone, Outcome, Rejected, RetryLater, Sent
from clients.push.guard import Guard, NotPublic
from kit.clock import Clock

_RECORD = 4096
_WINDOW = timedelta(hours=6)


class WebPush:
    """Sends to browsers."""

    def __init__(self, key: str, contact: str, clock: Clock, *, private: bool = False) -> None:
        """`key` is a PEM of P-256, `contact` a mailto: or https: URL; `private` permits endpoints at any address.

        Raises ValueError if the key or the contact is malformed.
        """
        if not contact.startswith(("mailto:", "https:")):
            raise ValueError("the contact of Web Push is neither mailto: nor https:")
        self._key = _loaded(key)
        self._public = public_key(key)
        self._contact = contact
        self._clock = clock
        self._guard = None if private else Guard()
        self._http = Http(self._guard)
        # The same for some hours, so that services can cache its verification.
        self._signed = lru_cache(1000)(self._sign)

    async def send(self, device: Address, content: Content, collapse_id: str, *, urgent: bool) -> Outcome:
        """As `clients.push.Sender`. The body is {"title", "body", "tag", "data"}: for a service worker's
        `showNotification(title, {body, tag, data})`."""
        url = urlsplit(device.token)
        window = int(self._clock().timestamp()) // _WINDOW.seconds
        headers = {
            "ttl": str(int(LIFE.total_seconds())),
            "urgency": "high" if urgent else "low",
            "topic": collapse_id,
            "content-encoding": "aes128gcm",
            "authorization": self._signed(f"{url.scheme}://{url.netloc}", window),
        }
        text = msgspec.json.encode(
            {"title": content.title, "body": content.body, "tag": collapse_id, "data": content.data}
        )
        assert device.p256dh is not None
        assert device.auth is not None
        try:
            body = encrypt(text, _decoded(device.p256dh), _decoded(device.auth))
            answer = await self._http.send("POST", device.token, headers, body)
        except NotPublic as error:
            return Rejected(f"{error} is not public")
        except Unreachable as error:
            return RetryLater(str(error))
        return self._outcome(answer)

    async def close(self) -> None:
        """As `clients.push.Sender`."""
        await self._http.close()
        if self._guard:
            self._guard.close()

    def _outcome(self, answer: Answer) -> Outcome:
        if 200 <= answer.status < 300:
            return Sent()
        if answer.status in (404, 410):
            return Gone()
        if answer.status == 429 or answer.status >= 500:
            return RetryLater(str(answer.status), answer.pause(self._clock()))
        return Rejected(f"{answer.status} {answer.body[:200]!r}")

    def _sign(self, audience: str, window: int) -> str:
        """Valid for 6 to 12 hours; at most 24 are allowed."""
        claims = {"aud": audience, "exp": (window + 2) * _WINDOW.seconds, "sub": self._contact}
        return f"vapid t={jwt.encode(claims, self._key, algorithm='ES256')}, k={self._public}"


def public_key(key: str) -> str:
    """Return the public key for browsers, in base64url, of the PEM `key`. Raises ValueError."""
    return urlsafe_b64encode(_point(_loaded(key).public_key())).decode().rstrip("=")


def encrypt(
    text: bytes,
    p256dh: bytes,
    auth: bytes,
    ours: EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return `text` (3,993 bytes at most), encrypted for the subscription with these keys: RFC 8291, section 3.4, one
    record.

    `ours` and `salt` are generated unless they are given, which only tests do.
    """
    ours = ours or generate_private_key(SECP256R1())
    salt = salt or os.urandom(16)
    theirs = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), p256dh)
    point = _point(ours.public_key())
    secret = _derived(auth, ours.exchange(ECDH(), theirs), b"WebPush: info\0" + p256dh + point, 32)
    key = _derived(salt, secret, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, secret, b"Content-Encoding: nonce\0", 12)
    # RFC 8188, section 2: the header, and the last record, whose delimiter is 2.
    header = salt + struct.pack(">IB", _RECORD, len(point)) + point
    return header + AESGCM(key).encrypt(nonce, text + b"\x02", None)


def _loaded(key: str) -> EllipticCurvePrivateKey:
    try:
        loaded = load_pem_private_key(key.encode(), None)
    except (TypeError, UnsupportedAlgorithm) as error:
        raise ValueError(str(error)) from None
    if not isinstance(loaded, EllipticCurvePrivateKey) or not isinstance(loaded.curve, SECP256R1):
        raise ValueError("not a private key of the curve P-256")
    return loaded


def _point(key: EllipticCurvePublicKey) -> bytes:
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _derived(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt, info).derive(secret)


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
