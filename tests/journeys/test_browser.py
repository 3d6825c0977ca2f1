"""GraphiQL, and a frontend on an origin of its own, in a real browser."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.conftest import NewPerson
from tests.support.chromium import CHROMIUM, CHROMIUM_FLAGS, ELSEWHERE
from tests.support.client import POST, Person, photo, until
from tests.support.messages import start_conversation
from tests.support.stories import story_tray
from tests.support.websocket_client import cursor

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium, chromium-browser or google-chrome in PATH"),
]

STRANGER = "http://stranger.test"
PASSWORD = "heliograph"

# What a frontend does, in plain JavaScript: it knows the API's address and the public schema.
FRONTEND = """<!doctype html>
<title>A frontend</title>
<form>
  <input name="login"><input name="password" type="password"><input name="file" type="file"><button>Share</button>
</form>
<output></output>
<script>
  let token;

  async function ask(query, variables) {
    const headers = { "content-type": "application/json" };
    if (token) headers.authorization = `Bearer ${token}`;
    const answer = await fetch("API/graphql", { method: "POST", headers, body: JSON.stringify({ query, variables }) });
    const { data, errors } = await answer.json();
    if (errors) throw new Error(errors[0].message);
    const result = Object.values(data)[0];
    if (result.userErrors?.length) throw new Error(result.userErrors[0].message);
    return result;
  }

  async function share({ login, password, file }) {
    ({ accessToken: token } = await ask(
      `mutation ($input: SignInInput!) { signIn(input: $input) { accessToken userErrors { message } } }`,
      { input: { login: login.value, password: password.value } },
    ));
    const [photo] = file.files;
    const { uploads: [upload] } = await ask(
      `mutation ($input: CreateUploadsInput!) { createUploads(input: $input) {
        uploads { id target { ... on SingleUploadTarget { url headers { name value } } } } userErrors { message } } }`,
      { input: { files: [{ kind: "PHOTO", contentType: photo.type, byteSize: photo.size }] } },
    );
    const headers = upload.target.headers.map(({ name, value }) => [name, value]);
    const sent = await fetch(upload.target.url, { method: "PUT", headers, body: photo });
    if (!sent.ok) throw new Error(`storage answered ${sent.status}`);
    let { post } = await ask(
      `mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id status } userErrors { message } } }`,
      { input: { media: [{ uploadId: upload.id }], caption: "from elsewhere" } },
    );
    while (post.status === "PROCESSING") {
      await new Promise((resolve) => setTimeout(resolve, 50));
      post = await ask(
        `query ($id: ID!) { node(id: $id) { ... on Post { id status caption media { image(width: 320) { url } } } } }`,
        { id: post.id },
      );
    }
    const picture = new Image();
    picture.crossOrigin = "anonymous";
    picture.src = post.media[0].image.url;
    await picture.decode();
    document.body.append(picture);
    return `${post.status}: ${post.caption}`;
  }

  document.forms[0].addEventListener("submit", (event) => {
    event.preventDefault();
    share(event.target.elements)
      .catch((error) => `failed: ${error.message}`)
      .then((text) => { document.querySelector("output").textContent = text; });
  });
</script>
"""


class Watched:
    """A page, and all it asked for and complained of."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("websocket", lambda socket: self.requests.append(socket.url))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on(
            "console",
            lambda message: self.complaints.append(message.text) if message.type in ("error", "warning") else None,
        )


@pytest.fixture(scope="session")
async def frontend_port(base_url: str) -> AsyncIterator[int]:
    """A web server that has nothing but FRONTEND."""
    body = FRONTEND.replace("API", base_url).encode()
    head = f"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n"

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


@pytest.fixture(scope="session")
async def browser(frontend_port: int) -> AsyncIterator[Browser]:
    """Chromium, to which the frontend's server is both ELSEWHERE and STRANGER.

    A page that Playwright itself fulfils would be of no address, and Chromium keeps such pages from 127.0.0.1.
    """
    names = (origin.removeprefix("http://") for origin in (ELSEWHERE, STRANGER))
    hosts = ", ".join(f"MAP {name} 127.0.0.1:{frontend_port}" for name in names)
    async with async_playwright() as playwright:
        chromium = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*CHROMIUM_FLAGS, f"--host-resolver-rules={hosts}"]
        )
        yield chromium
        await chromium.close()


@pytest.fixture
async def watched(browser: Browser) -> AsyncIterator[Watched]:
    """A page of a browser that remembers nothing."""
    context = await browser.new_context()
    context.set_default_timeout(10_000)
    yield Watched(await context.new_page())
    await context.close()


