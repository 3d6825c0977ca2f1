"""Notifications in batches. The rows here have not been checked against what the viewer may see."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from clients.postgres import Queries, Row
from domain.graph import reads as graph
from domain.graph.rows import Kind as Relation
from domain.keyset_pages import upper_bound
from domain.notifications.rows import OWN, Kind, Notification
from domain.rows import by_id
from kit.clock import epoch_ms
from kit.paging import Found, Request
from kit.unreadable import readable

SHOWN = 10
MAX_EXACT_ACTORS = 50
"""Above this number of actors, those with a deactivated account are counted too."""

_OWN = ", ".join(f"'{kind.value}'" for kind in Kind if kind in OWN)


def _heard(viewer: str, actor: str) -> str:
    """SQL for whether `viewer` sees and hears `actor` and has not muted them: what `summary_text.heard` says of users.

    Three probes, however many there are whom the viewer blocks or mutes.
    """
    return f"""(
        coalesce((SELECT status = 'ACTIVE' FROM users WHERE id = {actor}), false)
        AND coalesce((SELECT bit_or(kind) FROM relations WHERE from_id = {viewer} AND to_id = {actor}), 0)
            & {Relation.BLOCK | Relation.MUTE:d} = 0
        AND coalesce((SELECT bit_or(kind) FROM relations WHERE from_id = {actor} AND to_id = {viewer}), 0)
            & {Relation.BLOCK:d} = 0
    )"""


_NOTIFICATIONS = f"""
SELECT n.id, n.user_id, n.kind, n.target_tag, n.target_id, n.actor_count, n.opened_at, n.updated_at,
       coalesce(n.updated_at <= (SELECT read_up_to FROM notification_marks WHERE id = n.user_id), false) AS is_read,
       ARRAY(
           SELECT actor_id FROM acts WHERE notification_id = n.id AND newest AND {_heard("n.user_id", "actor_id")}
           ORDER BY id DESC LIMIT {SHOWN}
       ) AS actors
FROM notifications n WHERE n.id = ANY($1) AND n.user_id = $2"""

# Users hidden from the viewer $1, or muted: of each kind the last 500.
_UNHEARD = f"""
({graph.blockers("$1")}) UNION ({graph.blocked("$1")}) UNION
(SELECT to_id FROM relations WHERE from_id = $1 AND kind = {Relation.MUTE:d} ORDER BY id DESC LIMIT 500)"""


async def notifications(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[Notification | None]:
    """Return notifications by ID; None for those that do not exist, or are not the viewer's."""
    rows = await db.fetch(_NOTIFICATIONS, ids, viewer_id)
    found = by_id(readable("notification", rows, _notification))
    return [found.get(id) for id in ids]


def _notification(row: Row) -> Notification:
    """Raises ValueError for a kind that this version does not know."""
    return Notification(*(*row[:2], Kind(row["kind"]), *row[3:9], tuple(row["actors"])))


async def page(db: Queries, viewer_id: int, request: Request) -> Found:
    """Return a user's notifications after the cursor, latest update first, and whether there are more."""
    rows = await db.fetch(
        """
        SELECT id, updated_at FROM notifications WHERE user_id = $1 AND (updated_at, id) < ($2, $3)
        ORDER BY updated_at DESC, id DESC LIMIT $4
        """,
        viewer_id,
        *upper_bound(request.after),
        request.first + 1,
    )
    places = [(viewer_id, (epoch_ms(row["updated_at"]), row["id"]), row["id"]) for row in rows]
    return request.split([viewer_id], places)[0]


async def last_seq(db: Queries, viewer_id: int) -> int:
    """The number of the viewer's newest notification event; 0 before the first."""
    return await db.fetchval("SELECT last_seq FROM notification_sequences WHERE id = $1", viewer_id) or 0


async def events_after(db: Queries, viewer_id: int, seq: int, limit: int) -> list[tuple[int, int]]:
    """At most `limit` (seq, id) of the viewer's notifications that were created or updated after the event `seq`.

    In the order of `seq`, which is the order of their commits. A notification has the number of its last update only.
    """
    rows = await db.fetch(
        "SELECT seq, id FROM notifications WHERE user_id = $1 AND seq > $2 ORDER BY seq LIMIT $3", viewer_id, seq, limit
    )
    return [(row["seq"], row["id"]) for row in rows]


async def pages_of_actors(db: Queries, ids: Sequence[int], request: Request) -> list[Found]:
    """For each notification: the latest actors after the cursor, and whether there are more."""
    rows = await db.fetch(
        """
        SELECT o.id AS owner, a.id, a.actor_id FROM unnest($1::bigint[]) AS o(id) CROSS JOIN LATERAL (
            SELECT id, actor_id FROM acts WHERE notification_id = o.id AND newest AND id < $2
            ORDER BY id DESC LIMIT $3
        ) a
        """,
        ids,
        request.before_id,
        request.first + 1,
    )
    return request.split(ids, [(row["owner"], (row["id"],), row["actor_id"]) for row in rows])


async def unheard(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[int]:
    """For each notification: how many of its actors are hidden from the viewer or muted."""
    rows = await db.fetch(
        f"""
        WITH unheard AS MATERIALIZED (SELECT ARRAY({_UNHEARD}) AS ids)
        SELECT n.id, CASE WHEN n.actor_count <= {MAX_EXACT_ACTORS} THEN (
            SELECT count(*) FROM acts a
            WHERE a.notification_id = n.id AND a.newest AND NOT {_heard("$1", "a.actor_id")}
        ) ELSE (
            SELECT count(*) FROM acts a WHERE a.notification_id = n.id AND a.newest
            AND a.actor_id = ANY((SELECT ids FROM unheard)::bigint[])
        ) END FROM notifications n WHERE n.id = ANY($2)
        """,
        viewer_id,
        ids,
    )
    found: Mapping[int, int] = {row[0]: row[1] for row in rows}
    return [found.get(id, 0) for id in ids]


async def unread(db: Queries, viewer_id: int) -> int:
    """Return the number of a user's unread notifications, of those that their list shows; at most 1,000."""
    count: int = await db.fetchval(
        f"""
        SELECT count(*) FROM (
            SELECT FROM notifications n WHERE n.user_id = $1 AND n.updated_at > coalesce(
                (SELECT read_up_to FROM notification_marks WHERE id = $1), '-infinity'
            ) AND (n.kind IN ({_OWN}) OR coalesce((
                SELECT true FROM acts a WHERE a.notification_id = n.id AND a.newest AND {_heard("$1", "a.actor_id")}
                LIMIT 1
            ), false)) LIMIT 1000
        ) n
        """,
        viewer_id,
    )
    return count


async def mark_read(db: Queries, viewer_id: int, up_to: datetime) -> bool:
    """Mark everything up to an instant as read. Returns whether that is later than before."""
    return bool(
        await db.fetchval(
            """
            INSERT INTO notification_marks AS m (id, read_up_to) VALUES ($1, least($2, now()))
            ON CONFLICT (id) DO UPDATE SET read_up_to = excluded.read_up_to WHERE m.read_up_to < excluded.read_up_to
            RETURNING true
            """,
            viewer_id,
            up_to,
        )
    )


async def read_up_to(db: Queries, viewer_id: int) -> datetime | None:
    """Return the instant up to which a user has read their notifications, None if they never marked any."""
    found: datetime | None = await db.fetchval("SELECT read_up_to FROM notification_marks WHERE id = $1", viewer_id)
    return found
