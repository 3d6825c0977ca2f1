"""Commands for end-to-end encrypted conversations (MLS)."""

from collections.abc import Sequence

from domain import channels, privacy
from domain.accounts.rows import User
from domain.mls import delivery, devices, groups, members, packages
from domain.mls.groups import Posted, posted, welcomed
from domain.mls.rows import Claimed, Device, Group, Invited, Sent
from domain.viewer.noun import load_known
from domain.viewer.viewer import Viewer
from kit.errors import mistake


async def register_device(viewer: Viewer, signature_key: bytes) -> Device | None:
    """Register a device of the viewer by its public signature key."""
    device_id = await devices.register(await viewer.writable(), viewer.require_id(), signature_key)
    return await viewer.mls.device.load(device_id)


async def remove_device(viewer: Viewer, device_id: int) -> None:
    """Remove a device of the viewer. Its streams end."""
    device = await _own(viewer, device_id)
    await devices.remove(await viewer.writable(), device.id)
    viewer.forget()
    _announce(viewer, {device.id: 0})


async def publish_key_packages(viewer: Viewer, device_id: int, key_packages: Sequence[bytes]) -> Device | None:
    """Publish key packages of a device of the viewer."""
    device = await _own(viewer, device_id)
    await packages.publish(await viewer.writable(), device, key_packages, viewer.now)
    viewer.forget()
    return await viewer.mls.device.load(device_id)


async def claim_key_packages(viewer: Viewer, user_id: int, group_id: int) -> list[Claimed]:
    """Claim one key package of each device of a user, for a group. Raises RateLimited too."""
    viewer_id = viewer.require_id()

    async def attempt() -> list[Claimed]:
        user = await viewer.users.by_id.load(user_id)
        if user is None:
            raise mistake("NOT_FOUND", "The user does not exist, or you cannot see them.", "userId")
        db = await viewer.writable()
        return await packages.claim(db, viewer.parts.limits, viewer_id, user, group_id, viewer.now)

    return await viewer.retry_on_conflict(attempt)


async def create_group(viewer: Viewer, device_id: int, key: str | None) -> Group | None:
    """Create a group with one device of the viewer. `key` is the idempotency key."""
    device = await _own(viewer, device_id)
    return await _fresh(viewer, await groups.create(await viewer.writable(), device, key))


async def send_message(viewer: Viewer, device_id: int, message: bytes, key: str | None) -> Group | None:
    """Send an MLS message from a device of the viewer to the group that its frame names. `key` is for idempotency."""
    device, read = await _own(viewer, device_id), posted(message, "message")

    async def attempt() -> Sent:
        return await groups.send(await viewer.writable(), device, read, await _others(viewer, read, []), key)

    _announce(viewer, await viewer.retry_on_conflict(attempt))
    return await _fresh(viewer, read.group_id)


async def commit_group(
    viewer: Viewer,
    device_id: int,
    *,
    commit: bytes,
    welcome: bytes | None,
    removed_device_ids: Sequence[int],
    key: str | None,
) -> Group | None:
    """Begin the next epoch of the group that the frame of `commit` names. `key` is the idempotency key."""
    device, message = await _own(viewer, device_id), posted(commit, "commit")
    refs = welcomed(welcome)

    async def attempt() -> Sent:
        db = await viewer.writable()
        added = await packages.invited(db, message.group_id, refs)
        others = await _others(viewer, message, added)
        return await groups.commit(
            db, device, message, others, welcome=welcome, added=added, removed=removed_device_ids, key=key
        )

    _announce(viewer, await viewer.retry_on_conflict(attempt))
    return await _fresh(viewer, message.group_id)


async def leave_group(viewer: Viewer, group_id: int) -> None:
    """Remove all devices of the viewer from a group."""
    await groups.leave(await viewer.writable(), viewer.require_id(), group_id)


async def acknowledge(viewer: Viewer, device_id: int, up_to: int) -> Device | None:
    """Delete the messages up to a sequence number, which a device of the viewer has stored."""
    device = await _own(viewer, device_id)
    await delivery.acknowledge(await viewer.writable(), device.id, up_to)
    viewer.forget()
    return await viewer.mls.device.load(device_id)


async def _own(viewer: Viewer, device_id: int) -> Device:
    viewer.require_id()
    [device] = await load_known(viewer.mls.device, [device_id])
    if device is None:
        raise mistake("NOT_FOUND", "You have no device with this ID.", "deviceId")
    return device


async def _fresh(viewer: Viewer, group_id: int) -> Group | None:
    viewer.forget()
    return await viewer.mls.group.load(group_id)


async def _others(viewer: Viewer, message: Posted, added: Sequence[Invited]) -> list[User]:
    """The users on whom it depends that the viewer may do this: those added, and the other user of a group of two."""
    people = await members.people(viewer.parts.db, message.group_id)
    depends = {each.user_id for each in added} | (people if len(people) == 2 else set())
    users = await load_known(viewer.users.by_id, sorted(depends - {viewer.id}))
    visible = [user for user in users if user is not None and privacy.can_interact(user)]
    if len(visible) < len(users):
        raise mistake("NOT_ALLOWED", "You cannot send messages to a user of this group.")
    return visible


def _announce(viewer: Viewer, sent: Sent) -> None:
    """Publish hints to the streams of these devices, in the background. Nothing is lost without them."""
    parts = viewer.parts

    async def publish() -> None:
        for device_id, sequence in sent.items():
            await parts.streams.publish(channels.mls_of(device_id), str(sequence))

    if sent:
        parts.background.spawn(publish(), "hints of MLS messages")
