"""The edge of docs/operations/cdn.md: what it keeps, what it forgets, and whom it lets in."""

import asyncio
import hashlib
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from clients.edge import Edges
from config import Settings
from domain.media.storage import A_DAY, MEDIA, QUARANTINE
from domain.media.urls import Urls
from embedded.nginx import MISSING, Nginx
from embedded.process import free_port
from kit import clock
from tests.edge.conftest import KEY, SECONDS
from tests.support.client import http_client, until
from tests.support.factories import live_stories, people, used_token
from web.media import FOREVER
from workers.parts import Parts

pytestmark = pytest.mark.skipif(MISSING is not None, reason=str(MISSING))

TYPES = {"jpg": "image/jpeg", "m4s": "video/iso.segment", "m3u8": "application/vnd.apple.mpegurl"}
Made = Callable[..., Awaitable[str]]


@pytest.fixture(scope="module")
def edge(tmp_path_factory: pytest.TempPathFactory, api: Starlette, settings: Settings) -> Iterator[Nginx]:
    """In front of the API of all tests, whose URLs are not signed."""
    nginx = Nginx(tmp_path_factory.mktemp("edge"))
    nginx.start(settings.port)
    yield nginx
    nginx.process.stop()


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, signed: str) -> Iterator[Nginx]:
    """In front of the API whose URLs are signed."""
    nginx = Nginx(tmp_path_factory.mktemp("guarded"), KEY)
    nginx.start(int(signed.rsplit(":", 1)[1]))
    yield nginx
    nginx.process.stop()


@pytest.fixture
def another(tmp_path: Path) -> Iterator[Callable[..., Nginx]]:
    """Makes one for this test alone, not yet started."""
    made: list[Nginx] = []

    def make(*arguments: str, **options: str) -> Nginx:
        made.append(Nginx(tmp_path, *arguments, **options))
        return made[-1]

    yield make
    for nginx in made:
        nginx.process.stop()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with http_client() as client:
        yield client


@pytest.fixture
def made(parts: Parts, tmp_path: Path) -> Made:
    """Stores what would be made of an upload; its place on the media host."""

    async def make(content: bytes | None = None, extension: str = "jpg", token: str | None = None) -> str:
        content = secrets.token_bytes(5000) if content is None else content
        path = f"{token or await used_token(parts.db)}/{hashlib.sha256(content).hexdigest()}.{extension}"
        file = tmp_path / "object"
        file.write_bytes(content)
        await parts.bucket.put(MEDIA + path, file, TYPES[extension], A_DAY)
        return path

    return make


def status(answer: httpx.Response) -> tuple[int, str | None]:
    return answer.status_code, answer.headers.get("x-cache-status")


async def test_what_was_asked_for_once_is_kept(
    edge: Nginx, made: Made, http: httpx.AsyncClient, settings: Settings
) -> None:
    content = secrets.token_bytes(300_000)
    url = f"{edge.url}/{await made(content)}"
    origin = {"origin": settings.allowed_origins[0], "cookie": "a=b", "accept-encoding": "gzip"}
    first = await http.get(url, headers=origin)
    assert status(first) == (200, "MISS")
    for again in (await http.get(url), await http.get(f"{url}?page=2"), await http.get(url, headers=origin)):
        assert status(again) == (200, "HIT")
        assert again.content == first.content == content
        assert again.headers["content-type"] == "image/jpeg"
        assert again.headers["cache-control"] == FOREVER
        assert again.headers.get_list("access-control-allow-origin") == ["*"]
        assert again.headers.get_list("x-content-type-options") == ["nosniff"]
        assert not {"set-cookie", "vary", "x-request-id"} & set(again.headers)
    head = await http.head(url)
    assert (*status(head), head.content, head.headers["content-length"]) == (200, "HIT", b"", "300000")
    assert (await http.post(url)).status_code == 403
    assert (await http.get(edge.url.replace("/media", "/graphql"))).status_code == 404


async def test_many_who_ask_at_once_are_one_to_the_origin(edge: Nginx, made: Made, http: httpx.AsyncClient) -> None:
    url = f"{edge.url}/{await made(secrets.token_bytes(2_000_000), 'm4s')}"
    answers = await asyncio.gather(*(http.get(url) for _ in range(20)))
    assert sorted(status(answer)[1] or "" for answer in answers) == ["HIT"] * 19 + ["MISS"]
    assert len({answer.content for answer in answers}) == 1


