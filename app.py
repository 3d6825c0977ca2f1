"""Composition root of the web process: `uvicorn app:app --workers N`. `python app.py` runs all on one machine."""

import argparse
import asyncio
import gc
import logging
import multiprocessing
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, suppress
from datetime import timedelta
from functools import cache
from pathlib import Path

from graphql import GraphQLError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import Route, WebSocketRoute
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

import config
from clients import broadcast, postgres, redis, s3
from clients.outages import is_outage
from clients.push import web as web_push
from clients.search import SearchEngine
from clients.shards import Shards
from config import ConfigurationError, Settings
from domain import read_budget
from domain.accounts import demo, sign_in_guard
from domain.accounts.passwords import Passwords
from domain.accounts.sessions import Sessions
from domain.accounts.sign_in_guard import SignInGuard
from domain.accounts.tokens import Tokens
from domain.feed.home import Home
from domain.feed.hot_author_cache import HotAuthorCache
from domain.feed.ranking_models import Current
from domain.feed.timeline import Timeline
from domain.hashtags.trends import Trends
from domain.limits import Budget, Limits, budgets
from domain.media.quota import Quota
from domain.media.urls import Urls
from domain.messages.reads import Messages
from domain.messages.sealing import Keys
from domain.mls import packages
from domain.posts.reads import Posts
from domain.push.rows import Offer
from domain.read_budget import ReadBudget
from domain.search.finding import Finder
from domain.streams import Streams
from kit import clock
from kit.background import Background
from kit.cursor import Cursors
from kit.errors import ApiError, Overloaded
from kit.execution import manifest
from kit.execution.document_store import key_of
from kit.gate import Gate
from kit.keys import derive
from kit.lifeline import die_with_parent
from kit.loop_lag import LoopLag
from resolvers.context import Ceilings, Services
from schema.api import Api, build
from schema.roots import FIELD_BUDGETS
from web import checks, health, pages
from web.drain import before_exit
from web.graphql import GraphQLView
from web.media import media
from web.s3_uploads import METHODS, S3Uploads
from web.shedding import LoadShedding
from web.sockets import Sockets
from web.storage_hook import storage_hook

REQUIRED = (
    "secret",
    "database_url",
    "redis_url",
    "s3_endpoint",
    "s3_access_key",
    "s3_secret_key",
    "storage_hook_token",
    "media_url",
)
POOL_WAIT_S = 1.0
"""How long a request waits for a free connection to PostgreSQL or Redis."""
LOCK_WAIT_S = 2.0
"""How long a query of a request waits for a lock, as of a table that is being altered, before it is refused.

Longer, and such queries take all places and connections from those that need no lock.
"""
REPLY_S = 1.0
"""How long a request waits for a reply of Redis, without which it can go on."""
MAX_WAIT_S = 0.4
"""How long an operation waits for a place in the gate."""


@asynccontextmanager
async def services(settings: Settings, now: clock.Clock = clock.now) -> AsyncIterator[tuple[Services, s3.Bucket]]:
    """Open every part of a web process; close them in reverse order."""
    async with AsyncExitStack() as stack:
        db = await postgres.connect(
            str(settings.database_url), size=settings.database_pool, wait=POOL_WAIT_S, lock_wait_s=LOCK_WAIT_S
        )
        stack.push_async_callback(db.close)
        commands = redis.connect(str(settings.redis_url), wait=POOL_WAIT_S, reply_s=REPLY_S, breaks=True)
        stack.push_async_callback(commands.aclose)
        live = Shards(settings.live_redis_url or str(settings.redis_url), reply_s=REPLY_S, breaks=True)
        stack.push_async_callback(live.close)
        bucket = await stack.enter_async_context(_bucket(settings))
        hub = broadcast.connect(live)
        await stack.enter_async_context(hub)
        passwords = Passwords(waiting=4 * settings.max_operations)
        stack.callback(passwords.close)
        background = Background(is_outage=lambda error: is_outage(error) or isinstance(error, Overloaded))
        stack.push_async_callback(background.close)
        lag = LoopLag()
        background.spawn(lag.run(), "event loop lag")
        gate = Gate(
            "operations",
            settings.max_operations,
            reserved=settings.max_operations // 4,
            max_released=4 * settings.max_operations,
            max_waiters=2 * settings.max_operations,
            max_wait_s=MAX_WAIT_S,
            lag=lag,
        )
        timeline = Timeline(commands)
        keys = Keys(config.wrapping_keys(settings))
        streams = Streams(db, commands, hub, now)
        stack.callback(asyncio.create_task(streams.watch(), name="streams").cancel)
        spendable = _budgets(settings)
        reads = ReadBudget(commands, spendable, now)
        stack.callback(asyncio.create_task(reads.run(), name="read budgets").cancel)
        secret, access_life = str(settings.secret), timedelta(seconds=settings.access_token_seconds)
        engine = SearchEngine(settings.search_url) if settings.search_url else None
        if engine is not None:
            stack.push_async_callback(engine.close)
        limits = Limits(commands, spendable, now)
        yield (
            Services(
                db=db,
                redis=commands,
                live=live,
                streams=streams,
                bucket=bucket,
                signer=s3.Signer(settings.s3_public_endpoint or str(settings.s3_endpoint), *_access(settings)),
                passwords=passwords,
                sessions=Sessions(db, commands),
                tokens=Tokens(derive(secret, "access"), derive(secret, "refresh"), now, access_life),
                limits=limits,
                sign_ins=SignInGuard(commands, limits, now),
                cursors=Cursors(derive(secret, "cursors")),
                posts=Posts(db, commands),
                messages=Messages(db, keys),
                keys=keys,
                home=Home(
                    db, commands, timeline, HotAuthorCache(timeline, background), background, Current(db, background)
                ),
                trends=Trends(db, commands, now),
                push=_offer(settings),
                finder=Finder(db, engine),
                background=background,
                gate=gate,
                clock=now,
                urls=Urls(str(settings.media_url), settings.media_key, settings.media_seconds),
                reads=reads,
                ceilings=Ceilings(
                    points=settings.max_cost,
                    response_bytes=settings.max_response_bytes,
                    query_seconds=settings.query_seconds,
                    mutation_seconds=settings.mutation_seconds,
                    introspection=config.offers(settings, "introspection"),
                ),
                quota=Quota(settings.quota_bytes, settings.quota_bytes_per_day, settings.quota_max_bytes),
                # Else anybody could sign up as one of them, and the next start would be refused.
                reserved_emails=demo.EMAILS if settings.mode == "production" else frozenset(),
            ),
            bucket,
        )


