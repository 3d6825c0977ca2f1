"""When a storm is over: everything that was begun has been done, and nothing is left in any queue."""

import asyncio
import time
from typing import Any

from clients import redis
from domain.outbox import STREAMS
from tests.chaos.ledger import Ledger
from tests.support.client import until
from workers.parts import Parts

PATIENCE_S = 240.0
"""Longer than every lease, and than the pauses that grow during an outage of 40 s."""

_LEFT = {
    "events that were not sent": """
        SELECT id, kind, created_at FROM outbox WHERE sent_at IS NULL OR sent_at = '-infinity'
    """,
    "tallies that were not counted": "SELECT id, counts, sent_at FROM tallies",
    "uploads in processing": """
        SELECT id, status, attempt, failures, other_failures, progress, claimed_until FROM uploads
        WHERE status = 'PROCESSING' OR (status = 'READY' AND progress < 1)""",
    "jobs": "SELECT id, kind, subject_id, due_at, failures FROM jobs",
    "erasures": "SELECT id, token, keys, due_at, failures FROM erasures",
    "pushes": "SELECT id, kind, attempt, due_at FROM pushes",
}
_OVERDUE = "SELECT id, status, caption FROM posts WHERE status <> 'PUBLISHED' AND caption = ANY($1)"

_HURRY_EVERY_S = 3.0
# What waits only because of a grace period: nobody writes any more, so nothing can be missed.
_HURRY = (
    "UPDATE jobs SET due_at = now() WHERE due_at > now()",
    "UPDATE erasures SET due_at = now() WHERE due_at > now()",
)
# What a worker that was killed still holds, and what is to be tried again later.
_FORGET_THE_DEAD = "UPDATE uploads SET claimed_until = now() WHERE claimed_until > now() AND status = 'PROCESSING'"


async def left(parts: Parts, ledger: Ledger) -> dict[str, Any]:
    """What is not done yet, with the first rows of each kind."""
    found: dict[str, Any] = {}
    for name, sql in _LEFT.items():
        if rows := await parts.db.fetch(f"{sql} LIMIT 5"):
            found[name] = [dict(row) for row in rows]
    wanted = [item.text for item in ledger.posts if item.is_there]
    if rows := await parts.db.fetch(f"{_OVERDUE} LIMIT 5", wanted):
        found["posts that are not published"] = [dict(row) for row in rows]
    for stream in STREAMS:
        try:
            groups = await parts.redis.xinfo_groups(stream)
        except redis.ResponseError:
            continue
        for group in groups:
            if group["pending"] or group["lag"]:
                found[f"entries of {stream}"] = {key: group[key] for key in ("name", "pending", "lag")}
    return found


async def quiet(parts: Parts, ledger: Ledger, *, hurries: bool) -> tuple[float, list[str]]:
    """Wait until nothing is left to do: for how long, and what stays undone. With `hurries` retries come at once."""
    began = hurried = time.monotonic()
    if hurries:
        await parts.db.execute(_FORGET_THE_DEAD)

    async def look() -> dict[str, Any]:
        nonlocal hurried
        if time.monotonic() - hurried > _HURRY_EVERY_S:
            hurried = time.monotonic()
            for sql in _HURRY:
                await parts.db.execute(sql)
        await asyncio.sleep(0.3)
        return await left(parts, ledger)

    try:
        await until(look, lambda found: not found, PATIENCE_S)
    except AssertionError:
        found = await left(parts, ledger)
        return time.monotonic() - began, [f"{name} are stuck: {rows}" for name, rows in found.items()]
    return time.monotonic() - began, []
