"""The worker `push` in a process of its own, to be struck: `python -m tests.workers.pushing`."""

import asyncio
from collections.abc import Sequence

import config
from clients.postgres import Database
from domain.push.rows import Content
from workers import push
from workers.parts import connect


async def say(db: Database, kind: str, asked: Sequence[tuple[int, int]]) -> list[Content | None]:
    """What is pushed about each subject."""
    return [Content(kind, str(subject_id)) for _, subject_id in asked]


async def main() -> None:
    async with connect(config.load()) as parts:
        await push.run(parts, {"message": say})


if __name__ == "__main__":
    asyncio.run(main())
