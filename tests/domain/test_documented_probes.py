"""The probes that docs/operations.md gives for production run, and succeed where nothing is wrong."""

import re
from pathlib import Path

import pytest

from workers.parts import Parts

OPERATIONS = Path("docs/operations.md").read_text()
SECTION = OPERATIONS.partition("\n## What to probe\n")[2].partition("\n## ")[0]
QUERIES = re.findall(r"`(SELECT [^`]+)`", SECTION)


def test_each_queue_has_a_query() -> None:
    assert {table for query in QUERIES for table in re.findall(r"FROM (\w+)(?: |$)", query)} >= {
        "outbox",
        "jobs",
        "tallies",
        "parked_work",
    }


@pytest.mark.parametrize("query", QUERIES)
async def test_query_runs(parts: Parts, query: str) -> None:
    assert await parts.db.fetchval(query) is not None


async def test_commands_for_redis_run(parts: Parts) -> None:
    for command in re.findall(r"`((?:SET|GET) probe:[^`]+)`", SECTION):
        assert await parts.redis.execute_command(*command.split())
    await parts.redis.delete("probe:operations")
