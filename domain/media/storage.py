"""What lies where in the bucket. Owns its prefixes.

- `quarantine/{token}`: what a client sent, not yet looked at; nobody may read it.
- `originals/{name}`: the bytes as they came, kept, with all their metadata; nobody may read them. `name` is as random
  as the token but is in no URL: a bucket that was opened by mistake does not lead from a picture to where it was taken.
  Older versions used the token; `domain/media/originals` moves what they stored.
- `media/{token}/{sha256}.{ext}`: renditions, segments and playlists, for everyone who has their URL, for ever the same.

`token` is 128 random bits of one upload: the same bytes uploaded twice have two URLs that tell nothing of each other.
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
"""What names of originals begin with: a sweeper of an older version, which knows only tokens, looks at none of them."""

MEDIA = "media/"
MARKER = "erasing"
TYPES = {
    "jpg": "image/jpeg",
    "webp": "image/webp",
    "mp4": "video/mp4",
    "m4s": "video/iso.segment",
    "m3u8": "application/vnd.apple.mpegurl",
}
"""The content type of what is shown, by how its key ends."""
A_DAY = "public, max-age=86400"
"""What the store says of each object of `media/`: it is stored before anybody knows whether it will be a story."""


def new_name() -> str:
    """A name for an original. It begins with a letter that is no digit of a token: see NAMES."""
    return NAMES + secrets.token_hex(16)[1:]


def quarantine_key(token: str) -> str:
    """Where a client may put the bytes of an upload."""
    return QUARANTINE + token


def original_key(name: str) -> str:
    """Where the bytes of an upload are kept once it has been looked at."""
    return ORIGINALS + name


def media_key(token: str, sha256: str, extension: str) -> str:
    """Where a file made of an upload is shown. Raises ValueError for what is no hash."""
    if not _HASH.fullmatch(sha256):
        raise ValueError(f"{sha256[:80]!r} is no SHA-256.")
    return f"{MEDIA}{token}/{sha256}.{extension}"


def marker_key(token: str) -> str:
    """An object that is stored among those of an upload, so that the store lists them."""
    return f"{MEDIA}{token}/{MARKER}"


async def holdings(bucket: Bucket, token: str, keys: Sequence[str] | None = None) -> list[str]:
    """The keys of every object of the upload `token` but a named original; of `keys`, those that are there."""
    prefixes = (quarantine_key(token), original_key(token), f"{MEDIA}{token}/") if keys is None else keys
    async with asyncio.timeout(60):
        found = [key for prefix in prefixes async for key, _ in bucket.list(prefix)]
    return found if keys is None else [key for key in found if key in keys]


async def abort_parts(bucket: Bucket, prefixes: Sequence[str]) -> None:
    """Have the store drop what was sent or copied by parts to keys that begin so, and not joined."""
    async with asyncio.timeout(60):
        for prefix in prefixes:
            async for key, multipart, _ in bucket.multiparts(prefix):
                await bucket.abort(key, multipart)
