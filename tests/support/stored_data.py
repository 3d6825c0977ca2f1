"""Searches everything that is stored for values that must not be there, for example after an erasure."""

from typing import Any

from workers.parts import Parts

# The log of events keeps its numbers for 7 days; they lead to nothing any more.
EVENT_LOG = {"outbox"}


async def found_in_tables(parts: Parts, *needles: str) -> list[str]:
    """Where in the database any of `needles` stands: every column of every table, as text."""
    tables = await parts.db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
    found = []
    for (table,) in tables:
        for needle in needles:
            if table not in EVENT_LOG and await parts.db.fetchval(
                f"SELECT true FROM {table} t WHERE position($1 IN t::text) > 0 LIMIT 1", needle
            ):
                found.append(f"{needle} in {table}")
    return found


async def found_in_keys(parts: Parts, *needles: str) -> list[str]:
    """Which keys of Valkey have any of `needles` in their names or values; streams are the log of events."""
    found = []
    async for key in parts.redis.scan_iter():
        value: Any = b""
        match await parts.redis.type(key):
            case b"string":
                value = await parts.redis.get(key)
            case b"zset":
                value = b" ".join(await parts.redis.zrange(key, 0, -1))
        found += [f"{needle} in {key}" for needle in needles if needle.encode() in key + (value or b"")]
    return found
