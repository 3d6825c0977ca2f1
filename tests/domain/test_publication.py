"""Things that meet at the same instant. Two transactions are brought to the same place before either may go on."""

import asyncio
import secrets
from datetime import date, timedelta

import msgspec
import pytest

from clients import postgres
from clients.postgres import Database
from domain import events
from domain.feed.fanout import CHUNK, Fanout
from domain.feed.timeline import Timeline
from domain.media import jobs, queue
from domain.media.actions import File, create_uploads
from domain.media.jobs import Job, Made
from domain.media.queue import Kind
from domain.media.quota import Quota
from domain.posts import reads
from domain.posts.actions import Medium, create_post, delete_post
from domain.publication import publish_if_ready
from kit import clock
from kit.errors import UserError, UserErrors
from workers.parts import Parts

QUOTA = Quota(1_000_000, 0, 1_000_000)
MEDIA = Made({"kind": "photo", "width": 1, "height": 1, "blurhash": "x", "variants": []})


@pytest.fixture
async def author(parts: Parts) -> int:
    """The number of somebody who can own things."""
    name = f"a.{secrets.token_hex(6)}"
    return int(
        await parts.db.fetchval(
            "INSERT INTO users (id, username, email, display_name, password_hash, birth_date, created_at) "
            "VALUES (next_id(9), $1::varchar, $1, $1::varchar, '', $2, now()) RETURNING id",
            name,
            date(1990, 1, 1),
        )
    )


async def uploads_in_work(parts: Parts, author: int, count: int) -> list[Job]:
    """Uploads that a worker holds; nobody else's worker can take them."""
    db = parts.db
    ids = await create_uploads(
        db, parts.bucket, author, [File("PHOTO", "image/jpeg", 10)] * count, None, QUOTA, clock.now()
    )
    await db.execute(
        "UPDATE uploads SET status = 'PROCESSING', attempt = 1, claimed_until = now() + interval '1 hour' "
        "WHERE id = ANY($1)",
        ids,
    )
    records = await db.fetch("SELECT id, token FROM uploads WHERE id = ANY($1) ORDER BY id", ids)
    return [Job(record["id"], author, record["token"], False, "image/jpeg", 10, 1) for record in records]


async def exists(db: Database, job: Job) -> bool:
    return bool(await db.fetchval("SELECT true FROM uploads WHERE id = $1", job.upload_id))


async def post_of(db: Database, author: int, held: list[Job]) -> int:
    media = [Medium(job.upload_id, None, None, ()) for job in held]
    return await create_post(db, author, media=media, caption="", place=None, comments_disabled=False, key=None)


async def delete(parts: Parts, author: int, post_id: int) -> None:
    [post] = await reads.Posts(parts.db, parts.redis).by_id([post_id])
    assert post is not None
    await delete_post(parts.db, parts.redis, author, post)


async def status(db: Database, post_id: int) -> str | None:
    found: str | None = await db.fetchval("SELECT status FROM posts WHERE id = $1", post_id)
    return found


async def events_of(db: Database, post_id: int) -> list[str]:
    records = await db.fetch("SELECT kind FROM outbox WHERE (payload->>'post_id')::bigint = $1 ORDER BY id", post_id)
    return [record["kind"] for record in records]


@pytest.mark.parametrize("first", [0, 1])
async def test_the_two_last_children_finish_together(parts: Parts, author: int, first: int) -> None:
    db = parts.db
    held = await uploads_in_work(parts, author, 2)
    post_id = await post_of(db, author, held)
    ready = "UPDATE uploads SET status = 'READY', media = '{}' WHERE id = $1"
    async with db.acquire() as one, db.acquire() as other:
        begun = one.transaction(), other.transaction()
        for transaction in begun:
            await transaction.start()
        await one.execute(ready, held[first].upload_id)
        await other.execute(ready, held[1 - first].upload_id)
        # Neither sees the other's child ready; the second waits for the first at the post's row.
        await publish_if_ready(one, held[first].upload_id)
        waiting = asyncio.create_task(publish_if_ready(other, held[1 - first].upload_id))
        await blocked(db)
        assert not waiting.done()
        await begun[0].commit()
        await waiting
        await begun[1].commit()
    assert await status(db, post_id) == "PUBLISHED"
    assert await events_of(db, post_id) == ["PostPublished"]


