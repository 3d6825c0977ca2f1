"""Entry point of the workers: `python -m workers [NAME ...]` runs them, `python -m workers COMMAND` runs a command.

docs/operations.md describes the commands.
"""

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from inspect import signature

import config
from domain.media import lifecycle
from domain.messages import sealing
from domain.messages.sealing import Keys, Unreadable
from kit import sandbox
from workers import moderation, parked, training
from workers.parts import Parts, connect
from workers.registry import WORKERS


async def main(settings: config.Settings, names: list[str]) -> None:
    """Run the named workers until SIGTERM or SIGINT. A worker that fails ends the process, which is then restarted."""
    async with connect(settings) as parts:
        running = asyncio.gather(*(WORKERS[name].run(parts) for name in names))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            logging.getLogger("workers").info("stopped")


async def command(settings: config.Settings, name: str, arguments: list[str]) -> str | None:
    """Run one of COMMANDS and print its result, or a sentence that says why it failed."""
    try:
        signature(COMMANDS[name]).bind(None, *arguments)
    except TypeError:
        _, *wanted = signature(COMMANDS[name]).parameters.values()
        named = (each.name.upper() if each.default is each.empty else f"[{each.name.upper()}]" for each in wanted)
        return f"Usage: python -m workers {' '.join([name, *named])}"
    async with connect(settings) as parts:
        try:
            print(await COMMANDS[name](parts, *arguments))
        except COMPLAINTS as complaint:
            return str(complaint)
    return None


async def rewrap(parts: Parts) -> str:
    """Rewrap all data keys by the first of the message keys. Raises Unreadable if one cannot be unwrapped."""
    keys, count = Keys(config.wrapping_keys(parts.settings)), 0
    while done := await sealing.rewrap(parts.db, keys):
        count += done
    return f"{count} data keys are wrapped by {keys.current!r} now."


async def storage_rules(parts: Parts, cold_class: str | None = None) -> str:
    """Write the bucket's lifecycle rules, and return them. Raises OSError if the store does not support them."""
    rules = await lifecycle.write(parts.bucket, cold_class)
    return "The bucket has these rules:\n" + "\n".join(json.dumps(rule, default=str) for rule in rules)


COMMANDS: dict[str, Callable[..., Awaitable[str]]] = {
    "train-ranking": training.train,
    "rewrap-keys": rewrap,
    "reviews": moderation.waiting,
    "save": moderation.save,
    "allow": moderation.allow,
    "reject": moderation.reject,
    "ban": moderation.ban,
    "ban-hashtag": moderation.ban_hashtag,
    "allow-hashtag": moderation.allow_hashtag,
    "banned-hashtags": moderation.banned_hashtags,
    "storage-rules": storage_rules,
    "parked": parked.listing,
    "redrive": parked.redrive,
}
COMPLAINTS = (
    config.ConfigurationError,
    sandbox.InvalidInputError,
    sandbox.SandboxCrash,
    sandbox.SandboxTimeout,
    training.TrainingError,
    moderation.NotWaiting,
    moderation.InvalidHashtagError,
    parked.NotParked,
    Unreadable,
    OSError,
)

if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    try:
        settings = config.load()
        config.require(settings, "database_url", "redis_url", "s3_endpoint", "s3_access_key", "s3_secret_key")
    except config.ConfigurationError as error:
        sys.exit(str(error))
    names = sys.argv[1:] or [
        name for name, worker in WORKERS.items() if not worker.needs or getattr(settings, worker.needs)
    ]
    if names[0] in COMMANDS:
        sys.exit(asyncio.run(command(settings, names[0], names[1:])))
    if unknown := set(names) - set(WORKERS):
        known = ", ".join([*WORKERS, *COMMANDS])
        sys.exit(f"No such worker or command: {', '.join(sorted(unknown))}. There are {known}.")
    asyncio.run(main(settings, names))
