"""Texts are sealed to their place, and the keys that wrap keys can be changed."""

import base64
import secrets
import stat
from pathlib import Path

import asyncpg
import pytest

import config
from clients import postgres
from domain.messages.sealing import Keys, Unreadable, rewrap
from embedded.stack import Stack


def key() -> bytes:
    return secrets.token_bytes(32)


def test_a_text_opens_in_its_place_alone() -> None:
    keys = Keys({"one": key()})
    name, wrapped = keys.make()
    sealed = keys.of(1, name, wrapped)
    body = sealed.seal(7, "Hello")
    assert sealed.open(7, body) == "Hello"
    assert b"Hello" not in body
    assert sealed.seal(7, "Hello") != body
    for place, id in ((sealed, 8), (keys.of(2, name, wrapped), 7)):
        with pytest.raises(Unreadable):
            place.open(id, body)
    with pytest.raises(Unreadable):
        sealed.open(7, body[:-1] + bytes([body[-1] ^ 1]))
    for other in (Keys({"one": key()}), Keys({"two": key()})):
        with pytest.raises(Unreadable):
            other.of(1, name, wrapped)


async def test_keys_are_changed_without_rewriting_a_message(spare_database: str) -> None:
    db = await postgres.connect(spare_database, size=2)
    old, new = key(), key()
    before, both, after = Keys({"old": old}), Keys({"new": new, "old": old}), Keys({"new": new})
    bodies = {}
    for id in range(1, 701):
        name, wrapped = before.make()
        bodies[id] = before.of(id, name, wrapped).seal(id, f"text {id}")
        await db.execute(
            "INSERT INTO conversations (id, key_id, sealed_key, created_at, updated_at)"
            " VALUES ($1, $2, $3, now(), now())",
            *(id, name, wrapped),
        )
    assert [await rewrap(db, both) for _ in range(3)] == [500, 200, 0]
    rows: list[asyncpg.Record] = await db.fetch("SELECT id, key_id, sealed_key FROM conversations")
    for row in rows:
        assert after.of(row["id"], row["key_id"], row["sealed_key"]).open(row["id"], bodies[row["id"]])
    await db.close()


@pytest.mark.parametrize("keys", [{}, {"a": "short"}, {"a": "?" * 44}, {"a" * 41: base64.b64encode(key()).decode()}])
def test_a_wrong_key_is_named(keys: dict[str, str]) -> None:
    with pytest.raises(config.ConfigurationError, match="HELIOGRAPH_MESSAGE_KEYS"):
        config.wrapping_keys(config.Settings(message_keys=keys))


def test_generated_keys_are_for_their_owners_eyes_and_for_this_machine(tmp_path: Path) -> None:
    stack = Stack(tmp_path, config.Settings())
    kept = tmp_path / "secrets.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert config.wrapping_keys(stack.settings)
    with pytest.raises(config.ConfigurationError, match="make one of your own"):
        config.wrapping_keys(config.Settings(message_keys=stack.settings.message_keys))
