"""The index worker is killed at its worst moment: what was to be found is found once, and the index is whole."""

import pytest

from clients.search import Index, SearchEngine
from domain.search import documents
from domain.search.indexing import LAST_ID
from tests.support.client import Person, until
from tests.support.search import found
from tests.workers.conftest import Town

pytestmark = pytest.mark.kill

DOING = ("relay", "index")


@pytest.mark.parametrize("point", ["index committed", "index half built", "index switched"])
async def test_an_index_worker_is_killed(anew: Town, point: str) -> None:
    engine = SearchEngine(str(anew.stack.settings.search_url))
    await engine.begin("another version")
    await engine.switch()
    async with Person(anew.base_url) as ada:
        await ada.sign_up("ada")
        anew.start_workers(point, only=DOING)
        await anew.killed()
        await anew.forget_the_dead()
        anew.start_workers(only=DOING)
        assert await until(lambda: found(ada, ada.username[:12]), lambda names: ada.username in names)

        async def is_whole(index: Index) -> bool:
            ids = await documents.ids_after(anew.parts.db, index, 0, 100_000)
            right = {each.id: each.digest for each in await documents.documents(anew.parts.db, index, ids)}
            return await engine.digests(index, 0, LAST_ID) == right

        await until(lambda: is_whole("people"), bool)
    await engine.close()
