"""Members of conversations: creating a conversation, joining, leaving, and accepting a request."""

import secrets
from collections.abc import Sequence
from hashlib import sha256

from clients.postgres import Connection, Database
from domain import jobs
from domain.accounts.rows import User
from domain.graph.locks import lock_relationships
from domain.graph.rows import Kind as Relation
from domain.idempotency import once_per_key
from domain.jobs import JobKind
from domain.messages import log
from domain.messages.actions import gone, lock
from domain.messages.log import Kind, Logged
from domain.messages.rows import Conversation
from domain.messages.sealing import Keys
from kit import ids
from kit.errors import mistake
from kit.text import Mistakes

MAX_MEMBERS = 32
MAX_TITLE = 100

_NEW = """
INSERT INTO conversations (id, low_id, high_id, title, key_id, sealed_key, created_at, updated_at)
VALUES (next_id($1), $2, $3, $4, $5, $6, date_trunc('milliseconds', now()), date_trunc('milliseconds', now()))
ON CONFLICT (low_id, high_id) DO NOTHING RETURNING id"""

_JOIN = """
INSERT INTO members (id, conversation_id, user_id, joined_at, updated_at, begins, is_request, hidden)
SELECT next_id($2), c.id, u.id, date_trunc('milliseconds', now()), c.updated_at, c.last_seq, u.is_request, $5
FROM conversations c, unnest($3::bigint[], $4::boolean[]) WITH ORDINALITY AS u(id, is_request, n)
WHERE c.id = $1 ORDER BY u.n ON CONFLICT (conversation_id, user_id) DO NOTHING RETURNING user_id"""


async def start(
    db: Database, keys: Keys, viewer_id: int, others: Sequence[User], title: str | None, key: str | None
) -> tuple[int, Logged]:
    """Return the conversation of the viewer and one other user, created if needed, or a new group with 2 to 31 others.

    Raises UserErrors and `RelationshipChanged`.
    """
    mistakes = Mistakes()
    name = mistakes.name(title, "The title", MAX_TITLE, "title") or None
    if name is not None and len(others) == 1:
        mistakes.add("INVALID", "A conversation between two users cannot have a title.", "title")
    mistakes.check()
    logged: Logged = []

    async def effect(tx: Connection) -> list[int]:
        await lock_relationships(tx, viewer_id, *others)
        await log.begin(tx, [viewer_id, *(user.id for user in others)])
        if len(others) == 1:
            return [await _pair(tx, keys, viewer_id, others[0])]
        shard = secrets.randbelow(ids.SHARDS)
        conversation_id: int = await tx.fetchval(_NEW, shard, None, None, name, *keys.make())
        people = await _join(tx, conversation_id, viewer_id, others)
        logged.extend(await log.append(tx, people, Kind.CAME, conversation_id, viewer_id))
        return [conversation_id]

    given = {"users": sorted(user.id for user in others), "title": name}
    [conversation_id] = await once_per_key(db, viewer_id, "startConversation", key, given, effect)
    return conversation_id, logged


async def _pair(tx: Connection, keys: Keys, viewer_id: int, other: User) -> int:
    low, high = sorted((viewer_id, other.id))
    # The shard follows from the pair, not from who starts, so that the pair is unique in it.
    shard = int.from_bytes(sha256(b"%d:%d" % (low, high)).digest()[:2]) % ids.SHARDS
    made: int | None = await tx.fetchval(_NEW, shard, low, high, None, *keys.make())
    if made is None:
        there: int = await tx.fetchval(
            """
            UPDATE members m SET hidden = false, is_request = false FROM conversations c
            WHERE (c.low_id, c.high_id) = ($1, $2) AND m.conversation_id = c.id AND m.user_id = $3 RETURNING c.id
            """,
            low,
            high,
            viewer_id,
        )
        return there
    await tx.execute(_JOIN, made, shard, [viewer_id], [False], False)
    # The other user does not see the conversation before the first message.
    await tx.execute(_JOIN, made, shard, [other.id], [_is_stranger(other)], True)
    return made


