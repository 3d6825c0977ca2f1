"""Likes of one hot post: ours against likes that update the row of the post in their own transaction.

All are durable before they are answered, hold the pair, and come from the same number of clients and processes, in
turns. Afterwards everything is counted: `python -m bench.counters [likes]`.
"""

import asyncio
import multiprocessing
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date
from multiprocessing.synchronize import Barrier
from pathlib import Path

import msgspec
import uvloop

import config
from clients import postgres, redis
from clients.postgres import Database
from domain import counters
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.graph.locks import LOCK_SQL, lock_args, lock_relationships
from domain.likes.actions import like
from domain.posts.reads import Posts
from domain.posts.rows import Post
from embedded.process import free_port
from embedded.stack import Stack
from kit import ids
from migrations.__main__ import apply
from workers import counters as worker
from workers import relay
from workers.parts import connect

PROCESSES = 2
CLIENTS = 10  # of each process
ROUNDS = 3


async def ours(db: Database, viewer_id: int, post: Post, author: User) -> None:
    """As the API does it."""
    await like(db, viewer_id, post, [author])


async def in_row(db: Database, viewer_id: int, post: Post, author: User) -> None:
    """As one would write it: the like and the row of the post in one transaction."""
    async with db.acquire() as tx, tx.transaction():
        await lock_relationships(tx, viewer_id, author)
        made = await tx.fetchval(
            """
            INSERT INTO likes (id, subject_id, user_id) VALUES (next_id($1), $2, $3)
            ON CONFLICT (subject_id, user_id) DO NOTHING RETURNING true
            """,
            ids.shard_of(post.id),
            post.id,
            viewer_id,
        )
        if made:
            await tx.execute("UPDATE posts SET like_count = like_count + 1 WHERE id = $1", post.id)


async def in_row_at_once(db: Database, viewer_id: int, post: Post, author: User) -> None:
    """The same in one statement, so that the row is locked for no longer than it must be."""
    await db.execute(AT_ONCE, *lock_args(viewer_id, [author]), ids.shard_of(post.id), post.id)


AT_ONCE = f"""
WITH held AS MATERIALIZED ({LOCK_SQL}),
made AS (
    INSERT INTO likes (id, subject_id, user_id) SELECT next_id($5), $6, $1 FROM held WHERE held.held
    ON CONFLICT (subject_id, user_id) DO NOTHING RETURNING id
)
UPDATE posts SET like_count = like_count + 1 FROM made WHERE posts.id = $6"""

WAYS: dict[str, Callable[[Database, int, Post, User], Awaitable[None]]] = {
    "ours": ours,
    "in row": in_row,
    "in row, at once": in_row_at_once,
}


def run_process(url: str, redis_url: str, way: str, post_id: int, people: list[int], barrier: Barrier) -> None:
    """One process: all of `people` like the post, 10 at a time, when everybody is ready."""

    async def go() -> None:
        db = await postgres.connect(url, size=CLIENTS)
        commands = redis.connect(redis_url)
        [post] = await Posts(db, commands).by_id([post_id])
        [author] = await accounts.users(db, 0, [post.author_id if post else 0])
        assert post is not None
        assert author is not None
        waiting = iter(people)

        async def client() -> None:
            for viewer_id in waiting:
                await WAYS[way](db, viewer_id, post, author)

        await asyncio.gather(*(db.fetchval("SELECT pg_sleep(0.05)") for _ in range(CLIENTS)))
        await asyncio.to_thread(barrier.wait)
        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        await commands.aclose()
        await db.close()

    uvloop.run(go())  # as uvicorn does


def spawn(url: str, redis_url: str, way: str, post_id: int, people: list[int]) -> float:
    """Likes a second, of all processes together."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES + 1)
    shares = [people[n::PROCESSES] for n in range(PROCESSES)]
    processes = [
        context.Process(target=run_process, args=(url, redis_url, way, post_id, share, barrier)) for share in shares
    ]
    for process in processes:
        process.start()
    barrier.wait()
    began = time.perf_counter()
    for process in processes:
        process.join()
    assert all(process.exitcode == 0 for process in processes)
    return len(people) / (time.perf_counter() - began)


async def settled(db: Database, post_id: int, expected: int) -> float:
    """Seconds until the counter of the post is what it must be."""
    began = time.perf_counter()
    while await db.fetchval("SELECT like_count FROM posts WHERE id = $1", post_id) != expected:
        assert time.perf_counter() - began < 60
        await asyncio.sleep(0.05)
    return time.perf_counter() - began


async def bench(settings: config.Settings, likes: int) -> None:
    """Rounds in turns; prints the ratio of each and their median."""
    await apply(str(settings.database_url))
    ratios: dict[str, list[float]] = {}
    async with connect(settings) as parts:
        db = parts.db
        await db.execute(
            """
            INSERT INTO users (id, username, email, display_name, password_hash, birth_date, created_at)
            SELECT next_id(n % 4096), 'u' || n, 'u' || n, '', '', $2, now() FROM generate_series(0, $1) n
            """,
            likes,
            date(1990, 1, 1),
        )
        author, *people = [record["id"] for record in await db.fetch("SELECT id FROM users ORDER BY id")]
        await db.execute("ANALYZE")
        working = [asyncio.create_task(each.run(parts)) for each in (relay, worker)]
        for number in range(ROUNDS):
            rates = {}
            for way in sorted(WAYS, reverse=bool(number % 2)):
                post_id = await db.fetchval(
                    """
                    INSERT INTO posts (id, author_id, status, caption, created_at, published_at)
                    VALUES (next_id(1), $1, 'PUBLISHED', '', now(), now()) RETURNING id
                    """,
                    author,
                )
                updates = await updated(db)
                rates[way] = await asyncio.to_thread(
                    spawn, str(settings.database_url), str(settings.redis_url), way, post_id, people
                )
                late = await settled(db, post_id, likes)
                updates = await updated(db) - updates
                print(f"  {way:>15}: {rates[way]:7,.0f} likes/s, {updates:5,} updates of posts, all after {late:.1f} s")
            for rival in list(WAYS)[1:]:
                ratios.setdefault(rival, []).append(rates["ours"] / rates[rival])
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        # The rival counts in the row and records no event: to the repairer both must be right.
        drift, _ = await counters.repair(db, "posts", 0)
        for rival, each in ratios.items():
            print(f"ours / {rival}: {statistics.median(each):.2f} (rounds: {', '.join(f'{one:.2f}' for one in each)})")
        print(f"drift after all of it: {sum(abs(one.by) for one in drift)}")


async def updated(db: Database) -> int:
    """Updates of rows of posts so far, by PostgreSQL's own statistics."""
    await asyncio.sleep(1.2)  # they are a second late
    count: int = await db.fetchval("SELECT n_tup_upd FROM pg_stat_user_tables WHERE relname = 'posts'")
    return count


def main() -> None:
    """Start a stack of its own, durable as in production."""
    likes = int(sys.argv[1]) if len(sys.argv) > 1 else 4000
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    stack = Stack(folder, msgspec.structs.replace(config.Settings(), port=free_port()))
    stack.start()
    try:
        asyncio.run(bench(stack.settings, likes))
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
