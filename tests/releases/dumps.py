"""Dumps of a database as SQL, with the time at which they were made."""

import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

from embedded.postgres import binary
from tests.releases import dumped_at

# Of psql, and comments.
_NOISE = re.compile(r"--.*|\\.*")

# Rows from before are as old as they were when the dump was made: stories live, uploads are awaited.
_SHIFT = """
DO $do$ DECLARE c record; BEGIN
  FOR c IN SELECT table_name, column_name FROM information_schema.columns
           WHERE table_schema = 'public' AND data_type = 'timestamp with time zone' LOOP
    EXECUTE format('UPDATE public.%I SET %I = %I + interval ''{seconds} seconds''',
                   c.table_name, c.column_name, c.column_name);
  END LOOP;
END $do$"""


async def empty_tables(database_url: str) -> list[str]:
    """The names of the tables that have no rows."""
    db = await asyncpg.connect(database_url)
    try:
        found = await db.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY tablename")
        names = [record[0] for record in found]
        return [name for name in names if not await db.fetchval(f'SELECT EXISTS (SELECT FROM public."{name}")')]
    finally:
        await db.close()


def write(database_url: str, path: Path) -> None:
    """Dump the database to `path`."""
    options = ["--no-owner", "--no-privileges", "--restrict-key=0", "--inserts", "--rows-per-insert=100"]
    ran = subprocess.run(
        [str(binary("pg_dump")), *options, database_url], capture_output=True, text=True, check=True, timeout=60
    )
    lines = [line for line in ran.stdout.splitlines() if line.strip() and not _NOISE.fullmatch(line)]
    now = datetime.now(UTC).replace(microsecond=0)
    path.write_text(f"-- dumped at {now.isoformat()}\n" + "\n".join(lines) + "\n")


async def restore(path: Path, database_url: str) -> None:
    """Load a dump into an empty database, as if it had been made just now."""
    db = await asyncpg.connect(database_url)
    try:
        await db.execute(path.read_text())
        age: timedelta = datetime.now(UTC) - dumped_at(path)
        await db.execute("SET session_replication_role = replica")
        await db.execute(_SHIFT.format(seconds=int(age.total_seconds())))
    finally:
        await db.close()
