"""Messages of the hub."""

import asyncio


async def next_message(events: object) -> str:
    async with asyncio.timeout(10):
        return str((await events.get()).message)  # type: ignore[attr-defined]
