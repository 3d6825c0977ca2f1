"""Domain events and the outbox that carries them: an event is recorded in the transaction it tells of, or never.

docs/events.md says who reacts to which.
"""

import msgspec

from clients.postgres import Connection
from kit import ids


class PostPublished(msgspec.Struct, frozen=True, tag=True):
    """A post became visible to others."""

    post_id: int
    author_id: int


class PostDeleted(msgspec.Struct, frozen=True, tag=True):
    """A post that had been published is gone."""

    post_id: int
    author_id: int


class FollowChanged(msgspec.Struct, frozen=True, tag=True):
    """Somebody began or ceased to follow or to mute somebody; the table says which by now."""

    follower_id: int
    followee_id: int


class Count(msgspec.Struct, frozen=True, array_like=True):
    """`by` more of what the counter (a name in `domain.counters`) of the row `id` counts."""

    counter: str
    id: int
    by: int


class Counted(msgspec.Struct, frozen=True, tag=True):
    """What has become more or fewer by the very statement that this was recorded in."""

    counts: tuple[Count, ...]


Event = PostPublished | PostDeleted | FollowChanged | Counted

INSERT = "INSERT INTO outbox (id, kind, payload, created_at)"


async def record(tx: Connection, event: Event, owner_id: int) -> None:
    """Write `event` to the outbox, in the shard of `owner_id`. `tx` is inside the transaction the event tells of."""
    shard = ids.shard_of(owner_id)
    await tx.execute(f"{INSERT} VALUES (next_id($1), $2, $3::jsonb, now())", shard, type(event).__name__, encode(event))


async def count(tx: Connection, owner_id: int, *counts: Count) -> None:
    """Record that `counts` have changed by what `tx` does."""
    await record(tx, Counted(counts), owner_id)


def encode(event: Event) -> str:
    """The event as the outbox holds it."""
    return msgspec.json.encode(event).decode()


def decode(payload: bytes) -> Event:
    """The event in an outbox row or a stream entry."""
    event: Event = msgspec.json.decode(payload, type=Event)
    return event
