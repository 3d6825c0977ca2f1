"""One stack of real parts for the whole run, one API on a port of its own, and people to be."""

import asyncio
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import hypothesis
import hypothesis.internal.conjecture.engine
import msgspec
import pytest
import uvicorn
from graphql import GraphQLError
from starlette.applications import Starlette

import app
import config
from embedded.process import free_port
from embedded.stack import Stack
from kit import clock
from kit.errors import ApiError
from kit.execution import CompiledExecutor
from migrations.__main__ import apply
from tests.support import redis_keys
from tests.support.client import Person, until
from tests.support.push_services import credentials
from tests.support.server import served
from workers import counters, fanout, index, jobs, media, notify, relay, repair, stories, sweeper
from workers.parts import Parts, connect

hypothesis.settings.register_profile(
    "default",
    max_examples=90,
    deadline=None,
    derandomize=True,
    # One failure at a time, as the search for others and for their smallest cases takes as long again.
    report_multiple_bugs=False,
    suppress_health_check=list(hypothesis.HealthCheck),
)
hypothesis.settings.register_profile(
    "fuzz", hypothesis.settings.get_profile("default"), max_examples=5000, derandomize=False
)
hypothesis.settings.load_profile("default")

MAX_SHRINKING_S = 20
"""So long a case that fails is made smaller. No public setting says it; its default is five minutes."""
hypothesis.internal.conjecture.engine.MAX_SHRINKING_SECONDS = MAX_SHRINKING_S

# Otherwise most operations of tests, which run once, would not be compiled. Tests with the fixture `compiling` run
# in both ways.
PRODUCTION = (CompiledExecutor.runs_before_compiling, CompiledExecutor.plan_cache.share)
CompiledExecutor.runs_before_compiling = 0
CompiledExecutor.plan_cache.share = 1.0

LIMITS = {
    "*": "100000/60",
    "signInFailures": "5/900",
    "signInFailuresPerAccount": "8/3600",
    "points": "1000000000/60",
    "pointsByAddress": "1000000000/60",
}


class Clock:
    """The present, moved by what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return clock.now() + self.ahead

    @contextlib.contextmanager
    def moved(self, **by: float) -> Iterator[None]:
        """The clock is ahead by `by` (as for timedelta) in the block."""
        self.ahead += timedelta(**by)
        try:
            yield
        finally:
            self.ahead = timedelta()


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    """PostgreSQL, Valkey and SeaweedFS in a folder of their own, with the API's port reserved."""
    folder = Path(tempfile.mkdtemp(prefix="heliograph-tests-"))
    port = free_port()
    settings = msgspec.structs.replace(
        config.Settings(),
        port=port,
        limits=LIMITS,
        # Tests send many requests at once, on machines that are slow at times; tests/shedding has APIs of its own.
        max_requests=2000,
        max_operations=400,
        executor=os.environ.get("HELIOGRAPH_EXECUTOR", "compiled"),
        nudity_review=0.5,
        allowed_origins=[f"http://localhost:{port}", "http://elsewhere.test"],
        **credentials().settings(),
    )
    parts = Stack(folder, settings, durable=False)
    parts.start()
    yield parts
    parts.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def settings(stack: Stack) -> config.Settings:
    return stack.settings


@pytest.fixture(scope="session")
async def database(settings: config.Settings) -> str:
    """The URL of a migrated database; tests that need one to themselves clone it (`spare_database`)."""
    url = str(settings.database_url)
    await apply(url)
    admin = await asyncpg.connect(_beside(url, "postgres"))
    await admin.execute("CREATE DATABASE template_of_tests TEMPLATE heliograph")
    await admin.close()
    return url


@pytest.fixture
async def spare_database(database: str) -> AsyncIterator[str]:
    """A database of this test's own, empty and migrated."""
    admin = await asyncpg.connect(_beside(database, "postgres"))
    await admin.execute("CREATE DATABASE spare TEMPLATE template_of_tests")
    yield _beside(database, "spare")
    await admin.execute("DROP DATABASE spare WITH (FORCE)")
    await admin.close()


def _beside(url: str, name: str) -> str:
    return url.rsplit("/", 1)[0] + f"/{name}"


