"""Somebody who uses what every release has: mutations as text, by the types that the public schema gives them."""

from typing import Any, Self

from tests.releases import PASSWORD
from tests.support.client import Person, until

ERRORS = "userErrors { code message field }"
SIGN_IN = f"""mutation ($input: SignInInput!) {{ signIn(input: $input) {{
  viewer {{ user {{ id username }} }} accessToken refreshToken {ERRORS} }} }}"""


class Member(Person):
    """A person whose mutations must succeed."""

    async def change(self, name: str, returning: str = "", **arguments: Any) -> dict[str, Any]:
        """The payload of a mutation whose arguments are IDs, lists of IDs and booleans."""
        types = ", ".join(f"${key}: {_type(value)}" for key, value in arguments.items())
        given = ", ".join(f"{key}: ${key}" for key in arguments)
        return await self._done(f"mutation ({types}) {{ {name}({given}) {{ {returning} {ERRORS} }} }}", **arguments)

    async def give(self, name: str, returning: str = "", **given: Any) -> dict[str, Any]:
        """The payload of a mutation with one input."""
        kind = f"{name[0].upper()}{name[1:]}Input"
        document = f"mutation ($input: {kind}!) {{ {name}(input: $input) {{ {returning} {ERRORS} }} }}"
        return await self._done(document, input=given)

    async def prove(self, name: str, password: str = PASSWORD) -> None:
        """A mutation that asks for the password."""
        await self._done(f"mutation ($p: String!) {{ {name}(password: $p) {{ {ERRORS} }} }}", p=password)

    async def enter(self, username: str, password: str = PASSWORD) -> Self:
        """Sign in; the person."""
        self.remember(await self._done(SIGN_IN, input={"login": username, "password": password}))
        return self

    async def upload(self, content: bytes | None = None, content_type: str = "image/jpeg") -> str:
        """The id of an upload whose bytes have been sent and reported."""
        upload = await super().upload(content, content_type)
        await self.give("completeUpload", uploadId=upload)
        return upload

    async def post_photo(self, caption: str, **more: Any) -> str:
        """The id of a post that has been published, with one photo."""
        media = {"uploadId": await self.upload(), "altText": f"A photo: {caption}"}
        post = (await self.give("createPost", "post { id }", media=[media], caption=caption, **more))["post"]["id"]
        return str((await self.published(post))["id"])

    async def published(self, id: str, seconds: float = 60) -> dict[str, Any]:
        """The post or story, once it is PUBLISHED."""
        document = "query ($id: ID!) { node(id: $id) { id ... on Post { status } ... on Story { status } } }"

        async def look() -> dict[str, Any]:
            return dict((await self.ask(document, id=id))["node"])

        return await until(look, lambda node: node["status"] == "PUBLISHED", seconds)

    async def tell_story(self, **more: Any) -> str:
        """The id of a story that has been published."""
        upload = await self.upload()
        story = (await self.give("createStory", "story { id }", uploadId=upload, **more))["story"]["id"]
        return str((await self.published(story))["id"])

    async def comment(self, post: str, text: str, **more: Any) -> str:
        payload = await self.give("addComment", "comment { id }", postId=post, text=text, **more)
        return str(payload["comment"]["id"])

    async def talk(self, *others: Person, **more: Any) -> str:
        """The id of a conversation with them."""
        ids = [other.id for other in others]
        payload = await self.give("startConversation", "conversation { id }", userIds=ids, **more)
        return str(payload["conversation"]["id"])

    async def say(self, conversation: str, text: str | None, **more: Any) -> str:
        payload = await self.give("sendMessage", "message { id }", conversationId=conversation, text=text, **more)
        return str(payload["message"]["id"])

    async def _done(self, document: str, **variables: Any) -> dict[str, Any]:
        payload = await self.do(document, **variables)
        assert not payload["userErrors"], (document, variables, payload)
        return payload


def _type(value: object) -> str:
    return "Boolean!" if isinstance(value, bool) else "[ID!]!" if isinstance(value, list) else "ID!"
