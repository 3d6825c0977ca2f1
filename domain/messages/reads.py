"""Conversations and messages in batches. The rows here have not been checked against what the viewer may see."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec

from clients.postgres import Queries, Row
from domain.graph.rows import Kind as Relation
from domain.keyset_pages import upper_bound
from domain.messages.log import Entry, Kind
from domain.messages.rows import Attached, Conversation, Member, Message
from domain.messages.sealing import Keys, Unreadable
from kit.clock import epoch_ms
from kit.paging import Found, Request
from kit.singleflight import SingleFlight

_CONVERSATIONS = """
SELECT c.id, c.low_id, c.high_id, c.title, c.key_id, c.sealed_key, c.last_seq, c.last_message_id, c.updated_at,
       ARRAY(
           SELECT ROW(id, conversation_id, user_id, joined_at, begins, read_seq, read_id, unread, is_request, hidden)
           FROM members WHERE conversation_id = c.id ORDER BY joined_at, id
       ) AS members
FROM conversations c WHERE c.id = ANY($1)
AND ($2::bigint IS NULL OR EXISTS (SELECT FROM users WHERE id = $2 AND status = 'ACTIVE'))"""

_MESSAGES = """
SELECT m.id, m.conversation_id, m.seq, m.sender_id, m.body, m.attached_tag, m.attached_id, m.reply_to_id, m.key,
       m.created_at, m.unsent_at, c.key_id, c.sealed_key
FROM messages m JOIN conversations c ON c.id = m.conversation_id WHERE m.id = ANY($1)"""

Told = tuple[Conversation | None, Message | None]
"""The conversation of an event, and the message if it is about one, as they were soon after it."""


class Messages:
    """Reads messages and decrypts them. One for each process."""

    def __init__(self, db: Queries, keys: Keys) -> None:
        self._db = db
        self._keys = keys
        self._in_flight: SingleFlight[Entry, Told] = SingleFlight(self._told)

    async def conversations(self, ids: Sequence[int], reader_id: int | None = None) -> list[Conversation | None]:
        """Return conversations by ID, with their members. None of them if the account of the reader is not active."""
        found = {row["id"]: _conversation(row) for row in await self._db.fetch(_CONVERSATIONS, ids, reader_id)}
        return [found.get(id) for id in ids]

    async def messages(self, ids: Sequence[int]) -> list[Message | None]:
        """Return messages by ID."""
        found = {row["id"]: self._message(row) for row in await self._db.fetch(_MESSAGES, ids)}
        return [found.get(id) for id in ids]

    async def told(self, entries: Sequence[Entry]) -> list[Told]:
        """Return the subjects of events. Concurrent requests for the same event share the read."""
        # An event has two numbers in two logs, but one ID.
        wanted = [Entry(0, *msgspec.structs.astuple(entry)[1:]) for entry in entries]
        found, _ = await self._in_flight.get(wanted)
        return [found[entry] for entry in wanted]

    async def _told(self, entries: Sequence[Entry]) -> Mapping[Entry, Told]:
        about = {entry: entry.subject_id for entry in entries if entry.kind in (Kind.SENT, Kind.UNSENT)}
        conversation_ids = list({entry.conversation_id for entry in entries})
        conversations = dict(zip(conversation_ids, await self.conversations(conversation_ids), strict=True))
        found = await self.messages(list(about.values())) if about else []
        messages = dict(zip(about, found, strict=True))
        return {entry: (conversations[entry.conversation_id], messages.get(entry)) for entry in entries}

    def _message(self, row: Row) -> Message:
        text = unreadable = None
        if row["body"] is not None:
            try:
                sealed = self._keys.of(row["conversation_id"], row["key_id"], row["sealed_key"])
                text = sealed.open(row["id"], row["body"])
            except Unreadable as reason:  # the others of the page can be read
                unreadable = str(reason)
        return Message(
            id=row["id"],
            conversation_id=row["conversation_id"],
            seq=row["seq"],
            sender_id=row["sender_id"],
            text=text,
            attached=Attached(row["attached_tag"], row["attached_id"]) if row["attached_id"] else None,
            reply_to_id=row["reply_to_id"],
            key=row["key"],
            created_at=row["created_at"],
            unsent_at=row["unsent_at"],
            unreadable=unreadable,
        )


async def conversations_of_members(db: Queries, ids: Sequence[int]) -> list[int]:
    """Return the conversation of each membership; 0 if there is none."""
    rows = await db.fetch("SELECT id, conversation_id FROM members WHERE id = ANY($1)", ids)
    found = {row["id"]: row["conversation_id"] for row in rows}
    return [found.get(id, 0) for id in ids]


async def page_of_inbox(db: Queries, viewer_id: int, request: Request, *, requests: bool) -> Found:
    """Return a user's conversations after the cursor, newest message first, and whether there are more."""
    rows = await db.fetch(
        """
        SELECT conversation_id, updated_at FROM members
        WHERE user_id = $1 AND is_request = $2 AND NOT hidden AND (updated_at, conversation_id) < ($3, $4)
        ORDER BY updated_at DESC, conversation_id DESC LIMIT $5
        """,
        viewer_id,
        requests,
        *upper_bound(request.after),
        request.first + 1,
    )
    places = [(viewer_id, (epoch_ms(row["updated_at"]), row["conversation_id"]), row[0]) for row in rows]
    return request.split([viewer_id], places)[0]


