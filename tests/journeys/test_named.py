"""Whom a caption or a picture names: who is told when that changes, and how people get out of it."""

import pytest

from tests.conftest import NewPerson
from tests.support.client import Person, until
from tests.support.notifications import read_notifications
from tests.support.posts import add_comment, edit_caption, mutate_by_id, publish_with_tags, read_mentions
from tests.support.relationships import BLOCK

NO_TAG = "mutation ($id: ID!) { removeMyTag(postId: $id) { post { id } userErrors { code field } } }"
NO_MENTION = """mutation ($id: ID!) { removeMyMention(subjectId: $id) {
  post { mentions { id } } comment { mentions { id } } userErrors { code field } } }"""
TAGS = "query ($id: ID!) { node(id: $id) { ... on Post { media { userTags { user { id } } } } } }"


async def kinds(who: Person) -> list[str]:
    return [each["kind"] for each in await read_notifications(who)]


async def tagged(who: Person, post: str) -> list[str]:
    [shown] = (await who.ask(TAGS, id=post))["node"]["media"]
    return [tag["user"]["id"] for tag in shown["userTags"]]


async def test_an_edit_tells_those_it_mentions_for_the_first_time_once(person: NewPerson) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    post = await ada.publish(f"@{grace.username}")
    await until(lambda: kinds(grace), lambda found: found == ["MENTION"])
    [before] = await read_notifications(grace)

    assert await edit_caption(ada, post, f"@{grace.username} and @{alan.username}") == [grace.id, alan.id]
    [mention] = await until(lambda: read_notifications(alan), bool)
    assert (mention["kind"], mention["target"]) == ("MENTION", {"__typename": "Post", "id": post})
    assert mention["actors"]["nodes"] == [{"id": ada.id}]
    await edit_caption(ada, post, f"with @{alan.username}, @{grace.username}")
    # Notifications come in order: when a later one has come, those of the edits have come.
    await mutate_by_id(ada, "follow", userId=grace.id)
    await mutate_by_id(ada, "follow", userId=alan.id)
    for who, first in ((grace, before), (alan, mention)):
        found = await until(lambda who=who: read_notifications(who), lambda found: len(found) == 2)  # type: ignore[misc]
        assert [each for each in found if each["kind"] == "MENTION"] == [first], "once"


async def test_an_edit_takes_back_what_those_were_told_who_are_not_mentioned_any_more(person: NewPerson) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    post = await ada.publish(f"@{grace.username} @{alan.username}")
    for who in (grace, alan):
        await until(lambda who=who: kinds(who), lambda found: found == ["MENTION"])  # type: ignore[misc]
    assert await edit_caption(ada, post, f"only @{alan.username}") == [alan.id]
    await until(lambda: kinds(grace), lambda found: found == [])
    assert await kinds(alan) == ["MENTION"]
    await edit_caption(ada, post, f"@{grace.username} @{alan.username}")
    await until(lambda: kinds(grace), lambda found: found == ["MENTION"])


async def test_an_edit_tells_nobody_who_may_not_see_the_post(person: NewPerson) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    await ada.do("mutation { updateProfile(input: { isPrivate: true }) { userErrors { code } } }")
    await alan.follow(ada)
    await ada.do("mutation ($id: ID!) { acceptFollowRequest(userId: $id) { userErrors { code } } }", id=alan.id)
    post = await ada.publish()
    await edit_caption(ada, post, f"@{grace.username} @{alan.username} @{ada.username}")
    await until(lambda: kinds(alan), lambda found: "MENTION" in found)
    await mutate_by_id(ada, "follow", userId=grace.id)
    await until(lambda: kinds(grace), lambda found: found == ["FOLLOW"])
    assert "MENTION" not in await kinds(ada)


@pytest.mark.parametrize("is_hidden", [False, True])
async def test_people_remove_tags_of_themselves(person: NewPerson, is_hidden: bool) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    post = await publish_with_tags(ada, grace, alan)
    await until(lambda: kinds(grace), lambda found: found == ["USER_TAG"])
    assert await tagged(alan, post) == [grace.id, alan.id]
    if is_hidden:
        await ada.do(BLOCK, id=grace.id)
    shown = None if is_hidden else {"id": post}
    assert await grace.do(NO_TAG, id=post) == {"post": shown, "userErrors": []}
    assert await tagged(alan, post) == [alan.id]
    await until(lambda: kinds(grace), lambda found: found == [])
    again = await grace.do(NO_TAG, id=post)
    if is_hidden:
        assert again == {"post": None, "userErrors": [{"code": "NOT_FOUND", "field": ["postId"]}]}
    else:
        assert again == {"post": shown, "userErrors": []}
    assert await kinds(alan) == ["USER_TAG"]


@pytest.mark.parametrize("of", ["post", "comment"])
@pytest.mark.parametrize("is_hidden", [False, True])
async def test_people_leave_mentions(person: NewPerson, of: str, is_hidden: bool) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    text = f"@{grace.username} @{alan.username}"
    post = await ada.publish(text if of == "post" else "")
    thing = post if of == "post" else await add_comment(ada, post, text)
    await until(lambda: kinds(grace), lambda found: found == ["MENTION"])
    assert await read_mentions(alan, thing) == [grace.id, alan.id]
    if is_hidden:
        await ada.do(BLOCK, id=grace.id)
    payload = await grace.do(NO_MENTION, id=thing)
    shown = None if is_hidden else {"mentions": [{"id": alan.id}]}
    assert payload == {"post": None, "comment": None, "userErrors": []} | {of: shown}
    assert await read_mentions(alan, thing) == [alan.id]
    await until(lambda: kinds(grace), lambda found: found == [])
    again = await grace.do(NO_MENTION, id=thing)
    assert [each["code"] for each in again["userErrors"]] == (["NOT_FOUND"] if is_hidden else [])
    if is_hidden:
        assert again == await grace.do(NO_MENTION, id=ada.id), "as what never was"
    assert await kinds(alan) == ["MENTION"]


async def test_an_edit_does_not_mention_again_who_has_left(person: NewPerson) -> None:
    ada, grace, alan = await person("ada"), await person("grace"), await person("alan")
    post, other = await ada.publish(f"@{grace.username}"), await ada.publish()
    await grace.do(NO_MENTION, id=post)
    assert await edit_caption(ada, post, "nobody") == []
    assert await edit_caption(ada, post, f"@{grace.username} @{alan.username}") == [alan.id]
    assert await edit_caption(ada, other, f"@{grace.username}") == [grace.id], "of another post she may be told"
    # The first is told and taken back while she leaves.
    await until(lambda: read_notifications(grace), lambda found: [each["target"]["id"] for each in found] == [other])
