"""An API whose capacity is taken refuses reads at once, and still takes mutations and answers health checks."""

import asyncio
import itertools
import time
from pathlib import Path

import httpx
import pytest

from kit.execution import manifest
from kit.execution.document_store import key_of
from tests.conftest import NewApi
from tests.support.client import Person, signed_up, until
from tests.support.database_locks import blocked_query_count, locked_table, wait_for_blocked_queries
from tests.support.websocket_client import hear, socket, subscribe, token

READ = "{ viewer { user { posts(first: 1) { nodes { id } } } } }"
FEED = "{ feed(first: 5, order: CHRONOLOGICAL) { nodes { id } } }"
RENAME = 'mutation { updateProfile(input: {displayName: "Ada"}) { user { displayName } userErrors { code } } }'


async def ask(person: Person, query: str, **headers: str) -> httpx.Response:
    return await person.http.post(
        "/graphql", json={"query": query}, headers={"authorization": f"Bearer {person.token}"} | headers
    )


async def test_reads_are_refused_while_mutations_and_health_go_on(
    new_api: NewApi, spare_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = await new_api(max_operations=8, database_pool=20)
    async with signed_up(url) as person:
        assert (await ask(person, READ)).status_code == 200
        async with locked_table(spare_database, "posts"):
            reads = [asyncio.create_task(ask(person, READ)) for _ in range(20)]
            await wait_for_blocked_queries(spare_database, 4)
            began = time.monotonic()
            refused = await ask(person, READ)
            assert time.monotonic() - began < 2
            assert refused.status_code == 503
            [error] = refused.json()["errors"]
            assert error["extensions"]["code"] == "OVERLOADED"
            assert refused.headers["retry-after"] == str(error["extensions"]["retryAfter"])
            assert error["extensions"]["requestId"] == refused.headers["x-request-id"]
            assert "data" not in refused.json()

            began = time.monotonic()
            health = await person.http.get("/healthz")
            assert (health.status_code, health.text) == (200, "ok")
            assert time.monotonic() - began < 1

            renamed = (await ask(person, RENAME)).json()
            assert renamed["data"]["updateProfile"]["user"]["displayName"] == "Ada"
        statuses = [response.status_code for response in await asyncio.gather(*reads)]
        assert set(statuses) == {200, 503}
        assert (await ask(person, READ)).status_code == 200
    assert not [record for record in caplog.records if record.exc_info]


async def test_a_refusal_over_a_socket_ends_its_operation_only(new_api: NewApi, spare_database: str) -> None:
    url = await new_api(max_operations=4, database_pool=20)
    async with signed_up(url) as person, socket(url, token(person)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        async with locked_table(spare_database, "posts"):
            reads = [asyncio.create_task(ask(person, READ)) for _ in range(12)]
            await wait_for_blocked_queries(spare_database, 1)
            await subscribe(connection, READ, "refused")
            message = await hear(connection)
            assert (message["type"], message["id"]) == ("error", "refused")
            assert message["payload"][0]["extensions"]["code"] == "OVERLOADED"
        await asyncio.gather(*reads)
        await subscribe(connection, READ, "answered")
        message = await hear(connection)
        assert (message["type"], message["id"]) == ("next", "answered")
        assert not message["payload"].get("errors")


async def test_trusted_documents_are_refused_alike(new_api: NewApi, spare_database: str, tmp_path: Path) -> None:
    documents = tmp_path / "documents.json"
    documents.write_text(manifest.write([READ]))
    url = await new_api(max_operations=4, database_pool=20, documents=str(documents))
    async with signed_up(url) as person:
        async with locked_table(spare_database, "posts"):
            reads = [asyncio.create_task(ask(person, READ)) for _ in range(12)]
            await wait_for_blocked_queries(spare_database, 1)
            headers = {"authorization": f"Bearer {person.token}"}
            refused = await person.http.post("/graphql", json={"documentId": key_of(READ)}, headers=headers)
            assert refused.status_code == 503
            assert refused.headers["retry-after"]
            assert [error["extensions"]["code"] for error in refused.json()["errors"]] == ["OVERLOADED"]
        await asyncio.gather(*reads)


def counts(caplog: pytest.LogCaptureFixture) -> list[int]:
    """The numbers in the lines about connections that were not free in time."""
    return [int(str(record.args[0])) for record in caplog.records if record.name == "clients.postgres" and record.args]


async def test_a_pool_without_free_connections_is_overload(
    new_api: NewApi, spare_database: str, caplog: pytest.LogCaptureFixture
) -> None:
    url = await new_api(max_operations=64, database_pool=2)
    async with signed_up(url) as person:
        async with locked_table(spare_database, "posts"):
            reads = [asyncio.create_task(ask(person, READ)) for _ in range(12)]
            for read in itertools.islice(asyncio.as_completed(reads, timeout=5), 10):
                [error] = (await read).json()["errors"]
                assert error["extensions"]["code"] == "OVERLOADED"
        answers = await asyncio.gather(*reads)
        assert sum("errors" not in answer.json() for answer in answers) == 2
        await until(lambda: asyncio.sleep(0, counts(caplog)), lambda found: sum(found) == 10)
    assert len(counts(caplog)) <= 2  # one line a second
    assert not [record for record in caplog.records if record.exc_info]


async def test_feeds_without_a_set_run_four_queries_at_a_time(new_api: NewApi, spare_database: str) -> None:
    url = await new_api(max_operations=64, database_pool=30)
    async with signed_up(url) as one, signed_up(url) as other:
        async with locked_table(spare_database, "posts"):
            feeds = [asyncio.create_task(ask(person, FEED)) for _ in range(8) for person in (one, other)]
            refused = [await each for each in itertools.islice(asyncio.as_completed(feeds, timeout=10), 12)]
            assert {each.json()["errors"][0]["extensions"]["code"] for each in refused} == {"OVERLOADED"}
            assert await blocked_query_count(spare_database) == 4
        await asyncio.gather(*feeds)
        assert "errors" not in (await ask(one, FEED)).json()
