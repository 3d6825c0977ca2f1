"""What is removed after a time: one table for all kinds of data. docs/operations.md shows it.

How long data is kept is a constant of the module that owns the data. What Redis forgets by itself is not here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from clients.postgres import Database
from clients.redis import Redis
from domain import idempotency, outbox
from domain.accounts import actions as accounts
from domain.accounts import names
from domain.feed import impressions
from domain.media import erasure_queue
from domain.media import jobs as media
from domain.messages import log
from domain.mls import delivery, packages
from domain.push import queue
from domain.search import history
from domain.stories import actions as stories
from domain.stories.rows import LIFE


class Stores(Protocol):
    """Where the data is."""

    @property
    def db(self) -> Database:
        """PostgreSQL."""

    @property
    def redis(self) -> Redis:
        """Valkey."""


Remove = Callable[..., Awaitable[Any]]
"""Removes what is too old. What it returns is true when it is to be called again at once."""

Call = Callable[[Remove, Stores, datetime], Awaitable[Any]]
"""Calls a function with what it takes."""


def _with_db(remove: Remove, stores: Stores, now: datetime) -> Awaitable[Any]:
    return remove(stores.db)


def _with_time(remove: Remove, stores: Stores, now: datetime) -> Awaitable[Any]:
    return remove(stores.db, now)


def _with_redis(remove: Remove, stores: Stores, now: datetime) -> Awaitable[Any]:
    return remove(stores.db, stores.redis)


@dataclass(frozen=True)
class Rule:
    """`data` is removed `lifetime` after `since`, by the loop `step` of `worker`, which pauses for `pause` at the end.

    A rule without `call` has a loop of its own in the worker, which takes lifetime and pause from here. `batch_size` is
    how many rows a call of `remove` removes at most; None: all.
    """

    data: str
    lifetime: timedelta
    since: str
    worker: str
    step: str
    pause: timedelta
    remove: Remove
    call: Call | None = None
    batch_size: int | None = None

    async def apply(self, stores: Stores, now: datetime) -> Any:
        """Remove a batch. True when there may be more."""
        assert self.call is not None
        return await self.call(self.remove, stores, now)


_SECOND, _MINUTE, _HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)

OUTBOX = Rule(
    "events in the outbox", outbox.RETENTION, "they were sent", "relay", "trim", 30 * _SECOND, outbox.trim, _with_redis
)
STORIES = Rule(
    "stories in no highlight, with their media",
    LIFE,
    "their publication or rejection",
    "stories",
    "stories",
    5 * _SECOND,
    stories.sweep,
    batch_size=stories.BATCH_SIZE,
)
EXPIRED_UPLOADS = Rule(
    "reservations of uploads whose bytes did not arrive",
    media.EXPIRY_GRACE,
    "`expiresAt`",
    "sweeper",
    "expiry",
    10 * _SECOND,
    media.expire,
    batch_size=media.BATCH_SIZE,
)
ORPHANS = Rule(
    "objects and multipart uploads in the bucket that belong to no upload",
    timedelta(hours=25),  # no upload waits for its bytes as long, no worker for anything
    "they were written or begun",
    "sweeper",
    "orphans",
    timedelta(days=1) / 512,
    erasure_queue.erase,
)

RULES = (
    OUTBOX,
    STORIES,
    EXPIRED_UPLOADS,
    ORPHANS,
    Rule(
        "uploads that nothing uses",
        media.UNATTACHED_LIFE,
        "their creation and `expiresAt`",
        "sweeper",
        "unattached",
        _MINUTE,
        media.discard_unattached,
        _with_db,
        media.BATCH_SIZE,
    ),
    Rule(
        "sessions",
        accounts.SESSION_RETENTION,
        "their end by time",
        "sweeper",
        "sessions",
        _HOUR,
        accounts.forget_old_sessions,
        _with_db,
    ),
    Rule(
        "former usernames, which nobody else can take",
        names.RETENTION,
        "they were given up",
        "sweeper",
        "former usernames",
        _HOUR,
        names.forget_old,
        _with_db,
    ),
    Rule(
        "idempotency keys and results",
        idempotency.RETENTION,
        "their first use",
        "sweeper",
        "idempotency keys",
        _HOUR,
        idempotency.forget_old,
        _with_db,
    ),
    Rule(
        "entries of the conversation log",
        log.RETENTION,
        "their creation",
        "sweeper",
        "conversation log",
        _MINUTE,
        log.forget_old,
        _with_time,
        log.BATCH_SIZE,
    ),
    Rule(
        "push notifications that could not be sent",
        queue.LIFE,
        "they were enqueued",
        "sweeper",
        "pushes",
        _HOUR,
        queue.forget_old,
        _with_db,
    ),
    Rule(
        "impressions",
        impressions.RETENTION,
        "they were recorded",
        "sweeper",
        "impressions",
        10 * _MINUTE,
        impressions.forget_old,
        _with_time,
        impressions.BATCH_SIZE,
    ),
    Rule(
        "search history",
        history.RETENTION,
        "the last search for it",
        "sweeper",
        "searches",
        _HOUR,
        history.sweep,
        _with_db,
        history.BATCH_SIZE,
    ),
    Rule(
        "MLS messages, read or not",
        delivery.RETENTION,
        "they were sent",
        "sweeper",
        "MLS messages",
        10 * _MINUTE,
        delivery.forget_old,
        _with_time,
        delivery.BATCH_SIZE,
    ),
    Rule(
        "MLS key packages",
        timedelta(),
        "the end of their lifetime",
        "sweeper",
        "MLS key packages",
        10 * _MINUTE,
        packages.forget_old,
        _with_time,
        packages.BATCH_SIZE,
    ),
)
"""Those of a worker are in the order in which it starts their loops."""
