"""`python -m embedded.seed` fills an empty Heliograph with a small demo world, through its API and nothing else.

It can be run again: who exists is signed in, posts that exist are left alone, and stories are shown by those who have
none that is live.
"""

import asyncio
import sys
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import httpx

import config
from embedded.process import StartError
from embedded.seed_films import film
from embedded.seed_pictures import draw
from embedded.seed_world import PASSWORD, PEOPLE, PLACES, POSTS, STORIES, Person, Picture, Post, Story

PATIENCE = 60.0  # seconds until every post must be published
_POLL = 0.25
_AT_ONCE = 4
PHOTO = {"kind": "PHOTO", "contentType": "image/jpeg"}
VIDEO = {"kind": "VIDEO", "contentType": "video/mp4"}

_SESSION = "accessToken viewer { user { id } } userErrors { code message field }"
SIGN_UP = f"mutation SignUp($input: SignUpInput!) {{ result: signUp(input: $input) {{ {_SESSION} }} }}"
SIGN_IN = f"mutation SignIn($input: SignInInput!) {{ result: signIn(input: $input) {{ {_SESSION} }} }}"
FOLLOW = "mutation Follow($id: ID!) { result: follow(userId: $id) { userErrors { code message field } } }"
PROFILE = """
mutation Profile($input: UpdateProfileInput!) {
  result: updateProfile(input: $input) { userErrors { code message field } }
}"""
LIKE = "mutation Like($id: ID!) { result: likePost(postId: $id) { userErrors { code message field } } }"
COMMENT = """
mutation Comment($input: AddCommentInput!) {
  result: addComment(input: $input) { comment { id } userErrors { code message field } }
}"""
ACCEPT = "mutation Accept($id: ID!) { result: acceptFollowRequest(userId: $id) { userErrors { code message field } } }"
CAPTIONS = (
    "query Captions($name: String!) { result: user(username: $name) { posts(first: 100) { nodes { caption } } } }"
)
UPLOAD = """
mutation Upload($input: CreateUploadsInput!) {
  result: createUploads(input: $input) {
    uploads { id status target { ... on SingleUploadTarget { url headers { name value } } } }
    userErrors { code message field }
  }
}"""
POST = """
mutation Post($input: CreatePostInput!) {
  result: createPost(input: $input) { post { id } userErrors { code message field } }
}"""
STORY = """
mutation Story($input: CreateStoryInput!) {
  result: createStory(input: $input) { story { id } userErrors { code message field } }
}"""
CLOSE = """
mutation Close($id: ID!) {
  result: setCloseFriend(userId: $id, isCloseFriend: true) { userErrors { code message field } }
}"""
SHOWS = "query Shows($name: String!) { result: user(username: $name) { storyReel { id } } }"
STATES = """
query States($ids: [ID!]!) {
  result: nodes(ids: $ids) {
    ... on Post { id status uploads { rejection { message } } }
    ... on Story { id status }
  }
}"""


class SeedError(Exception):
    """The API returned an unexpected result; the message says which."""


class Client:
    """The API, as one user sees it (signed out at first)."""

    def __init__(self, http: httpx.AsyncClient, token: str | None = None, user_id: str = "") -> None:
        self._http = http
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self.user_id = user_id

    async def ask(self, document: str, *, allow: tuple[str, ...] = (), **variables: Any) -> Any:
        """The field `result` of `document`. Raises SeedError, for user errors outside `allow` too."""
        body = {"query": document, "variables": variables}
        answer = await self._http.post("/graphql", json=body, headers=self._headers)
        try:
            content = answer.json()
        except ValueError:
            raise SeedError(f"The API answered {answer.status_code}: {answer.text[:300]}") from None
        if content.get("errors"):
            raise SeedError(f"The API answered: {content['errors'][0].get('message')}")
        result = content["data"]["result"]
        mistakes = result.get("userErrors", []) if isinstance(result, dict) else []
        if any(mistake["code"] not in allow for mistake in mistakes):
            raise SeedError(f"{document.split('(')[0].split()[-1]}: {mistakes[0]['message']}")
        return result

    async def put(self, target: dict[str, Any], content: bytes) -> None:
        """Send `content` to an upload's target."""
        headers = {header["name"]: header["value"] for header in target["headers"]}
        answer = await self._http.put(target["url"], content=content, headers=headers)
        # 412: it is there already, from a run that was interrupted.
        if answer.status_code not in (200, 412):
            raise SeedError(f"Storage answered {answer.status_code} to an upload: {answer.text[:300]}")