async def pages_of_messages(db: Queries, viewer_id: int, conversations: Sequence[int], request: Request) -> list[Found]:
    """For each conversation: the viewer's newest messages after the cursor, and whether there are more."""
    rows = await db.fetch(
        """
        SELECT o.id AS owner, m.seq, m.id FROM unnest($1::bigint[]) AS o(id)
        JOIN members me ON me.conversation_id = o.id AND me.user_id = $2
        CROSS JOIN LATERAL (
            SELECT seq, id FROM messages WHERE conversation_id = o.id AND seq > me.begins AND seq < $3
            ORDER BY seq DESC LIMIT $4
        ) m
        """,
        conversations,
        viewer_id,
        request.before_id,
        request.first + 1,
    )
    return request.split(conversations, [(row["owner"], (row["seq"],), row["id"]) for row in rows])


async def unread_conversations(db: Queries, viewer_id: int) -> int:
    """Return the number of a user's conversations with unread messages, without requests."""
    count: int = await db.fetchval(
        "SELECT count(*) FROM members WHERE user_id = $1 AND unread > 0 AND NOT is_request", viewer_id
    )
    return count


async def messages_of_pictures(db: Queries, upload_ids: Sequence[int]) -> list[int | None]:
    """Return the message that each photo was sent with."""
    rows = await db.fetch(
        "SELECT attached_id, id FROM messages WHERE attached_id = ANY($1) AND attached_tag = 3", upload_ids
    )
    found = {row["attached_id"]: row["id"] for row in rows}
    return [found.get(id) for id in upload_ids]


async def still_in(db: Queries, pairs: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return those of (user, conversation) whose user is a member, without direct ones with a block."""
    rows = await db.fetch(
        f"""
        SELECT m.user_id, m.conversation_id
        FROM unnest($1::bigint[], $2::bigint[]) AS p(user_id, conversation_id)
        JOIN members m USING (user_id, conversation_id) JOIN conversations c ON c.id = m.conversation_id
        WHERE c.low_id IS NULL OR NOT m.hidden AND NOT EXISTS (
            SELECT FROM relations r WHERE r.kind = {Relation.BLOCK:d}
            AND (r.from_id, r.to_id) IN ((c.low_id, c.high_id), (c.high_id, c.low_id))
        )
        """,
        [user_id for user_id, _ in pairs],
        [conversation_id for _, conversation_id in pairs],
    )
    return {(row["user_id"], row["conversation_id"]) for row in rows}


def _conversation(row: Row) -> Conversation:
    pair = (row["low_id"], row["high_id"]) if row["low_id"] else None
    return Conversation(
        id=row["id"],
        pair=pair,
        title=row["title"],
        key_id=row["key_id"],
        sealed_key=row["sealed_key"],
        last_seq=row["last_seq"],
        last_message_id=row["last_message_id"],
        updated_at=row["updated_at"],
        members=tuple(_member(member, is_admin=pair is None and not n) for n, member in enumerate(row["members"])),
    )


def _member(columns: Sequence[Any], *, is_admin: bool) -> Member:
    return Member(*(*columns, is_admin))
