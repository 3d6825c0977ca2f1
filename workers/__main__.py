"""Composition root of the workers."""

import asyncio
import logging
import signal
import sys

import config
from workers import counters, fanout, jobs, media, relay, repair, sqs, sweeper
from workers.parts import connect

WORKERS = {
    "relay": relay.run,
    "fanout": fanout.run,
    "counters": counters.run,
    "media": media.run,
    "jobs": jobs.run,
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


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = config.load()
        config.require(settings, "database_url", "redis_url", "s3_endpoint", "s3_access_key", "s3_secret_key")
    except config.ConfigurationError as error:
        sys.exit(str(error))
    names = sys.argv[1:] or [name for name in WORKERS if name != "sqs" or settings.sqs_queue_url]
    if unknown := set(names) - set(WORKERS):
        sys.exit(f"No such worker: {', '.join(sorted(unknown))}. There are {', '.join(WORKERS)}.")
    asyncio.run(main(settings, names))
