"""`python -m tests.releases.make COMMIT [FILE]` dumps the database of a release after some use of it.

The code is that of COMMIT, its workload that of this version. It fails where a table has no rows.
"""

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

import asyncpg
import msgspec

import config
from embedded.process import free_port
from embedded.stack import Stack
from tests.releases import FOLDER, SECRETS, dumps
from tests.releases.versions import NoHistory, Version, check_out
from tests.releases.workload import Workload
from tests.support.client import until
from tests.support.push_services import credentials

LIMITS = {"*": "100000/60"}

# What no request leaves behind, or only at a size that takes too long.
_BY_SQL = """
INSERT INTO ranking_models (id, version, model, metrics) VALUES (next_id(0), 2, '{model}', '{{}}');
INSERT INTO banned_pictures (id, hash, reason, created_at) VALUES (next_id(0), B'{bits}', 'It is banned.', now());
INSERT INTO pushed_anyway (id, author_id, reader_id)
  SELECT next_id(0), a.id, b.id FROM users a, users b WHERE a.username = 'ada' AND b.username = 'bobby';
UPDATE uploads SET status = 'IN_REVIEW', media = NULL, progress = 0, doubt = 'Is it art?'
  WHERE id = (SELECT max(u.id) FROM uploads u JOIN users o ON o.id = u.owner_id
              WHERE o.username = 'cleo' AND u.status = 'READY' AND NOT u.used);
"""


async def make(commit: str, path: Path) -> None:
    """Dump the release `commit` to `path`."""
    folder = Path(tempfile.mkdtemp(prefix="heliograph-release-"))
    code = folder / "code"
    check_out(commit, code)
    port = free_port()
    settings = msgspec.structs.replace(
        config.Settings(), port=port, limits=LIMITS, **SECRETS, **credentials().settings()
    )
    stack = Stack(folder, settings, durable=False)
    stack.start()
    version = Version(commit, code, stack.settings, folder / "logs")
    url = str(stack.settings.database_url)
    try:
        await version.migrate()
        version.start()
        version.wait()
        workload = Workload(version.url)
        try:
            await workload.begin()
            await _drained(url)
            version.workers.stop()
            await workload.leave()
        finally:
            await workload.close()
        await _by_sql(url, code)
        version.web.stop()
        if empty := await dumps.empty_tables(url):
            sys.exit(f"These tables have no rows: {', '.join(empty)}. Have tests/releases/workload.py fill them.")
        dumps.write(url, path)
        print(f"{path}: {path.stat().st_size:,} bytes")
    except BaseException:
        for name in ("migrations", "web", "workers"):
            print(version.log(name)[-3000:], file=sys.stderr)
        raise
    finally:
        version.stop()
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


async def _drained(url: str) -> None:
    """Wait until workers have nothing left to do at once."""
    db = await asyncpg.connect(url)
    sql = """SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL) + (SELECT count(*) FROM tallies)
                  + (SELECT count(*) FROM uploads WHERE status = 'PROCESSING' OR status = 'READY' AND progress < 1)"""
    try:
        await until(lambda: db.fetchval(sql), lambda count: count == 0, seconds=60)
    finally:
        await db.close()


async def _by_sql(url: str, code: Path) -> None:
    model = json.loads((code / "domain/feed/model.json").read_text()) | {"version": 2}
    db = await asyncpg.connect(url)
    try:
        await db.execute(_BY_SQL.format(model=json.dumps(model), bits="01" * 128))
    finally:
        await db.close()


if __name__ == "__main__":
    if len(sys.argv) not in (2, 3):
        sys.exit("Usage: python -m tests.releases.make COMMIT [FILE]")
    try:
        asyncio.run(make(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) == 3 else FOLDER / f"{sys.argv[1]}.sql"))
    except NoHistory as error:
        sys.exit(str(error))
