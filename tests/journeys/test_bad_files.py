"""A file that is not what it should be is refused with a reason a person understands, and leaves nothing behind."""

import io
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from clients.s3 import Signer
from domain.media import jobs
from domain.media.actions import put_headers
from domain.publication import publish_if_ready
from kit.ids import decode
from tests.conftest import Clock, NewPerson
from tests.support.client import CREATE_UPLOADS, POST, Person, photo, until
from workers.parts import Parts


def png(width: int, height: int) -> bytes:
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    return file.getvalue()


def gif() -> bytes:
    file = io.BytesIO()
    Image.new("P", (40, 40)).save(file, "GIF")
    return file.getvalue()


def token_of(upload: dict[str, Any]) -> str:
    return str(upload["target"]["url"].split("?")[0].rsplit("/", 1)[1])


async def objects(parts: Parts, token: str) -> list[str]:
    return [key async for key, _ in parts.bucket.list("") if token in key]


@pytest.mark.parametrize(
    ("file", "code", "path"),
    [
        ({"byteSize": 0}, "INVALID", "byteSize"),
        ({"byteSize": -1}, "INVALID", "byteSize"),
        ({"byteSize": 8 * 1024 * 1024 + 1}, "TOO_LONG", "byteSize"),
        ({"contentType": "image/svg+xml"}, "INVALID", "contentType"),
        ({"contentType": "image/jpeg\r\nx: y"}, "INVALID", "contentType"),
    ],
)
async def test_a_file_that_may_not_be_sent(person: NewPerson, file: dict[str, Any], code: str, path: str) -> None:
    ada = await person("ada")
    good = {"kind": "PHOTO", "contentType": "image/jpeg", "byteSize": 10}
    payload = await ada.do(CREATE_UPLOADS, input={"files": [good, good | file]})
    assert payload["uploads"] == []
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, ["files", "1", path])]


@pytest.mark.parametrize(("count", "code"), [(0, "REQUIRED"), (11, "TOO_MANY")])
async def test_no_files_and_too_many(person: NewPerson, count: int, code: str) -> None:
    ada = await person("ada")
    file = {"kind": "PHOTO", "contentType": "image/jpeg", "byteSize": 10}
    payload = await ada.do(CREATE_UPLOADS, input={"files": [file] * count})
    assert [error["code"] for error in payload["userErrors"]] == [code]


async def test_a_signed_url_takes_what_it_was_signed_for_and_nothing_else(
    person: NewPerson, parts: Parts, now: Clock
) -> None:
    ada, content = await person("ada"), photo()
    upload = await ada.create_upload(content)
    url = upload["target"]["url"]
    headers = {header["name"]: header["value"] for header in upload["target"]["headers"]}
    assert headers == {"content-type": "image/jpeg", "if-none-match": "*"}

    async def put(to: str = url, body: bytes = content, **changed: str | None) -> int:
        names = {name.replace("_", "-"): value for name, value in changed.items()}
        sent = {name: value for name, value in (headers | names).items() if value is not None}
        return (await ada.http.put(to, content=body, headers=sent)).status_code

    assert await put(body=content + b"!") == 403
    assert await put(body=content[:-1]) == 403
    assert await put(content_type="image/png") == 403
    assert await put(if_none_match=None) == 403
    assert await put(url[:-1] + ("0" if url[-1] != "0" else "1")) == 403
    assert await put(url.replace(token_of(upload), "0" * 32)) == 403
    row = (await parts.db.fetch("SELECT * FROM uploads WHERE token = $1", token_of(upload)))[0]
    settings = parts.settings
    signer = Signer(
        str(settings.s3_endpoint),
        settings.s3_region,
        str(settings.s3_access_key),
        str(settings.s3_secret_key),
        "heliograph",
    )
    said = put_headers(type("Upload", (), dict(row)))  # type: ignore[arg-type]
    assert await put(signer.put(f"quarantine/{token_of(upload)}", said, now() - timedelta(hours=2), 3600)) == 403
    assert await put() == 200
    assert await put() in (403, 412)
    assert (await ada.processed(upload["id"]))["status"] == "READY"
    assert (await ada.http.get(url.split("?")[0])).status_code == 403, "nobody reads the quarantine"