def create(
    settings: Settings | None = None, now: clock.Clock = clock.now, *, system_clock: clock.Clock = clock.now
) -> Starlette:
    """Create the ASGI application. Without `settings` it reads them; a wrong setting ends the process with a message.

    `now` is the clock of all rules. `system_clock` is compared with the clock of the database.
    """
    try:
        if settings is None:
            settings = config.load()
            config.require(settings, *REQUIRED)
            config.wrapping_keys(settings)
            config.require_hardened(settings)
        _budgets(settings)
        _offer(settings)
        api = _schema(settings)
    except ConfigurationError as error:
        sys.exit(str(error))
    given, readiness = settings, health.Readiness(checks.NEEDED_PARTS)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with services(given, now) as (parts, bucket), _checks(given, system_clock) as parts_checks:
            await _require_clock(parts_checks)
            if given.mode == "production":
                await _require_no_demo_accounts(parts.db)
            parts.background.spawn(readiness.run(parts_checks), "health checks")
            app.state.schema, app.state.services, app.state.bucket = api, parts, bucket
            app.state.storage_hook_token = given.storage_hook_token
            view = GraphQLView(api, parts, graphiql=config.offers(given, "graphiql"))
            sockets = Sockets(api, view.begin, view.identify, given.allowed_origins)
            app.state.sockets, app.state.event_streams = sockets, view.streams
            app.router.routes.append(Route("/graphql", view))
            app.router.routes.append(WebSocketRoute("/graphql", sockets))
            app.router.routes.append(Route("/uploads/{key}/s3", S3Uploads(api, view.begin).answer, methods=METHODS))
            watching = asyncio.create_task(sockets.watch(), name="sockets")

            async def drain(within: float) -> None:
                readiness.is_draining = True
                await asyncio.gather(sockets.drain(within), view.streams.drain(within))

            undo = before_exit(drain, given.drain_seconds)
            gc.collect()
            gc.freeze()
            # After that few objects count as old, and full collections of what requests leave would come all the time:
            # at 64 requests at a time they were a third of the processor time of a page.
            gc.set_threshold(50_000, 20, 10)
            yield
            undo()
            watching.cancel()

    return Starlette(
        lifespan=lifespan,
        routes=[
            Route("/hooks/storage", storage_hook, methods=["POST"]),
            Route("/media/{key:path}", media, methods=["GET"]),
            *(pages.routes if config.offers(settings, "graphiql") else ()),
        ],
        middleware=[
            Middleware(
                LoadShedding,
                limit=settings.max_requests,
                media_limit=settings.max_media_requests,
                outside={"/healthz": health.healthz, "/readyz": readiness},
                is_serving=lambda: all(
                    readiness.failed_in_a_row(name) < times for name, times in checks.MAX_FAILED_CHECKS.items()
                ),
                origins=settings.allowed_origins,
                proxies=settings.trusted_proxies,
            ),
            Middleware(ProxyHeadersMiddleware, trusted_hosts=settings.trusted_proxies),
            Middleware(
                CORSMiddleware,
                allow_origins=settings.allowed_origins,
                allow_methods=["GET", "POST", "DELETE"],
                # Client libraries and tracers add headers of their own. These grant nothing: no cookies are allowed.
                allow_headers=["*"],
                expose_headers=["x-request-id", "retry-after", "etag", "content-range"],
                max_age=3600,
            ),
        ],
    )


