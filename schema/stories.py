from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from domain.stories import rows
from resolvers import relationships, stories
from schema import bounds
from schema.connection import Connection, PageInfo, cursor_field, edges_field, page_info_field
from schema.fields import attribute, batched, derived, paged
from schema.media import Media
from schema.nodes import Node, node
from schema.posts import PublicationStatus
from schema.users import User


@strawberry.enum(description="Users who may see a story.")
class StoryAudience(Enum):
    FOLLOWERS = strawberry.enum_value("FOLLOWERS", description="Users who follow the author.")
    CLOSE_FRIENDS = strawberry.enum_value("CLOSE_FRIENDS", description="Users on the author's close-friends list.")


@strawberry.type(description="A user who has seen a story, with a cursor.")
class StoryViewerEdge:
    node: User = attribute("The user.")
    viewed_at: datetime = derived(relationships.made_at, "Time at which the user first saw the story.")
    cursor: str = cursor_field()


@strawberry.type(description="A page of users who have seen a story, most recent first.")
class StoryViewerConnection:
    edges: list[StoryViewerEdge] = edges_field()
    page_info: PageInfo = page_info_field()


@node(rows.Story, "A photo or video that is shown for 24 hours. Its author sees it for as long as it is stored.")
class Story(Node):
    user: User = batched(stories.authors, "The author of the story.")
    status: PublicationStatus = attribute("Publication status of the story.")
    media: Media | None = attribute("The photo or video. Null until `status` is PUBLISHED.", name="item")
    audience: StoryAudience = attribute("Users who may see the story.")
    created_at: datetime = attribute("Time of publication; before that, time of creation.")
    expires_at: datetime = attribute(
        "Time at which the story expires: exactly 24 hours after `createdAt`. A story in a highlight stays "
        "visible there."
    )
    viewer_has_seen: bool = attribute("Whether the viewer has seen the story. Always true for the author.")
    view_count: int | None = batched(
        stories.view_counts,
        "Number of users who have seen the story. At most 2 seconds old. Visible to the author; null for "
        "everyone else.",
    )
    viewers: StoryViewerConnection | None = batched(
        stories.viewers,
        "Users who have seen the story, most recent first. Visible to the author; null for everyone else.",
        **paged(),
    )


@node(rows.Reel, "All live stories of one user that the viewer may see.")
class StoryReel(Node):
    user: User = batched(stories.users_of_reels, "The author of the stories.")
    stories: list[Story] = attribute(
        "The live stories, oldest first, which is the order in which to show them. At most 100.",
        at_most=bounds.LIVE_STORIES,
    )
    has_unseen: bool = attribute("Whether the reel contains a story that the viewer has not seen.")
    latest_at: datetime = attribute("Time at which the newest story in the reel was published.")


@node(rows.Highlight, "A collection of stories that stays on the owner's profile after the stories have expired.")
class Highlight(Node):
    user: User = batched(stories.owners, "The user who owns this highlight.")
    title: str = attribute("Title of the highlight, 1 to 50 characters.", max_bytes=bounds.HIGHLIGHT_TITLE_BYTES)
    cover: Media | None = batched(
        stories.covers,
        "Media of the oldest story in the highlight that the viewer may see, for use as a cover. Null when "
        "that story is no longer available.",
    )
    stories: Connection[Annotated["Story", strawberry.lazy("schema.stories")]] | None = batched(
        stories.kept, "Stories in the highlight that the viewer may see, oldest first.", **paged()
    )
