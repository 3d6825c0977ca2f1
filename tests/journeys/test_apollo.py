"""Apollo Client 4, unmodified, in a page of another origin, set up as docs/clients.md says."""

import asyncio
import secrets
from collections.abc import AsyncIterator

import msgspec
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page

import app
import config
from embedded.process import free_port
from tests.conftest import NewPerson
from tests.support.chromium import CHROMIUM, ELSEWHERE
from tests.support.client import photo, until
from tests.support.frontends import bundle, chromium
from tests.support.messages import START_CONVERSATION, send_message
from tests.support.server import served

POSTS = 5
EXPIRIES = 2

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome in PATH"),
]


@pytest.fixture(scope="module")
async def browser(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    folder = tmp_path_factory.mktemp("frontend")
    await bundle(folder, "apollo.mjs", "clients.mjs", "docs/clients.md")
    (folder / "photo.jpg").write_bytes(photo())
    async with chromium(folder) as started:
        yield started


@pytest.fixture
async def url(settings: config.Settings) -> AsyncIterator[str]:
    """An API whose access tokens live for 2 s."""
    short = msgspec.structs.replace(settings, port=free_port(), access_token_seconds=2)
    async with served(app.create(short), short.port):
        yield f"http://127.0.0.1:{short.port}"


@pytest.fixture
async def page(browser: Browser, url: str) -> AsyncIterator[Page]:
    context = await browser.new_context()
    context.set_default_timeout(20_000)
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if is_complaint(message) else None)
    await page.goto(f"{ELSEWHERE}/index.html")
    await page.evaluate("(url) => begin(url)", url)
    yield page
    await context.close()
    assert not complaints


def is_complaint(message: ConsoleMessage) -> bool:
    """Chromium notes each answer with status 400, as to a hash that the server does not know yet."""
    return message.type in ("error", "warning") and "status of 400" not in message.text


async def test_apollo_client_reads_writes_and_listens(page: Page, person: NewPerson) -> None:
    grace, *others = [await person(name) for name in ("grace", *"abc")]
    captions = [str(n) for n in range(POSTS)]
    for caption in captions:
        await grace.publish(caption)
    name = f"ada.{secrets.token_hex(6)}"
    account = {"username": name, "email": f"{name}@example.com", "password": "heliograph", "birthDate": "1990-01-01"}
    async with asyncio.timeout(60):  # calls of functions of a page have no time limit
        ada = await page.evaluate("(input) => signUp(input)", account)
        assert ada["username"] == name
        first_token = await page.evaluate("session.accessToken")

        await page.evaluate("(id) => follow(id)", grace.id)
        shown = await until(lambda: page.evaluate("scroll(2)"), lambda shown: len(shown[1]) == POSTS)
        assert shown == [[2, 4, 5], captions[::-1]]
        assert await page.evaluate("like(1)") == [False, True, False, False, False]
        assert await page.evaluate("share('photo.jpg', 'from elsewhere')") == "from elsewhere"

        await page.evaluate("listen()")
        conversation = (await grace.do(START_CONVERSATION, input={"userIds": [ada["id"]]}))["conversation"]["id"]
        for n in range(EXPIRIES + 1):
            token = await page.evaluate("session.accessToken")
            await send_message(grace, conversation, str(n))
            await others[n].do("mutation ($id: ID!) { follow(userId: $id) { userErrors { code } } }", id=ada["id"])
            await page.wait_for_function("(count) => heard.length >= count", arg=2 * n + 2)
            if n < EXPIRIES:  # the socket is closed, and opened again with another token
                await page.wait_for_function("(old) => session.accessToken !== old", arg=token)
        heard = await page.evaluate("heard")
        counts = [event["followers"] for event in heard if "followers" in event]
        assert [event["text"] for event in heard if "text" in event] == [str(n) for n in range(EXPIRIES + 1)]
        # The counter is updated soon after the notification is sent, never backwards, and is right in the end.
        assert len(counts) == EXPIRIES + 1
        assert counts == sorted(counts)
        assert all(0 <= count <= n for n, count in enumerate(counts, 1))
        counted = "query ($id: ID!) { node(id: $id) { ... on User { followerCount } } }"
        await until(
            lambda: grace.ask(counted, id=ada["id"]), lambda data: data["node"]["followerCount"] == EXPIRIES + 1
        )

        await page.evaluate("(token) => { session.accessToken = token; }", first_token)
        assert await page.evaluate("readAtOnce(3)") == [name] * 3
        assert await page.evaluate("session.accessToken") != first_token
