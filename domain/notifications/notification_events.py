"""Writing notifications of actions, and removing them when the action is undone.

Events about one subject within a day share one notification. Each action is delivered once, identified by its
row (a like, a comment, a follow): duplicate and late deliveries change nothing.
"""

from collections.abc import Sequence
from datetime import timedelta

import msgspec

from clients.postgres import Connection, Database
from clients.shards import Shards
from domain import channels
from domain.graph.rows import Kind as Relation
from domain.notifications.rows import OWN, URGENT, Kind
from domain.push import queue
from domain.push.rows import PushKind
from kit import ids

WINDOW = timedelta(days=1)
BATCH_SIZE = 500


class NotificationEvent(msgspec.Struct, frozen=True):
    """`actor_id` did `kind` to the thing of `user_id` that the tag and number of its opaque ID name."""

    user_id: int
    kind: Kind
    target: tuple[int, int]
    actor_id: int
    source_id: int


_WELCOME = f"""
SELECT (SELECT count(*) FROM users WHERE id IN ($1, $2) AND status = 'ACTIVE') = 2 AND NOT EXISTS (
    SELECT FROM relations WHERE (from_id, to_id) = ($2, $1) AND kind = {Relation.BLOCK:d}
) AND NOT EXISTS (
    SELECT FROM relations WHERE (from_id, to_id) = ($1, $2) AND kind IN ({Relation.BLOCK:d}, {Relation.MUTE:d})
)"""

_OPEN = """
INSERT INTO notifications (id, user_id, kind, target_tag, target_id, opened_at, updated_at)
VALUES (next_id($1), $2, $3, $4, $5, date_trunc('milliseconds', now()), date_trunc('milliseconds', now()))
ON CONFLICT (user_id, kind, target_id) WHERE open DO UPDATE SET open = true RETURNING id, now() - opened_at AS age"""


async def deliver(db: Database, live: Shards, event: NotificationEvent) -> None:
    """Deliver an action, unless it was delivered before, is the user's own, or its actor is hidden from the user."""
    if event.user_id == event.actor_id and event.kind not in OWN:
        return
    async with db.acquire() as tx, tx.transaction():
        if event.kind not in OWN and not await tx.fetchval(_WELCOME, event.user_id, event.actor_id):
            return
        place = (ids.shard_of(event.user_id), event.user_id, event.kind, *event.target)
        found = await tx.fetchrow(_OPEN, *place)
        assert found is not None
        if found["age"] > WINDOW:
            await tx.execute("UPDATE notifications SET open = false WHERE id = $1", found["id"])
            found = await tx.fetchrow(_OPEN, *place)
            assert found is not None
        if not await _add(tx, found["id"], event):
            # A notification that was created for this action alone is empty.
            await tx.execute("DELETE FROM notifications WHERE id = $1 AND actor_count = 0", found["id"])
            return
        key, urgent = f"notification {found['id']}", event.kind in URGENT
        await queue.enqueue(tx, [event.user_id], PushKind.NOTIFICATION, found["id"], key, urgent=urgent)
    await live.publish((channels.notifications_of(event.user_id), str(found["id"])))


async def _add(tx: Connection, notification_id: int, event: NotificationEvent) -> bool:
    added = await tx.fetchval(
        """
        INSERT INTO acts (id, notification_id, user_id, kind, actor_id, source_id)
        VALUES (next_id($1), $2, $3, $4, $5, $6) ON CONFLICT (source_id, kind, user_id) DO NOTHING RETURNING id
        """,
        ids.shard_of(event.user_id),
        notification_id,
        event.user_id,
        event.kind,
        event.actor_id,
        event.source_id,
    )
    if added is None:
        return False
    before = await tx.fetchval(
        """
        UPDATE acts SET newest = false WHERE notification_id = $1 AND actor_id = $2 AND id <> $3 AND newest
        RETURNING true
        """,
        notification_id,
        event.actor_id,
        added,
    )
    await tx.execute(
        """
        UPDATE notifications
        SET actor_count = actor_count + $2, updated_at = date_trunc('milliseconds', clock_timestamp()) WHERE id = $1
        """,
        notification_id,
        0 if before else 1,
    )
    return True


