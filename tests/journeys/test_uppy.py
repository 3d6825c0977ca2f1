"""Uppy 6, unmodified, uploads from a page of another origin with the function that the README gives for it."""

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Page, Request

from tests.conftest import NewPerson
from tests.support.chromium import CHROMIUM, ELSEWHERE
from tests.support.client import Person, photo, until
from tests.support.frontends import bundle, chromium
from tests.support.multipart_uploads import long_video
from tests.support.s3_uploads import upload_status

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome in PATH"),
]


@pytest.fixture(scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """It can read the page with its bundle, and the files that people choose."""
    folder = tmp_path_factory.mktemp("frontend")
    await bundle(folder, "uppy.mjs", "readme.mjs", "README.md")
    (folder / "video.mp4").write_bytes(long_video())
    (folder / "photo.jpg").write_bytes(photo())
    async with chromium(folder) as started:
        yield started


class Frontend:
    """A page with Uppy, signed in as `person`, and the requests it sent: (method, where to, query)."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.requests: list[tuple[str, str, set[str]]] = []
        page.on("request", self._note)

    def _note(self, request: Request) -> None:
        url = urlsplit(request.url)
        if request.url.startswith(ELSEWHERE) or url.path == "/graphql":
            return
        where = "api" if request.url.startswith(self.base_url) else "storage"
        names = {each.partition("=")[0] for each in url.query.split("&")}
        self.requests.append((request.method, where, {name for name in names if not name.startswith("X-Amz-")}))

    async def send(self, person: Person, path: str, type: str, interrupt: str = "null") -> Any:
        await self.page.goto(f"{ELSEWHERE}/index.html")
        await self.page.evaluate("([api, token]) => begin(api, token)", [self.base_url, person.token])
        return await self.page.evaluate(f"([path, type]) => send(path, type, {interrupt})", [path, type])


@pytest.fixture
async def frontend(browser: Browser, base_url: str) -> AsyncIterator[Frontend]:
    context = await browser.new_context()
    context.set_default_timeout(20_000)
    yield Frontend(await context.new_page(), base_url)
    await context.close()


BEGIN = ("POST", "api", {"uploads"})
LIST = ("GET", "api", {"uploadId"})
PART = ("PUT", "storage", {"partNumber", "uploadId"})
COMPLETE = ("POST", "api", {"uploadId"})
ABORT = ("DELETE", "api", {"uploadId"})


async def test_video_is_uploaded_by_parts(frontend: Frontend, person: NewPerson) -> None:
    ada = await person("ada")
    key = await frontend.send(ada, "video.mp4", "video/mp4")
    assert frontend.requests == [BEGIN, PART, PART, COMPLETE]
    assert (await ada.processed(key))["status"] == "READY"


async def test_upload_that_was_paused_sends_the_missing_parts_only(frontend: Frontend, person: NewPerson) -> None:
    ada = await person("ada")
    twice = "(uppy, id) => { uppy.pauseResume(id); uppy.pauseResume(id); }"
    key = await frontend.send(ada, "video.mp4", "video/mp4", twice)
    assert frontend.requests == [BEGIN, PART, LIST, PART, COMPLETE]
    assert (await ada.processed(key))["status"] == "READY"


async def test_file_that_is_removed_aborts_its_upload(frontend: Frontend, person: NewPerson) -> None:
    ada = await person("ada")
    async with frontend.page.expect_request(lambda request: request.method == "DELETE") as deletion:
        assert await frontend.send(ada, "video.mp4", "video/mp4", "(uppy, id) => uppy.removeFile(id)") is None
    assert frontend.requests == [BEGIN, PART, ABORT]
    key = urlsplit((await deletion.value).url).path.split("/")[2]
    await until(lambda: upload_status(ada, key), lambda found: found == "EXPIRED")


async def test_photo_is_uploaded_by_one_put(frontend: Frontend, person: NewPerson) -> None:
    ada = await person("ada")
    key = await frontend.send(ada, "photo.jpg", "image/jpeg")
    assert [(method, where) for method, where, _ in frontend.requests] == [("PUT", "storage")]
    assert (await ada.processed(key))["status"] == "READY"
