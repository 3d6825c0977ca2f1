"""GraphQL documents of notifications, and functions that read them."""

from typing import Any

from kit.ids import decode
from tests.support.client import Person

NOTIFICATIONS = """{ viewer { unreadNotificationCount } notifications(first: 50) { nodes {
  id kind summary isRead actorCount updatedAt actors(first: 5) { nodes { id } }
  target { __typename ... on Post { id } ... on Comment { id } ... on User { id } } } } }"""
MARK_NOTIFICATIONS_READ = (
    "mutation ($to: DateTime!) { markNotificationsRead(upTo: $to) { viewer { unreadNotificationCount } } }"
)


async def read_notifications(who: Person) -> list[dict[str, Any]]:
    found = (await who.ask(NOTIFICATIONS))["notifications"]["nodes"]
    return [each for each in found if each["kind"] != "POST_PUBLISHED"]


async def notification_kinds(who: Person) -> list[str]:
    return [each["kind"] for each in await read_notifications(who)]


async def open_streams(api: Any, who: Person) -> int:
    """How many streams of theirs there are."""
    number = decode(who.id)[1]
    return sum(stream.access.user_id == number for stream in api.state.services.streams._open)
