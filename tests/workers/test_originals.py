"""Originals have names of their own, which no URL tells; those of older versions are moved without being missed."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from clients.s3 import Bucket
from domain.media import erasure_queue, originals
from domain.media.storage import holdings
from tests.conftest import NewPerson
from tests.support.client import POST, Person, photo, until
from tests.support.opaque_ids import number
from workers import sweeper
from workers.parts import Parts

pytestmark = pytest.mark.usefixtures("workers")


async def row(parts: Parts, upload: str) -> dict[str, Any]:
    record = await parts.db.fetchrow(
        "SELECT id, token, original, original_name, status FROM uploads WHERE id = $1", number(upload)
    )
    assert record is not None
    return dict(record)


async def ready(ada: Person) -> tuple[str, str]:
    """A published post and its upload."""
    upload = await ada.create_upload(content := photo())
    assert await ada.send(upload, content) == 200
    post = (await ada.create_post(upload["id"]))["post"]["id"]
    await until(lambda: ada.ask(POST, id=post), lambda seen: seen["node"]["status"] == "PUBLISHED")
    return post, upload["id"]


async def store_by_token(parts: Parts, upload: str) -> tuple[str, str]:
    """Have the original where an older version would have put it; the old and the present key."""
    found = await row(parts, upload)
    old = f"originals/{found['token']}"
    await parts.bucket.copy(found["original"], await parts.bucket.head(found["original"]), old)
    await parts.bucket.delete([found["original"]])
    await parts.db.execute("UPDATE uploads SET original = $2, original_name = NULL WHERE id = $1", found["id"], old)
    return old, found["original"]


async def lies_at(parts: Parts, key: str) -> bool:
    return await holdings(parts.bucket, "", [key]) == [key]


async def moved(parts: Parts, upload: str, old: str) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while (found := await row(parts, upload))["original"] == old:
            await originals.move(parts.db, parts.bucket)
            await asyncio.sleep(0.02)
    return found


async def test_the_name_of_an_original_is_not_in_urls(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    post, upload = await ready(ada)
    found = await row(parts, upload)
    assert found["original"] == f"originals/{found['original_name']}"
    assert found["original_name"] != found["token"]
    assert await lies_at(parts, found["original"])
    assert found["original_name"] not in str(await ada.ask(POST, id=post))
    assert not await lies_at(parts, f"originals/{found['token']}")


async def test_an_original_with_a_name_goes_with_its_post(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    post, upload = await ready(ada)
    original = (await row(parts, upload))["original"]
    await ada.delete_post(post)
    await until(lambda: lies_at(parts, original), lambda lies: not lies)


async def test_an_original_stored_by_its_token_is_moved(
    person: NewPerson, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(originals, "STILL_READ", originals.timedelta())
    ada = await person("ada")
    _, upload = await ready(ada)
    old, _ = await store_by_token(parts, upload)
    found = await moved(parts, upload, old)
    assert found["original"] == f"originals/{found['original_name']}" != old
    assert await lies_at(parts, found["original"])
    await until(lambda: lies_at(parts, old), lambda lies: not lies)


async def test_the_old_name_is_read_for_a_while(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    _, upload = await ready(ada)
    old, _ = await store_by_token(parts, upload)
    found = await moved(parts, upload, old)
    assert await lies_at(parts, old)
    due = await parts.db.fetchval("SELECT due_at - now() FROM erasures WHERE keys = ARRAY[$1::text]", old)
    assert due.total_seconds() > 500
    await parts.db.execute("DELETE FROM erasures WHERE token = $1", found["token"])
    await parts.bucket.delete([old])


async def test_a_move_that_was_cut_off_is_finished(person: NewPerson, parts: Parts) -> None:
    """After the copy, and before the row knows of it."""
    ada = await person("ada")
    _, upload = await ready(ada)
    old, _ = await store_by_token(parts, upload)
    name = "f" * 32
    await parts.db.execute("UPDATE uploads SET original_name = $2 WHERE id = $1", number(upload), name)
    await parts.bucket.copy(old, await parts.bucket.head(old), f"originals/{name}")
    found = await moved(parts, upload, old)
    assert found["original"] == f"originals/{name}"
    await ada.http.aclose()


async def test_what_a_worker_holds_is_not_moved(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    _, upload = await ready(ada)
    old, _ = await store_by_token(parts, upload)
    await parts.db.execute("UPDATE uploads SET claimed_until = now() + interval '1 hour' WHERE id = $1", number(upload))
    for _ in range(30):
        await originals.move(parts.db, parts.bucket)
    assert (await row(parts, upload))["original"] == old
    await parts.db.execute("UPDATE uploads SET claimed_until = NULL WHERE id = $1", number(upload))
    await moved(parts, upload, old)


async def test_an_upload_that_is_deleted_while_it_is_moved_leaves_nothing(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    post, upload = await ready(ada)
    old, _ = await store_by_token(parts, upload)
    copied: list[str] = []

    class Deleting(Bucket):
        async def copy(self, source: str, head: Any, target: str) -> None:
            await super().copy(source, head, target)
            if source == old:
                await ada.delete_post(post)
                await until(lambda: lies_at(parts, old), lambda lies: not lies)
                # Also where the erasure was done before the copy was.
                copied.append(target)

    bucket = Deleting(parts.bucket.client, parts.bucket.name)
    async with asyncio.timeout(60):
        while not copied:
            await originals.move(parts.db, bucket)
    for key in (old, copied[0]):
        await until(lambda key=key: lies_at(parts, key), lambda lies: not lies)  # type: ignore[misc]


async def test_an_original_that_nobody_knows_is_an_orphan(person: NewPerson, parts: Parts, tmp_path: Path) -> None:
    ada = await person("ada")
    _, upload = await ready(ada)
    known = (await row(parts, upload))["original_name"]
    unknown = "e" * 32
    assert await erasure_queue.without_row(parts.db, [known, unknown]) == [unknown]
    assert sweeper.erasure_queue is erasure_queue
