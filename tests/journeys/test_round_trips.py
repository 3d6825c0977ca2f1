"""A page costs a constant number of round trips. When a number here grows, the bill of the product does."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import asyncpg
import pytest
from redis.asyncio.connection import AbstractConnection

from tests.client import until
from tests.conftest import NewPerson
from workers.parts import Parts

PAGE = """{ feed(first: 20) { edges { cursor node { id caption createdAt author { id username viewerFollow }
  media { id width height blurhash variants { name url } } } } pageInfo { hasNextPage endCursor } } }"""


@dataclass
class Count:
    """Round trips to PostgreSQL and to Redis."""

    sql: int = 0
    redis: int = 0


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch, api: Any) -> Any:
    """Counts what the API's own connections send, not those of the workers beside it."""

    @contextlib.contextmanager
    def block() -> Iterator[Count]:
        count = Count()
        services = api.state.services
        ours = services.redis.connection_pool
        fetch, send = asyncpg.Pool.fetch, AbstractConnection.send_packed_command

        async def counting_fetch(pool: Any, *arguments: Any, **options: Any) -> Any:
            count.sql += pool is services.db
            return await fetch(pool, *arguments, **options)

        async def counting_send(connection: Any, *arguments: Any, **options: Any) -> Any:
            count.redis += connection in ours._in_use_connections
            return await send(connection, *arguments, **options)

        with monkeypatch.context() as patch:
            patch.setattr(asyncpg.Pool, "fetch", counting_fetch)
            patch.setattr(AbstractConnection, "send_packed_command", counting_send)
            yield count

    return block


async def test_the_feed(person: NewPerson, counted: Any, parts: Parts) -> None:
    reader = await person("reader")
    authors = [await person(f"author{n}") for n in range(3)]
    for author in authors:
        await reader.follow(author)
    posts = [await author.publish() for author in authors for _ in range(2)]
    await until(reader.feed, lambda feed: len(feed) == len(posts))

    with counted() as warm:
        answer = await reader.ask(PAGE)
    assert len(answer["feed"]["edges"]) == len(posts)
    # The head and the rows; the authors, with how the reader stands to them.
    assert warm == Count(sql=1, redis=2)

    keys = [key async for key in parts.redis.scan_iter("row:post:*")]
    await parts.redis.delete(*keys)
    with counted() as cold:
        await reader.ask(PAGE)
    # Besides: the rows in one query, put back in one round trip.
    assert cold == Count(sql=2, redis=3)