async def test_a_post_is_made_while_its_upload_finishes(parts: Parts, author: int) -> None:
    db = parts.db
    [job] = await uploads_in_work(parts, author, 1)
    async with db.acquire() as tx:
        transaction = tx.transaction()
        await transaction.start()
        await tx.fetch("SELECT id FROM uploads WHERE id = $1 FOR UPDATE", job.upload_id)
        finishing = asyncio.create_task(jobs.finish(db, job, MEDIA, publish_if_ready))
        await blocked(db)
        post_id = await tx.fetchval(
            "INSERT INTO posts (id, author_id, status, caption, created_at) "
            "VALUES (next_id(9), $1, 'PROCESSING', '', now()) RETURNING id",
            author,
        )
        await tx.execute(
            "INSERT INTO attachments (id, upload_id, post_id, position) VALUES (next_id(9), $1, $2, 0)",
            job.upload_id,
            post_id,
        )
        await transaction.commit()
        assert await finishing
    assert await status(db, post_id) == "PUBLISHED"


async def test_a_post_is_deleted_while_its_media_is_in_work(parts: Parts, author: int) -> None:
    db = parts.db
    held = await uploads_in_work(parts, author, 2)
    post_id = await post_of(db, author, held)
    await delete(parts, author, post_id)
    for job in held:
        assert not await jobs.renew(db, job, 0.5)
        assert not await jobs.finish(db, job, MEDIA, publish_if_ready), (
            "what a worker finds counts only while there is an upload"
        )
        assert not await exists(db, job)
    assert await status(db, post_id) is None
    assert await events_of(db, post_id) == []
    due = await db.fetch(
        "SELECT due_at > now() AS later FROM erasures WHERE token = ANY($1)", [job.token for job in held]
    )
    assert [record["later"] for record in due] == [True] * 4, "erased when no worker that holds one can write"


async def test_deleting_and_finishing_meet(parts: Parts, author: int) -> None:
    db = parts.db
    held = await uploads_in_work(parts, author, 3)
    post_id = await post_of(db, author, held)
    await asyncio.gather(
        *(jobs.finish(db, job, MEDIA, publish_if_ready) for job in held), delete(parts, author, post_id)
    )
    assert await status(db, post_id) is None
    left = await db.fetchval("SELECT count(*) FROM uploads WHERE id = ANY($1)", [job.upload_id for job in held])
    assert left == 0
    assert await events_of(db, post_id) in ([], ["PostPublished", "PostDeleted"])


async def test_one_refused_child_rejects_the_whole(parts: Parts, author: int) -> None:
    db = parts.db
    held = await uploads_in_work(parts, author, 2)
    post_id = await post_of(db, author, held)
    await jobs.finish(db, held[0], UserError("INVALID", "no"), publish_if_ready)
    assert await status(db, post_id) == "REJECTED"
    await jobs.finish(db, held[1], MEDIA, publish_if_ready)
    assert await status(db, post_id) == "REJECTED"
    assert await events_of(db, post_id) == ["PostRejected"]


async def test_two_posts_want_one_upload(parts: Parts, author: int) -> None:
    db = parts.db
    [job] = await uploads_in_work(parts, author, 1)
    made = await asyncio.gather(*(post_of(db, author, [job]) for _ in range(8)), return_exceptions=True)
    refused = [result for result in made if isinstance(result, UserErrors)]
    assert len(refused) == 7
    assert {error.code for result in refused for error in result.errors} == {"CONFLICT"}


async def test_the_sweep_of_unattached_uploads_meets_a_post(parts: Parts, author: int) -> None:
    db = parts.db
    [job] = await uploads_in_work(parts, author, 1)
    await jobs.finish(db, job, MEDIA, publish_if_ready)
    await db.execute("UPDATE uploads SET created_at = now() - interval '2 days' WHERE id = $1", job.upload_id)
    async with db.acquire() as tx:
        transaction = tx.transaction()
        await transaction.start()
        await tx.fetch("SELECT id FROM uploads WHERE id = $1 FOR UPDATE", job.upload_id)
        await jobs.discard_unattached(db)  # passes over what somebody is about to use
        await transaction.commit()
    assert await exists(db, job)
    post_id = await post_of(db, author, [job])
    await jobs.discard_unattached(db)
    assert await exists(db, job)
    assert await status(db, post_id) == "PUBLISHED"


