"""Sending messages, unsending them, and marking them as read.

A write locks the pair (of a direct conversation), then the conversation's row, then the inboxes in the order of IDs
(`log.append`), until the transaction ends. What each returns is to be announced after it.
"""

from collections.abc import Sequence

import msgspec

from clients.postgres import Connection, Database
from domain.accounts.rows import User
from domain.graph.locks import LOCK_SQL, RelationshipChanged, lock_args, lock_relationships
from domain.idempotency import once_per_key
from domain.media.actions import mark_used
from domain.media.discard import discard
from domain.media.rows import Photo
from domain.messages import log
from domain.messages.log import Kind, Logged
from domain.messages.rows import Attached, Conversation, Message
from domain.messages.sealing import Keys
from domain.push import queue
from domain.push.rows import PushKind
from kit import ids
from kit.errors import UserErrors, mistake
from kit.text import Mistakes

MAX_TEXT = 4000

_PLACE = f"""
WITH held AS MATERIALIZED ({LOCK_SQL})
SELECT held.held, c.last_seq + 1 AS seq, next_id($6) AS message_id,
       date_trunc('milliseconds', clock_timestamp()) AS at
FROM held CROSS JOIN LATERAL (SELECT last_seq FROM conversations WHERE id = $5 FOR UPDATE) c"""

_SEND = f"""
WITH made AS (
    INSERT INTO messages
        (id, conversation_id, seq, sender_id, body, attached_tag, attached_id, reply_to_id, key, created_at)
    VALUES ($2, $1, $3, $4, $5, $6, $7, $8, $9, $10)
),
said AS (
    UPDATE conversations SET last_seq = $3, last_message_id = $2, updated_at = greatest(updated_at, $10) WHERE id = $1
),
told AS (
    UPDATE members SET
        unread = CASE WHEN user_id = $4 THEN 0 ELSE unread + 1 END,
        read_seq = CASE WHEN user_id = $4 THEN $3 ELSE read_seq END,
        read_id = CASE WHEN user_id = $4 THEN $2 ELSE read_id END,
        is_request = is_request AND user_id <> $4,
        hidden = false,
        updated_at = greatest(updated_at, $10)
    WHERE conversation_id = $1 RETURNING user_id, is_request
),
{log.append_sql("SELECT user_id FROM told", f"{Kind.SENT:d}::smallint", "$1", "$2", "$11")},
pushed AS (
    {
    queue.enqueue_sql(
        "SELECT user_id AS u FROM told WHERE user_id <> $4 AND NOT is_request",
        f"'{PushKind.MESSAGE}'",
        "$2",
        "'conversation ' || $1",
        "true",
        "'0'",
    )
}
)
SELECT * FROM logged"""


class Said(msgspec.Struct, frozen=True):
    """A message to send: a text, a reference to a post or story (`attached`), a photo of the sender, or a text with
    one.
    """

    text: str | None
    attached: Attached | None
    upload_id: int | None
    reply_to: Message | None


async def send(
    db: Database,
    keys: Keys,
    viewer_id: int,
    conversation: Conversation,
    others: Sequence[User],
    said: Said,
    key: str | None,
) -> tuple[Message | int, Logged]:
    """Send a message. Returns the message, or its ID if the same key came before.

    `others` is the other user of a direct conversation, and empty for a group. Raises UserErrors and
    `RelationshipChanged`.
    """
    mistakes = Mistakes()
    has_attachment = said.attached is not None or said.upload_id is not None
    text = mistakes.text(said.text, "The message", MAX_TEXT, "text", required=not has_attachment)
    if said.attached is not None and said.upload_id is not None:
        mistakes.add("INVALID", "A message can have only one attachment: `attachmentId` or `uploadId`.", "uploadId")
    mistakes.check()
    sealed = keys.of(conversation.id, conversation.key_id, conversation.sealed_key)
    logged: Logged = []
    made: list[Message] = []

    async def effect(tx: Connection) -> list[int]:
        attached = said.attached
        if said.upload_id is not None:
            # Uploads are locked before users and conversations, everywhere.
            await lock_relationships(tx, viewer_id, *others)
            attached = await _picture(tx, viewer_id, said.upload_id)
        shard = ids.shard_of(conversation.id)
        place = await tx.fetchrow(_PLACE, *lock_args(viewer_id, others), conversation.id, shard)
        if place is None:
            raise gone()
        if not place["held"]:
            raise RelationshipChanged
        message_id = place["message_id"]
        rows = await tx.fetch(
            _SEND,
            conversation.id,
            message_id,
            place["seq"],
            viewer_id,
            sealed.seal(message_id, text) if text else None,
            attached.tag if attached else None,
            attached.id if attached else None,
            said.reply_to.id if said.reply_to else None,
            key,
            place["at"],
            shard,
        )
        if viewer_id not in {row["user_id"] for row in rows}:
            raise gone()
        logged.extend(log.entries(rows, Kind.SENT, conversation.id, message_id))
        made.append(
            Message(
                id=message_id,
                conversation_id=conversation.id,
                seq=place["seq"],
                sender_id=viewer_id,
                text=text or None,
                attached=attached,
                reply_to_id=said.reply_to.id if said.reply_to else None,
                key=key,
                created_at=place["at"],
                unsent_at=None,
            )
        )
        return [message_id]

    given = {
        "conversation": conversation.id,
        "text": sealed.digest(text),
        "attached": said.attached,
        "upload": said.upload_id,
        "reply": said.reply_to.id if said.reply_to else None,
    }
    [message_id] = await once_per_key(db, viewer_id, "sendMessage", key, given, effect)
    return made[0] if made else message_id, logged


