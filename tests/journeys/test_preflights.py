"""Pages on allowed origins may send the headers that client libraries and tracers add."""

import pytest

from tests.support.client import Person


@pytest.mark.parametrize(
    "headers",
    [
        "authorization,content-type,x-apollo-operation-name,apollo-require-preflight",
        "apollographql-client-name,apollographql-client-version,x-apollo-operation-id",
        "graphql-require-preflight,x-requested-with,x-client-version",
        "sentry-trace,baggage,traceparent,tracestate",
        "cache-control,last-event-id,x-request-id",
    ],
)
async def test_headers_of_common_clients_pass_the_preflight(visitor: Person, headers: str) -> None:
    asked = {"access-control-request-method": "POST", "access-control-request-headers": headers}
    answer = await visitor.http.options("/graphql", headers=asked | {"origin": "http://elsewhere.test"})
    assert answer.status_code == 200
    assert set(headers.split(",")) <= set(answer.headers["access-control-allow-headers"].replace(" ", "").split(","))
    refused = await visitor.http.options("/graphql", headers=asked | {"origin": "http://stranger.test"})
    assert refused.status_code == 400
    assert "access-control-allow-origin" not in refused.headers
