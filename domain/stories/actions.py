"""Creating and deleting stories and highlights.

Lock order: uploads, then stories by ID, then highlights by ID.
"""

from collections.abc import Sequence
from datetime import datetime

from clients.postgres import Connection, Database, Row
from domain import events, jobs
from domain.idempotency import once_per_key
from domain.jobs import JobKind
from domain.media.actions import MARK_USED, choose_filters, lock_unused
from domain.media.discard import discard
from domain.statuses import StoryAudience
from domain.stories.publication import DUE_AT, NOW, PUBLISHED_AT, record_status, status_of
from domain.stories.reads import LIVE
from domain.stories.rows import LIFE, Highlight, Story
from kit import ids
from kit.errors import mistake
from kit.text import Mistakes

MAX_LIVE = 100
MAX_HIGHLIGHTS = 100
MAX_STORIES_PER_HIGHLIGHT = 100
"""The maximum number of stories in a highlight."""
MAX_TITLE = 50
BATCH_SIZE = 100

_CREATE = f"""
WITH used AS ({MARK_USED})
INSERT INTO stories (id, author_id, upload_id, status, audience, created_at, published_at, due_at)
SELECT next_id($5), $4, $6, $2::text, $7, date_trunc('milliseconds', now()), {PUBLISHED_AT}, {DUE_AT}
FROM {NOW} AS at WHERE (SELECT count(*) FROM stories WHERE author_id = $4 AND {LIVE.format(life="$3")}) < {MAX_LIVE}
RETURNING id"""

_GOING = "s.id, s.author_id, s.upload_id, s.published_at"


async def create_story(
    db: Database, viewer_id: int, *, upload_id: int, audience: StoryAudience, filter: str | None, key: str | None
) -> int:
    """Create a story from one of the viewer's uploads, with or without its bytes. Raises UserErrors."""

    async def effect(tx: Connection) -> list[int]:
        # The owner's row is locked, so that only one transaction at a time checks the number of live stories.
        [upload] = await lock_unused(tx, viewer_id, [upload_id], lambda _: ("uploadId",), with_owner=True)
        if filter:
            await choose_filters(tx, {("filter",): (upload_id, filter)})
        status = status_of("PROCESSING" if filter else upload.status)
        shard = ids.shard_of(viewer_id)
        story_id = await tx.fetchval(_CREATE, [upload_id], status, LIFE, viewer_id, shard, upload_id, audience)
        if story_id is None:
            raise mistake(
                "TOO_MANY",
                f"You have too many stories (limit: {MAX_LIVE}). Wait until one expires, or delete one.",
                "uploadId",
            )
        await record_status(tx, story_id, viewer_id, status)
        return [story_id]

    given = {"upload": upload_id, "audience": audience, "filter": filter}
    [story_id] = await once_per_key(db, viewer_id, "createStory", key, given, effect)
    return story_id


async def delete_story(db: Database, viewer_id: int, story: Story) -> None:
    """Delete a story of the viewer, and its media. Raises UserErrors: NOT_FOUND, NOT_ALLOWED."""
    if story.author_id != viewer_id:
        raise mistake("NOT_ALLOWED", "Only the author can delete a story.", "storyId")
    async with db.acquire() as tx, tx.transaction():
        if not await remove(tx, story.id):
            raise mistake("NOT_FOUND", "The story does not exist, or you cannot see it.", "storyId")


async def remove(tx: Connection, story_id: int) -> bool:
    """Delete a story with its media, and enqueue the rest. Returns False if there is none.

    A highlight without other stories is deleted too.
    """
    await tx.execute(
        "SELECT FROM uploads WHERE id = (SELECT upload_id FROM stories WHERE id = $1) FOR UPDATE", story_id
    )
    found = await tx.fetch(f"SELECT {_GOING} FROM stories s WHERE id = $1 FOR UPDATE", story_id)
    await tx.execute(
        """
        SELECT FROM highlights WHERE id IN (SELECT highlight_id FROM highlight_stories WHERE story_id = $1)
        ORDER BY id FOR UPDATE
        """,
        story_id,
    )
    left = await tx.fetch("DELETE FROM highlight_stories WHERE story_id = $1 RETURNING highlight_id", story_id)
    await tx.execute(
        """
        DELETE FROM highlights h
        WHERE id = ANY($1) AND NOT EXISTS (SELECT FROM highlight_stories WHERE highlight_id = h.id)
        """,
        [record["highlight_id"] for record in left],
    )
    await _delete(tx, found)
    return bool(found)


