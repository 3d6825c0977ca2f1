"""Liveness and readiness, answered from cached results."""

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from time import monotonic

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

log = logging.getLogger(__name__)

PERIOD_S = 1.5
CHECK_TIMEOUT_S = 2.0
MAX_AGE_S = 10.0
"""An older result is useless: the process is too busy to check."""

Check = Callable[[], Awaitable[object]]


def _prepared(status: int, body: bytes, *headers: tuple[bytes, bytes]) -> ASGIApp:
    """An application that answers GET and HEAD with these bytes."""
    start = {
        "type": "http.response.start",
        "status": status,
        "headers": [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"), *headers],
    }
    not_allowed = {"type": "http.response.start", "status": 405, "headers": [(b"allow", b"GET, HEAD")]}

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
            return
        is_allowed = scope["method"] in ("GET", "HEAD")
        await send(start if is_allowed else not_allowed)
        await send({"type": "http.response.body", "body": body if is_allowed else b""})

    return answer


healthz = _prepared(200, b"ok", (b"content-type", b"text/plain; charset=utf-8"))
"""Return 200 while the process lives."""


class Readiness:
    """An ASGI application: 200 if all needed services answered recently, else 503.

    The body is JSON: `ready`, and with the query `verbose` also `parts`, whether each service answered.

    It answers from the last result of a check in the background, whose age in seconds is the header `Age`, so that it
    is as quick under load or with a part that hangs as otherwise. 503 as well before the first check, and while the
    process is ending: the load balancer chooses another process.
    """

    def __init__(self, needed: Collection[str], clock: Callable[[], float] = monotonic) -> None:
        """`needed` names the services without which no request can be served."""
        self.is_draining = False
        self._needed = needed
        self._clock = clock
        self._answers: dict[str, bool] = {}
        self._failures: Counter[str] = Counter()
        self._checked_at: float | None = None

    def failed_in_a_row(self, name: str) -> int:
        """Return how many of the last checks of this service failed."""
        return self._failures[name]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer from the last result."""
        age = None if self._checked_at is None else self._clock() - self._checked_at
        is_recent = age is not None and age <= MAX_AGE_S
        is_ready = is_recent and all(self._answers[name] for name in self._needed) and not self.is_draining
        told: dict[str, object] = {"ready": is_ready}
        if scope["query_string"].partition(b"=")[0] == b"verbose":
            told["parts"] = self._answers
        headers = [(b"content-type", b"application/json")]
        if age is not None:
            headers.append((b"age", str(int(age)).encode()))
        await _prepared(200 if is_ready else 503, orjson.dumps(told), *headers)(scope, receive, send)

    async def run(self, checks: Mapping[str, Check]) -> None:
        """Check all services periodically, until cancelled. Checks must not share connections with requests."""
        while True:
            errors = dict(zip(checks, await asyncio.gather(*map(_answers, checks.values())), strict=True))
            found = {name: error is None for name, error in errors.items()}
            if found != (self._answers or dict.fromkeys(found, True)):
                wrong = {name: repr(error) for name, error in errors.items() if error is not None}
                log.warning("which parts answer has changed: %s", wrong or "all do")
            for name, answers in found.items():
                self._failures[name] = 0 if answers else self._failures[name] + 1
            self._answers, self._checked_at = found, self._clock()
            await asyncio.sleep(PERIOD_S)


async def _answers(check: Check) -> Exception | None:
    """Return the failure of a service."""
    try:
        async with asyncio.timeout(CHECK_TIMEOUT_S):
            await check()
    except Exception as error:
        return error
    return None
