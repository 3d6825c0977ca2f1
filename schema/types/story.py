from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from domain.stories import rows
from resolvers import relationships, stories
from schema import bounds
from schema.connection import Connection, PageInfo, cursor_field, edges_field, page_info_field
from schema.fields import attribute, batched, derived, paged
from schema.types.media import Media
from schema.types.node import Node, node
from schema.types.post import PublicationStatus
from schema.types.user import User


@strawberry.enum(description="Whom a story is for.")
class StoryAudience(Enum):
    FOLLOWERS = strawberry.enum_value("FOLLOWERS", description="Those who follow its author.")
    CLOSE_FRIENDS = strawberry.enum_value(
        "CLOSE_FRIENDS", description="Those whom its author counts among their close friends."
    )


@strawberry.type(description="Somebody who has seen a story.")
class StoryViewerEdge:
    node: User = attribute("Who.")
    viewed_at: datetime = derived(relationships.made_at, "When they first saw it.")
    cursor: str = cursor_field()


@strawberry.type(description="A page of those who have seen a story, the last first.")
class StoryViewerConnection:
    edges: list[StoryViewerEdge] = edges_field()
    page_info: PageInfo = page_info_field()


@node(rows.Story, "A photo or video that is shown for a day. Its author sees it for as long as it is kept.")
class Story(Node):
    user: User = batched(stories.authors, "Who made it.")
    status: PublicationStatus = attribute("Who can see it by now.")
    media: Media | None = attribute("Null until PUBLISHED.", name="item")
    audience: StoryAudience = attribute("Whom it is for.")
    created_at: datetime = attribute("The instant of publication (of creation until then).")
    expires_at: datetime = attribute("24 hours after createdAt, to the second.")
    viewer_has_seen: bool = attribute("Whether the viewer has seen it; one's own one has.")
    view_count: int | None = batched(
        stories.view_counts, "How many have seen it; null for anyone but its owner. At most 2 seconds old."
    )
    viewers: StoryViewerConnection | None = batched(
        stories.viewers, "Who has seen it, the last first; null for anyone but its owner.", **paged()
    )


@node(rows.Reel, "One person's live stories.")
class StoryReel(Node):
    user: User = batched(stories.users_of_reels, "Whose.")
    stories: list[Story] = attribute(
        "Oldest first: the order in which they are watched. At most 100.", at_most=bounds.LIVE_STORIES
    )
    has_unseen: bool = attribute("Whether the viewer has not seen all of them.")
    latest_at: datetime = attribute("When the newest was published.")


@node(rows.Highlight, "Stories kept past their day, on the owner's profile.")
class Highlight(Node):
    user: User = batched(stories.owners, "Whose.")
    title: str = attribute("1 to 50 characters.", max_bytes=bounds.HIGHLIGHT_TITLE_BYTES)
    cover: Media | None = batched(stories.covers, "Of the oldest story that the viewer may see.")
    stories: Connection[Annotated["Story", strawberry.lazy("schema.types.story")]] | None = batched(
        stories.kept, "Oldest first.", **paged()
    )
