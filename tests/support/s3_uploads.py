"""A client of the S3 protocol that the API offers for uploads."""

from xml.etree import ElementTree

import httpx

from tests.support.client import UPLOAD, Person


async def s3_request(
    person: Person, method: str, key: str, query: str, body: str | bytes = "", token: str = ""
) -> httpx.Response:
    """The answer to a request of the S3 protocol."""
    headers = {"authorization": f"Bearer {token or person.token}"}
    content = body.encode() if isinstance(body, str) else body
    return await person.http.request(method, f"/uploads/{key}/s3?{query}", content=content, headers=headers)


def s3_error(answer: httpx.Response) -> tuple[int, str | None]:
    """The status and the code of an error."""
    assert answer.headers["content-type"] == "application/xml"
    root = ElementTree.fromstring(answer.text)
    assert root.tag == "Error"
    assert root.findtext("Message")
    assert root.findtext("RequestId") == answer.headers["x-request-id"]
    return answer.status_code, root.findtext("Code")


async def upload_status(person: Person, upload_id: str) -> str:
    return str((await person.ask(UPLOAD, id=upload_id))["node"]["status"])
