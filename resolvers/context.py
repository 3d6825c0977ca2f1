"""What a resolver works with: the process's parts, and the viewer and dataloaders of one operation."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property

from broadcaster import Broadcast

from clients.postgres import Database
from clients.redis import Redis
from clients.s3 import Signer
from domain.accounts.passwords import Passwords
from domain.accounts.tokens import Access, Tokens
from domain.feed.timeline import Timeline
from domain.limits import Limits
from kit.background import Background
from kit.clock import Clock
from kit.cursor import Cursors
from kit.errors import BadUserInput, Unauthenticated
from kit.paging import Request, request
from resolvers.loaders import Loaders


@dataclass(frozen=True)
class Services:
    """The parts of a web process, shared by all its requests."""

    db: Database
    redis: Redis
    broadcast: Broadcast
    signer: Signer
    passwords: Passwords
    tokens: Tokens
    limits: Limits
    cursors: Cursors
    timeline: Timeline
    background: Background
    clock: Clock
    media_url: str
    max_cost: int


@dataclass
class Context:
    """One operation: who asks, from where, and what has been loaded for them so far."""

    services: Services
    request_id: str
    address: str
    access: Access | None = None
    token_refused: bool = False
    connection_params: object = None
    spent: set[str] = field(default_factory=set)

    @property
    def viewer_id(self) -> int:
        """The signed-in person's id, 0 when signed out."""
        return self.access.user_id if self.access else 0

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.services.clock()

    @cached_property
    def loaders(self) -> Loaders:
        """Made when first used."""
        return Loaders(self.services.db, self.services.redis, self.viewer_id)

    def require_viewer(self) -> int:
        """The signed-in person's id. Raises Unauthenticated."""
        if self.access is None or self.access.expires_at <= self.now:
            raise Unauthenticated("Sign in first: send an access token.")
        return self.access.user_id

    def afresh(self) -> "Context":
        """The same viewer with nothing loaded: for the next operation of a socket."""
        return replace(self, spent=set())

    def sign_in_as(self, access: Access) -> None:
        """The rest of this operation is answered for somebody who has just signed in."""
        self.access = access
        self.forget()

    def forget(self) -> None:
        """Drop what was loaded: the next read is anew, for the next event of a stream or after a write."""
        self.__dict__.pop("loaders", None)

    def page(self, scope: tuple[object, ...], first: int, after: str | None) -> Request:
        """What is asked of the list that `scope` names, for this viewer. Raises BadUserInput."""
        return request(self.services.cursors, (*scope, self.viewer_id), first, after)

    async def spend(self, name: str, *, by_address: bool) -> None:
        """Count one use of the mutation `name` by this person, or this address. Raises RateLimited.

        `by_address` is for what makes sessions: whoever has one must not have a budget more for it.
        """
        who = self.address if by_address or not self.viewer_id else str(self.viewer_id)
        await self.services.limits.spend(name, who)

    def once(self, what: str) -> None:
        """Raise BadUserInput when an operation does `what` a second time, under whichever alias."""
        if what in self.spent:
            raise BadUserInput(f"One operation may {what} once.")
        self.spent.add(what)