async def withdraw(
    tx: Connection,
    source_ids: Sequence[int],
    limit: int = BATCH_SIZE,
    *,
    kind: Kind | None = None,
    user_ids: Sequence[int] = (),
) -> bool:
    """Remove the actions of these deleted rows, in a transaction. Returns whether there may be more than `limit`.

    With a `kind`, only notifications of that kind for `user_ids`. Of two transactions that withdraw the same, the one
    that takes the first continues with the rest.
    """
    only = (kind.value if kind else None, user_ids)
    rows = await tx.fetch(
        """
        SELECT id FROM notifications WHERE id IN (
            SELECT a.notification_id FROM unnest($1::bigint[]) AS s(id) CROSS JOIN LATERAL (
                SELECT notification_id FROM acts
                WHERE source_id = s.id AND ($3::text IS NULL OR kind = $3 AND user_id = ANY($4::bigint[]))
                ORDER BY kind, user_id LIMIT $2
            ) a LIMIT $2
        ) ORDER BY id FOR UPDATE
        """,
        source_ids,
        limit,
        *only,
    )
    if not rows:
        return False
    held = [row["id"] for row in rows]
    status: str = await tx.execute(
        """
        DELETE FROM acts WHERE source_id = ANY($1) AND notification_id = ANY($2)
        AND ($3::text IS NULL OR kind = $3 AND user_id = ANY($4::bigint[]))
        """,
        source_ids,
        held,
        *only,
    )
    # Earlier actions of the same actor count again.
    await tx.execute(
        """
        UPDATE acts SET newest = true WHERE id IN (
            SELECT max(id) FROM acts WHERE notification_id = ANY($1)
            GROUP BY notification_id, actor_id HAVING NOT bool_or(newest)
        )
        """,
        held,
    )
    await tx.execute(
        """
        UPDATE notifications n SET actor_count = (SELECT count(*) FROM acts WHERE notification_id = n.id AND newest)
        WHERE n.id = ANY($1)
        """,
        held,
    )
    await tx.execute("DELETE FROM notifications WHERE id = ANY($1) AND actor_count = 0", held)
    return int(status.split()[-1]) >= limit


async def told_of(db: Database, user_id: int, kinds: Sequence[Kind], target_id: int, actor_id: int) -> list[int]:
    """Return the rows of delivered actions: `actor_id` did one of `kinds` to a thing."""
    rows = await db.fetch(
        """
        SELECT a.source_id FROM notifications n JOIN acts a ON a.notification_id = n.id AND a.actor_id = $3
        WHERE n.target_id = $1 AND n.kind = ANY($2) AND n.user_id = $4
        """,
        target_id,
        [kind.value for kind in kinds],
        actor_id,
        user_id,
    )
    return [row["source_id"] for row in rows]


async def told_without_mention(db: Database, source_id: int) -> list[int]:
    """Return the users notified of a mention in this post or comment who are not mentioned there any more."""
    rows = await db.fetch(
        f"""
        SELECT user_id FROM acts a WHERE source_id = $1 AND kind = '{Kind.MENTION.value}' AND NOT EXISTS (
            SELECT FROM mentions WHERE source_id = $1 AND user_id = a.user_id AND NOT is_removed
        )
        """,
        source_id,
    )
    return [row["user_id"] for row in rows]


async def told_without_tag(db: Database, post_id: int) -> list[int]:
    """Return the users notified of a tag in this post who are not tagged there any more."""
    rows = await db.fetch(
        f"""
        SELECT user_id FROM acts a WHERE source_id = $1 AND kind = '{Kind.USER_TAG.value}' AND NOT EXISTS (
            SELECT FROM attachments p JOIN user_tags t ON t.upload_id = p.upload_id
            WHERE p.post_id = $1 AND t.user_id = a.user_id
        )
        """,
        post_id,
    )
    return [row["user_id"] for row in rows]
