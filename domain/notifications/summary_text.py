"""The sentence of a notification."""

from collections.abc import Sequence

from clients.postgres import Database
from clients.push import Content
from domain import privacy
from domain.accounts import reads as accounts
from domain.accounts.rows import User
from domain.notifications import reads
from domain.notifications.rows import OWN, Kind, Notification

_DID = {
    Kind.LIKE: "liked your post",
    Kind.COMMENT: "commented on your post",
    Kind.COMMENT_LIKE: "liked your comment",
    Kind.REPLY: "replied to your comment",
    Kind.MENTION: "mentioned you",
    Kind.USER_TAG: "tagged you in a post",
    Kind.FOLLOW: "started following you",
    Kind.FOLLOW_REQUEST: "asked to follow you",
    Kind.FOLLOW_ACCEPTED: "accepted your request to follow",
    Kind.STORY: "added to their story",
}
_BECAME = {
    Kind.POST_PUBLISHED: "Your post is published",
    Kind.POST_REJECTED: "Your post was refused: its media could not be used",
    Kind.STORY_REJECTED: "Your story was refused: its media could not be used",
}


def summary(notification: Notification, actors: Sequence[User], count: int) -> str:
    """The sentence, by those of its actors whom the viewer may see, the newest first, and how many there are in all."""
    kind = notification.kind
    if kind in OWN:
        return _BECAME[kind]
    names = [user.username for user in actors[:2]]
    others = max(count - len(names), 0)
    if others:
        names.append("1 other" if others == 1 else f"{others:,} others")
    who = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
    return f"{who} {_DID[kind]}"


def heard(users: Sequence[User | None]) -> list[User]:
    """Return the users whom the viewer may see, and has not blocked or muted."""
    return [user for user in users if user and privacy.can_interact(user) and not user.viewer_has_muted]


async def pushes(db: Database, kind: str, wanted: Sequence[tuple[int, int]]) -> list[Content | None]:
    """Render pushes of notifications: a `domain.push.rows.Render`. Read notifications are not pushed."""
    contents: list[Content | None] = []
    for user_id, notification_id in wanted:
        [found] = await reads.notifications(db, user_id, [notification_id])
        actors = heard(await accounts.users(db, user_id, list(found.actors))) if found else []
        if found is None or found.is_read or not (actors or found.kind in OWN):
            contents.append(None)
            continue
        [unheard] = await reads.unheard(db, user_id, [found.id])
        data = {"kind": "notification", "notificationId": found.global_id}
        contents.append(Content("Heliograph", summary(found, actors, found.actor_count - unheard), data))
    return contents
