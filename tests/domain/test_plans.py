"""Every query has its index: what the domain sends is explained in a database of 200,000 rows a table."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import asyncpg
import msgspec
import pytest

from domain import captions, counters, erasure, idempotency, jobs, outbox
from domain import relationships as follows
from domain.accounts import actions as sessions
from domain.accounts import names
from domain.accounts import reads as accounts
from domain.accounts.sessions import live as live_sessions
from domain.activity import count_activity
from domain.comments import reads as comments
from domain.comments.actions import deletable
from domain.comments.rows import Comment
from domain.counters import Count, Tally
from domain.events import StoryPublished
from domain.feed import delivery_mode, impressions, ranking_models, training
from domain.feed import reads as feeds
from domain.feed.affinity import affinities_of
from domain.graph import reads as graph
from domain.hashtags import actions as tagging
from domain.hashtags import reads as hashtags
from domain.jobs import JobKind
from domain.likes import actions as liking
from domain.likes import reads as likes
from domain.media import erasure_queue, queue, quota
from domain.media import jobs as media_jobs
from domain.media import reads as media
from domain.media.queue import Kind
from domain.messages import actions as talking
from domain.messages import log, sealing
from domain.messages import reads as talks
from domain.messages.erasure import erase_conversation
from domain.messages.reads import Messages
from domain.moderation import reviews
from domain.notifications import notification_events
from domain.notifications import reads as notifications
from domain.notifications.notify import Notifier
from domain.notifications.rows import Kind as NotificationKind
from domain.posts import places, saves, tags
from domain.posts import reads as posts
from domain.posts.reads import Posts
from domain.posts.rows import Post
from domain.publication import publish_if_ready
from domain.stories import actions as telling
from domain.stories import live, views
from domain.stories import publication as story_publication
from domain.stories import reads as stories
from domain.stories.rows import LIFE
from kit.clock import epoch_ms
from kit.paging import Request
from tests.domain import trend_calls
from tests.domain.explainer import Explainer
from tests.support.large_dataset import (
    AUTHOR,
    COMMENT,
    COMMENTER,
    FAN,
    IDOL,
    LIKER,
    OWNER,
    PEOPLE,
    POST,
    ROWS,
    SAID,
    SAVER,
    SMALL_TABLES,
    SPREAD,
    STAR,
    STORY,
    TABLES,
    TAGGED,
    TALK,
    TALKER,
    THING,
    UPLOAD,
    VIEWER,
)
from tests.support.media_queue import claim_of_others
from workers.parts import Parts

TWENTY = range(20)
SOME_PEOPLE = [AUTHOR, STAR, IDOL, FAN, VIEWER, COMMENTER, LIKER, *(977 * n + 50 for n in range(13))]


def _some(first: int) -> list[int]:
    return [first + 997 * n for n in TWENTY]


@pytest.fixture(scope="module")
async def full(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database of this module's own, with much in it."""
    server = database.rsplit("/", 1)[0]
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute("CREATE DATABASE full_of_rows TEMPLATE template_of_tests")
    # References are not looked up, and indexes are made when the rows are there.
    quick = {"session_replication_role": "replica", "maintenance_work_mem": "128MB", "synchronous_commit": "off"}
    async with asyncpg.create_pool(f"{server}/full_of_rows", min_size=3, max_size=3, server_settings=quick) as pool:
        await asyncio.gather(*(_fill(pool, table) for table in sorted(TABLES, key=SMALL_TABLES.__contains__)))
    connection = await asyncpg.connect(f"{server}/full_of_rows")
    yield connection
    await connection.close()
    await admin.execute("DROP DATABASE full_of_rows WITH (FORCE)")
    await admin.close()


async def _fill(pool: asyncpg.Pool, table: str) -> None:
    columns, rows = TABLES[table], PEOPLE if table in SMALL_TABLES else ROWS
    values = ", ".join(columns.values())
    for name, value in SPREAD.items():
        values = values.replace(f"{{{name}}}", f"({value})")
    async with pool.acquire() as connection:
        ready = f"UPDATE pg_index SET indisready = {{}} WHERE indrelid = '{table}'::regclass"
        await connection.execute(ready.format("false"))
        await connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM generate_series(0::bigint, {rows} - 1) g"
        )
        await connection.execute(ready.format("true"))
        await connection.execute(f"REINDEX TABLE {table}")
        await connection.execute(f"ANALYZE {table}")


