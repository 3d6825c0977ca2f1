from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from domain.notifications import rows
from resolvers import notifications
from schema import bounds
from schema.connection import Connection
from schema.fields import attribute, batched, paged, up_to_bytes
from schema.types.comment import Comment
from schema.types.node import Node, node
from schema.types.post import Post
from schema.types.story import Story
from schema.types.user import User, Viewer


@strawberry.enum(description="What was done.")
class NotificationKind(Enum):
    LIKE = strawberry.enum_value("LIKE", description="Liked a post of the viewer's.")
    COMMENT = strawberry.enum_value("COMMENT", description="Commented on a post of the viewer's.")
    COMMENT_LIKE = strawberry.enum_value("COMMENT_LIKE", description="Liked a comment of the viewer's.")
    REPLY = strawberry.enum_value("REPLY", description="Replied to a comment of the viewer's.")
    MENTION = strawberry.enum_value("MENTION", description="Named the viewer in a caption or a comment.")
    USER_TAG = strawberry.enum_value("USER_TAG", description="Tagged the viewer in a picture.")
    FOLLOW = strawberry.enum_value("FOLLOW", description="Began to follow the viewer.")
    FOLLOW_REQUEST = strawberry.enum_value("FOLLOW_REQUEST", description="Asks to follow the viewer.")
    FOLLOW_ACCEPTED = strawberry.enum_value("FOLLOW_ACCEPTED", description="Let the viewer follow them.")
    STORY = strawberry.enum_value("STORY", description="Added to their story, of which the viewer asked to be told.")
    POST_PUBLISHED = strawberry.enum_value("POST_PUBLISHED", description="A post of the viewer's has become visible.")
    POST_REJECTED = strawberry.enum_value("POST_REJECTED", description="The media of a post was refused.")
    STORY_REJECTED = strawberry.enum_value("STORY_REJECTED", description="The media of a story was refused.")


NotificationTarget = Annotated[
    Post | Comment | Story | User,
    strawberry.union("NotificationTarget", description="What a notification is about."),
]


@node(rows.Notification, "What others did to one thing of the viewer's, or about them, within a day.")
class Notification(Node):
    kind: NotificationKind = attribute("What was done.")
    actors: Connection[User] | None = batched(
        notifications.actors, "Who did it, the newest first; nobody where it became so by itself.", **paged(3)
    )
    actor_count: int = batched(notifications.actor_counts, "How many did it.")
    target: NotificationTarget | None = batched(
        notifications.targets, "What it is about: a follower's is about the one followed. Null where it is gone since."
    )
    summary: str = batched(
        notifications.summaries, 'e.g. "ada, grace and 47 others liked your post".', up_to_bytes(bounds.SUMMARY_BYTES)
    )
    is_read: bool = attribute("Whether it was marked as read since it moved last.")
    created_at: datetime = attribute("When the first did it.")
    updated_at: datetime = attribute("Moves forward when another actor joins.")


@strawberry.type(description="The viewer was told of something.")
class NotificationReceived:
    cursor: str = attribute(
        "Cursor of this event. Pass the last one as `after` to resume. It is unique among the viewer's events and "
        "stays the same when the event is sent again, so clients can drop repeats by it.",
        max_bytes=bounds.CURSOR_BYTES,
    )
    notification: Notification = attribute("What.")
    viewer: Viewer = attribute("With its unread counts as they are now.")


@strawberry.type(description="The viewer has read notifications, on this or on another device.")
class NotificationsRead:
    up_to: datetime = attribute("All whose updatedAt is at or before this instant are read.")
    viewer: Viewer = attribute("With its unread counts as they are now.")
