"""GraphQL documents of multipart uploads, and functions that send their parts."""

from typing import Any

from tests.support.client import Person, video

MIB = 1024**2
CREATE_MULTIPART = """mutation ($input: CreateUploadsInput!) { createUploads(input: $input) {
  uploads { id status progress expiresAt target { __typename ... on MultipartUploadTarget {
    partSize partCount parts { number byteSize url } storedParts { number } } } }
  userErrors { code message field } } }"""
COMPLETE_UPLOAD = """mutation ($id: ID!, $parts: [CompletedPartInput!]) {
  completeUpload(input: { uploadId: $id, parts: $parts }) {
    upload { id status target { __typename } } userErrors { code message field } } }"""


async def begin_upload(person: Person, byte_size: int, **more: Any) -> dict[str, Any]:
    file = {"kind": "VIDEO", "contentType": "video/mp4", "byteSize": byte_size}
    payload = await person.do(CREATE_MULTIPART, input={"files": [file], **more})
    assert not payload["userErrors"], payload
    upload: dict[str, Any] = payload["uploads"][0]
    return upload


async def put_part(person: Person, url: str, content: bytes) -> tuple[int, str]:
    answer = await person.http.put(url, content=content)
    return answer.status_code, answer.headers.get("etag", "")


def split_parts(upload: dict[str, Any], content: bytes) -> dict[int, bytes]:
    size = upload["target"]["partSize"]
    return {n: content[start : start + size] for n, start in enumerate(range(0, len(content), size), 1)}


async def send_parts(person: Person, upload: dict[str, Any], *contents: bytes) -> dict[int, list[str]]:
    """Send all parts of each of `contents`, one after the other. The ETags of each number, in that order."""
    etags: dict[int, list[str]] = {}
    for content in contents:
        of = split_parts(upload, content)
        for part in upload["target"]["parts"]:
            status, etag = await put_part(person, part["url"], of[part["number"]])
            assert status == 200
            etags.setdefault(part["number"], []).append(etag)
    return etags


def long_video() -> bytes:
    """A video of 17 MiB: what is long of it is a box to skip."""
    content = video()
    padding = 17 * MIB - len(content)
    return content + padding.to_bytes(4, "big") + b"free" + bytes(padding - 8)
