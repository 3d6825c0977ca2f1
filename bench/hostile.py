"""`python -m bench.hostile`: what small requests of a stranger can do to a web process, and to others meanwhile.

A public account has as much of everything as there may be: 100 posts of 10 pictures with 20 people in each, 20 mentions
and 100 comments, texts of their largest size, and 100 live stories. Each reproduction is sent by somebody who is signed
out, alone and then eight at a time, while somebody else asks for a small page every 50 ms.
"""

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import httpx
import msgspec
from graphql import get_introspection_query

import config
from bench.cpu import spent
from bench.limits import UNLIMITED
from bench.overload import rss, web
from clients import postgres
from clients.postgres import Database
from domain.accounts.rows import User
from embedded.process import free_port
from embedded.stack import Stack
from kit import ids
from migrations.__main__ import apply

MAX_CPU_S = 1.0
MAX_BYTES = 4 * 1024**2
MAX_LATENCY_S = 0.25
AT_ONCE = 8
PAGE = '{ user(username: "somebody") { id displayName posts(first: 3) { nodes { id caption } } } }'
POSTS = (
    "caption hashtags media { variants { url width } userTags { x user { username bio } } } mentions { username bio }"
)


async def world(db: Database) -> int:
    """The account with everything: its id."""
    people = await db.fetch(
        """
        INSERT INTO users (id, username, email, display_name, bio, password_hash, birth_date, created_at)
        SELECT next_id(n % 4096), CASE n WHEN 0 THEN 'star' WHEN 1 THEN 'somebody' ELSE 'u' || n END, 'u' || n,
               repeat('n', 60), repeat('b', 150), '', '1990-01-01', now()
        FROM generate_series(0, 400) n RETURNING id
        """
    )
    star, *others = [record["id"] for record in people]
    variants = ",".join(
        f'{{"key":"{"0" * 32}/{"1" * 64}.jpg","name":"{name}","format":"{format}","width":{width},"height":{width},'
        f'"byte_size":1000}}'
        for name, width in (("LARGE", 1080), ("MEDIUM", 640), ("SMALL", 320), ("THUMBNAIL", 150))
        for format in ("JPEG", "WEBP")
    )
    media = f'{{"kind":"photo","width":1080,"height":1080,"blurhash":"LEHV6nWB2yk8pyo0adR","variants":[{variants}]}}'
    await db.execute(
        """
        WITH posts AS (
            INSERT INTO posts (id, author_id, status, caption, hashtags, created_at, published_at, comment_count)
            SELECT next_id(0), $1, 'PUBLISHED', repeat('é', 2200), '{}', now(), now() - n * interval '1 minute', 100
            FROM generate_series(1, 100) n RETURNING id
        ), uploads AS (
            INSERT INTO uploads (id, owner_id, kind, content_type, byte_size, token, status, media, progress, attempt,
                                 used, created_at, expires_at)
            SELECT next_id(0), $1, 'PHOTO', 'image/jpeg', 1, md5(n::text || p.id), 'READY', $3::jsonb, 1, 0, true,
                   now(), now()
            FROM posts p, generate_series(0, 9) n RETURNING id
        ), placed AS (
            SELECT u.id AS upload_id, p.id AS post_id, (u.n - 1) % 10 AS position
            FROM (SELECT id, row_number() OVER () AS n FROM uploads) u
            JOIN (SELECT id, row_number() OVER () AS n FROM posts) p ON p.n = (u.n - 1) / 10 + 1
        ), attached AS (
            INSERT INTO attachments (id, upload_id, post_id, position, alt_text)
            SELECT next_id(0), upload_id, post_id, position, repeat('a', 1000) FROM placed
        ), tagged AS (
            INSERT INTO user_tags (id, upload_id, user_id, x, y, position)
            SELECT next_id(0), upload_id, p.id, 0.5, 0.5, p.n - 1
            FROM placed, unnest($2::bigint[]) WITH ORDINALITY AS p(id, n) WHERE p.n <= 20
        ), mentioned AS (
            INSERT INTO mentions (id, source_id, user_id, position)
            SELECT next_id(0), posts.id, p.id, p.n - 1
            FROM posts, unnest($2::bigint[]) WITH ORDINALITY AS p(id, n) WHERE p.n <= 20
        )
        INSERT INTO comments (id, post_id, author_id, text, created_at)
        SELECT next_id(0), posts.id, p.id, repeat('ü', 2200), now()
        FROM posts, unnest($2::bigint[]) WITH ORDINALITY AS p(id, n) WHERE p.n <= 100
        """,
        star,
        others,
        media,
    )
    await db.execute(
        "INSERT INTO relations (id, from_id, to_id, kind) SELECT next_id(0), id, $1, 1 FROM unnest($2::bigint[]) id",
        star,
        others,
    )
    await db.execute("UPDATE users SET post_count = 100 WHERE id = $1", star)
    await db.execute("VACUUM (ANALYZE)")
    return int(star)


