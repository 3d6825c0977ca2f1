"""What is deleted is gone from the origin within a minute, and every edge is told, whatever is away meanwhile."""

from collections.abc import AsyncIterator

import pytest

from clients.edge import Edges
from tests.support.client import Person, http_client, photo, until, video
from tests.support.fake_edge import Edge
from tests.workers.conftest import Cluster

DELETE = 'mutation { deleteAccount(password: "heliograph") { userErrors { code } } }'
AVATAR = "mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { user { avatarUrl } } }"
SHOWN = "query ($id: ID!) { node(id: $id) { ... on Post { media { variants { url } ... on Video { hlsUrl } } } } }"
MINUTE = 60


@pytest.fixture
async def ada(idle_cluster: Cluster) -> AsyncIterator[Person]:
    # What other tests have left to be erased would be told to the edges of these.
    await idle_cluster.parts.db.execute("DELETE FROM erasures")
    async with Person(idle_cluster.base_url) as person:
        await person.sign_up("ada")
        yield person


async def urls_of(person: Person, post: str) -> list[str]:
    """Of all that is shown of a post."""
    media = (await person.ask(SHOWN, id=post))["node"]["media"]
    urls = [variant["url"] for medium in media for variant in medium["variants"]]
    return urls + [medium["hlsUrl"] for medium in media if "hlsUrl" in medium]


async def gone(urls: list[str]) -> None:
    """Wait until the origin has none of them."""
    async with http_client() as http:

        async def statuses() -> set[int]:
            return {(await http.get(url)).status_code for url in urls}

        await until(statuses, lambda found: found == {404}, MINUTE)


def purges(urls: list[str]) -> set[str]:
    return {"PURGE /cached/" + "/".join(url.split("/")[-2:]) for url in urls}


async def ledger(cluster: Cluster) -> int:
    """How many erasures are left, all of which are due now."""
    await cluster.parts.db.execute("UPDATE erasures SET due_at = now()")
    left: int = await cluster.parts.db.fetchval("SELECT count(*) FROM erasures")
    return left


async def test_edges_that_are_away_are_told_when_they_are_back(idle_cluster: Cluster, ada: Person) -> None:
    busy, away = Edge(), Edge()
    idle_cluster.start_workers(purge_url=[busy.url, away.url])
    post = await ada.publish()
    urls = await urls_of(ada, post)
    assert len(urls) == 8
    async with busy.up():
        busy.status = 503
        await ada.delete_post(post)
        await gone(urls)
        await until(lambda: hurried(idle_cluster, busy), lambda asked: len(asked) > 0)
        await until(lambda: ledger(idle_cluster), lambda left: left == 1)
        async with away.up():
            busy.status = 404
            busy.asked.clear()
            await until(lambda: ledger(idle_cluster), lambda left: left == 0)
            assert set(busy.asked) == set(away.asked) == purges(urls)


async def hurried(cluster: Cluster, edge: Edge) -> list[str]:
    await ledger(cluster)
    return edge.asked


async def test_a_worker_is_killed_between_storage_and_edge(idle_cluster: Cluster, ada: Person) -> None:
    edge = Edge()
    idle_cluster.start_workers("objects deleted", purge_url=[edge.url])
    post = await ada.publish()
    urls = await urls_of(ada, post)
    await ada.delete_post(post)
    await idle_cluster.killed()
    await gone(urls)
    async with edge.up():
        idle_cluster.start_workers(purge_url=[edge.url])
        await until(lambda: ledger(idle_cluster), lambda left: left == 0)
        assert set(edge.asked) == purges(urls)


async def test_a_post_goes_while_the_second_stage_of_its_video_runs(idle_cluster: Cluster, ada: Person) -> None:
    edge = Edge()
    idle_cluster.start_workers("renditions stored", "SIGSTOP", purge_url=[edge.url])
    upload = await ada.upload(video(2, "640x480"), "video/mp4")
    post = (await ada.create_post(upload))["post"]["id"]
    await idle_cluster.struck()
    urls = await urls_of(ada, post)
    assert len(urls) == 9
    await ada.delete_post(post)
    async with edge.up():
        idle_cluster.go_on()
        # What works on videos takes one at a time: with the next one it has done with this one.
        await ada.processed(await ada.upload(video(1), "video/mp4"))
        await until(lambda: ledger(idle_cluster), lambda left: left == 0, MINUTE)
        await gone(urls)
        assert set(edge.asked) > purges(urls)


async def test_all_of_a_deleted_account_goes_within_a_minute(idle_cluster: Cluster, ada: Person) -> None:
    edge = Edge()
    idle_cluster.start_workers(purge_url=[edge.url])
    post = await ada.publish()
    avatar = await ada.upload(photo())
    await ada.processed(avatar)
    shown = (await ada.do(AVATAR, input={"avatarUploadId": avatar}))["user"]["avatarUrl"]
    urls = [*await urls_of(ada, post), shown]
    async with edge.up():
        assert (await ada.do(DELETE))["userErrors"] == []
        await gone(urls)
        await until(lambda: ledger(idle_cluster), lambda left: left == 0)
        assert set(edge.asked) > purges(urls)


async def test_what_an_edge_may_answer() -> None:
    edge = Edge()
    edges = Edges([edge.url])
    paths = [f"token/{number}" for number in range(100)]
    async with edge.up():
        for edge.status in (200, 204, 404, 410, 412):
            edge.asked.clear()
            assert await edges.forget(paths) == {}
            assert len(edge.asked) == 100
        for edge.status, asked in ((301, 100), (403, 100), (405, 100), (500, 16), (503, 16)):
            edge.asked.clear()
            left = await edges.forget(paths)
            assert len(edge.asked) == asked, "one that is ill is not asked for ever"
            assert left.keys() == set(paths)
            assert f"{edge.url} answers {edge.status}" in left.values()
        edge.status = 200
        edge.denied = "token/50"
        assert await edges.forget(paths) == {"token/50": f"{edge.url} answers 403"}
    await edges.close()
    # What nobody foresaw is told as well, and another edge hears of everything.
    other = Edges([edge.url, "gopher://edge"])
    edge.status = 200
    async with edge.up():
        edge.asked.clear()
        left = await other.forget(paths)
        assert len(edge.asked) == 100
        assert "UnsupportedProtocol" in str(left)
    await other.close()