@pytest.fixture
async def explainer(full: asyncpg.Connection) -> AsyncIterator[Explainer]:
    """Whatever is done by it is undone."""
    transaction = full.transaction()
    await transaction.start()
    yield Explainer(full)
    await transaction.rollback()


Call = Callable[[Any, Parts], Awaitable[object]]


def _request(*after: int) -> Request:
    return Request(20, after or None, lambda position: "")


_BY_ID = {
    "followers": (graph.pages_of_followers, SOME_PEOPLE),
    "followees": (graph.pages_of_followees, SOME_PEOPLE),
    "requests": (graph.pages_of_requests, SOME_PEOPLE),
    "blocked": (graph.pages_of_blocked, SOME_PEOPLE),
    "saved": (posts.pages_of_saved, [SAVER, *SOME_PEOPLE[1:]]),
    "comments": (comments.pages_of_posts, _some(POST)),
    "replies": (comments.pages_of_replies, _some(COMMENT)),
    "likers of posts": (likes.pages_of_likers, _some(POST)),
    "viewers": (views.pages, _some(STORY)),
    "highlights": (stories.pages_of_highlights, SOME_PEOPLE),
    "kept": (stories.pages_of_kept, _some(THING)),
    "likers of comments": (likes.pages_of_likers, _some(COMMENT)),
}
_BY_TIME = {
    "of authors": (posts.pages_of_authors, SOME_PEOPLE),
    "of locations": (posts.pages_of_locations, _some(THING)),
    "of hashtags": (posts.pages_of_hashtags, _some(THING)),
}
_LATELY = (epoch_ms(datetime.now(UTC)) - 86_400_000 * 30, POST + 100)
PAGES = [
    pytest.param(function, owners, after, id=f"{name}, {place}")
    for pages, afters in (
        (_BY_ID, {"first": (), "low": (5000,), "high": (COMMENT + 10_000,)}),
        (_BY_TIME, {"first": (), "later": _LATELY}),
    )
    for name, (function, owners) in pages.items()
    for place, after in afters.items()
]


@pytest.mark.parametrize(("function", "owners", "after"), PAGES)
async def test_pages_of_twenty_lists_are_one_statement_with_an_index(
    explainer: Explainer, function: Callable[..., Awaitable[list[object]]], owners: list[int], after: tuple[int, ...]
) -> None:
    assert len(await function(explainer, owners, _request(*after))) == 20
    assert len(explainer.statements) == 1
    assert not explainer.scans, "\n".join(explainer.scans)


async def _write(function: Callable[..., Awaitable[object]], db: Any, parts: Parts, viewer: int, owner: bool) -> None:
    [post] = await Posts(db, parts.redis).by_id([POST])
    [author] = await accounts.users(db, viewer, [AUTHOR])
    await function(db, viewer, post, [author] if owner else author)


async def _on_comment(function: Callable[..., Awaitable[object]], db: Any) -> None:
    [comment] = await comments.comments(db, [COMMENT])
    await function(db, LIKER, comment, await accounts.users(db, LIKER, [AUTHOR, 50]))


async def _record(db: Any, parts: Parts) -> None:
    rows = [post for post in await Posts(db, parts.redis).by_id(range(POST + 1, POST + 101)) if post]
    shown = [impressions.Shown(post.id, n, "RANKED") for n, post in enumerate(rows)]
    assert await impressions.record(db, FAN, shown, rows, datetime.now(UTC)) == 100


QUOTA = quota.Quota(1 << 40, 0, 1 << 40)
KEYS = sealing.Keys({"new": bytes(32), "old": bytes(32)})


async def _on_message(function: Callable[..., Awaitable[object]], db: Any) -> None:
    [message] = await Messages(db, KEYS).messages([SAID])
    assert message is not None
    assert await function(db, TALKER, message)


async def _watch(db: Any) -> None:
    found = await stories.stories(db, FAN, range(STORY + 5, STORY + 105))
    await views.see(db, FAN, [story for story in found if story], await accounts.users(db, FAN, [AUTHOR]))


async def _ring(db: Any, parts: Parts) -> None:
    left = await Notifier(db, parts.live, 5).apply(StoryPublished(STORY + 2001, STAR))
    assert isinstance(left, StoryPublished)
    assert (
        await db.fetchval("SELECT count(*) FROM acts WHERE source_id = $1 AND actor_id = $2", STORY + 2001, STAR) == 5
    )