async def test_a_post_is_deleted_in_the_middle_of_its_fan_out(parts: Parts, author: int) -> None:
    db = parts.db
    readers = await db.fetch(
        "INSERT INTO relations (id, from_id, to_id, kind) "
        "SELECT next_id(0), next_id(0), $1, 1 FROM generate_series(1, $2) RETURNING from_id",
        author,
        CHUNK + 1,
    )
    keys = [f"feed:{{{record['from_id']}}}" for record in readers]
    for key in keys:
        await parts.redis.zadd(key, {"~": 0})
    [job] = await uploads_in_work(parts, author, 1)
    post_id = await post_of(db, author, [job])
    await jobs.finish(db, job, MEDIA, publish_if_ready)
    published = events.PostPublished(post_id, author)
    chunks = 0
    loop = asyncio.get_running_loop()
    gone: list[asyncio.Task[None]] = []

    def pushed() -> None:
        nonlocal chunks
        chunks += 1
        if chunks == 2:
            gone.append(loop.create_task(delete(parts, author, post_id)))

    fanout = Fanout(db, parts.redis, Timeline(parts.redis), 100_000, pushed)
    await fanout.apply(published)
    await asyncio.gather(*gone)
    # Its deletion's own event comes, and may have come before the last chunk was pushed.
    await fanout.apply(events.PostDeleted(post_id, author))
    await fanout.apply(published)  # and the publication once more, late
    left = [key for key in keys if await parts.redis.zscore(key, f"{post_id:019d}") is not None]
    assert left == []
    await parts.redis.delete(*keys)


async def test_an_event_applied_twice_is_applied_once(parts: Parts, author: int) -> None:
    db = parts.db
    key = f"feed:{{{author}}}"
    await parts.redis.zadd(key, {"~": 0})
    [job] = await uploads_in_work(parts, author, 1)
    post_id = await post_of(db, author, [job])
    await jobs.finish(db, job, MEDIA, publish_if_ready)
    for _ in range(2):
        await Fanout(db, parts.redis, Timeline(parts.redis), 100_000).apply(events.PostPublished(post_id, author))
    assert await parts.redis.zrange(key, 0, -1) == [b"~", f"{post_id:019d}".encode()]
    await parts.redis.delete(key)


async def blocked(db: Database) -> None:
    """Wait until some connection waits for a lock that another holds."""
    while not await db.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"):
        await asyncio.sleep(0.005)


async def test_a_filter_is_chosen_while_a_worker_has_the_photo(parts: Parts, author: int) -> None:
    """What was made without it is seen by nobody, and goes."""
    db = parts.db
    [job] = await uploads_in_work(parts, author, 1)
    post_id = await create_post(
        db,
        author,
        media=[Medium(job.upload_id, "MOON", None, ())],
        caption="",
        place=None,
        comments_disabled=False,
        key=None,
    )
    plain = Made(MEDIA.media | {"variants": [variant("plain")]})
    assert await jobs.finish(db, job, plain, publish_if_ready)
    assert await status(db, post_id) == "PROCESSING"
    again = await db.fetchrow("SELECT status, claimed_until, photo_filter FROM uploads WHERE id = $1", job.upload_id)
    assert again is not None
    assert tuple(again) == ("PROCESSING", None, "MOON")
    await db.execute("UPDATE uploads SET attempt = 2 WHERE id = $1", job.upload_id)
    second = msgspec.structs.replace(job, attempt=2, photo_filter="MOON", media=plain.media)
    assert await jobs.finish(db, second, Made(MEDIA.media | {"variants": [variant("moon")]}), publish_if_ready)
    assert await status(db, post_id) == "PUBLISHED"
    assert await db.fetchval("SELECT keys FROM erasures WHERE token = $1", job.token) == ["media/plain"]


def variant(key: str) -> dict[str, object]:
    return {"name": "LARGE", "format": "JPEG", "width": 1, "height": 1, "byte_size": 1, "key": key}


async def test_who_came_first_is_first_also_after_a_failure(spare_database: str, parts: Parts, author: int) -> None:
    db = await postgres.connect(spare_database, size=2)
    records = [dict(record) for record in await parts.db.fetch("SELECT * FROM users WHERE id = $1", author)]
    columns = ", ".join(records[0])
    places = ", ".join(f"${n}" for n in range(1, len(records[0]) + 1))
    await db.execute(f"INSERT INTO users ({columns}) VALUES ({places})", *records[0].values())
    ids = await create_uploads(
        db, parts.bucket, author, [File("PHOTO", "image/jpeg", 10)] * 3, None, QUOTA, clock.now()
    )
    await db.execute("UPDATE uploads SET status = 'PROCESSING'")
    photos = ((Kind.QUICK_PHOTO,),)
    first = await queue.claim(db, photos, [], 2)
    assert first is not None
    assert first.upload_id == ids[0]
    await jobs.release(db, first, timedelta(), failed=True)
    again = await queue.claim(db, photos, [], 2)
    assert again is not None
    assert (again.upload_id, again.failures) == (ids[0], 1)
    await db.execute("UPDATE uploads SET status = 'READY', progress = 0.3, claimed_until = NULL WHERE id = $1", ids[0])
    seen = await queue.claim(db, photos, [], 2)
    assert seen is not None
    assert seen.upload_id == ids[1], "what nobody can see yet goes before"
    await db.close()
