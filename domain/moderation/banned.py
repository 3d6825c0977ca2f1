"""The list of banned pictures, by perceptual hash."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from clients.postgres import Database
from kit import clock, ids

_ROW = np.dtype([("id", ">i8"), ("bits", ">i4"), ("hash", ">u8", 4)])
"""A row as PostgreSQL sends it in binary: an id, then a length and as many bits."""
_PAGE = 100_000
_BLOCK = 16_384  # rows whose halves stay in the cache of a core
_LATE = timedelta(minutes=1)
"""The maximum delay between the ID of a row and its commit."""


class Banned:
    """The table `banned_pictures`, with a copy of IDs and hashes in memory: 40 MB a million.

    Every hash is compared with every row. Each `match` updates the copy, so new bans apply at once. Matches are checked
    in the table, so deleted bans end at once.
    """

    # Recommended by the authors of PDQ: the maximum of differing bits of 256, and the minimum quality of a hash.
    DISTANCE = 31
    LEAST_QUALITY = 50

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ids: NDArray[np.int64] = np.empty(0, np.int64)
        self._words: NDArray[np.uint64] = np.empty((4, 0), np.uint64)
        self._settled = 0

    async def match(self, hashes: Sequence[str]) -> str | None:
        """Return the reason of a ban that matches one of these hashes (256 bits in hex); None if there is none."""
        if not hashes:
            return None
        await self._follow()
        wanted = np.frombuffer(bytes.fromhex("".join(hashes)), ">u8").reshape(-1, 4).astype(np.uint64)
        found = await asyncio.to_thread(_near, self._words, wanted, self.DISTANCE)
        if not found:
            return None
        reason: str | None = await self._db.fetchval(
            "SELECT reason FROM banned_pictures WHERE id = ANY($1) ORDER BY id LIMIT 1", self._ids[found].tolist()
        )
        return reason

    async def add(self, hash: str, reason: str) -> None:
        """Ban pictures that look like this one: uploads are rejected with `reason`. A repetition changes the reason."""
        await self._db.execute(
            """
            INSERT INTO banned_pictures (id, hash, reason, created_at)
            VALUES (next_id($1), ('x' || $2::text)::bit(256), $3, now())
            ON CONFLICT (hash) DO UPDATE SET reason = excluded.reason
            """,
            ids.shard_of(0),
            hash,
            reason,
        )

    async def _follow(self) -> None:
        """Read new rows into the copy; rows of the last minute are read again the next time."""
        settling = ids.since(clock.now() - _LATE)
        kept, pages = self._settled, []
        last = int(self._ids[kept - 1]) if kept else 0
        while page := await self._db.fetchval(
            """
            SELECT string_agg(int8send(id) || bit_send(hash), '' ORDER BY id)
            FROM (SELECT id, hash FROM banned_pictures WHERE id > $1 ORDER BY id LIMIT $2) AS page
            """,
            last,
            _PAGE,
        ):
            pages.append(np.frombuffer(page, _ROW))
            last = int(pages[-1]["id"][-1])
        if pages or kept < self._ids.size:
            self._ids, self._words = await asyncio.to_thread(_joined, self._ids[:kept], self._words[:, :kept], pages)
            self._settled = int(np.searchsorted(self._ids, settling))


def _joined(
    numbers: NDArray[np.int64], words: NDArray[np.uint64], pages: Sequence[NDArray[np.void]]
) -> tuple[NDArray[np.int64], NDArray[np.uint64]]:
    """Ids, and hashes as four rows of words, with those of `pages` after them."""
    return (
        np.concatenate([numbers, *(page["id"] for page in pages)], dtype=np.int64),
        np.concatenate([words, *(page["hash"].T for page in pages)], axis=1, dtype=np.uint64),
    )


def _near(words: NDArray[np.uint64], wanted: NDArray[np.uint64], distance: int) -> list[int]:
    """Return the indexes in `words` of hashes that differ from one of `wanted` by at most `distance` bits.

    Two near hashes have near first halves. Few others do, and only these are compared whole.
    """
    found: list[int] = []
    for start in range(0, words.shape[1], _BLOCK):
        block = words[:, start : start + _BLOCK]
        for hash in wanted:
            halves = np.bitwise_count(block[0] ^ hash[0]) + np.bitwise_count(block[1] ^ hash[1])
            close = np.flatnonzero(halves <= distance)
            if close.size:
                differing = np.bitwise_count(block[:, close] ^ hash[:, None]).sum(axis=0)
                found += (start + close[differing <= distance]).tolist()
    return found
