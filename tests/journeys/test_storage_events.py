"""Storage tells of bytes in several ways, twice, late, wrongly or not at all: every upload is found."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import aioboto3
import msgspec
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from clients import postgres
from clients.s3 import Bucket
from embedded.process import free_port
from tests.conftest import NewPerson
from tests.support import factories
from tests.support.client import UPLOAD, Person, photo, until
from web import shedding
from workers import sqs, sweeper
from workers.parts import Parts


def s3_event(key: str, name: str = "ObjectCreated:Put", bucket: str = "heliograph") -> dict[str, Any]:
    """As documented for S3's event message structure 2.1; MinIO's differs in what it adds."""
    return {
        "Records": [
            {
                "eventVersion": "2.1",
                "eventSource": "aws:s3",
                "awsRegion": "us-east-1",
                "eventTime": "2026-01-01T00:00:00.000Z",
                "eventName": name,
                "s3": {
                    "s3SchemaVersion": "1.0",
                    "configurationId": "uploads",
                    "bucket": {"name": bucket, "arn": f"arn:aws:s3:::{bucket}"},
                    "object": {"key": quote(key, safe=""), "size": 1, "eTag": "x", "sequencer": "0055AED6DCD90281E5"},
                },
            }
        ]
    }


def seaweedfs_event(key: str) -> dict[str, Any]:
    return {"event_type": "create", "key": f"/buckets/heliograph/{key}", "message": {"new_entry": {"name": "x"}}}


def minio_event(key: str) -> dict[str, Any]:
    return {"EventName": "s3:ObjectCreated:Put", "Key": f"heliograph/{key}"} | s3_event(key, "s3:ObjectCreated:Put")


def key_of(upload: dict[str, Any]) -> str:
    return "quarantine/" + upload["target"]["url"].split("?")[0].rsplit("/", 1)[1]


async def tell(visitor: Person, parts: Parts, body: Any, token: str | None = None) -> int:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"authorization": f"Bearer {token or parts.settings.storage_hook_token}"}
    return (await visitor.http.post("/hooks/storage", content=content, headers=headers)).status_code


async def test_only_the_store_may_tell(visitor: Person, parts: Parts) -> None:
    assert (await visitor.http.post("/hooks/storage", json={})).status_code == 401
    assert await tell(visitor, parts, {}, "wrong") == 401
    assert await tell(visitor, parts, b"not json") == 400
    assert (await visitor.http.get("/hooks/storage")).status_code == 405


async def test_an_event_whose_rest_does_not_arrive_is_refused(
    api: Starlette, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shedding, "BODY_TIMEOUT_S", 0.05)
    reader, writer = await asyncio.open_connection("127.0.0.1", parts.settings.port)
    writer.write(
        b"POST /hooks/storage HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n"
        + f"authorization: Bearer {parts.settings.storage_hook_token}\r\n\r\n{{".encode()
    )
    async with asyncio.timeout(5):
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
    writer.close()


@pytest.mark.parametrize("event", [s3_event, minio_event, seaweedfs_event])
async def test_each_dialect(person: NewPerson, visitor: Person, parts: Parts, event: Any) -> None:
    ada = await person("ada")
    upload = await ada.create_upload(photo())
    # Told before the bytes are there: it is taken at its word, nothing is found, and it waits again.
    assert await tell(visitor, parts, event(key_of(upload))) == 204
    waits = await until(lambda: row_of(parts, upload), lambda row: row["attempt"] > 0 and row["status"] != "PROCESSING")
    assert waits["status"] == "AWAITING_BYTES"


async def row_of(parts: Parts, upload: dict[str, Any]) -> Any:
    token = key_of(upload).removeprefix("quarantine/")
    return (await parts.db.fetch("SELECT status, attempt FROM uploads WHERE token = $1", token))[0]


async def test_told_before_then_sent_and_told_twice(person: NewPerson, visitor: Person, parts: Parts) -> None:
    ada, content = await person("ada"), photo()
    upload = await ada.create_upload(content)
    await tell(visitor, parts, s3_event(key_of(upload)))
    await until(lambda: row_of(parts, upload), lambda row: row["status"] == "AWAITING_BYTES" and row["attempt"] > 0)
    assert await ada.send(upload, content) == 200
    for _ in range(2):
        await tell(visitor, parts, s3_event(key_of(upload)))
    ready = await ada.processed(upload["id"])
    assert ready["status"] == "READY"
    await tell(visitor, parts, s3_event(key_of(upload)))
    assert (await ada.ask(UPLOAD, id=upload["id"]))["node"] == ready


async def test_what_does_not_concern_us(person: NewPerson, visitor: Person, parts: Parts) -> None:
    ada = await person("ada")
    upload = await ada.create_upload(photo())
    key = key_of(upload)
    for body in (
        {"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "heliograph"},
        s3_event(key, bucket="another"),
        s3_event(key, name="ObjectRemoved:Delete"),
        s3_event(key.replace("quarantine", "media")),
        s3_event(f"{key}/x"),
        s3_event("quarantine/unknown"),
        {"Records": [{"s3": {}}, None, 7, {"eventName": 5}]},
        {"Records": "x"},
        {"event_type": "delete", "key": f"/buckets/heliograph/{key}"},
        {"event_type": "create", "key": 5},
        [],
        None,
        7,
    ):
        assert await tell(visitor, parts, body) == 204, body
    assert (await row_of(parts, upload))["attempt"] == 0


async def test_what_no_event_announced_is_found(person: NewPerson, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.storage_hook.storage_events.tokens", lambda *_: [])
    ada, content = await person("ada"), photo()
    upload = await ada.create_upload(content)
    assert await ada.send(upload, content) == 200
    assert (await ada.processed(upload["id"]))["status"] == "READY"


@contextlib.asynccontextmanager
async def queue(*bodies: str) -> AsyncIterator[tuple[str, list[str]]]:
    """A server of SQS's JSON protocol that hands out `bodies`; what was deleted gathers in the list."""
    waiting, deleted = list(enumerate(bodies)), []

    async def answer(request: Request) -> JSONResponse:
        action = request.headers["x-amz-target"].removeprefix("AmazonSQS.")
        given = await request.json()
        if action == "DeleteMessage":
            deleted.append(given["ReceiptHandle"])
            return JSONResponse({})
        messages = [{"MessageId": str(n), "ReceiptHandle": str(n), "Body": body} for n, body in waiting]
        waiting.clear()
        return JSONResponse({"Messages": messages} if messages else {})

    port = free_port()
    server = uvicorn.Server(
        uvicorn.Config(
            Starlette(routes=[Route("/{path:path}", answer, methods=["POST"])]), port=port, log_level="error"
        )
    )
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}", deleted
    server.should_exit = True
    await serving


