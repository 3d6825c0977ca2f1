"""End-to-end encrypted conversations (MLS)."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

from domain import channels, privacy
from domain.accounts.rows import User
from domain.accounts.tokens import Access
from domain.mls import delivery, devices, groups, members, packages
from domain.mls.groups import Posted, posted, welcomed
from domain.mls.rows import Claimed, Device, Group, Invited, Message, Sent
from domain.rows import number_of
from kit.errors import BadUserInput, mistake
from resolvers.context import Context
from resolvers.loaders import load_known
from resolvers.uploads import LOOK_AGAIN

Answer = dict[str, Any]


async def devices_of_viewers(context: Context, viewers: Sequence[Access]) -> list[list[Device]]:
    """The viewer's devices, for each session."""
    return [await devices.devices_of(context.services.db, viewer.user_id) for viewer in viewers]


async def owners(context: Context, devices: Sequence[Device]) -> list[User | None]:
    """Whose each device is; None for somebody whom the viewer may not see."""
    return await context.loaders.user_by_id.load_many([device.user_id for device in devices])


async def devices_of_groups(context: Context, groups: Sequence[Group]) -> list[list[Device]]:
    """The devices in each group."""
    return await members.devices_of_groups(context.services.db, [group.id for group in groups])


async def package_counts(context: Context, devices: Sequence[Device]) -> list[int | None]:
    """How many key packages each device has left; None for somebody else's."""
    own = [device.id for device in devices if device.user_id == context.viewer_id]
    counts = await packages.counts(context.services.db, own, context.now) if own else {}
    return [counts.get(device.id, 0) if device.id in own else None for device in devices]


def seen_at(context: Context, device: Device) -> datetime | None:
    """When the device was last there; None for somebody else's."""
    return device.seen_at if device.user_id == context.viewer_id else None


async def register(context: Context, signature_key: bytes) -> Answer:
    """Register a device of the viewer's: {device}. Raises UserErrors."""
    device_id = await devices.register(context.services.db, context.require_viewer(), signature_key)
    return {"device": await context.loaders.mls_device_by_id.load(device_id)}


async def remove(context: Context, device_id: str) -> Answer:
    """Remove a device of the viewer's: {removed_id}. Raises UserErrors, BadUserInput."""
    device = await _own(context, device_id)
    await devices.remove(context.services.db, device.id)
    context.forget()
    _tell(context, {device.id: 0})  # its streams end
    return {"removed_id": device_id}


async def publish(context: Context, input: Any) -> Answer:
    """Publish key packages of a device of the viewer's: {device}. Raises UserErrors, BadUserInput."""
    device = await _own(context, input.device_id)
    await packages.publish(context.services.db, device, input.key_packages, context.now)
    context.forget()
    return {"device": await context.loaders.mls_device_by_id.load(device.id)}


async def claim(context: Context, user_id: str, group_id: str) -> Answer:
    """Key packages of somebody's devices: {key_packages}. Raises UserErrors, BadUserInput, RateLimited."""
    viewer_id, wanted = context.require_viewer(), number_of(User, user_id)
    group_number, services = number_of(Group, group_id), context.services

    async def attempt() -> list[Claimed]:
        user = await context.loaders.user_by_id.load(wanted)
        if user is None:
            raise mistake("NOT_FOUND", "The user does not exist, or you cannot see them.", "userId")
        return await packages.claim(services.db, services.limits, viewer_id, user, group_number, context.now)

    return {"key_packages": await context.retry_on_conflict(attempt)}


async def create(context: Context, input: Any) -> Answer:
    """Make a group of a device of the viewer's: {group}. Raises UserErrors, BadUserInput."""
    device = await _own(context, input.device_id)
    group_id = await groups.create(context.services.db, device, input.idempotency_key)
    return await _now(context, group_id)


