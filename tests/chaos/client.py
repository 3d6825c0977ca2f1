"""A client that behaves as docs/errors.md says, and that records every request it sends."""

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.chaos.cluster import TOKEN_SECONDS
from tests.support.client import SIGN_UP, http_client

MAX_TRIES = 5
MAX_PAUSE_S = 60.0
REQUEST_TIMEOUT_S = 15.0

OK, USER_ERROR, NO_CONNECTION, NO_ANSWER = "ok", "user error", "no connection", "no answer"
ANSWERED = {OK, USER_ERROR}
OUTAGE_CODES = {"UNAVAILABLE", "OVERLOADED", "TIMEOUT", NO_CONNECTION, NO_ANSWER}
"""The outcomes that a fault may have for a client. All others are violations."""

SIGN_IN = """mutation ($input: SignInInput!) { signIn(input: $input) {
  viewer { user { id username } } accessToken refreshToken userErrors { code } } }"""
REFRESH = """mutation ($token: String!) { refreshSession(refreshToken: $token) {
  accessToken refreshToken userErrors { code } } }"""


@dataclass
class Attempt:
    """One request: `kind` is read, write or storage; times are those of time.monotonic."""

    name: str
    kind: str
    began: float
    ended: float
    outcome: str
    detail: str = ""


@dataclass
class Record:
    """All requests of a run, and what was wrong with answers whatever the faults were."""

    attempts: list[Attempt] = field(default_factory=list)
    violations: list[str] = field(default_factory=list)

    def note(self, attempt: Attempt) -> None:
        self.attempts.append(attempt)
        if attempt.outcome not in ANSWERED | OUTAGE_CODES:
            at = time.strftime("%H:%M:%S")
            self.violations.append(f"{at} {attempt.name} was answered with {attempt.outcome}: {attempt.detail}")


@dataclass
class Answer:
    """What became of an operation after all tries.

    `data` is that of an operation without any error, else None. `is_refused` says that there are user errors.
    `may_come_late` says that a try had no certain outcome: it may take effect at any time.
    """

    data: dict[str, Any] | None = None
    is_refused: bool = False
    may_come_late: bool = False
    codes: list[str] = field(default_factory=list)

    @property
    def is_done(self) -> bool:
        return self.data is not None


