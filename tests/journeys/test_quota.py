"""Storage quotas: what counts, what is refused, and what frees storage."""

import asyncio
import secrets
from typing import Any

import pytest

from domain.media import jobs, quota
from domain.publication import publish_if_ready
from kit.ids import decode
from tests.conftest import NewPerson
from tests.support.client import CREATE_UPLOADS, Person, photo, until
from workers.parts import Parts

GIB = 1024**3
ABORT = "mutation ($id: ID!) { abortUpload(uploadId: $id) { upload { status } userErrors { code } } }"
STORAGE = "{ viewer { storage { usedBytes quotaBytes } } }"


def number(id: str) -> int:
    return decode(id)[1]


def video_of(byte_size: int) -> dict[str, Any]:
    return {"kind": "VIDEO", "contentType": "video/mp4", "byteSize": byte_size}


async def create(person: Person, *byte_sizes: int, key: str | None = None) -> dict[str, Any]:
    files = [video_of(byte_size) for byte_size in byte_sizes]
    return await person.do(CREATE_UPLOADS, input={"files": files, "idempotencyKey": key})


async def used(person: Person) -> int:
    storage: dict[str, int] = (await person.ask(STORAGE))["viewer"]["storage"]
    return storage["usedBytes"]


async def uploads_of(parts: Parts, person: Person) -> int:
    count: int = await parts.db.fetchval("SELECT count(*) FROM uploads WHERE owner_id = $1", number(person.id))
    return count


async def test_new_account_cannot_reserve_more_than_its_quota(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    assert (await ada.ask(STORAGE))["viewer"]["storage"] == {"usedBytes": 0, "quotaBytes": 8 * GIB}
    assert not (await create(ada, 4 * GIB))["userErrors"]
    assert await used(ada) == 4 * GIB
    key = secrets.token_hex(4)
    refused = await create(ada, 3 * GIB, 2 * GIB, key=key)
    assert refused["uploads"] == []
    [error] = refused["userErrors"]
    assert (error["code"], error["field"]) == ("QUOTA_EXCEEDED", ["files"])
    assert "need 5.0 GiB, but only 4.0 GiB of your 8.0 GiB are left" in error["message"]
    assert await used(ada) == 4 * GIB
    assert await uploads_of(parts, ada) == 1, "nothing is left behind"
    assert not (await create(ada, 3 * GIB, GIB, key=key[::-1]))["userErrors"], "to the last byte"
    [error] = (await create(ada, 1))["userErrors"]
    assert "0 bytes of your 8.0 GiB are left" in error["message"]


async def test_refusal_leaves_the_idempotency_key_unspent(person: NewPerson) -> None:
    ada = await person()
    first = (await create(ada, 4 * GIB, 4 * GIB))["uploads"]
    assert (await create(ada, GIB, key="again"))["userErrors"][0]["code"] == "QUOTA_EXCEEDED"
    await ada.do(ABORT, id=first[0]["id"])
    made = [await create(ada, GIB, key="again") for _ in range(2)]
    assert made[0]["uploads"][0]["id"] == made[1]["uploads"][0]["id"]
    assert await used(ada) == 5 * GIB, "a retry reserves nothing more"


async def test_quota_grows_with_the_age_of_the_account(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    for days, expected in ((3, 11), (10_000, 200)):
        await parts.db.execute(
            "UPDATE users SET created_at = now() - make_interval(days => $2) WHERE id = $1", number(ada.id), days
        )
        assert (await ada.ask(STORAGE))["viewer"]["storage"]["quotaBytes"] == expected * GIB
    assert not (await create(ada, 4 * GIB, 4 * GIB, 4 * GIB))["userErrors"]


async def test_last_bytes_are_given_once(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    answers = await asyncio.gather(*(create(ada, 3 * GIB) for _ in range(6)))
    assert sum(not answer["userErrors"] for answer in answers) == 2
    assert await used(ada) == 6 * GIB
    assert await uploads_of(parts, ada) == 2


async def test_deleting_a_post_or_story_frees_its_bytes(person: NewPerson) -> None:
    ada = await person()
    content = photo()
    post_id = await ada.publish()
    posted = await used(ada)
    assert 0 < posted < 10_000
    upload = await ada.upload(content)
    story = await ada.do(
        "mutation ($id: ID!) { createStory(input: {uploadId: $id}) { story { id } userErrors { code } } }", id=upload
    )
    assert await used(ada) == posted + len(content)
    await ada.processed(upload)
    assert await used(ada) == posted + len(content), "renditions do not count"
    await ada.do("mutation ($id: ID!) { deleteStory(storyId: $id) { userErrors { code } } }", id=story["story"]["id"])
    assert await used(ada) == posted
    await ada.delete_post(post_id)
    assert await used(ada) == 0


async def test_rejected_and_aborted_uploads_do_not_count(person: NewPerson) -> None:
    ada = await person()
    await ada.upload(b"not a picture")
    assert await used(ada) > 0

    async def look() -> int:
        return await used(ada)

    assert await until(look, lambda count: count == 0) == 0
    upload = await ada.create_upload(photo())
    for _ in range(2):
        await ada.do(ABORT, id=upload["id"])
        assert await used(ada) == 0


async def test_expired_uploads_do_not_count(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    upload = await ada.create_upload(photo())
    assert await used(ada) > 0
    await parts.db.execute(
        "UPDATE uploads SET expires_at = now() - interval '6 minutes' WHERE id = $1", number(upload["id"])
    )
    await jobs.expire(parts.db, publish_if_ready)
    assert await used(ada) == 0
    before = "now() - interval '2 days'"
    await parts.db.execute(
        f"UPDATE uploads SET created_at = {before}, expires_at = {before} WHERE id = $1", number(upload["id"])
    )
    await jobs.discard_unattached(parts.db)
    assert await used(ada) == 0, "it was freed once"


async def test_avatar_that_is_replaced_does_not_count(person: NewPerson) -> None:
    ada = await person()
    change = """mutation ($id: ID) { updateProfile(input: {avatarUploadId: $id}) { userErrors { code } } }"""
    content = photo()
    first = await ada.upload(content)
    await ada.do(change, id=first)
    await ada.processed(first)
    assert await used(ada) == len(content)
    await ada.do(change, id=None)
    assert await used(ada) == 0


async def test_uploads_from_before_counting_are_counted(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    await create(ada, 4 * GIB, GIB)
    await parts.db.execute("DELETE FROM storage_usage WHERE id = $1", number(ada.id))
    assert await used(ada) == 5 * GIB
    assert (await create(ada, 4 * GIB))["userErrors"][0]["code"] == "QUOTA_EXCEEDED"
    assert not (await create(ada, 3 * GIB))["userErrors"]
    assert await used(ada) == 8 * GIB


async def test_repair_mends_what_was_counted_wrong(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    await create(ada, 4 * GIB)
    await parts.db.execute("UPDATE storage_usage SET used_bytes = 7 WHERE id = $1", number(ada.id))
    await quota.repair(parts.db, number(ada.id) - 1, 1)
    assert await used(ada) == 4 * GIB
    assert await quota.repair(parts.db, number(ada.id) - 1, 1) == ([], number(ada.id))


@pytest.mark.parametrize(
    ("byte_size", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (4 * GIB - 1, "3.9 GiB"), (200 * GIB, "200.0 GiB")],
)
def test_sizes_are_rounded_down(byte_size: int, text: str) -> None:
    assert quota.human_size(byte_size) == text
