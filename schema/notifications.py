"""Notifications about what others did."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from domain.notifications import rows
from resolvers import notifications
from schema import bounds
from schema.accounts import Viewer
from schema.comments import Comment
from schema.connection import Connection
from schema.fields import PRIVATE, argument, attribute, batched, mutates, paged, resolved, subscribed, up_to_bytes
from schema.nodes import Node, node
from schema.payload import Payload
from schema.permissions import signed_in
from schema.posts import Post
from schema.stories import Story
from schema.users import User


@strawberry.enum(
    description="Kind of a notification: what the actors did, or what happened to the viewer's post or story."
)
class NotificationKind(Enum):
    LIKE = strawberry.enum_value("LIKE", description="The actors liked a post of the viewer.")
    COMMENT = strawberry.enum_value("COMMENT", description="The actors commented on a post of the viewer.")
    COMMENT_LIKE = strawberry.enum_value("COMMENT_LIKE", description="The actors liked a comment of the viewer.")
    REPLY = strawberry.enum_value("REPLY", description="The actors replied to a comment of the viewer.")
    MENTION = strawberry.enum_value("MENTION", description="The actors mentioned the viewer in a caption or a comment.")
    USER_TAG = strawberry.enum_value("USER_TAG", description="The actors tagged the viewer in a photo or video.")
    FOLLOW = strawberry.enum_value("FOLLOW", description="The actors started following the viewer.")
    FOLLOW_REQUEST = strawberry.enum_value("FOLLOW_REQUEST", description="The actors asked to follow the viewer.")
    FOLLOW_ACCEPTED = strawberry.enum_value(
        "FOLLOW_ACCEPTED", description="The actors accepted the viewer's follow request."
    )
    STORY = strawberry.enum_value(
        "STORY",
        description="The actors added to their story, and the viewer had turned on story notifications for them.",
    )
    POST_PUBLISHED = strawberry.enum_value("POST_PUBLISHED", description="A post of the viewer was published.")
    POST_REJECTED = strawberry.enum_value(
        "POST_REJECTED", description="A post of the viewer was rejected because of its media."
    )
    STORY_REJECTED = strawberry.enum_value(
        "STORY_REJECTED", description="A story of the viewer was rejected because of its media."
    )


NotificationTarget = Annotated[
    Post | Comment | Story | User,
    strawberry.union("NotificationTarget", description="The subject of a notification."),
]


@node(
    rows.Notification,
    "A notification for the viewer. Actions of the same kind on the same target within a day form one "
    "notification with several actors.",
)
class Notification(Node):
    kind: NotificationKind = attribute("Kind of the notification.")
    actors: Connection[User] | None = batched(
        notifications.actors,
        "Users who did it, most recent first. Empty for POST_PUBLISHED, POST_REJECTED and STORY_REJECTED. "
        "Users whom the viewer mutes or blocks, and users who block the viewer, are excluded.",
        **paged(3),
    )
    actor_count: int = batched(
        notifications.actor_counts, "Number of actors. 0 for POST_PUBLISHED, POST_REJECTED and STORY_REJECTED."
    )
    target: NotificationTarget | None = batched(
        notifications.targets,
        "The post, comment, story or user that the notification is about. For a follow: the user who is "
        "followed. Null when the target was deleted, and when the viewer may no longer see it.",
    )
    summary: str = batched(
        notifications.summaries,
        'The notification as an English sentence, for example "ada, grace and 47 others liked your post".',
        up_to_bytes(bounds.SUMMARY_BYTES),
    )
    is_read: bool = attribute("Whether the notification was marked as read after its last update.")
    created_at: datetime = attribute("Time of the first action.")
    updated_at: datetime = attribute("Time of the latest action. It moves forward when another actor joins.")


@strawberry.type(description="A notification was created or updated.")
class NotificationReceived:
    cursor: str = attribute(
        "Cursor of the event. Pass the last one as `after` to resume. It is unique among the viewer's "
        "events and stays the same when the event is sent again, so clients can use it to drop duplicates.",
        max_bytes=bounds.CURSOR_BYTES,
    )
    notification: Notification = attribute("The notification in its current state.")
    viewer: Viewer = attribute("The viewer, with the current unread counts.")


@strawberry.type(description="The viewer marked notifications as read, on this or on another device.")
class NotificationsRead:
    up_to: datetime = attribute("All notifications whose `updatedAt` is at or before this time are read.")
    viewer: Viewer = attribute("The viewer, with the current unread counts.")


@strawberry.type(description="Result of marking notifications as read.")
class MarkNotificationsReadPayload(Payload):
    viewer: Viewer | None = attribute("The viewer, with the current unread counts.", default=None)


@strawberry.type
class Query:
    notifications: Connection[Notification] | None = resolved(
        notifications.listed,
        "The viewer's notifications, most recently updated first. Error UNAUTHENTICATED when signed out.",
        PRIVATE,
        **paged(),
    )


@strawberry.type
class Mutation:
    mark_notifications_read: MarkNotificationsReadPayload | None = mutates(
        notifications.mark_read,
        MarkNotificationsReadPayload,
        "Marks all notifications whose `updatedAt` is at or before the given time as read.",
        signed_in,
        up_to=argument(datetime, "`updatedAt` of the newest notification that was shown."),
    )


@strawberry.type
class Subscription:
    notification_received: NotificationReceived = subscribed(
        notifications.watch,
        "Each notification of the viewer that is created, or updated by another actor, from now on. With "
        "`after`: first the missed notifications, in order, each in its current state. After more than "
        "1,000 missed notifications the error is CURSOR_EXPIRED: read `notifications`, then subscribe.",
        signed_in,
        after=argument(
            str | None,
            "Cursor of the last event received, or `Viewer.notificationsCursor`. If omitted or null: from now on.",
            strawberry.UNSET,
        ),
    )
    notifications_read: NotificationsRead = subscribed(
        notifications.watch_read, "An event each time the viewer marks notifications as read, on any device.", signed_in
    )
