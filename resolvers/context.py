"""The context of an operation: the parts of the process, the viewer, and what the operation has cost."""

import asyncio
import math
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from clients.s3 import Signer
from domain.accounts.tokens import Access
from domain.feed.home import Home
from domain.hashtags.trends import Trends
from domain.media.urls import Urls
from domain.read_budget import Left, ReadBudget
from domain.search.finding import Finder
from domain.viewer.parts import Parts
from domain.viewer.viewer import Viewer
from kit.addresses import network_of
from kit.background import shared
from kit.batching import Loader
from kit.cursor import Cursors
from kit.errors import BadUserInput, Unauthenticated
from kit.gate import Gate
from kit.paging import Request, request
from kit.prices import Price

BYTES_PER_POINT = 4096
POINTS_PER_OPERATION = 100
"""Points of every operation in addition to its price: any operation costs about 0.3 ms."""

MIN_METERED_S = 0.0002
POINTS_PER_SECOND = 300_000
"""Price of the processor time to parse, validate and compile a document: a point is about 3 µs of a page."""


@dataclass(frozen=True)
class Ceilings:
    """Hard limits of one operation, whatever its price: points, bytes of the response, seconds of execution.

    `introspection` says whether operations may query the schema.
    """

    points: int
    response_bytes: int
    query_seconds: float
    mutation_seconds: float
    introspection: bool

    def charge(self, price: Price) -> int:
        """The points that an operation of this price takes from budgets. Bytes that cannot be sent are not counted."""
        return price.points + min(price.bytes, self.response_bytes) // BYTES_PER_POINT


@dataclass(frozen=True)
class Services(Parts):
    """The parts of a web process, shared by all its requests."""

    signer: Signer
    cursors: Cursors
    home: Home
    trends: Trends
    finder: Finder
    gate: Gate
    urls: Urls
    reads: ReadBudget
    ceilings: Ceilings


@dataclass
class Context:
    """One operation: the viewer, the client's address, and what is known of the operation.

    `token_refused`: the client sent a token that is not valid. `token_expired`: the token was valid before.
    `registers`: the client asks to register its document (automatic persisted queries).
    `executor`: "compiled" or "reference". Known after admission: the `price` in points and bytes, the points
    `charged`, the points left of the `budget`, and whether the document `is_trusted`.
    """

    services: Services
    request_id: str
    address: str
    access: Access | None = None
    token_refused: bool = False
    token_expired: bool = False
    registers: bool = False
    connection_params: object = None
    spent: set[str] = field(default_factory=set)
    executor: str | None = None
    price: Price | None = None
    charged: int = 0
    is_trusted: bool = False
    budget: Left | None = None
    liveness: "asyncio.Future[bool] | None" = None
    _viewer: Viewer | None = None
    _fields: dict[object, Loader[Any, Any]] = field(default_factory=dict)

    @property
    def viewer_id(self) -> int:
        """The ID of the signed-in user, 0 when signed out."""
        return self.access.user_id if self.access else 0

    @property
    def network(self) -> str:
        """The network of the client, to which limits apply: the IPv4 address, or the /64 of an IPv6 address."""
        return network_of(self.address)

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.services.clock()

    @property
    def viewer(self) -> Viewer:
        """The viewer, with what has been loaded for them."""
        if self._viewer is None or self._viewer.access is not self.access:
            self._viewer = Viewer(self.services, self.access)
        return self._viewer

    def by_field(self, key: object, batch: Callable[[Sequence[Any]], Awaitable[Sequence[Any]]]) -> Loader[Any, Any]:
        """The loader of a batched field with the arguments that `key` holds; `batch` answers for many parents."""
        if key not in self._fields:
            self._fields[key] = Loader(batch, cache=False)
        return self._fields[key]

    def require_access(self) -> Access:
        """The access token of the viewer. Raises Unauthenticated."""
        return self.viewer.require_access()

    def require_viewer(self) -> int:
        """The ID of the signed-in user. Raises Unauthenticated."""
        return self.viewer.require_id()

    def fresh_copy(self) -> "Context":
        """The same viewer with nothing loaded: for the next operation of a socket."""
        return replace(self, spent=set(), liveness=None, _viewer=None, _fields={})

    def sign_in_as(self, access: Access) -> None:
        """The rest of this operation is answered for somebody who has just signed in."""
        self.access = access
        self.forget()

    def forget(self) -> None:
        """Drop all loaded rows, so that the next read is fresh: for the next event of a stream."""
        self.viewer.forget()
        self._fields = {}
        self.liveness = None

    async def require_live_session(self) -> None:
        """Raise Unauthenticated if the viewer's session has ended. Checked once per operation."""
        if self.access is None:
            return
        if self.liveness is None:
            self.liveness = asyncio.ensure_future(self.services.sessions.is_live(self.access.session_id))
        if not await shared(self.liveness):
            raise Unauthenticated("The session has ended. Sign in again.")

    def page(self, scope: tuple[object, ...], first: int, after: str | None) -> Request:
        """The page request for the list that `scope` names, for this viewer. Raises BadUserInput."""
        return request(self.services.cursors, (*scope, self.viewer_id), first, after)

    async def spend(self, name: str, *, by_address: bool) -> None:
        """Count one use of the root field `name` by the viewer, or by the network. Raises RateLimited.

        `by_address` is for fields that create sessions: a session must not give a client another budget.
        """
        who = self.network if by_address or not self.viewer_id else str(self.viewer_id)
        await self.services.limits.spend(name, who)

    def charge(self, points: int) -> None:
        """Take points from the read budgets of the viewer and the address. Raises RateLimited."""
        self.budget = self.services.reads.spend(self.viewer_id, self.address, points)

    @contextmanager
    def metered(self) -> Iterator[None]:
        """Take points for the processor time of the block afterwards: for work that only new documents cause.

        Times below MIN_METERED_S are part of the fixed price of an operation.
        """
        began = time.thread_time()
        try:
            yield
        finally:
            seconds = time.thread_time() - began
            if seconds >= MIN_METERED_S:
                self.services.reads.take(self.viewer_id, self.address, math.ceil(seconds * POINTS_PER_SECOND))

    def refund(self) -> None:
        """Return the points of an operation that was refused after it had been charged."""
        self.services.reads.refund(self.viewer_id, self.address, self.charged)

    def charge_event(self) -> None:
        """Take the price of one event of this subscription from the budget of events.

        Raises RateLimited.
        """
        if self.price is not None:
            self.services.reads.spend_event(self.viewer_id, self.services.ceilings.charge(self.price))

    def once_per_operation(self, what: str) -> None:
        """Raise BadUserInput if the operation does `what` a second time, under any alias."""
        if what in self.spent:
            raise BadUserInput(f"One operation can {what} only once. Send several operations instead.")
        self.spent.add(what)
