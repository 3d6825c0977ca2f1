"""Demo accounts, whose password is public, cannot exist where a server is public."""

import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import msgspec
import pytest

import app
from config import ConfigurationError, Settings
from domain.accounts import demo
from embedded.process import free_port
from embedded.seed_world import PEOPLE
from tests.support.client import Person
from tests.support.server import served

ROOT = Path(__file__).parents[2]
MESSAGE_KEY = "A" * 43 + "="


@pytest.fixture
def production(settings: Settings, spare_database: str) -> Settings:
    """Of a server in production mode with an empty database."""
    own = {"mode": "production", "message_keys": {"own": MESSAGE_KEY}}
    return msgspec.structs.replace(settings, database_url=spare_database, port=free_port(), **own)


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(spare_database)
    yield connection
    await connection.close()


def test_demo_emails_are_those_of_the_demo_world() -> None:
    assert {f"{person.username}@example.com" for person in PEOPLE} == demo.EMAILS


async def start(settings: Settings) -> None:
    application = app.create(settings)
    async with application.router.lifespan_context(application):
        pass


async def sign_up_demo(settings: Settings, *usernames: str) -> list[dict[str, str]]:
    """The errors of a server with these settings when somebody signs up as one of the demo world."""
    errors = []
    async with served(app.create(settings), settings.port):
        for username in usernames:
            async with Person(f"http://127.0.0.1:{settings.port}") as person:
                payload = await person.sign_up(username=username, email=f"{username}@Example.com")
                errors += payload["userErrors"]
    return errors


async def test_production_refuses_to_start_with_demo_accounts(production: Settings, db: asyncpg.Connection) -> None:
    await start(production)
    local = msgspec.structs.replace(production, mode="local")
    assert await sign_up_demo(local, "grace", "ada") == []
    with pytest.raises(ConfigurationError, match=r"demo accounts.*: ada, grace\. .*hardening\.md"):
        await start(production)
    await start(local)
    # Signing in would activate it again.
    await db.execute("UPDATE users SET status = 'DEACTIVATED' WHERE username = 'ada'")
    with pytest.raises(ConfigurationError, match="ada, grace"):
        await start(production)
    await db.execute("UPDATE users SET status = 'DELETED'")
    await start(production)


async def test_visitor_cannot_stop_the_next_start_of_production(production: Settings) -> None:
    [error] = await sign_up_demo(production, "ada")
    assert (error["code"], error["field"]) == ("TAKEN", ["email"])
    await start(production)


async def test_processes_are_not_started_again_for_ever(production: Settings, db: asyncpg.Connection) -> None:
    assert await sign_up_demo(msgspec.structs.replace(production, mode="local"), "ada") == []
    named = ("database_url", "redis_url", "s3_endpoint", "s3_access_key", "s3_secret_key", "storage_hook_token")
    environ = {f"HELIOGRAPH_{name.upper()}": str(getattr(production, name)) for name in (*named, "secret", "media_url")}
    environ["HELIOGRAPH_MESSAGE_KEYS"] = f"own={MESSAGE_KEY}"
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HELIOGRAPH_")} | environ
    command = [sys.executable, "-m", "uvicorn", "app:app", "--workers", "2", "--port", str(free_port())]
    ran = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert "demo accounts, whose password is public: ada." in ran.stderr
