"""Profiles and relationships."""

from typing import Any

import pytest

from tests.conftest import NewPerson
from tests.support.accounts import ERRORS, UPDATE_PROFILE, update_profile
from tests.support.client import UPLOAD, Failed, Person, photo, until
from workers.parts import Parts

RELATION = """{
  user { id viewerFollow followOfViewer viewerHasBlocked viewerHasMuted viewerHasCloseFriend followerCount }
  userErrors { code field } }"""
USER = """query ($id: ID!) { node(id: $id) { ... on User { username displayName bio isPrivate avatarUrl
  viewerCanSeeContent viewerFollow followOfViewer viewerHasBlocked followerCount followingCount postCount
  posts { nodes { id } } followers { nodes { id } } following { nodes { id } } } } }"""
OWN = """{ viewer { user { id followingCount }
  followRequests { edges { node { id } requestedAt } pageInfo { hasNextPage } } blockedUsers { nodes { id } } } }"""


async def relate(person: Person, name: str, other: Person, **more: Any) -> dict[str, Any]:
    """The payload of a relationship mutation, which must succeed twice with the same outcome."""
    extra = "".join(f", {key}: {str(value).lower()}" for key, value in more.items())
    document = f"mutation ($id: ID!) {{ {name}(userId: $id{extra}) {RELATION} }}"
    first = await person.do(document, id=other.id)
    assert first["userErrors"] == []
    again = await person.do(document, id=other.id)
    assert {**again["user"], "followerCount": 0} == {**first["user"], "followerCount": 0}
    user: dict[str, Any] = first["user"]
    return user


async def refused(person: Person, name: str, id: str) -> list[str]:
    payload = await person.do(f"mutation ($id: ID!) {{ {name}(userId: $id) {RELATION} }}", id=id)
    assert payload["user"] is None
    return [error["code"] for error in payload["userErrors"]]


async def see(person: Person, other: Person) -> dict[str, Any] | None:
    node: dict[str, Any] | None = (await person.ask(USER, id=other.id))["node"]
    return node


async def test_a_profile_is_changed(person: NewPerson) -> None:
    ada = await person("ada")
    user = await update_profile(ada, displayName="  Ada   Lovelace ", bio="I count.\nAnd weave.", isPrivate=True)
    assert (user["displayName"], user["bio"], user["isPrivate"]) == ("Ada Lovelace", "I count.\nAnd weave.", True)
    user = await update_profile(ada, bio=None)
    assert (user["displayName"], user["bio"], user["isPrivate"]) == ("Ada Lovelace", "", True)
    assert (await update_profile(ada, displayName=None, isPrivate=False))["displayName"] == ada.username
    assert (await update_profile(ada))["isPrivate"] is False


@pytest.mark.parametrize(
    ("changes", "errors"),
    [
        ({"username": "no spaces"}, [("INVALID", "username")]),
        ({"username": "Admin"}, [("NOT_ALLOWED", "username")]),
        ({"username": None}, [("REQUIRED", "username")]),
        ({"isPrivate": None}, [("REQUIRED", "isPrivate")]),
        ({"displayName": "x" * 61, "bio": "x" * 151}, [("TOO_LONG", "displayName"), ("TOO_LONG", "bio")]),
        ({"displayName": "ada\u202eadmin"}, [("INVALID", "displayName")]),
        ({"displayName": "two\nlines"}, [("INVALID", "displayName")]),
    ],
)
async def test_a_wrong_change_leaves_no_trace(person: NewPerson, changes: Any, errors: Any) -> None:
    ada = await person("ada")
    payload = await ada.do(UPDATE_PROFILE, input={"bio": "kept?"} | changes)
    assert [(error["code"], *error["field"]) for error in payload["userErrors"]] == errors
    user = await see(ada, ada)
    assert user is not None
    assert (user["bio"], user["displayName"]) == ("", ada.username)


async def test_family_emoji_are_one_character_each(person: NewPerson) -> None:
    ada = await person("ada")
    assert (await update_profile(ada, displayName="👨‍👩‍👧‍👦" * 60))["displayName"] == "👨‍👩‍👧‍👦" * 60


