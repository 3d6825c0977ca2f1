"""Resolvers of end-to-end encrypted conversations (MLS)."""

from typing import TYPE_CHECKING

from domain.commands import mls as commands

if TYPE_CHECKING:
    from schema.mls import CommitMlsGroupInput, CreateMlsGroupInput, PublishMlsKeyPackagesInput, SendMlsMessageInput

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from domain import channels
from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.mls import delivery, devices, members, packages
from domain.mls.rows import Device, Group, Message
from domain.rows import number_of
from kit.errors import BadUserInput
from resolvers.context import Context
from resolvers.uploads import LOOK_AGAIN

Answer = dict[str, Any]


async def devices_of_viewers(context: Context, viewers: Sequence[Access]) -> list[list[Device]]:
    """The viewer's devices, for each session."""
    return [await devices.devices_of(context.services.db, viewer.user_id) for viewer in viewers]


async def owners(context: Context, devices: Sequence[Device]) -> list[User | None]:
    """The owner of each device; None if the viewer may not see them."""
    return await context.viewer.users.by_id.load_many([device.user_id for device in devices])


async def devices_of_groups(context: Context, groups: Sequence[Group]) -> list[list[Device]]:
    """The devices in each group."""
    return await members.devices_of_groups(context.services.db, [group.id for group in groups])


async def package_counts(context: Context, devices: Sequence[Device]) -> list[int | None]:
    """The number of unused key packages of each device; None for devices of other users."""
    own = [device.id for device in devices if device.user_id == context.viewer_id]
    counts = await packages.counts(context.services.db, own, context.now) if own else {}
    return [counts.get(device.id, 0) if device.id in own else None for device in devices]


def seen_at(context: Context, device: Device) -> datetime | None:
    """When the device was last seen; None for devices of other users."""
    return device.seen_at if device.user_id == context.viewer_id else None


async def register(context: Context, signature_key: bytes) -> Answer:
    """Register a device of the viewer: {device}."""
    return {"device": await commands.register_device(context.viewer, signature_key)}


async def remove(context: Context, device_id: str) -> Answer:
    """Remove a device of the viewer: {removed_id}."""
    await commands.remove_device(context.viewer, number_of(Device, device_id))
    return {"removed_id": device_id}


async def publish(context: Context, input: "PublishMlsKeyPackagesInput") -> Answer:
    """Publish key packages of a device of the viewer: {device}."""
    device_id = number_of(Device, input.device_id)
    return {"device": await commands.publish_key_packages(context.viewer, device_id, input.key_packages)}


async def claim(context: Context, user_id: str, group_id: str) -> Answer:
    """Claim key packages of a user's devices: {key_packages}. Raises RateLimited too."""
    user, group = number_of(User, user_id), number_of(Group, group_id)
    return {"key_packages": await commands.claim_key_packages(context.viewer, user, group)}


async def create(context: Context, input: "CreateMlsGroupInput") -> Answer:
    """Create a group with a device of the viewer: {group}."""
    device_id = number_of(Device, input.device_id)
    return {"group": await commands.create_group(context.viewer, device_id, input.idempotency_key)}


async def send(context: Context, input: "SendMlsMessageInput") -> Answer:
    """Send a message to a group: {group}."""
    device_id = number_of(Device, input.device_id)
    return {"group": await commands.send_message(context.viewer, device_id, input.message, input.idempotency_key)}


async def commit(context: Context, input: "CommitMlsGroupInput") -> Answer:
    """Begin the next epoch of a group: {group}."""
    group = await commands.commit_group(
        context.viewer,
        number_of(Device, input.device_id),
        commit=input.commit,
        welcome=input.welcome,
        removed_device_ids=[number_of(Device, id) for id in input.removed_device_ids or ()],
        key=input.idempotency_key,
    )
    return {"group": group}


async def leave(context: Context, group_id: str) -> Answer:
    """Remove the viewer's devices from a group: {removed_id}."""
    await commands.leave_group(context.viewer, number_of(Group, group_id))
    return {"removed_id": group_id}


async def acknowledge(context: Context, device_id: str, up_to: int) -> Answer:
    """Delete the messages that a device of the viewer has stored: {device}."""
    return {"device": await commands.acknowledge(context.viewer, number_of(Device, device_id), up_to)}


async def messages(context: Context, device_id: str, after: int, first: int) -> list[Message] | None:
    """The messages that wait for a device of the viewer, in order; None without such a device. Raises BadUserInput."""
    if not 1 <= first <= delivery.PAGE:
        raise BadUserInput(f"`first` must be between 1 and {delivery.PAGE}.")
    viewer_id, number = context.require_viewer(), number_of(Device, device_id)
    return await delivery.waiting(context.services.db, viewer_id, number, after, first)


async def watch(context: Context, device_id: str, after: int) -> AsyncIterator[Message]:
    """Yield the messages that wait for a device of the viewer, then new ones, in order.

    Ends with the device or the session.

    Published hints only cause a read; there is a read every 5 s without them.
    """
    access, number = context.require_access(), number_of(Device, device_id)
    viewer_id = access.user_id
    async with context.services.streams.listen(access, channels.mls_of(number)) as stream:
        while (found := await delivery.waiting(context.services.db, viewer_id, number, after)) is not None:
            for message in found:
                stream.check()
                yield message
                after = message.sequence
            if not found:
                await stream.hint(within=LOOK_AGAIN)
