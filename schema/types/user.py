from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Optional

import strawberry

from domain.accounts import rows
from resolvers import devices, live, messages, mls, notifications, relationships, stories, users
from resolvers import searches as past_searches
from schema import bounds
from schema.connection import Connection, PageInfo, cursor_field, edges_field, nodes_field, page_info_field
from schema.fields import PRIVATE, argument, at_most, attribute, batched, derived, paged, up_to_bytes
from schema.scalars import URL, Long
from schema.types.mls import MlsDevice
from schema.types.node import Node, node

if TYPE_CHECKING:
    from schema.types.device import Device
    from schema.types.post import Post, SavedPostConnection
    from schema.types.search import PastSearch
    from schema.types.story import Highlight, StoryReel


@strawberry.enum(description="How one person stands to another.")
class FollowState(Enum):
    NONE = strawberry.enum_value("NONE", description="Does not follow.")
    REQUESTED = strawberry.enum_value("REQUESTED", description="Has asked to follow a private account.")
    FOLLOWING = strawberry.enum_value("FOLLOWING", description="Follows.")


@node(rows.User, "A person.")
class User(Node):
    username: str = attribute(
        "1 to 30 of a-z, 0-9, '.', '_'; unique without regard to case.", max_bytes=bounds.USERNAME_BYTES
    )
    display_name: str = attribute("The name they show; at most 60 characters.", max_bytes=bounds.DISPLAY_NAME_BYTES)
    bio: str = attribute(
        "What they say of themselves; at most 150 characters, may be empty.", max_bytes=bounds.BIO_BYTES
    )
    avatar_url: URL | None = derived(
        users.avatar_url,
        "Their picture, in the smallest rendition at least this wide; null where they have none.",
        width=argument(int | None, "Pixels on the screen it is to fill.", 150),
    )
    is_private: bool = attribute("Whether only accepted followers see their content.")
    is_verified: bool = attribute("Whether they are known to be who they say.")
    created_at: datetime = attribute("When they signed up.")
    follower_count: int = batched(relationships.follower_counts, "How many follow them; at most 2 seconds old.")
    following_count: int = batched(relationships.following_counts, "How many they follow; at most 2 seconds old.")
    post_count: int = derived(users.post_count, "How many posts they have published; at most 2 seconds old.")
    viewer_can_see_content: bool = derived(
        users.can_see_content, "False for a private account that the viewer does not follow, or a block either way."
    )
    viewer_follow: FollowState = attribute("Whether the viewer follows them.")
    follow_of_viewer: FollowState = attribute("Whether they follow the viewer.")
    viewer_has_blocked: bool = attribute(
        "Whoever blocks still sees the profile, without its content; whoever is blocked sees nothing."
    )
    viewer_has_muted: bool = attribute("Whether the viewer keeps their posts out of the feed.")
    viewer_has_close_friend: bool = attribute("Whether the viewer counts them among their close friends.")
    viewer_has_story_notifications: bool = attribute("Whether the viewer is told of their stories.")
    posts: Connection[Annotated["Post", strawberry.lazy("schema.types.post")]] | None = batched(
        users.posts_of, "Their published posts, newest first.", **paged()
    )
    followers: Connection[Annotated["User", strawberry.lazy("schema.types.user")]] | None = batched(
        relationships.followers, "Who follows them, newest first.", **paged()
    )
    following: Connection[Annotated["User", strawberry.lazy("schema.types.user")]] | None = batched(
        relationships.following, "Whom they follow, newest first.", **paged()
    )
    story_reel: Optional[Annotated["StoryReel", strawberry.lazy("schema.types.story")]] = batched(  # noqa: UP045
        stories.reels_of, "Null where there is no live story that the viewer may see."
    )
    highlights: Connection[Annotated["Highlight", strawberry.lazy("schema.types.story")]] | None = batched(
        stories.highlights_of, "Their highlights that hold a story which the viewer may see, newest first.", **paged()
    )


@strawberry.type(description="Somebody who asks to follow the viewer, and their place in the list.")
class FollowRequestEdge:
    node: User = attribute("Who asks.")
    requested_at: datetime = derived(relationships.made_at, "When they asked.")
    cursor: str = cursor_field()


@strawberry.type(description="A page of those who ask to follow the viewer, newest first.")
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


@strawberry.type(description="The signed-in person: what only they may see.")
class Viewer:
    user: User = batched(users.user_of_viewer, "Themselves, as others see them.")
    email: str | None = batched(users.email_of_viewer, "Their address.", up_to_bytes(bounds.EMAIL_BYTES) | PRIVATE)
    storage: StorageUsage = batched(users.storage_of_viewer, "Storage usage and quota of the account.", PRIVATE)
    follow_requests: FollowRequestConnection | None = batched(
        relationships.requests, "Who asks to follow them, newest first.", PRIVATE, **paged()
    )
    saved_posts: Annotated["SavedPostConnection", strawberry.lazy("schema.types.post")] | None = batched(
        users.saved_posts, "The posts they have saved, the last saved first.", PRIVATE, **paged()
    )
    unread_notification_count: int | None = batched(
        notifications.unread_counts, "How many notifications they have not read; 1,000 for more.", PRIVATE
    )
    unread_conversation_count: int | None = batched(
        messages.unread_counts,
        "How many conversations hold what they have not read; requests are not counted.",
        PRIVATE,
    )
    conversation_events_cursor: str = batched(
        live.cursors,
        "Where conversationEvents stands now: read it with the inbox, subscribe with it, miss nothing.",
        up_to_bytes(bounds.CURSOR_BYTES) | PRIVATE,
    )
    notifications_cursor: str = batched(
        notifications.cursors,
        "Cursor of the newest event of `notificationReceived`. Read it together with `notifications`, then subscribe "
        "with it as `after`, to miss nothing in between.",
        up_to_bytes(bounds.CURSOR_BYTES) | PRIVATE,
    )
    searches: list[Annotated["PastSearch", strawberry.lazy("schema.types.search")]] | None = batched(
        past_searches.searches_of_viewer,
        "The viewer's search history, most recent first: at most 50 entries, kept for 90 days. Empty while "
        "`savesSearches` is false.",
        at_most(bounds.PAST_SEARCHES) | PRIVATE,
        first=argument(int | None, "Number of items to return, 1 to 50. Default: 20.", 20),
    )
    saves_searches: bool = batched(
        past_searches.saves_searches, "Whether the viewer's searches are saved to their search history.", PRIVATE
    )
    blocked_users: Connection[Annotated["User", strawberry.lazy("schema.types.user")]] | None = batched(
        relationships.blocked, "Whom they have blocked, newest first.", PRIVATE, **paged()
    )
    mls_devices: list[MlsDevice] | None = batched(
        mls.devices_of_viewers,
        "Their devices for end-to-end encrypted groups, oldest first: at most 8.",
        at_most(bounds.MLS_DEVICES) | PRIVATE,
    )
    devices: list[Annotated["Device", strawberry.lazy("schema.types.device")]] = batched(
        devices.of_viewers,
        "Where they are reached by push, the last registered first: at most 10.",
        at_most(bounds.DEVICES) | PRIVATE,
    )