async def sweep(tx: Connection, now: datetime) -> int:
    """Delete expired stories that no highlight keeps, and stories rejected a day before `now`. Returns how many.

    At most 100, longest due first. Rows that other transactions have locked are left for the next time.
    """
    found = await tx.fetch(
        f"""
        SELECT {_GOING} FROM stories s JOIN uploads u ON u.id = s.upload_id
        WHERE s.due_at <= $1 ORDER BY s.due_at LIMIT {BATCH_SIZE} FOR UPDATE OF u, s SKIP LOCKED
        """,
        now,
    )
    await _delete(tx, found)
    return len(found)


async def _delete(tx: Connection, stories: Sequence[Row]) -> None:
    """Delete stories, of which these are _GOING, with their media; they and their uploads are locked."""
    if not stories:
        return
    story_ids = [story["id"] for story in stories]
    await tx.execute("DELETE FROM stories WHERE id = ANY($1)", story_ids)
    await discard(tx, [story["upload_id"] for story in stories], stories[0]["author_id"])
    await jobs.enqueue(tx, JobKind.ERASE_STORY, *story_ids)
    shown = [(story["id"], story["author_id"]) for story in stories if story["published_at"]]
    await events.record_many(tx, [(events.StoryDeleted(id, author_id), author_id) for id, author_id in shown])


async def create_highlight(
    db: Database, viewer_id: int, *, title: str, story_ids: Sequence[int], key: str | None
) -> int:
    """Create a highlight from stories of the viewer that are published and not deleted. Raises UserErrors."""
    mistakes = Mistakes()
    name = mistakes.name(title, "The title", MAX_TITLE, "title", required=True)
    if not story_ids:
        mistakes.add("REQUIRED", "A highlight must contain at least one story.", "storyIds")
    if len(story_ids) > MAX_STORIES_PER_HIGHLIGHT:
        mistakes.add("TOO_MANY", f"Too many stories (limit: {MAX_STORIES_PER_HIGHLIGHT} in a highlight).", "storyIds")
    mistakes.check()
    shard = ids.shard_of(viewer_id)

    async def effect(tx: Connection) -> list[int]:
        records = await tx.fetch(
            "SELECT id, status FROM stories WHERE id = ANY($1) AND author_id = $2 ORDER BY id FOR UPDATE",
            story_ids,
            viewer_id,
        )
        status = {record["id"]: record["status"] for record in records}
        for index, id in enumerate(story_ids):
            if id not in status:
                mistakes.add("NOT_FOUND", "You have no story with this ID.", "storyIds", str(index))
            elif status[id] != "PUBLISHED":
                mistakes.add(
                    "INVALID",
                    "This story is not published. Only published stories can be added to a highlight.",
                    "storyIds",
                    str(index),
                )
        mistakes.check()
        # Only one transaction at a time checks their number.
        await tx.execute("SELECT FROM users WHERE id = $1 FOR NO KEY UPDATE", viewer_id)
        if await tx.fetchval("SELECT count(*) FROM highlights WHERE user_id = $1", viewer_id) >= MAX_HIGHLIGHTS:
            raise mistake(
                "TOO_MANY", f"You have too many highlights (limit: {MAX_HIGHLIGHTS}). Delete one first.", "title"
            )
        highlight_id: int = await tx.fetchval(
            "INSERT INTO highlights (id, user_id, title) VALUES (next_id($1), $2, $3) RETURNING id",
            shard,
            viewer_id,
            name,
        )
        await tx.execute(
            """
            INSERT INTO highlight_stories (id, highlight_id, story_id)
            SELECT next_id($1), $2, s.id FROM (
                SELECT id FROM stories WHERE id = ANY($3) ORDER BY published_at, id
            ) s
            """,
            shard,
            highlight_id,
            story_ids,
        )
        await tx.execute("UPDATE stories SET due_at = NULL WHERE id = ANY($1)", story_ids)
        return [highlight_id]

    given = {"title": title, "stories": story_ids}
    [highlight_id] = await once_per_key(db, viewer_id, "createHighlight", key, given, effect)
    return highlight_id


async def delete_highlight(db: Database, viewer_id: int, highlight: Highlight) -> None:
    """Delete a highlight of the viewer: its expired stories that are in no other highlight can be deleted.

    Raises UserErrors: NOT_ALLOWED.
    """
    if highlight.user_id != viewer_id:
        raise mistake("NOT_ALLOWED", "Only the owner can delete a highlight.", "highlightId")
    async with db.acquire() as tx, tx.transaction():
        await tx.execute("SELECT FROM stories WHERE id = ANY($1) ORDER BY id FOR UPDATE", highlight.story_ids)
        await tx.execute("DELETE FROM highlights WHERE id = $1", highlight.id)
        await tx.execute(
            """
            UPDATE stories s SET due_at = published_at + $2
            WHERE id = ANY($1) AND NOT EXISTS (SELECT FROM highlight_stories WHERE story_id = s.id)
            """,
            highlight.story_ids,
            LIFE,
        )