def reproductions(star: str) -> dict[str, dict[str, object]]:
    """Requests by what they try, each of a few kilobytes."""
    repeated = "\n".join(f"a{n}: caption" for n in range(29))
    wide = " ".join(f"p{n}: posts(first: 3) {{ nodes {{ id caption }} }}" for n in range(25))
    nested = "author { followers(first: 100) { nodes { id bio } } }"
    return {
        "lists in lists": {"query": f'{{ user(username: "star") {{ posts(first: 100) {{ nodes {{ {POSTS} }} }} }} }}'},
        "one text many times": {
            "query": f'{{ user(username: "star") {{ posts(first: 100) {{ nodes {{ {repeated} }} }} }} }}'
        },
        "one id a hundred times": {
            "query": "query ($ids: [ID!]!) { nodes(ids: $ids) { ... on User { posts(first: 20) { nodes { caption "
            "media { altText image(width: 1080) { url } } } } } } }",
            "variables": {"ids": [star] * 100},
        },
        "comments of all posts": {
            "query": '{ user(username: "star") { posts(first: 100) { nodes { comments(first: 100) { nodes { id text '
            "author { username bio } } } } } } }"
        },
        "as much as may be asked for": {
            "query": '{ user(username: "star") { posts(first: 100) { nodes { comments(first: 100) { nodes { id '
            "author { username } } } } } } }"
        },
        "followers of authors": {
            "query": f'{{ user(username: "star") {{ posts(first: 100) {{ nodes {{ {nested} }} }} }} }}'
        },
        "the schema": {"query": get_introspection_query()},
        "the schema twenty times": {
            "query": "{ " + " ".join(f"a{n}: __schema {{ types {{ fields {{ name }} }} }}" for n in range(20)) + " }"
        },
        "the schema within itself": {
            "query": "{ __schema { types { fields { type { fields { type { fields { name description } } } } } } } }"
        },
        "one field two thousand times": {"query": "{ viewer { user { " + "id " * 1900 + "} } }"},
        "one object five hundred times": {"query": "{ viewer { " + "user { id } " * 480 + "} }"},
        "a fragment that nothing uses": {
            "query": "{ __typename } fragment F on Viewer { " + "user { id } " * 480 + "}"
        },
        "two thousand values in variables": {
            "query": "mutation ($i: CreatePostInput!) { createPost(input: $i) { post { id } } }",
            "variables": {
                "i": {"media": [{"uploadId": star, "userTags": [{"userId": star, "x": 0.5, "y": 0.5}] * 5000}]}
            },
        },
        "fragments in fragments": {
            "query": "{ viewer { user { ...F0 } } } "
            + " ".join(
                f"fragment F{i} on User {{ {' '.join(f'...F{j}' for j in range(i + 1, 40))} id }}" for i in range(40)
            )
        },
        "a document that is long": {"query": "{ __typename }" + "#" * 250_000},
        "a document that is new and wide": {"query": f'{{ user(username: "star") {{ {wide} }} }}'},
    }


