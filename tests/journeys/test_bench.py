"""The world and the query of the bench are what it says they are."""

import asyncio

import msgspec
import uvicorn

import app
from bench import seed
from bench.readers import QUERY, leaves, token
from clients import postgres
from config import Settings
from domain import counters
from embedded.process import free_port
from tests.support.client import http_client, until


async def test_a_seeded_world(spare_database: str, settings: Settings) -> None:
    people = await seed.seed(spare_database, people=200, posts=1000)
    db = await postgres.connect(spare_database, size=5)
    for table in counters.TABLES:
        last = -1
        while last:
            drift, last = await counters.repair(db, table, max(last, 0))
            assert not drift, table
    facts = await db.fetchrow(
        """
        SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM posts),
               (SELECT following_count FROM users WHERE id = $1),
               (SELECT follower_count > 180 FROM users WHERE id = $2),
               (SELECT min(comment_count) >= 2 AND sum(like_count) > 100 FROM posts),
               (SELECT max(id) FROM comments) < next_id(0),
               (SELECT bool_and((id >> 10) & 4095 = (author_id >> 10) & 4095) FROM posts),
               (SELECT array_agg(id ORDER BY id) = array_agg(id ORDER BY published_at, id) FROM posts)
        """,
        people.readers[10][0],
        people.star,
    )
    await db.close()
    assert facts is not None
    assert tuple(facts) == (200, 1000, 10, True, True, True, True, True)

    spare = msgspec.structs.replace(
        settings,
        port=free_port(),
        database_url=spare_database,
        redis_url=str(settings.redis_url).rsplit("/", 1)[0] + "/1",
    )
    server = uvicorn.Server(uvicorn.Config(app.create(spare), port=spare.port, log_level="error"))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server.serve())
    await until(lambda: asyncio.sleep(0, server.started), bool)
    async with http_client(base_url=f"http://127.0.0.1:{spare.port}", timeout=30) as client:
        client.headers["authorization"] = f"Bearer {token(spare, people.readers[300][0])}"
        for _ in range(2):  # without a cached feed, and with one
            answer = (await client.post("/graphql", json={"query": QUERY})).json()
            assert "errors" not in answer
            feed = answer["data"]["feed"]
            assert len(feed["nodes"]) == 20
            assert all(
                len(post["comments"]["nodes"]) == 2 and len(post["media"][0]["variants"]) == 8 for post in feed["nodes"]
            )
            assert 1000 < leaves(feed) < 1500
    server.should_exit = True
    await serving
