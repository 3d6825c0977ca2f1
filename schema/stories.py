"""Stories, reels and highlights."""

from datetime import datetime
from enum import Enum
from typing import Annotated

import strawberry

from domain.limits import Budget
from domain.stories import rows
from resolvers import relationships, stories
from schema import bounds
from schema.connection import Connection, PageInfo, cursor_field, edges_field, page_info_field
from schema.fields import argument, attribute, batched, derived, idempotency_key_field, mutates, paged, resolved
from schema.media import Media, PhotoFilter
from schema.nodes import Node, node
from schema.payload import Payload, deleted_id_field
from schema.permissions import signed_in
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


@strawberry.input(description="A new story.")
class CreateStoryInput:
    upload_id: strawberry.ID = attribute(
        "ID of an upload of the viewer that is not used yet. Its bytes may arrive later."
    )
    audience: StoryAudience | None = attribute("Users who may see the story. Default: FOLLOWERS.", default=None)
    filter: PhotoFilter | None = attribute(
        "Filter to apply to a photo. Not available for videos and animated images.", default=None
    )
    idempotency_key: str | None = idempotency_key_field()


@strawberry.input(description="A new highlight.")
class CreateHighlightInput:
    title: str = attribute("Title of the highlight, 1 to 50 characters.")
    story_ids: list[strawberry.ID] = attribute(
        "IDs of 1 to 100 published stories of the viewer. A story that is in no highlight is deleted soon "
        "after it has expired."
    )
    idempotency_key: str | None = idempotency_key_field()


@strawberry.type(description="Result of creating a story.")
class StoryPayload(Payload):
    story: Story | None = attribute("The story in its current state.", default=None)


@strawberry.type(description="Result of deleting a story.")
class DeleteStoryPayload(Payload):
    deleted_id: strawberry.ID | None = deleted_id_field()
    story_reel: StoryReel | None = attribute("The viewer's live stories. Null when none is left.", default=None)


@strawberry.type(description="Result of marking stories as seen.")
class MarkStoriesSeenPayload(Payload):
    stories: list[Story] = attribute(
        "The given stories. Stories that the viewer may not see, or that no longer exist, are left out.",
        default_factory=list,
        at_most=bounds.SEEN_STORIES,
    )


@strawberry.type(description="Result of creating a highlight.")
class HighlightPayload(Payload):
    highlight: Highlight | None = attribute("The highlight in its current state.", default=None)


@strawberry.type(description="Result of deleting a highlight.")
class DeleteHighlightPayload(Payload):
    deleted_id: strawberry.ID | None = deleted_id_field()
    user: User | None = attribute("The user who owned the deleted highlight.", default=None)


@strawberry.type
class Query:
    story_tray: Connection[StoryReel] | None = resolved(
        stories.tray,
        "Reels with live stories of the viewer and of users whom the viewer follows and does not mute. The "
        "viewer's own reel comes first, then reels with unseen stories, then the others; the newest first "
        "in each group. Later pages keep the order of the first page. Error UNAUTHENTICATED when signed "
        "out.",
        **paged(30),
    )


@strawberry.type
class Mutation:
    create_story: StoryPayload | None = mutates(
        stories.create,
        StoryPayload,
        "Creates a story from one upload, visible for 24 hours. The story is published automatically once "
        "its media is READY.",
        signed_in,
        budget=Budget(100, per=86400),
        input=argument(CreateStoryInput, "The story to create."),
    )
    delete_story: DeleteStoryPayload | None = mutates(
        stories.delete,
        DeleteStoryPayload,
        "Deletes a story of the viewer, including its media, and removes it from highlights.",
        signed_in,
        story_id=argument(strawberry.ID, "ID of the story."),
    )
    mark_stories_seen: MarkStoriesSeenPayload | None = mutates(
        stories.mark_seen,
        MarkStoriesSeenPayload,
        "Marks stories as seen by the viewer. Their authors can see this. Stories that the viewer may not "
        "see, or that no longer exist, are ignored.",
        signed_in,
        budget=Budget(300, per=60),
        story_ids=argument(list[strawberry.ID], "IDs of 1 to 100 stories."),
    )
    create_highlight: HighlightPayload | None = mutates(
        stories.create_highlight,
        HighlightPayload,
        "Creates a highlight on the viewer's profile, which keeps stories after they have expired.",
        signed_in,
        budget=Budget(60, per=3600),
        input=argument(CreateHighlightInput, "The highlight to create."),
    )
    delete_highlight: DeleteHighlightPayload | None = mutates(
        stories.delete_highlight,
        DeleteHighlightPayload,
        "Deletes a highlight of the viewer. Expired stories that are in no other highlight are deleted.",
        signed_in,
        highlight_id=argument(strawberry.ID, "ID of the highlight."),
    )
