"""Whatever is struck, at its worst moment: every post is in every feed exactly once afterwards."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.client import Failed, Person, photo, until, video
from tests.support.opaque_ids import number
from tests.support.videos import finished_video
from tests.workers.conftest import Cluster

pytestmark = pytest.mark.kill

# More than two chunks of 500, so that there is a middle.
CROWD = 1100


@dataclass
class FeedFixture:
    """An author whom three readers follow: one ahead of a crowd, one in its middle, one behind it."""

    author: Person
    readers: list[Person]

    async def all_see(self, cluster: Cluster, *posts: str) -> None:
        """Each reader, and the author, sees these posts and no others, by the API and in the cache."""
        for reader in (*self.readers, self.author):
            await until(lambda reader=reader: feed_of(reader), lambda feed: feed == list(posts))
            await until(
                lambda reader=reader: cluster.cached(reader), lambda ids: ids == [number(post) for post in posts]
            )


async def feed_of(reader: Person) -> list[str] | None:
    """The reader's feed; None where a part that was struck has not come back for this request."""
    try:
        return await reader.feed()
    except Failed as failure:
        if failure.code != "UNAVAILABLE":
            raise
        return None


@pytest.fixture
async def feed_fixture(idle_cluster: Cluster) -> AsyncIterator[FeedFixture]:
    async with contextlib.AsyncExitStack() as stack:
        people = [await stack.enter_async_context(Person(idle_cluster.base_url)) for _ in range(4)]
        for person in people:
            await person.sign_up()
        author, *readers = people
        for reader in readers:
            await reader.follow(author)
            await idle_cluster.crowd(number(author.id), CROWD // 2)
        for reader in (*readers, author):
            await reader.feed()  # everybody has a cached feed before anything happens
            await until(
                lambda reader=reader: idle_cluster.parts.redis.zscore(f"feed:{{{number(reader.id)}}}", "~"),
                lambda floor: floor == 0,
            )
        yield FeedFixture(author, readers)


async def begin_post(author: Person) -> str:
    """A post whose bytes have been sent."""
    content = photo()
    upload = await author.create_upload(content)
    payload = await author.create_post(upload["id"])
    assert await author.send(upload, content) == 200
    return str(payload["post"]["id"])


POINTS = ["media claimed", "media stored", "relayed", "fan-out chunk"]


@pytest.mark.parametrize("point", POINTS)
async def test_a_worker_is_killed(idle_cluster: Cluster, feed_fixture: FeedFixture, point: str) -> None:
    idle_cluster.start_workers(point)
    post = await begin_post(feed_fixture.author)
    await idle_cluster.killed()
    await idle_cluster.forget_the_dead()
    idle_cluster.start_workers()
    await feed_fixture.all_see(idle_cluster, post)


@pytest.mark.parametrize("fault", ["restarted", "set back", "emptied"])
@pytest.mark.parametrize("point", POINTS)
async def test_valkey_is_struck_while_a_worker_is_at_work(
    idle_cluster: Cluster, feed_fixture: FeedFixture, point: str, fault: str
) -> None:
    idle_cluster.start_workers()
    earlier = await begin_post(feed_fixture.author)
    await feed_fixture.all_see(idle_cluster, earlier)
    idle_cluster.stop_workers()
    await idle_cluster.forget_the_dead()
    idle_cluster.start_workers(point, "SIGSTOP")
    before = idle_cluster.valkey_log().stat().st_size
    post = await begin_post(feed_fixture.author)
    await idle_cluster.struck()
    idle_cluster.restart_valkey(keep=before if fault == "set back" else None, lose_data=fault == "emptied")
    idle_cluster.go_on()
    await feed_fixture.all_see(idle_cluster, post, earlier)


async def test_a_worker_is_killed_and_valkey_emptied_together(idle_cluster: Cluster, feed_fixture: FeedFixture) -> None:
    idle_cluster.start_workers("fan-out chunk")
    posts = [await begin_post(feed_fixture.author) for _ in range(3)]
    await idle_cluster.killed()
    idle_cluster.restart_valkey(lose_data=True)
    await idle_cluster.forget_the_dead()
    idle_cluster.start_workers()
    published = [await feed_fixture.author.settled(post) for post in posts]
    newest_first = sorted(published, key=lambda post: (post["createdAt"], number(post["id"])), reverse=True)
    await feed_fixture.all_see(idle_cluster, *(post["id"] for post in newest_first))


async def test_postgres_is_killed_while_a_worker_is_at_work(idle_cluster: Cluster, feed_fixture: FeedFixture) -> None:
    idle_cluster.start_workers("fan-out chunk", "SIGSTOP")
    post = await begin_post(feed_fixture.author)
    await idle_cluster.struck()
    postgres = idle_cluster.stack.postgres
    assert postgres is not None
    postgres.process.kill()
    postgres.start()
    postgres.wait()
    idle_cluster.go_on()
    await feed_fixture.all_see(idle_cluster, post)


async def objects_of(cluster: Cluster, upload: dict[str, Any]) -> list[str]:
    token = upload["target"]["url"].split("?")[0].rsplit("/", 1)[1]
    return [key async for key, _ in cluster.parts.bucket.list("") if token in key]


@pytest.mark.parametrize("sign", ["SIGSTOP", "SIGKILL"])
async def test_a_post_is_deleted_while_its_renditions_are_written(
    idle_cluster: Cluster, feed_fixture: FeedFixture, sign: str
) -> None:
    idle_cluster.start_workers("media stored", sign)
    content = photo()
    upload = await feed_fixture.author.create_upload(content)
    payload = await feed_fixture.author.create_post(upload["id"])
    assert await feed_fixture.author.send(upload, content) == 200
    await idle_cluster.struck()
    assert len(await objects_of(idle_cluster, upload)) > 2
    assert not (await feed_fixture.author.delete_post(payload["post"]["id"]))["userErrors"]
    if sign == "SIGSTOP":
        idle_cluster.go_on()
    else:
        await idle_cluster.killed()
        idle_cluster.start_workers()
    await idle_cluster.parts.db.execute("UPDATE erasures SET due_at = now()")
    await until(lambda: objects_of(idle_cluster, upload), lambda left: left == [])
    await feed_fixture.all_see(idle_cluster)


@pytest.mark.parametrize("point", ["media stored", "renditions stored"])
async def test_a_worker_is_killed_over_a_video(idle_cluster: Cluster, feed_fixture: FeedFixture, point: str) -> None:
    """Between the stages, and in each: the post is published once, and all renditions come."""
    idle_cluster.start_workers(point)
    author, content = feed_fixture.author, video(2, "640x480")
    upload = await author.create_upload(content, "video/mp4")
    post = (await author.create_post(upload["id"]))["post"]["id"]
    assert await author.send(upload, content) == 200
    await idle_cluster.killed()
    await idle_cluster.forget_the_dead()
    idle_cluster.start_workers()
    assert (await finished_video(author, upload["id"]))["progress"] == 1
    await feed_fixture.all_see(idle_cluster, post)
