"""Erasure of the messages of a user, or of a conversation without members, batch by batch."""

from clients.postgres import Connection, Database
from domain import jobs
from domain.jobs import JobKind
from domain.messages import actions

BATCH_SIZE = 500


async def erase_of(tx: Connection, user_id: int) -> bool:
    """Erase the messages and memberships of a deleted account. Returns False when nothing remains."""
    rows = await tx.fetch("SELECT id FROM messages WHERE sender_id = $1 ORDER BY id LIMIT $2", user_id, BATCH_SIZE)
    said = [row["id"] for row in rows]
    await actions.empty(tx, said)
    await tx.execute("UPDATE messages SET sender_id = 0, key = NULL WHERE id = ANY($1)", said)
    rows = await tx.fetch(
        """
        DELETE FROM members WHERE id IN (
            SELECT id FROM members WHERE user_id = $1 ORDER BY is_request, updated_at LIMIT $2
        ) RETURNING conversation_id
        """,
        user_id,
        BATCH_SIZE,
    )
    left = [row["conversation_id"] for row in rows]
    if left:
        empty = await tx.fetch(
            """
            SELECT c FROM unnest($1::bigint[]) AS c WHERE NOT EXISTS (SELECT FROM members WHERE conversation_id = c)
            """,
            left,
        )
        if empty:
            await jobs.enqueue(tx, JobKind.ERASE_CONVERSATION, *(row["c"] for row in empty))
    status: str = await tx.execute(
        """
        DELETE FROM conversation_log WHERE id IN (
            SELECT id FROM conversation_log WHERE user_id = $1 ORDER BY seq LIMIT $2
        )
        """,
        user_id,
        BATCH_SIZE,
    )
    if said or left or int(status.split()[-1]):
        return True
    await tx.execute("DELETE FROM inboxes WHERE id = $1", user_id)
    return False


async def erase_conversation(db: Database, conversation_id: int) -> bool:
    """Delete a conversation without members and its messages. Returns False when nothing remains."""
    async with db.acquire() as tx, tx.transaction():
        found = await tx.fetchval("SELECT true FROM conversations WHERE id = $1 FOR UPDATE", conversation_id)
        if not found or await tx.fetchval("SELECT true FROM members WHERE conversation_id = $1", conversation_id):
            return False
        rows = await tx.fetch(
            "SELECT id FROM messages WHERE conversation_id = $1 ORDER BY seq LIMIT $2", conversation_id, BATCH_SIZE
        )
        said = [row["id"] for row in rows]
        await actions.empty(tx, said)
        await tx.execute("DELETE FROM messages WHERE id = ANY($1)", said)
        if not said:
            await tx.execute("DELETE FROM conversations WHERE id = $1", conversation_id)
        return bool(said)
