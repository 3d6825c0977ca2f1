"""What people of a random world show for a day, and keep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from clients.postgres import Connection
from tests.support.media_rows import picture

if TYPE_CHECKING:
    from tests.privacy.world import World


@dataclass(frozen=True)
class Story:
    """Whose day may be `over`; `kept` in the only highlight of its author."""

    author: int
    status: str
    close: bool
    over: bool
    kept: bool


async def show(tx: Connection, world: World, now: datetime) -> None:
    """Write stories, who has seen them, and highlights."""
    people = world.people_ids
    await tx.executemany(
        """
        INSERT INTO uploads (id, owner_id, kind, content_type, byte_size, token, status, media, progress, attempt,
                             used, created_at, expires_at)
        VALUES ($1, $2, 'PHOTO', 'image/jpeg', 1, $3, 'READY', $4::jsonb, 1, 0, true, now(), now())
        """,
        [
            (id, people[story.author], f"{id:032x}", picture(id))
            for id, story in zip(world.still_ids, world.stories, strict=True)
        ],
    )
    for n, story in enumerate(world.stories):
        begun = now - timedelta(hours=25 if story.over else 1) + timedelta(milliseconds=n)
        published = begun if story.status == "PUBLISHED" else None
        # None is swept away while it is looked at.
        due = None if story.kept or not published else now + timedelta(hours=1)
        await tx.execute(
            """
            INSERT INTO stories
                (id, author_id, upload_id, status, audience, created_at, published_at, due_at, view_count)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """,
            *(world.story_ids[n], people[story.author], world.still_ids[n], story.status),
            *("CLOSE_FRIENDS" if story.close else "FOLLOWERS", begun, published, due),
            sum(seen == n and world.active(who) for who, seen in world.views),
        )
    await tx.executemany(
        "INSERT INTO story_views (id, story_id, viewer_id, is_counted) VALUES (next_id(7), $1, $2, $3)",
        [(world.story_ids[story], people[who], world.active(who)) for who, story in sorted(world.views)],
    )
    for author in {story.author for story in world.stories if story.kept}:
        await tx.execute(
            "INSERT INTO highlights (id, user_id, title) VALUES ($1, $2, 'kept')",
            world.highlight_ids[author],
            people[author],
        )
        await tx.executemany(
            "INSERT INTO highlight_stories (id, highlight_id, story_id) VALUES (next_id(7), $1, $2)",
            [
                (world.highlight_ids[author], world.story_ids[n])
                for n, story in enumerate(world.stories)
                if story.kept and story.author == author
            ],
        )
