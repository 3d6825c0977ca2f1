"""Pages of a frontend: a script of tests/npm with its packages, on an origin of its own, in Chromium."""

import asyncio
import os
import re
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, async_playwright

from embedded.node import NoNode, installed, node
from tests.support.chromium import CHROMIUM, CHROMIUM_FLAGS, ELSEWHERE

ROOT = Path(__file__).parents[2]

PAGE = '<!doctype html><link rel="icon" href="data:,"><script src="bundle.js"></script>'


async def bundle(folder: Path, script: str, module: str, document: str) -> None:
    """Write a page that runs tests/npm/`script`, which imports the JavaScript of `document` as `module`."""
    try:
        packages = installed(ROOT / "tests" / "npm")
    except NoNode as missing:
        pytest.skip(f"there is no Node: {missing}")
    code = re.findall(r"```js\n(.*?)```", (ROOT / document).read_text(), re.S)
    (folder / module).write_text("".join(code))
    (folder / script).write_text((packages / script).read_text())
    bundling = await asyncio.create_subprocess_exec(
        *(str(node(packages)), str(packages / "node_modules" / "esbuild" / "bin" / "esbuild")),
        *(script, "--bundle", "--outfile=bundle.js", "--log-level=error"),
        cwd=folder,
        env=os.environ | {"NODE_PATH": str(packages / "node_modules")},
    )
    async with asyncio.timeout(60):
        assert await bundling.wait() == 0
    (folder / "index.html").write_text(PAGE)


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        pass


@contextmanager
def on_a_server(folder: Path) -> Iterator[int]:
    """The port of a web server that has the files of `folder`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port
        server.shutdown()


@asynccontextmanager
async def chromium(folder: Path) -> AsyncIterator[Browser]:
    """A browser to which ELSEWHERE is a web server with the files of `folder`."""
    host = ELSEWHERE.removeprefix("http://")
    with on_a_server(folder) as port:
        async with async_playwright() as playwright:
            rules = f"--host-resolver-rules=MAP {host} 127.0.0.1:{port}"
            browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, rules])
            yield browser
            await browser.close()
