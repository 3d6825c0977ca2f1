"""What is shown of stories: caches keep it for no longer than a day, and storage for not much longer."""

import asyncio
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime

import asyncpg

from clients.s3 import Bucket
from config import Settings
from domain import jobs
from domain.media.storage import A_DAY, MEDIA, holdings
from tests.conftest import Clock, NewPerson
from tests.support.client import http_client, until, video
from tests.support.factories import sweep_all
from tests.support.opaque_ids import number
from tests.support.stories import (
    CREATE_HIGHLIGHT,
    CREATE_STORY,
    DELETE_HIGHLIGHT,
    DELETE_STORY,
    MARK_STORIES_SEEN,
    publish_story,
    read_story,
    upload_with_preview,
)
from web.media import FOREVER
from workers.parts import Parts


async def told_to_keep(url: str, now: Clock) -> tuple[int, int | str]:
    """The max-age in seconds that caches get for a URL, or the whole header."""
    async with http_client() as http:
        answer = await http.get(url)
    words = answer.headers["cache-control"]
    if not words.startswith("public, s-maxage="):
        assert "expires" not in answer.headers
        return answer.status_code, words
    seconds = int(words.removeprefix("public, s-maxage="))
    ends = parsedate_to_datetime(answer.headers["expires"])
    assert abs((ends - now()).total_seconds() - seconds) < 10, "an edge hands it to browsers as it came"
    return answer.status_code, seconds


async def test_its_picture_is_kept_for_no_longer_than_its_day(person: NewPerson, now: Clock) -> None:
    ada = await person("ada")
    upload, url = await upload_with_preview(ada)
    assert await told_to_keep(url, now) == (200, 86400)
    story = (await ada.do(CREATE_STORY, input={"uploadId": upload}))["story"]
    assert story["status"] == "PUBLISHED"
    ends = datetime.fromisoformat((await read_story(ada, story["id"]))["expiresAt"])
    with now.moved(seconds=(ends - now()).total_seconds() - 100.5):
        status, seconds = await told_to_keep(url, now)
        assert status == 200
        assert isinstance(seconds, int)
        assert 80 < seconds <= 100
    with now.moved(seconds=(ends - now()).total_seconds() + 0.001):
        assert await told_to_keep(url, now) == (410, "no-store")
    highlight = (await ada.do(CREATE_HIGHLIGHT, input={"title": "Kept", "storyIds": [story["id"]]}))["highlight"]["id"]
    with now.moved(days=2):
        assert await told_to_keep(url, now) == (200, 86400)
    await ada.do(DELETE_HIGHLIGHT, id=highlight)
    with now.moved(days=2):
        assert await told_to_keep(url, now) == (410, "no-store")
    await ada.do(DELETE_STORY, id=story["id"])
    assert await told_to_keep(url, now) == (404, "no-store")


async def test_a_picture_that_is_no_story_is_kept_for_good(person: NewPerson, now: Clock, parts: Parts) -> None:
    ada = await person("ada")
    upload, url = await upload_with_preview(ada)
    key = MEDIA + url.split("/media/")[1]
    stored = await parts.bucket.client.head_object(Bucket=parts.bucket.name, Key=key)
    assert stored["CacheControl"] == A_DAY  # an edge whose origin is the bucket knows nothing of stories
    assert await told_to_keep(url, now) == (200, 86400)
    assert (await ada.create_post(upload))["userErrors"] == []
    assert await told_to_keep(url, now) == (200, FOREVER)


async def test_pictures_do_not_wait_for_the_database(person: NewPerson, settings: Settings, now: Clock) -> None:
    _, url = await upload_with_preview(await person("ada"))
    connection = await asyncpg.connect(settings.database_url)
    try:
        async with asyncio.timeout(5), connection.transaction():
            await connection.execute("LOCK TABLE stories")
            assert await told_to_keep(url, now) == (200, 60)
    finally:
        await connection.close()


async def test_what_is_over_is_swept_from_storage_but_for_what_a_highlight_needs(
    person: NewPerson, now: Clock, parts: Parts
) -> None:
    ada, grace = await person("ada"), await person("grace")
    await grace.follow(ada)
    over, kept, film = (
        await publish_story(ada),
        await publish_story(ada),
        await publish_story(ada, video(1), "video/mp4"),
    )
    await grace.do(MARK_STORIES_SEEN, ids=[over, kept])
    made = await ada.do(CREATE_HIGHLIGHT, input={"title": "Summer", "storyIds": [kept]})
    tokens = {
        id: await parts.db.fetchval(
            "SELECT token FROM uploads u JOIN stories s ON s.upload_id = u.id WHERE s.id = $1", number(id)
        )
        for id in (over, kept, film)
    }
    made_of = "SELECT min(progress) FROM uploads WHERE token = ANY($1)"
    await until(lambda: parts.db.fetchval(made_of, list(tokens.values())), lambda progress: progress == 1, 60)
    kinds = {key.rpartition(".")[2] for key in await holdings(parts.bucket, tokens[film])}
    assert kinds >= {"jpg", "webp", "mp4", "m4s", "m3u8"}
    then = now() + timedelta(hours=24, seconds=1)

    async def left(id: str) -> tuple[int, int, int]:
        """Of a story: objects, rows, and who has seen it, once jobs are done."""
        await parts.db.execute("UPDATE jobs SET due_at = now() WHERE due_at <= now() + $1", jobs.GRACE)
        rows = await parts.db.fetchrow(
            """
            SELECT (SELECT count(*) FROM stories WHERE id = $1) + (SELECT count(*) FROM uploads WHERE token = $2),
                   (SELECT count(*) FROM story_views WHERE story_id = $1)
            """,
            number(id),
            tokens[id],
        )
        assert rows is not None
        return len(await holdings(parts.bucket, tokens[id])), rows[0], rows[1]

    before = await left(kept)
    await sweep_all(parts, now())
    assert await left(over) == before  # its day is not over
    await sweep_all(parts, then)
    for id in (over, film):
        # What could not be seen to be gone is looked for again a minute later.
        await until(lambda id=id: left(id), lambda found: found == (0, 0, 0), 90)
    assert await left(kept) == before
    await until(
        lambda: parts.redis.zrange(f"stories:{{{number(ada.id)}}}", 0, -1),
        lambda members: str(number(over)).encode() not in members,
    )
    gone = await ada.do(DELETE_HIGHLIGHT, id=made["highlight"]["id"])
    assert (gone["deletedId"], gone["userErrors"]) == (made["highlight"]["id"], [])
    await sweep_all(parts, now())
    assert (await read_story(grace, kept))["id"] == kept  # live still
    await sweep_all(parts, then)
    await until(lambda: left(kept), lambda found: found == (0, 0, 0), 90)
    await nothing_else(parts.bucket, *tokens.values())


async def nothing_else(bucket: Bucket, *tokens: str) -> None:
    """The whole bucket holds nothing of these uploads."""
    keys = [key async for key, _ in bucket.list("")]
    assert not [key for key in keys if any(token in key for token in tokens)]
