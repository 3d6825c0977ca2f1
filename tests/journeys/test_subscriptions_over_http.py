"""Subscriptions need a WebSocket or an event stream, and say so."""

import pytest
from starlette.applications import Starlette

from tests.support.client import Person

WATCH = 'subscription { uploadUpdated(uploadIds: ["x"]) { id } }'


@pytest.mark.parametrize(
    "accept", ["*/*", "application/json, text/event-stream", "multipart/mixed;subscriptionSpec=1.0"]
)
async def test_a_subscription_by_post(visitor: Person, accept: str, caplog: pytest.LogCaptureFixture) -> None:
    answer = await visitor.http.post("/graphql", json={"query": WATCH}, headers={"accept": accept})
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "BAD_USER_INPUT"
    assert "subscriptions are not allowed" in error["message"]
    assert not caplog.records


async def test_a_process_that_restarts_says_when_to_come_back(
    visitor: Person, api: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(api.state.event_streams, "_draining", True)
    answer = await visitor.http.post("/graphql", json={"query": WATCH}, headers={"accept": "text/event-stream"})
    assert answer.status_code == 503
    [error] = answer.json()["errors"]
    assert error["extensions"]["code"] == "OVERLOADED"
    assert answer.headers["retry-after"] == str(error["extensions"]["retryAfter"])
    assert error["extensions"]["requestId"] == answer.headers["x-request-id"]
