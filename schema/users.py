"""Users: their public profiles."""

from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Optional

import strawberry

from domain.accounts import rows
from domain.limits import Budget
from resolvers import relationships, stories, users
from schema import bounds
from schema.connection import Connection
from schema.fields import argument, attribute, batched, derived, mutates, paged, resolved
from schema.nodes import Node, node
from schema.payload import Payload
from schema.permissions import signed_in
from schema.scalars import URL

if TYPE_CHECKING:
    from schema.posts import Post
    from schema.stories import Highlight, StoryReel


USERNAME_RULES = (
    "1 to 30 letters (a-z), digits, dots and underscores. It must not begin or end with a dot, "
    "or contain two dots in a row."
)


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


@strawberry.input(description="Changes to the viewer's profile. Omitted fields stay unchanged; null clears a field.")
class UpdateProfileInput:
    username: str | None = attribute(f"New username: {USERNAME_RULES} It cannot be null.", default=strawberry.UNSET)
    display_name: str | None = attribute(
        "New name shown on the profile, at most 60 characters. If null or empty: the username.",
        default=strawberry.UNSET,
    )
    bio: str | None = attribute(
        "New text in which the user describes themselves, at most 150 characters.", default=strawberry.UNSET
    )
    is_private: bool | None = attribute(
        "Whether the account is private: only accepted followers see its content. It cannot be null.",
        default=strawberry.UNSET,
    )
    avatar_upload_id: strawberry.ID | None = attribute(
        "ID of a photo upload of the viewer that is not used yet, as the new profile picture. It is shown "
        "once the upload is READY. Null removes the profile picture.",
        default=strawberry.UNSET,
    )


@strawberry.type(description="Result of changing the viewer's profile.")
class UpdateProfilePayload(Payload):
    user: User | None = attribute("The viewer's profile, including the changed values.", default=None)


@strawberry.type
class Query:
    user: User | None = resolved(
        users.user,
        "The user with the given username. Null when there is none, and when the viewer may not see the user.",
        username=argument(str, "Username. Letter case is ignored."),
    )


@strawberry.type
class Mutation:
    update_profile: UpdateProfilePayload | None = mutates(
        users.update_profile,
        UpdateProfilePayload,
        "Changes the viewer's profile.",
        signed_in,
        budget=Budget(60, per=3600),
        input=argument(UpdateProfileInput, "The changes to make."),
    )
