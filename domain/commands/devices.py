"""Commands for devices that receive pushes."""

from domain.push import actions
from domain.push.actions import Keys
from domain.push.rows import Device
from domain.viewer.viewer import Viewer


async def register_device(viewer: Viewer, *, platform: str, token: str, keys: Keys | None) -> Device:
    """Send the viewer's pushes to a device until the session ends. `keys` are those of a Web Push subscription."""
    access, db = viewer.require_access(), await viewer.writable()
    return await actions.register(
        db, viewer.parts.push, access.user_id, access.session_id, platform=platform, token=token, keys=keys
    )


async def unregister_device(viewer: Viewer, device_id: int) -> None:
    """Stop sending pushes to a device of the viewer."""
    await actions.unregister(await viewer.writable(), viewer.require_id(), device_id)