async def enter(http: httpx.AsyncClient, person: Person) -> Client:
    """Sign `person` up or, if the account exists, in."""
    details = {"username": person.username, "displayName": person.name, "password": PASSWORD}
    details |= {"email": f"{person.username}@example.com", "birthDate": person.birth_date}
    anyone = Client(http)
    session = await anyone.ask(SIGN_UP, allow=("TAKEN",), input=details)
    if session["userErrors"]:
        session = await anyone.ask(SIGN_IN, input={"login": person.username, "password": PASSWORD})
    return Client(http, session["accessToken"], session["viewer"]["user"]["id"])


def make(picture: Picture, seed: int) -> bytes:
    """The file of a picture, or of a film."""
    drawn = draw(picture.scene, seed, picture.palette, *picture.size)
    return film(drawn, *picture.size) if picture.moves else drawn


async def send(
    client: Client, key: str | None, number: int, pictures: tuple[Picture, ...], pens: ThreadPoolExecutor
) -> list[str]:
    """Draw pictures, beginning with the `number`th, and upload them; the ids of their uploads. Raises SeedError."""
    loop = asyncio.get_running_loop()
    drawings = [loop.run_in_executor(pens, make, picture, number + index) for index, picture in enumerate(pictures)]
    files = list(await asyncio.gather(*drawings))
    described = [
        (VIDEO if picture.moves else PHOTO) | {"byteSize": len(file)}
        for picture, file in zip(pictures, files, strict=True)
    ]
    result = await client.ask(UPLOAD, input={"files": described, "idempotencyKey": key})
    uploads = result["uploads"]
    if len(uploads) < len(files):
        raise SeedError("A post that was made within this hour has been deleted. Try again in the next.")
    puts = [
        client.put(upload["target"], file)
        for upload, file in zip(uploads, files, strict=True)
        if upload["target"] is not None
    ]
    await asyncio.gather(*puts)
    return [upload["id"] for upload in uploads]


def key_of(number: int) -> str:
    """An idempotency key of this hour: uploads of an interrupted run are found again, those that expired are not."""
    return f"seed-post-{datetime.now(UTC):%Y%m%d%H}-{number}"


async def publish(client: Client, number: int, post: Post, pens: ThreadPoolExecutor) -> str:
    """Draw, upload and post; the id of the post, which publishes itself in a while."""
    key = key_of(number)
    uploads = await send(client, key, number * 10, post.pictures, pens)
    media = [
        {"uploadId": upload, "altText": picture.alt_text}
        for upload, picture in zip(uploads, post.pictures, strict=True)
    ]
    details: dict[str, Any] = {"media": media, "caption": post.caption, "idempotencyKey": key}
    if post.place:
        latitude, longitude = PLACES[post.place]
        details["location"] = {"name": post.place, "latitude": latitude, "longitude": longitude}
    made = await client.ask(POST, input=details)
    return str(made["post"]["id"])


async def tell(client: Client, number: int, story: Story, pens: ThreadPoolExecutor) -> str:
    """Draw, upload and show for a day; the id of the story, which publishes itself in a while."""
    [upload] = await send(client, None, 1000 + number, (story.picture,), pens)
    made = await client.ask(STORY, input={"uploadId": upload, "audience": story.audience})
    return str(made["story"]["id"])


async def react(clients: dict[str, Client], number: int, post: Post, post_id: str) -> None:
    """Like and comment on a post that is published."""
    for name in post.liked_by:
        await clients[name].ask(LIKE, id=post_id)
    above = None
    for place, (name, text) in enumerate(post.comments):
        said: dict[str, Any] = {
            "postId": post_id,
            "text": text.removeprefix("> "),
            "idempotencyKey": f"seed-{number}-{place}",
        }
        if text.startswith("> "):
            said["parentId"] = above
        comment = await clients[name].ask(COMMENT, input=said)
        above = above if "parentId" in said else comment["comment"]["id"]


