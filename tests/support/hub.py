"""Messages of the hub."""

import asyncio


async def heard(events: object) -> str:
    async with asyncio.timeout(10):
        return str((await events.get()).message)  # type: ignore[attr-defined]
