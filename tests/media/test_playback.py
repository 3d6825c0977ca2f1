"""Renditions played in a real browser, by the player that most websites use."""

import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Page, async_playwright

from domain.media import hls
from embedded.node import NoNode, installed
from tests.conftest import NewPerson
from tests.media.videos import BLUE, GREEN, GREY, RED, assert_near, ladder, laid_out, made
from tests.support.chromium import CHROMIUM, CHROMIUM_FLAGS
from tests.support.client import video
from tests.support.videos import finished_video

LOCK = Path(__file__).parents[1] / "npm"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome in PATH"),
]

PLAYER = """<!doctype html>
<title>A player</title>
<video></video>
<script src="hls.min.js"></script>
<script>
  const video = document.querySelector("video");
  const complaints = [];
  let player;

  function play(url) {
    player?.destroy();
    complaints.length = 0;
    player = new Hls({ startLevel: 0 });
    // What is being loaded of a level that is left is given up.
    player.on(Hls.Events.ERROR, (_, { details }) => details === "aborted" || complaints.push(details));
    return new Promise((resolve) => {
      player.on(Hls.Events.MANIFEST_PARSED, (_, { levels }) => {
        video.play();
        resolve(levels.map(({ width, height }) => [width, height]));
      });
      player.on(Hls.Events.MEDIA_ATTACHED, () => player.loadSource(url));
      player.attachMedia(video);
    });
  }

  function corners() {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const context = canvas.getContext("2d");
    context.drawImage(video, 0, 0);
    const points = [[1, 1], [3, 1], [1, 3], [3, 3]].map(([x, y]) => [(canvas.width * x) / 4, (canvas.height * y) / 4]);
    return points.map(([x, y]) => [...context.getImageData(x, y, 1, 1).data.slice(0, 3)]);
  }
</script>
"""


class _Handler(SimpleHTTPRequestHandler):
    extensions_map = {
        ".html": "text/html",
        ".js": "text/javascript",
        ".m3u8": "application/vnd.apple.mpegurl",
        ".m4s": "video/mp4",
        ".mp4": "video/mp4",
    }

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def tracks(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    """A video of 640 x 360 and six seconds with a tone: its small rendition, its sound, and its large one."""
    source = made(tmp_path_factory.mktemp("played") / "source.mp4", size=(640, 360), seconds=6, sound=True)
    found: list[dict[str, Any]] = ladder(source, source.parent / "made")["tracks"]
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the web server has: the page, and the player from its package."""
    try:
        packages = installed(LOCK)
    except NoNode as missing:
        pytest.skip(f"there is no Node: {missing}")
    folder = tmp_path_factory.mktemp("stored")
    shutil.copy(packages / "node_modules" / "hls.js" / "dist" / "hls.min.js", folder)
    (folder / "player.html").write_text(PLAYER)
    return folder


@pytest.fixture(scope="module")
def server(folder: Path) -> Iterator[str]:
    """The address of a web server of `folder`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Handler, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
async def page(server: str) -> AsyncIterator[Page]:
    async with async_playwright() as playwright:
        options = [*CHROMIUM_FLAGS, "--autoplay-policy=no-user-gesture-required"]
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        page = await chromium.new_page()
        page.set_default_timeout(20_000)
        await page.goto(f"{server}/player.html")
        yield page
        await chromium.close()


async def test_every_level_plays_and_can_be_changed_to(page: Page, folder: Path, tracks: list[dict[str, Any]]) -> None:
    assert await page.evaluate("play", laid_out(tracks, folder).name) == [[426, 240], [640, 360]]
    await page.wait_for_function("video.currentTime > 0.1")
    for level, width in ((0, 426), (1, 640), (0, 426)):
        await page.evaluate("(level) => { player.currentLevel = level; video.currentTime = 0; }", level)
        await page.wait_for_function(f"video.videoWidth === {width} && video.currentTime > 0.3")
        assert_near(await page.evaluate("corners()"), [RED, GREEN, BLUE, GREY], 10)
        assert await page.evaluate("player.currentLevel") == level
    assert await page.evaluate("video.duration") == pytest.approx(6, abs=0.05)
    await page.evaluate("() => { video.currentTime = 5.5; }")
    await page.wait_for_function("video.ended")
    assert await page.evaluate("video.webkitAudioDecodedByteCount") > 0
    assert await page.evaluate("complaints") == []


async def test_it_goes_on_from_one_level_to_the_other(page: Page, folder: Path, tracks: list[dict[str, Any]]) -> None:
    """The next segment is of the other level: what is buffered has no hole."""
    await page.evaluate("play", laid_out(tracks, folder).name)
    await page.wait_for_function("video.videoWidth === 426 && video.currentTime > 0.1")
    await page.evaluate("() => { player.nextLevel = 1; video.currentTime = 3.5; }")
    await page.wait_for_function("video.videoWidth === 640 && video.currentTime > 4.2")
    assert await page.evaluate("video.buffered.length") == 1
    assert await page.evaluate("complaints") == []


async def test_the_first_rendition_plays_before_there_are_others(
    page: Page, folder: Path, tracks: list[dict[str, Any]]
) -> None:
    assert await page.evaluate("play", laid_out(tracks[:2], folder).name) == [[426, 240]]
    await page.wait_for_function("video.videoWidth === 426 && video.currentTime > 0.3")
    assert_near(await page.evaluate("corners()"), [RED, GREEN, BLUE, GREY], 10)
    begins, ends = await page.evaluate("[video.buffered.start(0), video.buffered.end(0)]")
    assert begins == pytest.approx(0, abs=0.001)
    assert ends > 3.9
    assert await page.evaluate("complaints") == []


async def test_the_sound_alone_plays(page: Page, folder: Path, tracks: list[dict[str, Any]]) -> None:
    laid_out(tracks, folder)
    await page.evaluate("play", hls.playlist_name(hls.media_playlist(tracks[1])))
    await page.wait_for_function("video.currentTime > 0.3")
    assert await page.evaluate("[video.videoWidth, video.webkitAudioDecodedByteCount > 0]") == [0, True]
    assert await page.evaluate("complaints") == []


async def test_what_the_api_gives_plays_on_a_page_elsewhere(page: Page, person: NewPerson) -> None:
    """All the way: sent, processed in stages, and fetched from another origin than the page's."""
    ada = await person()
    upload = await ada.upload(video(3, "640x480"), "video/mp4")
    media = (await finished_video(ada, upload))["media"]
    assert await page.evaluate("play", media["hlsUrl"]) == [[320, 240], [480, 360], [640, 480]]
    for level, width in ((0, 320), (2, 640)):
        await page.evaluate("(level) => { player.currentLevel = level; video.currentTime = 0; }", level)
        await page.wait_for_function(f"video.videoWidth === {width} && video.currentTime > 0.3")
    assert await page.evaluate("complaints") == []
