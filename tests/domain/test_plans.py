"""Every query has its index: what the domain sends is explained in a database of 200,000 rows a table."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest

from domain import counters, erasure, idempotency, jobs, outbox
from domain.accounts import actions as sessions
from domain.accounts import names
from domain.accounts import reads as accounts
from domain.comments import reads as comments
from domain.counters import Count, Tally
from domain.feed import reach
from domain.feed import reads as feeds
from domain.graph import actions as follows
from domain.graph import reads as graph
from domain.hashtags import reads as hashtags
from domain.likes import actions as liking
from domain.likes import reads as likes
from domain.media import jobs as media_jobs
from domain.media import reads as media
from domain.posts import places, saves
from domain.posts import reads as posts
from domain.posts.rows import milliseconds
from kit.paging import Request
from tests.privacy.world import picture
from workers.parts import Parts

ROWS, PEOPLE = 200_000, 20_000
# People of whom there is much of one thing; everything else is spread over the others.
AUTHOR, STAR, IDOL, FAN, VIEWER, COMMENTER, LIKER, SAVER, TAGGED, OWNER = range(1, 11)
POST, COMMENT, UPLOAD, THING = 1_000_000, 2_000_000, 3_000_000, 4_000_000  # each is the first, and has much on it
TWENTY = range(20)
SOME_PEOPLE = [AUTHOR, STAR, IDOL, FAN, VIEWER, COMMENTER, LIKER, *(977 * n + 50 for n in range(13))]


def _some(first: int) -> list[int]:
    return [first + 997 * n for n in TWENTY]


# Columns of tables by expressions over `g`, the number of the row, from 0; `{who}`, `{post}`... are spread evenly.
_SPREAD = {
    "who": f"21 + g * 7919 % {PEOPLE - 20}",
    "other": f"21 + (g * 104729 + g / {PEOPLE - 20}) % {PEOPLE - 20}",
    "post": f"{POST} + 1 + g * 7907 % {ROWS - 1}",
    "comment": f"{COMMENT} + 1 + g * 7901 % {ROWS - 1}",
    "upload": f"{UPLOAD} + 1 + g * 7883 % {ROWS - 1}",
    "thing": f"{THING} + 1 + g * 7879 % {PEOPLE - 1}",
    "week": f"now() - interval '7 days' * g / {ROWS}",
    "then": f"now() - interval '300 days' + interval '300 days' * g / {ROWS}",
}
_TABLES: dict[str, dict[str, str]] = {
    "users": {
        "id": "g + 1",
        "username": "'u' || g",
        "email": "'u' || g || '@example.com'",
        "display_name": "''",
        "password_hash": "''",
        "birth_date": "'1990-01-01'",
        "created_at": "{then}",
    },
    "relations": {
        "id": "g",
        "from_id": f"""CASE WHEN g < 100000 THEN 100 + g / 2 WHEN g < 105000 THEN {FAN} WHEN g < 105500 THEN {VIEWER}
                   WHEN g < 130000 THEN 100 + g ELSE 21 + g % {PEOPLE - 20} END""",
        "to_id": f"""CASE WHEN g < 100000 THEN {STAR} + g % 2 WHEN g < 105500 THEN 100 + g % 5000
                 WHEN g < 110000 THEN {VIEWER} WHEN g < 130000 THEN {STAR} ELSE {{other}} END""",
        "kind": """CASE WHEN g < 105000 THEN 1 WHEN g < 110000 THEN 4 WHEN g < 130000 THEN 2 WHEN g < 160000 THEN 4
                ELSE 1 END""",
    },
    "pushed_anyway": {
        "id": "g",
        "author_id": f"CASE WHEN g < 50000 THEN {STAR} ELSE {{who}} END",
        "reader_id": "100 + g",
    },
    "posts": {
        "id": f"{POST} + g",
        "author_id": f"CASE WHEN g % 10 = 0 THEN {AUTHOR} ELSE {{who}} END",
        "status": "'PUBLISHED'",
        "caption": "'words'",
        "location_id": f"CASE WHEN g % 10 = 1 THEN {THING} WHEN g % 2 = 0 THEN {{thing}} END",
        "created_at": "{then}",
        "published_at": "{then}",
    },
    "comments": {
        "id": f"{COMMENT} + g",
        "post_id": f"CASE WHEN g < 50000 THEN {POST} ELSE {{post}} END",
        "parent_id": f"CASE WHEN g BETWEEN 1 AND 20000 THEN {COMMENT} WHEN g % 2 = 0 THEN {{comment}} END",
        "author_id": f"CASE WHEN g % 10 = 0 THEN {COMMENTER} ELSE {{who}} END",
        "text": "'words'",
        "created_at": "{then}",
    },
    "likes": {
        "id": "g",
        "subject_id": f"""CASE WHEN g < 40000 THEN {POST} WHEN g < 60000 THEN {COMMENT} WHEN g % 2 = 0 THEN {{post}}
                      ELSE {{comment}} END""",
        "user_id": f"CASE WHEN g < 60000 THEN 100 + g WHEN g % 10 = 0 THEN {LIKER} ELSE {{who}} END",
    },
    "saves": {
        "id": "g",
        "user_id": f"CASE WHEN g < 20000 THEN 100 + g WHEN g < 40000 THEN {SAVER} ELSE {{who}} END",
        "post_id": f"CASE WHEN g < 20000 THEN {POST} ELSE {{post}} END",
    },
    "hashtags": {"id": f"{THING} + g", "name": "'t' || g"},
    "locations": {"id": f"{THING} + g", "digest": "'d' || g", "name": "'a place'"},
    "taggings": {
        "id": "g",
        "hashtag_id": f"CASE WHEN g < 50000 THEN {THING} ELSE {{thing}} END",
        "post_id": f"{POST} + g",
        "author_id": f"CASE WHEN g % 10 = 0 THEN {AUTHOR} ELSE {{who}} END",
        "published_at": "{then}",
    },
    "mentions": {
        "id": "g",
        "source_id": "CASE WHEN g % 2 = 0 THEN {post} ELSE {comment} END",
        "user_id": f"CASE WHEN g % 10 = 0 THEN {SAVER} ELSE {{who}} END",
        "position": "0",
    },
    "uploads": {
        "id": f"{UPLOAD} + g",
        "owner_id": f"CASE WHEN g < 50 THEN {OWNER} ELSE {{who}} END",
        "kind": "'PHOTO'",
        "content_type": "'image/jpeg'",
        "byte_size": "1",
        "token": "lpad(g::text, 32, '0')",
        "status": """CASE WHEN g < 198000 THEN 'READY' WHEN g < 199000 THEN 'AWAITING_BYTES' WHEN g < 199900
                  THEN 'PROCESSING' ELSE 'EXPIRED' END""",
        "media": f"'{picture(1)}'",
        "attempt": "0",
        "used": "g < 199900",
        "created_at": "{then}",
        "expires_at": "{then}",
    },
    "attachments": {
        "id": "g",
        "upload_id": f"{UPLOAD} + g",
        "post_id": f"CASE WHEN g >= 50 THEN {POST} + g END",
        "position": "0",
    },
    "user_tags": {
        "id": "g",
        "upload_id": "{upload}",
        "user_id": f"CASE WHEN g % 10 = 0 THEN {TAGGED} ELSE {{who}} END",
        "position": "0",
        "x": "0",
        "y": "0",
    },
    "outbox": {
        "id": "g",
        "kind": "'PostPublished'",
        "payload": "jsonb_build_object('counts', jsonb_build_array(jsonb_build_array('post.likes', {post}, 1)))",
        "created_at": "{week}",
        "sent_at": f"CASE WHEN g < {ROWS} - 500 THEN {{week}} END",
    },
    "tallies": {"id": "g", "counts": "'[[\"post.likes\", 1, 1]]'", "sent_at": "now()"},
    "idempotency_keys": {
        "id": "g",
        "viewer_id": f"CASE WHEN g < 1000 THEN {OWNER} ELSE {{who}} END",
        "mutation": "'addComment'",
        "key": "'k' || g",
        "input_hash": "''",
        "result": "'[1]'",
        "created_at": "{week}",
    },
    "sessions": {
        "id": "g",
        "user_id": f"CASE WHEN g < 1000 THEN {OWNER} ELSE {{who}} END",
        "nonce": "''",
        "generation": "0",
        "rotated_at": "{week}",
        "expires_at": "{week} + interval '30 days'",
    },
    "jobs": {"id": "g", "kind": "'erase post'", "subject_id": "g", "due_at": "{week}", "created_at": "{week}"},
    "erasures": {"id": "g", "token": "'t'", "due_at": "now() + interval '1 day' * g / 10000"},
    "former_usernames": {"id": "g", "digest": "'d' || g", "user_id": "{who}", "free_at": "{week} + interval '10 days'"},
}
_FEW = {"users", "hashtags", "locations", "jobs", "erasures", "former_usernames"}


@pytest.fixture(scope="module")
async def full(database: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database of this module's own, with much in it."""
    server = database.rsplit("/", 1)[0]
    admin = await asyncpg.connect(f"{server}/postgres")
    await admin.execute("CREATE DATABASE full_of_rows TEMPLATE template_of_tests")
    # References are not looked up, and indexes are made when the rows are there.
    quick = {"session_replication_role": "replica", "maintenance_work_mem": "128MB", "synchronous_commit": "off"}
    async with asyncpg.create_pool(f"{server}/full_of_rows", min_size=3, max_size=3, server_settings=quick) as pool:
        await asyncio.gather(*(_fill(pool, table) for table in sorted(_TABLES, key=_FEW.__contains__)))
    connection = await asyncpg.connect(f"{server}/full_of_rows")
    yield connection
    await connection.close()
    await admin.execute("DROP DATABASE full_of_rows WITH (FORCE)")
    await admin.close()


