"""Files that go by parts: signed on demand, sent in parallel, resumed after a crash, joined once, thrown away."""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from clients.s3 import Bucket, Part
from domain.media import multipart
from tests.conftest import NewPerson
from tests.support.client import Person, until, video
from tests.support.multipart_uploads import (
    COMPLETE_UPLOAD,
    CREATE_MULTIPART,
    MIB,
    begin_upload,
    long_video,
    put_part,
    send_parts,
    split_parts,
)
from tests.support.opaque_ids import number
from workers.media import MAX_OTHER_TRIES
from workers.parts import Parts

TARGET = """query ($id: ID!, $numbers: [Int!]) { node(id: $id) { ... on Upload { status target {
  ... on MultipartUploadTarget {
    parts(numbers: $numbers) { number url } storedParts { number byteSize etag } } } } } }"""
ABORT = """mutation ($id: ID!) { abortUpload(uploadId: $id) { upload { id status } userErrors { code field } } }"""
CONSTRAINTS = "{ uploadConstraints { kind contentTypes maxByteSize maxPixels maxSide maxDurationMs } }"


async def going_on(parts: Parts) -> set[str]:
    """The keys of what the store is being sent by parts."""
    return {key async for key, _, _ in parts.bucket.multiparts("quarantine/")}


async def key_of(parts: Parts, upload_id: str) -> str:
    token = await parts.db.fetchval("SELECT token FROM uploads WHERE id = $1", number(upload_id))
    return f"quarantine/{token}"


async def test_a_file_is_sent_by_parts_in_parallel_and_out_of_order(person: NewPerson) -> None:
    ada = await person()
    content = secrets.token_bytes(33 * MIB)
    upload = await begin_upload(ada, len(content))
    target = upload["target"]
    assert target["partSize"] == 16 * MIB
    assert target["partCount"] == 3
    assert [(part["number"], part["byteSize"]) for part in target["parts"]] == [(1, 16 * MIB), (2, 16 * MIB), (3, MIB)]
    of = split_parts(upload, content)
    sent = await asyncio.gather(*(put_part(ada, part["url"], of[part["number"]]) for part in reversed(target["parts"])))
    assert {status for status, _ in sent} == {200}
    etags = [etag for _, etag in reversed(sent)]
    payload = await ada.do(
        COMPLETE_UPLOAD, id=upload["id"], parts=[{"number": n, "etag": etag} for n, etag in enumerate(etags, 1)]
    )
    assert not payload["userErrors"], payload
    assert payload["upload"]["status"] in ("PROCESSING", "REJECTED")
    assert payload["upload"]["target"] is None
    again = await ada.do(COMPLETE_UPLOAD, id=upload["id"])
    assert not again["userErrors"]
    assert (await ada.processed(upload["id"]))["status"] == "REJECTED"  # random bytes are no video


async def test_an_upload_goes_on_where_a_crash_has_left_it(person: NewPerson) -> None:
    ada = await person()
    content = secrets.token_bytes(18 * MIB)
    upload = await begin_upload(ada, len(content))
    of = split_parts(upload, content)
    status, etag = await put_part(ada, upload["target"]["parts"][1]["url"], of[2])
    assert status == 200
    # All that a client has after a crash is the upload's id.
    target = (await ada.ask(TARGET, id=upload["id"], numbers=[1]))["node"]["target"]
    assert target["storedParts"] == [{"number": 2, "byteSize": 2 * MIB, "etag": etag}]
    [first] = target["parts"]
    missing = await ada.do(COMPLETE_UPLOAD, id=upload["id"])
    message = "These parts have not arrived in storage: 1. Send them, then try again."
    assert missing["userErrors"] == [{"code": "REQUIRED", "message": message, "field": ["parts"]}]
    assert (await put_part(ada, first["url"], of[1][:-1]))[0] == 403  # the length is signed
    assert (await put_part(ada, first["url"], of[1]))[0] == 200
    payload = await ada.do(COMPLETE_UPLOAD, id=upload["id"])
    assert not payload["userErrors"], payload
    assert payload["upload"]["status"] != "AWAITING_BYTES"


async def test_what_is_given_is_compared_with_what_storage_holds(person: NewPerson) -> None:
    ada = await person()
    content = secrets.token_bytes(17 * MIB)
    upload = await begin_upload(ada, len(content))
    of = split_parts(upload, content)
    for part in upload["target"]["parts"]:
        assert (await put_part(ada, part["url"], of[part["number"]]))[0] == 200
    wrong = [{"number": 2, "etag": "0" * 32}, {"number": 3, "etag": "x"}]
    payload = await ada.do(COMPLETE_UPLOAD, id=upload["id"], parts=wrong)
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
        ("INVALID", ["parts", "0", "etag"]),
        ("INVALID", ["parts", "1", "number"]),
    ]
    assert payload["upload"] is None
    assert (await ada.ask(TARGET, id=upload["id"]))["node"]["status"] == "AWAITING_BYTES"


