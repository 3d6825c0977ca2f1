"""Commands for stories and highlights."""

from collections.abc import Sequence

from domain.accounts.rows import User
from domain.statuses import StoryAudience
from domain.stories import actions, live, views
from domain.stories.rows import Highlight, Reel, Story
from domain.viewer.noun import load_known
from domain.viewer.viewer import Viewer
from kit.errors import mistake

MAX_SEEN = 100


async def create_story(
    viewer: Viewer, *, upload_id: int, audience: StoryAudience, filter: str | None, key: str | None
) -> Story | None:
    """Create a story from one of the viewer's uploads, whether or not its bytes have arrived.

    `key` is the idempotency key. None where an earlier request with the same key created the story, and it is gone.
    """
    story_id = await actions.create_story(
        await viewer.writable(), viewer.require_id(), upload_id=upload_id, audience=audience, filter=filter, key=key
    )
    viewer.stories.reel.clear(viewer.id)
    return await viewer.stories.by_id.load(story_id)


async def delete_story(viewer: Viewer, story_id: int) -> Reel | None:
    """Delete a story of the viewer, and its media. Returns the viewer's other live stories."""
    viewer_id = viewer.require_id()
    [story] = await load_known(viewer.stories.by_id, [story_id])
    if story is None:
        raise mistake("NOT_FOUND", "The story does not exist, or you cannot see it.", "storyId")
    await actions.delete_story(await viewer.writable(), viewer_id, story)
    viewer.forget()
    return await viewer.stories.reel.load(viewer_id)


async def mark_stories_seen(viewer: Viewer, story_ids: Sequence[int]) -> list[Story]:
    """Record that the viewer has seen stories. Returns those that they can see; the others are ignored."""
    viewer_id, parts = viewer.require_id(), viewer.parts
    if not 1 <= len(story_ids) <= MAX_SEEN:
        raise mistake("TOO_MANY" if story_ids else "REQUIRED", f"Expected 1 to {MAX_SEEN} story IDs.", "storyIds")
    wanted = list(dict.fromkeys(story_ids))

    async def attempt() -> None:
        found = await load_known(viewer.stories.by_id, wanted)
        others = [story for story in found if story and story.author_id != viewer_id]
        users = await load_known(viewer.users.by_id, [story.author_id for story in others])
        authors = {user.id: user for user in users if user}
        if others:
            await views.see(await viewer.writable(), viewer_id, others, list(authors.values()))

    await viewer.retry_on_conflict(attempt)
    viewer.forget()
    stories = [story for story in await load_known(viewer.stories.by_id, wanted) if story]
    await live.saw(parts.redis, viewer_id, [story.id for story in stories], viewer.now)
    return stories


async def create_highlight(
    viewer: Viewer, *, title: str, story_ids: Sequence[int], key: str | None
) -> Highlight | None:
    """Create a highlight from published stories of the viewer. `key` is the idempotency key."""
    highlight_id = await actions.create_highlight(
        await viewer.writable(), viewer.require_id(), title=title, story_ids=story_ids, key=key
    )
    viewer.forget()
    return await viewer.stories.highlight.load(highlight_id)


async def delete_highlight(viewer: Viewer, highlight_id: int) -> User | None:
    """Delete a highlight of the viewer. Its stories stay until they expire. Returns the viewer."""
    viewer_id = viewer.require_id()
    [highlight] = await load_known(viewer.stories.highlight, [highlight_id])
    if highlight is None:
        raise mistake("NOT_FOUND", "The highlight does not exist, or you cannot see it.", "highlightId")
    await actions.delete_highlight(await viewer.writable(), viewer_id, highlight)
    viewer.forget()
    return await viewer.users.by_id.load(viewer_id)
