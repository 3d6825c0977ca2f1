"""GraphQL documents of stories and highlights, and functions that publish and read stories."""

from typing import Any

from tests.support.client import Person, until

ERRORS = "userErrors { code field }"
CREATE_STORY = (
    f"mutation ($input: CreateStoryInput!) {{ createStory(input: $input) {{ story {{ id status }} {ERRORS} }} }}"
)
DELETE_STORY = f"mutation ($id: ID!) {{ deleteStory(storyId: $id) {{ deletedId storyReel {{ id }} {ERRORS} }} }}"
MARK_STORIES_SEEN = (
    f"mutation ($ids: [ID!]!) {{ markStoriesSeen(storyIds: $ids) {{ stories {{ id viewerHasSeen }} {ERRORS} }} }}"
)
CREATE_HIGHLIGHT = f"""mutation ($input: CreateHighlightInput!) {{ createHighlight(input: $input) {{
  highlight {{ id title cover {{ id }} stories {{ nodes {{ id }} }} }} {ERRORS} }} }}"""
DELETE_HIGHLIGHT = f"mutation ($id: ID!) {{ deleteHighlight(highlightId: $id) {{ deletedId user {{ id }} {ERRORS} }} }}"
STORY = """query ($id: ID!) { node(id: $id) { ... on Story {
  id status audience createdAt expiresAt viewerHasSeen viewCount item { id variants { url } ... on Video { hlsUrl } }
  viewers { edges { node { id } viewedAt } } user { id } } } }"""
STORY_TRAY = """query ($first: Int, $after: String) { storyTray(first: $first, after: $after) {
  nodes { id user { id } hasUnseen latestAt stories { id } } pageInfo { hasNextPage endCursor } } }"""


async def publish_story(person: Person, content: bytes | None = None, kind: str = "image/jpeg", **more: Any) -> str:
    """The id of a story of theirs that has been published."""
    payload = await person.do(CREATE_STORY, input={"uploadId": await person.upload(content, kind)} | more)
    assert payload["userErrors"] == [], payload
    story = payload["story"]["id"]
    await until(lambda: read_story(person, story), lambda node: node["status"] == "PUBLISHED")
    return str(story)


async def upload_with_preview(person: Person) -> tuple[str, str]:
    """An upload of theirs that is ready and not used yet, and where its picture is shown."""
    upload = await person.upload()
    await person.processed(upload)
    shown = "query ($id: ID!) { node(id: $id) { ... on Upload { media { variants { url } } } } }"
    node = (await person.ask(shown, id=upload))["node"]
    return upload, node["media"]["variants"][0]["url"]


async def read_story(person: Person, id: str) -> Any:
    return (await person.ask(STORY, id=id))["node"]


async def story_tray(person: Person, **page: Any) -> list[tuple[str, bool]]:
    """Whose reels there are, and whether they have anything new."""
    nodes = (await person.ask(STORY_TRAY, **page))["storyTray"]["nodes"]
    return [(node["user"]["id"], node["hasUnseen"]) for node in nodes]