BAD = {
    "truncated": (photo(600, 400)[:-3000], "image/jpeg"),
    "a GIF as a video": (gif(), "video/mp4"),
    "text": (b"this is no picture, whatever its name says", "image/jpeg"),
    "a video as a photo": (b"\0\0\0\x18ftypmp42" + bytes(3000), "image/jpeg"),
    "too large to unpack": (png(30_000, 30_000), "image/png"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_picture(person: NewPerson, parts: Parts, kind: str) -> None:
    content, content_type = BAD[kind]
    ada, grace = await person("ada"), await person("grace")
    await grace.follow(ada)
    good, bad = await ada.create_upload(photo()), await ada.create_upload(content, content_type)
    post_id = (await ada.create_post(good["id"], bad["id"]))["post"]["id"]
    assert await ada.send(bad, content) == 200
    refused = await ada.processed(bad["id"])
    assert refused["status"] == "REJECTED"
    assert refused["rejection"]["code"] == "INVALID"
    assert refused["rejection"]["message"].endswith(".")
    assert refused["media"] is None
    assert refused["target"] is None
    post = await ada.settled(post_id)
    assert post["status"] == "REJECTED"
    assert [upload["rejection"] is not None for upload in post["uploads"]] == [False, True], "it names the child"
    assert (await grace.ask(POST, id=post_id))["node"] is None
    assert await ada.feed() == await grace.feed() == []
    await until(lambda: objects(parts, token_of(bad)), lambda left: left == [])
    again = await ada.create_post(bad["id"])
    assert [(error["code"], error["field"]) for error in again["userErrors"]] == [
        ("CONFLICT", ["media", "0", "uploadId"])
    ]
    await ada.delete_post(post_id)


async def test_a_photo_is_what_its_bytes_say(person: NewPerson) -> None:
    ada = await person("ada")
    upload = await ada.processed(await ada.upload(png(40, 30), "image/JPG; charset=binary"))
    assert upload["status"] == "READY"


async def test_a_refused_upload_cannot_be_posted(person: NewPerson) -> None:
    ada = await person("ada")
    upload = await ada.upload(b"nothing of the kind")
    await ada.processed(upload)
    payload = await ada.create_post(upload)
    assert payload["post"] is None
    assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [
        ("INVALID", ["media", "0", "uploadId"])
    ]


async def test_bytes_that_never_come(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    upload = await ada.create_upload(photo())
    post_id = (await ada.create_post(upload["id"]))["post"]["id"]
    await parts.db.execute(
        "UPDATE uploads SET expires_at = now() - interval '6 minutes' WHERE id = $1", decode(upload["id"])[1]
    )
    await jobs.expire(parts.db, publish_if_ready)
    assert (await ada.processed(upload["id"]))["status"] == "EXPIRED"
    assert (await ada.settled(post_id))["status"] == "REJECTED"


async def test_uploads_that_nothing_uses_are_swept(person: NewPerson, parts: Parts) -> None:
    ada = await person("ada")
    contents = [photo(), photo()]
    idle, used = [await ada.create_upload(content) for content in contents]
    for upload, content in zip((idle, used), contents, strict=True):
        await ada.send(upload, content)
        await ada.processed(upload["id"])
    await ada.create_post(used["id"])
    for upload in (idle, used):
        await aged(parts, upload["id"], created="49 hours", expired="25 hours")
    assert len(await objects(parts, token_of(idle))) > 2
    await jobs.discard_unattached(parts.db)
    await until(lambda: objects(parts, token_of(idle)), lambda left: left == [])
    assert (await ada.ask("query ($id: ID!) { node(id: $id) { id } }", id=idle["id"]))["node"] is None
    assert len(await objects(parts, token_of(used))) > 2


async def aged(parts: Parts, upload_id: str, created: str, expired: str) -> None:
    """Have an upload be so old."""
    await parts.db.execute(
        """
        UPDATE uploads SET created_at = now() - $2::text::interval, expires_at = now() - $3::text::interval
        WHERE id = $1
        """,
        decode(upload_id)[1],
        created,
        expired,
    )


async def test_what_was_sent_late_can_be_used_for_a_day(person: NewPerson, parts: Parts) -> None:
    """Sent by parts, within its 24 hours, and READY just now."""
    ada = await person("ada")
    upload = await ada.upload()
    await ada.processed(upload)
    await aged(parts, upload, created="24 hours 5 minutes", expired="5 minutes")
    await jobs.discard_unattached(parts.db)
    assert (await ada.processed(upload))["status"] == "READY"


async def test_captions_and_descriptions(person: NewPerson) -> None:
    ada = await person("ada")
    upload = await ada.upload()
    for caption, code in (("x" * 2201, "TOO_LONG"), ("nul\u0000", "INVALID")):
        payload = await ada.create_post(upload, caption=caption)
        assert [(error["code"], error["field"]) for error in payload["userErrors"]] == [(code, ["caption"])]
    for media, code in (([], "REQUIRED"), ([{"uploadId": upload}] * 11, "TOO_MANY")):
        payload = await ada.do(
            "mutation ($media: [PostMediaInput!]!) { createPost(input: {media: $media}) "
            "{ userErrors { code field } } }",
            media=media,
        )
        assert payload["userErrors"][0] == {"code": code, "field": ["media"]}
    payload = await ada.do(
        'mutation ($u: ID!) { createPost(input: {media: [{uploadId: $u, altText: "x\\u0000"}]}) '
        "{ userErrors { code field } } }",
        u=upload,
    )
    assert payload["userErrors"] == [{"code": "INVALID", "field": ["media", "0", "altText"]}]
    assert not (await ada.create_post(upload, caption="x" * 2200))["userErrors"]


async def test_nobody_else_can_use_an_upload_or_learn_of_it(person: NewPerson, visitor: Person) -> None:
    ada, grace = await person("ada"), await person("grace")
    upload = await ada.upload()
    unknown = "BAAAAAAAAAAB"
    answers = [await grace.create_post(id) for id in (upload, unknown)]
    assert answers[0] == answers[1]
    assert (await visitor.ask("query ($id: ID!) { node(id: $id) { id } }", id=upload))["node"] is None
