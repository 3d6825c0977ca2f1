"""People withdraw what is theirs, and owners delete comments under their posts, also where they cannot see them."""

from typing import Any

import pytest

from kit.ids import decode, encode
from tests.conftest import NewPerson
from tests.support.client import Person, until
from tests.support.posts import add_comment, mutate_by_id, read_post, visible_ids
from tests.support.relationships import BLOCK
from workers.parts import Parts

ERRORS = "userErrors { code message field }"
DELETE = f"""mutation ($id: ID!) {{ deleteComment(commentId: $id) {{
  deletedId post {{ id }} parent {{ id }} {ERRORS} }} }}"""
WITHDRAW = {
    "unlikePost": f"mutation ($id: ID!) {{ unlikePost(postId: $id) {{ post {{ id likeCount }} {ERRORS} }} }}",
    "unsavePost": f"mutation ($id: ID!) {{ unsavePost(postId: $id) {{ post {{ id likeCount }} {ERRORS} }} }}",
    "unlikeComment": f"""mutation ($id: ID!) {{
        unlikeComment(commentId: $id) {{ comment {{ id likeCount }} {ERRORS} }} }}""",
}
PRIVATE = "mutation { updateProfile(input: { isPrivate: true }) { userErrors { code } } }"
HIDE = ["block", "be blocked", "private"]


async def hide(ada: Person, eve: Person, how: str) -> None:
    """Have ada's posts hidden from eve."""
    if how == "private":
        assert await ada.do(PRIVATE) == {"userErrors": []}
    else:
        one, other = (ada, eve) if how == "be blocked" else (eve, ada)
        assert (await one.do(BLOCK, id=other.id))["userErrors"] == []


async def counts(person: Person, post: str) -> tuple[int, int]:
    shown = await read_post(person, post)
    return shown["likeCount"], shown["commentCount"]


@pytest.mark.parametrize("how", HIDE)
async def test_what_is_ones_own_is_withdrawn_from_a_post_that_is_hidden(person: NewPerson, how: str) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post = await ada.publish()
    top = await add_comment(ada, post, "top")
    own = await add_comment(eve, post, "own", top)
    await mutate_by_id(eve, "likePost", postId=post)
    await mutate_by_id(eve, "savePost", postId=post)
    await mutate_by_id(eve, "likeComment", commentId=top)
    await bob.follow(ada)
    await until(lambda: counts(ada, post), lambda found: found == (1, 2))
    await hide(ada, eve, how)
    assert await visible_ids(eve, post, top, own) == []

    for field, document in WITHDRAW.items():
        id, thing = (top, "comment") if field == "unlikeComment" else (post, "post")
        assert await eve.do(document, id=id) == {thing: None, "userErrors": []}, field
        again = await eve.do(document, id=id)
        assert [error["code"] for error in again["userErrors"]] == ["NOT_FOUND"], field
        assert again == await bob.do(document, id=eve.id), f"{field}: as what never was"
    deleted = await eve.do(DELETE, id=own)
    assert deleted == {"deletedId": own, "post": None, "parent": None, "userErrors": []}
    assert [error["code"] for error in (await eve.do(DELETE, id=own))["userErrors"]] == ["NOT_FOUND"]
    assert [error["code"] for error in (await eve.do(DELETE, id=top))["userErrors"]] == ["NOT_FOUND"], "not hers"
    await until(lambda: counts(bob, post), lambda found: found == (0, 1))
    assert await visible_ids(bob, post, top, own) == [post, top]


@pytest.mark.parametrize("blocker", ["owner", "author"])
async def test_the_owner_of_a_post_can_delete_what_they_do_not_see(person: NewPerson, blocker: str) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post = await ada.publish()
    top = await add_comment(eve, post)
    reply = await add_comment(bob, post, "yes", top)
    one, other = (ada, eve) if blocker == "owner" else (eve, ada)
    await one.do(BLOCK, id=other.id)
    assert await visible_ids(ada, top, reply) == []
    [refused] = (await bob.do(DELETE, id=top))["userErrors"]
    assert refused["code"] == ("NOT_FOUND" if blocker == "owner" else "NOT_ALLOWED")
    for comment in (reply, top):
        payload = await ada.do(DELETE, id=comment)
        assert payload == {"deletedId": comment, "post": {"id": post}, "parent": None, "userErrors": []}
    await until(lambda: counts(bob, post), lambda found: found == (0, 0))


