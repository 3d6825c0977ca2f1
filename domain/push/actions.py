"""Registration of devices for push notifications."""

import hashlib
import re
from base64 import urlsafe_b64decode
from datetime import datetime
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey

from clients.postgres import Connection, Database
from domain.push.reads import COLUMNS, MAX_DEVICES
from domain.push.rows import Device, Offer
from domain.rows import from_record
from kit import ids
from kit.errors import Unauthenticated, mistake
from kit.text import Mistakes

_APNS_TOKEN = re.compile(r"(?:[0-9a-f]{2}){16,100}")
_FCM_TOKEN = re.compile(r"[A-Za-z0-9_:.-]{1,4096}")
_ENDPOINT = re.compile(r"https://[!-~]{1,2000}")
_BASE64URL = re.compile(r"[A-Za-z0-9_-]{1,100}")

# A transaction that ends the session or hides the account waits for this lock, or this one has waited for it.
_HOLD = """
SELECT true FROM users u JOIN sessions s ON s.user_id = u.id
WHERE u.id = $1 AND u.status = 'ACTIVE' AND s.id = $2 AND s.ended_at IS NULL FOR NO KEY UPDATE OF u FOR SHARE OF s"""

_REGISTER = f"""
INSERT INTO devices AS d (id, user_id, session_id, platform, token, digest, p256dh, auth, created_at, registered_at)
VALUES (next_id($1), $2, $3, $4, $5, $6, $7, $8, date_trunc('milliseconds', now()), now())
ON CONFLICT (digest) DO UPDATE SET
    session_id = excluded.session_id, p256dh = excluded.p256dh, auth = excluded.auth, registered_at = now()
RETURNING {COLUMNS}"""

# Rows that another transaction is moving are being deleted already.
_MAKE_WAY = """
DELETE FROM devices WHERE id IN (
    SELECT id FROM devices WHERE user_id = $1 AND id <> $2 ORDER BY registered_at DESC, id DESC OFFSET $3
    FOR UPDATE SKIP LOCKED
)"""


class Keys(msgspec.Struct, frozen=True):
    """The keys of a Web Push subscription, as `PushSubscription.toJSON()` has them.

    RFC 8291, section 2.1. In base64url without padding.
    """

    p256dh: str
    auth: str


async def register(
    db: Database, offer: Offer, viewer_id: int, session_id: int, *, platform: str, token: str, keys: Keys | None
) -> Device:
    """Register a device for this session of the viewer: a token has one owner, who registered it last.

    Above MAX_DEVICES the device that was registered first is removed. Raises UserErrors, Unauthenticated.
    """
    if platform not in offer.platforms:
        raise mistake("NOT_ALLOWED", "This server does not support push notifications for this platform.", "platform")
    token = _checked(platform, token.strip(), keys)
    keys = keys if platform == "WEB_PUSH" else None
    digest = hashlib.sha256(f"{platform} {token}".encode()).hexdigest()
    async with db.acquire() as tx, tx.transaction():
        if not await tx.fetchval(_HOLD, viewer_id, session_id):
            raise Unauthenticated("The session has ended. Sign in again.")
        await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", digest)
        # An ID identifies its owner: for the next owner the device gets a new one.
        await tx.execute("DELETE FROM devices WHERE digest = $1 AND user_id <> $2", digest, viewer_id)
        record = await tx.fetchrow(
            _REGISTER,
            ids.shard_of(viewer_id),
            viewer_id,
            session_id,
            platform,
            token,
            digest,
            keys and keys.p256dh,
            keys and keys.auth,
        )
        device = from_record(Device, record)
        await tx.execute(_MAKE_WAY, viewer_id, device.id, MAX_DEVICES - 1)
        return device


async def unregister(db: Database, viewer_id: int, device_id: int) -> None:
    """Stop sending to a device. Raises UserErrors: NOT_FOUND if it is not the viewer's."""
    gone = "DELETE FROM devices WHERE id = $1 AND user_id = $2 RETURNING true"
    if not await db.fetchval(gone, device_id, viewer_id):
        raise mistake("NOT_FOUND", "You have no device with this ID.", "deviceId")


async def forget_session(tx: Connection, session_id: int) -> None:
    """Remove the devices of the session, which `tx` has ended."""
    await tx.execute("DELETE FROM devices WHERE session_id = $1", session_id)


async def forget_person(tx: Connection, user_id: int) -> None:
    """Remove the devices and the waiting pushes of a user, whose sessions `tx` has ended."""
    await tx.execute("DELETE FROM devices WHERE user_id = $1", user_id)
    await tx.execute("DELETE FROM pushes WHERE user_id = $1", user_id)


async def remove_dead(db: Database, device: Device, dead_since: datetime | None) -> None:
    """Remove a device that its push service does not know since then; a later or concurrent registration stays."""
    await db.execute(
        "DELETE FROM devices WHERE id = $1 AND registered_at = $2 AND registered_at <= coalesce($3, registered_at)",
        device.id,
        device.registered_at,
        dead_since,
    )


def _checked(platform: str, token: str, keys: Keys | None) -> str:
    """Return the token in its canonical form. Raises UserErrors."""
    mistakes = Mistakes()
    if platform == "APNS":
        token = token.lower()
        if not _APNS_TOKEN.fullmatch(token):
            mistakes.add("INVALID", "Invalid APNs token: expected 32 to 200 hexadecimal digits.", "token")
    elif platform == "FCM":
        if not _FCM_TOKEN.fullmatch(token):
            mistakes.add("INVALID", "Invalid FCM token.", "token")
    else:
        if not _is_endpoint(token):
            mistakes.add("INVALID", "Invalid endpoint of a Web Push subscription: expected an https URL.", "token")
        if keys is None:
            mistakes.add("REQUIRED", "A Web Push subscription requires `keys`.", "keys")
        elif not (_is_point(keys.p256dh) and len(_decoded(keys.auth)) == 16):
            mistakes.add(
                "INVALID",
                "Invalid keys of a Web Push subscription: expected a P-256 public key and a secret of 16 bytes.",
                "keys",
            )
    mistakes.check()
    return token


def _is_endpoint(text: str) -> bool:
    if not _ENDPOINT.fullmatch(text):
        return False
    try:
        url = urlsplit(text)
        return bool(url.hostname and url.port != 0) and "@" not in url.netloc and "#" not in text
    except ValueError:
        return False


def _is_point(text: str) -> bool:
    """Return whether it is an uncompressed point on P-256."""
    point = _decoded(text)
    try:
        EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError:
        return False
    return len(point) == 65


def _decoded(text: str) -> bytes:
    """Decode base64url without padding; empty if it is malformed."""
    if not _BASE64URL.fullmatch(text):
        return b""
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError:
        return b""
