"""MLS groups: their members, epochs and messages.

The server orders commits: each begins an epoch, and of two for the same one the first wins (RFC 9420 section 14). It
reads the plaintext part of frames, and believes members which devices a commit removes. A member who lies, or sends a
commit that no device can process, harms only their own group, and can read nothing that they could not read anyway.
"""

from collections.abc import Sequence

import msgspec

from clients.postgres import Connection, Database
from domain.accounts.rows import User
from domain.graph.locks import RelationshipChanged, lock_relationships
from domain.idempotency import once_per_key
from domain.mls import members, packages
from domain.mls.delivery import deliver, hold
from domain.mls.rows import Device, Group, Invited, Member, Sent
from domain.rows import number_of
from kit import ids
from kit.errors import BadUserInput, UserErrors, mistake
from kit.mls import Content, Malformed, read_frame, read_welcome

MAX_PEOPLE = 32
MAX_MESSAGE = 64 * 1024
MAX_WELCOME = 112 * 1024
"""In bytes. With a commit it makes 235 KiB of base64, and a request may have 256 KiB."""
LATE_EPOCHS = 4
"""The maximum age in epochs of an application message: clients keep the keys of past epochs (RFC 9420 section 14)."""


class Posted(msgspec.Struct, frozen=True):
    """A PrivateMessage as it was sent, and the fields of its frame."""

    group_id: int
    epoch: int
    content: Content
    message: bytes


def posted(message: bytes, field: str) -> Posted:
    """Parse the frame of a client's message. Raises UserErrors: TOO_LONG, INVALID; NOT_FOUND for an unknown group."""
    if len(message) > MAX_MESSAGE:
        raise mistake("TOO_LONG", f"A message may have at most {MAX_MESSAGE:,} bytes.", field)
    try:
        frame = read_frame(message)
    except Malformed as error:
        raise mistake("INVALID", str(error), field) from None
    try:
        group_id = number_of(Group, frame.group_id.decode("ascii"))
    except (UnicodeDecodeError, BadUserInput):
        group_id = 0
    if not group_id:
        raise _no_group(field)
    return Posted(group_id, frame.epoch, frame.content, message)


def welcomed(welcome: bytes | None) -> list[bytes]:
    """Return the references of the key packages in a welcome. Raises UserErrors: TOO_LONG, INVALID."""
    if welcome is None:
        return []
    if len(welcome) > MAX_WELCOME:
        raise mistake("TOO_LONG", f"A welcome may have at most {MAX_WELCOME:,} bytes.", "welcome")
    try:
        return read_welcome(welcome)
    except Malformed as error:
        raise mistake("INVALID", str(error), "welcome") from None


async def create(db: Database, device: Device, key: str | None) -> int:
    """Create a group with the viewer's device as the only member. Returns its ID. Raises UserErrors."""

    async def effect(tx: Connection) -> list[int]:
        if not await tx.fetchval("SELECT true FROM mls_devices WHERE id = $1 FOR KEY SHARE", device.id):
            raise mistake("NOT_FOUND", "You have no device with this ID.", "deviceId")
        group_id: int = await tx.fetchval(
            "INSERT INTO mls_groups (id) VALUES (next_id($1)) RETURNING id", ids.shard_of(device.user_id)
        )
        await _join(tx, group_id, 0, [(device.id, device.user_id)])
        return [group_id]

    [group_id] = await once_per_key(db, device.user_id, "createMlsGroup", key, {"device": device.id}, effect)
    return group_id


async def send(db: Database, device: Device, posted: Posted, others: Sequence[User], key: str | None) -> Sent:
    """Send an application message or a proposal to the group's other devices that can read it.

    `others` is the other user of a group of two, as the viewer sees them. Raises RelationshipChanged, and UserErrors:
    INVALID, NOT_FOUND, CONFLICT for a proposal of another epoch or a message of one long past.
    """
    if posted.content is Content.COMMIT:
        raise mistake("INVALID", "This message is a commit. Send commits with `commitMlsGroup`.", "message")
    sent: Sent = {}

    async def effect(tx: Connection) -> list[int]:
        epoch, inside = await _enter(tx, device, posted, others, "SHARE", "message")
        late = LATE_EPOCHS if posted.content is Content.APPLICATION else 0
        if posted.epoch > epoch:
            raise mistake("INVALID", "The epoch of the message has not started yet.", "message")
        if posted.epoch < epoch - late:
            raise mistake(
                "CONFLICT",
                f"The group is in epoch {epoch}. Process the newer commits, then send the message again.",
                "message",
            )
        readers = [each.device_id for each in inside if each.since_epoch <= posted.epoch]
        sent.update(await _deliver(tx, device, posted, readers))
        return []

    given = {"device": device.id, "message": posted.message}
    await once_per_key(db, device.user_id, "sendMlsMessage", key, given, effect)
    return sent


