"""Who watches their feed is told that a new first page would differ."""

import json
from typing import Any

import pytest

from resolvers import feed
from tests.conftest import NewPerson
from tests.support.websocket_client import hear, socket, token

WATCH = "subscription { feedHasNew }"


async def test_whoever_watches_is_told_of_what_is_new_and_theirs_to_see(
    person: NewPerson, base_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feed, "LOOK_EVERY", 0.05)
    reader, followee, muted = [await person(name) for name in ("reader", "followee", "muted")]
    for author in (followee, muted):
        await reader.follow(author)
    old = await followee.publish()
    await reader.sees(old)
    async with socket(base_url, token(reader)) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": WATCH}}))
        await reader.do("mutation ($id: ID!) { mute(userId: $id) { userErrors { code } } }", id=muted.id)
        await muted.publish()
        new = await followee.publish()
        message: dict[str, Any] = await hear(connection)
        assert message["payload"]["data"] == {"feedHasNew": True}
        assert await reader.feed() == [new, old]
        newer = await followee.publish()
        message = await hear(connection)
        assert message["payload"]["data"] == {"feedHasNew": True}
        assert await reader.feed() == [newer, new, old], "one told of each, and of nothing else"


async def test_who_is_signed_out_watches_nothing(base_url: str, api: Any, workers: None) -> None:
    async with socket(base_url, None) as connection:
        assert (await hear(connection))["type"] == "connection_ack"
        await connection.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": WATCH}}))
        message = await hear(connection)
        [error] = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        assert error["extensions"]["code"] == "UNAUTHENTICATED"