async def published(client: Client, ids: list[str], deadline: float) -> None:
    """Return when all these posts and stories of the client are PUBLISHED.

    Raises SeedError at `deadline` (monotonic, s).
    """
    while True:
        posts = await client.ask(STATES, ids=ids)
        states = [post["status"] if post else "MISSING" for post in posts]
        if all(state == "PUBLISHED" for state in states):
            return
        for post in posts:
            if post and post["status"] == "REJECTED":
                uploads = post.get("uploads") or []
                reasons = [upload["rejection"]["message"] for upload in uploads if upload["rejection"]]
                raise SeedError(f"A post or story was rejected: {' '.join(reasons)}")
        if time.monotonic() > deadline:
            raise SeedError(f"Not published after {PATIENCE:.0f} s: {', '.join(states)}. Are the workers running?")
        await asyncio.sleep(_POLL)


async def seed(url: str) -> None:
    """Seed the API at `url`, an http URL without a path. Raises SeedError."""
    started = time.monotonic()
    async with httpx.AsyncClient(base_url=url, timeout=30, trust_env=False) as http:
        say(f"Demo world: {len(PEOPLE)} people sign up ...")
        clients = {person.username: await enter(http, person) for person in PEOPLE}

        say("Demo world: they follow each other ...")
        for person in PEOPLE:
            profile = {"bio": person.bio, "isPrivate": person.private}
            await clients[person.username].ask(PROFILE, input=profile)
        for person in PEOPLE:
            ids = [clients[name].user_id for name in person.follows]
            await asyncio.gather(*(clients[person.username].ask(FOLLOW, id=id) for id in ids))
        for person in PEOPLE:
            for name in person.accepts:
                await clients[person.username].ask(ACCEPT, id=clients[name].user_id)

        await clients["mary"].ask(CLOSE, id=clients["ada"].user_id)

        shown = {name: await _captions(client, name) for name, client in clients.items()}
        missing = [(number, post) for number, post in enumerate(POSTS) if post.caption not in shown[post.author]]
        showing = {name for name, client in clients.items() if (await client.ask(SHOWS, name=name))["storyReel"]}
        untold = [(number, story) for number, story in enumerate(STORIES) if story.author not in showing]
        count = sum(len(post.pictures) for _, post in missing) + len(untold)
        say(f"Demo world: they draw {count} pictures, make {len(missing)} posts, {len(untold)} stories ...")
        made: dict[str, dict[int, str]] = defaultdict(dict)
        told: dict[str, list[str]] = defaultdict(list)
        turns = asyncio.Semaphore(_AT_ONCE)
        with ThreadPoolExecutor(2) as pens:

            async def one(number: int, post: Post) -> None:
                async with turns:
                    made[post.author][number] = await publish(clients[post.author], number, post, pens)

            async def another(number: int, story: Story) -> None:
                async with turns:
                    told[story.author].append(await tell(clients[story.author], number, story, pens))

            await asyncio.gather(*(one(number, post) for number, post in missing))
            await asyncio.gather(*(another(number, story) for number, story in untold))

        say("Demo world: the workers make them ready ...")
        deadline = time.monotonic() + PATIENCE
        shown_by = {name: [*made[name].values(), *told[name]] for name in clients}
        await asyncio.gather(*(published(clients[name], ids, deadline) for name, ids in shown_by.items() if ids))

        say("Demo world: they say what they think of it ...")
        for number, post in missing:
            await react(clients, number, post, made[post.author][number])
    say(f"Demo world: ready after {time.monotonic() - started:.1f} s. Sign in as ada or grace, password {PASSWORD}")


async def _captions(client: Client, username: str) -> set[str]:
    user = await client.ask(CAPTIONS, name=username)
    return {post["caption"] for post in user["posts"]["nodes"]}


def say(line: str) -> None:
    """One line of progress."""
    print(line, flush=True)


def main() -> int:
    """Seed the API that the settings name."""
    try:
        settings = config.load()
        # What listens on every address is reached by this one.
        host = "127.0.0.1" if settings.host in ("0.0.0.0", "::") else settings.host
        asyncio.run(seed(f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"))
    except (SeedError, StartError, config.ConfigurationError, httpx.HTTPError) as error:
        print(f"The demo world could not be seeded: {error or type(error).__name__}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
