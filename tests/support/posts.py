"""GraphQL documents of posts and comments, and functions that write and read them."""

from typing import Any

from tests.support.client import Person

LIKE_POST = "mutation ($id: ID!) { likePost(postId: $id) { userErrors { code } } }"
ADD_COMMENT = """mutation ($post: ID!, $text: String!, $parent: ID) {
  addComment(input: { postId: $post, text: $text, parentId: $parent }) { comment { id } } }"""
MUTATE_BY_ID = "mutation ($id: ID!) {{ {name}: {name}({key}: $id) {{ userErrors {{ code }} }} }}"
NODES = "query ($ids: [ID!]!) { nodes(ids: $ids) { __typename id } }"
POST = """query ($id: ID!) { node(id: $id) { ... on Post {
  likeCount commentCount mentions { id } likers { nodes { id } }
  comments { nodes { id replyCount likeCount mentions { id } replies { nodes { id } } } } } } }"""
EDIT_CAPTION = """mutation ($id: ID!, $caption: String) { updatePost(input: { postId: $id, caption: $caption }) {
  post { mentions { id } } userErrors { code } } }"""
MENTIONS = """query ($id: ID!) { node(id: $id) {
  ... on Post { mentions { id } } ... on Comment { mentions { id } } } }"""


async def add_comment(person: Person, post: str, text: str = "hello", parent: str | None = None) -> str:
    return str((await person.do(ADD_COMMENT, post=post, text=text, parent=parent))["comment"]["id"])


async def mutate_by_id(person: Person, name: str, **argument: str) -> None:
    [(key, id)] = argument.items()
    assert await person.do(MUTATE_BY_ID.format(name=name, key=key), id=id) == {"userErrors": []}


async def visible_ids(person: Person, *ids: str) -> list[str]:
    """Those of `ids` that the person sees something at."""
    nodes = (await person.ask(NODES, ids=ids))["nodes"]
    return [id for id, node in zip(ids, nodes, strict=True) if node is not None]


async def read_post(person: Person, post: str) -> dict[str, Any]:
    node: dict[str, Any] = (await person.ask(POST, id=post))["node"]
    return node


async def publish_with_tags(author: Person, *people: Person) -> str:
    upload = await author.upload()
    document = "mutation ($input: CreatePostInput!) { createPost(input: $input) { post { id } userErrors { code } } }"
    tags = [{"userId": each.id, "x": 0.5, "y": 0.5} for each in people]
    payload = await author.do(document, input={"media": [{"uploadId": upload, "userTags": tags}]})
    assert payload["userErrors"] == []
    post = str(payload["post"]["id"])
    await author.settled(post)
    return post


async def edit_caption(who: Person, post: str, caption: str) -> list[str]:
    payload = await who.do(EDIT_CAPTION, id=post, caption=caption)
    assert payload["userErrors"] == []
    return [each["id"] for each in payload["post"]["mentions"]]


async def read_mentions(who: Person, id: str) -> list[str]:
    return [each["id"] for each in (await who.ask(MENTIONS, id=id))["node"]["mentions"]]
