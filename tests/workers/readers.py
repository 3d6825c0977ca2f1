"""People whose devices are pushed to."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from domain.push import actions, queue, reads
from domain.push.actions import Keys
from domain.push.rows import Device, Offer, Push
from kit import ids
from tests.support import factories
from tests.support.client import until
from tests.support.push_services import PushServices
from workers.parts import Parts

EVERYTHING = Offer(frozenset({"APNS", "FCM", "WEB_PUSH"}))


@dataclass
class Reader:
    """Somebody with devices, in a session."""

    parts: Parts
    id: int
    session_id: int

    async def phone(self, token: str, platform: str = "APNS") -> Device:
        return await actions.register(
            self.parts.db, EVERYTHING, self.id, self.session_id, platform=platform, token=token, keys=None
        )

    async def browser(self, services: PushServices, name: str) -> Device:
        made = services.browser(name)
        keys = Keys(**made.keys)
        return await actions.register(
            self.parts.db, EVERYTHING, self.id, self.session_id, platform="WEB_PUSH", token=made.endpoint, keys=keys
        )

    async def devices(self) -> list[int]:
        [devices] = await reads.devices_of(self.parts.db, [self.id])
        return [device.id for device in devices]

    async def enqueue(self, subject_id: int, key: str = "talk", urgent: bool = True) -> None:
        async with self.parts.db.acquire() as tx, tx.transaction():
            await queue.enqueue(tx, [self.id], "message", subject_id, key, urgent=urgent)

    async def waiting(self) -> list[dict[str, Any]]:
        """What waits for them, with how many seconds that takes."""
        records = await self.parts.db.fetch(
            "SELECT *, extract(epoch FROM due_at - now())::float AS wait FROM pushes WHERE user_id = $1 ORDER BY id",
            self.id,
        )
        return [dict(record) for record in records]

    async def tried(self, attempt: int) -> dict[str, Any]:
        """The one push that waits, once it waits after its `attempt`th try."""

        def put_off(rows: list[dict[str, Any]]) -> bool:
            if len(rows) != 1:
                return False  # one that was sent has not been crossed off yet
            in_hand = 0 <= queue.LEASE.total_seconds() - rows[0]["wait"] < 20
            return rows[0]["attempt"] == attempt and not in_hand

        [row] = await until(self.waiting, put_off)
        return row

    async def served(self) -> None:
        """Nothing waits for them any more."""
        await until(self.waiting, lambda rows: not rows)

    async def hurry(self, older: timedelta = timedelta()) -> None:
        """What waits for them is due, and was promised so long before."""
        await self.parts.db.execute(
            "UPDATE pushes SET due_at = now(), promised_at = promised_at - $2::interval WHERE user_id = $1",
            self.id,
            older,
        )


async def somebody(parts: Parts) -> Reader:
    [user_id] = await factories.people(parts.db, 1)
    session_id = await parts.db.fetchval(
        """
        INSERT INTO sessions (id, user_id, nonce, generation, rotated_at, expires_at)
        VALUES (next_id($1), $2, '', 0, now(), now() + interval '1 day') RETURNING id
        """,
        ids.shard_of(user_id),
        user_id,
    )
    return Reader(parts, user_id, session_id)


def token(reader: Reader) -> str:
    return f"{reader.id:064x}"


async def claimed(reader: Reader) -> Push:
    """Their push, in the hands of this test."""
    [push] = await queue.claim(reader.parts.db, 10)
    assert push.user_id == reader.id
    return push
