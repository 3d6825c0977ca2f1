"""Visibility rules one by one, without a database. tests/privacy checks that every path of the API applies them."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import msgspec
import pytest

from domain import privacy
from domain.accounts.rows import User
from domain.comments.rows import Comment
from domain.graph import locks
from domain.graph.rows import Kind, Relationship
from domain.media.rows import Photo
from domain.messages.rows import Conversation, Member, Message
from domain.posts.rows import Post
from domain.stories.rows import LIFE, Highlight, Story

NOW = datetime(2026, 6, 1, tzinfo=UTC)
VIEWER = 7
FOLLOW, REQUEST, BLOCK, MUTE, CLOSE_FRIEND, STORY_NOTIFICATIONS = Kind
MASKS = range(2 * STORY_NOTIFICATIONS)


def user(
    by_viewer: int = 0,
    of_viewer: int = 0,
    *,
    is_viewer: bool = False,
    viewer_active: bool = True,
    is_private: bool = False,
    status: str = "ACTIVE",
) -> User:
    """A user as the viewer reads them: what the viewer has done to them, and what they have done to the viewer."""
    relationship = Relationship(is_viewer, viewer_active, by_viewer, of_viewer)
    return User(1, "ada", "", "", None, is_private, False, status, NOW, 0, 0, 0, relationship)


def post(status: str = "PUBLISHED", **changes: Any) -> Post:
    made = Post(2, 1, status, "", (), (), None, False, NOW, None, 0, 0, ())
    return msgspec.structs.replace(made, **changes)


def story(audience: str = "FOLLOWERS", status: str = "PUBLISHED", is_kept: bool = False) -> Story:
    return Story(3, 1, status, audience, NOW, is_kept, 0, False, None)


def comment(id: int = 4, parent_id: int | None = None, is_author_blocked: bool = False) -> Comment:
    return Comment(id, 2, parent_id, 1, "hello", NOW, 0, 0, (), is_author_blocked)


def sees_post(author: User, status: str = "PUBLISHED") -> bool:
    [seen] = privacy.visible_posts([post(status)], [author])
    return seen is not None


def sees_story(author: User, at: datetime = NOW, **changes: Any) -> bool:
    [seen] = privacy.visible_stories([story(**changes)], [author], at)
    return seen is not None


def sees_comment(author: User | None, under: Post | None = None, **changes: Any) -> bool:
    [seen] = privacy.visible_comments([comment(**changes)], [under or post()], [author])
    return seen is not None


def test_what_each_relationship_of_the_viewer_allows() -> None:
    for by_viewer, is_private in product(MASKS, (False, True)):
        ada = user(by_viewer, is_private=is_private)
        follows, blocks = bool(by_viewer & FOLLOW), bool(by_viewer & BLOCK)
        assert privacy.sees_profile(ada)
        assert privacy.can_interact(ada) == (not blocks)
        assert privacy.sees_content(ada) == (not blocks and (follows or not is_private)), (by_viewer, is_private)
        assert privacy.wants(ada) == (follows and not by_viewer & MUTE)


def test_only_a_block_of_the_viewer_hides_a_user() -> None:
    for of_viewer, is_private in product(MASKS, (False, True)):
        expected = not of_viewer & BLOCK
        ada = user(FOLLOW, of_viewer, is_private=is_private)
        assert privacy.sees_profile(ada) == privacy.can_interact(ada) == privacy.sees_content(ada) == expected
        stranger = user(0, of_viewer, is_private=is_private)
        assert privacy.sees_content(stranger) == (expected and not is_private), of_viewer


@pytest.mark.parametrize("status", ["DEACTIVATED", "DELETED"])
def test_inactive_accounts_exist_for_nobody_and_see_nobody(status: str) -> None:
    for gone in (user(FOLLOW, FOLLOW, status=status), user(FOLLOW, FOLLOW, viewer_active=False)):
        assert not privacy.sees_profile(gone)
        assert not privacy.can_interact(gone)
        assert not privacy.sees_content(gone)
        assert privacy.visible_people([gone]) == [None]
        assert not sees_post(gone)
        assert not sees_story(gone)
        assert not sees_comment(gone)


def test_viewer_sees_own_content() -> None:
    own = user(is_viewer=True, is_private=True)
    assert privacy.sees_content(own)
    assert privacy.wants(own)
    for status in ("PROCESSING", "PUBLISHED", "FAILED"):
        assert sees_post(own, status)
        assert sees_story(own, NOW + 2 * LIFE, status=status, audience="CLOSE_FRIENDS")
    assert sees_comment(own, is_author_blocked=True)


def test_hidden_items_leave_none_in_their_places() -> None:
    shown, hidden = user(), user(0, BLOCK)
    one, other = post(id=21), post(id=22)
    assert privacy.visible_people([hidden, None, shown]) == [None, None, shown]
    found = privacy.visible_posts([one, other, None, one], [shown, hidden, shown, None])
    assert found == [one, None, None, None]
    assert privacy.visible_stories([story(), None, story()], [user(FOLLOW), shown, None], NOW) == [story(), None, None]


def test_unpublished_posts_are_visible_to_their_author_only() -> None:
    for status in ("PROCESSING", "FAILED"):
        assert not sees_post(user(FOLLOW, FOLLOW), status)
    assert sees_post(user())
    assert not sees_post(user(is_private=True))
    assert not sees_post(user(REQUEST, is_private=True))


@pytest.mark.parametrize(("by_viewer", "of_viewer"), list(product((0, FOLLOW, REQUEST, CLOSE_FRIEND), repeat=2)))
def test_audience_of_a_story(by_viewer: int, of_viewer: int) -> None:
    ada = user(by_viewer, of_viewer)
    assert sees_story(ada) == bool(by_viewer & FOLLOW)
    assert sees_story(ada, audience="CLOSE_FRIENDS") == bool(of_viewer & CLOSE_FRIEND)


def test_close_friends_of_a_private_account_must_follow_it() -> None:
    assert not sees_story(user(0, CLOSE_FRIEND, is_private=True), audience="CLOSE_FRIENDS")
    assert sees_story(user(FOLLOW, CLOSE_FRIEND, is_private=True), audience="CLOSE_FRIENDS")
    assert not sees_story(user(FOLLOW | BLOCK, CLOSE_FRIEND), audience="CLOSE_FRIENDS")
    assert not sees_story(user(FOLLOW, CLOSE_FRIEND | BLOCK), audience="CLOSE_FRIENDS")


def test_story_is_visible_for_a_day_or_while_it_is_kept() -> None:
    ada, moment = user(FOLLOW), timedelta(microseconds=1)
    assert sees_story(ada, NOW + LIFE - moment)
    assert not sees_story(ada, NOW + LIFE)
    assert sees_story(ada, NOW + LIFE, is_kept=True)
    assert not sees_story(ada, NOW, status="PROCESSING", is_kept=True)


def test_highlight_has_the_stories_that_the_viewer_may_see() -> None:
    kept = ((1, "FOLLOWERS"), (2, "CLOSE_FRIENDS"))
    highlight = Highlight(5, 1, "a title", kept)
    authors = [user(FOLLOW), user(0, CLOSE_FRIEND), user(FOLLOW, CLOSE_FRIEND), user(), user(is_viewer=True), None]
    found = privacy.visible_highlights([highlight] * 6, authors)
    assert [each and each.story_ids for each in found] == [[1], [2], [1, 2], None, [1, 2], None]
    assert privacy.visible_highlights([None, Highlight(6, 1, "", ())], [user(), user(is_viewer=True)]) == [None, None]


def test_comments_do_not_cross_a_block() -> None:
    assert sees_comment(user())
    assert sees_comment(user(is_private=True)), "the post decides, not the privacy of the commenter"
    assert not sees_comment(user(BLOCK))
    assert not sees_comment(user(0, BLOCK))
    assert not sees_comment(None)
    assert not sees_comment(user(FOLLOW, FOLLOW), is_author_blocked=True)
    assert privacy.visible_comments([comment()], [None], [user()]) == [None]
    assert privacy.visible_comments([None], [post()], [user()]) == [None]


def test_replies_are_hidden_with_their_parent() -> None:
    parent, reply, other = comment(41), comment(42, parent_id=41), comment(43, parent_id=40)
    under = [post()] * 3
    assert privacy.visible_comments([reply, parent, None], under, [user()] * 3) == [reply, parent, None]
    assert privacy.visible_comments([parent, reply, None], under, [user(BLOCK), user(), user()]) == [None] * 3
    assert privacy.visible_comments([parent, reply, other], under, [user()] * 3) == [parent, reply, None]


def test_media_are_those_of_visible_posts() -> None:
    one, other = Photo(31, 1, 1, "", ()), Photo(32, 1, 1, "", ())
    has_both = post(media=(one, other))
    assert privacy.visible_media([32, 31, 33, 31], [has_both, has_both, has_both, None]) == [other, one, None, None]


def member(user_id: int, begins: int = 0) -> Member:
    return Member(9, 8, user_id, NOW, begins, 0, None, 0, False, False)


def conversation(*members: Member) -> Conversation:
    return Conversation(8, None, None, "", b"", 9, None, NOW, members)


def message(seq: int) -> Message:
    return Message(10, 8, seq, 1, "hello", None, None, None, NOW, None)


def test_conversations_are_visible_to_their_members() -> None:
    own, others = conversation(member(1), member(VIEWER)), conversation(member(1))
    assert privacy.visible_conversations([own, others, None], VIEWER) == [own, None, None]


def test_members_see_messages_sent_after_they_joined() -> None:
    own, others = conversation(member(1), member(VIEWER, begins=5)), conversation(member(1))
    messages = [message(5), message(6), message(6), message(6), None]
    found = privacy.visible_messages(messages, [own, own, others, None, own], VIEWER)
    assert found == [None, message(6), None, None, None]


def test_arguments_of_the_lock_are_the_relationships_that_were_read() -> None:
    one = user(FOLLOW | MUTE, BLOCK)
    other = msgspec.structs.replace(user(0, REQUEST), id=11)
    assert locks.lock_args(VIEWER, [one, other]) == (VIEWER, [1, 11], [FOLLOW | MUTE, 0], [BLOCK, REQUEST])


class Transaction:
    """Stands in for a connection; answers every query with `answer`."""

    def __init__(self, answer: bool) -> None:
        self.answer = answer
        self.asked: list[tuple[object, ...]] = []

    async def fetchval(self, *query: object) -> bool:
        self.asked.append(query)
        return self.answer


async def test_lock_raises_where_relationships_have_changed() -> None:
    holds = Transaction(True)
    await locks.lock_relationships(holds, VIEWER, user(FOLLOW))  # type: ignore[arg-type]
    assert holds.asked == [(locks.LOCK_SQL, VIEWER, [1], [FOLLOW], [0])]
    with pytest.raises(locks.RelationshipChanged):
        await locks.lock_relationships(Transaction(False), VIEWER, user(FOLLOW))  # type: ignore[arg-type]