async def test_a_queue_tells_too(person: NewPerson, parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    ada, content = await person("ada"), photo()
    upload = await ada.create_upload(content)
    monkeypatch.setattr("web.storage_hook.storage_events.tokens", lambda *_: [])
    assert await ada.send(upload, content) == 200
    monkeypatch.undo()
    bodies = (json.dumps(s3_event(key_of(upload))), "not json", '{"Event": "s3:TestEvent"}')
    async with queue(*bodies) as (url, deleted):
        settings = msgspec.structs.replace(parts.settings, sqs_queue_url=f"{url}/1/uploads", sqs_endpoint=url)
        fed = replace(parts, settings=settings)
        async with aioboto3.Session().client(
            "sqs", endpoint_url=url, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
        ) as client:
            assert await sqs.step(fed, client) == 3
            assert (await row_of(parts, upload))["status"] != "AWAITING_BYTES"
            assert sorted(deleted) == ["0", "1", "2"]
            assert await sqs.step(fed, client) == 0
    assert (await ada.processed(upload["id"]))["status"] == "READY"


async def test_nothing_expires_before_storage_was_looked_at(parts: Parts, spare_database: str) -> None:
    """After an outage the bytes of an upload that is overdue may lie there, and nobody has been told."""
    db = await postgres.connect(spare_database, size=2)
    [upload] = await factories.sent(db, await factories.people(db, 1))
    token = await db.fetchval(
        """
        UPDATE uploads SET status = 'AWAITING_BYTES', media = NULL, expires_at = now() - interval '1 hour'
        WHERE id = $1 RETURNING token
        """,
        upload,
    )

    class Lying(Bucket):
        async def list(self, prefix: str) -> AsyncIterator[tuple[str, datetime]]:
            yield f"{prefix}{token}", datetime.now(UTC) - timedelta(minutes=1)

    await sweeper._expiry(replace(parts, db=db, bucket=Lying(parts.bucket.client, parts.bucket.name)))
    assert await db.fetchval("SELECT status FROM uploads WHERE id = $1", upload) == "PROCESSING"
    await db.close()
