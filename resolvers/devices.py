"""Resolvers of devices that receive push notifications."""

from typing import TYPE_CHECKING

from domain.commands import devices as commands

if TYPE_CHECKING:
    from schema.devices import RegisterDeviceInput

from collections.abc import Sequence
from typing import Any

from domain.accounts.tokens import Access
from domain.push import reads
from domain.push.actions import Keys
from domain.push.rows import Device
from domain.rows import number_of
from resolvers.context import Context


async def of_viewers(context: Context, viewers: Sequence[Access]) -> list[list[Device]]:
    """For each session, the devices of the viewer, most recently registered first."""
    return await reads.devices_of(context.services.db, [viewer.user_id for viewer in viewers])


async def web_push_key(context: Context) -> str | None:
    """The public key for Web Push subscriptions; None if the server does not offer Web Push."""
    return context.services.push.web_push_key


async def register(context: Context, input: "RegisterDeviceInput") -> dict[str, Any]:
    """Send the viewer's pushes to a device: {device}."""
    keys = Keys(input.keys.p256dh, input.keys.auth) if input.keys else None
    platform = input.platform.name
    return {"device": await commands.register_device(context.viewer, platform=platform, token=input.token, keys=keys)}


async def unregister(context: Context, device_id: str) -> dict[str, Any]:
    """Stop sending pushes to a device: {deleted_id}."""
    await commands.unregister_device(context.viewer, number_of(Device, device_id))
    return {"deleted_id": device_id}
