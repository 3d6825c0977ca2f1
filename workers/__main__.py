"""Composition root of the workers: `python -m workers [NAME ...]` runs them, `train-ranking` trains and ends.

`rewrap-keys` wraps the data keys of all conversations by the first of HELIOGRAPH_MESSAGE_KEYS, and ends.
"""

import asyncio
import logging
import signal
import sys

import config
from clients import postgres
from domain.feed.training import Refused
from domain.messages import sealing
from domain.messages.sealing import Keys, Unreadable
from workers import counters, fanout, jobs, media, notify, push, relay, repair, sqs, sweeper, training
from workers.parts import connect

WORKERS = {
    "relay": relay.run,
    "fanout": fanout.run,
    "counters": counters.run,
    "media": media.run,
    "jobs": jobs.run,
    "notify": notify.run,
    "push": push.run,
    "repair": repair.run,
    "sweeper": sweeper.run,
    "sqs": sqs.run,
}


async def main(settings: config.Settings, names: list[str]) -> None:
    """Run the named workers until SIGTERM or SIGINT. One that cannot go on ends them all, to be started anew."""
    async with connect(settings) as parts:
        running = asyncio.gather(*(WORKERS[name](parts) for name in names))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            logging.getLogger("workers").info("stopped")


async def train(settings: config.Settings) -> str | None:
    """Train the model of ranking and print how it does; where there is none better, a sentence that says why."""
    async with connect(settings) as parts:
        try:
            print(await training.train(parts))
        except Refused as refused:
            return str(refused)
    return None


async def rewrap(settings: config.Settings) -> str | None:
    """Have no data key depend on any but the first of the message keys; a sentence where one cannot be unwrapped."""
    db = await postgres.connect(str(settings.database_url), size=1)
    try:
        keys, count = Keys(config.wrapping_keys(settings)), 0
        while done := await sealing.rewrap(db, keys):
            count += done
        print(f"{count} data keys are wrapped by {keys.current!r} now.")
    except (config.ConfigurationError, Unreadable) as error:
        return str(error)
    finally:
        await db.close()
    return None


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = config.load()
        config.require(settings, "database_url", "redis_url", "s3_endpoint", "s3_access_key", "s3_secret_key")
    except config.ConfigurationError as error:
        sys.exit(str(error))
    if sys.argv[1:] == ["train-ranking"]:
        sys.exit(asyncio.run(train(settings)))
    if sys.argv[1:] == ["rewrap-keys"]:
        sys.exit(asyncio.run(rewrap(settings)))
    names = sys.argv[1:] or [name for name in WORKERS if name != "sqs" or settings.sqs_queue_url]
    if unknown := set(names) - set(WORKERS):
        sys.exit(f"No such worker: {', '.join(sorted(unknown))}. There are {', '.join(WORKERS)}.")
    asyncio.run(main(settings, names))
