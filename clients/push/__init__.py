"""Push services behind one interface: APNs, FCM and Web Push, one file each, over the client of `clients.http`."""

from datetime import datetime, timedelta
from typing import Protocol

import msgspec

LIFE = timedelta(hours=24)
"""How long a service stores a notification for a device that is offline."""


class Content(msgspec.Struct, frozen=True):
    """The text of a push. `data` is for the app, which opens the right screen by it: at most 1 KB.

    Renderers shorten the text: every service takes 4 KB in all (`kit.text.shortened`).
    """

    title: str
    body: str
    data: dict[str, str] = {}


class Sent(msgspec.Struct, frozen=True):
    """The service has accepted it."""


class Gone(msgspec.Struct, frozen=True):
    """The service does not know the device any more, since then if it says so."""

    since: datetime | None = None


class RetryLater(msgspec.Struct, frozen=True):
    """The service, or the way to it, is in trouble: try again, and not before `after` has passed."""

    reason: str
    after: timedelta = timedelta()


class Rejected(msgspec.Struct, frozen=True):
    """The service does not take this push, now or later."""

    reason: str


Outcome = Sent | Gone | RetryLater | Rejected


class Address(Protocol):
    """The address of a device: `token` is an endpoint for Web Push, whose two keys are in base64url."""

    @property
    def token(self) -> str: ...  # noqa: D102

    @property
    def p256dh(self) -> str | None: ...  # noqa: D102

    @property
    def auth(self) -> str | None: ...  # noqa: D102


class Sender(Protocol):
    """A push service."""

    async def send(self, device: Address, content: Content, collapse_id: str, *, urgent: bool) -> Outcome:
        """Send it, within a minute; it takes the place of what was sent there with the same `collapse_id`.

        That has up to 32 letters of base64url. An urgent push may wake the device; others may wait until it wakes.
        """
        ...

    async def close(self) -> None:
        """Close its connections."""
        ...
