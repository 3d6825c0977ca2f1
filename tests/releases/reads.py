"""What people see, read by documents that every release answers, and how two answers differ."""

from collections.abc import Iterable
from typing import Any

from tests.support.client import Person

_MEDIA = """__typename id width height blurhash altText userTags { user { username } x y }
  variants { name format width height byteSize url } ... on Video { durationMs hasAudio hlsUrl }"""
_POST = f"""id status author {{ username }} caption hashtags mentions {{ username }}
  location {{ name latitude longitude }}
  media {{ {_MEDIA} }} createdAt editedAt likeCount commentCount commentsDisabled viewerHasLiked viewerHasSaved
  likers {{ nodes {{ username }} }}"""
_COMMENT = "id author { username } text mentions { username } createdAt likeCount viewerHasLiked replyCount"
_STORY = f"id status item {{ {_MEDIA} }} audience createdAt expiresAt viewerHasSeen viewCount"
_MESSAGE = """id sender { username } text createdAt unsentAt idempotencyKey replyTo { id }
  attachment { ... on Node { id } }"""
_CONVERSATION = f"""id title isGroup isRequest unreadCount updatedAt
  members {{ user {{ username }} lastReadMessageId joinedAt isAdmin }} messages {{ nodes {{ {_MESSAGE} }} }}"""

PROFILE = """query ($name: String!) { user(username: $name) {
  id displayName bio avatarUrl isPrivate isVerified createdAt followerCount followingCount postCount viewerCanSeeContent
  viewerFollow followOfViewer viewerHasBlocked viewerHasMuted viewerHasCloseFriend viewerHasStoryNotifications
  posts { nodes { id } } followers { nodes { username } } following { nodes { username } }
  highlights { nodes { id title cover { id } stories { nodes { id } } } } } }"""
PAGES = {
    "feed": f"{{ feed(order: CHRONOLOGICAL) {{ edges {{ reason node {{ {_POST} }} }} }} }}",
    "talk under posts": f"""{{ feed(order: CHRONOLOGICAL) {{ nodes {{ id
      comments {{ nodes {{ {_COMMENT} replies {{ nodes {{ {_COMMENT} }} }} }} }} }} }} }}""",
    "tray": f"{{ storyTray {{ nodes {{ id user {{ username }} hasUnseen latestAt stories {{ {_STORY} }} }} }} }}",
    "conversations": f"""{{ conversations {{ nodes {{ {_CONVERSATION} }} }}
      requests: conversations(requests: true) {{ nodes {{ {_CONVERSATION} }} }} }}""",
    "notifications": """{ notifications { nodes { id kind actorCount actors { nodes { username } } summary isRead
      target { __typename ... on Node { id } } createdAt updatedAt } } }""",
    "own": """{ viewer { user { id username } email unreadNotificationCount unreadConversationCount
      followRequests { edges { requestedAt node { username } } } savedPosts { edges { savedAt node { id } } }
      blockedUsers { nodes { username } } devices { id platform createdAt }
      mlsDevices { id signatureKey createdAt lastSeenAt keyPackageCount } } }""",
    "hashtags": '{ hashtag(name: "lake") { name postCount posts { nodes { id } } } }',
}


async def read(person: Person, names: Iterable[str]) -> dict[str, Any]:
    """All that somebody sees, by what it is; people's profiles by their names."""
    pages = {name: await person.ask(document) for name, document in PAGES.items()}
    return pages | {name: await person.ask(PROFILE, name=name) for name in names}


def differences(before: Any, after: Any, path: str = "") -> list[str]:
    """Where two answers differ, and how."""
    if isinstance(before, dict) and isinstance(after, dict) and before.keys() == after.keys():
        return [each for key in before for each in differences(before[key], after[key], f"{path}.{key}")]
    if isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = enumerate(zip(before, after, strict=True))
        return [each for place, (one, other) in pairs for each in differences(one, other, f"{path}.{place}")]
    return [] if before == after else [f"{path[1:]}: {before!r} became {after!r}"]