@pytest.fixture(scope="session")
def now() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
async def api(settings: config.Settings, database: str, now: Clock) -> AsyncIterator[Starlette]:
    """The application, served on the port of the settings."""
    application = app.create(settings, now)
    async with served(application, settings.port):
        if os.environ.get("ROUTE") == "trusted":
            Person.register = registering(application)
        yield application


@pytest.fixture(params=["text", "trusted"])
def route(request: pytest.FixtureRequest, api: Starlette, monkeypatch: pytest.MonkeyPatch) -> str:
    """Tests that use it run twice: documents are sent as texts, then as hashes of trusted ones."""
    if request.param == "trusted":
        monkeypatch.setattr(Person, "register", staticmethod(registering(api)))
    return str(request.param)


@pytest.fixture(params=["at first sight", "as in production"])
def compiling(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Tests that use it run twice: operations are compiled at first sight, then as the defaults have it.

    As the defaults have it, graphql-core runs an operation the first time; its plan runs it later. A comment makes each
    document of the test a new one.
    """
    if request.param == "as in production":
        runs, share = PRODUCTION
        monkeypatch.setattr(CompiledExecutor, "runs_before_compiling", runs)
        monkeypatch.setattr(CompiledExecutor.plan_cache, "share", share)
        monkeypatch.setattr(Person, "suffix", f" # {secrets.token_hex(8)}")
    return str(request.param)


def registering(api: Starlette) -> Callable[[str], str | None]:
    """A function that has the API trust a document and gives its key; None where the API refuses it."""

    def register(text: str) -> str | None:
        try:
            return str(api.state.schema.trust(text))
        except (GraphQLError, ApiError):
            return None

    return register


@pytest.fixture(scope="session")
async def parts(settings: config.Settings, database: str) -> AsyncIterator[Parts]:
    """What workers work with, for tests that look behind the API. At the end every key in Valkey is a declared one."""
    async with connect(settings) as opened:
        yield opened
        assert await redis_keys.strangers(opened.redis) == []


@pytest.fixture(scope="session")
async def workers(parts: Parts) -> AsyncIterator[None]:
    """All workers, in this process."""
    running = [
        asyncio.create_task(worker.run(parts))
        for worker in (relay, fanout, counters, media, jobs, notify, repair, stories, sweeper, index)
    ]
    yield
    for task in running:
        task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


@pytest.fixture(scope="session")
def base_url(settings: config.Settings) -> str:
    return f"http://127.0.0.1:{settings.port}"


@pytest.fixture
async def visitor(api: Starlette, workers: None, base_url: str) -> AsyncIterator[Person]:
    """Somebody who is signed out."""
    async with Person(base_url) as person:
        yield person


NewPerson = Callable[..., Awaitable[Person]]


@pytest.fixture
async def person(api: Starlette, workers: None, base_url: str) -> AsyncIterator[NewPerson]:
    """Signs people up: `ada = await person("ada")`; their names get a random ending."""
    async with contextlib.AsyncExitStack() as stack:

        async def new(name: str = "someone") -> Person:
            made = await stack.enter_async_context(Person(base_url))
            await made.sign_up(name)
            return made

        yield new


NewApi = Callable[..., Awaitable[str]]


@pytest.fixture
async def new_api(settings: config.Settings, spare_database: str) -> AsyncIterator[NewApi]:
    """Starts an API with settings of its own: `url = await new_api(max_operations=8)`.

    It has a database of its own, whose tables can be locked, and the capacity of the default settings.
    """
    async with contextlib.AsyncExitStack() as stack:

        async def new(**changes: Any) -> str:
            bounds = {name: getattr(config.Settings(), name) for name in ("max_requests", "max_operations")}
            changes = {"port": free_port(), "database_url": spare_database} | bounds | changes
            own = msgspec.structs.replace(settings, **changes)
            server = uvicorn.Server(uvicorn.Config(app.create(own), port=own.port, log_level="error"))
            server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
            serving = asyncio.create_task(server.serve())
            await until(lambda: asyncio.sleep(0, server.started), bool)

            async def stop() -> None:
                server.should_exit = True
                await serving

            stack.push_async_callback(stop)
            return f"http://127.0.0.1:{own.port}"

        yield new
