"""A post by somebody with many followers on its way into their feeds, against as many bare ZADDs."""

import random
import statistics
import time
from collections.abc import Iterator, Sequence

import numpy as np

from bench.publish import publish
from bench.world import People
from clients.postgres import Database
from clients.redis import Redis
from domain import events
from domain.events import Event
from domain.feed.fanout import CHUNK, Fanout
from domain.feed.timeline import Timeline, of_reader

ROUNDS = 7


async def compare(db: Database, redis: Redis, made: People, reader_id: int, limit: int) -> None:
    """Print inserts a second of ours over those of the floor. Everybody has a feed then: a copy of this reader's.

    The author is the one with the most followers, but fewer than `limit`: from there on posts are pulled.
    """
    for some in _chunks([person for person in made.ids.tolist() if person != reader_id]):
        pipe = redis.pipeline(transaction=False)
        for person in some:
            pipe.copy(of_reader(reader_id), of_reader(person), replace=True)
        assert all(await pipe.execute()), "The reader has no feed that could be copied."
    counts = np.bincount(made.followees, minlength=made.count)
    author = int(np.argmax(np.where(counts < limit, counts, 0)))
    author_id = int(made.ids[author])
    readers = [author_id, *made.ids[made.followers[made.followees == author]].tolist()]
    fanout = Fanout(db, redis, Timeline(redis), limit)
    post_id, _ = await _ours(fanout, author_id)
    [(member, score)] = [
        found
        for found in await redis.zrange(of_reader(readers[-1]), 0, -1, withscores=True)
        if str(post_id).encode() in found[0]
    ]
    bare = {reader: f"floor:{of_reader(reader)}" for reader in readers}
    for some in _chunks(readers):
        pipe = redis.pipeline(transaction=False)
        for reader in some:
            pipe.copy(of_reader(reader), bare[reader])
        await pipe.execute()

    posts = list[int]()
    walls, works = ({"ours": list[float](), "bare": list[float]()} for _ in range(2))
    for number in range(ROUNDS):
        for way in sorted(walls, reverse=bool(number % 2)):
            worked = await _worked(redis)
            if way == "ours":
                post_id, seconds = await _ours(fanout, author_id)
                posts.append(post_id)
            else:
                # Another member of the same length, above the others as the newest always is.
                added = {str(number).encode() + member[1:]: score + number + 1}
                seconds = await _bare(redis, list(bare.values()), added)
            works[way].append(await _worked(redis) - worked)
            walls[way].append(seconds)
    for reader in random.Random(1).sample(readers, min(100, len(readers))):
        members = b" ".join(await redis.zrange(of_reader(reader), 0, -1))
        assert all(str(post).encode() in members for post in posts), "A post is missing in the feed of a follower."
    ratios, of_work = (
        [floor / ours for ours, floor in zip(each["ours"], each["bare"], strict=True)] for each in (walls, works)
    )
    rates = {way: len(readers) / statistics.median(seconds) for way, seconds in walls.items()}
    print(
        f"fan-out to {len(readers):,} feeds, ours / bare ZADDs: {statistics.median(ratios):.2f}"
        f" (rounds {min(ratios):.2f} to {max(ratios):.2f}; goal 0.6)\n"
        f"  {rates['ours']:,.0f} and {rates['bare']:,.0f} inserts/s;"
        f" by processor time, ours and Valkey's: {statistics.median(of_work):.2f}"
    )
    for keys in _chunks(list(bare.values())):
        await redis.unlink(*keys)


async def _ours(fanout: Fanout, author_id: int) -> tuple[int, float]:
    """The author publishes a post; its id, and the seconds that applying its event took, stretch by stretch."""
    post_id = await publish(fanout.db, author_id)
    began = time.perf_counter()
    left: Event | None = events.PostPublished(post_id, author_id)
    while left:
        left = await fanout.apply(left)
    return post_id, time.perf_counter() - began


async def _worked(redis: Redis) -> float:
    """Seconds of processor time so far, of this process and of Valkey: what others do here does not count."""
    found = await redis.info("cpu")
    return time.process_time() + float(found["used_cpu_user"]) + float(found["used_cpu_sys"])


async def _bare(redis: Redis, keys: Sequence[str], added: dict[bytes, float]) -> float:
    """Seconds for the same, with nothing asked and nothing kept."""
    began = time.perf_counter()
    for some in _chunks(keys):
        pipe = redis.pipeline(transaction=False)
        for key in some:
            pipe.zadd(key, added)
        await pipe.execute()
    return time.perf_counter() - began


def _chunks(things: Sequence) -> Iterator:
    for start in range(0, len(things), CHUNK):
        yield things[start : start + CHUNK]
