"""Locations of posts, as their authors name them."""

import hashlib
import math
import zlib
from dataclasses import dataclass

from clients.postgres import Connection
from kit import ids
from kit.text import Mistakes

MAX_NAME = 100


@dataclass(frozen=True)
class Place:
    """A name, with or without coordinates in degrees."""

    name: str
    latitude: float | None
    longitude: float | None


def check(mistakes: Mistakes, place: Place | None) -> Place | None:
    """Return the location with coordinates rounded to five decimals, about a metre, and note problems with it."""
    if place is None:
        return None
    name = mistakes.name(place.name, "The name of the location", MAX_NAME, "location", "name", required=True)
    if (place.latitude is None) != (place.longitude is None):
        mistakes.add("REQUIRED", "Enter both latitude and longitude, or neither.", "location")
    for value, most, field in ((place.latitude, 90, "latitude"), (place.longitude, 180, "longitude")):
        if value is not None and not (math.isfinite(value) and abs(value) <= most):
            mistakes.add("INVALID", f"The {field} must be between -{most} and {most} degrees.", "location", field)
    return Place(name, _rounded(place.latitude), _rounded(place.longitude))


def _rounded(degrees: float | None) -> float | None:
    return degrees if degrees is None or not math.isfinite(degrees) else round(degrees, 5) + 0.0


async def find(tx: Connection, place: Place | None) -> int | None:
    """Return the ID of the location, created if needed; it stays until `tx` ends."""
    if place is None:
        return None
    digest = hashlib.sha256(repr((place.name, place.latitude, place.longitude)).encode()).hexdigest()
    await tx.execute(
        """
        INSERT INTO locations (id, digest, name, latitude, longitude) VALUES (next_id($1), $2, $3, $4, $5)
        ON CONFLICT (digest) DO NOTHING
        """,
        zlib.crc32(digest.encode()) % ids.SHARDS,
        digest,
        place.name,
        place.latitude,
        place.longitude,
    )
    id: int | None = await tx.fetchval("SELECT id FROM locations WHERE digest = $1 FOR KEY SHARE", digest)
    return id if id is not None else await find(tx, place)


async def forget_unused(tx: Connection, location_id: int | None) -> None:
    """Delete a location without posts: its name was written by a user."""
    unused = "id = $1 AND NOT EXISTS (SELECT FROM posts WHERE location_id = l.id)"
    # Skip locked rows: a transaction that holds the lock is using it.
    if await tx.fetchval(f"SELECT true FROM locations l WHERE {unused} FOR UPDATE SKIP LOCKED", location_id):
        await tx.execute(f"DELETE FROM locations l WHERE {unused}", location_id)
