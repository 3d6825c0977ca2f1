from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Optional

import strawberry

from domain.accounts import rows
from resolvers import devices, live, messages, mls, notifications, relationships, stories, users
from resolvers import searches as past_searches
from schema import bounds
from schema.connection import Connection, PageInfo, cursor_field, edges_field, nodes_field, page_info_field
from schema.fields import PRIVATE, argument, at_most, attribute, batched, derived, page_size, paged, up_to_bytes
from schema.mls import MlsDevice
from schema.nodes import Node, node
from schema.scalars import URL, Long

if TYPE_CHECKING:
    from schema.devices import Device
    from schema.posts import Post, SavedPostConnection
    from schema.search import PastSearch
    from schema.stories import Highlight, StoryReel


@strawberry.enum(description="Whether one user follows another user.")
class FollowState(Enum):
    NONE = strawberry.enum_value("NONE", description="The user does not follow the other user.")
    REQUESTED = strawberry.enum_value(
        "REQUESTED",
        description="The user has asked to follow the other user, whose account is private. The request is pending.",
    )
    FOLLOWING = strawberry.enum_value("FOLLOWING", description="The user follows the other user.")


@node(rows.User, "A user account.")
class User(Node):
    username: str = attribute(
        "Unique username: 1 to 30 of the characters a-z, 0-9, '.' and '_'. Always in lower case.",
        max_bytes=bounds.USERNAME_BYTES,
    )
    display_name: str = attribute(
        "Name shown on the profile, at most 60 characters.", max_bytes=bounds.DISPLAY_NAME_BYTES
    )
    bio: str = attribute(
        "Text in which the user describes themselves, at most 150 characters; may be empty.", max_bytes=bounds.BIO_BYTES
    )
    avatar_url: URL | None = derived(
        users.avatar_url,
        "URL of the profile picture, in the smallest rendition that is at least `width` pixels wide, "
        "otherwise the largest. JPEG. Null when the user has no profile picture.",
        width=argument(int | None, "Width of the display area, in physical pixels. Default: 150.", 150),
    )
    is_private: bool = attribute(
        "Whether the account is private. The posts, stories and follow lists of a private account are "
        "visible only to its followers."
    )
    is_verified: bool = attribute("Whether the identity of the user has been verified.")
    created_at: datetime = attribute("Time at which the account was created.")
    follower_count: int = batched(
        relationships.follower_counts,
        "Number of followers. At most 2 seconds old. Users who block the viewer, or are blocked by the "
        "viewer, are not counted.",
    )
    following_count: int = batched(
        relationships.following_counts,
        "Number of users whom this user follows. At most 2 seconds old. Users who block the viewer are not counted.",
    )
    post_count: int = derived(users.post_count, "Number of published posts. At most 2 seconds old.")
    viewer_can_see_content: bool = derived(
        users.can_see_content,
        "Whether the viewer may see the user's posts, stories and follow lists. False when the account is "
        "private and the viewer does not follow it, and when the viewer blocks the user. A user who blocks "
        "the viewer is not visible at all.",
    )
    viewer_follow: FollowState = attribute("Whether the viewer follows this user or has asked to.")
    follow_of_viewer: FollowState = attribute("Whether this user follows the viewer or has asked to.")
    viewer_has_blocked: bool = attribute(
        "Whether the viewer blocks this user. The viewer still sees the user's profile, but not their "
        "content. The blocked user sees neither the viewer's profile nor their content."
    )
    viewer_has_muted: bool = attribute(
        "Whether the viewer mutes this user. The viewer's feed, story tray and notifications leave out muted users."
    )
    viewer_has_close_friend: bool = attribute("Whether this user is on the viewer's close-friends list.")
    viewer_has_story_notifications: bool = attribute("Whether the viewer is notified about new stories of this user.")
    posts: Connection[Annotated["Post", strawberry.lazy("schema.posts")]] | None = batched(
        users.posts_of,
        "Published posts of the user, newest first. Empty when the viewer may not see the user's content.",
        **paged(),
    )
    followers: Connection[Annotated["User", strawberry.lazy("schema.users")]] | None = batched(
        relationships.followers,
        "Followers of the user, most recent first. Empty when the viewer may not see the user's content.",
        **paged(),
    )
    following: Connection[Annotated["User", strawberry.lazy("schema.users")]] | None = batched(
        relationships.following,
        "Users whom this user follows, most recently followed first. Empty when the viewer may not see the "
        "user's content.",
        **paged(),
    )
    story_reel: Optional[Annotated["StoryReel", strawberry.lazy("schema.stories")]] = batched(  # noqa: UP045
        stories.reels_of, "The user's live stories. Null when there is no live story that the viewer may see."
    )
    highlights: Connection[Annotated["Highlight", strawberry.lazy("schema.stories")]] | None = batched(
        stories.highlights_of,
        "Highlights of the user that contain at least one story the viewer may see, newest first.",
        **paged(),
    )