async def test_ranges_and_conditions_are_answered_from_the_cache(
    edge: Nginx, made: Made, http: httpx.AsyncClient
) -> None:
    content = secrets.token_bytes(5000)
    url = f"{edge.url}/{await made(content, 'm4s')}"
    for expected in ("MISS", "HIT"):
        part = await http.get(url, headers={"range": "bytes=100-199"})
        assert (*status(part), part.content) == (206, expected, content[100:200])
        assert part.headers["content-range"] == "bytes 100-199/5000"
    assert (await http.get(url, headers={"range": "bytes=-10"})).content == content[-10:]
    assert (await http.get(url, headers={"range": "bytes=5000-"})).status_code == 416
    etag = part.headers["etag"]
    assert status(await http.get(url, headers={"if-none-match": etag})) == (304, "HIT")
    whole = await http.get(url, headers={"range": "bytes=0-9", "if-range": '"another"'})
    assert (*status(whole), whole.content) == (200, "HIT", content)


async def test_playlists_are_compressed(edge: Nginx, made: Made, http: httpx.AsyncClient) -> None:
    text = "".join(f"#EXTINF:6.0,\n{secrets.token_hex(32)}.m4s\n" for _ in range(100)).encode()
    url = f"{edge.url}/{await made(text, 'm3u8')}"
    for _ in range(2):
        answer = await http.get(url, headers={"accept-encoding": "gzip"})
        assert answer.headers["content-encoding"] == "gzip"
        assert answer.content == text
    plain = await http.get(url, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.content == text
    again = await http.get(url, headers={"accept-encoding": "gzip", "if-none-match": answer.headers["etag"]})
    assert again.status_code == 304


async def test_what_is_not_there_yet_is_there_soon(
    edge: Nginx, made: Made, parts: Parts, http: httpx.AsyncClient
) -> None:
    content, token = secrets.token_bytes(100), await used_token(parts.db)
    url = f"{edge.url}/{token}/{hashlib.sha256(content).hexdigest()}.jpg"
    assert (await http.get(url)).status_code == 404
    await made(content, token=token)
    assert status(await http.get(url)) == (200, "MISS")


async def test_what_is_purged_is_gone(
    edge: Nginx, made: Made, parts: Parts, http: httpx.AsyncClient, settings: Settings
) -> None:
    paths = [await made() for _ in range(3)]
    urls = [f"{edge.url}/{path}" for path in paths]
    for url in urls[:2]:
        for headers in ({}, {"origin": settings.allowed_origins[0]}, {"accept-encoding": "gzip"}):
            await http.get(url, headers=headers)
    await parts.bucket.delete(MEDIA + path for path in paths)
    assert [status(await http.get(url)) for url in urls[:2]] == [(200, "HIT")] * 2
    edges = Edges([edge.purge_url])
    for _ in range(2):
        assert await edges.forget(paths) == {}
    for url in urls:
        for headers in ({}, {"origin": settings.allowed_origins[0]}, {"accept-encoding": "gzip"}):
            assert (await http.get(url, headers=headers)).status_code == 404
    await edges.close()


async def test_a_story_is_kept_until_its_day_is_over(
    edge: Nginx, made: Made, parts: Parts, http: httpx.AsyncClient
) -> None:
    over, kept = await live_stories(parts.db, await people(parts.db, 2))
    urls = {}
    for story in (over, kept):
        token = await parts.db.fetchval(
            "SELECT token FROM uploads u JOIN stories s ON s.upload_id = u.id WHERE s.id = $1", story
        )
        urls[story] = f"{edge.url}/{await made(token=token)}"
        await parts.db.execute("UPDATE stories SET due_at = now() + interval '3.99 s' WHERE id = $1", story)
        answer = await http.get(urls[story])
        assert status(answer) == (200, "MISS")
        assert answer.headers["cache-control"] in {f"public, s-maxage={left}" for left in (1, 2, 3)}
        assert status(await http.get(urls[story])) == (200, "HIT")
    await parts.db.execute("UPDATE stories SET due_at = NULL WHERE id = $1", kept)
    assert (await until(lambda: http.get(urls[over]), lambda answer: not answer.is_success)).status_code in (404, 410)
    # A photo that a highlight keeps is fetched again, with its current headers.
    again = await until(lambda: http.get(urls[kept]), lambda answer: status(answer) == (200, "EXPIRED"))
    for answer in (again, await http.get(urls[kept])):
        assert answer.headers["cache-control"] == "public, s-maxage=86400"
        assert parsedate_to_datetime(answer.headers["expires"]) > datetime.now(UTC) + timedelta(hours=23)
    assert status(answer) == (200, "HIT")


async def test_only_workers_purge(
    edge: Nginx, another: Callable[..., Nginx], made: Made, http: httpx.AsyncClient, settings: Settings
) -> None:
    path = await made()
    for base, purge_url in ((edge.url, edge.url), (edge.url, f"{edge.purge_url}/media")):
        await http.get(f"{base}/{path}")
        edges = Edges([purge_url])
        assert path in await edges.forget([path])
        await edges.close()
    assert (await http.get(f"{edge.purge_url}/{path}")).status_code == 405
    assert status(await http.get(f"{edge.url}/{path}")) == (200, "HIT")
    other = another(workers="192.0.2.1")
    other.start(settings.port)
    edges = Edges([other.purge_url])
    assert await edges.forget([path]) == {path: f"{other.purge_url} answers 403"}
    await edges.close()


async def test_what_is_kept_outlives_the_origin(
    another: Callable[..., Nginx], made: Made, http: httpx.AsyncClient, api: Starlette, settings: Settings
) -> None:
    edge = another()
    edge.start(settings.port)
    kept, other = f"{edge.url}/{await made()}", f"{edge.url}/{await made()}"
    assert status(await http.get(kept)) == (200, "MISS")
    edge.start(free_port())
    assert status(await http.get(kept)) == (200, "HIT")
    assert (await http.get(other)).status_code == 502
    edge.start(settings.port)
    assert status(await http.get(other)) == (200, "MISS")


async def test_the_bucket_can_be_the_origin(
    another: Callable[..., Nginx], made: Made, parts: Parts, http: httpx.AsyncClient, settings: Settings
) -> None:
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": "*",
                "Action": "s3:GetObject",
                "Resource": f"arn:aws:s3:::{settings.s3_bucket}/media/*",
                "Condition": {"IpAddress": {"aws:SourceIp": ["127.0.0.1/32"]}},
            }
        ],
    }
    await parts.bucket.client.put_bucket_policy(Bucket=settings.s3_bucket, Policy=json.dumps(policy))
    edge = another(KEY)
    edge.start(int(str(settings.s3_endpoint).rsplit(":", 1)[1]), settings.s3_bucket)
    urls, path = Urls(edge.url, KEY, SECONDS), await made()
    for expected in ("MISS", "HIT"):
        answer = await http.get(urls.of(path, clock.now()), headers={"origin": "http://elsewhere.test"})
        assert status(answer) == (200, expected)
        assert hashlib.sha256(answer.content).hexdigest() in path
        assert answer.headers["cache-control"] == A_DAY
        assert not {name for name in answer.headers if name.startswith(("x-amz", "vary"))}
    await parts.bucket.delete([MEDIA + path])
    edges = Edges([edge.purge_url])
    assert await edges.forget([path]) == {}
    await edges.close()
    assert (await http.get(urls.of(path, clock.now()))).status_code == 404
    assert (await http.get(f"{settings.s3_endpoint}/{settings.s3_bucket}/{QUARANTINE}{path[:32]}")).status_code == 403
    await parts.bucket.client.delete_bucket_policy(Bucket=settings.s3_bucket)


