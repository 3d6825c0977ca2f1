import strawberry

from resolvers import feed, live, mls, notifications, uploads
from schema.fields import argument, subscribed
from schema.permissions import signed_in
from schema.scalars import Long
from schema.types.message import ConversationEvent
from schema.types.mls import MlsMessage
from schema.types.notification import NotificationReceived, NotificationsRead
from schema.types.upload import Upload


@strawberry.type(description="What can be watched.")
class Subscription:
    upload_updated: Upload = subscribed(
        uploads.watch,
        "The state of each now, then each change, until all are READY, REJECTED or EXPIRED; of a video, until its "
        "`progress` is 1.",
        signed_in,
        upload_ids=argument(list[strawberry.ID], "1 to 30 uploads of the viewer's."),
    )
    conversation_events: ConversationEvent = subscribed(
        live.conversation_events,
        "Of one conversation, or of all the viewer's; with `after`, what was missed first, in order, once. A cursor "
        "that is older than 7 days is refused with CURSOR_EXPIRED: read anew, then subscribe.",
        signed_in,
        conversation_id=argument(strawberry.ID | None, "One of the viewer's conversations.", strawberry.UNSET),
        after=argument(str | None, "The last cursor: of an event, or `conversationEventsCursor`.", strawberry.UNSET),
    )
    notification_received: NotificationReceived = subscribed(
        notifications.watch,
        "Each notification of the viewer that is created, or updated by another actor, from now on. With `after`: "
        "first those that were missed, in order, each in its last state. After more than 1,000 missed notifications "
        "the error is CURSOR_EXPIRED: read `notifications`, then subscribe.",
        signed_in,
        after=argument(
            str | None,
            "Cursor of the last event received, or `Viewer.notificationsCursor`. If omitted or null: from now on.",
            strawberry.UNSET,
        ),
    )
    notifications_read: NotificationsRead = subscribed(
        notifications.watch_read, "How far the viewer has read, each time it moves, on whichever device.", signed_in
    )
    feed_has_new: bool = subscribed(
        feed.watch,
        "True each time, at most every 5 s, that a new first page of the viewer's feed would begin with a newer post.",
        signed_in,
    )
    mls_messages: MlsMessage = subscribed(
        mls.watch,
        "What waits for a device, in order, then what comes. It stays until it is acknowledged.",
        signed_in,
        device_id=argument(strawberry.ID, "A device of the viewer's."),
        after=argument(Long | None, "What comes after this `sequence` alone.", 0),
    )
