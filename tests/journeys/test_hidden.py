"""What is hidden from somebody answers as what never was: across a block, and while an account is away."""

from typing import Any

import pytest

from kit.ids import decode, encode
from tests.conftest import NewPerson
from tests.support.accounts import PASSWORD_MUTATION
from tests.support.client import Failed, Person, until
from tests.support.posts import ADD_COMMENT, MUTATE_BY_ID, add_comment, mutate_by_id, read_post, visible_ids

ERRORS = "userErrors { code message field }"
BLOCK = f"mutation ($id: ID!) {{ block(userId: $id) {{ user {{ id }} {ERRORS} }} }}"
UNBLOCK = f"mutation ($id: ID!) {{ unblock(userId: $id) {{ user {{ id }} {ERRORS} }} }}"
SIGN_IN = """mutation ($login: String!) { signIn(input: { login: $login, password: "heliograph" }) {
  viewer { user { id username } } accessToken refreshToken userErrors { code } } }"""
USER = "query ($name: String!) { user(username: $name) { id displayName followerCount } }"
PEOPLE = """query ($id: ID!) { node(id: $id) { ... on User {
  followerCount followingCount followers { nodes { id } } following { nodes { id } } } } }"""
TAG = "query ($name: String!) { hashtag(name: $name) { id postCount posts { nodes { id } } } }"
OWN = "{ viewer { savedPosts { nodes { id } } followRequests { nodes { id } } blockedUsers { nodes { id } } } }"

OF_PEOPLE = [
    *("follow", "unfollow", "acceptFollowRequest", "declineFollowRequest", "removeFollower", "block", "unblock"),
    *("mute", "unmute"),
]
OF_POSTS = ["likePost", "unlikePost", "savePost", "unsavePost"]
OF_COMMENTS = ["likeComment", "unlikeComment"]
MUTATIONS = [
    *(("user", f"{name}(userId: $id) {{ user {{ id }} {ERRORS} }}") for name in OF_PEOPLE),
    *(
        ("user", f"setCloseFriend(userId: $id, isCloseFriend: {how}) {{ user {{ id }} {ERRORS} }}")
        for how in ("true", "false")
    ),
    *(
        ("user", f"setStoryNotifications(userId: $id, enabled: {how}) {{ user {{ id }} {ERRORS} }}")
        for how in ("true", "false")
    ),
    *(("post", f"{name}(postId: $id) {{ post {{ id }} {ERRORS} }}") for name in OF_POSTS),
    ("post", f"removeMyTag(postId: $id) {{ post {{ id }} {ERRORS} }}"),
    ("post", f"removeMyMention(subjectId: $id) {{ post {{ id }} comment {{ id }} {ERRORS} }}"),
    ("comment", f"removeMyMention(subjectId: $id) {{ post {{ id }} comment {{ id }} {ERRORS} }}"),
    ("post", f"deletePost(postId: $id) {{ deletedId author {{ id }} {ERRORS} }}"),
    ("post", f'updatePost(input: {{ postId: $id, caption: "mine" }}) {{ post {{ id }} {ERRORS} }}'),
    ("post", f'addComment(input: {{ postId: $id, text: "hello" }}) {{ comment {{ id }} {ERRORS} }}'),
    ("post", f'addComment(input: {{ postId: $id, text: "{"x" * 10_001}" }}) {{ comment {{ id }} {ERRORS} }}'),
    *(("comment", f"{name}(commentId: $id) {{ comment {{ id }} {ERRORS} }}") for name in OF_COMMENTS),
    ("comment", f"deleteComment(commentId: $id) {{ deletedId post {{ id }} parent {{ id }} {ERRORS} }}"),
]


def never(id: str) -> str:
    """An id of the same kind that was never given."""
    return encode(decode(id)[0], 12345)


def ids(connection: dict[str, Any]) -> list[str]:
    return [node["id"] for node in connection["nodes"]]


