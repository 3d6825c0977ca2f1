"""GraphQL documents of conversations, and functions that start conversations and send messages."""

from typing import Any

from tests.support.client import Person

START_CONVERSATION = """mutation ($input: StartConversationInput!) { startConversation(input: $input) {
  conversation { id isGroup title members { user { id } isAdmin } } userErrors { code field } } }"""
SEND_MESSAGE = """mutation ($input: SendMessageInput!) { sendMessage(input: $input) {
  message { id text idempotencyKey sender { id } attachment { ... on Post { id } ... on Photo { id } } replyTo { id } }
  userErrors { code field message } } }"""
UNSEND_MESSAGE = (
    "mutation ($id: ID!) { unsendMessage(messageId: $id) { message { text unsentAt } userErrors { code } } }"
)
MARK_READ = """mutation ($in: ID!, $id: ID!) { markConversationRead(conversationId: $in, messageId: $id) {
  conversation { unreadCount } userErrors { code } } }"""
LEAVE_CONVERSATION = (
    "mutation ($in: ID!) { leaveConversation(conversationId: $in) { conversation { id } userErrors { code } } }"
)
ADD_MEMBERS = """mutation ($in: ID!, $ids: [ID!]!) { addConversationMembers(conversationId: $in, userIds: $ids) {
  conversation { members { user { id } } } userErrors { code field } } }"""
REMOVE_MEMBER = """mutation ($in: ID!, $id: ID!) { removeConversationMember(conversationId: $in, userId: $id) {
  conversation { members { user { id } } } userErrors { code } } }"""
CONVERSATION = """query ($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on Conversation {
  title unreadCount members { user { id } lastReadMessageId }
  messages(first: $first, after: $after) { nodes { id text sender { id } attachment { __typename } }
    pageInfo { hasNextPage endCursor } } } } }"""


async def start_conversation(who: Person, *others: Person, **more: Any) -> str:
    payload = await who.do(START_CONVERSATION, input={"userIds": [other.id for other in others], **more})
    assert not payload["userErrors"], payload
    return str(payload["conversation"]["id"])


async def send_message(who: Person, conversation: str, text: str | None = None, **more: Any) -> dict[str, Any]:
    payload = await who.do(SEND_MESSAGE, input={"conversationId": conversation, "text": text, **more})
    assert not payload["userErrors"], payload
    return dict(payload["message"])


async def follow_each_other(*people: Person) -> None:
    """Each follows each: what they begin lands in no request."""
    for one in people:
        for other in people:
            if one is not other:
                await one.follow(other)
