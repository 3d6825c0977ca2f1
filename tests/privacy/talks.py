"""What people of a random world say to each other, and are told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clients.postgres import Database
from domain.messages.sealing import Keys

if TYPE_CHECKING:
    from tests.privacy.world import World


@dataclass(frozen=True)
class Said:
    """By the `sender`th of those in a talk; with a post or a story by its place, in answer to what was said before."""

    sender: int
    post: int | None
    answers: bool
    story: int | None

    def attached(self, world: World) -> tuple[int | None, int | None]:
        """The tag and the number of what hangs on it."""
        if self.post is not None:
            return 2, world.post_ids[self.post]
        return (16, world.story_ids[self.story]) if self.story is not None else (None, None)


@dataclass(frozen=True)
class Talk:
    """`members` in the order in which they came: the last may have come after the first message, or not answered yet.

    Each has read up to the last message, or nothing.
    """

    members: tuple[int, ...]
    said: tuple[Said, ...]
    late: bool
    unanswered: bool
    read: bool

    @property
    def is_group(self) -> bool:
        return len(self.members) > 2

    def begins(self, place: int) -> int:
        """How many messages were said before the `place`th came."""
        return int(self.late and place == len(self.members) - 1)


@dataclass(frozen=True)
class Told:
    """Somebody is told that the `actors` did something to a post, a comment, a story (by its place), or to them."""

    user: int
    kind: str
    thing: int
    actors: tuple[int, ...]


async def tell(db: Database, world: World) -> None:
    """Write what people are told."""
    rows = await db.fetch("SELECT next_id(7) AS n FROM generate_series(1, $1)", len(world.told))
    world.told_ids = [row["n"] for row in rows]
    things = {
        "LIKE": (2, world.post_ids),
        "MENTION": (5, world.comment_ids),
        "STORY": (16, world.story_ids),
        "FOLLOW": (1, world.people_ids),
    }
    for id, told in zip(world.told_ids, world.told, strict=True):
        tag, numbers = things[told.kind]
        await db.execute(
            "INSERT INTO notifications (id, user_id, kind, target_tag, target_id, actor_count, open, opened_at,"
            " updated_at) VALUES ($1, $2, $3, $4, $5, $6, false, now(), now())",
            *(id, world.people_ids[told.user], told.kind, tag, numbers[told.thing], len(told.actors)),
        )
        await db.executemany(
            "INSERT INTO acts (id, notification_id, user_id, kind, actor_id, source_id)"
            " VALUES (next_id(7), $1, $2, $3, $4, next_id(7))",
            [(id, world.people_ids[told.user], told.kind, world.people_ids[actor]) for actor in told.actors],
        )


async def talk(db: Database, keys: Keys, world: World) -> None:
    """Write what they say."""

    async def take(count: int) -> list[int]:
        rows = await db.fetch("SELECT next_id(7) AS n FROM generate_series(1, $1)", count)
        return [row["n"] for row in rows]

    world.talk_ids = await take(len(world.talks))
    world.member_ids = [await take(len(talk.members)) for talk in world.talks]
    world.said_ids = [await take(len(talk.said)) for talk in world.talks]
    for id, talk, member_ids, said_ids in zip(
        world.talk_ids, world.talks, world.member_ids, world.said_ids, strict=True
    ):
        people = [world.people_ids[n] for n in talk.members]
        low, high = (None, None) if talk.is_group else sorted(people)
        key_id, sealed_key = keys.make()
        sealed, last = keys.of(id, key_id, sealed_key), said_ids[-1] if said_ids else None
        await db.execute(
            "INSERT INTO conversations (id, low_id, high_id, key_id, sealed_key, last_seq, last_message_id, created_at,"
            " updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, now(), now())",
            *(id, low, high, key_id, sealed_key, len(talk.said), last),
        )
        await db.executemany(
            "INSERT INTO members (id, conversation_id, user_id, joined_at, updated_at, begins, read_seq, read_id,"
            " is_request) VALUES ($1, $2, $3, '2026-01-01', now(), $4, $5, $6, $7)",
            [
                (
                    *(member_ids[n], id, person, talk.begins(n)),
                    *((len(said_ids), last) if talk.read else (0, None)),
                    talk.unanswered and n == len(people) - 1,
                )
                for n, person in enumerate(people)
            ],
        )
        await db.executemany(
            "INSERT INTO messages (id, conversation_id, seq, sender_id, body, attached_tag, attached_id, reply_to_id,"
            " created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, now())",
            [
                (
                    *(said_ids[n], id, n + 1, people[said.sender], sealed.seal(said_ids[n], f"words {n}")),
                    *said.attached(world),
                    said_ids[n - 1] if said.answers and n else None,
                )
                for n, said in enumerate(talk.said)
            ],
        )
