"""Keys of the objects in the bucket. Owns its prefixes.

- `quarantine/{token}`: unchecked uploads; not public.

- `originals/{name}`: the unchanged bytes of uploads, with all their metadata; not public. `name` is as random as the
token, but in no URL: if a bucket is opened by mistake, no picture leads to the place where it was taken. Older versions
used the token; `domain/media/originals` moves those objects.

- `media/{token}/{sha256}.{ext}`: renditions, segments and playlists; public for everyone who has the URL, and
immutable.

`token` is 128 random bits of one upload: two uploads of the same bytes have two unrelated URLs.
"""

import asyncio
import re
import secrets
from collections.abc import Sequence

from clients.s3 import Bucket

_HASH = re.compile("[0-9a-f]{64}")
QUARANTINE = "quarantine/"
ORIGINALS = "originals/"
NAMES = "n"
"""The prefix of the names of originals. A sweeper of an older version, which knows only tokens, ignores them."""

MEDIA = "media/"
MARKER = "erasing"
TYPES = {
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "m4s": "video/iso.segment",
    "m3u8": "application/vnd.apple.mpegurl",
}
"""The content types of public objects, by the suffix of the key."""
A_DAY = "public, max-age=86400"
"""Cache headers of objects in `media/`. They are stored before it is known whether the upload becomes a story."""


def new_name() -> str:
    """Return a new name for an original. It begins with a letter that is not a digit of a token: see NAMES."""
    return NAMES + secrets.token_hex(16)[1:]


def quarantine_key(token: str) -> str:
    """Return the key where a client puts the bytes of an upload."""
    return QUARANTINE + token


def original_key(name: str) -> str:
    """Return the key where the bytes of an upload are stored after processing."""
    return ORIGINALS + name


def media_key(token: str, sha256: str, extension: str) -> str:
    """Return the key of a file made of an upload. Raises ValueError if the hash is malformed."""
    if not _HASH.fullmatch(sha256):
        raise ValueError(f"{sha256[:80]!r} is no SHA-256.")
    return f"{MEDIA}{token}/{sha256}.{extension}"


def marker_key(token: str) -> str:
    """Return the key of a marker object among those of an upload, so that a listing of the store includes it."""
    return f"{MEDIA}{token}/{MARKER}"


async def holdings(bucket: Bucket, token: str, keys: Sequence[str] | None = None) -> list[str]:
    """Return the keys of all objects of the upload `token` except a named original; of `keys`, those that exist."""
    prefixes = (quarantine_key(token), original_key(token), f"{MEDIA}{token}/") if keys is None else keys
    async with asyncio.timeout(60):
        found = [key for prefix in prefixes async for key, _ in bucket.list(prefix)]
    return found if keys is None else [key for key in found if key in keys]


async def abort_parts(bucket: Bucket, prefixes: Sequence[str]) -> None:
    """Abort multipart uploads of the store whose keys have this prefix."""
    async with asyncio.timeout(60):
        for prefix in prefixes:
            async for key, multipart, _ in bucket.multiparts(prefix):
                await bucket.abort(key, multipart)