class Client:
    """Somebody with an account. `next_url` says where the next request goes."""

    def __init__(self, next_url: Callable[[], str], record: Record, chance: random.Random) -> None:
        self.record = record
        self.id = ""
        self.username = ""
        self.token = ""
        self._next_url = next_url
        self._chance = chance
        self._refresh_token = ""
        self._token_since = 0.0
        self._renewing = asyncio.Lock()
        self._http = http_client(timeout=REQUEST_TIMEOUT_S)

    async def close(self) -> None:
        await self._http.aclose()

    async def sign_up(self, username: str) -> None:
        """Raises AssertionError."""
        self.username = username
        account = {"username": username, "email": f"{username}@example.com", "password": "heliograph"}
        answer = await self._tries("signUp", SIGN_UP, {"input": account | {"birthDate": "1990-01-01"}}, "write")
        assert answer.data is not None, answer
        self._remember(answer.data)

    async def sign_in(self) -> bool:
        """Whether there is a new session."""
        login = {"login": self.username, "password": "heliograph"}
        answer = await self._tries("signIn", SIGN_IN, {"input": login}, "write")
        if answer.data is not None:
            self._remember(answer.data)
        return answer.is_done

    async def read(self, name: str, document: str, /, tries: int = 2, **variables: Any) -> dict[str, Any] | None:
        """The data of a query; None where it had none after all tries."""
        await self.renew()
        return (await self._tries(name, document, variables, "read", tries)).data

    async def write(self, name: str, document: str, /, **variables: Any) -> Answer:
        """A mutation. Its `data` is the payload."""
        await self.renew()
        return await self._tries(name, document, variables, "write")

    async def put(self, target: dict[str, Any], content: bytes) -> bool:
        """Whether storage has the bytes: it says so, or says that it had them before (the PUT may succeed once)."""
        headers = {header["name"]: header["value"] for header in target["headers"]}
        for number in range(MAX_TRIES):
            began, outcome, detail = time.monotonic(), NO_ANSWER, ""
            try:
                answer = await self._http.put(target["url"], content=content, headers=headers)
                outcome, detail = f"HTTP {answer.status_code}", answer.text[:300]
                if answer.status_code in (200, 412):
                    outcome = OK
                elif answer.status_code >= 500:
                    outcome = "UNAVAILABLE"
            except (httpx.ConnectError, httpx.ConnectTimeout):
                outcome = NO_CONNECTION
            except httpx.HTTPError as error:
                detail = repr(error)
            self.record.note(Attempt("PUT", "storage", began, time.monotonic(), outcome, detail))
            if outcome == OK:
                return True
            await self._pause(number, 0)
        return False

    async def renew(self) -> None:
        """Have a token that lasts."""
        async with self._renewing:
            if not self.token or time.monotonic() - self._token_since < TOKEN_SECONDS * 0.6:
                return
            answer = await self._tries("refreshSession", REFRESH, {"token": self._refresh_token}, "write")
            if answer.data is not None:
                self._remember(answer.data)
            elif answer.is_refused:
                # The first try was done, and its answer came too late to be asked for again.
                await self.sign_in()

    def _remember(self, payload: dict[str, Any]) -> None:
        self.token, self._refresh_token = payload["accessToken"], payload["refreshToken"]
        self._token_since = time.monotonic()
        if payload.get("viewer"):
            self.id = payload["viewer"]["user"]["id"]

    async def _tries(
        self, name: str, document: str, variables: dict[str, Any], kind: str, tries: int = MAX_TRIES
    ) -> Answer:
        found = Answer()
        body = {"query": document, "variables": variables}
        for number in range(tries):
            outcome, data, wait = await self.once(name, body, kind)
            found.codes.append(outcome)
            if outcome in ANSWERED:
                found.is_refused = outcome == USER_ERROR
                found.data = data if outcome == OK else None
                return found
            found.may_come_late |= outcome not in (NO_CONNECTION, "RATE_LIMITED")
            if outcome not in OUTAGE_CODES:
                return found
            if number + 1 < tries:
                await self._pause(number, wait)
        return found

    async def once(
        self, name: str, body: dict[str, Any], kind: str, url: str | None = None
    ) -> tuple[str, dict[str, Any], float]:
        """Send one request: its outcome, its data (for a mutation the payload), and for how long to wait."""
        began = time.monotonic()
        token = self.token if name not in ("signUp", "signIn", "refreshSession") else ""
        headers = {"authorization": f"Bearer {token}"} if token else {}
        outcome, detail, wait = NO_ANSWER, "", 0.0
        data: dict[str, Any] = {}
        try:
            answer = await self._http.post(f"{url or self._next_url()}/graphql", json=body, headers=headers)
            outcome, detail, data, wait = _read(answer, kind)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            outcome = NO_CONNECTION
        except httpx.HTTPError as error:
            detail = repr(error)
        ended = time.monotonic()
        if outcome == "UNAUTHENTICATED" and ended - self._token_since > TOKEN_SECONDS - 5:
            outcome = "UNAVAILABLE"  # its own server did not renew the token in time
        self.record.note(Attempt(name, kind, began, ended, outcome, detail))
        return outcome, data, wait

    async def _pause(self, number: int, retry_after: float) -> None:
        """From `retry_after` or 1 s on, doubled with each try; between half of that and all of it."""
        wait = min(max(retry_after, 1.0) * 2**number, MAX_PAUSE_S)
        await asyncio.sleep(wait * self._chance.uniform(0.5, 1))


def _read(answer: httpx.Response, kind: str) -> tuple[str, str, dict[str, Any], float]:
    """The outcome of an answer, its detail, its data, and for how long it asks to wait."""
    try:
        body: dict[str, Any] = answer.json()
    except ValueError:
        return f"HTTP {answer.status_code}", answer.text[:200], {}, 0.0
    if errors := body.get("errors"):
        found = errors[0].get("extensions", {})
        detail = f"{errors[0].get('message')} (request {found.get('requestId')}, path {errors[0].get('path')})"
        return str(found.get("code")), detail, {}, float(found.get("retryAfter", 0))
    data: dict[str, Any] = body["data"]
    if kind == "read":
        return OK, "", data, 0.0
    [payload] = data.values()
    mistakes = payload.get("userErrors") or []
    return (USER_ERROR, str(mistakes), {}, 0.0) if mistakes else (OK, "", payload, 0.0)
