"""The SQL of docs/operations/hardening.md, with a server that has no more rights than it gives."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import msgspec
import pytest

import app
from config import Settings
from embedded.process import free_port
from tests.support.client import Person
from tests.support.server import served

PAGE = Path(__file__).parents[2] / "docs" / "operations" / "hardening.md"
[ROLE, LOG] = re.findall(r"```sql\n(.*?)```", PAGE.read_text(), re.DOTALL)


@pytest.fixture
async def owner(spare_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(spare_database)
    yield connection
    await connection.close()


@pytest.fixture
async def of_role(owner: asyncpg.Connection, spare_database: str) -> AsyncIterator[str]:
    """The URL of the database for the role of the page."""
    await owner.execute(ROLE)
    yield spare_database.replace(urlsplit(spare_database).netloc.rpartition("@")[0], "heliograph_app:CHANGE-ME")
    await owner.execute("DROP OWNED BY heliograph_app; DROP ROLE heliograph_app")


async def test_the_role_of_the_page_is_enough_and_no_more(
    settings: Settings, owner: asyncpg.Connection, of_role: str
) -> None:
    own = msgspec.structs.replace(settings, database_url=of_role, port=free_port())
    async with served(app.create(own), own.port), Person(f"http://127.0.0.1:{own.port}") as ada:
        await ada.sign_up("ada")
        assert (await ada.ask("{ viewer { user { username } } }"))["viewer"]["user"]["username"] == ada.username
    connection = await asyncpg.connect(of_role)
    try:
        assert await connection.fetchval("SHOW statement_timeout") == "1min"
        for forbidden in ("DROP TABLE users", "ALTER TABLE users ADD COLUMN x int", "TRUNCATE users"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(forbidden)
        await owner.execute("CREATE TABLE next_version (id bigint)")
        await connection.execute("INSERT INTO next_version VALUES (1)")
    finally:
        await connection.close()


async def test_the_settings_of_the_page_for_the_log_need_no_restart(owner: asyncpg.Connection) -> None:
    names = re.findall(r"ALTER SYSTEM SET (\w+)", LOG)
    assert names
    for name in names:
        context = await owner.fetchval("SELECT context FROM pg_settings WHERE name = $1", name)
        assert context in ("sighup", "superuser", "user"), name
