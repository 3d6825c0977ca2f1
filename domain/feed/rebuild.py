"""Rebuilding a set that was evicted, lost, or never built: in the background, one process at a time."""

from clients.postgres import Queries
from domain.feed import delivery_mode
from domain.feed.reads import newest_for_set, newest_of_author
from domain.feed.timeline import Timeline, of_author, of_reader


async def rebuild_reader(db: Queries, timeline: Timeline, reader_id: int) -> bool:
    """Build the feed of a reader. Returns False if there is one, or another process is building it."""
    token = await timeline.begin(of_reader(reader_id))
    if token is None:
        return False
    pulls = await delivery_mode.pulls_of(db, reader_id, timeline.pulls)
    newest = await newest_for_set(db, reader_id, timeline.capacity)
    await timeline.finish(of_reader(reader_id), token, newest, pulls)
    return True


async def rebuild_author(db: Queries, timeline: Timeline, author_id: int) -> bool:
    """Build the set of a fan-out-on-read author's posts.

    Returns False if there is one, or another process is building it.
    """
    token = await timeline.begin(of_author(author_id))
    if token is None:
        return False
    await timeline.finish(of_author(author_id), token, await newest_of_author(db, author_id, timeline.capacity))
    return True
