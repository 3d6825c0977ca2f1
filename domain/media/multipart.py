"""Multipart uploads: parts in any order and in parallel, joined when all have come."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from clients.postgres import Database, Row
from clients.s3 import Bucket, ObjectMissingError, Part, Signer
from domain.media.rows import Upload
from domain.media.storage import quarantine_key
from kit.text import Mistakes

PART_LIFE = 3600
"""How long the URL of a part is valid, in seconds. It can be signed again."""
_NAMED = 10
_AT_ONCE = 5


async def begin(db: Database, bucket: Bucket, upload_ids: Sequence[int]) -> None:
    """Begin the multipart uploads of these uploads in the store, where it has not begun."""
    records = await db.fetch(
        """
        SELECT id, token, content_type FROM uploads
        WHERE id = ANY($1) AND status = 'AWAITING_BYTES' AND part_size IS NOT NULL AND multipart IS NULL
        """,
        upload_ids,
    )
    bound = asyncio.Semaphore(_AT_ONCE)

    async def begin_one(record: Row) -> None:
        key = quarantine_key(record["token"])
        async with bound:
            multipart = await bucket.create_multipart(key, record["content_type"])
            if not await db.fetchval(
                "UPDATE uploads SET multipart = $2 WHERE id = $1 AND multipart IS NULL RETURNING true",
                record["id"],
                multipart,
            ):
                await bucket.abort(key, multipart)  # a retry of the same request was faster

    await asyncio.gather(*map(begin_one, records))


def sizes(upload: Upload) -> dict[int, int]:
    """Return the numbers of the parts, from 1, and the size of each in bytes."""
    assert upload.part_size is not None
    starts = range(0, upload.byte_size, upload.part_size)
    return {number: min(upload.part_size, upload.byte_size - start) for number, start in enumerate(starts, 1)}


def part_url(signer: Signer, upload: Upload, number: int, byte_size: int, now: datetime) -> str:
    """Return a newly signed URL for the PUT of one part, of exactly this length; valid for an hour at most."""
    assert upload.multipart is not None
    seconds = max(1, min(PART_LIFE, int((upload.expires_at - now).total_seconds())))
    headers = {"content-length": str(byte_size)}
    return signer.put(quarantine_key(upload.token), headers, now, seconds, (number, upload.multipart))


async def stored(bucket: Bucket, uploads: Sequence[Upload]) -> list[list[Part]]:
    """Return for each upload the parts that the store has, in order; none if it does not know the upload.

    A part that was sent again is listed once, as it was sent last. It is left out if that cannot be determined.
    """
    bound = asyncio.Semaphore(_AT_ONCE)

    async def held(upload: Upload) -> list[Part]:
        assert upload.multipart is not None
        try:
            async with bound:
                versions = _versions(upload, await bucket.parts(quarantine_key(upload.token), upload.multipart))
                return [part for number in sorted(versions) if (part := _newest(versions[number]))]
        except ObjectMissingError:
            return []

    return await asyncio.gather(*map(held, uploads))


async def join(bucket: Bucket, upload: Upload, given: Mapping[int, str]) -> None:
    """Join the parts to one object. `given` are ETags by number, if the client has them.

    If a part was sent several times, its given ETag selects one; without it, the last one is used. Raises UserErrors if
    parts are missing, or differ from `given`.
    """
    assert upload.multipart is not None
    key = quarantine_key(upload.token)
    try:
        chosen = _choose(upload, _versions(upload, await bucket.parts(key, upload.multipart)), given)
        await bucket.complete(key, upload.multipart, chosen)
    except ObjectMissingError:
        pass  # it was joined before, or aborted: the caller checks whether the object exists


def _versions(upload: Upload, held: Sequence[Part]) -> dict[int, list[Part]]:
    """Return the stored versions of each part, without those of a wrong size: several if it was sent several times."""
    expected = sizes(upload)
    versions: dict[int, list[Part]] = {}
    for part in held:
        if part.byte_size == expected.get(part.number):
            versions.setdefault(part.number, []).append(part)
    return versions


def _newest(versions: Sequence[Part]) -> Part | None:
    """Return the version that was stored last. None if others with other bytes were stored in the same second."""
    last = max(part.stored_at for part in versions if part.stored_at)
    newest = [part for part in versions if part.stored_at == last]
    return newest[0] if len({_bare(part.etag) for part in newest}) == 1 else None


def _choose(upload: Upload, versions: Mapping[int, Sequence[Part]], given: Mapping[int, str]) -> list[Part]:
    """Return the version of each part to join, in order. Raises UserErrors."""
    mistakes = Mistakes()
    expected = sizes(upload)
    missing = [number for number in expected if number not in versions]
    if missing:
        named = ", ".join(map(str, missing[:_NAMED])) + (" and others" if len(missing) > _NAMED else "")
        mistakes.add(
            "REQUIRED", f"These parts have not arrived in storage: {named}. Send them, then try again.", "parts"
        )
    chosen: dict[int, Part] = {}
    for index, (number, etag) in enumerate(given.items()):
        if number not in expected:
            mistakes.add(
                "INVALID",
                f"Unknown part number. The parts of this upload have the numbers 1 to {len(expected)}.",
                "parts",
                str(index),
                "number",
            )
        elif number in versions:
            matching = [part for part in versions[number] if _bare(part.etag) == _bare(etag)]
            if matching:
                chosen[number] = matching[0]
            else:
                message = f"Storage holds part {number} with another ETag. Send the part again."
                mistakes.add("INVALID", message, "parts", str(index), "etag")
    for number in sorted(versions.keys() - given.keys()):
        if newest := _newest(versions[number]):
            chosen[number] = newest
        else:
            message = (
                f"Part {number} was sent with different content. Pass the ETag of the correct one, or send it again."
            )
            mistakes.add("INVALID", message, "parts")
    mistakes.check()
    return [chosen[number] for number in sorted(chosen)]


def _bare(etag: str) -> str:
    return etag.strip().strip('"').lower()
