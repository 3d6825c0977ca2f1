"""A page costs a constant number of round trips. When a number here grows, the bill of the product does."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest.mock import AsyncMock

import asyncpg
import pytest
from redis.asyncio.connection import AbstractConnection

from domain.hashtags import trends
from domain.hashtags.trend_scores import Trend
from domain.hashtags.trends import Snapshot
from domain.read_budget import ReadBudget
from kit.ids import decode
from tests.conftest import NewPerson
from tests.support.client import Person, photo, until
from tests.support.factories import hashtag, live_stories, people, posted
from tests.support.messages import start_conversation
from tests.support.queues import events_handled
from tests.support.stories import STORY_TRAY, publish_story, story_tray
from workers import fanout
from workers.parts import Parts

pytestmark = pytest.mark.usefixtures("compiling")

PAGE = """query ($order: FeedOrder) { feed(first: 20, order: $order) {
  edges { cursor node { id caption createdAt author { id username viewerFollow }
  media { id width height blurhash variants { name url } } } } pageInfo { hasNextPage endCursor } } }"""


TALK = """{ feed(first: 20, order: CHRONOLOGICAL) {
  nodes { id likeCount commentCount viewerHasLiked viewerHasSaved author { username }
  likers(first: 3) { nodes { username } }
  comments(first: 3) { nodes { text likeCount viewerHasLiked replyCount author { username }
    replies(first: 2) { nodes { text author { username } } } } } } } }"""
COMMENT = """mutation ($post: ID!, $parent: ID) {
  addComment(input: { postId: $post, parentId: $parent, text: "hi" }) { comment { id } } }"""


TRENDS = """query ($first: Int) { trendingHashtags(first: $first) {
  edges { peopleToday node { name postCount topPosts(first: 3) { nodes { likeCount author { username } } } } } } }"""


LIKE = """mutation ($id: ID!) {
  likePost(postId: $id) { post { id likeCount viewerHasLiked } userErrors { code } } }"""
SEND = """mutation ($input: SendMessageInput!) {
  sendMessage(input: $input) { message { id text createdAt } userErrors { code } } }"""
CREATE_POST = """mutation ($input: CreatePostInput!) {
  createPost(input: $input) { post { id status caption author { username } } userErrors { code } } }"""
CREATE_STORY = """mutation ($input: CreateStoryInput!) {
  createStory(input: $input) { story { id audience user { username } } userErrors { code } } }"""


@dataclass
class Count:
    """Round trips to PostgreSQL and to Redis."""

    sql: int = 0
    redis: int = 0
    queries: list[str] = field(default_factory=list, compare=False)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, api: Any) -> Any:
    """Counts what the API's own connections send, not those of the workers beside it."""

    @contextlib.contextmanager
    def block() -> Iterator[Count]:
        count = Count()
        services = api.state.services
        ours = services.redis.connection_pool
        send = AbstractConnection.send_packed_command

        def noting(method: Any, *, has_arguments: bool = True) -> Any:
            def call(connection: Any, query: str, *arguments: Any, **options: Any) -> Any:
                is_ours = any(holder._con is connection for holder in services.db._holders)
                if is_ours and bool(arguments) == has_arguments:
                    count.sql += 1
                    count.queries.append(" ".join(query.split())[:60])
                return method(connection, query, *arguments, **options)

            return call

        async def counting_send(connection: Any, *arguments: Any, **options: Any) -> Any:
            count.redis += connection in ours._in_use_connections
            return await send(connection, *arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(asyncpg.Connection, "_execute", noting(asyncpg.Connection._execute))
            # BEGIN and COMMIT, which have no arguments, do not pass there.
            patch.setattr(asyncpg.Connection, "execute", noting(asyncpg.Connection.execute, has_arguments=False))
            patch.setattr(AbstractConnection, "send_packed_command", counting_send)
            # Budgets are reconciled in the background, for all operations together.
            patch.setattr(ReadBudget, "sync", AsyncMock())
            yield count

    return block


async def cached(parts: Parts, reader: Person, posts: int) -> None:
    """Wait until the reader's feed has so many posts, and the set of it has been built."""
    await until(reader.feed, lambda feed: len(feed) == posts)
    key = f"feed:{{{decode(reader.id)[1]}}}"
    await until(lambda: parts.redis.zscore(key, "~"), lambda floor: floor == 0)
    await until(lambda: parts.redis.zcard(key), lambda size: size == posts + 1)


async def test_the_feed(person: NewPerson, counted: Any, parts: Parts) -> None:
    reader = await person("reader")
    authors = [await person(f"author{n}") for n in range(3)]
    for author in authors:
        await reader.follow(author)
    posts = [await author.publish() for author in authors for _ in range(2)]
    await cached(parts, reader, len(posts))

    with counted() as warm:
        answer = await reader.ask(PAGE, order="CHRONOLOGICAL")
    assert len(answer["feed"]["edges"]) == len(posts)
    # Redis: the set, the rows. PostgreSQL: the authors with their relationships to the reader.
    assert warm == Count(sql=1, redis=2)

    await ranked_once(reader, parts)
    with counted() as warm:
        await reader.ask(PAGE, order="RANKED")
    # Besides: what ranking knows of the posts. The snapshot goes with the rows.
    assert warm == Count(sql=1, redis=3)

    keys = [key async for key in parts.redis.scan_iter("row:post:*")]
    await parts.redis.delete(*keys)
    with counted() as cold:
        await reader.ask(PAGE, order="CHRONOLOGICAL")
    # Besides: the rows in one query, put back in one round trip.
    assert cold == Count(sql=2, redis=3)


async def ranked_once(reader: Person, parts: Parts) -> None:
    """The reader's feed has been ranked, and what ranking knows is cached."""
    await reader.ask(PAGE, order="RANKED")
    await until(lambda: parts.redis.exists(f"ties:{{{decode(reader.id)[1]}}}"), bool)


async def test_the_document_of_the_bench(
    person: NewPerson, counted: Any, parts: Parts, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is cached, and where nothing is."""
    document = (Path(__file__).parents[2] / "bench" / "feed.graphql").read_text()
    reader, friend = await person("reader"), await person("friend")
    await reader.follow(friend)
    posts = [await friend.publish() for _ in range(4)]
    for post in posts:
        for _ in range(3):
            await friend.do(COMMENT, post=post)
    await cached(parts, reader, len(posts))
    await ranked_once(reader, parts)
    with counted() as warm:
        await reader.ask(document)
    assert warm == Count(sql=1, redis=3)

    keys = [key async for key in parts.redis.scan_iter("*") if key.startswith((b"feed", b"row", b"rank", b"ties"))]
    await parts.redis.delete(*keys)
    later: list[Any] = []
    monkeypatch.setattr(api.state.services.background, "spawn", lambda work, name: later.append(work))
    with counted() as cold:
        answer = await reader.ask(document)
    assert len(answer["feed"]["nodes"]) == len(posts)
    # No set, so the database says what there is; no rows: read, and put back; the facts.
    assert cold == Count(sql=3, redis=3)
    for work in later:  # the set, the ties: nobody waits for them
        await work


async def test_the_tray(person: NewPerson, counted: Any, parts: Parts) -> None:
    """As many for 500 who are followed, of whom 100 have live stories, as for one."""
    reader, friend = await person("reader"), await person("friend")
    await reader.follow(friend)
    await publish_story(friend)
    await until(lambda: story_tray(reader), bool)
    await events_handled(parts, fanout.GROUP)  # which has caches of the author's stories forgotten

    async def rounds() -> tuple[Count, Count]:
        await parts.redis.delete(*[key async for key in parts.redis.scan_iter("stories:*")])
        with counted() as cold:
            await reader.ask(STORY_TRAY)
        with counted() as warm:
            answer = await reader.ask(STORY_TRAY)
        assert len(answer["storyTray"]["nodes"]) == min(len(await story_tray(reader, first=100)), 30)
        return cold, warm

    # Whom they follow, the stories, the people; the sets. Cold: the stories and what was seen, put there.
    assert await rounds() == (Count(sql=5, redis=2), Count(sql=3, redis=1))
    followed = await people(parts.db, 500)
    await parts.db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) SELECT next_id(0), $1, id, 1 FROM unnest($2::bigint[]) id",
        decode(reader.id)[1],
        followed,
    )
    await live_stories(parts.db, followed[:100])
    assert len(await story_tray(reader, first=100)) == 100
    # Where there is another page, the order is kept for it; it takes that, the stories and the people.
    assert await rounds() == (Count(sql=5, redis=3), Count(sql=3, redis=2))
    after = (await reader.ask(STORY_TRAY))["storyTray"]["pageInfo"]["endCursor"]
    with counted() as next_page:
        await reader.ask(STORY_TRAY, after=after)
    assert next_page == Count(sql=2, redis=1)


async def test_what_is_said_under_twenty_posts(person: NewPerson, counted: Any, parts: Parts) -> None:
    reader, friend = await person("reader"), await person("friend")
    await reader.follow(friend)
    posts = [await friend.publish() for _ in range(4)]
    await cached(parts, reader, len(posts))

    async def talk() -> Count:
        with counted() as count:
            await reader.ask(TALK)
        return count

    for n, post in enumerate(posts):
        comment = (await friend.do(COMMENT, post=post))["comment"]["id"]
        await reader.do(COMMENT, post=post, parent=comment)
        await reader.do("mutation ($id: ID!) { likePost(postId: $id) { post { id } } }", id=post)
        if n == 0:
            of_one_post = await talk()
    of_all = await talk()
    # The people, what the reader did to the posts, the comments and their authors in one; then in turn likers, their
    # rows, what the reader did to the comments, replies, their rows and authors: the same for one post and for all.
    assert of_all.sql == of_one_post.sql
    assert of_all == Count(sql=7, redis=2)


async def test_top_posts_of_all_trends(
    person: NewPerson, counted: Any, parts: Parts, api: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = await person("reader")
    authors = await people(parts.db, 3)
    tags = [await hashtag(parts.db, f"{reader.username[-12:]}x{n}") for n in range(6)]
    for tag in tags:
        await posted(parts.db, authors, tag)
    listed = Snapshot(1, tuple(Trend(tag, 1.0, (9,) * 7) for tag in tags))
    await trends.store(parts.redis, listed)
    await until(api.state.services.trends.latest, lambda known: known == listed)

    # However slow this machine is, the list is not read again.
    monkeypatch.setattr(api.state.services.trends, "_max_age", timedelta(hours=1))

    async def look(first: int) -> Count:
        with counted() as count:
            answer = await reader.ask(TRENDS, first=first)
        nodes = [edge["node"] for edge in answer["trendingHashtags"]["edges"]]
        assert [len(node["topPosts"]["nodes"]) for node in nodes] == [3] * first
        return count

    await look(5)
    # Bans, hashtags, their newest posts, the authors of these; posts that are hidden from the reader; whether the top
    # posts still belong there, their authors, what the reader did to them. In Redis: rows, orders, rows.
    assert (await look(1), await look(5)) == (Count(sql=8, redis=3),) * 2


async def test_mutations(person: NewPerson, counted: Any, parts: Parts) -> None:
    """Of everything that a mutation does: BEGIN and COMMIT too."""
    ada, bob = await person("ada"), await person("bob")
    await bob.follow(ada)
    await ada.follow(bob)
    posts = [await ada.publish() for _ in range(2)]
    await cached(parts, bob, len(posts))
    talk = await start_conversation(bob, ada)
    uploads = [await ada.upload(photo()) for _ in range(4)]
    for upload in uploads:
        await ada.processed(upload)

    async def do(who: Person, document: str, **variables: Any) -> Count:
        with counted() as count:
            payload = await who.do(document, **variables)
        assert payload["userErrors"] == []
        return count

    async def second(who: Person, document: str, *each: dict[str, Any]) -> Count:
        """What the last one costs, when everything that statements need is known."""
        return [await do(who, document, **variables) for variables in each][-1]

    # The author with the session, the like, what the viewer has done to the post; the rate limit, the row.
    assert await second(bob, LIKE, *({"id": post} for post in posts)) == Count(sql=3, redis=2)
    # The conversation, the other user with the session, a transaction of two statements; the rate limit, the hint.
    sent = await second(bob, SEND, *({"input": {"conversationId": talk, "text": f"{n}"}} for n in range(2)))
    assert sent == Count(sql=6, redis=1)
    # The viewer with the session; the uploads, the rows, the event and the tally in a transaction; the post.
    made = await second(ada, CREATE_POST, *({"input": {"media": [{"uploadId": id}]}} for id in uploads[:2]))
    assert made.sql == 8
    made = await second(ada, CREATE_STORY, *({"input": {"uploadId": id}} for id in uploads[2:]))
    assert made.sql == 7