async def commit(
    db: Database,
    device: Device,
    posted: Posted,
    others: Sequence[User],
    *,
    welcome: bytes | None,
    added: Sequence[Invited],
    removed: Sequence[int],
    key: str | None,
) -> Sent:
    """Begin the next epoch: deliver the commit to the other devices, and `welcome` to the devices of `added`.

    `others` are the users on whom this depends, as the viewer sees them: the owners of `added`, and the other user of a
    group of two. Raises `RelationshipChanged` and UserErrors, without effect: CONFLICT if the group is in another
    epoch, because another commit came first; INVALID, NOT_FOUND, TOO_MANY.
    """
    if posted.content is not Content.COMMIT:
        raise mistake("INVALID", "This message is not a commit. Send other messages with `sendMlsMessage`.", "commit")
    if device.id in removed:
        raise mistake(
            "INVALID",
            "A device cannot remove itself with a commit. Leave the group, or send a proposal.",
            "removedDeviceIds",
        )
    refs = welcomed(welcome)
    sent: Sent = {}

    async def effect(tx: Connection) -> list[int]:
        epoch, inside = await _enter(tx, device, posted, others, "UPDATE", "commit")
        if posted.epoch != epoch:
            raise mistake(
                "CONFLICT", f"The group is in epoch {epoch}. Process the newer commits, then commit again.", "commit"
            )
        staying = {each.user_id for each in inside if each.device_id not in removed}
        if len(staying | {each.user_id for each in added}) > MAX_PEOPLE:
            raise mistake("TOO_MANY", f"Too many users (limit: {MAX_PEOPLE} in a group).", "welcome")
        await hold(tx, [*(each.device_id for each in inside), *(each.device_id for each in added)])
        if await packages.invited(tx, posted.group_id, refs) != added:
            raise RelationshipChanged
        if len({each.device_id for each in added}) != len(refs):
            raise mistake("INVALID", "The welcome uses key packages that were not claimed for this group.", "welcome")
        sent.update(await _deliver(tx, device, posted, [each.device_id for each in inside]))
        await tx.execute("UPDATE mls_groups SET epoch = epoch + 1 WHERE id = $1", posted.group_id)
        await tx.execute(
            "DELETE FROM mls_members WHERE group_id = $1 AND device_id = ANY($2)", posted.group_id, removed
        )
        if welcome is not None:
            await packages.use(tx, added)
            await _join(tx, posted.group_id, epoch + 1, [(each.device_id, each.user_id) for each in added])
            devices = [each.device_id for each in added]
            sent.update(await deliver(tx, posted.group_id, epoch + 1, "WELCOME", welcome, devices))
        return []

    given = {"device": device.id, "commit": posted.message, "welcome": welcome, "removed": sorted(removed)}
    await once_per_key(db, device.user_id, "commitMlsGroup", key, given, effect)
    return sent


async def leave(db: Database, viewer_id: int, group_id: int) -> None:
    """Stop delivery to the viewer's devices; the remaining members remove them by a commit.

    Raises UserErrors: NOT_FOUND.
    """
    async with db.acquire() as tx, tx.transaction():
        mine = await tx.fetch("SELECT id FROM mls_devices WHERE user_id = $1", viewer_id)
        if not await members.leave(tx, [record["id"] for record in mine], group_id):
            raise _no_group("groupId")


async def _enter(
    tx: Connection, device: Device, posted: Posted, others: Sequence[User], lock: str, field: str
) -> tuple[int, list[Member]]:
    """Lock the group that the device is in; return its epoch and members."""
    await lock_relationships(tx, device.user_id, *others)
    epoch = await tx.fetchval(f"SELECT epoch FROM mls_groups WHERE id = $1 FOR {lock}", posted.group_id)
    inside = await members.members(tx, posted.group_id)
    if device.id not in {each.device_id for each in inside}:
        raise _no_group(field)
    people = {each.user_id for each in inside}
    if len(people) == 2 and not people <= {device.user_id, *(user.id for user in others)}:
        raise RelationshipChanged
    return epoch, inside


async def _deliver(tx: Connection, device: Device, posted: Posted, readers: Sequence[int]) -> Sent:
    others = [reader for reader in readers if reader != device.id]
    return await deliver(tx, posted.group_id, posted.epoch, posted.content.name, posted.message, others)


async def _join(tx: Connection, group_id: int, epoch: int, joining: Sequence[tuple[int, int]]) -> None:
    await tx.executemany(
        """
        INSERT INTO mls_members (id, group_id, device_id, user_id, since_epoch) VALUES (next_id($1), $2, $3, $4, $5)
        ON CONFLICT (group_id, device_id) DO UPDATE SET since_epoch = excluded.since_epoch
        """,
        [(ids.shard_of(group_id), group_id, device_id, user_id, epoch) for device_id, user_id in joining],
    )


def _no_group(field: str) -> UserErrors:
    return mistake("NOT_FOUND", "You have no device in a group with this ID.", field)
