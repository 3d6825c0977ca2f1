"""Stories are over while workers are struck and Valkey forgets: nothing is lost, and nothing comes back."""

import contextlib
from collections.abc import AsyncIterator

import pytest

from domain.media.storage import holdings
from tests.support.client import Failed, Person, until
from tests.support.opaque_ids import number
from tests.support.stories import CREATE_HIGHLIGHT, CREATE_STORY, MARK_STORIES_SEEN, publish_story, story_tray
from tests.workers.conftest import Cluster

pytestmark = pytest.mark.kill


@pytest.fixture
async def friends(idle_cluster: Cluster) -> AsyncIterator[tuple[Person, Person]]:
    """Somebody who shows stories, and a follower of theirs."""
    async with contextlib.AsyncExitStack() as stack:
        author, reader = [await stack.enter_async_context(Person(idle_cluster.base_url)) for _ in range(2)]
        await author.sign_up()
        await reader.sign_up()
        await reader.follow(author)
        yield author, reader


async def a_day_later(cluster: Cluster, *ids: str) -> None:
    """As if these stories had been published more than a day earlier."""
    await cluster.parts.db.execute(
        "UPDATE stories SET published_at = published_at - interval '25 hours', due_at = due_at - interval '25 hours'"
        " WHERE id = ANY($1)",
        [number(id) for id in ids],
    )


@pytest.mark.parametrize("point", ["stories removed", "objects deleted", "job stretch"])
async def test_a_crash_in_the_middle_of_sweeping(
    idle_cluster: Cluster, friends: tuple[Person, Person], point: str
) -> None:
    author, reader = friends
    idle_cluster.start_workers()
    over, kept = await publish_story(author), await publish_story(author)
    await reader.do(MARK_STORIES_SEEN, ids=[over, kept])
    await author.do(CREATE_HIGHLIGHT, input={"title": "kept", "storyIds": [kept]})
    tokens = [
        await idle_cluster.parts.db.fetchval(
            "SELECT token FROM uploads u JOIN stories s ON s.upload_id = u.id WHERE s.id = $1", number(id)
        )
        for id in (over, kept)
    ]
    before = await holdings(idle_cluster.parts.bucket, tokens[1])
    idle_cluster.stop_workers()
    await idle_cluster.forget_the_dead()
    await a_day_later(idle_cluster, over, kept)
    idle_cluster.start_workers(point)
    if point == "job stretch":
        await until(
            lambda: idle_cluster.parts.db.fetchval("SELECT count(*) FROM jobs WHERE kind = 'erase story'"), bool
        )
        await idle_cluster.parts.db.execute("UPDATE jobs SET due_at = now()")
    await idle_cluster.killed()
    idle_cluster.start_workers()

    async def left() -> tuple[int, int, int]:
        """Objects, rows and who has seen it."""
        for table in ("jobs", "erasures"):  # what a worker that was killed had claimed
            await idle_cluster.parts.db.execute(f"UPDATE {table} SET due_at = now() WHERE due_at > now()")
        row = await idle_cluster.parts.db.fetchrow(
            """
            SELECT (SELECT count(*) FROM stories WHERE id = $1) + (SELECT count(*) FROM uploads WHERE token = $2),
                   (SELECT count(*) FROM story_views WHERE story_id = $1)
            """,
            number(over),
            tokens[0],
        )
        assert row is not None
        return len(await holdings(idle_cluster.parts.bucket, tokens[0])), row[0], row[1]

    await until(left, lambda found: found == (0, 0, 0))
    assert await holdings(idle_cluster.parts.bucket, tokens[1]) == before
    node = (await reader.ask("query ($id: ID!) { node(id: $id) { id } }", id=kept))["node"]
    assert node == {"id": kept}


async def test_valkey_forgets_everything(idle_cluster: Cluster, friends: tuple[Person, Person]) -> None:
    author, reader = friends
    idle_cluster.start_workers()
    over, seen = await publish_story(author), await publish_story(author)
    await reader.do(MARK_STORIES_SEEN, ids=[over, seen])
    await a_day_later(idle_cluster, over)
    await until(
        lambda: idle_cluster.parts.db.fetchval("SELECT count(*) FROM stories WHERE id = $1", number(over)),
        lambda n: not n,
    )
    unseen = await author.do(CREATE_STORY, input={"uploadId": await author.upload()})
    assert unseen["userErrors"] == []
    idle_cluster.restart_valkey(lose_data=True)

    async def shown() -> list[tuple[str, bool]] | None:
        try:
            return await story_tray(reader)
        except Failed:
            return None  # Valkey is not back for this request

    await until(shown, lambda found: found == [(author.id, True)])
    await reader.do(MARK_STORIES_SEEN, ids=[unseen["story"]["id"]])
    await until(shown, lambda found: found == [(author.id, False)])
    reel = await reader.ask(
        "query ($name: String!) { user(username: $name) { storyReel { stories { id } } } }", name=author.username
    )
    assert [story["id"] for story in reel["user"]["storyReel"]["stories"]] == [seen, unseen["story"]["id"]]
