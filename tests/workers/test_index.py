"""The index worker is killed at its worst moment: what was to be found is found once, and the index is whole."""

import pytest

from clients.search import Index, SearchEngine
from domain.search import documents
from domain.search.indexing import LAST_ID
from tests.support.client import Person, until
from tests.support.search import found_usernames
from tests.workers.conftest import Cluster

pytestmark = pytest.mark.kill

DOING = ("relay", "index")


@pytest.mark.parametrize("point", ["index committed", "index half built", "index switched"])
async def test_an_index_worker_is_killed(idle_cluster: Cluster, point: str) -> None:
    engine = SearchEngine(str(idle_cluster.stack.settings.search_url))
    await engine.begin("another version")
    await engine.switch()
    async with Person(idle_cluster.base_url) as ada:
        await ada.sign_up("ada")
        idle_cluster.start_workers(point, only=DOING)
        await idle_cluster.killed()
        await idle_cluster.forget_the_dead()
        idle_cluster.start_workers(only=DOING)
        assert await until(lambda: found_usernames(ada, ada.username[:12]), lambda names: ada.username in names)

        async def is_whole(index: Index) -> bool:
            ids = await documents.ids_after(idle_cluster.parts.db, index, 0, 100_000)
            right = {each.id: each.digest for each in await documents.documents(idle_cluster.parts.db, index, ids)}
            return await engine.digests(index, 0, LAST_ID) == right

        await until(lambda: is_whole("people"), bool)
    await engine.close()
