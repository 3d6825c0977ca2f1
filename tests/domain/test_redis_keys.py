"""Keys in Valkey that no module declares are found. The fixture `parts` looks for them at the end of a session."""

from datetime import timedelta

from domain.presence import TTL
from tests.support import redis_keys
from workers.parts import Parts


async def test_undeclared_keys_are_found(parts: Parts) -> None:
    wrong = {
        "nobody:declares:this": "no module declares it",
        "presence:0": "lives for",
        "session:{0}": "is a set",
    }
    await parts.redis.set("nobody:declares:this", 1)
    await parts.redis.set("presence:0", 1, ex=TTL + timedelta(minutes=1))
    await parts.redis.sadd("session:{0}", 1)
    try:
        found = await redis_keys.strangers(parts.redis)
        for key, complaint in wrong.items():
            assert any(each.startswith(f"{key}: {complaint}") for each in found), key
    finally:
        await parts.redis.delete(*wrong)
    assert await redis_keys.strangers(parts.redis) == []
