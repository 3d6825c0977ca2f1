"""Everything at once: nobody deadlocks, mailboxes are in order, and in the end nothing is left."""

import asyncio
import random
from datetime import UTC, datetime

import pytest

from domain.mls import delivery, devices, groups, members
from domain.mls.groups import posted
from domain.mls.rows import Device, Group
from kit import ids
from kit.errors import UserErrors
from kit.mls import Content
from tests.conftest import NewPerson
from tests.support.client import until
from tests.support.mls_frames import frame
from tests.support.opaque_ids import number
from workers.parts import Parts

PEOPLE, GROUPS, ROUNDS = 6, 4, 60


async def test_everything_at_once(person: NewPerson, parts: Parts) -> None:
    db, chance = parts.db, random.Random(6)
    everybody = []
    for n in range(PEOPLE):
        owner = number((await person()).id)
        device_id = await devices.register(db, owner, bytes([n]) * 32)
        everybody.append(Device(device_id, owner, b"", datetime.now(UTC)))
    made = [await groups.create(db, everybody[0], None) for _ in range(GROUPS)]
    for group in made:  # as commits with welcomes would
        await db.executemany(
            """
            INSERT INTO mls_members (id, group_id, device_id, user_id, since_epoch) VALUES (next_id(0), $1, $2, $3, 0)
            ON CONFLICT DO NOTHING
            """,
            [(group, device.id, device.user_id) for device in everybody],
        )
    accepted = dict.fromkeys(made, 0)
    taken: dict[int, list[int]] = {device.id: [] for device in everybody}

    async def post(device: Device, group: int, content: Content) -> None:
        [row] = await members.groups(db, device.user_id, [group])
        assert row is not None
        message = posted(frame(ids.encode(Group.TAG, group).encode(), row.epoch, content, b"secret"), "message")
        try:
            if content is Content.COMMIT:
                await groups.commit(db, device, message, [], welcome=None, added=[], removed=[], key=None)
                accepted[group] += 1
            else:
                await groups.send(db, device, message, [], None)
        except UserErrors as refused:
            if refused.errors[0].code != "CONFLICT":
                raise

    async def take(device: Device) -> None:
        waiting = await delivery.waiting(db, device.user_id, device.id)
        assert waiting is not None
        if waiting:
            taken[device.id] += [message.sequence for message in waiting]
            await delivery.acknowledge(db, device.id, waiting[-1].sequence)

    async def live(device: Device) -> None:
        for _ in range(ROUNDS):
            content = chance.choice([Content.APPLICATION, Content.APPLICATION, Content.COMMIT])
            await post(device, chance.choice(made), content)
            if chance.random() < 0.3:
                await take(device)

    await asyncio.gather(*(live(device) for device in everybody))
    for device in everybody:
        while await delivery.waiting(db, device.user_id, device.id):
            await take(device)
        assert taken[device.id] == list(range(1, len(taken[device.id]) + 1))
    found = await members.groups(db, everybody[0].user_id, made)
    assert [row.epoch for row in found if row] == list(accepted.values()), "each commit that was accepted, once"
    assert min(accepted.values()) > 1
    assert not await db.fetchval("SELECT count(*) FROM mls_messages WHERE group_id = ANY($1)", made)


async def test_a_device_that_is_added_while_it_is_removed(person: NewPerson, parts: Parts) -> None:
    """The transaction that adds it holds its row: its removal waits, and finds what was added."""
    owner = number((await person()).id)
    device_id = await devices.register(parts.db, owner, b"k" * 32)
    device = Device(device_id, owner, b"", datetime.now(UTC))
    await groups.create(parts.db, device, None)
    async with parts.db.acquire() as tx, tx.transaction():
        await delivery.hold(tx, [device_id])
        removing = asyncio.create_task(devices.remove(parts.db, device_id))
        blocked = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%mls_devices%'"
        await until(lambda: parts.db.fetchval(blocked), bool)
        await tx.execute(
            """
            WITH made AS (INSERT INTO mls_groups (id) VALUES (next_id(0)) RETURNING id)
            INSERT INTO mls_members (id, group_id, device_id, user_id, since_epoch)
            SELECT next_id(0), id, $1, $2, 0 FROM made
            """,
            device_id,
            owner,
        )
    await removing
    for table, column in (("mls_devices", "id"), ("mls_members", "device_id")):
        assert not await parts.db.fetchval(f"SELECT true FROM {table} WHERE {column} = $1", device_id)
    with pytest.raises(UserErrors):
        await groups.create(parts.db, device, None)