async def test_signed_urls(guarded: Nginx, made: Made, parts: Parts, http: httpx.AsyncClient, signed: str) -> None:
    now = clock.now()
    urls = Urls(guarded.url, KEY, SECONDS)
    path = await made()
    url = urls.of(path, now)
    base, _, signature, expires, token, file = url.rsplit("/", 5)
    assert status(await http.get(url)) == (200, "MISS")
    later = urls.of(path, now + timedelta(seconds=SECONDS))
    assert later != url
    assert status(await http.get(later)) == (200, "HIT"), "the signature is no part of what is kept"
    other = f"{int(token[0], 16) ^ 1:x}{token[1:]}"
    for wrong in (
        f"{base}/{token}/{file}",
        f"{base}/s/{'a' * 22}/{expires}/{token}/{file}",
        f"{base}/s/{signature}/{int(expires) + 1}/{token}/{file}",
        f"{base}/s/{signature}/{expires}/{other}/{file}",
        Urls(guarded.url, "another-key-that-nobody-knows-about", SECONDS).of(path, now),
    ):
        assert status(await http.get(wrong)) == (403, None), wrong
        origin = wrong.replace(guarded.url, f"{signed}/media")
        assert (await http.get(origin)).status_code == 403, origin
    old = urls.of(path, now - timedelta(seconds=2 * SECONDS + 1))
    assert status(await http.get(old)) == (410, None)

    segment = await made(extension="m4s", token=token)
    sibling = url.rsplit("/", 1)[0] + "/" + segment.split("/")[1]
    assert (await http.get(sibling)).status_code == 200, "a signature is for the folder of an upload"

    await parts.bucket.delete([MEDIA + path])
    assert status(await http.get(url)) == (200, "HIT")
    edges = Edges([guarded.purge_url])
    assert await edges.forget([path]) == {}
    await edges.close()
    assert (await http.get(url)).status_code == 404