async def test_comments_of_whom_the_owner_blocks_are_hidden_from_everybody(person: NewPerson, visitor: Person) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post, elsewhere = await ada.publish(), await bob.publish()
    await bob.follow(ada)
    kept = await add_comment(bob, post, "kept")
    said = await add_comment(eve, post, f"look @{bob.username}")
    answers = [await add_comment(somebody, post, "answer", parent) for somebody, parent in ((bob, said), (eve, kept))]
    other = await add_comment(eve, elsewhere)
    await until(lambda: counts(visitor, post), lambda found: found == (0, 4))

    await ada.do(BLOCK, id=eve.id)
    feed = """{ feed(first: 5, order: CHRONOLOGICAL) { nodes { id commentCount
        comments(first: 1) { nodes { id replyCount replies(first: 5) { nodes { id } } } } } } }"""
    shown = {"id": kept, "replyCount": 0, "replies": {"nodes": []}}
    for somebody in (ada, bob, visitor):
        assert await visible_ids(somebody, said, *answers, kept) == [kept]
        page: dict[str, Any] = await read_post(somebody, post)
        assert page["commentCount"] == 1
        assert page["comments"]["nodes"] == [{"likeCount": 0, "mentions": []} | shown]
    [first] = [each for each in (await bob.ask(feed))["feed"]["nodes"] if each["id"] == post]
    assert first == {"id": post, "commentCount": 1, "comments": {"nodes": [shown]}}
    assert await visible_ids(bob, other) == [other], "under other posts they are heard"
    reply = f"""mutation ($post: ID!, $parent: ID!) {{
        addComment(input: {{ postId: $post, parentId: $parent, text: "x" }}) {{ comment {{ id }} {ERRORS} }} }}"""
    [refused] = (await bob.do(reply, post=post, parent=said))["userErrors"]
    assert (refused["code"], refused["field"]) == ("NOT_FOUND", ["parentId"])

    await mutate_by_id(ada, "unblock", userId=eve.id)
    assert await visible_ids(visitor, said, *answers, kept) == [said, *answers, kept]
    assert (await counts(visitor, post)) == (0, 4)


async def test_what_others_like_stays_when_somebody_withdraws(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post = await ada.publish()
    top = await add_comment(ada, post)
    for somebody in (eve, bob):
        await mutate_by_id(somebody, "likePost", postId=post)
        await mutate_by_id(somebody, "likeComment", commentId=top)
    await mutate_by_id(eve, "unlikePost", postId=post)
    await mutate_by_id(eve, "unlikeComment", commentId=top)
    shown = await read_post(ada, post)
    assert [liker["id"] for liker in shown["likers"]["nodes"]] == [bob.id]
    await until(lambda: read_post(ada, post), lambda found: found["comments"]["nodes"][0]["likeCount"] == 1)


RELATE = "mutation ($id: ID!) {{ {name}(userId: $id{more}) {{ user {{ id }} userErrors {{ code field }} }} }}"
OWN = {
    "unfollow": ("follow", "", ""),
    "unmute": ("mute", "", ""),
    "unblock": ("block", "", ""),
    "setCloseFriend": ("setCloseFriend", ", isCloseFriend: true", ", isCloseFriend: false"),
}


@pytest.mark.parametrize(
    ("name", "how"),
    [(name, how) for name in OWN for how in ("deactivated", "blocks") if (name, how) != ("unblock", "blocks")],
)
async def test_what_one_is_to_hidden_people_is_withdrawn(person: NewPerson, parts: Parts, name: str, how: str) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    make, with_, without = OWN[name]
    do, undo = RELATE.format(name=make, more=with_), RELATE.format(name=name, more=without)
    assert (await eve.do(do, id=ada.id))["user"] == {"id": ada.id}
    if how == "deactivated":
        await ada.do('mutation { deactivateAccount(password: "heliograph") { userErrors { code } } }')
    else:
        assert not (await ada.do(BLOCK, id=eve.id))["userErrors"]
    never = await bob.do(undo, id=ada.id if how == "deactivated" else encode(*decode(ada.id)[:1], 1 << 40))
    relations = "SELECT count(*) FROM relations WHERE from_id = $1 AND to_id = $2"
    numbers = decode(eve.id)[1], decode(ada.id)[1]
    if await parts.db.fetchval(relations, *numbers):
        assert await eve.do(undo, id=ada.id) == {"user": None, "userErrors": []}
        assert await parts.db.fetchval(relations, *numbers) == 0
    else:
        assert (how, name) in (("blocks", "unfollow"), ("blocks", "setCloseFriend")), "a block ends these"
    assert await eve.do(undo, id=ada.id) == never, "as what never was"