async def test_part_that_is_sent_twice_is_listed_once_and_the_upload_becomes_ready(person: NewPerson) -> None:
    ada = await person()
    content = long_video()
    upload = await begin_upload(ada, len(content))
    etags = await send_parts(ada, upload, content)
    assert (await put_part(ada, upload["target"]["parts"][0]["url"], split_parts(upload, content)[1]))[0] == 200
    target = (await ada.ask(TARGET, id=upload["id"]))["node"]["target"]
    listed = [(part["number"], part["etag"]) for part in target["storedParts"]]
    assert listed == [(number, etag) for number, [etag] in etags.items()]
    payload = await ada.do(COMPLETE_UPLOAD, id=upload["id"])
    assert not payload["userErrors"], payload
    assert (await ada.processed(upload["id"]))["status"] == "READY"


@pytest.mark.parametrize("right", [0, 1])
async def test_etag_of_the_client_selects_the_version_of_a_part(person: NewPerson, right: int) -> None:
    ada = await person()
    contents = [long_video(), secrets.token_bytes(17 * MIB)]
    upload = await begin_upload(ada, 17 * MIB)
    etags = await send_parts(ada, upload, *(contents if right == 0 else reversed(contents)))
    given = [{"number": number, "etag": sent[right]} for number, sent in etags.items()]
    assert not (await ada.do(COMPLETE_UPLOAD, id=upload["id"], parts=given))["userErrors"]
    assert (await ada.processed(upload["id"]))["status"] == "READY"


def test_version_of_a_part_that_was_stored_last_is_used_where_that_is_known() -> None:
    early, late = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, 0, 0, 1, tzinfo=UTC)
    wrong, right = Part(1, '"a"', 5, early), Part(1, '"b"', 5, late)
    assert multipart._newest([right, wrong]) == right
    assert multipart._newest([right, Part(1, "B", 5, late)]) == right, "the same bytes"
    assert multipart._newest([right, Part(1, '"c"', 5, late)]) is None


def test_parts_of_a_wrong_size_do_not_count() -> None:
    """Storage may hold a part that a URL from before, or of another upload, was signed for."""
    upload: Any = SimpleNamespace(part_size=16, byte_size=20)
    assert multipart.sizes(upload) == {1: 16, 2: 4}
    right = [Part(1, '"a"', 16), Part(2, '"b"', 4)]
    found = multipart._versions(upload, [*right, Part(1, '"c"', 15), Part(2, '"d"', 16), Part(3, '"e"', 4)])
    assert found == {1: right[:1], 2: right[1:]}