async def send(context: Context, input: Any) -> Answer:
    """Send a message to a group: {group}. Raises UserErrors, BadUserInput."""
    device, message = await _own(context, input.device_id), posted(input.message, "message")

    async def attempt() -> Sent:
        others = await _others(context, message, [])
        return await groups.send(context.services.db, device, message, others, input.idempotency_key)

    _tell(context, await context.retry_on_conflict(attempt))
    return await _now(context, message.group_id)


async def commit(context: Context, input: Any) -> Answer:
    """Begin the next epoch of a group: {group}. Raises UserErrors, BadUserInput."""
    device, message = await _own(context, input.device_id), posted(input.commit, "commit")
    removed = [number_of(Device, id) for id in input.removed_device_ids or ()]
    refs = welcomed(input.welcome)

    async def attempt() -> Sent:
        added = await packages.invited(context.services.db, message.group_id, refs)
        return await groups.commit(
            context.services.db,
            device,
            message,
            await _others(context, message, added),
            welcome=input.welcome,
            added=added,
            removed=removed,
            key=input.idempotency_key,
        )

    _tell(context, await context.retry_on_conflict(attempt))
    return await _now(context, message.group_id)


async def leave(context: Context, group_id: str) -> Answer:
    """Take the viewer's devices out of a group: {removed_id}. Raises UserErrors, BadUserInput."""
    await groups.leave(context.services.db, context.require_viewer(), number_of(Group, group_id))
    return {"removed_id": group_id}


async def acknowledge(context: Context, device_id: str, up_to: int) -> Answer:
    """A device has what came up to a sequence: {device}. Raises UserErrors, BadUserInput."""
    device = await _own(context, device_id)
    await delivery.acknowledge(context.services.db, device.id, up_to)
    context.forget()
    return {"device": await context.loaders.mls_device_by_id.load(device.id)}


async def messages(context: Context, device_id: str, after: int, first: int) -> list[Message] | None:
    """What waits for a device of the viewer's, in order; None where there is no such device. Raises BadUserInput."""
    if not 1 <= first <= delivery.PAGE:
        raise BadUserInput(f"`first` must be between 1 and {delivery.PAGE}.")
    viewer_id, number = context.require_viewer(), number_of(Device, device_id)
    return await delivery.waiting(context.services.db, viewer_id, number, after, first)


async def watch(context: Context, device_id: str, after: int) -> AsyncIterator[Message]:
    """What waits for a device of the viewer's, in order, then what comes. Ends with the device, or the session.

    What is published is a hint to look; it is looked every 5 s without one too.
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


async def _own(context: Context, device_id: str) -> Device:
    context.require_viewer()
    [device] = await load_known(context.loaders.mls_device_by_id, [number_of(Device, device_id)])
    if device is None:
        raise mistake("NOT_FOUND", "You have no device with this ID.", "deviceId")
    return device


async def _now(context: Context, group_id: int) -> Answer:
    context.forget()
    return {"group": await context.loaders.mls_group_by_id.load(group_id)}


async def _others(context: Context, message: Posted, added: Sequence[Invited]) -> list[User]:
    """On whom it depends that the viewer may do this: whom they add, and the other person in a group of two."""
    people = await members.people(context.services.db, message.group_id)
    depends = {each.user_id for each in added} | (people if len(people) == 2 else set())
    users = await load_known(context.loaders.user_by_id, sorted(depends - {context.viewer_id}))
    seen = [user for user in users if user is not None and privacy.can_interact(user)]
    if len(seen) < len(users):
        raise mistake("NOT_ALLOWED", "You cannot send messages to a user of this group.")
    return seen


def _tell(context: Context, sent: Sent) -> None:
    """Hint to whoever listens on these devices. Nobody waits for it, and nothing is lost without it."""

    async def publish() -> None:
        for device_id, sequence in sent.items():
            await context.services.streams.publish(channels.mls_of(device_id), str(sequence))

    if sent:
        context.services.background.spawn(publish(), "hints of MLS messages")