async def _keep(db: Any) -> None:
    own = [record["id"] for record in await db.fetch("SELECT id FROM stories WHERE author_id = 50 LIMIT 5")]
    await telling.create_highlight(db, 50, title="x", story_ids=own, key=None)


async def _unkeep(db: Any) -> None:
    [highlight] = await stories.highlights(db, [THING])
    await telling.delete_highlight(db, AUTHOR, msgspec.structs.replace(highlight, user_id=AUTHOR))


CALLS: dict[str, Call] = {
    "users": lambda db, _: accounts.users(db, VIEWER, SOME_PEOPLE),
    "users, signed out": lambda db, _: accounts.users(db, 0, SOME_PEOPLE),
    "user_ids": lambda db, _: accounts.user_ids(db, [f"u{n}" for n in SOME_PEOPLE]),
    "emails": lambda db, _: accounts.emails(db, SOME_PEOPLE),
    "hidden_follows": lambda db, _: accounts.hidden_follows(db, VIEWER, SOME_PEOPLE),
    "live_sessions": lambda db, _: live_sessions(db, [7000, 7001]),
    "conversations": lambda db, _: Messages(db, KEYS).conversations(_some(TALK)),
    "messages": lambda db, _: Messages(db, KEYS).messages(_some(SAID)),
    "inbox": lambda db, _: talks.page_of_inbox(db, TALKER, _request(), requests=False),
    "messages of conversations": lambda db, _: talks.pages_of_messages(db, TALKER, _some(TALK), _request()),
    "unread conversations": lambda db, _: talks.unread_conversations(db, TALKER),
    "messages of pictures": lambda db, _: talks.messages_of_pictures(db, _some(UPLOAD)),
    "conversations of members": lambda db, _: talks.conversations_of_members(db, SOME_PEOPLE),
    "still in": lambda db, _: talks.still_in(db, [(TALKER, id) for id in _some(TALK)]),
    "log": lambda db, _: log.after(db, TALKER, 100_000, 50),
    "stands": lambda db, _: log.stands(db, SOME_PEOPLE),
    "log an event": lambda db, _: log.append(db, SOME_PEOPLE, log.Kind.SENT, TALK, SAID),
    "forget the log": lambda db, _: log.forget_old(db, datetime.now(UTC)),
    "read": lambda db, _: _on_message(talking.mark_read, db),
    "unsend": lambda db, _: _on_message(talking.unsend, db),
    "rewrap": lambda db, _: sealing.rewrap(db, KEYS),
    "erase a conversation": lambda db, _: erase_conversation(db, TALK),
    "erase a talker": lambda db, parts: erasure.erase_account(db, parts.redis, TALKER),
    "wanting": lambda db, _: graph.wanting(db, STAR, list(range(100, 600))),
    "followers_after": lambda db, _: graph.followers_after(db, STAR, 40_000, 500),
    "accept_all": lambda db, _: follows.accept_all(db, STAR, 5),
    "posts": lambda db, parts: Posts(db, parts.redis).by_id(_some(POST + 1)),
    "post views": lambda db, _: posts.views(db, VIEWER, _some(POST)),
    "locations": lambda db, _: posts.locations(db, _some(THING)),
    "newest_wanted": lambda db, _: feeds.newest_wanted(db, VIEWER, None, 500),
    "newest_for_set": lambda db, _: feeds.newest_for_set(db, VIEWER, 500),
    "newest_wanted, of 5,000": lambda db, _: feeds.newest_wanted(db, FAN, _LATELY, 21),
    "newest_of_author": lambda db, _: feeds.newest_of_author(db, AUTHOR, 500),
    "pulls_of": lambda db, _: delivery_mode.pulls_of(db, FAN, 50),
    "fanout_exceptions_after": lambda db, _: delivery_mode.fanout_exceptions_after(db, STAR, 100, 500),
    "comments": lambda db, _: comments.comments(db, _some(COMMENT)),
    "comment views": lambda db, _: comments.views(db, VIEWER, _some(COMMENT)),
    "like": lambda db, parts: _write(liking.like, db, parts, FAN, True),
    "unlike": lambda db, _: liking.unlike(db, LIKER, Post, POST),
    "like of a comment": lambda db, _: _on_comment(liking.like, db),
    "unlike of a comment": lambda db, _: liking.unlike(db, LIKER, Comment, COMMENT),
    "unsave": lambda db, _: saves.unsave(db, SAVER, POST),
    "deletable comment": lambda db, _: deletable(db, COMMENTER, COMMENT),
    "save": lambda db, parts: _write(saves.save, db, parts, FAN, False),
    "record impressions": _record,
    "forget impressions": lambda db, _: impressions.forget_old(db, datetime.now(UTC)),
    "examples": lambda db, _: training.examples(db, datetime.now(UTC), training.CHUNK),
    "current model": lambda db, _: ranking_models.current_model(db),
    "next version": lambda db, _: ranking_models.next_version(db),
    "affinities of a liker": lambda db, _: affinities_of(db, LIKER, datetime.now(UTC)),
    "affinities of a saver": lambda db, _: affinities_of(db, SAVER, datetime.now(UTC)),
    "affinities of a commenter": lambda db, _: affinities_of(db, COMMENTER, datetime.now(UTC)),
    "affinities of a fan": lambda db, _: affinities_of(db, FAN, datetime.now(UTC)),
    "hashtags": lambda db, _: hashtags.hashtags(db, _some(THING)),
    "hashtag_ids": lambda db, _: hashtags.hashtag_ids(db, [f"t{n}" for n in TWENTY]),
    "hidden_posts": lambda db, _: hashtags.hidden_posts(db, VIEWER, _some(THING)),
    **trend_calls.CALLS,
    "count activity of a liker": lambda db, _: count_activity(db, LIKER),
    "count activity of a commenter": lambda db, _: count_activity(db, COMMENTER),
    "count activity of a star": lambda db, _: count_activity(db, STAR),
    "list taggings": lambda db, _: tagging.list_taggings(db, AUTHOR),
    "stories": lambda db, _: stories.stories(db, FAN, _some(STORY)),
    "live stories": lambda db, _: stories.live(db, FAN, SOME_PEOPLE, datetime.now(UTC)),
    "followed": lambda db, _: stories.followed(db, FAN),
    "count of the live": lambda db, _: db.fetch(
        f"SELECT count(*) FROM stories WHERE author_id = $1 AND {stories.LIVE.format(life='$2')}", AUTHOR, LIFE
    ),
    "live of authors": lambda db, _: db.fetch(live._LIVE, SOME_PEOPLE, datetime.now(UTC) - LIFE),
    "seen": lambda db, _: db.fetch(live._SEEN, LIKER, 100),
    "story_of": lambda db, _: stories.story_of(db, _some(UPLOAD)),
    "seconds shown": lambda db, _: stories.seconds_shown(db, f"{7:032}", datetime.now(UTC)),
    "bells": _ring,
    "unread notifications": lambda db, _: notifications.unread(db, 100),
    "notifications": lambda db, _: notifications.notifications(db, 100, _some(0)),
    "unheard": lambda db, _: notifications.unheard(db, VIEWER, _some(0)),
    "told without mention": lambda db, _: notification_events.told_without_mention(db, STORY),
    "told without tag": lambda db, _: notification_events.told_without_tag(db, STORY),
    "remove tags": lambda db, _: tags.remove_tags(db, TAGGED, POST),
    "remove mention": lambda db, _: captions.remove_mention(db, SAVER, "posts", POST),
    "withdraw some": lambda db, _: notification_events.withdraw(
        db, [STORY], kind=NotificationKind.STORY, user_ids=[100, 101]
    ),
    "withdraw": lambda db, _: notification_events.withdraw(db, [STORY]),
    "hidden viewers": lambda db, _: views.hidden(db, VIEWER, _some(STORY)),
    "watch": lambda db, _: _watch(db),
    "sweep stories": lambda db, _: telling.sweep(db, datetime.now(UTC)),
    "remove a story": lambda db, _: telling.remove(db, STORY),
    "publish a story": lambda db, _: story_publication.publish_if_ready(db, UPLOAD),
    "keep": lambda db, _: _keep(db),
    "keep no longer": lambda db, _: _unkeep(db),
    "erase a story": lambda db, _: erasure.erase_story(db, STORY),
    "repair stories": lambda db, _: counters.repair(db, "stories", STORY + 30_000),
    "uploads": lambda db, _: media.uploads(db, OWNER, _some(UPLOAD)),
    "post_of": lambda db, _: media.post_of(db, _some(UPLOAD)),
    "uploads_of_posts": lambda db, _: media.uploads_of_posts(db, _some(POST)),
    "photo to process": lambda db, _: queue.claim(db, ((Kind.SLOW_PHOTO, Kind.QUICK_PHOTO),), [OWNER], 2),
    "photo to process, of who has many": lambda db, _: claim_of_others(db),
    "expire": lambda db, _: media_jobs.expire(db, publish_if_ready),
    "discard_unattached": lambda db, _: media_jobs.discard_unattached(db),
    "video to process": lambda db, _: queue.claim(db, ((Kind.SHORT_VIDEO,),), [], 2),
    "storage": lambda db, _: quota.usage(db, QUOTA, [OWNER, *SOME_PEOPLE], datetime.now(UTC)),
    "reserve": lambda db, _: quota.reserve(db, QUOTA, OWNER, 1, datetime.now(UTC)),
    "release": lambda db, _: quota.release(db, [(1000 + n, "READY", 1) for n in TWENTY]),
    "repair storage": lambda db, _: quota.repair(db, 3000),
    "due_erasures": lambda db, _: erasure_queue.due(db, 16),
    "untold erasures": lambda db, _: erasure_queue.untold(db, 100),
    "withdraw media": lambda db, _: erasure.withdraw_media(db, OWNER),
    "orphans": lambda db, _: erasure_queue.without_row(db, [f"{n:032}" for n in TWENTY]),
    "in review": lambda db, _: reviews.waiting(db),
    "statuses": lambda db, _: media_jobs.statuses(db, [f"{n:032}" for n in TWENTY]),
    "outbox": lambda db, _: db.fetch(outbox._CLAIM.format(unsent=outbox._UNSENT_OF[outbox.EVENTS]), 500),
    "outbox of the index": lambda db, _: db.fetch(
        outbox._CLAIM.format(unsent=outbox._UNSENT_OF[outbox.INDEX_EVENTS]), 500
    ),
    "jobs": lambda db, _: jobs.claim(db),
    "enqueue": lambda db, _: jobs.enqueue(db, JobKind.ERASE_COMMENT, *_some(COMMENT)),
    "forget locations": lambda db, _: places.forget_unused(db, THING),
    "forget keys": lambda db, _: idempotency.forget_old(db),
    "tallies": lambda db, _: db.fetch(outbox._CLAIM_TALLIES, outbox.TALLIES),
    "forget sessions": lambda db, _: sessions.forget_old_sessions(db),
    "forget usernames": lambda db, _: names.forget_old(db),
    "flush": lambda db, _: counters.flush(
        db,
        [Tally(ROWS + n, (Count("post.likes", POST + n, 1), Count("user.posts", 50 + n, 1))) for n in range(50)],
    ),
    "now": lambda db, _: counters.now(db, "post.comments", POST, 1),
    "now followers": lambda db, _: counters.now(db, "user.followers", STAR, 1),
    "now posts": lambda db, _: counters.now(db, "user.posts", AUTHOR, 1),
    "repair comments": lambda db, _: counters.repair(db, "comments", COMMENT + 30_000),
    "repair hashtags": lambda db, _: counters.repair(db, "hashtags", THING + 3000, 50),
    "repair posts": lambda db, _: counters.repair(db, "posts", POST + 30_000),
    "repair users": lambda db, _: counters.repair(db, "users", 3000, 50),
    "erase a post": lambda db, _: erasure.erase_post(db, POST),
    "erase a comment": lambda db, _: erasure.erase_comment(db, COMMENT),
    "erase an author": lambda db, parts: erasure.erase_account(db, parts.redis, AUTHOR),
    "erase a commenter": lambda db, parts: erasure.erase_account(db, parts.redis, COMMENTER),
    "erase a liker": lambda db, parts: erasure.erase_account(db, parts.redis, LIKER),
    "erase a star": lambda db, parts: erasure.erase_account(db, parts.redis, STAR),
    "erase a saver": lambda db, parts: erasure.erase_account(db, parts.redis, SAVER),
    "erase who is tagged": lambda db, parts: erasure.erase_account(db, parts.redis, TAGGED),
    "erase an owner": lambda db, parts: erasure.erase_account(db, parts.redis, OWNER),
}


@pytest.mark.parametrize("name", CALLS)
async def test_no_statement_reads_a_table_from_end_to_end(explainer: Explainer, parts: Parts, name: str) -> None:
    await CALLS[name](explainer, parts)
    assert explainer.statements
    assert not explainer.scans, "\n".join(explainer.scans)


async def test_every_reference_has_an_index(full: asyncpg.Connection) -> None:
    lacking = await full.fetch(
        """
        SELECT conrelid::regclass::text, attname FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = a.attnum AND i.indpred IS NULL
        )
        """
    )
    assert lacking == []