async def _picture(tx: Connection, viewer_id: int, upload_id: int) -> Attached:
    await mark_used(tx, viewer_id, [upload_id], lambda _: ("uploadId",))
    if not await tx.fetchval("SELECT true FROM uploads WHERE id = $1 AND status = 'READY'", upload_id):
        raise mistake("INVALID", "This upload is not READY yet. Send the message once it is.", "uploadId")
    return Attached(Photo.TAG, upload_id)


async def unsend(db: Database, viewer_id: int, message: Message) -> Logged:
    """Unsend a message of the viewer for all members. Idempotent. Raises UserErrors: NOT_ALLOWED."""
    if message.sender_id != viewer_id:
        raise mistake("NOT_ALLOWED", "Only the sender can unsend a message.", "messageId")
    async with db.acquire() as tx, tx.transaction():
        await lock(tx, message.conversation_id)
        if not await empty(tx, [message.id]):
            return []
        rows = await tx.fetch(
            """
            UPDATE members SET unread = greatest(unread - (user_id <> $3 AND read_seq < $2 AND begins < $2)::int, 0)
            WHERE conversation_id = $1 RETURNING user_id
            """,
            message.conversation_id,
            message.seq,
            viewer_id,
        )
        members = [row["user_id"] for row in rows]
        return await log.append(tx, members, Kind.UNSENT, message.conversation_id, message.id)


async def empty(tx: Connection, message_ids: Sequence[int]) -> int:
    """Erase the content of these messages. Returns how many had content."""
    rows = await tx.fetch(
        """
        UPDATE messages n SET body = NULL, attached_tag = NULL, attached_id = NULL, unsent_at = now()
        FROM messages m WHERE m.id = n.id AND n.id = ANY($1) AND n.unsent_at IS NULL
        RETURNING n.conversation_id, m.attached_tag, m.attached_id
        """,
        message_ids,
    )
    pictures = [row for row in rows if row["attached_tag"] == Photo.TAG]
    if pictures:
        await discard(tx, [row["attached_id"] for row in pictures], pictures[0]["conversation_id"])
    return len(rows)


async def mark_read(db: Database, viewer_id: int, message: Message) -> Logged:
    """Mark all messages up to `message` as read by the viewer. Idempotent. Raises UserErrors.

    The other members are notified, unless the conversation is still a request.
    """
    async with db.acquire() as tx, tx.transaction():
        await lock(tx, message.conversation_id)
        me = await tx.fetchrow(
            """
            UPDATE members SET read_seq = $3, read_id = $4, unread = (
                SELECT count(*) FROM messages
                WHERE conversation_id = $1 AND seq > $3 AND sender_id <> $2 AND unsent_at IS NULL
            ) WHERE conversation_id = $1 AND user_id = $2 AND read_seq < $3 RETURNING id, is_request
            """,
            message.conversation_id,
            viewer_id,
            message.seq,
            message.id,
        )
        if me is None:
            return []
        told = [viewer_id] if me["is_request"] else await _members(tx, message.conversation_id)
        return await log.append(tx, told, Kind.READ, message.conversation_id, me["id"])


async def lock(tx: Connection, conversation_id: int) -> None:
    """Lock the row of a conversation until `tx` ends. Raises UserErrors if there is none."""
    if not await tx.fetchval("SELECT true FROM conversations WHERE id = $1 FOR UPDATE", conversation_id):
        raise gone()


async def _members(tx: Connection, conversation_id: int) -> list[int]:
    rows = await tx.fetch("SELECT user_id FROM members WHERE conversation_id = $1", conversation_id)
    return [row["user_id"] for row in rows]


def gone() -> UserErrors:
    """Return the error for a conversation that does not exist, or is not the viewer's."""
    return mistake("NOT_FOUND", "The conversation does not exist, or you are not a member.", "conversationId")
