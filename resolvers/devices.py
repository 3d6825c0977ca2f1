"""Devices that are reached by push."""

from collections.abc import Sequence
from typing import Any

from domain.accounts.tokens import Access
from domain.push import actions, reads
from domain.push.actions import Keys
from domain.push.rows import Device
from domain.rows import number_of
from resolvers.context import Context


async def of_viewers(context: Context, viewers: Sequence[Access]) -> list[list[Device]]:
    """For each session, the devices of the viewer, the last that was registered first."""
    return await reads.devices_of(context.services.db, [viewer.user_id for viewer in viewers])


async def web_push_key(context: Context) -> str | None:
    """What browsers subscribe with; None where Web Push is not offered."""
    return context.services.push.web_push_key


async def register(context: Context, input: Any) -> dict[str, Any]:
    """Reach the viewer's session at a device: {device}. Raises UserErrors."""
    services, viewer_id = context.services, context.require_viewer()
    assert context.access is not None
    session_id, platform, keys = context.access.session_id, input.platform.value, input.keys
    device = await actions.register(
        services.db,
        services.push,
        viewer_id,
        session_id,
        platform=platform,
        token=input.token,
        keys=Keys(keys.p256dh, keys.auth) if keys else None,
    )
    return {"device": device}


async def unregister(context: Context, device_id: str) -> dict[str, Any]:
    """Reach the viewer there no longer: {deleted_id}. Raises UserErrors, BadUserInput."""
    await actions.unregister(context.services.db, context.require_viewer(), number_of(Device, device_id))
    return {"deleted_id": device_id}