class Neighbour:
    """Asks for a small page again and again, and remembers how long that took."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self._http = http
        self.took: list[float] = []

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            began = time.monotonic()
            answer = await self._http.post("/graphql", json={"query": PAGE})
            self.took.append(time.monotonic() - began if answer.status_code == 200 else float("inf"))
            await asyncio.sleep(0.05)


def outcome(answer: httpx.Response) -> str:
    """OK, or the code of the error."""
    errors = msgspec.json.decode(answer.content).get("errors")
    return errors[0]["extensions"]["code"] if errors else "OK"


async def measure(url: str, pid: int, requests: dict[str, dict[str, object]]) -> bool:
    """Print a line for each; whether all are within the bounds."""
    are_good = True
    begun = rss(pid)
    async with (
        httpx.AsyncClient(base_url=url, timeout=60) as http,
        httpx.AsyncClient(base_url=url, timeout=60) as other,
    ):
        for _ in range(20):
            await other.post("/graphql", json={"query": PAGE})
        print(f"{'reproduction':<32} {'sent':>6} {'answer':>9} {'CPU':>8} {'outcome':<20} {'neighbour, 1 and 8':<20}")
        for name, body in requests.items():
            latencies = []
            for at_once in (1, AT_ONCE):
                neighbour = Neighbour(other)
                running = asyncio.create_task(neighbour.run())
                await asyncio.sleep(0.2)
                before = spent(pid)
                answers: Sequence[httpx.Response] = await asyncio.gather(
                    *(http.post("/graphql", json=body, headers={"accept-encoding": "identity"}) for _ in range(at_once))
                )
                cpu = (spent(pid) - before) / at_once
                await asyncio.sleep(0.2)
                running.cancel()
                latencies.append(max(neighbour.took))
                if at_once == 1:
                    alone, size, code = cpu, len(answers[0].content), outcome(answers[0])
            sent = len(msgspec.json.encode(body))
            is_good = alone <= MAX_CPU_S and size <= MAX_BYTES and latencies[0] <= MAX_LATENCY_S
            are_good = are_good and is_good
            print(
                f"{name:<32} {sent:>6,} {size:>9,} {alone * 1000:>5,.0f} ms {code:<20} "
                f"{latencies[0] * 1000:>4.0f} ms, {latencies[1] * 1000:>5.0f} ms {'' if is_good else '  MISSED'}",
                flush=True,
            )
    print(f"memory grew by {(rss(pid) - begun) / 1024:.0f} MB to {rss(pid) / 1024:.0f} MB")
    return are_good


async def run(settings: config.Settings, logs: Path, core: int | None) -> bool:
    """Everything, on parts that are started."""
    await apply(str(settings.database_url))
    db = await postgres.connect(str(settings.database_url), size=2)
    star = await world(db)
    await db.close()
    with web(settings, logs, core) as process:
        return await measure(
            f"http://127.0.0.1:{settings.port}", process.pid, reproductions(ids.encode(User.TAG, star))
        )


def main() -> int:
    """Start a stack and a web process of their own; 1 where a bound was missed."""
    argparse.ArgumentParser(prog="python -m bench.hostile", description=(__doc__ or "").split("\n\n")[0]).parse_args()
    cores = sorted(os.sched_getaffinity(0))
    core = cores[0] if len(cores) > 1 else None
    if core is not None:
        os.sched_setaffinity(0, set(cores[1:]))
    folder = Path(tempfile.mkdtemp(prefix="heliograph-bench-"))
    # Budgets would refuse most of it: what is measured is what one request can do.
    stack = Stack(folder, msgspec.structs.replace(config.Settings(), port=free_port(), limits=UNLIMITED))
    stack.start()
    try:
        print(f"load of this machine before: {os.getloadavg()[0]:.1f} on {len(cores)} processors")
        return 0 if asyncio.run(run(stack.settings, folder / "logs", core)) else 1
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