@pytest.fixture
async def graphiql(watched: Watched, person: NewPerson, base_url: str) -> Watched:
    """GraphiQL, loaded under a strict policy."""
    answer = await watched.page.goto(f"{base_url}/graphql")
    assert answer is not None
    assert answer.status == 200
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["frame-ancestors"] == "'none'"
    assert not any("unsafe" in sources or "*" in sources for sources in policy.values())
    # The editors take their place once the schema has been read.
    await expect(watched.page.locator(".graphiql-query-editor .CodeMirror")).to_contain_text("displayName")
    return watched


async def test_graphiql_answers_a_query(graphiql: Watched, person: NewPerson, base_url: str) -> None:
    ada = await person("ada")
    page = graphiql.page
    await _ask(page, f'query Somebody {{ user(username: "{ada.username}") {{ id displayName }} }}')
    answer = page.locator(".result-window")
    await expect(answer).to_contain_text(ada.id)
    await expect(answer).to_contain_text(ada.username)
    _kept_to_itself(graphiql, base_url)


async def test_graphiql_watches_an_upload(graphiql: Watched, person: NewPerson, base_url: str) -> None:
    ada, content = await person("ada"), photo(640, 480)
    upload = await ada.create_upload(content)
    page = graphiql.page
    await _write(page, ".graphiql-editor-tool", json.dumps({"Authorization": f"Bearer {ada.token}"}))
    watch = "status media { image(width: 1) { url } }"
    await _ask(page, f'subscription Watch {{ uploadUpdated(uploadIds: ["{upload["id"]}"]) {{ {watch} }} }}')
    answer = page.locator(".result-window")
    await expect(answer).to_contain_text("AWAITING_BYTES")
    assert await ada.send(upload, content) == 200
    await expect(answer).to_contain_text("READY", timeout=10_000)
    # All is said: the server has completed the subscription, and the button offers to run it again.
    await expect(page.locator(".graphiql-execute-button[aria-label^=Execute]")).to_be_visible()
    await _previewed(page)
    _kept_to_itself(graphiql, base_url)


async def test_graphiql_shows_a_story(graphiql: Watched, person: NewPerson, base_url: str) -> None:
    ada, grace = await person("ada"), await person("grace")
    await grace.follow(ada)
    upload = await ada.upload(photo(640, 480))
    page = graphiql.page
    answer = page.locator(".result-window")
    await _write(page, ".graphiql-editor-tool", json.dumps({"Authorization": f"Bearer {ada.token}"}))
    told = "{ story { id } userErrors { message } }"
    await _ask(page, f'mutation Tell {{ createStory(input: {{ uploadId: "{upload}" }}) {told} }}')
    await expect(answer).to_contain_text('"userErrors": []')
    await until(lambda: story_tray(grace), lambda reels: reels == [(ada.id, True)])
    await _write(page, ".graphiql-editor-tool", json.dumps({"Authorization": f"Bearer {grace.token}"}))
    shown = "hasUnseen user { username } stories { item { image(width: 1) { url } } }"
    await _ask(page, f"query Tray {{ storyTray {{ nodes {{ {shown} }} }} }}")
    await expect(answer).to_contain_text('"hasUnseen": true')
    await expect(answer).to_contain_text(ada.username)
    await _previewed(page)
    _kept_to_itself(graphiql, base_url)


LISTEN = "{ ... on MessageSent { message { text sender { username } } } }"


async def test_two_windows_talk(browser: Browser, person: NewPerson, base_url: str) -> None:
    people = [await person("ada"), await person("grace")]
    conversation = await start_conversation(*people)
    contexts = [await browser.new_context() for _ in people]
    windows = [Watched(await context.new_page()) for context in contexts]
    for who, window in zip(people, windows, strict=True):
        await window.page.goto(f"{base_url}/graphql")
        await expect(window.page.locator(".graphiql-query-editor .CodeMirror")).to_contain_text("displayName")
        await _write(window.page, ".graphiql-editor-tool", json.dumps({"Authorization": f"Bearer {who.token}"}))
    for n, (speaker, listener) in enumerate(((windows[0], windows[1]), (windows[1], windows[0]))):
        after = await cursor(people[1 - n])
        await _ask(listener.page, f'subscription Listen {{ conversationEvents(after: "{after}") {LISTEN} }}')
        await expect(listener.page.locator(".graphiql-execute-button[aria-label^=Stop]")).to_be_visible()
        input = f'{{ conversationId: "{conversation}", text: "Number {n} from a window" }}'
        await _ask(speaker.page, f"mutation Say {{ sendMessage(input: {input}) {{ message {{ id }} }} }}")
        await expect(speaker.page.locator(".result-window")).to_contain_text("message")
        answer = listener.page.locator(".result-window")
        await expect(answer).to_contain_text(f"Number {n} from a window", timeout=10_000)
        await expect(answer).to_contain_text(people[n].username)
        await listener.page.click(".graphiql-execute-button")
    for context, window in zip(contexts, windows, strict=True):
        _kept_to_itself(window, base_url)
        await context.close()


