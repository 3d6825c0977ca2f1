"""The number of unread notifications is the number of unread rows in the list, whatever becomes of who did it."""

from collections.abc import Awaitable, Callable

import pytest

from tests.conftest import NewPerson
from tests.support.accounts import end_account, sign_in_again
from tests.support.client import Person, until
from tests.support.notifications import MARK_NOTIFICATIONS_READ, NOTIFICATIONS
from tests.support.posts import add_comment, mutate_by_id, publish_with_tags
from tests.support.relationships import ACCEPT_FOLLOW_REQUEST, BLOCK, MAKE_PRIVATE
from tests.support.stories import publish_story

KINDS = {
    *("LIKE", "COMMENT", "COMMENT_LIKE", "REPLY", "MENTION", "USER_TAG", "FOLLOW", "FOLLOW_REQUEST"),
    *("FOLLOW_ACCEPTED", "STORY", "POST_PUBLISHED"),
}
STORY_NOTIFICATIONS = (
    "mutation ($id: ID!) { setStoryNotifications(userId: $id, enabled: true) { userErrors { code } } }"
)


async def block(who: Person, other: Person) -> None:
    assert (await who.do(BLOCK, id=other.id))["userErrors"] == []


Way = tuple[Callable[[Person, Person], Awaitable[object]], Callable[[Person, Person], Awaitable[object]] | None]
WAYS: dict[str, Way] = {
    "is blocked": (block, lambda ada, eve: mutate_by_id(ada, "unblock", userId=eve.id)),
    "blocks": (lambda ada, eve: block(eve, ada), lambda ada, eve: mutate_by_id(eve, "unblock", userId=ada.id)),
    "is muted": (
        lambda ada, eve: mutate_by_id(ada, "mute", userId=eve.id),
        lambda ada, eve: mutate_by_id(ada, "unmute", userId=eve.id),
    ),
    "deactivates": (lambda ada, eve: end_account(eve, "deactivateAccount"), lambda ada, eve: sign_in_again(eve)),
    "is deleted": (lambda ada, eve: end_account(eve, "deleteAccount"), None),
}


async def unread(who: Person) -> tuple[int, int, set[str]]:
    """The badge, the unread rows of the list, and of which kinds they are."""
    answer = await who.ask(NOTIFICATIONS)
    kinds = [each["kind"] for each in answer["notifications"]["nodes"] if not each["isRead"]]
    return answer["viewer"]["unreadNotificationCount"], len(kinds), set(kinds)


@pytest.mark.parametrize("way", WAYS)
async def test_whoever_goes_takes_their_notifications_out_of_the_badge(person: NewPerson, way: str) -> None:
    """A user causes every kind of notification for ada, another asks to follow her; then both delete their accounts."""
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post = await ada.publish()
    own = await add_comment(ada, post)
    await mutate_by_id(eve, "likePost", postId=post)
    await mutate_by_id(eve, "likeComment", commentId=own)
    await add_comment(eve, post)
    await add_comment(eve, post, "answer", own)
    await eve.publish(f"@{ada.username}")
    await publish_with_tags(eve, ada)
    await mutate_by_id(eve, "follow", userId=ada.id)
    # After eve has become private, ada gets no notification about what she cannot see.
    await until(lambda: unread(ada), lambda found: {"USER_TAG", "MENTION"} <= found[2])
    await eve.do(MAKE_PRIVATE)
    await ada.follow(eve)
    assert await eve.do(ACCEPT_FOLLOW_REQUEST, id=ada.id) == {"userErrors": []}
    assert await ada.do(STORY_NOTIFICATIONS, id=eve.id) == {"userErrors": []}
    await publish_story(eve)
    await ada.do(MAKE_PRIVATE)
    await mutate_by_id(bob, "follow", userId=ada.id)
    await until(lambda: unread(ada), lambda found: found[2] == KINDS)
    badge, rows, _ = await unread(ada)
    assert badge == rows == len(KINDS)

    go, back = WAYS[way]
    for somebody in (eve, bob):
        await go(ada, somebody)
    assert await unread(ada) == (1, 1, {"POST_PUBLISHED"})
    if back is not None:
        for somebody in (eve, bob):
            await back(ada, somebody)
        # What was done before is told again. What a block undoes for good is withdrawn a moment later.
        await until(lambda: unread(ada), lambda found: found[0] == found[1] > 1)
        for somebody in (eve, bob):
            await go(ada, somebody)
    newest = (await ada.ask(NOTIFICATIONS))["notifications"]["nodes"][0]["updatedAt"]
    assert (await ada.do(MARK_NOTIFICATIONS_READ, to=newest))["viewer"]["unreadNotificationCount"] == 0


async def test_a_row_is_shown_and_counted_while_anybody_in_it_is_heard(person: NewPerson) -> None:
    """However many have done it later whom she does not hear."""
    ada, fans = await person("ada"), [await person(f"fan{n}") for n in range(12)]
    post = await ada.publish()

    async def like() -> dict[str, object] | None:
        found = (await ada.ask(NOTIFICATIONS))["notifications"]["nodes"]
        return next((each for each in found if each["kind"] == "LIKE"), None)

    for n, fan in enumerate(fans):
        await mutate_by_id(fan, "likePost", postId=post)
        await until(like, lambda found, n=n: found is not None and found["actorCount"] == n + 1)  # type: ignore[misc]
    first, gone, *others = fans
    await end_account(gone, "deactivateAccount")
    for fan in others:
        await mutate_by_id(ada, "mute", userId=fan.id)
    shown = await like()
    assert shown is not None
    assert (shown["actorCount"], shown["summary"]) == (1, f"{first.username} liked your post")
    assert shown["actors"] == {"nodes": [{"id": first.id}]}
    assert await unread(ada) == (2, 2, {"LIKE", "POST_PUBLISHED"})
    await mutate_by_id(ada, "mute", userId=first.id)
    assert await unread(ada) == (1, 1, {"POST_PUBLISHED"})
