"""What lies where in the bucket. Owns its prefixes.

- `quarantine/{token}`: what a client sent, not yet looked at; nobody may read it.
- `originals/{token}/{sha256}.{ext}`: the bytes as they came, kept, with all their metadata; nobody may read them.
- `media/{token}/{sha256}.{ext}`: renditions, for everyone who has their URL, for ever the same.

`token` is 128 random bits of one upload: the same bytes uploaded twice have two URLs that tell nothing of each other.
"""

import asyncio

from clients.s3 import Bucket

QUARANTINE = "quarantine/"
ORIGINALS = "originals/"
MEDIA = "media/"
FOREVER = "public, max-age=31536000, immutable"


def quarantine_key(token: str) -> str:
    """Where a client may put the bytes of an upload."""
    return QUARANTINE + token


async def erase(bucket: Bucket, token: str) -> None:
    """Delete every object of the upload `token`. Deleting what is not there is no error."""
    prefixes = (f"{ORIGINALS}{token}/", f"{MEDIA}{token}/")
    keys = [quarantine_key(token)]
    for prefix in prefixes:
        async with asyncio.timeout(30):
            keys += [key async for key, _ in bucket.list(prefix)]
    await bucket.delete(keys)
