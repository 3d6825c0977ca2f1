"""An operation that gives nothing because a part is away says when to come again, also in a header."""

from typing import Any

import pytest
from starlette.applications import Starlette

from kit.errors import RETRY_AFTER_S
from tests.support.client import Person


async def test_answer_without_data_says_when_to_retry(
    visitor: Person, api: Starlette, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> Any:
        raise ConnectionError("a part is away")

    monkeypatch.setattr(type(api.state.services.reads), "spend", fail)
    answer = await visitor.http.post("/graphql", json={"query": "{ __typename }"})
    [error] = answer.json()["errors"]
    assert (answer.status_code, error["extensions"]["code"]) == (503, "UNAVAILABLE")
    assert int(answer.headers["retry-after"]) == error["extensions"]["retryAfter"]
    assert error["extensions"]["retryAfter"] in RETRY_AFTER_S
