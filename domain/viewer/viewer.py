"""The viewer of one operation."""

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import TypeVar

from clients.postgres import Database
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.accounts.sessions import live
from domain.accounts.tokens import Access
from domain.graph.locks import RelationshipChanged
from domain.viewer.comments import Comments
from domain.viewer.conversations import Conversations
from domain.viewer.hashtags import Hashtags
from domain.viewer.media import Media
from domain.viewer.mls import Mls
from domain.viewer.notifications import Notifications
from domain.viewer.parts import Parts
from domain.viewer.posts import Posts
from domain.viewer.push import Push
from domain.viewer.stories import Stories
from domain.viewer.users import Users
from kit.errors import Overloaded, Unauthenticated

MAX_ATTEMPTS = 30
MIN_PAUSE_S = 0.005
MAX_PAUSE_S = 0.25
"""Bounds of the random pause before a write that met another write of the same users is tried again."""

T = TypeVar("T")

_PARTS_BY_NOUN = (
    "users",
    "posts",
    "comments",
    "hashtags",
    "media",
    "stories",
    "conversations",
    "mls",
    "notifications",
    "push",
)


class Viewer:
    """A signed-in user (signed out: ID 0), and what has been loaded for them so far.

    Lives for one operation, or one event of a subscription. `counts` holds counters that the operation itself has
    changed, by (counter, row ID): stored counters are up to 2 s behind.
    """

    def __init__(self, parts: Parts, access: Access | None) -> None:
        self.parts = parts
        self.access = access
        self.counts: dict[tuple[str, int], int] = {}
        self._is_session_checked = True

    @property
    def id(self) -> int:
        """The ID of the signed-in user, 0 when signed out."""
        return self.access.user_id if self.access else 0

    @property
    def now(self) -> datetime:
        """The present instant."""
        return self.parts.clock()

    def require_access(self) -> Access:
        """The access token of the viewer. Raises Unauthenticated where there is none, or it has expired."""
        if self.access is None or self.access.expires_at <= self.now:
            raise Unauthenticated("This requires an access token. Sign in first.")
        return self.access

    def require_id(self) -> int:
        """The ID of the signed-in user. Raises Unauthenticated."""
        return self.require_access().user_id

    @cached_property
    def users(self) -> Users:
        """Users."""
        return Users(self)

    @cached_property
    def posts(self) -> Posts:
        """Posts and locations."""
        return Posts(self)

    @cached_property
    def comments(self) -> Comments:
        """Comments."""
        return Comments(self)

    @cached_property
    def hashtags(self) -> Hashtags:
        """Hashtags."""
        return Hashtags(self)

    @cached_property
    def media(self) -> Media:
        """Photos, videos and uploads."""
        return Media(self)

    @cached_property
    def stories(self) -> Stories:
        """Stories, reels and highlights."""
        return Stories(self)

    @cached_property
    def conversations(self) -> Conversations:
        """Conversations, their members and messages."""
        return Conversations(self)

    @cached_property
    def mls(self) -> Mls:
        """Devices and groups of end-to-end encrypted conversations."""
        return Mls(self)

    @cached_property
    def notifications(self) -> Notifications:
        """Notifications."""
        return Notifications(self)

    @cached_property
    def push(self) -> Push:
        """Devices that receive pushes."""
        return Push(self)

    def forget(self) -> None:
        """Drop all loaded rows: the next read is fresh. For the next event of a stream, and after a lost race."""
        for noun in _PARTS_BY_NOUN:
            self.__dict__.pop(noun, None)

    def count(self, counter: str, id: int, read: int) -> int:
        """A counter of a row as this operation has left it, or else as it was `read`."""
        return self.counts.get((counter, id), read)

    async def retry_on_conflict(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """Return what `attempt` returns, which decides on what it loads. Repeat it where that has changed meanwhile.

        Of several writes that meet, one succeeds at each attempt, so the pauses grow and are random. Raises Overloaded
        after MAX_ATTEMPTS.
        """
        for number in range(MAX_ATTEMPTS):
            try:
                return await attempt()
            except RelationshipChanged:
                self.forget()
            await asyncio.sleep(random.uniform(0, min(MIN_PAUSE_S * 2**number, MAX_PAUSE_S)))
        raise Overloaded

    def begin_command(self) -> None:
        """A command begins: its first query of users checks whether the session has ended. Reads do not check it."""
        self._is_session_checked = self.access is None

    async def require_session(self) -> None:
        """Raise Unauthenticated where the session has ended or the account is hidden. Asks PostgreSQL once a command.

        The query also reads the viewer's own row, which most responses contain.
        """
        if not self._is_session_checked:
            await self.users.by_id.load(self.id)
        if not self._is_session_checked:  # the row was known before the command
            assert self.access is not None
            self._check(is_live=bool(await live(self.parts.db, [self.access.session_id])))

    async def writable(self) -> Database:
        """The database, for a write: the session has been checked. Raises Unauthenticated."""
        await self.require_session()
        return self.parts.db

    async def load_users(self, ids: Sequence[int]) -> list[User | None]:
        """The users as the viewer sees them; the query also checks the session, if the command has not done so yet."""
        if self._is_session_checked:
            return await accounts.users(self.parts.db, self.id, ids)
        assert self.access is not None
        is_live, users = await accounts.users_and_session(self.parts.db, self.id, self.access.session_id, ids)
        self._check(is_live=is_live)
        return users

    def _check(self, *, is_live: bool) -> None:
        if not is_live:
            raise Unauthenticated("The session has ended. Sign in again.")
        self._is_session_checked = True