async def test_mutations_answer_the_blocked_as_if_nothing_had_been_there(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post, common = await ada.publish(), await bob.publish()
    hidden = {"user": ada.id, "post": post, "comment": await add_comment(ada, common)}
    await ada.do(BLOCK, id=eve.id)
    for kind, field in MUTATIONS:
        answers = [
            await eve.post({"query": f"mutation ($id: ID!) {{ {field} }}", "variables": {"id": id}})
            for id in (hidden[kind], never(hidden[kind]), never(bob.id) if kind == "post" else never(post))
        ]
        assert answers[0] == answers[1] == answers[2], field
        [payload] = answers[0]["data"].values()
        assert [error["code"] for error in payload.pop("userErrors")] == ["NOT_FOUND"], field
        assert set(payload.values()) == {None}, field
    reply = f"""mutation ($post: ID!, $parent: ID!) {{
        addComment(input: {{ postId: $post, parentId: $parent, text: "x" }}) {{ comment {{ id }} {ERRORS} }} }}"""
    answers = [await eve.do(reply, post=common, parent=id) for id in (hidden["comment"], never(hidden["comment"]))]
    assert answers[0] == answers[1]
    assert [(error["code"], error["field"]) for error in answers[0]["userErrors"]] == [("NOT_FOUND", ["parentId"])]
    tag = f"mutation ($input: CreatePostInput!) {{ createPost(input: $input) {{ post {{ id }} {ERRORS} }} }}"
    upload = (await eve.create_upload(b"x"))["id"]
    answers = [
        await eve.do(tag, input={"media": [{"uploadId": upload, "userTags": [{"userId": id, "x": 0, "y": 0}]}]})
        for id in (ada.id, never(ada.id), post)
    ]
    assert answers[0] == answers[1] == answers[2]
    assert [error["code"] for error in answers[0]["userErrors"]] == ["NOT_FOUND"]


async def test_mutations_are_for_those_who_sign_in_and_of_ids_that_are_some(person: NewPerson, visitor: Person) -> None:
    ada = await person("ada")
    ids = {"user": ada.id, "post": await ada.publish()}
    ids["comment"] = await add_comment(ada, ids["post"])
    for kind, field in MUTATIONS:
        for somebody, id, code in ((visitor, ids[kind], "UNAUTHENTICATED"), (ada, "no id", "BAD_USER_INPUT")):
            with pytest.raises(Failed) as failure:
                await somebody.do(f"mutation ($id: ID!) {{ {field} }}", id=id)
            assert failure.value.code == code, field


async def test_a_list_goes_on_past_what_is_hidden_in_it(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    oldest = await bob.publish()
    for post in [oldest, *[await ada.publish() for _ in range(6)], await bob.publish()]:
        await mutate_by_id(eve, "savePost", postId=post)
        newest = post
    await ada.do(BLOCK, id=eve.id)
    page = """query ($after: String) { viewer { savedPosts(first: 1, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } } }"""
    found, more, after = [], True, None
    for _ in range(8):
        if more:
            shown = (await eve.ask(page, after=after))["viewer"]["savedPosts"]
            found += [node["id"] for node in shown["nodes"]]
            more, after = shown["pageInfo"]["hasNextPage"], shown["pageInfo"]["endCursor"]
    assert (found, more) == ([newest, oldest], False)


async def test_nothing_of_the_blocker_is_left_in_any_list(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    word = ada.username.rsplit(".", 1)[1]
    own, common = await ada.publish(f"#{word}"), await bob.publish(f"with @{ada.username} and @{eve.username}")
    await mutate_by_id(ada, "follow", userId=bob.id)
    await mutate_by_id(bob, "follow", userId=ada.id)
    await mutate_by_id(ada, "likePost", postId=common)
    remark = await add_comment(ada, common)
    answer, other = (
        await add_comment(bob, common, "and I", remark),
        await add_comment(bob, common, f"hello @{ada.username}"),
    )
    await mutate_by_id(ada, "likeComment", commentId=other)
    under = await add_comment(ada, common, "below", other)
    await mutate_by_id(eve, "savePost", postId=own)
    await until(lambda: read_post(bob, common), lambda post: (post["likeCount"], post["commentCount"]) == (1, 4))
    await until(lambda: bob.ask(PEOPLE, id=bob.id), lambda seen: seen["node"]["followerCount"] == 1)
    photo = (await bob.ask("query ($id: ID!) { node(id: $id) { ... on Post { media { id } } } }", id=own))["node"]
    tag = (await eve.ask(TAG, name=word))["hashtag"]["id"]
    gone = (ada.id, own, remark, answer, under, photo["media"][0]["id"], tag)
    assert await visible_ids(eve, *gone, other) == [*gone, other]

    await ada.do(BLOCK, id=eve.id)
    assert await visible_ids(eve, *gone, other) == [other]
    for name in (ada.username, ada.username.upper()):
        assert (await eve.ask(USER, name=name)) == {"user": None}
    post = await read_post(eve, common)
    assert (post["likeCount"], ids(post["likers"]), post["commentCount"]) == (0, [], 1)
    assert post["mentions"] == [{"id": eve.id}]
    assert post["comments"]["nodes"] == [
        {"id": other, "replyCount": 0, "likeCount": 0, "mentions": [], "replies": {"nodes": []}}
    ]
    bobs = (await eve.ask(PEOPLE, id=bob.id))["node"]
    assert bobs == {"followerCount": 0, "followingCount": 0, "followers": {"nodes": []}, "following": {"nodes": []}}
    assert (await eve.ask(TAG, name=word))["hashtag"] is None
    assert ids((await eve.ask(OWN))["viewer"]["savedPosts"]) == []
    assert await visible_ids(bob, *gone) == list(gone), "others see what they saw"

    await ada.do(UNBLOCK, id=eve.id)
    assert await visible_ids(eve, *gone) == list(gone)
    assert ids((await eve.ask(OWN))["viewer"]["savedPosts"]) == [own]
    post = await read_post(eve, common)
    assert (post["likeCount"], post["commentCount"], ids(post["likers"])) == (1, 4, [ada.id])


async def test_what_a_block_ends_does_not_begin_again(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    states = """query ($id: ID!) { node(id: $id) { ... on User {
        viewerFollow followOfViewer viewerHasCloseFriend viewerHasMuted followerCount followingCount } } }"""
    for one, other in ((ada, eve), (eve, ada)):
        await mutate_by_id(one, "follow", userId=other.id)
        await mutate_by_id(one, "mute", userId=other.id)
        document = "mutation ($id: ID!) { setCloseFriend(userId: $id, isCloseFriend: true) { userErrors { code } } }"
        await one.do(document, id=other.id)
    await until(lambda: eve.ask(states, id=ada.id), lambda seen: seen["node"]["followerCount"] == 1)
    await ada.do(BLOCK, id=eve.id)
    await ada.do(UNBLOCK, id=eve.id)
    for one, other in ((ada, eve), (eve, ada)):
        state = await until(
            lambda one=one, other=other: one.ask(states, id=other.id),  # type: ignore[misc]
            lambda seen: seen["node"]["followerCount"] == seen["node"]["followingCount"] == 0,
        )
        assert (state["node"]["viewerFollow"], state["node"]["followOfViewer"]) == ("NONE", "NONE")
        assert state["node"]["viewerHasCloseFriend"] is False
        assert state["node"]["viewerHasMuted"] is True


async def test_a_request_ends_with_a_block(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    await ada.ask("mutation { updateProfile(input: { isPrivate: true }) { user { id } } }")
    await mutate_by_id(eve, "follow", userId=ada.id)
    assert ids((await ada.ask(OWN))["viewer"]["followRequests"]) == [eve.id]
    await eve.do(BLOCK, id=ada.id)
    assert ids((await ada.ask(OWN))["viewer"]["followRequests"]) == []
    await eve.do(UNBLOCK, id=ada.id)
    assert ids((await ada.ask(OWN))["viewer"]["followRequests"]) == []


async def test_the_blocker_sees_a_profile_without_content(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    own, common = await eve.publish(), await bob.publish()
    await mutate_by_id(bob, "follow", userId=eve.id)
    await mutate_by_id(ada, "savePost", postId=own)
    words = await add_comment(eve, common)
    await ada.do(BLOCK, id=eve.id)
    assert await visible_ids(ada, eve.id, own, words) == [eve.id]
    assert ids((await ada.ask(PEOPLE, id=eve.id))["node"]["followers"]) == []
    assert ids((await ada.ask(OWN))["viewer"]["savedPosts"]) == []
    assert ids((await read_post(ada, common))["comments"]) == []
    payload = await ada.do(f"mutation ($id: ID!) {{ likePost(postId: $id) {{ post {{ id }} {ERRORS} }} }}", id=own)
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]
    for name in ("mute", "unmute", "unfollow", "removeFollower", "declineFollowRequest"):
        await mutate_by_id(ada, name, userId=eve.id)
    payload = await ada.do(
        f"mutation ($id: ID!) {{ setCloseFriend(userId: $id, isCloseFriend: true) {{ user {{ id }} {ERRORS} }} }}",
        id=eve.id,
    )
    assert [error["code"] for error in payload["userErrors"]] == ["NOT_ALLOWED"]
    await bob.do(BLOCK, id=ada.id)
    assert await visible_ids(ada, bob.id, common) == [], "a blocked user sees nothing, even if that user blocks as well"


async def test_likes_and_follows_of_a_blocked_person_are_not_shown_to_the_blocker(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post = await bob.publish()
    for somebody in (ada, eve):
        await mutate_by_id(somebody, "likePost", postId=post)
        await mutate_by_id(somebody, "follow", userId=bob.id)
    await until(lambda: read_post(ada, post), lambda shown: shown["likeCount"] == 2)
    await until(lambda: ada.ask(PEOPLE, id=bob.id), lambda shown: shown["node"]["followerCount"] == 2)

    async def shown_to(who: Person) -> tuple[int, list[str], int, list[str]]:
        shown, bobs = await read_post(who, post), (await who.ask(PEOPLE, id=bob.id))["node"]
        return shown["likeCount"], ids(shown["likers"]), bobs["followerCount"], ids(bobs["followers"])

    await ada.do(BLOCK, id=eve.id)
    assert await shown_to(ada) == (1, [ada.id], 1, [ada.id])
    assert await shown_to(eve) == (1, [eve.id], 1, [eve.id])
    assert await shown_to(bob) == (2, [eve.id, ada.id], 2, [eve.id, ada.id])


async def traces(eve: Person, shy: Person, post: str) -> list[list[str]]:
    """What others see of an account: likers, comments and mentions of eve's post, her followers, whom she follows, the
    posts she has saved, and the follow requests to shy.
    """
    shown, people = await read_post(eve, post), (await eve.ask(PEOPLE, id=eve.id))["node"]
    return [
        *(ids(shown["likers"]), ids(shown["comments"]), [each["id"] for each in shown["mentions"]]),
        *(ids(people["followers"]), ids(people["following"])),
        ids((await eve.ask(OWN))["viewer"]["savedPosts"]),
        ids((await shy.ask(OWN))["viewer"]["followRequests"]),
    ]


async def can_do_nothing(gone: Person, name: str, other: Person, post: str) -> None:
    """Every mutation with the access token of an account after the mutation `name` is refused."""
    for document, variables in (
        (MUTATE_BY_ID.format(name="follow", key="userId"), {"id": other.id}),
        (MUTATE_BY_ID.format(name="likePost", key="postId"), {"id": post}),
        (ADD_COMMENT, {"post": post, "text": "still here"}),
        ('mutation { updateProfile(input: { bio: "x" }) { userErrors { code } } }', {}),
        (PASSWORD_MUTATION.format(name=name, password="heliograph"), {}),
    ):
        with pytest.raises(Failed) as failure:
            await gone.do(document, **variables)
        assert failure.value.code == "UNAUTHENTICATED"


@pytest.mark.parametrize("name", ["deactivateAccount", "deleteAccount"])
async def test_an_account_that_is_away_is_nowhere(person: NewPerson, name: str) -> None:
    ada, eve, shy = await person("ada"), await person("eve"), await person("shy")
    await shy.ask("mutation { updateProfile(input: { isPrivate: true }) { user { id } } }")
    word = ada.username.rsplit(".", 1)[1]
    own, theirs = await ada.publish(f"#{word}"), await eve.publish(f"@{ada.username}")
    for one, other in ((ada, eve), (eve, ada), (ada, shy)):
        await mutate_by_id(one, "follow", userId=other.id)
    await mutate_by_id(ada, "likePost", postId=theirs)
    words = await add_comment(ada, theirs)
    answer = await add_comment(eve, theirs, "yes", words)
    await mutate_by_id(eve, "savePost", postId=own)
    await mutate_by_id(eve, "likePost", postId=own)
    await eve.sees(theirs, own)
    payload = await ada.do(PASSWORD_MUTATION.format(name=name, password="wrong"))
    assert payload == {"userErrors": [{"code": "WRONG_CREDENTIALS", "field": ["password"]}]}
    assert await visible_ids(eve, ada.id) == [ada.id]

    assert await ada.do(PASSWORD_MUTATION.format(name=name, password="heliograph")) == {"userErrors": []}
    assert await visible_ids(eve, ada.id, own, words, answer) == []
    assert await eve.feed() == [theirs]
    assert (await eve.ask(USER, name=ada.username))["user"] is None
    assert (await eve.ask(TAG, name=word))["hashtag"] is None
    assert await traces(eve, shy, theirs) == [[]] * 7
    for field in ("follow", "acceptFollowRequest", "block"):
        payload = await shy.do(f"mutation ($id: ID!) {{ {field}(userId: $id) {{ {ERRORS} }} }}", id=ada.id)
        assert [error["code"] for error in payload["userErrors"]] == ["NOT_FOUND"]

    await can_do_nothing(ada, name, shy, theirs)
    assert await visible_ids(ada, eve.id, theirs, own) == [], "a token that lives on shows nothing"

    again = await ada.do(SIGN_IN, login=f"{ada.username}@example.com")
    if name == "deleteAccount":
        assert [error["code"] for error in again["userErrors"]] == ["WRONG_CREDENTIALS"]
        assert (again["viewer"], again["accessToken"], again["refreshToken"]) == (None, None, None)
        return
    ada.remember(again)
    assert await visible_ids(eve, ada.id, own, words, answer) == [ada.id, own, words, answer]
    await eve.sees(theirs, own)
    assert await traces(eve, shy, theirs) == [[ada.id], [words], [ada.id], [ada.id], [ada.id], [own], [ada.id]]
    await mutate_by_id(ada, "likePost", postId=theirs)
