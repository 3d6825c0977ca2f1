"""The outer ring, around an application that answers when it is told to."""

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from web import shedding
from web.health import healthz
from web.shedding import MAX_HEADER_BYTES, MAX_HEADERS, UPLOADING_FACTOR, BodyTimeout, LoadShedding

ORIGIN = "https://app.example"
PROXY = ("10.0.0.1", 1)


class Application:
    """Reads a request to its end, and answers it, in two parts, once it may."""

    def __init__(self) -> None:
        self.may_answer, self.may_end = asyncio.Event(), asyncio.Event()
        self.reached = 0
        self.media_type = b"application/json"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached += 1
        if scope["type"] == "websocket":
            await self.may_answer.wait()
            await send({"type": "websocket.accept"})
            await self.may_end.wait()
            return
        while (await receive()).get("more_body"):
            pass
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", self.media_type)]})
        await self.may_end.wait()
        await send({"type": "http.response.body", "body": b"{}"})


class Request:
    """A request on its way through the ring."""

    def __init__(self, ring: LoadShedding, path: str = "/graphql", **more: Any) -> None:
        self.sent: list[Message] = []
        self.body: asyncio.Queue[Message] = asyncio.Queue()
        headers = [(name.encode(), value.encode()) for name, value in more.pop("headers", {}).items()]
        scope = {"type": "http", "method": "POST", "path": path, "headers": headers} | more
        self.task = asyncio.create_task(ring(scope, self.body.get, self._send))

    async def _send(self, message: Message) -> None:
        self.sent.append(message)

    def finish(self) -> None:
        """The client has sent all."""
        self.body.put_nowait({"type": "http.request", "body": b"{}", "more_body": False})

    @property
    def status(self) -> int | None:
        return self.sent[0]["status"] if self.sent else None

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}


@pytest.fixture
async def application() -> Application:
    return Application()


@pytest.fixture
def ring(application: Application) -> LoadShedding:
    return LoadShedding(
        application, limit=2, media_limit=1, outside={"/healthz": healthz}, origins=[ORIGIN], proxies=PROXY[0]
    )


@pytest.fixture
def requests(ring: LoadShedding) -> Iterator["Requests"]:
    made = Requests(ring)
    yield made
    for request in made.made:
        request.task.cancel()


class Requests:
    """Makes requests."""

    def __init__(self, ring: LoadShedding) -> None:
        self.made: list[Request] = []
        self._ring = ring

    async def __call__(self, path: str = "/graphql", *, is_sent: bool = True, **more: Any) -> Request:
        request = Request(self._ring, path, **more)
        self.made.append(request)
        if is_sent:
            request.finish()
        await turn()
        return request


async def turn() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_a_request_beyond_the_bound_is_refused_before_its_body_is_read(
    requests: Requests, application: Application
) -> None:
    [await requests() for _ in range(2)]
    refused = await requests(is_sent=False)
    assert refused.task.done()
    assert application.reached == 2
    assert refused.status == 503
    [error] = json.loads(refused.sent[1]["body"])["errors"]
    assert error["extensions"]["code"] == "OVERLOADED"
    assert refused.headers["retry-after"] == str(error["extensions"]["retryAfter"])
    assert refused.headers["x-request-id"] == error["extensions"]["requestId"]
    assert int(refused.headers["content-length"]) == len(refused.sent[1]["body"])
    assert refused.headers["content-type"] == "application/json"


async def test_refusals_say_different_times(requests: Requests) -> None:
    [await requests() for _ in range(2)]
    assert len({(await requests()).headers["retry-after"] for _ in range(60)}) > 2


async def test_pages_of_allowed_origins_may_read_a_refusal(requests: Requests) -> None:
    [await requests() for _ in range(2)]
    theirs = await requests(headers={"origin": ORIGIN, "accept": "application/graphql-response+json"})
    assert theirs.headers["access-control-allow-origin"] == ORIGIN
    assert theirs.headers["content-type"] == "application/graphql-response+json"
    others = await requests(headers={"origin": "https://elsewhere.example"})
    assert "access-control-allow-origin" not in others.headers


async def test_a_place_is_free_again_when_the_answer_has_begun(requests: Requests, application: Application) -> None:
    slow = [await requests() for _ in range(2)]
    application.may_answer.set()
    await turn()
    assert [request.status for request in slow] == [200, 200]
    assert not any(request.task.done() for request in slow)  # they stream
    assert (await requests()).status == 200


async def test_a_place_is_free_again_when_the_client_is_gone(requests: Requests) -> None:
    first, _ = [await requests() for _ in range(2)]
    first.task.cancel()
    await turn()
    assert (await requests()).status is None


async def test_a_burst_of_one_turn_does_not_pass_one_after_the_other(
    ring: LoadShedding, application: Application
) -> None:
    application.may_answer.set()
    application.may_end.set()
    burst = [Request(ring) for _ in range(10)]
    for request in burst:
        request.finish()
    await turn()
    statuses = [request.status for request in burst]
    assert statuses.count(503) > 0
    assert statuses[:2] == [200, 200]
    later = Request(ring)
    later.finish()
    await turn()
    assert later.status == 200


