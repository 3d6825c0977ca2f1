"""Stories and highlights in batches. The rows here have not been checked against what the viewer may see."""

import math
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

import msgspec

from clients.postgres import Queries, Row
from domain.graph.rows import Kind
from domain.keyset_pages import pages_by_id
from domain.media.rows import AnyMedia
from domain.rows import by_id
from domain.stories.rows import LIFE, Highlight, Story
from kit.unreadable import readable

FOLLOWED = 10_000
"""The maximum number of followees in a tray, the most recently followed."""

_COLUMNS = """
s.id, s.author_id, s.status, s.audience, coalesce(s.published_at, s.created_at), s.status = 'PUBLISHED' AND
s.due_at IS NULL, greatest(s.view_count, 0), s.author_id = $1 OR coalesce((
    SELECT true FROM story_views WHERE story_id = s.id AND viewer_id = $1
), false), CASE WHEN s.status = 'PUBLISHED' THEN u.media || jsonb_build_object('id', u.id) END"""

_decode_media: Callable[[str], AnyMedia] = msgspec.json.Decoder(AnyMedia).decode


async def stories(db: Queries, viewer_id: int, ids: Sequence[int]) -> list[Story | None]:
    """Return stories by ID."""
    records = await db.fetch(
        f"SELECT {_COLUMNS} FROM stories s JOIN uploads u ON u.id = s.upload_id WHERE s.id = ANY($2)", viewer_id, ids
    )
    found = by_id(readable("story", records, _story))
    return [found.get(id) for id in ids]


async def live(db: Queries, viewer_id: int, authors: Sequence[int], now: datetime) -> list[list[Story]]:
    """Return the live stories of each author, oldest first; `actions` bounds their number."""
    records = await db.fetch(
        f"""
        SELECT {_COLUMNS} FROM stories s JOIN uploads u ON u.id = s.upload_id
        WHERE s.author_id = ANY($2) AND s.published_at > $3 ORDER BY s.published_at, s.id
        """,
        viewer_id,
        authors,
        now - LIFE,
    )
    found: dict[int, list[Story]] = {}
    for story in readable("story", records, _story):
        found.setdefault(story.author_id, []).append(story)
    return [found.get(id, []) for id in authors]


LIVE = "(published_at > now() - {life}::interval OR published_at IS NULL AND status <> 'REJECTED')"
"""SQL: whether a story is live, or will be. `life` is the parameter with LIFE."""


async def followed(db: Queries, viewer_id: int) -> dict[int, bool]:
    """Return the viewer's unmuted followees, and whether the viewer is their close friend."""
    records = await db.fetch(
        f"""
        SELECT f.to_id, c.id IS NOT NULL FROM (
            SELECT to_id FROM relations WHERE from_id = $1 AND kind = {Kind.FOLLOW:d} ORDER BY id DESC LIMIT {FOLLOWED}
        ) f LEFT JOIN relations c ON c.to_id = $1 AND c.kind = {Kind.CLOSE_FRIEND:d} AND c.from_id = f.to_id
        WHERE NOT EXISTS (SELECT FROM relations WHERE from_id = $1 AND kind = {Kind.MUTE:d} AND to_id = f.to_id)
        """,
        viewer_id,
    )
    return {record[0]: record[1] for record in records}


async def story_of(db: Queries, upload_ids: Sequence[int]) -> list[int | None]:
    """Return the story that each upload was used for, None if there is none."""
    records = await db.fetch("SELECT upload_id, id FROM stories WHERE upload_id = ANY($1)", upload_ids)
    found = {record["upload_id"]: record["id"] for record in records}
    return [found.get(id) for id in upload_ids]


async def seconds_shown(db: Queries, token: str, now: datetime) -> float | None:
    """Return for how many seconds from `now` on the media of the upload are shown, as far as is known.

    `inf` for uploads that are used, but not for a story. At most a day for all others; 0 or less for an expired story;
    None if there is no such upload.
    """
    record = await db.fetchrow(
        """
        SELECT u.used AND s.id IS NULL, s.due_at FROM uploads u LEFT JOIN stories s ON s.upload_id = u.id
        WHERE u.token = $1
        """,
        token,
    )
    if record is None:
        return None
    is_for_ever, due_at = record
    if is_for_ever:
        return math.inf
    return (LIFE if due_at is None else min(due_at - now, LIFE)).total_seconds()


async def highlights(db: Queries, ids: Sequence[int]) -> list[Highlight | None]:
    """Return highlights by ID."""
    records = await db.fetch(
        """
        SELECT h.id, h.user_id, h.title, array_agg((s.id, s.audience) ORDER BY k.id)
        FROM highlights h JOIN highlight_stories k ON k.highlight_id = h.id JOIN stories s ON s.id = k.story_id
        WHERE h.id = ANY($1) GROUP BY h.id
        """,
        ids,
    )
    found = by_id([Highlight(*(*record[:3], tuple(map(tuple, record[3])))) for record in records])
    return [found.get(id) for id in ids]


pages_of_highlights = partial(pages_by_id, table="highlights", owner="user_id", shown="id")
"""For each user: their newest highlights after the cursor, and whether there are more."""

pages_of_kept = partial(
    pages_by_id, table="highlight_stories", owner="highlight_id", shown="story_id", oldest_first=True
)
"""For each highlight: its oldest stories after the cursor, and whether there are more."""


def _story(record: Row) -> Story:
    return Story(*(*record[:8], record[8] and _decode_media(record[8])))
