import strawberry

from resolvers import feed, live, mls, notifications, uploads
from schema.fields import argument, subscribed
from schema.messages import ConversationEvent
from schema.mls import MlsMessage
from schema.notifications import NotificationReceived, NotificationsRead
from schema.permissions import signed_in
from schema.scalars import Long
from schema.uploads import Upload


@strawberry.type(
    description="All subscriptions. They require an access token, and end when it expires or its session ends."
)
class Subscription:
    upload_updated: Upload = subscribed(
        uploads.watch,
        "State of each upload now, then each change. Ends when every upload is READY, REJECTED or EXPIRED; "
        "for a video, when its `progress` has reached 1.",
        signed_in,
        upload_ids=argument(list[strawberry.ID], "IDs of 1 to 30 uploads of the viewer."),
    )
    conversation_events: ConversationEvent = subscribed(
        live.conversation_events,
        "Events in all of the viewer's conversations, or in one of them. With `after`: first the missed "
        "events, in order, each once. Events are kept for 7 days; for an older cursor the error is "
        "CURSOR_EXPIRED: read `conversations`, then subscribe. A subscription to one conversation ends "
        "when the viewer leaves it, or when one of its two users blocks the other.",
        signed_in,
        conversation_id=argument(
            strawberry.ID | None,
            "ID of a conversation of the viewer. If omitted or null: all conversations.",
            strawberry.UNSET,
        ),
        after=argument(
            str | None,
            "Cursor of the last event received, or `Viewer.conversationEventsCursor`. If omitted or null: from now on.",
            strawberry.UNSET,
        ),
    )
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
    feed_has_new: bool = subscribed(
        feed.watch,
        "True each time a newer post is available at the start of the viewer's feed; at most once in 5 "
        "seconds. Read the first page of `feed` again to get it.",
        signed_in,
    )
    mls_messages: MlsMessage = subscribed(
        mls.watch,
        "Messages in the mailbox of an MLS device, in order, then new messages. Messages stay in the "
        "mailbox until they are acknowledged.",
        signed_in,
        device_id=argument(strawberry.ID, "ID of an MLS device of the viewer."),
        after=argument(Long | None, "Return only messages with a `sequence` greater than this.", 0),
    )