async def test_a_former_name_is_kept_for_its_owner(person: NewPerson, parts: Parts) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    old, new = ada.username, f"new{ada.username[-8:]}"
    assert (await update_profile(ada, username=new.upper()))["username"] == new
    for name in (old, new):
        payload = await eve.do(UPDATE_PROFILE, input={"username": name.upper()})
        assert payload["userErrors"] == [{"code": "TAKEN", "field": ["username"]}]
    payload = await bob.sign_up("x", username=old)
    assert [error["code"] for error in payload["userErrors"]] == ["TAKEN"]
    assert (await ada.ask("query ($n: String!) { user(username: $n) { id } }", n=old))["user"] is None
    assert (await update_profile(ada, username=old))["username"] == old
    await update_profile(ada, username=new)
    await parts.db.execute("UPDATE former_usernames SET free_at = now()")
    assert (await update_profile(eve, username=old))["username"] == old


async def test_an_avatar_is_shown_when_it_is_ready(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    content = photo(200, 200)
    upload = await ada.create_upload(content)
    assert (await update_profile(ada, avatarUploadId=upload["id"]))["avatarUrl"] is None
    assert await ada.send(upload, content) == 200
    shown = await until(lambda: see(eve, ada), lambda user: user is not None and user["avatarUrl"] is not None)
    assert shown is not None
    answer = await eve.http.get(shown["avatarUrl"])
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/jpeg")

    other = await ada.upload(photo(100, 100))
    await ada.processed(other)
    replaced = await update_profile(ada, avatarUploadId=other)
    assert replaced["avatarUrl"] not in (None, shown["avatarUrl"])
    payload = await ada.do(UPDATE_PROFILE, input={"avatarUploadId": other})
    assert payload["userErrors"] == [{"code": "CONFLICT", "field": ["avatarUploadId"]}]
    stolen = await eve.do(UPDATE_PROFILE, input={"avatarUploadId": other})
    assert stolen["userErrors"] == [{"code": "NOT_FOUND", "field": ["avatarUploadId"]}]
    assert (await update_profile(ada, avatarUploadId=None))["avatarUrl"] is None


async def test_the_avatar_is_what_was_chosen_last(person: NewPerson) -> None:
    ada = await person("ada")
    older, newer = await ada.upload(photo(100, 100)), await ada.upload(photo(100, 100))
    for upload in (older, newer):
        await ada.processed(upload)
    first = (await update_profile(ada, avatarUploadId=newer))["avatarUrl"]
    second = (await update_profile(ada, avatarUploadId=older))["avatarUrl"]
    assert None not in (first, second)
    assert second != first, "the upload that was made first was chosen last"


async def test_an_avatar_that_comes_late_does_not_replace_a_later_choice(person: NewPerson) -> None:
    ada = await person("ada")
    at_hand, content = await ada.upload(photo(100, 100)), photo(100, 100)
    late = await ada.create_upload(content)
    await ada.processed(at_hand)
    assert (await update_profile(ada, avatarUploadId=late["id"]))["avatarUrl"] is None
    chosen = (await update_profile(ada, avatarUploadId=at_hand))["avatarUrl"]
    assert chosen is not None
    await ada.send(late, content)
    await until(
        lambda: ada.ask(UPLOAD, id=late["id"]),
        lambda seen: (seen["node"] or {}).get("status") not in ("AWAITING_BYTES", "PROCESSING"),
    )
    assert (await update_profile(ada))["avatarUrl"] == chosen


async def test_an_avatar_that_is_on_its_way_can_be_called_off(person: NewPerson) -> None:
    ada, content = await person("ada"), photo(100, 100)
    upload = await ada.create_upload(content)
    await update_profile(ada, avatarUploadId=upload["id"])
    assert (await update_profile(ada, avatarUploadId=None))["avatarUrl"] is None
    await ada.send(upload, content)
    await ada.publish()  # what is sent later is ready
    assert (await update_profile(ada))["avatarUrl"] is None


async def test_a_wrong_avatar(person: NewPerson) -> None:
    ada = await person("ada")
    used, broken, free = await ada.upload(), await ada.upload(b"no picture"), await ada.upload(photo(100, 100))
    await ada.create_post(used)
    assert (await ada.processed(broken))["status"] == "REJECTED"
    await ada.processed(free)
    shown = (await update_profile(ada, avatarUploadId=free))["avatarUrl"]
    for upload, code in ((used, "CONFLICT"), (broken, "INVALID"), (free, "CONFLICT"), (ada.id, "NOT_FOUND")):
        payload = await ada.do(UPDATE_PROFILE, input={"avatarUploadId": upload, "bio": "kept?"})
        assert payload == {"user": None, "userErrors": [{"code": code, "field": ["avatarUploadId"]}]}
    assert (await update_profile(ada))["avatarUrl"] == shown
    assert (await update_profile(ada))["bio"] == ""
    other = await ada.upload(photo(100, 100))
    await ada.processed(other)
    await ada.do(UPDATE_PROFILE, input={"avatarUploadId": other, "username": "admin"})
    assert (await update_profile(ada))["avatarUrl"] == shown
    assert (await update_profile(ada, avatarUploadId=other))["avatarUrl"] != shown, "a change refused uses nothing"

    async def old() -> int:
        return (await ada.http.get(shown)).status_code

    await until(old, lambda status: status == 404)


async def test_a_private_account_is_asked(person: NewPerson) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    post = await ada.publish()
    await update_profile(ada, isPrivate=True)
    assert (await relate(eve, "follow", ada))["viewerFollow"] == "REQUESTED"
    await relate(bob, "follow", ada)
    seen = await see(eve, ada)
    assert seen is not None
    assert (seen["viewerCanSeeContent"], seen["posts"]["nodes"], seen["followers"]["nodes"]) == (False, [], [])
    assert (await eve.ask("query ($id: ID!) { node(id: $id) { id } }", id=post))["node"] is None

    waiting = (await ada.ask(OWN))["viewer"]["followRequests"]["edges"]
    assert [edge["node"]["id"] for edge in waiting] == [bob.id, eve.id]
    assert all(edge["requestedAt"].endswith("Z") for edge in waiting)
    assert (await relate(ada, "acceptFollowRequest", eve))["followOfViewer"] == "FOLLOWING"
    await relate(ada, "declineFollowRequest", bob)
    assert (await ada.ask(OWN))["viewer"]["followRequests"]["edges"] == []
    assert await refused(ada, "acceptFollowRequest", bob.id) == ["NOT_FOUND"]
    await eve.sees(post)
    seen = await see(eve, ada)
    assert seen is not None
    assert (seen["viewerCanSeeContent"], seen["posts"]["nodes"]) == (True, [{"id": post}])

    assert (await relate(ada, "removeFollower", eve))["followOfViewer"] == "NONE"
    await eve.sees()
    await relate(eve, "follow", ada)
    assert (await relate(eve, "unfollow", ada))["viewerFollow"] == "NONE"
    assert (await ada.ask(OWN))["viewer"]["followRequests"]["edges"] == []


async def test_going_public_accepts_those_who_wait(person: NewPerson, parts: Parts) -> None:
    ada, eve = await person("ada"), await person("eve")
    await update_profile(ada, isPrivate=True)
    await relate(eve, "follow", ada)
    await update_profile(ada, isPrivate=False)
    await parts.db.execute("UPDATE jobs SET due_at = now() WHERE kind = 'accept requests'")
    await until(lambda: see(eve, ada), lambda user: user is not None and user["viewerFollow"] == "FOLLOWING")
    await until(lambda: see(eve, ada), lambda user: user is not None and user["followerCount"] == 1)


async def test_a_block_hides_both_from_each_other(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    post = await ada.publish()
    theirs = await eve.publish()
    await relate(eve, "follow", ada)
    await relate(ada, "follow", eve)
    await eve.sees(theirs, post)
    assert (await relate(ada, "block", eve))["viewerHasBlocked"] is True
    await eve.sees(theirs)
    await ada.sees(post)
    assert await see(eve, ada) is None
    assert (await eve.ask("query ($n: String!) { user(username: $n) { id } }", n=ada.username))["user"] is None
    for name in ("follow", "unfollow", "block", "unblock", "mute", "removeFollower", "acceptFollowRequest"):
        assert await refused(eve, name, ada.id) == ["NOT_FOUND"]
    profile = await see(ada, eve)
    assert profile is not None
    assert (profile["viewerHasBlocked"], profile["viewerCanSeeContent"]) == (True, False)
    assert profile["posts"]["nodes"] == []
    assert (await ada.ask(OWN))["viewer"]["blockedUsers"]["nodes"] == [{"id": eve.id}]
    assert await refused(ada, "follow", eve.id) == ["NOT_ALLOWED"]

    assert (await relate(ada, "unblock", eve))["viewerHasBlocked"] is False
    profile = await see(eve, ada)
    assert profile is not None
    assert (profile["posts"]["nodes"], profile["viewerFollow"]) == ([{"id": post}], "NONE")


async def test_muting_keeps_posts_out_of_the_feed_only(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    await relate(eve, "follow", ada)
    first = await ada.publish()
    await eve.sees(first)
    assert (await relate(eve, "mute", ada))["viewerHasMuted"] is True
    await eve.sees()
    second = await ada.publish()
    profile = await see(eve, ada)
    assert profile is not None
    assert [node["id"] for node in profile["posts"]["nodes"]] == [second, first]
    assert await eve.feed() == []
    assert (await relate(eve, "unmute", ada))["viewerHasMuted"] is False
    await eve.sees(second, first)


async def test_close_friends_know_nothing_of_it(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    assert (await relate(ada, "setCloseFriend", eve, isCloseFriend=True))["viewerHasCloseFriend"] is True
    profile = await eve.ask("query ($id: ID!) { node(id: $id) { ... on User { viewerHasCloseFriend } } }", id=ada.id)
    assert profile["node"]["viewerHasCloseFriend"] is False
    assert (await relate(ada, "setCloseFriend", eve, isCloseFriend=False))["viewerHasCloseFriend"] is False


async def test_nobody_relates_to_themselves_or_to_nobody(person: NewPerson) -> None:
    ada = await person("ada")
    post = await ada.publish()
    for name in ("follow", "block", "mute"):
        assert await refused(ada, name, ada.id) == ["NOT_ALLOWED"]
        assert await refused(ada, name, post) == ["NOT_FOUND"]


async def test_counts_tell_of_ones_own_act_at_once_and_settle(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    assert (await relate(eve, "follow", ada))["followerCount"] == 1
    await until(lambda: see(eve, ada), lambda user: user is not None and user["followerCount"] == 1)
    await until(lambda: eve.ask(OWN), lambda own: own["viewer"]["user"]["followingCount"] == 1)
    assert (await relate(eve, "unfollow", ada))["followerCount"] == 0
    await until(lambda: see(eve, ada), lambda user: user is not None and user["followerCount"] == 0)


async def test_a_deactivated_account_comes_back_by_signing_in(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    await relate(eve, "follow", ada)
    post = await ada.publish()
    await eve.sees(post)
    document = f"mutation ($p: String!) {{ deactivateAccount(password: $p) {{ {ERRORS} }} }}"
    wrong = await ada.do(document, p="not it")
    assert wrong["userErrors"] == [{"code": "WRONG_CREDENTIALS", "field": ["password"]}]
    assert await ada.do(document, p="heliograph") == {"userErrors": []}
    assert await see(eve, ada) is None
    assert await eve.feed() == []
    with pytest.raises(Failed, match="UNAUTHENTICATED"):
        await relate(ada, "follow", eve)
    refreshed = await ada.do(
        "mutation ($t: String!) { refreshSession(refreshToken: $t) { accessToken userErrors { code } } }",
        t=ada.refresh_token,
    )
    assert refreshed["accessToken"] is None
    signed_in = await ada.do(
        """mutation ($i: SignInInput!) { signIn(input: $i) {
            accessToken refreshToken viewer { user { id username } } } }""",
        i={"login": ada.username, "password": "heliograph"},
    )
    ada.remember(signed_in)
    await eve.sees(post)
    assert (await relate(ada, "follow", eve))["viewerFollow"] == "FOLLOWING"


async def test_a_new_name_is_shown_everywhere(person: NewPerson) -> None:
    ada, eve = await person("ada"), await person("eve")
    await relate(eve, "follow", ada)
    post = await eve.publish(f"with @{ada.username}")
    own = await ada.publish()
    await eve.sees(own, post)
    new = f"new{ada.username[-8:]}"
    await update_profile(ada, username=new)
    shown = (await eve.ask("{ feed(order: CHRONOLOGICAL) { nodes { author { username } mentions { username } } } }"))[
        "feed"
    ]["nodes"]
    assert [node["author"]["username"] for node in shown] == [new, eve.username]
    assert shown[1]["mentions"] == [{"username": new}], "who was named is named still"
    sign_in = "mutation ($i: SignInInput!) { signIn(input: $i) { viewer { user { id } } userErrors { code } } }"
    former = await ada.do(sign_in, i={"login": ada.username, "password": "heliograph"})
    assert former == {"viewer": None, "userErrors": [{"code": "WRONG_CREDENTIALS"}]}
    present = await ada.do(sign_in, i={"login": new.upper(), "password": "heliograph"})
    assert present["viewer"]["user"]["id"] == ada.id


async def test_going_private_keeps_the_followers_one_has(person: NewPerson, visitor: Person) -> None:
    ada, eve, bob = await person("ada"), await person("eve"), await person("bob")
    await relate(eve, "follow", ada)
    post = await ada.publish()
    await bob.do("mutation ($id: ID!) { savePost(postId: $id) { userErrors { code } } }", id=post)
    saved = "{ viewer { savedPosts { nodes { id } } } }"
    node = "query ($id: ID!) { node(id: $id) { id } }"
    await update_profile(ada, isPrivate=True)
    assert (await relate(eve, "follow", ada))["viewerFollow"] == "FOLLOWING"
    await eve.sees(post)
    for stranger in (bob, visitor):
        assert (await stranger.ask(node, id=post))["node"] is None
        profile = await see(stranger, ada)
        assert profile is not None
        assert (profile["viewerCanSeeContent"], profile["posts"], profile["followers"]) == (
            False,
            {"nodes": []},
            {"nodes": []},
        )
    assert (await bob.ask(saved))["viewer"]["savedPosts"]["nodes"] == []
    payload = await bob.do("mutation ($id: ID!) { likePost(postId: $id) { userErrors { code } } }", id=post)
    assert payload["userErrors"] == [{"code": "NOT_FOUND"}]
    await update_profile(ada, isPrivate=False)
    assert (await bob.ask(saved))["viewer"]["savedPosts"]["nodes"] == [{"id": post}]
    assert (await visitor.ask(node, id=post))["node"] == {"id": post}


async def test_requests_are_paged_and_taken_back_by_either(person: NewPerson) -> None:
    ada, fans = await person("ada"), [await person(f"fan{n}") for n in range(3)]
    await update_profile(ada, isPrivate=True)
    for fan in fans:
        assert (await relate(fan, "follow", ada))["followerCount"] == 0
    page = """query ($after: String) { viewer { followRequests(first: 2, after: $after) {
        nodes { id } pageInfo { hasNextPage endCursor } } } }"""
    first = (await ada.ask(page))["viewer"]["followRequests"]
    rest = (await ada.ask(page, after=first["pageInfo"]["endCursor"]))["viewer"]["followRequests"]
    assert [node["id"] for node in first["nodes"] + rest["nodes"]] == [fan.id for fan in fans[::-1]]
    with pytest.raises(Failed, match="BAD_USER_INPUT"):
        await fans[0].ask(page, after=first["pageInfo"]["endCursor"])
    assert (await relate(ada, "removeFollower", fans[0]))["followOfViewer"] == "NONE"
    assert (await relate(ada, "acceptFollowRequest", fans[1]))["followOfViewer"] == "FOLLOWING"
    assert (await relate(fans[2], "unfollow", ada))["viewerFollow"] == "NONE"
    assert (await ada.ask(OWN))["viewer"]["followRequests"]["edges"] == []
    await relate(ada, "declineFollowRequest", fans[1])
    profile = await see(fans[1], ada)
    assert profile is not None
    assert profile["viewerFollow"] == "FOLLOWING", "there was no request left to decline"