async def _fill(pool: asyncpg.Pool, table: str) -> None:
    columns, rows = _TABLES[table], PEOPLE if table in _FEW else ROWS
    values = ", ".join(columns.values())
    for name, value in _SPREAD.items():
        values = values.replace(f"{{{name}}}", f"({value})")
    async with pool.acquire() as connection:
        ready = f"UPDATE pg_index SET indisready = {{}} WHERE indrelid = '{table}'::regclass"
        await connection.execute(ready.format("false"))
        await connection.execute(
            f"INSERT INTO {table} ({', '.join(columns)}) SELECT {values} FROM generate_series(0::bigint, {rows} - 1) g"
        )
        await connection.execute(ready.format("true"))
        await connection.execute(f"REINDEX TABLE {table}")
        await connection.execute(f"ANALYZE {table}")


PASSING = {"tallies"}
"""Holds what was done in the last two seconds; the repairer reads all of it."""


class Explainer:
    """Stands for the pool and for its only connection. Explains each statement before it runs."""

    def __init__(self, connection: asyncpg.Connection) -> None:
        self._connection = connection
        self.statements: list[str] = []
        self.scans: dict[str, None] = {}  # in their order
        for method in ("fetch", "fetchrow", "fetchval", "execute"):
            setattr(self, method, self._explained(getattr(connection, method)))

    def acquire(self) -> contextlib.AbstractAsyncContextManager["Explainer"]:
        return contextlib.nullcontext(self)

    def transaction(self) -> contextlib.AbstractAsyncContextManager[object]:
        return self._connection.transaction()

    def _explained(self, method: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
        async def run(sql: str, *args: object) -> Any:
            self.statements.append(sql)
            [plan] = json.loads(await self._connection.fetchval(f"EXPLAIN (FORMAT JSON) {sql}", *args))
            tables = {node["Relation Name"] for node in _nodes(plan["Plan"]) if "Seq Scan" in node["Node Type"]}
            tables -= PASSING
            self.scans |= {f"{table} is read from end to end by:\n{sql}": None for table in sorted(tables)}
            return await method(sql, *args)

        return run


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", ()):
        yield from _nodes(child)


@pytest.fixture
async def explainer(full: asyncpg.Connection) -> AsyncIterator[Explainer]:
    """Whatever is done by it is undone."""
    transaction = full.transaction()
    await transaction.start()
    yield Explainer(full)
    await transaction.rollback()


Call = Callable[[Any, Parts], Awaitable[object]]


def _request(*after: int) -> Request:
    return Request(20, after or None, lambda position: "")


_BY_ID = {
    "followers": (graph.pages_of_followers, SOME_PEOPLE),
    "followees": (graph.pages_of_followees, SOME_PEOPLE),
    "requests": (graph.pages_of_requests, SOME_PEOPLE),
    "blocked": (graph.pages_of_blocked, SOME_PEOPLE),
    "saved": (posts.pages_of_saved, [SAVER, *SOME_PEOPLE[1:]]),
    "comments": (comments.pages_of_posts, _some(POST)),
    "replies": (comments.pages_of_replies, _some(COMMENT)),
    "likers of posts": (likes.pages_of_likers, _some(POST)),
    "likers of comments": (likes.pages_of_likers, _some(COMMENT)),
}
_BY_TIME = {
    "of authors": (posts.pages_of_authors, SOME_PEOPLE),
    "of locations": (posts.pages_of_locations, _some(THING)),
    "of hashtags": (posts.pages_of_hashtags, _some(THING)),
}
_LATELY = (milliseconds(datetime.now(UTC)) - 86_400_000 * 30, POST + 100)
PAGES = [
    pytest.param(function, owners, after, id=f"{name}, {place}")
    for pages, afters in (
        (_BY_ID, {"first": (), "low": (5000,), "high": (COMMENT + 10_000,)}),
        (_BY_TIME, {"first": (), "later": _LATELY}),
    )
    for name, (function, owners) in pages.items()
    for place, after in afters.items()
]


@pytest.mark.parametrize(("function", "owners", "after"), PAGES)
async def test_pages_of_twenty_lists_are_one_statement_with_an_index(
    explainer: Explainer, function: Callable[..., Awaitable[list[object]]], owners: list[int], after: tuple[int, ...]
) -> None:
    assert len(await function(explainer, owners, _request(*after))) == 20
    assert len(explainer.statements) == 1
    assert not explainer.scans, "\n".join(explainer.scans)


async def _write(function: Callable[..., Awaitable[object]], db: Any, parts: Parts, viewer: int, owner: bool) -> None:
    [post] = await posts.posts(db, parts.redis, [POST])
    [author] = await accounts.users(db, viewer, [AUTHOR])
    await function(db, viewer, post, [author] if owner else author)


async def _on_comment(function: Callable[..., Awaitable[object]], db: Any) -> None:
    [comment] = await comments.comments(db, [COMMENT])
    await function(db, LIKER, comment, await accounts.users(db, LIKER, [AUTHOR, 50]))


CALLS: dict[str, Call] = {
    "users": lambda db, _: accounts.users(db, VIEWER, SOME_PEOPLE),
    "users, signed out": lambda db, _: accounts.users(db, 0, SOME_PEOPLE),
    "user_ids": lambda db, _: accounts.user_ids(db, [f"u{n}" for n in SOME_PEOPLE]),
    "emails": lambda db, _: accounts.emails(db, SOME_PEOPLE),
    "hidden_follows": lambda db, _: accounts.hidden_follows(db, VIEWER, SOME_PEOPLE),
    "is_live": lambda db, _: accounts.is_live(db, 7000),
    "wanting": lambda db, _: graph.wanting(db, STAR, list(range(100, 600))),
    "followers_after": lambda db, _: graph.followers_after(db, STAR, 40_000, 500),
    "accept_all": lambda db, _: follows.accept_all(db, STAR, 5),
    "posts": lambda db, parts: posts.posts(db, parts.redis, _some(POST + 1)),
    "post views": lambda db, _: posts.views(db, VIEWER, _some(POST)),
    "locations": lambda db, _: posts.locations(db, _some(THING)),
    "newest_wanted": lambda db, _: feeds.newest_wanted(db, VIEWER, None, 500),
    "newest_wanted, of 5,000": lambda db, _: feeds.newest_wanted(db, FAN, _LATELY, 21),
    "newest_of_author": lambda db, _: feeds.newest_of_author(db, AUTHOR, 500),
    "pulls_of": lambda db, _: reach.pulls_of(db, FAN, 50),
    "pushed_anyway_after": lambda db, _: reach.pushed_anyway_after(db, STAR, 100, 500),
    "comments": lambda db, _: comments.comments(db, _some(COMMENT)),
    "comment views": lambda db, _: comments.views(db, VIEWER, _some(COMMENT)),
    "like": lambda db, parts: _write(liking.like, db, parts, FAN, True),
    "unlike": lambda db, parts: _write(liking.unlike, db, parts, LIKER, True),
    "like of a comment": lambda db, _: _on_comment(liking.like, db),
    "unlike of a comment": lambda db, _: _on_comment(liking.unlike, db),
    "save": lambda db, parts: _write(saves.save, db, parts, FAN, False),
    "hashtags": lambda db, _: hashtags.hashtags(db, _some(THING)),
    "hashtag_ids": lambda db, _: hashtags.hashtag_ids(db, [f"t{n}" for n in TWENTY]),
    "hidden_posts": lambda db, _: hashtags.hidden_posts(db, VIEWER, _some(THING)),
    "uploads": lambda db, _: media.uploads(db, OWNER, _some(UPLOAD)),
    "post_of": lambda db, _: media.post_of(db, _some(UPLOAD)),
    "uploads_of_posts": lambda db, _: media.uploads_of_posts(db, _some(POST)),
    "upload to process": lambda db, _: media_jobs.claim(db),
    "expire": lambda db, _: media_jobs.expire(db),
    "discard_unattached": lambda db, _: media_jobs.discard_unattached(db),
    "due_erasures": lambda db, _: media_jobs.due_erasures(db),
    "statuses": lambda db, _: media_jobs.statuses(db, [f"{n:032}" for n in TWENTY]),
    "outbox": lambda db, _: db.fetch(outbox._CLAIM, outbox.BATCH),
    "jobs": lambda db, _: jobs.claim(db),
    "promise": lambda db, _: jobs.promise(db, "erase comment", *_some(COMMENT)),
    "forget locations": lambda db, _: places.forget_unused(db, THING),
    "forget keys": lambda db, _: idempotency.forget_old(db),
    "tallies": lambda db, _: db.fetch(outbox._CLAIM_TALLIES, outbox.TALLIES),
    "forget sessions": lambda db, _: sessions.forget_old_sessions(db),
    "forget usernames": lambda db, _: names.forget_old(db),
    "flush": lambda db, _: counters.flush(
        db,
        [Tally(ROWS + n, (Count("post.likes", POST + n, 1), Count("user.posts", 50 + n, 1))) for n in range(50)],
    ),
    "now": lambda db, _: counters.now(db, "post.comments", POST, 1),
    "now followers": lambda db, _: counters.now(db, "user.followers", STAR, 1),
    "now posts": lambda db, _: counters.now(db, "user.posts", AUTHOR, 1),
    "repair comments": lambda db, _: counters.repair(db, "comments", COMMENT + 30_000),
    "repair hashtags": lambda db, _: counters.repair(db, "hashtags", THING + 3000, 50),
    "repair posts": lambda db, _: counters.repair(db, "posts", POST + 30_000),
    "repair users": lambda db, _: counters.repair(db, "users", 3000, 50),
    "erase a post": lambda db, _: erasure.erase_post(db, POST),
    "erase a comment": lambda db, _: erasure.erase_comment(db, COMMENT),
    "erase an author": lambda db, parts: erasure.erase_account(db, parts.redis, AUTHOR),
    "erase a commenter": lambda db, parts: erasure.erase_account(db, parts.redis, COMMENTER),
    "erase a liker": lambda db, parts: erasure.erase_account(db, parts.redis, LIKER),
    "erase a star": lambda db, parts: erasure.erase_account(db, parts.redis, STAR),
    "erase a saver": lambda db, parts: erasure.erase_account(db, parts.redis, SAVER),
    "erase who is tagged": lambda db, parts: erasure.erase_account(db, parts.redis, TAGGED),
    "erase an owner": lambda db, parts: erasure.erase_account(db, parts.redis, OWNER),
}


@pytest.mark.parametrize("name", CALLS)
async def test_no_statement_reads_a_table_from_end_to_end(explainer: Explainer, parts: Parts, name: str) -> None:
    await CALLS[name](explainer, parts)
    assert explainer.statements
    assert not explainer.scans, "\n".join(explainer.scans)


async def test_every_reference_has_an_index(full: asyncpg.Connection) -> None:
    lacking = await full.fetch(
        """
        SELECT conrelid::regclass::text, attname FROM pg_constraint c
        JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype = 'f' AND NOT EXISTS (
            SELECT FROM pg_index i WHERE i.indrelid = c.conrelid AND i.indkey[0] = a.attnum AND i.indpred IS NULL
        )
        """
    )
    assert lacking == []