def _checks(settings: Settings, system_clock: clock.Clock) -> AbstractAsyncContextManager[dict[str, health.Check]]:
    urls = (str(settings.database_url), str(settings.redis_url), settings.search_url)
    return checks.open_checks(*urls, _bucket(settings), system_clock)


async def _require_clock(parts_checks: dict[str, health.Check]) -> None:
    """Raise ConfigurationError where the clock is wrong."""
    try:
        with suppress(*postgres.Unavailable):
            await parts_checks["postgres"]()
        await parts_checks["clock"]()
    except checks.ClockSkewed as error:
        raise ConfigurationError(str(error)) from None


def _bucket(settings: Settings) -> AbstractAsyncContextManager[s3.Bucket]:
    return s3.connect(str(settings.s3_endpoint), *_access(settings))


def _access(settings: Settings) -> tuple[str, str, str, str]:
    return settings.s3_region, str(settings.s3_access_key), str(settings.s3_secret_key), settings.s3_bucket


async def _require_no_demo_accounts(db: postgres.Database) -> None:
    """Raise ConfigurationError if the database has demo accounts, whose passwords are public."""
    if usernames := await demo.found(db):
        raise ConfigurationError(
            f"The database holds demo accounts, whose password is public: {', '.join(usernames)}. "
            "Use another database, or delete them as docs/operations/hardening.md says."
        )


def _schema(settings: Settings) -> Api:
    """Build the schema by the settings. Raises ConfigurationError."""
    if settings.only_documents and not settings.documents:
        raise ConfigurationError(f"{config.PREFIX}ONLY_DOCUMENTS is set, and {config.PREFIX}DOCUMENTS is not.")
    api = build(
        compiled=settings.executor == "compiled",
        only_trusted=settings.only_documents,
        persisted=settings.persisted_queries,
    )
    try:
        texts = manifest.load(Path(settings.documents)) if settings.documents else []
    except (OSError, manifest.WrongManifest) as error:
        raise ConfigurationError(f"{config.PREFIX}DOCUMENTS: {error}") from None
    for text in texts:
        try:
            api.trust(text)
        except (GraphQLError, ApiError) as error:
            raise ConfigurationError(f"{config.PREFIX}DOCUMENTS, the document {key_of(text)}: {error}") from None
    return api


def _budgets(settings: Settings) -> dict[str, Budget]:
    """All budgets: those of fields, those of no field, and those of points. Raises ConfigurationError."""
    declared = {**FIELD_BUDGETS, **sign_in_guard.BUDGETS, **packages.BUDGETS}
    try:
        return budgets(settings.limits, declared, read_budget.BUDGETS)
    except ValueError as error:
        raise ConfigurationError(f"{config.PREFIX}LIMITS has {error}.") from None


def _offer(settings: Settings) -> Offer:
    """The push services that there are credentials for. Raises ConfigurationError."""
    given = {"APNS": settings.apns_key, "FCM": settings.fcm_account, "WEB_PUSH": settings.web_push_key}
    try:
        key = web_push.public_key(settings.web_push_key) if settings.web_push_key else None
    except ValueError as error:
        raise ConfigurationError(f"{config.PREFIX}WEB_PUSH_KEY: {error}") from None
    return Offer(frozenset(platform for platform, credentials in given.items() if credentials), key)


@cache
def _application() -> Starlette:
    parent = multiprocessing.parent_process()
    if parent is None:
        return create()
    # uvicorn's processes would go on without the one that started them, and hold on to its port.
    die_with_parent(signal.SIGTERM)
    if os.getppid() != parent.pid:
        sys.exit(1)
    try:
        return create()
    except SystemExit:
        # It would start another in our place for ever.
        os.kill(os.getppid(), signal.SIGTERM)
        raise


def __getattr__(name: str) -> Starlette:
    """Create `app:app` when a server imports it: other importers of this module need no settings."""
    if name != "app":
        raise AttributeError(name)
    return _application()


def main() -> int:
    """Run PostgreSQL, Valkey, SeaweedFS, the workers and this application on this machine, until interrupted."""
    from embedded import local  # noqa: PLC0415

    parser = argparse.ArgumentParser(prog="python app.py", description=main.__doc__)
    parser.add_argument("--workers", type=int, default=1, help="web processes; as many as cores serve the most")
    parser.add_argument("--with-parent", action="store_true", help="end when the parent process does, however it ends")
    given = parser.parse_args()
    if given.workers < 1:
        parser.error("there must be a web process")
    logging.basicConfig(level=logging.WARNING)
    try:
        settings = config.load()
        _budgets(settings)
        if settings.documents or settings.only_documents:
            _schema(settings)
        return local.main(settings, workers=given.workers, with_parent=given.with_parent)
    except ConfigurationError as error:
        print(error, file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