@strawberry.type(description="A user who has asked to follow the viewer, with a cursor.")
class FollowRequestEdge:
    node: User = attribute("The user who sent the follow request.")
    requested_at: datetime = derived(relationships.made_at, "Time at which the follow request was sent.")
    cursor: str = cursor_field()


@strawberry.type(description="A page of pending follow requests, newest first.")
class FollowRequestConnection:
    edges: list[FollowRequestEdge] = edges_field()
    nodes: list[User] = nodes_field()
    page_info: PageInfo = page_info_field()


@strawberry.type(description="Storage usage and quota of an account.")
class StorageUsage:
    used_bytes: Long = attribute(
        "Storage in use, including reserved storage, in bytes. An upload counts with the bytes of its original file "
        "from its creation until it is rejected, expires or is deleted; renditions do not count."
    )
    quota_bytes: Long = attribute("Storage quota in bytes. It grows with the age of the account.")


@strawberry.type(description="The signed-in user, with data that only they can see.")
class Viewer:
    user: User = batched(users.user_of_viewer, "The viewer's public profile.")
    email: str | None = batched(
        users.email_of_viewer,
        "Email address of the account. Null when the account is no longer active.",
        up_to_bytes(bounds.EMAIL_BYTES) | PRIVATE,
    )
    storage: StorageUsage = batched(users.storage_of_viewer, "Storage usage and quota of the account.", PRIVATE)
    follow_requests: FollowRequestConnection | None = batched(
        relationships.requests, "Pending requests to follow the viewer, newest first.", PRIVATE, **paged()
    )
    saved_posts: Annotated["SavedPostConnection", strawberry.lazy("schema.posts")] | None = batched(
        users.saved_posts,
        "Posts that the viewer has saved, most recently saved first. Posts that the viewer may no longer "
        "see are left out.",
        PRIVATE,
        **paged(),
    )
    unread_notification_count: int | None = batched(
        notifications.unread_counts, "Number of unread notifications. Counting stops at 1,000.", PRIVATE
    )
    unread_conversation_count: int | None = batched(
        messages.unread_counts,
        "Number of conversations with unread messages. Message requests are not counted.",
        PRIVATE,
    )
    conversation_events_cursor: str = batched(
        live.cursors,
        "Cursor of the newest event of `conversationEvents`. Read it together with `conversations`, then "
        "subscribe with it as `after`, to miss nothing in between.",
        up_to_bytes(bounds.CURSOR_BYTES) | PRIVATE,
    )
    notifications_cursor: str = batched(
        notifications.cursors,
        "Cursor of the newest event of `notificationReceived`. Read it together with `notifications`, then subscribe "
        "with it as `after`, to miss nothing in between.",
        up_to_bytes(bounds.CURSOR_BYTES) | PRIVATE,
    )
    searches: list[Annotated["PastSearch", strawberry.lazy("schema.search")]] | None = batched(
        past_searches.searches_of_viewer,
        "The viewer's search history, most recent first: at most 50 entries, kept for 90 days. Empty while "
        "`savesSearches` is false.",
        at_most(bounds.PAST_SEARCHES) | PRIVATE,
        first=page_size(20, most=50),
    )
    saves_searches: bool = batched(
        past_searches.saves_searches, "Whether the viewer's searches are saved to their search history.", PRIVATE
    )
    blocked_users: Connection[Annotated["User", strawberry.lazy("schema.users")]] | None = batched(
        relationships.blocked, "Users whom the viewer blocks, most recently blocked first.", PRIVATE, **paged()
    )
    mls_devices: list[MlsDevice] | None = batched(
        mls.devices_of_viewers,
        "The viewer's devices for end-to-end encrypted groups, oldest first; at most 8.",
        at_most(bounds.MLS_DEVICES) | PRIVATE,
    )
    devices: list[Annotated["Device", strawberry.lazy("schema.devices")]] = batched(
        devices.of_viewers,
        "Devices on which the viewer receives push notifications, most recently registered first; at most 10.",
        at_most(bounds.DEVICES) | PRIVATE,
    )