async def _join(tx: Connection, conversation_id: int, viewer_id: int, others: Sequence[User]) -> list[int]:
    """Add users to a new group, with the viewer if they are not in it. Returns the added ones who are members now."""
    rows = await tx.fetch(
        _JOIN,
        conversation_id,
        ids.shard_of(conversation_id),
        [viewer_id, *(user.id for user in others)],
        [False, *map(_is_stranger, others)],
        False,
    )
    return [row["user_id"] for row in rows]


def _is_stranger(user: User) -> bool:
    """Return whether a conversation of the viewer becomes a request for this user: they do not follow the viewer."""
    return not user.relationship.of_viewer & Relation.FOLLOW


async def add(db: Database, viewer_id: int, conversation: Conversation, others: Sequence[User]) -> Logged:
    """Add users to a group; existing members stay. Raises UserErrors and `RelationshipChanged`."""
    _require_group(conversation)
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, *others)
        await log.begin(tx, [user.id for user in others])
        members = await _held(tx, conversation.id)
        if viewer_id not in members:
            raise gone()
        new = [user for user in others if user.id not in members]
        if len(members) + len(new) > MAX_MEMBERS:
            raise mistake("TOO_MANY", f"Too many members (limit: {MAX_MEMBERS} in a group).", "userIds")
        if new:
            await _join(tx, conversation.id, viewer_id, new)
        everybody, logged = [*members, *(user.id for user in new)], Logged()
        for user in new:
            logged += await log.append(tx, everybody, Kind.CAME, conversation.id, user.id)
        return logged


async def remove(db: Database, viewer_id: int, conversation: Conversation, user_id: int) -> Logged:
    """Remove a user from a group. Only its admin can: the earliest of its members. Raises UserErrors."""
    _require_group(conversation)
    async with db.acquire() as tx, tx.transaction():
        members = await _held(tx, conversation.id)
        if viewer_id not in members:
            raise gone()
        if members[0] != viewer_id:
            raise mistake("NOT_ALLOWED", "Only the admin can remove members from a group.", "conversationId")
        if user_id == viewer_id:
            raise mistake("INVALID", "You cannot remove yourself. Use `leaveConversation` instead.", "userId")
        return await _go(tx, conversation.id, user_id, members)


async def leave(db: Database, viewer_id: int, conversation: Conversation) -> Logged:
    """Leave a group. A direct conversation leaves the viewer's inbox, with its messages until now."""
    async with db.acquire() as tx, tx.transaction():
        members = await _held(tx, conversation.id)
        if conversation.pair is None:
            return await _go(tx, conversation.id, viewer_id, members)
        await tx.execute(
            """
            UPDATE members m SET hidden = true, begins = c.last_seq, read_seq = c.last_seq, unread = 0
            FROM conversations c WHERE c.id = $1 AND m.conversation_id = c.id AND m.user_id = $2
            """,
            conversation.id,
            viewer_id,
        )
        return []


async def accept(db: Database, viewer_id: int, conversation: Conversation) -> None:
    """Move a request to the inbox."""
    await db.execute(
        "UPDATE members SET is_request = false WHERE conversation_id = $1 AND user_id = $2", conversation.id, viewer_id
    )


async def _held(tx: Connection, conversation_id: int) -> list[int]:
    """Lock a conversation, and return its members in the order in which they joined."""
    await lock(tx, conversation_id)
    rows = await tx.fetch(
        "SELECT user_id FROM members WHERE conversation_id = $1 ORDER BY joined_at, id", conversation_id
    )
    return [row["user_id"] for row in rows]


async def _go(tx: Connection, conversation_id: int, user_id: int, members: Sequence[int]) -> Logged:
    if user_id not in members:
        return []
    await tx.execute("DELETE FROM members WHERE conversation_id = $1 AND user_id = $2", conversation_id, user_id)
    left = [member for member in members if member != user_id]
    if not left:
        await jobs.enqueue(tx, JobKind.ERASE_CONVERSATION, conversation_id)
    return await log.append(tx, left, Kind.LEFT, conversation_id, user_id)


def _require_group(conversation: Conversation) -> None:
    if conversation.pair is not None:
        raise mistake(
            "NOT_ALLOWED", "This conversation is not a group. Only groups can change their members.", "conversationId"
        )
