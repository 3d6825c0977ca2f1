"""What people write for others to read: its length, its hashtags, and whom it names."""

from collections.abc import Sequence

import msgspec

from clients.postgres import Connection, Queries
from domain import privacy
from domain.accounts import reads as accounts
from kit import ids
from kit.entities import entities
from kit.text import Mistakes

MAX_HASHTAGS = 30
MAX_HASHTAG = 100
MAX_MENTIONS = 20


class Words(msgspec.Struct, frozen=True):
    """A text with the hashtags and the usernames in it, each once, in their order."""

    text: str
    hashtags: tuple[str, ...]
    names: tuple[str, ...]


def words(mistakes: Mistakes, value: str | None, label: str, most: int, *field: str, required: bool = False) -> Words:
    """Read what somebody has written, at most `most` characters as people count them; notes what is wrong with it."""
    text = mistakes.text(value, label, most, *field, required=required)
    found = entities(text)
    if len(found.hashtags) > MAX_HASHTAGS:
        mistakes.add("TOO_MANY", f"{label} may have at most {MAX_HASHTAGS} hashtags.", *field)
    if any(len(name) > MAX_HASHTAG for name in found.hashtags):
        mistakes.add("TOO_LONG", f"A hashtag may have at most {MAX_HASHTAG} characters.", *field)
    if len(found.mentions) > MAX_MENTIONS:
        mistakes.add("TOO_MANY", f"{label} may name at most {MAX_MENTIONS} people.", *field)
    return Words(text, found.hashtags, found.mentions)


async def named(db: Queries, viewer_id: int, names: Sequence[str]) -> list[int]:
    """The people of these names whom the viewer may name; any other name is only a word."""
    if not names:
        return []
    found = await accounts.user_ids(db, names)
    users = await accounts.users(db, viewer_id, [id for id in found if id])
    return [user.id for user in users if user is not None and privacy.sees_words(user)]


async def mention(tx: Connection, source_id: int, user_ids: Sequence[int]) -> None:
    """The post or comment `source_id` names these people, and nobody else."""
    await tx.execute("DELETE FROM mentions WHERE source_id = $1", source_id)
    await tx.execute(
        """
        INSERT INTO mentions (id, source_id, user_id, position)
        SELECT next_id($1), $2, u.id, u.n - 1 FROM unnest($3::bigint[]) WITH ORDINALITY AS u(id, n)
        """,
        ids.shard_of(source_id),
        source_id,
        user_ids,
    )
