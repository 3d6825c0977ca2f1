"""Uploads by parts through the requests and the XML of the S3 protocol."""

from typing import Any
from xml.etree import ElementTree

import httpx
import msgspec
import pytest

import app
import config
from embedded.process import free_port
from tests.conftest import Clock, NewPerson
from tests.support.accounts import SIGN_OUT
from tests.support.client import Person, photo
from tests.support.multipart_uploads import MIB, begin_upload, long_video, put_part, send_parts, split_parts
from tests.support.s3_uploads import s3_error, s3_request, upload_status
from tests.support.server import served

BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><CompleteMultipartUpload>&b;'
PART = "<Part><PartNumber>{}</PartNumber><ETag>{}</ETag></Part>"


def texts(answer: httpx.Response, root: str) -> dict[str, Any]:
    """The fields of a result, without its namespace; of parts, a list of such."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/xml"
    found = ElementTree.fromstring(answer.text.replace(' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"', ""))
    assert found.tag == root
    fields: dict[str, Any] = {each.tag: each.text for each in found if each.tag != "Part"}
    parts = [{each.tag: each.text for each in part} for part in found.iter("Part")]
    return fields | ({"parts": parts} if parts else {})


def completion(etags: dict[int, str]) -> str:
    parts = "".join(PART.format(number, etag) for number, etag in etags.items())
    return f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>"


async def test_upload_is_created_listed_and_completed(person: NewPerson, base_url: str) -> None:
    ada, content = await person(), long_video()
    upload = await begin_upload(ada, len(content))
    key = upload["id"]
    for _ in range(2):
        created = texts(await s3_request(ada, "POST", key, "uploads"), "InitiateMultipartUploadResult")
        assert created == {"Bucket": "uploads", "Key": key, "UploadId": key}
    listed = texts(await s3_request(ada, "GET", key, f"uploadId={key}"), "ListPartsResult")
    assert "parts" not in listed
    etags = {number: etag for number, [etag] in (await send_parts(ada, upload, content)).items()}
    listed = texts(await s3_request(ada, "GET", key, f"uploadId={key}"), "ListPartsResult")
    assert listed["UploadId"] == key
    assert listed["IsTruncated"] == "false"
    sizes = {number: str(len(piece)) for number, piece in split_parts(upload, content).items()}
    assert listed["parts"] == [
        {"PartNumber": str(number), "ETag": etag, "Size": sizes[number]} for number, etag in etags.items()
    ]
    for _ in range(2):  # a client repeats what it has heard no answer to
        completed = await s3_request(ada, "POST", key, f"uploadId={key}", completion(etags))
        fields = texts(completed, "CompleteMultipartUploadResult")
        assert fields == {"Location": f"{base_url}/uploads/{key}/s3", "Bucket": "uploads", "Key": key}
    assert (await ada.processed(key))["status"] == "READY"
    assert s3_error(await s3_request(ada, "GET", key, f"uploadId={key}")) == (404, "NoSuchUpload")


async def test_aborted_upload_expires(person: NewPerson) -> None:
    ada = await person()
    key = (await begin_upload(ada, 17 * MIB))["id"]
    for _ in range(2):
        aborted = await s3_request(ada, "DELETE", key, f"uploadId={key}")
        assert (aborted.status_code, aborted.content) == (204, b"")
    assert await upload_status(ada, key) == "EXPIRED"
    for method, query in (("POST", "uploads"), ("GET", f"uploadId={key}")):
        assert s3_error(await s3_request(ada, method, key, query)) == (404, "NoSuchUpload")


async def test_upload_in_use_is_not_aborted(person: NewPerson) -> None:
    ada = await person()
    key = (await begin_upload(ada, 17 * MIB))["id"]
    await ada.create_post(key)
    assert s3_error(await s3_request(ada, "DELETE", key, f"uploadId={key}")) == (409, "OperationAborted")
    assert await upload_status(ada, key) == "AWAITING_BYTES"


async def test_foreign_uploads_and_keys_are_refused(person: NewPerson) -> None:
    ada, bob = await person("ada"), await person("bob")
    key, own = (await begin_upload(ada, 17 * MIB))["id"], (await begin_upload(bob, 17 * MIB))["id"]
    body = completion({1: "a", 2: "b"})
    requests = [("POST", "uploads"), ("GET", "uploadId={}"), ("POST", "uploadId={}"), ("DELETE", "uploadId={}")]
    for method, query in requests:
        for at, upload_id in ((key, key), (ada.id, ada.id), ("x", "x")):
            answer = await s3_request(bob, method, at, query.format(upload_id), body)
            assert s3_error(answer) == (404, "NoSuchUpload"), (method, at)
    for method, query in requests[1:]:
        for at, upload_id in ((own, key), (key, own)):
            answer = await s3_request(bob, method, at, query.format(upload_id), body)
            assert s3_error(answer) == (404, "NoSuchUpload"), (method, at)
    assert {await upload_status(ada, key), await upload_status(bob, own)} == {"AWAITING_BYTES"}


async def test_access_token_is_needed(person: NewPerson, now: Clock) -> None:
    ada = await person()
    key = (await begin_upload(ada, 17 * MIB))["id"]
    for method, query in (("POST", "uploads"), ("GET", f"uploadId={key}"), ("DELETE", f"uploadId={key}")):
        unsigned = await ada.http.request(method, f"/uploads/{key}/s3?{query}")
        assert s3_error(unsigned) == (403, "AccessDenied")
        assert s3_error(await s3_request(ada, method, key, query, token="x")) == (403, "AccessDenied")
        with now.moved(minutes=16):
            assert s3_error(await s3_request(ada, method, key, query)) == (400, "ExpiredToken")
    assert await upload_status(ada, key) == "AWAITING_BYTES"


async def test_session_that_has_ended_cannot_abort(person: NewPerson) -> None:
    ada = await person()
    key = (await begin_upload(ada, 17 * MIB))["id"]
    await ada.do(SIGN_OUT, token=ada.refresh_token)
    assert s3_error(await s3_request(ada, "DELETE", key, f"uploadId={key}")) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ("", "MalformedXML"),
        ("{}", "MalformedXML"),
        ("<CompleteMultipartUpload>", "MalformedXML"),
        ("<Completed></Completed>", "MalformedXML"),
        ("<CompleteMultipartUpload/>", "MalformedXML"),
        (BOMB + PART.format(1, "a") + "</CompleteMultipartUpload>", "MalformedXML"),
        (b"<CompleteMultipartUpload>\xff</CompleteMultipartUpload>", "MalformedXML"),
        (completion({1: "a"}).encode("utf-16"), "MalformedXML"),
        (completion({0: "a"}), "MalformedXML"),
        (completion({1: ""}), "MalformedXML"),
        (completion({100_000: "a"}), "MalformedXML"),
        (completion({2: "a", 1: "b"}), "InvalidPartOrder"),
        (completion({1: "a"}).replace("<Part>", PART.format(1, "b") + "<Part>"), "InvalidPartOrder"),
        (completion(dict.fromkeys(range(1, 900), "a")), "InvalidPart"),
        (completion({3: "a"}), "InvalidPart"),
        (completion({1: "a", 2: "b"}), "InvalidPart"),
    ],
)
async def test_wrong_completion_is_refused(person: NewPerson, body: str | bytes, code: str) -> None:
    ada = await person()
    key = (await begin_upload(ada, 17 * MIB))["id"]
    assert s3_error(await s3_request(ada, "POST", key, f"uploadId={key}", body)) == (400, code)
    assert await upload_status(ada, key) == "AWAITING_BYTES"


async def test_completion_with_another_etag_is_refused(person: NewPerson) -> None:
    ada = await person()
    upload = await begin_upload(ada, 17 * MIB)
    key, of = upload["id"], split_parts(upload, bytes(17 * MIB))
    etags = {
        part["number"]: (await put_part(ada, part["url"], of[part["number"]]))[1] for part in upload["target"]["parts"]
    }
    wrong = completion(etags | {2: "0" * 32})
    assert s3_error(await s3_request(ada, "POST", key, f"uploadId={key}", wrong)) == (400, "InvalidPart")
    assert await upload_status(ada, key) == "AWAITING_BYTES"
    spaced = '<?xml version="1.0"?>\n' + completion(etags).replace(
        "<CompleteMultipartUpload>", '<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">\n'
    )
    texts(await s3_request(ada, "POST", key, f"uploadId={key}", spaced), "CompleteMultipartUploadResult")


async def test_body_that_is_too_large_is_refused(person: NewPerson) -> None:
    ada = await person()
    key = (await begin_upload(ada, 17 * MIB))["id"]
    padding = " " * (64 * 1024)
    answer = await s3_request(ada, "POST", key, f"uploadId={key}", completion({1: "a"}) + padding)
    assert s3_error(answer) == (413, "EntityTooLarge")


async def test_other_requests_are_refused(person: NewPerson) -> None:
    ada = await person()
    key, single = (await begin_upload(ada, 17 * MIB))["id"], (await ada.create_upload(photo()))["id"]
    for method, query in (("GET", ""), ("POST", ""), ("DELETE", ""), ("GET", "uploads")):
        assert s3_error(await s3_request(ada, method, key, query)) == (400, "InvalidRequest")
    for method, query in (("POST", "uploads"), ("GET", f"uploadId={single}")):
        assert s3_error(await s3_request(ada, method, single, query)) == (400, "InvalidRequest")
    assert (await s3_request(ada, "PUT", key, f"uploadId={key}&partNumber=1", b"x")).status_code == 405


async def test_rate_limit_is_that_of_the_mutation(person: NewPerson, settings: config.Settings) -> None:
    ada = await person()
    key = (await begin_upload(ada, 17 * MIB))["id"]
    strict = msgspec.structs.replace(settings, port=free_port(), limits=settings.limits | {"*": "2/3600"})
    async with served(app.create(strict), strict.port), Person(f"http://127.0.0.1:{strict.port}") as same:
        same.token = ada.token
        mutation = "mutation ($id: ID!) { abortUpload(uploadId: $id) { userErrors { code } } }"
        assert not (await same.do(mutation, id=key))["userErrors"]
        assert (await s3_request(same, "DELETE", key, f"uploadId={key}")).status_code == 204
        limited = await s3_request(same, "DELETE", key, f"uploadId={key}")
        assert s3_error(limited) == (429, "TooManyRequests")
        assert int(limited.headers["retry-after"]) > 0


async def test_pages_of_allowed_origins_may_send_them(visitor: Person) -> None:
    for method in ("POST", "GET", "DELETE"):
        headers = "authorization,content-type"
        asked = {"access-control-request-method": method, "access-control-request-headers": headers}
        allowed = await visitor.http.options("/uploads/x/s3", headers=asked | {"origin": "http://elsewhere.test"})
        assert allowed.status_code == 200
        refused = await visitor.http.options("/uploads/x/s3", headers=asked | {"origin": "http://stranger.test"})
        assert refused.status_code == 400