async def test_a_frontend_elsewhere(watched: Watched, person: NewPerson) -> None:
    ada, grace = await person("ada"), await person("grace")
    await grace.follow(ada)
    page = watched.page
    await page.goto(f"{ELSEWHERE}/")
    await _share(page, ada)
    await expect(page.locator("output")).to_have_text("PUBLISHED: from elsewhere", timeout=15_000)
    assert await _painted(page, "img") == 320
    assert not watched.complaints
    [post] = await until(grace.feed, bool)
    await ada.sees(post)


async def test_a_frontend_of_strangers(watched: Watched, person: NewPerson, base_url: str) -> None:
    ada, content = await person("ada"), photo()
    published = (await ada.ask(POST, id=await ada.publish()))["node"]
    upload = await ada.create_upload(content)
    page = watched.page
    await page.goto(f"{STRANGER}/")
    await _share(page, ada)
    await expect(page.locator("output")).to_have_text("failed: Failed to fetch")
    _refused_by_cors(watched, f"{base_url}/graphql")

    headers = [[header["name"], header["value"]] for header in upload["target"]["headers"]]
    put = "([url, headers]) => fetch(url, {method: 'PUT', headers, body: 'x'}).catch((error) => error.message)"
    assert await page.evaluate(put, [upload["target"]["url"], headers]) == "Failed to fetch"
    _refused_by_cors(watched, upload["target"]["url"])

    url = published["media"][0]["variants"][0]["url"]
    look = """(url) => { const image = new Image(); image.crossOrigin = "anonymous"; image.src = url;
        return image.decode().then(() => "seen", () => "hidden"); }"""
    # Renditions are for every client that has the URL, so one cached response serves all.
    assert await page.evaluate(look, url) == "seen"


async def _write(page: Page, where: str, text: str) -> None:
    """Replace what stands in an editor, as somebody who pastes."""
    await page.locator(
        f"{where} .graphiql-editor:not(.hidden) .CodeMirror, {where}.graphiql-editor .CodeMirror"
    ).click()
    await page.keyboard.press("ControlOrMeta+a")
    await page.keyboard.insert_text(text)


async def _ask(page: Page, operation: str) -> None:
    """Write a named operation into GraphiQL's query editor and run it."""
    await _write(page, ".graphiql-query-editor", operation)
    # The tab takes the name when GraphiQL has read the operation; until then it would run as what stood there before.
    await expect(page.locator(".graphiql-tab-active")).to_contain_text(operation.split()[1])
    await page.click(".graphiql-execute-button")


async def _previewed(page: Page) -> None:
    """GraphiQL shows the picture behind the one URL of its answer."""
    await page.locator(".result-window").get_by_text("/media/").hover()
    preview = ".CodeMirror-info img"
    await expect(page.locator(preview)).to_be_visible()
    await _painted(page, preview)


async def _share(page: Page, somebody: Person) -> None:
    """Fill in the frontend's form and send it."""
    await page.fill("[name=login]", somebody.username)
    await page.fill("[name=password]", PASSWORD)
    picture: Any = {"name": "dawn.jpg", "mimeType": "image/jpeg", "buffer": photo(640, 480)}
    await page.set_input_files("[name=file]", picture)
    await page.click("button")


async def _painted(page: Page, image: str) -> int:
    """The width of a picture in pixels, once it has any."""

    async def width() -> int:
        return int(await page.locator(image).evaluate("(image) => image.naturalWidth"))

    return await until(width, bool)


def _kept_to_itself(watched: Watched, base_url: str) -> None:
    """The page asked nobody but the API, and broke neither its policy nor anything else."""
    ours = (f"{base_url}/", f"{base_url.replace('http', 'ws')}/", "data:")
    assert [url for url in watched.requests if not url.startswith(ours)] == []
    assert watched.complaints == []


def _refused_by_cors(watched: Watched, url: str) -> None:
    assert [text for text in watched.complaints if url in text and "No 'Access-Control-Allow-Origin'" in text], (
        watched.complaints
    )
