"""`python -m tests.snapshot` rewrites migrations/snapshot.sql, by all migrations on an empty database."""

import asyncio
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from embedded.postgres import Postgres, binary
from migrations.__main__ import SNAPSHOT, apply

# Of psql, of the version that wrote it, and of its session.
_NOISE = re.compile(r"--.*|\\.*|SET .*|SELECT pg_catalog\.set_config\('search_path'.*")
_RECORDED = re.compile(r"(INSERT INTO public\.tortoise_migrations VALUES \(\d+, '\w+', '\w+'), '[^']*'\);")


def snapshot(database_url: str) -> str:
    """The SQL that makes a new database like this one, with the migrations that it has had, and no other rows."""
    options = ["--no-owner", "--no-privileges", "--restrict-key=0", "--inserts"]
    lines: list[str] = []
    for part in (["--schema-only"], ["--data-only", "--table=public.tortoise_migrations"]):
        command = [str(binary("pg_dump")), *options, *part, database_url]
        text = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
        lines += [line for line in text.splitlines() if line.strip() and not _NOISE.fullmatch(line)]
    return "\n".join(_RECORDED.sub(r"\1, now());", line) for line in lines) + "\n"


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="heliograph-snapshot-"))
    postgres = Postgres(folder / "postgres", folder, durable=False)
    postgres.start()
    try:
        postgres.wait()
        asyncio.run(apply(postgres.url, snapshot=False))
        SNAPSHOT.write_text(snapshot(postgres.url))
    finally:
        postgres.process.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
