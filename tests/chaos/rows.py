"""What the database and the object store must hold after a storm, compared with what people were told."""

import asyncio
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from clients.s3 import ObjectMissingError
from domain.counters import COUNTERS
from domain.graph.rows import Kind
from domain.media import storage
from kit.ids import decode
from tests.chaos.ledger import Item
from tests.chaos.storm import Storm
from workers.parts import Parts

_FORBIDDEN_IN_LOGS = re.compile(
    "never retrieved|was never awaited|repair: \\d+ counters were off|writes? (that waited .*)?(is|are|was) dropped"
)


async def compare(storm: Storm, parts: Parts) -> list[str]:
    """What is wrong, a line for each."""
    found = [
        *await _switches(storm, parts),
        *await _items(storm, parts, "posts", "caption", storm.ledger.posts),
        *await _items(storm, parts, "comments", "text", storm.ledger.comments),
        *await _unpublished(storm, parts),
        *await _counters(parts),
        *await _sequences(parts),
    ]
    connection: Any
    async with parts.db.acquire() as connection:
        found += await storm.poison.differences(connection)
    return found


async def _switches(storm: Storm, parts: Parts) -> list[str]:
    """Follows, likes and seen stories."""
    ledger, people = storm.ledger, storm.people
    relations = await parts.db.fetch("SELECT from_id, to_id FROM relations WHERE kind = $1", int(Kind.FOLLOW))
    likes = await parts.db.fetch("SELECT user_id, subject_id FROM likes")
    views = await parts.db.fetch("SELECT viewer_id, story_id FROM story_views")
    numbers = {person.number: decode(person.id)[1] for person in people}
    there = {item.id for item in (*ledger.posts, *ledger.stories) if item.is_there}
    wanted = [
        ("follow", {(a, numbers[b]): switch for (a, b), switch in ledger.follows.items()}, relations),
        ("like", {(a, decode(id)[1]): s for (a, id), s in ledger.likes.items() if id in there}, likes),
        ("view of a story", {(a, decode(id)[1]): s for (a, id), s in ledger.seen.items() if id in there}, views),
    ]
    found = []
    for name, switches, rows in wanted:
        held = {(row[0], row[1]) for row in rows}
        for (person, subject), switch in switches.items():
            is_held = (numbers[person], subject) in held
            if switch.value is not None and switch.value != is_held:
                found.append(f"{name} by p{person} of {subject}: acknowledged {switch.value}, found {is_held}")
    return found


async def _items(storm: Storm, parts: Parts, table: str, column: str, items: list[Item]) -> list[str]:
    """Posts and comments by their text: what was acknowledged once, what was deleted not, all others at most once."""
    rows = await parts.db.fetch(f"SELECT {column} FROM {table}")
    counts = Counter(row[0] for row in rows)
    posts = {item.id: item for item in storm.ledger.posts}
    found = [f"{table}: {text!r} is there {count} times" for text, count in counts.items() if count > 1]
    for item in items:
        post = posts.get(item.place)
        is_deleted = item.is_deleted.value or (post is not None and post.is_deleted.value)
        is_known = item.id and item.is_deleted.value is False and (post is None or post.is_there)
        if is_deleted and counts[item.text]:
            found.append(f"{table}: {item.text!r} ({item.id}) is there though its deletion was acknowledged")
        if is_known and not counts[item.text]:
            found.append(f"{table}: {item.text!r} ({item.id}) was acknowledged and is not there")
    return found


async def _unpublished(storm: Storm, parts: Parts) -> list[str]:
    """Stories and posts that must be published."""
    rows = await parts.db.fetch("SELECT id, status FROM posts UNION ALL SELECT id, status FROM stories")
    status = {row["id"]: row["status"] for row in rows}
    items = [item for item in (*storm.ledger.posts, *storm.ledger.stories) if item.is_there]
    return [
        f"{item.text!r} ({item.id}) is {status.get(decode(item.id)[1])}, not PUBLISHED"
        for item in items
        if status.get(decode(item.id)[1]) != "PUBLISHED"
    ]


async def _counters(parts: Parts) -> list[str]:
    found = []
    for name, counter in COUNTERS.items():
        rows = await parts.db.fetch(
            f"""
            SELECT t.id, t.{counter.column} AS counted, (
                SELECT count(*) FROM {counter.rows} AND {counter.key} = t.id
            ) AS rows FROM {counter.table} t
            """
        )
        found += [f"{name} of {row[0]} is {row[1]}, of {row[2]} rows" for row in rows if row[1] != row[2]]
    return found


async def _sequences(parts: Parts) -> list[str]:
    """Messages of a conversation, and events of an inbox, are numbered without gaps."""
    conversations = await parts.db.fetch(
        """
        SELECT c.id, c.last_seq, count(m.seq) AS count, coalesce(max(m.seq), 0) AS newest
        FROM conversations c LEFT JOIN messages m ON m.conversation_id = c.id GROUP BY c.id
        HAVING c.last_seq <> count(m.seq) OR c.last_seq <> coalesce(max(m.seq), 0)
        """
    )
    inboxes = await parts.db.fetch(
        """
        SELECT i.id, i.last_seq, i.floor_seq, count(l.seq) AS count FROM inboxes i
        LEFT JOIN conversation_log l ON l.user_id = i.id GROUP BY i.id
        HAVING i.last_seq - i.floor_seq <> count(l.seq)
        """
    )
    return [f"numbers have gaps: {dict(row)}" for row in (*conversations, *inboxes)]


async def objects(storm: Storm, parts: Parts) -> list[str]:
    """Objects of no upload, what READY uploads show and storage does not have, and pictures of deleted posts.

    Each is asked for by its key: after its disk was full, SeaweedFS does not list all that it has.
    """
    rows = await parts.db.fetch("SELECT token, original_name, status, media FROM uploads")
    known = {name for row in rows for name in (row["token"], row["original_name"])}
    found: list[str] = []
    for prefix in (storage.QUARANTINE, storage.ORIGINALS, storage.MEDIA):
        async for key, _ in parts.bucket.list(prefix):
            if key.removeprefix(prefix)[:32] not in known:
                found.append(f"{key} belongs to no upload")
    shown = [key for row in rows if row["status"] == "READY" for key in _keys(json.loads(row["media"]))]
    deleted = [
        storage.MEDIA + url.rpartition("/media/")[2]
        for post in storm.ledger.posts
        if post.is_deleted.value
        for url in storm.ledger.pictures.get(post.id, ())
    ]
    places = asyncio.Semaphore(16)

    async def is_there(key: str) -> bool:
        async with places:
            try:
                await parts.bucket.head(key)
            except ObjectMissingError:
                return False
        return True

    for key, there in zip(shown, await asyncio.gather(*map(is_there, shown)), strict=True):
        if not there:
            found.append(f"{key} is shown by a READY upload and is not in storage")
    for key, there in zip(deleted, await asyncio.gather(*map(is_there, deleted)), strict=True):
        if there:
            found.append(f"{key} of a deleted post is still in storage")
    return found


def _keys(media: dict[str, Any]) -> list[str]:
    found = [variant["key"] for variant in media["variants"]]
    return [storage.MEDIA + key for key in (*found, *([media["hls"]] if "hls" in media else ()))]


async def in_logs(logs: list[Path]) -> list[str]:
    """Lines that say that something was lost or forgotten, whatever else went well."""

    def read() -> list[str]:
        return [
            f"{path.name}: {line.strip()}"
            for path in logs
            for line in path.read_text(errors="replace").splitlines()
            if _FORBIDDEN_IN_LOGS.search(line)
        ]

    return await asyncio.to_thread(read)
