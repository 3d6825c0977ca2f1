"""What a resolver works with: the process's parts, and the viewer and dataloaders of one operation."""

import asyncio
import math
import random
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from clients.postgres import Database
from clients.redis import Redis
from clients.s3 import Bucket, Signer
from clients.shards import Shards
from domain.accounts.passwords import Passwords
from domain.accounts.sessions import Sessions, live
from domain.accounts.sign_in_guard import SignInGuard
from domain.accounts.tokens import Access, Tokens
from domain.feed.home import Home
from domain.graph.locks import RelationshipChanged
from domain.hashtags.trends import Trends
from domain.limits import Limits
from domain.media.quota import Quota
from domain.media.urls import Urls
from domain.messages.reads import Messages
from domain.messages.sealing import Keys
from domain.posts.reads import Posts
from domain.push.rows import Offer
from domain.read_budget import Left, ReadBudget
from domain.search.finding import Finder
from domain.streams import Streams
from kit.addresses import network_of
from kit.background import Background, shared
from kit.clock import Clock
from kit.cursor import Cursors
from kit.errors import BadUserInput, Overloaded, Unauthenticated
from kit.gate import Gate
from kit.paging import Request, request
from kit.prices import Price
from resolvers.loaders import Loaders

MAX_ATTEMPTS = 30
MIN_PAUSE_S = 0.005
MAX_PAUSE_S = 0.25
"""Bounds of the random pause before a write that met another of the same people is tried again."""

BYTES_PER_POINT = 4096
POINTS_PER_OPERATION = 100
"""What an operation takes from budgets besides its price: it costs some 0.3 ms whatever it asks for."""

MIN_METERED_S = 0.0002
POINTS_PER_SECOND = 300_000
"""What the processor time of reading, validating and compiling a document takes: a point is some 3 us of a page."""

T = TypeVar("T")


@dataclass(frozen=True)
class Ceilings:
    """What one operation may not exceed, whatever its price: points, bytes of its answer, seconds of its execution.

    `introspection` says whether it may ask for the schema.
    """

    points: int
    response_bytes: int
    query_seconds: float
    mutation_seconds: float
    introspection: bool

    def charge(self, price: Price) -> int:
        """The points that an operation of this price takes from budgets: bytes that cannot be sent are not counted."""
        return price.points + min(price.bytes, self.response_bytes) // BYTES_PER_POINT


@dataclass(frozen=True)
class Services:
    """The parts of a web process, shared by all its requests."""

    db: Database
    redis: Redis
    live: Shards
    streams: Streams
    bucket: Bucket
    signer: Signer
    passwords: Passwords
    sessions: Sessions
    tokens: Tokens
    limits: Limits
    sign_ins: SignInGuard
    cursors: Cursors
    posts: Posts
    messages: Messages
    keys: Keys
    home: Home
    trends: Trends
    push: Offer
    finder: Finder
    background: Background
    gate: Gate
    clock: Clock
    urls: Urls
    reads: ReadBudget
    ceilings: Ceilings
    quota: Quota
    reserved_emails: frozenset[str]


