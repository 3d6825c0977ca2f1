"""A table that somebody else has locked holds up nobody for long, and those who do not need it not at all."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest

from config import Settings
from tests.conftest import NewApi
from tests.support.client import Failed, Person, http_client, signed_up
from tests.support.database_locks import blocked_query_count, locked_table, wait_for_blocked_queries


@pytest.fixture
async def ada(new_api: NewApi) -> AsyncIterator[Person]:
    async with signed_up(await new_api(max_operations=8, database_pool=10)) as person:
        yield person


async def test_waits_for_a_lock_are_bounded_and_others_go_on(ada: Person, spare_database: str) -> None:
    async with locked_table(spare_database, "posts"):
        began = time.monotonic()
        asked = [asyncio.create_task(ada.ask("{ viewer { user { posts { nodes { id } } } } }")) for _ in range(4)]
        await wait_for_blocked_queries(spare_database, 4)
        assert (await ada.ask("{ viewer { user { followers { nodes { id } } } } }"))["viewer"]
        assert time.monotonic() - began < 1.5
        for failure in await asyncio.gather(*asked, return_exceptions=True):
            assert isinstance(failure, Failed)
            assert failure.code == "UNAVAILABLE"
        assert 1.5 < time.monotonic() - began < 4
        assert await blocked_query_count(spare_database) == 0
    assert (await ada.ask("{ viewer { user { posts { nodes { id } } } } }"))["viewer"]


async def test_storage_events_are_refused_while_their_table_is_locked(
    settings: Settings,
    new_api: NewApi,
    spare_database: str,
) -> None:
    url, token = await new_api(), "0" * 32
    event = {"event_type": "create", "key": f"/buckets/{settings.s3_bucket}/quarantine/{token}"}
    headers = {"authorization": f"Bearer {settings.storage_hook_token}"}
    async with locked_table(spare_database, "uploads"), http_client(base_url=url) as http:
        answer = await http.post("/hooks/storage", json=event, headers=headers)
    assert (answer.status_code, answer.headers.get("retry-after", "0") in "1234") == (503, True)
