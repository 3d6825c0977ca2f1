"""The story tray: a page of it for somebody who follows 500, of whom 100 have live stories, against one query for each.

`python -m bench.stories`: both ways in this process, in turns (ten pages of ours, which are over in the time of one of
the other), on parts of its own; the answers are the same.
Processor time is that of this process, of PostgreSQL and of Valkey.
"""

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from pathlib import Path

import msgspec
import numpy as np
import uvloop

import app
import config
from bench import cpu
from bench.pictures import Pictures
from clients.postgres import Database
from domain import privacy
from domain.accounts import reads as accounts
from domain.accounts.tokens import Access
from domain.graph.rows import Kind
from domain.stories import reads, tray
from embedded.process import free_port
from embedded.stack import Stack
from kit import clock
from migrations.__main__ import apply
from resolvers import stories
from resolvers.context import Context, Services

FOLLOWED = 500
LIVE = 100
EACH = 2
PAGE = 30
ROUNDS = 60
OURS = 10
AIM = 20

NAIVE = "one query for each"

Way = Callable[[], Awaitable[list[int]]]


async def world(db: Database) -> int:
    """Somebody who follows 500 people, and has seen all stories of a third of the 100 who have two each: their id."""
    viewer, *followed = [
        record["id"]
        for record in await db.fetch(
            """
            INSERT INTO users (id, username, email, display_name, password_hash, birth_date, created_at)
            SELECT next_id(n % 4096), 'u' || n, 'u' || n, '', '', $2, now() FROM generate_series(0, $1) n RETURNING id
            """,
            FOLLOWED,
            date(1990, 1, 1),
        )
    ]
    await db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) SELECT next_id(0), $1, id, $3 FROM unnest($2::bigint[]) id",
        viewer,
        followed,
        int(Kind.FOLLOW),
    )
    told = await db.fetch(
        """
        WITH sent AS (
            INSERT INTO uploads (id, owner_id, kind, content_type, byte_size, token, status, media, progress, attempt,
                                 used, created_at, expires_at)
            SELECT next_id(1), id, 'PHOTO', 'image/jpeg', 1, md5(id::text || n), 'READY', $2::jsonb, 1, 0, true, now(),
                   now()
            FROM unnest($1::bigint[]) id, generate_series(1, $3) n RETURNING id, owner_id
        )
        INSERT INTO stories (id, author_id, upload_id, status, audience, created_at, published_at, due_at)
        SELECT next_id(1), owner_id, id, 'PUBLISHED', 'FOLLOWERS', at, at, at + interval '24 hours' FROM (
            SELECT *, date_trunc('milliseconds', now() - interval '1 second' * row_number() OVER ()) AS at FROM sent
        ) s RETURNING id, author_id
        """,
        followed[:: FOLLOWED // LIVE],
        Pictures(np.random.default_rng(1), 1).media(0, 1)[0],
        EACH,
    )
    seen = [record["id"] for record in told if record["author_id"] % 3 == 0]
    await db.execute(
        "INSERT INTO story_views (id, story_id, viewer_id) SELECT next_id(1), id, $1 FROM unnest($2::bigint[]) id",
        viewer,
        seen,
    )
    await db.execute("ANALYZE")
    return viewer


def ours(services: Services, viewer: int) -> Way:
    """As `storyTray` is answered, with privacy and what a page shows of people and stories."""
    access = Access(viewer, 0, datetime.max.replace(tzinfo=clock.now().tzinfo))

    async def page() -> list[int]:
        shown = await stories.tray(Context(services, "bench", "", access=access), PAGE, None)
        return [reel.id for reel in shown.nodes]

    return page


def order(services: Services, viewer: int) -> Way:
    """Whose reels there are, without the reels."""

    async def places() -> list[int]:
        found = await tray.places(services.db, services.redis, viewer, None, PAGE, clock.now())
        return [author_id for _, author_id in found][:PAGE]

    return places


def naive(services: Services, viewer: int) -> Way:
    """The live stories of one followed person after the other; then the people of the page."""
    db = services.db

    async def page() -> list[int]:
        now = clock.now()
        found = {id: (await reads.live(db, viewer, [id], now))[0] for id in await reads.followed(db, viewer)}
        shown = [
            (all(story.viewer_has_seen for story in live), live[-1].created_at, id)
            for id, live in found.items()
            if live
        ]
        shown.sort(key=lambda place: (place[0], -place[1].timestamp(), place[2]))
        chosen = [id for _, _, id in shown[:PAGE]]
        people = await accounts.users(db, viewer, chosen)
        for id, person in zip(chosen, people, strict=True):
            assert all(privacy.visible_stories(found[id], [person] * len(found[id]), now))
        return chosen

    return page


async def compare(services: Services, stack: Stack) -> None:
    """Both ways in turns, and their ratios."""
    viewer = await world(services.db)
    ways = {
        "a page": ours(services, viewer),
        "its order alone": order(services, viewer),
        NAIVE: naive(services, viewer),
    }
    assert stack.postgres is not None
    assert stack.valkey is not None
    pids = [stack.postgres.process.pid, stack.valkey.process.pid]
    cold = time.perf_counter()
    pages = [await way() for way in ways.values() for _ in range(3)]
    assert all(page == pages[0] and len(page) == PAGE for page in pages), "they differ"
    print(f"  all that is cold, nine times: {time.perf_counter() - cold:.2f} s")
    walls: dict[str, list[float]] = {name: [] for name in ways}
    spent: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, way in ways.items():
            times = 1 if name == NAIVE else OURS
            before, began = time.process_time() + sum(map(cpu.spent, pids)), time.perf_counter()
            for _ in range(times):
                await way()
            walls[name].append((time.perf_counter() - began) / times)
            spent[name].append((time.process_time() + sum(map(cpu.spent, pids)) - before) / times)
    for what, found in (("time", walls), ("processor time", spent)):
        print(
            "  "
            + what
            + ": "
            + ", ".join(f"{name} {statistics.median(each) * 1000:.1f} ms" for name, each in found.items())
        )
        for name in list(ways)[:-1]:
            ratios = [theirs / mine for mine, theirs in zip(found[name], found[NAIVE], strict=True)]
            low, middle, high = statistics.quantiles(ratios, n=4)
            spread = f"half of the rounds {low:.1f} to {high:.1f}; aim {AIM}"
            print(f"{what} of {NAIVE} / {name}: {middle:.1f} ({spread})")


async def run(stack: Stack) -> None:
    """On the parts of a stack that is up."""
    await apply(str(stack.settings.database_url))
    async with app.services(stack.settings) as (services, _):
        await compare(services, stack)


def main() -> None:
    """Start a stack of its own."""
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    stack = Stack(folder, msgspec.structs.replace(config.Settings(), port=free_port()))
    stack.start()
    try:
        print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {os.cpu_count()} processors")
        print(f"a page of {PAGE} for who follows {FOLLOWED}, of whom {LIVE} have {EACH} live stories")
        uvloop.run(run(stack))  # as uvicorn does
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
