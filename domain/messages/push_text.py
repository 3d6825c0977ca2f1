"""Push notifications of messages: they name the sender but not the text, which no push service may see."""

from collections.abc import Sequence

from clients.postgres import Database
from clients.push import Content
from domain import privacy
from domain.accounts import reads as accounts
from domain.messages.rows import Conversation
from kit import ids


async def pushes(db: Database, kind: str, wanted: Sequence[tuple[int, int]]) -> list[Content | None]:
    """Render pushes of messages: a `domain.push.rows.Render`. Read and unsent messages are not pushed."""
    rows = await db.fetch(
        """
        SELECT w.n, m.sender_id, m.conversation_id, c.title, c.low_id IS NULL AS is_group, me.unread
        FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS w(user_id, message_id, n)
        JOIN messages m ON m.id = w.message_id AND m.unsent_at IS NULL
        JOIN conversations c ON c.id = m.conversation_id
        JOIN members me ON me.conversation_id = c.id AND me.user_id = w.user_id
        WHERE me.read_seq < m.seq AND m.seq > me.begins
        """,
        [user_id for user_id, _ in wanted],
        [message_id for _, message_id in wanted],
    )
    contents: list[Content | None] = [None] * len(wanted)
    for row in rows:
        place = row["n"] - 1
        [sender] = await accounts.users(db, wanted[place][0], [row["sender_id"]])
        if sender is not None and privacy.can_interact(sender):
            where = f" in {row['title']}" if row["title"] else " in a group" if row["is_group"] else ""
            more = f" ({row['unread']} unread)" if row["unread"] > 1 else ""
            data = {"kind": "message", "conversationId": ids.encode(Conversation.TAG, row["conversation_id"])}
            contents[place] = Content(sender.username, f"sent you a message{where}{more}", data)
    return contents