@dataclass
class Context:
    """One operation: who asks, from where, and what has been loaded for them so far.

    `token_refused` when the client sent a token that is not valid; `token_expired` when it was valid before.
    `registers` when the client asks to register its document (automatic persisted queries).
    `counted` holds numbers that the operation itself has changed, by counter and id: the rows learn of them 2 s later.
    `executor` runs it: "compiled" or "reference". `price`, what it was `charged`, what is left
    of the `budget` and whether its document `is_trusted` are known once it has been admitted.
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
    counted: dict[tuple[str, int], int] = field(default_factory=dict)
    executor: str | None = None
    price: Price | None = None
    charged: int = 0
    is_trusted: bool = False
    budget: Left | None = None
    liveness: "asyncio.Future[bool] | None" = None

    @property
    def viewer_id(self) -> int:
        """The signed-in person's id, 0 when signed out."""
        return self.access.user_id if self.access else 0

    @property
    def network(self) -> str:
        """What their address counts for: the address itself, its /64 for IPv6."""
        return network_of(self.address)

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.services.clock()

    @cached_property
    def loaders(self) -> Loaders:
        """Made when first used."""
        services = self.services
        return Loaders(services.db, services.posts, services.messages, self.viewer_id, self.now)

    def require_access(self) -> Access:
        """By what the viewer is signed in. Raises Unauthenticated."""
        if self.access is None or self.access.expires_at <= self.now:
            raise Unauthenticated("This requires an access token. Sign in first.")
        return self.access

    def require_viewer(self) -> int:
        """The signed-in person's id. Raises Unauthenticated."""
        return self.require_access().user_id

    def fresh_copy(self) -> "Context":
        """The same viewer with nothing loaded: for the next operation of a socket."""
        return replace(self, spent=set(), counted={}, liveness=None)

    def sign_in_as(self, access: Access) -> None:
        """The rest of this operation is answered for somebody who has just signed in."""
        self.access = access
        self.forget()

    def forget(self) -> None:
        """Drop what was loaded: the next read is anew, for the next event of a stream or after a write."""
        self.__dict__.pop("loaders", None)
        self.liveness = None

    async def retry_on_conflict(self, act: Callable[[], Awaitable[T]]) -> T:
        """What `act` gives, which decides on what it loads; again where that changed before it could be acted on.

        Of several that meet one succeeds at each attempt, so pauses grow and are random. Raises Overloaded in the end.
        """
        for attempt in range(MAX_ATTEMPTS):
            try:
                return await act()
            except RelationshipChanged:
                self.forget()
            await asyncio.sleep(random.uniform(0, min(MIN_PAUSE_S * 2**attempt, MAX_PAUSE_S)))
        raise Overloaded

    def number(self, counter: str, id: int, read: int) -> int:
        """A count as this operation has left it, else as it was `read`."""
        return self.counted.get((counter, id), read)

    async def require_session(self) -> None:
        """Raise Unauthenticated where the viewer has signed out, or hidden their account, since the token was made."""
        if self.access is not None and not await live(self.services.db, [self.access.session_id]):
            raise Unauthenticated("The session has ended. Sign in again.")

    async def require_live_session(self) -> None:
        """Raise Unauthenticated where the viewer's session has ended. Asked once for an operation."""
        if self.access is None:
            return
        if self.liveness is None:
            self.liveness = asyncio.ensure_future(self.services.sessions.is_live(self.access.session_id))
        if not await shared(self.liveness):
            raise Unauthenticated("The session has ended. Sign in again.")

    def page(self, scope: tuple[object, ...], first: int, after: str | None) -> Request:
        """What is asked of the list that `scope` names, for this viewer. Raises BadUserInput."""
        return request(self.services.cursors, (*scope, self.viewer_id), first, after)

    async def spend(self, name: str, *, by_address: bool) -> None:
        """Count one use of the mutation `name` by this person, or this network. Raises RateLimited.

        `by_address` is for what makes sessions: whoever has one must not have a budget more for it.
        """
        who = self.network if by_address or not self.viewer_id else str(self.viewer_id)
        await self.services.limits.spend(name, who)

    def charge(self, points: int) -> None:
        """Take points from the read budgets of this person and this address. Raises RateLimited."""
        self.budget = self.services.reads.spend(self.viewer_id, self.address, points)

    @contextmanager
    def metered(self) -> Iterator[None]:
        """Take points for the processor time of the block, once it is known: for work that only new documents make.

        Less than MIN_METERED_S is part of what every operation costs.
        """
        began = time.thread_time()
        try:
            yield
        finally:
            seconds = time.thread_time() - began
            if seconds >= MIN_METERED_S:
                self.services.reads.take(self.viewer_id, self.address, math.ceil(seconds * POINTS_PER_SECOND))

    def refund(self) -> None:
        """Give back what this operation was charged: it was refused afterwards."""
        self.services.reads.refund(self.viewer_id, self.address, self.charged)

    def charge_event(self) -> None:
        """Take the price of one event of the subscription that this operation is from its own budget.

        Raises RateLimited.
        """
        if self.price is not None:
            self.services.reads.spend_event(self.viewer_id, self.services.ceilings.charge(self.price))

    def once_per_operation(self, what: str) -> None:
        """Raise BadUserInput when an operation does `what` a second time, under whichever alias."""
        if what in self.spent:
            raise BadUserInput(f"One operation can {what} only once. Send several operations instead.")
        self.spent.add(what)
