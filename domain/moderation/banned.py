"""The list of pictures that nobody may show, by perceptual hash."""

from collections.abc import Sequence

from clients.postgres import Database
from kit import ids


class Banned:
    """The table `banned_pictures`. Every row is compared: a million take PostgreSQL some tenths of a second."""

    # By the authors of PDQ: of 256 bits this many may differ, and below this quality a hash says too little.
    DISTANCE = 31
    LEAST_QUALITY = 50

    def __init__(self, db: Database) -> None:
        self._db = db

    async def match(self, hashes: Sequence[str]) -> str | None:
        """Why what has one of these hashes (256 bits in hex) is banned; None where it is not."""
        if not hashes:
            return None
        reason: str | None = await self._db.fetchval(
            """
            SELECT b.reason FROM banned_pictures b JOIN unnest($1::text[]) AS h(hash)
                ON bit_count(b.hash # ('x' || h.hash)::bit(256)) <= $2
            ORDER BY b.id LIMIT 1
            """,
            hashes,
            self.DISTANCE,
        )
        return reason

    async def add(self, hash: str, reason: str) -> None:
        """Ban what looks like this; whoever sends it is told `reason`. Again, it changes the reason."""
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
