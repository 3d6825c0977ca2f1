"""Views of stories: one statement for many, which locks no story, and a tally that counts them.

Only the author can see them.
"""

from collections.abc import Sequence

from clients.postgres import Database, Queries
from domain import counters
from domain.accounts.rows import User
from domain.graph import reads as graph
from domain.graph.locks import LOCK_SQL, RelationshipChanged, lock_args
from domain.keyset_pages import pages_by_id
from domain.stories.rows import Story
from kit import ids
from kit.paging import Found, Request

# In the order of stories: two overlapping batches of one viewer could otherwise deadlock.
_SEE = f"""
WITH held AS MATERIALIZED ({LOCK_SQL}),
made AS (
    INSERT INTO story_views (id, story_id, viewer_id)
    SELECT next_id((s.id >> 10 & {ids.SHARDS - 1})::int), s.id, $1 FROM (
        SELECT id FROM stories WHERE id = ANY($6) ORDER BY id
    ) s, held WHERE held.held
    ON CONFLICT (story_id, viewer_id) DO NOTHING RETURNING story_id
),
told AS (
    {counters.INSERT} SELECT next_id($5), jsonb_agg(jsonb_build_array('story.views', story_id, 1)) FROM made
    HAVING count(*) > 0
)
SELECT held FROM held"""


async def see(db: Database, viewer_id: int, stories: Sequence[Story], authors: Sequence[User]) -> None:
    """Record that the viewer has seen these stories of others, which they may see. Idempotent.

    Raises `RelationshipChanged`.
    """
    shard = ids.shard_of(viewer_id)
    if not await db.fetchval(_SEE, *lock_args(viewer_id, authors), shard, [story.id for story in stories]):
        raise RelationshipChanged


async def pages(db: Queries, story_ids: Sequence[int], request: Request) -> list[Found]:
    """For each story: the latest viewers after the cursor, and whether there are more."""
    return await pages_by_id(db, story_ids, request, table="story_views", owner="story_id", shown="viewer_id")


async def hidden(db: Queries, viewer_id: int, story_ids: Sequence[int]) -> list[int]:
    """For each story: how many who saw it have a block with the viewer, of the last 500 in each direction."""
    records = await db.fetch(
        f"""
        WITH blocks AS MATERIALIZED (
            SELECT ARRAY({graph.blockers("$1")}) || ARRAY({graph.blocked("$1")}) AS either
        )
        SELECT s.id, (
            SELECT count(*) FROM (SELECT DISTINCT unnest(either) AS id FROM blocks) p CROSS JOIN LATERAL (
                SELECT FROM story_views WHERE story_id = s.id AND viewer_id = p.id AND is_counted OFFSET 0
            ) v
        ) FROM unnest($2::bigint[]) AS s(id)
        """,
        viewer_id,
        story_ids,
    )
    found: dict[int, int] = {record[0]: record[1] for record in records}
    return [found[id] for id in story_ids]
