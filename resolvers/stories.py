"""Stories, reels and highlights."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from domain import privacy
from domain.accounts.rows import User
from domain.media.rows import Media, Upload
from domain.rows import number_of
from domain.stories import actions, live, reads, views
from domain.stories import tray as trays
from domain.stories.rows import Highlight, Reel, Story
from kit.batching import Answers
from kit.cursor import Position
from kit.errors import mistake
from kit.paging import Page, fill
from resolvers.context import Context
from resolvers.loaders import load_known
from resolvers.paging import pages
from resolvers.posts import filter_name

Answer = dict[str, Any]

MAX_SEEN = 100


async def tray(context: Context, first: int, after: str | None) -> Page[Reel]:
    """A page of whose stories there are for the viewer. Raises Unauthenticated, BadUserInput."""
    services, viewer_id = context.services, context.require_viewer()
    request = context.page(("tray",), first, after)
    rest = await trays.places(services.db, services.redis, viewer_id, request.after, first, context.now)

    async def candidates(after: Position | None, limit: int) -> trays.Places:
        return [place for place in rest if after is None or place[0] > after][:limit]

    return await fill(request, candidates, context.loaders.reel_by_user.load_many)


def authors(context: Context, stories: Sequence[Story]) -> Answers[User | None]:
    """The author of each story."""
    return context.loaders.user_by_id.many([story.author_id for story in stories])


def users_of_reels(context: Context, reels: Sequence[Reel]) -> Answers[User | None]:
    """Whose each reel is."""
    return context.loaders.user_by_id.many([reel.id for reel in reels])


def owners(context: Context, highlights: Sequence[Highlight]) -> Answers[User | None]:
    """Whose each highlight is."""
    return context.loaders.user_by_id.many([highlight.user_id for highlight in highlights])


def reels_of(context: Context, users: Sequence[User]) -> Answers[Reel | None]:
    """The live stories of each person."""
    return context.loaders.reel_by_user.many([user.id for user in users])


async def highlights_of(
    context: Context, users: Sequence[User], first: int, after: str | None
) -> list[Page[Highlight] | Exception]:
    """For each, a page of their highlights, newest first."""
    fetch = partial(reads.pages_of_highlights, context.services.db)
    load = context.loaders.highlight_by_id.load_many
    return await pages(context, "highlights", users, first, after, fetch, load, privacy.sees_content)


async def covers(context: Context, highlights: Sequence[Highlight]) -> list[Media | None]:
    """Of each highlight, the media of the oldest story that the viewer may see."""
    oldest = await load_known(context.loaders.story_by_id, [highlight.story_ids[0] for highlight in highlights])
    return [story.media if story else None for story in oldest]


async def kept(
    context: Context, highlights: Sequence[Highlight], first: int, after: str | None
) -> list[Page[Story] | Exception]:
    """For each highlight, a page of its stories, oldest first."""
    fetch = partial(reads.pages_of_kept, context.services.db)
    return await pages(context, "kept", highlights, first, after, fetch, context.loaders.story_by_id.load_many)


async def view_counts(context: Context, stories: Sequence[Story]) -> list[int | None]:
    """How many have seen each of the viewer's own stories, but for those across a block; None for those of others."""
    own = [story.id for story in stories if story.author_id == context.viewer_id]
    hidden = dict(zip(own, await views.hidden(context.services.db, context.viewer_id, own), strict=True)) if own else {}
    return [max(story.views - hidden[story.id], 0) if story.id in hidden else None for story in stories]


async def viewers(
    context: Context, stories: Sequence[Story], first: int, after: str | None
) -> list[Page[User] | Exception | None]:
    """For each of the viewer's own stories, a page of who has seen it, the last first; None for those of others."""
    fetch = partial(views.pages, context.services.db)
    own = [story for story in stories if story.author_id == context.viewer_id]

    async def load(ids: Sequence[int]) -> list[User | None]:
        users = await context.loaders.user_by_id.load_many(ids)
        return [user if user and privacy.can_interact(user) else None for user in users]

    found = await pages(context, "viewers", own, first, after, fetch, load)
    by_id = {story.id: page for story, page in zip(own, found, strict=True)}
    return [by_id.get(story.id) for story in stories]


async def create(context: Context, input: Any) -> Answer:
    """Make a story of an upload of the viewer's: {story}. Raises UserErrors, BadUserInput."""
    story_id = await actions.create_story(
        context.services.db,
        context.require_viewer(),
        upload_id=number_of(Upload, input.upload_id),
        audience=input.audience.value if input.audience else "FOLLOWERS",
        filter=filter_name(input.filter),
        key=input.idempotency_key,
    )
    context.forget()
    return {"story": await context.loaders.story_by_id.load(story_id)}


async def delete(context: Context, story_id: str) -> Answer:
    """Delete a story of the viewer's: {deleted_id, story_reel}. Raises UserErrors, BadUserInput."""
    services, viewer_id = context.services, context.require_viewer()
    [story] = await load_known(context.loaders.story_by_id, [number_of(Story, story_id)])
    if story is None:
        raise mistake("NOT_FOUND", "The story does not exist, or you cannot see it.", "storyId")
    await actions.delete_story(services.db, viewer_id, story)
    context.forget()
    return {"deleted_id": story_id, "story_reel": await context.loaders.reel_by_user.load(viewer_id)}


async def mark_seen(context: Context, story_ids: Sequence[str]) -> Answer:
    """The viewer has seen stories: {stories}. Raises UserErrors, BadUserInput."""
    services, viewer_id = context.services, context.require_viewer()
    if not 1 <= len(story_ids) <= MAX_SEEN:
        raise mistake("TOO_MANY" if story_ids else "REQUIRED", f"Expected 1 to {MAX_SEEN} story IDs.", "storyIds")
    wanted = list(dict.fromkeys(number_of(Story, id) for id in story_ids))

    async def attempt() -> None:
        found = await load_known(context.loaders.story_by_id, wanted)
        others = [story for story in found if story and story.author_id != viewer_id]
        users = await load_known(context.loaders.user_by_id, [story.author_id for story in others])
        whose = {user.id: user for user in users if user}
        if others:
            await views.see(services.db, viewer_id, others, list(whose.values()))

    await context.retry_on_conflict(attempt)
    context.forget()
    stories = [story for story in await load_known(context.loaders.story_by_id, wanted) if story]
    await live.saw(services.redis, viewer_id, [story.id for story in stories], context.now)
    return {"stories": stories}


async def create_highlight(context: Context, input: Any) -> Answer:
    """Keep stories of the viewer's: {highlight}. Raises UserErrors, BadUserInput."""
    highlight_id = await actions.create_highlight(
        context.services.db,
        context.require_viewer(),
        title=input.title,
        story_ids=[number_of(Story, id) for id in input.story_ids],
        key=input.idempotency_key,
    )
    context.forget()
    return {"highlight": await context.loaders.highlight_by_id.load(highlight_id)}


async def delete_highlight(context: Context, highlight_id: str) -> Answer:
    """Delete a highlight of the viewer's: {deleted_id, user}. Raises UserErrors, BadUserInput."""
    viewer_id = context.require_viewer()
    [highlight] = await load_known(context.loaders.highlight_by_id, [number_of(Highlight, highlight_id)])
    if highlight is None:
        raise mistake("NOT_FOUND", "The highlight does not exist, or you cannot see it.", "highlightId")
    await actions.delete_highlight(context.services.db, viewer_id, highlight)
    context.forget()
    return {"deleted_id": highlight_id, "user": await context.loaders.user_by_id.load(viewer_id)}
