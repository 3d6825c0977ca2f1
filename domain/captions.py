"""Texts that users write for others: their length, hashtags and mentions."""

from collections.abc import Mapping, Sequence

import msgspec

from clients.postgres import Connection, Database, Queries
from domain import events, privacy
from domain.accounts import reads as accounts
from domain.entities import entities
from domain.hashtags.rows import MAX_LENGTH as MAX_HASHTAG_LENGTH
from kit import ids
from kit.text import Mistakes

MAX_HASHTAGS = 30
MAX_MENTIONS = 20


class ParsedText(msgspec.Struct, frozen=True):
    """A text with its hashtags and usernames, each once, in order.

    `hashtags` maps an identity to the written form; `names` maps the name without dots at its end to the written form
    (`domain.entities`).
    """

    text: str
    hashtags: Mapping[str, str]
    names: Mapping[str, str]


def parse_text(
    mistakes: Mistakes, value: str | None, label: str, most: int, *field: str, required: bool = False
) -> ParsedText:
    """Parse a text of at most `most` characters (grapheme clusters), and note problems with it."""
    text = mistakes.text(value, label, most, *field, required=required)
    found = entities(text)
    if len(found.hashtags) > MAX_HASHTAGS:
        mistakes.add("TOO_MANY", f"{label} may have at most {MAX_HASHTAGS} hashtags.", *field)
    if any(max(len(name), len(written)) > MAX_HASHTAG_LENGTH for name, written in found.hashtags.items()):
        mistakes.add("TOO_LONG", f"A hashtag may have at most {MAX_HASHTAG_LENGTH} characters.", *field)
    if len(found.mentions) > MAX_MENTIONS:
        mistakes.add("TOO_MANY", f"{label} may mention at most {MAX_MENTIONS} users.", *field)
    return ParsedText(text, found.hashtags, found.mentions)


async def mentioned_users(db: Queries, viewer_id: int, names: Mapping[str, str]) -> list[int]:
    """Return the users with these names (`ParsedText.names`) whom the viewer may mention. Other names are plain text.

    Dots at the end of a name belong to it only if no user has the name without them: some old usernames end so.
    """
    if not names:
        return []
    spelled = {name: [written[:end] for end in range(len(name), len(written) + 1)] for name, written in names.items()}
    possible = [each for spellings in spelled.values() for each in spellings]
    known = dict(zip(possible, await accounts.user_ids(db, possible), strict=True))
    found = [next((known[each] for each in spellings if known[each]), 0) for spellings in spelled.values()]
    users = await accounts.users(db, viewer_id, [id for id in found if id])
    return [user.id for user in users if user is not None and privacy.can_interact(user)]


class MentionChanges(msgspec.Struct, frozen=True):
    """Users who are newly mentioned, and users who are no longer mentioned."""

    added: tuple[int, ...]
    gone: tuple[int, ...]


async def mention(tx: Connection, source_id: int, user_ids: Sequence[int]) -> MentionChanges:
    """Set the mentions of the post or comment `source_id`, which `tx` has locked or created, to these users.

    Users who have removed their mention from it are left out.
    """
    records = await tx.fetch("SELECT user_id, is_removed FROM mentions WHERE source_id = $1", source_id)
    before = {record["user_id"] for record in records if not record["is_removed"]}
    removed = {record["user_id"] for record in records if record["is_removed"]}
    user_ids = [id for id in user_ids if id not in removed]
    await tx.execute("DELETE FROM mentions WHERE source_id = $1 AND NOT is_removed", source_id)
    await tx.execute(
        """
        INSERT INTO mentions (id, source_id, user_id, position)
        SELECT next_id($1), $2, u.id, u.n - 1 FROM unnest($3::bigint[]) WITH ORDINALITY AS u(id, n)
        """,
        ids.shard_of(source_id),
        source_id,
        user_ids,
    )
    return MentionChanges(tuple(id for id in user_ids if id not in before), tuple(before.difference(user_ids)))


async def remove_mention(db: Database, viewer_id: int, table: str, source_id: int) -> bool:
    """Remove the viewer's mention from a post or comment, a row of `table`, for good. Returns whether there was one.

    The viewer need not see it. Its text stays unchanged.
    """
    async with db.acquire() as tx, tx.transaction():
        # An edit, which locks the row, rewrites all mentions.
        if not await tx.fetchval(f"SELECT true FROM {table} WHERE id = $1 FOR KEY SHARE", source_id):
            return False
        status: str = await tx.execute(
            "UPDATE mentions SET is_removed = true WHERE source_id = $1 AND user_id = $2 AND NOT is_removed",
            source_id,
            viewer_id,
        )
        was_mentioned = status != "UPDATE 0"
        if was_mentioned:
            await events.record(tx, events.MentionsChanged(source_id), source_id)
    return was_mentioned
