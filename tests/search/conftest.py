"""A search engine of these tests' own, whose process and files can be struck."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from clients import postgres
from clients.postgres import Database
from clients.search import SearchEngine
from embedded.search import Search


@pytest.fixture
def part(tmp_path: Path) -> Iterator[Search]:
    started = Search(tmp_path / "search", tmp_path)
    started.start()
    started.wait()
    yield started
    started.process.kill()


@pytest.fixture
async def engine(part: Search) -> AsyncIterator[SearchEngine]:
    """A client of it, with an empty generation to read."""
    opened = SearchEngine(part.url)
    await opened.begin("test")
    await opened.switch()
    yield opened
    await opened.close()


@pytest.fixture
async def db(spare_database: str) -> AsyncIterator[Database]:
    opened = await postgres.connect(spare_database, size=4)
    yield opened
    await opened.close()
