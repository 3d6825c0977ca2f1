"""Domain events and the outbox that carries them: an event is recorded in the transaction it tells of, or never.

docs/events.md says who reacts to which.
"""

from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

from clients.postgres import Connection
from kit import ids


class Recorded(msgspec.Struct, frozen=True):
    """What is recorded. The envelope that every stored event has is its `type` (the tag) and its `version`.

    A new optional field raises VERSION. Fields are never renamed, retyped or removed, and readers ignore unknown ones:
    older workers read every version of a type. A change that they would not survive is a new type of event.
    docs/events.md has the rules, `tests/golden/events` the stored forms.
    """

    VERSION: ClassVar[int] = 1


class Envelope(msgspec.Struct, frozen=True):
    """What can be read of any stored event. Events of releases before the envelope have no `version`: it is 1."""

    type: str = ""
    version: int = 1


class PostPublished(Recorded, frozen=True, tag=True):
    """A post became visible to others. What is left to do of it begins after the reader, or follow, `after`."""

    post_id: int
    author_id: int
    after: int = 0
    is_fanout_on_read: bool = msgspec.field(name="is_pulled", default=False)


class PostDeleted(Recorded, frozen=True, tag=True):
    """A post that had been published is gone. What is left to do of it begins after the reader, or follow, `after`."""

    post_id: int
    author_id: int
    after: int = 0
    is_fanout_on_read: bool = msgspec.field(name="is_pulled", default=False)


class FollowChanged(Recorded, frozen=True, tag=True):
    """Somebody began or ceased to follow, to ask to, or to mute somebody; the table says which by now.

    `accepted` where the followee has let them.
    """

    follower_id: int
    followee_id: int
    accepted: bool = False


class FanoutModeChanged(Recorded, frozen=True, tag="ReachChanged"):
    """An author has so many followers now that posts are pulled, or so few that they are pushed again; the row says.

    What is left to do of it begins after the follow `after`. Stored under the name that it had first.
    """

    author_id: int
    after: int = 0


class PostRejected(Recorded, frozen=True, tag=True):
    """The media of a post was refused."""

    post_id: int
    author_id: int


class StoryPublished(Recorded, frozen=True, tag=True):
    """A story became visible to others. What is left to do of it begins after the relation `after`."""

    story_id: int
    author_id: int
    after: int = 0


class StoryDeleted(Recorded, frozen=True, tag=True):
    """A story that had been published is gone: it was deleted, or its day was over."""

    story_id: int
    author_id: int


class StoryRejected(Recorded, frozen=True, tag=True):
    """The media of a story was refused."""

    story_id: int
    author_id: int


class LikeChanged(Recorded, frozen=True, tag=True):
    """Somebody likes a post or a comment, or does no longer; the table says which by now."""

    subject_id: int
    user_id: int


class CommentAdded(Recorded, frozen=True, tag=True):
    """Something was said under a post."""

    comment_id: int


class CommentsDeleted(Recorded, frozen=True, tag=True):
    """Comments are gone."""

    comment_ids: tuple[int, ...]


class MentionsChanged(Recorded, frozen=True, tag=True):
    """The people mentioned or tagged in a published post, or mentioned in a comment, changed after it was published.

    `added` are those whom an edit mentions for the first time; the tables say who is mentioned and tagged by now.
    """

    source_id: int
    added: tuple[int, ...] = ()


class PersonChanged(Recorded, frozen=True, tag=True):
    """An account was created, or its names, privacy or status changed. The row has the current values.

    What is left to do of it begins after the post `after`. For the search index alone (INDEX).
    """

    user_id: int
    after: int = 0


class PostEdited(Recorded, frozen=True, tag=True):
    """The caption or the place of a published post changed. For the search index alone (INDEX)."""

    post_id: int
    author_id: int


Event = (
    PostPublished
    | PostDeleted
    | PostRejected
    | FollowChanged
    | FanoutModeChanged
    | StoryPublished
    | StoryDeleted
    | StoryRejected
    | LikeChanged
    | CommentAdded
    | CommentsDeleted
    | MentionsChanged
    | PersonChanged
    | PostEdited
)

RECORDED_WHEN: dict[type[Recorded], str] = {
    PostPublished: "the last upload of a post is READY",
    PostDeleted: "a published post is deleted",
    FollowChanged: "a follow, follow request or mute begins or ends",
    PostRejected: "the media of a post is rejected",
    StoryPublished: "the upload of a story is READY",
    StoryDeleted: "a published story is deleted or swept",
    StoryRejected: "the media of a story is rejected",
    LikeChanged: "a post or a comment is liked, or the like is withdrawn",
    CommentAdded: "a comment or a reply is created",
    CommentsDeleted: "comments are deleted",
    MentionsChanged: "an edit of a caption mentions other people, or somebody removes a mention or tag of themselves",
    FanoutModeChanged: "an author publishes, and the number of their followers has changed their fan-out mode",
    PersonChanged: "an account is created, or its names, privacy or status change",
    PostEdited: "the caption or the location of a published post changes",
}
"""For docs/events.md."""

INDEX = "index"
"""The consumer group of the search index."""

_CONSUMERS: dict[type, str] = {PersonChanged: INDEX, PostEdited: INDEX}
"""Events that are for one consumer group alone. They have a stream of their own (`domain.outbox`)."""

UNSENT = f"CASE WHEN consumer = '{INDEX}' THEN '-infinity'::timestamptz END"
"""SQL for the `sent_at` of an outbox row that is to be sent."""

INSERT = "INSERT INTO outbox (id, kind, payload, created_at)"
"""SQL that writes events from within a statement: follow it with a SELECT of an id, a kind, a payload and now()."""


async def record(tx: Connection, event: Event, owner_id: int) -> None:
    """Write `event` to the outbox, in the shard of `owner_id`. `tx` is inside the transaction the event tells of."""
    await record_many(tx, [(event, owner_id)])


async def record_many(tx: Connection, owned: Sequence[tuple[Event, int]]) -> None:
    """Write events, each in the shard of its owner."""
    await tx.execute(
        f"""
        INSERT INTO outbox (id, kind, payload, consumer, sent_at, created_at)
        SELECT next_id(e.shard), e.kind, e.payload::jsonb, consumer, {UNSENT}, now()
        FROM unnest($1::int[], $2::text[], $3::text[], $4::text[]) AS e(shard, kind, payload, consumer)
        """,
        [ids.shard_of(owner_id) for _, owner_id in owned],
        [event.__struct_config__.tag for event, _ in owned],
        [encode(event).decode() for event, _ in owned],
        [_CONSUMERS.get(type(event)) for event, _ in owned],
    )


def encode(event: Event) -> bytes:
    """The event, with its envelope, as an outbox row or a stream entry holds it."""
    fields: dict[str, Any] = msgspec.to_builtins(event)
    return msgspec.json.encode({"type": fields.pop("type"), "version": event.VERSION, **fields})


def envelope(payload: bytes | str) -> Envelope:
    """The type and the version of an encoded event, known or not. Raises msgspec.MsgspecError or ValueError."""
    return msgspec.json.decode(payload, type=Envelope)


def decode(payload: bytes) -> Event:
    """The event in an outbox row or a stream entry, of any version."""
    event: Event = msgspec.json.decode(payload, type=Event)
    return event
