"""The keys that modules declare, and a comparison with those that there are."""

import importlib
import pkgutil
from collections.abc import Iterator
from datetime import timedelta
from functools import cache

import domain
from clients.redis import Redis
from domain.redis_keys import RedisKey

_SLACK_S = 1


@cache
def declared() -> dict[str, tuple[RedisKey, ...]]:
    """By module, what it declares."""
    names = [name for _, name, is_package in pkgutil.walk_packages(domain.__path__, "domain.") if not is_package]
    modules = {name: importlib.import_module(name) for name in sorted(names)}
    return {name: module.REDIS_KEYS for name, module in modules.items() if hasattr(module, "REDIS_KEYS")}


def declaration_of(key: str) -> RedisKey | None:
    """What is declared of a key; of several patterns that match, the one with the most literal characters."""
    found = [each for keys in declared().values() for each in keys if each.regex.fullmatch(key)]
    return max(found, key=lambda each: each.literal_length, default=None)


async def strangers(redis: Redis) -> list[str]:
    """What is wrong with each key that is not as it is declared."""
    return [wrong async for name in redis.scan_iter(count=1000) for wrong in await _wrong(redis, name)]


async def _wrong(redis: Redis, name: bytes) -> list[str]:
    key = name.decode(errors="replace")
    type, ttl_ms = (await redis.type(name)).decode(), await redis.pttl(name)
    if type == "none":  # it has expired meanwhile
        return []
    return list(_complaints(key, type, ttl_ms, declaration_of(key)))


def _complaints(key: str, type: str, ttl_ms: int, known: RedisKey | None) -> Iterator[str]:
    if known is None:
        yield f"{key}: no module declares it"
        return
    if type != known.type:
        yield f"{key}: is a {type}, declared as a {known.type}"
    if isinstance(known.ttl, timedelta) and ttl_ms > (known.ttl.total_seconds() + _SLACK_S) * 1000:
        yield f"{key}: lives for {ttl_ms} ms, declared for {known.ttl}"