async def test_slow_senders_take_no_places_from_others(requests: Requests, application: Application) -> None:
    slow = [await requests(is_sent=False) for _ in range(2 * UPLOADING_FACTOR)]
    assert application.reached == len(slow)
    refused = await requests(is_sent=False, headers={"content-length": "2"})
    assert refused.status == 503, "they have a bound of their own"
    assert refused.task.done()
    sent = await requests(headers={"content-length": "2"})
    asked = await requests(method="GET")
    assert (sent.status, asked.status) == (None, None), "what need not wait for its body is not refused"
    application.may_answer.set()
    application.may_end.set()
    await turn()
    assert sent.status == 200
    slow[0].finish()
    await turn()
    assert (await requests(is_sent=False, headers={"content-length": "2"})).status is None


async def test_slow_senders_of_one_network_take_no_places_from_another(
    requests: Requests, application: Application
) -> None:
    slow: dict[str, Any] = {"is_sent": False, "headers": {"transfer-encoding": "chunked"}}
    for n in range(2):
        assert (await requests(**slow, client=(f"2001:db8::{n}", 1))).status is None
    assert (await requests(**slow, client=("2001:db8::9", 1))).status == 503
    assert (await requests(**slow, client=("2001:db8:1::9", 1))).status is None
    assert [(await requests(**slow, client=PROXY)).status for _ in range(4)] == [None] * 4
    application.may_answer.set()
    assert (await requests(client=("2001:db8::9", 1))).status == 200


async def test_a_body_that_drips_ends_the_request(requests: Requests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shedding, "WHOLE_BODY_TIMEOUT_S", 0)
    slow = await requests(is_sent=False)
    with pytest.raises(BodyTimeout):
        await slow.task


async def test_a_body_that_does_not_arrive_ends_the_request(
    requests: Requests, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shedding, "BODY_TIMEOUT_S", 0)
    slow = await requests(is_sent=False)
    with pytest.raises(BodyTimeout):
        await slow.task


async def test_media_and_the_api_take_no_places_from_each_other(requests: Requests) -> None:
    assert (await requests("/media/a", method="GET")).status is None
    assert (await requests("/media/b", method="GET")).status == 503
    assert [(await requests()).status for _ in range(3)] == [None, None, 503]


async def test_health_and_preflights_are_answered_when_all_places_are_taken(
    requests: Requests, application: Application
) -> None:
    [await requests() for _ in range(2)]
    assert (await requests("/healthz", method="GET")).status == 200
    application.may_answer.set()
    assert (await requests(method="OPTIONS")).status == 200


async def test_a_socket_holds_a_place_until_its_handshake_is_answered(
    requests: Requests, application: Application
) -> None:
    sockets = [await requests(type="websocket") for _ in range(2)]
    refused = await requests(type="websocket", extensions={"websocket.http.response": {}})
    assert refused.sent[0]["type"] == "websocket.http.response.start"
    assert refused.status == 503
    assert (await requests(type="websocket")).sent == [{"type": "websocket.close"}]
    application.may_answer.set()
    await turn()
    assert [socket.sent for socket in sockets] == [[{"type": "websocket.accept"}]] * 2
    assert (await requests()).status == 200


def many_headers(count: int) -> dict[str, str]:
    return {f"x-{number}": "" for number in range(count)}


async def test_too_many_or_too_long_headers_are_refused_before_the_application(
    requests: Requests, application: Application
) -> None:
    application.may_answer.set()
    for given in (
        {"headers": many_headers(MAX_HEADERS + 1)},
        {"headers": {"x-long": "x" * MAX_HEADER_BYTES}},
        {"headers": many_headers(50), "query_string": b"q" * MAX_HEADER_BYTES},
        {"headers": many_headers(MAX_HEADERS + 1), "method": "OPTIONS"},
    ):
        refused = await requests(is_sent=False, **given)
        assert refused.task.done()
        assert refused.status == 431
        [error] = json.loads(refused.sent[1]["body"])["errors"]
        assert error["extensions"] == {"code": "BAD_USER_INPUT", "requestId": refused.headers["x-request-id"]}
        assert int(refused.headers["content-length"]) == len(refused.sent[1]["body"])
    assert application.reached == 0
    largest = many_headers(MAX_HEADERS - 1)
    largest["x-long"] = "x" * (MAX_HEADER_BYTES - len("x-long") - sum(map(len, largest)))
    assert (await requests(headers=largest)).status == 200


async def test_a_handshake_with_too_many_headers_is_refused(requests: Requests, application: Application) -> None:
    headers = many_headers(MAX_HEADERS + 1)
    refused = await requests(type="websocket", headers=headers, extensions={"websocket.http.response": {}})
    assert refused.status == 431
    assert (await requests(type="websocket", headers=headers)).sent == [{"type": "websocket.close"}]
    assert application.reached == 0