async def test_upload_that_storage_refuses_is_given_up_while_others_are_processed(
    person: NewPerson, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As one whose object SeaweedFS made of two versions of a part: it can be neither read nor copied."""
    ada = await person()
    refused: set[str] = set()

    def refusing(method: Any) -> Any:
        async def call(bucket: Bucket, key: str, *arguments: Any) -> Any:
            if key in refused:
                raise ClientError({"Error": {"Code": "InternalError"}}, method.__name__)
            return await method(bucket, key, *arguments)

        return call

    for method in (Bucket.copy, Bucket.download):
        monkeypatch.setattr(Bucket, method.__name__, refusing(method))
    content = long_video()
    upload = await begin_upload(ada, len(content))
    await send_parts(ada, upload, content)
    row = number(upload["id"])
    refused.add(await key_of(parts, upload["id"]))
    # As if it had failed often: the next pause is minutes, the try after it the last.
    await parts.db.execute("UPDATE uploads SET other_failures = $2 WHERE id = $1", row, MAX_OTHER_TRIES - 2)
    assert not (await ada.do(COMPLETE_UPLOAD, id=upload["id"]))["userErrors"]
    assert (await ada.processed(await ada.upload(video(), "video/mp4")))["status"] == "READY"
    waiting = await until(
        lambda: parts.db.fetchrow(
            "SELECT status, other_failures, claimed_until - now() AS pause FROM uploads WHERE id = $1", row
        ),
        lambda found: found["other_failures"] == MAX_OTHER_TRIES - 1,
    )
    assert waiting["status"] == "PROCESSING"
    assert waiting["pause"] > timedelta(minutes=3)
    await parts.db.execute("UPDATE uploads SET claimed_until = now() WHERE id = $1", row)
    ended = await ada.processed(upload["id"])
    assert ended["status"] == "REJECTED"
    assert "Upload it again" in ended["rejection"]["message"]


async def test_bytes_that_storage_told_nobody_of_are_found(person: NewPerson, parts: Parts) -> None:
    """Joined, and the answer lost: the sweeper, or the next try, finds the object."""
    ada = await person()
    content = secrets.token_bytes(17 * MIB)
    upload = await begin_upload(ada, len(content))
    of = split_parts(upload, content)
    for part in upload["target"]["parts"]:
        assert (await put_part(ada, part["url"], of[part["number"]]))[0] == 200
    multipart = await parts.db.fetchval("SELECT multipart FROM uploads WHERE id = $1", number(upload["id"]))
    key = await key_of(parts, upload["id"])
    await parts.bucket.complete(key, multipart, await parts.bucket.parts(key, multipart))
    payload = await ada.do(COMPLETE_UPLOAD, id=upload["id"])
    assert not payload["userErrors"], payload
    assert payload["upload"]["status"] != "AWAITING_BYTES"


async def test_what_is_aborted_leaves_nothing(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    content = secrets.token_bytes(17 * MIB)
    upload = await begin_upload(ada, len(content))
    await put_part(ada, upload["target"]["parts"][1]["url"], split_parts(upload, content)[2])
    key = await key_of(parts, upload["id"])
    assert key in await going_on(parts)
    for _ in range(2):
        payload = await ada.do(ABORT, id=upload["id"])
        assert payload == {"upload": {"id": upload["id"], "status": "EXPIRED"}, "userErrors": []}
    await until(lambda: going_on(parts), lambda keys: key not in keys)
    assert (await put_part(ada, upload["target"]["parts"][0]["url"], split_parts(upload, content)[1]))[0] == 404
    late = await ada.do(COMPLETE_UPLOAD, id=upload["id"])
    assert [error["code"] for error in late["userErrors"]] == ["INVALID"]


async def test_what_is_ready_is_aborted_with_its_renditions(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    upload = await ada.upload()
    await ada.processed(upload)
    token, name = await parts.db.fetchrow("SELECT token, original_name FROM uploads WHERE id = $1", number(upload))

    async def left() -> list[str]:
        prefixes = (f"media/{token}", f"originals/{name}")
        return [key for prefix in prefixes async for key, _ in parts.bucket.list(prefix)]

    assert len(await left()) == 9
    assert (await ada.do(ABORT, id=upload))["upload"]["status"] == "EXPIRED"
    await until(left, lambda keys: not keys)


async def test_what_is_in_use_is_not_aborted(person: NewPerson) -> None:
    ada = await person()
    upload = await begin_upload(ada, 17 * MIB)
    await ada.create_post(upload["id"])
    payload = await ada.do(ABORT, id=upload["id"])
    assert payload == {"upload": None, "userErrors": [{"code": "CONFLICT", "field": ["uploadId"]}]}


async def test_one_that_expires_is_aborted_at_the_store(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    upload = await begin_upload(ada, 17 * MIB)
    key = await key_of(parts, upload["id"])
    await parts.db.execute(
        "UPDATE uploads SET expires_at = now() - interval '1 hour' WHERE id = $1", number(upload["id"])
    )
    await until(lambda: going_on(parts), lambda keys: key not in keys)
    assert (await ada.processed(upload["id"]))["status"] == "EXPIRED"


async def test_a_retry_begins_nothing_anew(person: NewPerson, parts: Parts) -> None:
    ada = await person()
    before = await going_on(parts)
    first, second = [await begin_upload(ada, 17 * MIB, idempotencyKey="k") for _ in range(2)]
    assert first["id"] == second["id"]
    assert await going_on(parts) - before == {await key_of(parts, first["id"])}


async def test_what_the_store_was_away_for_is_begun_later(person: NewPerson, parts: Parts) -> None:
    """As a crash between row and store leaves it: begun by a retry, or by a client that has sent nothing yet."""
    ada = await person()

    async def unbegun(upload_id: str) -> None:
        await parts.db.execute("UPDATE uploads SET multipart = NULL WHERE id = $1", number(upload_id))
        assert (await ada.ask(TARGET, id=upload_id))["node"]["target"] is None

    content = secrets.token_bytes(17 * MIB)
    upload = await begin_upload(ada, len(content), idempotencyKey="k")
    await unbegun(upload["id"])
    assert (await begin_upload(ada, len(content), idempotencyKey="k"))["target"]["storedParts"] == []
    await unbegun(upload["id"])
    early = await ada.do(COMPLETE_UPLOAD, id=upload["id"])
    assert [error["message"] for error in early["userErrors"]] == [
        "These parts have not arrived in storage: 1, 2. Send them, then try again."
    ]
    target = (await ada.ask(TARGET, id=upload["id"]))["node"]["target"]
    for part in target["parts"]:
        assert (await put_part(ada, part["url"], split_parts(upload, content)[part["number"]]))[0] == 200
    assert not (await ada.do(COMPLETE_UPLOAD, id=upload["id"]))["userErrors"]


async def test_many_are_begun_and_looked_at_together(person: NewPerson) -> None:
    ada = await person()
    file = {"kind": "VIDEO", "contentType": "video/mp4"}
    files = [{**file, "byteSize": 17 * MIB + n} for n in range(10)]
    uploads = (await ada.do(CREATE_MULTIPART, input={"files": files}))["uploads"]
    sent = uploads[3]["target"]["parts"][1]
    assert (await put_part(ada, sent["url"], bytes(sent["byteSize"])))[0] == 200
    found = await ada.ask(
        """query ($ids: [ID!]!) { nodes(ids: $ids) { ... on Upload {
        target { ... on MultipartUploadTarget { storedParts { number byteSize } } } } } }""",
        ids=[upload["id"] for upload in uploads],
    )
    held = [node["target"]["storedParts"] for node in found["nodes"]]
    assert held == [[{"number": 2, "byteSize": MIB + 3}] if n == 3 else [] for n in range(10)]


async def test_an_upload_is_its_owners_alone(person: NewPerson) -> None:
    ada, bob = await person(), await person()
    upload = await begin_upload(ada, 17 * MIB)
    for document in (COMPLETE_UPLOAD, ABORT):
        payload = await bob.do(document, id=upload["id"])
        assert payload["upload"] is None
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    assert (await bob.ask(TARGET, id=upload["id"]))["node"] is None


async def test_a_part_that_there_is_not_is_bad_input(person: NewPerson) -> None:
    ada = await person()
    upload = await begin_upload(ada, 17 * MIB)
    for numbers in ([0], [3], [-1], [1, 2, 2**31 - 1]):
        answer = await ada.post({"query": TARGET, "variables": {"id": upload["id"], "numbers": numbers}})
        assert answer["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


async def test_a_single_upload_can_be_nudged(person: NewPerson) -> None:
    ada = await person()
    upload = await ada.create_upload(b"x" * 100)
    early = await ada.do(COMPLETE_UPLOAD, id=upload["id"])
    assert [error["code"] for error in early["userErrors"]] == ["REQUIRED"]
    await ada.send(upload, b"x" * 100)
    assert not (await ada.do(COMPLETE_UPLOAD, id=upload["id"]))["userErrors"]


@pytest.mark.parametrize(
    ("file", "field"),
    [
        ({"kind": "VIDEO", "contentType": "video/mp4", "byteSize": 4 * 1024**3 + 1}, "byteSize"),
        ({"kind": "VIDEO", "contentType": "image/jpeg", "byteSize": 100}, "contentType"),
        ({"kind": "PHOTO", "contentType": "video/mp4", "byteSize": 100}, "contentType"),
        ({"kind": "VIDEO", "contentType": "video/x-msvideo", "byteSize": 100}, "contentType"),
    ],
)
async def test_what_is_not_taken_is_said_before(person: NewPerson, file: dict[str, Any], field: str) -> None:
    ada = await person()
    payload = await ada.do(CREATE_MULTIPART, input={"files": [file]})
    assert [error["field"] for error in payload["userErrors"]] == [["files", "0", field]]


async def test_clients_can_ask_what_is_taken(visitor: Person) -> None:
    photos, videos = (await visitor.ask(CONSTRAINTS))["uploadConstraints"]
    assert photos["kind"] == "PHOTO"
    assert {"image/jpeg", "image/heic", "image/avif", "image/gif"} <= set(photos["contentTypes"])
    assert photos["maxByteSize"] == 8 * MIB
    assert photos["maxDurationMs"] is None
    assert videos["contentTypes"][:4] == ["video/mp4", "video/quicktime", "video/webm", "video/x-matroska"]
    assert {"video/3gpp", "video/x-m4v"} < set(videos["contentTypes"])
    assert videos["maxByteSize"] == 4 * 1024**3
    assert videos["maxDurationMs"] == 3_600_000
