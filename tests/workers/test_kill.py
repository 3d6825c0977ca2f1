"""Whatever is struck, at its worst moment: every post is in every feed exactly once afterwards."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from tests.support.client import Failed, Person, photo, until, video
from tests.support.opaque_ids import number
from tests.support.videos import finished
from tests.workers.conftest import Town

pytestmark = pytest.mark.kill

# More than two chunks of 500, so that there is a middle.
CROWD = 1100


@dataclass
class Village:
    """An author whom three readers follow: one ahead of a crowd, one in its middle, one behind it."""

    author: Person
    readers: list[Person]

    async def all_see(self, town: Town, *posts: str) -> None:
        """Each reader, and the author, sees these posts and no others, by the API and in the cache."""
        for reader in (*self.readers, self.author):
            await until(lambda reader=reader: feed_of(reader), lambda feed: feed == list(posts))
            await until(lambda reader=reader: town.cached(reader), lambda ids: ids == [number(post) for post in posts])


async def feed_of(reader: Person) -> list[str] | None:
    """The reader's feed; None where a part that was struck has not come back for this request."""
    try:
        return await reader.feed()
    except Failed as failure:
        if failure.code != "UNAVAILABLE":
            raise
        return None


@pytest.fixture
async def village(anew: Town) -> AsyncIterator[Village]:
    async with contextlib.AsyncExitStack() as stack:
        people = [await stack.enter_async_context(Person(anew.base_url)) for _ in range(4)]
        for person in people:
            await person.sign_up()
        author, *readers = people
        for reader in readers:
            await reader.follow(author)
            await anew.crowd(number(author.id), CROWD // 2)
        for reader in (*readers, author):
            await reader.feed()  # everybody has a cached feed before anything happens
            await until(
                lambda reader=reader: anew.parts.redis.zscore(f"feed:{{{number(reader.id)}}}", "~"),
                lambda floor: floor == 0,
            )
        yield Village(author, readers)


async def begin_post(author: Person) -> str:
    """A post whose bytes have been sent."""
    content = photo()
    upload = await author.create_upload(content)
    payload = await author.create_post(upload["id"])
    assert await author.send(upload, content) == 200
    return str(payload["post"]["id"])


POINTS = ["media claimed", "media stored", "relayed", "fan-out chunk"]


@pytest.mark.parametrize("point", POINTS)
async def test_a_worker_is_killed(anew: Town, village: Village, point: str) -> None:
    anew.start_workers(point)
    post = await begin_post(village.author)
    await anew.killed()
    await anew.forget_the_dead()
    anew.start_workers()
    await village.all_see(anew, post)


@pytest.mark.parametrize("fault", ["restarted", "set back", "emptied"])
@pytest.mark.parametrize("point", POINTS)
async def test_valkey_is_struck_while_a_worker_is_at_work(anew: Town, village: Village, point: str, fault: str) -> None:
    anew.start_workers()
    earlier = await begin_post(village.author)
    await village.all_see(anew, earlier)
    anew.stop_workers()
    await anew.forget_the_dead()
    anew.start_workers(point, "SIGSTOP")
    before = anew.valkey_log().stat().st_size
    post = await begin_post(village.author)
    await anew.struck()
    anew.restart_valkey(keep=before if fault == "set back" else None, lose_data=fault == "emptied")
    anew.go_on()
    await village.all_see(anew, post, earlier)


async def test_a_worker_is_killed_and_valkey_emptied_together(anew: Town, village: Village) -> None:
    anew.start_workers("fan-out chunk")
    posts = [await begin_post(village.author) for _ in range(3)]
    await anew.killed()
    anew.restart_valkey(lose_data=True)
    await anew.forget_the_dead()
    anew.start_workers()
    published = [await village.author.settled(post) for post in posts]
    newest_first = sorted(published, key=lambda post: (post["createdAt"], number(post["id"])), reverse=True)
    await village.all_see(anew, *(post["id"] for post in newest_first))


async def test_postgres_is_killed_while_a_worker_is_at_work(anew: Town, village: Village) -> None:
    anew.start_workers("fan-out chunk", "SIGSTOP")
    post = await begin_post(village.author)
    await anew.struck()
    postgres = anew.stack.postgres
    assert postgres is not None
    postgres.process.kill()
    postgres.start()
    postgres.wait()
    anew.go_on()
    await village.all_see(anew, post)


async def objects_of(town: Town, upload: dict[str, Any]) -> list[str]:
    token = upload["target"]["url"].split("?")[0].rsplit("/", 1)[1]
    return [key async for key, _ in town.parts.bucket.list("") if token in key]


@pytest.mark.parametrize("sign", ["SIGSTOP", "SIGKILL"])
async def test_a_post_is_deleted_while_its_renditions_are_written(anew: Town, village: Village, sign: str) -> None:
    anew.start_workers("media stored", sign)
    content = photo()
    upload = await village.author.create_upload(content)
    payload = await village.author.create_post(upload["id"])
    assert await village.author.send(upload, content) == 200
    await anew.struck()
    assert len(await objects_of(anew, upload)) > 2
    assert not (await village.author.delete_post(payload["post"]["id"]))["userErrors"]
    if sign == "SIGSTOP":
        anew.go_on()
    else:
        await anew.killed()
        anew.start_workers()
    await anew.parts.db.execute("UPDATE erasures SET due_at = now()")
    await until(lambda: objects_of(anew, upload), lambda left: left == [])
    await village.all_see(anew)


@pytest.mark.parametrize("point", ["media stored", "renditions stored"])
async def test_a_worker_is_killed_over_a_video(anew: Town, village: Village, point: str) -> None:
    """Between the stages, and in each: the post is published once, and all renditions come."""
    anew.start_workers(point)
    author, content = village.author, video(2, "640x480")
    upload = await author.create_upload(content, "video/mp4")
    post = (await author.create_post(upload["id"]))["post"]["id"]
    assert await author.send(upload, content) == 200
    await anew.killed()
    await anew.forget_the_dead()
    anew.start_workers()
    assert (await finished(author, upload["id"]))["progress"] == 1
    await village.all_see(anew, post)
