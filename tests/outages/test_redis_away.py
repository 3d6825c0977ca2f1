"""Redis is killed, or hangs: what people do goes on from PostgreSQL, and what they did is not undone afterwards."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from clients import postgres
from clients.postgres import Database
from clients.redis import AWAY, Redis, connect, is_away
from domain.hashtags.rows import Hashtag
from domain.posts.rows import Post
from domain.stories.rows import Story
from embedded.valkey import Valkey
from kit.ids import decode, encode
from tests.conftest import LIMITS, NewApi
from tests.support import factories
from tests.support.accounts import SIGN_OUT
from tests.support.client import FEED, Failed, Person, signed_up, until
from tests.support.messages import START_CONVERSATION

Do = Callable[[], Awaitable[Any]]

FIRST_S = 1.6
"""How long the first request may take: a reply is awaited for 1 s."""
OTHERS_S = 0.4


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    part = Valkey(tmp_path / "valkey", tmp_path)
    part.start()
    part.wait()
    yield part
    if part.process.running:
        os.kill(part.process.pid, signal.SIGCONT)
    part.process.kill()


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    opened = await postgres.connect(spare_database, size=2)
    yield opened
    await opened.close()


@pytest.fixture
async def url(new_api: NewApi, valkey: Valkey) -> str:
    return await new_api(redis_url=valkey.url, live_redis_url=valkey.url, limits={**LIMITS, "updateProfile": "3/3600"})


@pytest.fixture
async def redis(valkey: Valkey) -> AsyncIterator[Redis]:
    client = connect(valkey.url)
    yield client
    await client.aclose()


def strike(valkey: Valkey, how: str) -> None:
    """Redis is away from now on."""
    if how == "killed":
        valkey.process.kill()
    elif how == "refusing":
        require_replicas(valkey, 1)
    else:
        os.kill(valkey.process.pid, signal.SIGSTOP)


def mend(valkey: Valkey, how: str) -> None:
    """Redis is back, empty where it was killed."""
    if how == "killed":
        for file in valkey.directory.rglob("*"):
            if file.is_file():
                file.unlink()
        valkey.start()
        valkey.wait()
    elif how == "refusing":
        require_replicas(valkey, 0)
    else:
        os.kill(valkey.process.pid, signal.SIGCONT)


def require_replicas(valkey: Valkey, count: int) -> None:
    """It refuses writes while it has fewer replicas, as it does while its disk is full (with another code)."""
    with socket.create_connection(("127.0.0.1", valkey.port), timeout=5) as connection:
        connection.sendall(f"CONFIG SET min-replicas-to-write {count}\r\n".encode())
        assert connection.recv(100) == b"+OK\r\n"


def what_people_do(ada: Person, bob: Person, post: str, conversation: str, hashtag: str) -> dict[str, Do]:
    """Operations by name, each of which raises where it gives an error."""
    text = {"text": "hello", "postId": post}

    async def mutate(document: str, **variables: Any) -> dict[str, Any]:
        payload = await ada.do(document, **variables)
        assert not payload["userErrors"], payload
        return payload

    return {
        "feed by time": lambda: ada.ask(FEED, first=10),
        "ranked feed": lambda: ada.ask(FEED, first=1, order="RANKED"),
        "profile": lambda: ada.ask(
            "query ($name: String!) { user(username: $name) { posts { nodes { id caption } } } }", name=bob.username
        ),
        "story tray": lambda: ada.ask("{ storyTray { nodes { id } } }"),
        "stories seen": lambda: mutate(
            "mutation ($ids: [ID!]!) { markStoriesSeen(storyIds: $ids) { userErrors { code } } }",
            ids=[encode(Story.TAG, 1)],
        ),
        "e-mail": lambda: ada.ask("{ viewer { email } }"),
        "notifications": lambda: ada.ask("{ notifications { nodes { id } } }"),
        "sign in": lambda: mutate(
            "mutation ($i: SignInInput!) { signIn(input: $i) { userErrors { code } } }",
            i={"login": ada.username, "password": "heliograph"},
        ),
        "profile change": lambda: mutate(
            "mutation ($i: UpdateProfileInput!) { updateProfile(input: $i) { userErrors { code } } }", i={"bio": "new"}
        ),
        "like": lambda: mutate("mutation ($id: ID!) { likePost(postId: $id) { userErrors { code } } }", id=post),
        "comment": lambda: mutate(
            "mutation ($i: AddCommentInput!) { addComment(input: $i) { userErrors { code } } }", i=text
        ),
        "message": lambda: mutate(
            "mutation ($i: SendMessageInput!) { sendMessage(input: $i) { userErrors { code } } }",
            i={"conversationId": conversation, "text": "hello"},
        ),
        "trends": lambda: ada.ask("{ trendingHashtags { nodes { id } } }"),
        "top posts": lambda: ada.ask(
            "query ($id: ID!) { node(id: $id) { ... on Hashtag { topPosts { nodes { id } } } } }", id=hashtag
        ),
        "upload": lambda: ada.create_upload(b"1234"),
    }


async def timed(do: Do) -> float:
    began = time.monotonic()
    await do()
    return time.monotonic() - began


@pytest.mark.parametrize("how", ["killed", "hanging", "refusing"])
async def test_what_people_do_goes_on(
    url: str, valkey: Valkey, db: Database, redis: Redis, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    async with signed_up(url) as ada, signed_up(url) as bob:
        await ada.follow(bob)
        row, _ = await factories.published(db, redis, decode(bob.id)[1])
        post = encode(Post.TAG, row.id)
        started = await ada.do(START_CONVERSATION, input={"userIds": [bob.id]})
        tag = await factories.hashtag(db, "outage")
        await factories.posted(db, await factories.people(db, 1), tag)
        things = what_people_do(ada, bob, post, started["conversation"]["id"], encode(Hashtag.TAG, tag))
        for do in things.values():
            await do()
        page = await ada.ask(FEED, first=1, order="RANKED")
        cursor = page["feed"]["pageInfo"]["endCursor"]

        strike(valkey, how)
        # Commands and live channels have a client each, as they may have a server each.
        for name in ("feed by time", "message"):
            assert await timed(things[name]) < FIRST_S
        await asyncio.gather(*(things["feed by time"]() for _ in range(3)))
        slow = {name: took for name, do in things.items() if (took := await timed(do)) > OTHERS_S}
        assert not slow
        assert await ada.feed() == [post]
        assert (await ada.ask(FEED, first=1, order="RANKED", after=cursor))["feed"]["edges"] == []
        for _ in range(2):
            await things["profile change"]()
        with pytest.raises(Failed, match="RATE_LIMITED"):
            await things["profile change"]()

        mend(valkey, how)
        for name, do in things.items():
            if name != "profile change":
                await do()
    assert not [record for record in caplog.records if record.exc_info], "an outage is not logged like a bug"


async def test_what_changed_meanwhile_is_not_read_from_the_cache_afterwards(
    url: str, valkey: Valkey, db: Database, redis: Redis
) -> None:
    caption = "query ($id: ID!) { node(id: $id) { ... on Post { caption } } }"
    change = "mutation ($i: UpdatePostInput!) { updatePost(input: $i) { userErrors { code } } }"
    async with signed_up(url) as ada, signed_up(url) as other:
        row, _ = await factories.published(db, redis, decode(ada.id)[1])
        post = encode(Post.TAG, row.id)
        assert (await other.ask(caption, id=post))["node"]["caption"] == ""
        assert await redis.keys(f"row:post:*{row.id}*"), "it is cached"
        strike(valkey, "hanging")
        payload = await ada.do(change, i={"postId": post, "caption": "new"})
        assert not payload["userErrors"]
        assert (await other.ask(caption, id=post))["node"]["caption"] == "new"
        mend(valkey, "hanging")

        began = time.monotonic()
        while time.monotonic() - began < 1.5:
            assert (await other.ask(caption, id=post))["node"]["caption"] == "new"


async def test_who_signed_out_meanwhile_reads_nothing_private_afterwards(url: str, valkey: Valkey) -> None:
    async with signed_up(url) as ada:
        await ada.ask("{ viewer { email } }")
        strike(valkey, "hanging")
        await ada.do(SIGN_OUT, token=ada.refresh_token)
        mend(valkey, "hanging")
        began = time.monotonic()
        while time.monotonic() - began < 1.5:
            with pytest.raises(Failed, match="UNAUTHENTICATED"):
                await ada.ask("{ viewer { email } }")


async def test_a_process_starts_without_redis(valkey: Valkey, new_api: NewApi) -> None:
    valkey.process.kill()
    url = await new_api(redis_url=valkey.url, live_redis_url=valkey.url)
    async with Person(url) as ada:
        await ada.sign_up()
        assert await ada.feed() == []
        ready = await until(lambda: ada.http.get("/readyz?verbose"), lambda answer: answer.status_code == 200, 5)
        parts = {"postgres": True, "clock": True, "redis": False, "s3": True, "search": True}
        assert ready.json() == {"ready": True, "parts": parts}


@pytest.mark.parametrize("how", ["killed", "hanging"])
async def test_commands_are_sent_again_when_redis_is_back(valkey: Valkey, how: str) -> None:
    client = connect(valkey.url, reply_s=0.3, breaks=True)
    assert await client.ping()
    strike(valkey, how)
    for _ in range(2):  # the first learns that its connection is gone, the second that none can be made
        with pytest.raises(AWAY):
            await client.ping()
    assert is_away(client)
    assert await asyncio.wait_for(timed(lambda: asyncio.gather(client.ping(), return_exceptions=True)), 5) < 0.1
    mend(valkey, how)
    await until(lambda: asyncio.sleep(0, is_away(client)), lambda away: not away, 5)
    assert await client.ping()
    await client.aclose()
