"""Resolvers of stories, story reels and highlights."""

from typing import TYPE_CHECKING

from domain.commands import stories as commands
from domain.statuses import StoryAudience

if TYPE_CHECKING:
    from schema.stories import CreateHighlightInput, CreateStoryInput

from collections.abc import Sequence
from functools import partial
from typing import Any, cast

from domain import privacy
from domain.accounts.rows import User
from domain.media.rows import Media, Upload
from domain.rows import number_of
from domain.stories import reads, views
from domain.stories import tray as trays
from domain.stories.rows import Highlight, Reel, Story
from domain.viewer.noun import load_known
from kit.batching import Answers
from kit.cursor import Position
from kit.paging import Page, fill
from resolvers.context import Context
from resolvers.paging import pages
from resolvers.posts import filter_name

Answer = dict[str, Any]

MAX_SEEN = 100


async def tray(context: Context, first: int, after: str | None) -> Page[Reel]:
    """A page of the story reels for the viewer. Raises Unauthenticated, BadUserInput."""
    services, viewer_id = context.services, context.require_viewer()
    request = context.page(("tray",), first, after)
    rest = await trays.places(services.db, services.redis, viewer_id, request.after, first, context.now)

    async def candidates(after: Position | None, limit: int) -> trays.Places:
        return [place for place in rest if after is None or place[0] > after][:limit]

    return await fill(request, candidates, context.viewer.stories.reel.load_many)


def authors(context: Context, stories: Sequence[Story]) -> Answers[User | None]:
    """The author of each story."""
    return context.viewer.users.by_id.many([story.author_id for story in stories])


def users_of_reels(context: Context, reels: Sequence[Reel]) -> Answers[User | None]:
    """The user of each reel."""
    return context.viewer.users.by_id.many([reel.id for reel in reels])


def owners(context: Context, highlights: Sequence[Highlight]) -> Answers[User | None]:
    """The owner of each highlight."""
    return context.viewer.users.by_id.many([highlight.user_id for highlight in highlights])


def reels_of(context: Context, users: Sequence[User]) -> Answers[Reel | None]:
    """The live stories of each user."""
    return context.viewer.stories.reel.many([user.id for user in users])


async def highlights_of(
    context: Context, users: Sequence[User], first: int, after: str | None
) -> list[Page[Highlight] | Exception]:
    """For each user, a page of their highlights, newest first."""
    fetch = partial(reads.pages_of_highlights, context.services.db)
    load = context.viewer.stories.highlight.load_many
    return await pages(context, "highlights", users, first, after, fetch, load, privacy.sees_content)


async def covers(context: Context, highlights: Sequence[Highlight]) -> list[Media | None]:
    """The media of the oldest story of each highlight that the viewer can see."""
    oldest = await load_known(context.viewer.stories.by_id, [highlight.story_ids[0] for highlight in highlights])
    return [story.media if story else None for story in oldest]


async def kept(
    context: Context, highlights: Sequence[Highlight], first: int, after: str | None
) -> list[Page[Story] | Exception]:
    """For each highlight, a page of its stories, oldest first."""
    fetch = partial(reads.pages_of_kept, context.services.db)
    return await pages(context, "kept", highlights, first, after, fetch, context.viewer.stories.by_id.load_many)


async def view_counts(context: Context, stories: Sequence[Story]) -> list[int | None]:
    """The view count of each story of the viewer, without users across a block; None for stories of others."""
    own = [story.id for story in stories if story.author_id == context.viewer_id]
    hidden = dict(zip(own, await views.hidden(context.services.db, context.viewer_id, own), strict=True)) if own else {}
    return [max(story.views - hidden[story.id], 0) if story.id in hidden else None for story in stories]


async def viewers(
    context: Context, stories: Sequence[Story], first: int, after: str | None
) -> list[Page[User] | Exception | None]:
    """For each story of the viewer, a page of its viewers, most recent first; None for stories of others."""
    fetch = partial(views.pages, context.services.db)
    own = [story for story in stories if story.author_id == context.viewer_id]

    async def load(ids: Sequence[int]) -> list[User | None]:
        users = await context.viewer.users.by_id.load_many(ids)
        return [user if user and privacy.can_interact(user) else None for user in users]

    found = await pages(context, "viewers", own, first, after, fetch, load)
    by_id = {story.id: page for story, page in zip(own, found, strict=True)}
    return [by_id.get(story.id) for story in stories]


async def create(context: Context, input: "CreateStoryInput") -> Answer:
    """Create a story from an upload of the viewer: {story}."""
    story = await commands.create_story(
        context.viewer,
        upload_id=number_of(Upload, input.upload_id),
        audience=cast(StoryAudience, input.audience.name) if input.audience else "FOLLOWERS",
        filter=filter_name(input.filter),
        key=input.idempotency_key,
    )
    return {"story": story}


async def delete(context: Context, story_id: str) -> Answer:
    """Delete a story of the viewer: {deleted_id, story_reel}."""
    return {
        "deleted_id": story_id,
        "story_reel": await commands.delete_story(context.viewer, number_of(Story, story_id)),
    }


async def mark_seen(context: Context, story_ids: Sequence[str]) -> Answer:
    """Record that the viewer has seen stories: {stories}."""
    return {"stories": await commands.mark_stories_seen(context.viewer, [number_of(Story, id) for id in story_ids])}


async def create_highlight(context: Context, input: "CreateHighlightInput") -> Answer:
    """Create a highlight from stories of the viewer: {highlight}."""
    highlight = await commands.create_highlight(
        context.viewer,
        title=input.title,
        story_ids=[number_of(Story, id) for id in input.story_ids],
        key=input.idempotency_key,
    )
    return {"highlight": highlight}


async def delete_highlight(context: Context, highlight_id: str) -> Answer:
    """Delete a highlight of the viewer: {deleted_id, user}."""
    user = await commands.delete_highlight(context.viewer, number_of(Highlight, highlight_id))
    return {"deleted_id": highlight_id, "user": user}
