"""Users tagged in photos and videos."""

import math
from collections.abc import Mapping, Sequence

from clients.postgres import Connection, Database, Queries
from domain import events, privacy
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.media.rows import Tag
from kit import ids
from kit.text import Mistakes

MAX_TAGS = 20


def check(mistakes: Mistakes, tags: Sequence[Tag], *field: str) -> None:
    """Note problems with the tags of one photo or video."""
    if len(tags) > MAX_TAGS:
        mistakes.add("TOO_MANY", f"Too many tagged users (limit: {MAX_TAGS} in a photo or video).", *field)
    seen = set()
    for index, tag in enumerate(tags[:MAX_TAGS]):
        for name, value in (("x", tag.x), ("y", tag.y)):
            if not (math.isfinite(value) and 0 <= value <= 1):
                mistakes.add("INVALID", "The position of a tag must be between 0 and 1.", *field, str(index), name)
        if tag.user_id in seen:
            mistakes.add(
                "CONFLICT",
                "This user is already tagged in this photo or video. Tag each user once.",
                *field,
                str(index),
                "userId",
            )
        seen.add(tag.user_id)


async def allow(db: Queries, viewer_id: int, tags: Mapping[tuple[str, ...], Tag]) -> None:
    """Raise UserErrors for users whom the viewer may not tag, at the input paths of the tags.

    A user can be tagged if the viewer may see their content: no private accounts that the viewer does not follow, and
    no blocks.
    """
    wanted = list({tag.user_id for tag in tags.values()})
    people: dict[int, User | None] = (
        dict(zip(wanted, await accounts.users(db, viewer_id, wanted), strict=True)) if wanted else {}
    )
    mistakes = Mistakes()
    for path, tag in tags.items():
        user = people[tag.user_id]
        if user is None:
            mistakes.add("NOT_FOUND", "The user does not exist, or you cannot see them.", *path)
        elif not privacy.sees_content(user):
            mistakes.add("NOT_ALLOWED", "You cannot tag this user, because you cannot see their content.", *path)
    mistakes.check()


async def write(tx: Connection, upload_id: int, tags: Sequence[Tag]) -> None:
    """Store the tags of a photo or video."""
    await tx.execute(
        """
        INSERT INTO user_tags (id, upload_id, user_id, position, x, y)
        SELECT next_id($1), $2, t.user_id, t.n - 1, t.x, t.y
        FROM unnest($3::bigint[], $4::float8[], $5::float8[]) WITH ORDINALITY AS t(user_id, x, y, n)
        """,
        ids.shard_of(upload_id),
        upload_id,
        [tag.user_id for tag in tags],
        [tag.x for tag in tags],
        [tag.y for tag in tags],
    )


async def remove_tags(db: Database, viewer_id: int, post_id: int) -> bool:
    """Remove every tag of the viewer from a post, which they need not see. Returns whether there was one."""
    async with db.acquire() as tx, tx.transaction():
        status: str = await tx.execute(
            """
            DELETE FROM user_tags t USING attachments a
            WHERE a.post_id = $1 AND t.upload_id = a.upload_id AND t.user_id = $2
            """,
            post_id,
            viewer_id,
        )
        was_tagged = status != "DELETE 0"
        if was_tagged:
            await events.record(tx, events.MentionsChanged(post_id), post_id)
    return was_tagged
