"""GraphQL documents of conversations, and functions that start conversations and send messages."""

from typing import Any

from tests.support.client import Person

START = """mutation ($input: StartConversationInput!) { startConversation(input: $input) {
  conversation { id isGroup title members { user { id } isAdmin } } userErrors { code field } } }"""
SEND = """mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
  message { id text idempotencyKey sender { id } attachment { ... on Post { id } ... on Photo { id } } replyTo { id } }
  userErrors { code field message } } }"""
UNSEND = "mutation ($id: ID!) { unsendMessage(messageId: $id) { message { text unsentAt } userErrors { code } } }"
READ = """mutation ($in: ID!, $id: ID!) { markConversationRead(conversationId: $in, messageId: $id) {
  conversation { unreadCount } userErrors { code } } }"""
LEAVE = "mutation ($in: ID!) { leaveConversation(conversationId: $in) { conversation { id } userErrors { code } } }"
ADD = """mutation ($in: ID!, $ids: [ID!]!) { addConversationMembers(conversationId: $in, userIds: $ids) {
  conversation { members { user { id } } } userErrors { code field } } }"""
REMOVE = """mutation ($in: ID!, $id: ID!) { removeConversationMember(conversationId: $in, userId: $id) {
  conversation { members { user { id } } } userErrors { code } } }"""
HISTORY = """query ($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on Conversation { title unreadCount
  members { user { id } lastReadMessageId }
  messages(first: $first, after: $after) { nodes { id text sender { id } attachment { __typename } }
    pageInfo { hasNextPage endCursor } } } } }"""


async def start(who: Person, *others: Person, **more: Any) -> str:
    payload = await who.do(START, input={"userIds": [other.id for other in others], **more})
    assert not payload["userErrors"], payload
    return str(payload["conversation"]["id"])


async def send(who: Person, conversation: str, text: str | None = None, **more: Any) -> dict[str, Any]:
    payload = await who.do(SEND, input={"conversationId": conversation, "text": text, **more})
    assert not payload["userErrors"], payload
    return dict(payload["message"])


async def friends(*people: Person) -> None:
    """Each follows each: what they begin lands in no request."""
    for one in people:
        for other in people:
            if one is not other:
                await one.follow(other)
