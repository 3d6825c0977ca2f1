"""The log of events in a user's conversations: live streams read it, and their cursors are positions in it.

Each user has a log of their own. Sequence numbers are assigned under the lock of their inbox's row, in the transaction
of the event. So no event with a lower number becomes visible later. Published messages are hints with IDs only. The log
is the truth, kept for 7 days.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from enum import IntEnum

import msgspec

from clients.postgres import Connection, Database, Queries, Row
from clients.shards import Shards
from domain import channels
from domain.messages.rows import Conversation, Member
from kit import ids, unreadable

RETENTION = timedelta(days=7)
BATCH_SIZE = 1000


class Kind(IntEnum):
    """Kinds of events. Subjects are messages for SENT and UNSENT, members for the others; typing is not stored.

    UNKNOWN was logged by a newer version: it has a number, but is not delivered.
    """

    UNKNOWN = 0
    SENT = 1
    UNSENT = 2
    READ = 3
    CAME = 4
    LEFT = 5
    TYPES = 6
    STOPPED = 7

    @classmethod
    def _missing_(cls, value: object) -> "Kind":
        return cls.UNKNOWN


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """Entry `seq` (0: not stored) of a user's log. The entries of one event have the same `event_id`."""

    seq: int
    event_id: int
    kind: Kind
    conversation_id: int
    subject_id: int


Logged = list[tuple[int, Entry]]
"""Entries, each with the user whose log it is in."""


def append_sql(users: str, kind: str, conversation: str, subject: str, shard: str) -> str:
    """SQL for CTEs that log an event for the IDs that the query `users` gives: `logged (user_id, seq, event_id)`.

    Inboxes are locked in the order of IDs: two events of the same users must not wait for each other.
    """
    return f"""
    event AS (SELECT next_id({shard}) AS id),
    inbox AS MATERIALIZED (SELECT id FROM inboxes WHERE id IN ({users}) ORDER BY id FOR UPDATE),
    counted AS (UPDATE inboxes i SET last_seq = last_seq + 1 FROM inbox WHERE i.id = inbox.id RETURNING i.id, last_seq),
    logged AS (
        INSERT INTO conversation_log (id, user_id, seq, event_id, kind, conversation_id, subject_id)
        SELECT next_id((c.id >> 10 & {ids.SHARDS - 1})::int), c.id, c.last_seq, event.id, {kind}, {conversation},
               {subject}
        FROM counted c, event RETURNING user_id, seq, event_id
    )"""


_APPEND = f"WITH {append_sql('SELECT unnest($1::bigint[])', '$2', '$3', '$4', '$5')} SELECT * FROM logged"

_decoder = msgspec.json.Decoder(Entry)


async def append(tx: Connection, user_ids: Sequence[int], kind: Kind, conversation_id: int, subject_id: int) -> Logged:
    """Log an event for all of `user_ids`, in the transaction in which it happens. Call `announce` after the commit."""
    rows = await tx.fetch(_APPEND, user_ids, kind, conversation_id, subject_id, ids.shard_of(conversation_id))
    return entries(rows, kind, conversation_id, subject_id)


def entries(rows: Iterable[Row], kind: Kind, conversation_id: int, subject_id: int) -> Logged:
    """Return the entries of rows of `logged` (`append_sql`)."""
    return [(row["user_id"], Entry(row["seq"], row["event_id"], kind, conversation_id, subject_id)) for row in rows]


async def begin(tx: Connection, user_ids: Sequence[int]) -> None:
    """Create the logs of these users if they are missing."""
    await tx.execute(
        "INSERT INTO inboxes (id) SELECT id FROM unnest($1::bigint[]) AS u(id) ORDER BY id ON CONFLICT DO NOTHING",
        user_ids,
    )


async def announce(live: Shards, logged: Logged) -> None:
    """Announce entries to the open streams of these users, in one round trip. Call it after the commit."""
    if logged:
        await live.publish(
            *((channels.conversations_of(user_id), msgspec.json.encode(entry)) for user_id, entry in logged)
        )


def typing(conversation: Conversation, member: Member, *, is_typing: bool) -> Logged:
    """The entries that tell the other members that a member starts or stops typing.

    Members with an open request neither send nor receive them.
    """
    kind = Kind.TYPES if is_typing else Kind.STOPPED
    listening = [each for each in conversation.members if not (each.is_request or each.hidden)]
    told = [each.user_id for each in listening if each.id != member.id and member in listening]
    return [(user_id, Entry(0, 0, kind, conversation.id, member.id)) for user_id in told]


def heard(text: str) -> Entry | None:
    """Decode an entry that `announce` published. None if it cannot be decoded: the log has it."""
    try:
        return _decoder.decode(text)
    except unreadable.ERRORS as error:
        unreadable.note("hint", text[:100], error)
        return None


async def stand(db: Queries, user_id: int) -> tuple[int, int]:
    """Return (the last deleted sequence number, the newest) of a user's log."""
    row = await db.fetchrow("SELECT floor_seq, last_seq FROM inboxes WHERE id = $1", user_id)
    return (row["floor_seq"], row["last_seq"]) if row else (0, 0)


async def stands(db: Queries, user_ids: Collection[int]) -> dict[int, int]:
    """Return the newest sequence number of each log, by user."""
    rows = await db.fetch("SELECT id, last_seq FROM inboxes WHERE id = ANY($1)", list(user_ids))
    return {row["id"]: row["last_seq"] for row in rows}


async def after(db: Queries, user_id: int, seq: int, limit: int) -> list[Entry]:
    """Return at most `limit` entries of a user's log after `seq`, in order."""
    rows = await db.fetch(
        """
        SELECT seq, event_id, kind, conversation_id, subject_id FROM conversation_log
        WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3
        """,
        user_id,
        seq,
        limit,
    )
    return [Entry(row[0], row[1], Kind(row[2]), row[3], row[4]) for row in rows]


async def forget_old(db: Database, now: datetime) -> int:
    """Delete up to 1,000 entries that are older than 7 days. Returns how many."""
    async with db.acquire() as tx, tx.transaction():
        rows = await tx.fetch(
            "SELECT id, user_id FROM conversation_log WHERE id < $1 ORDER BY id LIMIT $2",
            ids.since(now - RETENTION),
            BATCH_SIZE,
        )
        people = sorted({row["user_id"] for row in rows})
        await tx.execute("SELECT FROM inboxes WHERE id = ANY($1) ORDER BY id FOR UPDATE", people)
        await tx.execute(
            """
            WITH gone AS (DELETE FROM conversation_log WHERE id = ANY($1) RETURNING user_id, seq),
            floors AS (SELECT user_id, max(seq) AS seq FROM gone GROUP BY 1)
            UPDATE inboxes SET floor_seq = greatest(floor_seq, f.seq) FROM floors f
            WHERE id = f.user_id AND id = ANY($2)
            """,
            [row["id"] for row in rows],
            people,
        )
        return len(rows)
